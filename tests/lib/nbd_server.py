# SPDX-License-Identifier: GPL-2.0-or-later
"""qemu-nbd with one export, which can go and come back."""

import os
import socket
import subprocess

from tap import wait_for

PROGRAM = "qemu-nbd"


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class NbdServer:
    """Offers the raw file PATH as EXPORT, at a port of this computer or, with SOCKET, there."""

    def __init__(self, path, export="disk", socket_path=None, read_only=False):
        self.path, self.export, self.socket_path, self.read_only = path, export, socket_path, read_only
        self.port = None if socket_path else free_port()
        self.process = None
        self.start()

    @property
    def name(self):
        """What a definition calls the disk."""
        return self.export

    @property
    def uri(self):
        if self.socket_path:
            return "nbd+unix:///%s?socket=%s" % (self.export, self.socket_path)
        return "nbd://127.0.0.1:%d/%s" % (self.port, self.export)

    def start(self):
        where = ["-k", self.socket_path] if self.socket_path else ["-b", "127.0.0.1", "-p", str(self.port)]
        self.process = subprocess.Popen([PROGRAM, "-t", "-e", "8", "-f", "raw", "-x", self.export, "--discard=unmap",
                                         *(["-r"] if self.read_only else []), *where, self.path])
        wait_for(self.listens, "the server listens")

    def listens(self):
        with socket.socket(socket.AF_UNIX if self.socket_path else socket.AF_INET) as s:
            try:
                s.connect(self.socket_path or ("127.0.0.1", self.port))
            except OSError:
                return False
            return len(s.recv(8)) == 8

    def kill(self):
        """As the worst bug would, or a pulled plug."""
        if self.process:
            self.process.kill()
            self.process.wait()
        self.process = None
        if self.socket_path and os.path.exists(self.socket_path):
            os.unlink(self.socket_path)

    def close(self):
        self.kill()

    def silence(self, signal):
        """SIGSTOP: it says nothing any more; SIGCONT: it goes on."""
        self.process.send_signal(signal)
