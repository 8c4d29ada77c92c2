# SPDX-License-Identifier: GPL-2.0-or-later
"""Memory of one running machine beyond its guest's RAM, with one viewer at its display.

The guest is SeaBIOS with nothing to boot.  Guest RAM is left out, by its name or its size (see pages.py for
what is counted).  QEMU serves VNC by itself; ours has a process for it.

The machine with everything has passt behind its cards, as one of QEMU's would; what that takes is told beside.
"""

import os
import subprocess
import tempfile

import host
import machines
import media
import pages
import qemu
from blank_disk import blank_disk
from figure import OURS, Absent, Figure, words
from processes import end
from viewer import Viewer
from watch import Watch

RUNS = 3
MEMORY_MIB = 256
OUR_RAM, QEMU_RAM = MEMORY_MIB << 20, "/memfd:memory-backend-memfd"
LAST_WORDS = b"No bootable device"
# What a machine can have beside what every machine has.
EVERYTHING = """
<controller type='scsi' model='virtio-scsi'/>
<interface type='user'><backend type='passt'/><model type='virtio'/></interface>
<interface type='user'><backend type='passt'/><model type='e1000e'/></interface>
<interface type='user'><backend type='passt'/><model type='rtl8139'/></interface>
<input type='keyboard' bus='usb'/>
<input type='tablet' bus='virtio'/>
<input type='keyboard' bus='virtio'/>
<input type='mouse' bus='virtio'/>
<channel type='unix'><target type='virtio' name='org.qemu.guest_agent.0'/></channel>
<console type='pty'><target type='virtio'/></console>
<memballoon model='virtio'/>
<watchdog model='i6300esb' action='reset'/>
<panic model='pvpanic'/>
<disk type='file' device='disk'><driver name='qemu' type='raw'/><source file='%(disk)s'/>
<target dev='sdx' bus='scsi'/></disk>
<disk type='file' device='cdrom'><driver name='qemu' type='raw'/><source file='%(cd)s'/>
<target dev='sdy' bus='scsi'/><readonly/></disk>
"""
VSOCK = "<vsock model='virtio'/>"
KINDS = {"pss": "proportional", "alone": "as if nothing else ran"}


def figures():
    made = []
    for kind, text in KINDS.items():
        made += [Figure("memory/machine-" + kind, "all processes of a running machine beyond guest RAM, " + text,
                        "MB").want(20),
                 Figure("memory/vmm-" + kind, "vitrine-vmm beyond guest RAM, " + text, "MB").want(8),
                 Figure("memory/everything-" + kind,
                        "the same with a device of every kind but pluggable memory, without passt, " + text, "MB").want(20)]
    return made


def measure_all(pids, guest_ram):
    """What they take together, but for passt, and what that takes."""
    theirs = [pid for pid in pids if pages.name_of(pid).startswith("passt")]
    result = pages.measure([pid for pid in pids if pid not in theirs], guest_ram)
    result["passt"] = pages.measure(theirs)["pss"]
    return result


def look_and_measure(path, pids, guest_ram):
    """With a viewer that has seen the whole picture at the socket PATH."""
    viewer = Viewer(path)
    try:
        viewer.look()
        return measure_all(pids(), guest_ram)
    finally:
        viewer.close()


def equip(home, machine):
    """Gives it a device of every kind that this host has."""
    files = {"disk": blank_disk(home.folder, "scsi.raw", media.DISK_MIB), "cd": media.cd(home.path("scsi.iso"))}
    more = EVERYTHING % files + (VSOCK if os.path.exists("/dev/vhost-vsock") else "")
    xml = machine.ctl("dumpxml").replace('<memballoon model="none"/>', "").replace("</devices>", more + "</devices>")
    home.ctl("define", home.write("everything.xml", xml.encode()))


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
        note_processes(by_name["memory/machine-" + kind], kind, who, result)


def note_processes(figure, kind, who, result):
    figure.details[who] = {p["name"]: p[kind] for p in result["processes"]}


def note_everything(by_name, result):
    for kind in KINDS:
        figure = by_name["memory/everything-" + kind]
        figure.add(OURS, result[kind])
        note_processes(figure, kind, OURS, result)
        figure.details[OURS]["passt (not counted), proportional"] = result["passt"]


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
        equip(home, machine)
        for i in range(RUNS):
            result = ours(home, machine)
            say("run %d, ours with everything: %s; not counted: passt %s" % (i, describe(result), result["passt"]))
            note_everything(by_name, result)
    except PermissionError as error:
        raise Absent("the memory of a confined process may not be looked at: %s" % error)
    finally:
        home.close()
