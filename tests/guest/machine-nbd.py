#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Disks that an NBD server has, through the whole stack: vitrinectl, keeper, qemu-storage-daemon, VMM, SeaBIOS and a
guest that obeys; servers that are not there, that go, and that come back."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))
import host
import machines
import puppet
from nbd_server import NbdServer
from puppet import text_of
from tap import check, main, test, wait_for

host.need_kvm(__file__)
host.need_programs("qemu-nbd", "qemu-storage-daemon")

BOOT = 120
SIZE = 16 << 20
DAEMON = "qemu-storage-da"  # as the kernel shortens it
AT_ONCE = 10            # seconds; less than any patience with a server

home = machines.Home()
one = None
guest = None
servers = {}


def serve(name, data=None, **options):
    servers[name] = NbdServer(home.write(name + ".raw", data or bytes(SIZE)), name, **options)
    return servers[name]


def contents(name, sector):
    with open(home.path(name + ".raw"), "rb") as f:
        f.seek(sector * 512)
        return f.read(512)


def connect(machine=None):
    global guest
    guest = puppet.again(guest, machine or one, BOOT)


def ready():
    if one.state() in ("off", "crashed"):
        one.start()
        connect()


def warnings():
    return one.info()["warnings"]


class Writing(threading.Thread):
    """Writes one sector; the guest is busy with that for as long as it takes."""

    def __init__(self, sector, text, drive=0x80):
        super().__init__(daemon=True)
        self.arguments, self.error = (sector, text, drive), None
        self.start()

    def run(self):
        try:
            guest.write_sector(*self.arguments)
        except Exception as error:
            self.error = error

    def end(self):
        self.join(puppet.PATIENCE)
        check(not self.is_alive(), "it still waits")
        check(self.error is None, "it failed: %s" % self.error)


@test("/guest/machine-nbd/definition-says-the-server-and-firmware-boots-from-it")
def boots():
    global one
    serve("boot", puppet.image(SIZE))
    one = home.create("one", "--disk", "nbd=" + servers["boot"].uri)
    with open(os.path.join(one.folder, "machine.xml")) as f:
        xml = f.read()
    check('type="network"' in xml and 'protocol="nbd"' in xml and 'name="127.0.0.1"' in xml, xml)
    one.start()
    connect()
    disk = next(d for d in one.info()["devices"] if d["kind"] == "disk")
    check(disk["source"] == servers["boot"].uri, disk)


@test("/guest/machine-nbd/what-the-guest-writes-is-on-the-server")
def writes():
    ready()
    guest.write_sector(5000, text_of("nbd"))
    check(guest.read_sector(5000) == text_of("nbd"), "it reads something else")
    wait_for(lambda: contents("boot", 5000) == text_of("nbd"), "it is in the server's file")


@test("/guest/machine-nbd/process-behind-it-makes-no-connection-and-has-one")
def confined():
    ready()
    pid = one.child(DAEMON)
    with open("/proc/%d/status" % pid) as f:
        check("Seccomp:\t2\n" in f.read(), "it may make sockets")
    said = subprocess.run(["ss", "-tnpH", "dport = :%d" % servers["boot"].port], capture_output=True, text=True).stdout
    check("pid=%d," % pid in said and "pid=%d," % one.keeper() in said, said)
    check(said.count("\n") == 1, said)


@test("/guest/machine-nbd/machine-that-is-the-same-servers-is-refused")
def twice():
    ready()
    sentence = home.refusal("create", "--name", "two", "--disk", "nbd=" + servers["boot"].uri)
    check("one" in sentence and servers["boot"].uri in sentence, sentence)
    with open(os.path.join(one.folder, "machine.xml")) as f:
        xml = f.read()
    xml = xml.replace(one.uuid, "0e3ad3a4-0000-4000-8000-00000000abcd").replace("<name>one<", "<name>copy<")
    two = machines.Machine(home, "copy", home.ctl("define", home.write("copy.xml", xml.encode())).strip())
    sentence = two.refusal("start")
    check("in use by the machine “one”" in sentence, sentence)
    two.ctl("undefine")


@test("/guest/machine-nbd/what-a-server-decides-is-refused-in-a-sentence")
def refused():
    ready()
    sentence = home.refusal("snapshot", "create", one.uuid, "x")
    check("server" in sentence, sentence)
    check("server" in one.refusal("resize", "virtio-disk0", "32M"), "it is resized")
    one.power_off()
    sentence = home.refusal("snapshot", "create", one.uuid, "x")
    check("server" in sentence, sentence)
    check("server" in one.refusal("clone", "another"), "it is cloned")
    check("server" in one.refusal("resize", "virtio-disk0", "32M"), "it is resized")
    sentence = one.refusal("start", "--disposable")
    check("read-only" in sentence, sentence)


