#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Disks on logical volumes for a user who is not root: by a real UDisks2 with its LVM2 module, as polkit's rules let him."""

import json
import os
import signal
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))
import host
import machines
import puppet
import services
from puppet import text_of
from services import PATIENCE, run
from tap import check, main, test, wait_for

host.need_programs("lvcreate", "vgcreate", "thin_check", "losetup", "udevadm", "dbus-daemon", "gdbus", "useradd")
host.need_bed(__file__, memory_mib=3072)

BOOT = 300
LVM = "org.freedesktop.udisks2."
MODULE = "/usr/lib/x86_64-linux-gnu/udisks2/modules/libudisks2_lvm2.so"
SERVICE = "/usr/share/dbus-1/system-services/org.freedesktop.UDisks2.service"


def make_group():
    with open("/var/tmp/pv", "wb") as f:
        f.truncate(1 << 30)
    run("vgcreate", "-q", "vg0", run("losetup", "-f", "--show", "/var/tmp/pv").strip())
    run("lvcreate", "-q", "-y", "-T", "-L", "256M", "vg0/pool")
    run("udevadm", "settle", "--timeout=%d" % PATIENCE)


def volumes():
    return sorted(run("lvs", "--noheadings", "--select", "segtype!=thin-pool", "-o", "lv_name").split())


services.start_udev()
make_group()
services.start_bus()
# “disk” is the group of who may open volumes.
ana = machines.Home(user=services.add_user("ana", "disk"))
bo = machines.Home(user=services.add_user("bo"))
services.start_polkit(services.allow("bo", LVM))
services.start_udisks()
one = guest = None
DISKS = ("--disk", "size=64M,format=lvm,vg=vg0,bus=sata", "--disk", "size=1G,format=lvm,vg=vg0,thin=pool,volume=thin,bus=sata")


def refused(home, *disks):
    """The sentence; no volume has come or gone."""
    before = volumes()
    sentence = home.refusal("create", "--name", "no", "--nic", "none", *disks, timeout=PATIENCE)
    check(volumes() == before, "%s: there are %s" % (sentence, volumes()))
    return sentence


def groups():
    return json.loads(ana.ctl("image", "groups", "--json", timeout=PATIENCE))


@test("/guest/volumes-udisks/first-question-after-the-daemons-start-finds-groups-and-pools")
def first():
    said = groups()
    check([g["name"] for g in said] == ["vg0"], said)
    check(500 << 20 < said[0]["free"] < said[0]["size"] <= 1 << 30, said)
    check([p["name"] for p in said[0]["pools"]] == ["pool"], said)


@test("/guest/volumes-udisks/who-may-not-is-told-so-by-polkits-word")
def denied():
    for rules in (), (services.deny("ana", LVM),):
        services.start_polkit(services.allow("bo", LVM), *rules)
        sentence = refused(ana, *DISKS)
        check("You may not change logical volumes" in sentence and "polkit" in sentence, sentence)
        print("# " + sentence)


@test("/guest/volumes-udisks/who-may-make-a-volume-and-not-open-it-has-none-left")
def not_a_member():
    sentence = refused(bo, "--disk", "size=32M,format=lvm,vg=vg0")
    check("You may make the logical volume “/dev/vg0/no”, but not open it" in sentence and "“disk”" in sentence, sentence)


@test("/guest/volumes-udisks/machine-is-made-on-a-thick-and-a-thin-volume")
def created():
    global one
    services.start_polkit(services.allow("ana", LVM))
    boot = ana.write("boot.raw", puppet.image(1 << 20))
    one = machines.Machine(ana, "one", ana.ctl("create", "--name", "one", "--memory", "64", "--vcpus", "1", "--nic", "none",
                                               "--disk", "path=" + boot, *DISKS, timeout=PATIENCE).strip())
    check(volumes() == ["one-2", "thin"], volumes())
    check(run("lvs", "--noheadings", "-o", "pool_lv", "vg0/thin").strip() == "pool", "“thin” is in no pool")
    check("thin" in refused(ana, "--disk", "size=32M,format=lvm,vg=vg0,volume=thin"), "another sentence")


@test("/guest/volumes-udisks/what-a-guest-writes-is-on-the-volume")
def written():
    global guest
    one.start(timeout=PATIENCE)
    guest = puppet.again(guest, one, BOOT)
    for drive, name in ((0x81, "one-2"), (0x82, "thin")):
        guest.write_sector(77, text_of(name), drive)
    guest.close()
    guest = None
    one.power_off()
    for name in "one-2", "thin":
        with open("/dev/vg0/" + name, "rb") as f:
            os.posix_fadvise(f.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
            f.seek(77 * 512)
            check(f.read(512) == text_of(name), "it is not on " + name)


@test("/guest/volumes-udisks/only-the-volumes-that-were-made-for-it-go-with-a-machine")
def removed():
    run("lvrename", "vg0", "one-2", "kept")
    run("lvcreate", "-q", "-y", "-L", "32M", "-n", "one-2", "vg0")      # somebody else's, with that name
    run("udevadm", "settle", "--timeout=%d" % PATIENCE)
    one.ctl("undefine", "--remove-disks", timeout=PATIENCE)
    check(volumes() == ["kept", "one-2"], volumes())


@test("/guest/volumes-udisks/daemon-that-hangs-or-dies-is-told-and-none-is-said-to-be-missing")
def hangs():
    daemon = services.running[services.UDISKS]
    daemon.send_signal(signal.SIGSTOP)
    sentence = ana.refusal("image", "groups", timeout=PATIENCE)
    check("UDisks2, which makes logical volumes, does not answer" in sentence, sentence)
    asking = ana.popen("image", "groups", stderr=machines.PIPE, text=True)
    services.kill(services.UDISKS)
    said = asking.communicate(timeout=PATIENCE)[1]
    # Killed before it was asked: the bus starts another, which answers.
    check(asking.returncode == 0 or "does not answer" in said, said)
    services.start_udisks()
    # One that starts after a crash loads its module by itself, and looks for groups in its own time.
    wait_for(lambda: [g["name"] for g in groups()] == ["vg0"], "the next one knows the group", PATIENCE)


@test("/guest/volumes-udisks/what-is-not-installed-is-named")
def missing():
    services.kill(services.UDISKS)
    os.rename(MODULE, MODULE + ".away")
    services.start_udisks()
    sentence = refused(ana, "--disk", "size=32M,format=lvm,vg=vg0")
    check("“udisks2-lvm2”; neither is here" in sentence, sentence)
    services.kill(services.UDISKS)
    os.unlink(SERVICE)
    run("dbus-send", "--system", "--print-reply", "--dest=org.freedesktop.DBus", "/org/freedesktop/DBus",
        "org.freedesktop.DBus.ReloadConfig")
    sentence = refused(ana, "--disk", "size=32M,format=lvm,vg=vg0")
    check("“udisks2-lvm2”; neither is here" in sentence, sentence)


def close():
    ana.close()
    bo.close()


main(close)
