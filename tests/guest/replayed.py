#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The same writes, on each kind of disk behind each controller and on a plain file of the host's, leave the same bytes.

fio writes and reads at random in blocks of many sizes, with flushes, and trims; what it writes says where it is, so that
what is on a disk afterwards does not depend on the order in which the drive did it.  Debian's drivers write to virtio,
virtio-scsi and SATA; behind them are images of each format, an NBD server and logical volumes, thick and thin.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))
import host
import linux_guest
from nbd_server import NbdServer
from storage_daemon import StorageDaemon
from tap import check, main, test
from vmm import Device, scsi_unit

FIO = "/usr/bin/fio"
host.need_programs(FIO, "qemu-storage-daemon", "qemu-img", "qemu-nbd", "lvcreate", "losetup", "thin_check")
host.need_bed(__file__, seconds=3000)

WORK = tempfile.mkdtemp(prefix="vitrine-replayed-", dir="/var/tmp")
IMAGE = linux_guest.build(["virtio_blk", "virtio_scsi", "ahci", "sd_mod"], programs=[FIO])
SIZE = 64 << 20
WRITES = dict(rw="randrw", bsrange="4k-64k", size="24m", offset="8m", fsync=8, verify="pattern", verify_pattern="%o",
              randseed=4711, allow_file_create=0)
TRIMMED = 36 << 20, 4 << 20     # where, how much: written before, by a job of its own
BLOCK = 4096
disks = {}                      # name: what becomes of it when the guest is off: (path, format)
daemons, servers = [], []
guest = plain = None


def run(*argv):
    return subprocess.run(argv, check=True, capture_output=True, text=True).stdout


def path_of(name):
    return os.path.join(WORK, name)


def raw_file(name):
    with open(path_of(name), "wb") as f:
        f.truncate(SIZE)
    return path_of(name)


# --- what is behind them ------------------------------------------------------------------------------

def image(name, image_format):
    run("qemu-img", "create", "-q", "-f", image_format, path_of(name), str(SIZE))
    disks[name] = path_of(name), image_format
    daemons.append(StorageDaemon(path_of(name), image_format))
    return dict(storage=daemons[-1], serial=name)


def served(name):
    servers.append(NbdServer(raw_file(name), socket_path=path_of(name + ".sock")))
    disks[name] = path_of(name), "raw"
    daemons.append(StorageDaemon(path_of(name + ".sock"), "nbd"))
    return dict(storage=daemons[-1], serial=name)


def volume(name, *how):
    run("lvcreate", "-q", "-y", "-n", name, *how)
    disks[name] = "/dev/vg0/" + name, "raw"
    return dict(path="/dev/vg0/" + name, serial=name)


def make_group():
    with open(path_of("pv"), "wb") as f:
        f.truncate(1 << 30)
    loop = run("losetup", "-f", "--show", path_of("pv")).strip()
    run("pvcreate", "-q", loop)
    run("vgcreate", "-q", "vg0", loop)
    run("lvcreate", "-q", "-y", "-T", "-L", "256M", "vg0/pool")
    return loop


LOOP = make_group()
THICK, THIN = ("-L", "64M", "vg0"), ("-V", "64M", "-T", "vg0/pool")


# --- what is written ----------------------------------------------------------------------------------

def writes(where, engine):
    return "fio --name=writes --thread --filename=%s --ioengine=%s %s 2>&1" % (
        where, engine, " ".join("--%s=%s" % item for item in WRITES.items()))


def filling(where):
    at, count = TRIMMED
    return ("fio --name=fill --thread --filename=%s --rw=write --bs=64k --offset=%d --size=%d --verify=pattern "
            "--verify_pattern=%%o --ioengine=psync --end_fsync=1 2>&1" % (where, at, count))


def checked(said):
    check("err= 0" in said and "verify:" not in said, said)


