#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Networks that lead out by a card of this computer: the bridge takes its place, and everything is back afterwards."""

import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))
import netns
import tap
from tap import check, main, test, wait_for

netns.enter("nft", "busybox", "strace")
# The card “eth7”, with what an administrator may have given it, on a wire to another computer and its router.
netns.run("""set -e
ip netns add out
ip link add eth7 type veth peer name wire netns out
ip address add 203.0.113.1/24 dev eth7 && ip address add 203.0.113.9/24 dev eth7 label eth7:1
ip address add 198.51.100.1/28 dev eth7 noprefixroute
ip -6 address add 2001:db8:1::1/64 dev eth7 nodad && ip link set eth7 up
ip -n out address add 203.0.113.2/24 dev wire && ip -n out -6 address add 2001:db8:1::2/64 dev wire nodad
ip -n out link set wire up && ip -n out link set lo up
ip route add default via 203.0.113.2 metric 50 mtu 1400
ip route add 198.51.100.0/28 dev eth7 src 198.51.100.1 proto static
ip route add 192.0.2.0/24 via 198.51.100.2 table 77
ip route add 10.9.0.0/16 nexthop via 203.0.113.2 weight 3 nexthop via 203.0.113.3
ip -6 route add default via 2001:db8:1::2 metric 77 && ip -6 route add 2001:db8:9::/48 via fe80::1 dev eth7
ip link add spare type veth peer name nothing
ip address add 192.0.2.200/32 dev spare
""")


def is_settled():
    text = netns.run("ip -6 address show eth7")
    return "fe80" in text and "tentative" not in text


wait_for(is_settled, "the card has its addresses")


def ok(reply):
    check(reply is not None and reply.status == netns.OK, "the answer is %s" % reply)
    return reply


def start(nic="eth7", **options):
    return ok(netns.ask("network", netns.bridged_request(nic, **options))).link


def stop(name="lab"):
    ok(netns.ask("network", netns.stop_request(name)))


def whole():
    """Once the kernel knows that an address that came back is nobody else's."""
    wait_for(lambda: "tentative" not in netns.run("ip -6 address"), "addresses are known to be ours")
    return netns.whole()


def reaches(address, *prefix):
    return subprocess.run([*prefix, "busybox", "ping", "-c", "1", "-W", "3", address], capture_output=True).returncode == 0


OUT = ("ip", "netns", "exec", "out")


def without_link_local(text):
    return [line for line in text.splitlines() if not line.startswith("fe80::/64")]


@test("/net/bridged/bridge-takes-the-cards-place-and-guests-are-on-its-wire")
def place():
    before, routes = whole(), netns.run("ip route show table all; ip -6 route show table all")
    mac = netns.run("cat /sys/class/net/eth7/address")
    bridge = start()
    check(netns.run("cat /sys/class/net/%s/address" % bridge) == mac, "the bridge has another address than the card")
    check("master " + bridge in netns.run("ip link show eth7"), "the card is not on the bridge")
    check("203.0.113" not in netns.run("ip address show eth7"), "the card has its addresses still")
    check(bridge + ":1" in netns.run("ip address show " + bridge), "the label is lost")
    now = netns.run("ip route show table all; ip -6 route show table all").replace(bridge, "eth7")
    wanted = [line for line in without_link_local(routes) if "table local" not in line]
    there = without_link_local(now)
    lost = [line for line in wanted if line not in there]
    check(not lost, "lost of the routes:\n%s\nof\n%s" % ("\n".join(lost), now))
    check(reaches("203.0.113.2") and reaches("2001:db8:1::2"), "the other computer is out of reach")
    check(reaches("203.0.113.1", *OUT) and reaches("2001:db8:1::1", *OUT), "this one is out of reach")
    netns.run("ip netns add one && ip link add port master %s up type veth peer name card netns one && "
              "ip -n one link set card up && ip -n one address add 203.0.113.77/24 dev card && "
              "ip -n one -6 address add 2001:db8:1::77/64 dev card nodad" % bridge)
    wait_for(lambda: reaches("203.0.113.77", *OUT), "the guest is on the wire")
    check(reaches("2001:db8:1::77", *OUT) and reaches("203.0.113.77"), "the guest is not as the others are")
    netns.run("ip netns delete one")
    wait_for(lambda: subprocess.run(["ip", "link", "show", "port"], capture_output=True).returncode, "the cable is gone")
    stop()
    netns.check_same(before, whole())


@test("/net/bridged/card-that-was-off-and-had-nothing-is-so-again")
def bare():
    before = whole()
    netns.run("ip link add bare type veth peer name other && ip link set bare up && ip link set bare down")
    with_it = whole()
    start("bare")
    check("state UP" in netns.run("ip link show bare") or ",UP" in netns.run("ip link show bare"), "it is off")
    stop()
    netns.check_same(with_it, whole())
    netns.run("ip link delete bare")
    netns.check_same(before, whole())


