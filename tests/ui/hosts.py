#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Several hosts in one window: what each one is like, adding and removing them, and that none holds up another."""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))
import ui
from host import BUILD
from ui import (BAR, BUTTON, COMBO, ROW, TEXT, TOGGLE, State, check, choose, find, find_all, has, is_on, press, says, set_text,
                test, wait, wait_for, wait_gone, wait_offered, wait_says)
from ui_app import VITRINE, App

HERE = """
[host]
title=This computer
[machine Debian 12]
state=running
[machine didi]
[machine gamma]
"""
TOWER = """
[host]
title=QEMU/KVM on tower
[machine alpha]
state=running
screen=bars
[machine beta]
[machine web server]
"""
BOTH = (HERE, TOWER)


def fake(name, text):
    """The address of a fake host of TEXT."""
    return "fake:" + ui.file(name, text.encode())


def rows(app):
    return [r.get_name() for r in find_all(app.main, ROW, hidden=True)]


def head(app, title):
    return wait(app.main, ROW, title)


def host_menu(app, title, item):
    press(wait(head(app, title), TOGGLE, "Host menu"))
    press(wait(app.main, BUTTON, item))


def add_sheet(app, address=None):
    """The sheet, with ADDRESS typed into it."""
    app.press_in_main_menu("Add a host…")
    sheet = app.window("Add a host")
    if address is not None:
        choose(wait(sheet, COMBO), "Another address")
        set_text(wait(sheet, TEXT, "Address"), address)
    return sheet


def add(app, address, title):
    press(wait(add_sheet(app, address), BUTTON, "Connect"))
    app.wait_window_gone("Add a host")
    return head(app, title)


# --- the list ------------------------------------------------------------------------------------


@test("/ui/hosts/one-host-has-no-row-of-its-own")
def one():
    app = ui.app(HERE)
    app.row("didi")
    check(rows(app) == ["Debian 12", "didi", "gamma"], "there are %s" % rows(app))


@test("/ui/hosts/each-host-stands-above-its-machines")
def heads():
    app = ui.app(BOTH)
    wait_says(head(app, "QEMU/KVM on tower"), "3 machines, 1 running")
    wait_says(head(app, "This computer"), "3 machines, 1 running")
    check(rows(app) == ["This computer", "Debian 12", "didi", "gamma",
                        "QEMU/KVM on tower", "alpha", "beta", "web server"], "there are %s" % rows(app))
    wait_says(app.main, "6 machines, 2 running")
    ui.picture("hosts")


@test("/ui/hosts/a-selection-spans-hosts-and-no-host-is-part-of-it")
def selection():
    app = ui.app(BOTH)
    head(app, "QEMU/KVM on tower")
    ui.hands.chord("ctrl+a")
    wait_says(app.main, "6 machines selected")
    ui.hands.chord("Escape")
    app.select("didi", "beta")
    wait_says(app.main, "2 machines selected")
    press(find_all(app.main, BUTTON, "Start")[-1])
    app.wait_state("didi", "Running")
    app.wait_state("beta", "Running")
    wait_says(head(app, "QEMU/KVM on tower"), "3 machines, 2 running")
    press(wait(app.row("beta"), BUTTON, "Pause"))
    app.wait_state("beta", "Paused")


@test("/ui/hosts/sorting-stays-within-a-host")
def sorting():
    app = ui.app(BOTH)
    head(app, "QEMU/KVM on tower")
    press(wait(app.main, BUTTON, "Name"))
    wait_for(lambda: rows(app) == ["This computer", "gamma", "didi", "Debian 12",
                                   "QEMU/KVM on tower", "web server", "beta", "alpha"], "names downwards")
    press(wait(app.main, BUTTON, "Name"))
    wait_for(lambda: rows(app)[1] == "Debian 12", "names upwards")


