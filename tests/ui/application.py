#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The application on its desktop: one instance, files dropped and opened, notifications, its own windows."""

import os
import shutil
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))
import ui
import ui_app
import ui_notify
from ui_desktop import PUT_AWAY
from ui import (BAR, BUTTON, DIALOG, Drag, LABEL, ROW, State, TEXT, centre, check, find, has, place, press, says, test,
                text_of, wait, wait_for, wait_gone, wait_says)

HOST = "[machine didi]\nstate=running\n[machine dede]\n[machine falling]\ncrash-after-ms=1\n"
SHEET = "New machine"
COVER = "Drop to make a machine"
notifications = ui.desktop.watch_notifications()


def close_sheet(app):
    app.close(SHEET, "Cancel")


def notified(*parts):
    return next((n for n in ui_notify.read(notifications) if all(p in " ".join(n) for p in parts)), None)


@test("/ui/application/dropped-iso-opens-the-sheet-filled-in")
def drop():
    app = ui.app(HOST)
    path = ui.iso("dropped 1.iso")
    drag = Drag(ui.desktop, ["file://" + path.replace(" ", "%20")])
    check(drag.hold(*centre(app.main)), "the window does not want it")
    wait_says(app.main, COVER)
    ui.picture("drag")
    check(drag.drop(), "the drop was refused")
    dialog = app.window(SHEET)
    wait_says(dialog, "dropped 1.iso")
    wait_says(dialog, "CD image")
    wait_gone(app.main, LABEL, COVER)
    wait_for(lambda: text_of(wait(dialog, TEXT, "Name")) == "dropped-1", "the name to follow the file")
    close_sheet(app)


@test("/ui/application/drop-anywhere-on-the-window-counts")
def drop_anywhere():
    app = ui.app(HOST)
    x, y, width, height = place(app.main)
    drag = Drag(ui.desktop, ["file://" + ui.iso()])
    for at in ((x + 60, y + 24), (x + width - 20, y + 80), (x + 10, y + height - 10)):
        check(drag.hold(*at), "not at %d, %d" % at)
    check(drag.drop(), "the drop was refused")
    wait_says(app.window(SHEET), "debian-12.iso")
    close_sheet(app)


@test("/ui/application/drag-that-leaves-changes-nothing")
def leave():
    app = ui.app(HOST)
    drag = Drag(ui.desktop, ["file://" + ui.iso()])
    drag.hold(*centre(app.main))
    wait_says(app.main, COVER)
    drag.leave()
    wait_gone(app.main, LABEL, COVER)
    check(len(app.windows()) == 1, "a window opened")


@test("/ui/application/text-is-not-taken-for-a-file")
def drop_text():
    app = ui.app(HOST)
    drag = Drag(ui.desktop, ["some words"], "text/plain")
    check(not drag.hold(*centre(app.main)), "the window wants words")
    check(not says(app.main, COVER), "it says it would")
    drag.leave()


@test("/ui/application/of-several-files-the-first-is-taken-and-that-is-said")
def drop_two():
    app = ui.app(HOST)
    drag = Drag(ui.desktop, ["file://" + ui.iso("one.iso"), "file://" + ui.iso("two.iso")])
    drag.hold(*centre(app.main))
    check(drag.drop(), "the drop was refused")
    wait_says(app.window(SHEET), "one.iso")
    bar = wait(app.main, BAR, lambda name: "one file at a time" in name)
    close_sheet(app)
    press(wait(bar, BUTTON, "Dismiss this message"))


@test("/ui/application/file-of-another-computer-is-refused-with-a-reason")
def drop_remote():
    app = ui.app(HOST)
    drag = Drag(ui.desktop, ["smb://server/share/a.iso"])
    drag.hold(*centre(app.main))
    drag.drop()
    bar = wait(app.main, BAR, lambda name: "not a file of this computer" in name)
    check(len(app.windows()) == 1, "a window opened")
    press(wait(bar, BUTTON, "Dismiss this message"))


@test("/ui/application/second-run-with-an-iso-goes-to-the-running-one")
def second():
    app = ui.app(HOST)
    check(app.again(ui.iso("second.iso")) == 0, "it failed")
    wait_says(app.window(SHEET), "second.iso")
    check(app.again(ui.iso("third.iso")) == 0, "it failed")
    wait_says(app.window(SHEET), "third.iso")
    check(len([w for w in app.windows() if w.get_name() == SHEET]) == 1, "two sheets")
    close_sheet(app)


@test("/ui/application/second-run-brings-the-window-to-the-front")
def present():
    app = ui.app(HOST)
    check(app.again() == 0, "it failed")
    wait_for(lambda: has(app.main, State.ACTIVE), "the window in front")
    check(len(app.windows()) == 1, "two windows")


