# SPDX-License-Identifier: GPL-2.0-or-later
"""A machine's state on the screen: from the call that pauses it, or has it go on, to the main window painted anew.

The call is made on the keeper's socket, as vitrinectl's is; what is painted is seen by the X server.
"""

import contextlib
import time

import machines
import ui_desktop
from app import VITRINE
from figure import OURS, Figure, need, words
from windows import Windows

RUNS, WARM_UP = 21, 2
CALM_S, LATE_S, TIMEOUT_S = 0.2, 10, 60
TIMEOUT_MS = 60000
PATH, INTERFACE = "/org/vitrine/Machine", "org.vitrine.Machine1"


def figures():
    return [Figure("change/painted", "from the call that pauses a machine to its state painted", "ms").want(50)]


class Keeper:
    """The connection to MACHINE's."""

    def __init__(self, machine):
        from gi.repository import Gio, GLib
        self.flags, self.type = Gio.DBusCallFlags.NONE, GLib.VariantType("()")
        self.bus = machine.bus()

    def call(self, method):
        self.bus.call_sync(None, PATH, INTERFACE, method, None, self.type, self.flags, TIMEOUT_MS, None)

    def close(self):
        self.bus.close_sync(None)


def change(windows, keeper, method):
    """Milliseconds from the call of METHOD to what is painted first, after a while in which nothing was."""
    windows.wait_calm(CALM_S, TIMEOUT_S)
    start = time.monotonic()
    keeper.call(method)
    return (windows.wait_painted(start + LATE_S) - start) * 1e3


def measure_changes(say, windows, keeper, figure):
    for i in range(-WARM_UP, RUNS):
        for method in ("Pause", "Resume"):
            ms = change(windows, keeper, method)
            say("run %d, %s: %s" % (i, method, words({figure.name: ms})))
            if i >= 0:
                figure.add(OURS, ms)


def measure_in(say, windows, home, figure):
    machine = home.create("one", "--disk", "size=1M")
    machine.start()
    keeper = Keeper(machine)
    try:
        windows.env = dict(home.environment)
        with windows.started([VITRINE]):
            measure_changes(say, windows, keeper, figure)
    finally:
        keeper.close()


def measure(say, figure):
    need(*ui_desktop.PROGRAMS)
    with ui_desktop.begun(ui_desktop.Desktop()) as desktop, contextlib.closing(machines.Home()) as home:
        measure_in(say, Windows(desktop), home, figure)
