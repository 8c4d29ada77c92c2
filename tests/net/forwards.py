#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Cards behind passt, changed while their guest uses them: forwards."""

import os
import socket
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))
import netns
import tap
import wire
from tap import check, main, test, wait_for

netns.enter("passt", "busybox", "ss", "ps")
# The way out; passt takes what it tells its guest from there.
netns.run("""
ip netns add out
ip link add uplink type veth peer name wire netns out
ip address add 203.0.113.1/24 dev uplink && ip link set uplink up
ip -n out address add 203.0.113.2/24 dev wire && ip -n out link set wire up && ip -n out link set lo up
ip route add default via 203.0.113.2
""")

MAC = "52:54:00:00:00:07"
USER = "<interface type='user'><mac address='%s'/><model type='virtio'/><backend type='passt'/>%%s</interface>" % MAC
SSH = USER % "<portForward proto='tcp'><range start='2222' to='22'/></portForward>"


def serve(card, port, word):
    card.guest.popen("busybox", "nc", "-ll", "-p", str(port), "-e", "/bin/echo", word)
    wait_for(lambda: ":%d " % port in card.guest.run("ss -Htln"), "the guest listens")


def reaches(port, word):
    """A passt that has just begun may take a connection before it hears where the guest is."""
    wait_for(lambda: wire.says(("127.0.0.1", port), 2) == word + "\n", "the forward of %d leads to %s" % (port, word))


@test("/net/forwards/one-comes-and-goes-and-the-guest-keeps-its-address")
def comes_and_goes():
    card = wire.Card(SSH)
    check(not card.refusal, card.refusal)
    address = card.guest.lease()
    serve(card, 22, "twenty-two")
    serve(card, 80, "eighty")
    wire.wait_listener("tcp", 2222)
    reaches(2222, "twenty-two")
    refusal = card.set("forward=tcp:8080:80", "forward=udp:5353:53")
    check(not refusal, refusal)
    wire.wait_listener("tcp", 8080)
    check(("udp", 5353) in wire.listeners(), "UDP is not forwarded: %s" % wire.listeners())
    # The guest has said nothing meanwhile: it is known where it is.
    reaches(8080, "eighty")
    reaches(2222, "twenty-two")
    check(card.guest.run("ip -4 -o address show eth0").split()[3] == address, "another address")
    refusal = card.set("unforward=tcp:2222")
    check(not refusal, refusal)
    wire.wait_listener("tcp", 8080)
    check(("tcp", 2222) not in wire.listeners(), "it is still forwarded")
    reaches(8080, "eighty")
    check(not [w for w in card.warnings if w != "peer"], "it warns: %s" % card.warnings)
    card.close()


@test("/net/forwards/port-that-is-taken-is-named-and-nothing-changes")
def taken():
    card = wire.Card(SSH)
    wire.wait_listener("tcp", 2222)
    passt = card.passt()
    with socket.socket() as tcp, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
        tcp.bind(("127.0.0.1", 4444))
        tcp.listen()
        udp.bind(("0.0.0.0", 4445))
        for settings, port in ((("forward=tcp:8080:80", "forward=tcp:4444:44"), "TCP port 4444"),
                               (("forward=udp:4445:44",), "UDP port 4445"),
                               (("forward=tcp:4440-4450:40",), "TCP port 4444")):
            refusal = card.set(*settings)
            check("The %s of this computer is taken" % port in refusal, refusal)
        check(card.passt() == passt and wire.listeners() == {("tcp", 2222), ("tcp", 4444), ("udp", 4445)},
              "something changed: %s" % wire.listeners())
        other = wire.Card(USER % "<portForward proto='tcp'><range start='4444'/></portForward>", name="other")
        check("The TCP port 4444 of this computer is taken" in other.refusal, "another sentence: " + other.refusal)
        other.close()
    check(not card.set("forward=tcp:4444:44"), "the port is free now")
    wire.wait_listener("tcp", 4444)
    card.close()


@test("/net/forwards/nonsense-is-refused-and-nothing-changes")
def nonsense():
    card = wire.Card(SSH)
    wire.wait_listener("tcp", 2222)
    passt = card.passt()
    for setting, sentence in (("forward=tcp:2222", ""), ("forward=sctp:1:1", "“sctp:1:1” is no forward"),
                              ("forward=tcp:0:1", "is no forward"), ("forward=tcp:65536:1", "is no forward"),
                              ("forward=tcp:10-5:1", "is no forward"), ("forward=tcp:10-20:65530", "is no forward"),
                              ("forward=tcp:2220-2230:22", "shares ports with the forward of tcp:2222"),
                              ("unforward=tcp:23", "There is no forward of tcp:23"),
                              ("unforward=udp:2222", "There is no forward of udp:2222"),
                              ("fast=yes", "“fast=yes” is nothing that can be set")):
        refusal = card.set(setting)
        if sentence:
            check(sentence in refusal and card.passt() == passt, "%s: %s" % (setting, refusal))
        else:
            passt = card.passt()
    card.close()


def forget(name):
    """What the test NAME, which failed, has left."""
    for card in list(wire.cards):
        card.close()


tap.on_failure = forget
main()
