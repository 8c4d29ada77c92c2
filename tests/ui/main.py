#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The main window: the list, what is done from it, and what it says when things go wrong."""

import os
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))
import ui
from ui import (BAR, BUTTON, LABEL, ROW, TEXT, State, centre, check, find, find_all, has, is_on,
                place, press, test, wait, wait_for, wait_gone, wait_says)

SOME = """
[host]
title=This computer
[machine Debian 12]
state=running
vcpus=4
memory-mib=4096
screen=bars
start-time=1700000000
[machine didi]
vcpus=1
memory-mib=1024
[machine dede]
memory-mib=1536
[machine mussum]
state=crashed
state-reason=the process was killed by signal 9
[machine zacarias]
problem=the definition has an element “hostdev” that this engine cannot use
[machine stubborn]
fail-start=the firmware file is missing; install the package seabios
"""


def names(app):
    return [r.get_name() for r in find_all(app.main, ROW, hidden=True)]


def row_button(app, name, button):
    return wait(app.row(name), BUTTON, button)


def bar_button(app, name):
    """The last button of that name: the selection's after the list's, an open menu's after that."""
    return wait_for(lambda: next((b for b in reversed(find_all(app.main, BUTTON, name))), None), name)


def click_on(app, name):
    """Clicks on NAME's row, once more when a popover that was closing took the click."""
    def selected():
        ui.hands.click(*centre(wait(app.row(name), LABEL, name)))
        return ui.soon(lambda: ui.says(app.main, "“%s” selected" % name))
    wait_for(selected, "“%s” to be selected by a click" % name)


@test("/ui/main/each-machine-with-its-facts-and-state")
def facts():
    app = ui.app(SOME)
    wait_says(app.row("Debian 12"), "4 CPUs · 4 GiB")
    wait_says(app.row("didi"), "1 CPU · 1 GiB")
    wait_says(app.row("dede"), "2 CPUs · 1.5 GiB")
    app.wait_state("Debian 12", "Running")
    app.wait_state("didi", "Off")
    wait_says(app.main, "6 machines, 1 running")
    ui.picture("main")


@test("/ui/main/what-is-wrong-with-a-machine-stands-in-its-row")
def troubles():
    app = ui.app(SOME)
    wait_says(app.row("mussum"), "The process was killed by signal 9.")
    app.wait_state("mussum", "Crashed")
    wait_says(app.row("zacarias"), "hostdev")
    check(not is_on(row_button(app, "zacarias", "Start")), "a machine that cannot start offers to")


@test("/ui/main/start-pause-resume-from-the-row")
def lifecycle():
    app = ui.app(SOME)
    press(row_button(app, "didi", "Start"))
    app.wait_state("didi", "Running")
    wait_says(app.main, "6 machines, 2 running")
    press(row_button(app, "didi", "Pause"))
    app.wait_state("didi", "Paused")
    press(row_button(app, "didi", "Resume"))
    app.wait_state("didi", "Running")


@test("/ui/main/row-menu-shuts-down")
def row_menu():
    app = ui.app(SOME)
    app.wait_state("didi", "Running")
    press(row_button(app, "didi", "Menu"))
    press(wait(app.main, BUTTON, "Reset…"))  # is there, and asks
    ui.hands.chord("Escape")
    wait_gone(app.main, BUTTON, "Reset…")
    press(row_button(app, "didi", "Menu"))
    wait(app.main, BUTTON, "Reset…")
    press(bar_button(app, "Shut down"))  # the menu's comes after the bar's
    app.wait_state("didi", "Off")
    wait_gone(app.main, BUTTON, "Reset…")


@test("/ui/main/right-click-opens-the-menu-on-that-row")
def right_click():
    app = ui.app(SOME)
    x, y, _, _ = place(app.row("dede"))
    ui.hands.click(x + 200, y + 40, number=3)
    wait_for(lambda: has(app.row("dede"), State.SELECTED), "the row to be selected")
    wait(app.main, BUTTON, "Reset…")
    check(not is_on(find(app.main, BUTTON, "Reset…")), "a machine that is off can be reset")
    ui.hands.chord("Escape")
    wait_gone(app.main, BUTTON, "Reset…")


