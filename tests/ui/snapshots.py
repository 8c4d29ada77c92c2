#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Snapshots as a tree, made, gone back to and deleted; clones, full and linked; a run whose changes are dropped."""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))
import ui
from ui import (BAR, BUTTON, COMBO, ROW, TEXT, TOGGLE, State, check, check_named, find, find_all, has, is_on, press, select_row,
                set_text, test, text_of, wait, wait_for, wait_gone, wait_offered, wait_says)

HOST = """
[machine alpha]
disks=/srv/alpha.qcow2|10
snapshots=installed||Debian 12, nothing else|1700000000;updated|installed|All updates|1700090000;broken|installed||1700100000
[machine beta]
state=running
disks=/srv/beta.qcow2|10
[machine gamma]
disks=/srv/gamma.qcow2|10
[machine undecided]
disks=/srv/undecided.qcow2|10
snapshots=undo|||1700000000
[machine raw]
state=running
disks=/srv/raw.raw|10
fail-snapshot=“raw” itself writes the raw disk vda while it runs; switch it off for its first snapshot
"""
HANGS = HOST + "[faults]\nhang-snapshot=true\nhang-clone=true\n"


def snapshots(app, name):
    title = "Snapshots of “%s”" % name
    if not any(w.get_name() == title for w in app.windows()):
        ui.press_in_menu_of(app, name, "Snapshots…")
    window = app.window(title)
    wait_for(lambda: has(window, State.ACTIVE), "the window in front")
    return window


def create(window, name=None, description=""):
    press(wait(window, TOGGLE, "New snapshot…"))
    entry = wait(window, TEXT, "Name")
    suggested = text_of(entry)
    if name:
        set_text(entry, name)
    set_text(wait(window, TEXT, "Description"), description)
    return suggested


@test("/ui/snapshots/tree-with-dates-descriptions-and-where-the-machine-is")
def tree():
    window = snapshots(ui.app(HOST), "alpha")
    wait(window, ROW, "installed")
    rows = find_all(window, ROW)
    check([r.get_name() for r in rows] == ["installed", "updated", "broken"], str([r.get_name() for r in rows]))
    places = [ui.place(find(r, "label", r.get_name()))[0] for r in rows]
    check(places[0] < places[1] == places[2], "it is no tree: %s" % places)
    check("current" in rows[2].get_description(), rows[2].get_description())
    check("11/14/23" in rows[0].get_description(), rows[0].get_description())
    select_row(window, "Snapshots", "installed")
    wait_says(window, "Debian 12, nothing else")
    wait_says(window, "It goes on from another snapshot")
    ui.picture("snapshots")


@test("/ui/snapshots/new-one-has-a-name-already-and-becomes-where-the-machine-is")
def creates():
    window = snapshots(ui.app(HOST), "alpha")
    check(create(window, description="before the test") == "snapshot-1", "no name is suggested")
    ui.picture("snapshots-new")
    press(wait(window, BUTTON, "Create"))
    wait(window, ROW, "snapshot-1")
    wait_says(window, "before the test")
    wait_says(window, "It goes on from this snapshot")
    create(window, "installed")
    wait_says(window, "There already is one of this name")
    check(not is_on(wait(window, BUTTON, "Create")), "a second one of a name is offered")
    ui.hands.keys("Escape")
    wait_gone(window, BUTTON, "Create")


@test("/ui/snapshots/goes-back-after-saying-what-is-lost")
def reverts():
    window = snapshots(ui.app(HOST), "alpha")
    select_row(window, "Snapshots", "updated")
    press(wait(window, BUTTON, "Go back…"))
    wait_says(window, "What the machine wrote since its last snapshot is lost.")
    ui.picture("snapshots-back")
    press(wait(window, BUTTON, "Go back"))
    wait_says(window, "It goes on from this snapshot")


