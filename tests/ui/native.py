#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Images, snapshots, clones and networks of this computer's own engine: what the windows show is what is on the disk."""

import json
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))
import host
import ui
from ui import (BAR, BUTTON, COMBO, LABEL, ROW, SPIN, TEXT, TOGGLE, check, find, find_all, is_on, noted, press,
                select_row, set_text, test, wait, wait_for, wait_gone, wait_offered, wait_says)
from ui_hardware import apply, go, opened
from ui_real import CTL, RealApp, ctl, define


def ctl_json(*arguments):
    return json.loads(ctl(*arguments, "--json"))


_app = None


def app():
    """With the machine “one”, which has a qcow2 disk and is off."""
    global _app
    if _app is None:
        host.need_programs("qemu-img")
        disk = os.path.join(ui.desktop.home, "one.qcow2")
        ctl("image", "create", disk, "64M", "--format", "qcow2")
        define("one", disk)
        _app = RealApp(ui.desktop, "vitrine://")
    return _app


def alone(title):
    """The window TITLE of the main menu, with no other."""
    ui.escape_others(app())
    return app().opened(title)


@test("/ui/native/image-is-checked-grown-and-in-use")
def image():
    window = alone("Disk images")
    select_row(window, "Disk images", "one.qcow2")
    wait_says(window, "It is used by one")
    press(wait(window, BUTTON, "Check"))
    wait(window, BAR, "Nothing is wrong with “one.qcow2”.")
    set_text(wait(window, SPIN, "New size"), "128 MiB")
    press(wait_offered(window, "Grow"))
    wait(window, BAR, lambda name: "is larger now" in name)
    images = ctl_json("image", "list")
    check(images[0]["size"] == 128 << 20, str(images))
    ui.picture("native-images")


@test("/ui/native/snapshot-is-made-gone-back-to-and-deleted")
def snapshot():
    ui.press_in_menu_of(app(), "one", "Snapshots…")
    window = app().window("Snapshots of “one”")
    press(wait(window, TOGGLE, "New snapshot…"))
    set_text(wait(window, TEXT, "Name"), "clean")
    set_text(wait(window, TEXT, "Description"), "nothing on it")
    press(wait(window, BUTTON, "Create"))
    wait(window, ROW, "clean")
    listed = ctl_json("snapshot", "list", "one")
    check([(s["name"], s["description"], s["current"]) for s in listed] == [("clean", "nothing on it", True)], str(listed))
    wait_says(window, "It goes on from this snapshot")
    press(wait(window, BUTTON, "Go back…"))
    press(wait(window, BUTTON, "Go back"))
    wait_offered(window, "Delete…")
    check(not find(window, BAR), "it failed")


@test("/ui/native/images-of-a-snapshot-are-a-chain")
def chain():
    window = alone("Disk images")
    wait(window, ROW, "one.qcow2")
    rows = wait_for(lambda: len(find_all(window, ROW)) >= 2 and find_all(window, ROW), "the chain")
    places = [ui.place(find(row, LABEL, row.get_name()))[0] for row in rows]
    check(places[1] > places[0], "it is no tree: %s" % [row.get_name() for row in rows])
    select_row(window, "Disk images", "one.qcow2")
    check(not is_on(wait(window, BUTTON, "Delete…")), "a base can be deleted")
    ui.picture("native-chain")


@test("/ui/native/deleted-snapshot-leaves-the-disk-it-began-with")
def merged():
    ui.press_in_menu_of(app(), "one", "Snapshots…")
    window = app().window("Snapshots of “one”")
    select_row(window, "Snapshots", "clean")
    press(wait(window, BUTTON, "Delete…"))
    press(wait(window, BUTTON, "Delete"))
    wait_gone(window, ROW, "clean")
    wait_says(window, "No snapshot yet.")
    check(ctl_json("snapshot", "list", "one") == [], "it is still there")
    check(len(ctl_json("image", "list")) == 1, "more than one image is left")


