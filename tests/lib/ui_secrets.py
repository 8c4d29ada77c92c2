#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Stands in for the user's keyring: the Secret Service of freedesktop.org, with one collection.

Run as a program by UI tests, with its options as JSON; Secrets is for them.
"""

import json
import os
import sys

NAME, ROOT = "org.freedesktop.secrets", "/org/freedesktop/secrets"
SESSION = "%s/session/%d" % (ROOT, os.getpid())  # which ends with the service
ALIAS, COLLECTION = ROOT + "/aliases/default", ROOT + "/collection/login"
NONE = "/"
INTERFACES = """
<node>
<interface name="org.freedesktop.Secret.Service">
  <method name="OpenSession">
    <arg type="s" direction="in"/><arg type="v" direction="in"/>
    <arg type="v" direction="out"/><arg type="o" direction="out"/>
  </method>
  <method name="SearchItems">
    <arg type="a{ss}" direction="in"/><arg type="ao" direction="out"/><arg type="ao" direction="out"/>
  </method>
  <method name="Unlock">
    <arg type="ao" direction="in"/><arg type="ao" direction="out"/><arg type="o" direction="out"/>
  </method>
  <method name="GetSecrets">
    <arg type="ao" direction="in"/><arg type="o" direction="in"/><arg type="a{o(oayays)}" direction="out"/>
  </method>
  <method name="ReadAlias"><arg type="s" direction="in"/><arg type="o" direction="out"/></method>
  <property name="Collections" type="ao" access="read"/>
</interface>
<interface name="org.freedesktop.Secret.Collection">
  <method name="CreateItem">
    <arg type="a{sv}" direction="in"/><arg type="(oayays)" direction="in"/><arg type="b" direction="in"/>
    <arg type="o" direction="out"/><arg type="o" direction="out"/>
  </method>
  <property name="Locked" type="b" access="read"/>
  <property name="Label" type="s" access="read"/>
  <property name="Items" type="ao" access="read"/>
</interface>
<interface name="org.freedesktop.Secret.Item">
  <method name="Delete"><arg type="o" direction="out"/></method>
  <property name="Locked" type="b" access="read"/>
  <property name="Label" type="s" access="read"/>
  <property name="Attributes" type="a{ss}" access="read"/>
  <property name="Created" type="t" access="read"/>
  <property name="Modified" type="t" access="read"/>
</interface>
<interface name="org.freedesktop.Secret.Prompt">
  <method name="Prompt"><arg type="s" direction="in"/></method>
  <method name="Dismiss"/>
  <signal name="Completed"><arg type="b"/><arg type="v"/></signal>
