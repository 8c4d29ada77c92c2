# SPDX-License-Identifier: GPL-2.0-or-later
"""Widgets as screen readers see them: found by role and name, asked for states, pressed.

Import after ui_desktop.start().  libatspi keeps what it was told until an event says otherwise; as a
test must not believe anything old, each search and each question forgets it first.
"""

import gi

gi.require_version("Atspi", "2.0")
from gi.repository import Atspi, GLib  # noqa: E402

import tap  # noqa: E402

Atspi.init()
Atspi.set_timeout(4000, 8000)
State = Atspi.StateType
BUTTON, TOGGLE, CHECK, TEXT, SPIN = "push button", "toggle button", "check box", "text", "spin button"
COMBO, RADIO, PASSWORD = "combo box", "radio button", "password text"
LABEL, ROW, FRAME, DIALOG, BAR = "label", "list item", "frame", "dialog", "info bar"
# What is used, and what a screen reader therefore needs a name of.
CONTROLS = {BUTTON, TOGGLE, CHECK, TEXT, SPIN, ROW, RADIO, COMBO, "menu item", "slider", "terminal", "switch",
            "drawing area", "list box", "level bar"}


def wait_for(condition, what, timeout=20.0):
    """As tap.wait_for(); a widget that went while it was looked at is looked at again."""
    def patient():
        try:
            return condition()
        except GLib.Error:
            return None
    return tap.wait_for(patient, what, timeout)


def soon(condition, timeout=1.0):
    """Whether CONDITION comes true within a moment: for a gesture that is then made again."""
    try:
        return wait_for(condition, "", timeout)
    except AssertionError:
        return None


def desktop():
    root = Atspi.get_desktop(0)
    root.clear_cache()
    return root


def application(pid):
    """The root of process PID's widgets, or None while it has none."""
    root = desktop()
    for i in range(root.get_child_count()):
        try:
            child = root.get_child_at_index(i)
            if child is not None and child.get_process_id() == pid:
                return child
        except GLib.Error:
            continue
    return None


def has(widget, *states):
    try:
        widget.clear_cache()
        found = widget.get_state_set()
    except GLib.Error:
        return False
    return all(found.contains(s) for s in states)


def children(widget):
    widget.clear_cache()
    for i in range(widget.get_child_count()):
        child = widget.get_child_at_index(i)
        if child is not None:
            yield child


def walk(widget, hidden=False):
    """WIDGET's descendants that are to be seen, depth first; also the others if HIDDEN."""
    try:
        for child in children(widget):
            if hidden or has(child, State.VISIBLE):
                yield child
                yield from walk(child, hidden)
    except GLib.Error:
        return  # it went while we looked


def find_all(root, role, name=None, hidden=False):
    """NAME: the whole name, or a function of it."""
    found = []
    root.clear_cache()
    for widget in walk(root, hidden):
        try:
            if widget.get_role_name() != role:
                continue
            its_name = widget.get_name()
        except GLib.Error:
            continue
        if name is None or (name(its_name) if callable(name) else its_name == name):
            if hidden or has(widget, State.SHOWING):
                found.append(widget)
    return found


def find(root, role, name=None, hidden=False):
    found = find_all(root, role, name, hidden)
    return found[0] if found else None


def called(name):
    """NAME as a failure's message has it."""
    return "…" if callable(name) else repr(name)


def wait(root, role, name=None, timeout=10.0, hidden=False):
    try:
        return wait_for(lambda: find(root, role, name, hidden), "%s %s" % (role, called(name)), timeout)
    except AssertionError as error:
        raise AssertionError("%s; there is: %s" % (error, describe(root))) from None


def wait_gone(root, role, name=None, timeout=10.0):
    wait_for(lambda: find(root, role, name) is None, "%s %s to go" % (role, called(name)), timeout)


def field(root, role, name=None):
    """A widget that may be out of sight: pages scroll."""
    return wait(root, role, name, timeout=20.0, hidden=True)


def note(root, role, name):
    """What stands beside a field, or below a row's title."""
    return field(root, role, name).get_description()


