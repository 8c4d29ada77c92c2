#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The whole stack, as its user meets it: vitrinectl, keeper, VMM, SeaBIOS and a guest that obeys.

One machine lives through most of these tests, in the order they are written; each test that needs it
running with its guest ready says so by ready(), so that the failure of one is not that of all.
"""

import os
import struct
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))
import host
import machines
import puppet
from tap import check, main, test, wait_for

host.need_kvm(__file__)

BOOT = 120          # seconds; SeaBIOS takes three on a slow KVM that has the host for itself
BUFFER = 0x9000     # of the guest's, for a sector
PM1_STATUS, PM1_CONTROL = 0x600, 0x604
SLEEP_S5 = 0x2000
QCOW2 = b"QFI\xfb" + struct.pack(">IQIIQ", 3, 0x200, 12, 16, 1 << 30)

home = machines.Home()
one = None
guest = None


def connect():
    """A new client on the console, once the guest has said that it is up."""
    global guest
    guest = puppet.again(guest, one, BOOT)


def ready():
    """The machine runs and its guest obeys, whatever the test before left behind."""
    state = one.state()
    if state in ("off", "crashed"):
        one.start()
    elif state == "paused":
        one.ctl("resume")
    elif guest and guest.is_listening():
        return
    else:
        one.ctl("reset")
    connect()


def sectors(path, first, n=1):
    with open(path, "rb") as f:
        f.seek(first * 512)
        return f.read(n * 512)


# --- before it runs -------------------------------------------------------------------------------

@test("/guest/machine/created-one-is-listed-off-with-what-was-asked-for")
def created():
    global one
    boot = home.write("boot.raw", puppet.image())
    data = home.write("data.raw", bytes(1 << 20))
    one = home.create("one", "--disk", "path=%s,bus=virtio" % boot, "--disk", "path=%s,bus=sata" % data)
    listed = home.list()["one"]
    check(listed["uuid"] == one.uuid and listed["state"] == "off", "listed as %s" % listed)
    info = one.info()
    check(info["memory_bytes"] == 64 << 20 and info["vcpus"] == 1 and not info["problem"],
          "info says %s" % info)
    check([d["path"] for d in info["disks"]] == [boot, data], "disks: %s" % info["disks"])
    check("one" not in home.ctl("list"), "a machine that is off is in the list of those that run")


@test("/guest/machine/what-needs-a-running-one-is-refused-with-a-sentence")
def needs_running():
    for verb in ("pause", "resume", "reset", "shutdown"):
        sentence = one.refusal(verb)
        check("“one”" in sentence, "%s: %s" % (verb, sentence))
    check(one.state() == "off", "it is %s now" % one.state())


# --- while it runs --------------------------------------------------------------------------------

@test("/guest/machine/started-one-runs-and-its-firmware-speaks")
def started():
    one.start()
    check(one.state() == "running", "it is %s" % one.state())
    check(one.info()["start_time"] > time.time() - 60, "since %s" % one.info()["start_time"])
    check("one" in home.ctl("list"), "it is not among those that run")
    one.wait_log("firmware", "SeaBIOS (version", BOOT)
    connect()
    check("Booting from Hard Disk" in one.log("firmware"), "firmware log: " + one.log("firmware")[-300:])


@test("/guest/machine/screenshot-shows-what-the-firmware-wrote")
def screenshot():
    text = "\n".join(one.screen())
    check("SeaBIOS (version" in text and "Booting from Hard Disk" in text, "the screen says:\n" + text)


@test("/guest/machine/console-shows-latecomers-what-was-said-and-all-what-comes")
def console():
    ready()
    late = puppet.Puppet(one)
    late.wait_banner()
    guest.ask("e", value=0x12345678)
    late.wait_for(b"K\x78\x56\x34\x12")
    late.close()


@test("/guest/machine/pause-stops-the-guest-and-resume-goes-on-with-it")
def pause():
    ready()
    waiter = home.popen("wait", one.uuid, "--state", "paused")
    one.ctl("pause")
    check(waiter.wait(machines.PATIENCE) == 0, "a waiting client did not hear of it")
    check(one.state() == "paused", "it is %s" % one.state())
    guest.send("r", 4, address=0x7c00)
    try:
        guest.answer(timeout=1)
    except puppet.Silent:
        pass
    else:
        check(False, "a paused guest answered")
    sentence = one.refusal("pause")
    check("is paused" in sentence, sentence)
    one.ctl("resume")
    check(one.state() == "running", "it is %s" % one.state())
    check(guest.answer() != 0, "the command that waited was lost")
    check("“one”" in one.refusal("resume"), "resumed twice")


def wakes(pid):
    with open("/proc/%d/status" % pid) as f:
        return sum(int(line.split()[1]) for line in f if "ctxt_switches" in line)


def wait_asleep(pid):
    """Until the client PID has come to rest."""
    def sleeps():
        before = wakes(pid)
        time.sleep(0.3)
        return before == wakes(pid)
    wait_for(sleeps, "a client that sleeps", 30)


@test("/guest/machine/console-sleeps-while-nobody-says-anything")
def console_sleeps():
    ready()
    wait_asleep(guest.process.pid)


@test("/guest/machine/wait-sleeps-until-it-is-told")
def wait_is_told():
    ready()
    waiter = home.popen("wait", one.uuid, "--state", "paused")
    wait_asleep(waiter.pid)
    before = wakes(waiter.pid)
    time.sleep(2)
    check(waiter.poll() is None, "it ended with %s" % waiter.poll())
    check(wakes(waiter.pid) - before <= 2, "it woke %d times in 2 s" % (wakes(waiter.pid) - before))
    one.ctl("pause")
    check(waiter.wait(machines.PATIENCE) == 0, "it did not hear of the pause")
    one.ctl("resume")


@test("/guest/machine/wait-gives-up-after-its-time")
def wait_gives_up():
    ready()
    sentence = one.refusal("wait", "--state", "off", "--timeout", "0.2")
    check("still in the state running" in sentence, sentence)


@test("/guest/machine/keys-reach-the-guest")
def keys():
    ready()
    for verb, text, code in (("type", "v", 0x2f76), ("type", "V", 0x2f56), ("send-keys", "f12", 0x8600),
                             ("send-keys", "ctrl+c", 0x2e03)):
        guest.send("k")
        one.ctl(verb, text)
        got = guest.answer()
        check(got == code, "%s %s gave %#06x, not %#06x" % (verb, text, got, code))


@test("/guest/machine/reset-starts-the-firmware-over-and-it-stays-running")
def reset():
    ready()
    banners = one.log("firmware").count("Found QEMU fw_cfg")
    watcher = home.popen("wait", one.uuid, "--state", "paused,stopping,off,crashed")
    vmm = one.vmm()
    one.ctl("reset")
    check(one.state() == "running", "it is %s" % one.state())
    guest.wait_banner(BOOT)
    check(one.log("firmware").count("Found QEMU fw_cfg") == banners + 1, "the firmware did not start over")
    check(one.state() == "running", "it is %s afterwards" % one.state())
    check(watcher.poll() is None, "it was in another state on the way")
    watcher.terminate()
    watcher.wait()
    check(one.vmm() == vmm, "it is another process")


@test("/guest/machine/ctrl-alt-delete-lets-the-guest-restart-itself")
def control_alt_delete():
    ready()
    one.ctl("send-keys", "ctrl+alt+delete")
    guest.wait_banner(BOOT)
    check(one.state() == "running", "it is %s afterwards" % one.state())


@test("/guest/machine/runs-on-when-all-clients-are-gone")
def clients_gone():
    global guest
    ready()
    keeper = one.keeper()
    guest.close()
    guest = None
    check(os.getsid(keeper) != os.getsid(0), "its keeper would go with our terminal")
    guest = puppet.Puppet(one)
    guest.sync()
    guest.read(0x7c00)
    check(one.keeper() == keeper, "another keeper")
    check(one.state() == "running", "a new client finds it %s" % one.state())


@test("/guest/machine/starting-it-twice-and-forgetting-it-while-it-runs-are-refused")
def twice():
    ready()
    sentence = one.refusal("start")
    check("running" in sentence, sentence)
    sentence = one.refusal("undefine")
    check("running" in sentence and "switch it off" in sentence, sentence)
    check(one.state() == "running" and guest.read(0x7c00) != 0, "it did not survive that")


@test("/guest/machine/two-run-at-once-each-with-its-own-guest")
def two():
    ready()
    two = home.create("two", "--disk", "path=" + home.write("two.raw", puppet.image()))
    two.start()
    other = puppet.Puppet(two)
    other.sync(BOOT)
    other.write(0x9000, 0x22222222)
    guest.write(0x9000, 0x11111111)
    check(other.read(0x9000) == 0x22222222 and guest.read(0x9000) == 0x11111111, "they share memory")
    other.close()
    two.power_off()
    check(one.state() == "running", "switching off the other one left this one %s" % one.state())
    two.ctl("undefine")


@test("/guest/machine/a-disk-of-one-that-runs-is-not-given-to-another")
def shared_disk():
    ready()
    sentence = home.refusal("create", "--name", "thief", "--disk", "path=" + home.path("data.raw"))
    check("data.raw" in sentence and "“one”" in sentence, sentence)
    # Defined by hand it can be; then it is the start that must refuse.
    thief = home.create("thief", "--disk", "path=" + home.write("own.raw", bytes(1 << 20)))
    xml = thief.ctl("dumpxml").replace("own.raw", "data.raw")
    home.ctl("define", home.write("thief.xml", xml.encode()))
    sentence = thief.refusal("start")
    check("data.raw" in sentence and "“one”" in sentence, sentence)
    check(thief.state() == "off" and not os.path.exists(thief.socket), "something is left of it")
    # A link to the file is the file.
    os.link(home.path("data.raw"), home.path("link.raw"))
    home.ctl("define", home.write("thief.xml", xml.replace("data.raw", "link.raw").encode()))
    sentence = thief.refusal("start")
    check("link.raw" in sentence and "“one”" in sentence, sentence)
    thief.ctl("undefine")
    check(guest.disk(0x42, 0, BUFFER, 0x81) == 0, "the first one has lost it")


# --- the guest's own doings -----------------------------------------------------------------------

@test("/guest/machine/sectors-a-guest-writes-are-in-the-files-when-it-is-off")
def writes():
    ready()
    texts = {0x80: (b"virtio" * 86)[:512], 0x81: (b"sata" * 128)[:512]}
    for drive, text in texts.items():
        guest.write_sector(1000 + drive, text, drive)
        check(guest.read_sector(1000 + drive, drive) == text, "%#x does not read what was written" % drive)
    guest.fill(BUFFER, QCOW2)
    check(guest.disk(0x43, 0, BUFFER, 0x81) == 0, "INT 13h cannot write to the first sector")
    one.power_off()
    check(sectors(home.path("boot.raw"), 1000 + 0x80) == texts[0x80], "not in the virtio disk's file")
    check(sectors(home.path("data.raw"), 1000 + 0x81) == texts[0x81], "not in the SATA disk's file")


@test("/guest/machine/switched-off-one-is-off-and-leaves-nothing-behind")
def off():
    check(one.state() == "off", "it is %s" % one.state())
    run = one.last_run()
    check(run["outcome"] == "off" and run["reason"] == "Switched off", "last run: %s" % run)
    check(one.info()["state_reason"] == "Switched off", "info: %s" % one.info())
    check(home.remains() == [], "left behind: %s" % home.remains())
    check(one.keeper() is None, "its keeper still runs")


@test("/guest/machine/a-raw-disk-stays-raw-whatever-a-guest-writes-into-it")
def stays_raw():
    check(sectors(home.path("data.raw"), 0).startswith(QCOW2), "the guest's header is not there")
    ready()
    check(guest.disk(0x42, 0, BUFFER, 0x81) == 0, "it cannot be read")
    check(guest.dump(BUFFER, len(QCOW2)) == QCOW2, "it is not what was written")
    check(any("qcow2" in w for w in one.info()["warnings"]), "warnings: %s" % one.info()["warnings"])


@test("/guest/machine/power-button-is-seen-by-the-guest-which-then-shuts-down")
def power_button():
    ready()
    check(not guest.inp(PM1_STATUS, 2) & 0x100, "the button was pressed before")
    one.ctl("shutdown")
    check(one.state() == "stopping", "it is %s" % one.state())
    check(guest.inp(PM1_STATUS, 2) & 0x100, "the guest does not see the button")
    guest.send("o", 2, address=PM1_CONTROL, value=SLEEP_S5)
    one.wait("off")
    check(one.last_run()["reason"] == "The guest shut down", "last run: %s" % one.last_run())
    check(home.remains() == [], "left behind: %s" % home.remains())


@test("/guest/machine/a-guest-that-switches-itself-off-is-off")
def acpi_off():
    ready()
    guest.send("o", 2, address=PM1_CONTROL, value=SLEEP_S5)
    one.wait("off")
    run = one.last_run()
    check(run["outcome"] == "off" and run["reason"] == "The guest switched itself off", "%s" % run)


# --- the end --------------------------------------------------------------------------------------

@test("/guest/machine/forgetting-it-keeps-disks-but-those-of-its-own-folder-when-told-to")
def undefine():
    own = home.create("own", "--disk", "size=1M")
    path = own.info()["disks"][0]["path"]
    check(os.path.dirname(path) == own.folder, "its own disk is %s" % path)
    result = home.run("undefine", own.uuid)
    check(result.returncode == 0 and path in result.stderr, "it does not say that %s is kept" % path)
    check(os.listdir(own.folder) == [os.path.basename(path)], "left: %s" % os.listdir(own.folder))
    again = home.create("again", "--disk", "size=1M", "--disk", "path=" + home.path("own.raw"))
    result = home.run("undefine", again.uuid, "--remove-disks")
    check(result.returncode == 0 and "own.raw" in result.stderr, result.stderr)
    check(not os.path.exists(again.folder), "its folder is still there")
    check(os.path.exists(home.path("own.raw")), "a disk that is not its own was removed")
    one.ctl("undefine")
    check(os.path.exists(home.path("boot.raw")) and not os.path.exists(one.folder), "boot.raw or the folder")
    check(home.list() == {}, "still listed: %s" % home.list())


main(home.close)
