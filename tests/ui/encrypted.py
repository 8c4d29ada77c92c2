#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Machines with encrypted disks: the question at their start and when one is added, a wrong answer, and none."""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))
import ui
from ui import (BAR, BUTTON, COMBO, PASSWORD, ROW, TEXT, check, choose, field, find, find_all, is_on, press, set_text, test,
                wait, wait_for, wait_offered, wait_says)
from ui_create import SHEET, sheet

IMAGE = ui.file("vault.luks", b"LUKS" + b"\0" * 4096)
HOST = """
[image %s]
format=luks
elsewhere=true
size-mib=1024
used-mib=1024
[machine alpha]
encrypted=vda
passphrase=open sesame
[machine beta]
encrypted=vda;vdb
passphrase=open sesame
[machine plain]
[machine gamma]
state=running
disks=/srv/gamma.raw|1024
passphrase=open sesame
""" % IMAGE


def ask(app, name):
    ui.escape_others(app)
    press(wait(app.row(name), BUTTON, "Start"))
    return app.window("Passphrase of “%s”" % name)


def entry(dialog, target):
    return wait(dialog, PASSWORD, "%s (/srv/%s.luks)" % (target, target))


@test("/ui/encrypted/passphrase-is-asked-unseen-and-the-machine-starts")
def starts():
    app = ui.app(HOST)
    dialog = ask(app, "alpha")
    wait_says(dialog, "Passphrase of “alpha”")
    check(not is_on(wait(dialog, BUTTON, "Start")), "it starts without a passphrase")
    set_text(entry(dialog, "vda"), "open sesame")
    start = wait_offered(dialog, "Start")
    ui.picture("encrypted")
    press(start)
    app.wait_window_gone("Passphrase of “alpha”")
    app.wait_state("alpha", "Running")


@test("/ui/encrypted/wrong-passphrase-is-a-sentence-and-asked-again")
def wrong():
    app = ui.own_app(HOST)
    dialog = ask(app, "alpha")
    set_text(entry(dialog, "vda"), "open barley")
    press(wait(dialog, BUTTON, "Start"))
    dialog = wait_for(lambda: next((w for w in app.windows() if w.get_name() == "Passphrase of “alpha”"
                                    and ui.says(w, "not the passphrase")), None), "the question again")
    app.wait_state("alpha", "Off")
    check(ui.text_of(entry(dialog, "vda")) == "", "what was typed is still there")
    ui.picture("encrypted-wrong")
    set_text(entry(dialog, "vda"), "open sesame")
    press(wait(dialog, BUTTON, "Start"))
    app.wait_state("alpha", "Running")


@test("/ui/encrypted/each-disk-has-its-field-and-enter-starts")
def several():
    app = ui.own_app(HOST)
    dialog = ask(app, "beta")
    set_text(entry(dialog, "vda"), "open sesame")
    check(not is_on(wait(dialog, BUTTON, "Start")), "it starts with one passphrase of two")
    set_text(entry(dialog, "vdb"), "open sesame")
    entry(dialog, "vdb").grab_focus()
    ui.hands.keys("Return")
    app.wait_state("beta", "Running")


@test("/ui/encrypted/escape-and-cancel-start-nothing")
def cancelled():
    app = ui.own_app(HOST)
    dialog = ask(app, "alpha")
    set_text(entry(dialog, "vda"), "open sesame")
    app.close("Passphrase of “alpha”", "Cancel")
    app.wait_state("alpha", "Off")
    ask(app, "alpha")
    ui.hands.keys("Escape")
    app.wait_window_gone("Passphrase of “alpha”")
    app.wait_state("alpha", "Off")


@test("/ui/encrypted/new-disk-is-given-a-passphrase-twice")
def new():
    app = ui.own_app("[host]\nfree-disk-mib=51200\nmachines-folder=/srv/machines\n")
    dialog = sheet(app)
    choose(field(dialog, COMBO, "Format"), "luks, encrypted")
    set_text(field(dialog, TEXT, "Name"), "secret")
    press(wait_offered(dialog, "Create"))
    dialog = app.window("Passphrase of the new disk")
    set_text(wait(dialog, PASSWORD, "Passphrase"), "open sesame")
    check(not is_on(wait(dialog, BUTTON, "Encrypt")), "one field is enough")
    set_text(wait(dialog, PASSWORD, "The same once more"), "open barley")
    press(wait(dialog, BUTTON, "Encrypt"))
    wait_says(dialog, "The two passphrases differ")
    ui.picture("encrypted-new")
    set_text(wait(dialog, PASSWORD, "The same once more"), "open sesame")
    press(wait(dialog, BUTTON, "Encrypt"))
    app.wait_window_gone(SHEET)
    app.wait_state("secret", "Running")


