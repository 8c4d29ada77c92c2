#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Disks on real logical volumes, thick and thin, from vitrinectl to what a guest writes; and disks of the host's own."""

import json
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))
import host
import machines
import puppet
from puppet import text_of
from tap import check, main, test

host.need_programs("lvcreate", "vgcreate", "thin_check", "losetup", "mkfs.ext4")
host.need_bed(__file__, memory_mib=3072)

BOOT = 300
PATIENCE = 300
home = machines.Home()
one = guest = None


def run(*argv):
    return subprocess.run(argv, check=True, capture_output=True, text=True).stdout


def volumes():
    return sorted(run("lvs", "--noheadings", "--select", "segtype!=thin-pool", "-o", "lv_name").split())


def make_group():
    with open(home.path("pv"), "wb") as f:
        f.truncate(2 << 30)
    loop = run("losetup", "-f", "--show", home.path("pv")).strip()
    run("pvcreate", "-q", loop)
    run("vgcreate", "-q", "vg0", loop)
    run("lvcreate", "-q", "-y", "-T", "-L", "256M", "vg0/pool")
    return loop


LOOP = make_group()


def read_device(path, sector):
    # Past the cache: the guest wrote by another way.
    with open(path, "rb") as f:
        os.posix_fadvise(f.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
        f.seek(sector * 512)
        return f.read(512)


@test("/guest/volumes/groups-are-listed-with-their-free-space-and-pools")
def groups():
    said = json.loads(home.ctl("image", "groups", "--json", timeout=PATIENCE))
    check([g["name"] for g in said] == ["vg0"], said)
    check(1600 << 20 < said[0]["free"] < said[0]["size"] < 2 << 30, said)
    check([p["name"] for p in said[0]["pools"]] == ["pool"], said)


@test("/guest/volumes/machine-is-made-on-a-thick-and-a-thin-volume")
def created():
    global one
    boot = home.write("boot.raw", puppet.image(1 << 20))
    one = machines.Machine(home, "one", home.ctl(
        "create", "--name", "one", "--memory", "64", "--vcpus", "1", "--nic", "none", "--disk", "path=" + boot,
        "--disk", "size=64M,format=lvm,vg=vg0,bus=sata", "--disk", "size=1G,format=lvm,vg=vg0,thin=pool,volume=thin,bus=sata",
        timeout=PATIENCE).strip())
    check(volumes() == ["one-2", "thin"], volumes())


@test("/guest/volumes/what-a-guest-writes-is-on-the-volume")
def written():
    global guest
    one.start(timeout=PATIENCE)
    guest = puppet.again(guest, one, BOOT)
    for drive, path in ((0x81, "/dev/vg0/one-2"), (0x82, "/dev/vg0/thin")):
        guest.write_sector(77, text_of(path), drive)
        check(guest.read_sector(77, drive) == text_of(path), "%s lost it" % path)
    one.ctl("attach", "disk", "size=32M,format=lvm,vg=vg0", "--live", "--config", timeout=PATIENCE)
    check(volumes() == ["one", "one-2", "thin"], volumes())
    sentence = one.refusal("attach", "disk", "size=32M,format=lvm,vg=vg0,volume=thin", timeout=PATIENCE)
    check("already" in sentence, sentence)
    check(volumes() == ["one", "one-2", "thin"], volumes())
    guest.close()
    guest = None
    one.power_off()
    for path in ("/dev/vg0/one-2", "/dev/vg0/thin"):
        check(read_device(path, 77) == text_of(path), "it is not on " + path)


@test("/guest/volumes/what-cannot-be-made-is-refused-and-leaves-nothing")
def refused():
    before = volumes()
    for spec, word in (("size=9G,format=lvm,vg=vg0", "no space"), ("size=1M,format=lvm,vg=vg9", "vg0"),
                       ("size=1M,format=lvm,vg=vg0,thin=nopool", "nopool"),
                       ("size=1M,format=lvm,vg=vg0,volume=thin", "already")):
        sentence = home.refusal("create", "--name", "no", "--nic", "none", "--disk", "size=1M,format=lvm,vg=vg0", "--disk",
                                spec, timeout=PATIENCE)
        check(word in sentence, "%s: %s" % (spec, sentence))
        check(volumes() == before, "%s: %s" % (spec, volumes()))


@test("/guest/volumes/disk-that-the-host-uses-is-refused-with-what-is-on-it")
def in_use():
    sentence = home.refusal("create", "--name", "two", "--nic", "none", "--disk", "path=" + LOOP, timeout=PATIENCE)
    check("vg0-one--2" in sentence and "LVM" in sentence, sentence)
    run("lvcreate", "-q", "-y", "-L", "64M", "-n", "users", "vg0")
    run("mkfs.ext4", "-q", "-L", "photos", "/dev/vg0/users")
    os.mkdir(home.path("mnt"))
    run("mount", "/dev/vg0/users", home.path("mnt"))
    sentence = one.refusal("attach", "disk", "/dev/vg0/users", timeout=PATIENCE)
    check("mounted at %s" % home.path("mnt") in sentence and "photos" in sentence, sentence)
    run("umount", home.path("mnt"))
    said = home.image_info("/dev/vg0/users", timeout=PATIENCE)
    check("photos" in said["contents"] and not said["host_users"], said)
    two = home.ctl("create", "--name", "two", "--nic", "none", "--disk", "path=/dev/vg0/users", timeout=PATIENCE).strip()
    sentence = home.refusal("create", "--name", "three", "--nic", "none", "--disk", "path=/dev/vg0/users", timeout=PATIENCE)
    check("two" in sentence, sentence)
    home.ctl("undefine", two, "--remove-disks", timeout=PATIENCE)
    check("users" in volumes(), "a volume of the user's own was removed")


@test("/guest/volumes/only-the-volumes-that-were-made-for-it-go-with-a-machine")
def removed():
    run("lvrename", "vg0", "one", "kept")
    run("lvcreate", "-q", "-y", "-L", "32M", "-n", "one", "vg0")    # somebody else's, with that name
    one.ctl("undefine", "--remove-disks", timeout=PATIENCE)
    check(volumes() == ["kept", "one", "users"], volumes())
    check(os.listdir(home.machines_folder) in ([], [".lock"]), os.listdir(home.machines_folder))


def close():
    run("vgchange", "-q", "-an", "vg0")
    run("losetup", "-d", LOOP)
    return home.close()


main(close)
