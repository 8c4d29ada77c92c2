# SPDX-License-Identifier: GPL-2.0-or-later
"""As little of a VNC viewer (RFC 6143) as tells that a display is shown."""

import socket
import struct


class Viewer:
    """Connected to the socket at PATH, past the handshake; raises OSError or EOFError when that fails."""

    def __init__(self, path, timeout=30):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(timeout)
        self.socket.connect(path)
        assert self._take(12).startswith(b"RFB 003.")
        self.socket.sendall(b"RFB 003.008\n")
        kinds = self._take(self._take(1)[0])
        assert 1 in kinds, "it wants more than None: %r" % kinds
        self.socket.sendall(b"\1")
        assert self._take(4) == bytes(4), "it lets nobody in"
        self.socket.sendall(b"\1")      # others may look on
        self.width, self.height = struct.unpack(">HH", self._take(4))
        self._take(16)
        self.name = self._take(struct.unpack(">I", self._take(4))[0]).decode()

    def _take(self, n):
        data = b""
        while len(data) < n:
            more = self.socket.recv(n - len(data))
            if not more:
                raise EOFError("the server hung up")
            data += more
        return data

    def ask_for_all(self):
        """Asks for the whole picture and waits for the beginning of it."""
        self.socket.sendall(struct.pack(">BBHHHH", 3, 0, 0, 0, self.width, self.height))
        assert self._take(1) == b"\0", "no update"

    def press(self, keysym):
        for down in (1, 0):
            self.socket.sendall(struct.pack(">BBxxI", 4, down, keysym))

    def wait_hung_up(self):
        while self.socket.recv(65536):
            pass

    def close(self):
        self.socket.close()
