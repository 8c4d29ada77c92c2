#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Everything that can be used can be named, reached with the keyboard and read aloud."""

import glob
import os
import re
import sys
import xml.etree.ElementTree

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))
import ui
from host import BUILD, ROOT
from ui import (BUTTON, CHECK, COMBO, RADIO, ROW, SPIN, TEXT, TOGGLE, State, centre, check, check_named, field, find, has, place,
                press, test, wait, wait_for, wait_offered, wait_says, walk)

HOST = """
[machine didi]
state=running
disks=/srv/didi.raw|10
[machine dede]
disks=/srv/dede.raw|10;/srv/other.raw|10|it is shared
[machine mussum]
state=crashed
state-reason=the process was killed
[check kvm]
status=failed
text=there is no KVM
mend=sudo modprobe kvm
"""


def with_keyboard(window):
    """What has the keyboard.  GTK does not say so of a combo box, whose button inside has it."""
    found = ui.soon(lambda: next((w for w in walk(window) if has(w, State.FOCUSED)), None))
    return found or find(window, COMBO)


def tab_order(window, limit=60):
    """Names of what has the keyboard as Tab is pressed, until it comes round."""
    order = []
    for _ in range(limit):
        focused = wait_for(lambda: with_keyboard(window), "something to have the keyboard")
        key = (focused.get_role_name(), focused.get_name())
        if order and key == order[0]:
            return order
        order.append(key)
        ui.hands.chord("Tab")
        wait_for(lambda: not has(focused, State.FOCUSED), "Tab to leave %s" % (key,))
    raise AssertionError("Tab never comes round: %s" % order)


def tab_to(window, role, name, limit=20):
    """Presses Tab until that control has the keyboard."""
    control = wait(window, role, name)
    for _ in range(limit):
        if ui.soon(lambda: has(control, State.FOCUSED), 0.1):
            return
        ui.hands.chord("Tab")
    raise AssertionError("Tab does not reach %s" % name)


@test("/ui/accessibility/main-window-is-named")
def main_window():
    app = ui.app(HOST)
    app.row("didi")
    wait_says(app.main, "sudo modprobe kvm")
    check_named(app.main)
    app.select("didi", "dede")
    wait_says(app.main, "2 machines selected")
    check_named(app.main)
    ui.hands.chord("ctrl+f")
    wait(app.main, TEXT, "Search")
    check_named(app.main)
    ui.hands.chord("Escape")


@test("/ui/accessibility/hosts-and-the-sheet-for-one-are-named")
def hosts():
    app = ui.app((HOST, "[host]\ntitle=tower\nproblem=nobody is there\nmend=ssh tower true\n[machine alpha]\n"))
    wait_says(app.main, "Nobody is there.")
    check(wait(app.main, ROW, "tower").get_description() == "Could not be connected", "the row does not say how it is")
    check_named(app.main)

    app.press_in_main_menu("Add a host…")
    sheet = app.window("Add a host")
    check_named(sheet)
    combo = wait(sheet, COMBO)
    combo.get_selection_iface().select_child(2)  # another computer
    name = wait(sheet, TEXT, "Computer, by SSH")
    ui.set_text(name, "two words")
    wait_for(lambda: name.get_description().startswith("Only a name"), "the error to be the field's description")
    check_named(sheet)
    ui.hands.chord("Escape")
    app.wait_window_gone("Add a host")


@test("/ui/accessibility/rows-tell-state-and-facts")
def rows():
    app = ui.app(HOST)
    check(app.row("didi").get_description() == "Running · 2 CPUs · 2 GiB", app.row("didi").get_description())
    press(wait(app.row("didi"), BUTTON, "Pause"))
    wait_for(lambda: app.row("didi").get_description().startswith("Paused"), "the description to follow")
    press(wait(app.row("didi"), BUTTON, "Resume"))


