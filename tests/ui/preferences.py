#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The window of preferences: every setting in it, and that each counts at once and the next time."""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))
import ui
from host import BUILD
from ui import (BAR, BUTTON, COMBO, RADIO, SPIN, TEXT, TOGGLE, State, check, find, has, is_on, place, press, says, set_text, shown, test,
                text_of, wait, wait_for, wait_gone, wait_says, walk)
from ui_tray import Tray

HOST = "[machine didi]\nstate=running\n[machine dede]\n"
SWITCH = TOGGLE
# What is remembered needs its schema, and a file of the test's own.
ENV = {"GSETTINGS_SCHEMA_DIR": os.path.join(BUILD, "data"), "GSETTINGS_BACKEND": "keyfile"}
AUTOSTART = os.path.join(ui.desktop.env["XDG_CONFIG_HOME"], "autostart", "org.vitrine.Vitrine.desktop")
KEYFILE = os.path.join(ui.desktop.env["XDG_CONFIG_HOME"], "glib-2.0", "settings", "keyfile")


def run(fake=HOST, *arguments, env=ENV, **options):
    return ui.own_app(fake, *arguments, env=env, **options)


def opened(app, page="Desktop"):
    window = app.opened("Preferences")
    press(wait(window, RADIO, page))
    wait_for(lambda: has(wait(window, RADIO, page), State.CHECKED), "the page")
    return window


def close(app):
    wait_for(lambda: has(app.window("Preferences"), State.ACTIVE), "the window in front")
    ui.hands.chord("Escape")
    app.wait_window_gone("Preferences")


def remembered(key):
    """The text of KEY in the settings' file, or None."""
    try:
        with open(KEYFILE) as f:
            return next((line.split("=", 1)[1].strip() for line in f if line.startswith(key + "=")), None)
    except FileNotFoundError:
        return None


def forget():
    ui.end_all()
    for path in (KEYFILE, AUTOSTART):
        if os.path.exists(path):
            os.remove(path)


def choose(window, name, number):
    wait(window, COMBO, name).get_selection_iface().select_child(number)


def switches(window):
    return {w.get_name(): has(w, State.CHECKED) for w in walk(window)
            if w.get_role_name() == SWITCH and has(w, State.SHOWING)}


@test("/ui/preferences/every-control-has-a-name-and-the-default-is-shown")
def names():
    forget()
    app = run()
    window = opened(app)
    check(switches(window) == {"Icon in the tray": True, "Start at login": False, "Keep running without a window": True,
                               "Notifications": True, "Hold up logging out and suspend": False,
                               "Ask before forcing off": True}, str(switches(window)))
    wait_says(window, "This desktop has no tray at present")
    ui.picture("preferences-desktop")
    press(wait(window, RADIO, "Consoles"))
    for name in ("Display", "Release the keyboard", "Clipboard"):
        wait(window, COMBO, name)
    for name in ("Name", "Keys"):
        wait(window, TEXT, name)
    ui.picture("preferences-consoles")
    press(wait(window, RADIO, "New machines"))
    wait(window, COMBO, "Firmware")
    wait(window, SPIN, "Memory")
    wait(window, BUTTON, "Disk images")
    ui.picture("preferences-machines")
    close(app)


@test("/ui/preferences/a-key-opens-it-and-escape-closes-it")
def keys():
    app = run()
    wait_for(lambda: has(app.main, State.ACTIVE), "the window in front")
    ui.hands.chord("ctrl+comma")
    app.window("Preferences")
    close(app)


