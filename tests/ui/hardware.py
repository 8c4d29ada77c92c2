#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A machine's hardware: the list of it, a device more by a form of the engine's table, a device less."""

import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))
import ui
import ui_hardware
from ui import (BAR, BUTTON, COMBO, LABEL, ROW, SPIN, TEXT, State, check, choose, field, find, has, is_on, pick_row, press, says,
                set_text, shown, test, text_of, wait, wait_for, wait_gone, wait_offered, wait_refused, wait_says)
from ui_hardware import go

from Xlib.protocol import event  # noqa: E402

KNOWN = ui.file("known.qcow2", b"\0" * 4096)
USED = ui.file("used.qcow2", b"\0" * 4096)
HOST = """
[network lan]
mode=nat
active=true
[network private]
mode=isolated
[volumes vg0]
size-mib=102400
free-mib=4096
pools=pool|51200|1024
[image %s]
format=qcow2
elsewhere=true
size-mib=2048
used-mib=1
[image %s]
format=qcow2
size-mib=1024
used-mib=1
users=didi
[image nbd://tower/x]
format=raw
elsewhere=true
size-mib=3072
[image nbd://tower/used]
format=raw
elsewhere=true
size-mib=3072
users=didi
[image iscsi://tower/iqn.2026-01.example:disk/1]
format=raw
elsewhere=true
size-mib=4096
read-only=true
[machine didi]
state=running
disks=/srv/didi.raw|1024
detach-ms=3000
[machine off]
disks=/srv/off.raw|1024
nics=user,mac=52:54:00:00:00:77
[machine stubborn]
state=running
disks=/srv/stubborn.raw|1024
keeps-devices=true
[machine slow]
state=running
disks=/srv/slow.raw|1024
detach-ms=120000
[machine late]
state=running
disks=/srv/late.raw|1024
detach-ms=120000
slow-ms=4000
[machine refusing]
state=running
fail-attach=the machine has no free slot; remove a device first
[machine endless]
state=running
hang-attach=true
""" % (KNOWN, USED)
IMAGE = ui.file("data.raw", b"\0" * 4096)
ADD = "Add hardware"


def close(app):
    """What stands before a machine's window."""
    if any(w.get_name() == ADD for w in app.windows()):
        app.close(ADD, "Cancel")
    ui_hardware.close(app)


def hardware(app, name):
    """NAME's list of devices, alone beside its window and the main one."""
    close(app)
    return ui_hardware.hardware(app, name)


def adding(app, window, kind):
    press(wait(window, BUTTON, "Add hardware…"))
    dialog = app.window(ADD)
    pick_row(wait(dialog, "list box", "Kinds of devices"), kind)
    return dialog


def add(dialog):
    press(wait_offered(dialog, "Add"))


@test("/ui/hardware/list-has-each-device-with-its-telling-fact")
def lists():
    window = hardware(ui.app(HOST), "didi")
    for name in ("Disk", "CD drive", "Serial port", "Display", "Keyboard", "Random numbers"):
        field(window, ROW, name)
    check("virtio · didi.raw" in wait(window, ROW, "Disk").get_description(), "the disk does not say which")
    go(window, "Disk")
    wait_says(window, "/srv/didi.raw")
    wait_says(window, "Always")
    ui.picture("hardware")


@test("/ui/hardware/keyboard-opens-and-closes-it")
def keyboard():
    app = ui.app(HOST)
    close(app)
    wait_says(app.open_machine("off"), "This machine is off")
    ui.hands.keys("alt+Return")
    window = app.window("Hardware of “off”")
    wait_for(lambda: has(window, State.ACTIVE), "it to have the keyboard")
    ui.hands.keys("Escape")
    app.wait_window_gone("Hardware of “off”")


@test("/ui/hardware/watchdog-is-added-to-what-runs-and-to-the-definition")
def adds():
    app = ui.app(HOST)
    window = hardware(app, "didi")
    dialog = adding(app, window, "Watchdog")
    wait_says(dialog, "The machine runs and can have it at once")
    check(wait(dialog, COMBO, "When").get_name(), "the choice of when has no name")
    ui.picture("hardware-add")
    choose(wait(dialog, COMBO, "When it hangs"), "poweroff")
    add(dialog)
    app.wait_window_gone(ADD)
    wait(window, ROW, "Watchdog")
    wait_says(window, "i6300esb")
    wait_says(window, "Always")


@test("/ui/hardware/only-one-of-some-kinds")
def only_one():
    app = ui.app(HOST)
    window = hardware(app, "didi")
    press(wait(window, BUTTON, "Add hardware…"))
    dialog = app.window(ADD)
    row = wait(dialog, ROW, "Watchdog")
    check(not has(row, State.SENSITIVE), "a second watchdog is offered")
    check("has one" in row.get_description(), "it does not say why not")


