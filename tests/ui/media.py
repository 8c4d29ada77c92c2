#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""CDs in a machine's window: what is in the drives, inserted, taken out, dropped on it, and what goes wrong."""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))
import ui
from ui import (BAR, BUTTON, LABEL, Drag, centre, check, find, find_all, is_on, press, says, test, wait, wait_for, wait_gone,
                wait_says)

ONE, TWO = ui.iso("one.iso"), ui.iso("two.iso")
NOTES = ui.file("notes.txt", b"no image")
HOST = """
[machine didi]
state=running
iso=%s
[machine off]
iso=%s
[machine bare]
state=running
cd-drives=0
[machine twin]
state=running
cd-drives=2
iso=%s
[machine locked]
state=running
iso=%s
tray-locked=true
[machine slow]
state=running
iso=%s
slow-ms=60000
[machine broken]
state=running
iso=%s
fail-eject=the drive does not answer; reset the machine
""" % (ONE, ONE, ONE, ONE, ONE, ONE)
DRIVE, COVER = "CD drive", "Drop to insert it as a CD"


def drive(window):
    """The open list of drives."""
    if not find(window, BUTTON, "Insert a file…"):
        press(wait(window, BUTTON, DRIVE))
        wait(window, BUTTON, "Insert a file…")
    return window


def insert(app, window, path):
    press(wait(drive(window), BUTTON, "Insert a file…"))
    ui.answer_chooser(app, "Choose an ISO image", path, "Insert")


@test("/ui/media/shows-what-is-in-the-drive")
def shows():
    app = ui.app(HOST)
    window = app.open_machine("didi")
    drive(window)
    wait_says(window, "one.iso")
    check(is_on(wait(window, BUTTON, "Eject")), "it cannot be taken out")
    ui.picture("media")


@test("/ui/media/is-taken-out-and-a-file-put-in")
def changes():
    app = ui.app(HOST)
    window = app.open_machine("didi")
    press(wait(drive(window), BUTTON, "Eject"))
    wait_says(window, "Empty")
    wait_says(window, "Nothing is in the drive")
    check(not find(window, BUTTON, "Eject"), "nothing can be taken out twice")
    insert(app, window, TWO)
    wait_says(window, "two.iso")
    press(wait(drive(window), BUTTON, "Eject"))
    wait_says(window, "Empty")


@test("/ui/media/recent-ones-are-offered")
def recent():
    app = ui.app(HOST)
    window = app.open_machine("didi")
    drive(window)
    press(wait(window, BUTTON, "Insert “two.iso”"))
    wait_says(window, "two.iso")
    wait_gone(window, BUTTON, "Insert “two.iso”")
    ui.picture("media-recent")


@test("/ui/media/recent-one-that-is-gone-is-told-and-forgotten")
def forgotten():
    app = ui.app(HOST)
    path = ui.iso("gone.iso")
    window = app.open_machine("didi")
    insert(app, window, path)
    wait_says(window, "gone.iso")
    press(wait(drive(window), BUTTON, "Eject"))
    os.unlink(path)
    press(wait(window, BUTTON, "Insert “gone.iso”"))
    wait_says(window, "There is no file", "gone.iso")
    wait_gone(window, BUTTON, "Insert “gone.iso”")
    ui.picture("media-gone")


@test("/ui/media/works-on-a-machine-that-is-off")
def off():
    app = ui.app(HOST)
    window = app.open_machine("off")
    press(wait(drive(window), BUTTON, "Eject"))
    wait_says(window, "Nothing is in the drive")
    insert(app, window, ONE)
    wait_says(window, "one.iso")
    ui.picture("media-off")


@test("/ui/media/without-a-drive-the-button-says-why-not")
def no_drive():
    window = ui.app(HOST).open_machine("bare")
    button = wait(window, BUTTON, DRIVE)
    check(not is_on(button), "there is no drive to open")
    check("“bare” has no CD drive" in button.get_description(), "it does not say why: %r" % button.get_description())


@test("/ui/media/locked-tray-is-told-and-can-be-forced")
def locked():
    window = ui.app(HOST).open_machine("locked")
    press(wait(drive(window), BUTTON, "Eject"))
    wait_says(window, "the guest keeps its tray locked")
    ui.picture("media-locked")
    press(wait(window, BUTTON, "Take out anyway"))
    wait_says(window, "Nothing is in the drive")
    wait_gone(window, BUTTON, "Take out anyway")


