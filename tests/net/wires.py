#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Machines on the wire of a card of this computer's, as their user meets them: bridged networks and macvtaps."""

import json
import os
import signal
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))
import host
import machines
import netns
import tap
from tap import check, main, skip, test, wait_for

host.need_kvm(__file__)
netns.enter("nft")
netns.run("""set -e
ip netns add out
ip link add eth7 type veth peer name wire netns out
ip address add 203.0.113.1/24 dev eth7 && ip -6 address add 2001:db8:1::1/64 dev eth7 nodad && ip link set eth7 up
ip -n out address add 203.0.113.2/24 dev wire && ip -n out link set wire up
ip route add default via 203.0.113.2
""")
wait_for(lambda: "tentative" not in netns.run("ip -6 address"), "the card has its addresses")
home = machines.Home()


def network(name):
    return next((n for n in json.loads(home.ctl("net", "list", "--json")) if n["name"] == name), None)


def neighbours():
    """How many macvtaps are beside the card."""
    return int(netns.run("ip -d link show eth7").split(" allmulti ")[1].split()[0])


def wait_neighbours(n):
    wait_for(lambda: neighbours() == n, "%d macvtaps are beside the card, not %d" % (n, neighbours()))


def whole():
    wait_for(lambda: "tentative" not in netns.run("ip -6 address"), "addresses are known to be ours")
    return netns.whole()


@test("/net/wires/bridged-network-of-a-card-is-made-started-and-taken-back-by-command")
def bridged():
    before = whole()
    home.ctl("net", "create", "lan", "--mode", "bridge", "--interface", "eth7")
    check("<forward mode='bridge'>\n    <interface dev='eth7'/>" in home.ctl("net", "dumpxml", "lan"), "another text")
    check(network("lan")["mode"] == "bridged" and not network("lan")["active"], "it is %s" % network("lan"))
    one = home.create("one", "--nic", "network=lan,mac=52:54:00:00:00:01")
    check("The network “lan” is not started" in one.refusal("start"), "another sentence")
    home.ctl("net", "start", "lan")
    bridge = network("lan")["bridge"]
    check(network("lan")["active"] and "203.0.113.1" in netns.run("ip address show " + bridge), "it is %s" % network("lan"))
    one.start()
    check(len(netns.run("ip -o link show master %s" % bridge).splitlines()) == 2, "the machine is not on it")
    one.power_off()
    home.ctl("net", "stop", "lan")
    netns.check_same(before, whole())


@test("/net/wires/bridged-network-starts-with-the-machine-that-needs-it")
def autostart():
    before = whole()
    home.ctl("net", "create", "auto", "--mode", "bridged", "--interface", "eth7", "--bridge", "brlan", "--autostart")
    two = home.create("two", "--nic", "network=auto")
    two.start()
    check("203.0.113.1" in netns.run("ip address show brlan"), "the bridge has not what the card had")
    two.power_off()
    home.ctl("net", "stop", "auto")
    netns.check_same(before, whole())


@test("/net/wires/card-that-others-look-after-is-refused-in-a-sentence")
def managed():
    before = whole()
    os.makedirs("/run/NetworkManager/devices")
    netns.write("/run/NetworkManager/devices/" + netns.run("cat /sys/class/net/eth7/ifindex").strip(), "managed=true\n")
    text = home.refusal("net", "start", "lan")
    check("“eth7” is managed by NetworkManager" in text and "nmcli device set eth7 managed no" in text, text)
    subprocess.run(["rm", "-r", "/run/NetworkManager"], check=True)
    home.ctl("net", "create", "lost", "--mode", "bridge", "--interface", "eth9")
    check("There is no network interface “eth9” on this computer" in home.refusal("net", "start", "lost"), "another sentence")
    check("A bridged network has" in home.refusal("net", "create", "none", "--mode", "bridge"), "another sentence")
    netns.check_same(before, whole())


def card(machine, alias):
    return next((d for d in machine.info()["devices"] if d["alias"] == alias), None)


@test("/net/wires/macvtap-comes-and-goes-with-its-machine-and-while-that-runs")
def macvtap():
    if subprocess.run(["ip", "link", "add", "link", "eth7", "name", "try", "type", "macvtap"], capture_output=True).returncode:
        skip("this kernel has no macvtap")
    netns.run("ip link delete try")
    before = netns.whole()
    three = home.create("three", "--nic", "macvtap=eth7,mac=52:54:00:00:00:03")
    check("<source dev=\"eth7\" mode=\"bridge\"/>" in three.ctl("dumpxml"), three.ctl("dumpxml"))
    three.start()
    wait_neighbours(1)
    check(card(three, "net0")["source"] == "macvtap eth7 52:54:00:00:00:03", "it is %s" % card(three, "net0"))
    for model in ("virtio", "e1000e", "rtl8139"):
        three.ctl("attach", "nic", "macvtap=eth7,mode=bridge,model=" + model)
        wait_neighbours(2)
        three.ctl("detach", "net1", "--force")
        wait_neighbours(1)
    check("filters and limits only" in three.refusal("set", "net0", "filter=no-mac-spoofing"), "it has a filter")
    check("There is no network interface “eth9”" in three.refusal("attach", "nic", "macvtap=eth9"), "another sentence")
    os.kill(three.vmm(), signal.SIGKILL)
    wait_neighbours(0)
    netns.check_same(before, netns.whole())


@test("/net/wires/macvtap-that-cannot-be-says-why-before-anything-starts")
def macvtap_refused():
    lost = home.create("lost", "--nic", "macvtap=eth9")
    check("There is no network interface “eth9”" in lost.refusal("start"), "another sentence")
    check(lost.state() == "off", "it is %s" % lost.state())
    wrong = home.run("create", "--name", "bad", "--nic", "macvtap=eth7,mode=hub")
    check(wrong.returncode == 2 and "has the mode bridge, vepa, private or passthru" in wrong.stderr, wrong.stderr)
    text = home.ctl("attach", "--describe", "nic")
    check("cannot talk to each other" in text, "who chooses it is not told: " + text)


def clean_up(name):
    for network_name in ("lan", "auto"):
        home.run("net", "stop", network_name)


tap.on_failure = clean_up
main(home.close)
