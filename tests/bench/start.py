# SPDX-License-Identifier: GPL-2.0-or-later
"""The VMM alone: from just before fork to the firmware's first byte on port 402h."""

import os
import select
import subprocess
import tempfile
import time

import host
import media
import qemu
from figure import OURS, Absent, Figure, words
from processes import end
from vmm import READ_ONLY, Device, Vmm

RUNS, WARM_UP = 21, 3
MEMORY_MIB = 256
TIMEOUT = 60


def figures():
    return [Figure("start/first-firmware-byte", "the VMM alone, from fork to the firmware's first byte",
                   "ms").want(0.5, "qemu")]


def wait_byte(fd):
    if not select.select([fd], [], [], TIMEOUT)[0] or not os.read(fd, 1):
        raise AssertionError("the firmware said nothing in %d s" % TIMEOUT)
    return time.monotonic()


def ours(iso, disk):
    devices = [Device("virtio-blk", "virtio-disk0", path=disk),
               Device("atapi-cdrom", "sata0-0-0", path=iso, flags=READ_ONLY),
               Device("virtio-rng", "rng0")]
    with Vmm(host.VMM, memory_mib=MEMORY_MIB, devices=devices) as machine:
        machine.run()
        return (wait_byte(machine.debug_read) - machine.started) * 1e3


def peer(iso, disk):
    command = qemu.command(MEMORY_MIB, iso, disk, "stdio,signal=off")
    start = time.monotonic()
    # With something to do before exec, as vmm.py has, so that both are forked the same way.
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                               stderr=subprocess.DEVNULL, preexec_fn=lambda: None)
    try:
        return (wait_byte(process.stdout.fileno()) - start) * 1e3
    finally:
        end(process)


def measure(say, figure):
    if host.kvm_problem():
        raise Absent(host.kvm_problem())
    try:
        qemu.need()
    except Absent as reason:
        figure.lacks("qemu", str(reason))
    with tempfile.TemporaryDirectory(prefix="vitrine-bench-") as folder:
        iso = media.cd(os.path.join(folder, "cd.iso"))
        disk = media.disk(os.path.join(folder, "disk.raw"))
        for i in range(-WARM_UP, RUNS):
            samples = {OURS: ours(iso, disk)}
            if "qemu" not in figure.absent:
                samples["qemu"] = peer(iso, disk)
            say("run %d: %s" % (i, words(samples)))
            for who, value in samples.items():
                if i >= 0:
                    figure.add(who, value)
