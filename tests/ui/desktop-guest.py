#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A machine of this computer that is shown by SPICE, in which a real desktop runs with the agent that Debian has: the
clipboard, the desktop's size and files go from here to there, and what is copied there comes back.

The application and the guest's serial port have it between them; what that port says is kept in host.ARTIFACTS.
"""

import base64
import hashlib
import json
import os
import socket
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))
import host
import live_iso

ISO = live_iso.need(live_iso.DESKTOP)
host.need_hardware_kvm(__file__, memory_mib=6144, seconds=3 * 3600)

import guest_shell  # noqa: E402
import ui  # noqa: E402
import ui_clipboard  # noqa: E402
from ui import BUTTON, CHECK, TOGGLE, check, place, press, test, wait, wait_for, wait_gone, wait_says  # noqa: E402
import ui_real  # noqa: E402
from ui_real import CTL, show_pixel_by_pixel  # noqa: E402

NAME = "debian-desktop"
# Seconds: a minute of a PC's is ten to twenty of a guest's in an emulated host, which is slow itself.
BOOT, ANSWER, PATIENCE = 5400, 600, 240
SIZES = (1000, 640), (904, 560)
X = "DISPLAY=:0 timeout 120 "
BEFORE = "copied before the guest was there, é €"
CONTENT = os.urandom(2_000_003)


class RealApp(ui_real.RealApp):
    START_TIMEOUT = PATIENCE


app = None
window = None
guest = None


def ctl(*arguments):
    return ui_real.ctl(*arguments, timeout=PATIENCE)


class Guest(guest_shell.Shell):
    """The machine's serial console."""

    def __init__(self):
        serial, theirs = socket.socketpair()
        self.process = subprocess.Popen([CTL, "console", NAME], env=ui.desktop.env, stdin=theirs, stdout=theirs,
                                        stderr=subprocess.DEVNULL, preexec_fn=ui.ui_desktop.die_with_parent)
        theirs.close()
        super().__init__(serial)
        os.makedirs(host.ARTIFACTS, exist_ok=True)
        self.log = open(os.path.join(host.ARTIFACTS, "desktop-guest.serial"), "w")

    def has_ended(self):
        return self.process.poll() is not None

    def _read(self, timeout):
        had = len(self.text)
        came = super()._read(timeout)
        self.log.write(self.text[had:])
        self.log.flush()
        return came

    def wait(self, command, what):
        """Until COMMAND succeeds; else what the desktop and its agent have to say."""
        try:
            return self.wait_sh(command, ANSWER)
        except AssertionError as error:
            said = self.sh("journalctl -b --no-pager | grep -i vdagent | tail -30; tail -20 /run/startx.log; true",
                           ANSWER)
            raise AssertionError("%s: %s\n%s" % (what, error, said)) from None

    def paste(self):
        """The text that an application there would paste, or None."""
        try:
            said = self.sh(X + "xclip -selection clipboard -o > /run/pasted 2> /dev/null && base64 -w 0 /run/pasted",
                           ANSWER)
        except guest_shell.Failed:
            return None
        return base64.b64decode(said).decode()

    def copy(self, text):
        self.sh("echo %s | base64 -d | %s xclip -selection clipboard > /dev/null 2>&1" % (
            base64.b64encode(text.encode()).decode(), X), ANSWER)


