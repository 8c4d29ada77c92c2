#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A machine's parts, a page each: what is set of it, at once or at the next start, and what the host refuses."""

import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))
import ui
from ui import (BAR, BUTTON, CHECK, COMBO, SPIN, TEXT, TOGGLE, State, check, choose, field, find, find_all, has, is_on, noted,
                press, says, set_text, test, text_of, wait, wait_for, wait_gone, wait_offered, wait_says)
from ui_hardware import apply, fact, go, opened

ISO = ui.iso()
HOST = """
[network lan]
mode=nat
active=true
[machine off]
disks=/srv/off.raw|1024
nics=user,mac=52:54:00:00:00:77
[machine on]
state=running
vcpus=2
memory-mib=2048
disks=/srv/on.raw|1024
nics=user,mac=52:54:00:00:00:78
[machine strict]
state=running
disks=/srv/strict.raw|1024
nics=user,mac=52:54:00:00:00:79
fail-vcpus=the guest’s kernel takes no processor while it runs; set it for the next start
fail-definition=the host’s disk is full; make room and try again
fail-link=the card has no cable; remove it and add another
[machine slow]
state=running
hang-vcpus=true
[machine cd]
state=running
iso=%s
tray-locked=true
""" % ISO


def page(name, row):
    """The page ROW of NAME's hardware."""
    return opened(ui.app(HOST), name, row)


@test("/ui/details/list-has-what-every-machine-has-with-its-fact")
def parts():
    window = page("on", "Overview")
    check(fact(window, "Overview") == "Running · BIOS", fact(window, "Overview"))
    check(fact(window, "Processors") == "2", fact(window, "Processors"))
    check(fact(window, "Memory") == "2 GiB", fact(window, "Memory"))
    check(fact(window, "Boot order") == "Disk", fact(window, "Boot order"))
    ui.picture("details-overview")


@test("/ui/details/machine-that-is-off-gets-another-name-notes-and-firmware")
def overview():
    window = page("off", "Overview")
    set_text(wait(window, TEXT, "Name"), "renamed")
    set_text(wait(window, TEXT, "Notes"), "for the course\nof March")
    choose(wait(window, COMBO, "Firmware"), "UEFI")
    wait_says(window, "3 changes wait")
    ui.picture("details-overview-changed")
    apply(window)
    window = ui.app(HOST).window("Hardware of “renamed”")
    wait_gone(window, BUTTON, "Apply")
    check(fact(window, "Overview") == "Off · UEFI", fact(window, "Overview"))
    check(text_of(wait(window, TEXT, "Notes")) == "for the course\nof March", "the notes are gone")
    set_text(wait(window, TEXT, "Name"), "off")
    apply(window)
    ui.app(HOST).window("Hardware of “off”")


@test("/ui/details/name-that-is-taken-or-makes-no-sense-is-refused-at-its-field")
def names():
    window = page("off", "Overview")
    set_text(wait(window, TEXT, "Name"), "a/b")
    set_text(wait(window, TEXT, "Notes"), "kept")
    apply(window)
    noted(window, TEXT, "Name", "a/b")
    check(text_of(wait(window, TEXT, "Name")) == "a/b", "what was typed is gone")
    wait_says(window, "1 change waits")
    ui.picture("details-refused")
    press(wait(window, BUTTON, "Revert"))
    wait_gone(window, BUTTON, "Revert")
    check(text_of(wait(window, TEXT, "Name")) == "off", "it was not put back")
    check(text_of(wait(window, TEXT, "Notes")) == "kept", "what was not refused was not done")


@test("/ui/details/name-of-what-runs-stays")
def runs():
    window = page("on", "Overview")
    check(not has(wait(window, TEXT, "Name"), State.SENSITIVE), "it can be changed")
    wait_says(window, "Only while the machine is off")


