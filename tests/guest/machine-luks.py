#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Encrypted disks through the whole stack: vitrinectl, keeper, qemu-storage-daemon, VMM, SeaBIOS and a guest that obeys.
Where the passphrase goes, and where it must not be seen."""

import os
import struct
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))
import host
import machines
import puppet
from puppet import text_of
from tap import check, main, test, wait_for
from terminal import Terminal

host.need_kvm(__file__)
host.need_programs("qemu-img", "qemu-storage-daemon")

BOOT = 120
SIZE = 16 << 20
SECRET = "Zwölf Boxkämpfer jagen Viktor"
WRONG = "quer über den großen Sylter Deich"
DAEMON = "qemu-storage-da"  # as the kernel shortens it
LONG = 240              # a passphrase is tried for seconds, and more where others work

home = machines.Home()
good = home.write("good", SECRET.encode() + b"\n")
bad = home.write("bad", WRONG.encode() + b"\n")
image = home.path("secret.luks")
one = None
guest = None


def connect():
    global guest
    guest = puppet.again(guest, one, BOOT)


def start(machine=None):
    (machine or one).ctl("start", "--passphrase-file", good, timeout=LONG)


def ready():
    if one.state() in ("off", "crashed"):
        start()
        connect()


def off():
    if one.state() not in ("off", "crashed"):
        one.power_off()


def without_newline(data):
    """A descriptor that DATA's first line is read from."""
    ours, theirs = os.pipe()
    os.write(theirs, data.rstrip(b"\n"))
    os.close(theirs)
    return ours


def read(path):
    with open(path, "rb") as f:
        return f.read()


@test("/guest/machine-luks/new-image-needs-a-passphrase-and-has-none-of-its-own")
def makes():
    sentence = home.refusal("image", "create", image, "16M", "--format", "luks")
    check("--passphrase-file" in sentence and not os.path.exists(image), sentence)
    for text in b"", b"\n", b"x" * 513, b"\xff\xfe":
        sentence = home.refusal("image", "create", image, "16M", "--format", "luks", "--passphrase-file",
                                home.write("odd", text))
        check("passphrase" in sentence and not os.path.exists(image), sentence)


@test("/guest/machine-luks/image-is-made-of-another-and-says-that-it-is-encrypted")
def converts():
    raw, made, back = home.write("boot.raw", puppet.image(SIZE)), home.path("made.luks"), home.path("back.raw")
    home.ctl("image", "convert", raw, made, "--format", "luks", "--new-passphrase-file", good, timeout=LONG)
    info = home.image_info(made)
    check(info["format"] == "luks" and info["size"] == SIZE and info["encrypted"] is True, info)
    check(puppet.image(SIZE)[:512] not in read(made), "it is in the clear")
    home.ctl("image", "convert", made, back, "--format", "raw", "--passphrase-file", good, timeout=LONG)
    check(read(back) == puppet.image(SIZE), "it is another disk now")
    # From here on one whose passphrase is tried in a moment.
    # qemu-img times itself for that, and on a busy host may find that it cannot.
    with open(good, "rb") as f:
        passphrase = f.read()
    for is_last in (False, False, False, False, True):
        made = subprocess.run(["qemu-img", "convert", "-O", "luks", "-o", "key-secret=s,iter-time=20", "--object",
                               "secret,id=s,file=/proc/self/fd/0", raw, image], stdin=without_newline(passphrase),
                              check=is_last)
        if made.returncode == 0:
            break
    home.ctl("image", "check", image)
    sentence = home.refusal("image", "convert", image, home.path("no.raw"), "--format", "raw", "--passphrase-file",
                            bad, timeout=LONG)
    check("does not open" in sentence and not os.path.exists(home.path("no.raw")), sentence)


@test("/guest/machine-luks/definition-says-it-and-a-start-without-passphrase-is-one-sentence")
def without():
    global one
    one = home.create("one", "--disk", "path=" + image)
    xml = one.definition()
    check('<encryption format="luks">' in xml and 'type="raw"' in xml and 'type="passphrase"' in xml, xml)
    sentence = one.refusal("start")
    check("--passphrase-file" in sentence and "\n" not in sentence, sentence)
    check(one.state() == "off" and home.remains() == [], "left: %s" % home.remains())


@test("/guest/machine-luks/wrong-passphrase-is-one-sentence-and-leaves-nothing")
def wrong():
    before = read(image)
    sentence = one.refusal("start", "--passphrase-file", bad, timeout=LONG)
    check("not the passphrase" in sentence and "vda" in sentence and "\n" not in sentence, sentence)
    check(one.state() == "off" and home.remains() == [], "left: %s" % home.remains())
    check(one.child(DAEMON) is None if one.keeper() else True, "a process is left")
    check(read(image) == before, "the image is changed")


