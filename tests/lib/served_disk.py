# SPDX-License-Identifier: GPL-2.0-or-later
"""A machine whose disk a server has, through the whole stack, and what holds of every such disk whatever the protocol.

    served = ServedDisk("nbd", NbdServer)           # or whatever starts a server of a file by a name
    add_tests(served)                   # the first of them makes the machine
    ...
    one, guest = served.ready()
    main(served.close)
"""

import os
import subprocess
import threading
import time

import machines
import puppet
from puppet import text_of
from tap import check, test, wait_for

BOOT = 120
SIZE = 16 << 20
DAEMON = "qemu-storage-da"  # as the kernel shortens it
AT_ONCE = 10                # seconds; less than any patience with a server


class ServedDisk:
    """The machine "one", which boots from the disk "boot" of a server; OFFER(path, name, ...) is a new one, of the protocol
    SCHEME."""

    def __init__(self, scheme, offer):
        self.scheme, self.offer = scheme, offer
        self.home = machines.Home()
        self.servers = {}
        self.one = self.guest = None

    def serve(self, name, data=None, **options):
        """A server of the file NAME.raw, with DATA in it or empty."""
        path = self.home.write(name + ".raw", data or bytes(SIZE))
        self.servers[name] = self.offer(path, name, **options)
        return self.servers[name]

    def contents(self, name, sector):
        """What is in the file behind the server NAME."""
        with open(self.home.path(name + ".raw"), "rb") as f:
            f.seek(sector * 512)
            return f.read(512)

    def source(self, uri):
        """The disk at URI, as --disk and attach have it."""
        return "%s=%s" % (self.scheme, uri)

    def connect(self, machine=None):
        self.guest = puppet.again(self.guest, machine or self.one, BOOT)

    def ready(self):
        """The machine, which runs, and its guest, which obeys."""
        if self.one.state() in ("off", "crashed"):
            self.one.start()
            self.connect()
        return self.one, self.guest

    def warned(self, *parts):
        """Whether a warning of the machine's has all PARTS."""
        return any(all(part in warning for part in parts) for warning in self.one.info()["warnings"])

    def wait_warned(self, *parts, timeout=20.0):
        wait_for(lambda: self.warned(*parts), "it is said: %s" % self.one.info()["warnings"], timeout)

    def has(self, uri):
        """Whether the machine has the disk at URI."""
        return any(d["source"] == uri for d in self.one.info()["devices"])

    def detach(self, uri):
        """Takes the disk at URI away, whatever the guest says."""
        alias = next(d["alias"] for d in self.one.info()["devices"] if d["source"] == uri)
        self.one.ctl("detach", alias, "--force")
        check(not self.has(uri), "it is still there")

    def close(self):
        self.home.close()
        for server in self.servers.values():
            server.close()


class Writing(threading.Thread):
    """Has GUEST write one sector, which is busy with that for as long as it takes."""

    def __init__(self, guest, sector, text):
        super().__init__(daemon=True)
        self.guest, self.sector, self.text, self.error = guest, sector, text, None
        self.start()

    def run(self):
        try:
            self.guest.write_sector(self.sector, self.text)
        except Exception as error:
            self.error = error

    def end(self):
        self.join(puppet.PATIENCE)
        check(not self.is_alive(), "it still waits")
        check(self.error is None, "it failed: %s" % self.error)


def sockets(*words):
    """What ss says of TCP connections, a line each."""
    return subprocess.run(["ss", "-tnH", *words], capture_output=True, text=True).stdout.splitlines()


def waiting_bytes(server):
    """How much waits to be read by SERVER, on each of its sockets."""
    return [int(line.split()[1]) for line in sockets("sport = :%d" % server.port)]


