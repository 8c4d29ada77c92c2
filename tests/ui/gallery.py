#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Photographs every screen of the application: light and dark, at 1x and 2x, in each language; to be looked at.

The pictures are BUILD/gallery/LANGUAGE-THEME-SCALE/SCREEN.png.  What can be told without eyes fails here: a window that
does not fit on a small laptop's screen, and words that are cut off.  Only on request: suite "gallery".
"""

import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))
import ui_desktop

ui_desktop.WIDTH, ui_desktop.HEIGHT = 2560, 1800  # of the screen: the main window at 2x has room

import linguas  # noqa: E402
import ui  # noqa: E402
from host import BUILD  # noqa: E402
from ui import BUTTON, ROW, State, check, find_all, has, place, soon, test, wait, wait_for, walk  # noqa: E402

from gi.repository import Gio, GLib  # noqa: E402

FOLDER = os.path.join(BUILD, "gallery")
LAPTOP = 1366, 768  # the smallest screen that is still about
NAME = "org.vitrine.Vitrine"
HOST = """
[host]
title=This computer
[machine Debian 12]
state=running
warnings=the host has no hardware KVM: this machine is slow
disks=/srv/debian.qcow2|20480
nics=user
snapshots=clean||nothing on it|1700000000;updates|clean|with the updates of today|1700100000
[machine Fedora Server]
state=paused
screen=bars
disks=/srv/fedora.raw|40960
[machine a name that is rather long, as some people like to have them]
disks=/srv/long.raw|10240;/srv/shared.raw|10240|it is shared
[machine crashed]
state=crashed
state-reason=guest memory could not be mapped
[image /srv/debian.qcow2]
format=qcow2
size-mib=20480
used-mib=4096
users=Debian 12
[network default]
mode=nat
active=true
ipv4=192.168.122.1/24
dhcp=192.168.122.2-192.168.122.254
leases=52:54:00:aa:bb:cc|192.168.122.50|debian
[pool images]
type=dir
path=/srv
active=true
autostart=true
capacity-gib=100
allocation-gib=25
[volume images/debian.qcow2]
format=qcow2
capacity-gib=20
allocation-gib=4
users=Debian 12
[volume images/spare.raw]
format=raw
capacity-gib=2
[pool vault]
type=logical
path=/dev/vault
source=vault
[check kvm]
status=failed
text=you have no right to use /dev/kvm
mend=sudo usermod -aG kvm $USER
[check firmware]
status=ok
text=SeaBIOS is installed
"""
SCHEMA = {"GSETTINGS_SCHEMA_DIR": os.path.join(BUILD, "data")}


class Studio:
    """An application in LANGUAGE, of THEME, at SCALE; its windows are opened by their actions, whatever they are called."""

    def __init__(self, language, theme, scale):
        self.folder = os.path.join(FOLDER, "%s-%s-%d" % (language, theme, scale))
        self.scale = scale
        os.makedirs(self.folder, exist_ok=True)
        self.app = ui.own_app(HOST, env=dict(SCHEMA, LANGUAGE=language, GDK_SCALE=str(scale),
                                             GTK_THEME="Adwaita:dark" if theme == "dark" else "Adwaita"))
        wait(self.app.main, ROW, "Debian 12")
        self.bus = Gio.bus_get_sync(Gio.BusType.SESSION, None)
        names = self.bus.call_sync("org.freedesktop.DBus", "/", "org.freedesktop.DBus", "ListNames", None, None, 0, 5000,
                                   None).unpack()[0]
        self.name = next(n for n in names if n.startswith(NAME + ".Host_"))
        self.path = "/" + self.name.replace(".", "/")
        self.problems = []

    def act(self, action, parameter=None, window=None):
        """Activates ACTION of the application, or of its WINDOW's number."""
        where = self.path + ("/window/%d" % window if window else "")
        arguments = GLib.Variant("(sava{sv})", (action, [GLib.Variant("s", parameter)] if parameter else [], {}))
        self.bus.call_sync(self.name, where, "org.gtk.Actions", "Activate", arguments, None, 0, 5000, None)

    def opened(self, *action, **options):
        """The window that comes of an action."""
        before = self.app.windows()
        self.act(*action, **options)
        return wait_for(lambda: next((w for w in self.app.windows() if w not in before and has(w, State.ACTIVE)), None),
                        "a window that is the active one")

    def newest(self):
        """The number of the window that came last of those which have actions."""
        text = self.bus.call_sync(self.name, self.path + "/window", "org.freedesktop.DBus.Introspectable", "Introspect",
                                  None, None, 0, 5000, None).unpack()[0]
        return max(int(number) for number in re.findall(r'node name="(\d+)"', text))

    def select(self, *names):
        """As App.select(), whatever the buttons in the rows are called."""
        rows = [wait(self.app.main, ROW, name) for name in names]
        selection = rows[0].get_parent().get_selection_iface()
        selection.clear_selection()
        for row in rows:
            selection.select_child(row.get_index_in_parent())

    def close(self):
        n = len(self.app.windows())
        ui.hands.chord("Escape")
        wait_for(lambda: len(self.app.windows()) < n, "the window to close")

    def photograph(self, name, window):
        ui.settle()
        x, y, width, height = place(window)
        box = [self.scale * n for n in (x, y, width, height)]
        box[2], box[3] = min(box[2], ui_desktop.WIDTH - box[0]), min(box[3], ui_desktop.HEIGHT - box[1])
        ui.desktop.save_picture(os.path.join(self.folder, name + ".png"), *box)
        if width > LAPTOP[0] or height > LAPTOP[1]:
            self.problems.append("%s is %d × %d" % (name, width, height))
        self.problems += ["%s: “%s” is cut off" % (name, words) for words in cut_off(window)]

    def photograph_opened(self, name, *action, **options):
        self.photograph(name, self.opened(*action, **options))
        self.close()


