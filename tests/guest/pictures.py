#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What boot loaders draw: GRUB's gfxterm at 800x600 and ISOLINUX's graphical menu, read back from the display,
and the same CD under QEMU, whose picture must be the same to the last point."""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))
import host
import screen
import uefi
from tap import check, main, skip, test
from vmm import READ_ONLY, Device, Vmm

host.need_hardware_kvm(__file__, independent=True)

WORK = tempfile.mkdtemp(prefix="vitrine-pictures-", dir="/tmp")
GRUB_MODULES = "/usr/lib/grub/i386-pc"
ISOLINUX = "/usr/lib/ISOLINUX/isolinux.bin"
SYSLINUX = "/usr/lib/syslinux/modules/bios"
PATIENCE = 240
GRUB = """
loadfont $prefix/fonts/unicode.pf2
set gfxmode=800x600
insmod all_video
insmod gfxterm
terminal_output gfxterm
set color_normal=light-green/black
clear
echo "Vitrine at 800x600"
read answer
"""
MENU = """UI vesamenu.c32
PROMPT 0
TIMEOUT 0
MENU TITLE Vitrine
MENU BACKGROUND splash.png
LABEL one
  MENU LABEL First choice
  KERNEL one
LABEL two
  MENU LABEL Another one
  KERNEL two