@test("/ui/snapshots/deleted-one-leaves-what-came-of-it")
def deletes():
    window = snapshots(ui.app(HOST), "alpha")
    select_row(window, "Snapshots", "installed")
    press(wait(window, BUTTON, "Delete…"))
    press(wait(window, BUTTON, "Delete"))
    wait_gone(window, ROW, "installed")
    wait(window, ROW, "updated")


@test("/ui/snapshots/machine-that-runs-cannot-go-back-and-says-so")
def running():
    app = ui.app(HOST)
    window = snapshots(app, "beta")
    wait_says(window, "No snapshot yet.")
    ui.picture("snapshots-none")
    create(window, "live")
    press(wait(window, BUTTON, "Create"))
    wait(window, ROW, "live")
    wait_says(window, "The machine ran: its disks are as after a loss of power")
    wait_says(window, "The machine must be off")
    check(not is_on(wait(window, BUTTON, "Go back…")), "it can go back while it runs")


@test("/ui/snapshots/refusal-is-told-in-words")
def refused():
    window = snapshots(ui.app(HOST), "raw")
    create(window)
    press(wait(window, BUTTON, "Create"))
    wait(window, BAR, lambda name: "switch it off for its first snapshot" in name)
    ui.picture("snapshots-refused")


@test("/ui/snapshots/long-one-shows-how-far-it-is-and-can-be-cancelled")
def cancelled():
    window = snapshots(ui.app(HANGS), "alpha")
    select_row(window, "Snapshots", "updated")
    press(wait(window, BUTTON, "Delete…"))
    press(wait(window, BUTTON, "Delete"))
    wait_says(window, "Deleting the snapshot…")
    bar = wait(window, "progress bar", "Progress")
    wait_for(lambda: bar.get_value_iface().get_current_value() > 0.1, "progress")
    press(wait(window, BUTTON, "Cancel"))
    wait_offered(window, "Delete…")
    check(not find(window, BAR), "giving up is called a failure")
    wait(window, ROW, "updated")


def cloning(app, name):
    title = "Clone “%s”" % name
    if not any(w.get_name() == title for w in app.windows()):
        ui.press_in_menu_of(app, name, "Clone…")
    return app.window(title)


@test("/ui/snapshots/clone-has-a-free-name-and-is-selected-when-it-is-there")
def clones():
    app = ui.app(HOST)
    dialog = cloning(app, "gamma")
    check(text_of(wait(dialog, TEXT, "Name")) == "gamma-clone", "another name is suggested")
    wait_says(dialog, "Disks of its own, which are copied")
    ui.picture("clone")
    press(wait(dialog, BUTTON, "Clone"))
    app.wait_window_gone("Clone “gamma”")
    wait_says(app.main, "“gamma-clone” selected")
    dialog = cloning(app, "gamma")
    check(text_of(wait(dialog, TEXT, "Name")) == "gamma-clone-2", "a name that is taken is suggested")
    combo = wait(dialog, COMBO, "Kind")
    combo.get_selection_iface().select_child(1)
    wait_says(dialog, "only what differs from “gamma”")
    set_text(wait(dialog, TEXT, "Name"), "alpha")
    wait_says(dialog, "There already is a machine of this name")
    check(not is_on(wait(dialog, BUTTON, "Clone")), "a second machine of a name is offered")
    set_text(wait(dialog, TEXT, "Name"), "linked")
    press(wait(dialog, BUTTON, "Clone"))
    app.wait_window_gone("Clone “gamma”")
    app.row("linked")


@test("/ui/snapshots/clone-of-a-machine-with-the-longest-of-names-has-one-that-is-not-too-long")
def clone_of_long():
    name, cut = "é" * 31 + "x", "é" * 27     # 63 bytes, and what of them is left beside "-clone-99"
    app = ui.app("[machine %s]\n[machine %s-clone]\n" % (name, cut))
    dialog = cloning(app, name)
    offered = text_of(wait(dialog, TEXT, "Name"))
    check(offered == cut + "-clone-2", "it is to be called %s" % offered)
    check(is_on(wait(dialog, BUTTON, "Clone")), "its own suggestion is refused")


