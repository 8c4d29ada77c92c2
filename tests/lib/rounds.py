# SPDX-License-Identifier: GPL-2.0-or-later
"""What is done over and over leaves nothing behind, in the guest or in its VMM."""

import os

from tap import check

ROUNDS = int(os.environ.get("VITRINE_TEST_ROUNDS", "50"))
# In the first rounds malloc learns what sizes there are, and keeps some of each for the next.
WARM_UP, SLACK = 5, 96  # rounds, KiB
COUNT_INSIDE = "echo $(ls /sys/bus/pci/devices | wc -l) $(ls /sys/bus/virtio/devices | wc -l)"


def weigh(pid):
    """(descriptors, threads, KiB of memory of its own) of a process."""
    with open("/proc/%d/smaps" % pid) as f:
        text = f.read().split("\n")
    anonymous, mapped_ram = 0, False
    for line in text:
        if "-" in line.split(" ")[0]:
            mapped_ram = "memfd" in line
        elif line.startswith("Anonymous:") and not mapped_ram:
            anonymous += int(line.split()[1])
    return (len(os.listdir("/proc/%d/fd" % pid)), len(os.listdir("/proc/%d/task" % pid)), anonymous)


def expect_rounds(guest, once):
    """ONCE, which has a device come to GUEST and go, leaves all as it was."""
    for _ in range(WARM_UP):
        once()
    inside, outside = guest.sh(COUNT_INSIDE), weigh(guest.vmm.process.pid)
    for _ in range(ROUNDS):
        once()
    now = weigh(guest.vmm.process.pid)
    print("# before %s, after %d rounds %s" % (outside, ROUNDS, now))
    check(now[:2] == outside[:2], "descriptors and threads: %s became %s" % (outside, now))
    check(now[2] < outside[2] + SLACK, "memory: %d KiB became %d KiB" % (outside[2], now[2]))
    check(guest.sh(COUNT_INSIDE) == inside, "inside: %s became %s" % (inside, guest.sh(COUNT_INSIDE)))
