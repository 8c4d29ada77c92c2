#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The firmware boots from the device that is first in the boot order, whatever it is, and not from the next: what is on
each says on which it is."""

import os
import re
import socket
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))
import boot_sector
import host
import screen
import uefi
from tap import FIRMWARE, check, main, skip_all, test
from vmm import READ_ONLY, Device, Variables, Vmm, scsi_unit

BOOT = 60 if FIRMWARE == "bios" else 900
if FIRMWARE == "uefi":
    host.need_hardware_kvm(__file__, seconds=3400)
    uefi.need_tools()
else:
    host.need_kvm(__file__)
if FIRMWARE == "bios" and subprocess.run(["which", "xorriso"], capture_output=True).returncode:
    skip_all("xorriso is not installed")
WORK = tempfile.mkdtemp(prefix="vitrine-boots-", dir="/tmp")
COM1 = 0x3f8
variables = Variables() if FIRMWARE == "uefi" else None  # a first boot takes minutes: one for all


def say(text):
    """GRUB's script that says TEXT there."""
    return 'echo "%s"\nread answer\n' % text


def make_disk(name, text):
    path = os.path.join(WORK, name)
    if FIRMWARE == "uefi":
        return uefi.make_disk(path, say(text))
    with open(path, "wb") as f:
        f.write(boot_sector.sector(text, COM1))
        f.truncate(1 << 20)
    return path


def make_cd(name, text):
    path = os.path.join(WORK, name)
    if FIRMWARE == "uefi":
        return uefi.make_cd(path, say(text))
    tree = path + ".tree"
    os.mkdir(tree)
    with open(os.path.join(tree, "boot.bin"), "wb") as f:
        f.write(boot_sector.sector(text, COM1).ljust(2048, b"\0"))
    uefi.run("xorriso", "-as", "mkisofs", "-quiet", "-o", path, "-b", "boot.bin", "-no-emul-boot", "-boot-load-size", "4",
             tree)
    return path


def boot(name, devices):
    """What is said when DEVICES are all there is to boot from."""
    ours, theirs = socket.socketpair()
    with ours, Vmm(host.VMM, memory_mib=256, variables=variables,
                   devices=[Device("uart16550", "serial0", sock=theirs)] + devices) as vmm:
        display = vmm.open_display()
        vmm.run()
        said, deadline = "", time.monotonic() + BOOT
        ours.settimeout(1)
        while not re.search(r"BOOTED FROM [^.]*\.", said):
            vmm.take_events()
            try:
                said += ours.recv(4096).decode(errors="replace")
            except socket.timeout:
                pass
            if time.monotonic() > deadline:
                display.settle()
                os.makedirs(host.ARTIFACTS, exist_ok=True)
                screen.write_png(display.picture(), os.path.join(host.ARTIFACTS, "boots-%s.png" % name))
                raise AssertionError("nothing booted; it said: %s" % said[-2000:])
        return said


def expect_first(model, alias, medium, needs=(), **more):
    """MODEL is booted from; MEDIUM makes what is in it."""
    text, other = "BOOTED FROM %s." % model, "virtio-blk" if model != "virtio-blk" else "ata-disk"
    path, next_path = medium(model, text), make_disk(model + "-next", "BOOTED FROM THE NEXT.")
    devices = list(needs) + [Device(other, "next", path=next_path, boot=2),
                             Device(model, alias, path=path, boot=1, **more)]
    said = boot(model, devices)
    check(text in said, "it said: " + said[-200:])


def add_test(model, args, more):
    @test("/guest/boots/%s" % model, shows=["%s boots" % model])
    def first():
        expect_first(model, *args, **more)


SCSI = [Device("virtio-scsi", "scsi0")]
MODELS = {
    "virtio-blk": (["virtio-disk0", make_disk], {}),
    "ata-disk": (["sata0-0-0", make_disk], {}),
    "atapi-cdrom": (["sata0-0-0", make_cd], {"flags": READ_ONLY}),
    "scsi-hd": (["scsi0-0-0-0", make_disk, SCSI], {"unit": scsi_unit(0, 0)}),
    "scsi-cd": (["scsi0-0-2-1", make_cd, SCSI], {"unit": scsi_unit(2, 1), "flags": READ_ONLY}),
}
for name, (arguments, options) in MODELS.items():
    add_test(name, arguments, options)

main()
