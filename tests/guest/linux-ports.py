#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Terminals and channels of virtio-console, driven by Debian's own kernel and guest agent."""

import json
import os
import select
import socket
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))
import host
import linux_guest
from tap import check, main, skip_all, test
from vmm import Device

host.need_hardware_kvm(__file__, independent=True)
AGENT_PROGRAM = "/usr/sbin/qemu-ga"
AGENT = "org.qemu.guest_agent.0"
if not os.path.exists(AGENT_PROGRAM):
    skip_all("qemu-guest-agent is not installed")

image = linux_guest.build(["virtio_console"], programs=[AGENT_PROGRAM])


def read_until(sock, end, timeout=120):
    deadline, data = time.monotonic() + timeout, b""
    while not data.endswith(end):
        ready = select.select([sock], [], [], max(deadline - time.monotonic(), 0))[0]
        check(ready, "%r did not come; only %r" % (end, data[-500:]))
        part = sock.recv(65536)
        check(part, "the VMM hung up after %r" % data[-500:])
        data += part
    return data


class Machine:
    """Two terminals, the agent's channel and another that nobody is at."""

    def __init__(self):
        self.ends = {}
        devices = [Device("virtio-serial", "virtio-serial0")]
        for unit, (model, alias, options) in enumerate((
                ("virtconsole", "console0", {}),
                ("virtserialport", "channel0", {"name": AGENT}),
                ("virtserialport", "channel1", {"name": "org.example.0", "connected": "off"}),
                ("virtconsole", "console1", {}))):
            self.ends[alias], theirs = socket.socketpair()
            devices.append(Device(model, alias, sock=theirs, unit=unit, **options))
        self.guest = linux_guest.Guest(image, vcpus=2, devices=devices)

    def port(self, name):
        """The guest's device file of the channel NAME."""
        return "/dev/" + self.guest.sh("grep -l -x %s /sys/class/virtio-ports/*/name | cut -d/ -f5" % name)


machine = Machine()
guest = machine.guest


@test("/guest/ports/two-terminals-carry-text-both-ways", shows=["virtconsole works"])
def terminals():
    for name, alias in (("hvc0", "console0"), ("hvc1", "console1")):
        # Its device file is there before the guest was told of the port, and cannot be opened till then.
        guest.wait_sh("stty -F /dev/%s raw -echo" % name)
        guest.sh("echo from %s > /dev/%s" % (name, name))
        text = read_until(machine.ends[alias], b"\n").rstrip()  # a terminal adds a carriage return
        check(text == b"from " + name.encode(), "another text came: %r" % text)
        reading = guest.start("head -n 1 < /dev/" + name)
        machine.ends[alias].sendall(b"to %s\n" % name.encode())
        check(guest.finish(reading) == "to " + name, "the guest read another text")


@test("/guest/ports/channel-is-found-by-name-and-echoes-a-megabyte")
def channel():
    port = machine.port("org.example.0")
    guest.vmm.set_connected("channel1", True)
    end = machine.ends["channel1"]
    echo = guest.start("exec 6<>%s; head -c 1000000 <&6 > /tmp/data; cat /tmp/data >&6; exec 6>&-" % port)
    data = os.urandom(1000000)
    sent, got = 0, b""
    deadline = time.monotonic() + 240
    while len(got) < len(data):
        check(time.monotonic() < deadline, "%d bytes went, %d came back" % (sent, len(got)))
        readable, writable, _ = select.select([end], [end] if sent < len(data) else [], [], 1)
        if readable:
            got += end.recv(65536)
        if writable:
            sent += end.send(data[sent:sent + 4096])
    guest.finish(echo)
    check(got == data, "what came back is not what went")


@test("/guest/ports/guest-sees-who-is-at-the-other-end")
def presence():
    port = machine.port("org.example.0")
    guest.vmm.set_connected("channel1", False)
    check(guest.sh("head -c 1 < %s | wc -c" % port) == "0", "reading a channel nobody is at does not end")
    reading = guest.start("while ! read -r line < %s; do :; done; echo $line" % port)
    guest.vmm.set_connected("channel1", True)
    machine.ends["channel1"].sendall(b"here again\n")
    check(guest.finish(reading) == "here again", "the guest read another text")


@test("/guest/ports/qemu-guest-agent-answers", shows=["virtserialport works"])
def agent():
    guest.sh("mkdir -p /var/run /var/log; %s -d -m virtio-serial -p %s -f /tmp/qga.pid -t /tmp"
             % (AGENT_PROGRAM, machine.port(AGENT)))
    end = machine.ends["channel0"]
    end.sendall(b'\xff{"execute":"guest-sync-delimited","arguments":{"id":4711}}\n')
    answer = read_until(end, b"\n")
    while b"\xff" not in answer:  # what it says of the byte FFh, which is no JSON
        answer = read_until(end, b"\n")
    check(json.loads(answer.split(b"\xff")[-1]) == {"return": 4711}, "it is not in step: %r" % answer)
    end.sendall(b'{"execute":"guest-ping"}\n')
    check(json.loads(read_until(end, b"\n")) == {"return": {}}, "it does not answer the ping")


@test("/guest/ports/the-kernel-has-nothing-to-complain-about")
def quiet():
    guest.check_quiet()
    check(not [e for e in guest.vmm.events if e[0] == 0x106], "a device broke")
    guest.power_off()


main()