@test("/ui/preferences/what-is-changed-is-remembered-at-once-and-there-the-next-time")
def remembers():
    forget()
    app = run()
    window = opened(app)
    for name in ("Icon in the tray", "Keep running without a window", "Notifications",
                 "Hold up logging out and suspend", "Ask before forcing off"):
        press(wait(window, SWITCH, name))
    press(wait(window, RADIO, "Consoles"))
    choose(window, "Display", 1)
    choose(window, "Release the keyboard", 3)
    choose(window, "Clipboard", 1)
    press(wait(window, SWITCH, "Resize the guest"))
    press(wait(window, RADIO, "New machines"))
    choose(window, "Firmware", 1)
    wait(window, SPIN, "Memory").get_value_iface().set_current_value(3072)
    wanted = {"tray-icon": "false", "keep-running": "false", "notifications": "false", "inhibit": "true",
              "confirm-force-off": "false", "scaling": "'original'", "release-keys": "'right-ctrl'",
              "clipboard": "'to-guest'", "resize-guest": "true", "new-firmware": "'uefi'", "new-memory": "3072"}
    for key, text in wanted.items():
        wait_for(lambda: remembered(key) == text, "%s to be %s, not %s" % (key, text, remembered(key)))
    app = run()
    window = opened(app)
    check(not any(on for name, on in switches(window).items() if name not in ("Hold up logging out and suspend",)),
          str(switches(window)))
    press(wait(window, RADIO, "New machines"))
    check(text_of(wait(window, SPIN, "Memory")) == "3072", "the memory is another")
    close(app)
    forget()


@test("/ui/preferences/start-at-login-writes-a-file-for-the-desktop-and-removes-it")
def login():
    forget()
    app = run()
    window = opened(app)
    press(wait(window, SWITCH, "Start at login"))
    wait_for(lambda: os.path.exists(AUTOSTART), "the file")
    with open(AUTOSTART) as f:
        text = f.read()
    program = os.path.join(BUILD, "src/app/vitrine")
    check('Exec="%s" --background' % os.path.realpath(program) in text.splitlines(), text)
    check("Type=Application" in text and "[Desktop Entry]" in text, text)
    press(wait(window, SWITCH, "Start at login"))
    wait_for(lambda: not os.path.exists(AUTOSTART), "the file to go")
    close(app)


@test("/ui/preferences/start-at-login-that-another-program-switched-off-is-off-and-keeps-what-is-in-it")
def login_elsewhere():
    forget()
    os.makedirs(os.path.dirname(AUTOSTART), exist_ok=True)
    with open(AUTOSTART, "w") as f:
        f.write("[Desktop Entry]\nType=Application\nName=Vitrine\nExec=vitrine\nHidden=true\nX-Mine=kept\n")
    app = run()
    window = opened(app)
    check(not has(wait(window, SWITCH, "Start at login"), State.CHECKED), "it is said to be on")
    press(wait(window, SWITCH, "Start at login"))

    def text():
        with open(AUTOSTART) as f:
            return f.read()
    wait_for(lambda: "Hidden" not in text(), "it to be on")
    check("X-Mine=kept" in text(), text())
    close(app)
    forget()


@test("/ui/preferences/a-folder-that-cannot-be-written-is-said-and-the-switch-goes-back")
def login_fails():
    forget()
    folder = os.path.dirname(AUTOSTART)
    if os.path.isdir(folder):
        os.rmdir(folder)
    with open(folder, "w") as f:
        f.write("a file in the folder's place")
    app = run()
    window = opened(app)
    press(wait(window, SWITCH, "Start at login"))
    wait_says(window, "cannot be made")
    wait_for(lambda: not has(wait(window, SWITCH, "Start at login"), State.CHECKED), "the switch to go back")
    os.remove(folder)
    press(wait(window, SWITCH, "Start at login"))
    wait_for(lambda: os.path.exists(AUTOSTART), "the file")
    wait_says(window, "Without a window, with the icon in the tray")
    close(app)
    forget()


