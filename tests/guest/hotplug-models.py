#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Each model of device that comes and goes: found by Debian's driver, used, and taken away while it is, over and
over, with one processor and with four."""

import os
import socket
import sys
import tempfile
import threading

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))
import host
import linux_guest
import vhost_vsock
from blank_disk import blank_disk
from rounds import expect_rounds
from tap import main, skip, test, wait_for
from vmm import BACKEND_NET_STREAM, BACKEND_SOCKET, READ_ONLY, Device, expect_refusal, scsi_unit

host.need_hardware_kvm(__file__, independent=True, seconds=7000)
SOCAT = "/usr/bin/socat"
IMAGE = linux_guest.build(["virtio_net", "e1000e", "8139cp", "virtio_scsi", "sd_mod", "virtio_input",
                           "xhci_pci", "usbhid", "hid_generic", "pvpanic_pci", "i6300esb", "virtio_balloon",
                           "virtio_console", "sr_mod", "vmw_vsock_virtio_transport"], programs=[SOCAT])
WORK = tempfile.mkdtemp(prefix="vitrine-models-", dir="/tmp")
MAC = "52:54:00:00:00:07"
# e1000e has settings for 32 cards and counts all that ever came; virtio_scsi, told that a drive went, prepares its work
# anew while the controller's going cancels it.
ALLOWED = ["no configuration for board", "__cancel_work_timer"]
KEY_A = 30
FRAMES = 20 * 1400  # bytes: more than a card says of itself when it comes up
TAKEN = 64 << 20  # bytes, by the balloon
sent = [0]  # bytes, by cards and channels
# Loops in the guest, none of which minds that its device goes.
SEND = "ip link set $card up; ip addr add 198.51.100.2/24 dev $card; " \
       "arp -i $card -s 198.51.100.1 52:54:00:00:00:01; " \
       "(while %s -b 1400 -u /dev/zero UDP-SENDTO:198.51.100.1:9; do :; done) >/dev/null 2>&1 &" % SOCAT
# Not by a shell or dd: they would make a file where the device was.
WRITE_PORT = "(while %s -b 1400 -u /dev/zero OPEN:/dev/$(basename /sys/class/virtio-ports/*); do :; done) " \
             ">/dev/null 2>&1 &" % SOCAT
MEMORY = "$(sed -n 's/MemTotal: *\\([0-9]*\\).*/\\1/p' /proc/meminfo)"
INFLATED = "until [ %s -le $((total - %d)) ]; do usleep 20000; done" % (MEMORY, TAKEN >> 10)
READ = "(while dd if=/dev/%s of=/dev/null bs=64k count=64; do :; done) >/dev/null 2>&1 &"
CID, PORT = 77, 1234
CONNECT = "(while %s -b 1400 -u /dev/zero VSOCK-CONNECT:2:%d; do :; done) >/dev/null 2>&1 &" % (SOCAT, PORT)
FEED = "(while echo 1; do usleep 20000; done | %s -u - OPEN:/dev/watchdog0) >/dev/null 2>&1 &" % SOCAT
SENDERS = (SEND, WRITE_PORT, CONNECT)


def sink():
    """The end of a socket at whose other end somebody takes, and counts, what comes."""
    ours, theirs = socket.socketpair()
    threading.Thread(target=drain, args=(ours,), daemon=True).start()
    return theirs


def drain(sock):
    with sock:
        while data := sock.recv(1 << 16):
            sent[0] += len(data)


def listen():
    """Takes what comes by the host's sockets."""
    listener = socket.socket(socket.AF_VSOCK, socket.SOCK_STREAM)
    listener.bind((socket.VMADDR_CID_ANY, PORT))
    listener.listen()
    while True:
        threading.Thread(target=drain, args=(listener.accept()[0],), daemon=True).start()


class Model:
    """What a round does with one."""

    def __init__(self, device, found, use="", keys=False, before=(), carries=None):
        """FOUND succeeds in the guest once its driver has it, and fails once it is gone; USE keeps it busy from
        inside, KEYS from outside.  BEFORE are what it needs and the machine has from the start, CARRIES makes what
        sits on it."""
        self.device, self.found, self.use, self.keys, self.before = device, found, use, keys, before
        self.carries = carries

    def round(self, guest, display):
        device = self.device()
        guest.sh("total=" + MEMORY)
        guest.vmm.attach(device)
        carried = self.carries and self.carries()
        if carried:
            guest.vmm.attach(carried)
        if carried and carried.backend == BACKEND_SOCKET:
            guest.vmm.set_connected(carried.alias, True)
        guest.wait_sh(self.found)
        before = sent[0]
        if self.use:
            guest.sh(self.use)
        if self.use in SENDERS:
            wait_for(lambda: sent[0] > before + FRAMES, "the guest to send", linux_guest.ANSWER)
        for down in (1, 0) * 20 if self.keys else ():
            display.key(KEY_A, down)
        if carried:
            expect_refusal("has %s on it" % carried.alias, guest.vmm.detach, device.alias)
            guest.vmm.take_away(carried.alias)
        guest.vmm.take_away(device.alias)
        guest.wait_sh("! { %s; }" % self.found)
        # socat does not notice that a channel went: it waits for room to write, and is told of the end of what it reads.
        guest.sh("killall socat 2>/dev/null; kill $(jobs -p) 2>/dev/null; wait; true")


def network_card(model):
    return Model(lambda: Device(model, "net0", net=(BACKEND_NET_STREAM, sink().detach()), mac=MAC),
                 "card=$(basename $(dirname $(grep -l %s /sys/class/net/*/address)))" % MAC, SEND)


