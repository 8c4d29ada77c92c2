# SPDX-License-Identifier: GPL-2.0-or-later
"""The live Debian of tests/guest/live: its CD image, made once and kept in the build folder."""

import glob
import os
import shutil
import subprocess

import host
from tap import skip_all

SOURCES = os.path.join(host.ROOT, "tests/guest/live")
IMAGE = os.path.join(host.BUILD, "guests/live.iso")
NEEDED = ("mmdebstrap", "mksquashfs", "xorriso", "mcopy", "mkfs.fat")


def need():
    """The image's path; made where there is a network, so before a test moves into the bed.  Ends the program
    with a reason where it cannot be."""
    newest = max(os.path.getmtime(path) for path in glob.glob(SOURCES + "/*"))
    if not os.path.exists(IMAGE) or os.path.getmtime(IMAGE) < newest:
        _make()
    return IMAGE


def _make():
    for tool in NEEDED:
        if not shutil.which(tool, path=os.environ["PATH"] + ":/usr/sbin:/sbin"):
            skip_all("%s is not installed: ./dev deps install" % tool)
    if os.getuid():
        skip_all("only root can make the live system's CD: %s/make-iso %s" % (SOURCES, IMAGE))
    os.makedirs(os.path.dirname(IMAGE), exist_ok=True)
    made = subprocess.run([SOURCES + "/make-iso", IMAGE + ".new"], stdin=subprocess.DEVNULL, capture_output=True,
                          text=True)
    if made.returncode:
        skip_all("the live system's CD cannot be made here: " + " ".join(made.stderr.split()[-30:]))
    os.rename(IMAGE + ".new", IMAGE)
