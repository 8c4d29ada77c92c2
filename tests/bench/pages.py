# SPDX-License-Identifier: GPL-2.0-or-later
"""How much memory processes take, in MB of 1,000,000 bytes, in two ways:

pss     as the kernel shares it out: a page that four processes map counts a quarter in each.  It is
        lower the more other programs happen to use the same libraries.
alone   every page that one of the processes has in memory, counted once, as if nothing else ran on
        the computer.  Nothing makes it look better; libraries count whole.

GUEST_RAM is left out of both: what /proc/PID/maps calls so or, if it is a number, anonymous mappings of so
many bytes.  Neither counts what the kernel itself keeps for a process: page tables, KVM's and io_uring's own
structures, and files' pages nobody maps.
"""

import array
import os

from guest_ram import mappings

PAGE = os.sysconf("SC_PAGE_SIZE")
PRESENT, OF_A_FILE = 1 << 63, 1 << 61
NOT_MEMORY = ("[vdso]", "[vvar]", "[vvar_vclock]", "[vsyscall]")


def maps_of(pid):
    """(start, end, offset, file, name) of each mapping; anonymous ones have file None."""
    with open("/proc/%d/maps" % pid) as f:
        for line in f:
            area, _, offset, device, inode, *name = line.split(maxsplit=5)
            start, end = (int(a, 16) for a in area.split("-"))
            yield start, end, int(offset, 16), (device, inode), "".join(name).strip()


def is_ram(name, size, guest_ram):
    if isinstance(guest_ram, int):
        return not name and size == guest_ram
    return guest_ram is not None and name.startswith(guest_ram)


def resident_pages(pid, guest_ram):
    """A key for each page in memory: shared ones have the same key in every process."""
    with open("/proc/%d/pagemap" % pid, "rb", buffering=0) as pagemap:
        for start, end, offset, file, name in maps_of(pid):
            if name in NOT_MEMORY or is_ram(name, end - start, guest_ram):
                continue
            pagemap.seek(start // PAGE * 8)
            entries = array.array("Q", pagemap.read((end - start) // PAGE * 8))
            for i, entry in enumerate(entries):
                if entry & PRESENT and entry & OF_A_FILE:
                    yield file, offset // PAGE + i
                elif entry & PRESENT:
                    yield pid, start // PAGE + i


def guest_ram_pss(pid, guest_ram):
    return sum(said["Pss"] for size, name, said in mappings(pid) if is_ram(name, size, guest_ram))


def pss(pid, guest_ram):
    with open("/proc/%d/smaps_rollup" % pid) as f:
        total = next(int(line.split()[1]) for line in f if line.startswith("Pss:"))
    return (total - guest_ram_pss(pid, guest_ram)) * 1024


def name_of(pid):
    with open("/proc/%d/comm" % pid) as f:
        return f.read().strip()


def megabytes(size_bytes):
    return round(size_bytes / 1e6, 3)


def measure(pids, guest_ram=None):
    """{"pss": MB, "alone": MB, "processes": the same of each, and its name}"""
    together, total, processes = set(), 0, []
    for pid in pids:
        pages, share = set(resident_pages(pid, guest_ram)), pss(pid, guest_ram)
        together |= pages
        total += share
        processes.append({"name": name_of(pid), "pss": megabytes(share), "alone": megabytes(len(pages) * PAGE)})
    return {"pss": megabytes(total), "alone": megabytes(len(together) * PAGE), "processes": processes}
