#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A machine's window: its display and serial console, who has the keyboard, what can be done to it."""

import os
import struct
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))
import ui
from ui import (BAR, BUTTON, LABEL, RADIO, TOGGLE, State, centre, check, find, find_all, has, is_on, place, press, says,
                test, text_of, wait, wait_for, wait_gone, wait_says)

HOST = """
[machine didi]
state=running
warnings=the host has no hardware KVM: this machine is slow
[machine bars]
state=running
screen=bars
[machine off]
[machine crashed]
state=crashed
state-reason=guest memory could not be mapped
[machine headless]
state=running
screen=none
[machine deaf]
state=running
ignore-shutdown=true
[machine jammed]
state=running
fail-pause=the guest does not answer
fail-send-keys=the keyboard is not there
fail-screenshot=there is no picture yet
[machine blinking]
state=running
drop-display-ms=1500
[machine falling]
crash-after-ms=1
crash-reason=the processor met a fault it could not handle
"""
HAS_KEYS = "Ctrl+Alt releases the keyboard"
NO_KEYS = "Click the display to type into it"
DISPLAY = "drawing area"


def type_into(window, text):
    """Types once the guest has the keyboard."""
    ui.hands.click(*centre(wait(window, DISPLAY, "Display")))
    wait_says(window, HAS_KEYS)
    ui.hands.type(text)


def release(window):
    ui.hands.chord("ctrl+alt")
    wait_says(window, NO_KEYS)


def look(window):
    x, y, width, height = place(wait(window, DISPLAY, "Display"))
    return ui.desktop.pixels(x, y, width, height)


def wait_changes(window, before, what):
    wait_for(lambda: look(window) != before, what)


@test("/ui/console/window-has-the-name-the-state-and-the-display")
def opens():
    app = ui.app(HOST)
    window = app.open_machine("didi")
    wait_says(window, "Running")
    wait_says(window, "720 × 400")
    wait_says(window, HAS_KEYS)
    check(says(window, "didi"), "the name is nowhere")
    ui.picture("machine")


@test("/ui/console/warnings-are-in-the-status-line")
def warnings():
    window = ui.app(HOST).open_machine("didi")
    wait_says(window, "The host has no hardware KVM")


@test("/ui/console/what-is-typed-reaches-the-guest")
def typing():
    window = ui.app(HOST).open_machine("didi")
    wait_says(window, "720 × 400")
    before = look(window)
    type_into(window, "root")
    wait_changes(window, before, "the guest to show what was typed")
    ui.picture("machine-typed")


@test("/ui/console/accelerators-are-the-guests-while-it-has-the-keyboard")
def accelerators():
    app = ui.app(HOST)
    window = app.open_machine("didi")
    type_into(window, "a")
    ui.hands.keys("ctrl+shift+d", "F11", "ctrl+2", "ctrl+w", "F10")
    type_into(window, "b")
    check(not find(window, BUTTON, "Cancel"), "Force off was asked for")
    check(not find(window, BUTTON, "Leave full screen"), "it is in full screen")
    check(find(window, DISPLAY, "Display"), "it shows the serial console")


@test("/ui/console/ctrl-alt-releases-the-keyboard")
def releases():
    window = ui.app(HOST).open_machine("didi")
    type_into(window, "x")
    release(window)
    before = look(window)
    ui.hands.type("zzzz")
    # Something that does reach the guest, later, shows that the others did not.
    check(look(window) == before, "the guest got keys that were not its")
    type_into(window, "y")
    wait_changes(window, before, "the guest to have the keyboard again")


