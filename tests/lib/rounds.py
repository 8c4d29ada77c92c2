# SPDX-License-Identifier: GPL-2.0-or-later
"""What a process of ours holds, before and after something that must leave nothing behind."""

import os


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
