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
COUNT = 15
home = machines.Home()
one = guest = None


def took(alias, count=COUNT):
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


@test("/guest/limits/hold-while-the-machine-runs-and-are-lifted")
def live():
    ready()
    for alias in DRIVES:
        free = took(alias)
        # So few that what it takes without them, here at least as long as it may be, is less.
        iops = max(1, int(COUNT / (free + 3)))
        one.ctl("set", alias, "iops=%d" % iops)
        held = took(alias)
        one.ctl("set", alias, "iops=none")
        again = took(alias)
        print("# %s: %.2f s free, %.2f s with %d a second, %.2f s again" % (alias, free, held, iops, again))
        check(held >= (COUNT - 1) / iops - 0.3, "%s: %d reads took %g s with %d a second" % (alias, COUNT, held, iops))
        check(again < held, "%s: %d reads took %g s without a limit" % (alias, COUNT, again))


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