@test("/ui/hosts/a-search-shows-hosts-with-matches-alone")
def search():
    app = ui.app(BOTH)
    head(app, "QEMU/KVM on tower")
    ui.hands.chord("ctrl+f")
    wait(app.main, TEXT, "Search")
    ui.hands.type("web")
    wait_for(lambda: rows(app) == ["QEMU/KVM on tower", "web server"], "one machine below its host")
    ui.hands.type("xyz")
    wait_says(app.main, "No machine is called “webxyz”")
    ui.hands.chord("Escape")
    wait_for(lambda: len(rows(app)) == 8, "all of them again")


@test("/ui/hosts/the-keyboard-goes-over-a-host-to-its-button")
def keyboard():
    app = ui.app((HERE, TOWER.replace("[host]", "[host]\nproblem=nobody is there")))
    wait_says(head(app, "QEMU/KVM on tower"), "Nobody is there.")
    app.row("gamma").get_component_iface().grab_focus()
    ui.hands.keys("Down")
    wait_for(lambda: has(head(app, "QEMU/KVM on tower"), State.FOCUSED), "the host to have the keyboard")
    ui.hands.keys("Tab")
    wait_for(lambda: has(wait(head(app, "QEMU/KVM on tower"), BUTTON, "Try again"), State.FOCUSED), "its button")


# --- a host that cannot be used --------------------------------------------------------------------


@test("/ui/hosts/a-host-that-hangs-holds-up-nobody")
def hung():
    app = ui.own_app((HERE, TOWER + "[faults]\nhang-connect=true\n"))
    tower = head(app, "QEMU/KVM on tower")
    wait_says(tower, "Connecting…")
    ui.picture("hosts-connecting")
    press(wait(app.row("didi"), BUTTON, "Start"))
    app.wait_state("didi", "Running")
    press(wait(tower, BUTTON, "Cancel"))
    wait_says(tower, "Not connected")
    press(wait(tower, BUTTON, "Connect"))
    wait_says(tower, "Connecting…")


@test("/ui/hosts/a-lost-host-says-why-and-what-mends-it-and-is-found-again")
def lost():
    flag = os.path.join(ui.desktop.home, "lost")
    app = ui.own_app((HERE, TOWER.replace("[host]", "[host]\nlost-while=%s\nmend=sudo systemctl start libvirtd\n"
                                          "problem=the host has stopped answering" % flag)))
    tower = head(app, "QEMU/KVM on tower")
    wait_says(tower, "3 machines")
    ui.file("lost")
    wait_says(tower, "The host has stopped answering.")
    wait_says(tower, "sudo systemctl start libvirtd")
    wait_says(tower, "Connection lost")
    check("alpha" in rows(app), "its machines went")
    ui.picture("hosts-lost")
    press(wait(tower, BUTTON, "Copy"))
    wait(tower, BUTTON, "Copied")
    press(wait(tower, BUTTON, "Try again"))
    wait(tower, BUTTON, "Try again")
    os.unlink(flag)
    wait_says(tower, "3 machines")
    wait_for(lambda: not says(tower, "stopped answering"), "the trouble to go")


@test("/ui/hosts/the-first-host-says-its-trouble-in-one-place")
def first_trouble():
    app = ui.app((HERE.replace("[host]", "[host]\nproblem=the folder cannot be read"), TOWER))
    wait_says(head(app, "This computer"), "The folder cannot be read.")
    app.row("beta")
    check(find(app.main, BAR, "The folder cannot be read.") is None, "it is said twice")


# --- adding, closing, removing --------------------------------------------------------------------


