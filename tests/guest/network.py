#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Debian's own drivers on network cards: virtio-net over a tap with every offload, each model behind passt."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import threading

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))
import host
import linux_guest
import streams
import taps
from tap import check, main, skip_all, test, wait_for
from vmm import BACKEND_NET_STREAM, BACKEND_NET_TAP, Device

host.need_hardware_kvm(__file__)
for program in ("passt", "iperf3", "ip", "busybox"):
    if not shutil.which(program):
        skip_all("%s is not installed" % program)

TAP_MAC, USER_MAC, OTHER_MAC = "52:54:00:00:00:01", "52:54:00:00:00:02", "52:54:00:00:00:1f"
HOST, GUEST = "198.51.100.1", "198.51.100.2"
UPLINK, GATEWAY = "192.0.2.10", "192.0.2.1"
FORWARD = 2222
USER_MTU = 9000
STREAM = 1 << 20
CONNECTIONS = 3     # that are given a chance
FRAMES = 200        # more than come to a guest unasked
# What busybox's udhcpc found, put in place: all of it or, as in Debian's installer, nothing after what fails.
DHCP = b"""#!/bin/sh -e
[ "$1" = bound ] || [ "$1" = renew ] || exit 0
ip addr flush dev $interface
ip addr add $ip/${mask:-24} dev $interface
ip link set $interface mtu ${mtu:-1500}
ip route add default via $router dev $interface
echo "$ip $router" > /tmp/lease
"""

taps.make_uplink(UPLINK + "/24", GATEWAY)
tap = taps.make_tap("tap0", HOST + "/24")
passt, user = taps.start_passt("--tcp-ports", "%d:22" % FORWARD, mtu=USER_MTU)


class Classic:
    """A card of MODEL behind a passt of its own, which forwards PORT to it; DRIVER is Debian's for IDENTITY."""

    def __init__(self, alias, model, identity, driver, mac, port, **options):
        self.alias, self.identity, self.driver, self.mac, self.port = alias, identity, driver, mac, port
        self.passt, fd = taps.start_passt("--tcp-ports", "%d:22" % port, mtu=taps.ETHERNET_MTU)
        self.device = Device(model, alias, net=(BACKEND_NET_STREAM, fd), mac=mac, **options)


intel = Classic("net2", "e1000e", "8086:10d3", "e1000e", "52:54:00:00:00:03", 2223)
realtek = Classic("net3", "rtl8139", "10ec:8139", "8139cp", "52:54:00:00:00:04", 2224)
plain = Classic("net4", "rtl8139", "10ec:8139", "8139too", "52:54:00:00:00:05", 2225, c_plus="off")

image = linux_guest.build(["virtio_net", "af_packet", "e1000e", "8139cp", "8139too"], programs=["/usr/bin/iperf3"],
                          files={"/bin/dhcp": DHCP})
guest = linux_guest.Guest(image, devices=[
    Device("virtio-net", "net0", net=(BACKEND_NET_TAP, tap), mac=TAP_MAC),
    Device("virtio-net", "net1", net=(BACKEND_NET_STREAM, user), mac=USER_MAC, mtu=str(USER_MTU)),
    intel.device, realtek.device, plain.device,
])


def card(mac):
    return guest.sh("for i in /sys/class/net/*; do if grep -q %s $i/address; then basename $i; fi; done" % mac)


def feature(name, bit):
    text = guest.sh("cat /sys/class/net/%s/device/features" % name).strip()
    return text[bit] == "1"


def tcp(address, port, timeout=linux_guest.ANSWER):
    s = socket.create_connection((address, port), timeout)
    s.settimeout(timeout)
    return s


@test("/guest/network/inbox-driver-finds-both-cards")
def found():
    drivers = [driver for identity, driver in guest.pci_drivers() if identity == "1af4:1041"]
    check(drivers == ["virtio-pci"] * 2, "drivers: %s" % drivers)
    check(guest.sh("cat /sys/class/net/%s/mtu" % card(USER_MAC)).strip() == str(USER_MTU), "the MTU is not ours")
    over_tap, behind_passt = card(TAP_MAC), card(USER_MAC)
    for bit in (0, 1, 7, 8, 11, 12, 15):
        check(feature(over_tap, bit), "feature %d is not negotiated over the tap" % bit)
    check(not feature(behind_passt, 0) and feature(behind_passt, 15), "features behind passt")
    guest.check_quiet()


