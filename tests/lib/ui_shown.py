# SPDX-License-Identifier: GPL-2.0-or-later
"""A machine that a display server of the test's own shows, in its window.

    with ShownMachine(Spice) as one:
        one.server.agent.copy("from the guest")
"""

import os
import time

import ui
from display_servers import ANNOUNCE, Spice
from ui import RADIO, TOGGLE, place, press, says, wait, wait_gone

from gi.repository import GLib


class ShownMachine:
    """The window of the machine "guest" that a server of KIND shows, with its own picture or with PICTURE; MORE: lines of
    that machine in the fake host's key file; OPTIONS: of ui.own_app()."""

    wait_for = staticmethod(ui.wait_for)    # for tests that have something to do while they wait

    def __init__(self, kind, picture=None, more="", **options):
        self.kind, self.picture, self.more, self.options = kind, picture, more, options

    def __enter__(self):
        ui.end_all()
        path = os.path.join(ui.desktop.home, "display-%d" % time.monotonic_ns())
        self.server = self.kind(path, self.picture) if self.picture else self.kind(path)
        protocol = "spice" if self.kind is Spice else "vnc"
        self.app = ui.own_app("[machine guest]\nstate=running\ndisplay-server=%s|%s\n%s" % (protocol, path, self.more),
                              **self.options)
        self.open()
        return self

    def __exit__(self, *error):
        ui.end_all()
        self.server.close()

    def open(self):
        """Opens its window, with the picture in it."""
        self.window = self.app.open_machine("guest")
        self.wait_for(lambda: says(self.window, "%d × %d" % self.server.size), "its picture")

    def area(self):
        """x, y, width, height of the display, which may just be replaced by another."""
        def found():
            try:
                return place(wait(self.window, "panel" if self.kind is Spice else "drawing area", "Display"))
            except GLib.Error:
                return None
        return self.wait_for(found, "the display's place")

    def centre(self):
        x, y, width, height = self.area()
        return x + width // 2, y + height // 2

    def choose_in_menu(self, name):
        """Chooses NAME in the menu of its display and clipboard, and closes that."""
        press(wait(self.window, TOGGLE, "Display and clipboard"))
        press(wait(self.window, RADIO, name))
        ui.hands.chord("Escape")
        wait_gone(self.window, RADIO, name)

    def wait_greeted(self):
        """Until the viewer has spoken to the guest's agent."""
        self.wait_for(lambda: self.server.agent.heard_of(ANNOUNCE), "the viewer to greet the agent")

    def kill_server(self):
        self.app.forgiven.append("incomplete link header")  # of a server that was killed while it was called
        self.server.kill()