@test("/ui/accessibility/row-menu-is-named")
def menu():
    app = ui.app(HOST)
    press(wait(app.row("dede"), BUTTON, "Menu"))
    wait(app.main, BUTTON, "Reset…")
    check_named(app.main)
    ui.hands.chord("Escape")


def letters_of(node, scope, found):
    """Whom the Alt key and a letter reach in NODE, an object of a template: a menu is a scope of its own, as it is not there
    with the rest of its window."""
    kind = node.get("class", "")
    scope = (scope, node.get("id")) if kind in ("GtkPopover", "GtkPopoverMenu", "GtkMenu") else scope
    texts = {p.get("name"): p.text or "" for p in node.findall("property")}
    if texts.get("use-underline") == "True" or kind in ("AppFormRow", "GtkModelButton"):
        for text in (texts.get(name, "") for name in ("label", "title", "text")):
            letter = re.search("_([^_ ])", text)
            if letter:
                found.setdefault((scope, letter.group(1).lower()), []).append(text)
    for child in node.findall("child/object") + node.findall("property/object"):
        letters_of(child, scope, found)


@test("/ui/accessibility/no-letter-is-twice-in-a-window")
def mnemonics():
    wrong, n = [], 0
    for path in sorted(glob.glob(os.path.join(ROOT, "ui-glade/*.ui"))):
        found = {}
        for node in xml.etree.ElementTree.parse(path).getroot():
            letters_of(node, None, found)
        n += len(found)
        wrong += ["%s: %s" % (os.path.basename(path), texts) for texts in found.values() if len(texts) > 1]
    check(not wrong, "the same letter reaches several: " + "; ".join(wrong))
    check(n > 60, "only %d letters were found" % n)


@test("/ui/accessibility/letters-reach-the-fields-of-the-create-sheet")
def letters():
    app = ui.app(HOST)
    press(wait(app.main, BUTTON, "New"))
    dialog = app.window("New machine")
    wait_for(lambda: has(dialog, State.ACTIVE), "the sheet in front")
    for letter, role, name in (("n", TEXT, "Name"), ("p", SPIN, "Processors"), ("m", SPIN, "Memory"), ("s", SPIN, "Size")):
        ui.hands.chord("alt+" + letter)
        wait_for(lambda: has(field(dialog, role, name), State.FOCUSED), "Alt+%s to reach %s" % (letter, name))
    ui.hands.chord("Escape")
    app.wait_window_gone("New machine")


@test("/ui/accessibility/create-sheet-is-named-and-its-notes-are-descriptions")
def create():
    app = ui.app(HOST)
    press(wait(app.main, BUTTON, "New"))
    dialog = app.window("New machine")
    check_named(dialog)
    name = wait(dialog, TEXT, "Name")
    ui.set_text(name, "didi")
    wait_for(lambda: name.get_description() == "There already is a machine of this name",
             "the error to be the field's description")


@test("/ui/accessibility/tab-reaches-all-of-the-create-sheet-and-comes-round")
def create_tab():
    app = ui.app(HOST)
    dialog = app.window("New machine")
    ui.set_text(wait(dialog, TEXT, "Name"), "fine")
    wait_for(lambda: has(dialog, State.ACTIVE), "the sheet in front")
    order = tab_order(dialog)
    for control in ((BUTTON, "Choose file…"), (TEXT, "Name"), (TOGGLE, "System: Any system"), (SPIN, "Processors"), (SPIN, "Memory"), (COMBO, "Firmware"),
                    (TOGGLE, "Disk"), (SPIN, "Size"), (BUTTON, "Create"), (BUTTON, "Cancel")):
        check(control in order, "%s is not reached: %s" % (control, order))
    ui.hands.chord("Escape")
    app.wait_window_gone("New machine")


@test("/ui/accessibility/delete-dialog-is-named")
def delete():
    app = ui.app(HOST)
    app.select("dede")
    press(wait_offered(app.main, "Delete"))
    dialog = app.window("Delete “dede”?")
    wait(dialog, CHECK, "/srv/dede.raw")
    check_named(dialog)
    order = tab_order(dialog)
    check((CHECK, "/srv/dede.raw") in order and (BUTTON, "Delete") in order, str(order))
    ui.hands.chord("Escape")
    app.wait_window_gone("Delete “dede”?")


