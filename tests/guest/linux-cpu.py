#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Processors as Debian's own kernel sees them: how they are laid out, and what they can do."""

import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))
import cpu_map
import host
import linux_guest
from tap import check, main, skip, test
from vmm import VmmError, expect_refusal

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
        check("lacks what the machine requires: " + nested in str(error), str(error))
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


# Linux's names where they are others than libvirt's; what it makes up itself; what every machine shows, and what
# only one that requires it.
OTHER_NAMES = {"sse4.1": "sse4_1", "sse4.2": "sse4_2", "pclmuldq": "pclmulqdq"}
SYNTHETIC = {"3dnowprefetch", "constant_tsc", "cpuid", "cpuid_fault", "extd_apicid", "nopl", "pti", "rep_good",
             "tsc_known_freq", "vmmcall", "xtopology"}
ALWAYS_SHOWN = {"hypervisor", "x2apic", "ht"}  # the last by two processors
NEVER_UNASKED = {"svm", "vmx", "monitor"}


def check_model(name, more=(), less=()):
    """Debian on the model NAME: just what libvirt says it is, with the features MORE and without LESS."""
    model = cpu_map.Model(name)
    check(set(less) <= set(model.features) and not set(more) & set(model.features), "that is what %s is" % name)
    try:
        guest = linux_guest.Guest(image, vcpus=2, cpu_model=name,
                                  features=[(f, True) for f in more] + [(f, False) for f in less])
    except VmmError as error:
        check("this host's processor, or its KVM, lacks what " in str(error), str(error))
        skip(str(error))
    with guest:
        info = dict(re.split(r"\s*:\s*", line, maxsplit=1)
                    for line in guest.sh("cat /proc/cpuinfo").split("\n\n")[0].splitlines() if ":" in line)
        if model.vendor:
            check(info["vendor_id"] == model.vendor, "vendor: " + info["vendor_id"])
        if model.signature:
            check((int(info["cpu family"]), int(info["model"])) == (model.family, model.model),
                  "family %(cpu family)s, model %(model)s" % info)
        check(info["model name"] == name, "model name: " + info["model name"])
        flags = set(info["flags"].split())
        wanted = {OTHER_NAMES.get(f, f) for f in {*model.features, *more} - {*less} - NEVER_UNASKED}
        check(wanted <= flags, "missing: %s" % sorted(wanted - flags))
        check(ALWAYS_SHOWN <= flags, "missing: %s" % sorted(ALWAYS_SHOWN - flags))
        check(flags - wanted <= SYNTHETIC | ALWAYS_SHOWN, "more than the model has: %s" %
              sorted(flags - wanted - SYNTHETIC - ALWAYS_SHOWN))
        guest.check_quiet()
        guest.power_off()


@test("/guest/cpu/amd-model-is-shown-exactly")
def amd_model():
    check_model("Opteron_G2")


@test("/guest/cpu/intel-model-with-and-without-a-feature-whatever-the-host-is")
def intel_model():
    check_model("Westmere", more=["rdrand"], less=["aes"])


HYPERV_TOOLS = ["/usr/bin/cpuid", "/usr/sbin/rdmsr", "/usr/sbin/wrmsr"]
ENLIGHTENMENTS = ("frequencies", "ipi", "relaxed", "reset", "runtime", "spinlocks", "stimer", "stimer-direct", "synic",
                  "time", "tlbflush", "vapic", "vpindex")
SCONTROL, SIMP, SINT2, STIMER0_CONFIG, STIMER0_COUNT = 0x40000080, 0x40000083, 0x40000092, 0x400000b0, 0x400000b1
MESSAGES, VECTOR = 0x80000, 0xe5    # a page that Linux leaves alone, and one of its interrupts that nobody has
TIMER_EXPIRED = 0x80000010


