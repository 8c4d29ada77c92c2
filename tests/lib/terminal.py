# SPDX-License-Identifier: GPL-2.0-or-later
"""vitrinectl on a terminal of its own, at which somebody sits who reads and answers."""

import os
import pty
import select
import termios
import time

import machines
from tap import check, wait_for


class Terminal:
    """`vitrinectl ARGS` as HOME's user; said: what was on the terminal so far.  PATIENCE: seconds for each step."""

    def __init__(self, home, *args, patience=machines.PATIENCE):
        self.patience = patience
        self.bytes = b""
        self.read = 0   # how much of what was said was waited for
        self.master, slave = pty.openpty()
        self.process = machines.spawn(["setsid", "--ctty", "--wait", machines.CTL, *args], env=home.environment, stdin=slave,
                                      stdout=slave, stderr=slave, **home.identity())
        os.close(slave)

    @property
    def said(self):
        return self.bytes.decode(errors="replace")

    def wait_text(self, text):
        """Until it says TEXT, after what was waited for before."""
        deadline = time.monotonic() + self.patience
        while text not in self.said[self.read:]:
            check(select.select([self.master], [], [], max(deadline - time.monotonic(), 0))[0], "it said %r" % self.said)
            try:
                self.bytes += os.read(self.master, 4096)
            except OSError:     # the last who had it open has closed it
                raise AssertionError("it ended with %r" % self.said) from None
        self.read = self.said.index(text, self.read) + len(text)

    def answer(self, text):
        """Types TEXT, unseen."""
        # What is typed before it does not show any more is thrown away.
        wait_for(lambda: not termios.tcgetattr(self.master)[3] & termios.ECHO, "the terminal shows nothing", self.patience)
        os.write(self.master, (text + "\n").encode())

    def close(self):
        """Its status, once it has ended; all that it said has been read."""
        os.set_blocking(self.master, False)
        status = self.process.wait(self.patience)
        try:
            while True:
                self.bytes += os.read(self.master, 4096)
        except OSError:
            os.close(self.master)
        return status
