#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Figures as JSON on stdout: ours beside its peers, measured in turn on this computer.

    tests/bench/bench.py [NAME...]      start, whole, memory, app; all of them without a NAME

What is going on is told on stderr.  What cannot be measured here is in the report with the reason.
A missed goal is no failure of this program; it fails when a measurement does.
"""

import json
import os
import platform
import signal
import subprocess
import sys
import traceback

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))
import app
import host
import memory
import start
import whole
from figure import OURS, Absent

SUBJECTS = {"start": start, "whole": whole, "memory": memory, "app": app}


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


def main():
    names = sys.argv[1:] or list(SUBJECTS)
    wrong = [name for name in names if name not in SUBJECTS]
    if wrong:
        say("there is no “%s”: %s" % (wrong[0], ", ".join(SUBJECTS)))
        return 2
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))  # cleaning up on the way
    report, all_well = {"host": describe_host(), "figures": []}, True
    for name in names:
        figures, well = measure(name)
        report["figures"] += [figure.report() for figure in figures]
        all_well &= well
    json.dump(report, sys.stdout, indent=2, ensure_ascii=False)
    print()
    return 0 if all_well else 1


if __name__ == "__main__":
    sys.exit(main())
