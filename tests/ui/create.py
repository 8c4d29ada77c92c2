#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The create sheet: valid when it opens, tells what is wrong beside the field, keeps what was typed."""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))
import ui
from ui import (BAR, BUTTON, COMBO, LABEL, SPIN, TEXT, TOGGLE, State, check, choose, field, find, has, is_on, lines, note,
                noted, press, set_text, test, text_of, wait, wait_for, wait_gone, wait_offered, wait_refused, wait_says)
from ui_create import SHEET, create, facts_of_new, sheet

HOST = """
[host]
host-cpus=4
max-vcpus=16
memory-mib=8192
free-memory-mib=4096
free-disk-mib=51200
machines-folder=/srv/machines
[machine didi]
state=running
"""


def close(app):
    if any(w.get_name() == SHEET for w in app.windows()):
        app.close(SHEET, "Cancel")


def refused(dialog, *parts):
    wait_says(dialog, *parts)
    wait_refused(dialog, "Create")


@test("/ui/create/opens-valid-with-good-defaults")
def defaults():
    app = ui.app(HOST)
    dialog = sheet(app)
    wait_offered(dialog, "Create")
    check(text_of(wait(dialog, TEXT, "Name")) == "machine", "the name is not “machine”")
    check("GiB" in text_of(wait(dialog, SPIN, "Memory")), "memory has no unit")
    wait_says(dialog, "This computer has 4")
    wait_says(dialog, "4 GiB of 8 GiB are free")
    wait_says(dialog, "50 GiB are free")
    ui.picture("create")


MAC = "Hardware address"


@test("/ui/create/network-card-is-there-with-an-address-of-its-own")
def network():
    app = ui.app(HOST)
    dialog = sheet(app)
    wait_says(dialog, "The guest reaches what this computer reaches")
    first = text_of(field(dialog, TEXT, MAC))
    check(first.startswith("52:54:00:") and len(first) == 17, "no address: %r" % first)
    models = lines(field(dialog, COMBO, "Card model"))
    check(models == ["virtio", "e1000e", "rtl8139"], "the models are %r" % models)
    dialog = sheet(app)
    check(text_of(field(dialog, TEXT, MAC)) != first, "two machines would have the same address")


@test("/ui/create/no-network-is-a-choice")
def no_network():
    app = ui.app(HOST)
    dialog = sheet(app)
    choose(wait(dialog, COMBO, "Network"), "None")
    wait_says(dialog, "The machine has no network card")
    wait_for(lambda: not has(field(dialog, TEXT, MAC).get_parent(), State.VISIBLE), "the address to go")
    wait_offered(dialog, "Create")


@test("/ui/create/address-must-be-one-and-nobodys")
def addresses():
    app = ui.app(HOST)
    dialog = sheet(app)
    for wrong in ("", "52:54:00:12:34", "53:54:00:12:34:56", "52:54:00:12:34:5g"):
        set_text(field(dialog, TEXT, MAC), wrong)
        noted(dialog, TEXT, MAC, "The address of one card")
        check(not is_on(wait(dialog, BUTTON, "Create")), "%r is taken for an address" % wrong)
    set_text(field(dialog, TEXT, MAC), "52:54:00:AA:bb:01")
    choose(field(dialog, COMBO, "Card model"), "e1000e")
    card = dict(facts_of_new(app, dialog, "carded"))["Network card"]
    check("e1000e" in card and "52:54:00:aa:bb:01" in card, "it is another card: " + card)
    dialog = sheet(app)
    set_text(field(dialog, TEXT, MAC), "52:54:00:aa:BB:01")
    noted(dialog, TEXT, MAC, "It is the address of “carded” already")
    check(not is_on(wait(dialog, BUTTON, "Create")), "two machines would have one address")
    field(dialog, TEXT, MAC).get_component_iface().grab_focus()
    wait(dialog, TEXT, MAC)  # it is scrolled to
    ui.picture("create-address")
    close(app)


@test("/ui/create/without-passt-there-is-no-card-and-that-is-said")
def no_passt():
    app = ui.own_app(HOST, env={"PATH": "/nonexistent"})
    dialog = sheet(app)
    wait_says(dialog, "No card: “passt” is not installed; run “sudo apt install passt”")
    wait_offered(dialog, "Create")
    choose(wait(dialog, COMBO, "Network"), "This computer’s")
    refused(dialog, "“passt” is not installed")


