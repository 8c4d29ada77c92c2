#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Whatever dies, hangs, vanishes or talks nonsense: the machine or its next start is none the worse.

The guests here stop in the firmware, for want of a system: they are started and ended in a moment.
"""

import os
import random
import signal
import socket
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))
import host
import machines
import puppet
import rfb
from tap import check, main, test, wait_for

host.need_kvm(__file__)

BOOT = 120
DEADLINE = 30       # vitrinectl's own are 5 and 10 s; a busy host may add to that
HITS = 2            # each process of a start is hit at some moment of it, another one in each run
CD = bytes(32768) + b"\1CD001\1" + bytes(2048 * 17 - 7)

home = machines.Home()
one = home.create("one", "--disk", "path=" + home.write("one.raw", bytes(1 << 20)))


def is_on():
    """ONE runs; the same after each of these tests."""
    if one.state() in ("off", "crashed"):
        one.start()
    check(one.state() == "running", "it is %s: %s" % (one.state(), one.info()["state_reason"]))


def is_off():
    if one.state() in ("off", "crashed"):
        return
    try:
        one.power_off()
    except machines.Failed:
        check(one.state() in ("off", "crashed"), "it is %s" % one.state())  # it crashed meanwhile


def is_gone():
    """Off, and no keeper is left; a start whose vitrinectl was killed may only now come to its end."""
    is_off()
    return one.keeper() is None


def starts_again(machine=one):
    machine.start()
    check(machine.state() == "running", "it is %s" % machine.state())


# --- processes that die ---------------------------------------------------------------------------

@test("/guest/faults/a-vmm-that-is-killed-is-a-crash-with-its-reason-and-can-be-started-again")
def vmm_killed():
    is_on()
    keeper, vmm = one.keeper(), one.vmm()
    waiter = home.popen("wait", one.uuid, "--state", "crashed")
    wait_for(lambda: "socket:" in " ".join(links(waiter.pid)), "the waiting client's connection")
    os.kill(vmm, signal.SIGKILL)
    check(waiter.wait(machines.PATIENCE) == 0, "a waiting client did not hear of it")
    check(one.state() == "crashed" and "signal 9" in one.info()["state_reason"], "%s" % one.info())
    check(one.last_run()["outcome"] == "crashed" and one.last_run()["signal"] == "9", "%s" % one.last_run())
    machines.wait_gone(keeper, "its keeper")
    check(home.remains() == [], "left behind: %s" % home.remains())
    starts_again()


def links(pid):
    """What the descriptors of process PID are."""
    folder = "/proc/%d/fd" % pid
    found = []
    for fd in os.listdir(folder):
        try:
            found.append(os.readlink(os.path.join(folder, fd)))
        except FileNotFoundError:
            pass
    return found


@test("/guest/faults/a-keeper-that-is-killed-takes-its-vmm-along-and-bars-no-start")
def keeper_killed():
    is_on()
    keeper, vmm = one.keeper(), one.vmm()
    os.kill(keeper, signal.SIGKILL)
    one.start()             # at once, while the VMM may still be at its disks
    machines.wait_gone(vmm, "the VMM without a keeper")
    check(one.state() == "running" and one.keeper() != keeper, "it is %s" % one.state())
    keeper, vmm = one.keeper(), one.vmm()
    os.kill(keeper, signal.SIGKILL)
    machines.wait_gone(vmm, "the VMM without a keeper")
    check(one.state() in ("off", "crashed"), "it is %s" % one.state())
    check("not running" in one.refusal("pause"), "paused without a keeper")
    starts_again()


@test("/guest/faults/a-keeper-that-is-told-to-end-switches-off-first")
def keeper_told():
    for number in (signal.SIGTERM, signal.SIGHUP):
        is_on()
        keeper = one.keeper()
        os.kill(keeper, number)
        one.wait("off")
        machines.wait_gone(keeper, "the keeper")
        check(one.last_run()["outcome"] == "off", "last run: %s" % one.last_run())
        check(home.remains() == [], "left behind: %s" % home.remains())


@test("/guest/faults/a-display-server-that-is-killed-costs-its-viewer-the-picture-and-no-more")
def display_killed():
    is_on()
    vmm = one.vmm()
    with Display() as path:
        viewer = rfb.Viewer(path)
        viewer.ask_for_all()
        check(viewer.name == "one", "it is called %s" % viewer.name)
        server = one.child("vitrine-vnc")
        os.kill(server, signal.SIGKILL)
        viewer.wait_hung_up()
        viewer.close()
        check(one.state() == "running" and one.vmm() == vmm, "the machine did not live on")
        viewer = rfb.Viewer(path)
        viewer.ask_for_all()
        check(one.child("vitrine-vnc") not in (None, server), "there is no new server")
        check(any("VNC" in w for w in one.info()["warnings"]), "no word of it: %s" % one.info()["warnings"])
        viewer.close()


class Display:
    """`vitrinectl display`, and the path it offers."""

    def __enter__(self):
        self.process = home.popen("display", one.uuid, stdout=machines.PIPE, text=True)
        return self.process.stdout.readline().strip()

    def __exit__(self, *error):
        self.process.terminate()
        self.process.wait()
        self.process.stdout.close()


@test("/guest/faults/a-start-that-loses-a-process-leaves-nothing-half-made")
def start_killed():
    is_off()
    began = time.monotonic()
    starts_again()
    takes = time.monotonic() - began
    one.power_off()
    chance = random.Random()
    victims = {"vitrine-keeper": 0, "vitrine-vmm": 0, "vitrinectl": 0}
    for n in range(60):
        name = min(victims, key=victims.get)
        if victims[name] >= HITS:
            break
        start = home.popen("start", one.uuid, stderr=machines.PIPE, text=True)
        time.sleep(chance.random() * takes)
        victims[name] += kill_all_named(name)
        _, said = start.communicate(timeout=machines.PATIENCE)
        if name != "vitrinectl":
            check(start.returncode in (0, 1), "start ended with %d: %s" % (start.returncode, said))
            check(start.returncode == 0 or said.startswith("vitrinectl: "), "it failed without a word")
        state = one.state()
        check(state in ("off", "crashed", "running", "starting"), "it is %s" % state)
        if state == "starting":
            one.wait("running", "off", "crashed")
        wait_for(is_gone, "no keeper after a start that was disturbed")
        starts_again()
        one.power_off()
        check(home.remains() == [], "left behind: %s" % home.remains())
    print("# killed: %s" % victims)
    check(min(victims.values()) >= HITS, "too few were hit to tell: %s" % victims)


def kill_all_named(name):
    """Kills processes of ours only; how many there were."""
    table = machines.process_table()
    pids = [pid for pid in machines.descendants(os.getpid()) if table.get(pid, (0, ""))[1] == name]
    for pid in pids:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
    return len(pids)


# --- processes that hang --------------------------------------------------------------------------

@test("/guest/faults/a-keeper-that-hangs-is-said-not-to-answer-and-can-be-forced-off")
def keeper_hangs():
    is_on()
    keeper, vmm = one.keeper(), one.vmm()
    os.kill(keeper, signal.SIGSTOP)
    check("does not answer" in one.refusal("pause", timeout=DEADLINE), "paused by a keeper that hangs")
    info = one.ctl("info", timeout=DEADLINE)
    check("running" in info and "does not answer" in info, info)
    one.ctl("poweroff", timeout=DEADLINE)
    machines.wait_gone(vmm, "the VMM without a keeper")
    check(one.state() in ("off", "crashed"), "it is %s" % one.state())
    starts_again()


@test("/guest/faults/a-vmm-that-hangs-is-killed-when-it-shall-be-off")
def vmm_hangs():
    is_on()
    vmm = one.vmm()
    os.kill(vmm, signal.SIGSTOP)
    one.ctl("poweroff", timeout=60)
    machines.wait_gone(vmm, "the VMM that hung")
    check("had to be killed" in one.last_run()["reason"], "last run: %s" % one.last_run())
    starts_again()


# --- files that vanish ----------------------------------------------------------------------------

@test("/guest/faults/a-disk-or-cd-that-is-gone-is-named-and-stops-the-start-alone")
def files_gone():
    cd, disk = home.write("cd.iso", CD), home.write("gone.raw", bytes(1 << 20))
    machine = home.create("gone", "--iso", cd, "--disk", "path=" + disk)
    os.unlink(cd)
    check("cd.iso” does not exist" in machine.refusal("start"), "started without its CD")
    home.write("cd.iso", b"")
    check("cd.iso” is empty" in machine.refusal("start"), "started with an empty CD")
    home.write("cd.iso", CD[:1000])
    machine.start()         # of which the guest may make what it can
    check(machine.state() == "running", "a short CD: %s" % machine.info())
    machine.power_off()
    os.unlink(disk)
    check("gone.raw” does not exist" in machine.refusal("start"), "started without its disk")
    check(machine.state() == "off" and not os.path.exists(machine.runtime), "something is left")
    home.write("gone.raw", bytes(1 << 20))
    starts_again(machine)
    machine.power_off()
    machine.ctl("undefine")


@test("/guest/faults/a-disk-that-shrinks-under-a-guest-gives-errors-and-the-machine-lives")
def disk_shrinks():
    small = home.write("small.raw", b"\x5a" * (1 << 20))
    machine = home.create("shrinks", "--disk", "path=" + home.write("puppet.raw", puppet.image()),
                          "--disk", "path=%s,bus=sata" % small)
    machine.start()
    guest = puppet.Puppet(machine)
    guest.sync(BOOT)
    vmm = machine.vmm()
    check(guest.disk(0x42, 1000, 0x9000, 0x81) == 0 and guest.read(0x9000) == 0x5a5a5a5a, "it cannot be read")
    os.truncate(small, 512)
    check(guest.disk(0x42, 1000, 0x9000, 0x81) != 0, "it read what is not there any more")
    check(guest.disk(0x42, 0, 0x9000, 0x81) == 0, "it cannot read what is still there")
    check(machine.vmm() == vmm and machine.state() == "running", "it is %s" % machine.info())
    guest.close()
    machine.power_off()
    machine.ctl("undefine")


@test("/guest/faults/a-definition-that-is-broken-by-hand-is-listed-with-its-problem-and-no-other")
def broken_definition():
    machine = home.create("broken", "--disk", "size=1M")
    path = os.path.join(machine.folder, "machine.xml")
    with open(path) as f:
        whole = f.read()
    for text, problem in ((whole[:len(whole) // 2], "not XML"), ("", ""), ("\0" * 100, ""),
                          (whole.replace("virtio", "nonsense"), "nonsense"),
                          (whole.replace(machine.uuid, one.uuid), "another machine")):
        with open(path, "w") as f:
            f.write(text)
        listed = home.list()
        named = [m for m in listed.values() if m["uuid"] == machine.uuid]
        check(named and named[0]["problem"] and problem in named[0]["problem"], "listed as %s" % named)
        check(not listed["one"]["problem"], "another one suffers: %s" % listed["one"])
        sentence = machine.refusal("start")
        check(len(sentence) > 20, sentence)
        check(one.state() == one.state(), "the other cannot be asked")
    with open(path, "w") as f:
        f.write(whole)
    starts_again(machine)
    machine.power_off()
    machine.ctl("undefine", "--remove-disks")
    check(not os.path.exists(machine.folder), "left: %s" % os.listdir(home.machines_folder))


# --- two at once ----------------------------------------------------------------------------------

def run_together(*commands):
    """vitrinectl with each of COMMANDS at the same time: [(status, what it said), …]."""
    processes = [home.popen(*c, stdout=machines.DEVNULL, stderr=machines.PIPE, text=True) for c in commands]
    return [(p.communicate(timeout=machines.PATIENCE)[1], p.returncode)[::-1] for p in processes]


@test("/guest/faults/of-two-starts-at-once-one-starts-it-and-the-other-says-so")
def starts_race():
    for _ in range(5):
        is_off()
        results = run_together(("start", one.uuid), ("start", one.uuid))
        statuses = sorted(status for status, _ in results)
        check(statuses == [0, 1], "both or none: %s" % results)
        check(any("running" in said or "starting" in said for status, said in results if status), "%s" % results)
        check(one.state() == "running", "it is %s" % one.state())


@test("/guest/faults/of-two-machines-that-start-at-once-with-one-disk-only-one-gets-it")
def disk_race():
    twins = [home.create("twin%d" % i, "--disk", "path=" + home.write("twin%d.raw" % i, bytes(1 << 20)))
             for i in range(2)]
    xml = twins[1].ctl("dumpxml").replace("twin1.raw", "twin0.raw")
    home.ctl("define", home.write("twin.xml", xml.encode()))
    for _ in range(5):
        results = run_together(*[("start", twin.uuid) for twin in twins])
        check(sorted(status for status, _ in results) == [0, 1], "both or none: %s" % results)
        check(any("twin0.raw" in said for status, said in results if status), "no word of it: %s" % results)
        check(sorted(twin.state() for twin in twins) == ["off", "running"], "states")
        for twin in twins:
            if twin.state() == "running":
                twin.power_off()
    for twin in twins:
        twin.ctl("undefine")


@test("/guest/faults/of-a-start-and-a-removal-at-once-only-one-is-done")
def removal_race():
    for n in range(5):
        machine = home.create("race", "--disk", "path=" + home.path("one-race.raw")
                              if n else "path=" + home.write("one-race.raw", bytes(1 << 20)))
        (started, said), (removed, _) = run_together(("start", machine.uuid), ("undefine", machine.uuid))
        check(sorted((started, removed)) == [0, 1], "start %d (%s), removal %d" % (started, said, removed))
        if started == 0:
            check(machine.state() == "running", "it is %s" % machine.state())
            machine.power_off()
            machine.ctl("undefine")
        check(not os.path.exists(machine.folder), "left: %s" % os.listdir(machine.folder)
              if os.path.exists(machine.folder) else "")
    check("race" not in home.list(), "it is still listed")


# --- clients that misbehave -----------------------------------------------------------------------

def connect():
    stream = socket.socket(socket.AF_UNIX)
    stream.connect(one.socket)
    stream.settimeout(DEADLINE)
    return stream


def authenticated():
    """A D-Bus connection by hand, past its authentication."""
    stream = connect()
    stream.sendall(b"\0AUTH EXTERNAL " + str(os.getuid()).encode().hex().encode() + b"\r\n")
    check(stream.recv(200).startswith(b"OK"), "it does not let us in")
    stream.sendall(b"NEGOTIATE_UNIX_FD\r\n")
    stream.recv(200)
    stream.sendall(b"BEGIN\r\n")
    return stream


@test("/guest/faults/a-client-that-talks-nonsense-is-hung-up-on-and-the-machine-runs-on")
def nonsense():
    is_on()
    vmm = one.vmm()
    chance = random.Random(os.environ.get("VITRINE_SEED", "7"))
    beginnings = [b"", b"\0", b"\0AUTH ", b"GET / HTTP/1.1\r\n\r\n", b"\0AUTH EXTERNAL 30\r\nBEGIN\r\n",
                  b"\0" + b"A" * 100000, b"\0AUTH ANONYMOUS\r\nBEGIN\r\n"]
    for beginning in beginnings:
        with connect() as stream:
            try:
                stream.sendall(beginning + chance.randbytes(200))
            except OSError:
                pass
    for _ in range(20):
        with authenticated() as stream:
            head = bytearray(b"l\1\0\1" + (16).to_bytes(4, "little") + (1).to_bytes(4, "little")
                             + (8).to_bytes(4, "little") + chance.randbytes(40))
            for _ in range(chance.randrange(4)):
                head[chance.randrange(16)] = chance.randrange(256)
            try:
                stream.sendall(head)
            except OSError:
                pass
    check(one.state() == "running" and one.vmm() == vmm, "it is %s" % one.info())


@test("/guest/faults/calls-that-make-no-sense-are-refused-each-with-an-error")
def calls():
    is_on()
    from gi.repository import Gio, GLib
    bus = one.bus()
    machine, path = "org.vitrine.Machine1", "/org/vitrine/Machine"
    for where, interface, method, arguments in (
            (path, machine, "Explode", None),
            (path, "org.vitrine.Nothing", "Pause", None),
            ("/org/vitrine/Nowhere", machine, "Pause", None),
            (path, machine, "Pause", GLib.Variant("(s)", ("please",))),
            (path, machine, "OpenDisplay", GLib.Variant("(s)", ("rdp",))),
            (path, machine, "OpenDisplay", GLib.Variant("(s)", ("%s%n" * 1000,))),
            (path, machine, "OpenConsole", GLib.Variant("(s)", ("../../etc/passwd",))),
            (path, machine, "SendKeys", GLib.Variant("(a(ub))", ([(0xffffffff, True)],))),
            (path, machine, "SendKeys", GLib.Variant("(a(ub))", ([(30, True)] * 5000,))),
            (path, "org.freedesktop.DBus.Properties", "Set",
             GLib.Variant("(ssv)", (machine, "State", GLib.Variant("s", "off"))))):
        try:
            bus.call_sync(None, where, interface, method, arguments, None, Gio.DBusCallFlags.NONE,
                          DEADLINE * 1000, None)
        except GLib.Error as error:
            check("Timeout" not in error.message and "closed" not in error.message,
                  "%s: %s" % (method, error.message))
        else:
            check(False, "%s %s%s was done" % (where, method, arguments))
    bus.close_sync(None)
    check(one.state() == "running", "it is %s" % one.info())


@test("/guest/faults/more-clients-than-it-takes-are-turned-away-until-some-leave")
def many_clients():
    is_on()
    vmm = one.vmm()
    crowd = []
    for _ in range(80):
        try:
            crowd.append(authenticated())
        except (AssertionError, OSError):
            break
    check(len(crowd) >= 60, "only %d clients were let in" % len(crowd))
    result = home.run("info", one.uuid, timeout=DEADLINE)
    check(result.returncode in (0, 1), "a client too many is left hanging: %s" % result)
    check(one.vmm() == vmm, "the machine did not live on")
    for stream in crowd:
        stream.close()
    wait_for(lambda: one.state() == "running" and not one.info()["state_reason"],
             "a client that is let in after the others left")
    silent = [connect() for _ in range(100)]        # who never say who they are
    wait_for(lambda: one.state() == "running" and not one.info()["state_reason"],
             "a client that is let in when those who said nothing were hung up on", 40)
    for stream in silent:
        stream.close()


main(home.close)
