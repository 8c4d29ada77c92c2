# SPDX-License-Identifier: GPL-2.0-or-later
"""The other end of tests/guest/boot-sectors/puppet.S: a guest that obeys.

    puppet = Puppet(machine)          # which boots from an image that image() made
    puppet.sync()
    puppet.out(0x604, 0x2000, 2)      # and it is off
"""

import os
import random
import select
import struct
import subprocess
import time

import host
from machines import CTL, PATIENCE, spawn

IMAGE = os.path.join(host.BUILD, "tests/guest/puppet.bin")
AUTORUN = 498
BANNER = b"puppet\n"
MARK = b"\xa5"
SECTOR, SECTOR_BYTES = 0x9000, 512  # a place of the guest's for one


def command(operation, size=0, count=0, address=0, value=0):
    return struct.pack("<cBHII", operation.encode(), size, count, address & 0xffffffff, value & 0xffffffff)


def image(size_bytes=1 << 20, autorun=None):
    """The bytes of a disk the puppet boots from; AUTORUN is a command it obeys before all else."""
    with open(IMAGE, "rb") as f:
        program = bytearray(f.read())
    if autorun:
        program[AUTORUN:AUTORUN + len(autorun)] = autorun
    return bytes(program).ljust(size_bytes, b"\0")


def text_of(word):
    """A sector that tells where it comes from."""
    return (("what a guest wrote %s " % word) * 40).encode()[:SECTOR_BYTES]


def again(old, machine, timeout):
    """A new one on MACHINE's console in place of OLD, if there is one, once the guest obeys."""
    if old:
        old.close()
    new = Puppet(machine)
    new.sync(timeout)
    return new


SATA_DRIVES = {"sata0-0-0": 0x81, "sata0-0-1": 0x82}    # alias: drive of the raw disk and of the qcow2 one


def with_disks(home, *options):
    """The machine "one" of HOME, which boots the puppet, with two SATA disks beside it: a raw and a qcow2 one."""
    boot = home.write("boot.raw", image())
    raw = home.write("data.raw", bytes(1 << 20))
    other = home.path("data.qcow2")
    subprocess.run(["qemu-img", "create", "-q", "-f", "qcow2", other, "1M"], check=True)
    return home.create("one", *options, "--disk", "path=" + boot, "--disk", "path=%s,bus=sata" % raw,
                       "--disk", "path=%s,format=qcow2,bus=sata" % other)


class Silent(Exception):
    """The guest did not answer: it hangs, or was reset."""


