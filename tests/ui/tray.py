#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The icon in the desktop's tray, as a panel sees it: what it shows, its menu, and what it keeps running."""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))
import ui
from host import BUILD
from ui import BUTTON, CHECK, TOGGLE, State, check, find, has, press, test, wait, wait_for, wait_says
from ui_tray import Tray

RUNNING = "[machine didi]\nstate=running\n[machine dede]\n[machine pepe]\nstate=paused\n"
OFF = "[machine didi]\n[machine dede]\n"
# What is remembered needs its schema.
ENV = {"GSETTINGS_SCHEMA_DIR": os.path.join(BUILD, "data")}


def run(fake, *arguments, **options):
    return ui.own_app(fake, *arguments, env=ENV, **options)


class in_tray:
    def __enter__(self):
        self.tray = Tray(ui.desktop)
        return self.tray

    def __exit__(self, *exc):
        ui.end_all()
        self.tray.close()


def wait_icon(tray, name):
    wait_for(lambda: tray.property("IconName") == "org.vitrine.Vitrine%s-symbolic" % name, "the icon %r" % name)


@test("/ui/tray/icon-shows-how-many-machines-run-and-says-it-in-words")
def count():
    with in_tray() as tray:
        app = run(RUNNING)
        wait_icon(tray, "-running-2")
        check(tray.property("Title") == "Vitrine: 2 machines run", tray.property("Title"))
        check(tray.property("IconAccessibleDesc") == "Vitrine: 2 machines run", "it says nothing to who cannot see it")
        check(tray.property("Status") == "Active" and tray.property("Category") == "ApplicationStatus", "its status")
        press(wait(app.row("dede"), BUTTON, "Start"))
        wait_icon(tray, "-running-3")


@test("/ui/tray/a-click-opens-the-window")
def click():
    with in_tray() as tray:
        app = run("[machine didi]\nstate=running\n")
        wait_icon(tray, "-running-1")
        check(not tray.property("ItemIsMenu"), "it is all menu")
        check(tray.property("ToolTip")[2] == "Vitrine: 1 machine runs", tray.property("ToolTip"))
        ui.hands.chord("ctrl+w")
        wait_for(lambda: not app.windows(), "the window to close")
        tray.click()
        app.row("didi")


@test("/ui/tray/every-icon-it-may-show-is-there-to-be-installed")
def icons():
    for name in ["%d" % n for n in range(1, 10)] + ["more"]:
        path = os.path.join(BUILD, "data", "org.vitrine.Vitrine-running-%s-symbolic.svg" % name)
        check(os.path.getsize(path) > 300, path)


@test("/ui/tray/menu-has-what-runs-and-what-can-be-done-with-it")
def menu():
    with in_tray() as tray:
        run(RUNNING)
        wait_icon(tray, "-running-2")
        wait_for(lambda: tray.labels() == ["Open Vitrine", "didi", "pepe (paused)", "New machine…", "Quit"], "the menu")
        inside = {label: [one for one, _, _ in entries] for label, _, entries in tray.menu()}
        check(inside["didi"] == ["Open", "Pause", "Shut down"], inside["didi"])
        check(inside["pepe (paused)"][:2] == ["Open", "Resume"], inside["pepe (paused)"])


@test("/ui/tray/its-entries-do-what-they-say")
def act():
    with in_tray() as tray:
        app = run(RUNNING)
        wait_for(lambda: "didi" in tray.labels(), "the menu")
        tray.choose("didi", "Pause")
        wait_for(lambda: "didi (paused)" in tray.labels(), "didi to pause")
        tray.choose("didi (paused)", "Resume")
        wait_for(lambda: "didi" in tray.labels(), "didi to go on")
        tray.choose("didi", "Open")
        app.window("didi")
        tray.choose("didi", "Shut down")
        wait_for(lambda: "didi" not in tray.labels(), "didi to end")
        wait_icon(tray, "-running-1")
        tray.choose("New machine…")
        press(wait(app.window("New machine"), BUTTON, "Cancel"))


@test("/ui/tray/keeps-vitrine-running-without-a-window-while-a-machine-runs")
def keeps():
    with in_tray() as tray:
        app = run("[machine didi]\nstate=running\n")
        wait_icon(tray, "-running-1")
        ui.hands.chord("ctrl+w")
        wait_for(lambda: not app.windows(), "the window to close")
        check(tray.labels() == ["Open Vitrine", "didi", "New machine…", "Quit"] and app.alive(), "it ended")
        tray.choose("Open Vitrine")
        app.row("didi")
        ui.hands.chord("ctrl+w")
        wait_for(lambda: not app.windows(), "the window to close")
        tray.choose("didi", "Shut down")
        wait_for(lambda: not app.alive(), "vitrine to end when nothing runs any more")
        check(app.process.returncode == 0, "status %d" % app.process.returncode)


