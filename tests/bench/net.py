# SPDX-License-Identifier: GPL-2.0-or-later
"""Streams of TCP through a virtio-net card, beside QEMU's, both ways: over a tap, which the kernel reads, and behind passt.

Both guests are the same Linux with the same two cards, in turn on the same back ends; vhost is on for neither.
Time and processor are told for each gigabyte, so that less is better.  The processor's time is that of the machine's
process, which has the guest's in it, and of passt where that is in between; the other end of the stream is the same
for both.
"""

import contextlib
import os
import shutil
import subprocess

import host
import linux_guest
import qemu
import streams
import taps
from figure import OURS, Absent, Figure, words
from processes import cpu_ns, end
from vmm import BACKEND_NET_STREAM, BACKEND_NET_TAP, Device

RUNS, WARM_UP = 5, 1
MEMORY_MIB, VCPUS = 384, 2
PEER = "qemu"
TAP_MAC, USER_MAC = "52:54:00:00:00:01", "52:54:00:00:00:02"
USER_MTU = 65520    # what passt names by itself
GUEST_PORT = 5201
WAYS = ("to the guest", "from the guest")
BACK_ENDS = ("tap", "passt")


def figures():
    return [Figure("net/%s-%s/%s" % (back_end, way.replace(" ", "-"), what), text % (back_end, way), "s/GB").want(1, PEER)
            for back_end in BACK_ENDS for way in WAYS
            for what, text in (("time", "a gigabyte of TCP over %s, %s"),
                               ("processor", "the processor's time for a gigabyte over %s, %s"))]


class Side:
    """One of the two: its guest, its tap and its passt."""

    def __init__(self, name, image, number, make):
        self.name, self.port = name, 5300 + number
        self.net = "198.51.%d." % (100 + number)
        tap = taps.make_tap("tap%d" % number, self.net + "1/24")
        self.passt, user = taps.start_passt("--tcp-ports", "%d:%d" % (self.port, GUEST_PORT))
        self.guest = make(image, tap, user)
        self.pid = self.guest.process.pid
        self.guest.sh("card() { for i in /sys/class/net/*; do grep -q $1 $i/address && basename $i; done; }; "
                      "ip addr add %s2/24 dev $(card %s); ip link set $(card %s) up; "
                      "ip link set $(card %s) mtu %d; ip addr add 192.0.2.10/24 dev $(card %s); ip link set $(card %s) up; "
                      "ip route add default via 192.0.2.1"
                      % (self.net, TAP_MAC, TAP_MAC, USER_MAC, USER_MTU, USER_MAC, USER_MAC))
        self.guest.wait_sh("ping -c 1 -w 5 %s1" % self.net)

    def sample(self, back_end, way):
        """Seconds, and the processor's seconds, of a gigabyte."""
        pids = [self.pid] + ([self.passt.pid] if back_end == "passt" else [])
        address, port = (self.net + "2", GUEST_PORT) if back_end == "tap" else ("127.0.0.1", self.port)
        before = sum(map(cpu_ns, pids))
        result = streams.stream(self.guest, address, port, *(["-R"] if way == WAYS[1] else []), listen=GUEST_PORT)
        gigabytes = result["bytes"] / 1e9
        return result["seconds"] / gigabytes, (sum(map(cpu_ns, pids)) - before) / 1e9 / gigabytes

    def close(self):
        self.guest.close()
        end(self.passt)


def ours(image, tap, user):
    devices = [Device("virtio-net", "net0", net=(BACKEND_NET_TAP, tap), mac=TAP_MAC),
               Device("virtio-net", "net1", net=(BACKEND_NET_STREAM, user), mac=USER_MAC)]
    return linux_guest.Guest(image, vcpus=VCPUS, memory_mib=MEMORY_MIB, devices=devices)


def peer(image, tap, user):
    guest = qemu.Guest(image, MEMORY_MIB, [
        "-netdev", "tap,id=tap,vhost=off,fd=%d" % tap, "-device", "virtio-net-pci,netdev=tap,mac=" + TAP_MAC,
        "-netdev", "socket,id=user,fd=%d" % user, "-device", "virtio-net-pci,netdev=user,mac=" + USER_MAC],
        vcpus=VCPUS, fds=[tap, user])
    os.close(tap)
    os.close(user)
    return guest


def measure(say, *all_figures):
    if not host.has_hardware_kvm():
        raise Absent(host.kvm_problem() or "a software KVM takes minutes to start Linux")
    qemu.need()
    for program in ("iperf3", "passt", "ip"):
        if not shutil.which(program):
            raise Absent("there is no %s" % program)
    if os.geteuid() != 0:
        raise Absent("only root makes taps")
    figure_of = {figure.name: figure for figure in all_figures}
    subprocess.run(["modprobe", "-a", "tun", "dummy"], check=False)
    taps.make_uplink()
    image = linux_guest.build(["virtio_net", "af_packet"], programs=["/usr/bin/iperf3"])
    with contextlib.ExitStack() as stack:
        sides = []
        for number, (name, make) in enumerate(((OURS, ours), (PEER, peer))):
            sides.append(Side(name, image, number, make))
            stack.callback(sides[-1].close)
        for i in range(-WARM_UP, RUNS):
            for back_end in BACK_ENDS:
                for way in WAYS:
                    compare(say, figure_of, sides, back_end, way, i)


def compare(say, figure_of, sides, back_end, way, run):
    name = "net/%s-%s" % (back_end, way.replace(" ", "-"))
    order = sides if run % 2 else sides[::-1]  # nobody is always the second
    samples = {side.name: side.sample(back_end, way) for side in order}
    say("%s, run %d: time %s; processor %s" % (name, run, words({who: s[0] for who, s in samples.items()}),
                                               words({who: s[1] for who, s in samples.items()})))
    for who, (time, processor) in samples.items():
        if run >= 0:
            figure_of[name + "/time"].add(who, time)
            figure_of[name + "/processor"].add(who, processor)