@test("/ui/create/iso-fills-it-in")
def iso():
    app = ui.app(HOST)
    dialog = sheet(app, ui.iso("debian-12.5.0-amd64-netinst.iso"))
    wait_says(dialog, "debian-12.5.0-amd64-netinst.iso")
    wait_says(dialog, "CD image", "the machine starts from it")
    name = wait(dialog, TEXT, "Name")
    wait_for(lambda: text_of(name).startswith("debian-12.5.0"), "the name to follow the file")
    wait_offered(dialog, "Create")
    ui.picture("create-iso")
    press(wait(dialog, BUTTON, "Go on without a file"))
    wait_says(dialog, "No file")
    wait_for(lambda: text_of(name) == "machine", "the name to follow again")


@test("/ui/create/typed-name-stays-when-the-file-changes")
def typed_name():
    app = ui.app(HOST)
    dialog = sheet(app)
    set_text(wait(dialog, TEXT, "Name"), "mine")
    check(app.again(ui.iso()) == 0, "the second vitrine failed")
    wait_says(dialog, "CD image")
    check(text_of(wait(dialog, TEXT, "Name")) == "mine", "the name was changed")


@test("/ui/create/taken-and-wrong-names-are-told-beside-the-field")
def names():
    app = ui.app(HOST)
    dialog = sheet(app)
    name = wait(dialog, TEXT, "Name")
    for text, why in (("didi", "There already is a machine of this name"), ("", "A machine needs a name"),
                       ("a/b", "cannot have a “/”"), (".hidden", "cannot begin with"),
                       ("trailing ", "cannot begin or end with a space"), ("x" * 64, "too long")):
        set_text(name, text)
        refused(dialog, why)
    ui.picture("create-wrong-name")
    set_text(name, "free")
    wait_offered(dialog, "Create")


@test("/ui/create/suggested-name-is-free")
def free_name():
    app = ui.app(HOST + "[machine debian-12]\n")
    dialog = sheet(app, ui.iso("debian-12.iso"))
    name = wait(dialog, TEXT, "Name")
    wait_for(lambda: text_of(name) == "debian-12-2", "“debian-12-2”")
    wait_offered(dialog, "Create")


@test("/ui/create/memory-beyond-the-host-is-refused-beside-the-field")
def memory():
    app = ui.app(HOST)
    dialog = sheet(app)
    entry = wait(dialog, SPIN, "Memory")
    set_text(entry, "64 GiB")
    refused(dialog, "This computer has only 8 GiB")
    set_text(entry, "lots")
    refused(dialog, "A size such as")
    set_text(entry, "8 MiB")
    refused(dialog, "less than 16 MiB")
    set_text(entry, "6 GiB")
    wait_says(dialog, "Only 4 GiB of 8 GiB are free now")
    wait_offered(dialog, "Create")
    set_text(entry, "768m")
    wait_says(dialog, "4 GiB of 8 GiB are free")
    wait_offered(dialog, "Create")


@test("/ui/create/processors-beyond-the-host-are-warned-of-and-then-refused")
def processors():
    app = ui.app(HOST)
    dialog = sheet(app)
    spin = wait(dialog, SPIN, "Processors")
    set_text(spin, "8")
    wait_says(dialog, "More than the 4 this computer has")
    wait_offered(dialog, "Create")
    set_text(spin, "17")
    refused(dialog, "16 at most")
    set_text(spin, "0")
    refused(dialog, "A number from 1 on")


@test("/ui/create/disk-beyond-the-free-space-is-refused-beside-the-field")
def disk_size():
    app = ui.app(HOST)
    dialog = sheet(app)
    size = wait(dialog, SPIN, "Size")
    set_text(size, "51 GiB")
    refused(dialog, "Only 50 GiB are free")
    set_text(size, "0")
    refused(dialog, "A disk needs a size")
    set_text(size, "99 TiB")
    refused(dialog, "16 TiB are the most")
    ui.picture("create-no-space")


@test("/ui/create/place-follows-the-name-as-it-is-typed")
def place():
    app = ui.app(HOST)
    dialog = sheet(app)
    set_text(wait(dialog, TEXT, "Name"), "zeta")
    press(wait(dialog, TOGGLE, "More about the disk"))
    wait_for(lambda: note(dialog, "filler", "Place") == "/srv/machines/…/zeta.raw", "the place")


