#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Deleting: asked first, disks only when they are ticked, and nothing but what was said."""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))
import ui
from ui import (BAR, BUTTON, CHECK, ROW, State, centre, check, find, find_all, has, is_on, press, test, wait,
                wait_for, wait_gone, wait_offered, wait_says)

HOST = """
[machine alpha]
disks=/srv/alpha.raw|2048;/srv/shared.raw|4096|“beta” uses it too
[machine beta]
[machine gamma]
disks=/srv/gamma.raw|1024
[machine delta]
disks=/srv/delta.raw|512
[machine running]
state=running
[machine stuck]
fail-delete=the folder is busy
disks=/srv/stuck.raw|10
[machine unlisted]
fail-list-disks=the disks cannot be listed
"""


def press_delete(app, *names):
    """Asks to delete NAMES, with no other question open."""
    for title in [w.get_name() for w in app.windows()]:
        if title.startswith("Delete "):
            app.close(title, "Cancel")
    app.select(*names)
    press(wait_offered(app.main, "Delete"))


def ask(app, *names):
    press_delete(app, *names)
    return app.window("Delete “%s”?" % names[0] if len(names) == 1 else "Delete %d machines?" % len(names))


def rows(app):
    return [r.get_name() for r in find_all(app.main, ROW)]


@test("/ui/delete/asks-before-removing-and-ticks-no-disk")
def asks():
    app = ui.app(HOST)
    dialog = ask(app, "alpha")
    wait_says(dialog, "Delete “alpha”?")
    wait_says(dialog, "cannot be brought back")
    disk = wait(dialog, CHECK, "/srv/alpha.raw")
    check(disk.get_description() == "Frees 2 GiB", disk.get_description())
    check(not has(disk, State.CHECKED), "a disk is ticked to begin with")
    ui.picture("delete")


@test("/ui/delete/disk-that-may-not-go-is-grey-and-says-why")
def grey():
    app = ui.app(HOST)
    dialog = ask(app, "alpha")
    disk = wait(dialog, CHECK, "/srv/shared.raw")
    check(not is_on(disk), "a shared disk can be ticked")
    check(disk.get_description() == "“beta” uses it too.", disk.get_description())


@test("/ui/delete/cancel-and-escape-keep-everything")
def cancel():
    app = ui.app(HOST)
    ask(app, "alpha")
    app.close("Delete “alpha”?", "Cancel")
    dialog = ask(app, "alpha")
    wait_for(lambda: has(wait(dialog, BUTTON, "Cancel"), State.FOCUSED), "Cancel to have the keyboard")
    ui.hands.chord("Escape")
    app.wait_window_gone("Delete “alpha”?")
    check("alpha" in rows(app), "the machine is gone")


@test("/ui/delete/delete-key-asks-as-well")
def key():
    app = ui.app(HOST)
    ui.hands.click(*centre(wait(app.row("beta"), "label", "beta")))
    wait_says(app.main, "“beta” selected")
    ui.hands.chord("Delete")
    app.close("Delete “beta”?", "Cancel")


@test("/ui/delete/machine-goes-and-its-window-with-it")
def goes():
    app = ui.app(HOST)
    app.open_machine("gamma")
    dialog = ask(app, "gamma")
    press(wait_offered(dialog, "Delete"))
    app.wait_window_gone("Delete “gamma”?")
    wait_gone(app.main, ROW, "gamma")
    app.wait_window_gone("gamma")


@test("/ui/delete/ticked-disk-is-removed-too")
def ticked():
    app = ui.app(HOST)
    dialog = ask(app, "delta")
    disk = wait(dialog, CHECK, "/srv/delta.raw")
    press(disk)
    wait_for(lambda: has(disk, State.CHECKED), "the tick")
    press(wait_offered(dialog, "Delete"))
    app.wait_window_gone("Delete “delta”?")
    wait_gone(app.main, ROW, "delta")


@test("/ui/delete/failure-is-told-in-the-dialog-and-the-machine-stays")
def fails():
    app = ui.app(HOST)
    dialog = ask(app, "stuck")
    press(wait_offered(dialog, "Delete"))
    wait(dialog, BAR, "The folder is busy.")
    ui.picture("delete-failed")
    app.close("Delete “stuck”?", "Cancel")
    check("stuck" in rows(app), "the machine is gone")


@test("/ui/delete/disks-that-cannot-be-listed-are-told-of")
def unlisted():
    app = ui.app(HOST)
    dialog = ask(app, "unlisted")
    wait(dialog, BAR, "The disks cannot be listed.")


@test("/ui/delete/several-at-once-and-what-runs-stays")
def several():
    app = ui.app(HOST)
    press_delete(app, "alpha", "beta", "running")
    dialog = app.window("Delete 2 machines?")
    wait_says(dialog, "1 selected machine runs and stays.")
    ui.picture("delete-several")
    press(wait_offered(dialog, "Delete"))
    app.wait_window_gone("Delete 2 machines?")
    wait_gone(app.main, ROW, "alpha")
    wait_gone(app.main, ROW, "beta")
    check("running" in rows(app), "a running machine is gone")


@test("/ui/delete/running-machine-is-not-offered")
def running():
    app = ui.app(HOST)
    app.select("running")
    wait_says(app.main, "“running” selected")
    check(not any(is_on(b) for b in find_all(app.main, BUTTON, "Delete")), "it is")


@test("/ui/delete/slow-list-of-disks-does-not-block")
def slow():
    app = ui.app("[machine alpha]\nhang-list-disks=true\n")
    dialog = ask(app, "alpha")
    check(not any(is_on(b) for b in find_all(dialog, BUTTON, "Delete")), "nobody knows yet what goes")
    app.close("Delete “alpha”?", "Cancel")
    check(find(app.main, ROW, "alpha"), "it is gone")


ui.main("delete")
