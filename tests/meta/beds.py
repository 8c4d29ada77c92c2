#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What becomes of a test's verdicts when the bed dies under it."""

import contextlib
import io
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))
import guest_suites
import host
from tap import check, main, test


def run(function, *beds):
    """What FUNCTION prints and returns where each bed says and ends as BEDS tell, and the tests each was spared."""
    spared, beds = [], list(beds)

    def in_bed(_script, _arguments, _out, _memory_mib, _seconds, stdout=None, done=0, cpus=2):
        spared.append(done)
        text, status = beds.pop(0)
        return subprocess.Popen([sys.executable, "-c", "print(%r, end='', flush=True); raise SystemExit(%d)"
                                 % (text, status)], stdout=stdout or subprocess.DEVNULL)

    said = io.TextIOWrapper(io.BytesIO())
    real, host.in_bed = host.in_bed, in_bed
    try:
        with contextlib.redirect_stdout(said):
            status = function("script", [], "/nowhere", 1, 1)
    finally:
        host.in_bed = real
    said.flush()
    return said.buffer.getvalue().decode(), status, spared


@test("/meta/beds/next-bed-goes-on-after-the-last-verdict")
def goes_on():
    text, status, spared = run(host.in_beds_by_and_by, ("1..3\nok 1 a\nok 2 b\n", host.BED_DIED),
                               ("1..3\nok 3 c\n", 0))
    check(spared == [0, 2], "the beds were spared %s" % spared)
    check(status == 0 and [n for n in (1, 2, 3) if text.count("\nok %d " % n) != 1] == [], text)


@test("/meta/beds/failure-the-bed-died-of-is-tested-again")
def death_throes():
    text, status, spared = run(host.in_beds_by_and_by, ("1..2\nok 1 a\nnot ok 2 b\n", host.BED_DIED),
                               ("1..2\nok 2 b\n", 0))
    check(spared == [0, 1], "the beds were spared %s" % spared)
    check(status == 0 and "\nnot ok" not in text and "# not ok 2 b" in text, text)


@test("/meta/beds/failure-the-bed-outlived-stays")
def failure():
    text, status, spared = run(host.in_beds_by_and_by, ("1..3\nnot ok 1 a\nok 2 b\n", host.BED_DIED),
                               ("1..3\nok 3 c\n", 0))
    check(spared == [0, 2], "the beds were spared %s" % spared)
    check(status == 1 and "\nnot ok 1 a" in text, "%d:\n%s" % (status, text))
    text, status, spared = run(host.in_beds_by_and_by, ("1..1\nnot ok 1 a\n", 1))
    check(status == 1 and "\nnot ok 1 a" in text, "%d:\n%s" % (status, text))


@test("/meta/beds/beds-that-bring-nothing-come-to-an-end")
def gives_up():
    dead = ("1..1\n", host.BED_DIED)
    for function in (host.in_beds, host.in_beds_by_and_by):
        _text, status, spared = run(function, *[dead] * host.BEDS)
        check(status == host.BED_DIED and spared == [0] * host.BEDS, "%s: %d, %s" % (function, status, spared))


@test("/meta/beds/what-moves-into-a-bed-for-its-kvm-is-run-as-such")
def labels():
    folder = os.path.join(host.ROOT, "tests/guest")
    need = set()
    for name in (n for n in os.listdir(folder) if n.endswith(".py")):
        with open(os.path.join(folder, name)) as f:
            if "host.need_hardware_kvm(__file__" in f.read():
                need.add(name[:-3])
    loops = guest_suites.loops()
    check(need and need <= set().union(*(names for names, _ in loops)), "not all are run of %s" % sorted(need))
    for names, call in loops:
        labelled = names if "hardware-kvm" in call else set()
        check(labelled == names & need, "labelled: %s, need it: %s" % (sorted(labelled), sorted(names & need)))


main()
