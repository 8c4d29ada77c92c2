# SPDX-License-Identifier: GPL-2.0-or-later
"""What every machine measured has in its drives: an empty disk, and a CD with nothing to boot."""

import os

DISK_MIB = 64
SECTOR = 2048


def disk(path):
    with open(path, "wb") as f:
        os.truncate(f.fileno(), DISK_MIB << 20)
    return path


def cd(path):
    with open(path, "wb") as f:
        f.seek(16 * SECTOR)
        f.write(b"\x01CD001\x01".ljust(SECTOR, b"\0") + b"\xffCD001\x01".ljust(SECTOR, b"\0"))
        os.truncate(f.fileno(), 64 * SECTOR)
    return path
