#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Storage: pools and what is in them, made, grown, cloned and deleted; what is used stays, and refusals are told in words."""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))
import ui
from host import ROOT
from ui import (BAR, BUTTON, COMBO, LABEL, ROW, SPIN, TEXT, TOGGLE, State, check, check_named, choose, field, find, find_all, has,
                is_on, note, press, select_row, set_text, test, wait, wait_for, wait_gone, wait_offered, wait_says)

HOST = """
[machine alpha]
[pool images]
type=dir
path=/var/lib/images
active=true
autostart=true
capacity-gib=100
allocation-gib=25
[volume images/base.qcow2]
format=qcow2
capacity-gib=10
allocation-gib=3
[volume images/over.qcow2]
format=qcow2
capacity-gib=10
backing=/pool/images/base.qcow2
[volume images/system.raw]
format=raw
capacity-gib=20
allocation-gib=20
users=alpha;beta
in-use=true
[volume images/spare.raw]
format=raw
capacity-gib=2
[pool vault]
type=logical
path=/dev/vault
source=vault
[pool empty]
type=dir
path=/srv/empty
active=true
capacity-gib=10
"""
TITLE = "Storage"
POOLS = "Storage pools"
VOLUMES = "Volumes"
NEW_POOL = "New storage pool"
NEW_VOLUME = "New volume"


def storage(app):
    return app.opened(TITLE)


def opened(faults="", pool="images"):
    window = storage(ui.app(HOST + faults))
    select_row(window, POOLS, pool)
    return window


def fact(window, name):
    return note(window, ROW, name)


def press_there(window, name):
    """As a user does who goes there first, by the keyboard, once it is offered."""
    wait_for(lambda: is_on(field(window, BUTTON, name)), name + " to be offered")
    field(window, BUTTON, name).get_component_iface().grab_focus()
    wait_for(lambda: has(field(window, BUTTON, name), State.SHOWING), name + " to be in sight")
    press(field(window, BUTTON, name))


def pool_sheet(app, window):
    press(field(window, BUTTON, "New storage pool…"))
    return app.window(NEW_POOL)


@test("/ui/storage/pools-have-kind-state-and-space")
def pools():
    window = opened()
    check(fact(window, "images") == "Folder · 75 GiB free", fact(window, "images"))
    check(fact(window, "vault") == "Not started · Volume group of LVM", fact(window, "vault"))
    wait_says(window, "25 GiB of 100 GiB are used, 75 GiB are free")
    bar = field(window, "level bar", "Space")
    check(abs(bar.get_current_value() - 0.25) < 0.01, "the bar is elsewhere")
    wait_says(window, "/var/lib/images")
    ui.picture("storage")


@test("/ui/storage/volumes-have-format-size-and-who-has-them")
def volumes():
    window = opened()
    check(fact(window, "system.raw") == "raw · 20 GiB of 20 GiB · alpha, beta", fact(window, "system.raw"))
    check(fact(window, "base.qcow2") == "qcow2 · 3 GiB of 10 GiB", fact(window, "base.qcow2"))
    select_row(window, VOLUMES, "over.qcow2")
    field(window, LABEL, "/pool/images/base.qcow2")


@test("/ui/storage/what-is-used-stays-and-says-by-whom")
def used():
    window = opened()
    select_row(window, VOLUMES, "system.raw")
    wait_for(lambda: note(window, "filler", "Delete the volume") == "It is used by alpha, beta", "the reason")
    check(not is_on(field(window, BUTTON, "Delete volume…")), "a disk of a machine can be deleted")
    check(note(window, "filler", "Size") == "A machine runs with it: alpha, beta", note(window, "filler", "Size"))
    set_text(field(window, TEXT, "Name of the clone"), "twin.raw")
    check(not is_on(field(window, BUTTON, "Clone")), "what is written to can be cloned")
    select_row(window, VOLUMES, "base.qcow2")
    wait_for(lambda: "“over.qcow2” is based on it" in note(window, "filler", "Delete the volume"), "the reason")
    check(not is_on(field(window, BUTTON, "Delete volume…")), "what another is based on can be deleted")


