# SPDX-License-Identifier: GPL-2.0-or-later
"""A small test runner that prints TAP.

    from tap import check, main, skip, test

    @test("/guest/grub/menu-appears")
    def menu_appears():
        check(text == "GNU GRUB", "the screen says %r" % text)

    main()

Tests run in the order they were written; names given on the command line choose some of them (by
prefix).  A test passes when it returns; it fails with any exception; skip(reason) leaves it out.

What a test that passes shows of a device is a line for tests/devices.py: "DEVICE boots", "works" or "hot-plugs", with
"bios" or "uefi" after it unless it is the firmware that this run's guests have.
"""

import os
import sys
import time
import traceback


FIRMWARE = os.environ.get("VITRINE_GUEST_FIRMWARE", "bios")  # what guests are started by that need none of the two


class Skipped(Exception):
    pass


_tests = []
on_failure = None  # called with the name of a test that failed, before the next one runs


def test(name, shows=()):
    def register(function):
        _tests.append((name, function, shows))
        return function
    return register


def skip(reason):
    raise Skipped(reason)


def check(condition, message):
    if not condition:
        raise AssertionError(message)


def wait_for(condition, what, timeout=20.0, pause=0.02):
    """Returns condition()'s first true value; fails after TIMEOUT seconds, naming WHAT."""
    deadline = time.monotonic() + timeout
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError("not in %g s: %s" % (timeout, what))
        time.sleep(pause)


def skip_all(reason):
    """Ends the program: nothing of it can run here."""
    print("1..0 # SKIP " + reason)
    sys.exit(0)


def main(cleanup=None):
    chosen = [t for t in _tests
              if len(sys.argv) < 2 or any(t[0].startswith(a) for a in sys.argv[1:])]
    done = int(os.environ.get("VITRINE_TESTS_DONE", 0))  # by a run that this one goes on with
    failed = 0
    print("1..%d" % len(chosen), flush=True)
    try:
        for number, (name, function, shows) in enumerate(chosen[done:], done + 1):
            start = time.monotonic()
            try:
                function()
                for fact in shows:
                    print("# shows: " + (fact if len(fact.split()) == 3 else fact + " " + FIRMWARE))
                verdict = "ok %d %s" % (number, name)
            except Skipped as reason:
                verdict = "ok %d %s # SKIP %s" % (number, name, reason)
            except Exception:  # whatever it is, the next test shall run
                failed += 1
                verdict = "not ok %d %s" % (number, name)
                for line in traceback.format_exc().splitlines():
                    print("# " + line)
                if on_failure:
                    on_failure(name)
            print(verdict, flush=True)
            print("# %.1f s" % (time.monotonic() - start), flush=True)
    finally:
        if cleanup:
            cleanup()
    sys.exit(1 if failed else 0)
