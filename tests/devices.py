#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Writes README's table of devices from what tests that passed say they show (see tests/lib/tap.py).

    tests/devices.py            prints the table as the logs of the last runs have it
    tests/devices.py --write    puts it into README.md, with what that has already: a run of some suites takes
                                nothing away that others showed

What is no longer shown by any test is taken out by hand, as tests/meta/devices.py asks for it.
"""

import glob
import os
import re
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
README = os.path.join(ROOT, "README.md")
LOGS = os.path.join(ROOT, "build", "test-logs", "*.log")
BEGIN, END = "<!-- devices: written by tests/devices.py -->\n", "<!-- end of devices -->\n"
DEVICES = {
    "ata-disk": "SATA disk", "atapi-cdrom": "SATA CD drive", "virtio-blk": "virtio disk",
    "virtio-scsi": "virtio SCSI controller", "scsi-hd": "SCSI disk", "scsi-cd": "SCSI CD drive",
    "virtio-net": "virtio network card", "e1000e": "Intel 82574L network card", "rtl8139": "Realtek RTL8139C+ network card",
    "vga": "standard VGA", "virtio-vga": "virtio graphics", "qemu-xhci": "USB controller (xHCI)",
    "usb-tablet": "USB tablet", "usb-kbd": "USB keyboard", "virtio-tablet": "virtio tablet",
    "virtio-keyboard": "virtio keyboard", "virtio-mouse": "virtio mouse", "ps2-keyboard": "PS/2 keyboard",
    "ps2-mouse": "PS/2 mouse", "virtconsole": "virtio terminal", "virtserialport": "virtio channel",
    "virtio-rng": "virtio random numbers", "virtio-balloon": "virtio memory balloon", "virtio-mem": "virtio memory",
    "virtio-vsock": "virtio sockets", "i6300esb": "i6300ESB watchdog", "pvpanic": "panic device, ISA",
    "pvpanic-pci": "panic device, PCI",
}
WORDS = ["boots", "works", "hot-plugs"]
FIRMWARES = ["bios", "uefi"]
SHOWS = re.compile(r"^# shows: (\S+) (\S+) (\S+)$", re.MULTILINE)
ROW = re.compile(r"^\| [^|]* \| `([^`]*)` \|(.*)\|$", re.MULTILINE)


def facts_of_logs():
    """{(device, word, firmware)} of the tests that passed."""
    facts = set()
    for path in glob.glob(LOGS):
        with open(path, errors="replace") as f:
            facts |= set(SHOWS.findall(f.read()))
    return facts


def facts_of_readme():
    with open(README) as f:
        text = f.read()
    table = text[text.index(BEGIN):text.index(END)]
    columns = [(word, firmware) for word in WORDS for firmware in FIRMWARES]
    return {(device, *column) for device, cells in ROW.findall(table)
            for column, cell in zip(columns, cells.split("|")) if cell.strip()}


def table(facts):
    unknown = {fact for fact in facts if fact[0] not in DEVICES or fact[1] not in WORDS or fact[2] not in FIRMWARES}
    if unknown:
        sys.exit("devices: no row or column for %s" % sorted(unknown))
    lines = ["| Device | Model | Boots, BIOS | Boots, UEFI | Works, BIOS | Works, UEFI | Comes and goes, BIOS | … UEFI |",
             "|---|---|:-:|:-:|:-:|:-:|:-:|:-:|"]
    for device, title in DEVICES.items():
        cells = ["✓" if (device, word, firmware) in facts else "" for word in WORDS for firmware in FIRMWARES]
        lines.append("| %s | `%s` | %s |" % (title, device, " | ".join(cells)))
    return "".join(line + "\n" for line in lines)


def main():
    if sys.argv[1:] not in ([], ["--write"]):
        sys.exit(__doc__)
    if not sys.argv[1:]:
        sys.stdout.write(table(facts_of_logs()))
        return
    with open(README) as f:
        text = f.read()
    before, rest = text.split(BEGIN)
    after = rest.split(END)[1]
    text = before + BEGIN + table(facts_of_logs() | facts_of_readme()) + END + after
    with open(README, "w") as f:
        f.write(text)


if __name__ == "__main__":
    main()
