#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Machines on bridges, as their user meets them: vitrinectl, keeper, helper and VMM, on a network of their own."""

import json
import os
import signal
import socket
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))
import host
import machines
import netns
import wire
from tap import check, main, test, wait_for

host.need_kvm(__file__)
netns.enter("nft", "dnsmasq", "passt", "ss", "tc")
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


def network(name):
    return next((n for n in json.loads(home.ctl("net", "list", "--json")) if n["name"] == name), None)


@test("/net/machines/network-is-made-shown-and-forgotten-by-command")
def network_by_command():
    home.ctl("net", "create", "lab", "--subnet", "192.168.160.1/24", "--domain", "lab.example",
             "--host", "52:54:00:00:00:09=192.168.160.9,web")
    check(network("lab") == {"name": "lab", "mode": "nat", "active": False, "autostart": False, "bridge": "",
                             "ipv4": "192.168.160.1/24", "dhcp": "192.168.160.2-192.168.160.254", "ipv6": "",
                             "domain": "lab.example", "problem": "", "waits_for_start": False},
          "it is %s" % network("lab"))
    xml = home.ctl("net", "dumpxml", "lab")
    check("<host mac='52:54:00:00:00:09' ip='192.168.160.9' name='web'/>" in xml, xml)
    check("There is a network “lab” already" in home.refusal("net", "create", "lab"), "another sentence")
    home.ctl("net", "create", "other")
    check(network("other")["ipv4"] == "192.168.150.1/24", "it is %s" % network("other"))
    home.ctl("net", "create", "third")
    check(network("third")["ipv4"] == "192.168.151.1/24", "it is %s" % network("third"))
    home.ctl("net", "delete", "third")
    check(network("third") is None, "it is still there")
    for sentence, *options in (("must be an IPv4 address, not “300.1.1.1”", "--subnet", "300.1.1.1/24"),
                               ("must be a number from 8 to 30, not “31”", "--subnet", "10.0.0.1/31"),
                               ("is not in the network’s subnet", "--subnet", "10.0.0.1/24", "--dhcp", "10.0.1.2-10.0.1.9"),
                               ("A bridge’s name has at most 15", "--bridge", "a234567890123456"),
                               ("a network is nat, routed, isolated or bridged", "--mode", "open")):
        text = home.refusal("net", "create", "bad", *options)
        check(sentence in text and network("bad") is None, text)
    check("A network’s name has at most 47" in home.refusal("net", "create", "../bad"), "another sentence")


@test("/net/machines/libvirts-text-is-a-network")
def network_by_text():
    path = home.write("default.xml", b"""<network connections='1'><name>default</name>
      <forward mode='nat'/><bridge name='virbr7' stp='on' delay='0'/><mac address='52:54:00:98:27:92'/>
      <ip address='192.168.161.1' netmask='255.255.255.0'><dhcp><range start='192.168.161.2' end='192.168.161.254'/></dhcp></ip>
      </network>""")
    home.ctl("net", "create", "--xml", path)
    check(network("default")["bridge"] == "virbr7" and network("default")["ipv4"] == "192.168.161.1/24",
          "it is %s" % network("default"))
    bad = home.write("bad.xml", b"<network><name>bad</name><forward mode='open'/></network>")
    check("Vitrine cannot do <forward mode='open'> yet" in home.refusal("net", "create", "--xml", bad), "another sentence")
    home.ctl("net", "delete", "default")


@test("/net/machines/network-is-edited-and-what-is-refused-is-kept")
def network_by_editor():
    def editor(command):
        path = home.write("editor", ("#!/bin/sh\n%s\n" % command).encode())
        os.chmod(path, 0o755)
        return {"EDITOR": path, "VISUAL": path}

    before = home.ctl("net", "dumpxml", "lab")
    home.ctl("net", "edit", "lab", **editor("sed -i s/lab.example/lab.test/ $1"))
    check(network("lab")["domain"] == "lab.test", "it is %s" % network("lab"))
    home.ctl("net", "edit", "lab", **editor("sed -i s/lab.test/lab.example/ $1"))
    check(home.ctl("net", "dumpxml", "lab") == before, "it is another text")
    for command, sentence in (("sed -i s/nat/open/ $1", "Vitrine cannot do <forward mode='open'> yet"),
                              ("sed -i 's/<name>lab</<name>other</' $1", "a network keeps its name, “lab”"),
                              ("echo x > $1", ""), ("exit 1", "")):
        text = home.refusal("net", "edit", "lab", **editor(command))
        kept = text.split("Your text is still in ")[1].split(": ")[0]
        check(sentence in text and os.path.exists(kept), text)
        os.unlink(kept)
        os.rmdir(os.path.dirname(kept))
    home.refusal("net", "edit", "none", **editor("true"))
    check(home.ctl("net", "dumpxml", "lab") == before, "it is another text")


