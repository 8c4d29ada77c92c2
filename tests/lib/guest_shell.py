# SPDX-License-Identifier: GPL-2.0-or-later
"""A shell on a guest's serial port, whatever machine that guest runs in.

Commands run one after the other in busybox's shell; variables and background jobs live on.
"""

import random
import select
import time

ANSWER = 120
READY = "SHELL READY"

# Commands come a line each, with a word of the asker's choice before them, and go on as they are.
SHELL = r"""
stty -echo -onlcr 2>/dev/null
echo "SHELL READY"
while read -r word command; do
  eval "$command" </dev/null 2>&1
  echo "$word $?"
done
"""


class Failed(AssertionError):
    def __init__(self, command, status, output):
        super().__init__("in the guest: %s: status %s: %s" % (command, status, output[-2000:]))
        self.status, self.output = status, output


class Shell:
    """What machines have in common; SERIAL is a socket, the other end of which is the guest's first serial port."""

    def __init__(self, serial):
        self.serial = serial
        self.text = ""

    def take_events(self):
        """What the machine itself may have said."""

    def has_ended(self):
        """Whether nothing more will come."""
        return False

    def _read(self, timeout):
        self.take_events()
        if not select.select([self.serial], [], [], max(timeout, 0))[0]:
            return False
        data = self.serial.recv(65536).decode(errors="replace")
        self.text += data.replace("\r", "")
        return bool(data)

    def wait_text(self, text, timeout):
        """What came before TEXT; it and all before it is forgotten."""
        deadline = time.monotonic() + timeout
        while text not in self.text:
            if not self._read(min(1, deadline - time.monotonic())):
                if time.monotonic() > deadline or self.has_ended():
                    raise AssertionError("the guest did not say %r; it said:\n%s" % (text, self.text[-3000:]))
        before, _, self.text = self.text.partition(text)
        return before

    def start(self, command):
        """Sends COMMAND; finish() waits for its end."""
        word = "END-%08x" % random.getrandbits(32)
        self.serial.sendall(("%s %s\n" % (word, command.replace("\n", "; "))).encode())
        return word, command

    def finish(self, started, timeout=ANSWER):
        word, command = started
        output = self.wait_text(word, timeout)
        status = self.wait_text("\n", timeout).strip()
        if status != "0":
            raise Failed(command, status, output)
        return output.strip("\n")

    def sh(self, command, timeout=ANSWER):
        """What COMMAND prints; Failed when its status is not 0."""
        return self.finish(self.start(command), timeout)

    def succeeds(self, command, timeout=ANSWER):
        try:
            self.sh(command, timeout)
        except Failed:
            return False
        return True

    def wait_sh(self, command, timeout=ANSWER):
        """Runs COMMAND again and again until its status is 0; what it printed then."""
        deadline = time.monotonic() + timeout
        while True:
            try:
                return self.sh(command, timeout)
            except Failed as failed:
                if time.monotonic() > deadline:
                    raise AssertionError("not in %g s: %s" % (timeout, failed))