@test("/guest/machine-nbd/server-that-is-killed-has-the-guest-wait-and-nothing-is-lost")
def killed():
    ready()
    for n in range(3):
        guest.write_sector(6000 + n, text_of("before %d" % n))
        servers["boot"].kill()
        writing = Writing(7000 + n, text_of("while it is away %d" % n))
        wait_for(lambda: any("away" in w and "waits" in w for w in warnings()), "it is said: %s" % warnings())
        check(writing.is_alive(), "it was told that it is written")
        check(one.state() == "running", one.state())
        servers["boot"].start()
        writing.end()
        for sector, text in (6000 + n, "before %d" % n), (7000 + n, "while it is away %d" % n):
            check(guest.read_sector(sector) == text_of(text), "sector %d is lost" % sector)
    wait_for(lambda: any("is there again" in w for w in warnings()), "it is said")
    check(not any("waits" in w for w in warnings()), warnings())


def is_asked(server):
    """Whether something waits to be read by it."""
    said = subprocess.run(["ss", "-tnH", "sport = :%d" % server.port], capture_output=True, text=True).stdout
    return any(int(line.split()[1]) > 0 for line in said.splitlines())


@test("/guest/machine-nbd/request-that-was-on-its-way-to-a-server-that-died-is-done-by-the-next")
def on_its_way():
    ready()
    servers["boot"].silence(signal.SIGSTOP)
    writing = Writing(7100, text_of("on its way"))
    wait_for(lambda: is_asked(servers["boot"]), "it is on its way", timeout=60)
    servers["boot"].kill()
    wait_for(lambda: any("away" in w for w in warnings()), "it is said: %s" % warnings())
    check(writing.is_alive(), "the guest was told of an error: %s" % writing.error)
    servers["boot"].start()
    writing.end()
    check(guest.read_sector(7100) == text_of("on its way"), "it is lost")


@test("/guest/machine-nbd/process-that-is-killed-gets-another-connection")
def process_killed():
    ready()
    guest.write_sector(6100, text_of("one"))
    pid = one.child(DAEMON)
    os.kill(pid, 9)
    guest.write_sector(6101, text_of("two"))
    check(one.child(DAEMON) not in (None, pid), "it lives on")
    check(guest.read_sector(6100) == text_of("one"), "it is lost")


@test("/guest/machine-nbd/machine-pauses-and-is-switched-off-without-its-server")
def off_without():
    ready()
    servers["boot"].kill()
    wait_for(lambda: any("away" in w for w in warnings()), "it is said")
    one.ctl("pause")
    check(one.state() == "paused", one.state())
    one.ctl("resume")
    start = time.monotonic()
    one.power_off()
    check(time.monotonic() - start < AT_ONCE, "it took %g s" % (time.monotonic() - start))
    check(home.remains() == [], "left behind: %s" % home.remains())


@test("/guest/machine-nbd/server-that-is-not-there-at-the-start-is-one-sentence")
def not_there():
    if one.state() == "running":
        one.power_off()
    servers["boot"].kill()
    sentence = one.refusal("start")
    check(servers["boot"].uri in sentence and "cannot be reached" in sentence and "\n" not in sentence, sentence)
    check(one.state() == "off" and home.remains() == [], "left: %s" % home.remains())
    servers["boot"].start()
    one.start()
    connect()


@test("/guest/machine-nbd/export-that-is-not-there-is-one-sentence")
def no_export():
    two = home.create("two", "--disk", "nbd=nbd://127.0.0.1:%d/nothing" % servers["boot"].port)
    sentence = two.refusal("start")
    check("/nothing" in sentence and "\n" not in sentence, sentence)
    two.ctl("undefine")