@test("/ui/hosts/what-is-typed-is-checked-while-it-is-typed")
def typed():
    app = ui.app(HERE)
    sheet = add_sheet(app)
    wait_says(sheet, "qemu:///session")
    choose(wait(sheet, COMBO), "libvirt, this computer’s")
    wait_says(sheet, "qemu:///system")
    choose(wait(sheet, COMBO), "libvirt on another computer")
    name = wait(sheet, TEXT, "Computer, by SSH")
    check(not is_on(wait(sheet, BUTTON, "Connect")), "nothing can be connected")
    for wrong, why in (("two words", "Only a name"), ("root@", "The computer’s name is missing"),
                       ("tower:http", "A port is a number"), ("@tower", "The user’s name")):
        set_text(name, wrong)
        wait_says(sheet, why)
        check(not is_on(wait(sheet, BUTTON, "Connect")), "“%s” can be connected" % wrong)
    set_text(name, "root@tower")
    wait_says(sheet, "qemu+ssh://root@tower/system")
    wait_offered(sheet, "Connect")
    ui.picture("hosts-add")
    choose(wait(sheet, COMBO), "Another address")
    address = wait(sheet, TEXT, "Address")
    set_text(address, "nonsense")
    wait_says(sheet, "is no host")
    set_text(address, app.hosts[0])
    wait_says(sheet, "This host is in the list already")
    check(not is_on(wait(sheet, BUTTON, "Connect")), "a host can be added twice")
    ui.hands.chord("Escape")
    app.wait_window_gone("Add a host")


@test("/ui/hosts/a-host-is-added-and-its-machines-are-used")
def added():
    app = ui.own_app(HERE)
    tower = add(app, fake("tower.fake", TOWER), "QEMU/KVM on tower")
    wait_says(tower, "3 machines, 1 running")
    check(rows(app)[0] == "This computer", "the first host has no row")
    press(wait(app.row("beta"), BUTTON, "Start"))
    app.wait_state("beta", "Running")
    window = app.open_machine("alpha")
    wait(window, "drawing area")
    ui.picture("hosts-console")


@test("/ui/hosts/a-machine-is-made-on-the-host-that-is-chosen")
def create():
    app = ui.own_app((HERE, TOWER.replace("[host]", "[host]\nhost-cpus=3")))
    head(app, "QEMU/KVM on tower")
    press(wait(app.main, BUTTON, "New"))
    sheet = app.window("New machine")
    wait_says(sheet, "This computer has 8")
    choose(wait(sheet, COMBO, "Host"), "QEMU/KVM on tower")
    wait_says(sheet, "The host has 3")
    ui.picture("hosts-create")
    set_text(wait(sheet, TEXT, "Name"), "alpha")
    wait_says(sheet, "There already is a machine of this name")
    set_text(wait(sheet, TEXT, "Name"), "omega")
    press(wait_offered(sheet, "Create"))
    app.window("omega")
    wait_for(lambda: rows(app).index("omega") > rows(app).index("QEMU/KVM on tower"), "it below its host")


@test("/ui/hosts/a-host-that-cannot-be-reached-is-told-in-the-sheet-and-may-be-added-anyway")
def unreachable():
    flag = ui.file("away")
    app = ui.own_app(HERE)
    address = fake("away.fake", TOWER.replace("[host]", "[host]\nlost-while=%s\nproblem=no daemon is behind the socket\n"
                                              "mend=sudo systemctl enable --now libvirtd.socket" % flag))
    sheet = add_sheet(app, address)
    press(wait(sheet, BUTTON, "Connect"))
    wait(sheet, BAR, "No daemon is behind the socket.")
    wait_says(sheet, "sudo systemctl enable --now libvirtd.socket")
    ui.picture("hosts-add-trouble")
    press(wait(sheet, BUTTON, "Add anyway"))
    app.wait_window_gone("Add a host")
    tower = head(app, "QEMU/KVM on tower")
    wait_says(tower, "No daemon is behind the socket.")
    os.unlink(flag)
    press(wait(tower, BUTTON, "Try again"))
    wait_says(tower, "3 machines, 1 running")


