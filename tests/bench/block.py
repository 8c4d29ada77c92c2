# SPDX-License-Identifier: GPL-2.0-or-later
"""Disks under fio in a Debian guest: time and processor time a request, beside QEMU with the same thing below.

Below is the kernel's null_blk, with memory behind it: a quick disk whose own time is the same for all, so that
what differs is the machine's.  Both guests run at once and are asked in turn.  QEMU is as libvirt starts it (q35,
virtio-blk, cache=none, by io_uring); ours has what is not raw in a qemu-storage-daemon, as a keeper starts it.
"""

import json
import os
import subprocess
import tempfile

import host
import linux_guest
import qemu
from figure import OURS, Absent, Figure, words
from processes import cpu_ns
from storage_daemon import StorageDaemon
from vmm import Device

FIO = "/usr/bin/fio"
RUNS, SECONDS = 5, 3
# The processors of an emulated host take turns of up to 100 ms: who wakes a thread on the other one measures that.
BED_CPUS = 1
MEMORY_MIB, DISK_MIB = 384, 512
QEMU = "qemu-q35"
KIB_4, MIB_1 = "4k", "1m"
# name: (fio's rw, block size, depth)
JOBS = {"random-read-1": ("randread", KIB_4, 1), "random-read-32": ("randread", KIB_4, 32),
        "random-write-1": ("randwrite", KIB_4, 1), "random-write-32": ("randwrite", KIB_4, 32),
        "read-1m": ("read", MIB_1, 4), "write-1m": ("write", MIB_1, 4)}
# What QEMU's throughput times this is to be reached.
WANT = {"raw": 1.0, "qcow2": 0.95}
CONFIGFS = "/sys/kernel/config"
BEGINS, ENDS, PATIENCE = "FIO-BEGINS", "FIO-ENDS", 300


def figures():
    made = []
    for kind, share in WANT.items():
        for job in JOBS:
            made += [Figure("block/%s-%s" % (kind, job), "a request, as the guest waits for it", "µs").want(1 / share, QEMU),
                     Figure("block/%s-%s-cpu" % (kind, job), "the processors' time for one, the guest's included", "µs")
                     .want(1, QEMU)]
    return made


# --- what is below ---------------------------------------------------------------------------


def write(path, value):
    with open(path, "w") as f:
        f.write(str(value))


def null_disk(name, mib):
    """The path of a disk of MIB in memory, 50 µs away."""
    folder = os.path.join(CONFIGFS, "nullb", name)
    os.mkdir(folder)
    for key, value in (("size", mib), ("memory_backed", 1), ("irqmode", 2), ("completion_nsec", 50000),
                       ("submit_queues", 1), ("discard", 1), ("power", 1)):
        write(os.path.join(folder, key), value)
    with open(os.path.join(folder, "index")) as f:
        index = int(f.read())
    for path in ("/dev/%s" % name, "/dev/nullb%d" % index):
        if os.path.exists(path):
            return path
    raise Absent("null_blk's disk did not come")


def prepare_disks():
    """{kind: [one for ours, one for QEMU]}."""
    if os.geteuid() != 0 or subprocess.run(["modprobe", "null_blk", "nr_devices=0"], capture_output=True).returncode:
        raise Absent("the kernel's null_blk cannot be loaded")
    if not os.path.isdir(os.path.join(CONFIGFS, "nullb")):
        subprocess.run(["mount", "-t", "configfs", "none", CONFIGFS], check=True)
    raw = [null_disk("vitrine-raw%d" % i, DISK_MIB) for i in range(2)]
    below = null_disk("vitrine-fs", 4 * DISK_MIB)
    folder = tempfile.mkdtemp(prefix="vitrine-block-")
    subprocess.run(["mkfs.ext4", "-q", below], check=True)
    subprocess.run(["mount", below, folder], check=True)
    qcow2 = [os.path.join(folder, "%d.qcow2" % i) for i in range(2)]
    for path in qcow2:
        subprocess.run(["qemu-img", "create", "-q", "-f", "qcow2", "-o", "preallocation=full", path, "%dM" % DISK_MIB],
                       check=True)
    return {"raw": raw, "qcow2": qcow2}


