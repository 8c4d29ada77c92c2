# SPDX-License-Identifier: GPL-2.0-or-later
"""The sheet of a new machine: opened with nothing typed into it, filled in, and gone when the machine is there."""

import ui
import ui_hardware
from ui import BUTTON, TOGGLE, State, check, field, has, press, set_text, wait, wait_for, wait_offered

SHEET = "New machine"


def sheet(app, source=None):
    """The sheet alone before the main window, with the file SOURCE in it as by `vitrine SOURCE`."""
    ui.escape_others(app)
    if source:
        check(app.again(source) == 0, "the second vitrine failed")
    else:
        press(wait(app.main, BUTTON, "New"))
    dialog = app.window(SHEET)
    wait_for(lambda: has(dialog, State.ACTIVE), "the sheet in front")
    return dialog


def unfold(dialog, name):
    """Shows what is folded away below NAME."""
    toggle = field(dialog, TOGGLE, name)
    press(toggle)
    wait_for(lambda: is_unfolded(toggle), name + " to unfold")


def is_unfolded(toggle):
    return has(toggle, State.EXPANDED) or has(toggle, State.CHECKED)


def create(app, dialog, name):
    """Presses Create once it is offered; the window of the new machine NAME."""
    press(wait_offered(dialog, "Create"))
    app.wait_window_gone(SHEET)
    return app.window(name)


def facts_of_new(app, dialog, name):
    """Creates the machine NAME; (part, what the list says of it) of each of its parts, with its windows closed again."""
    set_text(field(dialog, ui.TEXT, "Name"), name)
    press(wait(create(app, dialog, name), BUTTON, "Hardware"))
    facts = ui_hardware.facts(app.window(ui_hardware.title(name)))
    app.close(ui_hardware.title(name))
    app.close(name)
    return facts