@test("/guest/machine-luks/firmware-boots-from-it-with-the-right-one")
def boots():
    start()
    connect()
    guest.write_sector(5000, text_of("luks"))
    check(guest.read_sector(5000) == text_of("luks"), "it reads something else")
    check(text_of("luks") not in read(image), "it is in the clear")


@test("/guest/machine-luks/passphrase-is-in-no-arguments-environment-log-or-definition")
def nowhere():
    ready()
    secret = SECRET.encode()
    for pid in machines.process_table():
        for name in "cmdline", "environ":
            try:
                text = read("/proc/%d/%s" % (pid, name))
            except OSError:
                continue
            check(secret not in text, "%s of %d: %r" % (name, pid, text[:200]))
    for folder, _, files in os.walk(home.folder):
        for name in files:
            path = os.path.join(folder, name)
            if path != good and os.path.isfile(path):
                check(secret not in read(path), path)
    pid = one.child(DAEMON)
    check("secret,id=" in " ".join(machines.arguments_of(pid)), "it has another way")


@test("/guest/machine-luks/passphrase-is-in-no-core-dump-of-the-keeper")
def no_dump():
    ready()
    secret, keeper, found, dumped = SECRET.encode(), one.keeper(), 0, []
    with open("/proc/%d/smaps" % keeper) as f:
        area = None
        for line in f:
            if "-" in line.split()[0] and ":" not in line.split()[0]:
                area = [int(x, 16) for x in line.split()[0].split("-")]
            elif line.startswith("VmFlags") and " rd" in line:
                with open("/proc/%d/mem" % keeper, "rb") as memory:
                    try:
                        memory.seek(area[0])
                        text = memory.read(area[1] - area[0])
                    except (OSError, ValueError, OverflowError):
                        continue
                if secret in text:
                    found += 1
                    if " dd" not in line:
                        dumped.append("%x" % area[0])
    check(found > 0, "it is not there at all: the next process cannot be started")
    check(dumped == [], "it is in memory that is dumped: %s" % dumped)


@test("/guest/machine-luks/process-that-is-killed-is-replaced-without-a-question")
def killed():
    ready()
    for n in range(2):
        guest.write_sector(6000 + n, text_of("before %d" % n))
        pid = one.child(DAEMON)
        os.kill(pid, 9)
        machines.wait_gone(pid, "the process")
        guest.write_sector(7000 + n, text_of("after %d" % n))
        check(one.child(DAEMON) not in (None, pid), "it lives on")
        for sector, text in (6000 + n, "before %d" % n), (7000 + n, "after %d" % n):
            check(guest.read_sector(sector) == text_of(text), "sector %d is lost" % sector)


@test("/guest/machine-luks/guest-that-starts-anew-asks-nobody")
def resets():
    ready()
    one.ctl("reset")
    connect()
    check(guest.read_sector(6000) == text_of("before 0"), "it is lost")


@test("/guest/machine-luks/what-would-lie-in-the-clear-is-refused-before-anything-is-changed")
def refused():
    ready()
    files = set(os.listdir(one.folder))
    check("encrypted" in home.refusal("snapshot", "create", one.uuid, "x"), "a snapshot is made")
    off()
    check("encrypted" in home.refusal("snapshot", "create", one.uuid, "x"), "a snapshot is made")
    check("encrypted" in one.refusal("start", "--undo", "--passphrase-file", good), "it is undone")
    check("full clone" in one.refusal("clone", "linked", "--linked"), "it is cloned")
    sentence = one.refusal("start", "--disposable", "--passphrase-file", good)
    check("in the clear" in sentence, sentence)
    check(set(os.listdir(one.folder)) - {"last-run", "snapshots.lock"} <= files, "left: %s" % os.listdir(one.folder))
    check("linked" not in home.list(), "a machine is made")


def second():
    """A copy of the first disk, with its passphrase, which is tried in a moment."""
    path = home.path("second.luks")
    if not os.path.exists(path):
        home.write("second.luks", read(image))
    return path


def has_second():
    return any(d["source"] == second() for d in one.info()["devices"])


def daemons():
    return sum(p[1].startswith(DAEMON) for p in machines.process_table().values())


@test("/guest/machine-luks/disk-comes-to-what-runs-with-its-passphrase-and-goes")
def comes():
    ready()
    before = daemons()
    alias = one.ctl("attach", "disk", second() + ",format=luks", "--live", "--passphrase-file", good,
                    timeout=LONG).strip()
    check(has_second() and daemons() == before + 1, "it is not there: %s" % alias)
    check(second() not in one.ctl("dumpxml"), "it is in the definition")
    nowhere()
    no_dump()
    one.ctl("detach", alias, "--force", timeout=LONG)
    check(not has_second() and daemons() == before, "it is still there")
    home.ctl("image", "check", second())     # nobody has it any more


