# SPDX-License-Identifier: GPL-2.0-or-later
"""The live Debian of tests/guest/live: CD images of its profiles, made once and kept in the build folder; and the way
into one that runs."""

import glob
import os
import shutil
import subprocess

import guest_shell
import host
from tap import skip_all

SOURCES = os.path.join(host.ROOT, "tests/guest/live")
NEEDED = ("mmdebstrap", "mksquashfs", "xorriso", "mcopy", "mkfs.fat")
TEXT, DESKTOP = "", "desktop"   # profiles: two consoles; root's desktop, with SPICE's agent, and a console

# Typed at the prompt: guest_shell's shell in one line, whose echo is not mistaken for its answer.
SHELL = "dmesg -n 1; stty -echo -onlcr; echo SHELL' 'READY; while read -r word command; do " \
        "eval \"$command\" </dev/null 2>&1; echo \"$word $?\"; done\n"


def need(profile=TEXT):
    """The path of PROFILE's image; made where there is a network, so before a test moves into the bed.  Ends the
    program with a reason where it cannot be."""
    image = os.path.join(host.BUILD, "guests", "live%s.iso" % ("-" + profile if profile else ""))
    newest = max(os.path.getmtime(path) for path in glob.glob(SOURCES + "/*"))
    if not os.path.exists(image) or os.path.getmtime(image) < newest:
        _make(image, profile)
    return image


def _make(image, profile):
    program, profiles = SOURCES + "/make-iso", [profile] if profile else []
    for tool in NEEDED:
        if not shutil.which(tool, path=os.environ["PATH"] + ":/usr/sbin:/sbin"):
            skip_all("%s is not installed: ./dev deps install" % tool)
    if os.getuid():
        skip_all("only root can make the live system's CD: " + " ".join([program, image, *profiles]))
    os.makedirs(os.path.dirname(image), exist_ok=True)
    made = subprocess.run([program, image + ".new", *profiles], stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if made.returncode:
        skip_all("the live system's CD cannot be made here: " + " ".join(made.stderr.split()[-30:]))
    os.rename(image + ".new", image)


def log_in(guest, patience):
    """Root logs in on the serial port of GUEST, a guest_shell.Shell, which is one from then on.  PATIENCE: seconds for
    each question."""
    guest.serial.sendall(b"\n")
    for asked, answer in (("login:", "root\n"), ("Password:", "live\n"), ("# ", SHELL)):
        guest.wait_text(asked, patience)
        guest.serial.sendall(answer.encode())
    guest.wait_text(guest_shell.READY + "\n", guest_shell.ANSWER)