def pci_driver(driver):
    return "ls '/sys/bus/pci/drivers/%s' | grep -q :" % driver


def input_device(device, name, **more):
    file = "$(basename $(dirname $(dirname $(grep -l '%s' /sys/class/input/event*/device/name))))" % name
    return Model(device, "file=" + file, "(cat /dev/input/$file) >/dev/null 2>&1 &", keys=True, **more)


def serial_port(model, alias, found, use, **options):
    """It needs its controller, which comes with it and goes after it."""
    return Model(lambda: Device("virtio-serial", "virtio-serial0"), found, use,
                 carries=lambda: Device(model, alias, sock=sink(), unit=1, **options))


def scsi_unit_on(number, model, **options):
    return Device(model, "scsi%d-0-0-0" % number, path=blank_disk(WORK, "disk", 16), controller=number, unit=scsi_unit(0, 0),
                  **options)


XHCI, SCSI = Device("qemu-xhci", "usb0"), Device("virtio-scsi", "scsi0")
MODELS = {
    "virtio-net": network_card("virtio-net"),
    "e1000e": network_card("e1000e"),
    "rtl8139": network_card("rtl8139"),
    "scsi-hd": Model(lambda: scsi_unit_on(0, "scsi-hd"), "test -b /dev/sda", READ % "sda", before=[SCSI]),
    "scsi-cd": Model(lambda: scsi_unit_on(0, "scsi-cd", flags=READ_ONLY), "test -b /dev/sr0", READ % "sr0", before=[SCSI]),
    "virtio-scsi": Model(lambda: Device("virtio-scsi", "scsi1", controller=1), "test -b /dev/sda", READ % "sda",
                         carries=lambda: scsi_unit_on(1, "scsi-hd")),
    "virtio-balloon": Model(lambda: Device("virtio-balloon", "balloon0", target=str(TAKEN)),
                            "ls /sys/bus/virtio/drivers/virtio_balloon | grep -q virtio", INFLATED),
    "virtio-vsock": Model(lambda: vhost_vsock.device(CID, "vsock0"),
                          "ls /sys/bus/virtio/drivers/vmw_vsock_virtio_transport | grep -q virtio", CONNECT),
    "virtserialport": serial_port("virtserialport", "channel0", "ls /sys/class/virtio-ports | grep -q .", WRITE_PORT,
                                  name="org.test.0"),
    # Each gets the next of eight terminals from Linux, which come back never: so nothing uses it.
    "virtconsole": serial_port("virtconsole", "console0", "ls /sys/class/virtio-ports | grep -q .", ""),
    "i6300esb": Model(lambda: Device("i6300esb", "watchdog0"), "test -c /dev/watchdog0", FEED),
    "virtio-keyboard": input_device(lambda: Device("virtio-keyboard", "input0"), "Vitrine Virtio Keyboard"),
    "virtio-tablet": input_device(lambda: Device("virtio-tablet", "input0"), "Vitrine Virtio Tablet"),
    "virtio-mouse": input_device(lambda: Device("virtio-mouse", "input0"), "Vitrine Virtio Mouse"),
    "usb-kbd": input_device(lambda: Device("usb-kbd", "input0"), "Vitrine USB Keyboard", before=[XHCI]),
    "usb-tablet": input_device(lambda: Device("usb-tablet", "input0"), "Vitrine USB Tablet", before=[XHCI]),
    "qemu-xhci": input_device(lambda: Device("qemu-xhci", "usb0"), "Vitrine USB Tablet",
                              carries=lambda: Device("usb-tablet", "input0")),
    # There is nothing that a guest which does not panic does with it.
    "pvpanic-pci": Model(lambda: Device("pvpanic-pci", "panic0"), pci_driver("pvpanic-pci")),
}


class Guests:
    """One guest at a time, which serves all tests in a row that want such a one."""

    def __init__(self):
        self.guest = self.kind = self.display = None

    def take(self, model, vcpus):
        kind = vcpus, [device.alias for device in model.before]
        if kind != self.kind:
            self.end()
            self.guest, self.kind = linux_guest.Guest(IMAGE, vcpus, devices=model.before), kind
            self.display = self.guest.vmm.open_display()
            self.display.settle()
        return self.guest

    def drop(self):
        """After a failure nobody knows what state it is in."""
        guest, self.guest, self.kind = self.guest, None, None
        if guest:
            guest.close()

    def end(self):
        """It still powers off after all that came and went."""
        try:
            if self.guest:
                self.guest.power_off()
        finally:
            self.drop()


guests = Guests()


def rounds(model, vcpus):
    try:
        guest = guests.take(model, vcpus)
        guest.sh("dmesg -c >/dev/null")
        expect_rounds(guest, lambda: model.round(guest, guests.display))
        guest.check_quiet(ALLOWED, of_drivers=False)
    except BaseException:
        guests.drop()
        raise


def add_test(name, model, vcpus):
    @test("/guest/hotplug-models/%s/with-%d-vcpu%s" % (name, vcpus, "s" if vcpus > 1 else ""),
          shows=["%s hot-plugs" % name] if vcpus > 1 else [])
    def come_and_go():
        if name in MISSING:
            skip(MISSING[name])
        rounds(model, vcpus)


MISSING = {}  # what models need and this host has not
if problem := vhost_vsock.problem():
    MISSING["virtio-vsock"] = problem
else:
    threading.Thread(target=listen, daemon=True).start()
for vcpus in (1, 4):
    for name, model in sorted(MODELS.items(), key=lambda row: [device.alias for device in row[1].before]):
        add_test(name, model, vcpus)

main(guests.end)
