#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Images that are not raw, through the whole stack: vitrinectl, keeper, qemu-storage-daemon, VMM, SeaBIOS and a guest
that obeys.

One machine boots from a qcow2 image based on a raw one and has an image of each other format beside it.
"""

import json
import os
import signal
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))
import host
import machines
import puppet
from puppet import text_of
from tap import check, main, test, wait_for

host.need_kvm(__file__)
host.need_programs("qemu-img", "qemu-storage-daemon")

BOOT = 120
SIZE = 16 << 20
FORMATS = ["vmdk", "vdi", "vpc", "vhdx"]
DRIVES = {"qcow2": 0x80, "vmdk": 0x81, "vdi": 0x82, "vpc": 0x83, "vhdx": 0x84}

home = machines.Home()
one = None
guest = None


def qemu_img(*args):
    return subprocess.run(["qemu-img", *args], check=True, capture_output=True, text=True).stdout


def connect():
    global guest
    guest = puppet.again(guest, one, BOOT)


def ready():
    if one.state() in ("off", "crashed"):
        one.start()
        connect()


def write(image_format, sector, text):
    guest.write_sector(sector, text, DRIVES[image_format])


def read(image_format, sector):
    return guest.read_sector(sector, DRIVES[image_format])


def daemons():
    keeper = one.keeper()
    return sorted(pid for pid, (parent, name, state) in machines.process_table().items()
                  if parent == keeper and name.startswith("qemu-storage-d") and state != "Z")


@test("/guest/machine-formats/created-one-has-each-image-in-its-format")
def created():
    global one
    base = home.write("base.raw", puppet.image(SIZE))
    boot = home.path("boot.qcow2")
    qemu_img("create", "-q", "-f", "qcow2", "-b", base, "-F", "raw", boot)
    sentence = home.refusal("create", "--name", "no", "--disk", "path=" + boot)
    check("format=qcow2" in sentence, "a base was believed: " + sentence)
    disks = ["--disk", "path=%s,format=qcow2,bus=virtio" % boot]
    for image_format in FORMATS:
        path = home.path("x." + image_format)
        qemu_img("create", "-q", "-f", image_format, path, str(SIZE))
        disks += ["--disk", "path=%s,bus=%s" % (path, "scsi" if image_format == "vdi" else "sata")]
    one = home.create("one", *disks)
    xml = one.definition()
    for image_format in DRIVES:
        check('type="%s"' % image_format in xml, "no %s in the definition" % image_format)


@test("/guest/machine-formats/firmware-boots-from-a-qcow2-image-based-on-a-raw-one")
def boots():
    one.start()
    connect()
    check("Booting from Hard Disk" in one.log("firmware"), one.log("firmware")[-300:])
    check(len(daemons()) == len(DRIVES), "processes: %s" % daemons())


@test("/guest/machine-formats/each-image-reads-what-was-written")
def each():
    ready()
    for image_format in DRIVES:
        write(image_format, 5000, text_of(image_format))
    for image_format in DRIVES:
        check(read(image_format, 5000) == text_of(image_format), "%s lost it" % image_format)
        check(read(image_format, 9000) == bytes(512), "%s has what was never written" % image_format)


@test("/guest/machine-formats/processes-that-are-killed-are-replaced-and-nothing-is-lost")
def killed():
    ready()
    for n in range(3):
        before = daemons()
        for image_format in DRIVES:
            write(image_format, 6000 + 200 * n, text_of("%s, %d" % (image_format, n)))
        for pid in before:
            os.kill(pid, signal.SIGKILL)
        for image_format in DRIVES:
            check(read(image_format, 6000 + 200 * n) == text_of("%s, %d" % (image_format, n)),
                  "%s lost what was written before death %d" % (image_format, n))
        wait_for(lambda: len(daemons()) == len(DRIVES), "all are there again")
        check(not set(before) & set(daemons()), "some of them live on")
    check(any("killed by signal 9" in w for w in one.info()["warnings"]), "warnings: %s" % one.info()["warnings"])


@test("/guest/machine-formats/machine-pauses-while-a-disk-has-no-process")
def pauses():
    ready()
    write("qcow2", 8000, text_of("before"))
    for pid in daemons():
        os.kill(pid, signal.SIGKILL)
    one.ctl("pause")
    check(one.state() == "paused", "it is %s" % one.state())
    one.ctl("resume")
    check(read("qcow2", 8000) == text_of("before"), "it is lost")


@test("/guest/machine-formats/a-disk-comes-and-goes-with-its-process")
def comes_and_goes():
    ready()
    path = home.path("more.qcow2")
    qemu_img("create", "-q", "-f", "qcow2", path, str(SIZE))
    wait_for(lambda: len(daemons()) == len(DRIVES), "what was killed before is there again")
    before = daemons()
    sentence = one.refusal("attach", "disk", path)
    check("qcow2" in sentence, sentence)
    one.ctl("attach", "disk", path + ",format=qcow2")
    alias = "virtio-disk1"
    check(len(daemons()) == len(before) + 1, "processes: %s" % daemons())
    one.refusal("resize", alias, "8M")
    one.ctl("resize", alias, "32M")
    wait_for(lambda: len(daemons()) == len(before) + 1, "its process is there again")
    one.ctl("detach", alias, "--force")
    check(daemons() == before, "its process is still there: %s" % daemons())
    qemu_img("check", "-q", path)


@test("/guest/machine-formats/keeper-that-is-killed-takes-them-with-it")
def keeper_killed():
    ready()
    write("qcow2", 8200, text_of("the last"))
    left = daemons()
    os.kill(one.keeper(), signal.SIGKILL)
    for pid in left:
        machines.wait_gone(pid, "a disk's process")
    one.start()
    connect()
    check(read("qcow2", 8200) == text_of("the last"), "it is lost")


@test("/guest/machine-formats/images-are-whole-and-hold-it-all-afterwards")
def whole():
    ready()
    one.power_off()
    check(home.remains() == [], "left behind: %s" % home.remains())
    for image_format in DRIVES:
        path = home.path("boot.qcow2" if image_format == "qcow2" else "x." + image_format)
        if image_format not in ("vpc",):
            result = subprocess.run(["qemu-img", "check", "--output=json", "-f", image_format, path],
                                    capture_output=True, text=True)
            said = json.loads(result.stdout)
            check(not said.get("corruptions") and not said["check-errors"], "%s: %s" % (image_format, said))
        raw = home.path("out.raw")
        qemu_img("convert", "-f", image_format, "-O", "raw", path, raw)
        with open(raw, "rb") as f:
            for sector, word in [(5000, image_format)] + [(6000 + 200 * n, "%s, %d" % (image_format, n)) for n in range(3)]:
                f.seek(sector * 512)
                check(f.read(512) == text_of(word), "sector %d of %s" % (sector, path))


@test("/guest/machine-formats/image-that-cannot-be-opened-is-told-in-its-programs-words")
def broken():
    path = home.path("broken.qcow2")
    with open(home.path("boot.qcow2"), "rb") as f:
        head = bytearray(f.read(65536))
    head[20:24] = b"\0\0\0\x40"     # clusters of 2^64 bytes
    head[8:16] = bytes(8)
    home.write("broken.qcow2", bytes(head))
    two = home.create("two", "--import", path)
    sentence = two.refusal("start")
    check(path in sentence and "luster size" in sentence, sentence)
    check(two.state() == "off" and home.remains() == [], "left: %s" % home.remains())


@test("/guest/machine-formats/new-qcow2-disk-is-made-with-its-machine")
def new():
    three = home.create("three", "--disk", "size=1G,format=qcow2")
    path = os.path.join(three.folder, "three.qcow2")
    said = json.loads(qemu_img("info", "--output=json", path))
    check(said["format"] == "qcow2" and said["virtual-size"] == 1 << 30, said)
    check(os.stat(path).st_blocks * 512 < 1 << 20, "it takes its whole size at once")
    three.start()
    check(three.state() == "running", three.state())
    three.power_off()


main(home.close)
