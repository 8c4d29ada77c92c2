# SPDX-License-Identifier: GPL-2.0-or-later
"""A VNC server that plays a film: as many pictures as its one viewer asks for, each of them whole."""

import socket
import threading

from display_servers import PIXEL_FORMAT, Vnc, picture

WIDTH, HEIGHT = 1920, 1080
N_PICTURES = 4


def stripes(n):
    """Stripes that wander: no two lines and no two pictures are the same."""
    lines = [bytes(((x + y + n * 64) & 255 for x in range(256))) * (WIDTH * 4 // 256) for y in range(256)]
    return picture(WIDTH, HEIGHT, b"".join(lines[y & 255] for y in range(HEIGHT)))


class Film(Vnc):
    """Listens at self.port of this computer until close()."""

    size = WIDTH, HEIGHT

    def __init__(self):
        self.pictures = [stripes(n) for n in range(N_PICTURES)]
        self.n_shown = 0    # pictures that a viewer has taken and asked for the next
        self.asked = threading.Condition()
        super().__init__(None)
        self.port = self.socket.getsockname()[1]

    def listen(self):
        return socket.create_server(("127.0.0.1", 0))

    def close(self):
        self.socket.close()

    def take_format(self, pixel_format):
        """All are sent the same bytes, however a viewer would like its pixels."""
        if pixel_format[:13] != PIXEL_FORMAT[:13]:
            raise AssertionError("pixels of another kind are asked for: " + pixel_format.hex())

    def show(self, connection, whole):
        with self.asked:
            self.n_shown += 1
            self.asked.notify_all()
        connection.sendall(self.pictures[self.n_shown % N_PICTURES])

    def wait_for(self, n, timeout):
        """Until N more pictures were asked for; whether they were."""
        with self.asked:
            goal = self.n_shown + n
            return self.asked.wait_for(lambda: self.n_shown >= goal, timeout)