@test("/ui/details/processors-come-at-once-up-to-the-maximum-and-beyond-it-at-the-next-start")
def processors():
    window = page("on", "Processors")
    set_text(wait(window, SPIN, "Maximum"), "4")
    noted(window, SPIN, "Maximum", "Changes at the next start")
    apply(window)
    noted(window, SPIN, "Maximum", "Takes effect at the next start")
    spin = wait(window, SPIN, "Processors")
    set_text(spin, "3")
    noted(window, SPIN, "Processors", "Changes at once")
    apply(window)
    noted(window, SPIN, "Processors", "Applied at once")
    wait_for(lambda: fact(window, "Processors") == "3 of 4", "the fact, not " + fact(window, "Processors"))
    ui.picture("details-processors")
    set_text(spin, "6")
    noted(window, SPIN, "Processors", "Changes at the next start")
    press(wait(window, BUTTON, "Revert"))
    check(text_of(spin) == "3", text_of(spin))


@test("/ui/details/model-and-topology-are-what-libvirt-calls-them")
def model():
    window = page("off", "Processors")
    set_text(wait(window, TEXT, "Model"), "Nonesuch")
    apply(window)
    noted(window, TEXT, "Model", "Nonesuch")
    set_text(wait(window, TEXT, "Model"), "")
    set_text(wait(window, TEXT, "Topology"), "1:2")
    apply(window)
    noted(window, TEXT, "Topology", "1:4:2")
    set_text(wait(window, TEXT, "Topology"), "1:4:2")
    apply(window)
    wait_gone(window, BUTTON, "Apply")
    check(text_of(wait(window, SPIN, "Maximum")) == "8", "the maximum is not the product")


@test("/ui/details/memory-is-a-size")
def memory():
    window = page("on", "Memory")
    entry = wait(window, SPIN, "Memory")
    check(text_of(entry) == "2 GiB", text_of(entry))
    set_text(entry, "much")
    noted(window, SPIN, "Memory", "512 MiB or 2 GiB")
    check(not is_on(wait(window, BUTTON, "Apply")), "nonsense is offered to be applied")
    set_text(entry, "1 GiB")
    noted(window, SPIN, "Memory", "Changes at once")
    apply(window)
    noted(window, SPIN, "Memory", "Applied at once")
    wait_for(lambda: fact(window, "Memory") == "1 GiB", "the fact")
    ui.picture("details-memory")


@test("/ui/details/boot-order-is-ticked-and-moved")
def boot():
    window = page("off", "Boot order")
    ui.picture("details-boot")
    card = wait(window, CHECK, lambda name: name.startswith("Network card"))
    check(not has(card, State.CHECKED), "it starts from the network")
    press(card)
    up = wait(window, BUTTON, lambda name: name.startswith("Move “Network card"))
    for _ in range(2):
        press(up)
    press(wait(window, TOGGLE, "Boot menu"))
    apply(window)
    wait_gone(window, BUTTON, "Apply")
    wait_for(lambda: fact(window, "Boot order") == "Network card", fact(window, "Boot order"))
    ticked = [c.get_name().split(" ·")[0] for c in find_all(window, CHECK) if has(c, State.CHECKED)]
    check(ticked == ["Network card", "Disk", "CD drive"], str(ticked))
    check(has(wait(window, TOGGLE, "Boot menu"), State.CHECKED), "there is no boot menu")


@test("/ui/details/disk-has-another-cache-and-limits-at-once")
def disk():
    window = page("on", "Disk")
    wait_says(window, "virtio · virtio-disk0 · Always")
    choose(wait(window, COMBO, "Cache"), "writeback")
    set_text(field(window, TEXT, "Read and written"), "10M")
    apply(window)
    noted(window, COMBO, "Cache", "Takes effect at the next start")
    noted(window, TEXT, "Read and written", "Applied at once")
    check(text_of(field(window, TEXT, "Read and written")) == "10485760", "it is not the limit")
    ui.picture("details-disk")
    set_text(field(window, TEXT, "Read"), "5M")
    apply(window)
    noted(window, TEXT, "Read", "not both")
    press(wait(window, BUTTON, "Revert"))
    set_text(field(window, TEXT, "Read and written"), "")
    apply(window)
    noted(window, TEXT, "Read and written", "Applied at once")


