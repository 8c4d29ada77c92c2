# SPDX-License-Identifier: GPL-2.0-or-later
"""A machine's RAM as the host's kernel has it: an anonymous mapping of the VMM's, as large as it is."""


def mappings(pid):
    """(size in bytes, name, {what smaps says: kB}) of each mapping of a process."""
    size, name, said = 0, "", {}
    with open("/proc/%d/smaps" % pid) as f:
        for line in f:
            word, *rest = line.split(maxsplit=5)
            if word.endswith(":"):
                if rest[-1] == "kB":
                    said[word[:-1]] = int(rest[0])
                continue
            if size:
                yield size, name, said
            start, end = (int(a, 16) for a in word.split("-"))
            size, name, said = end - start, rest[4].strip() if len(rest) == 5 else "", {}
    if size:
        yield size, name, said


def backed_mib(pid, mib):
    """How much of the MIB of RAM, which no other mapping is as large as, the host holds in memory."""
    found = [said["Rss"] for size, name, said in mappings(pid) if size == mib << 20 and not name]
    assert len(found) == 1, "the VMM has %d mappings of %d MiB" % (len(found), mib)
    return found[0] >> 10