@test("/ui/accessibility/preferences-are-named-described-and-reached-by-tab")
def preferences():
    app = ui.own_app(HOST, env={"GSETTINGS_SCHEMA_DIR": os.path.join(BUILD, "data")})
    window = app.opened("Preferences")
    for page, controls in (("Desktop", ((TOGGLE, "Icon in the tray"), (TOGGLE, "Ask before forcing off"))),
                           ("Consoles", ((COMBO, "Display"), (TEXT, "Name"), (TEXT, "Keys"))),
                           ("New machines", ((COMBO, "Firmware"), (SPIN, "Memory"), (BUTTON, "Disk images")))):
        press(wait(window, RADIO, page))
        wait_for(lambda: has(window, State.ACTIVE), "the window in front")
        check_named(window)
        for role, name in controls:
            check(wait(window, role, name).get_description(), "%s has no description" % name)
            if role != COMBO:  # GTK does not say that one has the keyboard
                tab_to(window, role, name)
    ui.hands.chord("Escape")
    app.wait_window_gone("Preferences")


@test("/ui/accessibility/help-is-named")
def help_window():
    app = ui.app(HOST)
    wait_for(lambda: has(app.main, State.ACTIVE), "the window in front")
    ui.hands.chord("F1")
    window = app.window("Help")
    wait_says(window, "sudo modprobe kvm")
    check_named(window)
    order = tab_order(window)
    for name in ("Look again", "Copy “sudo modprobe kvm”", "Keyboard shortcuts", "Preferences"):
        check((BUTTON, name) in order, "%s is not reached: %s" % (name, order))
    ui.hands.chord("Escape")
    app.wait_window_gone("Help")


@test("/ui/accessibility/machine-window-is-named")
def machine():
    app = ui.app(HOST)
    for name, text in (("didi", "720 × 400"), ("mussum", "This machine crashed")):
        window = app.open_machine(name)
        wait_says(window, text)
        check_named(window)
        press(wait(window, RADIO, "Serial"))
        wait(window, "terminal")
        check_named(window)
        app.close(name)


@test("/ui/accessibility/dark-desktop")
def dark():
    app = ui.own_app(HOST, env={"GTK_THEME": "Adwaita:dark"})
    app.select("dede")
    wait_says(app.main, "“dede” selected")
    ui.picture("main-dark")
    press(wait(app.main, BUTTON, "New"))
    app.window("New machine")
    ui.picture("create-dark")
    x, y, width, height = place(app.main)
    check(sum(ui.desktop.pixel(x + 8, y + height // 2)) < 300, "the window is not dark")


@test("/ui/accessibility/from-right-to-left")
def mirrored():
    app = ui.own_app(HOST, env={"GTK_MODULES": os.path.join(BUILD, "tests/ui/right-to-left.so")})
    app.select("dede")
    wait_says(app.main, "“dede” selected")
    middle, _ = centre(app.main)
    check(place(wait(app.main, BUTTON, "New"))[0] > middle, "the header bar is not mirrored")
    check(place(wait(app.row("didi"), BUTTON, "Menu"))[0] < middle, "the rows are not mirrored")
    ui.picture("main-right-to-left")
    press(wait(app.main, BUTTON, "New"))
    dialog = app.window("New machine")
    check(place(wait(dialog, TEXT, "Name"))[0] < middle, "the sheet is not mirrored")
    ui.picture("create-right-to-left")
    ui.hands.chord("Escape")
    press(wait(app.row("didi"), BUTTON, "Menu"))
    press(wait(app.main, BUTTON, "Open"))
    wait_says(app.window("didi"), "720 × 400")
    ui.picture("machine-right-to-left")


ui.main("accessibility")
