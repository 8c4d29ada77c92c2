#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What a guest may send on its tap, and how much passes: closed, open, changed while it is there, and gone with the tap."""

import os
import select
import struct
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))
import netns
from tap import check, main, test, wait_for

netns.enter("nft", "tc")
netns.run("ip link add br0 type bridge && ip link set br0 up")
netns.allow("br0")

HEADER = bytes(12)
ONE, TWO, OTHER = "52:54:00:00:00:01", "52:54:00:00:00:02", "52:54:00:00:00:66"
IP, IP6, OTHER_IP = "192.0.2.9", "2001:db8::9", "192.0.2.66"


def mac(text):
    return bytes.fromhex(text.replace(":", ""))


def ip(text):
    return netns.socket.inet_pton(netns.socket.AF_INET6 if ":" in text else netns.socket.AF_INET, text)


def ethernet(source, kind, payload, destination=TWO):
    return mac(destination) + mac(source) + struct.pack(">H", kind) + payload


def ipv4(source, address, protocol=17, payload=bytes(32)):
    head = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 20 + len(payload), 0, 0, 64, protocol, 0, ip(address), ip("192.0.2.2"))
    total = sum(struct.unpack(">10H", head))
    total = (total & 0xffff) + (total >> 16)
    return ethernet(source, 0x800, head[:10] + struct.pack(">H", ~((total & 0xffff) + (total >> 16)) & 0xffff) + head[12:] + payload)


def ipv6(source, address, protocol=17, payload=bytes(32)):
    return ethernet(source, 0x86dd, struct.pack(">IHBB16s16s", 6 << 28, len(payload), protocol, 255, ip(address), ip("2001:db8::2")) + payload)


def arp(source, sender, address):
    return ethernet(source, 0x806, struct.pack(">HHBBH6s4s6s4s", 1, 0x800, 6, 4, 2, mac(sender), ip(address), mac(TWO), ip("192.0.2.2")))


DHCP = struct.pack(">HHHH", 68, 67, 40, 0) + bytes(32)
END = ethernet(ONE, 0x88b5, b"end" + bytes(60))


def tap(card, caller=netns.NOBODY, **options):
    reply = netns.ask("tap", netns.tap_request("br0", mac=card, **options), caller)
    check(reply.status == netns.OK, "the answer is %s" % reply)
    return reply


def change(tap_of, caller=netns.NOBODY, **options):
    """What is done for TAP_OF from now on."""
    reply = netns.ask("tap", netns.guard_request(tap_of.link, **options), caller)
    check(reply.status == netns.OK, "the answer is %s" % reply)
    for fd in tap_of.fds[1:]:
        os.close(fd)
    tap_of.fds[1:] = reply.fds


def read_frames(fd):
    frames = []
    while select.select([fd], [], [], 0)[0]:
        frames.append(os.read(fd, 70000)[len(HEADER):])
    return frames


def passes(one, two, frame):
    """Whether FRAME gets from tap ONE to tap TWO; what a bridge does is done when write() returns."""
    read_frames(two.fds[0])
    os.write(one.fds[0], HEADER + frame)
    return frame in read_frames(two.fds[0])


def expect(one, two, **frames):
    """Each frame of NAME passes, or, where it is called no_NAME, does not."""
    for name, frame in frames.items():
        check(passes(one, two, frame) == (not name.startswith("no_")), "%s: it is the other way round" % name)


def rules():
    return netns.run("nft list ruleset")


@test("/net/guards/guest-has-no-address-but-its-cards")
def filter_mac():
    two = tap(TWO)
    before = rules()
    one = tap(ONE, filter=netns.FILTER_MAC)
    check(len(one.fds) == 2, "there are %d descriptors" % len(one.fds))
    expect(one, two, own=ipv4(ONE, IP), anything=END, other_ip=ipv4(ONE, OTHER_IP), own_arp=arp(ONE, ONE, IP),
           no_other_mac=ipv4(OTHER, IP), no_arp_for_another=arp(ONE, OTHER, IP), no_other_arp=arp(OTHER, OTHER, IP))
    check(passes(two, one, ipv4(TWO, IP).replace(mac(TWO), mac(ONE), 1)), "nothing gets to it")
    one.close()
    check(rules() == before, "there is left %s" % rules())
    two.close()


@test("/net/guards/clean-guest-speaks-under-its-own-addresses-alone")
def filter_clean():
    two, one = tap(TWO), tap(ONE, filter=netns.FILTER_CLEAN, addresses=(IP, IP6))
    nd = struct.pack(">BBH", 135, 0, 0) + bytes(28)
    ra = struct.pack(">BBH", 134, 0, 0) + bytes(28)
    expect(one, two, own=ipv4(ONE, IP), own_arp=arp(ONE, ONE, IP), probe=arp(ONE, ONE, "0.0.0.0"),
           dhcp=ipv4(ONE, "0.0.0.0", payload=DHCP), own_ipv6=ipv6(ONE, IP6), local=ipv6(ONE, "fe80::1", 58, nd),
           no_other_ip=ipv4(ONE, OTHER_IP), no_other_arp=arp(ONE, ONE, OTHER_IP), no_other_mac=ipv4(OTHER, IP),
           no_router=ipv6(ONE, "fe80::1", 58, ra), no_other_ipv6=ipv6(ONE, "2001:db8::66"), no_other=END,
           no_unnamed=ipv4(ONE, "0.0.0.0"))
    change(one, filter=netns.FILTER_CLEAN, addresses=(OTHER_IP,))
    expect(one, two, other_ip=ipv4(ONE, OTHER_IP), no_own=ipv4(ONE, IP), no_ipv6=ipv6(ONE, IP6), no_local=ipv6(ONE, "fe80::1", 58, nd))
    change(one)
    check(len(one.fds) == 1 and "vitrine" not in rules(), "there is left %s" % rules())
    expect(one, two, own=ipv4(ONE, IP), other_mac=ipv4(OTHER, IP), anything=END)
    change(one, filter=netns.FILTER_MAC)
    expect(one, two, no_other_mac=ipv4(OTHER, IP), own=ipv4(ONE, IP))
    one.close()
    check("vitrine" not in rules(), "there is left %s" % rules())
    two.close()


