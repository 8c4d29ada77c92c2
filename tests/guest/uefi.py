#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""UEFI: OVMF boots GRUB from a CD and from a disk, Debian's kernel finds it, variables are kept.

A first boot makes 33,000 writes to the flash chip, which takes minutes in the bed; so there is one,
and the tests go on from what it left behind.
"""

import functools
import os
import re
import signal
import socket
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))
import boot_server
import host
import linux_guest
import screen
import uefi
from tap import check, main, skip, test
from vmm import EVENT_VARIABLES, READ_ONLY, Device, Variables, Vmm

host.need_hardware_kvm(__file__, memory_mib=6144, seconds=3400)
uefi.need_tools()

WORK = tempfile.mkdtemp(prefix="vitrine-uefi-", dir="/tmp")
BOOT = 900
PAINTED = 3  # seconds in which nothing more is said: the firmware's form is there
KEY_ENTER, KEY_F2, KEY_DOWN = 28, 60, 108
GUID = "12345678-9abc-4def-8123-456789abcdef"
VARIABLE = "/sys/firmware/efi/efivars/VitrineTest-" + GUID
FONT = uefi.Font()
linux_guest.BOOT = BOOT  # firmware and all
image = linux_guest.build(["efivarfs"], programs=["/usr/bin/chattr"])
variables = Variables()


def script(where):
    """GRUB's: says where it is, waits for Enter, boots Linux from there."""
    return """
echo "hello from the %s on $grub_platform"
echo "GRUB-%s"
read answer
terminal_output serial
linux ($root)/vmlinuz console=ttyS0 loglevel=4
initrd ($root)/initrd
boot
""" % (where, where)


def search(label):
    return "search --no-floppy --set=root --file /%s\n" % label


@functools.cache
def make_media():
    files = [("vmlinuz", image.kernel), ("initrd", image.initrd)]
    for name in ("on-cd", "on-disk"):
        with open(os.path.join(WORK, name), "w"):
            pass
    uefi.make_cd(os.path.join(WORK, "cd.iso"), search("on-cd") + script("CD"),
                 files + [("on-cd", os.path.join(WORK, "on-cd"))])
    uefi.make_disk(os.path.join(WORK, "disk.img"), search("on-disk") + script("disk"),
                   files + [("on-disk", os.path.join(WORK, "on-disk"))])


def plain(text):
    """TEXT for a terminal as words, without what moves its cursor."""
    return " ".join(re.sub(r"\x1b\[[0-9;]*[A-Za-z]", " ", text).split())


class Machine(linux_guest.Guest):
    """Boots by itself; its serial port has GRUB on it, then the kernel's shell."""

    def __init__(self, cd_boot, disk_boot, **options):
        make_media()
        self.serial, theirs = socket.socketpair()
        self.text = ""
        self.vmm = Vmm(host.VMM, memory_mib=512, variables=variables, devices=[
            Device("uart16550", "serial0", sock=theirs),
            Device("atapi-cdrom", "sata0-0-0", path=os.path.join(WORK, "cd.iso"), flags=READ_ONLY, boot=cd_boot),
            Device("virtio-blk", "virtio-disk0", path=os.path.join(WORK, "disk.img"), boot=disk_boot)], **options)
        self.display = self.vmm.open_display()
        self.vmm.run()

    def wait_grub(self, where):
        """GRUB says on the serial port that it is there, and on the picture."""
        begin = time.monotonic()
        self.wait_text("GRUB-" + where, BOOT)
        print("# GRUB %.1f s after power-on, %d exits" % (time.monotonic() - begin,
                                                          self.vmm.statistics()["exits"]))
        self.display.settle()
        picture = self.display.picture()
        os.makedirs(host.ARTIFACTS, exist_ok=True)
        screen.write_png(picture, os.path.join(host.ARTIFACTS, "uefi-%s.png" % where))
        check(uefi.shows(picture, "hello from the %s on efi" % where, FONT),
              "the picture (%d x %d) does not say it" % picture[:2])

    def press_until(self, key, words):
        """KEY is pressed again and again until the firmware says WORDS, which is all that it has said since the last: it may
        not listen yet, or only for a while."""
        deadline = time.monotonic() + BOOT
        said = ""
        while words not in said:
            check("GRUB-" not in self.text, "the firmware did not wait for a key")
            check(time.monotonic() < deadline, "the firmware says no %r; it says:\n%s" % (words, said[-3000:]))
            self.text = ""
            self.display.press(key)
            while self._read(PAINTED):
                pass
            said = plain(self.text)

    def wait_linux(self):
        self.display.press(KEY_ENTER)
        self.wait_text("SHELL READY", BOOT)

    def kill(self):
        os.kill(self.vmm.process.pid, signal.SIGKILL)
        self.vmm.process.wait()


