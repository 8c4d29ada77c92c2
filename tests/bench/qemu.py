# SPDX-License-Identifier: GPL-2.0-or-later
"""The peer of the VMM: QEMU alone, with the devices that ours has."""

import shutil

from figure import Absent

PROGRAM = "qemu-system-x86_64"


def need():
    if shutil.which(PROGRAM) is None:
        raise Absent("there is no %s" % PROGRAM)


def command(memory_mib, iso, disk, debug, *more):
    """DEBUG is the character device that port 402h goes to.  The processor is QEMU's default: "host"
    asks for more than a software KVM has."""
    return [PROGRAM, "-accel", "kvm", "-M", "q35", "-m", str(memory_mib), "-nodefaults", "-display", "none",
            "-chardev", debug + ",id=debug", "-device", "isa-debugcon,iobase=0x402,chardev=debug",
            "-drive", "if=none,id=cd,format=raw,readonly=on,file=" + iso, "-device", "ide-cd,drive=cd,bus=ide.0",
            "-drive", "if=none,id=disk,format=raw,file=" + disk, "-device", "virtio-blk-pci,drive=disk",
            "-device", "virtio-rng-pci", "-device", "VGA", *more]
