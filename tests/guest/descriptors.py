#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A descriptor that is not what a request says: one sentence says so, the VMM keeps none of it open, and the guest
runs on."""

import os
import re
import signal
import socket
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))
import host
import puppet
import storage_daemon
import vmm as protocol
from blank_disk import blank_disk
from tap import check, main, test
from vmm import (BACKEND_NET_PACKET, BACKEND_NET_STREAM, BACKEND_NET_TAP, BACKEND_RAW, BACKEND_SOCKET, BACKEND_VHOST,
                 BACKEND_VHOST_USER, Device, Variables, Vmm, VmmError, scsi_unit)

host.need_kvm(__file__)

WORK = tempfile.mkdtemp(prefix="vitrine-descriptors-", dir="/tmp")
BOOT = 120
STREAM, PACKET = socket.SOCK_STREAM, socket.SOCK_SEQPACKET


# --- what is handed over --------------------------------------------------------------------------

def path_of(name):
    return blank_disk(WORK, name, 1)


def a_disk():
    return os.open(path_of("disk"), os.O_RDWR)


def a_disk_to_read():
    return os.open(path_of("disk"), os.O_RDONLY)


def a_folder():
    return os.open(WORK, os.O_RDONLY)


def a_null():
    return os.open("/dev/null", os.O_RDWR)


def a_pipe():
    read, write = os.pipe()
    os.close(read)
    return write


def a_dead_socket(kind=STREAM):
    """Whose other end is closed, so that nobody is waited for."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, kind)
    theirs.close()
    return ours.detach()


def a_dead_packet_socket():
    return a_dead_socket(PACKET)


def a_listening_socket():
    sock = socket.socket(socket.AF_UNIX, STREAM)
    sock.bind("\0vitrine-descriptors-%d" % os.getpid())
    sock.listen()
    return sock.detach()


def nothing():
    return -1


class Backed(Device):
    """A Device with any BACKEND, descriptor and VHOST, right or wrong."""

    def __init__(self, model, backend, fd, vhost=-1, rom_fd=-1, **rest):
        super().__init__(model, "new0", vhost=vhost, **rest)
        self.backend, self.fds, self.rom_fd = backend, [fd], rom_fd


NET = {BACKEND_NET_TAP: (a_disk, a_folder, a_pipe, a_null, a_dead_socket, a_dead_packet_socket),
       BACKEND_NET_STREAM: (a_disk, a_folder, a_pipe, a_null, a_dead_packet_socket),
       BACKEND_NET_PACKET: (a_disk, a_folder, a_pipe, a_null, a_dead_socket)}


# --- the machine ----------------------------------------------------------------------------------

def descriptors(vmm):
    """What its process has open, once it has closed what came with the last request: it answers first."""
    vmm.statistics()
    folder = "/proc/%d/fd" % vmm.process.pid
    return sorted((int(n), os.readlink(os.path.join(folder, n))) for n in os.listdir(folder))


def expect_open(vmm, before, what):
    """VMM has BEFORE open, as if WHAT had not come."""
    now = descriptors(vmm)
    check(now == before, "%s: the VMM has opened %s and closed %s" % (
        what, sorted(set(now) - set(before)), sorted(set(before) - set(now))))


class Machine:
    def __init__(self):
        boot = os.path.join(WORK, "boot.raw")
        with open(boot, "wb") as f:
            f.write(puppet.image())
        ours, theirs = socket.socketpair()
        self.vmm = Vmm(host.VMM, memory_mib=32, devices=[
            Device("uart16550", "serial0", sock=theirs), Device("virtio-blk", "boot", path=boot, boot=1),
            Device("virtio-scsi", "scsi0"), Device("virtio-serial", "serial1"),
            Device("scsi-cd", "cd0", path=path_of("cd"), unit=scsi_unit(0, 0), flags=protocol.READ_ONLY),
            Device("virtio-net", "net0")])
        self.guest = puppet.SerialPuppet(ours)
        self.vmm.run()
        self.guest.sync(BOOT)

    def descriptors(self):
        return descriptors(self.vmm)


machine = None


def ready():
    global machine
    if machine is None:
        machine = Machine()
    return machine