def leaf(guest, number):
    """EAX, EBX, ECX and EDX of a CPUID leaf, as the guest's first processor says."""
    words = guest.sh("cpuid -1 -r -l 0x%x | tail -n 1" % number).split()
    return [int(word.partition("=")[2], 16) for word in words if "=" in word]


def msr(guest, processor, number):
    return int(guest.sh("rdmsr -p %d -0 0x%x" % (processor, number)), 16)


def write_msr(guest, number, value):
    guest.sh("wrmsr -p 0 0x%x 0x%x" % (number, value))


def expect_timer(guest):
    """A timer of the processor's own sends it a message, in time, at its second source of interrupts."""
    check(msr(guest, 0, SIMP) == 0 and msr(guest, 0, STIMER0_CONFIG) == 0, "it is on at the start")
    write_msr(guest, SIMP, MESSAGES | 1)
    write_msr(guest, SINT2, VECTOR)
    write_msr(guest, SCONTROL, 1)
    write_msr(guest, STIMER0_COUNT, msr(guest, 0, 0x40000020) + 1000000)     # of 100 ns
    write_msr(guest, STIMER0_CONFIG, 2 << 16 | 1)
    guest.wait_sh("[ $(dd if=/dev/mem bs=4 skip=%d count=1 2>/dev/null | hexdump -e '1/4 \"%%x\"') = %x ]" % (
        (MESSAGES + 2 * 256) // 4, TIMER_EXPIRED))
    check(msr(guest, 0, STIMER0_CONFIG) & 1 == 0, "it has run out, and goes on")


@test("/guest/cpu/hyper-v-is-there-before-kvm-counts-and-knows-each-processor")
def hyperv():
    for program in HYPERV_TOOLS:
        if not os.path.exists(program):
            skip("%s is not installed" % program)
    tools = linux_guest.build(["cpuid", "msr"], programs=HYPERV_TOOLS)
    try:
        guest = linux_guest.Guest(tools, vcpus=2, features=[("hv-" + name, True) for name in ENLIGHTENMENTS],
                                  cmdline="memmap=4K$0x%x" % MESSAGES)
    except VmmError as error:
        check("lacks what the machine requires: hv-" in str(error), str(error))
        skip("this host's KVM does not do all of it")
    with guest:
        check(leaf(guest, 0x40000000) == [0x40000005, 0x7263694d, 0x666f736f, 0x76482074], "the first leaves")
        check(leaf(guest, 0x40000001)[0] == 0x31237648, "the interface is no Hv#1")
        privileges, _, _, features = leaf(guest, 0x40000003)
        check((privileges, features) == (0xaff, 0x80100), "privileges %#x, features %#x" % (privileges, features))
        check(leaf(guest, 0x40000004)[:2] == [0xc2c, 0xfff], "hints: %s" % leaf(guest, 0x40000004))
        check("Hypervisor detected: KVM" in guest.sh("dmesg"), "Linux does not find KVM")
        check([msr(guest, i, 0x40000002) for i in (0, 1)] == [0, 1], "the processors' numbers")
        first = msr(guest, 0, 0x40000020)
        check(msr(guest, 0, 0x40000020) > first, "the reference counter stands still")
        expect_timer(guest)
        guest.check_quiet()
        guest.vmm.reset()
        guest.wait_boot()
        check(msr(guest, 1, 0x40000002) == 1, "after a reset the processors have other numbers")
        expect_timer(guest)
        guest.power_off()


@test("/guest/cpu/what-cannot-be-is-refused-in-words")
def refused():
    for options, words in (({"topology": (1, 1, 3)}, "powers of two"), ({"topology": (1, 1, 1)}, "powers of two"),
                           ({"features": [("no-such", False)]}, "no processor feature “no-such”"),
                           ({"cpu_model": "athlon"}, "lacks what the model athlon has: "),
                           ({"features": [("vmx", True), ("svm", True)]}, "lacks what the machine requires: ")):
        expect_refusal(words, linux_guest.Guest, image, vcpus=3, **options)


main()
