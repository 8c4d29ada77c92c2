# SPDX-License-Identifier: GPL-2.0-or-later
"""A network card without a machine: the keeper's part of one (tests/net/net-card.c), and in the guest's place a network
namespace, whose tap "eth0" is at the other end.

    card = wire.Card("<interface type='user'>…</interface>")
    card.set("forward=tcp:2222:22")
    card.guest.run("ip address")
"""

import array
import fcntl
import os
import select
import socket
import struct
import subprocess
import threading

import host
import netns
from tap import check, wait_for

PROGRAM = os.path.join(host.BUILD, "tests/net/net-card")
TUNSETIFF, IFF_TAP, IFF_NO_PI = 0x400454ca, 2, 0x1000
DHCP = """#!/bin/sh
[ "$1" = bound ] || exit 0
ip address flush dev $interface
ip address add $ip/$mask dev $interface
ip route add default via $router
"""


class Guest:
    """The namespace NAME with a card of address MAC."""

    def __init__(self, name, mac):
        self.name, self.processes = name, []
        netns.run("ip netns add %s && ip -n %s link set lo up" % (name, name))
        with open("/proc/self/ns/net") as home, open("/run/netns/" + name) as there:
            libc = netns.libc()
            check(libc.setns(there.fileno(), 0) == 0, "setns")
            self.tap = os.open("/dev/net/tun", os.O_RDWR | os.O_CLOEXEC)
            fcntl.ioctl(self.tap, TUNSETIFF, struct.pack("16sH22x", b"eth0", IFF_TAP | IFF_NO_PI))
            check(libc.setns(home.fileno(), 0) == 0, "setns back")
        self.run("ip link set eth0 address %s mtu 1500 up" % mac)
        netns.write("/run/guest-dhcp", DHCP, 0o755)

    def popen(self, *command, **options):
        self.processes.append(subprocess.Popen(["ip", "netns", "exec", self.name, *command], **options))

    def run(self, command):
        return netns.run("ip netns exec %s %s" % (self.name, command))

    def lease(self):
        """Its address, by DHCP."""
        self.run("busybox udhcpc -n -q -f -t 20 -T 1 -i eth0 -s /run/guest-dhcp")
        return self.run("ip -4 -o address show eth0").split()[3]

    def close(self):
        netns.run("ip netns delete %s" % self.name)
        os.close(self.tap)


cards = []  # that are open


class Card:
    """ELEMENT, an <interface> whose address is MAC; the sentence when it is refused."""

    def __init__(self, element, mac="52:54:00:00:00:07", name="guest"):
        cards.append(self)
        self.socket, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.errors = open("/run/net-card.log", "w")
        self.process = subprocess.Popen([PROGRAM], stdin=theirs, stderr=self.errors)
        theirs.close()
        self.guest, self.warnings, self.refusal = None, [], ""
        self._peer, self._stop = None, os.pipe()
        self._thread = threading.Thread(target=self._relay, daemon=True)
        self.socket.send(element.encode())
        self.guest = Guest(name, mac)
        self.refusal = self._answer()
        self._thread.start()

    def _answer(self):
        while True:
            data, ancillary, _, _ = self.socket.recvmsg(8192, socket.CMSG_SPACE(16))
            for _, _, part in ancillary:
                fds = array.array("i")
                fds.frombytes(part)
                self._peer = socket.socket(fileno=fds[0])
            text = data.decode()
            check(text, "net-card has ended")
            if text == "ok":
                return ""
            if text.startswith("no: "):
                return text[4:]
            self.warnings.append(text)

    def _relay(self):
        """Frames both ways, the one behind the socket with their length in front."""
        buffer, of = b"", None
        poll = select.poll()
        poll.register(self.guest.tap, select.POLLIN)
        poll.register(self._stop[0], select.POLLIN)
        while True:
            peer = self._peer
            if peer is not of:
                if of:
                    poll.unregister(of)
                buffer, of = b"", peer
                if peer:
                    poll.register(peer, select.POLLIN)
            for fd, _ in poll.poll(20):
                if fd == self._stop[0]:
                    return
                if fd == self.guest.tap:
                    frame = os.read(fd, 65536)
                    try:
                        if peer:
                            peer.sendall(struct.pack(">I", len(frame)) + frame)
                    except OSError:
                        pass  # that one has gone
                    continue
                try:
                    data = peer.recv(65536)
                except OSError:
                    data = b""
                if not data:
                    poll.unregister(peer)
                    if self._peer is peer:
                        self._peer = None
                    of = None
                buffer += data
                while len(buffer) >= 4 and len(buffer) >= 4 + struct.unpack(">I", buffer[:4])[0]:
                    size = struct.unpack(">I", buffer[:4])[0]
                    os.write(self.guest.tap, buffer[4:4 + size])
                    buffer = buffer[4 + size:]

    def set(self, *settings):
        """The sentence with which that is refused, or nothing."""
        self.socket.send("\n".join(settings).encode())
        return self._answer()

    def passt(self):
        """The pid of the passt behind it."""
        text = netns.run("ps -o pid= -o comm= --ppid %d" % self.process.pid)
        pids = [int(line.split()[0]) for line in text.splitlines() if "passt" in line]
        check(len(pids) == 1, "there are %s" % pids)
        return pids[0]

    def close(self):
        cards.remove(self)
        os.write(self._stop[1], b"x")
        if self._thread.is_alive():
            self._thread.join()
        self.socket.close()
        self.process.wait()
        for process in self.guest.processes:
            process.kill()
            process.wait()
        self.guest.close()


def says(address, timeout=5):
    """What a TCP server at ADDRESS says when it hears something; "" when there is none."""
    try:
        with socket.create_connection(address, timeout) as s:
            s.send(b"?")  # old passts let a server speak only after that
            return s.recv(100).decode()
    except OSError:
        return ""


def listeners():
    """(protocol, port) of all that is listened on here."""
    lines = netns.run("ss -Htuln").splitlines()
    return {(line.split()[0], int(line.split()[4].rsplit(":", 1)[1])) for line in lines}


def wait_listener(protocol, port):
    wait_for(lambda: (protocol, port) in listeners(), "%s port %d is listened on" % (protocol, port))
