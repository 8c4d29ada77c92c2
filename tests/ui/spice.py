#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A machine of this computer that is shown by SPICE: its picture in the console, its keys, a server that dies."""

import json
import os
import select
import signal
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))
import host

host.need_kvm(__file__, memory_mib=8192, seconds=1500)

import puppet  # noqa: E402
import screen  # noqa: E402
import ui  # noqa: E402
from ui import centre, check, place, says, test, wait, wait_for, wait_says  # noqa: E402
import ui_real  # noqa: E402
from ui_real import CTL, end_machine, show_pixel_by_pixel  # noqa: E402

NAME = "spicy"
WIDTH, HEIGHT = 720, 400    # the firmware's text mode
PATIENCE = 120
KEY_G = ord("g")


class RealApp(ui_real.RealApp):
    START_TIMEOUT = PATIENCE


app = None
window = None


def ctl(*arguments):
    return ui_real.ctl(*arguments, timeout=PATIENCE)


def display():
    return wait(window, "panel", "Display")


def text():
    """What the console shows, where a pixel of the guest's is one of the screen's."""
    x, y, width, height = place(display())
    data = ui.desktop.pixels(x, y, width, height)
    left, top = (width - WIDTH) // 2, (height - HEIGHT) // 2
    if left < 0 or top < 0:
        return ""
    rows = [data[(top + i) * width * 4 + left * 4:][:WIDTH * 4] for i in range(HEIGHT)]
    return "\n".join(screen.read_text((WIDTH, HEIGHT, rows)))


def server():
    """The process id of the machine's vitrine-spice, or None."""
    for number in json.loads(ctl("info", NAME, "--json")).get("processes", []) or children():
        try:
            with open("/proc/%d/comm" % number) as f:
                if f.read().startswith("vitrine-spice"):
                    return number
        except OSError:
            pass
    return None


def children():
    return [int(name) for name in os.listdir("/proc") if name.isdigit()]


class Guest(puppet.Puppet):
    """The puppet, of a machine of the desktop's."""

    def __init__(self):
        self.process = subprocess.Popen([CTL, "console", NAME], env=ui.desktop.env, stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        self.received = b""


@test("/ui/spice/the-firmwares-words-are-in-the-console")
def opens():
    global app, window
    disk = ui.file("spicy.raw", puppet.image())
    ctl("create", "--name", NAME, "--graphics", "spice", "--disk", "path=" + disk)
    ctl("start", NAME)
    app = RealApp(ui.desktop, "")
    app.wait_state(NAME, "Running", PATIENCE)
    window = app.open_machine(NAME, timeout=PATIENCE)
    wait_says(window, "720 × 400", timeout=PATIENCE)
    show_pixel_by_pixel(window, NAME, lambda: place(display()), WIDTH, HEIGHT, PATIENCE)
    wait_for(lambda: "Booting from Hard Disk" in text(), "the firmware's words", PATIENCE)
    check(server(), "there is no vitrine-spice")
    ui.picture("spice")


@test("/ui/spice/a-key-comes-to-the-guest")
def key():
    guest = Guest()
    guest.sync(PATIENCE)
    ui.hands.click(*centre(display()))
    wait_says(window, "Ctrl+Alt releases the keyboard")
    guest.send("k")
    ui.hands.type("g")
    wait_for(lambda: select.select([guest.process.stdout], [], [], 0)[0], "the guest's answer")
    answer = guest.answer()
    check(answer & 0xff == KEY_G, "the guest got %#x" % answer)
    guest.close()
    ui.hands.chord("ctrl+alt")
    wait_says(window, "Click the display to type into it")


@test("/ui/spice/a-server-that-dies-is-a-blink")
def dies():
    for _ in range(3):
        old = server()
        os.kill(old, signal.SIGKILL)
        wait_for(lambda: server() not in (None, old), "another server", PATIENCE)
        wait_for(lambda: not says(window, "Reconnecting") and "Booting from Hard Disk" in text(),
                 "the picture again", PATIENCE)
    check(says(window, "Running"), "the machine did not live on")


@test("/ui/spice/a-machine-that-goes-off-and-on-shows-its-picture-again")
def again():
    ctl("poweroff", NAME)
    wait_says(window, "This machine is off")
    ctl("start", NAME)
    wait_for(lambda: "Booting from Hard Disk" in text(), "the picture again", PATIENCE)


ui.main("spice", lambda: end_machine(NAME))
