#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Runs whose changes are dropped, and such that are decided on afterwards: with a guest that writes to a raw and to a
qcow2 disk.
"""

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


def off():
    if one.state() not in ("off", "crashed"):
        one.power_off()


def start(*options):
    global guest
    off()
    one.ctl("start", *options)
    guest = puppet.again(guest, one, BOOT)


def write(word):
    for drive in 0x80, 0x81:
        guest.write_sector(100, text_of(word), drive)


def reads(word):
    for drive in 0x80, 0x81:
        found = guest.read_sector(100, drive)
        check(found == text_of(word), "drive %#x has %r, not %r" % (drive, found[:40], word))


def files():
    """All that is in the machine's folder, but for logs, with how much it takes."""
    return {f: os.stat(os.path.join(one.folder, f)).st_blocks for f in os.listdir(one.folder)
            if f not in ("logs", "last-run", "lock", "snapshots.lock")}


@test("/guest/disposable/what-is-written-is-read-and-dropped-when-it-is-switched-off")
def dropped():
    global one
    raw = home.write("boot.raw", puppet.image(SIZE))
    more = home.path("more.qcow2")
    subprocess.run(["qemu-img", "create", "-q", "-f", "qcow2", more, str(SIZE)], check=True)
    one = home.create("one", "--disk", "path=%s" % raw, "--disk", "path=%s,bus=sata" % more)
    start()
    write("before")
    one.power_off()
    before = files()
    start("--disposable")
    reads("before")
    write("meanwhile")
    reads("meanwhile")
    check(any("dropped" in w for w in one.info()["warnings"]), "%s" % one.info()["warnings"])
    check(files() == before, "%s, then %s" % (before, files()))
    sentence = home.refusal("snapshot", "create", "one", "no")
    check("raw" in sentence or "dropped" in sentence, sentence)
    one.power_off()
    check(files() == before, "%s, then %s" % (before, files()))
    start()
    reads("before")


@test("/guest/disposable/nothing-is-left-of-one-that-is-killed")
def killed():
    off()
    before = files()
    start("--disposable")
    write("meanwhile")
    keeper = one.keeper()
    for pid in [keeper, *machines.descendants(keeper)]:
        os.kill(pid, signal.SIGKILL)
    wait_for(lambda: one.state() in ("off", "crashed"), "it is off")
    check(files() == before, "%s, then %s" % (before, files()))
    start()
    reads("before")


@test("/guest/disposable/process-of-a-disk-that-dies-loses-nothing-meanwhile")
def replaced():
    start("--disposable")
    write("meanwhile")
    keeper = one.keeper()
    for pid, (parent, name, state) in machines.process_table().items():
        if parent == keeper and name.startswith("qemu-storage-d"):
            os.kill(pid, signal.SIGKILL)
    reads("meanwhile")


@test("/guest/disposable/run-with-undo-is-dropped-or-kept-when-it-is-asked-for")
def undone():
    start("--undo")
    reads("before")
    write("tried")
    one.power_off()
    sentence = one.refusal("start", "--undo")
    check("undo drop" in sentence, sentence)
    home.ctl("undo", "drop", "one")
    start()
    reads("before")
    one.power_off()
    start("--undo")
    write("kept")
    one.power_off()
    home.ctl("undo", "keep", "one")
    check("undo" in home.refusal("undo", "keep", "one"), "there is nothing to be kept any more")
    check(not any(f.endswith(".qcow2") for f in os.listdir(one.folder)), "%s" % os.listdir(one.folder))
    start()
    reads("kept")


main(home.close)
