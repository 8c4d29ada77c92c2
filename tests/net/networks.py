#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Networks: guests reach what they shall, and this computer is afterwards as it was, however they ended."""

import os
import signal
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))
import netns
import tap
from tap import check, main, test, wait_for

netns.enter("nft", "dnsmasq", "busybox", "sysctl", "strace")
# The way out: a computer behind “uplink” that knows the way to routed guests alone.
netns.run("""
ip netns add out
ip link add uplink type veth peer name wire netns out
ip address add 203.0.113.1/24 dev uplink && ip -6 address add 2001:db8:1::1/64 dev uplink nodad && ip link set uplink up
ip -n out address add 203.0.113.2/24 dev wire && ip -n out -6 address add 2001:db8:1::2/64 dev wire nodad
ip -n out link set wire up && ip -n out link set lo up
ip route add default via 203.0.113.2
sysctl -q net.ipv4.ip_forward=0 net.ipv6.conf.all.forwarding=0 net.ipv4.conf.uplink.accept_redirects=0
""")


def is_settled():
    text = netns.run("ip -6 address show uplink")
    return "fe80" in text and "tentative" not in text


wait_for(is_settled, "the way out has its addresses")
LEASED = {"ipv4": ("192.168.150.1/24", "192.168.150.10", "192.168.150.99")}
DHCP = """#!/bin/sh
[ "$1" = bound ] || exit 0
ip address add $ip/$mask dev $interface
[ -z "$router" ] || ip route add default via $router
echo $ip ${router:-none} ${domain:-none} ${dns:-none} > /run/lease-$interface
"""
netns.write("/run/dhcp", DHCP, 0o755)


def start(**options):
    reply = netns.ask("network", netns.start_request(**options))
    check(reply.status == netns.OK, "the answer is %s" % reply)
    return reply.link


def stop(name="lab"):
    reply = netns.ask("network", netns.stop_request(name))
    check(reply.status == netns.OK, "the answer is %s" % reply)


class Guest:
    """A computer on BRIDGE: a network namespace with a cable to it."""

    def __init__(self, name, bridge, mac="52:54:00:00:00:07"):
        self.name, self.card = name, name + "-card"
        netns.run("ip netns add {0} && ip link add {0}-port master {1} type veth peer name {0}-card address {2} netns {0} && "
                  "ip link set {0}-port up && ip -n {0} link set {0}-card up".format(name, bridge, mac))

    def run(self, command):
        return netns.run("ip netns exec %s %s" % (self.name, command))

    def lease(self):
        """Address, gateway, domain and name server, as far as DHCP has them."""
        self.run("busybox udhcpc -n -q -f -t 20 -T 1 -i %s -s /run/dhcp" % self.card)
        with open("/run/lease-" + self.card) as f:
            return f.read().split()

    def reaches(self, address):
        return subprocess.run(["ip", "netns", "exec", self.name, "busybox", "ping", "-c", "1", "-W", "2", address],
                              capture_output=True).returncode == 0

    def close(self):
        netns.run("ip netns delete %s" % self.name)
        wait_for(lambda: subprocess.run(["ip", "link", "show", self.name + "-port"], capture_output=True).returncode,
                 "the cable is gone")


OUT = Guest.__new__(Guest)
OUT.name = "out"


@test("/net/networks/nat-leads-out-and-nobody-in")
def nat():
    before = netns.whole()
    bridge = start(domain="lab.example", hosts=[("52:54:00:00:00:07", "192.168.150.42", "web")], **LEASED)
    one, two = Guest("one", bridge), Guest("two", bridge, "52:54:00:00:00:08")
    lease = one.lease()
    check(lease == ["192.168.150.42", "192.168.150.1", "lab.example", "192.168.150.1"], "the lease is %s" % lease)
    other = two.lease()[0]
    check(other.startswith("192.168.150.") and 10 <= int(other.split(".")[3]) <= 99, "the other's is %s" % other)
    check(one.reaches("192.168.150.1") and one.reaches(other), "the host or the other guest is out of reach")
    check(one.reaches("203.0.113.2"), "nothing leads out")
    netns.run("ip -n out route add 192.168.150.0/24 via 203.0.113.1")
    check(not OUT.reaches("192.168.150.42"), "somebody gets in")
    netns.run("ip -n out route del 192.168.150.0/24")
    check("web.lab.example" in one.run("busybox nslookup web.lab.example 192.168.150.1"), "its name is unknown")
    with open("/run/vitrine/networks/lab/leases") as f:
        check("52:54:00:00:00:07 192.168.150.42 web" in f.read(), "the lease is not written down")
    one.close()
    two.close()
    stop()
    netns.check_same(before, netns.whole())