@test("/guest/network/tap-carries-pings-both-ways")
def ping():
    name = card(TAP_MAC)
    guest.sh("ip addr add %s/24 dev %s; ip link set %s up" % (GUEST, name, name))
    guest.wait_sh("ping -c 3 -w 20 %s" % HOST)
    check("0% packet loss" in guest.sh("ping -c 5 -s 1400 -w 30 %s" % HOST), "packets were lost")
    subprocess.run(["busybox", "ping", "-c", "3", "-w", "20", GUEST], check=True, capture_output=True)


def counter(name):
    with open("/sys/class/net/tap0/statistics/" + name) as f:
        return int(f.read())


@test("/guest/network/tap-carries-streams-in-packets-larger-than-the-wire", shows=["virtio-net works"])
def large_streams():
    for direction, port, options, way in (("to the guest", 5201, [], "tx"), ("from the guest", 5202, ["-R"], "rx")):
        packets, size = counter(way + "_packets"), counter(way + "_bytes")
        rate = streams.rate(guest, GUEST, port, *options)
        packets, size = counter(way + "_packets") - packets, counter(way + "_bytes") - size
        print("# %s: %.0f Mbit/s, %d bytes a packet" % (direction, rate, size / max(packets, 1)))
        check(size / max(packets, 1) > 3000, "%s: %d bytes a packet: no segmentation offload" % (
            direction, size / max(packets, 1)))


@test("/guest/network/pulled-cable-is-seen-inside")
def link():
    name = card(TAP_MAC)
    guest.vmm.set_link("net0", False)
    guest.wait_sh("grep -q 0 /sys/class/net/%s/carrier" % name)
    check(subprocess.run(["busybox", "ping", "-c", "1", "-w", "2", GUEST], capture_output=True).returncode != 0,
          "the pulled cable carries packets")
    guest.vmm.set_link("net0", True)
    guest.wait_sh("grep -q 1 /sys/class/net/%s/carrier" % name)
    guest.wait_sh("ping -c 1 -w 5 %s" % HOST)


def came_of(name, mac):
    """Of FRAMES to MAC over the tap, how many the card NAME let in."""
    count = "cat /sys/class/net/%s/statistics/rx_packets" % name
    before = int(guest.sh(count))
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as sock:
        sock.bind(("tap0", 0))
        for _ in range(FRAMES):
            sock.send(bytes.fromhex(mac.replace(":", "")) + bytes(6) + b"\x88\xb5" + bytes(46))
    guest.wait_sh("ping -c 1 -w 5 %s" % HOST)  # it comes behind them
    return int(guest.sh(count)) - before


@test("/guest/network/a-card-that-is-given-another-address-has-it")
def new_address():
    name = card(TAP_MAC)
    check(feature(name, 23), "no feature to set the address by")
    for mac, other in ((OTHER_MAC, TAP_MAC), (TAP_MAC, OTHER_MAC)):
        guest.sh("ip link set %s address %s" % (name, mac))
        subprocess.run(["ip", "neigh", "flush", "dev", "tap0"], check=True)
        guest.wait_sh("ping -c 1 -w 5 %s" % HOST)
        seen = subprocess.run(["ip", "neigh", "show", GUEST, "dev", "tap0"], check=True, capture_output=True, text=True)
        check(mac in seen.stdout, "its frames come from another address: " + seen.stdout)
        check(came_of(name, mac) >= FRAMES, "what is sent to its address does not come")
        check(came_of(name, other) < FRAMES, "what is sent to the address that it had comes as well")


@test("/guest/network/guest-announces-itself-after-a-pause")
def announce():
    sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(0x0806))
    with sock:
        sock.bind(("tap0", 0))
        guest.vmm.pause()
        guest.vmm.run()
        sock.settimeout(60)
        mac = bytes.fromhex(TAP_MAC.replace(":", ""))
        ours = socket.inet_aton(GUEST)
        while True:
            frame = sock.recv(2048)
            if frame[6:12] == mac and frame[28:32] == ours and frame[38:42] == ours:
                break
    guest.wait_sh("ping -c 1 -w 5 %s" % HOST)


def lease(mac):
    name = card(mac)
    guest.sh("rm -f /tmp/lease; ip link set %s up" % name)
    guest.wait_sh("udhcpc -n -q -t 10 -i %s -s /bin/dhcp" % name)
    return tuple(guest.sh("cat /tmp/lease").split())


