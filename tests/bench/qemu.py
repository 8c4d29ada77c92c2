# SPDX-License-Identifier: GPL-2.0-or-later
"""The peer of the VMM: QEMU alone, with the devices that ours has."""

import shutil
import socket
import subprocess

import guest_shell
from figure import Absent
from processes import end

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


class Guest(guest_shell.Shell):
    """One of Linux, with the kernel and initrd of IMAGE (linux_guest.Image) and MORE arguments, which may name the
    descriptors FDS."""

    BOOT = 600

    def __init__(self, image, memory_mib, more, vcpus=1, fds=()):
        serial, theirs = socket.socketpair()
        super().__init__(serial)
        with theirs:
            self.process = subprocess.Popen(
                [PROGRAM, "-accel", "kvm", "-cpu", "host", "-M", "q35", "-m", str(memory_mib), "-smp", str(vcpus), "-nodefaults",
                 "-no-user-config", "-display", "none", "-chardev", "socket,id=serial0,fd=%d" % theirs.fileno(),
                 "-serial", "chardev:serial0", "-kernel", image.kernel, "-initrd", image.initrd,
                 "-append", "console=ttyS0 loglevel=4", *more],
                pass_fds=[theirs.fileno(), *fds], stdin=subprocess.DEVNULL)
        self.wait_text(guest_shell.READY, self.BOOT)

    def has_ended(self):
        return self.process.poll() is not None

    def close(self):
        self.serial.close()
        end(self.process)