def is_sentence(text):
    return len(text) > 20 and "\n" not in text and not text.endswith(".") and "(null)" not in text


def expect_refusal(what, call, words=()):
    """CALL is refused with one sentence, which has one of WORDS in it; nothing stays open, and the guest obeys."""
    m = ready()
    before = m.descriptors()
    events = len(m.vmm.events)
    try:
        call()
        said = None
    except VmmError as error:
        said = str(error)
    check(said is not None, "%s: it was taken" % what)
    print("# %s: %s" % (what, said))
    check(is_sentence(said), "%s: that is no sentence: %r" % (what, said))
    check(not words or any(word in said for word in words), "%s: refused, but not for %s: %s" % (what, words, said))
    expect_open(m.vmm, before, what)
    check(m.guest.ask("e", value=events + 1) == events + 1, "%s: the guest does not go on" % what)
    check(len(m.vmm.events) == events, "%s: it told something else: %s" % (what, m.vmm.events))


def expect_no_device(what, make, words=()):
    """MAKE makes a device that is refused; its descriptors are ours no longer."""
    expect_refusal(what, lambda: ready().vmm.attach(make()), words)


def name_of(function):
    return function.__name__.replace("_", " ")


# --- VMM_ATTACH -----------------------------------------------------------------------------------

@test("/guest/descriptors/what-is-no-disk-is-no-disk")
def disks():
    for model, rest in (("virtio-blk", {}), ("scsi-hd", {"unit": scsi_unit(1, 0)})):
        for make in (a_folder, a_pipe, a_dead_socket, a_null, a_disk_to_read, nothing):
            expect_no_device("%s as %s" % (name_of(make), model),
                             lambda: Backed(model, BACKEND_RAW, make(), **rest), ["new0"])


@test("/guest/descriptors/what-is-no-process-with-a-disk-is-none")
def processes():
    for make in (a_disk, a_folder, a_pipe, a_null, a_dead_socket, a_dead_packet_socket, a_listening_socket):
        expect_no_device(name_of(make) + " as a disk's process",
                         lambda: Backed("virtio-blk", BACKEND_VHOST_USER, make()), ["new0"])


def expect_to_go_on(serial):
    """Whoever has not answered holds up neither the guest nor the keeper, which hears of SERIAL later than of others."""
    m = ready()
    for _ in range(10):
        m.vmm.statistics()
        m.guest.ask("e", value=7)
    check(serial not in m.vmm.replies, "it was answered before its process was")


@test("/guest/descriptors/process-with-a-disk-that-says-nothing-holds-nobody-up")
def silent():
    m = ready()
    before = m.descriptors()
    ours, theirs = socket.socketpair(socket.AF_UNIX, STREAM)
    with ours:
        serial = m.vmm.begin_to_attach(Backed("virtio-blk", BACKEND_VHOST_USER, theirs.detach()))
        expect_to_go_on(serial)
        try:
            m.vmm.wait_reply(serial)
            check(False, "it was taken")
        except VmmError as error:
            check(is_sentence(str(error)) and "does not answer" in str(error), str(error))
    expect_open(m.vmm, before, "a silent process")


@test("/guest/descriptors/process-with-a-disk-may-answer-late")
def late():
    host.need_programs("qemu-storage-daemon")
    m = ready()
    before = m.descriptors()
    daemon = storage_daemon.StorageDaemon(path_of("late"), "raw")
    try:
        daemon.process.send_signal(signal.SIGSTOP)
        serial = m.vmm.begin_to_attach(Backed("virtio-blk", *daemon.backend()))
        expect_to_go_on(serial)
        daemon.process.send_signal(signal.SIGCONT)
        m.vmm.wait_reply(serial)
        m.vmm.detach("new0", force=True)
        m.vmm.wait_unplug("new0")
        expect_open(m.vmm, before, "a late process")
    finally:
        daemon.kill()


@test("/guest/descriptors/what-is-no-network-is-no-network")
def networks():
    for model in ("virtio-net", "e1000e"):
        for backend, some in NET.items():
            for make in some:
                expect_no_device("%s as network %d" % (name_of(make), backend), lambda: Backed(model, backend, make()),
                                 ["its network cannot be used"])


