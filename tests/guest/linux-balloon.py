#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The balloon, driven by Debian's own kernel: what the guest gives, the host has."""

import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))
import guest_ram
import host
import linux_guest
from tap import check, main, test, wait_for
from vmm import Device

host.need_hardware_kvm(__file__)
MEMORY = 1024

image = linux_guest.build(["virtio_balloon"])


def backed_mib(guest):
    return guest_ram.backed_mib(guest.vmm.process.pid, MEMORY)


def total_mib(guest):
    return int(re.search(r"MemTotal: *(\d+)", guest.sh("cat /proc/meminfo")).group(1)) >> 10


def use_and_free(guest, mib):
    guest.sh("mount -t tmpfs -o size=%dm t /mnt && dd if=/dev/zero of=/mnt/x bs=1M count=%d 2>/dev/null; "
             "umount /mnt" % (mib, mib), timeout=300)


with_balloon = linux_guest.Guest(image, vcpus=2, memory_mib=MEMORY, devices=[Device("virtio-balloon", "balloon0")])


@test("/guest/balloon/inflated-the-guest-has-less-and-the-host-more")
def inflate():
    guest = with_balloon
    use_and_free(guest, 600)
    total, backed = total_mib(guest), backed_mib(guest)
    check(backed > 600, "the guest touched only %d MiB" % backed)
    guest.vmm.set_memory(MEMORY - 512)
    wait_for(lambda: guest.vmm.statistics()["balloon"] == 512 << 20, "512 MiB in the balloon", 240, 0.5)
    check(abs(total - total_mib(guest) - 512) < 16, "of %d MiB %d are left" % (total, total_mib(guest)))
    # Not all of the 512 were ever touched; what else is in use stays.
    check(backed_mib(guest) < backed - 300, "the host held %d MiB, and still %d" % (backed, backed_mib(guest)))


@test("/guest/balloon/deflated-the-guest-has-it-back-and-can-use-it", shows=["virtio-balloon works"])
def deflate():
    guest = with_balloon
    before = total_mib(guest)
    guest.vmm.set_memory(MEMORY)
    wait_for(lambda: guest.vmm.statistics()["balloon"] == 0, "an empty balloon", 240, 0.5)
    check(abs(total_mib(guest) - before - 512) < 16, "%d MiB became %d" % (before, total_mib(guest)))
    use_and_free(guest, 600)


@test("/guest/balloon/figures-are-those-of-the-guest")
def figures():
    guest = with_balloon
    guest.vmm.statistics()  # asks for new ones

    def close():
        said = guest.vmm.statistics()
        free = int(re.search(r"MemFree: *(\d+)", guest.sh("cat /proc/meminfo")).group(1)) >> 10
        return (abs((said["guest-free"] >> 20) - free) < 64 and abs((said["guest-total"] >> 20) - total_mib(guest)) < 16)

    wait_for(close, "figures like those of /proc/meminfo", 60, 0.5)
    guest.check_quiet()
    guest.power_off()


@test("/guest/balloon/pages-reported-free-go-back-unasked")
def reporting():
    device = Device("virtio-balloon", "balloon0", free_page_reporting="on")
    with linux_guest.Guest(image, vcpus=2, memory_mib=MEMORY, devices=[device]) as guest:
        guest.sh("mount -t tmpfs -o size=700m t /mnt && dd if=/dev/zero of=/mnt/x bs=1M count=600 2>/dev/null",
                 timeout=300)
        backed = backed_mib(guest)
        check(backed > 600, "the guest touched only %d MiB" % backed)
        guest.sh("umount /mnt")
        wait_for(lambda: backed_mib(guest) < backed - 400, "the host has 400 MiB back", 120, 0.5)
        use_and_free(guest, 600)
        guest.check_quiet()
        guest.power_off()


main()