@test("/net/machines/card-is-on-its-network-which-must-be-started")
def on_network():
    card_of = home.create("netted", "--nic", "network=lab,mac=52:54:00:00:00:09")
    check("The network “lab” is not started; run “vitrinectl net start”" in card_of.refusal("start"), "another sentence")
    home.ctl("net", "start", "lab")
    check(network("lab")["active"] and network("lab")["bridge"] == "vbr0", "it is %s" % network("lab"))
    check("is started; stop it first" in home.refusal("net", "delete", "lab"), "another sentence")
    card_of.start()
    check("fe:54:00:00:00:09" in netns.run("ip -o link show master vbr0"), "the card is not on it")
    check(home.ctl("net", "leases", "lab", "--json").strip() == "[]", "there are leases")
    netns.write("/run/vitrine/networks/lab/leases", "1900000000 52:54:00:00:00:09 192.168.160.9 web 01:52\n"
                                                    "duid 00:01\n")
    check(json.loads(home.ctl("net", "leases", "lab", "--json")) == [
        {"address": "192.168.160.9", "mac": "52:54:00:00:00:09", "name": "web", "expires": 1900000000}], "other leases")
    shown = next(d for d in card_of.info()["devices"] if d["alias"] == "net0")
    check(shown["address"] == "192.168.160.9" and "192.168.160.9" in card_of.ctl("info"), "the guest is at %s" % shown)
    card_of.power_off()
    home.ctl("net", "stop", "lab")
    check(not network("lab")["active"], "it is %s" % network("lab"))
    check("is not started" in home.refusal("net", "stop", "lab"), "another sentence")
    check("is not started" in home.refusal("net", "leases", "lab"), "another sentence")
    check("There is no network “none”" in home.refusal("net", "start", "none"), "another sentence")


@test("/net/machines/network-with-autostart-comes-with-its-first-machine")
def autostart():
    home.ctl("net", "create", "auto", "--autostart", "--mode", "isolated")
    machine = home.create("auto", "--nic", "network=auto")
    machine.start()
    check(network("auto")["active"], "it is %s" % network("auto"))
    machine.power_off()
    home.ctl("net", "stop", "auto")


@test("/net/machines/bridged-network-is-its-bridge")
def bridged():
    home.ctl("net", "create", "lan", "--mode", "bridged", "--bridge", "br0")
    machine = home.create("lan", "--nic", "network=lan")
    machine.start()
    wait_ports(1)
    machine.power_off()
    wait_ports(0)


@test("/net/machines/forwards-change-while-the-machine-runs-and-in-its-definition")
def forwards():
    netns.run("ip link add uplink type veth peer name wire && ip link set wire up && ip link set uplink up && "
              "ip address add 192.0.2.1/24 dev uplink && ip route add default via 192.0.2.2")
    machine = home.create("forwards", "--nic", "user,forward=tcp:2222:22")
    machine.start()
    wire.wait_listener("tcp", 2222)
    machine.ctl("set", "net0", "forward=tcp:8080:80", "--live", "--config")
    wire.wait_listener("tcp", 8080)
    check("<range start=\"8080\" to=\"80\"/>" in machine.ctl("dumpxml"), machine.ctl("dumpxml"))
    passt = machine.child("passt.avx2") or machine.child("passt")
    text = machine.refusal("set", "net0", "forward=tcp:2222:23", "forward=tcp:8081:80", "unforward=udp:1")
    check("There is no forward of udp:1" in text, text)
    with socket.socket() as other:
        other.bind(("0.0.0.0", 8082))
        other.listen()
        text = machine.refusal("set", "net0", "forward=tcp:8082:80", "--live", "--config")
        check("The TCP port 8082 of this computer is taken" in text, text)
    check("8082" not in machine.ctl("dumpxml"), "the definition has what was refused")
    check((machine.child("passt.avx2") or machine.child("passt")) == passt, "passt was not left alone")
    machine.ctl("set", "net0", "unforward=tcp:2222")
    wire.wait_listener("tcp", 8080)
    check(("tcp", 2222) not in wire.listeners(), "it is still forwarded")
    machine.power_off()
    machine.ctl("set", "net0", "unforward=tcp:2222")
    check("2222" not in machine.ctl("dumpxml"), machine.ctl("dumpxml"))
    check("no network card or disk “net1”" in machine.refusal("set", "net1", "forward=tcp:1024:1"), "another sentence")
    check("to a card on the network “user”" in one.refusal("set", "net0", "forward=tcp:1024:1"), "another sentence")
    netns.run("ip link delete uplink")