@test("/ui/main/failed-start-is-told-in-the-row-until-dismissed")
def failed_start():
    app = ui.app(SOME)
    press(row_button(app, "stubborn", "Start"))
    wait_says(app.row("stubborn"), "The firmware file is missing; install the package seabios.")
    app.wait_state("stubborn", "Off")
    ui.picture("main-failed-start")
    press(row_button(app, "stubborn", "Dismiss this message"))
    wait_for(lambda: not app.row_says("stubborn", "firmware"), "the message to go")


@test("/ui/main/force-off-asks-first-and-says-what-is-lost")
def force_off():
    app = ui.app(SOME)
    app.select("Debian 12")
    press(bar_button(app, "Force off"))
    wait_says(app.main, "Force “Debian 12” off?")
    wait_says(app.main, "not yet written to disk is lost")
    ui.picture("main-force-off")
    press(wait(app.main, BUTTON, "Cancel"))
    wait_gone(app.main, BUTTON, "Cancel")
    app.wait_state("Debian 12", "Running")
    press(bar_button(app, "Force off"))
    wait(app.main, BUTTON, "Cancel")
    press(bar_button(app, "Force off"))
    app.wait_state("Debian 12", "Off")


@test("/ui/main/selection-bar-acts-on-all-that-can")
def selection():
    app = ui.app(SOME)
    app.select("didi", "dede", "zacarias")
    wait_says(app.main, "3 machines selected")
    check(not is_on(bar_button(app, "Pause")), "machines that are off can be paused")
    press(bar_button(app, "Start"))
    app.wait_state("didi", "Running")
    app.wait_state("dede", "Running")
    app.wait_state("zacarias", "Off")
    wait_for(lambda: is_on(bar_button(app, "Pause")), "Pause to be offered")
    press(bar_button(app, "Pause"))
    app.wait_state("didi", "Paused")
    app.wait_state("dede", "Paused")
    app.select("didi", "dede")
    press(bar_button(app, "Resume"))
    app.wait_state("didi", "Running")
    app.wait_state("dede", "Running")
    press(bar_button(app, "Shut down"))
    app.wait_state("didi", "Off")
    app.wait_state("dede", "Off")


@test("/ui/main/selected-row-stays-readable")
def contrast():
    app = ui.app(SOME)
    app.select("didi")
    wait_says(app.main, "“didi” selected")
    for name in ("Start", "Menu"):
        x, y, width, height = place(row_button(app, "didi", name))

        def ratio():
            pixels = ui.desktop.pixels(x, y, width, height)
            lights = [0.0722 * (pixels[i] / 255) ** 2.2 + 0.7152 * (pixels[i + 1] / 255) ** 2.2
                      + 0.2126 * (pixels[i + 2] / 255) ** 2.2 for i in range(0, len(pixels), 4)]
            return (max(lights) + 0.05) / (min(lights) + 0.05)
        wait_for(lambda: ratio() > 7, "%s of a selected row to stand out" % name)


