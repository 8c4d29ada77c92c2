#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Debian's installer, by keyboard and by pointer, up to where it has the network.

It starts by direct kernel, from a CD and from the network, by BIOS and by UEFI; text and graphical; over each
model of card, behind passt and on a tap.  It is one small initrd, so that is all that can be had of it without a
mirror.  Pictures of each step are kept in host.ARTIFACTS.
"""

import os
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))
import boot_server
import host
import ocr
import screen
import taps
import uefi
from tap import check, main, skip_all, test, wait_for
from vmm import BACKEND_NET_STREAM, READ_ONLY, Device, Variables, Vmm

IMAGES = "/usr/lib/debian-installer/images/12/amd64"
KERNEL = "%s/%s/debian-installer/amd64/linux"
INITRD = "%s/%s/debian-installer/amd64/initrd.gz"
TEXT, GRAPHICAL = "text", "gtk"

if not os.path.isdir(IMAGES):
    skip_all("debian-installer-12-netboot-amd64 is not installed: ./dev deps install")
for problem in (ocr.problem(), boot_server.problem()):
    if problem:
        skip_all(problem)
uefi.need_tools()
host.need_hardware_kvm(__file__, memory_mib=6144, seconds=6 * 3600, independent=True)

# A minute of a PC's is ten to twenty of a guest's in an emulated host.
STEP, ALL = 1200, 2700
MEMORY_MIB = 1280
KEY_ENTER, BTN_LEFT = 28, 0x110
MAC = "52:54:00:00:00:01"
# What each step says, and then what is done: Enter, or the pointer on a word.
ENTER = None
# The last entries of the menus; the one that is chosen is in colours that cannot be read.
TEXT_MENU, GRAPHICAL_MENU = [("Help", ENTER)], [("speech synthesis", ENTER)]
STEPS = [("Select a language", ENTER), ("Select your location", "Continue"), ("Configure the keyboard", "Continue")]
DONE = "Please enter the hostname"
# What it says instead of the next step, and then waits for ever.
TROUBLE = ["no default route", "autoconfiguration failed", "No network interfaces", "Name server addresses",
           "installation step failed"]

unifont = uefi.Font().cells()


def read_cells(picture):
    """As the text installer writes."""
    return "\n".join(screen.read_text(picture, 8, unifont))


def read_words(picture):
    return " ".join(word for word, _, _ in ocr.words(picture))


class Machine:
    """NAME is that of its pictures, READ what reads them."""

    def __init__(self, name, read, devices, **options):
        self.name, self.read = name, read
        self.begin = time.monotonic()
        self.vmm = Vmm(host.VMM, memory_mib=MEMORY_MIB, devices=devices, **options)
        self.display = self.vmm.open_display()
        self.vmm.run()

    def keep(self, step):
        os.makedirs(host.ARTIFACTS, exist_ok=True)
        name = "installer-%s-%s.png" % (self.name, "".join(c if c.isalnum() else "-" for c in step.lower()))
        screen.write_png(self.display.picture(), os.path.join(host.ARTIFACTS, name))

    def wait_step(self, text, read=None):
        """Until the picture says TEXT.  Only one that is new is read, for that takes its time."""
        deadline, said, seen = min(time.monotonic() + STEP, self.begin + ALL), "", None
        while text not in said:
            check(time.monotonic() < deadline and self.vmm.process.poll() is None
                  and not any(trouble in said for trouble in TROUBLE),
                  "%s: %.0f s after power-on the picture does not say %r; it says:\n%s" % (
                      self.name, time.monotonic() - self.begin, text, said))
            self.vmm.take_events()
            self.display.settle(1)
            picture = self.display.picture()
            if not picture[2] or picture == seen:
                continue
            seen, said = picture, (read or self.read)(picture)
            self.keep("now")
        print("# %s: %r %.0f s after power-on" % (self.name, text, time.monotonic() - self.begin), flush=True)
        self.keep(text)

    def click(self, word):
        def places():
            # Off what is read.  Right after a click it would be a drag: libinput holds a quick release back.
            self.display.move(0, 0)
            self.display.settle()
            return [(x, y) for found, x, y in ocr.words(self.display.picture(), 2) if found == word]

        x, y = wait_for(places, "%s: %r to be clicked" % (self.name, word), STEP)[-1]
        self.display.move(x, y)
        for down in (1, 0):
            self.display.button(BTN_LEFT, down)

    def go(self, steps, read=None):
        for text, button in steps:
            self.wait_step(text, read)
            if button is ENTER or self.read is read_cells:
                self.display.press(KEY_ENTER)
            else:
                self.click(button)

    def close(self):
        self.display.close()
        self.vmm.close()

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.close()


class Passt:
    """The network behind passt, and a card of MODEL in it."""

    def __init__(self, model):
        if not os.path.exists("/sys/class/net/uplink"):
            taps.make_uplink()
        self.process, self.socket = taps.start_passt(mtu=0 if model == "virtio-net" else taps.ETHERNET_MTU)
        self.card = Device(model, "net0", net=(BACKEND_NET_STREAM, self.socket), mac=MAC)

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.process.terminate()
        self.process.wait()


def install(name, read, devices, menu=(), **options):
    """Up to the step at which the network is there."""
    with Machine(name, read, devices, **options) as machine:
        machine.go(menu, read_words)
        machine.go(STEPS)
        machine.wait_step(DONE)


def direct(kind):
    return {"kernel": KERNEL % (IMAGES, kind), "initrd": INITRD % (IMAGES, kind),
            "cmdline": "vga=788 --- quiet"}


def pointer(model):
    return [Device("qemu-xhci", "usb"), Device(model, "input0")] if model == "usb-tablet" else [Device(model, "input0")]


def cd(folder, kind, modules):
    """A CD with the installer of KIND, which GRUB made of MODULES starts."""
    path = uefi.make_cd(os.path.join(folder, "installer.iso"),
                        "linux /linux vga=788 --- quiet\ninitrd /initrd.gz\nboot\n",
                        [("linux", KERNEL % (IMAGES, kind)), ("initrd.gz", INITRD % (IMAGES, kind))], modules, head="")
    return Device("atapi-cdrom", "sata0-0-0", path=path, flags=READ_ONLY, boot=1)


@test("/guest/debian-installer/text-by-its-kernel-over-virtio-net")
def text_direct():
    with Passt("virtio-net") as net:
        install("text-direct", read_cells, [net.card], **direct(TEXT))


@test("/guest/debian-installer/graphical-by-its-kernel-with-a-usb-tablet-over-an-82574l")
def graphical_direct():
    with Passt("e1000e") as net:
        install("graphical-direct", read_words, [net.card] + pointer("usb-tablet"), **direct(GRAPHICAL))


@test("/guest/debian-installer/text-from-a-cd-by-bios-over-an-rtl8139")
def text_cd():
    with tempfile.TemporaryDirectory(dir="/tmp") as folder, Passt("rtl8139") as net:
        install("text-cd", read_cells, [cd(folder, TEXT, "/usr/lib/grub/i386-pc"), net.card])


@test("/guest/debian-installer/graphical-from-a-cd-by-uefi-with-a-virtio-tablet",
      shows=["virtio-tablet works uefi"])
def graphical_cd():
    with tempfile.TemporaryDirectory(dir="/tmp") as folder, Passt("virtio-net") as net:
        install("graphical-cd", read_words,
                [cd(folder, GRAPHICAL, uefi.GRUB_MODULES), net.card] + pointer("virtio-tablet"),
                variables=Variables(), video="virtio-vga")


@test("/guest/debian-installer/text-from-the-network-by-bios")
def text_network():
    with boot_server.Server("pxelinux.0", tree=os.path.join(IMAGES, TEXT)) as server:
        install("text-network", read_cells, [server.card("virtio-net", "pxe-virtio")], TEXT_MENU)
        check("DHCPACK" in server.said(), "nobody was given an address")


@test("/guest/debian-installer/graphical-from-the-network-by-uefi", shows=["virtio-net boots uefi"])
def graphical_network():
    # Not its shim: where a program has a whole file fetched, iPXE does not say how much came, and shim then finds
    # GRUB's signature in the wrong place.
    with boot_server.Server("debian-installer/amd64/grubx64.efi", tree=os.path.join(IMAGES, GRAPHICAL)) as server:
        install("graphical-network", read_words,
                [server.card("virtio-net", "efi-virtio")] + pointer("virtio-tablet"), GRAPHICAL_MENU,
                variables=Variables())


main()
