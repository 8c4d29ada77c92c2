#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Stands in for the desktop's notifications: writes each as a line of JSON to the file named.

Run as a program by UI tests; read() is for them.
"""

import json
import sys

INTERFACE = """
<node><interface name="org.freedesktop.Notifications">
  <method name="Notify">
    <arg type="s" direction="in"/><arg type="u" direction="in"/><arg type="s" direction="in"/>
    <arg type="s" direction="in"/><arg type="s" direction="in"/><arg type="as" direction="in"/>
    <arg type="a{sv}" direction="in"/><arg type="i" direction="in"/><arg type="u" direction="out"/>
  </method>
  <method name="CloseNotification"><arg type="u" direction="in"/></method>
  <method name="GetCapabilities"><arg type="as" direction="out"/></method>
</interface></node>
"""


def read(path):
    """[(title, body), …] so far."""
    try:
        with open(path) as f:
            return [tuple(json.loads(line)) for line in f if line.endswith("\n")]
    except FileNotFoundError:
        return []


def serve(path):
    from gi.repository import Gio, GLib

    def called(connection, sender, object_path, interface, method, arguments, invocation):
        if method == "Notify":
            words = arguments.unpack()
            with open(path, "a") as f:
                f.write(json.dumps([words[3], words[4]]) + "\n")
            invocation.return_value(GLib.Variant("(u)", (1,)))
        elif method == "GetCapabilities":
            invocation.return_value(GLib.Variant("(as)", (["body"],)))
        else:
            invocation.return_value(None)

    def acquired(connection, name):
        info = Gio.DBusNodeInfo.new_for_xml(INTERFACE).interfaces[0]
        connection.register_object("/org/freedesktop/Notifications", info, called, None, None)

    loop = GLib.MainLoop()
    Gio.bus_own_name(Gio.BusType.SESSION, "org.freedesktop.Notifications", 0, acquired,
                     lambda *a: open(path, "a").close(), lambda *a: loop.quit())
    loop.run()


if __name__ == "__main__":
    serve(sys.argv[1])
