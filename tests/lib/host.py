# SPDX-License-Identifier: GPL-2.0-or-later
"""What this host can do for a test, and the way into the bed when it cannot do enough."""

import os
import shutil
import subprocess
import sys

from tap import FIRMWARE, skip_all

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.environ.get("VITRINE_BUILD", os.path.join(ROOT, "build"))
VMM = os.path.join(BUILD, "src/vmm/vitrine-vmm")
# Nothing that is written in the bed stays, but what is in its folder for results.
IN_BED = bool(os.environ.get("VITRINE_IN_BED"))
ARTIFACTS = "/out" if IN_BED else os.path.join(BUILD, "test-logs")

BEDS = 3                # how many may die under one test
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


def in_bed(script, arguments, out, memory_mib, seconds, stdout=None, done=0, cpus=2):
    """Starts SCRIPT with ARGUMENTS, but for its first DONE tests, in one bed with OUT as its folder for results."""
    command = [os.path.join(ROOT, "tests/bed/bed"), "-m", str(memory_mib), "-c", str(cpus), "-t", str(seconds),
               "-o", out, "--",
               "env", "VITRINE_BUILD=" + BUILD, "VITRINE_IN_BED=1", "VITRINE_TESTS_DONE=%d" % done,
               "VITRINE_GUEST_FIRMWARE=" + FIRMWARE,
               "/usr/bin/python3", script, *arguments]
    os.makedirs(out, exist_ok=True)
    sys.stdout.flush()
    return subprocess.Popen(command, stdout=stdout)


def in_beds(script, arguments, out, memory_mib, seconds, stdout=None, cpus=2):
    """Runs SCRIPT as in_bed() does, all of it again where the bed died under it; its status."""
    for left in reversed(range(BEDS)):
        status = in_bed(script, arguments, out, memory_mib, seconds, stdout, cpus=cpus).wait()
        if status != BED_DIED or not left:
            return status
        print("\n" + ANEW, file=stdout, flush=True)


def in_beds_by_and_by(script, arguments, out, memory_mib, seconds):
    """The same for tests that do not need each other: the next bed goes on after the last verdict.

    A failure is only believed once the bed has outlived it: it may be what the death looked like.
    """
    verdicts, idle = [], 0
    while idle < BEDS:
        bed = in_bed(script, arguments, out, memory_mib, seconds, subprocess.PIPE, len(verdicts))
        before, held = len(verdicts), []
        for line in bed.stdout:
            if line.startswith(b"not ok "):
                verdicts += write_tap(held)
                held = [line]
            elif line.startswith(b"ok "):
                verdicts += write_tap(held + [line])
                held = []
            else:
                held.append(line)
        if bed.wait() != BED_DIED:
            verdicts += write_tap(held)
            return bed.returncode or int(any(line.startswith(b"not") for line in verdicts))
        write_tap(b"# " + line for line in held)
        idle = idle + 1 if len(verdicts) == before else 0
        print("# the bed's own kernel died: on after test %d" % len(verdicts), flush=True)
    return BED_DIED


def write_tap(lines):
    """Prints LINES; the verdicts among them."""
    verdicts = []
    for line in lines:
        sys.stdout.buffer.write(line)
        if line.startswith((b"ok ", b"not ok ")):
            verdicts.append(line)
    sys.stdout.flush()
    return verdicts


def run_in_bed(script, memory_mib=8192, seconds=1500, independent=False):
    """Runs SCRIPT with the arguments of this program in the bed; its TAP is ours.  Does not return.

    INDEPENDENT: no test of it needs one before it, so that what has been tested need not be done again.
    """
    name = os.path.splitext(os.path.basename(script))[0] + ("-uefi" if FIRMWARE == "uefi" else "")
    out = os.path.join(ARTIFACTS, "bed-" + name)
    run = in_beds_by_and_by if independent else in_beds
    sys.exit(run(script, sys.argv[1:], out, memory_mib, seconds))


def need_bed(script, **bed):
    """For tests that play with what a whole computer has: goes on in a bed alone."""
    if not IN_BED:
        run_in_bed(script, **bed)


def need_kvm(script, **bed):
    """For tests of firmware: goes on where there is any KVM, else moves into the bed."""
    problem = kvm_problem()
    if problem:
        move_into_bed(script, problem, bed)


def need_programs(*names):
    for name in names:
        if not shutil.which(name):
            skip_all("%s is not installed" % name)


def need_hardware_kvm(script, **bed):
    """For tests of real systems: goes on where KVM is a hardware one, else moves into the bed."""
    if not has_hardware_kvm():
        move_into_bed(script, "no hardware-style KVM", bed)


def move_into_bed(script, lack, bed):
    """Moves into the bed, where that LACK is none; a bed that has it, too, is of no use."""
    if IN_BED:
        print("Bail out! in the bed: " + lack)
        sys.exit(1)
    run_in_bed(script, **bed)
