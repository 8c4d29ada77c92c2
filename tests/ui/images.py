#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Disk images: a tree of what is based on what, who uses them, and what is done to them, refusals included."""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))
import ui
from ui import (BAR, BUTTON, COMBO, LABEL, ROW, SPIN, State, check, check_named, choose, find, find_all, has, is_on, note, press,
                select_row, set_text, test, text_of, wait, wait_for, wait_gone, wait_offered, wait_says)

BASE = """
[machine alpha]
disks=/srv/vm/alpha.qcow2|3300
[machine beta]
state=running
disks=/srv/vm/beta.raw|1024
[image /srv/vm/debian.qcow2]
format=qcow2
size-mib=20480
used-mib=2048
users=alpha (base)
[image /srv/vm/alpha.qcow2]
format=qcow2
size-mib=20480
used-mib=3300
base=/srv/vm/debian.qcow2
users=alpha
[image /srv/vm/beta.raw]
format=raw
size-mib=4096
used-mib=1024
users=beta
[image /srv/vm/lost.vmdk]
format=vmdk
problem=It names a base that is not there
users=gamma
[image /srv/vm/spare.qcow2]
format=qcow2
size-mib=1024
used-mib=1
[image /srv/vm/worn.qcow2]
format=qcow2
size-mib=1024
used-mib=1
broken=“/srv/vm/worn.qcow2” has 3 errors, and 2 clusters that nothing needs
"""
SLOW = BASE + "[faults]\nhang-image-convert=true\n"
TITLE = "Disk images"


def images(app):
    """The window, with all its images read."""
    window = app.opened(TITLE)
    wait(window, ROW, "debian.qcow2")
    return window


def dismissed(window):
    for bar in find_all(window, BAR):
        press(wait(bar, BUTTON, "Dismiss this message"))
    wait_gone(window, BAR)


@test("/ui/images/chains-are-a-tree-with-format-sizes-and-users")
def tree():
    window = images(ui.app(BASE))
    rows = find_all(window, ROW)
    names = [row.get_name() for row in rows]
    check(names == ["debian.qcow2", "alpha.qcow2", "beta.raw", "lost.vmdk", "spare.qcow2", "worn.qcow2"], str(names))
    fact = rows[1].get_description()
    check(fact == "qcow2 · 3.2 GiB of 20 GiB · alpha", fact)
    labels = [find(row, LABEL, row.get_name()) for row in rows[:2]]
    check(ui.place(labels[1])[0] > ui.place(labels[0])[0], "what is based on it is not below it")
    select_row(window, TITLE, "alpha.qcow2")
    for text in ("qcow2", "20 GiB", "3.2 GiB", "/srv/vm/debian.qcow2", "alpha", "/srv/vm/alpha.qcow2"):
        wait_says(window, text)
    ui.picture("images")


@test("/ui/images/what-cannot-be-read-says-why")
def unreadable():
    window = images(ui.app(BASE))
    select_row(window, TITLE, "lost.vmdk")
    wait_says(window, "It names a base that is not there")
    check(not is_on(wait(window, BUTTON, "Convert…")), "it can be converted all the same")


@test("/ui/images/what-is-used-or-a-base-is-not-deleted-and-says-by-whom")
def kept():
    window = images(ui.app(BASE))
    select_row(window, TITLE, "alpha.qcow2")
    wait_says(window, "It is used by alpha")
    check(not is_on(wait(window, BUTTON, "Delete…")), "a machine's disk can be deleted")
    select_row(window, TITLE, "debian.qcow2")
    wait_says(window, "It must stay as it is: “alpha.qcow2” is based on it")
    check(not is_on(wait(window, BUTTON, "Grow")), "a base can grow")
    ui.picture("images-base")


@test("/ui/images/check-says-what-it-found")
def checks():
    window = images(ui.app(BASE))
    select_row(window, TITLE, "beta.raw")
    wait_says(window, "In a raw image nothing can be wrong")
    select_row(window, TITLE, "spare.qcow2")
    press(wait(window, BUTTON, "Check"))
    wait(window, BAR, "Nothing is wrong with “spare.qcow2”.")
    select_row(window, TITLE, "worn.qcow2")
    press(wait(window, BUTTON, "Check"))
    wait(window, BAR, lambda name: "has 3 errors, and 2 clusters that nothing needs" in name)
    ui.picture("images-broken")
    dismissed(window)


