#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Devices that vitrinectl has come to a machine that runs Debian's kernel, and go: found and used inside, objects on
the machine's bus while they are there, and nothing left in its keeper, its helpers or its VMM when they are gone."""

import os
import sys

from gi.repository import Gio, GLib

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))
import host
import linux_guest
import machines
import taps
from blank_disk import blank_disk
from rounds import ROUNDS, weigh
from tap import check, main, skip_all, test, wait_for

host.need_hardware_kvm(__file__, independent=True, seconds=3400)
for program in ("/usr/bin/passt", "/usr/sbin/ip"):
    if not os.path.exists(program):
        skip_all("%s is not there" % program)

# What has come and what has gone, as the guest sees it, on its serial port: cards once DHCP gave them an address.
FOLLOW = r"""
leased= shown=
while :; do
  for card in /sys/class/net/e*; do
    read -r mac 2>/dev/null < $card/address || continue
    [ "$mac" != "$leased" ] || continue
    ip link set ${card##*/} up
    udhcpc -i ${card##*/} -n -q -t 20 -T 1 -s /bin/true >/dev/null 2>&1 && leased=$mac && echo "LEASED $mac"
  done
  for serial in /sys/block/vd*/serial; do
    name=$(cat $serial 2>/dev/null)
    [ "$name" ] && [ "$name" != "$shown" ] || continue
    disk=${serial%/serial}
    dd if=/dev/${disk##*/} of=/dev/null bs=64k 2>/dev/null && shown=$name && echo "READ $name"
  done
  usleep 100000
done
"""
# The keeper's GLib keeps pieces of memory of each size and thread: that grows slower and slower.
WARM_UP, SLACK = 10, 160  # rounds, KiB
IDLE = 2  # threads that GLib keeps for a while though there is nothing to do
IMAGE = linux_guest.build(["virtio_net", "af_packet", "virtio_blk"], script=FOLLOW)


def objects(machine):
    """Paths of what the machine's bus shows."""
    bus = machine.bus()
    try:
        reply = bus.call_sync(None, "/org/vitrine", "org.freedesktop.DBus.ObjectManager", "GetManagedObjects", None,
                              GLib.VariantType("(a{oa{sa{sv}}})"), Gio.DBusCallFlags.NONE, 60000, None)
        return sorted(reply.unpack()[0])
    finally:
        bus.close_sync(None)


def aliases(machine):
    return {device["alias"] for device in machine.info()["devices"]}


class Count:
    """What a machine's processes hold."""

    def __init__(self, machine):
        self.objects = objects(machine)
        self.aliases = aliases(machine)
        self.helpers = sorted(name for parent, name, _ in machines.process_table().values() if parent == machine.keeper())
        self.keeper, self.vmm = weigh(machine.keeper()), weigh(machine.vmm())

    def __str__(self):
        return "keeper %s, VMM %s, %d objects, helpers: %s" % (self.keeper, self.vmm, len(self.objects),
                                                               " ".join(self.helpers))


class Guest:
    """What it says on its serial port, in order."""

    def __init__(self, machine):
        self.machine, self.said = machine, 0

    def wait(self, text):
        def found():
            log = self.machine.log("serial0")
            at = log.find(text, self.said)
            if at >= 0:
                self.said = at
            return at >= 0
        try:
            wait_for(found, "the guest to say %r" % text, linux_guest.ANSWER)
        except AssertionError as error:
            raise AssertionError("%s; it said last: %s; the keeper: %s; the network: %s" % (
                error, self.machine.log("serial0")[-300:], self.machine.log("keeper")[-500:],
                self.machine.log("network")[-500:])) from None


def come_and_go(machine, guest, number, settings):
    """SETTINGS(number) is (what to attach, what the guest says of it)."""
    words, said = settings(number)
    before = aliases(machine)
    machine.ctl("attach", *words, "--live")
    (alias,) = aliases(machine) - before
    guest.wait(said)
    machine.ctl("detach", alias, "--live")
    wait_for(lambda: alias not in aliases(machine), "%s to be gone" % alias, linux_guest.ANSWER)


def card(number):
    mac = "52:54:00:00:00:%02x" % number
    return ("nic", "model=virtio,mac=" + mac), "LEASED " + mac


def rounds(settings, vcpus):
    home = machines.Home()
    try:
        machine = home.create("one", "--kernel", IMAGE.kernel, "--initrd", IMAGE.initrd, "--cmdline", "console=ttyS0 loglevel=4",
                              "--memory", "384", "--vcpus", str(vcpus), "--graphics", "none")
        machine.start()
        guest = Guest(machine)
        for number in range(WARM_UP):
            come_and_go(machine, guest, number, settings(home))
        before = Count(machine)
        for number in range(WARM_UP, WARM_UP + ROUNDS):
            come_and_go(machine, guest, number, settings(home))
        wait_for(lambda: Count(machine).helpers == before.helpers, "helpers to end", linux_guest.ANSWER)
        now = Count(machine)
        print("# before: %s\n# after %d rounds: %s" % (before, ROUNDS, now))
        check(now.objects == before.objects and now.aliases == before.aliases, "objects: %s became %s" % (
            before.objects, now.objects))
        for name in ("keeper", "vmm"):
            was, now_is = getattr(before, name), getattr(now, name)
            check(now_is[0] == was[0], "descriptors of the %s: %s became %s" % (name, was, now_is))
            check(now_is[1] <= was[1] + IDLE, "threads of the %s: %s became %s" % (name, was, now_is))
            check(now_is[2] < was[2] + SLACK, "memory of the %s: %d KiB became %d KiB" % (name, was[2], now_is[2]))
        machine.power_off()
    finally:
        home.close()


def disk(home):
    def settings(number):
        path = blank_disk(home.folder, "disk-%d" % number, 1)
        return ("disk", "path=%s,serial=HOT-%d" % (path, number)), "READ HOT-%d" % number
    return settings


if not os.path.exists("/sys/class/net/uplink"):
    taps.make_uplink()


@test("/guest/hotplug-keeper/a-card-behind-passt-gets-its-address-and-goes-with-its-passt-with-1-vcpu")
def card_one():
    rounds(lambda home: card, 1)


@test("/guest/hotplug-keeper/a-card-behind-passt-with-4-vcpus")
def card_four():
    rounds(lambda home: card, 4)


@test("/guest/hotplug-keeper/a-disk-is-read-and-goes-with-its-lock-with-1-vcpu")
def disk_one():
    rounds(disk, 1)


@test("/guest/hotplug-keeper/a-disk-with-4-vcpus")
def disk_four():
    rounds(disk, 4)


main()
