#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A machine's display by SPICE, from the firmware's picture to a key that its guest gets."""

import os
import select
import signal
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))
import host
import machines
import puppet
import rfb
import screen
import spice
from tap import check, main, test

host.need_kvm(__file__)

BOOT = 120
KEY_G, SCANCODE_G = ord("g"), 0x22

home = machines.Home()
one = home.create("one", "--graphics", "spice", "--disk", "path=" + home.write("one.raw", puppet.image()))


class Display:
    """`vitrinectl display --protocol spice`, and the path it offers."""

    def __enter__(self):
        self.process = home.popen("display", one.uuid, "--protocol", "spice", stdout=machines.PIPE, text=True)
        return self.process.stdout.readline().strip()

    def __exit__(self, *error):
        self.process.terminate()
        self.process.wait()
        self.process.stdout.close()


def text_of(viewer):
    picture = viewer.picture()
    if picture is None or picture[1] % screen.CELL_HEIGHT:
        return ""
    return "\n".join(screen.read_text(picture))


@test("/guest/spice/the-firmwares-words-are-read-off-a-viewers-picture")
def picture():
    one.start()
    check("com.redhat.spice.0" in one.ctl("dumpxml"), "there is no channel for an agent")
    with Display() as path:
        viewer = spice.Viewer(path)
        viewer.wait("SeaBIOS", lambda: "SeaBIOS" in text_of(viewer), BOOT)
        viewer.close()


@test("/guest/spice/a-key-comes-to-the-guest")
def key():
    guest = puppet.again(None, one, BOOT)
    with Display() as path:
        viewer = spice.Viewer(path)
        viewer.wait("a picture", viewer.picture)
        guest.send("k")
        viewer.press(SCANCODE_G)
        stream = guest.process.stdout
        viewer.wait("the guest's answer", lambda: select.select([stream], [], [], 0)[0])
        answer = guest.answer()
        check(answer & 0xff == KEY_G, "the guest got %#x" % answer)
        viewer.close()
    guest.close()


@test("/guest/spice/a-server-that-is-killed-costs-its-viewer-the-picture-and-no-more")
def killed():
    with Display() as path:
        viewer = spice.Viewer(path)
        viewer.wait("a picture", viewer.picture)
        server = one.child("vitrine-spice")
        vmm = one.vmm()
        os.kill(server, signal.SIGKILL)
        viewer.wait("its end", lambda: viewer.is_gone)
        viewer.close()
        viewer = spice.Viewer(path)
        viewer.wait("a picture of the next", viewer.picture)
        check(one.child("vitrine-spice") not in (None, server), "there is no new server")
        check(one.state() == "running" and one.vmm() == vmm, "the machine did not live on")
        check(any("SPICE" in w for w in one.info()["warnings"]), "no word of it: %s" % one.info()["warnings"])
        viewer.close()


@test("/guest/spice/the-same-display-is-there-by-vnc")
def both():
    process = home.popen("display", one.uuid, stdout=machines.PIPE, text=True)
    try:
        viewer = rfb.Viewer(process.stdout.readline().strip())
        viewer.ask_for_all()
        viewer.close()
    finally:
        process.terminate()
        process.wait()
        process.stdout.close()


main(home.close)
