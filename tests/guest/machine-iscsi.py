#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Disks that an iSCSI target has, through the whole stack: vitrinectl, keeper, qemu-storage-daemon, VMM, SeaBIOS and a guest
that obeys; targets that are not there, that are silent, that go, and that come back."""

import os
import signal
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))
import host
from iscsi_target import IscsiTarget
from puppet import text_of
from served_disk import DAEMON, SIZE, ServedDisk, Writing, add_tests, waiting_bytes
from tap import check, main, test, wait_for

host.need_kvm(__file__)
host.need_programs("tgtd", "tgtadm", "qemu-storage-daemon")

SILENCE = 60            # as long as a target may say nothing before it is given up and come back to

served = ServedDisk("iscsi", lambda path, _, **options: IscsiTarget(path, **options))
home, serve = served.home, served.serve
add_tests(served)


@test("/guest/machine-iscsi/target-that-says-nothing-for-long-is-come-back-to")
def silent():
    one, guest = served.ready()
    target = served.servers["boot"]
    target.silence(signal.SIGSTOP)
    writing = Writing(guest, 7100, text_of("on its way"))
    pid = one.child(DAEMON)
    # The library gives its session up after a while, and wants another, on the connection that it has.
    wait_for(lambda: sum(waiting_bytes(target)) > 1024, "it asks to be let in anew", timeout=SILENCE)
    check(writing.is_alive(), "the guest was told: %s" % writing.error)
    target.silence(signal.SIGCONT)
    writing.end()
    check(guest.read_sector(7100) == text_of("on its way"), "it is lost")
    check(pid is not None and one.child(DAEMON) is not None, "there is no process")


@test("/guest/machine-iscsi/target-that-is-another-is-one-sentence")
def another():
    served.ready()
    other = served.servers["boot"].uri.replace(":disk/1", ":other/1")
    two = home.create("two", "--disk", served.source(other))
    sentence = two.refusal("start")
    check(other in sentence and "\n" not in sentence, sentence)
    two.ctl("undefine")


@test("/guest/machine-iscsi/unit-is-looked-at-without-a-machine")
def looked_at():
    said = home.image_info(serve("plain").uri)
    check(said["size"] == SIZE and not said["read_only"], said)
    said = home.image_info(serve("kept", read_only=True).uri)
    check(said["size"] == SIZE and said["read_only"], said)


@test("/guest/machine-iscsi/unit-comes-and-goes-and-one-that-may-only-be-read-is-told")
def hot():
    one, _ = served.ready()
    fixed = serve("fixed", text_of("fixed") * (SIZE // 512), read_only=True)
    sentence = one.refusal("attach", "disk", fixed.uri)
    check("may only be read, as its server says" in sentence, sentence)
    one.ctl("attach", "disk", fixed.uri + ",readonly")
    served.detach(fixed.uri)


@test("/guest/machine-iscsi/password-is-refused-in-words-and-not-asked-for")
def password():
    guarded = serve("guarded", user=("me", "secretsecret"))
    result = home.run("create", "--name", "no", "--disk", "iscsi=" + guarded.uri.replace("//", "//me@"))
    check(result.returncode in (1, 2) and "no place for the password" in result.stderr, result.stderr)
    three = home.create("three", "--disk", "iscsi=" + guarded.uri)
    sentence = three.refusal("start")
    check("wants a password" in sentence and "iqn.2008-11.org.linux-kvm" in sentence, sentence)
    three.ctl("undefine")


main(served.close)