@test("/ui/create/without-a-disk-nothing-is-asked-about-one")
def no_disk():
    app = ui.app(HOST)
    dialog = sheet(app)
    press(wait(dialog, TOGGLE, "Disk"))
    wait_gone(dialog, SPIN, "Size")
    wait_gone(dialog, TOGGLE, "More about the disk")
    wait_says(dialog, "nothing to start from")
    wait_offered(dialog, "Create")


@test("/ui/create/disk-image-is-the-disk")
def image():
    app = ui.app(HOST)
    dialog = sheet(app, ui.file("system.img", b"\0" * 510 + b"\x55\xaa" + b"\0" * 512))
    wait_says(dialog, "Disk image", "used where it is, not copied")
    wait_says(dialog, "The image above is its disk")
    check(not is_on(wait(dialog, TOGGLE, "Disk")), "its own disk can be switched off")
    check(not find(dialog, SPIN, "Size"), "a size is asked for")
    create(app, dialog, "system")
    app.close("system")


@test("/ui/create/missing-file-is-told-beside-it")
def missing():
    app = ui.app(HOST)
    refused(sheet(app, "/nowhere/missing.iso"), "This file is not there any more.")


@test("/ui/create/empty-file-is-told-beside-it")
def empty():
    app = ui.app(HOST)
    refused(sheet(app, ui.file("empty.iso")), "This file is empty.")
    ui.picture("create-empty-iso")


@test("/ui/create/file-that-is-no-cd-is-told-when-it-is-tried")
def no_cd():
    app = ui.app(HOST)
    dialog = sheet(app, ui.file("page.iso", b"<html>not found</html>" * 4000))
    wait_says(dialog, "do not look like a CD image")
    press(wait_offered(dialog, "Create"))
    wait(dialog, BAR, lambda name: "page.iso" in name and "not a CD image" in name)
    wait_offered(dialog, "Create")
    ui.picture("create-no-cd")
    press(wait(dialog, BUTTON, "Dismiss this message"))
    wait_gone(dialog, BAR, lambda name: "page.iso" in name)


@test("/ui/create/new-machine-starts-and-its-window-opens")
def creates():
    app = ui.app(HOST)
    dialog = sheet(app, ui.iso())
    set_text(wait(dialog, TEXT, "Name"), "fresh")
    window = create(app, dialog, "fresh")
    wait_says(window, "Running")
    app.wait_state("fresh", "Running")
    check(has(app.row("fresh"), State.SELECTED), "the new machine is not selected")
    app.close("fresh")


@test("/ui/create/uefi-is-chosen-by-its-key-and-shown-with-the-machine")
def uefi():
    app = ui.app(HOST)
    dialog = sheet(app)
    set_text(wait(dialog, TEXT, "Name"), "modern")
    wait_says(dialog, "starts most systems")
    wait(dialog, COMBO, "Firmware")
    ui.hands.chord("alt+w")
    ui.hands.chord("Down")
    wait_says(dialog, "its settings stay with the machine")
    ui.picture("create-uefi")
    create(app, dialog, "modern")
    wait_says(app.row("modern"), "UEFI")
    app.close("modern")


@test("/ui/create/uefi-that-is-not-installed-is-refused-beside-the-field")
def no_uefi():
    app = ui.app(HOST.replace("[host]", "[host]\nno-uefi=true"))
    dialog = sheet(app)
    wait_offered(dialog, "Create")
    wait(dialog, COMBO, "Firmware")
    ui.hands.chord("alt+w")
    ui.hands.chord("Down")
    refused(dialog, "Not installed; run “sudo apt install ovmf”")


@test("/ui/create/keyboard-alone-is-enough")
def keyboard():
    app = ui.app(HOST)
    close(app)
    wait_for(lambda: has(app.main, State.ACTIVE), "the window to have the keyboard")
    ui.hands.chord("ctrl+n")
    dialog = app.window(SHEET)
    wait_for(lambda: has(wait(dialog, TEXT, "Name"), State.FOCUSED), "the name to have the keyboard")
    ui.hands.type("typed")
    ui.hands.chord("Tab")  # system
    ui.hands.chord("Tab")  # firmware
    ui.hands.chord("Tab")
    ui.hands.chord("ctrl+a")
    ui.hands.type("3")
    ui.hands.chord("Tab")
    ui.hands.chord("ctrl+a")
    ui.hands.type("1 GiB")
    ui.hands.chord("Return")
    app.wait_window_gone(SHEET)
    app.window("typed")
    wait_says(app.row("typed"), "3 CPUs · 1 GiB")
    app.close("typed")


