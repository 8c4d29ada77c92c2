#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Devices and processors that come and go under Debian's own kernel (acpiphp, processor), while they are
in use, over and over."""

import os
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))
import host
import linux_guest
from blank_disk import blank_disk
from rounds import expect_rounds, weigh
from tap import check, main, test
from vmm import UNPLUG_GONE, Device, Vmm, expect_refusal, scsi_unit

host.need_hardware_kvm(__file__, independent=True)
IMAGE = linux_guest.build(["virtio_blk", "virtio_rng", "ahci", "sd_mod"])
WORK = tempfile.mkdtemp(prefix="vitrine-hotplug-", dir="/tmp")

# A disk that is pulled out while it is read; processors that the emulated host below ours offers.
ALLOWED = ["I/O error, dev vd", "xstate.c"]


def disk(name):
    return blank_disk(WORK, name, 16)


def come(guest, path):
    """A disk and a source of random numbers come, and are found."""
    guest.vmm.attach(Device("virtio-blk", "virtio-disk0", path=path, serial="HOT"))
    guest.vmm.attach(Device("virtio-rng", "rng0"))
    guest.sh("n=0; until [ -b /dev/vda ] && grep -q virtio /sys/class/misc/hw_random/rng_current; do "
             "n=$((n + 1)); [ $n -lt 600 ] || break; usleep 50000; done; [ $n -lt 600 ]")
    check(guest.sh("cat /sys/block/vda/serial") == "HOT", "another disk is vda")


def come_and_go(guest, path):
    """One round: both come, are used, and go while they are."""
    come(guest, path)
    guest.sh("for d in vda hwrng; do (while dd if=/dev/$d of=/dev/null bs=64k count=64; do :; done) "
             ">/dev/null 2>&1 & done")
    for alias in ("virtio-disk0", "rng0"):
        guest.vmm.take_away(alias)
    guest.wait_sh("[ ! -e /sys/block/vda ]")
    guest.sh("kill $(jobs -p) 2>/dev/null; wait; true")


@test("/guest/hotplug/a-guest-that-is-not-up-is-not-asked")
def too_early():
    with Vmm(host.VMM, kernel=IMAGE.kernel, initrd=IMAGE.initrd, vcpus=2,
             devices=[Device("virtio-rng", "rng0")]) as vmm:
        for _ in range(2):
            expect_refusal("not ready", vmm.detach, "rng0")
            expect_refusal("not ready", vmm.set_vcpus, 1)
            vmm.run()
        vmm.detach("rng0", force=True)
        check(vmm.wait_unplug("rng0") == (UNPLUG_GONE, False), "force does not wait for a guest")


@test("/guest/hotplug/displays-stay")
def displays():
    for video in ("vga", "virtio-vga"):
        with Vmm(host.VMM, kernel=IMAGE.kernel, initrd=IMAGE.initrd, video=video,
                 devices=[Device("virtio-gpu", "video1")]) as vmm:
            for alias in ("video0", "video1"):
                for force in (False, True):
                    expect_refusal("cannot be removed while", vmm.detach, alias, force=force)
            vmm.run()


@test("/guest/hotplug/a-controller-that-the-guest-gives-up-goes-with-what-sits-on-it")
def given_up():
    devices = [Device("qemu-xhci", "usb0", slot=10), Device("usb-tablet", "input0"),
               Device("virtio-scsi", "scsi0", slot=11),
               Device("scsi-hd", "scsi0-0-0-0", path=disk("given-up"), unit=scsi_unit(0, 0))]
    with linux_guest.Guest(IMAGE, 1, devices=devices) as guest:
        vmm = guest.vmm
        for slot, controller, user in ((10, "usb0", "input0"), (11, "scsi0", "scsi0-0-0-0")):
            expect_refusal("has %s on it" % user, vmm.detach, controller)
            guest.sh("echo 0 > /sys/bus/pci/slots/%d/power" % slot)
            for alias in (user, controller):
                check(vmm.wait_unplug(alias) == (UNPLUG_GONE, False), "%s is still there" % alias)
                expect_refusal("no device", vmm.detach, alias)
        vmm.attach(Device("qemu-xhci", "usb0"))
        vmm.attach(Device("usb-tablet", "input0"))
        guest.check_quiet(ALLOWED, of_drivers=False)
        guest.power_off()


@test("/guest/hotplug/devices-in-use-come-and-go-with-1-vcpu")
def one():
    devices = [Device("virtio-rng", "rng7", slot=9),
               Device("ata-disk", "sata0-0-0", path=disk("early"), unit=0)]
    with linux_guest.Guest(IMAGE, 1, devices=devices) as guest:
        vmm = guest.vmm
        for alias in ("sata0-0-0", "serial0", "video0"):
            expect_refusal("cannot be removed while", vmm.detach, alias)
        expect_refusal("no device", vmm.detach, "rng8")
        expect_refusal("already", vmm.attach, Device("virtio-rng", "rng7"))
        expect_refusal("cannot be added while", vmm.attach,
                       Device("ata-disk", "sata0-0-1", path=disk("late"), unit=1))
        expect_refusal("slot 9 is taken", vmm.attach, Device("virtio-rng", "rng8", slot=9))
        expect_refusal("no option", vmm.attach, Device("virtio-rng", "rng8", taste="x"))
        vmm.pause()  # it does not answer meanwhile
        vmm.detach("rng7")
        expect_refusal("already", vmm.detach, "rng7")
        vmm.run()
        check(vmm.wait_unplug("rng7")[0] == UNPLUG_GONE, "rng7 is still there")
        path = disk("rounds-1")
        expect_rounds(guest, lambda: come_and_go(guest, path))
        guest.check_quiet(ALLOWED, of_drivers=False)
        guest.power_off()


@test("/guest/hotplug/devices-in-use-come-and-go-with-4-vcpus",
      shows=["virtio-blk hot-plugs", "virtio-rng hot-plugs"])
def four():
    path = disk("rounds-4")
    with linux_guest.Guest(IMAGE, 4) as guest:
        expect_rounds(guest, lambda: come_and_go(guest, path))
        guest.check_quiet(ALLOWED, of_drivers=False)
        guest.power_off()


ADDED = "for n in 1 2 3; do until [ -e /sys/devices/system/cpu/cpu$n/online ]; do usleep 50000; done; " \
        "echo 1 > /sys/devices/system/cpu/cpu$n/online; done"
WORK_ON_ALL = "for n in 0 1 2 3; do (i=0; while [ $i -lt 2000 ]; do i=$((i + 1)); done) & done; wait"


@test("/guest/hotplug/processors-come-and-go-and-a-reset-takes-what-was-asked-for")
def processors():
    with linux_guest.Guest(IMAGE, 1, devices=[Device("virtio-rng", "rng0")], max_vcpus=4) as guest:
        vmm = guest.vmm
        threads = weigh(vmm.process.pid)[1]
        check(guest.sh("cat /sys/devices/system/cpu/possible") == "0-3", "possible")
        expect_refusal("1 to 4", vmm.set_vcpus, 5)
        expect_refusal("1 to 4", vmm.set_vcpus, 0)
        for _ in range(5):
            vmm.set_vcpus(4)
            check(vmm.wait_vcpus() == (4, UNPLUG_GONE), "there are not four")
            guest.sh(ADDED)
            check(guest.sh("cat /sys/devices/system/cpu/online; nproc") == "0-3\n4", "online")
            guest.sh(WORK_ON_ALL)
            ids = guest.sh("sed -n 's/^initial apicid.*: //p' /proc/cpuinfo").split()
            # In the order in which Linux came to look at them, which is its own.
            check(sorted(ids) == ["0", "1", "2", "3"], "their APIC IDs are %s" % ids)
            vmm.set_vcpus(1)
            check(vmm.wait_vcpus(120) == (1, UNPLUG_GONE), "there is more than one left")
            check(guest.sh("cat /sys/devices/system/cpu/online /sys/devices/system/cpu/present") == "0\n0",
                  "online and present")
        check(weigh(vmm.process.pid)[1] == threads, "threads are left over")
        guest.check_quiet(ALLOWED, of_drivers=False)

        vmm.set_vcpus(3)
        vmm.pause()
        vmm.detach("rng0")
        vmm.reset()
        check(vmm.wait_unplug("rng0") == (UNPLUG_GONE, False), "the device is still there")
        vmm.run()
        guest.wait_boot()
        check(guest.sh("nproc; ls /sys/bus/virtio/devices") == "3", "it starts again with what was there")
        guest.power_off()


main()