@test("/net/machines/no-two-have-one-address-in-their-definitions-nor-while-they-run")
def one_address():
    twin = home.create("twin", "--nic", "bridge=br0,mac=52:54:00:00:00:21")
    for text in (home.refusal("create", "--name", "copy", "--nic", "bridge=br0,mac=52:54:00:00:00:21"),
                 home.refusal("define", home.write("copy.xml", twin.ctl("dumpxml").replace(twin.uuid, "").replace(
                     "<uuid></uuid>", "").replace("twin", "copy").encode()))):
        check("A network card of “copy” has the address 52:54:00:00:00:21, as one of “twin”" in text, text)
    check("copy" not in home.list(), "it is there nevertheless")
    text = one.refusal("attach", "nic", "bridge=br0,mac=52:54:00:00:00:21", "--config")
    check("of “one” has the address 52:54:00:00:00:21, as one of “twin”" in text, text)
    twin.ctl("set", "vcpus=1")  # what it has is its own
    # Folders are copied, too.
    uuid = "6f1f9d0e-3c67-4f5e-9b6a-8a9f2f1f7c77"
    folder = os.path.join(home.machines_folder, uuid)
    os.mkdir(folder)
    with open(os.path.join(folder, "machine.xml"), "w") as f:
        f.write(twin.ctl("dumpxml").replace(twin.uuid, uuid).replace("twin", "copy"))
    copy = machines.Machine(home, "copy", uuid)
    twin.start()
    text = copy.refusal("start")
    check("of “copy” has the address 52:54:00:00:00:21, as one of “twin”, which runs" in text, text)
    check(copy.state() == "off", "it is %s" % copy.state())
    one.start()
    text = one.refusal("attach", "nic", "bridge=br0,mac=52:54:00:00:00:21")
    check("of “one” has the address 52:54:00:00:00:21, as one of “twin”, which runs" in text, text)
    one.power_off()
    os.kill(twin.keeper(), signal.SIGKILL)  # what it has left counts for nothing
    twin.wait("crashed", "off")
    copy.start()
    copy.power_off()
    check(home.remains() == [] or twin.uuid in str(home.remains()), "there remains %s" % home.remains())
    home.ctl("undefine", uuid)


@test("/net/machines/what-passes-a-card-is-filtered-and-limited-live-and-goes-with-it")
def guards():
    def rules():
        return netns.run("nft list ruleset")

    def port():
        return ports()[0].split()[1].rstrip(":").split("@")[0]

    before = rules()
    guarded = home.create("guarded", "--nic", "user,restricted=yes,ipv6=no", "--nic",
                          "bridge=br0,mac=52:54:00:00:00:31,filter=no-mac-spoofing,inbound=1000:2000")
    text = guarded.ctl("dumpxml")
    check('restricted="yes" ipv6="no"' in text and 'average="1000" peak="2000"' in text, text)
    check("cannot forward UDP to a card that is restricted" in home.refusal(
        "create", "--name", "bad", "--nic", "user,forward=udp:1024:1,restricted=yes"), "another sentence")
    guarded.ctl("detach", "net0", "--config")
    guarded.ctl("set", "net0", "outbound=500")
    guarded.start()
    check("ether saddr != 52:54:00:00:00:31 drop" in rules() and "limit rate over 500 kbytes/second" in rules(), rules())
    check("rate 8192Kbit" in netns.run("tc qdisc show dev " + port()), netns.run("tc qdisc show dev " + port()))
    guarded.ctl("set", "net0", "filter=clean-traffic/192.0.2.31", "inbound=none", "--live", "--config")
    check("192.0.2.31" in rules() and rules().count("table bridge") == 1, rules())
    check("tbf" not in netns.run("tc qdisc show dev " + port()), "it is still limited")
    check("clean-traffic" in guarded.ctl("dumpxml"), guarded.ctl("dumpxml"))
    text = guarded.refusal("set", "net0", "filter=clean-traffic")
    check("must know the guest’s addresses" in text and "192.0.2.31" in rules(), text)
    os.kill(guarded.keeper(), signal.SIGKILL)
    guarded.wait("crashed", "off")
    wait_ports(0)
    check(rules() == before, "there is left %s" % rules())
    guarded.start()
    check("192.0.2.31" in rules(), rules())
    guarded.ctl("attach", "nic", "bridge=br0,mac=52:54:00:00:00:32")
    guarded.ctl("set", "net1", "filter=no-mac-spoofing")
    check("52:54:00:00:00:32" in rules(), rules())
    guarded.ctl("detach", "net1", "--force")
    check("52:54:00:00:00:32" not in rules(), rules())
    guarded.power_off()
    check(rules() == before, "there is left %s" % rules())