@test("/guest/descriptors/what-is-no-socket-is-no-port")
def ports():
    for make in (a_disk, a_folder):
        expect_no_device(name_of(make) + " as a port", lambda: Backed("virtconsole", BACKEND_SOCKET, make(), unit=1),
                         ["its socket cannot be used"])


@test("/guest/descriptors/what-is-no-vhost-is-no-vhost")
def vhosts():
    for make in (a_disk, a_folder, a_pipe, a_null, a_dead_socket, nothing):
        expect_no_device(name_of(make) + " as a vsock",
                         lambda: Backed("virtio-vsock", BACKEND_VHOST, make(), guest_cid="9"), ["new0"])


@test("/guest/descriptors/a-card-does-without-what-is-no-vhost")
def cards_without_vhost():
    m = ready()
    before = m.descriptors()
    without = None
    for make in (nothing, a_disk, a_folder, a_pipe, a_null, a_dead_socket):
        ours, theirs = socket.socketpair(socket.AF_UNIX, PACKET)
        m.vmm.attach(Backed("virtio-net", BACKEND_NET_PACKET, theirs.detach(), vhost=make()))
        new = sorted(re.sub("[0-9]+", "", link) for _, link in set(m.descriptors()) - set(before))
        without = without or new
        check(new == without, "with %s it has open %s, and with nothing %s" % (name_of(make), new, without))
        m.vmm.detach("new0", force=True)
        check(m.vmm.wait_unplug("new0") == (protocol.UNPLUG_GONE, False), "it does not go")
        expect_open(m.vmm, before, name_of(make))
        check(m.guest.ask("e", value=7) == 7, "the guest does not go on")
        ours.close()


@test("/guest/descriptors/a-backend-of-another-kind-is-not-taken")
def kinds():
    for model, backend, rest in (("virtio-blk", BACKEND_SOCKET, {}), ("virtio-blk", BACKEND_NET_TAP, {}),
                                 ("virtio-net", BACKEND_RAW, {}), ("virtio-net", BACKEND_VHOST, {}),
                                 ("virtio-rng", BACKEND_RAW, {}), ("virtio-rng", BACKEND_VHOST, {}),
                                 ("virtconsole", BACKEND_RAW, {"unit": 1}),
                                 ("virtio-vsock", BACKEND_RAW, {"guest_cid": "9"})):
        expect_no_device("backend %d of %s" % (backend, model), lambda: Backed(model, backend, a_disk(), **rest),
                         ["takes no backend of that kind"])


@test("/guest/descriptors/what-is-no-rom-is-no-rom")
def roms():
    for make in (a_disk_to_read, a_folder, a_pipe, a_dead_socket, a_null):
        expect_no_device(name_of(make) + " as a ROM",
                         lambda: Backed("virtio-rng", protocol.BACKEND_NONE, -1, rom_fd=make()), ["ROM"])


@test("/guest/descriptors/one-that-is-named-and-did-not-come-is-missed-and-one-that-came-unnamed-is-closed")
def counts():
    m = ready()

    def attach(fds):
        body = Backed("virtio-blk", BACKEND_RAW, 0).record([])     # which names the first
        try:
            m.vmm.call(protocol.ATTACH, body, fds)
        finally:
            for fd in fds:
                os.close(fd)

    expect_refusal("none came", lambda: attach([]), ["did not come along"])
    expect_refusal("two came", lambda: attach([a_folder(), a_disk()]), ["new0"])


# --- other requests -------------------------------------------------------------------------------

@test("/guest/descriptors/what-is-no-medium-is-not-put-in")
def media():
    m = ready()

    def insert(alias, fds):
        try:
            m.vmm.call(protocol.INSERT, protocol.text_field(alias, 32) + bytes([0, 0, 0, 0, 1, 0, 0, 0]), fds)
        finally:
            for fd in fds:
                os.close(fd)

    for make in (a_folder, a_pipe, a_dead_socket, a_null):
        expect_refusal(name_of(make) + " as a medium", lambda: insert("cd0", [make()]), ["cd0"])
    expect_refusal("no medium", lambda: insert("cd0", []), ["comes with one descriptor"])
    expect_refusal("two media", lambda: insert("cd0", [a_disk(), a_disk()]), ["comes with one descriptor"])
    expect_refusal("a medium for a disk", lambda: insert("boot", [a_disk()]), ["nothing can be put into it"])
    expect_refusal("a medium for nobody", lambda: insert("cd9", [a_disk()]), ["no device cd9"])


