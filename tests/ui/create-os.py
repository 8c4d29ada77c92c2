#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The create sheet knows operating systems: told by the medium or by the user, whose own numbers stay; and cloud images."""

import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))
import ui
from ui import (BUTTON, COMBO, PASSWORD, ROW, SPIN, TEXT, TOGGLE, State, check, field, find, has, is_on, noted, press,
                set_text, shown, test, text_of, wait, wait_for, wait_gone, wait_offered, wait_says)
from ui_create import SHEET, create, facts_of_new, sheet

ISO = ui.iso("debian-12.1.0-amd64-netinst.iso")
WINDOWS = ui.iso("win11.iso")
STRANGE = ui.iso("strange.iso")
NEWER = ui.iso("debian-99.iso")
CLOUD = ui.file("debian-12-generic.raw", b"\0" * 1024)
SYSTEMS = """
[os debian12]
id=http://debian.org/debian/12
name=Debian 12
version=12
vendor=Debian Project
family=linux
user=debian
memory-mib=1024
disk-mib=12288
[os debian7]
name=Debian 7
version=7
vendor=Debian Project
family=linux
ended=true
[os win11]
id=http://microsoft.com/win/11
name=Microsoft Windows 11
version=11.0
vendor=Microsoft Corporation
family=winnt
vcpus=3
memory-mib=4096
disk-mib=40960
firmware=uefi
bus=sata
nic-model=e1000e
[medium %s]
os=debian12
label=Debian 12.1.0 amd64 n
[medium %s]
os=win11
[medium %s]
os=debian12
confidence=similar
[medium %s]
os=debian12
confidence=likely
""" % (ISO, WINDOWS, NEWER, CLOUD)
HOST = """
[host]
host-cpus=4
memory-mib=16384
free-disk-mib=102400
""" + SYSTEMS
SLOW = HOST + """
[faults]
slow-ms=1500
"""
HUNG = HOST + """
[faults]
hang-detect-os=true
hang-list-os=true
"""
BROKEN = HOST + """
[faults]
fail-detect-os=what operating systems there are is not known on this computer
fail-list-os=what operating systems there are is not known on this computer
"""
SYSTEM = re.compile("System: ").match  # the button's name that says which it is


def created(app, dialog, name):
    """The facts in the row of the machine that comes of it."""
    create(app, dialog, name)
    app.close(name)
    return app.row(name).get_description()


def says_system(dialog, name):
    wait_for(lambda: find(dialog, TOGGLE, "System: " + name, hidden=True), "the button to say %s" % name, timeout=8)


@test("/ui/create-os/the-medium-says-which-and-the-fields-follow")
def found():
    app = ui.app(HOST)
    dialog = sheet(app, ISO)
    says_system(dialog, "Debian 12")
    noted(dialog, TOGGLE, SYSTEM, "Found on the medium")
    check(text_of(field(dialog, SPIN, "Memory")) == "1 GiB", text_of(field(dialog, SPIN, "Memory")))
    check(text_of(field(dialog, SPIN, "Size")) == "12 GiB", text_of(field(dialog, SPIN, "Size")))
    ui.picture("create-os")
    set_text(field(dialog, TEXT, "Name"), "found")
    facts = created(app, dialog, "found")
    check("Debian 12 · " in facts and "1 GiB" in facts, facts)


@test("/ui/create-os/devices-and-firmware-follow-too")
def windows():
    app = ui.app(HOST)
    dialog = sheet(app, WINDOWS)
    says_system(dialog, "Microsoft Windows 11")
    noted(dialog, TOGGLE, SYSTEM, "asks for a TPM")
    check(text_of(field(dialog, SPIN, "Processors")) == "3", text_of(field(dialog, SPIN, "Processors")))
    check(shown(field(dialog, COMBO, "Firmware")) == "UEFI", "the firmware does not follow")
    noted(dialog, COMBO, "Bus", "Every system knows it")
    check(shown(field(dialog, COMBO, "Card model")) == "e1000e", "the card does not follow")
    press(wait(dialog, BUTTON, "Go on without a file"))
    says_system(dialog, "Any system")
    check(shown(field(dialog, COMBO, "Firmware")) == "BIOS", "the firmware does not go back")
    noted(dialog, COMBO, "Bus", "The fastest")


@test("/ui/create-os/numbers-of-ones-own-stay")
def own_numbers():
    app = ui.app(SLOW)
    dialog = sheet(app, WINDOWS)
    noted(dialog, TOGGLE, SYSTEM, "Looking which one it is")
    set_text(field(dialog, SPIN, "Memory"), "3 GiB")
    set_text(field(dialog, SPIN, "Processors"), "1")
    says_system(dialog, "Microsoft Windows 11")
    check(text_of(field(dialog, SPIN, "Memory")) == "3 GiB", "the memory that was typed is lost")
    check(text_of(field(dialog, SPIN, "Processors")) == "1", "the processors that were typed are lost")
    check(text_of(field(dialog, SPIN, "Size")) == "40 GiB", "the size does not follow")
    ui.hands.keys("Escape")
    app.wait_window_gone(SHEET)


@test("/ui/create-os/nobody-waits-for-it")
def hung():
    app = ui.app(HUNG)
    dialog = sheet(app, ISO)
    noted(dialog, TOGGLE, SYSTEM, "Looking which one it is")
    set_text(field(dialog, TEXT, "Name"), "hasty")
    facts = created(app, dialog, "hasty")
    check("Debian" not in facts, facts)
    dialog = sheet(app, ISO)
    noted(dialog, TOGGLE, SYSTEM, "Looking which one it is")
    press(wait(dialog, BUTTON, "Go on without a file"))
    noted(dialog, TOGGLE, SYSTEM, "that suit most")
    press(field(dialog, TOGGLE, SYSTEM))
    wait_says(dialog, "Reading the list…")
    ui.hands.keys("Escape")
    wait_gone(dialog, TEXT, "Search systems")
    check(app.window(SHEET) is not None, "Escape closed the sheet, too")
    ui.hands.keys("Escape")
    app.wait_window_gone(SHEET)