@test("/guest/machine-nbd/export-that-may-only-be-read")
def read_only():
    ready()
    serve("fixed", text_of("fixed") * (SIZE // 512), read_only=True)
    sentence = one.refusal("attach", "disk", "nbd=%s" % servers["fixed"].uri)
    check("read-only" in sentence, sentence)
    check(one.child(DAEMON) is not None, "the other disk's process is gone, too")
    one.power_off()
    one.ctl("attach", "disk", "nbd=%s,readonly,bus=sata" % servers["fixed"].uri, "--config")
    one.start()
    connect()
    check(guest.read_sector(77, 0x81) == text_of("fixed"), "it reads something else")
    guest.fill(puppet.SECTOR, text_of("changed"))
    check(guest.disk(0x43, 77, puppet.SECTOR, 0x81) != 0, "it is said to be written")
    check(contents("fixed", 77) == text_of("fixed"), "it is changed")


@test("/guest/machine-nbd/unix-socket-comes-and-goes")
def unix():
    ready()
    server = serve("local", socket_path=home.path("nbd.sock"))
    one.ctl("attach", "disk", "nbd=" + server.uri)
    alias = next(d["alias"] for d in one.info()["devices"] if d["source"] == server.uri)
    before = machines.process_table()
    one.ctl("detach", alias, "--force")
    check(not any(d["source"] == server.uri for d in one.info()["devices"]), "it is still there")
    wait_for(lambda: sum(p[1].startswith(DAEMON) for p in machines.process_table().values())
             < sum(p[1].startswith(DAEMON) for p in before.values()), "its process is gone")
    one.ctl("attach", "disk", "nbd=" + server.uri)     # nobody has it any more
    one.ctl("detach", alias, "--force")


@test("/guest/machine-nbd/server-that-says-nothing-holds-nobody-up")
def silent():
    ready()
    with socket.socket() as deaf:       # whose backlog takes connections that nobody looks at
        deaf.bind(("127.0.0.1", 0))
        deaf.listen(4)
        uri = "nbd://127.0.0.1:%d/x" % deaf.getsockname()[1]
        asked = home.popen("attach", one.uuid, "disk", "nbd=" + uri, stderr=subprocess.PIPE, text=True)
        connection, _ = deaf.accept()
        for verb in "stats", "pause", "resume":
            start = time.monotonic()
            one.ctl(verb)
            check(time.monotonic() - start < 2.5, "%s took %g s" % (verb, time.monotonic() - start))
            check(verb != "stats" or asked.poll() is None, "it ended before the server said anything")
        sentence = asked.communicate(timeout=60)[1]
        check(asked.returncode == 1 and "does not offer the disk within 5 seconds" in sentence, sentence)
        connection.close()
        asked = home.popen("attach", one.uuid, "disk", "nbd=" + uri, stderr=subprocess.PIPE, text=True)
        connection, _ = deaf.accept()
        asked.kill()                    # as Ctrl-C does
        asked.communicate()
        connection.settimeout(4)        # less than the keeper's patience
        check(connection.recv(1) == b"", "it is waited for, though nobody wants it")
        connection.close()
    server = serve("after")
    one.ctl("attach", "disk", "nbd=" + server.uri)
    alias = next(d["alias"] for d in one.info()["devices"] if d["source"] == server.uri)
    one.ctl("detach", alias, "--force")


@test("/guest/machine-nbd/who-wants-errors-gets-them-and-goes-on-when-the-server-is-back")
def reports():
    serve("told", puppet.image(SIZE))
    two = home.create("told", "--disk", "nbd=" + servers["told"].uri)
    path = os.path.join(two.folder, "machine.xml")
    with open(path) as f:
        xml = f.read()
    home.ctl("define", home.write("told.xml", xml.replace('type="raw"', 'type="raw" error_policy="report"').encode()))
    two.start()
    connect(two)
    guest.write_sector(5000, text_of("before"))
    servers["told"].kill()
    wait_for(lambda: any("fails until" in w for w in two.info()["warnings"]), "it is said")
    guest.fill(puppet.SECTOR, text_of("lost"))
    check(guest.disk(0x43, 5001, puppet.SECTOR, 0x80) != 0, "it is said to be written")
    servers["told"].start()
    wait_for(lambda: any("is there again" in w for w in two.info()["warnings"]), "it is back", timeout=40)
    guest.write_sector(5002, text_of("after"))
    check(guest.read_sector(5000) == text_of("before"), "it is lost")
    two.power_off()
    two.ctl("undefine")
    connect(one)


def looked_at(uri):
    return json.loads(home.ctl("image", "info", uri, "--json"))[0]


@test("/guest/machine-nbd/server-is-looked-at-without-a-machine")
def looks():
    plain = serve("plain")
    said = looked_at(plain.uri.replace("nbd://", "NBD://"))
    check(said["path"] == plain.uri and said["size"] == SIZE and not said["read_only"] and not said["users"], said)
    said = looked_at(serve("shown", read_only=True, socket_path=home.path("shown.sock")).uri)
    check(said["size"] == SIZE and said["read_only"], said)
    check(looked_at(servers["boot"].uri)["users"] == ["one"], "its user is not told")
    sentence = home.refusal("image", "info", plain.uri + "-none")
    check("does not offer the disk" in sentence and "\n" not in sentence, sentence)
    plain.kill()
    sentence = home.refusal("image", "info", plain.uri)
    check("cannot be reached" in sentence and "\n" not in sentence, sentence)
    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))
        deaf.listen(4)
        sentence = home.refusal("image", "info", "nbd://127.0.0.1:%d/x" % deaf.getsockname()[1])
        check("says nothing for 5 seconds" in sentence, sentence)


@test("/guest/machine-nbd/addresses-that-are-none-are-refused")
def addresses():
    for uri in ("http://x/y", "nbd://", "nbd:///x", "nbd://user@x/y", "nbd+unix:///x", "nbd://h:0/x", "nbd://h/x?a=b",
                "nbd+unix://h/x?socket=/y", "nbd+unix:///x?socket=relative", "nbd://-h/x", "nbd://h/%0a"):
        result = home.run("create", "--name", "no", "--disk", "nbd=" + uri)
        check(result.returncode in (1, 2) and result.stderr.count("\n") == 1, "%s: %s" % (uri, result.stderr))
    result = home.run("create", "--name", "no", "--disk", "nbd=nbd://h/x,size=1G")
    check(result.returncode == 2 and "no size" in result.stderr, result.stderr)
    check("no" not in home.list(), "it was made")


def close():
    home.close()
    for server in servers.values():
        server.kill()


main(close)
