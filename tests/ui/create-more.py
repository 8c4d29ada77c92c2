#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What unfolds in the create sheet: the disk's place, format and bus, the card's network, ports and address."""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))
import ui
from ui import (BAR, BUTTON, COMBO, SPIN, TEXT, TOGGLE, State, check, choose, field, find, has, is_on, note, noted, press, set_text,
                test, wait, wait_for, wait_offered, wait_refused, wait_says)
from ui_create import facts_of_new, is_unfolded, sheet, unfold

BASE = ui.file("base.qcow2", b"\0" * 512)
TOP = ui.file("top.qcow2", b"\0" * 512)
USED = ui.file("used.qcow2", b"\0" * 512)
TORN = ui.file("torn.qcow2", b"\0" * 512)
HOST = """
[host]
free-disk-mib=51200
machines-folder=/srv/machines
[machine alpha]
disks=%s|1
[network lan]
mode=nat
active=true
ipv4=192.168.150.1/24
[network private]
mode=isolated
[network lazy]
mode=routed
autostart=true
[volumes vg0]
size-mib=102400
free-mib=4096
pools=pool|51200|1024
[image %s]
format=qcow2
elsewhere=true
size-mib=2048
used-mib=1
base=%s
[image %s]
format=qcow2
elsewhere=true
size-mib=1024
used-mib=1
[image %s]
format=qcow2
size-mib=1024
used-mib=1
users=alpha
[image %s]
format=qcow2
elsewhere=true
problem=It names a base that is not there
[image nbd://tower/x]
format=raw
elsewhere=true
size-mib=3072
[image iscsi://tower/iqn.2026-01.example:disk/1]
format=raw
elsewhere=true
size-mib=4096
read-only=true
""" % (USED, TOP, BASE, BASE, USED, TORN)


@test("/ui/create-more/disk-of-another-format-bus-and-cache")
def disk():
    app = ui.app(HOST)
    dialog = sheet(app)
    set_text(field(dialog, TEXT, "Name"), "formed")
    noted(dialog, "filler", "Place", "/srv/machines/…/formed.raw")
    choose(field(dialog, COMBO, "Format"), "qcow2")
    noted(dialog, COMBO, "Format", "Snapshots while the machine runs")
    noted(dialog, "filler", "Place", "/srv/machines/…/formed.qcow2")
    choose(field(dialog, COMBO, "Bus"), "sata")
    noted(dialog, COMBO, "Bus", "Every system knows it")
    choose(field(dialog, COMBO, "Cache"), "writeback")
    choose(field(dialog, COMBO, "Freed space"), "ignore")
    unfold(dialog, "More about the disk")
    ui.picture("create-disk")
    facts = facts_of_new(app, dialog, "formed")
    check(("Disk", "sata · formed.qcow2") in facts, str(facts))


@test("/ui/create-more/disk-is-a-servers")
def servers():
    app = ui.app(HOST)
    dialog = sheet(app)
    unfold(dialog, "More about the disk")
    noted(dialog, TEXT, "Server", "In place of a new disk")
    set_text(field(dialog, TEXT, "Server"), "tower")
    noted(dialog, TEXT, "Server", "is no address of a server")
    wait_refused(dialog, "Create")
    set_text(field(dialog, TEXT, "Server"), "iscsi://me@tower/iqn.2026-01.example:disk/1")
    noted(dialog, TEXT, "Server", "Vitrine has no place for the password")
    set_text(field(dialog, TEXT, "Server"), "nbd://tower/away")
    noted(dialog, TEXT, "Server", "There is no file")
    wait_offered(dialog, "Create")  # it may be there later
    set_text(field(dialog, TEXT, "Server"), "iscsi://tower/iqn.2026-01.example:disk/1")
    noted(dialog, TEXT, "Server", "4 GiB, which may only be read")
    set_text(field(dialog, TEXT, "Server"), "nbd://Tower:10809/x")
    noted(dialog, TEXT, "Server", "3 GiB")
    for hidden in ("filler", "Place"), (COMBO, "Format"), (COMBO, "Space taken"):
        check(not has(field(dialog, *hidden).get_parent(), State.VISIBLE), "%s for a server's disk" % hidden[1])
    ui.picture("create-server")
    facts = facts_of_new(app, dialog, "served")
    check(any(kind == "Disk" and "nbd://tower/x" in what for kind, what in facts), str(facts))