@test("/net/networks/routed-leads-out-and-in-under-the-guests-addresses")
def routed():
    before = netns.whole()
    bridge = start(forward=netns.ROUTE, uplink="uplink", **LEASED)
    netns.run("ip -n out route add 192.168.150.0/24 via 203.0.113.1")
    one = Guest("one", bridge)
    address = one.lease()[0]
    check(one.reaches("203.0.113.2"), "nothing leads out")
    check(OUT.reaches(address), "nothing leads in")
    one.close()
    netns.run("ip -n out route del 192.168.150.0/24")
    stop()
    netns.check_same(before, netns.whole())


@test("/net/networks/isolated-has-its-guests-and-the-host-alone")
def isolated():
    netns.run("sysctl -q net.ipv4.ip_forward=1")
    before = netns.whole()
    bridge = start(forward=netns.NONE, **LEASED)
    netns.run("ip -n out route add 192.168.150.0/24 via 203.0.113.1")
    one, two = Guest("one", bridge), Guest("two", bridge, "52:54:00:00:00:08")
    lease, other = one.lease(), two.lease()[0]
    check(lease[1] == "none", "there is a gateway: %s" % lease)
    check(one.reaches("192.168.150.1") and one.reaches(other), "the host or the other guest is out of reach")
    one.run("ip route add default via 192.168.150.1")
    check(not one.reaches("203.0.113.2") and not OUT.reaches(other), "it is not isolated")
    one.close()
    two.close()
    netns.run("ip -n out route del 192.168.150.0/24")
    stop()
    netns.check_same(before, netns.whole())
    netns.run("sysctl -q net.ipv4.ip_forward=0")


@test("/net/networks/ipv6-is-announced-and-led-out")
def ipv6():
    before = netns.whole()
    bridge = start(flags=netns.NAT6, ipv6=("fd00:1::1/64",), **LEASED)
    one = Guest("one", bridge)
    wait_for(lambda: "fd00:1::" in one.run("ip -6 address show scope global -tentative"), "an address", 30)
    check(one.reaches("fd00:1::1"), "the host is out of reach")
    check(one.reaches("2001:db8:1::2"), "nothing leads out")
    one.close()
    stop()
    netns.check_same(before, netns.whole())


@test("/net/networks/the-last-one-that-forwards-switches-it-off")
def shared():
    before = netns.whole()
    start(**LEASED)
    start(name="second", ipv4=("192.168.151.1/24",))
    stop()
    check(netns.run("sysctl -n net.ipv4.ip_forward").strip() != "0", "the second one is cut off")
    stop("second")
    netns.check_same(before, netns.whole())


@test("/net/networks/what-an-administrator-switches-meanwhile-stays")
def administrator():
    ipv6 = ("fd00:1::1/64",)
    for before, now in (("0", "1"), ("0", "0")):
        netns.run("sysctl -q net.ipv4.ip_forward=%s net.ipv6.conf.all.forwarding=%s" % (before, before))
        start(ipv6=ipv6, **LEASED)
        netns.run("sysctl -q net.ipv4.ip_forward=%s net.ipv6.conf.all.forwarding=%s" % (now, now))
        stop()
        check(netns.run("sysctl -n net.ipv4.ip_forward net.ipv6.conf.all.forwarding").split() == [now, now], "it is not %s" % now)
    netns.run("sysctl -q net.ipv4.ip_forward=0 net.ipv6.conf.all.forwarding=0 net.ipv4.conf.uplink.accept_redirects=0")
    start(**LEASED)
    stop()
    check(netns.run("sysctl -n net.ipv4.ip_forward").strip() == "0", "it is left on")


def refused(status, detail, **options):
    before = netns.whole()
    reply = netns.ask("network", netns.start_request(**options))
    check(reply.status == status and reply.detail == detail, "the answer is %s" % reply)
    netns.check_same(before, netns.whole())


@test("/net/networks/what-cannot-be-is-refused-before-anything-changes")
def refusals():
    bridge = start(**LEASED)
    refused(netns.RUNNING, "lab")
    refused(netns.OVERLAPS, "192.168.150.0/24 " + bridge, name="b", ipv4=("192.168.150.129/25",))
    refused(netns.OVERLAPS, "203.0.113.0/24 uplink", name="b", ipv4=("203.0.112.1/20",))
    refused(netns.OVERLAPS, "2001:db8:1::/64 uplink", name="b", ipv4=(), ipv6=("2001:db8:1::9/80",))
    refused(netns.BRIDGE_TAKEN, "uplink", name="b", bridge="uplink", ipv4=("192.168.151.1/24",))
    refused(netns.NO_UPLINK, "eth9", name="b", uplink="eth9", ipv4=("192.168.151.1/24",))
    refused(netns.MALFORMED, "bridge", name="b", bridge="x" * 16, ipv4=("192.168.151.1/24",))
    stop()


