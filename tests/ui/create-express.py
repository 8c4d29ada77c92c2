#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The create sheet tells an installer what it asks, where that can be done, and says why not where it cannot."""

import functools
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))
import ui
from ui import (BUTTON, PASSWORD, TEXT, TOGGLE, State, check, find_all, has, is_on, press, set_text, test, text_of, wait,
                wait_for, wait_refused)
from ui_create import SHEET, create, sheet

DEBIAN = ui.iso("debian.iso")
WINDOWS = ui.iso("windows.iso")
LIVE = ui.iso("live.iso")
STRANGE = ui.iso("strange.iso")
LOG = os.path.join(os.path.dirname(DEBIAN), "express.log")
HOST = """
[host]
host-cpus=4
memory-mib=16384
free-disk-mib=102400
express-log=%s
[os debian12]
name=Debian 12
family=linux
[os win10]
name=Windows 10
family=winnt
[medium %s]
os=debian12
express=initrd
needs-internet=true
[medium %s]
os=win10
express=cd
takes-key=true
[medium %s]
os=debian12
no-express=The installer on this medium takes no script
""" % (LOG, DEBIAN, WINDOWS, LIVE)
HUNG = HOST + """
[faults]
hang-plan-express=true
"""
BROKEN = HOST + """
[faults]
fail-plan-express=the CD image is damaged
"""
SWITCH = "Install by itself"


def there(dialog, role, name):
    """Also those that are to be scrolled to, but in rows that are there."""
    def is_there(widget):
        while widget is not None and widget != dialog:
            if not has(widget, State.VISIBLE):
                return False
            widget = widget.get_parent()
        return True
    return [w for w in find_all(dialog, role, name, hidden=True) if is_there(w)]


def field(dialog, role, name):
    return wait_for(lambda: there(dialog, role, name), "%s %r" % (role, name))[-1]


def offered_switch(dialog):
    return wait_for(lambda: next((w for w in there(dialog, TOGGLE, SWITCH) if is_on(w)), None), "the switch to be offered")


noted = functools.partial(ui.noted, field=field)


def create_and_read(app, dialog, name):
    """What the installer was told, each thing by its name."""
    if os.path.exists(LOG):
        os.unlink(LOG)
    set_text(field(dialog, TEXT, "Name"), name)
    create(app, dialog, name)
    app.close(name)
    if not os.path.exists(LOG):
        return {}
    with open(LOG, encoding="utf-8") as log:
        return dict(line.rstrip("\n").split("=", 1) for line in log)


@test("/ui/create-express/the-installer-is-told-what-it-asks")
def told():
    app = ui.app(HOST)
    dialog = sheet(app, DEBIAN)
    switch = offered_switch(dialog)
    check(not there(dialog, TEXT, "Full name"), "what is told is asked before that is of use")
    press(switch)
    noted(dialog, TOGGLE, SWITCH, "written over; the system is fetched from the Internet")
    for name in ("User", "Language", "Keyboard", "Time zone"):
        check(text_of(field(dialog, TEXT, name)) != "", "nothing is proposed for %s" % name)
    check(not there(dialog, TEXT, "Product key"), "a key is asked for that is of no use")
    noted(dialog, PASSWORD, "Password", "The password is empty")
    wait_refused(dialog, "Create")
    set_text(field(dialog, PASSWORD, "Password"), "it's $ecret")
    noted(dialog, PASSWORD, "Password", "Kept until the installer has started")
    set_text(field(dialog, TEXT, "User"), "ann")
    set_text(field(dialog, TEXT, "Full name"), "Ann O'Neil")
    set_text(field(dialog, TEXT, "Language"), "it_IT")
    set_text(field(dialog, TEXT, "Keyboard"), "de_CH")
    set_text(field(dialog, TEXT, "Time zone"), "Europe/Rome")
    ui.picture("create-express")
    said = create_and_read(app, dialog, "told")
    check(said == {"user": "ann", "name": "Ann O'Neil", "password": "it's $ecret", "hostname": "", "language": "it_IT",
                   "keyboard": "de_CH", "timezone": "Europe/Rome", "key": ""}, str(said))


