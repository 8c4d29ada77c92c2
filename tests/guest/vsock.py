#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Sockets between host and guest by Debian's own vmw_vsock_virtio_transport: both ways, over a pause and a
reset, and with the device coming and going."""

import os
import shutil
import socket
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))
import host
import linux_guest
import machines
import vhost_vsock
from tap import check, main, skip_all, test
from vmm import UNPLUG_GONE

host.need_hardware_kvm(__file__, independent=True)
if not shutil.which("socat"):
    skip_all("socat is not installed")
if vhost_vsock.problem():
    skip_all(vhost_vsock.problem())

SOCAT = shutil.which("socat")
IMAGE = linux_guest.build(["vmw_vsock_virtio_transport"], programs=[SOCAT])
CID, PORT, BYTES = 77, 1234, 4 << 20
HOST_CID = 2
# A connection that is being made while the guest's listener is, is refused.
PATIENCE = 240


def device():
    return vhost_vsock.device(CID, "vsock0")


def connect(port=PORT, cid=CID):
    deadline = time.monotonic() + PATIENCE
    while True:
        sock = socket.socket(socket.AF_VSOCK, socket.SOCK_STREAM)
        sock.settimeout(PATIENCE)
        try:
            sock.connect((cid, port))
            return sock
        except OSError:
            sock.close()
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)


def listen_in_guest(guest):
    """Whatever comes in goes back."""
    guest.sh("%s VSOCK-LISTEN:%d,fork EXEC:cat </dev/null >/dev/null 2>&1 &" % (SOCAT, PORT))


def exchange(sock, n_bytes):
    """Sends so many bytes, which come back as they are, while they are sent."""
    data = os.urandom(1 << 16) * (n_bytes >> 16)
    sender = threading.Thread(target=sock.sendall, args=(data,))
    sender.start()
    back = bytearray()
    while len(back) < len(data):
        piece = sock.recv(1 << 16)
        check(piece, "the connection ended after %d bytes" % len(back))
        back += piece
    sender.join()
    check(back == data, "what came back is not what was sent")


def wait_gone(sock):
    """The peer knows nothing of the connection any more: sending says so, soon."""
    deadline = time.monotonic() + PATIENCE
    try:
        while time.monotonic() < deadline:
            sock.send(b"?")
            time.sleep(0.1)
    except (ConnectionResetError, BrokenPipeError, OSError) as error:
        print("# the old connection: %s" % error)
        return
    raise AssertionError("a connection outlived its guest")


@test("/guest/vsock/the-host-calls-and-the-guest-calls", shows=["virtio-vsock works"])
def both_ways():
    with linux_guest.Guest(IMAGE, 2, devices=[device()]) as guest:
        check(("1af4:1053", "virtio-pci") in guest.pci_drivers(), "no driver: %s" % guest.pci_drivers())
        listen_in_guest(guest)
        with connect() as sock:
            started = time.monotonic()
            exchange(sock, BYTES)
            print("# %.1f MiB/s to the guest and back" % (BYTES / (1 << 20) / (time.monotonic() - started)))
        listener = socket.socket(socket.AF_VSOCK, socket.SOCK_STREAM)
        listener.bind((socket.VMADDR_CID_ANY, PORT))
        listener.listen()
        listener.settimeout(PATIENCE)
        started = guest.start("echo hello from the guest | %s - VSOCK-CONNECT:%d:%d" % (SOCAT, HOST_CID, PORT))
        sock, (peer, _) = listener.accept()
        sock.settimeout(PATIENCE)
        check(peer == CID, "the guest's address is %d" % peer)
        check(sock.makefile().readline() == "hello from the guest\n", "another greeting")
        sock.sendall(b"hello from the host\n")
        sock.close()
        check(guest.finish(started) == "hello from the host", "another answer")
        listener.close()
        guest.check_quiet()
        guest.power_off()


@test("/guest/vsock/a-pause-keeps-connections-a-reset-ends-them")
def pause_and_reset():
    with linux_guest.Guest(IMAGE, 2, devices=[device()]) as guest:
        listen_in_guest(guest)
        sock = connect()
        exchange(sock, 1 << 16)
        guest.vmm.pause()
        sock.sendall(b"meanwhile")
        sock.settimeout(1)
        try:
            sock.recv(1)
            raise AssertionError("a paused guest answers")
        except socket.timeout:
            pass
        sock.settimeout(PATIENCE)
        guest.vmm.run()
        check(sock.recv(9, socket.MSG_WAITALL) == b"meanwhile", "a pause loses what was sent")
        exchange(sock, 1 << 20)

        guest.vmm.reset()
        guest.wait_boot()
        wait_gone(sock)
        sock.close()
        listen_in_guest(guest)
        with connect() as again:
            exchange(again, 1 << 20)
        guest.check_quiet()
        guest.power_off()


def descriptors(guest):
    return len(os.listdir("/proc/%d/fd" % guest.vmm.process.pid))


@test("/guest/vsock/it-comes-and-goes-while-it-is-used", shows=["virtio-vsock hot-plugs"])
def hot():
    with linux_guest.Guest(IMAGE, 2) as guest:
        before = descriptors(guest)
        # The last time it is pulled out: Linux waits for ever for a device that vanished to be reset, and so
        # does whoever switches it off then.
        for force in (False, False, True):
            guest.vmm.attach(device())
            guest.wait_sh("[ -e /sys/bus/virtio/drivers/vmw_vsock_virtio_transport/virtio* ]")
            listen_in_guest(guest)
            sock = connect()
            exchange(sock, 1 << 18)
            guest.vmm.detach("vsock0", force)
            state = guest.vmm.wait_unplug("vsock0")[0]
            check(state == UNPLUG_GONE, "it ended with %d" % state)
            wait_gone(sock)
            sock.close()
            guest.wait_sh("[ ! -e /sys/bus/virtio/drivers/vmw_vsock_virtio_transport/virtio* ]")
            guest.sh("kill $(jobs -p) 2>/dev/null; wait; true")
            check(descriptors(guest) == before, "%d descriptors became %d" % (before, descriptors(guest)))
        guest.check_quiet()


@test("/guest/vsock/by-vitrinectl-each-machine-gets-the-first-address-that-is-free")
def by_hand():
    home = machines.Home()
    image = linux_guest.build(["vmw_vsock_virtio_transport"], programs=[SOCAT],
                              script="exec %s VSOCK-LISTEN:%d,fork EXEC:cat" % (SOCAT, PORT))
    boot = ("--kernel", image.kernel, "--initrd", image.initrd, "--memory", "384", "--graphics", "none")
    one, two = home.create("one", *boot), home.create("two", *boot)
    try:
        one.start()
        two.start()
        for machine in (one, two):
            machine.ctl("attach", "vsock")
        sources = [[d["source"] for d in m.info()["devices"] if d["kind"] == "vsock"] for m in (one, two)]
        check(sources == [["CID 3"], ["CID 4"]], "they are at %s" % sources)
        check("there is one already" in one.refusal("attach", "vsock"), "a machine has two")
        for cid in (3, 4):
            with connect(cid=cid) as sock:
                exchange(sock, 1 << 16)
        two.ctl("detach", "vsock0")
        text = two.refusal("attach", "vsock", "cid=3")
        check("CID) 3 of vsock0 is in use" in text, text)
        two.ctl("attach", "vsock", "cid=99")
        with connect(cid=99) as sock:
            exchange(sock, 1 << 16)
        one.power_off()
        two.power_off()
        two.ctl("attach", "vsock", "cid=3")
        two.start()
        with connect(cid=3) as sock:
            exchange(sock, 1 << 16)
        two.power_off()
    finally:
        home.close()


main()
