#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Booting from the network: SeaBIOS runs iPXE from each card's ROM, which fetches what dnsmasq names.

A boot program of 37 bytes says on the debug port that it runs; a script of iPXE's fetches Debian's kernel.
"""

import os
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))
import boot_sector
import boot_server
import host
import linux_guest
import machines
import screen
import taps
from tap import check, main, skip_all, test, wait_for
from vmm import Vmm

host.need_hardware_kvm(__file__, independent=True)
if boot_server.problem():
    skip_all(boot_server.problem())

BOOT = 300
SAYS = "NETBOOT RUNS\n"
PROGRAM = boot_sector.program(SAYS, 0x402)  # the debug port


def keep(display, name):
    os.makedirs(host.ARTIFACTS, exist_ok=True)
    display.settle()
    screen.write_png(display.picture(), os.path.join(host.ARTIFACTS, "netboot-%s.png" % name))


def boot(model, rom):
    """Boots from a card of MODEL, and nothing else, until the program says that it runs."""
    with boot_server.Server("boot.bin", {"boot.bin": PROGRAM}) as server:
        with Vmm(host.VMM, memory_mib=256, devices=[server.card(model, rom)]) as vmm:
            display = vmm.open_display()
            vmm.run()
            text, deadline = "", time.monotonic() + BOOT
            while SAYS not in text:
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
    boot("virtio-net", "pxe-virtio")


@test("/guest/netboot/over-an-82574l", shows=["e1000e boots bios"])
def e1000e():
    boot("e1000e", "pxe-e1000e")


@test("/guest/netboot/over-an-rtl8139", shows=["rtl8139 boots bios"])
def rtl8139():
    boot("rtl8139", "pxe-rtl8139")


@test("/guest/netboot/a-script-of-ipxes-fetches-debians-kernel-which-boots", shows=["virtio-net boots bios"])
def linux():
    image = linux_guest.build(["virtio_net"])
    with boot_server.serve_linux(image, "netbooted") as server, \
         linux_guest.Guest(None, memory_mib=512, devices=[server.card("virtio-net", "pxe-virtio")]) as guest:
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