def look_into():
    """The guest gets the keyboard."""
    def clicked():
        x, y, width, height = place(display())
        ui.hands.click(x + width // 2, y + height // 2)
        return ui.soon(lambda: ui.says(window, "releases the keyboard"), 10)
    wait_for(clicked, "the guest to have the keyboard", PATIENCE)


def display():
    return wait(window, "panel", "Display", timeout=PATIENCE)


def state():
    return next(m["state"] for m in json.loads(ctl("list", "--all", "--json")) if m["name"] == NAME)


def create():
    """A machine with a display that follows its window."""
    ctl("create", "--name", NAME, "--graphics", "spice", "--iso", ISO, "--memory", "1024", "--vcpus", "1",
        "--nic", "none")
    xml = ctl("dumpxml", NAME)
    virtio = xml.replace('<model type="vga"', '<model type="virtio"')
    check(virtio != xml, "it has another display: " + xml)
    ctl("define", ui.file("desktop.xml", virtio.encode()))


@test("/ui/desktop-guest/it-starts-and-its-desktop-is-shown")
def starts():
    global app, window, guest
    create()
    ui_clipboard.copy(ui.desktop, BEFORE)
    begin = time.monotonic()
    ctl("start", NAME)
    guest = Guest()
    app = RealApp(ui.desktop, "")
    app.wait_state(NAME, "Running", PATIENCE)
    window = app.open_machine(NAME, PATIENCE)
    guest.wait_text("LIVE-READY ", BOOT)
    live_iso.log_in(guest, BOOT)
    guest.sh("systemctl is-system-running --wait; true", BOOT)  # until then it has words of its own for this port
    print("# logged in %.0f s after power-on" % (time.monotonic() - begin), flush=True)
    guest.wait("test -e /run/desktop-ready", "there is no desktop")
    guest.wait("ls -l /proc/$(pidof spice-vdagentd)/fd | grep -q vport", "the agent does not come")
    print("# the agent is there after %.0f s" % (time.monotonic() - begin), flush=True)
    look_into()
    ui.picture("desktop-guest")


@test("/ui/desktop-guest/what-is-copied-here-is-pasted-there")
def to_guest():
    for text in BEFORE, "copied later, and\nin two lines":
        if text != BEFORE:
            ui_clipboard.copy(ui.desktop, text)
        wait_for(lambda: guest.paste() == text, "%r to be pasted there" % text, ANSWER)


@test("/ui/desktop-guest/what-is-copied-there-is-pasted-here")
def from_guest():
    text = "from the guest, ß – and\na second line"
    guest.copy(text)
    wait_for(lambda: ui_clipboard.paste(ui.desktop, PATIENCE) == text, "what was copied there to be pasted here", ANSWER)


@test("/ui/desktop-guest/its-desktop-is-as-large-as-the-window")
def resized():
    press(wait(window, TOGGLE, "Display and clipboard", timeout=PATIENCE))
    press(wait(window, CHECK, "Resize the guest", timeout=PATIENCE))
    ui.hands.chord("Escape")
    wait_gone(window, CHECK, "Resize the guest", timeout=PATIENCE)
    for width, height in SIZES:
        show_pixel_by_pixel(window, NAME, lambda: place(display()), width, height, PATIENCE)
        guest.wait(X + "xrandr | grep -q 'current %d x %d,'" % (width, height), "its desktop has another size")
        wait_says(window, "%d × %d" % (width, height), timeout=PATIENCE)
        ui.picture("desktop-guest-%d" % width)


@test("/ui/desktop-guest/dropped-file-is-among-its-downloads")
def dropped():
    path = ui.file("a report, é.pdf", CONTENT)
    x, y, width, height = place(display())
    drag = ui.Drag(ui.desktop, ["file://" + path])
    check(drag.hold(x + width // 2, y + height // 2), "the display takes no files")
    check(drag.drop(), "the drop was refused")
    wait_says(window, "The guest has got “a report, é.pdf”", timeout=ANSWER)
    said = guest.sh("sha256sum /root/Downloads/*", ANSWER)
    check(said.split()[0].lstrip("\\") == hashlib.sha256(CONTENT).hexdigest(), "something else came: " + said)
    ui.picture("desktop-guest-file")


@test("/ui/desktop-guest/it-shuts-down-by-the-window")
def shut_down():
    press(wait(window, TOGGLE, "Shut down", timeout=PATIENCE))
    press(wait(window, BUTTON, "Shut down", timeout=PATIENCE))
    wait_says(window, "This machine is off", timeout=BOOT)
    check(state() == "off", "vitrinectl says %s" % state())


def end_machines():
    """Whatever failed, nothing goes on running."""
    subprocess.run([CTL, "poweroff", NAME], env=ui.desktop.env, stdin=subprocess.DEVNULL, capture_output=True,
                   timeout=PATIENCE)


ui.main("desktop-guest", end_machines)
