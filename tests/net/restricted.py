#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Cards behind passt whose guest is to reach nothing, and such without IPv6."""

import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))
import netns
import tap
import wire
from tap import check, main, test, wait_for

netns.enter("passt", "busybox", "ss", "ps")
netns.run("""
ip netns add out
ip link add uplink type veth peer name wire netns out
ip address add 203.0.113.1/24 dev uplink && ip -6 address add 2001:db8:1::1/64 dev uplink nodad && ip link set uplink up
ip -n out address add 203.0.113.2/24 dev wire && ip -n out -6 address add 2001:db8:1::2/64 dev wire nodad
ip -n out address add 198.51.100.9/32 dev wire
ip -n out link set wire up && ip -n out link set lo up
ip route add default via 203.0.113.2 && ip -6 route add default via 2001:db8:1::2
""")

MAC = "52:54:00:00:00:07"
USER = ("<interface type='user'><mac address='%s'/><model type='virtio'/><backend type='passt' %%s/>"
        "<portForward proto='tcp'><range start='2222' to='22'/></portForward></interface>" % MAC)

# Answers TCP and UDP on port 8000, and writes each peer's word down.
SERVER = """
import select, socket
all, heard = [], open("%s", "a", buffering=1)
for family, address in ((socket.AF_INET, "0.0.0.0"), (socket.AF_INET6, "::")):
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
        s = socket.socket(family, kind)
        if family == socket.AF_INET6:
            s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        s.bind((address, 8000))
        if kind == socket.SOCK_STREAM:
            s.listen()
        all.append(s)
heard.write("ready\\n")
while True:
    for s in select.select(all, [], [])[0]:
        if s.type == socket.SOCK_STREAM:
            c, peer = s.accept()
            c.send(b"yes")
            c.close()
        else:
            _, peer = s.recvfrom(100)
            s.sendto(b"yes", peer)
        heard.write("%%s\\n" %% (peer,))
"""
# Which of the addresses answer, by which protocol.
CLIENT = """
import socket, sys
for address in sys.argv[1:]:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    for kind, name in ((socket.SOCK_STREAM, "tcp"), (socket.SOCK_DGRAM, "udp")):
        with socket.socket(family, kind) as s:
            s.settimeout(2)
            try:
                s.connect((address, 8000))
                s.send(b"hello")
                print(name + "/" + address if s.recv(10) == b"yes" else "", end=" ")
            except OSError:
                pass
"""
netns.write("/run/server.py", SERVER % "/run/heard")
netns.write("/run/server-here.py", SERVER % "/run/heard-here")
netns.write("/run/client.py", CLIENT)
servers = [subprocess.Popen(["ip", "netns", "exec", "out", sys.executable, "/run/server.py"]),
           subprocess.Popen([sys.executable, "/run/server-here.py"])]
for path in ("/run/heard", "/run/heard-here"):
    wait_for(lambda: os.path.exists(path) and "ready" in open(path).read(), "a server")

# This computer, whose loopback passt has in the gateway's place; others; by IPv6.
OTHERS = ["203.0.113.2", "198.51.100.9", "2001:db8:1::2"]


def heard():
    return open("/run/heard").read().count("\n") + open("/run/heard-here").read().count("\n")


def reached(card):
    return set(card.guest.run("%s /run/client.py %s" % (sys.executable, " ".join(OTHERS))).split())


def serve(card):
    card.guest.popen("busybox", "nc", "-ll", "-p", "22", "-e", "/bin/echo", "twenty-two")
    wait_for(lambda: ":22 " in card.guest.run("ss -Htln"), "the guest listens")


@test("/net/restricted/guest-reaches-nobody-and-is-reached-by-its-forwards")
def restricted():
    card = wire.Card(USER % "restricted='yes'")
    check(not card.refusal, card.refusal)
    check(card.guest.lease() == "203.0.113.1/24", "there is no address")
    serve(card)
    wire.wait_listener("tcp", 2222)
    before = heard()
    check(reached(card) == set(), "it reaches %s" % reached(card))
    check(heard() == before, "somebody heard of it")
    wait_for(lambda: wire.says(("127.0.0.1", 2222), 2) == "twenty-two\n", "the forward leads to the guest")
    wait_for(lambda: wire.says(("203.0.113.1", 2222), 2) == "twenty-two\n", "it does so by this host's other address")
    # Let go, and closed again, while the guest is there: what is seen to be closed above is open then.
    check(not card.set("restricted=no"), "that is refused")
    wire.wait_listener("tcp", 2222)
    wait_for(lambda: {"tcp/203.0.113.2", "udp/203.0.113.2", "tcp/198.51.100.9"} <= reached(card), "it reaches others")
    wait_for(lambda: wire.says(("127.0.0.1", 2222), 2) == "twenty-two\n", "the forward leads to the guest")
    check(not card.set("restricted=yes"), "that is refused")
    wire.wait_listener("tcp", 2222)
    before = heard()
    check(reached(card) == set() and heard() == before, "it reaches %s" % reached(card))
    wait_for(lambda: wire.says(("127.0.0.1", 2222), 2) == "twenty-two\n", "the forward leads to the guest")
    card.close()


@test("/net/restricted/passt-itself-can-connect-to-nobody")
def passt():
    card = wire.Card(USER % "restricted='yes'")
    wire.wait_listener("tcp", 2222)

    def filters():
        with open("/proc/%d/status" % card.passt()) as f:
            return int(dict(line.split(":", 1) for line in f.read().splitlines()).get("Seccomp_filters", "2"))

    wait_for(lambda: filters() == 2, "its own filter, and ours before it")
    text = card.set("forward=udp:5353:53")
    check("cannot forward UDP to a card that is restricted" in text, "another sentence: " + text)
    card.close()


@test("/net/restricted/ipv6-is-switched")
def ipv6():
    card = wire.Card(USER % "")

    def has_ipv6():
        return "2001:db8" in card.guest.run("ip -6 address show dev eth0 scope global")

    wait_for(has_ipv6, "an IPv6 address")
    check(not card.set("ipv6=no"), "that is refused")
    netns.run("ip -n guest link set eth0 down && ip -n guest link set eth0 up")
    check(card.guest.lease() == "203.0.113.1/24", "there is no address")
    check(not has_ipv6() and "2001:db8:1::2" not in str(reached(card)), "there is IPv6")
    check(not card.set("ipv6=yes"), "that is refused")
    netns.run("ip -n guest link set eth0 down && ip -n guest link set eth0 up")
    wait_for(has_ipv6, "an IPv6 address")
    card.close()


def forget(name):
    """What the test NAME, which failed, has left."""
    for card in list(wire.cards):
        card.close()


def clean_up():
    for server in servers:
        server.kill()
        server.wait()


tap.on_failure = forget
main(clean_up)
