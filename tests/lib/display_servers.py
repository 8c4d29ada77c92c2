# SPDX-License-Identifier: GPL-2.0-or-later
"""Display servers of the test's own, for a fake machine's display-server=PROTOCOL|PATH.

Spice and OwnVnc are the real vitrine-spice and vitrine-vnc, with the test as their keeper, as the VMM that draws and as
the guest's agent; Vnc is a server that only speaks of clipboards and lock keys.
"""

import array
import fcntl
import os
import socket
import struct
import subprocess
import threading
import time

from host import BUILD
from ui_desktop import die_with_parent

WIDTH, HEIGHT = 320, 200


class Server:
    """Listens at PATH and calls take(connection) in a thread for each viewer; came: when each did; size: of its picture."""

    size = WIDTH, HEIGHT

    def __init__(self, path):
        self.path = path
        self.came = []
        self.socket = self.listen()
        threading.Thread(target=self._accept, daemon=True).start()

    def listen(self):
        """The socket at which viewers come."""
        sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        sock.bind(self.path)
        sock.listen(16)
        return sock

    def _accept(self):
        while True:
            try:
                connection = self.socket.accept()[0]
            except OSError:
                return
            self.came.append(time.monotonic())
            self.take(connection)

    def close(self):
        self.socket.close()
        os.unlink(self.path)


# --- SPICE: base/remote-protocol.h, base/display-protocol.h ----------------------------------------

REMOTE_DISPLAY, REMOTE_CLIENT, REMOTE_AGENT, VERSION = 1, 2, 3, 1
HELLO, SCANOUT, DAMAGE, XRGB8888 = 1, 2, 3, 0x34325258

# spice/vd_agent.h
ANNOUNCE, GRAB, REQUEST, CLIPBOARD, RELEASE = 6, 7, 8, 4, 9
FILE_START, FILE_STATUS, FILE_DATA = 10, 11, 12
CAN_SEND, CANCELLED, FAILED, SUCCESS, NO_SPACE = range(5)
CAP_BY_DEMAND, CAP_SELECTION = 5, 6
TEXT = 1


def send(sock, data, *fds):
    ancillary = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", fds))] if fds else []
    sock.sendmsg([data], ancillary)


class Spice(Server):
    """vitrine-spice, which shows PICTURE (width, height, its pixels as XRGB8888) or a plain one; start() again after
    kill()."""

    PROGRAM, HAS_AGENT = "vitrine-spice", True

    def __init__(self, path, picture=None):
        self.picture = picture or (WIDTH, HEIGHT, struct.pack("=I", 0x3465a4) * (WIDTH * HEIGHT))
        self.size = self.picture[:2]
        self.process = None
        self.lock = threading.Lock()
        self.start()
        super().__init__(path)

    def start(self):
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with self.lock:
            self.control = ours
            self.process = subprocess.Popen([os.path.join(BUILD, "src/remote", self.PROGRAM)], stdin=subprocess.DEVNULL,
                                            preexec_fn=lambda: (die_with_parent(), os.dup2(theirs.fileno(), 3)),
                                            pass_fds=[3])
            theirs.close()
            self._show()
            self.agent = Agent(self._socket(REMOTE_AGENT)) if self.HAS_AGENT else None

    def _socket(self, kind, tail=b"", family=socket.SOCK_STREAM):
        """The other end of the socket that comes with a message of KIND."""
        ours, theirs = socket.socketpair(socket.AF_UNIX, family)
        send(self.control, struct.pack("=HHI", kind, VERSION, 8 + len(tail)) + tail, theirs.fileno())
        theirs.close()
        return ours

    def _show(self):
        self.display = self._socket(REMOTE_DISPLAY, b"test".ljust(64, b"\0"), socket.SOCK_SEQPACKET)
        send(self.display, struct.pack("=III", HELLO, 1, 1))
        width, height, pixels = self.picture
        memory = os.memfd_create("picture", os.MFD_ALLOW_SEALING)
        os.write(memory, pixels)
        fcntl.fcntl(memory, fcntl.F_ADD_SEALS, fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW)
        send(self.display, struct.pack("=IIIIIIQ", SCANOUT, width, height, width * 4, XRGB8888, 0, 0), memory)
        os.close(memory)
        self.draw()

    def draw(self, times=1):
        """The guest draws its picture TIMES anew."""
        for _ in range(times):
            send(self.display, struct.pack("=IIIII", DAMAGE, 0, 0, *self.size))

    def take(self, connection):
        """As a keeper does with a viewer, who waits while there is no server."""
        with connection, self.lock:
            try:
                send(self.control, struct.pack("=HHI", REMOTE_CLIENT, VERSION, 8), connection.fileno())
            except OSError:
                pass

    def kill(self):
        self.process.kill()
        self.process.wait()
        self.control.close()

    def close(self):
        super().close()
        self.kill()


