# SPDX-License-Identifier: GPL-2.0-or-later
"""A guest with Debian's own kernel, a small initrd and a shell on its first serial port.

    image = linux_guest.build(["virtio_net"], programs=["/usr/bin/iperf3"])
    with linux_guest.Guest(image, devices=[…], vcpus=2) as guest:
        guest.sh("ip link set eth0 up")              # what it prints; Failed when the status is not 0
        guest.wait_sh("ip addr | grep 10.0.2.15")    # asked again and again until it is 0
        guest.power_off()
"""

import os
import socket
import subprocess
import tempfile

import guest_shell
import host
import initrd
from guest_shell import ANSWER, READY, SHELL
from tap import FIRMWARE, check, skip_all
from vmm import STOP_GUEST, Device, Variables, Vmm

# Debian's kernel under an emulated host on a busy machine: slow is no failure, silence is.
BOOT = 900 if FIRMWARE == "uefi" else 300
OF_KERNEL = (r"acpi (bios )?(error|warning|bug)|firmware (bug|warn)|mtrr.*(disab|wrong)|nobody cared|"
             r"\bBUG:|kernel BUG|WARNING:|Oops|blocked for more than|\bstalls?\b")
# A line of a driver of our devices in which one of TROUBLE is. "reset" is none: every SCSI disk says at its start that
# one occurred. Nor is "not": what a disk does not support is said as well.
DRIVERS = (r"virtio|vsock|balloon|\bvd[a-z]\b|ahci|\bata[0-9]|scsi|\bs[dr] [0-9]|\b(sd|sr)[a-z0-9]\b|e1000e|8139|NETDEV|"
           r"i8042|atkbd|psmouse|serio|\busb|xhci|\bhid|drm|bochs|i6300|pvpanic|rtc_cmos|8250|ttyS")
TROUBLE = (r"error|fail|tim(e|ed|ing)[ -]?out|unable|can(no|\.)t|could ?n(o|\.)t|lost|no(t)? respon|response 0x|bogus|stuck|invalid|"
           r"illegal|corrupt|abort|exception|hung|\bhang|dropp|unexpected|unknown|warn")
COMPLAINTS = "%s|i/o error|(%s).*(%s)" % (OF_KERNEL, DRIVERS, TROUBLE)  # for grep -i -E
FROM_BELOW = ["xstate.c"]  # the processors of an emulated host below ours contradict themselves
if host.IN_BED:  # and stand still for half a minute of a guest's when that host has to wait
    FROM_BELOW += ["detected stalls on CPUs", "soft lockup", "kthread starved", "self-detected stall"]
ALWAYS = ["virtio_pci", "button", "evdev"]


def release():
    """The kernel's; ends the program with a reason where none is installed."""
    found = initrd.kernel_release()
    if not found:
        skip_all("no Debian kernel is installed (linux-image-amd64)")
    return found


def complaints_of(lines, allowed=()):
    """Those of LINES, which COMPLAINTS fits, that are about the machine; ALLOWED are parts of lines that may be there."""
    return [line for line in lines if not any(part in line for part in FROM_BELOW + list(allowed))]


def libraries_of(program):
    out = subprocess.run(["ldd", program], capture_output=True, text=True).stdout
    words = [w for line in out.splitlines() for w in line.split() if w.startswith("/")]
    return words


class Image:
    """A kernel and an initrd with MODULES loaded and PROGRAMS (paths on this host) in place."""

    def __init__(self, modules=(), programs=(), files=None, script=SHELL):
        name = release()
        self.kernel = "/boot/vmlinuz-" + name
        self.folder = tempfile.mkdtemp(prefix="vitrine-linux-")
        self.initrd = os.path.join(self.folder, "initrd")
        extra = {}
        for program in programs:
            for path in [program] + libraries_of(program):
                extra[path] = (initrd.read(path), 0o755)
        for path, data in (files or {}).items():
            extra[path] = (data, 0o755)
        initrd.build(self.initrd, name, ALWAYS + list(modules), script, extra)


def build(modules=(), programs=(), **options):
    return Image(modules, programs, **options)


class Guest(guest_shell.Shell):
    def __init__(self, image, vcpus=1, memory_mib=384, devices=(), cmdline="", console="ttyS0", **options):
        """IMAGE is started directly, through the firmware if that is UEFI; None: what the firmware boots has such
        a shell."""
        serial, theirs = socket.socketpair()
        super().__init__(serial)
        everything = [Device("uart16550", "serial0", sock=theirs)] + list(devices)
        if image:
            if FIRMWARE == "uefi":
                options.setdefault("variables", Variables())
            options.update(kernel=image.kernel, initrd=image.initrd,
                           cmdline="console=tty0 console=%s loglevel=4 %s" % (console, cmdline))
        self.vmm = Vmm(host.VMM, memory_mib=memory_mib, vcpus=vcpus, devices=everything, **options)
        self.vmm.run()
        self.wait_boot()

    def wait_boot(self):
        """After a reset: what ran before is gone."""
        self.wait_text(READY, BOOT)

    def take_events(self):
        self.vmm.take_events()

    @property
    def process(self):
        """The one that the guest runs in."""
        return self.vmm.process

    def has_ended(self):
        return self.process.poll() is not None

    def pci_drivers(self):
        """[(vendor:device, driver or "")] of what is on the bus."""
        text = self.sh("for d in /sys/bus/pci/devices/*; do echo $(cat $d/vendor):$(cat $d/device) "
                       "$(basename $(readlink $d/driver) 2>/dev/null); done")
        rows = [line.split() for line in text.splitlines()]
        return [(r[0].replace("0x", ""), r[1] if len(r) > 1 else "") for r in rows]

    def check_quiet(self, allowed=(), of_drivers=True):
        """The kernel and its drivers have nothing to complain about; ALLOWED are parts of lines that may be there.
        Not OF_DRIVERS: devices went while they were used, of which those say what they like."""
        text = self.sh("dmesg | grep -i -E '%s' || true" % (COMPLAINTS if of_drivers else OF_KERNEL))
        lines = complaints_of(text.splitlines(), allowed)
        if lines:
            where = self.sh("dmesg | grep -A 25 -E 'WARNING:|BUG:|Oops' || true")
            raise AssertionError("the kernel complains:\n%s\n%s" % ("\n".join(lines), where))

    def power_off(self):
        self.start("poweroff -f")
        reason = self.vmm.wait_stopped(timeout=ANSWER)
        check(reason == STOP_GUEST, "the machine ended for reason %d" % reason)

    def close(self):
        self.serial.close()
        self.vmm.close()

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.close()
