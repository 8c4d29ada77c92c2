# SPDX-License-Identifier: GPL-2.0-or-later
"""Waits for what is written to a file, told by inotify: no time is lost between two looks."""

import ctypes
import os
import select
import time

IN_MODIFY, IN_CLOEXEC = 2, 0o2000000
libc = ctypes.CDLL(None, use_errno=True)


class Watch:
    """Of the file at PATH, which need not be there yet; its folder must be."""

    def __init__(self, path):
        self.path = path
        self.fd = libc.inotify_init1(IN_CLOEXEC)
        if self.fd < 0 or libc.inotify_add_watch(self.fd, os.fsencode(os.path.dirname(path)), IN_MODIFY) < 0:
            raise OSError(ctypes.get_errno(), "inotify")

    def content(self):
        try:
            with open(self.path, "rb") as f:
                return f.read()
        except FileNotFoundError:
            return b""

    def wait(self, text=b"", timeout=120):
        """Returns when TEXT, or anything at all, was written: by the clock."""
        deadline = time.monotonic() + timeout
        while True:
            now = time.monotonic()
            content = self.content()
            if content and text in content:
                return now
            if not select.select([self.fd], [], [], max(deadline - now, 0))[0]:
                raise AssertionError("not in %g s in %s: %s; its end: %r" % (
                    timeout, self.path, text or "anything", content[-200:]))
            os.read(self.fd, 4096)

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        os.close(self.fd)