@test("/ui/create/escape-closes-the-sheet")
def escape():
    app = ui.app(HOST)
    sheet(app)
    ui.hands.chord("Escape")
    app.wait_window_gone(SHEET)


@test("/ui/create/file-chooser-opens-and-closes")
def chooser():
    app = ui.app(HOST)
    dialog = sheet(app)
    press(wait(dialog, BUTTON, "Choose file…"))
    app.window("Choose an ISO or disk image")
    ui.hands.chord("Escape")
    app.wait_window_gone("Choose an ISO or disk image")
    wait_says(dialog, "No file")
    close(app)


def engine_says(fault, sentence, picture=None):
    """Creation fails with SENTENCE: the sheet says it and stays, with what was typed."""
    app = ui.app(HOST + fault)
    dialog = sheet(app, ui.iso())
    set_text(wait(dialog, TEXT, "Name"), "kept")
    press(wait_offered(dialog, "Create"))
    wait(dialog, BAR, lambda name: sentence in name)
    if picture:
        ui.picture(picture)
    check(text_of(wait(dialog, TEXT, "Name")) == "kept", "what was typed is gone")
    wait_offered(dialog, "Create")
    check(not find(app.main, "list item", "kept"), "half a machine is left")
    close(app)


@test("/ui/create/lack-of-space-is-told-and-the-sheet-stays")
def no_space():
    engine_says("[faults]\nfail-create=there is no space left in /srv/machines\nfail-create-code=no-space\n",
                "There is no space left in /srv/machines.", "create-failed")


@test("/ui/create/disk-in-use-is-told-and-the-sheet-stays")
def in_use():
    engine_says("[faults]\nfail-create=the disk is used by “didi”\nfail-create-code=busy\n",
                "The disk is used by “didi”.")


@test("/ui/create/missing-kvm-is-told-and-the-sheet-stays")
def no_kvm():
    engine_says("[check kvm]\nstatus=failed\ntext=this computer has no KVM\nmend=sudo modprobe kvm\n",
                "KVM")


@test("/ui/create/lack-of-a-right-to-kvm-is-told-and-the-sheet-stays")
def no_right():
    engine_says("[faults]\nfail-create=you have no right to use /dev/kvm\nfail-create-code=denied\n",
                "You have no right to use /dev/kvm.")


@test("/ui/create/second-try-after-a-failure-works")
def second_try():
    app = ui.app(HOST + "[faults]\nfail-create=not this time\nfail-create-times=1\n")
    dialog = sheet(app)
    press(wait_offered(dialog, "Create"))
    wait(dialog, BAR, "Not this time.")
    create(app, dialog, "machine")
    app.close("machine")


@test("/ui/create/slow-creation-shows-it-and-can-be-taken-back")
def slow():
    app = ui.app(HOST + "[faults]\nhang-create=true\n")
    dialog = sheet(app)
    press(wait_offered(dialog, "Create"))
    wait_says(dialog, "Making the machine: 90 %")
    check(not is_on(wait(dialog, TEXT, "Name")), "the form is not locked")
    ui.picture("create-progress")
    press(wait(dialog, BUTTON, "Cancel"))
    wait_gone(dialog, LABEL, "Making the machine: 90 %")
    wait_offered(dialog, "Create")
    check(not find(app.main, "list item", "machine"), "half a machine is left")
    close(app)


@test("/ui/create/machine-that-does-not-start-says-why-in-its-window")
def start_fails():
    app = ui.app(HOST + "[faults]\nfail-start=the firmware file is missing\n")
    dialog = sheet(app, ui.iso())
    set_text(wait(dialog, TEXT, "Name"), "unlucky")
    window = create(app, dialog, "unlucky")
    wait_says(window, "This machine is off")
    wait_says(window, "The firmware file is missing.")
    ui.picture("create-start-failed")
    wait_says(app.row("unlucky"), "The firmware file is missing.")


ui.main("create")
