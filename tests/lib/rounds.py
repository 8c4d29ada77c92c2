# SPDX-License-Identifier: GPL-2.0-or-later
"""What is done over and over leaves nothing behind, in the guest or in its VMM."""

import ctypes
import os

from tap import check

ROUNDS = int(os.environ.get("VITRINE_TEST_ROUNDS", "50"))
# In the first rounds malloc learns what sizes there are, and keeps some of each for the next.
WARM_UP, SLACK = 5, 96  # rounds, KiB
COUNT_INSIDE = "echo $(ls /sys/bus/pci/devices | wc -l) $(ls /sys/bus/virtio/devices | wc -l)"


PR_SET_THP_DISABLE = 41

# A heap that grows into a huge page of the kernel's would weigh 2 MiB more at once.  Children inherit it.
ctypes.CDLL(None).prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0)


def weigh(pid):
    """(descriptors, threads, KiB of memory of its own) of a process, without a guest's RAM: what is in no dump."""
    total = anonymous = 0
    with open("/proc/%d/smaps" % pid) as f:
        for line in f:
            if line.startswith("Anonymous:"):
                anonymous = int(line.split()[1])
            elif line.startswith("VmFlags:"):   # the last of a mapping
                total += 0 if "dd" in line.split() else anonymous
    return len(os.listdir("/proc/%d/fd" % pid)), len(os.listdir("/proc/%d/task" % pid)), total


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