@test("/ui/media/failure-is-told-beside-the-drive")
def fails():
    window = ui.app(HOST).open_machine("broken")
    press(wait(drive(window), BUTTON, "Eject"))
    wait_says(window, "The drive does not answer; reset the machine.")
    check(says(window, "one.iso"), "the drive lost what is in it")
    check(not find(window, BUTTON, "Take out anyway"), "force would not help")


@test("/ui/media/waiting-can-be-given-up")
def cancelled():
    window = ui.app(HOST).open_machine("slow")
    press(wait(drive(window), BUTTON, "Eject"))
    wait_says(window, "Taking it out…")
    check(not is_on(wait(window, BUTTON, "Insert a file…")), "a second change is offered")
    ui.picture("media-busy")
    press(wait(window, BUTTON, "Cancel"))
    wait(window, BUTTON, "Eject")
    check(says(window, "one.iso"), "the drive lost what is in it")


@test("/ui/media/keyboard-opens-and-closes-it")
def keyboard():
    app = ui.app(HOST)
    window = app.open_machine("off")
    ui.hands.keys("Escape")
    wait_gone(window, BUTTON, "Insert a file…")
    ui.hands.keys("ctrl+e")
    wait(window, BUTTON, "Insert a file…")
    ui.hands.keys("Escape")
    wait_gone(window, BUTTON, "Insert a file…")


def hold(window, path):
    drag = Drag(ui.desktop, ["file://" + path])
    check(drag.hold(*centre(window)), "the window does not want it")
    wait_says(window, COVER)
    return drag


@test("/ui/media/dropped-file-is-offered-to-the-drive")
def dropped():
    app = ui.app(HOST)
    window = app.open_machine("didi")
    drag = hold(window, TWO)
    ui.picture("media-drag")
    check(drag.drop(), "the drop was refused")
    wait_gone(window, LABEL, COVER)
    bar = wait(window, BAR, lambda name: "Insert “two.iso” into the CD drive?" in name)
    ui.picture("media-dropped")
    press(wait(bar, BUTTON, "Insert"))
    wait_says(window, "two.iso")
    wait(window, BUTTON, "Eject")
    wait_gone(window, BAR, lambda name: "into the CD drive?" in name)


@test("/ui/media/dropped-file-that-is-no-cd-is-doubted")
def dropped_notes():
    window = ui.app(HOST).open_machine("off")
    hold(window, NOTES).drop()
    bar = wait(window, BAR, lambda name: "does not look like a CD image" in name)
    ui.picture("media-doubted")
    press(wait(bar, BUTTON, "Cancel"))
    wait_gone(window, BAR)


@test("/ui/media/dropped-file-finds-no-drive")
def dropped_nowhere():
    window = ui.app(HOST).open_machine("bare")
    hold(window, TWO).drop()
    bar = wait(window, BAR, lambda name: "“bare” has no CD drive" in name)
    check(not find(bar, BUTTON, "Insert"), "it is offered all the same")


@test("/ui/media/each-drive-has-its-own-medium")
def two_drives():
    app = ui.app(HOST)
    window = app.open_machine("twin")
    wait_says(window, "720 × 400")
    press(wait(window, BUTTON, DRIVE))
    wait_says(window, "CD drive 1")
    wait_says(window, "CD drive 2")
    check(len(find_all(window, BUTTON, "Eject")) == 1, "only one of them has something in it")
    press(find_all(window, BUTTON, "Insert “two.iso”")[1])
    wait_for(lambda: len(find_all(window, BUTTON, "Eject")) == 2, "both to have something in them")
    check(says(window, "one.iso") and says(window, "two.iso"), "one is not there")
    ui.picture("media-two")
    ui.hands.keys("Escape")
    hold(window, ONE).drop()
    bar = wait(window, BAR, lambda name: "Insert “one.iso”" in name)
    press(wait(bar, BUTTON, "Insert into CD drive 2"))
    wait_for(lambda: len(find_all(window, LABEL, "one.iso")) == 2, "it to be in both")


ui.main("media")
