# SPDX-License-Identifier: GPL-2.0-or-later
"""A VNC viewer that looks once and stays: so much of RFC 6143 as memory is measured with."""

import socket
import struct

RAW, DESKTOP_SIZE = 0, -223
UPDATE, BELL, CUT_TEXT = 0, 2, 3


class Viewer:
    def __init__(self, path):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(60)
        try:
            self.sock.connect(path)
            self._greet()
        except BaseException:
            self.close()
            raise

    def _read(self, size):
        data = b""
        while len(data) < size:
            more = self.sock.recv(size - len(data))
            if not more:
                raise AssertionError("the VNC server hung up")
            data += more
        return data

    def _unpack(self, layout):
        return struct.unpack(layout, self._read(struct.calcsize(layout)))

    def _greet(self):
        self._read(12)
        self.sock.sendall(b"RFB 003.008\n")
        kinds = self._read(self._read(1)[0])
        if 1 not in kinds:
            raise AssertionError("the VNC server wants a password")
        self.sock.sendall(b"\1")
        if self._unpack(">I") != (0,):
            raise AssertionError("the VNC server lets nobody in")
        self.sock.sendall(b"\1")
        self.width, self.height, bits, *_, length = self._unpack(">HHBBBBHHHBBB3xI")
        self._read(length)
        self.pixel_bytes = bits // 8
        self.sock.sendall(struct.pack(">BxHii", 2, 2, RAW, DESKTOP_SIZE))

    def look(self):
        """Asks for the whole picture and takes it."""
        self.sock.sendall(struct.pack(">BBHHHH", 3, 0, 0, 0, self.width, self.height))
        while True:
            kind = self._read(1)[0]
            if kind == CUT_TEXT:
                self._read(self._unpack(">3xI")[0])
            elif kind == UPDATE:
                self._take_update()
                return
            elif kind != BELL:
                raise AssertionError("the VNC server said %d" % kind)

    def _take_update(self):
        for _ in range(self._unpack(">xH")[0]):
            _, _, width, height, encoding = self._unpack(">HHHHi")
            if encoding == RAW:
                self._read(width * height * self.pixel_bytes)
            elif encoding == DESKTOP_SIZE:
                self.width, self.height = width, height

    def close(self):
        self.sock.close()
