#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The create sheet knows operating systems: told by the medium or by the user, whose own numbers stay; and cloud images."""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))
import ui
from ui import (BUTTON, COMBO, ROW, SPIN, TEXT, TOGGLE, State, check, find, find_all, has, is_on, press, set_text,
                test, text_of, wait, wait_for, wait_says)

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
SHEET = "New machine"
SYSTEM = "System"


def sheet(app, source=None):
    for window in app.windows():
        name = window.get_name()
        if name != "Vitrine":
            ui.hands.keys("Escape")
            app.wait_window_gone(name)
    if source:
        check(app.again(source) == 0, "the second vitrine failed")
    else:
        press(wait(app.main, BUTTON, "New"))
    dialog = app.window(SHEET)
    wait_for(lambda: has(dialog, State.ACTIVE), "the sheet in front")
    return dialog


def field(dialog, role, name):
    """Also one that is to be scrolled to."""
    if name == SYSTEM:
        return wait_for(lambda: next((w for w in find_all(dialog, role, hidden=True)
                                      if w.get_name().startswith("System: ")), None), name)
    return wait_for(lambda: find(dialog, role, name, hidden=True), "%s %r" % (role, name))


def noted(dialog, role, name, *parts):
    """Waits until the note beside the field says PARTS."""
    try:
        wait_for(lambda: all(p in field(dialog, role, name).get_description() for p in parts), "")
    except AssertionError:
        raise AssertionError("beside %s: %r" % (name, field(dialog, role, name).get_description())) from None


def shown(combo):
    """What the combo box says: the name of its selected line."""
    selection = combo.get_selection_iface()
    child = selection.get_selected_child(0)
    return child.get_name() if child else ""


def offered(dialog):
    wait_for(lambda: is_on(wait(dialog, BUTTON, "Create")), "Create to be offered")


def created(app, dialog, name):
    """The facts in the row of the machine that comes of it."""
    offered(dialog)
    press(wait(dialog, BUTTON, "Create"))
    app.wait_window_gone(SHEET)
    window = app.window(name)
    press(wait(window, BUTTON, "Close"))
    app.wait_window_gone(name)
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
    wait_for(lambda: not find(dialog, TEXT, "Search systems"), "Escape to close the list")
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
    wait_for(lambda: not find(dialog, TEXT, "Search systems"), "the list to close")
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
    offered(dialog)
    press(wait(dialog, BUTTON, "Create"))
    app.wait_window_gone(SHEET)
    press(wait(app.window("mine"), BUTTON, "Close"))
    app.wait_window_gone("mine")
    check("Debian 12" in app.row("mine").get_description(), app.row("mine").get_description())


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
    password = field(dialog, "password text", "Password")
    set_text(password, "se\"cret: #1")
    noted(dialog, "password text", "Password", "Only its hash is written")
    offered(dialog)
    set_text(user, "Root User")
    noted(dialog, TEXT, "User", "is no user's name")
    check(not is_on(wait(dialog, BUTTON, "Create")), "a user that cannot be is taken")
    set_text(user, "ana")
    set_text(field(dialog, TEXT, "Host name"), "under_score")
    noted(dialog, TEXT, "Host name", "is no host's name")
    set_text(field(dialog, TEXT, "Host name"), "web")
    set_text(field(dialog, TEXT, "Name"), "cloudy")
    ui.picture("create-cloud")
    offered(dialog)
    press(wait(dialog, BUTTON, "Create"))
    app.wait_window_gone(SHEET)
    window = app.window("cloudy")
    press(wait(window, BUTTON, "Hardware"))
    hardware = app.window("Hardware of “cloudy”")
    wait_for(lambda: find(hardware, "list item", hidden=True), "the devices")
    facts = [row.get_description() for row in find_all(hardware, "list item", hidden=True)]
    check(any("cloud-init.iso" in fact for fact in facts), str(facts))
    ui.hands.keys("Escape")


ui.main("create-os")
