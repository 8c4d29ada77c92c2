#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Devices and processors that a guest is asked for, through everything it can answer: it agrees, refuses, says nothing,
or talks nonsense.  A puppet plays the system's ACPI by the registers themselves."""

import os
import socket
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))
import host
import puppet
from blank_disk import blank_disk
from rounds import weigh
from tap import check, main, test
from vmm import (EVENT_UNPLUG, EVENT_VCPUS, HEADER, UNPLUG_AGREED, UNPLUG_GONE, UNPLUG_REFUSED, UNPLUG_TIMED_OUT,
                 Device, Vmm, VmmError, expect_refusal, scsi_unit)

host.need_kvm(__file__)

HASTY_VMM = os.path.join(host.BUILD, "tests/guest/hasty-vmm")  # waits 2 s for a guest
PATIENCE = 2
WORK = tempfile.mkdtemp(prefix="vitrine-detach-", dir="/tmp")
BOOT = 120

GPE_ENABLE, PCI_EVENT, CPU_EVENT = 0x628, 1 << 1, 1 << 2
SMI_COMMAND, ACPI_ENABLE, ACPI_DISABLE = 0xb2, 2, 3
UP, DOWN, EJECT, REMOVABLE, BUS, VANISHED = range(0xcc0, 0xcd8, 4)
STATUS = VANISHED
SELECTOR, CONTROL, COMMAND, DATA = 0xcd8, 0xcdc, 0xcdd, 0xce0
THERE, CAME, SHALL_GO, LET_GO = 1, 2, 4, 8
COMMAND_EVENT, COMMAND_STATUS = 1, 2
EJECTION, IN_PROGRESS, SUCCESS, BUSY = 3, 0x84, 0, 0x82

RNG, OTHER, DISK, SCSI = 9, 10, 11, 12     # slots
N_CPUS = 3


class Machine:
    """A VMM whose guest obeys."""

    def __init__(self, program):
        with open(os.path.join(WORK, "boot.raw"), "wb") as f:
            f.write(puppet.image())
        ours, theirs = socket.socketpair()
        self.vmm = Vmm(program, memory_mib=32, vcpus=N_CPUS, devices=[
            Device("uart16550", "serial0", sock=theirs), boot_disk(), rng()])
        self.guest = puppet.SerialPuppet(ours)
        self.vmm.run()
        self.guest.sync(BOOT)

    def close(self):
        self.guest.close()
        self.vmm.close()

    # --- what a system does -------------------------------------------------------------------------

    def take_acpi_over(self):
        self.guest.out(GPE_ENABLE, PCI_EVENT | CPU_EVENT)
        self.guest.out(SMI_COMMAND, ACPI_ENABLE)

    def slots(self, register):
        return self.guest.inp(register, 4)

    def let_go(self, slots):
        self.guest.out(EJECT, slots, 4)

    def say(self, slot, status, event=EJECTION):
        self.guest.out(STATUS, slot | event << 8 | status << 24, 4)

    def cpu(self, index):
        self.guest.out(SELECTOR, index, 4)
        return self.guest.inp(CONTROL)

    def let_cpu_go(self, index):
        self.guest.out(SELECTOR, index, 4)
        self.guest.out(CONTROL, LET_GO)

    def say_of_cpu(self, index, status, event=EJECTION):
        self.guest.out(SELECTOR, index, 4)
        for command, value in ((COMMAND_EVENT, event), (COMMAND_STATUS, status)):
            self.guest.out(COMMAND, command)
            self.guest.out(DATA, value, 4)

    def is_there(self, slot):
        return self.guest.config(slot << 3, 0) != 0xffffffff

    # --- what its keeper hears ----------------------------------------------------------------------

    def told(self, kind):
        """What the VMM has told of KIND so far, once it has done all that the guest and we asked for."""
        self.vmm.statistics()   # answered after whatever was asked for before,
        self.vmm.statistics()   # and what that left to do
        found = [data for k, data in self.vmm.events if k == kind]
        self.vmm.events = [e for e in self.vmm.events if e[0] != kind]
        return found

    def unplugs(self):
        """(alias, state) of each."""
        return [(data[HEADER.size:HEADER.size + 32].split(b"\0")[0].decode(),
                 int.from_bytes(data[HEADER.size + 32:HEADER.size + 36], "little")) for data in self.told(EVENT_UNPLUG)]

    def vcpus(self):
        """(how many there are, state) of each."""
        return [tuple(int.from_bytes(data[HEADER.size + at:HEADER.size + at + 4], "little") for at in (0, 4))
                for data in self.told(EVENT_VCPUS)]

    def expect(self, unplugs=(), vcpus=()):
        now = self.unplugs(), self.vcpus()
        check(now == (list(unplugs), list(vcpus)), "the VMM told %s and %s, not %s and %s" % (*now, unplugs, vcpus))

    def look(self):
        """What there is of it, in the guest and outside."""
        pid = self.vmm.process.pid
        return (weigh(pid)[:2], self.guest.functions(), self.slots(REMOVABLE), self.slots(DOWN),
                [self.cpu(i) for i in range(N_CPUS + 1)])


