#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Runs test programs and counts what they promise.

    tests/run.py [SUITE or TEST...]

Every program prints TAP: "ok N name", "not ok N name", "ok N name # SKIP reason".  A program that ends
badly, says nothing or runs past its time counts as one failure.  The last line of output is
"N passed, N failed, N skipped"; the exit status says whether any failed.

Suites unit, device, meta and fuzz run two at a time, unit and device from the sanitized build, fuzz from
libFuzzer's.  Of net, ui and what boots guests on this host's KVM one runs at a time: they share displays, names
of networks, processors.  Where there is no KVM, or none of hardware for those that need one, guests boot in beds,
which take one processor each: two at a time, or one beside one of the others.
Output of each program is kept in build/test-logs; what failed is said once more at the end.
"""

import concurrent.futures
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(ROOT, "tests/lib"))
import host  # noqa: E402

LOGS = os.path.join(ROOT, "build", "test-logs")
BUILDS = {"unit": "build-sanitized", "device": "build-sanitized", "fuzz": "build-fuzz"}  # others: build
PARALLEL = {"unit", "device", "meta", "fuzz"}
GUESTS = {"guest", "drivers", "install", "services"}
ORDER = ["meta", "unit", "device", "net", "guest", "ui"]
ON_REQUEST = {"drivers", "install", "package", "services", "soak", "fuzz", "gallery"}

AT_ONCE = 2
FAILURE_LINES = 12  # of what a test that failed had to say
LINE = re.compile(r"^(not )?ok\b\s*(\d+)?\s*-?\s*(.*)$")
# It looks for leaks in threads that may be ending just then, and can crash over one; that says nothing of leaks.
NOT_LOOKED = "LeakSanitizer has encountered a fatal error"
SKIP = re.compile(r"#\s*SKIP\b\s*(.*)$", re.IGNORECASE)


class Result:
    def __init__(self, name):
        self.name = name
        self.passed, self.failed, self.skipped = [], [], []
        self.seconds = 0.0
        self.not_looked = False
        self.log = ""
        self.reasons = []  # what each test that failed had said just before its line in the log


def tests_of(build):
    out = subprocess.run(["meson", "introspect", "--tests", os.path.join(ROOT, build)],
                         check=True, capture_output=True, text=True).stdout
    for test in json.loads(out):
        suite = test["suite"][0].split(":")[-1] if test["suite"] else ""
        yield suite, test


def chosen(wanted):
    """The tests to run, in order: (suite, test) with each suite from its build."""
    rows = []
    for build in ("build", "build-sanitized", "build-fuzz"):
        if build == "build-fuzz" and not os.path.isdir(os.path.join(ROOT, build)):
            continue  # ./dev test makes it when it is asked for
        for suite, test in tests_of(build):
            if BUILDS.get(suite, "build") != build:
                continue
            if wanted and not (suite in wanted or test["name"] in wanted):
                continue
            if not wanted and suite in ON_REQUEST:
                continue
            rows.append((suite, test))
    rows.sort(key=lambda r: (ORDER.index(r[0]) if r[0] in ORDER else len(ORDER)))
    return rows


def in_bed(suite, test):
    """Whether a test boots its guests in a bed on this host: see host.need_kvm() and need_hardware_kvm()."""
    if suite not in GUESTS:
        return False
    if suite == "services":
        return True
    if any(label.endswith(":hardware-kvm") for label in test["suite"]):
        return not host.has_hardware_kvm()
    return host.kvm_problem() is not None


def count(result, text):
    plan, said = None, []
    text = text.rpartition(host.ANEW)[2]
    for line in text.splitlines():
        if line.startswith("Bail out!"):
            result.failed.append(line)
        found = re.match(r"^1\.\.(\d+)\s*(?:#\s*(?:SKIP)?\s*(.*))?$", line, re.IGNORECASE)
        if found:
            plan = int(found.group(1))
            if plan == 0:
                result.skipped.append("everything (%s)" % (found.group(2) or "no reason given"))
        found = LINE.match(line)
        if not found:
            said.append(line)
            continue
        name = found.group(3)
        skip = SKIP.search(name)
        if skip:
            result.skipped.append("%s (%s)" % (name[:skip.start()].strip(), skip.group(1)))
        elif found.group(1):
            result.failed.append(name)
            result.reasons += said[-FAILURE_LINES:]
        else:
            result.passed.append(name)
        said = []
    done = len(result.passed) + len(result.failed) + len(result.skipped)
    if plan and plan > done:
        result.failed.append("%d tests that were planned did not run" % (plan - done))
    elif plan is None:
        result.failed.append("there is no plan: the program ended before its tests did")


def patience(test):
    """Seconds until a test counts as hung, None for no end: a host that does other work gets more."""
    if not test["timeout"]:
        return None
    return test["timeout"] * max(1, os.getloadavg()[0] / os.cpu_count())


def run(suite, test):
    result = run_once(suite, test)
    return run_once(suite, test) if result.not_looked else result


def run_once(suite, test):
    result = Result("%s/%s" % (suite, test["name"]))
    env = dict(os.environ, **test["env"])
    env.setdefault("UBSAN_OPTIONS", "halt_on_error=1:print_stacktrace=1")
    env.setdefault("G_TEST_SRCDIR", ROOT + "/tests")
    start = time.monotonic()
    limit = patience(test)
    log = os.path.join(LOGS, "%s-%s.log" % (suite, test["name"]))
    with open(log, "wb") as out:
        process = subprocess.Popen(test["cmd"], cwd=test["workdir"] or ROOT, env=env, stdout=out,
                                   stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
                                   start_new_session=True)
        try:
            status = process.wait(timeout=limit)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            status = None
    result.seconds = time.monotonic() - start
    with open(log, errors="replace") as f:
        text = f.read()
    count(result, text)
    result.not_looked = NOT_LOOKED in text and not result.failed
    if status is None:
        result.failed.append("it ran past its %d s" % limit)
    elif status == 77 and not result.failed:
        pass
    elif status != 0 and not result.failed:
        result.failed.append("it ended with status %d" % status)
    result.log = log
    return result


def show(result):
    verdict = "ok" if not result.failed else "FAILED"
    print("%-6s %-34s %3d passed%s%s  %.1f s" % (
        verdict, result.name, len(result.passed),
        ", %d failed" % len(result.failed) if result.failed else "",
        ", %d skipped" % len(result.skipped) if result.skipped else "", result.seconds), flush=True)
    for name in result.skipped:
        print("         skipped: " + name)
    if not result.failed:
        return
    for name in result.failed:
        print("         failed: " + name)
    with open(result.log, errors="replace") as f:
        for line in f.read().splitlines()[-60:]:
            print("         | " + line)
    sys.stdout.flush()


class Queue:
    """ALONE, of which one is taken at a time, and TOGETHER, of which any number is."""

    def __init__(self, alone, together):
        self.alone, self.together = list(alone), list(together)
        self.is_busy = False  # one of ALONE runs
        self.changed = threading.Condition()

    def take(self):
        """The next (suite, test, whether it is one of ALONE), or None."""
        with self.changed:
            while self.alone or self.together:
                if self.alone and not self.is_busy:
                    self.is_busy = True
                    return (*self.alone.pop(0), True)
                if self.together:
                    return (*self.together.pop(0), False)
                self.changed.wait()
            return None

    def give_back(self, is_alone):
        with self.changed:
            self.is_busy = self.is_busy and not is_alone
            self.changed.notify_all()

    def run(self):
        """What those came to that one of AT_ONCE threads took."""
        results = []
        row = self.take()
        while row:
            suite, test, is_alone = row
            try:
                results.append(run(suite, test))
            finally:
                self.give_back(is_alone)
            with self.changed:
                show(results[-1])
            row = self.take()
        return results


def run_all(rows):
    parallel = [row for row in rows if row[0] in PARALLEL]
    beds = sorted((row for row in rows if in_bed(*row)), key=lambda row: -row[1]["timeout"])  # the longest first
    alone = [row for row in rows if row not in parallel and row not in beds]
    results = []
    for queue in (Queue([], parallel), Queue(alone, beds)):
        with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
            for future in [pool.submit(queue.run) for _ in range(AT_ONCE)]:
                results += future.result()
    return results


def main():
    os.makedirs(LOGS, exist_ok=True)
    rows = chosen(set(sys.argv[1:]))
    if not rows:
        print("there is no such test or suite", file=sys.stderr)
        return 2
    results = run_all(rows)
    for result in results:
        for line in result.failed + result.reasons:
            print("%s: %s" % (result.name, line))
    passed, failed, skipped = (sum(len(getattr(r, what)) for r in results)
                               for what in ("passed", "failed", "skipped"))
    print("%d passed, %d failed, %d skipped" % (passed, failed, skipped))
    return 1 if failed else 0


sys.exit(main())
