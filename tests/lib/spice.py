# SPDX-License-Identifier: GPL-2.0-or-later
"""A SPICE viewer without a window, made of the library that real ones are made of."""

import ctypes
import time

import gi

gi.require_version("SpiceClientGLib", "2.0")
from gi.repository import GLib, GObject, SpiceClientGLib  # noqa: E402

PATIENCE = 60


class Viewer:
    """On its way to the socket at PATH; each await_…() goes on with that."""

    def __init__(self, path):
        self.inputs = None
        self.can_type = False
        self.is_gone = False
        self.primary = None         # width, height, bytes a line, address
        self.session = SpiceClientGLib.Session.new()
        self.session.set_property("unix-path", path)
        # The library's own functions hide GObject's, which are called the same.
        GObject.Object.connect(self.session, "channel-new", self._channel)
        assert self.session.connect()

    def _channel(self, _session, channel):
        on = GObject.Object.connect
        on(channel, "channel-event", self._event)
        if isinstance(channel, SpiceClientGLib.MainChannel):
            return
        if isinstance(channel, SpiceClientGLib.DisplayChannel):
            on(channel, "display-primary-create", self._create)
            on(channel, "display-primary-destroy", self._destroy)
        elif isinstance(channel, SpiceClientGLib.InputsChannel):
            self.inputs = channel
        SpiceClientGLib.Channel.connect(channel)

    def _event(self, channel, event):
        is_open = event == SpiceClientGLib.ChannelEvent.OPENED
        if isinstance(channel, SpiceClientGLib.MainChannel):
            self.is_gone = not is_open
        elif channel == self.inputs:
            self.can_type = is_open

    def _create(self, _channel, _format, width, height, stride, _shmid, data):
        self.primary = width, height, stride, data

    def _destroy(self, _channel):
        self.primary = None

    def wait(self, what, condition, timeout=PATIENCE):
        """Runs the main loop until CONDITION returns something true, which is returned."""
        deadline = time.monotonic() + timeout
        tick = GLib.timeout_add(50, lambda: True)
        try:
            while not (found := condition()):
                if time.monotonic() > deadline:
                    raise TimeoutError("waited in vain for " + what)
                GLib.MainContext.default().iteration(True)
            return found
        finally:
            GLib.source_remove(tick)

    def picture(self):
        """As screen.py takes them, or None."""
        if not self.primary:
            return None
        width, height, stride, address = self.primary
        raw = ctypes.string_at(address, stride * height)
        return width, height, [raw[y * stride:y * stride + width * 4] for y in range(height)]

    def press(self, scancode):
        self.wait("the keyboard", lambda: self.can_type)
        self.inputs.key_press_and_release(scancode)

    def close(self):
        self.session.disconnect()
