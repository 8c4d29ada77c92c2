#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Machines on bridges, as their user meets them: vitrinectl, keeper, helper and VMM, on a network of their own."""

import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))
import host
import machines
import netns
from tap import check, main, test, wait_for

host.need_kvm(__file__)
netns.enter()
netns.run("ip link add br0 type bridge && ip link set br0 up")

home = machines.Home()
one = home.create("one", "--nic", "bridge=br0,mac=52:54:00:00:00:01")


def ports():
    """The taps on br0."""
    return netns.run("ip -o link show master br0").splitlines()


def wait_ports(n):
    wait_for(lambda: len(ports()) == n, "%d taps are on the bridge: %s" % (n, ports()))


def card(alias):
    return next((d for d in one.info()["devices"] if d["alias"] == alias), None)


@test("/net/machines/card-is-on-the-bridge-while-its-machine-runs")
def on_bridge():
    check(card("net0")["source"] == "bridge br0 52:54:00:00:00:01", "it is %s" % card("net0"))
    one.start()
    check(len(ports()) == 1 and "fe:54:00:00:00:01" in ports()[0], "on the bridge: %s" % ports())
    one.power_off()
    wait_ports(0)


@test("/net/machines/card-comes-and-goes-while-the-machine-runs")
def comes_and_goes():
    one.start()
    one.ctl("attach", "nic", "bridge=br0,mac=52:54:00:00:00:02")
    check(len(ports()) == 2 and card("net1")["source"] == "bridge br0 52:54:00:00:00:02", "there is %s" % ports())
    one.ctl("link", "net1", "down")
    one.ctl("link", "net1", "up")
    one.ctl("detach", "net1", "--force")
    wait_ports(1)
    check(card("net1") is None, "it is still listed")
    one.ctl("attach", "nic")
    check(card("net1")["source"].startswith("user "), "it is %s" % card("net1"))
    one.ctl("detach", "net1", "--force")
    check(card("net1") is None and "net1" not in str(one.info()["warnings"]), "it is still there: %s" % one.info()["warnings"])
    one.power_off()
    wait_ports(0)


@test("/net/machines/card-in-the-definition-is-there-at-the-next-start")
def config():
    one.ctl("attach", "nic", "bridge=br0", "--config")
    one.start()
    check(len(ports()) == 2, "on the bridge: %s" % ports())
    one.power_off()
    one.ctl("detach", "net1", "--config")
    check(card("net1") is None, "it is still there")


@test("/net/machines/bridge-that-is-not-there-is-said-before-anything-starts")
def no_bridge():
    lost = home.create("lost", "--nic", "bridge=br9")
    check("There is no bridge “br9” on this computer" in lost.refusal("start"), "another sentence")
    check(lost.state() == "off", "it is %s" % lost.state())
    one.start()
    check("There is no bridge “br9”" in one.refusal("attach", "nic", "bridge=br9"), "another sentence")
    check(len(ports()) == 1, "on the bridge: %s" % ports())
    one.power_off()


@test("/net/machines/permission-that-is-not-given-is-said")
def dismissed():
    pkexec = home.write("pkexec", b"#!/bin/sh\nexit 126\n")
    os.chmod(pkexec, 0o755)
    text = one.refusal("start", VITRINE_PKEXEC=pkexec)
    check("The permission that was asked for was not given" in text, text)
    check(one.state() == "off" and not ports(), "it is %s" % one.state())


main(home.close)