def add_form(app, kind):
    """Add hardware for “gamma”, which runs, and the list of what that has."""
    press(wait(app.open_machine("gamma"), BUTTON, "Hardware"))
    window = app.window("Hardware of “gamma”")
    press(wait(window, BUTTON, "Add hardware…"))
    form = app.window("Add hardware")
    rows = wait(form, "list box", "Kinds of devices")
    wait_for(lambda: find(rows, ROW, kind, hidden=True), kind)
    rows.get_selection_iface().select_child([r.get_name() for r in find_all(rows, ROW, hidden=True)].index(kind))
    return form, window


def add(form):
    button = wait(form, BUTTON, "Add")
    wait_for(lambda: is_on(button), "Add to be offered")
    press(button)


def question(app):
    return app.window("Passphrase of “gamma”")


@test("/ui/encrypted/disk-that-is-added-is-asked-for-and-asked-again-where-it-is-wrong")
def added():
    app = ui.own_app(HOST)
    form, window = add_form(app, "Disk")
    press(wait(form, BUTTON, "File"))
    chooser = app.window("Choose a disk image")
    app.forgiven.append("WIDGET_REALIZED_FOR_EVENT")  # the chooser's own entry, in any program
    ui.hands.keys("ctrl+l")
    set_text(wait(chooser, TEXT), IMAGE)
    chosen = wait(chooser, BUTTON, "Choose")
    wait_for(lambda: is_on(chosen), "the file to be found")
    press(chosen)
    app.wait_window_gone("Choose a disk image")
    selection = wait(form, COMBO, "Format").get_selection_iface()
    wait_for(lambda: selection.get_selected_child(0).get_name() == "luks", "its format")
    add(form)
    dialog = question(app)
    wait_says(dialog, "is encrypted")
    check(not find(dialog, BAR), "it complains before it was answered")
    press(wait(dialog, BUTTON, "Cancel"))
    app.wait_window_gone("Passphrase of “gamma”")
    check(is_on(wait(form, BUTTON, "Add")) and not find(form, BAR), "the form does not wait")
    add(form)
    dialog = question(app)
    field = wait(dialog, PASSWORD, lambda label: label.startswith("vdb ("))
    check(not is_on(wait(dialog, BUTTON, "Add")), "it is added without a passphrase")
    set_text(field, "open barley")
    ui.picture("encrypted-add")
    press(wait(dialog, BUTTON, "Add"))
    dialog = wait_for(lambda: next((w for w in app.windows() if w.get_name() == "Passphrase of “gamma”"
                                    and ui.says(w, "not the passphrase")), None), "the question again")
    field = wait(dialog, PASSWORD, lambda label: label.startswith("vdb ("))
    check(ui.text_of(field) == "", "what was typed is still there")
    set_text(field, "open sesame")
    press(wait(dialog, BUTTON, "Add"))
    app.wait_window_gone("Add hardware")
    wait_says(window, "vault.luks")


@test("/ui/encrypted/disk-that-is-made-for-what-runs-is-given-a-passphrase")
def made():
    app = ui.own_app(HOST)
    form, window = add_form(app, "New disk")
    set_text(wait(form, TEXT, "Size"), "3G")
    combo = wait(form, COMBO, "Format")
    combo.get_selection_iface().select_child(
        [item.get_name() for item in find_all(combo, "menu item", hidden=True)].index("luks"))
    add(form)
    dialog = app.window("Passphrase of the new disk")
    for label in "Passphrase", "The same once more":
        set_text(wait(dialog, PASSWORD, label), "open sesame")
    press(wait(dialog, BUTTON, "Encrypt"))
    app.wait_window_gone("Add hardware")
    wait_says(window, "gamma-2.luks")


@test("/ui/encrypted/others-are-not-asked")
def others():
    app = ui.own_app(HOST)
    press(wait(app.row("plain"), BUTTON, "Start"))
    app.wait_state("plain", "Running")
    check(not any("Passphrase" in w.get_name() for w in app.windows()), "it is asked")


ui.main("encrypted")