@test("/ui/native/linked-clone-holds-the-original")
def clone():
    ui.press_in_menu_of(app(), "one", "Clone…")
    dialog = app().window("Clone “one”")
    wait(dialog, COMBO, "Kind").get_selection_iface().select_child(1)
    press(wait(dialog, BUTTON, "Clone"))
    app().wait_window_gone("Clone “one”")
    app().row("one-clone")
    images = ctl_json("image", "list")
    check(len(images) == 2 and any(i["base"] for i in images), str(images))
    window = alone("Disk images")
    select_row(window, "Disk images", "one.qcow2")
    wait_says(window, "It must stay as it is")


@test("/ui/native/network-is-made-and-its-start-without-the-right-is-told")
def network():
    window = alone("Networks")
    press(wait(window, BUTTON, "New network…"))
    dialog = app().window("New network")
    set_text(wait(dialog, TEXT, "Name"), "office")
    press(wait(dialog, TOGGLE, "Start at once"))
    press(wait(dialog, BUTTON, "Create"))
    app().wait_window_gone("New network")
    wait(window, ROW, "office")
    found = ctl_json("net", "list")
    check([(n["name"], n["mode"], n["active"]) for n in found] == [("office", "nat", False)], str(found))
    press(wait(window, BUTTON, "New network…"))
    dialog = app().window("New network")
    set_text(wait(dialog, TEXT, "Name"), "wrong/name")
    press(wait(dialog, BUTTON, "Create"))
    wait(dialog, BAR)
    ui.picture("native-network-refused")
    ui.hands.keys("Escape")
    app().wait_window_gone("New network")
    press(wait(window, BUTTON, "Delete…"))
    press(wait(window, BUTTON, "Delete"))
    wait_gone(window, ROW, "office")
    check(ctl_json("net", "list") == [], "it is still there")


@test("/ui/native/details-are-what-the-definition-says-then")
def parts():
    window = opened(app(), "one", "Memory")
    set_text(wait(window, SPIN, "Memory"), "96 MiB")
    apply(window)
    wait_gone(window, BUTTON, "Apply")
    go(window, "Processors")
    set_text(wait(window, SPIN, "Maximum"), "3")
    apply(window)
    wait_gone(window, BUTTON, "Apply")
    go(window, "Overview")
    set_text(wait(window, TEXT, "Notes"), "a < b")
    set_text(wait(window, TEXT, "Name"), "two words/")
    apply(window)
    noted(window, TEXT, "Name", "two words/")
    press(wait(window, BUTTON, "Revert"))
    info = ctl_json("info", "one")
    xml = ctl("dumpxml", "one")
    check(info["memory_bytes"] == 96 << 20, str(info))
    check(">3</vcpu>" in xml and "a &lt; b" in xml, xml)
    ui.picture("native-details")


@test("/ui/native/definition-changed-by-vitrinectl-meanwhile-is-told")
def meanwhile():
    window = opened(app(), "one", "XML")
    view = wait(window, TEXT, "Definition")
    text = ui.text_of(view)
    set_text(view, text.replace("</name>", "</name><title>mine</title>"))
    ctl("set", "one", "memory=80M")
    apply(window)
    bar = wait(window, BAR, lambda name: "Somebody else changed this definition" in name)
    check("<memory>" in bar.get_name(), bar.get_name())
    check("mine" not in ctl("dumpxml", "one"), "it was applied")
    press(wait(bar, TOGGLE, "Show theirs"))
    wait_for(lambda: "mine" not in ui.text_of(view), "theirs")
    press(wait(window, BUTTON, "Revert"))
    wait_for(lambda: not is_on(wait(window, BUTTON, "Revert")), "theirs to be taken")
    set_text(view, ui.text_of(view).replace("</name>", "</name><title>mine</title>"))
    apply(window)
    wait(window, BAR, "Applied.")
    check("<title>mine</title>" in ctl("dumpxml", "one"), ctl("dumpxml", "one"))


def cleanup():
    for name in ("one-clone", "one"):
        subprocess.run([CTL, "undefine", name, "--remove-disks"], env=ui.desktop.env, stdin=subprocess.DEVNULL,
                       capture_output=True, timeout=60)


ui.main("native", cleanup)