@test("/ui/create-express/what-could-break-out-is-refused-where-it-is-typed")
def refused():
    app = ui.app(HOST)
    dialog = sheet(app, DEBIAN)
    press(offered_switch(dialog))
    set_text(field(dialog, PASSWORD, "Password"), "secret")
    set_text(field(dialog, TEXT, "User"), "ann")
    for name, bad, words, good in [("User", "ann; reboot", "is no user's name", "ann"),
                                   ("Full name", "Ann\" x", "is no full name", "Ann"),
                                   ("Host name", "a<b>", "is no host's name", "web"),
                                   ("Language", "german", "is no language", "de_DE"),
                                   ("Keyboard", "qwerty'", "is no keyboard", "de_DE"),
                                   ("Time zone", "../../etc", "is no time zone", "Europe/Berlin")]:
        set_text(field(dialog, TEXT, name), bad)
        noted(dialog, TEXT, name, words)
        wait_refused(dialog, "Create")
        set_text(field(dialog, TEXT, name), good)
        wait_for(lambda: is_on(wait(dialog, BUTTON, "Create")), "%s %s to be taken" % (name, good))
    check(create_and_read(app, dialog, "refused")["hostname"] == "web", "the host name was not told")


@test("/ui/create-express/the-password-is-shown-on-demand")
def reveal():
    app = ui.app(HOST)
    dialog = sheet(app, DEBIAN)
    press(offered_switch(dialog))
    set_text(field(dialog, PASSWORD, "Password"), "secret")
    press(field(dialog, TOGGLE, "Show the password"))
    wait_for(lambda: there(dialog, TEXT, "Password"), "the password as text")
    check(text_of(field(dialog, TEXT, "Password")) == "secret", text_of(field(dialog, TEXT, "Password")))
    press(field(dialog, TOGGLE, "Show the password"))
    wait_for(lambda: there(dialog, PASSWORD, "Password"), "the password hidden again")
    ui.hands.keys("Escape")
    app.wait_window_gone(SHEET)


@test("/ui/create-express/windows-is-given-a-key")
def key():
    app = ui.app(HOST)
    dialog = sheet(app, WINDOWS)
    press(offered_switch(dialog))
    set_text(field(dialog, PASSWORD, "Password"), "secret")
    set_text(field(dialog, TEXT, "Product key"), "AAAAA BBBBB")
    noted(dialog, TEXT, "Product key", "letters, digits")
    wait_refused(dialog, "Create")
    set_text(field(dialog, TEXT, "Product key"), "AAAAA-BBBBB-CCCCC-DDDDD-EEEEE")
    check(create_and_read(app, dialog, "windows")["key"] == "AAAAA-BBBBB-CCCCC-DDDDD-EEEEE", "the key was not told")


@test("/ui/create-express/what-cannot-be-told-says-why-and-is-installed-by-hand")
def by_hand():
    app = ui.app(HOST)
    dialog = sheet(app, LIVE)
    noted(dialog, TOGGLE, SWITCH, "The installer on this medium takes no script")
    check(not is_on(field(dialog, TOGGLE, SWITCH)), "what cannot be done is offered")
    check(create_and_read(app, dialog, "by-hand") == {}, "its installer was told something")
    dialog = sheet(app, STRANGE)
    wait_for(lambda: not there(dialog, TOGGLE, SWITCH), "no switch for a system that nobody knows")
    ui.hands.keys("Escape")
    app.wait_window_gone(SHEET)


@test("/ui/create-express/nobody-waits-for-the-answer")
def hung():
    app = ui.app(HUNG)
    dialog = sheet(app, DEBIAN)
    noted(dialog, TOGGLE, SWITCH, "Looking whether it can")
    check(create_and_read(app, dialog, "meanwhile") == {}, "its installer was told something")
    app = ui.app(BROKEN)
    dialog = sheet(app, DEBIAN)
    noted(dialog, TOGGLE, SWITCH, "The CD image is damaged")
    check(create_and_read(app, dialog, "damaged") == {}, "its installer was told something")


@test("/ui/create-express/it-needs-a-disk-and-is-told-nothing-when-it-is-switched-off-again")
def disk():
    app = ui.app(HOST)
    dialog = sheet(app, DEBIAN)
    switch = offered_switch(dialog)
    press(switch)
    set_text(field(dialog, PASSWORD, "Password"), "secret")
    press(field(dialog, TOGGLE, "Disk"))
    noted(dialog, TOGGLE, SWITCH, "It needs a disk")
    wait_refused(dialog, "Create")
    press(switch)
    check(create_and_read(app, dialog, "neither") == {}, "its installer was told something")


ui.main("create-express")