machine = None


def ready():
    """The machine, whose guest has taken ACPI over; the same in each of these tests, which leave it as it was."""
    global machine
    if machine is None:
        machine = Machine(host.VMM)
    machine.take_acpi_over()
    machine.expect()
    return machine


def rng(alias="rng0", slot=RNG):
    return Device("virtio-rng", alias, slot=slot)


def boot_disk():
    return Device("virtio-blk", "boot", path=os.path.join(WORK, "boot.raw"), slot=DISK, boot=1)


def come_back(m, device):
    """DEVICE, which went, comes again, and the guest notices."""
    m.vmm.attach(device)
    check(m.slots(UP) == 1 << device.slot, "the guest is not told that it came")


# --- devices --------------------------------------------------------------------------------------

@test("/guest/detach/a-guest-that-has-not-taken-acpi-over-is-not-asked")
def too_early():
    global machine
    machine = m = Machine(host.VMM)
    before = m.look()
    for enable, command in ((0, ACPI_ENABLE), (PCI_EVENT | CPU_EVENT, ACPI_DISABLE)):
        m.guest.out(GPE_ENABLE, enable)
        m.guest.out(SMI_COMMAND, command)
        expect_refusal("not ready", m.vmm.detach, "rng0")
        expect_refusal("not ready", m.vmm.set_vcpus, 1)
    m.expect()
    check(m.look() == before, "something changed: %s, %s" % (before, m.look()))


@test("/guest/detach/one-that-agrees-is-told-once-and-the-slot-is-empty-at-its-next-instruction")
def agrees():
    m = ready()
    before = m.look()
    m.vmm.detach("rng0")
    check(m.slots(DOWN) == 1 << RNG, "it is not asked")
    expect_refusal("already asked", m.vmm.detach, "rng0")
    m.say(RNG, IN_PROGRESS)
    m.expect(unplugs=[("rng0", UNPLUG_AGREED)])
    m.say(RNG, IN_PROGRESS)
    m.expect()
    m.let_go(1 << RNG)
    check(not m.is_there(RNG), "the slot is not empty")
    m.say(RNG, SUCCESS)
    m.expect(unplugs=[("rng0", UNPLUG_GONE)])
    check(m.slots(DOWN) == 0 and not m.slots(REMOVABLE) & 1 << RNG, "there is something left in the registers")
    expect_refusal("no device", m.vmm.detach, "rng0")
    come_back(m, rng())
    check(m.look() == before, "something changed: %s, %s" % (before, m.look()))


@test("/guest/detach/one-that-refuses-keeps-its-device-and-can-be-asked-again")
def refuses():
    m = ready()
    before = m.look()
    for agreed in (False, True, False):
        m.vmm.detach("rng0")
        if agreed:
            m.say(RNG, IN_PROGRESS)
            m.expect(unplugs=[("rng0", UNPLUG_AGREED)])
        m.say(RNG, BUSY)
        m.expect(unplugs=[("rng0", UNPLUG_REFUSED)])
        m.say(RNG, BUSY)    # once is enough
        m.expect()
        check(m.look() == before, "something changed: %s, %s" % (before, m.look()))


@test("/guest/detach/force-takes-what-the-guest-was-asked-for-and-whatever-it-answers-then-is-nothing")
def force():
    m = ready()
    before = m.look()
    m.vmm.detach("rng0")
    m.vmm.detach("rng0", force=True)
    m.expect(unplugs=[("rng0", UNPLUG_GONE)])
    check(m.slots(VANISHED) == 1 << RNG and m.slots(DOWN) == 0, "the guest is not told that it vanished")
    check(not m.is_there(RNG), "it is still there")
    for status in (IN_PROGRESS, BUSY, SUCCESS):
        m.say(RNG, status)
    m.let_go(1 << RNG)
    m.expect()
    come_back(m, rng())
    check(m.look() == before, "something changed: %s, %s" % (before, m.look()))


@test("/guest/detach/a-controller-with-a-drive-is-not-asked-for-and-goes-with-it-when-the-guest-gives-it-up")
def controller():
    m = ready()
    before = m.look()
    path = blank_disk(WORK, "drive", 1)
    come_back(m, Device("virtio-scsi", "scsi0", slot=SCSI))
    m.vmm.attach(Device("scsi-hd", "scsi0-0-1-0", path=path, unit=scsi_unit(1, 0)))
    expect_refusal("has scsi0-0-1-0 on it", m.vmm.detach, "scsi0")
    m.let_go(1 << SCSI)
    m.expect(unplugs=[("scsi0-0-1-0", UNPLUG_GONE), ("scsi0", UNPLUG_GONE)])
    check(m.look() == before, "something changed: %s, %s" % (before, m.look()))


