#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Each model of network card over a tap, as on a bridge: Debian's driver sends and receives streams through it, with
and without the header by which a tap takes packets larger than the wire."""

import os
import shutil
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))
import host
import linux_guest
import streams
import taps
from tap import check, main, skip, skip_all, test
from vmm import BACKEND_NET_TAP, Device

host.need_hardware_kvm(__file__, independent=True, seconds=3400)
for program in ("iperf3", "ip"):
    if not shutil.which(program):
        skip_all("%s is not installed" % program)

IMAGE = linux_guest.build(["virtio_net", "af_packet", "e1000e", "8139cp", "8139too"], programs=["/usr/bin/iperf3"])
# Mbit/s: an emulated host has 4 with the slowest of them, which moves every byte by hand; where segments are lost it
# is 0.3.
LEAST = 2
WIRE = 1514  # bytes of the largest frame on a wire; the ones without payload are counted as well


def open_vhost():
    """The kernel's vhost-net, or -1."""
    subprocess.run(["modprobe", "vhost_net"])
    try:
        return os.open("/dev/vhost-net", os.O_RDWR | os.O_CLOEXEC)
    except OSError:
        return -1


def frames(tap):
    """How many bytes they had, to the guest and from it."""
    def read(name):
        with open("/sys/class/net/%s/statistics/%s" % (tap, name)) as f:
            return int(f.read())

    return read("tx_bytes") / max(read("tx_packets"), 1), read("rx_bytes") / max(read("rx_packets"), 1)


def carry(name, model, number, vnet_hdr, vhost=-1, **options):
    tap, net = "tap%d" % number, "198.51.%d." % (100 + number)
    fd = taps.make_tap(tap, net + "1/24", vnet_hdr)
    with linux_guest.Guest(IMAGE, devices=[Device(model, "net0", net=(BACKEND_NET_TAP, fd), mac="52:54:00:00:00:01",
                                                  vhost=vhost, **options)]) as guest:
        guest.sh("card=$(basename $(ls -d /sys/class/net/e*)); ip addr add %s2/24 dev $card; ip link set $card up" % net)
        guest.wait_sh("ping -c 1 -w 5 %s1" % net)
        there, back = streams.rate(guest, net + "2", 5201), streams.rate(guest, net + "2", 5202, "-R")
        sizes = frames(tap)
        print("# %s: %.0f Mbit/s to the guest, %.0f from it, frames of %d and %d bytes" % (name, there, back, *sizes), flush=True)
        least = LEAST if vhost < 0 else LEAST / 4  # each wake-up waits for another processor of the emulated host
        check(there > least and back > least, "%.2f Mbit/s to the guest, %.2f from it" % (there, back))
        check(vhost < 0 or min(sizes) > WIRE, "frames of %d and %d bytes: nothing is left to the kernel" % sizes)
        if vhost >= 0:
            live_on(guest, net)
        guest.check_quiet()
        guest.power_off()


def live_on(guest, net):
    """What the kernel serves is still there after its machine was held, and its cable out."""
    guest.vmm.pause()
    guest.vmm.run()
    guest.wait_sh("ping -c 1 -w 5 %s1" % net)
    guest.vmm.set_link("net0", False)
    guest.wait_sh("[ $(cat /sys/class/net/e*/carrier) = 0 ]")
    guest.vmm.set_link("net0", True)
    guest.wait_sh("ping -c 1 -w 5 %s1" % net)
    there = streams.rate(guest, net + "2", 5203)
    print("# afterwards: %.0f Mbit/s to the guest" % there, flush=True)
    check(there > LEAST / 4, "%.2f Mbit/s to the guest" % there)


def add_test(number, name, model, **options):
    @test("/guest/network-taps/%s" % name)
    def large():
        carry(name, model, number, True, **options)

    @test("/guest/network-taps/%s/packets-of-the-wires-size" % name)
    def small():
        carry(name + ", plain tap", model, number + 10, False, **options)


add_test(1, "virtio-net", "virtio-net")


@test("/guest/network-taps/virtio-net/by-the-hosts-kernel")
def vhost():
    fd = open_vhost()
    if fd < 0:
        skip("there is no /dev/vhost-net: the module vhost_net cannot be loaded")
    carry("virtio-net, vhost", "virtio-net", 5, True, vhost=fd)


add_test(2, "e1000e", "e1000e")
add_test(3, "rtl8139-with-descriptors", "rtl8139")
add_test(4, "rtl8139-plain", "rtl8139", c_plus="off")

main()
