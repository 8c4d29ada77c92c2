# SPDX-License-Identifier: GPL-2.0-or-later
"""A source of drag and drop: the other half of XDND (version 5), spoken by hand.

    drag = Drag(desktop, ["file:///tmp/a.iso"])
    drag.hold(x, y)      # over the window at x, y; True when it would take it
    drag.drop()          # True when it took it
"""

import time

from Xlib import X, Xatom, error
from Xlib.protocol import event

from tap import wait_for

TIMEOUT = 30  # seconds; a busy host may take them


class Drag:
    def __init__(self, desktop, uris, target_type="text/uri-list"):
        self.x = desktop.x
        self.root = desktop.root
        self.data = ("\r\n".join(uris) + "\r\n").encode() if target_type == "text/uri-list" \
            else "\n".join(uris).encode()
        self.type = self.x.intern_atom(target_type)
        self.window = self.root.create_window(0, 0, 1, 1, 0, X.CopyFromParent,
                                              event_mask=X.PropertyChangeMask)
        self.window.set_selection_owner(self.atom("XdndSelection"), X.CurrentTime)
        self.target = None
        self.accepted = None
        self.finished = None

    def atom(self, name):
        return self.x.intern_atom(name)

    def target_at(self, x, y):
        """The innermost window at X, Y that takes part in XDND; windows may close while one looks."""
        while True:
            try:
                return self.look_for_target(x, y)
            except (error.BadWindow, error.BadDrawable):
                pass

    def look_for_target(self, x, y):
        window, found = self.root, None
        while window:
            if window.get_full_property(self.atom("XdndAware"), Xatom.ATOM):
                found = window
            child = window.translate_coords(self.root, x, y).child if window == self.root else \
                self.child_at(window, x, y)
            window = child if child and child != X.NONE else None
        return found

    def child_at(self, window, x, y):
        origin = self.root.translate_coords(window, 0, 0)
        for child in reversed(window.query_tree().children):
            box = child.get_geometry()
            if child.get_attributes().map_state != X.IsViewable:
                continue
            left, top = origin.x + box.x, origin.y + box.y
            if left <= x < left + box.width and top <= y < top + box.height:
                return child
        return None

    def send(self, name, *words):
        message = event.ClientMessage(window=self.target, client_type=self.atom(name),
                                      data=(32, list(words) + [0] * (5 - len(words))))
        self.target.send_event(message)
        self.x.flush()

    def handle(self, e):
        if e.type == X.ClientMessage and e.client_type == self.atom("XdndStatus"):
            self.accepted = bool(e.data[1][1] & 1)
        elif e.type == X.ClientMessage and e.client_type == self.atom("XdndFinished"):
            self.finished = bool(e.data[1][1] & 1)
        elif e.type == X.SelectionRequest and e.owner == self.window:
            e.requestor.change_property(e.property, self.type, 8, self.data)
            e.requestor.send_event(event.SelectionNotify(
                time=e.time, requestor=e.requestor, selection=e.selection, target=e.target,
                property=e.property))
            self.x.flush()

    def until(self, condition, what):
        def look():
            while self.x.pending_events():
                self.handle(self.x.next_event())
            return condition()
        wait_for(look, what, TIMEOUT)

    def hold(self, x, y):
        target = self.target_at(x, y)
        if target is None:
            raise AssertionError("nothing at %d, %d takes drops" % (x, y))
        if self.target is None or target.id != self.target.id:
            self.target = target
            self.send("XdndEnter", self.window.id, 5 << 24, self.type)
        # The first answer may come before the target has made up its mind: it is asked again.
        deadline = time.monotonic() + 1.0
        while True:
            self.accepted = None
            self.send("XdndPosition", self.window.id, 0, x << 16 | y, X.CurrentTime,
                      self.atom("XdndActionCopy"))
            self.until(lambda: self.accepted is not None, "an answer to the drag")
            if self.accepted or time.monotonic() > deadline:
                return self.accepted

    def leave(self):
        self.send("XdndLeave", self.window.id)
        self.target = None

    def drop(self):
        self.finished = None
        self.send("XdndDrop", self.window.id, 0, X.CurrentTime)
        self.until(lambda: self.finished is not None, "the end of the drop")
        return self.finished
