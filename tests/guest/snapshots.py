#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Snapshots of a machine that runs: made, deleted and gone back to, through the whole stack, with a guest that writes
meanwhile.
"""

import json
import os
import signal
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))
import host
import machines
import puppet
from puppet import text_of
from tap import check, main, test, wait_for

host.need_kvm(__file__)
host.need_programs("qemu-img", "qemu-storage-daemon")

BOOT = 120
SIZE = 64 << 20

home = machines.Home()
one = None
guest = None


def connect():
    global guest
    guest = puppet.again(guest, one, BOOT)


def ready():
    if one.state() in ("off", "crashed"):
        one.start()
        connect()


def write(sector, word, drive=0x80):
    guest.write_sector(sector, text_of(word), drive)


def reads(sector, word, drive=0x80):
    found = guest.read_sector(sector, drive)
    check(found == (text_of(word) if word else bytes(512)), "sector %d is %r, not %r" % (sector, found[:40], word))


def snapshot(verb, *args):
    one.home.ctl("snapshot", verb, "one", *args)


def names():
    return [s["name"] for s in json.loads(home.ctl("snapshot", "list", "one", "--json"))]


def images():
    return sorted(f for f in os.listdir(one.folder) if f.endswith((".qcow2", ".raw")))


@test("/guest/snapshots/one-of-a-raw-disk-is-made-while-the-machine-is-off")
def first():
    global one
    raw = home.write("boot.raw", puppet.image(SIZE))
    more = home.path("more.qcow2")
    subprocess.run(["qemu-img", "create", "-q", "-f", "qcow2", more, str(SIZE)], check=True)
    one = home.create("one", "--disk", "path=%s" % raw, "--disk", "path=%s,bus=sata" % more)
    one.start()
    connect()
    write(100, "before")
    sentence = home.refusal("snapshot", "create", "one", "clean")
    check("raw disk vda" in sentence, sentence)
    one.power_off()
    snapshot("create", "clean")
    check(names() == ["clean"], "%s" % names())


@test("/guest/snapshots/one-is-made-while-the-machine-runs-and-its-guest-notices-nothing")
def live():
    ready()
    reads(100, "before")
    write(100, "one")
    write(200, "one", 0x81)
    snapshot("create", "live")
    check(one.state() == "running", "it is %s" % one.state())
    reads(100, "one")
    reads(200, "one", 0x81)
    write(100, "two")
    write(200, "two", 0x81)
    reads(100, "two")
    check(names() == ["clean", "live"], "%s" % names())


def kill_daemons():
    keeper = one.keeper()
    for pid, (parent, name, state) in machines.process_table().items():
        if parent == keeper and name.startswith("qemu-storage-d"):
            os.kill(pid, signal.SIGKILL)


@test("/guest/snapshots/process-that-dies-after-it-is-replaced-on-the-new-image")
def killed():
    ready()
    kill_daemons()
    reads(100, "two")
    write(101, "three")
    reads(101, "three")


@test("/guest/snapshots/keeper-killed-loses-nothing-and-the-machine-goes-back")
def goes_back():
    ready()
    keeper = one.keeper()
    for pid in [keeper, *machines.descendants(keeper)]:
        os.kill(pid, signal.SIGKILL)
    wait_for(lambda: one.state() in ("off", "crashed"), "it is off")
    one.start()
    connect()
    reads(101, "three")
    one.power_off()
    snapshot("revert", "live")
    one.start()
    connect()
    reads(100, "one")
    reads(200, "one", 0x81)
    reads(101, None)


@test("/guest/snapshots/last-one-is-deleted-while-the-guest-writes-and-the-data-stay")
def deleted():
    ready()
    write(100, "four")
    before = images()
    snapshot("delete", "live")
    check(names() == ["clean"], "%s" % names())
    reads(100, "four")
    reads(200, "one", 0x81)
    kill_daemons()
    write(300, "five")
    reads(100, "four")
    sentence = home.refusal("snapshot", "revert", "one", "clean")
    check("off" in sentence, sentence)
    check(len(images()) < len(before), "%s, then %s" % (before, images()))


@test("/guest/snapshots/disk-of-such-an-image-grows-while-the-machine-runs")
def grows():
    ready()
    last = (SIZE >> 9) + 5000
    guest.fill(puppet.SECTOR, text_of("late"))
    check(guest.disk(0x43, last, puppet.SECTOR, 0x80) != 0, "it was as large before")
    one.ctl("resize", "virtio-disk0", "128M")
    check(one.state() == "running", "it is %s" % one.state())
    reads(100, "four")
    one.ctl("reset")
    connect()
    write(last, "late")
    kill_daemons()
    reads(last, "late")
    reads(100, "four")
    sentence = one.refusal("resize", "virtio-disk0", "64M")
    check(one.state() == "running", "it is %s" % one.state())
    reads(100, "four")
    check("64" in sentence or "shrink" in sentence.lower() or "smaller" in sentence.lower(), sentence)


@test("/guest/snapshots/all-are-deleted-and-the-machine-has-its-data")
def all_deleted():
    ready()
    one.power_off()
    snapshot("delete", "clean")
    check(names() == [], "%s" % names())
    check(images() == [], "%s" % images())
    one.start()
    connect()
    reads(100, "four")
    reads(200, "one", 0x81)
    reads(300, "five")


@test("/guest/snapshots/base-is-taken-up-whole-by-the-image-of-a-machine-that-runs")
def taken_up():
    ready()
    one.power_off()
    snapshot("create", "again")
    one.start()
    connect()
    write(100, "six")
    snapshot("delete", "again")
    reads(100, "six")
    reads(300, "five")
    one.power_off()
    out = home.ctl("dumpxml", "one")
    check(".qcow2" in out, out)
    check(os.path.exists(home.path("boot.raw")), "a file of the user's is gone")
    one.start()
    connect()
    reads(100, "six")
    reads(300, "five")
    reads(200, "one", 0x81)


@test("/guest/snapshots/nothing-is-left-of-them")
def nothing():
    one.power_off()
    home.ctl("undefine", "one", "--remove-disks")
    check(not os.path.exists(one.folder), "%s" % os.listdir(one.folder) if os.path.exists(one.folder) else "")


main(home.close)
