#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Live figures: loads in the list and a machine's Performance page, read while somebody looks and at no other time."""

import os
import re
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))
import ui
import ui_hardware
from ui import (BUTTON, LABEL, RADIO, ROW, centre, check, find, find_all, is_on, press, test, wait, wait_for)

LOG = ui.file("stats.log")
CHART = "chart"
INTERVAL_S = 2
HOST = """
[host]
stats-log=%s
[machine busy]
state=running
vcpus=4
load=50
disks=/srv/busy.raw|1024
nics=user,mac=52:54:00:00:00:11
[machine calm]
state=running
load=1
[machine off]
disks=/srv/off.raw|1024
%%s
""" % LOG
CPU = re.compile(r"^CPU (\d+) %$")


def questions():
    """How many were asked so far, and of how many machines the last."""
    with open(LOG) as f:
        lines = f.read().split()
    return len(lines), int(lines[-1]) if lines else 0


def stir(app, name="busy"):
    """The user is there: the pointer moves over the list."""
    x, y = centre(app.row(name))
    ui.hands.move(x, y)
    ui.hands.move(x + 5, y)


def load_of(app, name):
    found = find(app.row(name), CHART, lambda text: CPU.match(text))
    return int(CPU.match(found.get_name()).group(1)) if found else None


def silent(seconds):
    """Whether nothing is asked for so long; the time is what is looked at."""
    before = questions()[0]
    time.sleep(seconds)
    return questions()[0] == before


def tell_window(name, command):
    """Has the window manager do COMMAND of xdotool's to the window called NAME."""
    found = subprocess.check_output(["xdotool", "search", "--name", "^%s$" % re.escape(name)], env=ui.desktop.env)
    for window in found.split():
        subprocess.check_call(["xdotool", command, window.decode()], env=ui.desktop.env)


@test("/ui/stats/nothing-is-read-before-somebody-is-there")
def before():
    app = ui.own_app(HOST % "")
    wait(app.row("busy"), LABEL, "busy")
    check(silent(3 * INTERVAL_S), "figures were read of a window that nobody has touched")


@test("/ui/stats/loads-of-what-runs-are-in-the-list")
def loads():
    app = ui.app(HOST % "")
    stir(app)
    wait_for(lambda: load_of(app, "busy") is not None and load_of(app, "calm") is not None, "both loads")
    wait_for(lambda: load_of(app, "busy") > 20, "a busy machine's load")
    check(load_of(app, "calm") <= 3, "a calm machine's load is %d" % load_of(app, "calm"))
    check(load_of(app, "off") is None, "what is off has a load")
    check(questions()[1] == 2, "%d machines were asked for" % questions()[1])
    wait_for(lambda: find(app.row("busy"), LABEL, "%d %%" % load_of(app, "busy")), "the same figure for the eye")
    ui.picture("stats-list")


@test("/ui/stats/list-is-sorted-by-load")
def sort():
    app = ui.own_app(HOST % "[machine another]\nstate=running\nload=3")
    wait(app.row("busy"), LABEL, "busy")
    stir(app)
    ui.hands.click(*centre(wait(app.main, BUTTON, "CPU")))
    wait_for(lambda: questions()[1] == 3, "all to be read")
    check([r.get_name() for r in find_all(app.main, ROW)][0] != "busy", "it was sorted before anything was known")
    wait_for(lambda: [r.get_name() for r in find_all(app.main, ROW)] == ["busy", "another", "calm", "off"],
             "the busiest first")
    ui.hands.click(*centre(wait(app.main, BUTTON, "CPU")))
    wait_for(lambda: [r.get_name() for r in find_all(app.main, ROW)] == ["off", "calm", "another", "busy"],
             "the busiest last")
    press(wait(app.main, BUTTON, "Name"))
    wait_for(lambda: [r.get_name() for r in find_all(app.main, ROW)][0] == "another", "the first by name")


