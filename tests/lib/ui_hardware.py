# SPDX-License-Identifier: GPL-2.0-or-later
"""The window of a machine's hardware: opened at one of its parts, its pages applied, and closed."""

import ui
from ui import BUTTON, ROW, find, find_all, is_on, press, wait, wait_for


def close(app):
    """What stands before a machine's window, with what waits dropped."""
    for window in app.windows():
        name = window.get_name()
        if name.startswith("Hardware of"):
            press(wait(window, BUTTON, "Close"))
            if ui.soon(lambda: find(window, BUTTON, "Close without it")):
                press(wait(window, BUTTON, "Close without it"))
            app.wait_window_gone(name)


def go(window, row):
    rows = wait(window, "list box", "Devices")
    wait_for(lambda: find(rows, ROW, row, hidden=True), "the row %r" % row)
    names = [r.get_name() for r in find_all(rows, ROW, hidden=True)]
    rows.get_selection_iface().select_child(names.index(row))


def opened(app, name, row):
    """NAME's hardware, at its part ROW."""
    close(app)
    press(wait(app.open_machine(name), BUTTON, "Hardware"))
    window = app.window("Hardware of “%s”" % name)
    go(window, row)
    return window


def fact(window, row):
    """What the list says below a part's name."""
    rows = wait(window, "list box", "Devices")
    return find(rows, ROW, row, hidden=True).get_description()


def apply(window):
    button = wait(window, BUTTON, "Apply")
    wait_for(lambda: is_on(button), "Apply to be offered")
    press(button)
