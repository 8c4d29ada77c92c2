#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""vitrine-net-helper as a user has it who is not root: by pkexec, a real polkit, its rules, and who can be asked."""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))
import host
import machines
import services
from services import PATIENCE
from tap import check, main, test, wait_for
from terminal import Terminal

host.need_programs("ip", "pkexec", "dbus-daemon", "gdbus", "useradd", "dnsmasq", "nft")
host.need_bed(__file__, memory_mib=3072)

OURS = "org.vitrine.net-helper."

services.start_bus()
for bridge in "br0", "br1":
    services.run("ip", "link", "add", bridge, "type", "bridge")
    services.run("ip", "link", "set", bridge, "up")
os.makedirs("/etc/vitrine", exist_ok=True)
with open("/etc/vitrine/bridge.conf", "w") as f:
    f.write("allow br0\n")
ana = machines.Home(user=services.add_user("ana"))
bo = machines.Home(user=services.add_user("bo"))
services.add_user("carla", "sudo")      # an administrator, whose password would be asked for
services.start_polkit()
one = ana.create("one", "--nic", "bridge=br0")
ana.ctl("net", "create", "lab")


def taps():
    return services.run("ip", "-o", "link", "show", "type", "tun").splitlines()


def refused(home, *args):
    """The sentence; nothing was made."""
    sentence = home.refusal(*args, timeout=PATIENCE)
    check(not taps() and "vbr" not in services.run("ip", "link"), "something was made")
    return sentence


@test("/guest/polkit/who-cannot-be-asked-is-told-so-and-what-to-do")
def no_agent():
    sentence = refused(ana, "start", "one")
    check("Nobody could be asked" in sentence and "(a polkit agent)" in sentence and "“%stap”" % OURS in sentence, sentence)
    check(one.state() == "off", "it is %s" % one.state())
    sentence = refused(ana, "net", "start", "lab")
    check("Nobody could be asked" in sentence and "“%snetwork”" % OURS in sentence, sentence)


@test("/guest/polkit/rule-that-refuses-is-told-as-one")
def denied():
    services.start_polkit(services.deny("ana", OURS))
    sentence = refused(ana, "start", "one")
    check("The permission to set up networks was refused" in sentence and "“%stap”" % OURS in sentence, sentence)
    check("incident" not in sentence and "Error" not in sentence, sentence)
    check(one.state() == "off", "it is %s" % one.state())


@test("/guest/polkit/rule-that-allows-puts-the-machine-on-the-bridge")
def allowed():
    services.start_polkit(services.allow("ana", OURS + "tap"))
    one.start(timeout=PATIENCE)
    check(len(taps()) == 1 and "master br0" in taps()[0], "there is %s" % taps())
    one.power_off()
    wait_for(lambda: not taps(), "the tap is gone", PATIENCE)


@test("/guest/polkit/bridge-that-root-does-not-allow-is-refused-whatever-polkit-says")
def not_in_the_file():
    two = ana.create("two", "--nic", "bridge=br1")
    sentence = refused(ana, "start", "two")
    check(sentence.endswith("Machines may not be put on the bridge “br1”: root allows it with the line “allow br1” in "
                            "/etc/vitrine/bridge.conf"), sentence)
    two.ctl("undefine")


@test("/guest/polkit/right-to-taps-is-none-to-networks-nor-another-users")
def told_apart():
    sentence = refused(ana, "net", "start", "lab")
    check("“%snetwork”" % OURS in sentence, sentence)
    bo.create("three", "--nic", "bridge=br0")
    sentence = refused(bo, "start", "three")
    check("Nobody could be asked" in sentence, sentence)


@test("/guest/polkit/network-is-its-users-to-stop")
def owner():
    services.start_polkit(services.allow("ana", OURS), services.allow("bo", OURS))
    ana.ctl("net", "start", "lab", timeout=PATIENCE)
    check("vbr0" in services.run("ip", "link"), "there is no bridge")
    sentence = bo.refusal("net", "stop", "lab", timeout=PATIENCE)
    check("was started by another user" in sentence, sentence)
    ana.ctl("net", "stop", "lab", timeout=PATIENCE)
    check("vbr" not in services.run("ip", "link"), "the bridge is there still")


@test("/guest/polkit/who-sits-at-a-terminal-is-asked-there-for-an-administrators-password")
def asked():
    services.start_polkit()
    terminal = Terminal(ana, "net", "start", "lab", patience=PATIENCE)
    terminal.wait_text("Authentication is required to start or stop a virtual network on this computer")
    terminal.wait_text("Password:")
    terminal.answer("wrong")
    check(terminal.close() == 1 and "or the password was wrong" in terminal.said, terminal.said)
    check("vbr" not in services.run("ip", "link"), "the network was started")


@test("/guest/polkit/computer-without-a-system-bus-says-that-nobody-could-be-asked")
def no_bus():
    os.rename("/run/dbus/system_bus_socket", "/run/dbus/elsewhere")
    sentence = refused(ana, "start", "one")
    os.rename("/run/dbus/elsewhere", "/run/dbus/system_bus_socket")
    check("nobody could be asked for the permission: " in sentence, sentence)
    print("# " + sentence)


def close():
    ana.close()
    bo.close()


main(close)
