# SPDX-License-Identifier: GPL-2.0-or-later
"""A VNC server (RFC 6143) that plays a film: as many pictures as its one viewer asks for, each of them whole."""

import socket
import struct
import threading

WIDTH, HEIGHT = 1920, 1080
N_PICTURES = 4
SET_PIXEL_FORMAT, SET_ENCODINGS, ASK, KEY, POINTER, CUT_TEXT = 0, 2, 3, 4, 5, 6
FIXED = {SET_PIXEL_FORMAT: 19, ASK: 9, KEY: 7, POINTER: 5}   # bytes of a message behind its first
BITS, DEPTH = 32, 24
PIXEL_FORMAT = struct.pack("<BBBB", BITS, DEPTH, 0, 1) + struct.pack(">HHHBBBxxx", 255, 255, 255, 16, 8, 0)


def pictures():
    """Stripes that wander: no two lines and no two pictures are the same."""
    made = []
    for n in range(N_PICTURES):
        head = struct.pack(">BxHHHHHi", 0, 1, 0, 0, WIDTH, HEIGHT, 0)
        lines = [bytes(((x + y + n * 64) & 255 for x in range(256))) * (WIDTH * 4 // 256) for y in range(256)]
        made.append(head + b"".join(lines[y & 255] for y in range(HEIGHT)))
    return made


class Film:
    """Listens at self.port of this computer for one viewer at a time until close()."""

    def __init__(self):
        self.pictures = pictures()
        self.n_shown = 0    # pictures that a viewer has taken and asked for the next
        self.asked = threading.Condition()
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        while True:
            try:
                connection = self.socket.accept()[0]
            except OSError:
                return
            with connection, connection.makefile("rb") as words:
                try:
                    self._greet(connection, words)
                    self._play(connection, words)
                except (OSError, EOFError):
                    pass    # the viewer has gone

    def _take(self, words, size):
        data = words.read(size)
        if len(data) < size:
            raise EOFError
        return data

    def _greet(self, connection, words):
        connection.sendall(b"RFB 003.008\n")
        self._take(words, 12)
        connection.sendall(b"\1\1")    # one way in: None
        self._take(words, 1)
        connection.sendall(bytes(4))
        self._take(words, 1)
        connection.sendall(struct.pack(">HH", WIDTH, HEIGHT) + PIXEL_FORMAT + struct.pack(">I", 4) + b"film")

    def _play(self, connection, words):
        while True:
            kind = self._take(words, 1)[0]
            if kind == SET_ENCODINGS:
                self._take(words, 4 * struct.unpack(">xH", self._take(words, 3))[0])
            elif kind == CUT_TEXT:
                self._take(words, struct.unpack(">xxxI", self._take(words, 7))[0])
            elif kind in FIXED:
                self._check(kind, self._take(words, FIXED[kind]))
            else:
                raise AssertionError("a message of the unknown kind %d" % kind)
            if kind == ASK:
                with self.asked:
                    self.n_shown += 1
                    self.asked.notify_all()
                connection.sendall(self.pictures[self.n_shown % N_PICTURES])

    def _check(self, kind, rest):
        """All are sent the same bytes, however a viewer would like its pixels."""
        if kind == SET_PIXEL_FORMAT and rest[3:3 + 13] != PIXEL_FORMAT[:13]:
            raise AssertionError("pixels of another kind are asked for: " + rest.hex())

    def wait_for(self, n, timeout):
        """Until N more pictures were asked for; whether they were."""
        with self.asked:
            goal = self.n_shown + n
            return self.asked.wait_for(lambda: self.n_shown >= goal, timeout)

    def close(self):
        self.socket.close()