@test("/ui/storage/a-volume-grows-is-cloned-and-deleted")
def changes():
    window = opened()
    select_row(window, VOLUMES, "spare.raw")
    size = field(window, SPIN, "New size")
    check(not is_on(field(window, BUTTON, "Grow")), "it can become as large as it is")
    set_text(size, "1 GiB")
    check(not is_on(field(window, BUTTON, "Grow")), "it can become smaller")
    set_text(size, "5 GiB")
    press_there(window, "Grow")
    wait_for(lambda: fact(window, "spare.raw").endswith("of 5 GiB"), "it to grow")
    name = field(window, TEXT, "Name of the clone")
    set_text(name, "system.raw")
    wait_for(lambda: note(window, "filler", "Clone") == "There already is a volume of this name", "the reason")
    set_text(name, "a/b")
    check(not is_on(field(window, BUTTON, "Clone")), "a name with a slash is offered")
    set_text(name, "twin.raw")
    press_there(window, "Clone")
    field(window, ROW, "twin.raw")
    select_row(window, VOLUMES, "twin.raw")
    press_there(window, "Delete volume…")
    wait_says(window, "Delete “twin.raw”?")
    press(wait(window, BUTTON, "Delete"))
    wait_for(lambda: not find(window, ROW, "twin.raw", hidden=True), "it to go")
    check(find(window, ROW, "spare.raw", hidden=True), "the original went, too")


@test("/ui/storage/a-volume-is-made-of-its-sheet")
def new_volume():
    window = opened()
    press_there(window, "New volume…")
    dialog = ui.app(HOST).window(NEW_VOLUME)
    check(not is_on(wait(dialog, BUTTON, "Create")), "one without a name is offered")
    set_text(wait(dialog, TEXT, "Name"), "base.qcow2")
    wait_says(dialog, "There already is a volume of this name")
    set_text(wait(dialog, TEXT, "Name"), "new.qcow2")
    choose(wait(dialog, COMBO, "Based on"), "base.qcow2")
    wait_for(lambda: ui.text_of(wait(dialog, SPIN, "Size")) == "10 GiB", "the size of what it is based on")
    ui.picture("storage-new-volume")
    choose(wait(dialog, COMBO, "Format"), "raw")
    wait_gone(dialog, COMBO, "Based on")
    choose(wait(dialog, COMBO, "Format"), "qcow2")
    press(wait(dialog, BUTTON, "Create"))
    ui.app(HOST).wait_window_gone(NEW_VOLUME)
    wait_for(lambda: fact(window, "new.qcow2").endswith("of 10 GiB"), "it to be there")
    field(window, LABEL, "/pool/images/base.qcow2")


@test("/ui/storage/a-pool-is-made-by-a-form-for-its-kind")
def new_pool():
    app = ui.app(HOST)
    window = storage(app)
    dialog = pool_sheet(app, window)
    check(not is_on(wait(dialog, BUTTON, "Create")), "one without a name is offered")
    set_text(wait(dialog, TEXT, "Name"), "images")
    wait_says(dialog, "There already is a storage pool of this name")
    choose(wait(dialog, COMBO, "Kind"), "Shared folder (NFS, CIFS)")
    set_text(wait(dialog, TEXT, "Name"), "shared")
    set_text(wait(dialog, TEXT, "Server"), "nas.example")
    set_text(wait(dialog, TEXT, "Folder on the server"), "/export")
    check(not is_on(wait(dialog, BUTTON, "Create")), "one without its place is offered")
    set_text(wait(dialog, TEXT, "Where it is mounted"), "relative")
    press(wait(dialog, BUTTON, "Create"))
    wait(dialog, BAR, lambda name: "“relative”: say the whole path" in name)
    ui.picture("storage-new-pool")
    set_text(wait(dialog, TEXT, "Where it is mounted"), "/mnt/nas")
    press(wait(dialog, BUTTON, "Create"))
    app.wait_window_gone(NEW_POOL)
    wait_for(lambda: fact(window, "shared") == "Shared folder (NFS, CIFS) · 100 GiB free", "it to be started")
    field(window, LABEL, "nas.example")


