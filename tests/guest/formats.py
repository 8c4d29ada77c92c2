#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Images of each format under Debian's drivers and fio: written at random, at depth, in blocks of many sizes, and every
byte of it read back and compared, also when the process behind a disk is killed under it.

The test is the keeper: it starts qemu-storage-daemon and hands its socket to the VMM.
"""

import hashlib
import json
import os
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

host.need_hardware_kvm(__file__)

FIO = "/usr/bin/fio"
host.need_programs(FIO, "qemu-storage-daemon", "qemu-img", "qemu-nbd")
WORK = tempfile.mkdtemp(prefix="vitrine-formats-", dir="/var/tmp")
IMAGE = linux_guest.build(["virtio_blk", "virtio_scsi", "ahci", "sd_mod"], programs=[FIO])
SIZE = 64 << 20
SECTORS = SIZE // 512
daemons = {}
servers = {}            # of those that are a server's
guest = None


def qemu_img(*args):
    return subprocess.run(["qemu-img", *args], check=True, capture_output=True, text=True).stdout


def path_of(name):
    return os.path.join(WORK, name)


def image(name, image_format, *options):
    qemu_img("create", "-q", "-f", image_format, *options, path_of(name), *([] if "-b" in options else [str(SIZE)]))
    return path_of(name)


def daemon(name, image_format, chain=()):
    daemons[name] = StorageDaemon(path_of(name), image_format, chain)
    return daemons[name]


def served(name):
    with open(path_of(name), "wb") as f:
        f.truncate(SIZE)
    servers[name] = NbdServer(path_of(name), socket_path=path_of(name + ".sock"))
    daemons[name] = StorageDaemon(path_of(name + ".sock"), "nbd")
    return daemons[name]


def disk(name):
    """What the guest calls the disk with the serial number NAME."""
    return guest.wait_sh("for d in /sys/block/[sv]d*; do grep -qs %s $d/serial $d/device/vpd_pg80 && basename $d; done "
                         "| grep ." % name)


def fio(name, job="verify", **options):
    options = dict(rw="randwrite", bsrange="4k-128k", size="24m", verify="crc32c", verify_fatal=1, end_fsync=1,
                   randrepeat=1, ioengine="libaio", iodepth=16, direct=1, **options)
    return "fio --name=%s --thread --filename=/dev/%s %s 2>&1" % (
        job, disk(name), " ".join("--%s=%s" % item for item in options.items()))


def verify(name):
    size = int(guest.sh("cat /sys/block/%s/size" % disk(name)))
    check(size == SECTORS, "%s has %d sectors" % (name, size))
    said = guest.sh(fio(name), timeout=900)
    check("err= 0" in said and "verify" in said, said)


@test("/guest/formats/fio-verifies-a-qcow2-on-virtio", shows=["virtio-blk works"])
def qcow2():
    global guest
    with open(path_of("base.raw"), "wb") as f:
        f.write(b"base" * (SIZE // 4))
    image("QCOW", "qcow2")
    image("BASED", "qcow2", "-b", path_of("base.raw"), "-F", "raw")
    for name in "VMDK", "VDI", "VHDX":
        image(name, name.lower())
    storage = {name: daemon(name, "qcow2" if name == "QCOW" else name.lower()) for name in ("QCOW", "VMDK", "VDI", "VHDX")}
    storage["BASED"] = daemon("BASED", "qcow2", [(path_of("base.raw"), "raw")])
    guest = linux_guest.Guest(IMAGE, vcpus=2, memory_mib=512, devices=[
        Device("virtio-blk", "virtio-disk0", storage=storage["QCOW"], serial="QCOW"),
        Device("virtio-blk", "virtio-disk1", storage=storage["BASED"], serial="BASED"),
        Device("virtio-blk", "virtio-disk2", storage=served("NBDV"), serial="NBDV"),
        Device("virtio-scsi", "scsi0"),
        Device("scsi-hd", "scsi0-0-1-0", storage=served("NBDS"), unit=scsi_unit(1, 0), serial="NBDS"),
        Device("ata-disk", "sata0-0-2", storage=served("NBDA"), unit=2, serial="NBDA"),
        Device("scsi-hd", "scsi0-0-0-0", storage=storage["VDI"], unit=scsi_unit(0, 0), serial="VDI"),
        Device("ata-disk", "sata0-0-0", storage=storage["VMDK"], unit=0, serial="VMDK"),
        Device("ata-disk", "sata0-0-1", storage=storage["VHDX"], unit=1, serial="VHDX")])
    verify("QCOW")


@test("/guest/formats/fio-verifies-a-qcow2-based-on-another-image")
def based():
    check(guest.sh("head -c 8 /dev/%s" % disk("BASED")) == "basebase", "the base is not seen")
    verify("BASED")


@test("/guest/formats/fio-verifies-a-vdi-on-virtio-scsi", shows=["scsi-hd works"])
def vdi():
    verify("VDI")


@test("/guest/formats/fio-verifies-a-vmdk-on-sata", shows=["ata-disk works"])
def vmdk():
    verify("VMDK")


@test("/guest/formats/fio-verifies-a-vhdx-on-sata")
def vhdx():
    verify("VHDX")


@test("/guest/formats/fio-verifies-a-servers-disk-on-virtio-scsi-and-sata")
def nbd():
    for name in servers:
        verify(name)


def kill_under_load(name, alias):
    """The disk is written without one flush; each time something was written its process is killed."""
    storage = daemons[name]
    unwritten = dict(offset="32m", loops=2)     # so that where it is put is news to the image
    guest.sh("(%s; echo FIO-ENDED $?) >/tmp/fio 2>&1 &"
             % fio(name, "killed", **unwritten).replace("--end_fsync=1", ""))
    for n in range(5):
        before = guest.vmm.statistics()["written-bytes"]
        while guest.vmm.statistics()["written-bytes"] < before + (3 << 20):
            if "FIO-ENDED" in guest.sh("cat /tmp/fio"):
                break
        storage.kill()
        why = guest.vmm.wait_block_lost(alias)
        check("closed its connection" in why, why)
        if name in servers:     # which dies as well
            servers[name].kill()
            servers[name].start()
        storage.start()
        guest.vmm.replace_block(alias, storage.fd)
        os.close(storage.fd)
    said = guest.wait_sh("grep -q FIO-ENDED /tmp/fio && cat /tmp/fio", timeout=900)
    check("FIO-ENDED 0" in said and "err= 0" in said, said)


@test("/guest/formats/killed-under-load-nothing-is-lost")
def killed():
    kill_under_load("QCOW", "virtio-disk0")


@test("/guest/formats/server-killed-under-load-nothing-is-lost")
def server_killed():
    kill_under_load("NBDV", "virtio-disk2")


@test("/guest/formats/trimmed-space-comes-back")
def trimmed():
    before = os.stat(path_of("QCOW")).st_blocks
    said = guest.sh("fio --name=trim --thread --filename=/dev/%s --rw=trim --bs=1m --size=%d --ioengine=sync 2>&1; sync"
                    % (disk("QCOW"), SIZE), timeout=600)
    check("err= 0" in said, said)
    check(os.stat(path_of("QCOW")).st_blocks < before // 4, "%d blocks of %d are left"
          % (os.stat(path_of("QCOW")).st_blocks, before))


def end_and_compare():
    sums = {name: guest.sh("md5sum /dev/%s" % disk(name), timeout=600).split()[0] for name in daemons}
    guest.check_quiet()
    guest.power_off()
    for name, storage in daemons.items():
        storage.stop()
        image_format = storage.layers[0][1]
        if name in servers:
            servers.pop(name).kill()
            with open(path_of(name), "rb") as f:
                check(hashlib.file_digest(f, "md5").hexdigest() == sums[name], "%s holds something else" % name)
            continue
        said = json.loads(subprocess.run(["qemu-img", "check", "--output=json", "-f", image_format, path_of(name)],
                                         capture_output=True, text=True).stdout)
        check(not said.get("corruptions") and not said["check-errors"], "%s: %s" % (name, said))
        qemu_img("convert", "-f", image_format, "-O", "raw", path_of(name), path_of("out.raw"))
        out = subprocess.run(["md5sum", path_of("out.raw")], check=True, capture_output=True, text=True).stdout
        check(out.split()[0] == sums[name], "%s holds something else" % name)
    daemons.clear()


@test("/guest/formats/images-are-whole-and-hold-what-the-guest-saw")
def whole():
    end_and_compare()


@test("/guest/formats/fio-verifies-a-qcow2-that-came-to-a-machine-that-shares-no-memory")
def late():
    global guest
    guest = linux_guest.Guest(IMAGE, vcpus=2, memory_mib=512, devices=[Device("virtio-scsi", "scsi0")])
    image("LATE", "qcow2")
    guest.vmm.attach(Device("virtio-blk", "virtio-disk0", storage=daemon("LATE", "qcow2"), serial="LATE"))
    verify("LATE")
    kill_under_load("LATE", "virtio-disk0")
    end_and_compare()


main()
