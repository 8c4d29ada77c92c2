#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A machine's definition as a text: three are compared before it is applied, and two when it was."""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))
import ui
import ui_hardware
from ui import (BAR, BUTTON, SPIN, TEXT, TOGGLE, State, check, find, has, is_on, press, set_text, test, text_of, wait,
                wait_for, wait_gone, wait_says)
from ui_hardware import apply, go

HOST = """
[machine off]
memory-mib=1024
disks=/srv/off.raw|1024
[machine on]
state=running
memory-mib=1024
[machine dropping]
disks=/srv/dropping.raw|1024
drops=domain/devices/disk/serial
[machine full]
fail-definition=the host’s disk is full; make room and try again
[machine endless]
hang-definition=true
"""


def opened(name, row="XML"):
    return ui_hardware.opened(ui.app(HOST), name, row)


def text(window):
    return text_of(wait(window, TEXT, "Definition"))


def edit(window, old, new):
    before = text(window)
    check(old in before, "%r is not in it" % old)
    set_text(wait(window, TEXT, "Definition"), before.replace(old, new))


@test("/ui/details-xml/text-is-applied")
def applied():
    window = opened("off")
    check(not is_on(wait(window, BUTTON, "Apply")) and not is_on(wait(window, BUTTON, "Revert")), "nothing is changed yet")
    ui.picture("details-xml")
    edit(window, "</name>", "</name>\n  <!-- mine -->\n  <title>A title</title>")
    apply(window)
    wait(window, BAR, "Applied.")
    check("<!-- mine -->" in text(window), "the comment was dropped")
    check(not is_on(wait(window, BUTTON, "Apply")), "it is to be applied again")


@test("/ui/details-xml/of-what-runs-it-is-for-the-next-start")
def runs():
    window = opened("on")
    wait_says(window, "What is changed here takes effect at the next start")
    edit(window, "</name>", "</name>\n  <title>A title</title>")
    apply(window)
    wait(window, BAR, "Applied. It takes effect at the next start.")
    edit(window, "<name>on</name>", "<name>other</name>")
    apply(window)
    wait(window, BAR, lambda name: "gets another name only while it is off" in name)
    press(wait(window, BUTTON, "Revert"))
    check("<name>on</name>" in text(window), "it was not put back")


@test("/ui/details-xml/what-is-no-xml-is-said-with-its-line")
def broken():
    window = opened("off")
    edit(window, "</name>", "</nome>")
    apply(window)
    wait(window, BAR, lambda name: "is no XML" in name and name.startswith("Line "))
    ui.picture("details-xml-broken")
    check("</nome>" in text(window), "what was written is gone")
    view = wait(window, TEXT, "Definition")
    selected = view.get_text_iface().get_selection(0)
    check("nome" in text(window)[selected.start_offset:selected.end_offset], "the line is not shown")
    press(wait(window, BUTTON, "Revert"))


@test("/ui/details-xml/what-the-machine-cannot-do-is-refused-by-name")
def unsupported():
    window = opened("off")
    edit(window, "</devices>", "  <shmem name='x'/>\n  </devices>")
    apply(window)
    wait(window, BAR, lambda name: "<shmem>" in name)
    check("<shmem" in text(window), "it was dropped")
    press(wait(window, BUTTON, "Revert"))
    edit(window, "<uuid>", "<uuid>0")
    apply(window)
    wait(window, BAR)
    press(wait(window, BUTTON, "Revert"))


@test("/ui/details-xml/what-somebody-else-changed-is-not-written-over-silently")
def conflict():
    window = opened("off")
    edit(window, "</name>", "</name>\n  <description>mine</description>")
    go(window, "Memory")
    set_text(wait(window, SPIN, "Memory"), "2 GiB")
    press(wait(window, BUTTON, "Apply"))
    wait_gone(window, BUTTON, "Apply")
    go(window, "XML")
    check("<description>mine" in text(window), "what was written is gone")
    apply(window)
    bar = wait(window, BAR, lambda name: "Somebody else changed this definition" in name)
    check("<memory>" in bar.get_name() and "Line " in bar.get_name(), bar.get_name())
    ui.picture("details-xml-conflict")
    press(wait(bar, TOGGLE, "Show theirs"))
    wait_for(lambda: "<description>" not in text(window), "theirs")
    check("2097152" in text(window), text(window))
    ui.picture("details-xml-theirs")
    check(not is_on(wait(window, BUTTON, "Apply")), "theirs is offered to be applied")
    press(wait(window, BUTTON, "Close"))
    wait(window, BAR, "What you changed on this page has not been applied.")
    press(wait(bar, TOGGLE, "Show theirs"))
    wait_for(lambda: "<description>mine" in text(window), "mine to come back")
    press(wait(bar, TOGGLE, "Show theirs"))
    press(wait(window, BUTTON, "Revert"))
    wait_for(lambda: not is_on(wait(window, BUTTON, "Revert")), "theirs to be taken")
    check("<description>" not in text(window) and not find(window, TOGGLE, "Show theirs"), "it is not theirs")


