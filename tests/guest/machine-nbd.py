#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Disks that an NBD server has, through the whole stack: vitrinectl, keeper, qemu-storage-daemon, VMM, SeaBIOS and a
guest that obeys; servers that are not there, that go, and that come back."""

import os
import signal
import socket
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))
import host
import machines
import puppet
from nbd_server import NbdServer
from puppet import text_of
from served_disk import DAEMON, SIZE, ServedDisk, Writing, add_tests, waiting_bytes
from tap import check, main, test, wait_for

host.need_kvm(__file__)
host.need_programs("qemu-nbd", "qemu-storage-daemon")
PROMPT = 4.5 if host.IN_BED else 2.5     # seconds, less than the five that the keeper waits for a server

served = ServedDisk("nbd", NbdServer)
home, servers, serve = served.home, served.servers, served.serve
add_tests(served)


@test("/guest/machine-nbd/what-a-server-decides-is-refused-in-a-sentence")
def refused():
    one, _ = served.ready()
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


@test("/guest/machine-nbd/request-that-was-on-its-way-to-a-server-that-died-is-done-by-the-next")
def on_its_way():
    _, guest = served.ready()
    server = servers["boot"]
    server.silence(signal.SIGSTOP)
    writing = Writing(guest, 7100, text_of("on its way"))
    wait_for(lambda: any(waiting_bytes(server)), "it is on its way", timeout=60)
    server.kill()
    served.wait_warned("away")
    check(writing.is_alive(), "the guest was told of an error: %s" % writing.error)
    server.start()
    writing.end()
    check(guest.read_sector(7100) == text_of("on its way"), "it is lost")


@test("/guest/machine-nbd/export-that-is-not-there-is-one-sentence")
def no_export():
    two = home.create("two", "--disk", "nbd=nbd://127.0.0.1:%d/nothing" % servers["boot"].port)
    sentence = two.refusal("start")
    check("/nothing" in sentence and "\n" not in sentence, sentence)
    two.ctl("undefine")


@test("/guest/machine-nbd/export-that-may-only-be-read")
def read_only():
    one, _ = served.ready()
    serve("fixed", text_of("fixed") * (SIZE // 512), read_only=True)
    sentence = one.refusal("attach", "disk", "nbd=%s" % servers["fixed"].uri)
    check("read-only" in sentence, sentence)
    check(one.child(DAEMON) is not None, "the other disk's process is gone, too")
    one.power_off()
    one.ctl("attach", "disk", "nbd=%s,readonly,bus=sata" % servers["fixed"].uri, "--config")
    one, guest = served.ready()
    check(guest.read_sector(77, 0x81) == text_of("fixed"), "it reads something else")
    guest.fill(puppet.SECTOR, text_of("changed"))
    check(guest.disk(0x43, 77, puppet.SECTOR, 0x81) != 0, "it is said to be written")
    check(served.contents("fixed", 77) == text_of("fixed"), "it is changed")


@test("/guest/machine-nbd/unix-socket-comes-and-goes")
def unix():
    one, _ = served.ready()
    server = serve("local", socket_path=home.path("nbd.sock"))
    one.ctl("attach", "disk", "nbd=" + server.uri)
    before = machines.process_table()
    served.detach(server.uri)
    wait_for(lambda: sum(p[1].startswith(DAEMON) for p in machines.process_table().values())
             < sum(p[1].startswith(DAEMON) for p in before.values()), "its process is gone")
    one.ctl("attach", "disk", "nbd=" + server.uri)     # nobody has it any more
    served.detach(server.uri)


@test("/guest/machine-nbd/server-that-says-nothing-holds-nobody-up")
def silent():
    one, _ = served.ready()
    with socket.socket() as deaf:       # whose backlog takes connections that nobody looks at
        deaf.bind(("127.0.0.1", 0))
        deaf.listen(4)
        uri = "nbd://127.0.0.1:%d/x" % deaf.getsockname()[1]
        asked = home.popen("attach", one.uuid, "disk", "nbd=" + uri, stderr=subprocess.PIPE, text=True)
        connection, _ = deaf.accept()
        for verb in "stats", "pause", "resume":
            start = time.monotonic()
            one.ctl(verb)
            took = time.monotonic() - start
            check(took < PROMPT, "%s took %g s" % (verb, took))
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
    served.detach(server.uri)


@test("/guest/machine-nbd/who-wants-errors-gets-them-and-goes-on-when-the-server-is-back")
def reports():
    serve("told", puppet.image(SIZE))
    two = home.create("told", "--disk", "nbd=" + servers["told"].uri)
    xml = two.definition().replace('type="raw"', 'type="raw" error_policy="report"')
    home.ctl("define", home.write("told.xml", xml.encode()))
    two.start()
    served.connect(two)
    guest = served.guest
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
    served.connect()


@test("/guest/machine-nbd/server-is-looked-at-without-a-machine")
def looks():
    plain = serve("plain")
    said = home.image_info(plain.uri.replace("nbd://", "NBD://"))
    check(said["path"] == plain.uri and said["size"] == SIZE and not said["read_only"] and not said["users"], said)
    said = home.image_info(serve("shown", read_only=True, socket_path=home.path("shown.sock")).uri)
    check(said["size"] == SIZE and said["read_only"], said)
    check(home.image_info(servers["boot"].uri)["users"] == ["one"], "its user is not told")
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


main(served.close)
