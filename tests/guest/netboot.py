#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Booting from the network: SeaBIOS runs iPXE from each card's ROM, which fetches what dnsmasq names.

A boot program of 37 bytes says on the debug port that it runs; a script of iPXE's fetches Debian's kernel.
"""

import os
import socket
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))
import boot_server
import host
import linux_guest
import machines
import screen
import taps
from tap import check, main, skip_all, test, wait_for
from vmm import BACKEND_NET_TAP, Device, Vmm

host.need_hardware_kvm(__file__, independent=True)
ROMS = "/usr/lib/ipxe/qemu/pxe-%s.rom"
boot_server.need_programs()
if not os.path.exists(ROMS % "virtio"):
    skip_all("ipxe-qemu is not installed")

BOOT = 300
SAYS = b"NETBOOT RUNS\n"
# xor ax,ax; mov ds,ax; mov si,text; mov dx,402h; 1: lodsb; test al,al; jz 2f; out dx,al; jmp 1b; 2: hlt; jmp 2b
PROGRAM = bytes.fromhex("31c08ed8be177cba0204ac84c07403eeebf8f4ebfd") + b"\0\0" + SAYS + b"\0"


def keep(display, name):
    os.makedirs(host.ARTIFACTS, exist_ok=True)
    display.settle()
    screen.write_png(display.picture(), os.path.join(host.ARTIFACTS, "netboot-%s.png" % name))


def boot(model, rom):
    """Boots from a card of MODEL, and nothing else, until the program says that it runs."""
    with boot_server.Server("boot.bin", {"boot.bin": PROGRAM}) as server:
        card = Device(model, "net0", net=(BACKEND_NET_TAP, server.tap), mac="52:54:00:00:00:01", rom=ROMS % rom,
                      boot=1)
        with Vmm(host.VMM, memory_mib=256, devices=[card]) as vmm:
            display = vmm.open_display()
            vmm.run()
            text, deadline = "", time.monotonic() + BOOT
            while SAYS.decode() not in text:
                vmm.take_events()
                text += vmm.debug_text()
                display.settle()
                if time.monotonic() > deadline:
                    keep(display, model)
                    raise AssertionError("%s: nothing booted; the screen says:\n%s\nthe server says:\n%s" % (
                        model, "\n".join(screen.read_text(display.picture())), server.said()[-3000:]))
            keep(display, model)


@test("/guest/netboot/seabios-boots-what-the-server-names-over-virtio-net")
def virtio():
    boot("virtio-net", "virtio")


@test("/guest/netboot/over-an-82574l")
def e1000e():
    boot("e1000e", "e1000e")


@test("/guest/netboot/over-an-rtl8139")
def rtl8139():
    boot("rtl8139", "rtl8139")


class NetworkGuest(linux_guest.Guest):
    """Debian's kernel, as iPXE fetches and starts it."""

    def __init__(self, server):
        self.serial, theirs = socket.socketpair()
        self.text = ""
        self.vmm = Vmm(host.VMM, memory_mib=512, devices=[
            Device("uart16550", "serial0", sock=theirs),
            Device("virtio-net", "net0", net=(BACKEND_NET_TAP, server.tap), mac="52:54:00:00:00:01",
                   rom=ROMS % "virtio", boot=1)])
        self.vmm.run()
        self.wait_boot()


@test("/guest/netboot/a-script-of-ipxes-fetches-debians-kernel-which-boots")
def linux():
    image = linux_guest.build(["virtio_net"])
    files = {"boot.ipxe": b"#!ipxe\nkernel vmlinuz console=ttyS0 loglevel=4 netbooted\ninitrd initrd\nboot\n",
             "vmlinuz": boot_server.read(image.kernel), "initrd": boot_server.read(image.initrd)}
    with boot_server.Server("boot.ipxe", files) as server, NetworkGuest(server) as guest:
        check("netbooted" in guest.sh("cat /proc/cmdline"), "the kernel is another")
        guest.check_quiet()
        guest.power_off()


@test("/guest/netboot/create-boot-network-starts-ipxe-and-no-other-machine-does")
def created():
    taps.make_uplink()
    home = machines.Home()
    try:
        one = home.create("one", "--boot", "network,hd", "--nic", "user,model=e1000e")
        other = home.create("other", "--nic", "user")
        for machine in (one, other):
            machine.start()
        wait_for(lambda: "iPXE" in "\n".join(one.screen()),
                 "iPXE on the screen of the machine that boots from the network", BOOT)
        wait_for(lambda: "No bootable device" in "\n".join(other.screen()), "the end of the other's firmware", BOOT)
        check("iPXE" not in "\n".join(other.screen()), "iPXE runs unasked:\n" + "\n".join(other.screen()))
    finally:
        home.close()


main()
