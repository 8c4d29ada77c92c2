# SPDX-License-Identifier: GPL-2.0-or-later
"""A server that machines boot from: dnsmasq's DHCP and TFTP on a tap of its own, in the bed.

    with Server("boot.ipxe", {"boot.ipxe": b"#!ipxe\\n…"}) as server:
        Device("virtio-net", "net0", net=(BACKEND_NET_TAP, server.tap), rom=…, boot=1)
"""

import os
import shutil
import subprocess
import tempfile

import taps
from tap import skip_all

HOST = "198.51.100.1"


def need_programs():
    for program in ("dnsmasq", "ip"):
        if not shutil.which(program):
            skip_all("%s is not installed" % program)


def read(path):
    with open(path, "rb") as f:
        return f.read()


class Server:
    """`tap` is the VMM's to take over: the tap goes with its last descriptor."""

    def __init__(self, boot_file, files):
        self.folder = tempfile.mkdtemp(prefix="vitrine-boot-", dir="/tmp")
        for name, data in files.items():
            with open(os.path.join(self.folder, name), "wb") as f:
                f.write(data)
        self.tap = taps.make_tap("tap0", HOST + "/24")
        self.log = open(os.path.join(self.folder, "log"), "w+")
        self.process = subprocess.Popen(
            ["dnsmasq", "--keep-in-foreground", "--conf-file=/dev/null", "--user=root", "--port=0",
             "--interface=tap0", "--bind-interfaces", "--except-interface=lo", "--log-facility=-", "--log-dhcp",
             "--dhcp-range=198.51.100.50,198.51.100.60", "--dhcp-leasefile=" + os.path.join(self.folder, "leases"),
             "--dhcp-boot=" + boot_file, "--enable-tftp", "--tftp-root=" + self.folder],
            stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log)

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