class OwnVnc(Spice):
    """vitrine-vnc, the same way."""

    PROGRAM, HAS_AGENT = "vitrine-vnc", False


class Agent:
    """The guest's agent, at its port SOCKET: says what it has copied, asks for what was copied outside, and takes
    files.  start_answer: what it says to one that is to come."""

    def __init__(self, sock):
        self.start_answer = CAN_SEND
        self.files = {}  # number: [name, size, bytes, whether it was cancelled]
        self.socket = sock
        self.heard = []  # (type, payload)
        self.go_on = threading.Event()  # cleared: it reads nothing, as a guest that is busy
        self.go_on.set()
        self.data = b""
        self.text = None  # what the guest has on its clipboard
        threading.Thread(target=self._read, daemon=True).start()
        self.announce(True)

    def announce(self, ask):
        self.say(ANNOUNCE, struct.pack("=II", ask, 1 << CAP_BY_DEMAND | 1 << CAP_SELECTION))

    def say(self, kind, payload=b""):
        message = struct.pack("=IIQI", 1, kind, 0, len(payload)) + payload
        self.socket.sendall(struct.pack("=II", 1, len(message)) + message)

    def copy(self, text):
        """The guest's user copies TEXT."""
        self.text = text
        self.say(GRAB, struct.pack("=BBBBI", 0, 0, 0, 0, TEXT))

    def paste(self):
        """The guest's user pastes: what was copied outside is asked for."""
        self.heard = [one for one in self.heard if one[0] != CLIPBOARD]
        self.say(REQUEST, struct.pack("=BBBBI", 0, 0, 0, 0, TEXT))

    def heard_of(self, kind):
        return [payload for one, payload in list(self.heard) if one == kind]

    def offered(self):
        """Whether the outside has told, last, that it has text."""
        last = [one for one, _ in list(self.heard) if one in (GRAB, RELEASE)]
        return bool(last) and last[-1] == GRAB

    def pasted(self):
        """What came of paste(): text, "" for no answer with any, None while there is none."""
        answers = self.heard_of(CLIPBOARD)
        return answers[-1][8:].decode() if answers else None

    def _file(self, kind, payload):
        number = struct.unpack_from("=I", payload)[0]
        if kind == FILE_START:
            lines = dict(line.split("=", 1) for line in payload[4:].rstrip(b"\0").decode().splitlines() if "=" in line)
            self.files[number] = [lines["name"], int(lines["size"]), bytearray(), False]
            self.answer_file(number, self.start_answer)
        elif kind == FILE_DATA:
            one = self.files[number]
            one[2] += payload[12:]
            if len(one[2]) == one[1]:
                self.answer_file(number, SUCCESS)
        elif struct.unpack_from("=II", payload)[1] == CANCELLED:
            self.files[number][3] = True

    def answer_file(self, number, status):
        self.say(FILE_STATUS, struct.pack("=II", number, status))

    def _read(self):
        stream = b""
        while True:
            self.go_on.wait()
            try:
                more = self.socket.recv(65536)
            except OSError:
                return
            if not more:
                return
            stream += more
            while len(stream) >= 8 and len(stream) >= 8 + struct.unpack_from("=I", stream, 4)[0]:
                size = struct.unpack_from("=I", stream, 4)[0]
                self.data += stream[8:8 + size]
                stream = stream[8 + size:]
                self._take()

    def _take(self):
        while len(self.data) >= 20:
            _, kind, _, size = struct.unpack_from("=IIQI", self.data)
            if len(self.data) < 20 + size:
                return
            payload, self.data = self.data[20:20 + size], self.data[20 + size:]
            if kind != FILE_DATA:
                self.heard.append((kind, payload))
            if kind == ANNOUNCE and struct.unpack_from("=I", payload)[0]:
                self.announce(False)
            elif kind in (FILE_START, FILE_DATA, FILE_STATUS):
                self._file(kind, payload)
            elif kind == REQUEST:  # somebody pastes outside
                self.say(CLIPBOARD, struct.pack("=BBBBI", 0, 0, 0, 0, TEXT) + (self.text or "").encode())


