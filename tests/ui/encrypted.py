#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Machines with encrypted disks: the question at their start, a wrong answer, and none."""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))
import ui
from ui import (BUTTON, COMBO, PASSWORD, TEXT, check, choose, field, is_on, press, set_text, test, wait, wait_for, wait_offered,
                wait_says)
from ui_create import SHEET, sheet

HOST = """
[machine alpha]
encrypted=vda
passphrase=open sesame
[machine beta]
encrypted=vda;vdb
passphrase=open sesame
[machine plain]
"""


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


@test("/ui/encrypted/others-are-not-asked")
def others():
    app = ui.own_app(HOST)
    press(wait(app.row("plain"), BUTTON, "Start"))
    app.wait_state("plain", "Running")
    check(not any("Passphrase" in w.get_name() for w in app.windows()), "it is asked")


ui.main("encrypted")
