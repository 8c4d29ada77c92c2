# SPDX-License-Identifier: GPL-2.0-or-later
"""An iSCSI target (tgtd, in user space) with one unit, which can go and come back."""

import os
import subprocess
import tempfile

from nbd_server import free_port
from tap import wait_for

PROGRAM = "tgtd"
NAME = "iqn.2026-01.example.vitrine:disk"
LUN = 1


class IscsiTarget:
    """Offers the raw file PATH at a port of this computer; USER: who has to say the password, a pair."""

    def __init__(self, path, read_only=False, user=None):
        self.path, self.read_only, self.user = path, read_only, user
        self.port = free_port()
        self.folder = tempfile.mkdtemp(prefix="vitrine-target-")
        # Its own door is not where another target's is.
        self.environment = dict(os.environ, TGT_IPC_SOCKET=os.path.join(self.folder, "door"))
        self.process = None
        self.start()

    @property
    def name(self):
        """What a definition calls the disk."""
        return "%s/%d" % (NAME, LUN)

    @property
    def uri(self):
        return "iscsi://127.0.0.1:%d/%s" % (self.port, self.name)

    def _run(self, *words):
        return subprocess.run(["tgtadm", "--lld", "iscsi", *words], env=self.environment, capture_output=True, text=True)

    def _do(self, *words):
        result = self._run(*words)
        assert result.returncode == 0, "tgtadm %s: %s" % (" ".join(words), result.stderr)

    def start(self):
        self.process = subprocess.Popen([PROGRAM, "-f", "--iscsi", "portal=127.0.0.1:%d" % self.port],
                                        env=self.environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_for(lambda: self._run("--mode", "system", "--op", "show").returncode == 0, "the target is there")
        unit = ("--tid", "1", "--lun", str(LUN))
        self._do("--mode", "target", "--op", "new", "--tid", "1", "-T", NAME)
        self._do("--mode", "logicalunit", "--op", "new", *unit, "-b", self.path)
        if self.read_only:
            self._do("--mode", "logicalunit", "--op", "update", *unit, "--params", "readonly=1")
        if self.user:
            self._do("--mode", "account", "--op", "new", "--user", self.user[0], "--password", self.user[1])
            self._do("--mode", "account", "--op", "bind", "--tid", "1", "--user", self.user[0])
        self._do("--mode", "target", "--op", "bind", "--tid", "1", "-I", "ALL")

    def kill(self):
        """As the worst bug would, or a pulled plug."""
        if self.process:
            self.process.kill()
            self.process.wait()
        self.process = None
        for name in os.listdir(self.folder):
            os.unlink(os.path.join(self.folder, name))

    def silence(self, signal):
        """SIGSTOP: it says nothing any more; SIGCONT: it goes on."""
        self.process.send_signal(signal)

    def close(self):
        self.kill()
        os.rmdir(self.folder)