def add_tests(served):
    """Tests of what every protocol does; they leave the machine running, or off with its server there."""
    topic = "/guest/machine-%s/" % served.scheme
    home = served.home

    @test(topic + "definition-says-the-server-and-firmware-boots-from-it")
    def boots():
        server = served.serve("boot", puppet.image(SIZE))
        served.one = home.create("one", "--disk", served.source(server.uri))
        xml = served.one.definition()
        for words in 'type="network"', 'protocol="%s"' % served.scheme, 'name="127.0.0.1"', 'name="%s"' % server.name:
            check(words in xml, xml)
        served.one.start()
        served.connect()
        disk = next(d for d in served.one.info()["devices"] if d["kind"] == "disk")
        check(disk["source"] == server.uri, disk)

    @test(topic + "what-the-guest-writes-is-on-the-server")
    def writes():
        _, guest = served.ready()
        guest.write_sector(5000, text_of("served"))
        check(guest.read_sector(5000) == text_of("served"), "it reads something else")
        wait_for(lambda: served.contents("boot", 5000) == text_of("served"), "it is in the server's file")

    @test(topic + "process-behind-it-makes-no-connection-and-has-the-keepers")
    def confined():
        one, _ = served.ready()
        pid = one.child(DAEMON)
        with open("/proc/%d/status" % pid) as f:
            check("Seccomp:\t2\n" in f.read(), "it may make sockets")
        said = sockets("-p", "dport = :%d" % served.servers["boot"].port)
        check(len(said) == 1 and "pid=%d," % pid in said[0] and "pid=%d," % one.keeper() in said[0], said)

    @test(topic + "machine-of-the-same-disk-is-refused")
    def twice():
        one, _ = served.ready()
        uri = served.servers["boot"].uri
        sentence = home.refusal("create", "--name", "two", "--disk", served.source(uri))
        check("one" in sentence and uri in sentence, sentence)
        xml = one.definition().replace(one.uuid, "0e3ad3a4-0000-4000-8000-00000000abcd")
        xml = xml.replace("<name>one<", "<name>copy<")
        two = machines.Machine(home, "copy", home.ctl("define", home.write("copy.xml", xml.encode())).strip())
        sentence = two.refusal("start")
        check("in use by the machine “one”" in sentence, sentence)
        two.ctl("undefine")

    @test(topic + "server-that-is-killed-has-the-guest-wait-and-nothing-is-lost")
    def killed():
        one, guest = served.ready()
        server = served.servers["boot"]
        for n in range(3):
            guest.write_sector(6000 + n, text_of("before %d" % n))
            server.kill()
            writing = Writing(guest, 7000 + n, text_of("while it is away %d" % n))
            served.wait_warned("away", "waits")
            check(writing.is_alive(), "it was told that it is written")
            check(one.state() == "running", one.state())
            server.start()
            writing.end()
            for sector, text in (6000 + n, "before %d" % n), (7000 + n, "while it is away %d" % n):
                check(guest.read_sector(sector) == text_of(text), "sector %d is lost" % sector)
        served.wait_warned("is there again")
        check(not served.warned("waits"), one.info()["warnings"])

    @test(topic + "process-that-is-killed-gets-another-connection")
    def process_killed():
        one, guest = served.ready()
        guest.write_sector(6100, text_of("one"))
        pid = one.child(DAEMON)
        os.kill(pid, 9)
        guest.write_sector(6101, text_of("two"))
        check(one.child(DAEMON) not in (None, pid), "it lives on")
        check(guest.read_sector(6100) == text_of("one"), "it is lost")

    @test(topic + "machine-pauses-and-is-switched-off-without-its-server")
    def off_without():
        one, _ = served.ready()
        served.servers["boot"].kill()
        served.wait_warned("away")
        one.ctl("pause")
        check(one.state() == "paused", one.state())
        one.ctl("resume")
        start = time.monotonic()
        one.power_off()
        check(time.monotonic() - start < AT_ONCE, "it took %g s" % (time.monotonic() - start))
        check(home.remains() == [], "left behind: %s" % home.remains())

    @test(topic + "server-that-is-not-there-at-the-start-is-one-sentence")
    def not_there():
        one, server = served.one, served.servers["boot"]
        if one.state() == "running":
            one.power_off()
        server.kill()
        sentence = one.refusal("start")
        check(server.uri in sentence and "cannot be reached" in sentence and "\n" not in sentence, sentence)
        check(one.state() == "off" and home.remains() == [], "left: %s" % home.remains())
        server.start()
        served.ready()
