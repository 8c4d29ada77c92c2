# SPDX-License-Identifier: GPL-2.0-or-later
"""Sockets between host and guest, by the host's kernel."""

import fcntl
import os
import struct
import subprocess

from vmm import BACKEND_VHOST, Device

VHOST_VSOCK_SET_GUEST_CID = 0x4008af60


def problem():
    """Why there are none here, or None."""
    subprocess.run(["modprobe", "vhost_vsock"])
    if not os.path.exists("/dev/vhost-vsock"):
        return "there is no /dev/vhost-vsock: the module vhost_vsock cannot be loaded"
    return None


def device(cid, alias):
    """As the keeper prepares it: the address is claimed before the VMM sees the descriptor."""
    fd = os.open("/dev/vhost-vsock", os.O_RDWR | os.O_CLOEXEC)
    fcntl.ioctl(fd, VHOST_VSOCK_SET_GUEST_CID, struct.pack("=Q", cid))
    return Device("virtio-vsock", alias, net=(BACKEND_VHOST, fd), guest_cid=str(cid))
