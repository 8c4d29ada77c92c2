# SPDX-License-Identifier: GPL-2.0-or-later
"""The whole way: from the spawn of `vitrinectl start`, or `virsh start`, to the firmware's first byte."""

import os
import subprocess
import time

import host
import machines
import media
from figure import OURS, Absent, Figure, words
from libvirt import Libvirt
from watch import Watch

RUNS, WARM_UP = 11, 2
MEMORY_MIB = 256
TIMEOUT = 60


def figures():
    return [Figure("whole/first-firmware-byte", "from the spawn of the start command to the firmware's first byte",
                   "ms").want(0.25, "libvirt")]


def time_start(spawn, log):
    """Runs the command by SPAWN; milliseconds to the first byte in LOG."""
    if os.path.exists(log):
        os.unlink(log)
    with Watch(log) as watch:
        start = time.monotonic()
        process = spawn()
        try:
            byte = watch.wait(timeout=TIMEOUT)
            status = process.wait(timeout=TIMEOUT)
        finally:
            process.kill()
            process.wait()
    if status:
        raise AssertionError("a start ended with status %d" % status)
    return (byte - start) * 1e3


def our_run(home, machine):
    try:
        return time_start(lambda: home.popen("start", machine.uuid, stdin=subprocess.DEVNULL),
                          os.path.join(machine.folder, "logs/firmware.log"))
    finally:
        machine.power_off()


def peer_run(libvirt):
    def spawn():
        return machines.spawn(libvirt.virsh_command("start", "bench"), env=libvirt.environment,
                              stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    try:
        return time_start(spawn, libvirt.log)
    finally:
        libvirt.destroy()


def measure_beside(say, figure, home, libvirt):
    machine = home.create("bench", "--memory", str(MEMORY_MIB), "--disk", "size=%dM" % media.DISK_MIB,
                          "--iso", media.cd(home.path("cd.iso")))
    machine.start()  # makes the folder of the log that is watched
    machine.power_off()
    for i in range(-WARM_UP, RUNS):
        samples = {OURS: our_run(home, machine)}
        if libvirt:
            samples["libvirt"] = peer_run(libvirt)
        say("run %d: %s" % (i, words(samples)))
        for who, value in samples.items():
            if i >= 0:
                figure.add(who, value)


def measure(say, figure):
    if host.kvm_problem():
        raise Absent(host.kvm_problem())
    home, libvirt = machines.Home(), None
    try:
        try:
            libvirt = Libvirt(MEMORY_MIB)
        except Absent as reason:
            figure.lacks("libvirt", str(reason))
        measure_beside(say, figure, home, libvirt)
    finally:
        home.close()
        if libvirt:
            libvirt.close()
