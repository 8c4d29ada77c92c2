# SPDX-License-Identifier: GPL-2.0-or-later
"""Networks for tests: taps, a passt, a default route - in the bed, where this process may make them."""

import fcntl
import os
import socket
import struct
import subprocess

TUNSETIFF, TUNSETVNETHDRSZ = 0x400454ca, 0x400454d8
ETHERNET_MTU = 1500     # as the keeper has it for cards that are not virtio's
IFF_TAP, IFF_NO_PI, IFF_VNET_HDR, IFF_MULTI_QUEUE = 2, 0x1000, 0x4000, 0x100


def run(*words):
    subprocess.run(words, check=True, capture_output=True, text=True)


def open_queue(name, vnet_hdr=True, flags=0):
    """A descriptor of the tap NAME, which is made if it is not there, set up as the keeper does."""
    fd = os.open("/dev/net/tun", os.O_RDWR | os.O_CLOEXEC | os.O_NONBLOCK)
    flags |= IFF_TAP | IFF_NO_PI | (IFF_VNET_HDR if vnet_hdr else 0)
    fcntl.ioctl(fd, TUNSETIFF, struct.pack("16sH22x", name.encode(), flags))
    if vnet_hdr:
        fcntl.ioctl(fd, TUNSETVNETHDRSZ, struct.pack("i", 12))
    return fd


def make_tap(name, address, vnet_hdr=True, queues=0):
    """A tap with ADDRESS ("192.0.2.1/24") on this host; its descriptor, or a list of QUEUES of them."""
    fd = open_queue(name, vnet_hdr, IFF_MULTI_QUEUE if queues else 0)
    fds = [fd] + [open_queue(name, vnet_hdr, IFF_MULTI_QUEUE) for _ in range(queues - 1)]
    run("ip", "address", "add", address, "dev", name)
    run("ip", "link", "set", name, "up")
    return fds if queues else fd


def make_uplink(address="192.0.2.10/24", gateway="192.0.2.1"):
    """A way out that leads nowhere: what passt takes its addresses from."""
    run("ip", "link", "add", "uplink", "type", "dummy")
    run("ip", "address", "add", address, "dev", "uplink")
    run("ip", "link", "set", "uplink", "up")
    run("ip", "link", "set", "lo", "up")
    run("ip", "route", "add", "default", "via", gateway, "dev", "uplink")


def start_passt(*options, mtu=0):
    """(process, the VMM's end of its socket).  MTU is what DHCP names; 0 is nearly 64 KiB."""
    if mtu:
        options += ("--mtu", str(mtu))
    ours, theirs = socket.socketpair()
    with theirs:
        process = subprocess.Popen(["passt", "--foreground", "--quiet", "--fd", str(theirs.fileno()), *options],
                                   pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL,
                                   stdout=subprocess.DEVNULL)
    return process, ours.detach()
