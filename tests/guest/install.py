#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A real system installs itself: Debian starts from a CD, puts itself on a disk, and starts from that.

Each test is one such life.  What the guest says on its serial port, and its display at each stage, is kept in
host.ARTIFACTS; the times are in the test's output.
"""

import os
import socket
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
# Typed at the prompt: linux_guest's shell in one line, whose echo is not mistaken for its answer.
SHELL = "dmesg -n 1; stty -echo -onlcr; echo SHELL' 'READY; while read -r word command; do " \
        "eval \"$command\" </dev/null 2>&1; echo \"$word $?\"; done\n"

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
            self._wait_text(says, BOOT)
            line = self._wait_text("\n", linux_guest.ANSWER)
            self.say("%s started" % hostname)
            print("# " + says + line)
            wait_for(lambda: self.shows(says.strip()), "the display says %r" % says, linux_guest.ANSWER)
        finally:
            self.keep(hostname)
        return line

    def log_in(self):
        self.serial.sendall(b"\n")
        for asked, answer in (("login:", "root\n"), ("Password:", "live\n"), ("# ", SHELL)):
            self._wait_text(asked, BOOT)
            self.serial.sendall(answer.encode())
        self._wait_text("SHELL READY\n", linux_guest.ANSWER)
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


def live_a_life(name, node, firmware, **options):
    """From the CD to a shell on the disk that NODE is, on a machine that FIRMWARE starts."""
    with tempfile.TemporaryDirectory(prefix="vitrine-install-", dir="/tmp") as folder:
        path = os.path.join(folder, "disk.raw")
        with open(path, "wb") as f:
            f.truncate(DISK_BYTES)
        cd = Device("atapi-cdrom", "sata0-0-0", path=ISO, flags=READ_ONLY, boot=1)
        with Machine(name + "-live", [cd, disk(node, path)], **options) as machine:
            line = machine.wait_ready("live", firmware)
            check("%s:%d" % (node, DISK_BYTES) in line, "the disk is not there: " + line)
            machine.log_in()
            machine.check_quiet()
            said = machine.sh("live-install /dev/" + node, WORK)
            check("LIVE-INSTALL-DONE" in said, "it did not install itself: " + said)
            machine.say("installed")
            machine.check_quiet()
            machine.power_off()
        with Machine(name + "-disk", [disk(node, path)], **options) as machine:
            machine.wait_ready("installed", firmware)
            machine.log_in()
            root = machine.sh("findmnt -no SOURCE /")
            check(root == "/dev/%s3" % node, "its root file system is on " + root)
            machine.check_quiet()
            machine.power_off()


def disk(node, path):
    model, alias, unit = {"vda": ("virtio-blk", "virtio-disk0", 0), "sda": ("ata-disk", "sata0-0-1", 1)}[node]
    return Device(model, alias, unit=unit, path=path, boot=2)


@test("/guest/install/by-bios-onto-a-virtio-disk")
def bios():
    live_a_life("bios", "vda", "bios")


@test("/guest/install/by-uefi-onto-a-virtio-disk")
def uefi():
    live_a_life("uefi", "vda", "uefi", variables=Variables())


@test("/guest/install/by-bios-onto-a-sata-disk")
def sata():
    live_a_life("sata", "sda", "bios")


main()
