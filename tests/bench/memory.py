# SPDX-License-Identifier: GPL-2.0-or-later
"""Memory of one running machine beyond its guest's RAM, with one viewer at its display.

The guest is SeaBIOS with nothing to boot.  Guest RAM is a memfd in both: what is mapped by its name is
left out (see pages.py for what is counted).  QEMU serves VNC by itself; ours has a process for it.
"""

import os
import subprocess
import tempfile

import host
import machines
import media
import pages
import qemu
from figure import OURS, Absent, Figure, words
from processes import end
from viewer import Viewer
from watch import Watch

RUNS = 3
MEMORY_MIB = 256
OUR_RAM, QEMU_RAM = MEMORY_MIB << 20, "/memfd:memory-backend-memfd"
LAST_WORDS = b"No bootable device"
KINDS = {"pss": "proportional", "alone": "as if nothing else ran"}


def figures():
    made = []
    for kind, text in KINDS.items():
        made += [Figure("memory/machine-" + kind, "all processes of a running machine beyond guest RAM, " + text,
                        "MB").want(20),
                 Figure("memory/vmm-" + kind, "vitrine-vmm beyond guest RAM, " + text, "MB").want(8)]
    return made


def look_and_measure(path, pids, guest_ram):
    """With a viewer that has seen the whole picture at the socket PATH."""
    viewer = Viewer(path)
    try:
        viewer.look()
        return pages.measure(pids(), guest_ram)
    finally:
        viewer.close()


def ours(home, machine):
    log = os.path.join(machine.folder, "logs/firmware.log")
    machine.start()
    try:
        with Watch(log) as watch:
            watch.wait(LAST_WORDS)
        display = home.popen("display", machine.uuid, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
        try:
            keeper = machine.keeper()
            return look_and_measure(display.stdout.readline().strip(),
                                    lambda: [keeper] + machines.descendants(keeper), OUR_RAM)
        finally:
            end(display)
    finally:
        machine.power_off()


def peer():
    with tempfile.TemporaryDirectory(prefix="vitrine-bench-") as folder:
        iso = media.cd(os.path.join(folder, "cd.iso"))
        disk = media.disk(os.path.join(folder, "disk.raw"))
        log, vnc = (os.path.join(folder, name) for name in ("firmware.log", "vnc"))
        ram = ["-object", "memory-backend-memfd,id=ram,size=%dM" % MEMORY_MIB, "-machine", "memory-backend=ram"]
        command = qemu.command(MEMORY_MIB, iso, disk, "file,path=" + log, "-vnc", "unix:" + vnc, *ram)
        process = machines.spawn(command, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            with Watch(log) as watch:
                watch.wait(LAST_WORDS)
            return look_and_measure(vnc, lambda: [process.pid], QEMU_RAM)
        finally:
            end(process)


def note(by_name, who, result):
    """Adds RESULT to all figures, with what each process of the last run took."""
    vmm = next((p for p in result["processes"] if p["name"] == "vitrine-vmm"), result)
    for kind in KINDS:
        for scope, amount in (("machine", result[kind]), ("vmm", vmm[kind])):
            by_name["memory/%s-%s" % (scope, kind)].add(who, amount)
        by_name["memory/machine-" + kind].details[who] = {p["name"]: p[kind] for p in result["processes"]}


def describe(result):
    return "; ".join("%s %s" % (p["name"], words({kind: p[kind] for kind in KINDS}))
                     for p in [dict(result, name="all"), *result["processes"]])


def measure(say, *made):
    by_name = {figure.name: figure for figure in made}
    if host.kvm_problem():
        raise Absent(host.kvm_problem())
    try:
        qemu.need()
    except Absent as reason:
        for figure in made:
            figure.lacks("qemu", str(reason))
    home = machines.Home()
    try:
        machine = home.create("bench", "--memory", str(MEMORY_MIB), "--disk", "size=%dM" % media.DISK_MIB,
                              "--iso", media.cd(home.path("cd.iso")))
        for i in range(RUNS):
            result = ours(home, machine)
            say("run %d, ours: %s" % (i, describe(result)))
            note(by_name, OURS, result)
            if "qemu" not in made[0].absent:
                result = peer()
                say("run %d, QEMU: %s" % (i, describe(result)))
                note(by_name, "qemu", result)
    except PermissionError as error:
        raise Absent("the memory of a confined process may not be looked at: %s" % error)
    finally:
        home.close()
