#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""README's table of devices says no more than tests show."""

import glob
import os
import re
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "../lib"), os.path.join(HERE, "..")]
import devices
import guest_suites
import host
from tap import check, main, test


def run_by_uefi():
    """The test programs that are run in guests that UEFI starts."""
    return set().union(*(names for names, call in guest_suites.loops() if "-uefi" in call))


def declared():
    """{(device, word, firmware)} of all tests."""
    facts, by_uefi = set(), run_by_uefi()
    for path in glob.glob(os.path.join(host.ROOT, "tests/guest/*.py")):
        program = os.path.basename(path)[:-3]
        with open(path) as f:
            text = f.read()
        shown = re.findall(r'"([^"]*)"', "".join(re.findall(r"shows=\[([^]]*)\]", text)))
        models = re.findall(r'^    "([a-z0-9-]+)": ', text, re.MULTILINE)  # of a table with a test for each
        shown += [fact % model for fact in shown if "%s" in fact for model in models]
        for fact in (fact.split() for fact in shown if "%s" not in fact):
            firmwares = fact[2:] or ["bios"] + (["uefi"] if program in by_uefi else [])
            facts |= {(fact[0], fact[1], firmware) for firmware in firmwares}
    return facts


@test("/meta/devices/the-readme-promises-what-a-test-shows-and-no-more")
def backed():
    promised = devices.facts_of_readme()
    check(promised, "there is no table")
    check(promised <= declared(), "no test shows %s" % sorted(promised - declared()))


@test("/meta/devices/each-fact-has-its-row-and-column")
def known():
    devices.table(declared())


main()