# --- VNC: RFC 6143, and QEMU's pseudo-encoding for lock keys ---------------------------------------

LED_STATE = -261


# RFC 6143, 7.4: 32 bits, of which 24 are XRGB, little endian.
PIXEL_FORMAT = struct.pack("<BBBB", 32, 24, 0, 1) + struct.pack(">HHHBBBxxx", 255, 255, 255, 16, 8, 0)


def picture(width, height, pixels):
    """An update with one picture in it, raw."""
    return struct.pack(">BxHHHHHi", 0, 1, 0, 0, width, height, 0) + pixels


class Vnc(Server):
    """One viewer at a time.  cut: what it was told; say() tells it something."""

    def __init__(self, path):
        self.cut = []
        self.viewer = None
        self.encodings = []
        super().__init__(path)

    def take(self, connection):
        threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _exactly(self, connection, n):
        data = b""
        while len(data) < n:
            more = connection.recv(n - len(data))
            if not more:
                raise OSError("gone")
            data += more
        return data

    def _greet(self, connection):
        connection.sendall(b"RFB 003.008\n")
        self._exactly(connection, 12)
        connection.sendall(b"\1\1")
        self._exactly(connection, 1)
        connection.sendall(struct.pack(">I", 0))
        self._exactly(connection, 1)
        connection.sendall(struct.pack(">HH", *self.size) + PIXEL_FORMAT + struct.pack(">I", 4) + b"test")

    def _serve(self, connection):
        try:
            self._greet(connection)
            self.viewer = connection
            while True:
                self._message(connection)
        except OSError:
            pass

    def _message(self, connection):
        kind = self._exactly(connection, 1)[0]
        if kind == 0:
            self.take_format(self._exactly(connection, 19)[3:])
        elif kind == 2:
            number = struct.unpack(">xH", self._exactly(connection, 3))[0]
            self.encodings = struct.unpack(">%di" % number, self._exactly(connection, 4 * number))
        elif kind == 3:
            self.show(connection, self._exactly(connection, 9)[0] == 0)
        elif kind == 4:
            self._exactly(connection, 7)
        elif kind == 5:
            self._exactly(connection, 5)
        elif kind == 6:
            size = struct.unpack(">xxxi", self._exactly(connection, 7))[0]
            self.cut.append(self._exactly(connection, abs(size)).decode("latin-1"))
        else:
            raise OSError("message %d" % kind)

    def take_format(self, pixel_format):
        """The viewer would like its pixels so."""

    def show(self, connection, whole):
        """The viewer asks for the picture, or for what has changed in it."""
        if whole:
            connection.sendall(picture(*self.size, b"\x40\x80\x40\0" * (self.size[0] * self.size[1])))

    def say(self, text):
        data = text.encode("latin-1")
        self.viewer.sendall(struct.pack(">BxxxI", 3, len(data)) + data)

    def light(self, leds):
        self.viewer.sendall(struct.pack(">BxHHHHHi", 0, 1, 0, 0, 1, 1, LED_STATE) + bytes([leds]))
