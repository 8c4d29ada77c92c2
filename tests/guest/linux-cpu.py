#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Processors as Debian's own kernel sees them: how they are laid out, and what they can do."""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))
import host
import linux_guest
from tap import check, main, skip, test
from vmm import VmmError

host.need_hardware_kvm(__file__, independent=True)
image = linux_guest.build()


def topology_of(guest, n):
    """[(package, core, siblings)] of each processor."""
    text = guest.sh("for i in %s; do cd /sys/devices/system/cpu/cpu$i/topology; "
                    "echo $(cat physical_package_id core_id thread_siblings_list); done" %
                    " ".join(map(str, range(n))))
    return [tuple(line.split()) for line in text.splitlines()]


def flags_of(guest):
    return guest.sh("grep -m1 ^flags /proc/cpuinfo").split()


@test("/guest/cpu/two-cores-of-two-threads")
def threads():
    with linux_guest.Guest(image, vcpus=4, topology=(1, 2, 2)) as guest:
        got = topology_of(guest, 4)
        check([t[0] for t in got] == ["0"] * 4, "packages: %s" % got)
        check(got[0][1] == got[1][1] != got[2][1] == got[3][1], "cores: %s" % got)
        check([t[2] for t in got] == ["0-1", "0-1", "2-3", "2-3"], "threads: %s" % got)
        guest.check_quiet()
        guest.power_off()


@test("/guest/cpu/two-sockets-without-avx2-and-with-virtualization")
def sockets():
    nested = "svm" if "svm" in open("/proc/cpuinfo").read() else "vmx"
    try:
        guest = linux_guest.Guest(image, vcpus=4, topology=(2, 2, 1),
                                  features=[("avx2", False), (nested, True)])
    except VmmError as error:
        check("lacks a feature" in str(error), str(error))
        skip("this host's KVM does not nest")
    with guest:
        got = topology_of(guest, 4)
        check([t[0] for t in got] == ["0", "0", "1", "1"], "packages: %s" % got)
        check([t[2] for t in got] == ["0", "1", "2", "3"], "threads: %s" % got)
        flags = flags_of(guest)
        check("avx2" not in flags, "avx2 is still there")
        check(nested in flags, "%s is not there" % nested)
        guest.power_off()


@test("/guest/cpu/virtualization-is-hidden-unless-it-is-asked-for")
def hidden():
    with linux_guest.Guest(image, vcpus=2) as guest:
        flags = flags_of(guest)
        check("svm" not in flags and "vmx" not in flags, "the guest may virtualise")
        got = topology_of(guest, 2)
        check([t[0] for t in got] == ["0", "0"] and [t[2] for t in got] == ["0", "1"], "topology: %s" % got)
        guest.power_off()


@test("/guest/cpu/what-cannot-be-is-refused-in-words")
def refused():
    for options, words in (({"topology": (1, 1, 3)}, "powers of two"), ({"topology": (1, 1, 1)}, "powers of two"),
                           ({"features": [("no-such", False)]}, "no processor feature"),
                           ({"features": [("vmx", True), ("svm", True)]}, "lacks a feature")):
        try:
            linux_guest.Guest(image, vcpus=3, **options)
            raise AssertionError("%s was taken" % options)
        except VmmError as error:
            check(words in str(error), "%s: %s" % (options, error))


main()
