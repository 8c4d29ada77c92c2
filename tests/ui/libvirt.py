#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Machines of a real libvirt daemon in the window, beside others; the tests are one story and come in its order."""

import os
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))
import libvirt_daemon
import tap

if libvirt_daemon.lack():
    tap.skip_all(libvirt_daemon.lack())
import ui
import ui_hardware
from ui import (BUTTON, COMBO, ROW, check, choose, pick_row, press, says, test, wait, wait_for, wait_gone, wait_offered,
                wait_refused, wait_says)

HERE = """
[host]
title=This computer
[machine didi]
"""
HOST = "QEMU/KVM, own session"
LOST_S = 40  # more than the engine's patience with a host that does not answer
daemon = libvirt_daemon.Daemon()
daemon.define("alpha")
daemon.define("beta")


def app():
    return ui.app((HERE, daemon.uri))


def head():
    return wait(app().main, ROW, HOST)


@test("/ui/libvirt/its-machines-are-listed-below-their-host")
def listed():
    wait_says(head(), "2 machines", timeout=30)
    app().wait_state("alpha", "Off")
    wait_says(app().row("beta"), "1 CPU · 32 MiB")


@test("/ui/libvirt/a-machine-is-started-paused-and-resumed-from-its-row")
def lifecycle():
    press(wait(app().row("alpha"), BUTTON, "Start"))
    app().wait_state("alpha", "Running", timeout=60)
    wait_says(head(), "2 machines, 1 running")
    press(wait(app().row("alpha"), BUTTON, "Pause"))
    app().wait_state("alpha", "Paused")
    press(wait(app().row("alpha"), BUTTON, "Resume"))
    app().wait_state("alpha", "Running")


@test("/ui/libvirt/what-others-do-is-seen")
def others():
    daemon.virsh("suspend", "alpha")
    app().wait_state("alpha", "Paused")
    daemon.virsh("resume", "alpha")
    app().wait_state("alpha", "Running")


def sees_text(window, role="drawing area"):
    """Whether the console, a widget of ROLE, shows what firmware writes: light on dark."""
    x, y, width, height = ui.place(wait(window, role, "Display"))
    pixels = ui.desktop.pixels(x, y, width, height)
    return 100 < sum(1 for i in range(0, len(pixels), 4) if pixels[i + 1] > 150) < len(pixels) // 8


@test("/ui/libvirt/its-display-is-in-the-machines-window")
def display():
    window = app().open_machine("alpha")
    wait_for(lambda: sees_text(window), "the firmware's picture", timeout=60)
    ui.picture("libvirt-console")


@test("/ui/libvirt/its-serial-port-is-in-the-second-tab")
def serial():
    window = app().open_machine("alpha")
    press(wait(window, ui.RADIO, "Serial"))
    terminal = wait(window, "terminal")
    daemon.virsh("reset", "alpha")
    wait_for(lambda: "SeaBIOS" in ui.text_of(terminal), "the firmware's name on the serial port", timeout=60)
    ui.picture("libvirt-serial")
    app().close("alpha")


@test("/ui/libvirt/hardware-is-added-to-a-definition-and-taken-from-it")
def hardware():
    window = ui_hardware.hardware(app(), "beta")
    press(wait(window, BUTTON, "Add hardware…"))
    dialog = app().window("Add hardware")
    pick_row(wait(dialog, "list box", "Kinds of devices"), "Random numbers")
    press(wait_offered(dialog, "Add"))
    app().wait_window_gone("Add hardware")
    wait(window, ROW, "Random numbers")
    check("<rng model='virtio'>" in daemon.virsh("dumpxml", "beta"), "it is not in the definition")
    ui.picture("libvirt-hardware")
    press(wait(window, BUTTON, "Remove…"))
    press(wait(window, BUTTON, "Remove"))
    wait_gone(window, ROW, "Random numbers")
    check("<rng" not in daemon.virsh("dumpxml", "beta"), "it is still in the definition")
    ui_hardware.close(app())
    app().close("beta")


@test("/ui/libvirt/a-daemon-that-hangs-does-not-hold-up-the-window")
def hangs():
    tower = head()
    daemon.hang()
    try:
        press(wait(app().row("alpha"), BUTTON, "Pause"))  # which will not be answered
        slowest = 0
        for verb, state in (("Start", "Running"), ("Pause", "Paused"), ("Resume", "Running")):
            begin = time.monotonic()
            press(wait(app().row("didi"), BUTTON, verb))
            app().wait_state("didi", state)
            slowest = max(slowest, time.monotonic() - begin)
        print("# slowest of another host's machine meanwhile: %.2f s" % slowest)
        wait_says(tower, "has stopped answering", timeout=LOST_S)
        wait_says(tower, "Connection lost")
        ui.picture("libvirt-lost")
        press(wait(tower, BUTTON, "Try again"))
        press(wait(app().row("didi"), BUTTON, "Pause"))
        app().wait_state("didi", "Paused")
    finally:
        daemon.wake()
    wait_for(lambda: not says(tower, "has stopped answering") and says(tower, "2 machines"), "the host to be found",
             timeout=LOST_S)


