#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The ACPI tables as Debian's kernel has them, after the firmware has put them there: acpidump reads them all in a
guest that has all there is, and ACPICA's compiler takes them apart and together again without a complaint."""

import base64
import io
import os
import re
import socket
import subprocess
import sys
import tarfile
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))
import host
import linux_guest
import vhost_vsock
from tap import FIRMWARE, check, main, skip_all, test
from vmm import BACKEND_NET_STREAM, Device

host.need_hardware_kvm(__file__, independent=True)
ACPIDUMP = "/usr/bin/acpidump"
if not os.path.exists(ACPIDUMP):
    skip_all("acpidump (acpica-tools) is not installed")
OURS = {"dsdt", "facp", "apic", "mcfg", "srat"}


def run(folder, *words):
    done = subprocess.run(words, cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True)
    check(done.returncode == 0, "%s: status %d: %s" % (" ".join(words), done.returncode, done.stdout[-3000:]))
    return done.stdout


def expect_clean(folder, table):
    """TABLE (a file) comes apart and together again."""
    said = run(folder, "iasl", "-d", table)
    check(not re.search(r"error|warning|invalid|incorrect checksum", said, re.I), "%s: iasl -d: %s" % (table, said))
    said = run(folder, "iasl", table.replace(".dat", ".dsl"))
    check(re.search(r"\b0 Errors, 0 Warnings", said), "%s: iasl: %s" % (table, said[-3000:]))


@test("/guest/acpi/what-acpidump-reads-comes-apart-and-together-without-a-complaint")
def tables():
    image = linux_guest.build(["e1000e"], programs=[ACPIDUMP])
    end, peer = socket.socketpair()
    devices = [Device("virtio-rng", "rng0"), Device("qemu-xhci", "usb0"), Device("virtio-scsi", "scsi0"),
               Device("pvpanic", "panic0"), Device("i6300esb", "watchdog0"), Device("virtio-balloon", "balloon0"),
               Device("virtio-mem", "memory0"), Device("e1000e", "net0", net=(BACKEND_NET_STREAM, end.detach()))]
    if not vhost_vsock.problem():
        devices.append(vhost_vsock.device(77, "vsock0"))
    with peer, linux_guest.Guest(image, 2, devices=devices, max_vcpus=4, pluggable_mib=1024) as guest, \
         tempfile.TemporaryDirectory(dir="/tmp") as folder:
        text = guest.sh("mkdir /tmp/acpi && cd /tmp/acpi && %s -b >&2 && tar -c . | gzip | base64" % ACPIDUMP,
                        3 * linux_guest.ANSWER)
        with tarfile.open(fileobj=io.BytesIO(base64.b64decode(text.encode()))) as archive:
            for member in filter(tarfile.TarInfo.isfile, archive):
                with open(os.path.join(folder, os.path.basename(member.name)), "wb") as f:
                    f.write(archive.extractfile(member).read())
        found = sorted(name for name in os.listdir(folder) if name.endswith(".dat"))
        print("# %s: %s" % (FIRMWARE, " ".join(found)))
        missing = OURS - {re.sub(r"\d*\.dat$", "", name) for name in found}
        check(not missing, "there is no " + ", ".join(sorted(missing)))
        for table in found:
            expect_clean(folder, table)
        guest.check_quiet()
        guest.power_off()


main()