@test("/ui/create-more/disk-is-a-volume-of-a-group")
def volume():
    app = ui.app(HOST)
    dialog = sheet(app)
    unfold(dialog, "More about the disk")
    check(not has(field(dialog, COMBO, "Volume group").get_parent(), State.VISIBLE), "a group for a file")
    choose(field(dialog, COMBO, "Format"), "LVM volume")
    noted(dialog, COMBO, "Format", "A part of a disk of its own")
    noted(dialog, COMBO, "Volume group", "Only 4 GiB are free in this group")
    wait_refused(dialog, "Create")
    choose(field(dialog, COMBO, "Volume group"), "vg0, pool pool")
    noted(dialog, COMBO, "Volume group", "1 GiB of 50 GiB are used")
    ui.picture("create-volume")
    for hidden in (COMBO, "Space taken"), ("filler", "Place"):
        check(not has(field(dialog, *hidden).get_parent(), State.VISIBLE), "%s for a volume" % hidden[1])
    choose(field(dialog, COMBO, "Volume group"), "vg0")
    set_text(field(dialog, SPIN, "Size"), "3 GiB")
    noted(dialog, COMBO, "Volume group", "all of it is taken at once")
    facts = facts_of_new(app, dialog, "voluminous")
    check(("Disk", "virtio · voluminous") in facts, str(facts))


@test("/ui/create-more/disk-takes-its-space-beforehand-with-progress-and-cancel")
def beforehand():
    app = ui.app(HOST + "[faults]\nhang-create=true\n")
    dialog = sheet(app)
    unfold(dialog, "More about the disk")
    noted(dialog, COMBO, "Space taken", "The disk takes it as it fills")
    choose(field(dialog, COMBO, "Space taken"), "Its tables")
    noted(dialog, COMBO, "Space taken", "Only a qcow2 disk has tables")
    wait_refused(dialog, "Create")
    choose(field(dialog, COMBO, "Format"), "qcow2")
    wait_offered(dialog, "Create")
    choose(field(dialog, COMBO, "Space taken"), "All, written")
    noted(dialog, COMBO, "Space taken", "which takes a while")
    ui.picture("create-space")
    set_text(field(dialog, TEXT, "Name"), "full")
    press(wait(dialog, BUTTON, "Create"))
    wait_says(dialog, "Making the machine")
    press(wait(dialog, BUTTON, "Cancel"))
    wait_offered(dialog, "Create")
    check(not find(app.main, "list item", "full"), "it is there")


@test("/ui/create-more/card-beside-one-of-the-host-starts-unplugged")
def beside():
    app = ui.app(HOST)
    dialog = sheet(app)
    choose(field(dialog, COMBO, "Network"), "Beside a network card")
    noted(dialog, TEXT, "Beside card", "such as eth0")
    noted(dialog, COMBO, "Network", "this computer itself does not reach the guest")
    wait_refused(dialog, "Create")
    set_text(field(dialog, TEXT, "Beside card"), "eth0")
    cable = field(dialog, TOGGLE, "Cable")
    press(cable)
    cable.get_component_iface().grab_focus()
    ui.picture("create-card-beside")
    facts = facts_of_new(app, dialog, "beside")
    check(any(name == "Network card" and "eth0" in fact for name, fact in facts), str(facts))


@test("/ui/create-more/disk-in-a-folder-that-is-chosen")
def folder():
    app = ui.app(HOST)
    dialog = sheet(app)
    press(field(dialog, BUTTON, "Choose folder…"))
    chooser = app.window("Choose a folder for the disk")
    app.forgiven.append("WIDGET_REALIZED_FOR_EVENT")  # the chooser's own entry, in any program
    press(wait_offered(chooser, "Choose"))
    app.wait_window_gone("Choose a folder for the disk")
    noted(dialog, "filler", "Place", "machine.raw")
    place = note(dialog, "filler", "Place")
    check("…" not in place and "/srv" not in place, "it goes elsewhere: " + place)
    wait_for(lambda: "50 GiB" not in note(dialog, SPIN, "Size"), "that folder's free space")
    press(field(dialog, BUTTON, "Back to the machine’s own folder"))
    noted(dialog, "filler", "Place", "/srv/machines/…/machine.raw")
    noted(dialog, SPIN, "Size", "50 GiB are free")


