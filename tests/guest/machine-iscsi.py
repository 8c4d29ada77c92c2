#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Disks that an iSCSI target has, through the whole stack: vitrinectl, keeper, qemu-storage-daemon, VMM, SeaBIOS and a guest
that obeys; targets that are not there, that are silent, that go, and that come back."""

import json
import os
import signal
import subprocess
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))
import host
import machines
import puppet
from iscsi_target import IscsiTarget, NAME
from puppet import text_of
from tap import check, main, test, wait_for

host.need_kvm(__file__)
host.need_programs("tgtd", "tgtadm", "qemu-storage-daemon")

BOOT = 120
SIZE = 16 << 20
DAEMON = "qemu-storage-da"  # as the kernel shortens it
AT_ONCE = 10            # seconds; less than any patience with a server
SILENCE = 60            # as long as a target may say nothing before it is given up and come back to

home = machines.Home()
one = None
guest = None
targets = {}


def serve(name, data=None, **options):
    targets[name] = IscsiTarget(home.write(name + ".raw", data or bytes(SIZE)), **options)
    return targets[name]


def contents(name, sector):
    with open(home.path(name + ".raw"), "rb") as f:
        f.seek(sector * 512)
        return f.read(512)


def ready():
    global guest
    if one.state() in ("off", "crashed"):
        one.start()
        guest = puppet.again(guest, one, BOOT)


def warnings():
    return one.info()["warnings"]


class Writing(threading.Thread):
    """Writes one sector; the guest is busy with that for as long as it takes."""

    def __init__(self, sector, text):
        super().__init__(daemon=True)
        self.arguments, self.error = (sector, text, 0x80), None
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


@test("/guest/machine-iscsi/definition-says-the-target-and-firmware-boots-from-it")
def boots():
    global one, guest
    serve("boot", puppet.image(SIZE))
    one = home.create("one", "--disk", "iscsi=" + targets["boot"].uri)
    with open(os.path.join(one.folder, "machine.xml")) as f:
        xml = f.read()
    check('type="network"' in xml and 'protocol="iscsi"' in xml and 'name="%s/1"' % NAME in xml, xml)
    one.start()
    guest = puppet.again(guest, one, BOOT)
    disk = next(d for d in one.info()["devices"] if d["kind"] == "disk")
    check(disk["source"] == targets["boot"].uri, disk)


@test("/guest/machine-iscsi/what-the-guest-writes-is-on-the-target")
def writes():
    ready()
    guest.write_sector(5000, text_of("iscsi"))
    check(guest.read_sector(5000) == text_of("iscsi"), "it reads something else")
    wait_for(lambda: contents("boot", 5000) == text_of("iscsi"), "it is in the target's file")


@test("/guest/machine-iscsi/process-behind-it-makes-no-connection-and-has-the-keepers")
def confined():
    ready()
    pid = one.child(DAEMON)
    with open("/proc/%d/status" % pid) as f:
        check("Seccomp:\t2\n" in f.read(), "it may make sockets")
    said = subprocess.run(["ss", "-tnpH", "dport = :%d" % targets["boot"].port], capture_output=True, text=True).stdout
    check("pid=%d," % pid in said and "pid=%d," % one.keeper() in said, said)
    check(said.count("\n") == 1, said)


@test("/guest/machine-iscsi/machine-that-is-the-same-units-is-refused")
def twice():
    ready()
    sentence = home.refusal("create", "--name", "two", "--disk", "iscsi=" + targets["boot"].uri)
    check("one" in sentence and targets["boot"].uri in sentence, sentence)


@test("/guest/machine-iscsi/target-that-is-killed-has-the-guest-wait-and-nothing-is-lost")
def killed():
    ready()
    for n in range(3):
        guest.write_sector(6000 + n, text_of("before %d" % n))
        targets["boot"].kill()
        writing = Writing(7000 + n, text_of("while it is away %d" % n))
        wait_for(lambda: any("away" in w and "waits" in w for w in warnings()), "it is said: %s" % warnings())
        check(writing.is_alive(), "it was told that it is written")
        check(one.state() == "running", one.state())
        targets["boot"].start()
        writing.end()
        for sector, text in (6000 + n, "before %d" % n), (7000 + n, "while it is away %d" % n):
            check(guest.read_sector(sector) == text_of(text), "sector %d is lost" % sector)
    wait_for(lambda: any("is there again" in w for w in warnings()), "it is said")


@test("/guest/machine-iscsi/target-that-says-nothing-for-long-is-come-back-to")
def silent():
    ready()
    targets["boot"].silence(signal.SIGSTOP)
    writing = Writing(7100, text_of("on its way"))
    pid = one.child(DAEMON)
    # The library gives its session up after a while, and wants another, on the connection that it has.
    said = lambda: subprocess.run(["ss", "-tnH", "sport = :%d" % targets["boot"].port],
                                  capture_output=True, text=True).stdout
    wait_for(lambda: sum(int(line.split()[1]) for line in said().splitlines()) > 1024, "it asks to be let in anew",
             timeout=SILENCE)
    check(writing.is_alive(), "the guest was told: %s" % writing.error)
    targets["boot"].silence(signal.SIGCONT)
    writing.end()
    check(guest.read_sector(7100) == text_of("on its way"), "it is lost")
    check(pid is not None and one.child(DAEMON) is not None, "there is no process")


@test("/guest/machine-iscsi/process-that-is-killed-gets-another-connection")
def process_killed():
    ready()
    guest.write_sector(6100, text_of("one"))
    pid = one.child(DAEMON)
    os.kill(pid, 9)
    guest.write_sector(6101, text_of("two"))
    check(one.child(DAEMON) not in (None, pid), "it lives on")
    check(guest.read_sector(6100) == text_of("one"), "it is lost")


@test("/guest/machine-iscsi/machine-is-switched-off-without-its-target")
def off_without():
    ready()
    targets["boot"].kill()
    wait_for(lambda: any("away" in w for w in warnings()), "it is said")
    start = time.monotonic()
    one.power_off()
    check(time.monotonic() - start < AT_ONCE, "it took %g s" % (time.monotonic() - start))
    check(home.remains() == [], "left behind: %s" % home.remains())


@test("/guest/machine-iscsi/target-that-is-not-there-or-is-another-is-one-sentence")
def not_there():
    if one.state() == "running":
        one.power_off()
    targets["boot"].kill()
    sentence = one.refusal("start")
    check(targets["boot"].uri in sentence and "cannot be reached" in sentence and "\n" not in sentence, sentence)
    targets["boot"].start()
    other = targets["boot"].uri.replace(":disk/1", ":other/1")
    two = home.create("two", "--disk", "iscsi=" + other)
    sentence = two.refusal("start")
    check(other in sentence and "\n" not in sentence, sentence)
    two.ctl("undefine")


@test("/guest/machine-iscsi/unit-is-looked-at-without-a-machine")
def looked_at():
    said = json.loads(home.ctl("image", "info", serve("plain").uri, "--json"))[0]
    check(said["size"] == SIZE and not said["read_only"], said)
    said = json.loads(home.ctl("image", "info", serve("kept", read_only=True).uri, "--json"))[0]
    check(said["size"] == SIZE and said["read_only"], said)


@test("/guest/machine-iscsi/unit-comes-and-goes-and-one-that-may-only-be-read-is-told")
def hot():
    ready()
    fixed = serve("fixed", text_of("fixed") * (SIZE // 512), read_only=True)
    sentence = one.refusal("attach", "disk", fixed.uri)
    check("may only be read, as its server says" in sentence, sentence)
    one.ctl("attach", "disk", fixed.uri + ",readonly")
    alias = next(d["alias"] for d in one.info()["devices"] if d["source"] == fixed.uri)
    one.ctl("detach", alias, "--force")
    check(not any(d["source"] == fixed.uri for d in one.info()["devices"]), "it is still there")


@test("/guest/machine-iscsi/password-is-refused-in-words-and-not-asked-for")
def password():
    guarded = serve("guarded", user=("me", "secretsecret"))
    result = home.run("create", "--name", "no", "--disk", "iscsi=" + guarded.uri.replace("//", "//me@"))
    check(result.returncode in (1, 2) and "no place for the password" in result.stderr, result.stderr)
    three = home.create("three", "--disk", "iscsi=" + guarded.uri)
    sentence = three.refusal("start")
    check("wants a password" in sentence and "iqn.2008-11.org.linux-kvm" in sentence, sentence)
    three.ctl("undefine")


def close():
    home.close()
    for target in targets.values():
        target.close()


main(close)
