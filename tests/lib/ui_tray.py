#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Stands in for the desktop's tray: a StatusNotifierWatcher that writes who comes to the file named.

Run as a program by UI tests; Tray is for them, and does what a panel does with an item and its menu
(com.canonical.dbusmenu).
"""

import os
import sys

WATCHER = "org.kde.StatusNotifierWatcher"
ITEM, MENU = "org.kde.StatusNotifierItem", "com.canonical.dbusmenu"
INTERFACE = """
<node><interface name="org.kde.StatusNotifierWatcher">
  <method name="RegisterStatusNotifierItem"><arg type="s" direction="in"/></method>
  <method name="RegisterStatusNotifierHost"><arg type="s" direction="in"/></method>
  <property name="RegisteredStatusNotifierItems" type="as" access="read"/>
  <property name="IsStatusNotifierHostRegistered" type="b" access="read"/>
  <property name="ProtocolVersion" type="i" access="read"/>
  <signal name="StatusNotifierHostRegistered"/>
  <signal name="StatusNotifierItemRegistered"><arg type="s"/></signal>
  <signal name="StatusNotifierItemUnregistered"><arg type="s"/></signal>
</interface></node>
"""


class Tray:
    """A tray on DESKTOP's session bus, from here until close()."""

    def __init__(self, desktop):
        from tap import wait_for
        self.path = os.path.join(desktop.home, "tray-%d" % len(desktop.processes))
        self.process = desktop.spawn(["/usr/bin/python3", os.path.abspath(__file__), self.path])
        wait_for(lambda: os.path.exists(self.path), "the tray")

    def close(self):
        self.process.terminate()
        self.process.wait()

    def bus(self):
        from gi.repository import Gio
        return Gio.bus_get_sync(Gio.BusType.SESSION, None)

    def call(self, where, interface, method, arguments, reply=None):
        from gi.repository import Gio, GLib
        name, path = where
        return self.bus().call_sync(name, path, interface, method, arguments, reply and GLib.VariantType(reply),
                                    Gio.DBusCallFlags.NONE, 5000, None)

    def items(self):
        """(bus name, object path) of those that are there."""
        with open(self.path) as f:
            came = [tuple(line.split()) for line in f if line.endswith("\n")]
        names = self.call(("org.freedesktop.DBus", "/"), "org.freedesktop.DBus", "ListNames", None, "(as)").unpack()[0]
        return [item for item in came if item[0] in names]

    def property(self, name, where=None):
        """Of the only item; None when there is none, or it does not answer."""
        from gi.repository import GLib
        where = where or (self.items() or [None])[-1]
        if not where:
            return None
        try:
            return self.call(where, "org.freedesktop.DBus.Properties", "Get",
                             GLib.Variant("(ss)", (ITEM, name)), "(v)").unpack()[0]
        except GLib.Error:
            return None

    def click(self):
        from gi.repository import GLib
        self.call(self.items()[-1], ITEM, "Activate", GLib.Variant("(ii)", (0, 0)))

    def menu(self):
        """[(label, id, [the same, of its submenu])], separators left out."""
        from gi.repository import GLib

        def entries(node):
            number, words, children = node
            return [(child[1].get("label", ""), child[0], entries(child)) for child in children
                    if child[1].get("type") != "separator" and child[1].get("visible", True)]

        where = (self.items()[-1][0], self.property("Menu"))
        return entries(self.call(where, MENU, "GetLayout", GLib.Variant("(iias)", (0, -1, [])),
                                 "(u(ia{sv}av))").unpack()[1])

    def labels(self):
        return [label for label, _, _ in self.menu()] if self.items() else []

    def choose(self, *labels):
        """Clicks what is below LABELS, one a level."""
        from gi.repository import GLib
        level, number = self.menu(), None
        for label in labels:
            number, level = next((n, sub) for text, n, sub in level if text == label)
        where = (self.items()[-1][0], self.property("Menu"))
        self.call(where, MENU, "Event", GLib.Variant("(isvu)", (number, "clicked", GLib.Variant("i", 0), 0)))


def serve(path):
    from gi.repository import Gio, GLib
    came = []

    def called(connection, sender, object_path, interface, method, arguments, invocation):
        if method == "RegisterStatusNotifierItem":
            word = arguments.unpack()[0]
            item = (sender, word) if word.startswith("/") else (word, "/StatusNotifierItem")
            came.append(item)
            with open(path, "a") as f:
                f.write("%s %s\n" % item)
        invocation.return_value(None)

    def get(connection, sender, object_path, interface, name):
        return {"RegisteredStatusNotifierItems": GLib.Variant("as", ["%s%s" % item for item in came]),
                "IsStatusNotifierHostRegistered": GLib.Variant("b", True),
                "ProtocolVersion": GLib.Variant("i", 0)}[name]

    def acquired(connection, name):
        info = Gio.DBusNodeInfo.new_for_xml(INTERFACE).interfaces[0]
        connection.register_object("/StatusNotifierWatcher", info, called, get, None)

    loop = GLib.MainLoop()
    Gio.bus_own_name(Gio.BusType.SESSION, WATCHER, 0, acquired, lambda *a: open(path, "a").close(),
                     lambda *a: loop.quit())
    loop.run()


if __name__ == "__main__":
    serve(sys.argv[1])