@test("/ui/console/display-is-scaled-with-its-own-shape")
def scaling():
    window = ui.app(HOST).open_machine("bars")
    wait_says(window, "640 × 480")
    x, y, width, height = place(wait(window, DISPLAY, "Display"))
    scale = min(width / 640, height / 480)
    wait_says(window, "at %d %%" % round(scale * 100))
    left = int((width - 640 * scale) / 2)
    top = int((height - 480 * scale) / 2)
    middle = y + height // 2
    # Eight bars of 80 pixels: the second and the seventh are where they belong, the borders are not bars.
    check(ui.desktop.pixel(x + left + int(120 * scale), middle) != (0, 0, 0), "no bar where one belongs")
    if left > 4:
        check(ui.desktop.pixel(x + left // 2, middle) == ui.desktop.pixel(x + width - left // 2, middle),
              "the picture is not in the middle")
    check(left < 2 or top < 2, "neither side is filled")
    ui.picture("machine-bars")


@test("/ui/console/at-scale-two-every-pixel-of-the-screen-is-used")
def scale_two():
    app = ui.own_app("[machine bars]\nstate=running\nscreen=bars\n", env={"GDK_SCALE": "2"})
    window = app.open_machine("bars")
    x, y, width, height = place(wait(window, DISPLAY, "Display"))  # not of the screen's, but of GTK's pixels
    scale = 2 * min(width / 640, height / 480)
    wait_says(window, "640 × 480, at %d %%" % round(scale * 100))
    left, middle = 2 * x + int((2 * width - 640 * scale) / 2), 2 * y + height

    def edges():
        """Columns of the screen whose colour is neither the left nor the right bar's."""
        row = ui.desktop.pixels(left + int(100 * scale), middle, int(120 * scale), 1)
        pixels = [row[i:i + 3] for i in range(0, len(row), 4)]
        return sum(1 for p in pixels if p not in (pixels[0], pixels[-1]))
    wait_for(lambda: len(set(ui.desktop.pixels(left, middle, int(600 * scale), 1))) > 2, "the picture")
    check(edges() <= 4, "a blurred picture: %d columns" % edges())
    ui.picture("machine-scale-2")


@test("/ui/console/pause-and-resume-from-the-window")
def pause():
    app = ui.app(HOST)
    window = app.open_machine("bars")
    press(wait(window, BUTTON, "Pause"))
    wait_for(lambda: len([1 for w in find_all(window, LABEL) if text_of(w) == "Paused"]) == 2,
             "the title and the note over the display to say so")
    ui.picture("machine-paused")
    press(wait(window, BUTTON, "Resume"))
    wait_says(window, "Running")
    app.wait_state("bars", "Running")


@test("/ui/console/full-screen-and-its-bar-behind-the-upper-edge")
def fullscreen():
    window = ui.app(HOST).open_machine("bars")
    wait_says(window, "640 × 480")
    press(wait(window, BUTTON, "Full screen"))
    wait_for(lambda: place(wait(window, DISPLAY, "Display"))[2:] == (ui.ui_desktop.WIDTH, ui.ui_desktop.HEIGHT),
             "the display to fill the screen")
    wait(window, BUTTON, "Leave full screen")
    ui.picture("machine-fullscreen")
    ui.hands.move(600, 500)
    wait_gone(window, BUTTON, "Leave full screen")
    ui.hands.move(600, 0)
    press(wait(window, BUTTON, "Leave full screen"))
    wait(window, BUTTON, "Full screen")


@test("/ui/console/f11-works-once-the-keyboard-is-released")
def f11():
    window = ui.app(HOST).open_machine("didi")
    type_into(window, "f")
    release(window)
    ui.hands.chord("F11")
    wait(window, BUTTON, "Leave full screen")
    ui.hands.chord("F11")
    wait(window, BUTTON, "Full screen")


@test("/ui/console/display-that-hangs-up-comes-back-by-itself")
def reconnects():
    window = ui.app(HOST).open_machine("blinking")
    wait_says(window, "720 × 400")
    wait_says(window, "The display went away. Reconnecting…")
    check(find(window, DISPLAY, "Display"), "the last picture is not kept")
    ui.picture("machine-reconnecting")
    wait_gone(window, LABEL, "The display went away. Reconnecting…")
    # And again: not just once.
    wait_says(window, "The display went away. Reconnecting…")
    wait_gone(window, LABEL, "The display went away. Reconnecting…")


@test("/ui/console/machine-that-is-off-says-so-and-starts-from-there")
def off():
    app = ui.app(HOST)
    window = app.open_machine("off")
    wait_says(window, "This machine is off")
    check(not is_on(wait(window, BUTTON, "Screenshot")), "a screenshot of nothing is offered")
    ui.picture("machine-off")
    press(find_all(window, BUTTON, "Start")[-1])
    wait_says(window, "720 × 400")
    app.wait_state("off", "Running")


@test("/ui/console/keyboard-is-on-start-when-the-machine-goes-off")
def keyboard_after():
    app = ui.own_app("[machine leaving]\nstate=running\noff-reason=switched off\n"
                     "[machine left]\nstate-reason=switched off\n")
    window = app.open_machine("left")
    wait_says(window, "Switched off.")
    start = find_all(window, BUTTON, "Start")[-1]
    wait_for(lambda: has(start, State.FOCUSED), "the keyboard to be on Start to begin with")
    window = app.open_machine("leaving")
    wait_says(window, HAS_KEYS)
    press(wait(window, TOGGLE, "Shut down"))
    press(wait(window, BUTTON, "Force off…"))
    press(wait(window, BUTTON, "Force off"))
    wait_says(window, "Switched off.")
    start = find_all(window, BUTTON, "Start")[-1]
    wait_for(lambda: has(start, State.FOCUSED), "the keyboard to be on Start")
    ui.hands.chord("Return")
    wait_gone(window, LABEL, "Switched off.")


@test("/ui/console/crash-says-why-and-offers-to-start-again")
def crashed():
    window = ui.app(HOST).open_machine("crashed")
    wait_says(window, "This machine crashed")
    wait_says(window, "Guest memory could not be mapped.")
    ui.picture("machine-crashed")
    press(wait(window, BUTTON, "Start again"))
    wait_says(window, "720 × 400")


@test("/ui/console/crash-while-one-looks-keeps-the-window")
def falls():
    app = ui.app(HOST)
    window = app.open_machine("falling")
    press(find_all(window, BUTTON, "Start")[-1])
    wait_says(window, "This machine crashed")
    wait_says(window, "The processor met a fault it could not handle.")
    app.wait_state("falling", "Crashed")


@test("/ui/console/deaf-guest-is-forced-off-after-asking")
def deaf():
    app = ui.app(HOST)
    window = app.open_machine("deaf")
    wait_says(window, "720 × 400")
    press(wait(window, TOGGLE, "Shut down"))
    press(wait(window, BUTTON, "Shut down"))
    wait_says(window, "Shutting down…")
    press(wait(window, TOGGLE, "Shut down"))
    press(wait(window, BUTTON, "Force off…"))
    wait_says(window, "Force “deaf” off?")
    press(wait(window, BUTTON, "Cancel"))
    wait_gone(window, BUTTON, "Cancel")
    check(says(window, "Shutting down…"), "Cancel did not cancel")
    press(wait(window, TOGGLE, "Shut down"))
    press(wait(window, BUTTON, "Force off…"))
    press(wait(window, BUTTON, "Force off"))
    wait_says(window, "This machine is off")


@test("/ui/console/reset-asks-first")
def reset():
    window = ui.app(HOST).open_machine("bars")
    wait_says(window, "640 × 480")
    press(wait(window, TOGGLE, "Shut down"))
    press(wait(window, BUTTON, "Reset…"))
    wait_says(window, "Reset “bars”?")
    press(wait(window, BUTTON, "Reset"))
    wait_gone(window, LABEL, "Reset “bars”?")
    check(says(window, "Running"), "it does not run")


@test("/ui/console/failures-are-told-above-the-display-until-dismissed")
def failures():
    app = ui.app(HOST)
    window = app.open_machine("jammed")
    wait_says(window, "720 × 400")
    press(wait(window, BUTTON, "Pause"))
    bar = wait(window, BAR, "The guest does not answer.")
    ui.picture("machine-problem")
    press(wait(bar, BUTTON, "Dismiss this message"))
    wait_gone(window, BAR, "The guest does not answer.")
    press(wait(window, BUTTON, "Screenshot"))
    bar = wait(window, BAR, "There is no picture yet.")
    press(wait(bar, BUTTON, "Dismiss this message"))
    press(wait(window, TOGGLE, "Send keys"))
    press(wait(window, BUTTON, "Ctrl + Alt + Delete"))
    wait(window, BAR, "The keyboard is not there.")


@test("/ui/console/keys-that-the-desktop-would-take-can-be-sent")
def send_keys():
    window = ui.app(HOST).open_machine("didi")
    wait_says(window, "720 × 400")
    press(wait(window, TOGGLE, "Send keys"))
    press(wait(window, BUTTON, "Ctrl + Alt + F2"))
    wait_gone(window, BUTTON, "Ctrl + Alt + F2")
    check(not find(window, BAR), "they were not taken")


@test("/ui/console/screenshot-goes-to-pictures-and-says-where")
def screenshot():
    window = ui.app(HOST).open_machine("bars")
    wait_says(window, "640 × 480")
    press(wait(window, BUTTON, "Screenshot"))
    wait(window, BAR, lambda name: name.startswith("The screenshot is in “~/Pictures/bars "))
    folder = os.path.join(ui.desktop.home, "Pictures")
    names = os.listdir(folder)
    check(len(names) == 1, str(names))
    with open(os.path.join(folder, names[0]), "rb") as f:
        head = f.read(24)
    check(head[:8] == b"\x89PNG\r\n\x1a\n", "it is no PNG")
    check(struct.unpack(">II", head[16:24]) == (640, 480), "it has another size")
    ui.picture("machine-screenshot")


@test("/ui/console/serial-console-says-what-the-guest-says")
def serial():
    window = ui.app(HOST).open_machine("didi")
    press(wait(window, RADIO, "Serial"))
    terminal = wait(window, "terminal")
    wait_for(lambda: "didi login:" in text_of(terminal), "the guest's greeting")
    wait_for(lambda: has(terminal, State.FOCUSED), "the terminal to have the keyboard")
    ui.hands.type("hello")
    wait_for(lambda: "login: hello" in text_of(terminal), "the echo")
    ui.picture("machine-serial")


@test("/ui/console/serial-console-copies-and-pastes")
def copy_paste():
    window = ui.app(HOST).open_machine("didi")
    press(wait(window, RADIO, "Serial"))
    terminal = wait(window, "terminal")
    wait_for(lambda: "didi login:" in text_of(terminal), "the guest's greeting")
    x, y, _, _ = place(terminal)

    def selected():
        ui.hands.click(x + 12, y + 8, times=2)  # the first word, the machine's name
        return ui.soon(lambda: terminal.get_text_iface().get_n_selections() > 0)
    wait_for(selected, "the word to be selected")
    before = text_of(terminal).count("didi")
    ui.hands.chord("ctrl+shift+c")
    ui.hands.chord("ctrl+shift+v")
    wait_for(lambda: text_of(terminal).count("didi") == before + 1, "the word that was copied")
    ui.hands.chord("ctrl+c")  # the guest's, not ours
    press(wait(window, RADIO, "Display"))
    wait(window, DISPLAY, "Display")


@test("/ui/console/choosing-the-shown-view-again-changes-nothing")
def again():
    window = ui.app(HOST).open_machine("didi")
    for _ in range(2):
        press(wait(window, RADIO, "Serial"))
        wait(window, "terminal")
    check(has(wait(window, RADIO, "Serial"), State.CHECKED), "no view is marked as shown")
    press(wait(window, RADIO, "Display"))
    wait(window, DISPLAY, "Display")


@test("/ui/console/machine-without-a-display-opens-its-serial-console")
def headless():
    window = ui.app(HOST).open_machine("headless")
    terminal = wait(window, "terminal")
    wait_for(lambda: "headless login:" in text_of(terminal), "the guest's greeting")
    press(wait(window, RADIO, "Display"))
    wait_says(window, "has no display")


@test("/ui/console/serial-text-stays-when-the-machine-goes-off")
def serial_off():
    app = ui.app(HOST)
    window = app.open_machine("headless")
    press(wait(window, RADIO, "Serial"))
    terminal = wait(window, "terminal")
    wait_for(lambda: "headless login:" in text_of(terminal), "the guest's greeting")
    press(wait(window, TOGGLE, "Shut down"))
    press(wait(window, BUTTON, "Shut down"))
    wait_says(window, "This machine is off")
    check("headless login:" in text_of(terminal), "it was wiped")
    press(wait(window, BUTTON, "Start"))
    wait_gone(window, LABEL, "This machine is off")
    wait_for(lambda: text_of(terminal).count("login:") == 1, "a console that begins anew")


@test("/ui/console/closing-the-window-leaves-the-machine-running")
def closes():
    app = ui.app(HOST)
    app.open_machine("bars")
    app.close("bars")
    app.wait_state("bars", "Running")
    window = app.open_machine("bars")
    wait_says(window, "640 × 480")


@test("/ui/console/windows-closed-while-a-picture-arrives-draw-nothing")
def closed_early():
    app = ui.app(HOST)
    for _ in range(20):
        app.open_machine("bars")
        app.close("bars")


@test("/ui/console/opening-it-twice-gives-one-window")
def twice():
    app = ui.app(HOST)
    app.open_machine("bars")
    app.select("bars")
    press(wait(app.row("bars"), BUTTON, "Menu"))
    press(wait(app.main, BUTTON, "Open"))
    wait_gone(app.main, BUTTON, "Reset…")
    check(len([w for w in app.windows() if w.get_name() == "bars"]) == 1, "two windows")


@test("/ui/console/display-that-never-answers-leaves-the-window-alive")
def hung():
    app = ui.app("[machine didi]\nstate=running\nhang-display=true\n")
    window = app.open_machine("didi")
    wait_says(window, "Connecting to the display…")
    press(wait(window, TOGGLE, "Shut down"))
    press(wait(window, BUTTON, "Force off…"))
    press(wait(window, BUTTON, "Force off"))
    wait_says(window, "This machine is off")


@test("/ui/console/without-its-modules-the-window-says-what-is-wrong")
def no_modules():
    app = ui.own_app("[machine lame]\nstate=running\n", env={"VITRINE_MODULEDIR": "/nowhere"})
    window = app.open_machine("lame")
    wait_says(window, "Vitrine's module “display-vnc” cannot be loaded (", "Installing Vitrine again should help.")
    press(wait(window, RADIO, "Serial"))
    wait_says(window, "Vitrine's module “terminal-vte” cannot be loaded (")
    ui.hands.chord("ctrl+shift+c")
    ui.picture("machine-without-modules")
    press(wait(window, RADIO, "Display"))
    press(wait(window, BUTTON, "Pause"))
    app.wait_state("lame", "Paused")
    app.end()


ui.main("console")