@test("/ui/snapshots/machine-that-runs-is-not-cloned")
def clone_running():
    app = ui.app(HOST)
    app.select("beta")
    press(wait(app.row("beta"), BUTTON, "Menu"))
    wait(app.main, BUTTON, "Snapshots…")
    check(not is_on(wait(app.main, BUTTON, "Clone…")), "a clone of what runs is offered")
    check(not is_on(wait(app.main, BUTTON, "Start without keeping changes")), "what runs can be started")
    ui.hands.keys("Escape")


@test("/ui/snapshots/clone-can-be-cancelled-and-a-refusal-is-told")
def clone_cancelled():
    app = ui.app(HANGS)
    dialog = cloning(app, "gamma")
    press(wait(dialog, BUTTON, "Clone"))
    wait_says(dialog, "Copying the machine…")
    wait(dialog, "progress bar", "Progress")
    ui.picture("clone-busy")
    press(wait_for(lambda: (find_all(dialog, BUTTON, "Cancel") + [None, None])[1], "Cancel beside the progress"))
    wait_offered(dialog, "Clone")
    app = ui.app(HOST + "[faults]\nfail-clone=there is no room for 10 GiB in /srv\n")
    dialog = cloning(app, "gamma")
    press(wait(dialog, BUTTON, "Clone"))
    wait(dialog, BAR, "There is no room for 10 GiB in /srv.")
    check(text_of(wait(dialog, TEXT, "Name")) == "gamma-clone", "the form was cleared")


@test("/ui/snapshots/machine-starts-without-keeping-changes")
def disposable():
    app = ui.app(HOST)
    ui.press_in_menu_of(app, "gamma", "Start without keeping changes")
    app.wait_state("gamma", "Running")


QUESTION = "What it wrote since it was last started can be kept or dropped."


@test("/ui/snapshots/run-that-is-decided-on-afterwards-asks-when-the-machine-is-off")
def undo():
    app = ui.app(HOST)
    ui.press_in_menu_of(app, "alpha", "Start, and ask what to keep")
    window = app.window("alpha")
    app.wait_state("alpha", "Running")
    check(not find(window, BAR), "it asks while the machine runs")
    press(wait(app.main, BUTTON, "Shut down"))
    wait(window, BAR, QUESTION)
    ui.picture("undo")
    press(wait(window, BUTTON, "Drop it"))
    wait_gone(window, BAR)
    app.close("alpha")
    window = snapshots(app, "alpha")
    wait(window, ROW, "broken")
    check(not find(window, ROW, "undo"), "the run's snapshot is left")


@test("/ui/snapshots/undecided-run-is-asked-about-when-its-machine-is-opened")
def undecided():
    app = ui.app(HANGS)
    window = app.open_machine("undecided")
    wait(window, BAR, QUESTION)
    press(wait(window, BUTTON, "Keep it"))
    wait(window, BAR, "Keeping what it wrote…")
    press(wait(window, BUTTON, "Cancel"))
    wait(window, BAR, QUESTION)
    app = ui.app(HOST)
    window = app.open_machine("undecided")
    press(wait(window, BUTTON, "Keep it"))
    wait_gone(window, BAR)
    app.close("undecided")
    wait_says(snapshots(app, "undecided"), "No snapshot yet.")


@test("/ui/snapshots/machines-own-window-leads-to-both")
def own_window():
    app = ui.app(HOST)
    window = app.open_machine("alpha")
    press(wait(window, TOGGLE, lambda name: name.startswith("Power") or name.startswith("Shut")))
    press(wait(window, BUTTON, "Snapshots…"))
    other = app.window("Snapshots of “alpha”")
    check_named(other)
    wait_for(lambda: has(other, State.ACTIVE), "the window in front")
    ui.hands.keys("Escape")
    app.wait_window_gone("Snapshots of “alpha”")


ui.main("snapshots")
