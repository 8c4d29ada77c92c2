# SPDX-License-Identifier: GPL-2.0-or-later
"""All a UI test needs: importing this starts a desktop of its own.

    import ui
    from ui import BUTTON, press, wait

    @test("/ui/main/...")
    def ...():
        app = ui.app(FAKE)      # one process for each FAKE, shared by the tests that name it in a row
        press(wait(app.row("didi"), BUTTON, "Start"))

    ui.main("main")

Pictures of the screen go to ARTIFACTS: one at each failure, and where a test asks for one.
"""

import os
import signal
import sys
import time

import ui_desktop
from host import ARTIFACTS

desktop = ui_desktop.start()

import tap  # noqa: E402
from tap import check, skip, test  # noqa: E402,F401
from ui_app import App  # noqa: E402
from ui_drag import Drag  # noqa: E402,F401
from ui_input import Hands  # noqa: E402
from ui_tree import (BAR, BUTTON, CHECK, COMBO, DIALOG, FRAME, LABEL, PASSWORD, RADIO, ROW, SPIN, TEXT,  # noqa: E402,F401
                     TOGGLE, State, centre, check_named, choose, describe, field, find, find_all, has, is_on, lines, note,
                     noted, pick_row, place, press, says, select_row, set_text, shown, soon, text_of, wait, wait_for,
                     wait_gone, wait_offered, wait_refused, wait_says, walk)

hands = Hands(desktop.x)
_shared = {}


def app(fake):
    """The shared application of FAKE; only one is on the screen at a time."""
    found = _shared.get(fake)
    if found is None or not found.alive():
        end_all()
        found = _shared[fake] = App(desktop, fake)
    return found


def own_app(fake, *arguments, **options):
    """An application for one test alone."""
    end_all()
    return App(desktop, fake, *arguments, **options)


def escape_others(app):
    """The main window is alone."""
    for window in app.windows():
        name = window.get_name()
        if name != "Vitrine":
            hands.keys("Escape")
            app.wait_window_gone(name)


def press_in_menu_of(app, name, line):
    """Chooses LINE of the machine NAME's menu, with no other window open."""
    escape_others(app)
    app.select(name)
    press(wait(app.row(name), BUTTON, "Menu"))
    press(wait(app.main, BUTTON, line))


def answer_chooser(app, title, path, button, is_new=False):
    """Types PATH into the chooser of files called TITLE and presses its BUTTON; IS_NEW: the file is to be written."""
    chooser = app.window(title)
    app.forgiven.append("WIDGET_REALIZED_FOR_EVENT")  # the chooser's own entry, in any program
    if not is_new:
        hands.keys("ctrl+l")
    set_text(wait(chooser, TEXT), path)
    press(wait_offered(chooser, button))
    app.wait_window_gone(title)


def end_all():
    for one in App.all:
        one.end()
    _shared.clear()


def settle():
    """Until nothing moves on the screen any more, or a moment has passed."""
    last, deadline = None, time.monotonic() + 1.5
    while time.monotonic() < deadline:
        now = desktop.pixels()
        if now == last:
            break
        last = now
        time.sleep(0.1)


def picture(name):
    """Keeps what the screen shows once nothing moves on it any more."""
    settle()
    os.makedirs(ARTIFACTS, exist_ok=True)
    desktop.save_picture(os.path.join(ARTIFACTS, "ui-%s.png" % name))


def iso(name="debian-12.iso"):
    """The path of a small file that is a bootable CD image to whoever looks."""
    sectors = bytearray(24 * 2048)
    sectors[16 * 2048:16 * 2048 + 7] = b"\x01CD001\x01"
    sectors[16 * 2048 + 80:16 * 2048 + 84] = (24).to_bytes(4, "little")
    sectors[17 * 2048:17 * 2048 + 7] = b"\x00CD001\x01"
    sectors[17 * 2048 + 7:17 * 2048 + 30] = b"EL TORITO SPECIFICATION"
    sectors[18 * 2048:18 * 2048 + 7] = b"\xffCD001\x01"
    return file(name, bytes(sectors))


def file(name, content=b""):
    path = os.path.join(desktop.home, name)
    with open(path, "wb") as f:
        f.write(content)
    return path


def main(topic, cleanup=None):
    """Runs the tests; the last of them is that the toolkit had nothing to complain about.  CLEANUP is called
    after them, with the desktop still there."""
    @test("/ui/%s/nothing-to-complain-about" % topic)
    def nothing_to_complain():
        complaints = {line.split(": ", 3)[-1] for one in App.all for line in one.complaints()}
        check(not complaints, "\n".join(sorted(complaints)[:20]))

    # A runner that has lost its patience: the session's own services still have to be ended.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    tap.on_failure = lambda name: picture("failed-" + name.strip("/").replace("/", "-"))
    tap.main(lambda: stop(cleanup))


def stop(cleanup=None):
    if cleanup:
        cleanup()
    end_all()
    desktop.stop()
