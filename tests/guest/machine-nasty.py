#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Nasty little guests: whatever one does, its machine answers, can be reset and be switched off.

The wild accesses take their seed from VITRINE_SEED, or make one up and say which; VITRINE_WILD_SECONDS
makes them go on for longer than a few seconds.
"""

import os
import random
import struct
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))
import host
import machines
import puppet
from tap import check, main, skip, test

host.need_kvm(__file__)

BOOT = 120
FLOOD = 400  # seconds; each byte of a flood leaves the guest, which takes an emulated host a millisecond
BUFFER = 0x9000
PROMPT = 10         # seconds within which a machine answers, on a host that has much else to do
SEED = int(os.environ.get("VITRINE_SEED", random.getrandbits(32)))
WILD_SECONDS = float(os.environ.get("VITRINE_WILD_SECONDS", 5))
SANITIZED_VMM = os.path.join(host.ROOT, "build-sanitized/src/vmm/vitrine-vmm")

VIRTIO_BLK, VIRTIO_RNG, AHCI = (0x1af4, 0x1042), (0x1af4, 0x1044), (0x8086, 0x2922)

home = machines.Home()
nasty = None
guest = None
vmm = None          # its process, which must not change


def make(where, name, autorun=None):
    boot = where.write(name + ".raw", puppet.image(autorun=autorun))
    data = where.write(name + "-data.raw", b"the second disk".ljust(1 << 20, b"\0"))
    return where.create(name, "--disk", "path=%s,bus=virtio" % boot, "--disk", "path=%s,bus=sata" % data)


def ready():
    """The machine runs, in its first process, and its guest obeys."""
    global nasty, guest, vmm
    if nasty is None:
        nasty = make(home, "nasty")
    if nasty.state() in ("off", "crashed"):
        nasty.start()
        vmm = nasty.vmm()
    elif guest and guest.is_listening():
        return
    else:
        nasty.ctl("reset")
    if guest:
        guest.close()
    guest = puppet.Puppet(nasty)
    guest.sync(BOOT)


def check_lives(machine, process, timeout=PROMPT):
    """Its keeper answers in time, and its VMM is who it was."""
    info = machine.ctl("info", "--json", timeout=timeout)
    check(machine.vmm() == process, "its process has ended: %s; it said: %s; %s" % (
        machine.last_run(), machine.log("vmm")[-2000:], info))


def reads_second_disk():
    status = guest.disk(0x42, 0, BUFFER, 0x81)
    return status == 0 and guest.dump(BUFFER, 16) == b"the second disk\0"


# --- resets ---------------------------------------------------------------------------------------

@test("/guest/nasty/each-way-to-reset-restarts-the-guest-in-the-same-machine")
def resets():
    ready()
    for what, packet in (("a triple fault", ("t",)),
                         ("the reset control register", ("o", 1, 0, 0xcf9, 6)),
                         ("the keyboard controller", ("o", 1, 0, 0x64, 0xfe)),
                         ("port 92h", ("o", 1, 0, 0x92, 1))):
        guest.send(*packet)
        try:
            guest.wait_banner(BOOT)
        except puppet.Silent as silent:
            check(False, "%s: %s" % (what, silent))
        check_lives(nasty, vmm)
        check(nasty.state() == "running", "%s left it %s" % (what, nasty.state()))


@test("/guest/nasty/one-that-resets-at-each-boot-can-be-asked-paused-and-switched-off")
def reset_loop():
    loop = make(home, "loop", autorun=puppet.command("t"))
    loop.start()
    process = loop.vmm()
    deadline = time.monotonic() + BOOT
    while loop.log("firmware").count("Booting from Hard Disk") < 3:
        check(time.monotonic() < deadline, "no third boot: " + loop.log("firmware")[-300:])
        check_lives(loop, process)
    check(loop.state() == "running", "it is %s" % loop.state())
    for verb in ("pause", "resume", "reset"):
        loop.ctl(verb, timeout=PROMPT)
    check_lives(loop, process)
    loop.ctl("poweroff", timeout=PROMPT)
    check(loop.last_run()["outcome"] == "off", "last run: %s" % loop.last_run())


# --- guests that do not listen --------------------------------------------------------------------

@test("/guest/nasty/one-that-spins-with-interrupts-off-can-be-paused-seen-and-switched-off")
def spins():
    ready()
    guest.send("s")
    for verb in ("pause", "resume", "shutdown"):
        nasty.ctl(verb, timeout=PROMPT)
    check(nasty.state() == "stopping", "it is %s" % nasty.state())
    check("SeaBIOS" in "\n".join(nasty.screen()), "no picture")
    check_lives(nasty, vmm)
    nasty.ctl("reset", timeout=PROMPT)
    check(nasty.state() == "running", "after the reset it is %s" % nasty.state())
    guest.wait_banner(BOOT)


@test("/guest/nasty/one-that-kvm-cannot-run-on-is-paused-says-where-and-a-reset-mends-it")
def stuck():
    ready()
    guest.send("j", address=0xf0000000)
    nasty.wait("paused")
    reason = nasty.info()["state_reason"]
    check("must be reset" in reason and "f0000000" in reason, reason)
    check("must be reset" in nasty.refusal("resume"), "it was resumed")
    check_lives(nasty, vmm)
    nasty.ctl("reset")
    check(nasty.state() == "running" and not nasty.info()["state_reason"], "%s" % nasty.info())
    guest.wait_banner(BOOT)


# --- floods ---------------------------------------------------------------------------------------

@test("/guest/nasty/a-flood-on-the-console-fills-no-disk-and-waits-for-no-reader")
def serial_flood():
    ready()
    reader = home.popen("console", nasty.uuid, stdin=machines.DEVNULL, stdout=machines.PIPE,
                        stderr=machines.DEVNULL)  # and never reads
    guest.send("f", 0, 48, 0x3f8)
    guest.wait_for(b".K\0\0\0\0", FLOOD)
    guest.sync()
    check(nasty.log("serial0").count(".") > 48 * 4000, "the log has not got it")
    check_lives(nasty, vmm)
    reader.terminate()
    reader.wait()
    reader.stdout.close()


@test("/guest/nasty/a-flood-on-the-debug-port-goes-to-logs-of-bounded-size")
def debug_flood():
    ready()
    guest.ask("f", 0, 68, 0x402, timeout=FLOOD)
    logs = {name: os.stat(os.path.join(nasty.folder, "logs", name)).st_size
            for name in os.listdir(os.path.join(nasty.folder, "logs"))}
    check(logs["firmware.log"] + logs["firmware.log.1"] > 256 << 10, "it is not all there: %s" % logs)
    check(max(logs["firmware.log"], logs["firmware.log.1"]) <= 256 << 10, "too large: %s" % logs)
    check(len([name for name in logs if name.startswith("firmware")]) == 2, "files: %s" % logs)


# --- drivers that make no sense -------------------------------------------------------------------

class Registers:
    """The common block of a virtio function, driven by the guest."""

    STATUS, SELECT, SIZE, ENABLE, DESC, AVAIL, USED = 0x14, 0x16, 0x18, 0x1c, 0x20, 0x28, 0x30
    ACKNOWLEDGE, DRIVER, DRIVER_OK, FEATURES_OK, NEEDS_RESET = 1, 2, 4, 8, 0x40

    def __init__(self, function):
        self.base = guest.bar(function, 4)
        guest.set_config(function, 4, guest.config(function, 4) | 6)    # memory, bus master

    def set(self, offset, value, size):
        guest.write(self.base + offset, value, size)

    def status(self):
        return guest.read(self.base + self.STATUS, 1)

    def begin(self):
        self.set(self.STATUS, 0, 1)
        self.set(self.STATUS, self.ACKNOWLEDGE | self.DRIVER, 1)
        self.set(0x08, 1, 4)            # the upper half of the features: VERSION_1
        self.set(0x0c, 1, 4)
        self.set(self.STATUS, self.ACKNOWLEDGE | self.DRIVER | self.FEATURES_OK, 1)

    def queue(self, desc, avail, used, size=8):
        self.set(self.SELECT, 0, 2)
        self.set(self.SIZE, size, 2)
        for register, address in ((self.DESC, desc), (self.AVAIL, avail), (self.USED, used)):
            self.set(register, address & 0xffffffff, 4)
            self.set(register + 4, address >> 32, 4)
        self.set(self.ENABLE, 1, 2)
        self.set(self.STATUS, self.ACKNOWLEDGE | self.DRIVER | self.FEATURES_OK | self.DRIVER_OK, 1)

    def notify(self):
        self.set(0x3000, 0, 2)


def wait_broken(alias, registers):
    deadline = time.monotonic() + PROMPT
    while not any(alias in w for w in nasty.info()["warnings"]):
        check(time.monotonic() < deadline, "no word of %s: %s" % (alias, nasty.info()["warnings"]))
    check(registers.status() & Registers.NEEDS_RESET, "the guest is not told")


@test("/guest/nasty/a-device-driven-out-of-its-specification-stops-alone-and-a-reset-mends-it")
def broken():
    ready()
    functions = guest.functions()
    disk = Registers(functions[VIRTIO_BLK])
    disk.begin()
    disk.queue(0xfffffffffff000, 0xfffffffffff000, 0xfffffffffff000)
    disk.notify()
    wait_broken("virtio-disk0", disk)
    # Random bytes into a buffer that is for reading: the queue is in order, what is in it is not.
    random_bytes = Registers(functions[VIRTIO_RNG])
    guest.fill(0x20000, struct.pack("<QIHH", 0x22000, 64, 0, 0))
    guest.fill(0x20100, struct.pack("<HHHH", 0, 1, 0, 0))
    random_bytes.begin()
    random_bytes.queue(0x20000, 0x20100, 0x20200)
    random_bytes.notify()
    wait_broken("rng0", random_bytes)
    check_lives(nasty, vmm)
    check(nasty.state() == "running", "it is %s" % nasty.state())
    check(reads_second_disk(), "another disk was hurt")
    nasty.ctl("reset")
    guest.wait_banner(BOOT)                     # from the disk that was broken
    warnings = nasty.info()["warnings"]
    check(not any("virtio-disk0" in w or "rng0" in w for w in warnings), "still said: %s" % warnings)


@test("/guest/nasty/ahci-commands-out-of-nowhere-harm-nobody-and-a-reset-mends-it")
def ahci():
    ready()
    port = guest.bar(guest.functions()[AHCI], 5) + 0x100
    check(guest.read(port + 0x28) & 0xf == 3, "no disk on the port")
    for commands, received in ((0xffffffff, 0xffffffff), (0xfee00000, 0xfd000000), (0x7c00, 0x7c00),
                               (0xf0000, 0xfffff000), (0x3fff000, 0x3ffff00)):
        guest.write(port + 0x18, 0)
        guest.write(port + 0x00, commands)
        guest.write(port + 0x08, received)
        guest.write(port + 0x18, 0x11)          # start, and receive
        guest.write(port + 0x38, 0xffffffff)    # all 32 of them
        guest.read(port + 0x10)
        check_lives(nasty, vmm)
        if not guest.is_listening():            # it has written over itself
            nasty.ctl("reset")
            guest.wait_banner(BOOT)
    nasty.ctl("reset")
    guest.wait_banner(BOOT)
    check(reads_second_disk(), "the disk cannot be read after a reset")


# --- wild ones ------------------------------------------------------------------------------------

# First port or byte, and how many as a power of two.  PM1_CNT is spared by the guest itself.
PORTS = [(0x20, 1), (0x40, 2), (0x60, 4), (0x70, 3), (0x80, 5), (0xa0, 1), (0xb2, 1), (0x1ce, 2),
         (0x3b0, 6), (0x3f8, 3), (0x402, 0), (0x510, 4), (0x600, 7), (0xcf8, 3), (0, 16)]
MEMORY = [(0xa0000, 17), (0xc0000, 18), (0xb0000000, 20), (0xb00f8000, 12), (0xfec00000, 12),
          (0xfed00000, 20), (0xfee00000, 12), (0xfed1c000, 14), (0xfffc0000, 18), (0xfd000000, 24),
          (0x80000000, 30), (0xf0000000, 28)]


def go_wild(machine, seconds):
    """Lets the guest of MACHINE do its worst for SECONDS."""
    chance = random.Random(SEED)
    process = machine.vmm()
    hand = puppet.Puppet(machine)
    hand.sync(BOOT)
    functions = list(hand.functions().values())
    windows = [(bar, 12) for f in functions for i in range(6) for bar in [hand.bar(f, i)] if bar]
    done = 0
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        kind = chance.choice("pmmmc")
        first, bits = (chance.choice(PORTS) if kind == "p" else
                       chance.choice(MEMORY + windows * 2) if kind == "m" else
                       (chance.choice(functions), 0))
        count = chance.choice((10, 100, 1000))
        seed = chance.getrandbits(32) | 1
        try:
            hand.ask(kind, bits, count, first, seed, timeout=2)
            done += count
        except (puppet.Silent, BrokenPipeError):
            print("# %s at %#x, 2^%d, %d times with %#x: the guest fell silent" % (
                kind, first, bits, count, seed))
            check_lives(machine, process)
            machine.ctl("reset")
            hand.wait_banner(BOOT)
    print("# %d wild accesses" % done)
    check_lives(machine, process)
    machine.ctl("reset")
    hand.wait_banner(BOOT)      # a reset mends all of it
    hand.sync()
    hand.close()


@test("/guest/nasty/wild-accesses-to-everything-harm-the-guest-alone")
def wild():
    print("# seed %d" % SEED)
    ready()
    go_wild(nasty, WILD_SECONDS)
    nasty.power_off()
    check(nasty.last_run()["outcome"] == "off", "last run: %s" % nasty.last_run())


@test("/guest/nasty/wild-accesses-break-no-rule-of-the-language")
def wild_sanitized():
    if not os.path.exists(SANITIZED_VMM):
        skip("there is no " + SANITIZED_VMM)
    # What it holds at its end is not looked for: that needs calls its sandbox refuses.
    strict = machines.Home(VITRINE_VMM=SANITIZED_VMM, ASAN_OPTIONS="detect_leaks=0",
                           UBSAN_OPTIONS="halt_on_error=1:print_stacktrace=1")
    try:
        machine = make(strict, "strict")
        machine.start()
        go_wild(machine, WILD_SECONDS)
        machine.power_off()
        log = machine.log("vmm")
        check(machine.last_run()["outcome"] == "off" and "status" not in machine.last_run(),
              "last run: %s" % machine.last_run())
        check("Sanitizer" not in log and "runtime error" not in log, log[-3000:])
    finally:
        strict.close()


main(home.close)
