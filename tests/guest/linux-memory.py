#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""virtio-mem, driven by Debian's own kernel: memory comes, is used, and goes back to the host."""

import os
import re
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))
import guest_ram
import host
import linux_guest
from tap import check, main, test, wait_for
from vmm import Device

host.need_hardware_kvm(__file__)
MEMORY, MORE = 512, 1024
# As a system does that means to give memory back.  Pages are not cleared on the way out: each that was never
# touched would be made for that.
ONLINE = "memhp_default_state=online_movable init_on_alloc=0"
PATIENCE = 300

disk = tempfile.NamedTemporaryFile()
disk.truncate(64 << 20)
guest = linux_guest.Guest(linux_guest.build(["virtio_mem", "virtio_blk"]), vcpus=2, memory_mib=MEMORY,
                          pluggable_mib=MORE, cmdline=ONLINE,
                          devices=[Device("virtio-mem", "memory0"), Device("virtio-blk", "disk0", path=disk.name)])


def backed_mib():
    """How much of the memory that comes and goes the host holds."""
    return guest_ram.backed_mib(guest.vmm.process.pid, MORE)


def total_mib():
    return int(re.search(r"MemTotal: *(\d+)", guest.sh("cat /proc/meminfo")).group(1)) >> 10


def plugged_mib():
    return guest.vmm.statistics()["plugged"] >> 20


at_boot_mib = total_mib()


def ask(mib):
    """Has the guest have MIB of memory, and waits until it does."""
    guest.vmm.set_memory(mib)

    def reached():
        guest.vmm.take_events()
        return plugged_mib() == mib - MEMORY

    wait_for(reached, "%d MiB plugged" % (mib - MEMORY), PATIENCE, 0.5)


@test("/guest/memory/nothing-is-plugged-unasked")
def nothing():
    check(plugged_mib() == 0, "%d MiB are plugged" % plugged_mib())
    check(total_mib() < MEMORY, "the guest has %d MiB" % total_mib())
    check("hot" in guest.sh("dmesg | grep -i SRAT"), "the guest was not told where memory may come")


@test("/guest/memory/plugged-the-guest-has-more-and-uses-it", shows=["virtio-mem works"])
def plug():
    ask(MEMORY + MORE)
    wait_for(lambda: abs(total_mib() - at_boot_mib - MORE) < 16, "%d MiB more" % MORE, PATIENCE, 0.5)
    check(backed_mib() < 256, "the host holds %d MiB that nobody used" % backed_mib())
    guest.sh("mount -t tmpfs -o size=900m t /mnt && dd if=/dev/zero of=/mnt/x bs=1M count=800 2>/dev/null",
             timeout=PATIENCE)
    check(backed_mib() > 600, "the guest used only %d MiB of them" % backed_mib())


@test("/guest/memory/devices-reach-what-is-plugged")
def devices():
    guest.sh("dd if=/dev/urandom of=/mnt/y bs=1M count=64 2>/dev/null && dd if=/mnt/y of=/dev/vda bs=1M 2>/dev/null && "
             "sync && echo 3 >/proc/sys/vm/drop_caches && cmp /mnt/y /dev/vda", timeout=PATIENCE)


@test("/guest/memory/unplugged-the-guest-has-less-and-the-host-has-it-back")
def unplug():
    guest.sh("umount /mnt")
    ask(MEMORY)
    wait_for(lambda: abs(total_mib() - at_boot_mib) < 16, "MemTotal as before", PATIENCE, 0.5)
    check(backed_mib() == 0, "the host still holds %d MiB" % backed_mib())


@test("/guest/memory/a-reset-unplugs-and-the-new-system-plugs-what-is-asked-for")
def reset():
    ask(MEMORY + MORE // 2)
    guest.vmm.pause()
    guest.vmm.reset()
    check(plugged_mib() == 0, "%d MiB are plugged after a reset" % plugged_mib())
    check(backed_mib() == 0, "the host still holds %d MiB" % backed_mib())
    guest.vmm.run()
    guest.wait_boot()
    ask(MEMORY + MORE // 2)
    wait_for(lambda: abs(total_mib() - at_boot_mib - MORE // 2) < 16, "the new system's memory", PATIENCE, 0.5)
    guest.check_quiet()
    guest.power_off()


main()
