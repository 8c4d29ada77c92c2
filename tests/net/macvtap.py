#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Macvtaps: a guest is a computer beside this one on the wire, and gone from there with its descriptor."""

import fcntl
import os
import struct
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))
import netns
import tap
from tap import check, main, skip_all, test, wait_for

netns.enter("nft", "busybox", "strace")
netns.run("""set -e
ip netns add out
ip link add eth7 type veth peer name wire netns out
ip address add 203.0.113.1/24 dev eth7 && ip link set eth7 up
ip -n out address add 203.0.113.2/24 dev wire && ip -n out link set wire up
""")
if subprocess.run(["ip", "link", "add", "link", "eth7", "name", "try", "type", "macvtap"], capture_output=True).returncode:
    skip_all("this kernel has no macvtap")
netns.run("ip link delete try")
wait_for(lambda: "tentative" not in netns.run("ip -6 address"), "the card has its addresses")
MAC, OTHER = "52:54:00:00:00:01", "52:54:00:00:00:02"
TUNGETIFF, TUNGETVNETHDRSZ = 0x800454d2, 0x800454d7
HEADER = bytes(12)
ON_WIRE = "ip -n out -s link show wire"


def ask(request, caller=None, **options):
    return netns.ask("macvtap", request, caller, **options)


def make(queues=0, **options):
    reply = ask(netns.macvtap_request("eth7", queues=queues, **options))
    check(reply.status == netns.OK and len(reply.fds) == max(queues, 1), "the answer is %s" % reply)
    return reply


def packed(mac):
    return bytes.fromhex(mac.replace(":", ""))


def send(reply, source, target, payload=b"vitrine"):
    os.write(reply.fds[0], HEADER + packed(target) + packed(source) + b"\x88\xb5" + payload.ljust(50, b"\0"))


def received(reply):
    """Sources and targets of the frames that wait there, of our type."""
    found = []
    while True:
        try:
            frame = os.read(reply.fds[0], 65536)[12:]
        except BlockingIOError:
            return found
        if frame[12:14] == b"\x88\xb5":
            found.append((frame[6:12], frame[:6]))


def is_allmulti():
    return " allmulti 0" not in netns.run("ip -d link show eth7")


@test("/net/macvtap/descriptor-is-a-tap-with-its-header-and-the-interface-goes-with-it")
def descriptor():
    before = netns.whole()
    with_fds = make()
    request = fcntl.ioctl(with_fds.fds[0], TUNGETIFF, bytes(40))
    flags = struct.unpack_from("H", request, 16)[0]
    check(flags & 0x5002 == 0x5002, "it is a tap of flags %#x" % flags)
    size = struct.unpack("i", fcntl.ioctl(with_fds.fds[0], TUNGETVNETHDRSZ, bytes(4)))[0]
    check(size == 12, "its header has %d bytes" % size)
    check(is_allmulti(), "it hears the multicast of this computer alone")
    with_fds.close()
    wait_for(lambda: not is_allmulti(), "it is gone from the card")
    netns.check_same(before, netns.whole())


@test("/net/macvtap/several-queues-are-of-one-that-goes-with-the-last")
def queues():
    before = netns.whole()
    several, one = make(queues=3), make(mac=OTHER)
    for fd in several.fds:
        flags = struct.unpack_from("H", fcntl.ioctl(fd, TUNGETIFF, bytes(40)), 16)[0]
        check(flags & 0x5102 == 0x5102, "it is a tap of flags %#x" % flags)
        os.write(fd, HEADER + packed(OTHER) + packed(MAC) + b"\x88\xb5" + bytes(50))
        wait_for(lambda: received(one), "a frame of each queue")
    fcntl.ioctl(several.fds[2], netns.TUNSETQUEUE, struct.pack("16sH22x", b"", netns.IFF_DETACH_QUEUE))
    one.close()
    for _ in range(2):
        os.close(several.fds.pop(0))
        check(is_allmulti(), "it is gone with a queue left")
    several.close()
    wait_for(lambda: not is_allmulti(), "it is gone from the card")
    netns.check_same(before, netns.whole())


