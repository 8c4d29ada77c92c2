# SPDX-License-Identifier: GPL-2.0-or-later
"""From just before fork to user space: Debian's kernel and a small initrd, started directly and by UEFI.

QEMU is measured as what people compare with: microvm, made for quick starts, and q35, whose devices ours
are.  All three get the same kernel, initrd and command line, one disk, one source of random numbers and a
serial port, on which the first program says that it runs.
"""

import os
import select
import shutil
import socket
import subprocess
import tempfile
import time

import host
import initrd
import media
import qemu
from figure import OURS, Absent, Figure, words
from processes import end
from vmm import UEFI_CODE, UEFI_VARIABLES, Device, Variables, Vmm

RUNS, UEFI_RUNS, WARM_UP = 5, 3, 1
MEMORY_MIB = 384
TIMEOUT = 900
SAYS = b"USER SPACE"
SCRIPT = 'echo "%s"\nsleep 1000\n' % SAYS.decode()
COMMAND_LINE = "console=ttyS0 quiet"
Q35, MICROVM = "qemu-q35", "qemu-microvm"


def figures():
    return [Figure("boot/user-space", "a kernel started directly, from fork to user space", "ms")
            .want(0.8, Q35).want(1, MICROVM),
            Figure("boot/user-space-by-uefi", "the same through UEFI, after its first start", "ms").want(0.8, Q35)]


class Guest:
    """What all start."""

    def __init__(self, folder):
        release = initrd.kernel_release()
        if not release:
            raise Absent("no Debian kernel is installed (linux-image-amd64)")
        self.kernel = "/boot/vmlinuz-" + release
        self.initrd = os.path.join(folder, "initrd")
        initrd.build(self.initrd, release, ["virtio_pci", "virtio_mmio", "virtio_blk", "virtio_rng"], SCRIPT)
        self.disk = media.disk(os.path.join(folder, "disk.raw"))
        self.variables = Variables()
        self.qemu_variables = shutil.copy(UEFI_VARIABLES, os.path.join(folder, "variables.fd"))


def wait_user_space(fd):
    """By the clock, when SAYS came by FD."""
    text, deadline = b"", time.monotonic() + TIMEOUT
    while SAYS not in text:
        if not select.select([fd], [], [], max(deadline - time.monotonic(), 0))[0]:
            raise AssertionError("no user space in %d s: %r" % (TIMEOUT, text[-300:]))
        data = os.read(fd, 65536)
        if not data:
            raise AssertionError("the machine ended: %r" % text[-300:])
        text += data
    return time.monotonic()


def ours(guest, uefi=False):
    serial, theirs = socket.socketpair()
    devices = [Device("uart16550", "serial0", sock=theirs),
               Device("virtio-blk", "virtio-disk0", path=guest.disk), Device("virtio-rng", "rng0")]
    with serial, Vmm(host.VMM, memory_mib=MEMORY_MIB, devices=devices, kernel=guest.kernel, initrd=guest.initrd,
                     cmdline=COMMAND_LINE, display=False, variables=guest.variables if uefi else None) as machine:
        machine.run()
        return (wait_user_space(serial.fileno()) - machine.started) * 1e3


def peer(guest, *machine):
    command = [qemu.PROGRAM, "-accel", "kvm", "-cpu", "host", "-m", str(MEMORY_MIB), "-nodefaults", "-no-user-config",
               "-display", "none", "-serial", "stdio", "-kernel", guest.kernel, "-initrd", guest.initrd,
               "-append", COMMAND_LINE, "-drive", "if=none,id=disk,format=raw,file=" + guest.disk, *machine]
    start = time.monotonic()
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                               preexec_fn=lambda: None)
    try:
        return (wait_user_space(process.stdout.fileno()) - start) * 1e3
    finally:
        end(process)


def q35(guest, *more):
    return peer(guest, "-M", "q35", "-device", "virtio-blk-pci,drive=disk", "-device", "virtio-rng-pci", *more)


def microvm(guest):
    return peer(guest, "-M", "microvm,x-option-roms=off,isa-serial=on,rtc=on,acpi=off",
                "-device", "virtio-blk-device,drive=disk", "-device", "virtio-rng-device")


def q35_by_uefi(guest):
    return q35(guest, "-drive", "if=pflash,format=raw,unit=0,readonly=on,file=" + UEFI_CODE,
               "-drive", "if=pflash,format=raw,unit=1,file=" + guest.qemu_variables)


def in_turn(say, figure, runs, who):
    """Each of WHO (name: what to call) once a round."""
    for i in range(-WARM_UP, runs):
        samples = {name: run() for name, run in who.items()}
        say("%s, run %d: %s" % (figure.name, i, words(samples)))
        for name, value in samples.items():
            if i >= 0:
                figure.add(name, value)


def measure(say, direct, uefi):
    if not host.has_hardware_kvm():
        raise Absent(host.kvm_problem() or "a software KVM takes minutes to start Linux")
    qemu.need()
    with tempfile.TemporaryDirectory(prefix="vitrine-bench-") as folder:
        guest = Guest(folder)
        in_turn(say, direct, RUNS, {OURS: lambda: ours(guest), Q35: lambda: q35(guest),
                                    MICROVM: lambda: microvm(guest)})
        in_turn(say, uefi, UEFI_RUNS, {OURS: lambda: ours(guest, uefi=True), Q35: lambda: q35_by_uefi(guest)})