@test("/ui/create-more/image-is-looked-into-first")
def inspected():
    app = ui.app(HOST)
    dialog = sheet(app, TOP)
    wait_says(dialog, "qcow2 · 1 MiB of 2 GiB, based on “base.qcow2”; used where it is, not copied")
    ui.picture("create-image")
    check(is_on(wait(dialog, BUTTON, "Create")), "it is not offered")
    dialog = sheet(app, USED)
    wait_says(dialog, "It is used by alpha")
    wait_refused(dialog, "Create")
    dialog = sheet(app, TORN)
    wait_says(dialog, "It names a base that is not there")
    wait_refused(dialog, "Create")


@test("/ui/create-more/network-that-is-not-started-is-offered-to-be-started")
def stopped():
    app = ui.app(HOST)
    dialog = sheet(app)
    combo = field(dialog, COMBO, "Network")
    choose(combo, "lan")
    noted(dialog, COMBO, "Network", "nobody reaches in")
    check(not has(field(dialog, "filler", "It is not started").get_parent(), State.VISIBLE), "what runs is offered to be started")
    choose(combo, "lazy")
    noted(dialog, "filler", "It is not started", "It starts with the machine")
    choose(combo, "private")
    noted(dialog, "filler", "It is not started", "The machine cannot start before it")
    ui.picture("create-network-stopped")
    press(field(dialog, BUTTON, "Start it"))
    wait_for(lambda: not has(field(dialog, "filler", "It is not started").get_parent(), State.VISIBLE), "it to be started")
    noted(dialog, COMBO, "Network", "Guests reach each other and this computer")
    facts = facts_of_new(app, dialog, "networked")
    check(any(name == "Network card" and "network private" in fact for name, fact in facts), str(facts))


@test("/ui/create-more/network-that-cannot-be-started-says-why")
def not_started():
    app = ui.app(HOST + "[faults]\nfail-network-start=you may not start networks here\n")
    dialog = sheet(app)
    choose(field(dialog, COMBO, "Network"), "private")
    press(field(dialog, BUTTON, "Start it"))
    wait(dialog, BAR, "You may not start networks here.")


@test("/ui/create-more/card-on-a-bridge-needs-its-name")
def bridge():
    app = ui.app(HOST)
    dialog = sheet(app)
    choose(field(dialog, COMBO, "Network"), "A bridge")
    noted(dialog, TEXT, "Bridge", "The name of one that is there")
    wait_refused(dialog, "Create")
    set_text(field(dialog, TEXT, "Bridge"), "br0")
    facts = facts_of_new(app, dialog, "bridged")
    check(any(name == "Network card" and "bridge br0" in fact for name, fact in facts), str(facts))


@test("/ui/create-more/ports-that-are-forwarded-are-read-as-they-are-typed")
def forwards():
    app = ui.app(HOST)
    dialog = sheet(app)
    unfold(dialog, "More about the card")
    set_text(field(dialog, TEXT, "Forwarded ports"), "tcp:2222")
    noted(dialog, TEXT, "Forwarded ports", "tcp:2222")
    wait_refused(dialog, "Create")
    set_text(field(dialog, TEXT, "Forwarded ports"), "tcp:2222:22, udp:5353:53")
    noted(dialog, TEXT, "Forwarded ports", "into the guest")
    field(dialog, TEXT, "Forwarded ports").get_component_iface().grab_focus()
    ui.picture("create-network")
    choose(field(dialog, COMBO, "Network"), "Forwarded ports only")
    noted(dialog, COMBO, "Network", "The guest reaches nothing")
    choose(field(dialog, COMBO, "Network"), "lan")
    wait_for(lambda: not has(field(dialog, TEXT, "Forwarded ports").get_parent(), State.VISIBLE), "the ports to go")
    choose(field(dialog, COMBO, "Network"), "Forwarded ports only")
    set_text(field(dialog, TEXT, "Name"), "forwarded")
    press(wait(dialog, BUTTON, "Create"))
    wait(dialog, BAR, "Vitrine cannot forward UDP to a card that is restricted yet, only TCP.")
    set_text(field(dialog, TEXT, "Forwarded ports"), "tcp:2222:22")
    facts_of_new(app, dialog, "forwarded")


@test("/ui/create-more/field-that-is-wrong-is-unfolded")
def unfolded():
    app = ui.app(HOST)
    dialog = sheet(app)
    toggle = field(dialog, TOGGLE, "More about the card")
    check(not is_unfolded(toggle), "it is unfolded from the start")
    set_text(field(dialog, TEXT, "Hardware address"), "nonsense")
    wait_for(lambda: is_unfolded(toggle), "it to unfold")


ui.main("create-more")