def reach_host():
    """The guest reaches a service of the host's by passt's gateway, and gets the answer.  Nobody waits for nc to end:
    Debian 12's passt keeps the end of a connection to itself when the guest closed its own half first."""
    with socket.create_server(("127.0.0.1", 8080)) as server:
        server.settimeout(linux_guest.ANSWER)
        guest.sh("rm -f /tmp/answer; { echo question | nc -w 30 %s 8080 >/tmp/answer; } 2>&1 & echo" % GATEWAY)
        connection, _ = server.accept()
        with connection:
            check(connection.recv(100) == b"question\n", "the question is another")
            connection.sendall(b"answer\n")
        guest.wait_sh("grep -q answer /tmp/answer")


def there_and_back(port, data):
    """What comes back of DATA by one connection to the host's PORT."""
    streams.serve(guest, "nc -l -p 22 -e cat", 22)
    came = bytearray()
    try:
        with tcp("127.0.0.1", port) as s:
            sender = threading.Thread(target=send, args=(s, data))
            sender.start()
            while len(came) < len(data) and (more := s.recv(65536)):
                came += more
            s.shutdown(socket.SHUT_RDWR)
            sender.join()
    except OSError as error:
        print("# after %d bytes: %s" % (len(came), error))
    return bytes(came)


def send(sock, data):
    try:
        sock.sendall(data)
    except OSError:
        pass  # who reads what comes back says how much did


def forward(port=FORWARD, data=b"there and back\n"):
    """The host reaches the guest's port 22 by its own port PORT, and nothing of what comes back is changed.  Debian 12's
    passt asks a guest that is slow three times, and gives the connection up then; the next one is another chance."""
    for _ in range(CONNECTIONS):
        came = there_and_back(port, data)
        same = next((i for i, (a, b) in enumerate(zip(came, data)) if a != b), len(came))
        check(same == len(came), "of %d bytes %d came back as they were" % (len(data), same))
        if came == data:
            return
        guest.sh("killall -q nc || true")
    check(False, "of %d connections none was there to its end" % CONNECTIONS)


@test("/guest/network/passt-leads-out-and-ports-lead-in")
def behind_passt():
    check(lease(USER_MAC) == (UPLINK, GATEWAY), "the lease is another")
    reach_host()
    forward()


@test("/guest/network/another-passt-takes-over")
def replaced():
    global passt
    passt.send_signal(signal.SIGKILL)
    passt.wait()
    passt, fd = taps.start_passt("--tcp-ports", "%d:22" % FORWARD, mtu=USER_MTU)
    guest.vmm.replace_net("net1", BACKEND_NET_STREAM, fd)
    os.close(fd)
    reach_host()
    forward()


def classic(one):
    """ONE alone is up: its driver has it, its lease comes each time and is put in place, and many times what its rings
    hold goes there and back at once."""
    guest.sh("for i in /sys/class/net/*; do ip addr flush dev ${i##*/}; ip link set ${i##*/} down; done; "
             "ip link set lo up")
    name = card(one.mac)
    driver = guest.sh("basename $(readlink /sys/class/net/%s/device/driver)" % name)
    check(driver == one.driver, "%s has the driver %s" % (one.alias, driver))
    for _ in range(3):
        check(lease(one.mac) == (UPLINK, GATEWAY), "the lease is another")
        guest.sh("ip addr flush dev %s; ip link set %s down" % (name, name))
    lease(one.mac)
    reach_host()
    forward(one.port, os.urandom(STREAM))
    guest.vmm.set_link(one.alias, False)
    guest.wait_sh("grep -q 0 /sys/class/net/%s/carrier" % name)
    guest.vmm.set_link(one.alias, True)
    guest.wait_sh("grep -q 1 /sys/class/net/%s/carrier" % name)
    reach_host()
    guest.check_quiet()


@test("/guest/network/an-82574l-behind-passt", shows=["e1000e works"])
def behind_passt_82574l():
    classic(intel)


@test("/guest/network/an-rtl8139-with-descriptors-behind-passt", shows=["rtl8139 works"])
def behind_passt_rtl8139_plus():
    classic(realtek)


@test("/guest/network/a-plain-rtl8139-behind-passt")
def behind_passt_rtl8139():
    classic(plain)


@test("/guest/network/passt-ends-with-the-machine")
def ends():
    guest.check_quiet()
    guest.power_off()
    guest.close()
    wait_for(lambda: passt.poll() is not None, "passt ends", 60)


main()