@test("/net/guards/all-queues-of-a-tap-are-guarded")
def queues():
    two, one = tap(TWO), tap(ONE, queues=3, filter=netns.FILTER_MAC, outbound=(100, 0, 200))
    check(len(one.fds) == 4, "three queues, and the rules: %s" % one.fds)
    for fd in one.fds[:3]:
        os.write(fd, HEADER + ipv4(OTHER, IP))
        os.write(fd, HEADER + ipv4(ONE, IP))
        frames = read_frames(two.fds[0])
        check(ipv4(ONE, IP) in frames and ipv4(OTHER, IP) not in frames, "there came %s" % frames)
    frame, got, start = ipv4(ONE, IP, payload=bytes(1400)), 0, time.monotonic()
    for i in range(1500):  # 2 MiB
        os.write(one.fds[i % 3], HEADER + frame)
        got += len(read_frames(two.fds[0])) * len(frame) / 1024
    most = 200 + 100 * (time.monotonic() - start)
    check(got < most * 1.05, "%d KiB came, of %d" % (got, most))
    one.close()
    two.close()


@test("/net/guards/no-more-than-that-comes-from-a-guest")
def outbound():
    def whole():
        return netns.run("ls /sys/class/net; tc qdisc show") + rules()

    before = whole()
    two, one = tap(TWO), tap(ONE, outbound=(100, 0, 200))
    frame = ipv4(ONE, IP, payload=bytes(1400))

    def count(n):
        got = 0
        for _ in range(n):
            os.write(one.fds[0], HEADER + frame)
            got += len(read_frames(two.fds[0]))
        return got * len(frame) / 1024

    start = time.monotonic()
    got = count(1500)  # of 2 MiB
    most = 200 + 100 * (time.monotonic() - start)
    check(most * 0.8 < got < most * 1.05, "%d KiB came, of %d" % (got, most))
    change(one, outbound=(1000000, 0, 1000000))
    check(count(300) > 400, "it is still limited")
    change(one)
    check(count(300) > 400, "it is still limited")
    one.close()
    two.close()
    wait_for(lambda: whole() == before, "all is as it was")


@test("/net/guards/no-more-than-that-comes-to-a-guest")
def inbound():
    two, one = tap(TWO, inbound=(500, 0, 100)), tap(ONE)
    frame = ipv4(ONE, IP, payload=bytes(1400))

    def seconds_for(kib):
        """How long KIB take, of more than there is room for."""
        start, got = time.monotonic(), 0
        while got < kib * 1024:
            for _ in range(20):
                os.write(one.fds[0], HEADER + frame)
            got += sum(map(len, read_frames(two.fds[0])))
        return time.monotonic() - start

    # What may come at once comes first.
    took = seconds_for(600)
    check(0.7 < took < 2, "600 KiB took %.2f s, where 1 s is due" % took)
    change(two, inbound=(2000, 0, 100), mac=TWO)
    took = seconds_for(1000)
    check(0.3 < took < 1.2, "1000 KiB took %.2f s, where 0.5 s is due" % took)
    change(two, inbound=(500, 1000, 300), mac=TWO)
    check("peakrate 8192Kbit" in netns.run("tc -d qdisc show dev " + two.link), netns.run("tc -d qdisc show dev " + two.link))
    change(two, mac=TWO)
    check("tbf" not in netns.run("tc qdisc show dev " + two.link), "it is still limited")
    check(seconds_for(1000) < 0.5, "it is still limited")
    one.close()
    two.close()


@test("/net/guards/taps-are-their-owners")
def owners():
    one = tap(ONE, filter=netns.FILTER_MAC)
    netns.run("ip tuntap add dev vtapx mode tap && ip link set vtapx master br0")
    netns.run("ip link add vtapy type bridge")
    for link, caller in ((one.link, 1000), ("vtapx", 1000), ("vtapy", 1000), ("vtapy", 0), ("vtap99", 0)):
        reply = netns.ask("tap", netns.guard_request(link), caller)
        check(reply.status == netns.NOT_A_TAP and reply.detail == link, "the answer for %s is %s" % (link, reply))
    for link in ("br0", "lo", "../vtap0", ""):
        check(netns.ask("tap", netns.guard_request(link), 0).status == netns.MALFORMED, "%s is taken" % link)
    for bad in ({"filter": 3}, {"filter": netns.FILTER_CLEAN}, {"addresses": (IP,)}, {"outbound": (0, 0, 1)},
                {"inbound": (2, 1, 0)}, {"outbound": (1, 1, 0)}, {"inbound": (1 << 31, 0, 0)}):
        check(netns.ask("tap", netns.guard_request(one.link, **bad), 0).status == netns.MALFORMED, "%s is taken" % bad)
    netns.run("ip link delete vtapx && ip link delete vtapy")
    one.close()


main()