@test("/ui/storage/every-kind-has-its-own-fields")
def kinds():
    app = ui.app(HOST)
    dialog = pool_sheet(app, storage(app))
    fields = {"Folder": ["Folder"], "Disk or partition that is mounted": ["Device", "Where it is mounted"],
              "Volume group of LVM": ["Device", "Volume group"], "Partitions of a disk": ["Device"],
              "iSCSI target": ["Server", "Target’s name (IQN)"], "Ceph (RBD)": ["Server", "Ceph’s pool"],
              "Gluster": ["Server", "Folder on the server", "Gluster’s volume"]}
    for kind, wanted in fields.items():
        choose(wait(dialog, COMBO, "Kind"), kind)
        wait_for(lambda: sorted(t.get_name() for t in find_all(dialog, TEXT) if t.get_name() != "Name") == sorted(wanted),
                 "the fields of " + kind)
    choose(wait(dialog, COMBO, "Kind"), "Another one, by its XML")
    text = wait(dialog, TEXT, "The pool as XML")
    check(not is_on(wait(dialog, BUTTON, "Create")), "nothing is offered as a text")
    set_text(text, "<pool type='zfs'><name>tank</name><source><name>tank/x</name></source></pool>")
    press(wait_offered(dialog, "Create"))
    app.wait_window_gone(NEW_POOL)
    wait_for(lambda: fact(storage(app), "tank") == "Not started · zfs", "it to be there")


@test("/ui/storage/one-that-cannot-be-started-is-told-and-not-left-behind")
def taken_back():
    app = ui.app(HOST + "[faults]\nfail-pool-start=the server does not answer\n")
    window = storage(app)
    dialog = pool_sheet(app, window)
    set_text(wait(dialog, TEXT, "Name"), "fresh")
    set_text(wait(dialog, TEXT, "Folder"), "/srv/fresh")
    press(wait(dialog, BUTTON, "Create"))
    wait(dialog, BAR, "The server does not answer.")
    check(ui.text_of(wait(dialog, TEXT, "Folder")) == "/srv/fresh", "the form was cleared")
    press(wait(dialog, TOGGLE, "Start at once"))
    press(wait(dialog, BUTTON, "Create"))
    app.wait_window_gone(NEW_POOL)
    wait_for(lambda: fact(window, "fresh") == "Not started · Folder", "it to be made at the second try")


@test("/ui/storage/starts-stops-and-starts-with-the-host")
def lifecycle():
    window = opened(pool="vault")
    press_there(window, "Start")
    wait_for(lambda: fact(window, "vault").startswith("Volume group of LVM · "), "it to be started")
    field(window, LABEL, "There is no volume in it yet")
    press(wait(window, TOGGLE, "Start with the host"))
    wait_for(lambda: has(wait(window, TOGGLE, "Start with the host"), State.CHECKED)
             and is_on(field(window, BUTTON, "Refresh")), "it to start with the host")
    press_there(window, "Refresh")
    wait_for(lambda: is_on(field(window, BUTTON, "Stop")), "it to be looked at")
    press_there(window, "Stop")
    wait_says(window, "Stop “vault”?")
    press(wait_for(lambda: (find_all(window, BUTTON, "Stop") + [None, None])[1], "the question's button"))
    wait_for(lambda: fact(window, "vault").startswith("Not started"), "it to be stopped")


@test("/ui/storage/deleting-a-pool-leaves-what-is-in-it-unless-that-is-ticked")
def deletes():
    window = opened(pool="empty")
    wait_for(lambda: note(window, "filler", "Delete") == "It must be stopped before", "the reason")
    check(not is_on(field(window, BUTTON, "Delete…")), "one that is started can be deleted")
    press(field(window, TOGGLE, "With all that is in it"))
    wait_for(lambda: "are lost and cannot be brought back" in note(window, "filler", "Delete"), "what would go")
    select_row(window, POOLS, "images")
    wait_for(lambda: not has(field(window, TOGGLE, "With all that is in it"), State.CHECKED), "it to be unticked")
    press(field(window, TOGGLE, "With all that is in it"))
    wait_for(lambda: note(window, "filler", "Delete").startswith("The 4 volumes in it are lost"), "how many would go")
    press_there(window, "Delete…")
    wait_says(window, "The 4 volumes in it are lost and cannot be brought back.")
    ui.picture("storage-delete")
    press(wait(window, BUTTON, "Delete"))
    wait(window, BAR, "“system.raw” stays: it is a disk of “alpha”.")
    check(find(window, ROW, "base.qcow2", hidden=True), "some of it went all the same")
    select_row(window, POOLS, "vault")
    press_there(window, "Delete…")
    wait_says(window, "What is in it stays where it is.")
    press(wait(window, BUTTON, "Delete"))
    wait_for(lambda: not find(window, ROW, "vault", hidden=True), "it to go")