@test("/guest/detach/nonsense-about-devices-changes-nothing")
def nonsense():
    m = ready()
    before = m.look()
    removable = m.slots(REMOVABLE)
    for status in (SUCCESS, 1, BUSY, IN_PROGRESS, 0xff):
        for slot in (0, RNG, OTHER, 31):    # none of which was asked for
            for event in (0, 1, EJECTION, 0x103, 0xffff):
                m.say(slot, status, event)
    m.let_go(0xffffffff & ~removable)
    m.guest.out(BUS, 1, 4)
    m.let_go(0xffffffff)
    check(m.slots(REMOVABLE) == 0, "there is a bus 1")
    m.guest.out(BUS, 0, 4)
    for size in (1, 2):
        m.guest.out(EJECT + 1, 0xffffffff, size)    # slots 8 and on
    m.expect()
    m.vmm.detach("rng0")
    m.say(OTHER, BUSY)
    m.say(RNG, BUSY, event=1)   # of its coming
    m.expect()
    m.say(RNG, BUSY)
    m.expect(unplugs=[("rng0", UNPLUG_REFUSED)])
    check(m.look() == before, "something changed: %s, %s" % (before, m.look()))


@test("/guest/detach/one-that-gives-up-all-it-may-at-once-unasked-loses-just-that")
def all_at_once():
    m = ready()
    m.let_go(1 << DISK)     # whose ring goes for good: as many as there shall be are still set aside
    m.expect(unplugs=[("boot", UNPLUG_GONE)])
    come_back(m, boot_disk())
    before = m.look()
    m.let_go(0xffffffff)
    m.expect(unplugs=[("rng0", UNPLUG_GONE), ("boot", UNPLUG_GONE)])
    m.let_go(0xffffffff)
    m.expect()
    check(m.slots(REMOVABLE) == 0 and not m.is_there(RNG) and not m.is_there(DISK), "something is left")
    come_back(m, rng())
    come_back(m, boot_disk())
    check(m.look() == before, "something changed: %s, %s" % (before, m.look()))


@test("/guest/detach/more-devices-than-slots-are-refused-and-cost-nothing")
def full():
    m = ready()
    before = m.look()
    aliases = []
    while len(aliases) < 32:
        alias = "more%d" % len(aliases)
        try:
            m.vmm.attach(Device("virtio-rng", alias))
        except VmmError as error:
            check(str(error) == "device %s: there is no free PCI slot" % alias, str(error))
            break
        aliases.append(alias)
    check(len(aliases) == 27, "slots 2 to 30 less two took %d devices" % len(aliases))
    descriptors = weigh(m.vmm.process.pid)[0]
    expect_refusal("there is no free PCI slot", m.vmm.attach,
                   Device("virtio-blk", "blk9", path=blank_disk(WORK, "no", 1)))
    check(weigh(m.vmm.process.pid)[0] == descriptors, "what found no slot left a descriptor")
    for alias in aliases:
        m.vmm.detach(alias, force=True)
    m.expect(unplugs=[(alias, UNPLUG_GONE) for alias in aliases])
    m.slots(UP), m.slots(VANISHED)
    check(m.look() == before, "something changed: %s, %s" % (before, m.look()))
    expect_refusal("device rng29: there is no free PCI slot", Vmm, host.VMM, memory_mib=32, display=False,
                   devices=[Device("virtio-rng", "rng%d" % i) for i in range(30)])


# --- processors -----------------------------------------------------------------------------------

@test("/guest/detach/processors-that-are-given-back-one-by-one-are-told-of-each")
def cpus_agree():
    m = ready()
    before = m.look()
    m.vmm.set_vcpus(1)
    check([m.cpu(i) for i in range(3)] == [THERE, THERE | SHALL_GO, THERE | SHALL_GO], "they are not asked for")
    m.let_cpu_go(2)
    m.expect(vcpus=[(2, UNPLUG_AGREED)])
    check(m.cpu(2) == 0, "it is still there")
    m.say_of_cpu(1, IN_PROGRESS)
    m.expect()
    m.let_cpu_go(1)
    m.say_of_cpu(1, SUCCESS)
    m.expect(vcpus=[(1, UNPLUG_GONE)])
    m.vmm.set_vcpus(3)
    m.expect(vcpus=[(3, UNPLUG_GONE)])
    for i in (1, 2):
        check(m.cpu(i) == THERE | CAME, "the guest is not told that it came")
        m.guest.out(CONTROL, CAME)
    check(m.look() == before, "something changed: %s, %s" % (before, m.look()))


