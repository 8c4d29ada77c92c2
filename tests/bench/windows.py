# SPDX-License-Identifier: GPL-2.0-or-later
"""Sees from the X server's side when a program's first window comes up."""

import contextlib
import select
import subprocess
import time

from processes import end
from tap import wait_for

TIMEOUT = 60
QUIET_S = 0.5  # nothing was painted for so long: all is there


def cpu_clock(pid):
    """The clock that runs while any thread of PID does, as clock_getcpuclockid(3) makes it."""
    return ~pid << 3 | 2


class Started:
    """A program whose first window is there."""

    def __init__(self, process, mapped_ms, frame_ms):
        self.process, self.mapped_ms, self.frame_ms = process, mapped_ms, frame_ms
        self.settled_ms = frame_ms  # to the last that was painted
        self.cpu_ms = time.clock_gettime(cpu_clock(process.pid)) * 1e3  # what it took for that


class Windows:
    def __init__(self, desktop):
        from Xlib import X
        from Xlib.ext import damage
        self.env, self.x, self.root = desktop.env, desktop.x, desktop.root
        self.map_type = X.MapNotify
        self.x.damage_query_version()
        self.damage_type = self.x.extension_event.DamageNotify
        self.root.change_attributes(event_mask=X.SubstructureNotifyMask)
        self.root.damage_create(damage.DamageReportRawRectangles)
        self.x.sync()

    def _next(self, process, deadline):
        """The next event, and when it came; PROCESS must not end before."""
        while not self.x.pending_events():
            if process.poll() is not None:
                raise AssertionError("%s ended with status %s" % (process.args[0], process.returncode))
            if time.monotonic() > deadline:
                raise AssertionError("no window in %d s" % TIMEOUT)
            select.select([self.x], [], [], 0.5)
        return self.x.next_event(), time.monotonic()

    def _drain(self):
        self.x.sync()
        while self.x.pending_events():
            self.x.next_event()

    def _clients(self):
        """The windows that the window manager has."""
        atom = self.x.intern_atom("_NET_CLIENT_LIST")
        found = self.root.get_full_property(atom, 0)
        return list(found.value) if found else []

    def _wait_first(self, process, start):
        """Milliseconds from START to its first window mapped, and to its first frame."""
        deadline = start + TIMEOUT
        event, mapped = self._next(process, deadline)
        while event.type != self.map_type:
            event, mapped = self._next(process, deadline)
        size = event.window.get_geometry()
        event, painted = self._next(process, deadline)
        while event.type != self.damage_type or \
                event.area.width * event.area.height * 2 < size.width * size.height:
            event, painted = self._next(process, deadline)
        return (mapped - start) * 1e3, (painted - start) * 1e3

    def _wait_settled(self, started, start):
        """Until nothing is painted any more: a first frame may be an empty one."""
        while select.select([self.x], [], [], QUIET_S)[0]:
            while self.x.pending_events():
                event, painted = self._next(started.process, start + TIMEOUT)
                if event.type == self.damage_type:
                    started.settled_ms = (painted - start) * 1e3

    def wait_painted(self, deadline):
        """When something was painted next; DEADLINE by the same clock."""
        while time.monotonic() < deadline:
            if not self.x.pending_events():
                select.select([self.x], [], [], 0.5)
            elif self.x.next_event().type == self.damage_type:
                return time.monotonic()
        raise AssertionError("nothing was painted")

    def wait_calm(self, seconds, timeout):
        """Until nothing was painted for SECONDS."""
        deadline = time.monotonic() + timeout
        self._drain()
        while select.select([self.x], [], [], seconds)[0]:
            self._drain()
            if time.monotonic() > deadline:
                raise AssertionError("it does not stop painting")

    @contextlib.contextmanager
    def started(self, command):
        """Runs COMMAND until the end of the block."""
        self._drain()
        start = time.monotonic()
        process = subprocess.Popen(command, env=self.env, stdin=subprocess.DEVNULL,
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            started = Started(process, *self._wait_first(process, start))
            self._wait_settled(started, start)
            yield started
        finally:
            end(process)
            wait_for(lambda: not self._clients(), "the window to go")