@test("/net/machines/card-with-several-queues-is-on-one-tap")
def queues():
    many = home.create("many", "--vcpus", "3", "--nic", "bridge=br0,queues=3")
    check('queues="3"' in many.ctl("dumpxml"), many.ctl("dumpxml"))
    for nic, sentence in (("user,queues=2", "has one queue, as passt has"), ("bridge=br0,queues=2,model=e1000e", "only virtio"),
                          ("bridge=br0,queues=9", "has 1 to 8 queues"), ("bridge=br0,queues=0", "has 1 to 8 queues"),
                          ("bridge=br0,queues=4", "no more queues than")):
        result = home.run("create", "--name", "bad", "--vcpus", "3", "--nic", nic)
        check(result.returncode in (1, 2) and sentence in result.stderr, "%s: %s" % (nic, result.stderr))
    many.start()
    # The firmware uses one pair.
    wait_for(lambda: "numqueues 1 numdisabled 2" in netns.run("ip -d link show master br0"), "two queues to be detached")
    many.ctl("attach", "nic", "bridge=br0,queues=2,mac=52:54:00:00:00:42")
    check(len(ports()) == 2, "on the bridge: %s" % ports())
    text = many.refusal("attach", "nic", "bridge=br0,queues=4")
    check("no more queues than" in text and len(ports()) == 2, text)
    many.ctl("detach", "net1", "--force")
    wait_ports(1)
    netns.run("ip tuntap add dev several mode tap multi_queue && ip tuntap add dev single mode tap")
    element = ("<interface type='ethernet'><target dev='%s' managed='no'/><model type='virtio'/><driver queues='2'/>"
               "</interface>")
    text = many.refusal("attach", "--xml", home.write("card.xml", (element % "single").encode()))
    check("“single” has one queue; make it anew for several" in text, text)
    many.ctl("attach", "--xml", home.write("card.xml", (element % "several").encode()))
    wait_for(lambda: "numqueues 1 numdisabled 1" in netns.run("ip -d link show several"), "one queue to be detached")
    many.power_off()
    wait_ports(0)
    wait_for(lambda: "numqueues 0 numdisabled 0" in netns.run("ip -d link show several"), "nobody to have it")
    netns.run("ip tuntap del dev several mode tap multi_queue && ip tuntap del dev single mode tap")


@test("/net/machines/kernel-moves-the-frames-of-a-card-that-wants-it-or-the-machine-does-not-start")
def no_vhost():
    nowhere = {"VITRINE_VHOST_NET": home.path("vhost-net")}
    card_of = home.create("vhost", "--nic", "bridge=br0")
    text = card_of.ctl("dumpxml")
    model = '<model type="virtio"/>' if '<model type="virtio"/>' in text else '<model type="virtio"></model>'
    check(model in text, text)
    for name in ("qemu", "vhost"):
        home.ctl("define", home.write("vhost.xml", text.replace(model, model + "<driver name='%s'/>" % name).encode()))
        if name == "qemu":
            card_of.start(**nowhere)
            check("frames of net0" not in str(card_of.info()["warnings"]), card_of.info()["warnings"])
            card_of.power_off()
        else:
            check("The host’s kernel cannot move the frames of net0: there is no %s; run “sudo modprobe vhost_net”"
                  % nowhere["VITRINE_VHOST_NET"] in card_of.refusal("start", **nowhere), "another sentence")
            check(card_of.state() == "off" and not ports(), "it is %s" % card_of.state())


def clean_up():
    for name in ("lab", "auto"):
        home.run("net", "stop", name)
    home.close()


main(clean_up)