@test("/guest/detach/processors-that-are-refused-stay-and-what-is-said-last-counts")
def cpus_refused():
    m = ready()
    before = m.look()
    for _ in range(2):
        m.vmm.set_vcpus(1)
        m.say_of_cpu(2, BUSY)
        m.expect(vcpus=[(3, UNPLUG_REFUSED)])
        check(m.look() == before, "something changed: %s, %s" % (before, m.look()))
    m.vmm.set_vcpus(1)
    m.vmm.set_vcpus(2)
    check([m.cpu(i) for i in range(3)] == [THERE, THERE, THERE | SHALL_GO], "not the last word counts")
    m.vmm.set_vcpus(3)
    m.expect(vcpus=[(3, UNPLUG_GONE)])
    check(m.look() == before, "something changed: %s, %s" % (before, m.look()))


@test("/guest/detach/nonsense-about-processors-changes-nothing")
def cpu_nonsense():
    m = ready()
    before = m.look()
    for index in (0, N_CPUS, 255, 256, 0xffffffff):     # the first stays, others are not there
        m.let_cpu_go(index)
        for status in (SUCCESS, BUSY, IN_PROGRESS, 0xffffffff):
            m.say_of_cpu(index, status)
    m.say_of_cpu(1, BUSY)       # nobody asked
    m.say_of_cpu(1, BUSY, event=0x203)
    m.expect()
    m.vmm.set_vcpus(2)
    m.say_of_cpu(1, BUSY)       # another was asked for
    m.say_of_cpu(2, BUSY, event=1)
    m.expect()
    m.let_cpu_go(1)             # another is given up
    m.expect(vcpus=[(2, UNPLUG_AGREED)])
    m.let_cpu_go(1)             # twice
    m.expect()
    m.vmm.set_vcpus(3)          # none is asked for any more, and one comes back
    m.expect(vcpus=[(3, UNPLUG_GONE)])
    check(m.cpu(1) == THERE | CAME, "it does not come back")
    m.guest.out(CONTROL, CAME)
    check(m.look() == before, "something changed: %s, %s" % (before, m.look()))


# --- ends -----------------------------------------------------------------------------------------

@test("/guest/detach/over-and-over-leaves-no-memory-behind")
def rounds():
    m = ready()

    def once():
        m.vmm.detach("rng0")
        m.say(RNG, BUSY)
        m.vmm.detach("rng0")
        m.let_go(1 << RNG)
        come_back(m, rng())
        m.vmm.detach("rng0", force=True)
        come_back(m, rng())
        m.slots(VANISHED)
        m.unplugs()

    for _ in range(3):
        once()
    before = weigh(m.vmm.process.pid)
    for _ in range(10):
        once()
    now = weigh(m.vmm.process.pid)
    check(now[:2] == before[:2] and now[2] < before[2] + 96, "%s became %s" % (before, now))


@test("/guest/detach/a-reset-takes-what-was-asked-for")
def reset():
    m = ready()
    m.vmm.detach("rng0")
    m.vmm.set_vcpus(1)
    m.vmm.reset()
    m.expect(unplugs=[("rng0", UNPLUG_GONE)], vcpus=[(1, UNPLUG_GONE)])
    m.close()


@test("/guest/detach/one-that-says-nothing-keeps-all-and-can-be-asked-again-and-has-no-hurry-while-paused")
def says_nothing():
    m = Machine(HASTY_VMM)
    m.take_acpi_over()
    before = m.look()
    m.vmm.detach("rng0")
    m.vmm.set_vcpus(1)
    check(m.vmm.wait_unplug("rng0") == (UNPLUG_TIMED_OUT, False), "it ended in another way")
    check(m.vmm.wait_vcpus() == (N_CPUS, UNPLUG_TIMED_OUT), "they ended in another way")
    check(m.look() == before, "something changed: %s, %s" % (before, m.look()))

    m.vmm.detach("rng0")
    m.vmm.set_vcpus(1)
    m.vmm.pause()
    expect_refusal("did not come", m.vmm.wait_event, EVENT_UNPLUG, timeout=1.5 * PATIENCE)
    m.expect()
    m.vmm.run()
    check(m.vmm.wait_unplug("rng0") == (UNPLUG_TIMED_OUT, False), "it ended in another way")
    check(m.vmm.wait_vcpus() == (N_CPUS, UNPLUG_TIMED_OUT), "they ended in another way")
    check(m.look() == before, "something changed: %s, %s" % (before, m.look()))

    m.let_go(1 << RNG)          # late
    m.let_cpu_go(2)
    m.expect(unplugs=[("rng0", UNPLUG_GONE)], vcpus=[(2, UNPLUG_GONE)])
    m.close()


main()
