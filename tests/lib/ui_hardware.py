# SPDX-License-Identifier: GPL-2.0-or-later
"""The window of a machine's hardware: opened at one of its parts, its pages applied, and closed."""

from ui import BUTTON, ROW, field, find, find_all, note, pick_row, press, wait, wait_for, wait_offered

ANYWAY = "Close without it"


def title(name):
    return "Hardware of “%s”" % name


def close(app):
    """What stands before a machine's window, with what waits dropped."""
    for window in app.windows():
        name = window.get_name()
        if name.startswith("Hardware of"):
            press(wait(window, BUTTON, "Close"))
            gone = wait_for(lambda: all(w.get_name() != name for w in app.windows()) or find(window, BUTTON, ANYWAY),
                            "%s to go or to ask" % name)
            if gone is not True:
                press(gone)
            app.wait_window_gone(name)


def hardware(app, name):
    """NAME's list of parts, alone beside its window and the main one."""
    close(app)
    press(wait(app.open_machine(name), BUTTON, "Hardware"))
    return app.window(title(name))


def go(window, row):
    """Chooses the part ROW in the list."""
    pick_row(wait(window, "list box", "Devices"), row)


def opened(app, name, row):
    """NAME's hardware, at its part ROW."""
    window = hardware(app, name)
    go(window, row)
    return window


def fact(window, row):
    """What the list says below a part's name."""
    return note(wait(window, "list box", "Devices"), ROW, row)


def facts(window):
    """(name, what the list says below it) of each part, once the list is there."""
    rows = wait(window, "list box", "Devices")
    field(rows, ROW)
    return [(row.get_name(), row.get_description()) for row in find_all(rows, ROW, hidden=True)]


def apply(window):
    press(wait_offered(window, "Apply"))