@test("/ui/images/grows-and-says-what-to-do-in-the-guest")
def grows():
    window = images(ui.app(BASE))
    select_row(window, TITLE, "spare.qcow2")
    size = wait(window, SPIN, "New size")
    check(text_of(size) == "1 GiB", "it begins with %r" % text_of(size))
    check(not is_on(wait(window, BUTTON, "Grow")), "it can grow to what it is")
    set_text(size, "512 MiB")
    check(not is_on(wait(window, BUTTON, "Grow")), "it can shrink")
    set_text(size, "2 GiB")
    press(wait_offered(window, "Grow"))
    wait(window, BAR, lambda name: "growpart" in name and "Disk Management" in name)
    wait_for(lambda: note(window, ROW, "spare.qcow2") == "qcow2 · 1 MiB of 2 GiB", "its new size")
    ui.picture("images-grown")
    dismissed(window)


def convert(app, window, path):
    press(wait(window, BUTTON, "Convert…"))
    ui.answer_chooser(app, "Convert to", path, "Convert", is_new=True)


@test("/ui/images/converts-to-a-new-file-which-is-shown")
def converts():
    app = ui.app(BASE)
    window = images(app)
    select_row(window, TITLE, "beta.raw")
    choose(wait(window, COMBO, "New format"), "vdi")
    target = os.path.join(ui.desktop.home, "copy.vdi")
    convert(app, window, target)
    wait(window, BAR, lambda name: name.startswith("The copy is in") and "copy.vdi" in name)
    wait(window, ROW, "copy.vdi")
    wait_says(window, "No machine")
    dismissed(window)


@test("/ui/images/converting-to-what-is-there-is-refused")
def exists():
    app = ui.app(BASE)
    window = images(app)
    select_row(window, TITLE, "beta.raw")
    convert(app, window, os.path.join(ui.desktop.home, "copy.vdi"))
    wait(window, BAR, lambda name: name.startswith("There is a file") and "already" in name)
    dismissed(window)


@test("/ui/images/deletes-after-a-question")
def deletes():
    window = images(ui.app(BASE))
    select_row(window, TITLE, "spare.qcow2")
    press(wait(window, BUTTON, "Delete…"))
    wait_says(window, "Delete “spare.qcow2”?")
    ui.picture("images-ask")
    press(wait(window, BUTTON, "Cancel"))
    wait_gone(window, BUTTON, "Delete")
    press(wait(window, BUTTON, "Delete…"))
    press(wait(window, BUTTON, "Delete"))
    wait(window, BAR, "“spare.qcow2” is deleted.")
    wait_gone(window, ROW, "spare.qcow2")


@test("/ui/images/long-work-shows-how-far-it-is-and-can-be-cancelled")
def cancelled():
    app = ui.app(SLOW)
    window = images(app)
    select_row(window, TITLE, "beta.raw")
    convert(app, window, os.path.join(ui.desktop.home, "never.qcow2"))
    wait_says(window, "Copying the image…")
    bar = wait(window, "progress bar", "Progress")
    wait_for(lambda: bar.get_value_iface().get_current_value() > 0.1, "progress")
    ui.picture("images-busy")
    check(not is_on(wait(window, BUTTON, "Check")), "another work is offered")
    press(wait(window, BUTTON, "Cancel"))
    wait_offered(window, "Convert…")
    check(not find(window, BAR), "giving up is called a failure")


@test("/ui/images/engine-that-cannot-list-says-so")
def cannot():
    app = ui.app("[machine a]\n[faults]\nfail-list-images=the machines' folder cannot be read\n")
    wait(app.opened(TITLE), BAR, "The machines' folder cannot be read.")


@test("/ui/images/keyboard-reaches-everything-and-escape-closes")
def keyboard():
    app = ui.app(BASE)
    window = images(app)
    select_row(window, TITLE, "beta.raw")
    wait_for(lambda: has(window, State.ACTIVE), "it to have the keyboard")
    check_named(window)
    ui.hands.keys("Escape")
    app.wait_window_gone(TITLE)


ui.main("images")