def noted(root, role, name, *parts, field=field):
    """Waits until the note beside that field, found by FIELD, has all PARTS."""
    def text():
        return field(root, role, name).get_description()
    try:
        wait_for(lambda: all(part in text() for part in parts), "")
    except AssertionError:
        raise AssertionError("beside %s: %r" % (called(name), text())) from None


def describe(root):
    """All names to be seen, for a failure's message."""
    words = []
    for widget in walk(root):
        try:
            name = widget.get_name() or text_of(widget)
            if name and has(widget, State.SHOWING):
                words.append("%s “%s”" % (widget.get_role_name(), name))
        except GLib.Error:
            continue
    return ", ".join(words)


def text_of(widget):
    interface = widget.get_text_iface()
    return "" if interface is None else interface.get_text(0, interface.get_character_count())


def says(root, *parts):
    """The first label to be seen whose text holds all PARTS, or None."""
    for role in (LABEL, BAR):
        for widget in find_all(root, role):
            text = text_of(widget) or widget.get_name()
            if all(p in text for p in parts):
                return widget
    return None


def wait_says(root, *parts, timeout=10.0):
    try:
        return wait_for(lambda: says(root, *parts), "a text with %r" % (parts,), timeout)
    except AssertionError as error:
        raise AssertionError("%s; there is: %s" % (error, describe(root))) from None


def press(widget):
    """Does what a click on it does."""
    if not has(widget, State.SENSITIVE):
        raise AssertionError("%s “%s” cannot be pressed" % (widget.get_role_name(), widget.get_name()))
    actions = widget.get_action_iface()
    names = [actions.get_action_name(i) for i in range(actions.get_n_actions())]
    actions.do_action(names.index("click") if "click" in names else 0)


def is_on(widget):
    return has(widget, State.SENSITIVE)


def wait_offered(root, name, role=BUTTON):
    """The button NAME, once there is one that can be pressed."""
    return wait_for(lambda: next((b for b in find_all(root, role, name) if is_on(b)), None), "%r to be offered" % name)


def wait_refused(root, name, role=BUTTON):
    """Waits until the button NAME is there and cannot be pressed."""
    def refused():
        buttons = find_all(root, role, name)
        return buttons and not any(is_on(b) for b in buttons)
    wait_for(refused, "%r not to be offered" % name)


def lines(combo):
    """The names of a combo box's lines."""
    return [item.get_name() for item in find_all(combo, "menu item", hidden=True)]


def choose(combo, name):
    """Has the combo box show its line NAME."""
    names = lines(combo)
    tap.check(name in names, "%s is not among %s" % (name, names))
    combo.get_selection_iface().select_child(names.index(name))


def shown(combo):
    """The name of the line that the combo box shows."""
    line = combo.get_selection_iface().get_selected_child(0)
    return line.get_name() if line else ""


def pick_row(rows, name):
    """Chooses the row NAME of the list box ROWS, which may be out of sight."""
    row = field(rows, ROW, name)
    rows.get_selection_iface().select_child(row.get_index_in_parent())


def select_row(window, list_name, name):
    """Chooses the row NAME of a list that has a page for each, and waits for that."""
    pick_row(wait(window, "list box", list_name), name)
    wait_for(lambda: find(window, LABEL, name), "the page of " + name)


def check_named(window):
    """Fails where a screen reader could only call a control that is to be seen by its role."""
    nameless = ["%s at %s" % (w.get_role_name(), place(w)) for w in walk(window)
                if w.get_role_name() in CONTROLS and has(w, State.SHOWING) and not w.get_name()]
    tap.check(not nameless, "without a name: " + "; ".join(nameless))


def set_text(widget, text):
    widget.get_editable_text_iface().set_text_contents(text)


def place(widget):
    """x, y, width, height on the screen."""
    component = widget.get_component_iface()
    if component is None:
        raise GLib.Error("it went while it was looked at")
    box = component.get_extents(Atspi.CoordType.SCREEN)
    return box.x, box.y, box.width, box.height


def centre(widget):
    x, y, width, height = place(widget)
    return x + width // 2, y + height // 2
