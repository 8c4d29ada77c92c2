#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""How soon the first window is there and what it takes, beside a GTK window with an empty list in it.

Ratios of processor time, the least of several runs: what else the machine does must not matter.
"""

import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))
import ui
import ui_app
from host import BUILD
from ui import check, test, wait_says

BARE = os.path.join(BUILD, "tests/ui/bare-window")
RUNS = 5


def cpu_to_first_frame(command):
    """Milliseconds of processor time until COMMAND, told to, ends after its first frame."""
    least = None
    for _ in range(RUNS):
        process = subprocess.Popen(command, env=dict(ui.desktop.env, NO_AT_BRIDGE="1", LD_PRELOAD=BARE + "-hook.so"),
                                   stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = 0
        check(status == 0, "%s ended with %d" % (command[0], status))
        took = (usage.ru_utime + usage.ru_stime) * 1000
        least = took if least is None else min(least, took)
    return least


def vitrine(fake):
    return [ui_app.VITRINE, "--host", "fake:" + ui.file("host.fake", fake.encode())]


bare = cpu_to_first_frame([BARE])


@test("/ui/performance/first-window-within-one-and-a-half-empty-lists")
def empty():
    took = cpu_to_first_frame(vitrine("[host]\n"))
    print("# empty list %.0f ms, vitrine %.0f ms: %.2f" % (bare, took, took / bare))
    check(took <= 1.5 * bare, "%.2f times as long" % (took / bare))


@test("/ui/performance/five-hundred-machines-within-two-and-a-half-empty-lists")
def many():
    took = cpu_to_first_frame(vitrine("[host]\ngenerate=500\n"))
    print("# empty list %.0f ms, vitrine %.0f ms: %.2f" % (bare, took, took / bare))
    check(took <= 2.5 * bare, "%.2f times as long" % (took / bare))


@test("/ui/performance/window-with-five-hundred-machines-takes-less-than-seventy-megabytes")
def memory():
    app = ui.own_app("[host]\ngenerate=500\n")
    wait_says(app.main, "500 machines")
    took = app.pss_kib()
    print("# PSS with 500 machines: %d KiB" % took)
    check(took <= 70 * 1024, "%d KiB" % took)


ui.main("performance")