"""
KEY_DOWN = 108


def make_grub_cd():
    if not os.path.isdir(GRUB_MODULES):
        skip("GRUB for BIOS is not installed (grub-pc-bin)")
    return uefi.make_cd(os.path.join(WORK, "grub.iso"), GRUB, modules=GRUB_MODULES, head="")


def splash():
    """640 by 480: red grows to the right, green downwards."""
    rows = [b"".join(bytes((64, y // 2 & 255, x // 3 & 255, 0)) for x in range(640)) for y in range(480)]
    return 640, 480, rows


def make_isolinux_cd():
    if not os.path.exists(ISOLINUX) or not os.path.isdir(SYSLINUX):
        skip("ISOLINUX is not installed (isolinux, syslinux-common)")
    tree, path = os.path.join(WORK, "tree"), os.path.join(WORK, "isolinux.iso")
    os.makedirs(tree + "/isolinux")
    shutil.copy(ISOLINUX, tree + "/isolinux")
    for name in ("ldlinux", "libcom32", "libutil", "vesamenu"):
        shutil.copy("%s/%s.c32" % (SYSLINUX, name), tree + "/isolinux")
    with open(tree + "/isolinux/isolinux.cfg", "w") as f:
        f.write(MENU)
    screen.write_png(splash(), tree + "/isolinux/splash.png")
    uefi.run("xorriso", "-as", "mkisofs", "-quiet", "-b", "isolinux/isolinux.bin", "-c", "isolinux/boot.cat",
             "-no-emul-boot", "-boot-load-size", "4", "-boot-info-table", "-o", path, tree)
    return path


class Ours:
    def __init__(self, iso):
        self.vmm = Vmm(host.VMM, memory_mib=256, devices=[
            Device("atapi-cdrom", "sata0-0-0", path=iso, flags=READ_ONLY, boot=1)])
        self.display = self.vmm.open_display()
        self.vmm.run()

    def picture(self):
        self.vmm.take_events()
        self.display.settle()
        return self.display.picture()

    def press_down(self):
        self.display.press(KEY_DOWN)

    def close(self):
        self.vmm.close()


class Peer:
    """QEMU with the same CD, told what to do by its monitor."""

    def __init__(self, iso):
        path = os.path.join(WORK, "monitor")
        self.process = subprocess.Popen(
            ["qemu-system-x86_64", "-accel", "kvm", "-M", "q35", "-m", "256", "-nodefaults", "-display", "none",
             "-device", "VGA", "-drive", "if=none,id=cd,format=raw,readonly=on,file=" + iso,
             "-device", "ide-cd,drive=cd,bus=ide.0,bootindex=1", "-monitor", "unix:%s,server=on,wait=on" % path],
            stdin=subprocess.DEVNULL)
        self.monitor = socket.socket(socket.AF_UNIX)
        deadline = time.monotonic() + 60
        while self.monitor.connect_ex(path):
            check(time.monotonic() < deadline, "QEMU has no monitor")
        self.monitor.settimeout(60)
        self._wait_prompt()

    def _wait_prompt(self):
        said = b""
        while not said.endswith(b"(qemu) "):
            said += self.monitor.recv(4096)

    def _tell(self, command):
        self.monitor.sendall(command.encode() + b"\n")
        self._wait_prompt()

    def picture(self):
        path = os.path.join(WORK, "peer.ppm")
        self._tell("screendump " + path)
        with open(path, "rb") as f:
            _, width, height, _ = f.readline(), *map(int, f.readline().split()), f.readline()
            rows = []
            for _ in range(height):
                line, row = f.read(3 * width), bytearray(4 * width)
                row[0::4], row[1::4], row[2::4] = line[2::3], line[1::3], line[0::3]
                rows.append(bytes(row))
        return width, height, rows

    def press_down(self):
        self._tell("sendkey down")

    def close(self):
        self.monitor.close()
        self.process.kill()
        self.process.wait()


def points(picture):
    """Without the fourth byte, which means nothing."""
    width, height, rows = picture
    return width, height, [row[0::4] + row[1::4] + row[2::4] for row in rows]


def keep(picture, name):
    os.makedirs(host.ARTIFACTS, exist_ok=True)
    screen.write_png(picture, os.path.join(host.ARTIFACTS, "pictures-%s.png" % name))


def wait_picture(machine, condition, what, name):
    deadline = time.monotonic() + PATIENCE
    while True:
        picture = machine.picture()
        if picture[2] and condition(picture):
            return picture
        if time.monotonic() > deadline:
            keep(picture, name)
            raise AssertionError("not in %d s: %s (%d x %d)" % (PATIENCE, what, *picture[:2]))


def wait_still(machine, condition, what, name):
    """A picture that holds CONDITION and stays as it is, for as many looks as tell."""
    seen = []

    def is_still(picture):
        same = seen and points(picture) == points(seen[-1])
        seen[:] = seen + [picture] if same else [picture]
        return len(seen) > 4 and condition(picture)

    return wait_picture(machine, is_still, what, name)


def compare(name, ours, peer, condition, what):
    """Ours shows WHAT and stays so; the peer comes to show the same."""
    mine = wait_still(ours, condition, what, name)
    keep(mine, name)
    wait_picture(peer, lambda picture: points(picture) == points(mine), "QEMU's picture the same as ours",
                 name + "-peer")
    return mine


class Both:
    def __init__(self, iso):
        self.ours = Ours(iso)
        self.peer = Peer(iso)

    def __enter__(self):
        return self.ours, self.peer

    def __exit__(self, *exc):
        self.ours.close()
        self.peer.close()


@test("/guest/pictures/grub-writes-at-800x600-as-under-qemu")
def gfxterm():
    font = uefi.Font()

    def says_so(picture):
        return picture[:2] == (800, 600) and uefi.shows(picture, "Vitrine at 800x600", font)

    with Both(make_grub_cd()) as (ours, peer):
        compare("gfxterm", ours, peer, says_so, "GRUB's text at 800x600")


@test("/guest/pictures/isolinux-draws-its-menu-as-under-qemu-and-moves-in-it")
def isolinux():
    def is_menu(picture):
        """The splash is drawn: there are its many colours."""
        colours = {row[x:x + 3] for row in picture[2][::8] for x in range(0, len(row), 32)}
        return picture[:2] == (640, 480) and len(colours) > 500

    with Both(make_isolinux_cd()) as (ours, peer):
        first = compare("isolinux", ours, peer, is_menu, "ISOLINUX's menu at 640x480")
        ours.press_down()
        peer.press_down()
        compare("isolinux-moved", ours, peer, lambda picture: is_menu(picture) and points(picture) != points(first),
                "the other entry highlighted")


main(cleanup=lambda: shutil.rmtree(WORK, ignore_errors=True))