@test("/net/networks/ipv6-of-the-hosts-own-router-is-not-lost")
def advertised():
    netns.run("ip -6 route add default via 2001:db8:1::2 proto ra")
    refused(netns.IPV6_AUTOMATIC, "uplink", ipv4=(), ipv6=("fd00:1::1/64",))
    netns.run("sysctl -q net.ipv6.conf.uplink.accept_ra=2")
    start(ipv4=(), ipv6=("fd00:1::1/64",))
    stop()
    netns.run("sysctl -q net.ipv6.conf.uplink.accept_ra=1 && ip -6 route del default")


@test("/net/networks/networks-are-their-owners")
def owners():
    reply = netns.ask("network", netns.start_request(**LEASED), netns.NOBODY)
    check(reply.status == netns.OK, "the answer is %s" % reply)
    netns.allow()
    check(netns.ask("network", netns.stop_request(), 1000).status == netns.NOT_OWNER, "another user stopped it")
    check(netns.ask("tap", netns.tap_request(network="lab"), 1000).status == netns.NOT_ALLOWED, "another got a tap")
    mine = netns.ask("tap", netns.tap_request(network="lab"), netns.NOBODY)
    check(mine.status == netns.OK and "master " + reply.link in netns.run("ip link show " + mine.link), "mine: %s" % mine)
    mine.close()
    netns.allow(reply.link)
    theirs = netns.ask("tap", netns.tap_request(network="lab"), 1000)
    check(theirs.status == netns.OK, "the answer is %s" % theirs)
    theirs.close()
    check(netns.ask("tap", netns.tap_request(network="none"), 0).status == netns.NOT_RUNNING, "there is no such network")
    check(netns.ask("network", netns.stop_request(), netns.NOBODY).status == netns.OK, "its owner may not stop it")


@test("/net/networks/dnsmasq-can-open-nothing-and-is-replaced-when-it-was-killed")
def dhcp():
    before = netns.whole()
    start(**LEASED)
    pids = netns.dnsmasq()
    check(len(pids) == 1, "there are %s" % pids)
    with open("/proc/%d/status" % pids[0]) as f:
        status = dict(line.split(":", 1) for line in f.read().splitlines())
    check(status["Uid"].split()[0] == str(netns.NOBODY) and status["NoNewPrivs"].strip() == "1", "it is %s" % status["Uid"])
    check(int(status["CapBnd"], 16) & ~0x34c0 == 0, "it could have %s" % status["CapBnd"])
    os.kill(pids[0], signal.SIGKILL)
    wait_for(lambda: not netns.dnsmasq(), "it is gone")
    reply = netns.ask("tap", netns.tap_request(network="lab"), 0)
    check(reply.status == netns.OK, "the answer is %s" % reply)
    reply.close()
    check(len(netns.dnsmasq()) == 1, "there are %s" % netns.dnsmasq())
    os.kill(netns.dnsmasq()[0], signal.SIGKILL)
    stop()
    netns.check_same(before, netns.whole())


CALLS = "openat,write,pwrite64,sendmsg,sendto,mkdirat,renameat,rename,clone,unlinkat,unlink,wait4"


def killed_at(n, request):
    """Whether the helper was killed at the Nth of those calls that change something, rather than being done."""
    reply = netns.ask("network", request, command=(
        "strace", "-qq", "-o", "/run/strace", "-e", "trace=" + CALLS, "-e", "inject=%s:signal=SIGKILL:when=%d" % (CALLS, n)))
    return reply is None


def killed_everywhere(request, prepare, may_stay):
    before = netns.whole()
    step, n = 2, 1
    for n in range(1, 2000, step):
        prepare()
        if not killed_at(n, request):
            break
        netns.ask("network", netns.stop_request("another"))  # whoever is next takes it back
        if may_stay and netns.dnsmasq():
            stop()  # it had not begun
        check(not netns.dnsmasq(), "dnsmasq outlives its network")
        netns.check_same(before, netns.whole(), "after the %dth call: " % n)
    print("# killed %d times" % (n // step))
    check(n > 30, "it was killed only %d times" % (n // step))
    netns.ask("network", netns.stop_request())
    netns.check_same(before, netns.whole())


@test("/net/networks/start-that-was-killed-anywhere-leaves-nothing")
def killed_start():
    killed_everywhere(netns.start_request(ipv6=("fd00:1::1/64",), **LEASED), lambda: None, False)


@test("/net/networks/stop-that-was-killed-anywhere-has-not-begun-or-is-gone-on-with")
def killed_stop():
    killed_everywhere(netns.stop_request(), lambda: start(ipv6=("fd00:1::1/64",), **LEASED), True)


def clean_up(name):
    """The test NAME failed, or the last one ended: the next one shall find nothing of it."""
    for guest in ("one", "two"):
        subprocess.run(["ip", "netns", "delete", guest], capture_output=True)
    for network in ("lab", "second", "b"):
        netns.ask("network", netns.stop_request(network))


tap.on_failure = clean_up
main(lambda: clean_up(""))
