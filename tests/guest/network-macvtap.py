#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Each model of network card beside a card of this computer's: Debian's driver is on its wire, by IPv4 and IPv6, with
streams both ways."""

import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))
import host
import linux_guest
import netns
import streams
from tap import check, main, test, wait_for
from vmm import BACKEND_NET_TAP, Device

host.need_hardware_kvm(__file__, independent=True, seconds=2400)
host.need_programs("iperf3", "ip", "nft", "busybox")
IMAGE = linux_guest.build(["virtio_net", "af_packet", "e1000e", "8139cp", "8139too"], programs=["/usr/bin/iperf3"])
LEAST = 2  # Mbit/s; see network-taps.py
OUT = ["ip", "netns", "exec", "out"]

# The other computer on the wire; this one is not heard there by guests, nor they by it.
subprocess.run(["modprobe", "-a", "macvtap", "veth"])
netns.run("""set -e
ip link set lo up
ip netns add out
ip link add eth7 type veth peer name wire netns out
ip address add 203.0.113.1/24 dev eth7 && ip link set eth7 up
ip -n out address add 203.0.113.2/24 dev wire && ip -n out -6 address add 2001:db8:1::2/64 dev wire nodad
ip -n out link set wire up && ip -n out link set lo up
""")
LINK = netns.run("ip -d link show eth7")


def macvtap(**options):
    reply = netns.ask("macvtap", netns.macvtap_request("eth7", **options))
    check(reply.status == netns.OK, "the helper says %s" % reply)
    return reply.fds.pop()


def reaches(guest, address):
    guest.wait_sh("ping -c 1 -w 5 %s" % address)


def carry(name, model, **options):
    with linux_guest.Guest(IMAGE, devices=[Device(model, "net0", net=(BACKEND_NET_TAP, macvtap()), mac="52:54:00:00:00:01",
                                                  **options)]) as guest:
        guest.sh("card=$(basename $(ls -d /sys/class/net/e*)); ip addr add 203.0.113.3/24 dev $card; "
                 "ip -6 addr add 2001:db8:1::3/64 dev $card; ip link set $card up")
        reaches(guest, "203.0.113.2")
        reaches(guest, "2001:db8:1::2")
        netns.run("ip -n out neigh flush dev wire")
        for address in ("203.0.113.3", "2001:db8:1::3"):
            ping = subprocess.run([*OUT, "busybox", "ping", "-c", "2", "-w", "20", address], capture_output=True, text=True)
            check(ping.returncode == 0, "nobody finds the guest as %s: %s\n%s" % (
                address, ping.stdout + ping.stderr, guest.sh("ip addr; cat /proc/net/igmp6; true") + netns.run("ip -n out neigh")))
        check(not guest.succeeds("ping -c 1 -w 3 203.0.113.1"), "guest and host talk: say so no more where it is chosen")
        there = streams.rate(guest, "203.0.113.3", 5201, prefix=OUT)
        back = streams.rate(guest, "2001:db8:1::3", 5202, "-R", prefix=OUT)
        print("# %s: %.0f Mbit/s to the guest by IPv4, %.0f from it by IPv6" % (name, there, back), flush=True)
        check(there > LEAST and back > LEAST, "%.2f Mbit/s to the guest, %.2f from it" % (there, back))
        guest.check_quiet()
        guest.power_off()
    wait_for(lambda: netns.run("ip -d link show eth7") == LINK, "the card is as it was")


def add_test(name, model, **options):
    @test("/guest/network-macvtap/%s" % name)
    def run():
        carry(name, model, **options)


add_test("virtio-net", "virtio-net")
add_test("e1000e", "e1000e")
add_test("rtl8139", "rtl8139")

main()
