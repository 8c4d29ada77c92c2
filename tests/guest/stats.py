#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Live figures of a machine that runs: what its guest reads and writes, on a raw disk and on one of a process, is what
`vitrinectl stats` counts, and time, memory and uptime are those of its processes."""

import json
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))
import host
import machines
import puppet
from puppet import SATA_DRIVES as DRIVES
from tap import check, main, test, wait_for

host.need_kvm(__file__)
host.need_programs("qemu-img", "qemu-storage-daemon")

BOOT = 240
MEMORY_MIB = 128
home = machines.Home()
one = guest = None


def ready():
    global one, guest
    if one:
        return
    one = puppet.with_disks(home, "--memory", str(MEMORY_MIB))
    one.start()
    guest = puppet.again(guest, one, BOOT)


def figures():
    found, = json.loads(one.ctl("stats", "--json"))
    return found


def disk(found, alias):
    return next(d for d in found["disks"] if d["name"] == alias)


@test("/guest/stats/count-what-the-guest-reads")
def reads():
    ready()
    for alias, drive in DRIVES.items():
        before = disk(figures(), alias)
        for n in range(20):
            guest.read_sector(100 + n, drive)
        after = disk(figures(), alias)
        moved = {key: after[key] - before[key] for key in before if key != "name"}
        print("# %s: %s" % (alias, moved))
        check(moved["read_requests"] == 20, "%s: %d reads" % (alias, moved["read_requests"]))
        check(moved["read_bytes"] == 20 * 512, "%s: %d bytes" % (alias, moved["read_bytes"]))
        check(moved["write_requests"] == moved["written_bytes"] == 0, "%s: something was written" % alias)


@test("/guest/stats/count-what-the-guest-writes")
def writes():
    ready()
    for alias, drive in DRIVES.items():
        before = disk(figures(), alias)
        for n in range(5):
            guest.write_sector(200 + n, puppet.text_of(n), drive)
        after = disk(figures(), alias)
        check(after["write_requests"] - before["write_requests"] == 5, "%s: %s, %s" % (alias, before, after))
        check(after["written_bytes"] - before["written_bytes"] == 5 * 512, "%s: %s, %s" % (alias, before, after))


@test("/guest/stats/are-of-all-its-processes")
def processes():
    ready()
    first = figures()
    second = figures()
    print("# %s" % {key: second[key] for key in second if key not in ("disks", "nics")})
    check(second["guest_cpu_ns"] >= first["guest_cpu_ns"] > 0, "the guest's time went back")
    check(second["cpu_ns"] > first["cpu_ns"] > first["guest_cpu_ns"], "the machine's time is not more than its guest's")
    check(second["uptime_seconds"] > first["uptime_seconds"] > 0, "uptime")
    check(second["memory_bytes"] == MEMORY_MIB << 20, "%d bytes of memory" % second["memory_bytes"])
    check(1 << 20 < second["host_memory_bytes"] < 1 << 30, "%d bytes on the host" % second["host_memory_bytes"])
    check(0 <= second["cpu_percent"] <= 100, "%s %%" % second["cpu_percent"])


@test("/guest/stats/of-a-machine-that-is-paused-and-reset")
def paused():
    global guest
    ready()
    one.ctl("pause")
    found = figures()
    check(found["cpu_percent"] == 0, "%s %% of one that is paused" % found["cpu_percent"])
    one.ctl("resume")
    before = figures()
    guest.close()
    guest = None
    one.ctl("reset")
    guest = puppet.again(guest, one, BOOT)
    after = figures()
    check(after["guest_cpu_ns"] >= before["guest_cpu_ns"], "a reset takes time back")
    check(disk(after, "sata0-0-0")["read_bytes"] >= disk(before, "sata0-0-0")["read_bytes"], "a reset takes reads back")


@test("/guest/stats/table-for-people-has-each-disk")
def table():
    ready()
    text = one.ctl("stats")
    check(text.splitlines()[1].startswith("one "), text)
    check(all(alias in text for alias in DRIVES), text)


@test("/guest/stats/end-with-the-machine")
def off():
    ready()
    watch = home.popen("stats", one.uuid, "--watch=0.2", "--json", stdout=subprocess.PIPE)
    check(json.loads(watch.stdout.readline())[0]["name"] == "one", "nothing is watched")
    guest.close()
    one.power_off()
    wait_for(lambda: watch.poll() is not None, "the watch to end", 60)
    check(watch.returncode == 0, "it ended with %d" % watch.returncode)
    one.refusal("stats")


main(home.close)