@test("/ui/preferences/icon-comes-and-goes-with-its-switch-and-does-not-keep-what-shall-not-be-kept")
def keep():
    forget()
    tray = Tray(ui.desktop)
    try:
        app = run()
        window = opened(app)
        wait_for(lambda: tray.property("Status") == "Active", "the icon")
        wait_says(window, "Shows how many machines run")
        press(wait(window, SWITCH, "Icon in the tray"))
        wait_for(lambda: tray.property("Status") is None, "the icon to go")
        press(wait(window, SWITCH, "Icon in the tray"))
        wait_for(lambda: tray.property("Status") == "Active", "the icon")
        press(wait(window, SWITCH, "Keep running without a window"))
        wait_for(lambda: remembered("keep-running") == "false", "it to be remembered")
        close(app)
        wait_for(lambda: has(app.main, State.ACTIVE), "the window in front")
        ui.hands.chord("ctrl+w")
        wait_for(lambda: not app.alive(), "vitrine to end, though a machine runs")
    finally:
        ui.end_all()
        tray.close()
        forget()


@test("/ui/preferences/who-does-not-want-to-be-asked-forces-off-at-once")
def force():
    forget()
    app = run()
    press(wait(opened(app), SWITCH, "Ask before forcing off"))
    close(app)
    app.select("didi")
    wait_for(lambda: has(app.main, State.ACTIVE), "the window in front")
    ui.hands.chord("ctrl+shift+d")
    app.wait_state("didi", "Off")
    check(not find(app.main, BUTTON, "Cancel"), "it asked")
    press(wait(app.row("dede"), BUTTON, "Start"))
    app.wait_state("dede", "Running")
    window = app.open_machine("dede")
    wait_says(window, "720 × 400")
    press(wait(window, TOGGLE, "Shut down"))
    press(wait(window, BUTTON, "Force off…"))
    wait_says(window, "This machine is off")
    forget()


@test("/ui/preferences/windows-begin-with-the-scaling-that-is-preferred")
def begins():
    forget()
    app = run()
    window = opened(app, "Consoles")
    choose(window, "Display", 1)
    close(app)
    machine = app.open_machine("didi")
    wait_says(machine, "720 × 400, at 100 %")
    press(wait(machine, TOGGLE, "Display and clipboard"))
    wait(machine, RADIO, "Original size")
    ui.picture("machine-display-menu")
    forget()


