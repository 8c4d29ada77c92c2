#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Networks beside a real NetworkManager, which has the card they lead out by: neither undoes what the other does, and all
is afterwards as it was, also where the helper was killed."""

import os
import re
import signal
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))
import host
import machines
import netns
import services
from services import PATIENCE, devices, run
from tap import check, main, test, wait_for

host.need_programs("ip", "nft", "dnsmasq", "nmcli", "udevadm", "dbus-daemon", "gdbus", "strace", "busybox")
host.need_bed(__file__, memory_mib=3072, seconds=2400)

CONFIGURATION = """[main]
plugins=keyfile
no-auto-default=*
[device-eth7]
match-device=interface-name:eth7
managed=1
"""
WIRED = """[connection]
id=wired
type=ethernet
interface-name=eth7
[ipv4]
method=manual
address1=203.0.113.1/24,203.0.113.2
address2=198.51.100.1/28
route1=192.0.2.0/24,203.0.113.3,50
[ipv6]
method=manual
address1=2001:db8:1::1/64,2001:db8:1::2
"""
OUTSIDE = "203.0.113.2"
LEAVES_ALONE = ("unmanaged", "connected (externally)")

# The card “eth7” is on a wire to another computer, its router.
netns.run("""set -e
ip netns add out
ip link add eth7 type veth peer name wire netns out
ip -n out address add 203.0.113.2/24 dev wire && ip -n out -6 address add 2001:db8:1::2/64 dev wire nodad
ip -n out link set wire up && ip -n out link set lo up
""")
services.start_udev()
services.start_bus()
services.start_polkit()
services.start_network_manager(CONFIGURATION, {"wired": WIRED})
home = machines.Home()
home.ctl("net", "create", "nat", "--subnet", "192.168.150.1/24")
home.ctl("net", "create", "wire", "--mode", "bridge", "--interface", "eth7")


def whole():
    """All there is of networks, by the kernel and by NetworkManager, once both are at rest."""
    wait_for(lambda: "tentative" not in netns.run("ip -6 address"), "addresses are known to be ours", PATIENCE)
    wait_for(lambda: not [s for s, _ in devices().values() if s.startswith(("connecting", "deactivating"))],
             "NetworkManager is at rest", PATIENCE)
    known = ["%s %s %s" % (name, *row) for name, row in sorted(devices().items())]
    return netns.whole() + "\n".join(known) + "\n"


def net(verb, name):
    home.ctl("net", verb, name, timeout=PATIENCE)


def reaches(address, *prefix):
    return subprocess.run([*prefix, "busybox", "ping", "-c", "2", "-w", "20", address], capture_output=True).returncode == 0


def lines(name="eth7"):
    """Addresses and routes, without what the kernel makes by itself, those of the interface NAME as the card's."""
    text = netns.run("ip -o address; ip route; ip -6 route").replace(name, "eth7").replace(" nodad", "")
    return sorted(re.sub(r"^\d+: ", "", line) for line in text.splitlines() if "fe80::" not in line)


def set_managed(answer):
    """Has NetworkManager keep off the card, with what is on it, or look after it again."""
    run("nmcli", "device", "set", "eth7", "managed", answer)
    wait_for(lambda: (devices()["eth7"][0] == "unmanaged") == (answer == "no"), "it has done so", PATIENCE)
    if answer == "yes":
        wait_for(lambda: devices()["eth7"] == ("connected", "wired"), "the card is up", PATIENCE)


@test("/guest/network-manager/nat-beside-it-keeps-its-addresses-and-a-guest-its-tap")
def nat():
    before = whole()
    check(devices()["eth7"] == ("connected", "wired"), devices())
    net("start", "nat")
    one = home.create("one", "--nic", "network=nat")
    one.start(timeout=PATIENCE)
    wait_for(lambda: {"vbr0", "vtap0"} <= set(devices()), "it has seen bridge and tap", PATIENCE)
    during = whole()
    for name in "vbr0", "vtap0":
        check(devices()[name][0] in LEAVES_ALONE, "%s is %s" % (name, devices()[name]))
    check("192.168.150.1/24" in netns.run("ip address show vbr0"), during)
    check("master vbr0" in netns.run("ip link show vtap0"), during)
    check(devices()["eth7"] == ("connected", "wired") and reaches(OUTSIDE), during)
    one.power_off()
    net("stop", "nat")
    wait_for(lambda: "vtap0" not in devices() and "vbr0" not in devices(), "it has seen that they are gone", PATIENCE)
    netns.check_same(before, whole())


@test("/guest/network-manager/one-that-starts-anew-leaves-a-network-that-runs-alone")
def anew():
    before = whole()
    net("start", "nat")
    wait_for(lambda: "vbr0" in devices(), "it has seen the bridge", PATIENCE)
    during = whole()
    services.kill(services.NETWORK_MANAGER)
    services.resume_network_manager()
    wait_for(lambda: "vbr0" in devices(), "it has seen the bridge", PATIENCE)
    netns.check_same(during, whole(), "NetworkManager, anew: ")
    net("stop", "nat")
    wait_for(lambda: "vbr0" not in devices(), "it has seen that it is gone", PATIENCE)
    netns.check_same(before, whole())


@test("/guest/network-manager/card-that-it-has-is-not-taken-and-the-mend-is-named")
def refused():
    before = whole()
    sentence = home.refusal("net", "start", "wire", timeout=PATIENCE)
    check("“eth7” is managed by NetworkManager" in sentence and "“nmcli device set eth7 managed no”" in sentence, sentence)
    netns.check_same(before, whole())