@test("/ui/tray/last-window-ends-it-where-nothing-runs")
def ends():
    with in_tray() as tray:
        app = run(OFF)
        wait_icon(tray, "")
        ui.hands.chord("ctrl+w")
        wait_for(lambda: not app.alive(), "vitrine to end")


@test("/ui/tray/quit-ends-it-and-takes-the-icon-away")
def leave():
    with in_tray() as tray:
        app = run(RUNNING)
        wait_for(lambda: "Quit" in tray.labels(), "the menu")
        tray.choose("Quit")
        wait_for(lambda: not app.alive(), "vitrine to end")
        wait_for(lambda: not tray.items(), "the icon to go")


def in_main_menu(app, role, name):
    """What the main menu has, which a press now and then closes again where the computer is busy."""
    def opened():
        press(wait(app.main, TOGGLE, "Main menu"))
        return ui.soon(lambda: find(app.main, role, name))
    return wait_for(opened, "%s in the main menu" % name)


@test("/ui/tray/who-wants-no-icon-has-none")
def unwanted():
    with in_tray() as tray:
        app = run(RUNNING)
        wait_icon(tray, "-running-2")
        press(in_main_menu(app, CHECK, "Icon in the tray"))
        wait_for(lambda: tray.property("Status") in (None, "Passive"), "the icon to go")
        press(in_main_menu(app, CHECK, "Icon in the tray"))
        wait_icon(tray, "-running-2")


@test("/ui/tray/no-word-of-it-where-there-is-none")
def no_tray():
    app = run(RUNNING)
    press(wait(app.main, TOGGLE, "Main menu"))
    wait(app.main, BUTTON, "Quit")
    check(not find(app.main, CHECK, "Icon in the tray"), "it is offered")


@test("/ui/tray/tray-that-comes-later-has-the-icon-too")
def later():
    run(RUNNING)
    with in_tray() as tray:
        wait_icon(tray, "-running-2")


@test("/ui/tray/tray-that-is-started-anew-gets-the-icon-again-and-nothing-ends")
def again():
    with in_tray() as tray:
        app = run("[machine didi]\nstate=running\n")
        wait_icon(tray, "-running-1")
        ui.hands.chord("ctrl+w")
        wait_for(lambda: not app.windows(), "the window to close")
        tray.close()
        second = Tray(ui.desktop)
        try:
            wait_icon(second, "-running-1")
            check(app.alive(), "it ended")
            second.choose("Open Vitrine")
            app.row("didi")
        finally:
            second.close()


@test("/ui/tray/started-in-the-background-it-has-no-window-until-it-is-asked")
def background():
    with in_tray() as tray:
        app = run(RUNNING, "--background", wait_for_window=False)
        wait_icon(tray, "-running-2")
        app.root = wait_for(app.find_root, "the application")
        check(not app.windows(), "there is a window")
        check(app.again("--background") == 0 and not app.windows(), "a second one opened a window")
        check(app.again() == 0, "it failed")
        app.row("didi")


@test("/ui/tray/help-that-opens-by-itself-does-so-once-however-often-the-window-is-opened")
def explained():
    with in_tray() as tray:
        app = run("[check kvm]\nstatus=failed\ntext=you have no right to use /dev/kvm\n", "--background",
                  wait_for_window=False)
        wait_icon(tray, "")
        tray.click()
        app.root = wait_for(app.find_root, "the application")
        app.window("Help")
        wait_for(lambda: has(app.window("Help"), State.ACTIVE), "help in front")
        ui.hands.chord("Escape")
        app.wait_window_gone("Help")
        wait_for(lambda: has(app.main, State.ACTIVE), "the window in front")
        ui.hands.chord("ctrl+w")
        wait_for(lambda: not app.windows(), "the window to close")
        tray.click()
        wait_says(app.main, "You have no right to use /dev/kvm")
        check([w.get_name() for w in app.windows()] == ["Vitrine"], "it came again")


@test("/ui/tray/started-in-the-background-without-a-tray-it-opens-its-window")
def background_without():
    app = run(RUNNING, "--background", wait_for_window=False)
    app.root = wait_for(app.find_root, "the application", 30)
    wait_for(lambda: app.windows(), "the window", 30)


ui.main("tray")
