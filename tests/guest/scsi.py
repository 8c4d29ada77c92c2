#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Debian's virtio_scsi, sd and sr on our controller: data, space given back, media, sizes, disks that come
and go.  One machine for all tests, in their order."""

import os
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))
import host
import linux_guest
from blank_disk import blank_disk
from tap import check, main, test
from vmm import READ_ONLY, UNPLUG_GONE, Device, VmmError, scsi_unit

host.need_hardware_kvm(__file__)

WORK = tempfile.mkdtemp(prefix="vitrine-scsi-", dir="/var/tmp")
ISO = "/usr/lib/grub-rescue/grub-rescue-cdrom.iso"
MIB = 1 << 20
MODULES = ["virtio_scsi", "virtio_blk", "ahci", "sd_mod", "sr_mod", "isofs", "ext4", "crc32c_generic"]
PROGRAMS = ["/sbin/blkdiscard", "/sbin/fstrim", "/sbin/mke2fs"]  # busybox's know too little
IMAGE = linux_guest.build(MODULES, programs=PROGRAMS)
FIRST, SECOND, CD = "0:0:0", "0:3:5", "0:0:1"  # channel, target, unit
LATE = "0:63:%d" % (0x4000 | 300)  # Linux numbers large units as their addresses are written
guest = None


def disk(name, mib):
    return blank_disk(WORK, name, mib)


def allocated(path):
    return os.stat(path).st_blocks * 512


def head_of(path, n, at=0):
    with open(path, "rb") as f:
        f.seek(at)
        return f.read(n)


SDA, SDB, VDA = disk("sda", 256), disk("sdb", 64), disk("vda", 64)
with open(SDB, "r+b") as f:
    f.write(b"only to be read")


def folder_of(place):
    """Where the guest shows the unit at PLACE of the virtio controller, as a pattern."""
    return "/sys/bus/virtio/drivers/virtio_scsi/virtio*/host*/target*/*:%s" % place


def name_of(place):
    """What the guest calls its disk, "sda"."""
    return guest.sh("basename %s/block/*" % folder_of(place))


def refused(word, call, *args):
    try:
        call(*args)
    except VmmError as error:
        check(word in str(error), "refused, but not for “%s”: %s" % (word, error))
        return
    raise AssertionError("not refused: “%s”" % word)


@test("/guest/scsi/debians-drivers-find-controller-disks-and-cd")
def finds():
    global guest
    guest = linux_guest.Guest(IMAGE, vcpus=2, devices=[
        Device("virtio-scsi", "scsi0", queues="2"),
        Device("scsi-hd", "scsi0-0-0-0", path=SDA, unit=scsi_unit(0, 0), serial="VITRINE-7"),
        Device("scsi-hd", "scsi0-0-3-5", path=SDB, unit=scsi_unit(3, 5), flags=READ_ONLY),
        Device("scsi-cd", "scsi0-0-0-1", path=ISO, unit=scsi_unit(0, 1), flags=READ_ONLY),
        Device("virtio-blk", "virtio-disk0", path=VDA),
        Device("atapi-cdrom", "sata0-0-0", path=ISO, unit=0, flags=READ_ONLY),
    ])
    check(("1af4:1048", "virtio-pci") in guest.pci_drivers(), guest.pci_drivers())
    for place, size in ((FIRST, 256 * MIB), (SECOND, 64 * MIB), (CD, os.path.getsize(ISO))):
        check(guest.sh("cat %s/block/*/size" % folder_of(place)) == str(size // 512), place)
    serial = guest.sh("cat %s/vpd_pg80 | tr -cd 'A-Z0-9-'" % folder_of(FIRST))
    check(serial == "VITRINE-7", "its serial number is %r" % serial)
    guest.check_quiet()


@test("/guest/scsi/data-written-by-many-at-once-is-read-back")
def data():
    """Eight writers side by side, around the guest's cache, each with blocks of its own size."""
    name = name_of(FIRST)
    guest.sh("dd if=/dev/urandom of=/tmp/data bs=1M count=8 2>/dev/null")
    sizes = (4, 8, 16, 32, 64, 128, 256, 512)
    guest.sh(" & ".join("dd if=/tmp/data of=/dev/%s bs=%dk seek=%d oflag=direct 2>/dev/null"
                        % (name, k, i * 8192 // k) for i, k in enumerate(sizes)) + " & wait", timeout=300)
    want = guest.sh("md5sum < /tmp/data")
    for i in range(len(sizes)):
        got = guest.sh("dd if=/dev/%s bs=1M skip=%d count=8 iflag=direct 2>/dev/null | md5sum" % (name, i * 8))
        check(got == want, "writer %d's data: %s" % (i, got))


@test("/guest/scsi/fstrim-and-blkdiscard-give-space-back-to-the-host")
def gives_back():
    name = name_of(FIRST)
    guest.sh("/sbin/mke2fs -q -t ext4 /dev/%s && mount -t ext4 /dev/%s /mnt" % (name, name), timeout=300)
    guest.sh("dd if=/dev/urandom of=/mnt/data bs=64k count=256 2>/dev/null && sync")
    before = guest.sh("md5sum < /mnt/data")
    guest.sh("umount /mnt && mount -t ext4 /dev/%s /mnt" % name)
    check(guest.sh("md5sum < /mnt/data") == before, "the file changed")
    full = allocated(SDA)
    guest.sh("rm /mnt/data && sync && /sbin/fstrim /mnt", timeout=300)
    check(allocated(SDA) < full - 12 * MIB, "fstrim: %d bytes became %d" % (full, allocated(SDA)))
    guest.sh("umount /mnt && /sbin/blkdiscard -f /dev/%s" % name, timeout=300)
    check(allocated(SDA) < MIB, "blkdiscard left %d bytes" % allocated(SDA))
    guest.sh("dd if=/dev/urandom of=/dev/vda bs=1M count=16 conv=fsync 2>/dev/null && /sbin/blkdiscard -f /dev/vda")
    check(allocated(VDA) < MIB, "on virtio-blk: %d bytes" % allocated(VDA))


@test("/guest/scsi/zeroes-are-written-without-data")
def zeroes():
    name = name_of(FIRST)
    check(int(guest.sh("cat /sys/block/%s/queue/write_zeroes_max_bytes" % name)) > 0, "it cannot")
    guest.sh("dd if=/dev/urandom of=/dev/%s bs=1M count=4 conv=fsync 2>/dev/null" % name)
    guest.sh("/sbin/blkdiscard -f -z -l 4M /dev/%s && sync" % name)
    check(head_of(SDA, 4 * MIB) == bytes(4 * MIB), "there is something left")


@test("/guest/scsi/read-only-disk-is-read-and-refuses-writes")
def read_only():
    name = name_of(SECOND)
    check(guest.sh("cat /sys/block/%s/ro" % name) == "1", "it may be written")
    check(guest.sh("head -c 15 /dev/%s" % name) == "only to be read", "it reads something else")
    check(not guest.succeeds("echo no | dd of=/dev/%s conv=fsync 2>/dev/null" % name), "it was written")


def cds():
    """Names of the SCSI drive and of the SATA one."""
    scsi = name_of(CD)
    return [(scsi, "scsi0-0-0-1"), ("sr1" if scsi == "sr0" else "sr0", "sata0-0-0")]


def other_iso(name):
    path = os.path.join(WORK, name)
    with open(path, "wb") as f:
        f.write(b"another disc " + name.encode() + b"\n")
        f.truncate(3 * MIB)
    return path


MOUNT = "mkdir -p /cd && mount -t iso9660 /dev/%s /cd && ls /cd/boot/grub/grub.cfg"


@test("/guest/scsi/medium-is-ejected-and-another-one-is-read")
def change():
    for name, alias in cds():
        guest.sh(MOUNT % name + " && umount /cd")
        guest.vmm.eject(alias)
        check(not guest.succeeds("dd if=/dev/%s bs=2048 count=1 2>/dev/null" % name), alias + " reads nothing")
        guest.vmm.insert(alias, other_iso(alias))
        guest.wait_sh("head -c 40 /dev/%s | grep -q 'another disc %s'" % (name, alias))
        check(guest.sh("cat /sys/block/%s/size" % name) == str(3 << 11), alias + " has the old size")


@test("/guest/scsi/mounted-medium-is-locked-until-it-is-forced-out")
def locked():
    for name, alias in cds():
        guest.vmm.insert(alias, ISO)
        guest.wait_sh(MOUNT % name)
        refused("locked", guest.vmm.eject, alias)
        guest.sh("ls /cd/boot/grub/grub.cfg")
        guest.vmm.eject(alias, force=True)
        guest.succeeds("umount /cd || umount -l /cd")
        guest.vmm.insert(alias, ISO)
        guest.wait_sh(MOUNT % name + " && umount /cd")


@test("/guest/scsi/disks-grow-and-the-guest-sees-it-by-itself")
def grows():
    for name, alias, path in ((name_of(FIRST), "scsi0-0-0-0", SDA), ("vda", "virtio-disk0", VDA)):
        guest.vmm.resize(alias, 512 * MIB)
        check(os.path.getsize(path) == 512 * MIB, "the file is not as large")
        guest.wait_sh("test $(cat /sys/block/%s/size) = %d" % (name, 512 << 11))
        guest.sh("echo end | dd of=/dev/%s bs=1M seek=511 conv=fsync 2>/dev/null" % name)
        check(head_of(path, 3, 511 * MIB) == b"end", "the new end is somewhere else")
        refused("grow", guest.vmm.resize, alias, MIB)
    refused("no disk", guest.vmm.resize, "scsi0-0-0-1", 512 * MIB)


@test("/guest/scsi/disk-comes-is-used-and-goes-again", shows=["scsi-hd hot-plugs"])
def comes_and_goes():
    path = disk("late", 16)
    late = Device("scsi-hd", "scsi0-0-63-300", path=path, unit=scsi_unit(63, 300))
    refused("on it; take that away first", guest.vmm.detach, "scsi0")
    refused("taken", guest.vmm.attach, Device("scsi-hd", "other", path=path, unit=scsi_unit(0, 0)))
    guest.vmm.attach(late)
    guest.wait_sh("test -e " + folder_of(LATE) + "/block/*/size")
    guest.sh("echo here | dd of=/dev/%s conv=fsync 2>/dev/null" % name_of(LATE))
    check(head_of(path, 4) == b"here", "what was written is not on it")
    guest.vmm.detach("scsi0-0-63-300")
    check(guest.vmm.wait_unplug("scsi0-0-63-300")[0] == UNPLUG_GONE, "it is still there")
    guest.wait_sh("! test -e " + folder_of(LATE) + "/block")


@test("/guest/scsi/a-guest-may-give-up-a-controller-with-its-drives")
def gives_up():
    guest.vmm.attach(Device("virtio-scsi", "scsi1", controller=1, slot=20))
    guest.vmm.attach(Device("scsi-hd", "scsi1-0-0-0", path=disk("given-up", 16), controller=1, unit=scsi_unit(0, 0)))
    guest.wait_sh("ls -d /sys/bus/pci/devices/0000:00:14.0/virtio*/host*/target*/*/block")
    # The kernel looks for partitions at first, and would rightly complain of a disk that goes under it.
    guest.wait_sh("dd if=/dev/$(ls /sys/bus/pci/devices/0000:00:14.0/virtio*/host*/target*/*/block) of=/dev/null count=1 "
                  "2>/dev/null")
    guest.sh("echo 0 > $(dirname $(grep -l 0000:00:14 /sys/bus/pci/slots/*/address))/power")
    for alias in ("scsi1-0-0-0", "scsi1"):
        check(guest.vmm.wait_unplug(alias)[0] == UNPLUG_GONE, alias + " is still there")
    guest.wait_sh("! test -e /sys/bus/pci/devices/0000:00:14.0")
    guest.vmm.attach(Device("virtio-scsi", "scsi1", controller=1, slot=20))
    guest.wait_sh("test -e /sys/bus/pci/devices/0000:00:14.0/virtio*/host*")


@test("/guest/scsi/kernel-has-nothing-to-complain-about")
def quiet():
    guest.check_quiet(["Synchronize Cache(10) failed"])  # of the disk that went with its controller
    errors = guest.sh("dmesg | grep -i -E 'i/o error|sense key|blk_update|critical' || true")
    unexpected = [line for line in errors.splitlines() if name_of(SECOND) not in line and "sr" not in line]
    check(not unexpected, "\n".join(unexpected))
    guest.power_off()


main(lambda: guest and guest.close())