@test("/ui/storage/what-hangs-can-be-cancelled-and-is-no-failure")
def hangs():
    app = ui.app(HOST + "[faults]\nhang-volume-define=true\n")
    window = storage(app)
    select_row(window, POOLS, "images")
    press_there(window, "New volume…")
    dialog = app.window(NEW_VOLUME)
    set_text(wait(dialog, TEXT, "Name"), "slow.raw")
    press(wait(dialog, BUTTON, "Create"))
    wait_says(dialog, "Making the volume…")
    wait(dialog, "progress bar")
    ui.hands.keys("Escape")
    wait_offered(dialog, "Create")
    check(not find(dialog, BAR), "giving up is called a failure")
    check(ui.text_of(wait(dialog, TEXT, "Name")) == "slow.raw", "the form was cleared")


@test("/ui/storage/a-host-that-refuses-is-told-in-words")
def refused():
    window = opened("[faults]\nfail-volume-clone=you may not do this here; ask whoever looks after the host\n"
                    "fail-volume-clone-code=denied\n")
    select_row(window, VOLUMES, "spare.raw")
    set_text(field(window, TEXT, "Name of the clone"), "twin.raw")
    press_there(window, "Clone")
    wait(window, BAR, "You may not do this here; ask whoever looks after the host.")


@test("/ui/storage/everything-is-named-and-escape-closes")
def keyboard():
    app = ui.app(HOST)
    window = storage(app)
    select_row(window, POOLS, "images")
    field(window, ROW, "spare.raw")
    check_named(window)
    wait_for(lambda: has(window, State.ACTIVE), "it to have the keyboard")
    ui.hands.keys("Escape")
    app.wait_window_gone(TITLE)


DRIVER = "test://" + os.path.join(ROOT, "tests/data/libvirt/host.xml")


@test("/ui/storage/of-a-libvirt-host-there-are-all-kinds-and-what-is-made-is-there")
def libvirt_host():
    app = ui.app(DRIVER)
    window = storage(app)
    wait_for(lambda: len(find_all(wait(window, "list box", POOLS), ROW, hidden=True)) == 14, "all of its pools")
    for name, kind in (("vg0", "Volume group of LVM"), ("san", "iSCSI target"), ("ceph", "Ceph (RBD)"), ("tank", "zfs")):
        check(fact(window, name).startswith(kind), fact(window, name))
    ui.picture("storage-libvirt")
    select_row(window, POOLS, "images")
    field(window, LABEL, "There is no volume in it yet")
    press_there(window, "New volume…")
    dialog = app.window(NEW_VOLUME)
    set_text(wait(dialog, TEXT, "Name"), "one.raw")
    choose(wait(dialog, COMBO, "Format"), "raw")
    press(wait(dialog, BUTTON, "Create"))
    app.wait_window_gone(NEW_VOLUME)
    wait_for(lambda: fact(window, "one.raw").endswith("of 20 GiB"), "it to be there")
    set_text(field(window, TEXT, "Name of the clone"), "two.raw")
    press_there(window, "Clone")
    field(window, ROW, "two.raw")
    dialog = pool_sheet(app, window)
    set_text(wait(dialog, TEXT, "Name"), "more")
    choose(wait(dialog, COMBO, "Kind"), "Volume group of LVM")
    set_text(wait(dialog, TEXT, "Volume group"), "vg9")
    press(wait(dialog, BUTTON, "Create"))
    app.wait_window_gone(NEW_POOL)
    wait_for(lambda: fact(window, "more").startswith("Volume group of LVM · "), "it to be made and started")


ui.main("storage")