@test("/ui/details/disk-on-another-bus-is-called-anew")
def bus():
    window = page("off", "Disk")
    choose(wait(window, COMBO, "Bus"), "sata")
    apply(window)
    wait_says(window, "sata · sata0-0-")
    check(fact(window, "Disk") == "sata · off.raw", fact(window, "Disk"))


@test("/ui/details/card-changes-its-plug-model-and-address")
def card():
    window = page("off", "Network card")
    choose(wait(window, COMBO, "Connection"), "Network")
    wait_says(window, "1 change waits")
    apply(window)
    wait_for(lambda: says(window, "Say what it is called"), "the refusal")
    set_text(wait(window, TEXT, "Connection: name"), "lan")
    choose(wait(window, COMBO, "Model"), "e1000e")
    set_text(wait(window, TEXT, "Hardware address"), "nonsense")
    apply(window)
    noted(window, TEXT, "Hardware address", "nonsense")
    ui.picture("details-card")
    set_text(wait(window, TEXT, "Hardware address"), "52:54:00:00:00:aa")
    apply(window)
    wait_gone(window, BUTTON, "Apply")
    check("e1000e" in fact(window, "Network card") and "lan" in fact(window, "Network card"), fact(window, "Network card"))


@test("/ui/details/cable-is-pulled-and-ports-forwarded-at-once")
def cable():
    window = page("on", "Network card")
    cable = wait(window, TOGGLE, "Cable plugged in")
    check(has(cable, State.CHECKED), "the cable is not in")
    press(cable)
    forwards = field(window, TEXT, "Forwarded ports")
    set_text(forwards, "tcp:2222:22 tcp:8080:80")
    apply(window)
    noted(window, TOGGLE, "Cable plugged in", "Applied at once")
    noted(window, TEXT, "Forwarded ports", "Applied at once")
    set_text(forwards, "tcp:8080:80 nonsense")
    apply(window)
    noted(window, TEXT, "Forwarded ports", "nonsense")
    set_text(forwards, "tcp:8080:80")
    apply(window)
    noted(window, TEXT, "Forwarded ports", "Applied at once")
    check(text_of(forwards) == "tcp:8080:80", text_of(forwards))
    ui.picture("details-cable")


@test("/ui/details/what-the-host-refuses-is-said-at-its-field-and-what-was-typed-stays")
def refused():
    window = page("strict", "Processors")
    set_text(wait(window, SPIN, "Processors"), "1")
    apply(window)
    noted(window, SPIN, "Processors", "The guest’s kernel takes no processor while it runs; set it for the next start.")
    check(text_of(wait(window, SPIN, "Processors")) == "1", "what was typed is gone")
    apply(window)
    noted(window, SPIN, "Processors", "The guest’s kernel")
    press(wait(window, BUTTON, "Revert"))
    go(window, "Network card")
    press(wait(window, TOGGLE, "Cable plugged in"))
    choose(wait(window, COMBO, "Model"), "rtl8139")
    apply(window)
    noted(window, TOGGLE, "Cable plugged in", "The card has no cable")
    noted(window, COMBO, "Model", "The host’s disk is full; make room and try again.")
    wait_says(window, "2 changes wait")
    ui.picture("details-host-refuses")


@test("/ui/details/applying-can-be-given-up")
def given_up():
    window = page("slow", "Processors")
    set_text(wait(window, SPIN, "Processors"), "1")
    apply(window)
    wait_says(window, "Applying…")
    press(wait(window, BUTTON, "Cancel"))
    wait_offered(window, "Apply")
    check(not find(window, BAR), "giving up is called a failure")