@test("/guest/descriptors/what-is-no-other-peer-or-process-is-not-taken-for-one")
def later():
    m = ready()

    def replace(kind, body, fds):
        try:
            m.vmm.call(kind, body, fds)
        finally:
            for fd in fds:
                os.close(fd)

    def net(alias, backend, *fds):
        replace(protocol.NET, protocol.text_field(alias, 32) + bytes([backend, 0, 0, 0, 0, 0, 0, 0]), fds)

    for backend, some in NET.items():
        for make in some:
            expect_refusal("%s as peer %d" % (name_of(make), backend), lambda: net("net0", backend, make()),
                           ["the network card cannot have that peer"])
    expect_refusal("a disk as a peer", lambda: net("net0", BACKEND_RAW, a_disk()), ["cannot have that peer"])
    expect_refusal("a peer for nobody", lambda: net("net9", BACKEND_NET_STREAM, a_dead_socket()),
                   ["no such network card"])
    expect_refusal("no peer", lambda: net("net0", BACKEND_NET_STREAM), ["comes with one descriptor"])
    block = protocol.text_field("boot", 32)
    expect_refusal("a process for a raw disk", lambda: replace(protocol.BLOCK, block, [a_dead_socket()]),
                   ["no process behind that disk"])


@test("/guest/descriptors/what-is-no-display-channel-is-none-and-neither-is-one-too-many")
def displays():
    def expect_no_viewer(what, vmm, make, words):
        before = descriptors(vmm)
        fd = make()
        try:
            vmm.call(protocol.DISPLAY, fds=[fd])
            said = None
        except VmmError as error:
            said = str(error)
        finally:
            os.close(fd)
        check(said and words in said, "%s: %s" % (what, said))
        expect_open(vmm, before, what)

    with Vmm(host.VMM, memory_mib=32) as vmm:
        for make in (a_disk, a_folder, a_pipe, a_null, a_dead_socket):
            expect_no_viewer(name_of(make), vmm, make, "that is no display channel")
        viewers = [vmm.open_display() for _ in range(16)]
        expect_no_viewer("one too many", vmm, a_dead_packet_socket, "no more viewers")
        for viewer in viewers:
            viewer.close()
    with Vmm(host.VMM, memory_mib=32, display=False) as vmm:
        expect_no_viewer("no display", vmm, a_dead_packet_socket, "this machine has no display")


# --- VMM_CREATE -----------------------------------------------------------------------------------

class NoVariables(Variables):
    """What is handed over as UEFI's variables, and is none."""

    def __init__(self, fd):
        self.fd = fd


@test("/guest/descriptors/what-are-no-uefi-variables-start-no-machine")
def variables():
    def a_memory_of(size):
        fd = os.memfd_create("variables")
        os.truncate(fd, size)
        return fd

    def a_memory_to_read():
        return os.open(path_of("variables"), os.O_RDONLY)

    for what, make in (("a folder", a_folder), ("a pipe", a_pipe), ("a socket", a_dead_socket), ("nothing", a_null),
                       ("no bytes", lambda: a_memory_of(0)), ("only the head", lambda: a_memory_of(4096)),
                       ("half a block", lambda: a_memory_of(4096 + 2048)), ("too many", lambda: a_memory_of(17 << 20)),
                       ("what cannot be written", a_memory_to_read)):
        fd = make()
        try:
            Vmm(host.VMM, memory_mib=32, display=False, variables=NoVariables(fd)).close()
            said = None
        except VmmError as error:
            said = str(error)
        finally:
            os.close(fd)
        print("# %s: %s" % (what, said))
        check(said and is_sentence(said) and "UEFI variables" in said, "%s: %s" % (what, said))


main()