@test("/net/bridged/card-that-was-pulled-out-holds-up-nothing")
def unplugged():
    before = whole()
    netns.run("ip link add bare type veth peer name other && ip address add 198.51.100.200/24 dev bare && ip link set bare up")
    start("bare")
    netns.run("ip link delete bare")
    stop()
    netns.check_same(before, whole())


def refused(status, nic, **options):
    before = whole()
    reply = netns.ask("network", netns.bridged_request(nic, **options))
    check(reply.status == status and reply.detail == nic, "the answer is %s" % reply)
    netns.check_same(before, whole())


@test("/net/bridged/what-would-do-harm-is-refused-before-anything-changes")
def refusals():
    refused(netns.NO_UPLINK, "eth9")
    refused(netns.NIC_OTHER, "lo")
    netns.run("ip link add br0 type bridge")
    refused(netns.NIC_OTHER, "br0")
    netns.run("ip link set spare master br0")
    refused(netns.NIC_TAKEN, "spare")
    netns.run("ip link delete br0")
    netns.run("ip link add beside link eth7 type macvlan")
    refused(netns.NIC_TAKEN, "eth7")
    netns.run("ip link delete beside")
    netns.run("ip address add 198.51.100.99/24 dev spare valid_lft 4000 preferred_lft 4000")
    refused(netns.NIC_LEASED, "spare")
    netns.run("ip address delete 198.51.100.99/24 dev spare")
    index = netns.run("cat /sys/class/net/eth7/ifindex").strip()
    for path, line in (("NetworkManager/devices", "[device]\nmanaged=true\n"), ("systemd/netif/links", "ADMIN_STATE=configured\n")):
        os.makedirs("/run/" + path)
        netns.write("/run/%s/%s" % (path, index), line)
        refused(netns.NIC_MANAGED, "eth7")
        # That it shall keep off the card would be no mend for this one.
        netns.run("ip address add 198.51.100.77/32 dev eth7 valid_lft 4000 preferred_lft 4000")
        check(netns.ask("network", netns.bridged_request("eth7")).status == netns.NIC_LEASED, "it is not said that it is leased")
        netns.run("ip address delete 198.51.100.77/32 dev eth7")
        os.unlink("/run/%s/%s" % (path, index))
    if subprocess.run("ip nexthop add id 7 via 203.0.113.2 dev eth7 && ip route add 10.8.0.0/16 nhid 7", shell=True,
                      capture_output=True).returncode == 0:
        before = whole()
        reply = netns.ask("network", netns.bridged_request("eth7"))
        check(reply.status == netns.SYSTEM and "nexthop" in reply.detail, "the answer is %s" % reply)
        netns.check_same(before, whole())
        netns.run("ip route delete 10.8.0.0/16 && ip nexthop delete id 7")
    # What a radio's folder has, no other card's has.
    netns.run("mount -t tmpfs tmpfs /sys/class/net/spare/ && mkdir /sys/class/net/spare/phy80211")
    reply = netns.ask("network", netns.bridged_request("spare"))
    netns.run("umount /sys/class/net/spare/")
    check(reply.status == netns.NIC_WIRELESS, "the answer is %s" % reply)
    check(netns.ask("network", netns.start_request(uplink="eth7", forward=netns.BRIDGE)).status == netns.MALFORMED,
          "a bridged network has a subnet")
    check(netns.ask("network", netns.bridged_request("")).status == netns.MALFORMED, "it leads out by nothing")


CALLS = "openat,write,pwrite64,sendmsg,sendto,mkdirat,renameat,unlinkat"


def killed_everywhere(request, prepare):
    """The helper is killed at each of those calls that change something; whoever is next takes it back."""
    before, n = whole(), 1
    for n in range(1, 2000):
        prepare()
        reply = netns.ask("network", request, command=(
            "strace", "-qq", "-o", "/run/strace", "-e", "trace=" + CALLS,
            "-e", "inject=%s:signal=SIGKILL:when=%d" % (CALLS, n)))
        if reply is not None:
            break
        netns.ask("network", netns.stop_request("another"))
        if os.path.exists("/run/vitrine/networks/lab"):
            stop()  # a stop that had not begun
        netns.check_same(before, whole(), "after the %dth call: " % n)
    print("# killed %d times" % (n - 1))
    check(n > 20, "it was killed only %d times" % (n - 1))
    netns.ask("network", netns.stop_request())
    netns.check_same(before, whole())


@test("/net/bridged/start-that-was-killed-anywhere-leaves-the-card-as-it-was")
def killed_start():
    killed_everywhere(netns.bridged_request("eth7"), lambda: None)


@test("/net/bridged/stop-that-was-killed-anywhere-gives-the-card-all-back")
def killed_stop():
    killed_everywhere(netns.stop_request(), start)


def clean_up(name):
    netns.ask("network", netns.stop_request())
    for thing in ("bare", "br0", "beside", "port"):
        subprocess.run(["ip", "link", "delete", thing], capture_output=True)
    subprocess.run(["ip", "netns", "delete", "one"], capture_output=True)


tap.on_failure = clean_up
main(lambda: clean_up(""))