def cut_off(window):
    """Names of buttons that are partly outside of their window."""
    x, y, width, height = place(window)
    found = []
    for widget in walk(window):
        if widget.get_role_name() != BUTTON or not has(widget, State.SHOWING):
            continue
        left, top, wide, high = place(widget)
        if wide > 0 and high > 0 and (left < x or left + wide > x + width):
            found.append(widget.get_name())
    return found


def photograph_machine(studio, name, machine):
    studio.select(machine)
    window = studio.opened("open", window=1)
    soon(lambda: find_all(window, "drawing area"))
    studio.photograph(name, window)
    return window


def photograph_hardware(studio):
    """Each part of the machine whose window came last."""
    window = studio.opened("hardware", window=studio.newest())
    parts = wait(window, "list box")
    for number, row in enumerate(find_all(parts, ROW, hidden=True)):
        ui.pick_row(parts, row.get_name())
        studio.photograph("hardware-%d" % number, window)
    studio.close()


def photograph_all(language, theme, scale):
    studio = Studio(language, theme, scale)
    main = studio.app.root.get_child_at_index(0)
    studio.photograph("main", main)
    studio.select("Debian 12", "Fedora Server")
    studio.photograph("main-selected", main)
    for page in ("desktop", "consoles", "machines"):
        studio.photograph_opened("preferences-" + page, "preferences", page)
    for action in ("help", "new", "add-host", "images", "networks", "storage", "shortcuts", "about"):
        studio.photograph_opened(action, action)
    studio.select("a name that is rather long, as some people like to have them")
    studio.photograph_opened("delete", "delete", window=1)
    studio.photograph_opened("clone", "clone", window=1)
    studio.select("Debian 12")
    studio.photograph_opened("snapshots", "snapshots", window=1)
    photograph_machine(studio, "machine-crashed", "crashed")
    photograph_machine(studio, "machine", "Debian 12")
    photograph_hardware(studio)
    check(not studio.problems, "\n".join(studio.problems))


for language in ["en"] + linguas.spoken():
    for theme in ("light", "dark"):
        for scale in (1, 2):
            test("/ui/gallery/%s-%s-%dx" % (language, theme, scale))(
                lambda words=(language, theme, scale): photograph_all(*words))

ui.desktop.watch_notifications()
ui.main("gallery")
