#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Each kind of disk under fio: written at random, at depth, in blocks of many sizes, and every byte of it read back
and compared.  One machine with all of them."""

import hashlib
import os
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))
import host
import linux_guest
from blank_disk import blank_disk
from tap import check, main, skip_all, test
from vmm import Device, READ_ONLY, scsi_unit

host.need_hardware_kvm(__file__)

FIO, MKFS = "/usr/bin/fio", "/sbin/mkfs.ext4"
for program in (FIO, MKFS):
    if not os.path.exists(program):
        skip_all("%s is not installed" % program)
ISO = "/usr/lib/grub-rescue/grub-rescue-cdrom.iso"
WORK = tempfile.mkdtemp(prefix="vitrine-disks-", dir="/var/tmp")
IMAGE = linux_guest.build(["virtio_blk", "virtio_scsi", "virtio_rng", "ahci", "sd_mod", "sr_mod", "ext4", "crc32c_generic"],
                          programs=[FIO, MKFS])
guest = None


def disk(name):
    return blank_disk(WORK, name, 64)


def name_of(serial):
    """What the guest calls the disk with SERIAL."""
    return guest.wait_sh("for d in /sys/block/[sv]d*; do grep -qs %s $d/serial $d/device/vpd_pg80 && basename $d; done "
                         "| grep ." % serial)


def verify(name):
    """fio's verdict: everything that it wrote is there, and as it was written."""
    size = int(guest.sh("cat /sys/block/%s/size" % name))
    check(size == 64 << 11, "%s has %d sectors" % (name, size))
    said = guest.sh("fio --name=verify --thread --filename=/dev/%s --ioengine=libaio --iodepth=16 --direct=1 "
                    "--rw=randwrite --bsrange=4k-128k --size=32m --verify=crc32c --verify_fatal=1 --end_fsync=1 "
                    "--randrepeat=1 2>&1" % name, timeout=600)
    check("err= 0" in said and "verify" in said, said)


@test("/guest/disks/fio-verifies-a-virtio-disk", shows=["virtio-blk works"])
def virtio_blk():
    global guest
    guest = linux_guest.Guest(IMAGE, vcpus=2, memory_mib=512, devices=[
        Device("virtio-blk", "virtio-disk0", path=disk("vda"), serial="ON-VIRTIO"),
        Device("virtio-scsi", "scsi0"),
        Device("scsi-hd", "scsi0-0-0-0", path=disk("scsi"), unit=scsi_unit(0, 0), serial="ON-SCSI"),
        Device("ata-disk", "sata0-0-0", path=disk("sata"), unit=0, serial="ON-SATA"),
        Device("atapi-cdrom", "sata0-0-1", path=ISO, unit=1, flags=READ_ONLY),
        Device("scsi-cd", "scsi0-0-0-1", path=ISO, unit=scsi_unit(0, 1), flags=READ_ONLY),
        Device("virtio-rng", "rng0")])
    verify(name_of("ON-VIRTIO"))


@test("/guest/disks/fio-verifies-a-scsi-disk", shows=["virtio-scsi works", "scsi-hd works"])
def scsi():
    verify(name_of("ON-SCSI"))


@test("/guest/disks/fio-verifies-a-sata-disk", shows=["ata-disk works"])
def sata():
    verify(name_of("ON-SATA"))


@test("/guest/disks/a-file-system-on-a-sata-disk-keeps-what-is-in-it")
def file_system():
    """As an installer makes it: what was there is discarded first, and what is written is read off the disk again."""
    guest.sh("mkfs.ext4 -q -F /dev/{0} && mount -t ext4 /dev/{0} /mnt && dd if=/dev/urandom of=/mnt/data bs=64k count=64 && "
             "sync && md5sum < /mnt/data > /tmp/sum && umount /mnt".format(name_of("ON-SATA")))
    with open(os.path.join(WORK, "sata"), "rb") as f:
        f.seek(1024 + 56)
        check(f.read(2) == b"\x53\xef", "there is no file system in the image")
    guest.sh("echo 3 > /proc/sys/vm/drop_caches; mount -t ext4 /dev/%s /mnt && md5sum < /mnt/data | cmp - /tmp/sum && "
             "umount /mnt" % name_of("ON-SATA"))


@test("/guest/disks/each-cd-is-read-whole", shows=["atapi-cdrom works", "scsi-cd works"])
def cds():
    with open(ISO, "rb") as f:
        iso = f.read()
    sums = guest.wait_sh("cd /dev; test -b sr0 && test -b sr1 && for d in sr0 sr1; do head -c %d $d | md5sum; done"
                         % len(iso),
                         timeout=300)
    expected = hashlib.md5(iso).hexdigest()
    check([line.split()[0] for line in sums.splitlines()] == [expected] * 2, "sums: %s, not %s" % (sums, expected))


@test("/guest/disks/random-numbers-come", shows=["virtio-rng works"])
def rng():
    check(guest.sh("cat /sys/class/misc/hw_random/rng_current") == "virtio_rng.0", "another source")
    numbers = guest.sh("head -c 64 /dev/hwrng | md5sum; head -c 64 /dev/hwrng | md5sum").split()
    check(numbers[0] != numbers[2], "the same numbers twice: %s" % numbers)


@test("/guest/disks/the-kernel-has-nothing-to-complain-about")
def quiet():
    guest.check_quiet()
    guest.power_off()


main()