@test("/ui/stats/nothing-is-read-of-a-window-that-is-an-icon")
def icon():
    app = ui.app(HOST % "")
    stir(app)
    n = questions()[0]
    wait_for(lambda: questions()[0] > n, "figures to be read")
    tell_window("Vitrine", "windowminimize")
    wait_for(lambda: silent(3 * INTERVAL_S), "silence", timeout=30)
    tell_window("Vitrine", "windowactivate")
    stir(app)
    n = questions()[0]
    wait_for(lambda: questions()[0] > n, "figures to be read again")


@test("/ui/stats/only-rows-in-sight-are-read")
def in_sight():
    app = ui.own_app("[host]\nstats-log=%s\n%s" % (LOG, "".join(
        "[machine many-%02d]\nstate=running\n" % i for i in range(60))))
    wait(app.row("many-00"), LABEL, "many-00")
    stir(app, "many-00")
    n = questions()[0]
    wait_for(lambda: questions()[0] > n + 1, "figures to be read")
    check(0 < questions()[1] <= 14, "%d machines were asked for" % questions()[1])


def open_performance(app, name="busy"):
    window = ui_hardware.opened(app, name, "Performance")
    wait(window, RADIO, "1 minute")
    return window


@test("/ui/stats/performance-page-shows-figures-with-units")
def page():
    app = ui.app(HOST % "")
    window = open_performance(app)
    for name, pattern in (("CPU", r"^CPU: \d+ %$"), ("Memory", r"^Memory: In the guest [\d.]+ [MG]iB, On the host "),
                          ("Disk", r"^Disk: Read [\d.]+ [KM]iB/s, Written [\d.]+ [KM]iB/s$"),
                          ("Network", r"^Network: Received [\d.]+ [KM]iB/s, Sent [\d.]+ [KM]iB/s$")):
        wait_for(lambda name=name: find(window, LABEL, name, hidden=True), name)
        wait_for(lambda pattern=pattern: find(window, CHART, lambda text: re.match(pattern, text), hidden=True), pattern)
    wait(window, LABEL, "4 processors")
    wait(window, LABEL, lambda text: "of one of the host's processors" in text)
    n = questions()[0]
    wait_for(lambda: questions()[0] > n + 5, "something to see")
    ui.picture("stats-performance")
    press(wait(window, RADIO, "5 minutes"))
    wait_for(lambda: is_on(wait(window, RADIO, "5 minutes")), "five minutes to be shown")
    ui.picture("stats-performance-5")


@test("/ui/stats/performance-page-is-read-while-it-is-shown")
def page_alone():
    app = ui.app(HOST % "")
    window = open_performance(app, "calm")
    n = questions()[0]
    wait_for(lambda: questions()[0] > n, "figures to be read")
    rows = wait(window, "list box", "Devices")
    rows.get_selection_iface().select_child(wait(window, ROW, "Overview").get_index_in_parent())
    tell_window("Vitrine", "windowminimize")
    wait_for(lambda: silent(3 * INTERVAL_S), "silence", timeout=30)


@test("/ui/stats/performance-of-what-is-off-says-so")
def off():
    app = ui.own_app(HOST % "")
    window = open_performance(app, "off")
    wait(window, LABEL, lambda text: text.startswith("The machine is off"))
    check(not find_all(window, CHART), "graphs of nothing")
    ui.picture("stats-off")


@test("/ui/stats/nonsense-is-shown-as-nothing")
def nonsense():
    app = ui.own_app(HOST % "[faults]\nnonsense-stats=true")
    window = open_performance(app)
    n = questions()[0]
    wait_for(lambda: questions()[0] > n + 3, "figures to be read")
    for chart in find_all(window, CHART):
        check(not re.search(r"-\d|\d{5}|inf|nan", chart.get_name()), chart.get_name())


@test("/ui/stats/a-host-that-hangs-holds-nothing-up")
def hangs():
    app = ui.own_app(HOST % "[faults]\nhang-stats=true")
    window = open_performance(app)
    check(find(window, LABEL, "CPU"), "no page")
    wait(window, CHART, "CPU: –")
    n = questions()[0]
    wait_for(lambda: questions()[0] > n, "the host to be asked once more", timeout=30)
    app.close("Hardware of “busy”")


ui.main("stats")