def disk(name):
    """What the guest calls the disk with the serial number NAME."""
    return "/dev/" + guest.wait_sh("for d in /sys/block/[sv]d*; do grep -qs %s $d/serial $d/device/vpd_pg80 && "
                                   "basename $d; done | grep ." % name)


def write_all(name):
    where = disk(name)
    checked(guest.sh(filling(where), timeout=600))
    checked(guest.sh(writes(where, "libaio --iodepth=8 --direct=1"), timeout=900))
    at, count = TRIMMED
    checked(guest.sh("fio --name=trim --thread --filename=%s --rw=randtrim --bs=64k --offset=%d --size=%d --ioengine=sync "
                     "2>&1; sync" % (where, at, count), timeout=600))


@test("/guest/replayed/plain-file-of-the-host")
def reference():
    global plain
    plain = raw_file("plain")
    for command in filling(plain), writes(plain, "psync"):
        checked(subprocess.run(command, shell=True, capture_output=True, text=True).stdout)
    shutil.copyfile(plain, path_of("untrimmed"))
    at, count = TRIMMED
    run("fallocate", "-p", "-o", str(at), "-l", str(count), plain)


@test("/guest/replayed/each-disk-behind-each-controller-is-written-read-flushed-and-trimmed")
def written_all():
    global guest
    guest = linux_guest.Guest(IMAGE, vcpus=2, memory_mib=512, devices=[
        Device("virtio-blk", "virtio-disk0", **image("VQCOW", "qcow2")),
        Device("virtio-blk", "virtio-disk1", **served("VNBD")),
        Device("virtio-blk", "virtio-disk2", **volume("VTHICK", *THICK)),
        Device("virtio-blk", "virtio-disk3", **volume("VTHIN", *THIN)),
        Device("virtio-scsi", "scsi0"),
        Device("scsi-hd", "scsi0-0-0-0", unit=scsi_unit(0, 0), **image("SVDI", "vdi")),
        Device("scsi-hd", "scsi0-0-1-0", unit=scsi_unit(1, 0), **served("SNBD")),
        Device("scsi-hd", "scsi0-0-2-0", unit=scsi_unit(2, 0), **volume("STHICK", *THICK)),
        Device("ata-disk", "sata0-0-0", unit=0, **image("AVMDK", "vmdk")),
        Device("ata-disk", "sata0-0-1", unit=1, **image("AVHDX", "vhdx")),
        Device("ata-disk", "sata0-0-2", unit=2, **served("ANBD")),
        Device("ata-disk", "sata0-0-3", unit=3, **volume("ATHIN", *THIN))])
    for name in disks:
        write_all(name)
    guest.check_quiet()
    guest.power_off()
    for one in daemons:
        one.stop()
    for one in servers:
        one.kill()


def view(path, image_format):
    """The disk's bytes, as a plain file or device has them."""
    if image_format == "raw":
        return path
    run("qemu-img", "convert", "-f", image_format, "-O", "raw", path, path_of("view"))
    return path_of("view")


def compare(name, path):
    """What was trimmed is the disk's to forget or to keep: there each block is as it was, or zeros."""
    with open(path, "rb") as written, open(plain, "rb") as zeros, open(path_of("untrimmed"), "rb") as kept:
        for at in range(0, SIZE, BLOCK):
            found, cleared, was = (f.read(BLOCK) for f in (written, zeros, kept))
            check(found in (cleared, was), "%s: other bytes at %d" % (name, at))


@test("/guest/replayed/all-hold-the-same-bytes-and-are-whole")
def same():
    for name, (path, image_format) in disks.items():
        compare(name, view(path, image_format))
        if image_format != "raw":
            said = json.loads(subprocess.run(["qemu-img", "check", "--output=json", "-f", image_format, path],
                                             capture_output=True, text=True).stdout)
            check(not said.get("corruptions") and not said["check-errors"], "%s: %s" % (name, said))
    print("# %s" % ", ".join(disks))


def close():
    run("vgchange", "-q", "-an", "vg0")
    run("losetup", "-d", LOOP)


main(close)
