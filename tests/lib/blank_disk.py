# SPDX-License-Identifier: GPL-2.0-or-later
"""Disks for tests."""

import os


def blank_disk(folder, name, mib):
    """The path of a raw image of MIB zeroes in FOLDER; one that is there stays as it is."""
    path = os.path.join(folder, name)
    if not os.path.exists(path):
        with open(path, "wb") as f:
            f.truncate(mib << 20)
    return path
