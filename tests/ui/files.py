#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Files dropped on a machine's window go to its guest, where an agent takes them: how far, and what becomes of it."""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))
import ui
from display_servers import NO_SPACE, Spice, Vnc
from ui import BUTTON, check, press, says, test, wait, wait_for, wait_gone, wait_says
from ui_shown import ShownMachine

SMALL, LARGE = os.urandom(300_000), os.urandom(24 << 20)    # the second is more than what waits on the way
SENDING = "Sending %s to the guest…"
PROGRESS = "progress bar"


class Machine(ShownMachine):
    """Whose guest is given files."""

    def __init__(self, kind=Spice, **options):
        super().__init__(kind, **options)

    def open(self):
        super().open()
        if self.kind is Spice:
            self.wait_greeted()

    def __exit__(self, *error):
        if self.kind is Spice:
            self.server.agent.go_on.set()
        super().__exit__(*error)

    def drop(self, *paths):
        drag = ui.Drag(ui.desktop, ["file://" + path for path in paths])
        check(drag.hold(*self.centre()), "the display takes no files")
        check(drag.drop(), "the drop was refused")

    def wait_file(self, name, content):
        def got():
            return any(one[0] == name and one[2] == content for one in self.server.agent.files.values())
        wait_for(got, "%r in the guest" % name)


@test("/ui/files/what-is-dropped-on-the-display-is-in-the-guest")
def sent():
    path = ui.file("a report, 1=2 é.pdf", SMALL)
    with Machine() as one:
        one.drop(path)
        one.wait_file("a report, 1=2 é.pdf", SMALL)
        wait_says(one.window, "The guest has got “a report, 1=2 é.pdf”")
        wait_gone(one.window, PROGRESS, "Progress")


@test("/ui/files/several-and-empty-ones-go-together")
def several():
    paths = [ui.file("one.txt", b"1"), ui.file("two.txt", SMALL), ui.file("nothing.txt")]
    with Machine() as one:
        one.drop(*paths)
        one.wait_file("one.txt", b"1")
        one.wait_file("two.txt", SMALL)
        wait_says(one.window, "The guest has got 3 files")
        check(any(f[0] == "nothing.txt" for f in one.server.agent.files.values()), "the empty one was left out")


@test("/ui/files/how-far-it-is-is-shown-and-cancel-ends-it")
def cancelled():
    path = ui.file("large.bin", LARGE)
    with Machine() as one:
        one.server.agent.go_on.clear()
        one.drop(path)
        wait_says(one.window, SENDING % "“large.bin”")
        one.server.agent.go_on.set()
        bar = wait(one.window, PROGRESS, "Progress")
        one.server.agent.go_on.clear()
        check(0 <= bar.get_value_iface().get_current_value() < 1, "it says that all has gone")
        ui.picture("files")
        one.drop(ui.file("another.txt", SMALL))
        wait_says(one.window, "Files are on their way to the guest")
        press(wait(one.window, BUTTON, "Cancel"))
        wait_gone(one.window, PROGRESS, "Progress")
        one.server.agent.go_on.set()
        wait_for(lambda: [f for f in one.server.agent.files.values() if f[3]], "the guest to be told")
        check(not says(one.window, "could not be sent"), "what the user wanted is told as a failure")
        one.drop(ui.file("another.txt", SMALL))
        one.wait_file("another.txt", SMALL)


@test("/ui/files/what-the-guest-refuses-is-told-with-the-reason")
def refused():
    with Machine() as one:
        one.server.agent.start_answer = NO_SPACE
        one.drop(ui.file("report.txt", SMALL))
        wait_says(one.window, "“report.txt” could not be sent to the guest: ")
        check(not says(one.window, "succeed"), "a count is no reason")
        ui.picture("files-refused")


@test("/ui/files/a-folder-or-a-file-that-cannot-be-read-is-told")
def unreadable():
    folder = os.path.join(ui.desktop.home, "a folder")
    os.mkdir(folder)
    with Machine() as one:
        one.drop(folder, ui.file("beside.txt", b"1"))
        wait_says(one.window, "2 files could not be sent to the guest: ")
        one.drop(os.path.join(ui.desktop.home, "gone.txt"), os.path.join(ui.desktop.home, "gone too.txt"))
        wait_says(one.window, "could not be sent to the guest: ")
        one.drop(ui.file("after.txt", SMALL))
        one.wait_file("after.txt", SMALL)


@test("/ui/files/a-server-that-dies-on-the-way-is-told-and-the-next-takes-files")
def died():
    with Machine() as one:
        one.server.agent.go_on.clear()
        one.drop(ui.file("large.bin", LARGE))
        wait_says(one.window, SENDING % "“large.bin”")
        one.server.agent.go_on.set()
        one.kill_server()
        one.server.start()
        wait_says(one.window, "“large.bin” could not be sent to the guest: ")
        wait_gone(one.window, PROGRESS, "Progress")
        one.wait_greeted()
        one.drop(ui.file("after.txt", SMALL))
        one.wait_file("after.txt", SMALL)


@test("/ui/files/a-window-that-closes-on-the-way-takes-it-back")
def closed():
    with Machine() as one:
        one.server.agent.go_on.clear()
        one.drop(ui.file("large.bin", LARGE))
        wait_says(one.window, SENDING % "“large.bin”")
        one.server.agent.go_on.set()
        one.app.close("guest")
        check(one.app.alive(), "the application ended")


@test("/ui/files/a-cd-image-may-be-meant-for-the-drive")
def cd():
    disc = ui.iso("disc.iso")
    with Machine(more="iso=%s\n" % ui.iso("first.iso")) as one:
        one.drop(disc)
        wait_says(one.window, "Insert “disc.iso” into the CD drive?")
        press(wait(one.window, BUTTON, "Send to the guest"))
        with open(disc, "rb") as f:
            one.wait_file("disc.iso", f.read())
        one.drop(ui.file("no disc.txt", SMALL))
        one.wait_file("no disc.txt", SMALL)


@test("/ui/files/without-an-agent-files-are-for-the-drive")
def without():
    with Machine(Vnc) as one:
        one.drop(ui.file("one.txt", b"1"), ui.file("two.txt", b"2"))
        wait_says(one.window, "A drive holds one CD")
        check(not says(one.window, "to the guest…"), "something was sent")


ui.main("files")
