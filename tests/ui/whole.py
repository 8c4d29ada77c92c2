#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The whole way, once: an ISO is dropped on the window, Create, GRUB's menu in the console, keys move it.

The application works on this computer's own machines here, with KVM: on a host without any it runs in
the bed, desktop and all.
"""

import json
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))
import host

host.need_kvm(__file__, memory_mib=8192, seconds=1500)

import ui  # noqa: E402
import ui_create  # noqa: E402
from grub_menu import GrubMenu  # noqa: E402
from ui import (BUTTON, CHECK, COMBO, Drag, RADIO, SPIN, TEXT, State, centre, check, choose, field,  # noqa: E402
                find_all, has, is_on, place, press, says, set_text, test, text_of, wait, wait_for, wait_offered, wait_says)
import ui_real  # noqa: E402
from ui_real import end_machine, show_pixel_by_pixel  # noqa: E402

ISO = "/usr/lib/grub-rescue/grub-rescue-cdrom.iso"
NAME = "grub-rescue-cdrom"
DISPLAY, TERMINAL = "panel", "terminal"  # as SPICE shows it
WIDTH, HEIGHT = 720, 400    # GRUB's text mode
PATIENCE = 240              # seconds, for firmware on an emulated host


class RealApp(ui_real.RealApp):
    START_TIMEOUT = PATIENCE

    def window(self, name, timeout=60):
        return super().window(name, timeout)


app = None
window = None


def ctl(*arguments):
    return ui_real.ctl(*arguments, timeout=PATIENCE)


def state():
    found = [m for m in json.loads(ctl("list", "--all", "--json")) if m["name"] == NAME]
    return found[0]["state"] if found else None


def display_place():
    return place(wait(window, DISPLAY, "Display"))


def picture():
    """What the console shows, as it is on the screen."""
    x, y, width, height = display_place()
    data = ui.desktop.pixels(x, y, width, height)
    return width, height, [data[i * width * 4:(i + 1) * width * 4] for i in range(height)]


menu = GrubMenu(picture)


def wait_screen(condition, what, timeout=PATIENCE):
    try:
        wait_for(condition, what, timeout)
    except AssertionError as error:
        raise AssertionError("%s; the console says:\n%s" % (error, "\n".join(menu.lines())))


def click_display():
    ui.hands.click(*centre(wait(window, DISPLAY, "Display")))
    wait_says(window, "Ctrl+Alt releases the keyboard")


def chosen_line(other_than=None, what="a line chosen"):
    """The line that is chosen in the menu, once one is, and another than that."""
    seen = []

    def chosen():
        seen.append(menu.selected())    # None while it is drawn
        return seen[-1] not in (None, other_than)
    wait_screen(chosen, what)
    return seen[-1]


def arrow(name):
    """Presses it once and waits until another line is chosen; how far it is from the first."""
    first = chosen_line()
    ui.hands.chord(name)
    return chosen_line(first, "another line than %d chosen by %s" % (first, name)) - first


@test("/ui/whole/dropped-iso-becomes-a-machine-with-one-click")
def create():
    global app, window
    app = RealApp(ui.desktop, "")
    wait_says(app.main, "Drop an ISO")
    drag = Drag(ui.desktop, ["file://" + ISO])
    check(drag.hold(*centre(app.main)), "the window does not want it")
    check(drag.drop(), "the drop was refused")
    sheet = app.window("New machine")
    wait_says(sheet, "CD image")
    wait_for(lambda: text_of(wait(sheet, TEXT, "Name")) == NAME, "the name to follow the file")
    create_button = wait_offered(sheet, "Create")
    ui.picture("whole-create")
    press(create_button)
    window = app.window(NAME)
    wait_says(window, "Running", timeout=60)
    check(state() == "running", "vitrinectl says %s" % state())


@test("/ui/whole/grubs-menu-is-in-the-console")
def boots():
    wait_says(window, "720 × 400", timeout=PATIENCE)
    show_pixel_by_pixel(window, NAME, display_place, WIDTH, HEIGHT, PATIENCE)
    click_display()
    wait_screen(lambda: menu.shows("GNU GRUB"), "GRUB's menu")
    wait_screen(lambda: menu.is_idle(lambda: ui.hands.chord("Escape")), "GRUB waiting for a key")
    ui.picture("whole-grub")


@test("/ui/whole/arrow-keys-move-its-selection")
def keys():
    check(arrow("Down") == 1, "it did not move down by one")
    check(arrow("Up") == -1, "it did not move up by one")


@test("/ui/whole/serial-port-is-in-the-second-view")
def serial():
    ui.hands.chord("ctrl+alt")
    press(wait(window, RADIO, "Serial"))
    wait(window, TERMINAL)
    press(wait(window, RADIO, "Display"))
    wait_for(lambda: menu.selected() is not None, "the display again")


@test("/ui/whole/closed-application-leaves-it-running-and-finds-it-again")
def closes():
    global app, window
    app.end()
    check(state() == "running", "it is %s without a window" % state())
    app = RealApp(ui.desktop, "")
    app.wait_state(NAME, "Running", 60)
    window = app.open_machine(NAME, timeout=60)
    show_pixel_by_pixel(window, NAME, display_place, WIDTH, HEIGHT, PATIENCE)
    wait_screen(lambda: menu.selected() is not None, "GRUB's menu again", 60)


@test("/ui/whole/pause-resume-and-force-off-from-the-list")
def lifecycle():
    press(wait(app.row(NAME), BUTTON, "Pause"))
    app.wait_state(NAME, "Paused", 60)
    check(state() == "paused", "vitrinectl says %s" % state())
    press(wait(app.row(NAME), BUTTON, "Resume"))
    app.wait_state(NAME, "Running", 60)
    force_off()
    wait_says(app.main, "Force “%s” off?" % NAME)
    force_off()
    app.wait_state(NAME, "Off", 60)
    check(state() == "off", "vitrinectl says %s" % state())


def force_off():
    """Presses the last of the buttons of that name that can be pressed: the bar's, then the question's."""
    press(wait_for(lambda: next((b for b in reversed(find_all(app.main, BUTTON, "Force off")) if is_on(b)), None),
                   "Force off to be offered"))


@test("/ui/whole/new-machine-has-the-disk-the-sheet-said")
def sheet():
    app.close(NAME)
    dialog = ui_create.sheet(app)
    set_text(wait(dialog, TEXT, "Name"), "two")
    set_text(wait(dialog, SPIN, "Memory"), "64 MiB")
    set_text(wait(dialog, SPIN, "Size"), "32 MiB")
    choose(field(dialog, COMBO, "Format"), "qcow2")
    choose(field(dialog, COMBO, "Network"), "None")
    ui_create.create(app, dialog, "two")
    app.forgiven.append("incomplete link header")   # its display may just be called
    end_machine("two")
    two = [i for i in json.loads(ctl("image", "list", "--json")) if "two" in i["users"]]
    check(len(two) == 1 and two[0]["format"] == "qcow2" and two[0]["size"] == 32 << 20, str(two))
    app.wait_state("two", "Off", 60)
    ctl("undefine", "two", "--remove-disks")


@test("/ui/whole/deleted-machine-leaves-nothing-that-was-ticked-and-all-that-was-not")
def delete():
    machines = os.path.join(ui.desktop.home, "data/vitrine/machines")
    app.select(NAME)
    press(wait_offered(app.main, "Delete"))
    dialog = app.window("Delete “%s”?" % NAME)
    disk = wait(dialog, CHECK, lambda name: name.endswith(NAME + ".raw"))
    check(not has(disk, State.CHECKED), "the disk is ticked to begin with")
    press(disk)
    press(wait_offered(dialog, "Delete"))
    wait_for(lambda: says(app.main, "Drop an ISO"), "an empty list")
    left = [name for name in os.listdir(machines) if name != ".lock"]
    check(left == [], "left: %s" % left)
    check(os.path.exists(ISO), "the ISO is gone")


ui.main("whole", lambda: [end_machine(name) for name in (NAME, "two")])