@test("/net/macvtap/guests-reach-each-other-and-the-wire-as-the-mode-says")
def modes():
    for mode, meet in ((netns.MACVTAP_BRIDGE, True), (netns.MACVTAP_VEPA, False), (netns.MACVTAP_PRIVATE, False)):
        one, two = make(mode=mode), make(mac=OTHER, mode=mode)
        received(two)
        send(one, MAC, OTHER)
        check(((packed(MAC), packed(OTHER)) in received(two)) == meet, "in mode %d they %s" % (mode, "do not meet" if meet else "meet"))
        before = netns.run(ON_WIRE)
        send(one, MAC, "ff:ff:ff:ff:ff:ff")
        wait_for(lambda: netns.run(ON_WIRE) != before, "the wire has it")
        one.close()
        two.close()
        wait_for(lambda: not is_allmulti(), "both are gone")


@test("/net/macvtap/one-passed-through-is-alone-and-the-card-has-its-address-back")
def passthru():
    before = netns.whole()
    one = make(mode=netns.MACVTAP_PASSTHRU)
    reply = ask(netns.macvtap_request("eth7", OTHER))
    check(reply.status == netns.NIC_TAKEN and reply.detail == "eth7", "the answer is %s" % reply)
    one.close()
    wait_for(lambda: "promiscuity 0" in netns.run("ip -d link show eth7"), "it is gone")
    netns.check_same(before, netns.whole())


@test("/net/macvtap/what-cannot-be-is-refused-before-anything-changes")
def refusals():
    before = netns.whole()
    for nic, status in (("eth9", netns.NO_UPLINK), ("lo", netns.NIC_OTHER)):
        reply = ask(netns.macvtap_request(nic))
        check(reply.status == status and reply.detail == nic and not reply.fds, "the answer is %s" % reply)
    netns.run("ip link add down7 type veth peer name down8 && ip link set down7 up && ip link set down7 down")
    check(ask(netns.macvtap_request("down7")).status == netns.NIC_DOWN, "a card that is off has a neighbour")
    netns.run("ip link add br0 type bridge && ip link set down7 master br0")
    check(ask(netns.macvtap_request("down7")).status == netns.NIC_TAKEN, "a bridge's port has a neighbour")
    netns.run("ip link delete br0 && ip link delete down7")
    check(ask(netns.macvtap_request("eth7", mode=4)).status == netns.MALFORMED, "there is a fifth mode")
    check(ask(netns.macvtap_request("eth7", "01:00:5e:00:00:01")).status == netns.MALFORMED, "it has everybody's address")
    check(netns.ask("tap", netns.macvtap_request("eth7")).status == netns.MALFORMED, "the right to taps is enough")
    netns.check_same(before, netns.whole())


CALLS = "openat,write,sendmsg,sendto,unshare,mount,mknod,mknodat,ioctl"


@test("/net/macvtap/helper-that-was-killed-anywhere-leaves-nothing")
def killed():
    before = netns.whole()
    for n in range(1, 500):
        reply = ask(netns.macvtap_request("eth7"), command=(
            "strace", "-qq", "-o", "/run/strace", "-e", "trace=" + CALLS,
            "-e", "inject=%s:signal=SIGKILL:when=%d" % (CALLS, n)))
        if reply is not None:
            reply.close()
            break
        wait_for(lambda: not is_allmulti(), "it is gone")
    print("# killed %d times" % (n - 1))
    check(n > 10, "it was killed only %d times" % (n - 1))
    wait_for(lambda: not is_allmulti(), "it is gone")
    netns.check_same(before, netns.whole())


def clean_up(name):
    for thing in ("br0", "down7"):
        subprocess.run(["ip", "link", "delete", thing], capture_output=True)


tap.on_failure = clean_up
main(lambda: clean_up(""))