@test("/ui/create-os/what-cannot-be-known-is-said-and-holds-up-nothing")
def broken():
    app = ui.app(BROKEN)
    dialog = sheet(app, ISO)
    noted(dialog, TOGGLE, SYSTEM, "What operating systems there are is not known on this computer.")
    press(field(dialog, TOGGLE, SYSTEM))
    wait_says(dialog, "hat operating systems there are is not known on this computer")
    ui.hands.keys("Escape")
    set_text(field(dialog, TEXT, "Name"), "plain")
    created(app, dialog, "plain")


@test("/ui/create-os/how-sure-it-is-is-said")
def confidence():
    app = ui.app(HOST)
    dialog = sheet(app, NEWER)
    noted(dialog, TOGGLE, SYSTEM, "Likely a newer release of it")
    says_system(dialog, "Debian 12")
    dialog = sheet(app, STRANGE)
    noted(dialog, TOGGLE, SYSTEM, "Not recognised")
    says_system(dialog, "Any system")
    dialog = sheet(app, CLOUD)
    noted(dialog, TOGGLE, SYSTEM, "Likely, by its name")


@test("/ui/create-os/searched-and-chosen-by-keyboard")
def keyboard():
    app = ui.app(HOST)
    dialog = sheet(app)
    ui.hands.chord("alt+y")
    search = wait(dialog, TEXT, "Search systems")
    wait_for(lambda: has(search, State.FOCUSED), "the search to have the keyboard")
    wait(dialog, ROW, "Microsoft Windows 11")
    check(find(dialog, ROW, "Debian 7") is None, "what has ended is offered unasked")
    ui.picture("create-os-list")
    ui.hands.type("deb")
    wait(dialog, ROW, "Debian 7")
    wait_for(lambda: find(dialog, ROW, "Microsoft Windows 11") is None, "the list to follow")
    ui.hands.keys("Down", "Return")
    says_system(dialog, "Debian 7")
    noted(dialog, TOGGLE, SYSTEM, "look after it no more")
    wait_gone(dialog, TEXT, "Search systems")
    press(field(dialog, TOGGLE, SYSTEM))
    set_text(wait(dialog, TEXT, "Search systems"), "nothing of the kind")
    wait_says(dialog, "None is called so")
    ui.hands.keys("Escape")


@test("/ui/create-os/return-takes-what-was-typed-last-though-another-row-was-selected")
def in_a_hurry():
    app = ui.app(HOST)
    dialog = sheet(app)
    ui.hands.chord("alt+y")
    search = wait(dialog, TEXT, "Search systems")
    wait_for(lambda: has(search, State.FOCUSED), "the search to have the keyboard")
    ui.hands.keys("Down")
    wait_for(lambda: has(wait(dialog, ROW, "Debian 12"), State.SELECTED), "its row")
    ui.hands.type("11")
    ui.hands.keys("Return")
    says_system(dialog, "Microsoft Windows 11")


@test("/ui/create-os/what-one-chose-the-medium-does-not-change")
def choice_stays():
    app = ui.app(SLOW)
    dialog = sheet(app, WINDOWS)
    noted(dialog, TOGGLE, SYSTEM, "Looking which one it is")
    press(field(dialog, TOGGLE, SYSTEM))
    wait(dialog, ROW, "Debian 12", timeout=20)
    set_text(wait(dialog, TEXT, "Search systems"), "debian 12")
    wait_for(lambda: find(dialog, ROW, "Any system") is None, "the list to follow")
    ui.hands.keys("Return")
    says_system(dialog, "Debian 12")
    noted(dialog, TOGGLE, SYSTEM, "as it needs them")
    check(text_of(field(dialog, SPIN, "Memory")) == "1 GiB", text_of(field(dialog, SPIN, "Memory")))
    set_text(field(dialog, TEXT, "Name"), "mine")
    facts = created(app, dialog, "mine")
    check("Debian 12" in facts, facts)


@test("/ui/create-os/a-cloud-image-is-told-who-may-log-in")
def cloud():
    app = ui.app(HOST)
    dialog = sheet(app, CLOUD)
    switch = wait(dialog, TOGGLE, "Cloud image")
    check(find(dialog, TEXT, "User") is None, "who may log in is asked before that is of use")
    press(switch)
    user = wait(dialog, TEXT, "User")
    check(text_of(user) != "", "no user is proposed")
    noted(dialog, "filler", "SSH key", "Nobody could log in")
    check(not is_on(wait(dialog, BUTTON, "Create")), "a machine that nobody can log in to is offered")
    password = field(dialog, PASSWORD, "Password")
    set_text(password, "se\"cret: #1")
    noted(dialog, PASSWORD, "Password", "Only its hash is written")
    wait_offered(dialog, "Create")
    set_text(user, "Root User")
    noted(dialog, TEXT, "User", "is no user's name")
    check(not is_on(wait(dialog, BUTTON, "Create")), "a user that cannot be is taken")
    set_text(user, "ana")
    set_text(field(dialog, TEXT, "Host name"), "under_score")
    noted(dialog, TEXT, "Host name", "is no host's name")
    set_text(field(dialog, TEXT, "Host name"), "web")
    ui.picture("create-cloud")
    facts = facts_of_new(app, dialog, "cloudy")
    check(any("cloud-init.iso" in fact for _, fact in facts), str(facts))


ui.main("create-os")