@test("/ui/hardware/what-is-only-now-says-so")
def only_now():
    app = ui.app(HOST)
    window = hardware(app, "didi")
    dialog = adding(app, window, "Random numbers")
    choose(wait(dialog, COMBO, "When"), "Now only")
    add(dialog)
    app.wait_window_gone(ADD)
    wait_says(window, "rng1")
    wait_says(window, "Until the machine stops")


@test("/ui/hardware/what-cannot-come-to-what-runs-comes-after-the-next-start")
def after_start():
    app = ui.app(HOST)
    window = hardware(app, "didi")
    dialog = adding(app, window, "Terminal")
    wait_says(dialog, "After the next start: it cannot come while the machine runs")
    check(not find(dialog, COMBO, "When"), "there is a choice")
    ui.picture("hardware-add-terminal")
    add(dialog)
    app.wait_window_gone(ADD)
    wait(window, ROW, "Terminal")
    wait_says(window, "After the next start")
    ui.picture("hardware-terminal")


@test("/ui/hardware/refused-setting-is-told-and-the-form-stays")
def refused():
    app = ui.app(HOST)
    window = hardware(app, "off")
    dialog = adding(app, window, "Network card")
    field(dialog, LABEL, "“off” has it when it is started")
    set_text(wait(dialog, TEXT, "Hardware address"), "nonsense")
    add(dialog)
    bar = wait(dialog, BAR, lambda name: "nonsense" in name)
    check(text_of(wait(dialog, TEXT, "Hardware address")) == "nonsense", "the form was cleared")
    ui.picture("hardware-refused")
    press(wait(bar, BUTTON, "Dismiss this message"))
    wait_gone(dialog, BAR)


@test("/ui/hardware/field-says-what-is-wrong-with-it")
def fields():
    app = ui.app(HOST)
    window = hardware(app, "off")
    dialog = adding(app, window, "Disk")
    wait_says(dialog, "Choose a file first")
    check(not is_on(wait(dialog, BUTTON, "Add")), "a disk of nothing is offered")
    ui.picture("hardware-disk")
    pick_row(wait(dialog, "list box", "Kinds of devices"), "Channel")
    name = wait(dialog, TEXT, "Name")
    set_text(name, "")
    wait_says(dialog, "It needs one")
    set_text(name, "x" * 64)
    wait_says(dialog, "At most 63 letters")
    check(not is_on(wait(dialog, BUTTON, "Add")), "it is offered all the same")


def choose_file(app, dialog, path):
    press(wait(dialog, BUTTON, "File"))
    ui.answer_chooser(app, "Choose a disk image", path, "Choose")


@test("/ui/hardware/image-is-looked-into-and-its-format-chosen")
def inspected():
    app = ui.app(HOST)
    dialog = adding(app, hardware(app, "off"), "Disk")
    choose_file(app, dialog, KNOWN)
    wait_says(dialog, "qcow2 · 1 MiB of 2 GiB")
    wait_for(lambda: shown(wait(dialog, COMBO, "Format")) == "qcow2", "its format")
    ui.picture("hardware-image")
    choose_file(app, dialog, USED)
    wait_says(dialog, "It is used by didi")
    check(not is_on(wait(dialog, BUTTON, "Add")), "another machine's disk is offered")


@test("/ui/hardware/disk-of-a-server-in-place-of-a-file")
def servers():
    app = ui.app(HOST)
    window = hardware(app, "off")
    dialog = adding(app, window, "Disk")
    wait_says(dialog, "or name a server’s disk")
    set_text(wait(dialog, TEXT, "Server"), "tower")
    wait_says(dialog, "is no address of a server")
    check(not is_on(wait(dialog, BUTTON, "Add")), "what is no address is offered")
    set_text(wait(dialog, TEXT, "Server"), "nbd://Tower:10809/used")
    wait_says(dialog, "It is used by didi")
    check(not is_on(wait(dialog, BUTTON, "Add")), "another machine's disk is offered")
    set_text(wait(dialog, TEXT, "Server"), "iscsi://tower/iqn.2026-01.example:disk/1")
    wait_says(dialog, "4 GiB, which may only be read")
    ui.picture("hardware-server")
    set_text(wait(dialog, TEXT, "Server"), "nbd://tower/away")
    wait_says(dialog, "There is no file")
    set_text(wait(dialog, TEXT, "Server"), "nbd://tower/x")
    wait_says(dialog, "3 GiB")
    add(dialog)
    app.wait_window_gone(ADD)
    wait_says(window, "nbd://tower/x")