@test("/ui/preferences/keyboard-is-released-by-the-keys-that-are-preferred-and-by-no-others")
def release():
    forget()
    app = run()
    machine = app.open_machine("didi")
    area = wait(machine, "drawing area", "Display")
    wait_says(machine, "Ctrl+Alt releases the keyboard")
    opened(app, "Consoles")
    for number, (chord, words) in enumerate((("ctrl+alt", "Ctrl+Alt"), ("ctrl+shift", "Ctrl+Shift"),
                                             ("shift+alt", "Shift+Alt"), ("Control_R", "Right Ctrl"))):
        choose(app.window("Preferences"), "Release the keyboard", number)
        x, y, width, height = place(area)
        others = [c for c in ("ctrl+alt", "ctrl+shift", "shift+alt", "Control_R") if c != chord]
        ui.hands.click(x + width // 2, y + height - 10)
        wait_says(machine, words + " releases the keyboard")
        for other in others:
            ui.hands.chord(other)
        ui.hands.type("x")
        check(says(machine, words + " releases the keyboard"), "%s was released by another of %s" % (words, others))
        ui.hands.chord(chord)
        wait_says(machine, "Click the display to type into it")
    forget()


@test("/ui/preferences/own-keys-are-added-named-sent-and-removed")
def own_keys():
    forget()
    app = run()
    machine = app.open_machine("didi")
    wait_says(machine, "720 × 400")
    press(wait(machine, TOGGLE, "Send keys"))
    check(not find(machine, BUTTON, "Lock it_now"), "it is there already")
    press(wait(machine, BUTTON, "Edit…"))
    window = app.window("Preferences")
    check(has(wait(window, RADIO, "Consoles"), State.CHECKED), "another page is shown")
    check(not is_on(wait(window, BUTTON, "Add to the menu")), "nothing can be added")
    set_text(wait(window, TEXT, "Name"), "Lock it_now")
    set_text(wait(window, TEXT, "Keys"), "leftmeta+nonsense")
    wait_says(window, "nonsense")
    check(not is_on(wait(window, BUTTON, "Add to the menu")), "nonsense can be added")
    set_text(wait(window, TEXT, "Keys"), "a")
    press(wait(window, BUTTON, "Add to the menu"))
    wait(window, BUTTON, "Remove “Lock it_now”")
    ui.picture("preferences-own-keys")
    set_text(wait(window, TEXT, "Name"), "Lock it_now")
    set_text(wait(window, TEXT, "Keys"), "b")
    wait_says(window, "There already are keys of this name.")
    close(app)
    before = ui.desktop.pixels()
    press(wait(machine, TOGGLE, "Send keys"))
    press(wait(machine, BUTTON, "Lock it_now"))
    wait_gone(machine, BUTTON, "Lock it_now")
    wait_for(lambda: ui.desktop.pixels() != before, "the guest to show the key")
    check(not find(machine, BAR), "it was not taken")
    window = opened(run(), "Consoles")
    press(wait(window, BUTTON, "Remove “Lock it_now”"))
    wait_gone(window, BUTTON, "Remove “Lock it_now”")
    wait_for(lambda: remembered("send-keys") in (None, "@a(ss) []", "[]"), "it to be forgotten")
    forget()


@test("/ui/preferences/folder-that-is-gone-is-said-and-left-with-one-press")
def folder():
    forget()
    os.makedirs(os.path.dirname(KEYFILE), exist_ok=True)
    with open(KEYFILE, "w") as f:
        f.write("[org/vitrine/Vitrine]\nnew-disk-folder='/nowhere/at/all'\n")
    app = run()
    window = opened(app, "New machines")
    wait_says(window, "“/nowhere/at/all” is no folder any more.")
    press(wait(window, BUTTON, "Back to each machine’s own folder"))
    wait_says(window, "New ones are made in each machine’s own folder")
    check(remembered("new-disk-folder") is None, "it is remembered")
    close(app)
    forget()


@test("/ui/preferences/a-new-machine-begins-with-what-is-preferred")
def new_machine():
    forget()
    place_for_disks = os.path.join(ui.desktop.home, "disks")
    os.mkdir(place_for_disks)
    os.makedirs(os.path.dirname(KEYFILE), exist_ok=True)
    with open(KEYFILE, "w") as f:
        f.write("[org/vitrine/Vitrine]\nnew-disk-folder='%s'\nnew-firmware='uefi'\nnew-memory=3072\n" % place_for_disks)
    app = run()
    press(wait(app.main, BUTTON, "New"))
    sheet = app.window("New machine")
    check(text_of(wait(sheet, SPIN, "Memory")) == "3 GiB", "the memory is %s" % text_of(wait(sheet, SPIN, "Memory")))
    firmware = shown(wait(sheet, COMBO, "Firmware"))
    check(firmware == "UEFI", "the firmware is %s" % firmware)
    wait_says(sheet, "~/disks/")
    ui.picture("preferences-new-machine")
    forget()


@test("/ui/preferences/without-its-schema-it-says-that-nothing-is-remembered-and-all-else-works")
def no_schema():
    forget()
    app = run(env={})
    window = opened(app)
    wait(window, BAR, lambda name: "nothing of this can be remembered" in name)
    check(not is_on(wait(window, SWITCH, "Notifications")), "it can be switched")
    check(switches(window)["Notifications"] and not switches(window)["Hold up logging out and suspend"],
          "what counts is not shown: %s" % switches(window))
    press(wait(window, SWITCH, "Start at login"))
    wait_for(lambda: os.path.exists(AUTOSTART), "what needs no schema to work")
    ui.picture("preferences-no-schema")
    close(app)
    machine = app.open_machine("didi")
    wait_says(machine, "Ctrl+Alt releases the keyboard")
    forget()


ui.desktop.watch_notifications()
ui.main("preferences")
