# SPDX-License-Identifier: GPL-2.0-or-later
"""The application, with 0 and 500 machines of a host that only pretends, on a desktop of its own.

Beside it: a GTK 3 window with nothing in it ("bare-gtk"), one with a header bar, a text and an icon
("dressed-gtk": fonts, icons and a decorated window cost more than most applications do), and
virt-manager on libvirt's test driver.  All are seen from outside, by the X server: a window is mapped
when the server says so, has its first frame when at least half of it was painted after that, and has
settled when nothing more is painted: a first frame may be an empty one.  The
processor time up to that frame is told, too: it suffers less from others on the same computer.
"""

import os
import shutil
import time

import host
import pages
import ui_desktop
from figure import OURS, Figure, need, words
from windows import Windows

RUNS, WARM_UP = 11, 2
IDLE_RUNS, IDLE_S = 3, 10
SETTLE_S, SETTLE_MAX_S = 2, 20
MANY = 500
VITRINE = os.path.join(host.BUILD, "src/app/vitrine")
BARE = os.path.join(host.BUILD, "tests/bench/bare-gtk")
BARE_GTK, DRESSED_GTK, VIRT_MANAGER = "bare-gtk", "dressed-gtk", "virt-manager"
STARTS = {"mapped": "to its first window mapped", "frame": "to its first frame"}
SETTLED = "to the last of what it then paints"
GOALS = {0: 1.3, MANY: 1.5}     # of a bare window's time
MEMORY = {"pss": "proportional", "alone": "as if nothing else ran"}


def figures():
    made = []
    for n in (0, MANY):
        for event, text in STARTS.items():
            made.append(Figure("app/start-%s-%d" % (event, n), "the application from its spawn %s, %d machines"
                               % (text, n), "ms").want(GOALS[n], BARE_GTK).want(0.5, VIRT_MANAGER))
        made.append(Figure("app/start-settled-%d" % n, "the application from its spawn %s, %d machines"
                           % (SETTLED, n), "ms").want(0.5, VIRT_MANAGER))
        made.append(Figure("app/start-cpu-%d" % n, "processor time of the application to its first frame, "
                           "%d machines" % n, "ms"))
        for kind, text in MEMORY.items():
            made.append(Figure("app/memory-%s-%d" % (kind, n), "the idle application, %s, %d machines" % (text, n),
                               "MB").want(65))
        made.append(Figure("app/wakeups-%d" % n, "times the idle application woke up in %d s, %d machines"
                           % (IDLE_S, n), "wakeups").want(2))
    return made


def fake_host(desktop, n):
    path = os.path.join(desktop.home, "host-%d.fake" % n)
    with open(path, "w") as f:
        f.write("[host]\ntitle=This computer\ngenerate=%d\n" % n)
    return "fake:" + path


def programs(desktop):
    """(who, machines or None, command) in the order of a round."""
    rows = [(BARE_GTK, None, [BARE]), (DRESSED_GTK, None, [BARE, "dressed"])]
    rows += [(OURS, n, [VITRINE, "--host", fake_host(desktop, n)]) for n in (0, MANY)]
    if shutil.which(VIRT_MANAGER):
        rows.append((VIRT_MANAGER, None, [VIRT_MANAGER, "-c", "test:///default", "--no-fork"]))
    return rows


# --- idling ---------------------------------------------------------------------------------------

def wakeups(pid):
    """How often its threads have slept and woken up."""
    total = 0
    for thread in os.listdir("/proc/%d/task" % pid):
        with open("/proc/%d/task/%s/status" % (pid, thread)) as f:
            total += next(int(line.split()[1]) for line in f if line.startswith("voluntary_ctxt"))
    return total


def wakeups_in(pid, seconds):
    before = wakeups(pid)
    time.sleep(seconds)  # the time is what is measured
    return wakeups(pid) - before


def idle(pid):
    """What it does in IDLE_S seconds once it has nothing left to do, and what memory it has then."""
    deadline = time.monotonic() + SETTLE_MAX_S
    while wakeups_in(pid, SETTLE_S) > 0 and time.monotonic() < deadline:
        pass
    woke = wakeups_in(pid, IDLE_S)
    memory = pages.measure([pid])
    return {"wakeups": woke, **{"memory-" + kind: memory[kind] for kind in MEMORY}}


# --- rounds ---------------------------------------------------------------------------------------

def add(by_name, who, n, results):
    """A peer's sample belongs to the figures with few and with many machines alike."""
    for what, value in results.items():
        for machines in (0, MANY) if n is None else (n,):
            by_name["app/%s-%d" % (what, machines)].add(who, value)


def label(who, n):
    return who if n is None else "%s with %d machines" % (who, n)


def measure_starts(say, desktop, windows, by_name):
    for i in range(-WARM_UP, RUNS):
        for who, n, command in programs(desktop):
            with windows.started(command) as started:
                results = {"start-mapped": started.mapped_ms, "start-frame": started.frame_ms,
                           "start-settled": started.settled_ms, "start-cpu": started.cpu_ms}
            say("run %d, %s: %s" % (i, label(who, n), words(results)))
            if i >= 0:
                add(by_name, who, n, results)


def measure_idling(say, desktop, windows, by_name):
    for i in range(IDLE_RUNS):
        for who, n, command in programs(desktop):
            with windows.started(command) as started:
                results = idle(started.process.pid)
            say("idle run %d, %s: %s" % (i, label(who, n), words(results)))
            add(by_name, who, n, results)


def measure(say, *made):
    by_name = {figure.name: figure for figure in made}
    need(*ui_desktop.PROGRAMS)
    if shutil.which(VIRT_MANAGER) is None:
        for figure in made:
            figure.lacks(VIRT_MANAGER, "it is not installed")
    with ui_desktop.begun(ui_desktop.Desktop()) as desktop:
        windows = Windows(desktop)
        measure_starts(say, desktop, windows, by_name)
        measure_idling(say, desktop, windows, by_name)