@test("/ui/libvirt/a-daemon-that-dies-is-told-with-what-mends-it-and-found-again")
def dies():
    tower = head()
    daemon.kill()
    wait_says(tower, "Connection lost", timeout=LOST_S)
    wait_says(tower, "libvirtd --daemon", timeout=LOST_S)
    daemon.start()
    wait_for(lambda: says(tower, "2 machines"), "the host to be found", timeout=LOST_S)
    daemon.virsh("destroy", "alpha")
    app().wait_state("alpha", "Off")


def of_that_host(line):
    """The window of the main menu's LINE, with that host chosen."""
    window = app().opened(line)
    choose(wait(window, COMBO, "Host"), HOST)
    return window


@test("/ui/libvirt/its-networks-are-in-the-networks-window")
def networks():
    window = of_that_host("Networks")
    press(wait(window, BUTTON, "New network…"))
    dialog = app().window("New network")
    ui.set_text(wait(dialog, ui.TEXT, "Name"), "office")
    press(wait(dialog, ui.TOGGLE, "Start with the host"))
    press(wait(dialog, ui.TOGGLE, "Start at once"))
    press(wait(dialog, BUTTON, "Create"))
    app().wait_window_gone("New network")
    wait(window, ROW, "office")
    check("office" in daemon.virsh("net-list", "--all"), "it is not the host's")
    ui.picture("libvirt-networks")
    press(wait(window, BUTTON, "Delete…"))
    press(wait(window, BUTTON, "Delete"))
    wait_gone(window, ROW, "office")
    check("office" not in daemon.virsh("net-list", "--all"), "it is still there")
    app().close("Networks")


@test("/ui/libvirt/what-it-cannot-do-is-said")
def cannot():
    window = of_that_host("Disk images")
    wait(window, ui.BAR, lambda name: "cannot be worked on" in name)
    app().close("Disk images")
    app().select("beta")
    press(wait(app().row("beta"), BUTTON, "Menu"))
    check(not ui.is_on(wait(app().main, BUTTON, "Start without keeping changes")), "such a run is offered")
    press(wait(app().main, BUTTON, "Snapshots…"))
    window = app().window("Snapshots of “beta”")
    wait(window, ui.BAR)
    wait_refused(window, "New snapshot…", ui.TOGGLE)
    app().close("Snapshots of “beta”")


@test("/ui/libvirt/a-machine-is-made-from-an-iso-and-shown")
def created():
    path = os.path.join(daemon.folder, "debian-12.iso")
    # The daemon is another user's than the application: the pool would be where that one may not write.
    daemon.virsh("pool-define-as", "default", "dir", "--target", os.path.join(daemon.folder, "images"))
    daemon.virsh("pool-build", "default")
    daemon.virsh("pool-start", "default")
    os.rename(ui.iso(), path)
    os.chmod(path, 0o644)
    check(app().again(path) == 0, "the second vitrine failed")
    sheet = app().window("New machine")
    choose(wait(sheet, COMBO, "Host"), HOST)
    ui.set_text(wait(sheet, ui.SPIN, "Memory"), "64 MiB")
    wait_offered(sheet, "Create")
    ui.picture("libvirt-create")
    press(wait(sheet, BUTTON, "Create"))
    window = app().window("debian-12", timeout=60)
    app().wait_state("debian-12", "Running", timeout=60)
    wait(window, "drawing area")
    check("debian-12.qcow2" in daemon.virsh("vol-list", "default"), "its disk is no volume")
    app().close("debian-12")
    daemon.virsh("destroy", "debian-12")
    app().wait_state("debian-12", "Off")


@test("/ui/libvirt/a-disk-goes-with-its-machine-only-when-it-is-ticked")
def deleted_with_disk():
    app().select("debian-12")
    press(wait(app().row("debian-12"), BUTTON, "Menu"))
    press(wait(app().main, BUTTON, "Delete…"))
    sheet = app().window("Delete “debian-12”?")
    tick = wait(sheet, ui.CHECK, lambda name: name.endswith("debian-12.qcow2"))
    check(not ui.has(tick, ui.State.CHECKED), "it is ticked from the start")
    press(tick)
    press(wait(sheet, BUTTON, "Delete"))
    wait_gone(app().main, ROW, "debian-12")
    check("debian-12.qcow2" not in daemon.virsh("vol-list", "default"), "the disk stayed")


@test("/ui/libvirt/a-machine-is-deleted-and-others-stay")
def deleted():
    app().select("beta")
    press(wait(app().row("beta"), BUTTON, "Menu"))
    press(wait(app().main, BUTTON, "Delete…"))
    sheet = app().window("Delete “beta”?")
    press(wait_offered(sheet, "Delete"))
    wait_gone(app().main, ROW, "beta")
    check("alpha" in daemon.virsh("list", "--all", "--name"), "another machine went")


@test("/ui/libvirt/a-machine-that-is-shown-by-spice-shows-its-picture-and-is-reconnected")
def spice():
    daemon.define("spicy", graphics=libvirt_daemon.SPICE)
    daemon.virsh("start", "spicy")
    app().wait_state("spicy", "Running", timeout=60)
    window = app().open_machine("spicy")
    wait_for(lambda: sees_text(window, "panel"), "the firmware's picture", timeout=60)
    ui.picture("libvirt-spice")
    daemon.virsh("destroy", "spicy")
    wait_says(window, "This machine is off", timeout=60)
    daemon.virsh("start", "spicy")
    wait_for(lambda: sees_text(window, "panel"), "the firmware's picture again", timeout=60)


ui.main("libvirt", daemon.stop)
