#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A fuzzing harness has its minute: what it finds is a failure, and kept.

    tests/fuzz/fuzz.py PROGRAM

The corpus of one run is where the next goes on: build/fuzz-corpus/NAME; the first begins with some inputs
that mean nothing.  FUZZ_SECONDS says how long it takes, 60 when it does not.  An input that was found is
in build/test-logs; PROGRAM FILE runs it again.
"""

import os
import random
import re
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
MAX_BYTES = 2048
N_SEEDS = 32


def plant(corpus):
    """Inputs to begin with, the same every time."""
    os.makedirs(corpus, exist_ok=True)
    if os.listdir(corpus):
        return
    dice = random.Random(1)
    for i in range(N_SEEDS):
        with open(os.path.join(corpus, "seed-%02d" % i), "wb") as f:
            f.write(dice.randbytes(dice.choice((64, 256, 1024, MAX_BYTES))))


def run(program, name, seconds):
    corpus = os.path.join(ROOT, "build", "fuzz-corpus", name)
    found = os.path.join(ROOT, "build", "test-logs", "fuzz-%s-" % name)
    plant(corpus)
    os.makedirs(os.path.dirname(found), exist_ok=True)
    command = [program, "-max_total_time=%d" % seconds, "-max_len=%d" % MAX_BYTES, "-len_control=0",
               "-timeout=60", "-rss_limit_mb=1536", "-print_final_stats=1", "-verbosity=0",
               "-artifact_prefix=" + found, corpus]
    return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          errors="replace")


def main():
    program = sys.argv[1]
    name = os.path.basename(program).replace("fuzz-", "", 1)
    seconds = int(os.environ.get("FUZZ_SECONDS", "60"))
    print("1..1", flush=True)
    done = run(program, name, seconds)
    for line in done.stdout.splitlines():
        print("# " + line)
    inputs = re.search(r"number_of_executed_units:\s*(\d+)", done.stdout)
    n = int(inputs.group(1)) if inputs else 0
    if done.returncode == 0 and n > 0:
        print("ok 1 - /fuzz/%s %d inputs in %d s, nothing found" % (name, n, seconds))
        return 0
    print("not ok 1 - /fuzz/%s ended with status %d after %d inputs" % (name, done.returncode, n))
    return 1


sys.exit(main())