# --- the machines ----------------------------------------------------------------------------


class Machine:
    """A guest that has booted; PIDS are the processes that serve it."""

    def __init__(self, guest, *pids):
        self.guest, self.pids = guest, pids

    def cpu_ns(self):
        return sum(cpu_ns(pid) for pid in self.pids)

    def run(self, disk, job):
        """A run of fio's: µs and processor µs a request."""
        rw, block, depth = JOBS[job]
        started = self.guest.start(
            "cd /tmp; fio --name=bench --thread --filename=/dev/%s --ioengine=libaio --direct=1 --rw=%s --bs=%s "
            "--iodepth=%d --size=%dm --runtime=%d --time_based --norandommap --output-format=json "
            "--exec_prerun='say %s' --exec_postrun='say %s' 2>&1"
            % (disk, rw, block, depth, DISK_MIB, SECONDS, BEGINS, ENDS))
        self.guest.wait_text(BEGINS, PATIENCE)
        before = self.cpu_ns()
        self.guest.wait_text(ENDS, PATIENCE)
        used = self.cpu_ns() - before
        said = self.guest.finish(started, PATIENCE)
        report = json.loads(said[said.index("{"):])["jobs"][0]
        side = report["read" if "read" in rw else "write"]
        if report["error"] or not side["total_ios"]:
            raise AssertionError("fio: " + said[-2000:])
        return side["runtime"] * 1e3 / side["total_ios"], used / 1e3 / side["total_ios"]


DISKS = {"raw": "vda", "qcow2": "vdb"}


def ours(image, paths):
    daemon = StorageDaemon(paths["qcow2"], "qcow2", direct=True)
    guest = linux_guest.Guest(image, memory_mib=MEMORY_MIB, display=False, devices=[
        Device("virtio-blk", "virtio-disk0", path=paths["raw"], direct=True),
        Device("virtio-blk", "virtio-disk1", storage=daemon)])
    return Machine(guest, guest.vmm.process.pid, daemon.process.pid)


def peer(image, paths):
    guest = qemu.Guest(image, MEMORY_MIB, [
        "-blockdev", "driver=raw,node-name=raw,cache.direct=on,discard=unmap,file.driver=host_device,"
        "file.filename=%s,file.aio=io_uring,file.cache.direct=on" % paths["raw"],
        "-device", "virtio-blk-pci,drive=raw,write-cache=on",
        "-blockdev", "driver=qcow2,node-name=qcow2,cache.direct=on,discard=unmap,file.driver=file,"
        "file.filename=%s,file.aio=io_uring,file.cache.direct=on" % paths["qcow2"],
        "-device", "virtio-blk-pci,drive=qcow2,write-cache=on"])
    return Machine(guest, guest.process.pid)


def measure(say, *all_figures):
    if not host.has_hardware_kvm():
        raise Absent(host.kvm_problem() or "a software KVM takes minutes to start Linux")
    qemu.need()
    for program in (FIO, "/usr/bin/qemu-storage-daemon"):
        if not os.path.exists(program):
            raise Absent("there is no " + program)
    by_name = {figure.name: figure for figure in all_figures}
    disks = prepare_disks()
    image = linux_guest.build(["virtio_blk"], programs=[FIO],
                              files={"/bin/say": b"#!/bin/sh\necho $1 >/dev/ttyS0\n"})
    machines = {OURS: ours(image, {kind: paths[0] for kind, paths in disks.items()}),
                QEMU: peer(image, {kind: paths[1] for kind, paths in disks.items()})}
    for run in range(RUNS):
        for kind in WANT:
            for job in JOBS:
                samples = {who: machine.run(DISKS[kind], job) for who, machine in machines.items()}
                for n, what in enumerate(("a request", "of it on a processor")):
                    say("%s %s, run %d, µs %s: %s" % (kind, job, run, what,
                                                      words({who: pair[n] for who, pair in samples.items()})))
                for who, (us, cpu_us) in samples.items():
                    by_name["block/%s-%s" % (kind, job)].add(who, us)
                    by_name["block/%s-%s-cpu" % (kind, job)].add(who, cpu_us)
    for machine in machines.values():
        machine.guest.close()