</interface>
</node>
"""


class Secrets:
    """One on DESKTOP's session bus, from here until close(), with ITEMS, {uuid: passphrase}.  LOCKED: what its user does when
    asked to unlock it, "unlock" or "dismiss"; None where it is not locked.  SILENT: it answers no search.  FULL: it takes
    nothing."""

    def __init__(self, desktop, items=None, locked=None, silent=False, full=False):
        from tap import wait_for
        self.path = os.path.join(desktop.home, "secrets-%d" % len(desktop.processes))
        options = {"path": self.path, "items": items or {}, "locked": locked, "silent": silent, "full": full}
        self.process = desktop.spawn(["/usr/bin/python3", os.path.abspath(__file__), json.dumps(options)])
        wait_for(lambda: os.path.exists(self.path), "the keyring")

    def state(self):
        with open(self.path) as f:
            return json.loads(f.read())

    def items(self):
        """{uuid: passphrase} that it has."""
        return {item["uuid"]: item["secret"] for item in self.state()["items"]}

    def labels(self):
        return {item["uuid"]: item["label"] for item in self.state()["items"]}

    def prompts(self):
        """How often its user was asked."""
        return self.state()["prompts"]

    def searches(self):
        return self.state()["searches"]

    def close(self):
        self.process.terminate()
        self.process.wait()


class Item:
    def __init__(self, number, label, attributes, secret):
        self.path, self.label, self.attributes, self.secret = "%s/%d" % (COLLECTION, number), label, attributes, secret


class Service:
    def __init__(self, path, items, locked, silent, full):
        self.path, self.locked, self.silent, self.full = path, locked, silent, full
        self.items, self.registered, self.n, self.prompts, self.searches = [], {}, 0, 0, 0
        self.first = items

    def write(self):
        with open(self.path + ".new", "w") as f:
            json.dump({"items": [{"uuid": i.attributes["luks-uuid"], "label": i.label, "secret": i.secret}
                                 for i in self.items], "prompts": self.prompts, "searches": self.searches}, f)
        os.rename(self.path + ".new", self.path)

    def add(self, label, attributes, secret):
        self.n += 1
        item = Item(self.n, label, attributes, secret)
        self.items.append(item)
        self.registered[item.path] = self.register(item.path, "Item")
        return item

    def register(self, path, interface):
        return self.connection.register_object(path, self.node.lookup_interface("org.freedesktop.Secret." + interface),
                                               self.called, self.get, None)

    def find(self, path):
        return next(item for item in self.items if item.path == path)

    def called(self, connection, sender, path, interface, method, arguments, invocation):
        from gi.repository import Gio, GLib
        words = arguments.unpack()
        if method == "OpenSession" and words[0] != "plain":
            invocation.return_error_literal(Gio.dbus_error_quark(), Gio.DBusError.NOT_SUPPORTED, "only plain")
        elif method == "OpenSession":
            invocation.return_value(GLib.Variant("(vo)", (GLib.Variant("s", ""), SESSION)))
        elif method == "SearchItems":
            self.searches += 1
            found = [i.path for i in self.items if words[0].items() <= i.attributes.items()]
            if not self.silent:
                invocation.return_value(GLib.Variant("(aoao)", ([], found) if self.locked else (found, [])))
            self.write()
        elif method == "Unlock" and self.locked:
            self.wanted = words[0]
            invocation.return_value(GLib.Variant("(aoo)", ([], ROOT + "/prompt/1")))
        elif method == "Unlock":
            invocation.return_value(GLib.Variant("(aoo)", (words[0], NONE)))
        elif method == "Prompt":
            self.prompts += 1
            dismissed = self.locked == "dismiss"
            if not dismissed:
                self.locked = None
            self.write()
            invocation.return_value(None)
            done = GLib.Variant("ao", [] if dismissed else self.wanted)
            connection.emit_signal(None, path, interface, "Completed", GLib.Variant("(bv)", (dismissed, done)))
        elif method in ("GetSecrets", "CreateItem") and SESSION not in (words[1], words[1][0]):
            invocation.return_dbus_error("org.freedesktop.Secret.Error.NoSession", "There is no such session")
        elif method == "GetSecrets":
            secrets = {p: (words[1], b"", self.find(p).secret.encode(), "text/plain") for p in words[0]}
            invocation.return_value(GLib.Variant("(a{o(oayays)})", (secrets,)))
        elif method == "ReadAlias":
            invocation.return_value(GLib.Variant("(o)", (COLLECTION,)))
        elif method == "CreateItem" and self.full:
            invocation.return_error_literal(Gio.dbus_error_quark(), Gio.DBusError.NO_MEMORY, "There is no room left")
        elif method == "CreateItem" and self.locked:
            invocation.return_dbus_error("org.freedesktop.Secret.Error.IsLocked", "It is locked")
        elif method == "CreateItem":
            attributes = words[0]["org.freedesktop.Secret.Item.Attributes"]
            for old in [i for i in self.items if i.attributes == attributes]:
                self.remove(old)
            item = self.add(words[0]["org.freedesktop.Secret.Item.Label"], attributes, bytes(words[1][2]).decode())
            self.write()
            invocation.return_value(GLib.Variant("(oo)", (item.path, NONE)))
        elif method == "Delete":
            self.remove(self.find(path))
            self.write()
            invocation.return_value(GLib.Variant("(o)", (NONE,)))
        else:
            invocation.return_value(None)

    def remove(self, item):
        self.items.remove(item)
        self.connection.unregister_object(self.registered.pop(item.path))

    def get(self, connection, sender, path, interface, name):
        from gi.repository import GLib
        if name == "Collections":
            return GLib.Variant("ao", [COLLECTION])
        if name == "Locked":
            return GLib.Variant("b", bool(self.locked))
        if name == "Items":
            return GLib.Variant("ao", [i.path for i in self.items])
        if name in ("Created", "Modified"):
            return GLib.Variant("t", 1)
        if interface.endswith("Collection"):
            return GLib.Variant("s", "Login")
        item = self.find(path)
        return GLib.Variant("s", item.label) if name == "Label" else GLib.Variant("a{ss}", item.attributes)

    def acquired(self, connection, name):
        from gi.repository import Gio
        self.connection, self.node = connection, Gio.DBusNodeInfo.new_for_xml(INTERFACES)
        self.register(ROOT, "Service")
        self.register(ALIAS, "Collection")
        self.register(COLLECTION, "Collection")
        self.register(ROOT + "/prompt/1", "Prompt")
        schema = "org.vitrine.Vitrine.EncryptedDisk"
        for uuid, secret in self.first.items():
            self.add("from before", {"luks-uuid": uuid, "xdg:schema": schema}, secret)

    def serve(self):
        from gi.repository import Gio, GLib
        loop = GLib.MainLoop()
        Gio.bus_own_name(Gio.BusType.SESSION, NAME, 0, self.acquired, lambda *a: self.write(), lambda *a: loop.quit())
        loop.run()


if __name__ == "__main__":
    Service(**json.loads(sys.argv[1])).serve()