@test("/ui/main/click-beside-the-rows-selects-none")
def unselect():
    app = ui.app("[machine didi]\n")
    app.select("didi")
    wait_says(app.main, "“didi” selected")
    x, y, width, height = place(wait(app.main, "scroll pane"))
    ui.hands.click(x + width // 2, y + height - 12)
    wait_gone(app.main, LABEL, "“didi” selected")


@test("/ui/main/search-finds-parts-of-names")
def search():
    app = ui.app(SOME)
    ui.hands.chord("ctrl+f")
    wait(app.main, TEXT, "Search")
    ui.hands.type("DE")
    wait_for(lambda: names(app) == ["Debian 12", "dede"], "two machines")
    ui.hands.type("nobody")
    wait_says(app.main, "No machine is called “DEnobody”")
    ui.picture("main-no-match")
    ui.hands.chord("Escape")
    wait_for(lambda: len(names(app)) == 6, "all machines again")


@test("/ui/main/typing-begins-a-search")
def type_to_search():
    app = ui.app(SOME)
    click_on(app, "didi")
    ui.hands.type("mus")
    wait_for(lambda: names(app) == ["mussum"], "one machine")
    ui.hands.chord("Escape")
    wait_for(lambda: len(names(app)) == 6, "all machines again")


@test("/ui/main/heads-sort-both-ways-and-keep-the-selection")
def sorting():
    app = ui.app(SOME)
    app.select("stubborn")
    press(wait(app.main, BUTTON, "Name"))
    wait_for(lambda: names(app)[0] == "zacarias", "names downwards")
    check(has(app.row("stubborn"), State.SELECTED), "the selection went")
    press(wait(app.main, BUTTON, "State"))
    wait_for(lambda: names(app)[0] == "mussum", "what crashed first")
    press(wait(app.main, BUTTON, "Name"))
    wait_for(lambda: names(app)[0] == "Debian 12", "names upwards")


@test("/ui/main/keyboard-moves-selects-and-opens")
def keyboard():
    app = ui.app(SOME)
    click_on(app, "Debian 12")
    ui.hands.keys("Down", "Down")
    wait_for(lambda: has(app.row("didi"), State.SELECTED), "didi to be selected")
    ui.hands.chord("Return")
    wait_for(lambda: has(app.window("didi"), State.ACTIVE), "its window in front")
    ui.hands.chord("ctrl+w")
    app.wait_window_gone("didi")
    wait_for(lambda: has(app.main, State.ACTIVE), "the main window in front")
    ui.hands.chord("shift+F10")
    wait(app.main, BUTTON, "Reset…")
    ui.hands.chord("Escape")
    wait_gone(app.main, BUTTON, "Reset…")
    ui.hands.chord("ctrl+a")
    wait_says(app.main, "6 machines selected")
    ui.hands.chord("Escape")
    wait_gone(app.main, LABEL, "6 machines selected")


@test("/ui/main/hung-start-leaves-the-window-alive-and-can-be-cancelled")
def hung():
    app = ui.app("[machine didi]\nhang-start=true\n[machine dede]\n")
    press(row_button(app, "didi", "Start"))
    app.wait_state("didi", "Starting…")
    ui.picture("main-hung")
    # Everything else goes on.
    press(row_button(app, "dede", "Start"))
    app.wait_state("dede", "Running")
    press(row_button(app, "didi", "Cancel"))
    app.wait_state("didi", "Off")
    check(is_on(row_button(app, "didi", "Start")), "it cannot be started again")


@test("/ui/main/slow-host-shows-its-window-first")
def slow():
    app = ui.own_app("[faults]\nslow-ms=1500\n[machine didi]\n")
    check(not find(app.main, ROW), "machines are there before the host answered")
    wait(app.main, ROW, "didi")


@test("/ui/main/empty-host-invites-a-drop")
def empty():
    app = ui.app("[host]\ntitle=Empty\n")
    wait_says(app.main, "Drop an ISO or disk image here")
    ui.picture("main-empty")
    press(wait(app.main, BUTTON, "New machine…"))
    app.window("New machine")
    ui.hands.chord("Escape")
    app.wait_window_gone("New machine")


@test("/ui/main/host-that-fails-says-why-and-is-tried-again")
def host_problem():
    app = ui.app("[host]\nproblem=the folder of machines cannot be read\n")
    bar = wait(app.main, BAR, "The folder of machines cannot be read.")
    press(wait(bar, BUTTON, "Try again"))
    wait(app.main, BAR, "The folder of machines cannot be read.")
    ui.picture("main-host-problem")


@test("/ui/main/missing-kvm-is-told-with-the-command-that-mends-it")
def no_kvm():
    app = ui.app("[check kvm]\nstatus=failed\ntext=you have no right to use /dev/kvm\n"
                 "mend=sudo usermod -aG kvm $USER\n[machine didi]\n")
    wait_says(app.main, "You have no right to use /dev/kvm.")
    wait_says(app.main, "sudo usermod -aG kvm $USER")
    ui.picture("main-no-kvm")
    press(wait(app.main, BUTTON, "Copy"))
    wait(app.main, BUTTON, "Copied")
    ui.hands.chord("ctrl+f")
    entry = wait(app.main, TEXT, "Search")
    ui.hands.chord("ctrl+v")
    wait_for(lambda: ui.text_of(entry) == "sudo usermod -aG kvm $USER", "the command in the clipboard")
    ui.hands.chord("Escape")


@test("/ui/main/software-kvm-is-a-calm-note-that-can-be-put-away")
def software_kvm():
    app = ui.app("[check kvm-hardware]\nstatus=warning\ntext=machines run without hardware KVM here\n"
                 "[machine didi]\n")
    bar = wait(app.main, BAR, "Machines run without hardware KVM here.")
    press(wait(bar, BUTTON, "Dismiss this message"))
    wait_gone(app.main, BAR, "Machines run without hardware KVM here.")


@test("/ui/main/failing-check-is-told-too")
def failing_check():
    app = ui.app("[faults]\nfail-check=the host gave no answer\n[machine didi]\n")
    wait(app.main, BAR, "The host gave no answer.")


@test("/ui/main/five-hundred-machines-scroll-and-are-all-there")
def many():
    app = ui.app("[host]\ngenerate=500\n")
    wait_says(app.main, "500 machines")
    # The first page comes first, the others right after the first frame.
    wait_for(lambda: len(find_all(app.main, ROW, hidden=True)) == 500, "a row for each")
    rows = find_all(app.main, ROW, hidden=True)
    filled = [r for r in rows[:40] if find(r, LABEL, hidden=True)]
    check(5 < len(filled) < 30, "%d rows are filled" % len(filled))
    click_on(app, "machine-0003")
    ui.hands.chord("End")
    wait_for(lambda: has(app.row("machine-0500"), State.SELECTED), "the last one to be selected")
    wait(app.row("machine-0500"), LABEL, "machine-0500")
    ui.picture("main-500")
    ui.hands.keys("Home")
    wait(app.row("machine-0001"), LABEL, "machine-0001")
    ui.hands.chord("ctrl+a")
    wait_says(app.main, "500 machines selected")


@test("/ui/main/rows-that-come-into-sight-are-never-empty")
def scrolled():
    app = ui.app("[host]\ngenerate=500\n")
    x, y, width, height = place(wait(app.main, "scroll pane"))
    for _ in range(12):
        ui.hands.move(x + width // 2, y + height // 2)
        for _ in range(8):
            ui.hands.button(True, 5)
            ui.hands.button(False, 5)

    def all_in_sight_are_filled():
        rows = [r for r in find_all(app.main, ROW) if y <= place(r)[1] and place(r)[1] + 90 <= y + height]
        return len(rows) > 3 and all(find(r, LABEL) for r in rows)
    wait_for(all_in_sight_are_filled, "rows in sight to be filled")
    check(not find(app.main, ROW, "machine-0001") or place(app.row("machine-0001"))[1] < y,
          "nothing was scrolled")


@test("/ui/main/idle-with-five-hundred-machines-nothing-wakes-up")
def idle():
    app = ui.own_app("[host]\ngenerate=500\n[faults]\n")
    wait_says(app.main, "500 machines")
    # The pointer in a window and a picture of it are work; then comes silence, for longer than pictures
    # of an attended window are apart.
    wait_for(lambda: quiet(app, 12), "twelve seconds without a wake-up", timeout=45)


@test("/ui/main/pictures-follow-while-the-user-is-there")
def pictures():
    app = ui.own_app("[machine didi]\nstate=running\n")
    row = app.row("didi")
    wait_for(lambda: quiet(app, 2), "two seconds without a wake-up", timeout=30)
    x, y = centre(row)
    ui.hands.move(x, y)
    ui.hands.move(x + 3, y)
    # The first stretch has what the toolkit does after the pointer, too; the second has the pictures alone.
    check(not quiet(app, 12) and not quiet(app, 12), "no new picture was taken")


def quiet(app, seconds):
    """Whether it sleeps for that long; the time is what is looked at."""
    before = app.wakeups()
    time.sleep(seconds)
    return app.wakeups() - before <= 1


ui.main("main")