@test("/ui/hardware/new-disk-is-a-volume-of-a-group-that-is-there")
def new_disk():
    app = ui.app(HOST)
    window = hardware(app, "off")
    dialog = adding(app, window, "New disk")
    wait_says(dialog, "It needs one")
    check(not is_on(wait(dialog, BUTTON, "Add")), "a disk without a size is offered")
    set_text(wait(dialog, TEXT, "Size"), "3G")
    wait_offered(dialog, "Add")
    choose(wait(dialog, COMBO, "Format"), "lvm")
    wait_says(dialog, "vg0")
    wait_refused(dialog, "Add")
    set_text(wait(dialog, TEXT, "Volume group"), "vg1")
    wait_says(dialog, "There is no volume group of this name")
    set_text(wait(dialog, TEXT, "Volume group"), "vg0")
    wait_says(dialog, "4 GiB are free")
    set_text(wait(dialog, TEXT, "Thin pool"), "lake")
    wait_says(dialog, "The group has no thin pool of this name")
    set_text(wait(dialog, TEXT, "Thin pool"), "pool")
    ui.picture("hardware-new-disk")
    add(dialog)
    app.wait_window_gone(ADD)
    wait_says(window, "/dev/vg0/off")


@test("/ui/hardware/new-disk-is-told-how-far-it-is-and-given-up")
def new_disk_cancelled():
    app = ui.app(HOST + "[faults]\nhang-add-disk=true\n")
    window = hardware(app, "off")
    dialog = adding(app, window, "New disk")
    set_text(wait(dialog, TEXT, "Size"), "3G")
    choose(wait(dialog, COMBO, "Space taken"), "full")
    add(dialog)
    wait_says(dialog, "Making the disk")
    press(wait(dialog, BUTTON, "Cancel"))
    wait_offered(dialog, "Add")
    set_text(wait(dialog, TEXT, "Size"), "3 apples")
    add(dialog)
    wait(dialog, BAR, lambda name: "3 apples" in name)


def ask_to_close(name):
    """What a window manager's own button does to the window of that NAME."""
    number = int(subprocess.check_output(["xdotool", "search", "--onlyvisible", "--name", "^%s$" % name],
                                         env=ui.desktop.env).split()[0])
    x = ui.desktop.x
    words = [x.intern_atom("WM_DELETE_WINDOW"), 0, 0, 0, 0]
    window = x.create_resource_object("window", number)
    window.send_event(event.ClientMessage(window=window, client_type=x.intern_atom("WM_PROTOCOLS"), data=(32, words)))
    x.sync()


@test("/ui/hardware/new-disk-that-goes-on-for-a-while-after-its-sheet-was-closed-disturbs-nothing")
def new_disk_closed():
    app = ui.app(HOST + "[faults]\nslow-ms=2500\ndeaf-add-disk=true\n")
    dialog = adding(app, hardware(app, "off"), "New disk")
    set_text(wait(dialog, TEXT, "Size"), "3G")
    add(dialog)
    wait_says(dialog, "Making the disk")
    ask_to_close(ADD)
    app.wait_window_gone(ADD)
    press(wait(app.row("off"), BUTTON, "Start"))
    app.wait_state("off", "Running")  # which takes as long, and began later
    check(not app.complaints(), str(app.complaints()))


@test("/ui/hardware/network-is-one-that-is-there-and-says-whether-it-runs")
def network():
    app = ui.app(HOST)
    dialog = adding(app, hardware(app, "off"), "Network card")
    wait_says(dialog, "lan, private")
    name = wait(dialog, TEXT, "Network")
    set_text(name, "nowhere")
    wait_says(dialog, "There is no network of this name")
    check(not is_on(wait(dialog, BUTTON, "Add")), "a network that is not there is offered")
    set_text(name, "private")
    wait_says(dialog, "It is not started: start it in the networks’ window first")
    set_text(name, "lan")
    wait_says(dialog, "nobody reaches in")
    set_text(wait(dialog, TEXT, "Hardware address"), "52:54:00:00:00:77")
    wait_says(dialog, "It is the address of “off” already")
    check(not is_on(wait(dialog, BUTTON, "Add")), "a second card of one address is offered")
    set_text(wait(dialog, TEXT, "Hardware address"), "")
    ui.picture("hardware-network")
    add(dialog)
    app.wait_window_gone(ADD)


@test("/ui/hardware/disk-of-a-file-is-added")
def disk():
    app = ui.app(HOST)
    window = hardware(app, "off")
    dialog = adding(app, window, "Disk")
    choose_file(app, dialog, IMAGE)
    wait_says(dialog, "data.raw")
    choose(wait(dialog, COMBO, "Bus"), "sata")
    add(dialog)
    app.wait_window_gone(ADD)
    wait_says(window, "data.raw")
    wait_says(window, "sata0-0-1")
    ui.picture("hardware-disks")


