#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What a disk may do in a second, through the whole stack: from vitrinectl and from the definition, to raw disks and to
those of a process, while the machine runs."""

import os
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))
import host
import machines
import puppet
from puppet import SATA_DRIVES as DRIVES
from tap import check, main, test

host.need_kvm(__file__)
host.need_programs("qemu-img", "qemu-storage-daemon")

BOOT = 240
home = machines.Home()
one = guest = None


def took(alias, count):
    """Seconds for so many reads of a sector each."""
    begin = time.monotonic()
    for n in range(count):
        guest.read_sector(100 + n, DRIVES[alias])
    return time.monotonic() - begin


def ready():
    global one, guest
    if one:
        return
    one = puppet.with_disks(home)
    one.start()
    guest = puppet.again(guest, one, BOOT)


def slower(free, count):
    """A limit that makes COUNT reads, which take FREE seconds without one, longer than that, and the seconds that one
    read has then: by operations, or by bytes where less than one a second is what it takes."""
    rate = count / (1.5 * free + 3)
    if rate >= 1:
        return "iops=%d" % rate, 1 / int(rate)
    return "read-bandwidth=%d" % (512 * rate), 512 / int(512 * rate)


@test("/guest/limits/hold-while-the-machine-runs-and-are-lifted")
def live():
    ready()
    for alias in DRIVES:
        count = max(4, min(15, int(2 * 6 / took(alias, 2))))     # fewer where each takes long
        free = took(alias, count)
        limit, each = slower(free, count)
        one.ctl("set", alias, limit)
        held = took(alias, count)
        one.ctl("set", alias, limit.split("=")[0] + "=none")
        again = took(alias, count)
        print("# %s: %d reads: %.2f s free, %.2f s with %s, %.2f s again" % (alias, count, free, held, limit, again))
        check(held >= (count - 1) * each - 0.3, "%s: %d reads took %g s with %s" % (alias, count, held, limit))
        check(again < held, "%s: %d reads took %g s without a limit" % (alias, count, again))


@test("/guest/limits/of-bytes-hold")
def of_bytes():
    ready()
    for alias in DRIVES:
        one.ctl("set", alias, "read-bandwidth=512")     # a sector
        held = took(alias, 12)
        one.ctl("set", alias, "read-bandwidth=none")
        check(held >= 11 - 0.3, "%s: 12 sectors took %g s" % (alias, held))


@test("/guest/limits/are-told-as-they-are-now")
def told():
    ready()
    one.ctl("set", "sata0-0-0", "iops=70", "read-bandwidth=3M")
    disks = {d["alias"]: d for d in one.info()["devices"]}
    check(disks["sata0-0-0"]["limits"] == {"iops": 70, "read-bandwidth": 3 << 20}, disks["sata0-0-0"])
    check("limits" not in disks["sata0-0-1"], disks["sata0-0-1"])
    check("iops=70" in one.ctl("info"), one.ctl("info"))
    one.ctl("set", "sata0-0-0", "iops=none", "read-bandwidth=none")
    check(not any("limits" in d for d in one.info()["devices"]), one.info()["devices"])


@test("/guest/limits/what-makes-no-sense-is-refused")
def refused():
    ready()
    for settings in (["iops=many"], ["bandwidth=-1"], ["speed=5"], ["iops=5", "read-iops=5"]):
        one.refusal("set", "sata0-0-0", *settings)
        one.refusal("set", "sata0-0-0", *settings, "--config")
    one.refusal("set", "sata0-0-7", "iops=5")


@test("/guest/limits/in-the-definition-hold-from-the-start")
def config():
    global guest
    ready()
    one.ctl("set", "sata0-0-0", "iops=1", "bandwidth=1M", "--config")
    xml = one.ctl("dumpxml")
    check("<total_iops_sec>1</total_iops_sec>" in xml and "<total_bytes_sec>1048576</total_bytes_sec>" in xml, xml)
    guest.close()
    guest = None
    one.power_off()
    one.start()
    guest = puppet.again(guest, one, BOOT)
    held = took("sata0-0-0", 12)
    check(held >= 11 - 0.3, "12 reads took %g s with one a second" % held)
    one.ctl("set", "sata0-0-0", "iops=none", "bandwidth=none", "--config")
    check("iotune" not in one.ctl("dumpxml"), one.ctl("dumpxml"))


main(home.close)
