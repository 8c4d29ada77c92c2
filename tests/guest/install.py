#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A real system installs itself: Debian starts from a CD, puts itself on a disk, and starts from that.

What the guest says on its serial port, and its display at each stage, is kept in host.ARTIFACTS; the times are
in the tests' output.
"""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))
import host
import linux_guest
import live_iso
import screen
from tap import check, main, test, wait_for
from vmm import READ_ONLY, STOP_GUEST, Device, Variables, Vmm

ISO = live_iso.need()
host.need_hardware_kvm(__file__, memory_mib=6144, seconds=6 * 3600, independent=True)

# A minute of a PC's is ten to twenty of a guest's in an emulated host.
BOOT, WORK = 3600, 7200
DISK_BYTES = 3 << 30

glyphs = screen.glyphs_of(screen.linux_font("/boot/vmlinuz-" + linux_guest.release()))


class Machine(linux_guest.Guest):
    """Starts from what is in DEVICES; NAME is that of its logs."""

    def __init__(self, name, devices, **options):
        self.name, self.text = name, ""
        self.begin = time.monotonic()
        os.makedirs(host.ARTIFACTS, exist_ok=True)
        self.log = open(os.path.join(host.ARTIFACTS, "install-%s.serial" % name), "w")
        self.serial, theirs = socket.socketpair()
        self.vmm = Vmm(host.VMM, memory_mib=1024, devices=[Device("uart16550", "serial0", sock=theirs)] + devices,
                       **options)
        self.display = self.vmm.open_display()
        self.vmm.run()

    def _read(self, timeout):
        had = len(self.text)
        came = super()._read(timeout)
        self.log.write(self.text[had:])
        self.log.flush()
        return came

    def say(self, what):
        print("# %s: %s %.0f s after power-on" % (self.name, what, time.monotonic() - self.begin), flush=True)

    def keep(self, stage):
        self.display.settle()
        screen.write_png(self.display.picture(),
                         os.path.join(host.ARTIFACTS, "install-%s-%s.png" % (self.name, stage)))

    def shows(self, text):
        self.display.settle()
        return any(text in line for line in screen.read_text(self.display.picture(), None, glyphs))

    def wait_ready(self, hostname, firmware):
        """The system says on both its consoles that it has started; its line on the serial port."""
        says = "LIVE-READY host=%s fw=%s " % (hostname, firmware)
        try:
            self.wait_text(says, BOOT)
            line = self.wait_text("\n", linux_guest.ANSWER)
            self.say("%s started" % hostname)
            print("# " + says + line)
            wait_for(lambda: self.shows(says.strip()), "the display says %r" % says, linux_guest.ANSWER)
        finally:
            self.keep(hostname)
        return line

    def log_in(self):
        live_iso.log_in(self, BOOT)
        self.say("logged in")

    def power_off(self):
        """As a user does, with all that a system has to end."""
        self.start("systemctl poweroff")
        deadline = time.monotonic() + BOOT
        while self.vmm.process.poll() is None and time.monotonic() < deadline:
            self._read(1)
        reason = self.vmm.wait_stopped()
        check(reason == STOP_GUEST, "the machine ended for reason %d" % reason)
        self.say("off")

    def close(self):
        super().close()
        self.log.close()


class Target:
    """A disk that a system is put on: NAME is that of its files, NODE the guest's, FIRMWARE what starts it.

    It is kept in host.ARTIFACTS from one test to the next, which may be in another bed.
    """

    def __init__(self, name, node, firmware):
        self.name, self.node, self.firmware = name, node, firmware
        self.kept = os.path.join(host.ARTIFACTS, "install-%s.raw" % name)
        self.kept_variables = os.path.join(host.ARTIFACTS, "install-%s.fd" % name)
        self.folder = tempfile.mkdtemp(prefix="vitrine-install-", dir="/tmp")
        self.path = os.path.join(self.folder, "disk.raw")
        self.options = {}

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        shutil.rmtree(self.folder)

    def make(self):
        with open(self.path, "wb") as f:
            f.truncate(DISK_BYTES)
        if self.firmware == "uefi":
            self.options["variables"] = Variables()

    def keep(self):
        subprocess.run(["cp", "--sparse=always", self.path, self.kept], check=True)
        if self.options:
            with open(self.kept_variables, "wb") as f:
                f.write(self.options["variables"].data)

    def take(self):
        check(os.path.exists(self.kept), "no system was put on it")
        subprocess.run(["cp", "--sparse=always", self.kept, self.path], check=True)
        if self.firmware == "uefi":
            with open(self.kept_variables, "rb") as f:
                self.options["variables"] = Variables(f.read())

    def forget(self):
        for path in (self.kept, self.kept_variables):
            if os.path.exists(path):
                os.unlink(path)

    def device(self):
        model, alias, unit = {"vda": ("virtio-blk", "virtio-disk0", 0), "sda": ("ata-disk", "sata0-0-1", 1)}[self.node]
        return Device(model, alias, unit=unit, path=self.path, boot=2)


def install(*where):
    """The live system starts from its CD, says so, and puts itself on a disk."""
    with Target(*where) as target:
        target.make()
        cd = Device("atapi-cdrom", "sata0-0-0", path=ISO, flags=READ_ONLY, boot=1)
        with Machine(target.name + "-live", [cd, target.device()], **target.options) as machine:
            line = machine.wait_ready("live", target.firmware)
            check("%s:%d" % (target.node, DISK_BYTES) in line, "the disk is not there: " + line)
            machine.log_in()
            machine.check_quiet()
            said = machine.sh("live-install /dev/" + target.node, WORK)
            check("LIVE-INSTALL-DONE" in said, "it did not install itself: " + said)
            machine.say("installed")
            machine.check_quiet()
            machine.power_off()
        target.keep()


def start(*where):
    """The installed system starts from that disk alone, and lets its user in."""
    with Target(*where) as target:
        target.take()
        with Machine(target.name + "-disk", [target.device()], **target.options) as machine:
            machine.wait_ready("installed", target.firmware)
            machine.log_in()
            root = machine.sh("findmnt -no SOURCE /")
            check(root == "/dev/%s3" % target.node, "its root file system is on " + root)
            machine.check_quiet()
            machine.power_off()
        target.forget()


@test("/guest/install/virtio-disk-by-bios/a-live-system-starts-and-puts-itself-on-it")
def bios_live():
    install("bios", "vda", "bios")


@test("/guest/install/virtio-disk-by-bios/what-is-on-it-starts-and-lets-its-user-in",
      shows=["virtio-blk boots bios"])
def bios_disk():
    start("bios", "vda", "bios")


@test("/guest/install/virtio-disk-by-uefi/a-live-system-starts-and-puts-itself-on-it")
def uefi_live():
    install("uefi", "vda", "uefi")


@test("/guest/install/virtio-disk-by-uefi/what-is-on-it-starts-and-lets-its-user-in")
def uefi_disk():
    start("uefi", "vda", "uefi")


@test("/guest/install/sata-disk-by-bios/a-live-system-starts-and-puts-itself-on-it")
def sata_live():
    install("sata", "sda", "bios")


@test("/guest/install/sata-disk-by-bios/what-is-on-it-starts-and-lets-its-user-in",
      shows=["ata-disk boots bios"])
def sata_disk():
    start("sata", "sda", "bios")


main()