@test("/guest/network-manager/card-that-it-keeps-off-is-bridged-with-all-it-has-and-given-back")
def bridged():
    before, had = whole(), lines()
    set_managed("no")
    kept = whole()
    check(lines() == had, "“managed no” takes the card's own: %s" % lines())
    net("start", "wire")
    wait_for(lambda: "vbr0" in devices(), "it has seen the bridge", PATIENCE)
    during = whole()
    check(devices()["vbr0"][0] in LEAVES_ALONE and devices()["eth7"][0] == "unmanaged", devices())
    netns.check_same("\n".join(had), "\n".join(lines("vbr0")), "on the bridge: ")
    check(reaches(OUTSIDE) and reaches("203.0.113.1", "ip", "netns", "exec", "out"), during)
    services.kill(services.NETWORK_MANAGER)
    services.resume_network_manager()
    wait_for(lambda: "vbr0" in devices(), "it has seen the bridge", PATIENCE)
    netns.check_same("\n".join(had), "\n".join(lines("vbr0")), "NetworkManager, anew: ")
    net("stop", "wire")
    wait_for(lambda: "vbr0" not in devices(), "it has seen that it is gone", PATIENCE)
    netns.check_same(kept, whole())
    set_managed("yes")
    netns.check_same(before, whole())


LEASED = """[connection]
id=leased
type=ethernet
interface-name=eth7
autoconnect=false
[ipv4]
method=auto
[ipv6]
method=disabled
"""


@test("/guest/network-manager/card-with-a-leased-address-is-refused-with-a-mend-that-helps")
def leased():
    netns.run("ip netns exec out dnsmasq --conf-file=/dev/null --port=0 --interface=wire --bind-interfaces --leasefile-ro "
              "--pid-file=/run/out.pid --dhcp-range=203.0.113.50,203.0.113.60,255.255.255.0,1h")
    before = whole()
    with open(os.open("/etc/NetworkManager/system-connections/leased.nmconnection", os.O_WRONLY | os.O_CREAT, 0o600), "w") as f:
        f.write(LEASED)
    run("nmcli", "connection", "reload")
    run("nmcli", "connection", "up", "leased")
    wait_for(lambda: "dynamic" in netns.run("ip -4 address show eth7"), "the card has its address", PATIENCE)
    sentence = home.refusal("net", "start", "wire", timeout=PATIENCE)
    check("The address of “eth7” is leased by DHCP" in sentence and "managed no" not in sentence, sentence)
    run("nmcli", "connection", "up", "wired")
    netns.check_same(before, whole())
    with open("/run/out.pid") as f:
        os.kill(int(f.read()), signal.SIGTERM)


CALLS = "openat,write,pwrite64,sendmsg,sendto,mkdirat,renameat,unlinkat"


def killed(request, points, prepare=lambda: None):
    """The helper is killed at the calls of those numbers; the next one takes back what it did."""
    before, times = whole(), 0
    for n in points:
        prepare()
        reply = netns.ask("network", request, command=(
            "strace", "-qq", "-o", "/run/strace", "-e", "trace=" + CALLS,
            "-e", "inject=%s:signal=SIGKILL:when=%d" % (CALLS, n)))
        times += reply is None
        netns.ask("network", netns.stop_request())
        netns.ask("network", netns.stop_request("another"))
        wait_for(lambda: "vbr0" not in devices(), "the bridge is gone", PATIENCE)
        netns.check_same(before, whole(), "after the %dth call: " % n)
    print("# killed %d times of %d" % (times, len(points)))
    check(times >= 3, "it was killed only %d times" % times)


@test("/guest/network-manager/helper-that-was-killed-leaves-nothing-to-either")
def killed_nat():
    killed(netns.start_request("lab"), range(3, 40, 6))


@test("/guest/network-manager/helper-that-was-killed-gives-the-card-all-back")
def killed_bridged():
    set_managed("no")
    killed(netns.bridged_request("eth7"), range(3, 60, 9))
    set_managed("yes")


@test("/guest/network-manager/bridge-that-it-made-takes-a-machine-and-keeps-its-card")
def its_own():
    """What the refusal says: have NetworkManager make the bridge, and name it."""
    run("nmcli", "connection", "add", "type", "bridge", "ifname", "br0", "con-name", "br0", "bridge.stp", "no", "ipv4.method",
        "manual", "ipv4.addresses", "203.0.113.1/24", "ipv6.method", "disabled")
    run("nmcli", "connection", "add", "type", "ethernet", "ifname", "eth7", "con-name", "port", "master", "br0")
    run("nmcli", "connection", "up", "port")
    wait_for(lambda: devices()["eth7"] == ("connected", "port") and devices().get("br0") == ("connected", "br0"),
             "the bridge is up", PATIENCE)
    before = whole()
    two = home.create("two", "--nic", "bridge=br0")
    two.start(timeout=PATIENCE)
    wait_for(lambda: "vtap0" in devices(), "it has seen the tap", PATIENCE)
    during = whole()
    check(devices()["vtap0"][0] in LEAVES_ALONE and "master br0" in netns.run("ip link show vtap0"), during)
    check(reaches(OUTSIDE), during)
    two.power_off()
    wait_for(lambda: "vtap0" not in devices(), "it has seen that it is gone", PATIENCE)
    netns.check_same(before, whole())


main(home.close)
