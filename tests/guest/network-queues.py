#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""virtio-net with several pairs of queues over one tap: Debian's driver finds them, uses as many as it is told, and
frames go both ways by each of them, moved by the machine's own process or by the host's kernel; also by a card that
comes while the guest runs, of which nothing is left when it goes."""

import json
import os
import re
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))
import host
import linux_guest
import streams
import taps
from rounds import expect_rounds
from tap import check, main, skip, test, wait_for
from vmm import BACKEND_NET_TAP, Device

host.need_hardware_kvm(__file__, independent=True, seconds=3400)
host.need_programs("iperf3", "ip", "ethtool")

IMAGE = linux_guest.build(["virtio_net", "af_packet"], programs=["/usr/bin/iperf3", "/usr/sbin/ethtool"])
VCPUS = 2
PAIRS = 4
FRAMES = 10     # that a queue must have moved to count; they are large
CARD = "$(basename $(ls -d /sys/class/net/e*))"


def open_vhosts():
    """One for each pair; ends the test with a reason where the kernel has none."""
    subprocess.run(["modprobe", "vhost_net"])
    try:
        return [os.open("/dev/vhost-net", os.O_RDWR | os.O_CLOEXEC) for _ in range(PAIRS)]
    except OSError:
        skip("there is no /dev/vhost-net: the module vhost_net cannot be loaded")


def make_card(number, with_vhost):
    """(the card, its network's first three numbers)"""
    net = "198.51.%d." % (120 + number)
    vhosts = open_vhosts() if with_vhost else -1
    fds = taps.make_tap("tap%d" % number, net + "1/24", queues=PAIRS)
    return Device("virtio-net", "net0", net=(BACKEND_NET_TAP, fds), mac="52:54:00:00:00:01", vhost=vhosts), net


def set_up(guest, net):
    guest.wait_sh("ls -d /sys/class/net/e*")
    guest.sh("card=%s; ip addr add %s2/24 dev $card; ip link set $card up" % (CARD, net))
    guest.wait_sh("ping -c 1 -w 5 %s1" % net)


def combined(guest):
    """(how many pairs there may be, how many are used)"""
    numbers = re.findall(r"Combined:\s+(\d+)", guest.sh("ethtool -l " + CARD))
    return tuple(int(number) for number in numbers)


def frames(guest):
    """{"rx_queue_0_packets": …}"""
    text = guest.sh("ethtool -S " + CARD)
    return {name: int(number) for name, number in re.findall(r"([rt]x_queue_\d+_packets): (\d+)", text)}


def interrupts(guest):
    """How often each of the card's queues interrupted: {"virtio1-input.0": …}"""
    lines = [line.split() for line in guest.sh("grep -E 'put\\.[0-9]' /proc/interrupts").splitlines()]
    return {words[-1]: sum(int(word) for word in words[1:1 + VCPUS]) for words in lines}


def move(guest, net, port, *options):
    """Streams to two servers at once, each on a processor of its own, which is what the driver chooses a queue by."""
    for cpu in range(VCPUS):
        streams.serve(guest, "taskset %d iperf3 -s -1 -p %d >/tmp/iperf%d" % (1 << cpu, port + cpu, cpu), port + cpu)
    clients = [subprocess.Popen(["iperf3", "-c", net + "2", "-p", str(port + cpu), "-t", str(streams.SECONDS), "-J", "-P", "4",
                                 *options], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
               for cpu in range(VCPUS)]
    total = 0
    for client in clients:
        out, err = client.communicate()
        check(client.returncode == 0, "iperf3: " + out[-500:] + err + guest.sh("tail -n 3 /tmp/iperf*"))
        total += json.loads(out)["end"]["sum_received"]["bits_per_second"] / 1e6
    return total


def expect_queues(guest, net, port, used):
    """Each of the first USED pairs moves frames both ways, and no other."""
    before, interrupted = frames(guest), interrupts(guest)
    there, back = move(guest, net, port), move(guest, net, port + 10, "-R")
    after = frames(guest)
    moved = {name: after[name] - before.get(name, 0) for name in after}
    rose = {name: n - interrupted.get(name, 0) for name, n in interrupts(guest).items()}
    print("# %d used: %.0f Mbit/s to the guest, %.0f from it; %s; interrupts %s" % (used, there, back, moved, rose), flush=True)
    busy = {way: sum(n >= FRAMES for name, n in moved.items() if name.startswith(way)) for way in ("rx", "tx")}
    least = min(used, VCPUS)    # who sends is on so many processors
    check(least <= busy["rx"] <= used and least <= busy["tx"] <= used, "queues that moved frames: %s of %d" % (busy, used))
    check(sum(n > 0 for name, n in rose.items() if "input" in name) >= least, "interrupts: %s" % rose)


def use(guest, net, used):
    guest.sh("ethtool -L %s combined %d" % (CARD, used))
    check(combined(guest) == (PAIRS, used), "ethtool says %s, not %d" % (combined(guest), used))
    guest.wait_sh("ping -c 1 -w 5 %s1" % net)


def carry(number, with_vhost):
    card, net = make_card(number, with_vhost)
    with linux_guest.Guest(IMAGE, vcpus=VCPUS, devices=[card]) as guest:
        set_up(guest, net)
        check(combined(guest) == (PAIRS, VCPUS), "ethtool says %s: one pair a processor" % (combined(guest),))
        expect_queues(guest, net, 5201, VCPUS)
        use(guest, net, PAIRS)
        expect_queues(guest, net, 5231, PAIRS)
        guest.vmm.pause()
        guest.vmm.run()
        guest.vmm.set_link("net0", False)
        guest.wait_sh("[ $(cat /sys/class/net/e*/carrier) = 0 ]")
        guest.vmm.set_link("net0", True)
        guest.wait_sh("ping -c 1 -w 5 %s1" % net)
        expect_queues(guest, net, 5261, PAIRS)
        use(guest, net, 1)
        expect_queues(guest, net, 5291, 1)
        guest.check_quiet()
        guest.power_off()


def descriptors(guest):
    return sorted(os.readlink("/proc/%d/fd/%s" % (guest.process.pid, fd)).split(":")[0]
                  for fd in os.listdir("/proc/%d/fd" % guest.process.pid))


def come_and_go(number, with_vhost):
    with linux_guest.Guest(IMAGE, vcpus=VCPUS) as guest:
        before = descriptors(guest)
        for turn in range(3):
            card, net = make_card(number, with_vhost)
            guest.vmm.attach(card)
            set_up(guest, net)
            use(guest, net, PAIRS)
            if turn != 1:
                expect_queues(guest, net, 5201 + 30 * turn, PAIRS)
            guest.vmm.take_away("net0")
            wait_for(lambda: not os.path.exists("/sys/class/net/tap%d" % number), "the tap to go with its last queue")
            check(descriptors(guest) == before, "descriptors: %s, at first %s" % (descriptors(guest), before))
        guest.check_quiet()
        guest.power_off()


def rounds(number, with_vhost, vcpus):
    """A card over and over, while the guest sends by it."""
    def once():
        card, net = make_card(number, with_vhost)
        guest.vmm.attach(card)
        set_up(guest, net)
        guest.sh("(while :; do ping -c 1 -w 1 %s1; done) >/dev/null 2>&1 &" % net)
        guest.vmm.take_away("net0")
        guest.sh("kill $(jobs -p) 2>/dev/null; wait; true")
        wait_for(lambda: not os.path.exists("/sys/class/net/tap%d" % number), "the tap to go with its last queue")

    with linux_guest.Guest(IMAGE, vcpus=vcpus) as guest:
        expect_rounds(guest, once)
        guest.check_quiet(of_drivers=False)
        guest.power_off()


@test("/guest/network-queues/each-moves-frames")
def own():
    carry(1, False)


@test("/guest/network-queues/each-moves-frames/by-the-hosts-kernel")
def by_vhost():
    carry(2, True)


@test("/guest/network-queues/card-comes-and-goes")
def hot():
    come_and_go(3, False)


@test("/guest/network-queues/card-comes-and-goes/by-the-hosts-kernel")
def hot_by_vhost():
    come_and_go(4, True)


@test("/guest/network-queues/rounds-leave-nothing-with-1-vcpu")
def rounds_one():
    rounds(5, False, 1)


@test("/guest/network-queues/rounds-leave-nothing-with-4-vcpus")
def rounds_four():
    rounds(6, False, 4)


@test("/guest/network-queues/rounds-leave-nothing-with-4-vcpus/by-the-hosts-kernel")
def rounds_four_by_vhost():
    rounds(7, True, 4)


main()
