#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Debian's installer is told what it asks: a machine that `vitrinectl create --express` made goes by itself past language,
keyboard, network and host name, up to where it wants a mirror, which there is none.

The CD is one that this test makes of the installer's own files, lying where Debian's media have them.  Pictures of each step
are kept in host.ARTIFACTS.
"""

import os
import shutil
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))
import host
import machines
import ocr
import screen
import taps
from tap import check, main, skip_all, test

IMAGES = "/usr/lib/debian-installer/images/12/amd64/text/debian-installer/amd64"

if not os.path.isdir(IMAGES):
    skip_all("debian-installer-12-netboot-amd64 is not installed: ./dev deps install")
if ocr.problem():
    skip_all(ocr.problem())
for program in ("xorriso", "passt"):
    if not shutil.which(program):
        skip_all("%s is not installed: ./dev deps install" % program)
host.need_hardware_kvm(__file__, memory_mib=6144, seconds=6 * 3600, independent=True)

# A minute of a PC's is ten to twenty of a guest's in an emulated host.
ALL = 2700
# What it says when it has all that it was told, and then waits for ever.
DONE = ("archive mirror", "Bad archive", "mirror of the")
# What it would ask, in this order, if it had not been told.
QUESTIONS = ("Select a language", "Select your location", "Configure the keyboard", "Please enter the hostname",
             "Domain name:")

home = machines.Home()


def make_cd():
    tree = os.path.join(home.folder, "cd")
    os.makedirs(os.path.join(tree, "install.amd"))
    shutil.copy(os.path.join(IMAGES, "linux"), os.path.join(tree, "install.amd/vmlinuz"))
    shutil.copy(os.path.join(IMAGES, "initrd.gz"), os.path.join(tree, "install.amd/initrd.gz"))
    subprocess.run(["xorriso", "-as", "mkisofs", "-quiet", "-R", "-V", "Debian", "-o", home.path("cd.iso"), tree],
                   check=True)
    return home.path("cd.iso")


def read(machine, name):
    """What its picture says, kept as NAME."""
    path = home.path("screen.png")
    machine.ctl("screenshot", path)
    os.makedirs(host.ARTIFACTS, exist_ok=True)
    shutil.copy(path, os.path.join(host.ARTIFACTS, "express-%s.png" % name))
    return " ".join(word for word, _, _ in ocr.words(screen.read_png(path)))


@test("/guest/express/debian-asks-nothing-that-it-was-told")
def debian():
    password = home.write("password", b"it's $ecret\n")
    taps.make_uplink()
    uuid = home.ctl("create", "--name", "by-itself", "--memory", "1280", "--vcpus", "1", "--iso", make_cd(), "--os", "debian11",
                    "--disk", "size=4G", "--nic", "user", "--express",
                    "user=ann,password-file=%s,hostname=told,language=en_US,keyboard=en_US,timezone=Europe/Rome" % password,
                    timeout=600).strip().splitlines()[-1]
    machine = machines.Machine(home, "by-itself", uuid)
    begin = time.monotonic()
    machine.start(timeout=600)
    left = [f for f in os.listdir(machine.folder) if f.startswith("install")]
    check(not left, "once it runs, what the installer is given is still there: %s" % left)
    said = ""
    while not any(words in said for words in DONE):
        check(time.monotonic() - begin < ALL and machine.state() == "running",
              "%.0f s after power-on it says:\n%s" % (time.monotonic() - begin, said))
        last, said = said, read(machine, "now")
        check(not any(question in said for question in QUESTIONS), "it asks: %s" % said)
        if said != last:
            print("# %.0f s: %s" % (time.monotonic() - begin, said[:300]), flush=True)
        time.sleep(1)  # a picture can only be looked at again and again
    read(machine, "done")
    print("# mirror %.0f s after power-on" % (time.monotonic() - begin), flush=True)


main()
