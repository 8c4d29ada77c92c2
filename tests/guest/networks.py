#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Debian's own driver on vitrine-net-helper's networks: what the guest reaches, and what reaches it."""

import os
import shutil
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))
import host
import linux_guest
import netns
from tap import check, main, skip_all, test
from vmm import BACKEND_NET_TAP, Device

host.need_hardware_kvm(__file__)
for program in ("ip", "nft", "dnsmasq", "busybox"):
    if not shutil.which(program):
        skip_all("%s is not installed" % program)

DHCP = b"""#!/bin/sh -e
[ "$1" = bound ] || exit 0
ip addr flush dev $interface
ip addr add $ip/$mask dev $interface
[ -z "$router" ] || ip route replace default via $router dev $interface
echo "$ip ${router:-none} ${domain:-none}" > /tmp/lease
"""
OUTSIDE = "203.0.113.2"
MACS = {"nat": "52:54:00:00:00:01", "isolated": "52:54:00:00:00:02", "bridge": "52:54:00:00:00:03"}

# The way out is a cable to another computer, which is on the bridge br0 with this one.
netns.run("""
ip link set lo up
ip netns add out && ip link add br0 type bridge && ip link add port type veth peer name wire netns out
ip link set port master br0 up && ip link set br0 up && ip address add 203.0.113.1/24 dev br0
ip -n out address add 203.0.113.2/24 dev wire && ip -n out link set wire up && ip -n out link set lo up
ip route add default via 203.0.113.2
""")


def ask(argument, request):
    reply = netns.ask(argument, request)
    check(reply.status == netns.OK, "the helper says %s" % reply)
    return reply


def start(name, forward, subnet, hosts=()):
    ask("network", netns.start_request(name, domain="lab.example", forward=forward, hosts=hosts,
                                       ipv4=(subnet + ".1/24", subnet + ".10", subnet + ".99")))


start("nat", netns.NAT, "192.168.150", [(MACS["nat"], "192.168.150.42", "web")])
start("isolated", netns.NONE, "192.168.151")
taps = {name: ask("tap", netns.tap_request(mac=mac, **{"bridge": "br0"} if name == "bridge" else {"network": name}))
        for name, mac in MACS.items()}
image = linux_guest.build(["virtio_net", "af_packet"], files={"/bin/dhcp": DHCP})
guest = linux_guest.Guest(image, devices=[
    Device("virtio-net", name, net=(BACKEND_NET_TAP, reply.fds[0]), mac=MACS[name]) for name, reply in taps.items()])


def use(name):
    """The guest's card on that network is up, and no other; its name in the guest."""
    guest.sh("for i in /sys/class/net/*; do ip addr flush dev ${i##*/}; ip link set ${i##*/} down; done; ip link set lo up; "
             "rm -f /tmp/lease")
    card = guest.sh("for i in /sys/class/net/*; do if grep -q %s $i/address; then basename $i; fi; done" % MACS[name]).strip()
    guest.sh("ip link set %s up" % card)
    return card


def lease(card):
    guest.wait_sh("udhcpc -n -q -t 10 -i %s -s /bin/dhcp" % card)
    return guest.sh("cat /tmp/lease").split()


def reaches(address):
    return " 0% packet loss" in guest.sh("ping -c 2 -w 10 %s 2>&1 || true" % address)


def is_reached(address, *prefix):
    return subprocess.run([*prefix, "busybox", "ping", "-c", "2", "-w", "10", address],
                          capture_output=True).returncode == 0


def from_outside(address):
    return is_reached(address, "ip", "netns", "exec", "out")


@test("/guest/networks/nat-gives-an-address-and-leads-out-not-in")
def nat():
    check(lease(use("nat")) == ["192.168.150.42", "192.168.150.1", "lab.example"], "the lease is another")
    check(reaches("192.168.150.1") and is_reached("192.168.150.42"), "host and guest do not reach each other")
    check(reaches(OUTSIDE), "nothing leads out")
    netns.run("ip -n out route add 192.168.150.0/24 via 203.0.113.1")
    check(not from_outside("192.168.150.42"), "somebody gets in")
    guest.check_quiet()


@test("/guest/networks/isolated-has-the-host-and-nobody-else")
def isolated():
    address, router, _ = lease(use("isolated"))
    check(address.startswith("192.168.151.") and router == "none", "the lease is %s, %s" % (address, router))
    check(reaches("192.168.151.1") and is_reached(address), "host and guest do not reach each other")
    guest.sh("ip route replace default via 192.168.151.1")
    check(not reaches(OUTSIDE), "something leads out")


@test("/guest/networks/bridge-makes-it-a-computer-like-the-others")
def bridge():
    card = use("bridge")
    guest.sh("ip addr add 203.0.113.3/24 dev %s" % card)
    check(reaches("203.0.113.1") and is_reached("203.0.113.3"), "host and guest do not reach each other")
    check(reaches(OUTSIDE) and from_outside("203.0.113.3"), "the other computer and the guest do not reach each other")


@test("/guest/networks/nothing-is-left-of-them")
def left():
    guest.check_quiet()
    guest.power_off()
    guest.close()
    for name in ("nat", "isolated"):
        ask("network", netns.stop_request(name))
    check("vitrine" not in netns.run("nft list ruleset") and "vbr" not in netns.run("ip link"), "something is left")
    check(netns.run("cat /proc/sys/net/ipv4/ip_forward").strip() == "0", "it still forwards")


main()