@test("/ui/application/first-run-with-an-iso-opens-the-sheet")
def first():
    app = ui.own_app(HOST, ui.iso("first.iso"))
    wait_says(app.window(SHEET), "first.iso")


@test("/ui/application/window-that-is-never-drawn-has-its-machines")
def put_away():
    app = ui_app.App(ui.desktop, HOST, "--name=" + PUT_AWAY, wait_for_window=False)
    try:
        app.root = wait_for(app.find_root, "the application")
        wait_for(lambda: find(app.root, ROW, "didi", hidden=True), "its machines")
        check(not has(app.root.get_child_at_index(0), State.ACTIVE), "its window is there")
    finally:
        app.end()


@test("/ui/application/another-host-is-another-instance")
def other_host():
    app = ui.app(HOST)
    other = ui_app.App(ui.desktop, "[machine elsewhere]\n")
    other.row("elsewhere")
    check(app.alive() and not find(app.main, "list item", "elsewhere"), "they are one")
    other.end()
    app.row("didi")


@test("/ui/application/shortcuts-and-about-open-and-close")
def own_windows():
    app = ui.app(HOST)
    wait_for(lambda: has(app.main, State.ACTIVE), "the window in front")
    ui.hands.chord("ctrl+F1")
    window = wait_for(lambda: next((w for w in app.windows() if find(w, LABEL, "Full screen")), None),
                      "the shortcuts")
    ui.picture("shortcuts")
    ui.hands.chord("Escape")
    wait_for(lambda: len(app.windows()) == 1, "the shortcuts to go")
    app.press_in_main_menu("About Vitrine")
    window = wait_for(lambda: next((w for w in app.windows() if w.get_role_name() == DIALOG), None), "About")
    ui.picture("about")
    press(wait(window, BUTTON, "Close"))
    wait_for(lambda: len(app.windows()) == 1, "About to go")


@test("/ui/application/closing-says-what-goes-on-running")
def still_running():
    app = ui.app(HOST)
    app.wait_state("didi", "Running")
    wait_for(lambda: has(app.main, State.ACTIVE), "the window in front")
    ui.hands.chord("ctrl+w")
    app.process.wait(timeout=10)
    check(app.process.returncode == 0, "status %d" % app.process.returncode)
    wait_for(lambda: notified("1 machine goes on running"), "the notification")


@test("/ui/application/closing-with-nothing-running-says-nothing")
def nothing_running():
    before = len(ui_notify.read(notifications))
    app = ui.own_app("[machine dede]\n")
    app.row("dede")
    wait_for(lambda: has(app.main, State.ACTIVE), "the window in front")
    ui.hands.chord("ctrl+q")
    app.process.wait(timeout=10)
    # What the next one says comes after anything this one could have said.
    app = ui.own_app("[machine didi]\nstate=running\n")
    app.row("didi")
    wait_for(lambda: has(app.main, State.ACTIVE), "the window in front")
    ui.hands.chord("ctrl+q")
    wait_for(lambda: len(ui_notify.read(notifications)) > before, "the other's notification")
    check(len(ui_notify.read(notifications)) == before + 1, "it said something")


@test("/ui/application/crash-nobody-sees-is-notified")
def crash():
    app = ui.own_app("[machine falling]\ncrash-after-ms=1\ncrash-reason=out of memory\n")
    start = wait(app.row("falling"), BUTTON, "Start")
    # Another application's window has the keyboard.
    other = ui.desktop.spawn(["xmessage", "-center", "hello"]) if shutil.which("xmessage") else \
        ui_app.App(ui.desktop, "[host]\n").process
    wait_for(lambda: not has(app.main, State.ACTIVE), "another window to become the active one")
    press(start)
    app.wait_state("falling", "Crashed")
    wait_for(lambda: notified("“falling” crashed", "Out of memory."), "the notification")
    other.terminate()


@test("/ui/application/wrong-host-ends-with-one-sentence")
def wrong_host():
    result = subprocess.run([ui_app.VITRINE, "--host", "nonsense:"], env=ui.desktop.env, timeout=20,
                            stdin=subprocess.DEVNULL, capture_output=True, text=True)
    check(result.returncode == 1, "status %d" % result.returncode)
    check(result.stderr.startswith("vitrine: ") and result.stderr.count("\n") == 1, result.stderr)


@test("/ui/application/version-needs-no-desktop")
def version():
    env = {k: v for k, v in ui.desktop.env.items() if k not in ("DISPLAY", "DBUS_SESSION_BUS_ADDRESS")}
    result = subprocess.run([ui_app.VITRINE, "--version"], env=env, timeout=20, stdin=subprocess.DEVNULL,
                            capture_output=True, text=True)
    check(result.returncode == 0 and result.stdout.startswith("vitrine "), result.stdout + result.stderr)


ui.main("application")
