#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Stands in for what holds up logging out and suspend: a session manager, or logind.

Run as a program by UI tests, with the kind and the file that it writes its state to; Session is for them.
"""

import json
import os
import sys

MANAGER, LOGIND = "org.gnome.SessionManager", "org.freedesktop.login1"
INTERFACES = {
    MANAGER: ("/org/gnome/SessionManager", """
<node><interface name="org.gnome.SessionManager">
  <method name="Inhibit">
    <arg type="s" direction="in"/><arg type="u" direction="in"/><arg type="s" direction="in"/>
    <arg type="u" direction="in"/><arg type="u" direction="out"/>
  </method>
  <method name="Uninhibit"><arg type="u" direction="in"/></method>
</interface></node>"""),
    LOGIND: ("/org/freedesktop/login1", """
<node><interface name="org.freedesktop.login1.Manager">
  <method name="Inhibit">
    <arg type="s" direction="in"/><arg type="s" direction="in"/><arg type="s" direction="in"/>
    <arg type="s" direction="in"/><arg type="h" direction="out"/>
  </method>
</interface></node>"""),
}


class Session:
    """One of KIND on DESKTOP's session bus, from here until close(); SLOW: it answers when told so by a file."""

    def __init__(self, desktop, kind, slow=False):
        from tap import wait_for
        self.path = os.path.join(desktop.home, "session-%d" % len(desktop.processes))
        self.go = self.path + ".go"
        words = ["/usr/bin/python3", os.path.abspath(__file__), kind, self.path] + ([self.go] if slow else [])
        self.process = desktop.spawn(words)
        wait_for(lambda: os.path.exists(self.path), "the session manager")

    def answer(self):
        open(self.go, "w").close()

    def state(self):
        """How often it was asked, what is held now, [[words], …], and how often it was granted."""
        with open(self.path) as f:
            return json.loads(f.read())

    def held(self):
        return self.state()[1]

    def close(self):
        self.process.terminate()
        self.process.wait()


def serve(kind, path, go):
    from gi.repository import Gio, GLib
    held, asked, granted = {}, [0], [0]

    def write():
        with open(path + ".new", "w") as f:
            json.dump([asked[0], list(held.values()), granted[0]], f)
        os.rename(path + ".new", path)

    def release(number):
        held.pop(number, None)
        write()

    def grant(invocation, words):
        number = asked[0]
        held[number] = words
        granted[0] += 1
        if kind == MANAGER:
            invocation.return_value(GLib.Variant("(u)", (number,)))
        else:
            ours, theirs = os.pipe()
            fds = Gio.UnixFDList.new()
            invocation.return_value_with_unix_fd_list(GLib.Variant("(h)", (fds.append(theirs),)), fds)
            os.close(theirs)
            GLib.io_add_watch(ours, 0, GLib.IO_HUP, lambda *a: release(number))
        write()

    def called(connection, sender, object_path, interface, method, arguments, invocation):
        words = list(arguments.unpack())
        if method == "Uninhibit":
            invocation.return_value(None)
            release(words[0])
            return
        asked[0] += 1
        write()
        if not go:
            grant(invocation, words)
            return

        def look():
            if not os.path.exists(go):
                return True
            grant(invocation, words)
            return False
        GLib.timeout_add(20, look)

    def acquired(connection, name):
        where, xml = INTERFACES[kind]
        connection.register_object(where, Gio.DBusNodeInfo.new_for_xml(xml).interfaces[0], called, None, None)

    loop = GLib.MainLoop()
    Gio.bus_own_name(Gio.BusType.SESSION, kind, 0, acquired, lambda *a: write(), lambda *a: loop.quit())
    loop.run()


if __name__ == "__main__":
    serve(sys.argv[1], sys.argv[2], sys.argv[3] if len(sys.argv) > 3 else None)
