# SPDX-License-Identifier: GPL-2.0-or-later
"""A server that machines boot from: dnsmasq's DHCP and TFTP on a tap of its own, in the bed.

    with Server("boot.bin", {"boot.bin": b"…"}) as server:
        Vmm(…, devices=[server.card("virtio-net", "pxe-virtio")])
"""

import os
import shutil
import subprocess
import tempfile

import taps
from initrd import read
from vmm import BACKEND_NET_TAP, Device

HOST = "198.51.100.1"
ROMS = "/usr/lib/ipxe/qemu/%s.rom"


def problem():
    """Why there can be none here, or None."""
    for program in ("dnsmasq", "ip"):
        if not shutil.which(program):
            return "%s is not installed" % program
    return None if os.path.exists(ROMS % "pxe-virtio") else "ipxe-qemu is not installed"


class Server:
    """Names BOOT_FILE, one of FILES (name: data) or below the folder TREE, to who asks."""

    def __init__(self, boot_file, files=None, tree=None):
        self.folder = tempfile.mkdtemp(prefix="vitrine-boot-", dir="/tmp")
        for name, data in (files or {}).items():
            with open(os.path.join(self.folder, name), "wb") as f:
                f.write(data)
        self.tap = taps.make_tap("tap0", HOST + "/24")
        self.log = open(os.path.join(self.folder, "log"), "w+")
        self.process = subprocess.Popen(
            ["dnsmasq", "--keep-in-foreground", "--conf-file=/dev/null", "--user=root", "--port=0",
             "--interface=tap0", "--bind-interfaces", "--except-interface=lo", "--log-facility=-", "--log-dhcp",
             "--dhcp-range=198.51.100.50,198.51.100.60", "--dhcp-leasefile=" + os.path.join(self.folder, "leases"),
             # Nobody answers there, but Debian's installer asks its user where nothing is named.
             "--dhcp-option=option:dns-server," + HOST, "--dhcp-boot=" + boot_file,
             "--enable-tftp", "--tftp-root=" + (tree or self.folder)],
            stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log)

    def card(self, model, rom):
        """The card at the other end, which is booted from; it takes the tap over, which goes with it."""
        return Device(model, "net0", net=(BACKEND_NET_TAP, self.tap), mac="52:54:00:00:00:01", rom=ROMS % rom, boot=1)

    def said(self):
        self.log.seek(0)
        return self.log.read()

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.process.terminate()
        self.process.wait()
        self.log.close()
        shutil.rmtree(self.folder, ignore_errors=True)


def serve_linux(image, command_line):
    """A server with a script of iPXE's that boots IMAGE (linux_guest's)."""
    script = "#!ipxe\nkernel vmlinuz console=ttyS0 loglevel=4 %s\ninitrd initrd\nboot\n" % command_line
    return Server("boot.ipxe", {"boot.ipxe": script.encode(), "vmlinuz": read(image.kernel),
                                "initrd": read(image.initrd)})