@test("/ui/details/what-waits-on-a-page-is-kept-and-not-closed-away")
def waits():
    app = ui.app(HOST)
    window = page("on", "Memory")
    set_text(wait(window, SPIN, "Memory"), "512 MiB")
    go(window, "Overview")
    go(window, "Memory")
    check(text_of(wait(window, SPIN, "Memory")) == "512 MiB", "it was forgotten")
    go(window, "Disk")
    ui.hands.keys("Escape")
    bar = wait(window, BAR, lambda name: "has not been applied" in name)
    check(text_of(wait(window, SPIN, "Memory")) == "512 MiB", "the page is not shown")
    ui.picture("details-close")
    press(wait(bar, BUTTON, "Close without it"))
    app.wait_window_gone("Hardware of “on”")


@test("/ui/details/cd-is-changed-on-its-page")
def cd():
    window = page("cd", "CD drive")
    wait_says(window, "What is in it")
    press(wait(window, BUTTON, "Eject"))
    wait_says(window, "keeps its tray locked")
    press(wait(window, BUTTON, "Take out anyway"))
    wait_says(window, "Nothing is in the drive")
    ui.picture("details-cd")


@test("/ui/details/devices-without-a-page-of-their-own-have-what-the-table-says")
def generic():
    window = page("off", "Tablet")
    choose(wait(window, COMBO, "Bus"), "virtio")
    apply(window)
    wait_says(window, "virtio · ")
    go(window, "Display")
    choose(wait(window, COMBO, "Model"), "virtio")
    apply(window)
    wait_for(lambda: fact(window, "Display").startswith("virtio"), "the display, not " + fact(window, "Display"))
    go(window, "Serial port")
    wait_says(window, "16550a · serial0")
    check(not find(window, BUTTON, "Apply"), "there is something to apply")


@test("/ui/details/keyboard-applies")
def keyboard():
    window = page("off", "Memory")
    entry = wait(window, SPIN, "Memory")
    entry.get_component_iface().grab_focus()
    set_text(entry, "768 MiB")
    wait(window, BUTTON, "Apply")
    ui.hands.keys("alt+l")
    wait_for(lambda: fact(window, "Memory") == "768 MiB", "it to be applied by its key")


@test("/ui/details/keyboard-is-back-after-apply-and-in-what-was-refused")
def focus():
    window = page("off", "Overview")
    name, notes = wait(window, TEXT, "Name"), wait(window, TEXT, "Notes")
    set_text(notes, "with the keyboard")
    notes.get_component_iface().grab_focus()
    wait_for(lambda: has(notes, State.FOCUSED), "the notes to have the keyboard")
    wait(window, BUTTON, "Apply")
    ui.hands.keys("alt+l")
    wait_gone(window, BUTTON, "Apply")
    wait_for(lambda: has(notes, State.FOCUSED), "the notes to have it again")
    set_text(notes, "more")
    set_text(name, "a/b")
    wait(window, BUTTON, "Apply")
    ui.hands.keys("alt+l")
    noted(window, TEXT, "Name", "a/b")
    wait_for(lambda: has(name, State.FOCUSED), "what was refused to have it")
    press(wait(window, BUTTON, "Revert"))


def is_asked(window):
    wait(window, BAR, "What you changed on this page has not been applied.")
    check(text_of(wait(window, SPIN, "Memory")) == "640 MiB", "what was typed is gone")


@test("/ui/details/machine-window-and-the-program-close-only-without-what-waits")
def closing():
    app = ui.app(HOST)
    window = page("off", "Memory")
    set_text(wait(window, SPIN, "Memory"), "640 MiB")
    wait_says(window, "1 change waits")
    machine = app.window("off")
    press(wait(machine, BUTTON, "Close"))
    is_asked(window)
    go(window, "Overview")
    subprocess.run(["xdotool", "search", "--name", "^off$", "windowactivate"], check=True, env=ui.desktop.env)
    wait_for(lambda: has(machine, State.ACTIVE), "the machine's window to have the keyboard")
    ui.hands.keys("ctrl+q")
    is_asked(window)
    press(wait(window, BUTTON, "Revert"))
    wait_gone(window, BUTTON, "Revert")
    press(wait(machine, BUTTON, "Close"))
    app.wait_window_gone("Hardware of “off”")


ui.main("details")