@test("/ui/hosts/connecting-from-the-sheet-can-be-given-up")
def given_up():
    app = ui.own_app(HERE)
    sheet = add_sheet(app, fake("hung.fake", TOWER + "[faults]\nhang-connect=true\n"))
    press(wait(sheet, BUTTON, "Connect"))
    wait_says(sheet, "Connecting to QEMU/KVM on tower…")
    press(wait(sheet, BUTTON, "Cancel"))
    wait_offered(sheet, "Connect")  # the sheet is as before
    app.close("Add a host", "Cancel")
    check(rows(app) == ["Debian 12", "didi", "gamma"], "there are %s" % rows(app))


@test("/ui/hosts/disconnecting-keeps-the-host-and-lets-go-of-its-machines")
def disconnect():
    app = ui.own_app(HERE)
    tower = add(app, fake("tower.fake", TOWER), "QEMU/KVM on tower")
    app.open_machine("beta")
    host_menu(app, "QEMU/KVM on tower", "Disconnect")
    wait_says(tower, "Not connected")
    app.wait_window_gone("beta")
    check("alpha" not in rows(app), "its machines are still there")
    press(wait(tower, BUTTON, "Connect"))
    wait_says(tower, "3 machines")


@test("/ui/hosts/removing-a-host-leaves-the-others-as-they-were")
def remove():
    app = ui.own_app(HERE)
    add(app, fake("tower.fake", TOWER), "QEMU/KVM on tower")
    app.select("didi", "beta")
    wait_says(app.main, "2 machines selected")
    host_menu(app, "QEMU/KVM on tower", "Remove from the list")
    wait_for(lambda: rows(app) == ["Debian 12", "didi", "gamma"], "the host to go, and the other's row with it")
    wait_says(app.main, "“didi” selected")


# --- from one run to the next ---------------------------------------------------------------------


class Remembering(App):
    """As a user starts it: this computer, and what is remembered."""

    ENV = {"GSETTINGS_BACKEND": "keyfile", "GSETTINGS_SCHEMA_DIR": os.path.join(BUILD, "data")}

    def command(self, *arguments):
        return [VITRINE] + list(arguments)


def again():
    ui.end_all()
    return Remembering(ui.desktop, "", env=Remembering.ENV)


@test("/ui/hosts/hosts-are-remembered-with-whether-they-are-to-be-connected")
def remembered():
    app = again()
    address = fake("remembered.fake", TOWER)
    wait_says(add(app, address, "QEMU/KVM on tower"), "3 machines")
    app = again()
    wait_says(head(app, "QEMU/KVM on tower"), "3 machines")
    host_menu(app, "QEMU/KVM on tower", "Disconnect")
    wait_says(head(app, "QEMU/KVM on tower"), "Not connected")
    app = again()
    wait_says(head(app, "QEMU/KVM on tower"), "Not connected")
    host_menu(app, "QEMU/KVM on tower", "Remove from the list")
    wait_gone(app.main, ROW, "QEMU/KVM on tower")
    app = again()
    wait(app.main, TOGGLE, "Main menu")
    check(find(app.main, ROW, "QEMU/KVM on tower") is None, "it is there again")


@test("/ui/hosts/a-remembered-host-that-hangs-does-not-hold-up-the-window")
def remembered_hung():
    app = again()
    sheet = add_sheet(app, fake("hung-later.fake", TOWER + "[faults]\nhang-connect=true\n"))
    press(wait(sheet, BUTTON, "Connect"))
    wait_says(sheet, "Connecting to")
    ui.end_all()
    with open(os.path.join(ui.desktop.home, "config/glib-2.0/settings/keyfile"), "w") as f:
        f.write("[org/vitrine/Vitrine]\nhosts=[('%s', 'tower', true)]\n" % fake("hung-later.fake", TOWER
                + "[faults]\nhang-connect=true\n"))
    app = again()
    wait_says(head(app, "tower"), "Connecting…")
    press(wait(head(app, "tower"), BUTTON, "Cancel"))
    wait_says(head(app, "tower"), "Not connected")


ui.main("hosts")