@test("/guest/machine-luks/disk-that-came-is-asked-for-at-the-next-start-where-the-definition-has-it")
def comes_to_both():
    ready()
    alias = one.ctl("attach", "disk", second() + ",format=luks", "--live", "--config", "--passphrase-file", good,
                    timeout=LONG).strip()
    check(second() in one.ctl("dumpxml"), "it is not in the definition")
    off()
    start()
    check(has_second(), "it is not there")
    one.ctl("detach", alias, "--force", "--live", "--config", timeout=LONG)
    connect()


@test("/guest/machine-luks/wrong-passphrase-of-a-disk-that-is-added-is-told-as-at-start-and-leaves-nothing")
def comes_wrong():
    ready()
    before, files, xml, processes = read(second()), set(os.listdir(one.folder)), one.ctl("dumpxml"), daemons()
    for scope in ("--live",), ("--live", "--config"):
        sentence = one.refusal("attach", "disk", second() + ",format=luks", *scope, "--passphrase-file", bad,
                               timeout=LONG)
        check("That is not the passphrase of the disk vdb, “%s”" % second() in sentence and "\n" not in sentence,
              sentence)
    sentence = one.refusal("attach", "disk", second() + ",format=luks", "--live")
    check("--passphrase-file" in sentence, sentence)
    check(not has_second() and one.ctl("dumpxml") == xml, "the machine has it")
    check(set(os.listdir(one.folder)) == files, "left: %s" % os.listdir(one.folder))
    check(read(second()) == before and daemons() == processes, "it left a process, or changed the image")
    home.ctl("image", "check", second())


@test("/guest/machine-luks/new-disk-of-what-runs-is-encrypted")
def made_for_what_runs():
    ready()
    files = set(os.listdir(one.folder))
    alias = one.ctl("attach", "new-disk", "size=1M,format=luks", "--live", "--config", "--passphrase-file", good,
                    timeout=LONG).strip()
    made = set(os.listdir(one.folder)) - files
    path = next((os.path.join(one.folder, name) for name in made if name.endswith(".luks")), None)
    check(path is not None and read(path)[:6] == b"LUKS\xba\xbe", "it is no such image: %s" % made)
    one.ctl("detach", alias, "--force", "--live", "--config", timeout=LONG)
    os.unlink(path)


@test("/guest/machine-luks/disk-whose-passphrase-is-tried-holds-nobody-up-and-goes-with-who-asked")
def comes_slowly():
    ready()
    processes = daemons()
    data = bytearray(read(second()))
    data[212:216] = struct.pack(">I", 1 << 29)   # minutes of work
    path = home.write("patient.luks", bytes(data))
    asked = home.popen("attach", one.uuid, "disk", path + ",format=luks", "--live", "--passphrase-file", good,
                       stderr=subprocess.PIPE, text=True)
    wait_for(lambda: daemons() == processes + 1, "it to be tried", timeout=LONG)
    for verb in "stats", "pause", "resume":
        one.ctl(verb)                            # vitrinectl gives up after seconds
        check(asked.poll() is None, "%s came when the attempt had ended with %s" % (verb, asked.poll()))
    asked.send_signal(2)                         # Ctrl-C
    check(asked.wait(timeout=20) != 0, "it came")
    asked.communicate()
    wait_for(lambda: daemons() == processes, "it to be given up")
    check(path not in str(one.info()["devices"]), "it came")
    guest.write_sector(8000, text_of("goes on"))
    check(guest.read_sector(8000) == text_of("goes on"), "the guest was held up")


@test("/guest/machine-luks/full-clone-has-the-same-passphrase")
def clones():
    off()
    copy = machines.Machine(home, "copy", one.ctl("clone", "copy", timeout=LONG).strip())
    xml = copy.definition()
    check('<encryption format="luks">' in xml and image not in xml, xml)
    check("not the passphrase" in copy.refusal("start", "--passphrase-file", bad, timeout=LONG), "it starts")
    start(copy)
    copy.power_off()
    copy.ctl("undefine")


@test("/guest/machine-luks/it-grows-off-and-running")
def grows():
    off()
    one.ctl("resize", "virtio-disk0", "20M")
    ready()
    one.ctl("resize", "virtio-disk0", "24M", timeout=LONG)
    info = home.image_info(image)
    check(info["size"] == 24 << 20, info)
    check(guest.read_sector(6000) == text_of("before 0"), "it is lost")
    one.ctl("reset")    # the firmware asks anew how large it is
    connect()
    guest.write_sector((24 << 11) - 1, text_of("the last"))
    check(guest.read_sector((24 << 11) - 1) == text_of("the last"), "the new space is none")