class Puppet:
    def __init__(self, machine):
        self.machine = machine
        self.process = spawn([CTL, "console", machine.uuid], env=machine.home.environment,
                             stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                             **machine.home.identity())
        self.received = b""

    def close(self):
        self.process.stdin.close()
        self.process.stdout.close()
        self.process.terminate()
        self.process.wait()

    def _ends(self):
        """The descriptors it is read by and written to."""
        return self.process.stdout.fileno(), self.process.stdin.fileno()

    def _has_ended(self):
        return self.process.poll() is not None

    def _receive(self, deadline):
        """Some more bytes; False at DEADLINE, or when the console was closed."""
        source = self._ends()[0]
        if not select.select([source], [], [], max(deadline - time.monotonic(), 0))[0]:
            return False
        data = os.read(source, 65536)
        self.received += data
        return bool(data)

    def sync(self, timeout=PATIENCE):
        """Until the guest obeys us; forgets what was said before, as a console repeats it to newcomers.

        While a guest boots nobody listens, and part of what is sent is lost: so we ask again.
        """
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline:
            nonce = random.getrandbits(32)
            due = b"K" + struct.pack("<I", nonce)
            self.send("e", value=nonce)
            again = min(deadline, time.monotonic() + 2)
            while due not in self.received and self._receive(again):
                pass
            if due in self.received:
                self.received = self.received[self.received.rindex(due) + len(due):]
                return
            if self._has_ended():
                break
        raise Silent("the guest does not obey; it said %r" % self.received[-200:])

    def wait_for(self, text, timeout=PATIENCE):
        """Until it says TEXT; forgets what came before."""
        deadline = time.monotonic() + timeout
        while text not in self.received:
            if not self._receive(deadline):
                raise Silent("the guest did not say %r but %r" % (text, self.received[-200:]))
        self.received = self.received[self.received.rindex(text) + len(text):]

    def wait_banner(self, timeout=PATIENCE):
        """Until it says that it has just started."""
        self.wait_for(BANNER, timeout)

    def send(self, *args, **fields):
        data = MARK + command(*args, **fields)
        while data:
            data = data[os.write(self._ends()[1], data):]

    def answer(self, timeout=PATIENCE):
        deadline = time.monotonic() + timeout
        while len(self.received) < 5:
            if not self._receive(deadline):
                raise Silent("the guest does not answer; it said %r" % self.received)
        if self.received[:1] != b"K":
            raise Silent("the guest says %r" % self.received[:200])
        value, = struct.unpack_from("<I", self.received, 1)
        self.received = self.received[5:]
        return value

    def ask(self, *args, timeout=PATIENCE, **fields):
        self.send(*args, **fields)
        return self.answer(timeout)

    def is_listening(self):
        try:
            self.sync(timeout=2)
        except (Silent, BrokenPipeError):
            return False
        return True

    # --- verbs --------------------------------------------------------------------------------

    def inp(self, port, size=1):
        return self.ask("i", size, address=port)

    def out(self, port, value, size=1):
        return self.ask("o", size, address=port, value=value)

    def read(self, address, size=4):
        return self.ask("r", size, address=address)

    def write(self, address, value, size=4):
        return self.ask("w", size, address=address, value=value)

    def config(self, bdf, register):
        self.out(0xcf8, 0x80000000 | bdf << 8 | register & 0xfc, 4)
        return self.inp(0xcfc, 4)

    def set_config(self, bdf, register, value):
        self.out(0xcf8, 0x80000000 | bdf << 8 | register & 0xfc, 4)
        self.out(0xcfc, value, 4)

    def bar(self, bdf, index):
        """Where in memory the BIOS has put it."""
        return self.config(bdf, 0x10 + 4 * index) & ~0xf

    def functions(self):
        """(vendor, device): bdf of what is on the bus."""
        found = {}
        for bdf in [slot << 3 for slot in range(32)] + [0x1f << 3 | f for f in range(1, 8)]:
            word = self.config(bdf, 0)
            if word != 0xffffffff:
                found.setdefault((word & 0xffff, word >> 16), bdf)
        return found

    def disk(self, function, sector, buffer, drive=0):
        """INT 13h; its status, 0 is good."""
        return self.ask("d", function, drive, sector, buffer)

    def write_sector(self, sector, data, drive=0x80):
        """One that the firmware writes and, if it says so, has written."""
        self.fill(SECTOR, data)
        assert self.disk(0x43, sector, SECTOR, drive) == 0, "INT 13h cannot write sector %d of %#x" % (sector, drive)

    def read_sector(self, sector, drive=0x80):
        self.fill(SECTOR, bytes(SECTOR_BYTES))
        assert self.disk(0x42, sector, SECTOR, drive) == 0, "INT 13h cannot read sector %d of %#x" % (sector, drive)
        return self.dump(SECTOR, SECTOR_BYTES)

    def fill(self, address, data):
        for i in range(0, len(data), 4):
            self.write(address + i, int.from_bytes(data[i:i + 4], "little"))

    def dump(self, address, size):
        return b"".join(self.read(address + i).to_bytes(4, "little") for i in range(0, size, 4))


class SerialPuppet(Puppet):
    """One whose serial port is at the other end of SOCK: of a machine without a keeper.

    The machine needs a display.  Without one SeaBIOS takes the port for its keyboard and, at each tick of
    the clock, takes from there what is meant for the guest.
    """

    def __init__(self, sock):
        self.sock = sock
        self.received = b""

    def close(self):
        self.sock.close()

    def _ends(self):
        return self.sock.fileno(), self.sock.fileno()

    def _has_ended(self):
        return False
