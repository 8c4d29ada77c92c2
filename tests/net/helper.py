#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""vitrine-net-helper: taps on allowed bridges, and nothing for whoever asks for more."""

import fcntl
import os
import select
import socket
import struct
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))
import netns
from tap import check, main, test, wait_for

netns.enter()
# Without IPv6 nothing changes here by itself.
netns.run("echo 1 > /proc/sys/net/ipv6/conf/default/disable_ipv6; ip link add br0 type bridge && ip link set br0 mtu 1400 up && ip link add br1 type bridge")
HEADER = bytes(12)  # virtio_net_hdr: no offloads


def tap(bridge="br0", mac="52:54:00:00:00:01", caller=netns.NOBODY, queues=0, **options):
    return netns.ask("tap", netns.tap_request(bridge, mac=mac, queues=queues), caller, **options)


def check_status(reply, status, detail):
    check(reply.status == status and reply.detail == detail and not reply.fds, "the answer is %s" % reply)


@test("/net/helper/tap-is-on-its-bridge-and-goes-with-its-descriptor")
def makes_tap():
    netns.allow("br0")
    before = netns.links()
    reply = tap(mac="52:54:00:0a:0b:0c")
    check(reply.status == netns.OK and len(reply.fds) == 1, "the answer is %s" % reply)
    text = netns.run("ip -d link show " + reply.link)
    for part in ("master br0", "mtu 1400", "vnet_hdr on", "persist off", "user nobody", "fe:54:00:0a:0b:0c", ",UP"):
        check(part in text, "no %r in %s" % (part, text))
    reply.close()
    netns.run("ip link show br0")
    check(netns.run("ip -o link | grep -c vtap || true").strip() == "0", "the tap is still there")
    netns.run("ip neigh flush all")
    check(len(before.splitlines()) == len(netns.links().splitlines()), "something is left")


def read_frame(fd):
    while True:
        check(select.select([fd], [], [], 20)[0], "no frame came")
        frame = os.read(fd, 4096)[len(HEADER):]
        if frame[12:14] == b"\x88\xb5":  # for experiments, IEEE 802
            return frame


@test("/net/helper/two-guests-on-a-bridge-hear-each-other")
def frames():
    netns.allow("br0")
    one, two = tap(mac="52:54:00:00:00:01"), tap(mac="52:54:00:00:00:02")
    check(one.link != two.link, "both are %s" % one.link)
    frame = bytes.fromhex("525400000002" "525400000001" "88b5") + b"there and back" + bytes(40)
    os.write(one.fds[0], HEADER + frame)
    check(read_frame(two.fds[0]) == frame, "it came as another")
    one.close()
    two.close()


@test("/net/helper/several-queues-are-of-one-tap-that-goes-with-the-last")
def queues():
    netns.allow("br0")
    before = netns.links()
    reply = tap(queues=4)
    check(reply.status == netns.OK and len(reply.fds) == 4, "the answer is %s" % reply)
    text = netns.run("ip -d link show " + reply.link)
    for part in ("master br0", "multi_queue", "numqueues 4", "user nobody", ",UP"):
        check(part in text, "no %r in %s" % (part, text))
    fcntl.ioctl(reply.fds[3], netns.TUNSETQUEUE, struct.pack("16sH22x", b"", netns.IFF_DETACH_QUEUE))
    text = netns.run("ip -d link show " + reply.link)
    check("numdisabled 1" in text, text)
    other = tap(mac="52:54:00:00:00:02")
    frame = bytes.fromhex("525400000002" "525400000001" "88b5") + b"by the second queue" + bytes(40)
    os.write(reply.fds[1], HEADER + frame)
    check(read_frame(other.fds[0]) == frame, "it came as another")
    other.close()
    while reply.fds:
        check(reply.link in netns.links(), "it is gone with %d queues left" % len(reply.fds))
        os.close(reply.fds.pop(0))  # the last one is detached
    wait_for(lambda: len(before.splitlines()) == len(netns.links().splitlines()), "all is gone")


@test("/net/helper/bridge-that-nobody-allowed-is-refused-with-the-file-to-write")
def not_allowed():
    netns.allow("br1")
    check_status(tap(), netns.NOT_ALLOWED, "/etc/vitrine/bridge.conf")
    os.unlink("/etc/vitrine/bridge.conf")
    check_status(tap(), netns.NOT_ALLOWED, "/etc/vitrine/bridge.conf")