@test("/ui/details-xml/mine-all-the-same-is-a-button-that-says-so")
def overwrite():
    window = opened("off")
    edit(window, "</name>", "</name>\n  <description>mine</description>")
    go(window, "Memory")
    set_text(wait(window, SPIN, "Memory"), "3 GiB")
    press(wait(window, BUTTON, "Apply"))
    wait_gone(window, BUTTON, "Apply")
    go(window, "XML")
    apply(window)
    press(wait(wait(window, BAR), BUTTON, "Apply mine all the same"))
    wait(window, BAR, "Applied.")
    check("<description>mine" in text(window) and "2097152" in text(window), "it is not what was written")


def change_memory(window, size):
    go(window, "Memory")
    set_text(wait(window, SPIN, "Memory"), size)
    press(wait(window, BUTTON, "Apply"))
    wait_gone(window, BUTTON, "Apply")
    go(window, "XML")


@test("/ui/details-xml/mine-all-the-same-is-over-what-was-told-alone")
def overwrite_told():
    window = opened("off")
    edit(window, "</name>", "</name>\n  <!-- still mine -->")
    change_memory(window, "4 GiB")
    apply(window)
    wait(wait(window, BAR), BUTTON, "Apply mine all the same")
    change_memory(window, "5 GiB")
    press(wait(wait(window, BAR), BUTTON, "Apply mine all the same"))
    bar = wait(window, BAR, lambda name: "says “5242880” now" in name)
    check("<!-- still mine" in text(window), "what was written is gone")
    press(wait(bar, TOGGLE, "Show theirs"))
    wait_for(lambda: "5242880" in text(window), "theirs")
    press(wait(bar, BUTTON, "Apply mine all the same"))
    wait(window, BAR, "Applied.")
    check("<!-- still mine" in text(window) and "5242880" not in text(window), "it is not what was written")


@test("/ui/details-xml/keyboard-goes-on-in-the-text-after-apply")
def focus():
    window = opened("off")
    edit(window, "</name>", "</name>\n  <!-- again -->")
    button = wait(window, BUTTON, "Apply")
    wait_for(lambda: is_on(button), "Apply")
    button.get_component_iface().grab_focus()
    ui.hands.keys("space")
    wait(window, BAR, "Applied.")
    wait_for(lambda: has(wait(window, TEXT, "Definition"), State.FOCUSED), "the text to have the keyboard")


@test("/ui/details-xml/what-the-host-left-out-is-said-with-its-line")
def dropped():
    window = opened("dropping")
    edit(window, "<target dev=\"vda\"", "<serial>abc</serial>\n      <target dev=\"vda\"")
    apply(window)
    bar = wait(window, BAR, lambda name: "The host did not take all of it" in name)
    check("<serial>" in bar.get_name() and "Line " in bar.get_name(), bar.get_name())
    check("<serial>" not in text(window), "it is shown as if it were there")
    ui.picture("details-xml-dropped")


@test("/ui/details-xml/host-that-refuses-is-told-and-the-text-stays")
def refused():
    window = opened("full")
    edit(window, "</name>", "</name>\n  <title>A title</title>")
    apply(window)
    wait(window, BAR, "The host’s disk is full; make room and try again.")
    check("A title" in text(window), "it is gone")


@test("/ui/details-xml/applying-can-be-given-up")
def given_up():
    window = opened("endless")
    edit(window, "</name>", "</name>\n  <title>A title</title>")
    apply(window)
    wait_says(window, "Applying…")
    press(wait(window, BUTTON, "Cancel"))
    wait_for(lambda: is_on(wait(window, BUTTON, "Apply")), "Apply to be offered again")
    check("A title" in text(window), "it is gone")


@test("/ui/details-xml/part-shows-where-it-is-written")
def place():
    window = opened("off", "Disk")
    press(wait(window, BUTTON, "XML"))
    view = wait(window, TEXT, "Definition")
    wait_for(lambda: "<disk" in text(window)[view.get_text_iface().get_selection(0).start_offset:
                                             view.get_text_iface().get_selection(0).end_offset], "the disk's line")


ui.main("details-xml")