@test("/guest/uefi/boots-grub-from-the-cd-to-a-picture-and-debians-kernel-to-user-space",
      shows=["atapi-cdrom boots uefi"])
def from_cd():
    fresh = variables.data
    machine = Machine(cd_boot=1, disk_boot=2)
    machine.wait_grub("CD")
    check(variables.data != fresh, "the firmware stored nothing")
    machine.vmm.wait_event(EVENT_VARIABLES)
    machine.wait_linux()
    check(machine.sh("ls /sys/firmware/efi | wc -l") != "0", "there is no /sys/firmware/efi")
    check(machine.sh("cat /sys/firmware/efi/fw_platform_size") == "64", "it is not a 64-bit UEFI")
    check(machine.sh("cat /sys/class/dmi/id/product_name").strip(), "SMBIOS has no name for the machine")
    print("# dmi: " + machine.sh("cat /sys/class/dmi/id/sys_vendor /sys/class/dmi/id/product_name "
                                 "/sys/class/dmi/id/bios_version").replace("\n", " | "))
    machine.check_quiet()
    machine.sh("mount -t efivarfs e /sys/firmware/efi/efivars")
    machine.sh(r"printf '\007\000\000\000kept' > " + VARIABLE)
    machine.kill()
    check("kept".encode() in variables.data, "what the kernel stored is not in the flash chip")
    machine.serial.close()


@test("/guest/uefi/boots-from-the-disk-when-that-is-first-and-the-variable-is-there", shows=["virtio-blk boots uefi"])
def from_disk():
    with Machine(cd_boot=2, disk_boot=1) as machine:
        machine.wait_grub("disk")
        machine.wait_linux()
        machine.sh("mount -t efivarfs e /sys/firmware/efi/efivars")
        check(machine.sh("tail -c 4 " + VARIABLE) == "kept", "the variable is not there")
        machine.sh("cat /sys/firmware/efi/efivars/BootOrder-* > /dev/null")
        machine.sh("chattr -i %s && rm %s" % (VARIABLE, VARIABLE))
        machine.power_off()


@test("/guest/uefi/a-key-opens-the-firmwares-menu-where-there-shall-be-one-and-what-is-chosen-there-boots")
def boot_menu():
    """The CD is first; the menu is the same on picture and serial port."""
    with Machine(cd_boot=1, disk_boot=2, boot_menu=True) as machine:
        machine.press_until(KEY_F2, "Boot Maintenance Manager")
        machine.press_until(KEY_DOWN, "will take you to the Boot Manager")
        machine.press_until(KEY_ENTER, "Boot Manager Menu")
        machine.press_until(KEY_DOWN, "Device Path")
        machine.display.press(KEY_ENTER)
        machine.wait_grub("disk")


@test("/guest/uefi/starts-a-kernel-it-is-given-with-its-initrd-and-command-line")
def direct():
    with linux_guest.Guest(image, vcpus=2, memory_mib=512, cmdline="given=yes", variables=variables,
                           display=False) as machine:
        check(machine.succeeds("test -d /sys/firmware/efi"), "there is no /sys/firmware/efi")
        check(machine.succeeds("grep -q given=yes /proc/cmdline"), "the command line is not there")
        check(machine.sh("nproc") == "2", "processors: " + machine.sh("nproc"))
        machine.sh("mount -t efivarfs e /sys/firmware/efi/efivars")
        check(not machine.succeeds("test -e " + VARIABLE), "the variable that was removed is there")
        machine.power_off()


def boot_from_network(model):
    """Over a card that UEFI has no driver for but the one in the card's ROM."""
    if boot_server.problem():
        skip(boot_server.problem())
    with boot_server.serve_linux(image, "initrd=initrd netbooted") as server, \
         linux_guest.Guest(None, memory_mib=512, devices=[server.card(model, "efi-" + model)], display=False,
                           variables=variables) as machine:
        check("netbooted" in machine.sh("cat /proc/cmdline"), "the kernel is another")
        check(machine.succeeds("test -d /sys/firmware/efi"), "there is no /sys/firmware/efi")
        machine.check_quiet()
        machine.power_off()


@test("/guest/uefi/boots-debians-kernel-from-the-network-by-the-driver-in-the-cards-rom", shows=["e1000e boots uefi"])
def network():
    boot_from_network("e1000e")


@test("/guest/uefi/boots-debians-kernel-from-the-network-over-an-rtl8139", shows=["rtl8139 boots uefi"])
def network_rtl8139():
    boot_from_network("rtl8139")


main()
