#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What a guest was told is on its disk is there, whoever is killed at whatever moment.

So many rounds (VITRINE_ROUNDS, 100) over raw, qcow2, qcow2 on a base, VMDK, VDI, VHDX and an NBD server: the guest writes
sectors, each followed by a flush of the drive, and tells of each that the drive said it was done; at a random moment the
VMM, the process behind the disk, the keeper or the server, in turn, is killed with SIGKILL.  Then each sector on the disk
must be what was acknowledged for it last, or what was on its way just then, and the image without a contradiction.
"""

import collections
import json
import os
import random
import signal
import struct
import subprocess
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))
import host
import machines
import puppet
from nbd_server import NbdServer
from tap import check, main, test, wait_for

host.need_kvm(__file__)
host.need_programs("qemu-img", "qemu-nbd", "qemu-storage-daemon")

ROUNDS = int(os.environ.get("VITRINE_ROUNDS", "100"))
SEED = int(os.environ.get("VITRINE_SEED", "0")) or random.getrandbits(32)
BOOT = 240
SIZE = 64 << 20
FIRST, STRIDE, SECTORS = 2048, 37, (SIZE >> 9) - 2048     # a few of them in each cluster of an image
LONGEST = 1.2           # seconds of writing before somebody dies
DAEMON = "qemu-storage-da"
AHCI = 0x1f << 3 | 2
BUFFER = 0x9000
TRIES = 1000            # looks at a command that the drive has
FIS_FLUSH, HEADER_FLUSH = 0x00ea8027, 5     # FLUSH CACHE EXT, from the host, five words of it

chance = random.Random(SEED)
home = machines.Home()
counts = collections.Counter()
acknowledged = 0
servers = []


class Disk:
    """One of a machine's, on port PORT of its controller; what is known of each of its sectors."""

    def __init__(self, name, image_format, port, path, victims):
        self.name, self.format, self.port, self.path = name, image_format, port, path
        self.drive, self.victims = 0x81 + port, victims
        self.known, self.flying = {}, None      # sector: number; (sector, number)
        self.machine = None

    def contents(self):
        """Its bytes, as a plain file."""
        if self.format == "raw":
            return self.path
        out = home.path("out.raw")
        subprocess.run(["qemu-img", "convert", "-f", self.format, "-O", "raw", self.path, out], check=True)
        return out

    def verify(self):
        if self.format != "raw":
            said = json.loads(subprocess.run(["qemu-img", "check", "--output=json", "-f", self.format, self.path],
                                             capture_output=True, text=True).stdout)
            check(not said.get("corruptions") and not said["check-errors"], "%s: %s" % (self.name, said))
            counts["leaks"] = max(counts["leaks"], said.get("leaks", 0))
        maybe = dict([self.flying]) if self.flying else {}
        with open(self.contents(), "rb") as f:
            for sector, number in self.known.items():
                f.seek(sector * 512)
                found, = struct.unpack("<I", f.read(4))
                check(found in (number, maybe.get(sector)),
                      "%s: sector %d has %d, and %d was acknowledged" % (self.name, sector, found, number))
        if self.flying:
            self.known.pop(self.flying[0], None)    # either of both may be read from now on


class Guest:
    """A machine with some disks beside the one it boots from."""

    def __init__(self, name, disks, sources):
        boot = home.write(name + "-boot.raw", puppet.image(1 << 20))
        arguments = ["--disk", "path=" + boot]
        for disk, source in zip(disks, sources):
            arguments += ["--disk", source + ",bus=sata"]
            disk.machine = self
        self.machine, self.disks, self.puppet = home.create(name, *arguments), disks, None

    def ready(self):
        if self.machine.state() in ("off", "crashed"):
            self.machine.start()
            self.puppet = puppet.again(self.puppet, self.machine, BOOT)
            self.ahci = self.puppet.bar(AHCI, 5)

    def flush(self, port):
        """The command that SeaBIOS does not know, in the place of the last one that it made."""
        base = self.ahci + 0x100 + 0x80 * port
        header = self.puppet.read(base)
        table = self.puppet.read(header + 8)
        self.puppet.write(table, FIS_FLUSH)
        self.puppet.write(header, HEADER_FLUSH)
        self.puppet.write(base + 0x10, 0xffffffff)
        self.puppet.write(base + 0x38, 1)
        for _ in range(TRIES):
            if not self.puppet.read(base + 0x38) & 1:
                return self.puppet.read(base + 0x20) & 0x81 == 0
        return False

    def write(self, disk, number):
        """TRUE when the drive says that it is written, and flushed."""
        sector = FIRST + number * STRIDE % SECTORS
        disk.flying = sector, number
        self.puppet.write(BUFFER, number)
        if self.puppet.disk(0x43, sector, BUFFER, disk.drive) != 0 or not self.flush(disk.port):
            return False
        disk.known[sector], disk.flying = number, None
        return True

    def pids(self, victim):
        if victim == "keeper":
            return [self.machine.keeper()]
        if victim == "vmm":
            return [self.machine.vmm()]
        keeper = self.machine.keeper()
        return [pid for pid, (parent, name, state) in machines.process_table().items()
                if parent == keeper and name == DAEMON and state != "Z"]

    def verify(self):
        """Off, however it is now, and looked at."""
        if self.machine.state() not in ("off", "crashed"):
            self.machine.power_off()
        try:
            self.puppet.close()
        except BrokenPipeError:
            pass    # what it was to be told still
        self.puppet = None
        for disk in self.disks:
            disk.verify()