@test("/net/helper/root-needs-nobodys-word")
def root():
    netns.allow()
    for reply in (tap(caller=None), tap(caller=0)):
        check(reply.status == netns.OK, "the answer is %s" % reply)
        reply.close()


@test("/net/helper/file-of-qemus-helper-counts-too")
def qemu():
    netns.allow()
    os.makedirs("/etc/qemu", exist_ok=True)
    netns.write("/etc/qemu/bridge.conf", "include /etc/qemu/more.conf\n")
    netns.write("/etc/qemu/more.conf", "allow br0\n")
    reply = tap()
    check(reply.status == netns.OK, "the answer is %s" % reply)
    reply.close()
    netns.write("/etc/vitrine/bridge.conf", "deny br0\n")
    check_status(tap(), netns.NOT_ALLOWED, "/etc/vitrine/bridge.conf")
    netns.run("rm -r /etc/qemu")


@test("/net/helper/file-that-others-can-change-allows-nothing")
def untrusted():
    netns.write("/etc/vitrine/bridge.conf", "allow br0\n", 0o666)
    check_status(tap(), netns.UNTRUSTED, "/etc/vitrine/bridge.conf")
    netns.allow("br0")
    os.chown("/etc/vitrine/bridge.conf", netns.NOBODY, 0)
    check_status(tap(), netns.UNTRUSTED, "/etc/vitrine/bridge.conf")
    os.unlink("/etc/vitrine/bridge.conf")


@test("/net/helper/no-such-bridge-and-no-bridge-are-said")
def no_bridge():
    netns.allow("all")
    check_status(tap("br9"), netns.NO_BRIDGE, "br9")
    check_status(tap("lo"), netns.NOT_A_BRIDGE, "lo")


@test("/net/helper/caller-without-a-right-gets-none")
def no_right():
    netns.allow("br0")
    reply = tap(caller=None, command=("setpriv", "--reuid", str(netns.NOBODY), "--clear-groups"))
    check(reply.status == netns.NO_RIGHT and not reply.fds, "the answer is %s" % reply)


@test("/net/helper/word-of-pkexec-is-roots-alone-to-bring")
def forged():
    netns.allow()
    reply = tap(caller=0, command=("setpriv", "--reuid", str(netns.NOBODY), "--clear-groups"))
    check(reply.status == netns.NOT_ALLOWED, "the answer is %s" % reply)
    for odd in ("", "x", "-1", "0x0", "99999999999999999999", " 0"):
        check_status(tap(caller=odd), netns.NOT_ALLOWED, "/etc/vitrine/bridge.conf")


@test("/net/helper/hostile-requests-change-nothing")
def hostile():
    netns.allow("all")
    before = netns.links()
    good = netns.tap_request("br0")
    for request in (b"\0", good[:-1], good + b"\0", bytes(len(good)), b"\xff" * len(good), good * 100,
                    struct.pack("II", netns.VERSION + 1, netns.TAP) + good[8:],
                    struct.pack("II", netns.VERSION, netns.GUARD + 1) + good[8:],
                    netns.tap_request("br0/../x"), netns.tap_request("br0;reboot"), netns.tap_request("br0", "lab"),
                    netns.tap_request(), netns.tap_request("x" * 16), netns.tap_request("br0", mac="ff:ff:ff:ff:ff:ff")):
        reply = netns.ask("tap", request, netns.NOBODY)
        check(reply is None or reply.status == netns.MALFORMED, "%r: the answer is %s" % (request[:80], reply))
    for argument in ("network", "", "--help"):
        check(netns.ask(argument, good).status == netns.MALFORMED, "argument %r" % argument)
    netns.check_same(before, netns.links())


@test("/net/helper/started-by-hand-it-says-so-and-ends")
def by_hand():
    before = netns.links()
    for options in ({"stdin": subprocess.DEVNULL}, {"input": b"x"}):
        result = subprocess.run([netns.HELPER, "tap"], capture_output=True, timeout=60, **options)
        check(result.returncode == 1 and b"started by Vitrine" in result.stderr, "it said %s" % result.stderr)
    ours, theirs = socket.socketpair()  # a stream
    with ours, theirs:
        check(subprocess.run([netns.HELPER, "tap"], stdin=theirs, stderr=subprocess.DEVNULL, timeout=60).returncode == 1,
              "a stream is no socket for it")
    netns.check_same(before, netns.links())


main()