def on_terminal(args, *questions):
    """What vitrinectl says on a terminal, and its status; QUESTIONS: what it asks in turn, and the answer to it."""
    terminal = Terminal(home, *args, patience=LONG)
    for question, answer in questions:
        terminal.wait_text(question)
        terminal.answer(answer)
    status = terminal.close()
    return terminal.said, status


@test("/guest/machine-luks/terminal-is-asked-and-asked-again-and-shows-nothing")
def terminal():
    off()
    text, status = on_terminal(["start", one.uuid], ("Passphrase of one", WRONG), ("Passphrase of one", SECRET))
    check(status == 0, text)
    check("not the passphrase" in text and text.count("Passphrase of one") == 2, text)
    check(SECRET not in text and WRONG not in text, "it is shown: %s" % text)
    connect()
    text, status = on_terminal(["attach", one.uuid, "disk", second() + ",format=luks", "--live"],
                               ("Passphrase of one, vdb", WRONG), ("Passphrase of one, vdb", SECRET))
    check(status == 0, text)
    check("not the passphrase" in text and text.count("Passphrase of one, vdb") == 2, text)
    check(SECRET not in text and WRONG not in text, "it is shown: %s" % text)
    one.ctl("detach", text.split()[-1], "--force", timeout=LONG)
    new = home.path("typed.luks")
    create = ["image", "create", new, "1M", "--format", "luks"]
    text, status = on_terminal(create, ("New passphrase of", SECRET), ("The same once more", WRONG))
    check(status == 1 and "differ" in text and not os.path.exists(new), text)
    text, status = on_terminal(create, ("New passphrase of", SECRET), ("The same once more", SECRET))
    check(status == 0 and os.path.getsize(new) > 1 << 20, text)


@test("/guest/machine-luks/machine-is-made-with-an-encrypted-disk-and-starts")
def created():
    two = home.create("two", "--disk", "size=4M,format=luks", "--start", "--passphrase-file", good)
    check(two.state() == "running", two.state())
    check(read(os.path.join(two.folder, "two.luks"))[:6] == b"LUKS\xba\xbe", "it is no such image")
    two.power_off()
    two.ctl("undefine")


def hostile(name, **changes):
    """IMAGE with some of its header's bytes changed, as a machine's disk."""
    data = bytearray(read(image))
    for offset, value in changes.get("at", {}).items():
        data[offset:offset + len(value)] = value
    path = home.write(name + ".luks", bytes(data[:changes.get("cut", len(data))]))
    return home.create(name, "--disk", "path=%s,format=luks" % path)


@test("/guest/machine-luks/headers-that-lie-are-refused-at-once")
def headers():
    off()
    wild = {
        "version": {"at": {6: b"\x00\x02"}}, "payload": {"at": {104: b"\xff\xff\xff\xff"}},
        "key": {"at": {108: b"\xff\xff\xff\xff"}}, "rounds": {"at": {212: b"\xff\xff\xff\xff"}},
        "digest": {"at": {164: b"\xff\xff\xff\xff"}}, "place": {"at": {248: b"\xff\xff\xff\xf0"}},
        "stripes": {"at": {252: b"\xff\xff\xff\xff"}}, "slot": {"at": {208: b"\x00\x00\x00\x01"}},
        "slots": {"at": {208: b"\x00\x00\xde\xad"}}, "short": {"cut": 8192}, "stub": {"cut": 512},
    }
    for name, changes in wild.items():
        try:
            machine = hostile(name, **changes)
        except machines.Failed as failed:
            check("LUKS" in failed.text or "luks" in failed.text, "%s: %s" % (name, failed.text))
            continue
        begin = time.monotonic()
        sentence = machine.refusal("start", "--passphrase-file", good)
        check("\n" not in sentence and name + ".luks" in sentence, sentence)
        check(time.monotonic() - begin < 10, "%s took %g s" % (name, time.monotonic() - begin))
        check(home.remains() == [], "left: %s" % home.remains())
        machine.ctl("undefine")


@test("/guest/machine-luks/header-that-asks-for-minutes-is-given-up-in-a-sentence")
def minutes():
    off()
    machine = hostile("slow", at={212: struct.pack(">I", (1 << 29))})
    sentence = machine.refusal("start", "--passphrase-file", good, timeout=LONG)
    check("took longer than" in sentence and "\n" not in sentence, sentence)
    check(machine.state() == "off" and home.remains() == [], "left: %s" % home.remains())


main(home.close)