def kill(guest, victim, server):
    if victim == "server":
        server.kill()
        server.start()
        return
    for pid in guest.pids(victim):
        os.kill(pid, signal.SIGKILL)


class Killer(threading.Thread):
    def __init__(self, *arguments):
        super().__init__()
        self.arguments, self.delay_s, self.error = arguments, chance.uniform(0.05, LONGEST), None
        self.start()

    def run(self):
        time.sleep(self.delay_s)    # the random moment
        try:
            kill(*self.arguments)
        except Exception as error:
            self.error = error


def write_until_death(guest, disk, killer, number):
    """Writes, and some more when what was killed is not missed; the next number."""
    global acknowledged
    more = 5
    try:
        while killer.is_alive() or more:
            more -= not killer.is_alive()
            check(guest.write(disk, number), "%s: the drive says that it cannot write" % disk.name)
            number += 1
            acknowledged += 1
    except (puppet.Silent, OSError):
        pass
    killer.join()
    check(killer.error is None, "nobody was killed: %s" % killer.error)
    return number + 1


def wait_for_deaths(guest, victim):
    if victim == "vmm":
        guest.machine.wait("crashed", "off")
    elif victim == "keeper":
        wait_for(lambda: not any(guest.machine.runtime in " ".join(machines.arguments_of(pid)) or name == "vitrine-vmm"
                                 and parent == 1 for pid, (parent, name, _) in machines.process_table().items()),
                 "what it had started has ended", timeout=60)


def make_image(name, image_format, *options):
    path = home.path(name + ".img")
    subprocess.run(["qemu-img", "create", "-q", "-f", image_format, *options, path, *([] if "-b" in options else [str(SIZE)])],
                   check=True)
    return path


@test("/guest/killed/what-was-acknowledged-is-on-the-disk-whoever-is-killed")
def rounds():
    print("# %d rounds, VITRINE_SEED=%d" % (ROUNDS, SEED))
    base = home.write("base.raw", b"base" * (SIZE // 4))
    server = NbdServer(home.write("nbd.raw", bytes(SIZE)), "disk")
    servers.append(server)
    all_victims = ["vmm", "daemon", "keeper"]
    images = [Disk(name, image_format, port, make_image(name, image_format, *options), all_victims)
              for port, (name, image_format, options) in enumerate([
                  ("qcow2", "qcow2", []), ("based", "qcow2", ["-b", base, "-F", "raw"]), ("vmdk", "vmdk", []),
                  ("vdi", "vdi", []), ("vhdx", "vhdx", [])])]
    plain = [Disk("raw", "raw", 0, home.write("plain.raw", bytes(SIZE)), ["vmm", "keeper"]),
             Disk("nbd", "raw", 1, server.path, all_victims + ["server"])]
    guests = [Guest("images", images, ["path=%s,format=%s" % (d.path, d.format) for d in images]),
              Guest("plain", plain, ["path=" + plain[0].path, "nbd=" + server.uri])]
    disks, number = images + plain, 1
    begin = time.monotonic()
    for n in range(ROUNDS):
        disk = disks[n % len(disks)]
        victim = disk.victims[n // len(disks) % len(disk.victims)]
        guest = disk.machine
        guest.ready()
        number = write_until_death(guest, disk, Killer(guest, victim, server), number)
        counts[disk.name, victim] += 1
        if victim in ("daemon", "server"):      # which the guest is not to notice
            check(guest.machine.state() == "running" and guest.puppet.is_listening(), "%s: the guest is gone" % disk.name)
            continue
        wait_for_deaths(guest, victim)
        guest.verify()
    for guest in guests:
        guest.ready()       # from what the last death left
        guest.verify()
    print("# %d rounds in %.0f s, %d acknowledged writes; at most %d leaked clusters" % (
        ROUNDS, time.monotonic() - begin, acknowledged, counts.pop("leaks", 0)))
    for key in sorted(counts):
        print("# %s, %s killed: %d" % (*key, counts[key]))


def close():
    home.close()
    for server in servers:
        server.kill()


main(close)
