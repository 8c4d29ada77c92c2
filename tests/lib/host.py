# SPDX-License-Identifier: GPL-2.0-or-later
"""What this host can do for a test, and the way into the bed when it cannot do enough."""

import os
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.environ.get("VITRINE_BUILD", os.path.join(ROOT, "build"))
VMM = os.path.join(BUILD, "src/vmm/vitrine-vmm")
# Nothing that is written in the bed stays, but what is in its folder for results.
ARTIFACTS = "/out" if os.environ.get("VITRINE_IN_BED") else os.path.join(BUILD, "test-logs")

BEDS = 3                # how many one test may use up
BED_DIED = 126          # its status when its own kernel did: see there
ANEW = "# the bed's own kernel died: everything anew"     # tests/run.py forgets what came before


def kvm_problem():
    """Why /dev/kvm cannot be used here; None when it can."""
    if not os.path.exists("/dev/kvm"):
        return "there is no /dev/kvm"
    if not os.access("/dev/kvm", os.R_OK | os.W_OK):
        return "/dev/kvm may not be opened"
    return None


def has_hardware_kvm():
    with open("/proc/cpuinfo") as f:
        flags = next((line.split() for line in f if line.startswith("flags")), [])
    return kvm_problem() is None and ("vmx" in flags or "svm" in flags)


def in_bed(script, arguments, out, memory_mib, seconds, stdout=None):
    """Runs SCRIPT with ARGUMENTS in the bed, with OUT as its folder for results; its status."""
    command = [os.path.join(ROOT, "tests/bed/bed"), "-m", str(memory_mib), "-t", str(seconds), "-o", out, "--",
               "env", "VITRINE_BUILD=" + BUILD, "VITRINE_IN_BED=1", "/usr/bin/python3", script, *arguments]
    os.makedirs(out, exist_ok=True)
    for left in reversed(range(BEDS)):
        sys.stdout.flush()
        status = subprocess.run(command, stdout=stdout).returncode
        if status != BED_DIED or not left:
            return status
        print("\n" + ANEW, file=stdout, flush=True)


def run_in_bed(script, memory_mib=8192, seconds=1500):
    """Runs SCRIPT with the arguments of this program in the bed; its TAP is ours.  Does not return."""
    out = os.path.join(ARTIFACTS, "bed-" + os.path.splitext(os.path.basename(script))[0])
    sys.exit(in_bed(script, sys.argv[1:], out, memory_mib, seconds))


def need_kvm(script, **bed):
    """For tests of firmware: goes on where there is any KVM, else moves into the bed."""
    if kvm_problem() is None:
        return
    if os.environ.get("VITRINE_IN_BED"):
        print("Bail out! in the bed: " + kvm_problem())
        sys.exit(1)
    run_in_bed(script, **bed)


def need_hardware_kvm(script, **bed):
    """For tests of real systems: goes on where KVM is a hardware one, else moves into the bed."""
    if has_hardware_kvm():
        return
    if os.environ.get("VITRINE_IN_BED"):
        print("Bail out! the bed has no hardware-style KVM")
        sys.exit(1)
    run_in_bed(script, **bed)