@test("/ui/hardware/engine-that-refuses-is-told")
def engine_refuses():
    app = ui.app(HOST)
    window = hardware(app, "refusing")
    dialog = adding(app, window, "Random numbers")
    add(dialog)
    wait(dialog, BAR, lambda name: "The machine has no free slot; remove a device first." in name)


@test("/ui/hardware/adding-can-be-given-up")
def gives_up():
    app = ui.app(HOST)
    window = hardware(app, "endless")
    dialog = adding(app, window, "Random numbers")
    add(dialog)
    wait_says(dialog, "Adding it…")
    press(wait(dialog, BUTTON, "Cancel"))
    wait_offered(dialog, "Add")
    check(not find(dialog, BAR), "giving up is called a failure")


def remove(window, row):
    go(window, row)
    press(wait(window, BUTTON, "Remove…"))
    press(wait(window, BUTTON, "Remove"))


@test("/ui/hardware/removal-asks-first")
def asks():
    window = hardware(ui.app(HOST), "didi")
    go(window, "Disk")
    wait_says(window, "The guest is asked to give it back")
    press(wait(window, BUTTON, "Remove…"))
    wait_says(window, "Remove “Disk”?")
    wait_says(window, "The file behind it stays where it is.")
    ui.picture("hardware-ask")
    press(wait(window, BUTTON, "Cancel"))
    wait_gone(window, BUTTON, "Cancel")
    wait(window, ROW, "Disk")


@test("/ui/hardware/removal-is-followed-until-it-is-gone")
def followed():
    window = hardware(ui.app(HOST), "didi")
    remove(window, "Disk")
    wait_says(window, "The guest is asked to give it back…")
    ui.picture("hardware-leaving")
    wait_says(window, "The guest agreed; it is about to go…")
    wait_gone(window, ROW, "Disk")


@test("/ui/hardware/removal-from-what-is-off-is-at-once")
def off():
    window = hardware(ui.app(HOST), "off")
    go(window, "Random numbers")
    wait_says(window, "The machine is started without it")
    remove(window, "Random numbers")
    wait_gone(window, ROW, "Random numbers")


@test("/ui/hardware/what-the-guest-keeps-can-be-taken-away")
def kept():
    window = hardware(ui.app(HOST), "stubborn")
    remove(window, "Disk")
    wait_says(window, "The guest does not say whether it gives the device virtio-disk0 back")
    ui.picture("hardware-kept")
    press(wait(window, BUTTON, "Take away…"))
    wait_says(window, "The guest is not asked")
    press(wait(window, BUTTON, "Take away"))
    wait_gone(window, ROW, "Disk")


@test("/ui/hardware/waiting-for-the-guest-can-be-given-up")
def stops_waiting():
    window = hardware(ui.app(HOST), "slow")
    remove(window, "Disk")
    press(wait(window, BUTTON, "Stop waiting"))
    wait_gone(window, BUTTON, "Stop waiting")
    check(says(window, "The guest is asked to give it back…"), "it was asked all the same")
    check(find(window, BUTTON, "Take away…"), "it cannot be taken away")


@test("/ui/hardware/removal-by-force-is-waited-for-in-place-of-the-first")
def replaced():
    window = hardware(ui.app(HOST), "late")
    remove(window, "Disk")
    press(wait(window, BUTTON, "Take away…"))
    press(wait(window, BUTTON, "Take away"))
    wait_gone(window, BUTTON, "Take away")
    check(not ui.soon(lambda: not find(window, BUTTON, "Stop waiting")), "the end of the first ended the other")
    wait_gone(window, ROW, "Disk")


@test("/ui/hardware/device-that-comes-leaves-what-is-being-typed-in-sight")
def undisturbed():
    app = ui.app(HOST)
    window = hardware(app, "off")
    go(window, "Memory")
    set_text(wait(window, SPIN, "Memory"), "896 MiB")
    dialog = adding(app, window, "Watchdog")
    add(dialog)
    app.wait_window_gone(ADD)
    field(window, ROW, "Watchdog")
    check(text_of(wait(window, SPIN, "Memory")) == "896 MiB", "its page is another")
    press(wait(window, BUTTON, "Revert"))


@test("/ui/hardware/part-of-another-device-says-so")
def part():
    window = hardware(ui.app(HOST), "off")
    remove(window, "Controller")
    wait_says(window, "Another device needs it")
    remove(window, "Controller")
    wait_says(window, "cannot be removed by itself")
    check(not find(window, BUTTON, "Take away…"), "force would not help")


ui.main("hardware")
