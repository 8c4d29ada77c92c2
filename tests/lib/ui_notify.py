#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Stands in for the desktop's notifications: writes each as a line of JSON to the file named.

Run as a program by UI tests; read() and press() are for them.
"""

import json
import sys

NAME = "org.freedesktop.Notifications"
INTERFACE = """
<node><interface name="org.freedesktop.Notifications">
  <method name="Notify">
    <arg type="s" direction="in"/><arg type="u" direction="in"/><arg type="s" direction="in"/>
    <arg type="s" direction="in"/><arg type="s" direction="in"/><arg type="as" direction="in"/>
    <arg type="a{sv}" direction="in"/><arg type="i" direction="in"/><arg type="u" direction="out"/>
  </method>
  <method name="CloseNotification"><arg type="u" direction="in"/></method>
  <method name="GetCapabilities"><arg type="as" direction="out"/></method>
  <method name="Press"><arg type="u" direction="in"/><arg type="s" direction="in"/></method>
  <signal name="ActionInvoked"><arg type="u"/><arg type="s"/></signal>
</interface></node>
"""


def read(path):
    """[(title, body, action, its label, action, …), …] so far."""
    try:
        with open(path) as f:
            return [tuple(json.loads(line)) for line in f if line.endswith("\n")]
    except FileNotFoundError:
        return []


def press(number, action):
    """Does what a click on the ACTION of the notification NUMBER, from 0, does."""
    from gi.repository import Gio, GLib
    Gio.bus_get_sync(Gio.BusType.SESSION, None).call_sync(
        NAME, "/org/freedesktop/Notifications", NAME, "Press", GLib.Variant("(us)", (number + 1, action)), None, 0, 5000,
        None)


def serve(path):
    from gi.repository import Gio, GLib

    def called(connection, sender, object_path, interface, method, arguments, invocation):
        if method == "Notify":
            words = arguments.unpack()
            with open(path, "a") as f:
                f.write(json.dumps([words[3], words[4], *words[5]]) + "\n")
            invocation.return_value(GLib.Variant("(u)", (len(read(path)),)))
        elif method == "Press":
            connection.emit_signal(None, object_path, interface, "ActionInvoked", arguments)
            invocation.return_value(None)
        elif method == "GetCapabilities":
            invocation.return_value(GLib.Variant("(as)", (["body", "actions"],)))
        else:
            invocation.return_value(None)

    def acquired(connection, name):
        info = Gio.DBusNodeInfo.new_for_xml(INTERFACE).interfaces[0]
        connection.register_object("/org/freedesktop/Notifications", info, called, None, None)

    loop = GLib.MainLoop()
    Gio.bus_own_name(Gio.BusType.SESSION, NAME, 0, acquired,
                     lambda *a: open(path, "a").close(), lambda *a: loop.quit())
    loop.run()


if __name__ == "__main__":
    serve(sys.argv[1])
