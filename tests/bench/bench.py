#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Figures as JSON on stdout: ours beside its peers, measured in turn on this computer.

    tests/bench/bench.py [NAME...]      start, whole, boot, memory, block, net, app, change, console; all of them without a NAME

What is going on is told on stderr.  What cannot be measured here is in the report with the reason.
A missed goal is no failure of this program; it fails when a measurement does.

On a host without KVM what needs it is measured in the bed, peers and all: an emulated host, whose times
mean something beside each other only.  So is what needs Linux in a guest where KVM is a software one.
"""

import contextlib
import json
import os
import platform
import signal
import subprocess
import sys
import traceback

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))
import app
import block
import boot
import change
import console
import host
import memory
import net
import start
import whole
from figure import OURS, Absent

SUBJECTS = {"start": start, "whole": whole, "boot": boot, "memory": memory, "block": block, "net": net, "app": app,
            "change": change, "console": console}
NEED_KVM = {"start", "whole", "boot", "memory", "block", "net", "change"}
NEED_HARDWARE_KVM = {"boot", "block", "net"}  # Linux guests, which a software KVM does not run in useful time
REPORT = "report.json"      # in the bed's folder for results
BED_MIB, BED_S = 6144, 3600


def say(text):
    print("bench: " + text, file=sys.stderr, flush=True)


def version(*command):
    """The first line a program prints of itself; None when it is not there."""
    try:
        return subprocess.run(command, capture_output=True, text=True, timeout=60).stdout.splitlines()[0]
    except (OSError, IndexError):
        return None


def describe_host():
    peers = (("qemu-system-x86_64", "--version"), ("virsh", "--version"), ("virt-manager", "--version"))
    kvm = host.kvm_problem() or ("hardware" if host.has_hardware_kvm() else "software")
    return {"cpus": os.cpu_count(), "kernel": platform.release(), "kvm": kvm,
            "load": [round(load, 2) for load in os.getloadavg()],
            "peers": {command[0]: version(*command) for command in peers}}


def measure(name):
    """The figures of the subject NAME, and whether measuring them went well."""
    figures = SUBJECTS[name].figures()
    reason, well = "", True
    try:
        SUBJECTS[name].measure(lambda text: say("%s: %s" % (name, text)), *figures)
    except Absent as absent:
        reason = str(absent)
    except Exception as error:  # whatever it is, the others shall be measured
        traceback.print_exc()
        reason, well = "the measurement failed: %s" % error, False
    if reason:
        say("%s: %s" % (name, reason))
        for figure in figures:
            figure.lacks(OURS, reason)
    return figures, well


def measure_all(names):
    """The figures of NAMES as the report has them, and whether all went well."""
    rows, all_well = [], True
    for name in names:
        figures, well = measure(name)
        rows += [figure.report() for figure in figures]
        all_well &= well
    return rows, all_well


def measure_in_bed(names, cpus):
    """The same, from a run of this program in a bed with CPUS processors."""
    out = os.path.join(host.ARTIFACTS, "bed-bench")
    path = os.path.join(out, REPORT)
    if os.path.exists(path):
        os.unlink(path)
    status = host.in_beds(__file__, names, out, BED_MIB, BED_S, stdout=sys.stderr, cpus=cpus)
    if not os.path.exists(path):
        raise AssertionError("the bed brought no report (status %d)" % status)
    with open(path) as f:
        rows = json.load(f)["figures"]
    return [dict(row, where="bed") for row in rows], status == 0


def measure_in_beds(names):
    rows, all_well = [], True
    for cpus in sorted({bed_cpus(name) for name in names}):
        more, well = measure_in_bed([name for name in names if bed_cpus(name) == cpus], cpus)
        rows += more
        all_well &= well
    return rows, all_well


def bed_cpus(name):
    return getattr(SUBJECTS[name], "BED_CPUS", 2)


def is_for_bed(name):
    return (name in NEED_KVM and host.kvm_problem() is not None) or (
        name in NEED_HARDWARE_KVM and not host.has_hardware_kvm())


def prepare_bed():
    os.chmod("/dev/kvm", 0o666)  # as Debian's rules for devices do; none run there


def main():
    names = sys.argv[1:] or list(SUBJECTS)
    wrong = [name for name in names if name not in SUBJECTS]
    if wrong:
        say("there is no “%s”: %s" % (wrong[0], ", ".join(SUBJECTS)))
        return 2
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))  # cleaning up on the way
    in_bed = host.IN_BED
    if in_bed:
        prepare_bed()
    away = [] if in_bed else [name for name in names if is_for_bed(name)]
    figures, well = measure_in_beds(away)
    rest, rest_well = measure_all([name for name in names if name not in away])
    report = {"host": describe_host(), "figures": figures + rest}
    with open(os.path.join(host.ARTIFACTS, REPORT), "w") if in_bed else contextlib.nullcontext(sys.stdout) as out:
        json.dump(report, out, indent=2, ensure_ascii=False)
        out.write("\n")
    return 0 if well and rest_well else 1


if __name__ == "__main__":
    sys.exit(main())
