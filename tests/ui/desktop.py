#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What the desktop has of Vitrine beside its windows: notifications, what holds up logging out, and search; and help."""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))
import ui
import ui_app
import ui_notify
import ui_tree
from host import BUILD, ROOT
from ui import (BUTTON, ROW, TEXT, TOGGLE, State, check, find_all, has, press, test, text_of, wait, wait_for, wait_gone,
                wait_says)
from ui_real import RealApp, define
from ui_session import LOGIND, MANAGER, Session

import gi  # noqa: E402
gi.require_version("Gdk", "3.0")
gi.require_version("Gtk", "3.0")
from gi.repository import Gdk, Gio, GLib, Gtk  # noqa: E402

SCHEMA = {"GSETTINGS_SCHEMA_DIR": os.path.join(BUILD, "data"), "GSETTINGS_BACKEND": "keyfile"}
KEYFILE = os.path.join(ui.desktop.env["XDG_CONFIG_HOME"], "glib-2.0", "settings", "keyfile")
notifications = ui.desktop.watch_notifications()


def prefer(*lines):
    """The settings that the next application has."""
    ui.end_all()
    os.makedirs(os.path.dirname(KEYFILE), exist_ok=True)
    with open(KEYFILE, "w") as f:
        f.write("[org/vitrine/Vitrine]\n" + "".join(line + "\n" for line in lines))


def look_away(app):
    """Another application's window gets the keyboard; that application."""
    other = ui_app.App(ui.desktop, "[host]\n")
    wait_for(lambda: not has(app.main, State.ACTIVE), "another window to become the active one")
    return other


def notified(*parts):
    """The number of the notification with these words, or None."""
    for number, words in enumerate(ui_notify.read(notifications)):
        if all(part in " ".join(words) for part in parts):
            return number
    return None


def wait_notified(*parts):
    wait_for(lambda: notified(*parts) is not None, "a notification with %s" % (parts,))
    return notified(*parts)


# --- notifications ---------------------------------------------------------------------------------

FALLING = "[machine %s]\nstart-ms=1\ncrash-after-ms=1\ncrash-reason=out of memory\n"


@test("/ui/desktop/crash-says-why-and-its-button-opens-the-machine")
def crash():
    app = ui.own_app(FALLING % "falling")
    start = wait(app.row("falling"), BUTTON, "Start")
    other = look_away(app)
    press(start)
    number = wait_notified("“falling” crashed", "Out of memory.")
    words = ui_notify.read(notifications)[number]
    check("default" in words and "Open" in words, str(words))
    ui_notify.press(number, words[words.index("Open") - 1])
    wait_says(app.window("falling"), "This machine crashed")
    other.end()


@test("/ui/desktop/guest-that-stops-by-itself-while-nobody-looks-is-told")
def stops():
    app = ui.own_app("[machine leaving]\nstart-ms=1\nstop-after-ms=1\n")
    start = wait(app.row("leaving"), BUTTON, "Start")
    other = look_away(app)
    press(start)
    number = wait_notified("“leaving” has stopped", "Switched off by its guest.")
    words = ui_notify.read(notifications)[number]
    ui_notify.press(number, "default")
    app.window("leaving")
    check("Open" in words, str(words))
    other.end()


@test("/ui/desktop/machine-that-its-user-shut-down-is-no-news")
def told():
    app = ui.own_app("[machine obeying]\nstate=running\nshutdown-ms=1500\n" + FALLING % "also")
    app.select("obeying")
    start = wait(app.row("also"), BUTTON, "Start")
    wait_for(lambda: has(app.main, State.ACTIVE), "the window in front")
    ui.hands.chord("ctrl+d")
    app.wait_state("obeying", "Shutting down…")
    other = look_away(app)
    app.wait_state("obeying", "Off")
    press(start)
    wait_notified("“also” crashed")  # which comes after anything that was said of the other
    check(notified("“obeying”") is None, "it was told")
    other.end()


@test("/ui/desktop/who-looks-is-not-told-as-well")
def looking():
    app = ui.own_app(FALLING % "seen" + FALLING % "unseen")
    press(wait(app.row("seen"), BUTTON, "Start"))
    app.wait_state("seen", "Crashed")
    start = wait(app.row("unseen"), BUTTON, "Start")
    other = look_away(app)
    press(start)
    wait_notified("“unseen” crashed")
    check(notified("“seen”") is None, "it was told")
    other.end()


@test("/ui/desktop/who-wants-no-notifications-gets-none")
def unwanted():
    prefer("notifications=false")
    app = ui.own_app(FALLING % "silent", env=SCHEMA)
    start = wait(app.row("silent"), BUTTON, "Start")
    other = look_away(app)
    press(start)
    app.wait_state("silent", "Crashed")
    other.end()
    prefer()
    app = ui.own_app(FALLING % "loud", env=SCHEMA)
    start = wait(app.row("loud"), BUTTON, "Start")
    other = look_away(app)
    press(start)
    wait_notified("“loud” crashed")
    check(notified("“silent”") is None, "it was told")
    other.end()


# --- logging out and suspend -----------------------------------------------------------------------

RUNNING = "[machine didi]\nstate=running\n[machine dede]\n"
LOGOUT, SUSPEND = 1, 4


class session:
    def __init__(self, kind, **options):
        self.arguments = (kind,), options

    def __enter__(self):
        self.session = Session(ui.desktop, *self.arguments[0], **self.arguments[1])
        return self.session

    def __exit__(self, *error):
        ui.end_all()
        self.session.close()
        prefer()


def open_preferences(app):
    app.press_in_main_menu("Preferences")
    return app.window("Preferences")


@test("/ui/desktop/logging-out-and-suspend-are-held-up-while-a-machine-runs-where-that-is-wanted")
def holds():
    prefer("inhibit=true")
    with session(MANAGER) as manager:
        app = ui.own_app(RUNNING, env=SCHEMA)
        words = wait_for(manager.held, "it to be held")[0]
        check(words[0] == "org.vitrine.Vitrine" and words[2] == "Machines run" and words[3] == LOGOUT | SUSPEND, str(words))
        app.select("didi")
        wait_for(lambda: has(app.main, State.ACTIVE), "the window in front")
        ui.hands.chord("ctrl+d")
        app.wait_state("didi", "Off")
        wait_for(lambda: not manager.held(), "it to be let go with the last machine")
        press(wait(app.row("dede"), BUTTON, "Start"))
        wait_for(manager.held, "it to be held again")
        check(len(manager.held()) == 1, str(manager.held()))


@test("/ui/desktop/nothing-is-held-up-unless-it-is-asked-for-and-the-switch-counts-at-once")
def asked():
    prefer()
    with session(MANAGER) as manager:
        app = ui.own_app(RUNNING, env=SCHEMA)
        app.wait_state("didi", "Running")
        window = open_preferences(app)
        check(manager.state()[0] == 0, "it was asked")
        press(wait(window, TOGGLE, "Hold up logging out and suspend"))
        wait_for(manager.held, "it to be held")
        press(wait(window, TOGGLE, "Hold up logging out and suspend"))
        wait_for(lambda: not manager.held(), "it to be let go")


@test("/ui/desktop/answer-that-comes-when-it-is-wanted-no-more-is-given-back")
def late():
    prefer("inhibit=true")
    with session(MANAGER, slow=True) as manager:
        app = ui.own_app(RUNNING, env=SCHEMA)
        wait_for(lambda: manager.state()[0] == 1, "it to be asked")
        press(wait(open_preferences(app), TOGGLE, "Hold up logging out and suspend"))
        wait_for(lambda: "inhibit=false" in open(KEYFILE).read(), "it to be unwanted")
        manager.answer()
        wait_for(lambda: manager.state() == [1, [], 1], "it to be granted and given back")


@test("/ui/desktop/without-a-session-manager-logind-holds-up-suspend")
def logind():
    prefer("inhibit=true")
    with session(LOGIND) as manager:
        system = dict(SCHEMA, DBUS_SYSTEM_BUS_ADDRESS=ui.desktop.env["DBUS_SESSION_BUS_ADDRESS"])
        app = ui.own_app(RUNNING, env=system)
        words = wait_for(manager.held, "it to be held")[0]
        check(words[0] == "shutdown:sleep" and words[3] == "block", str(words))
        press(wait(open_preferences(app), TOGGLE, "Hold up logging out and suspend"))
        wait_for(lambda: not manager.held(), "the lock to be closed")


@test("/ui/desktop/where-nobody-can-hold-it-up-the-machine-runs-all-the-same")
def nobody():
    prefer("inhibit=true")
    app = ui.own_app(RUNNING, env=dict(SCHEMA, DBUS_SYSTEM_BUS_ADDRESS="unix:path=/nowhere"))
    app.wait_state("didi", "Running")
    press(wait(app.row("didi"), BUTTON, "Pause"))
    app.wait_state("didi", "Paused")
    prefer()


# --- search ----------------------------------------------------------------------------------------

NAME = "org.vitrine.Vitrine"
PROVIDER, PROVIDER_PATH = "org.gnome.Shell.SearchProvider2", "/org/vitrine/Vitrine/SearchProvider"


def bus():
    return Gio.bus_get_sync(Gio.BusType.SESSION, None)


def ask(method, signature, *arguments, reply="(as)", name=NAME):
    """What a desktop's search does, which starts what is not there."""
    answer = bus().call_sync(name, PROVIDER_PATH, PROVIDER, method, GLib.Variant(signature, arguments),
                             reply and GLib.VariantType(reply), 0, 20000, None)
    return answer.unpack()[0] if reply else None


def offer_service():
    """As an installed Vitrine: the bus starts it when it is asked for."""
    folder = os.path.join(ui.desktop.env["XDG_DATA_HOME"], "dbus-1", "services")
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(ROOT, "data/org.vitrine.Vitrine.service.in")) as f:
        text = f.read().replace("@bindir@", os.path.join(BUILD, "src/app"))
    with open(os.path.join(folder, NAME + ".service"), "w") as f:
        f.write(text)
    bus().call_sync("org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus", "ReloadConfig", None, None, 0,
                    5000, None)


def bus_says(method, name):
    return bus().call_sync("org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus", method,
                           GLib.Variant("(s)", (name,)), None, 0, 5000, None).unpack()[0]


class Service(ui_app.App):
    """The application that the bus has started, which this process cannot wait for."""

    def __init__(self, pid):  # pylint: disable=super-init-not-called
        self.desktop = ui.desktop
        self.root = wait_for(lambda: ui_tree.application(pid), "the application")


def service_pid():
    return bus_says("GetConnectionUnixProcessID", NAME)


def end_service():
    """It is ended as a session ends it."""
    if bus_says("NameHasOwner", NAME):
        os.kill(service_pid(), 15)
        wait_for(lambda: not bus_says("NameHasOwner", NAME), "the service to end")


@test("/ui/desktop/search-that-starts-it-finds-machines-by-name-and-opens-no-window")
def search():
    ui.end_all()
    offer_service()
    for name in ("Debian server", "debian desk", "other"):
        define(name)
    try:
        check(not bus_says("NameHasOwner", NAME), "it runs already")
        found = ask("GetInitialResultSet", "(as)", ["deb", "SERV"])
        check(len(found) == 2, str(found))
        metas = ask("GetResultMetas", "(as)", found, reply="(aa{sv})")
        check([m["name"] for m in metas] == ["Debian server", "Start “Debian server”"], str(metas))
        check(metas[0]["description"].startswith("Off · ") and metas[0]["gicon"] == NAME, str(metas[0]))
        more = ask("GetInitialResultSet", "(as)", ["debian"])
        check(len(more) == 4, str(more))
        check(ask("GetSubsearchResultSet", "(asas)", more, ["debian", "desk"]) != found, "it did not narrow")
        check(ask("GetInitialResultSet", "(as)", ["nothing of the kind"]) == [], "it found something")
        check(ask("GetInitialResultSet", "(as)", []) == [], "no words find everything")
        check(ask("GetResultMetas", "(as)", ["start:", "../../x", ""], reply="(aa{sv})") == [], "there is such a machine")
        root = ui_tree.application(service_pid())
        check(root is None or root.get_child_count() == 0, "it opened a window")
        with open("/proc/%d/maps" % service_pid()) as f:
            maps = f.read()
        check("display-vnc" not in maps and "engine-libvirt" not in maps, "it loaded what it does not need")
    finally:
        end_service()


@test("/ui/desktop/result-that-is-chosen-opens-its-machine")
def activate():
    try:
        found = ask("GetInitialResultSet", "(as)", ["server"])
        ask("ActivateResult", "(sasu)", found[0], ["server"], 0, reply=None)
        app = Service(service_pid())
        wait_says(app.window("Debian server"), "This machine is off")
    finally:
        end_service()


@test("/ui/desktop/result-that-is-older-than-the-process-is-what-it-was")
def outlived():
    try:
        found = ask("GetInitialResultSet", "(as)", ["server"])
        end_service()
        metas = ask("GetResultMetas", "(as)", found, reply="(aa{sv})")
        check([m["name"] for m in metas] == ["Debian server", "Start “Debian server”"], str(metas))
        end_service()
        ask("ActivateResult", "(sasu)", found[0], ["server"], 0, reply=None)
        app = Service(service_pid())
        wait_says(app.window("Debian server"), "This machine is off")
        check(len(app.windows()) == 1, "it was searched for")
    finally:
        end_service()


@test("/ui/desktop/all-results-are-shown-in-the-window-with-the-same-search")
def launch():
    try:
        ask("LaunchSearch", "(asu)", ["debian", "d"], 0, reply=None)
        app = Service(service_pid())
        wait_for(lambda: text_of(wait(app.main, TEXT, "Search")) == "debian d", "the words in the search")
        app.row("debian desk")
        wait_gone(app.main, ROW, "other")
    finally:
        end_service()


def name_of_host():
    """On the bus, of the application that runs for a host of its own, or None."""
    names = bus().call_sync("org.freedesktop.DBus", "/", "org.freedesktop.DBus", "ListNames", None, None, 0, 5000, None)
    return next((n for n in names.unpack()[0] if n.startswith(NAME + ".Host_")), None)


def do(action, *arguments, name=NAME):
    bus().call_sync(name, "/" + name.replace(".", "/"), "org.gtk.Actions", "Activate",
                    GLib.Variant("(sava{sv})", (action, [GLib.Variant("s", a) for a in arguments], {})), None, 0, 5000, None)


@test("/ui/desktop/one-that-only-answered-a-search-ends-without-a-word-and-one-that-had-a-window-does-not")
def silent_end():
    app = ui.own_app("[machine one]\nstate=running\n", "--gapplication-service", wait_for_window=False)
    name = wait_for(name_of_host, "the application")
    check(len(ask("GetInitialResultSet", "(as)", ["one"], name=name)) == 1, "it was not found")
    do("quit", name=name)
    wait_for(lambda: not app.alive(), "it to end")
    app = ui.own_app("[machine one]\nstate=running\n[machine two]\nstate=running\n")
    app.row("two")
    do("quit", name=wait_for(name_of_host, "the application"))
    wait_notified("2 machines go on running")  # which comes after anything that the other said
    check(notified("1 machine goes on running") is None, "who only searched was told")


@test("/ui/desktop/machine-that-was-asked-for-in-vain-does-not-open-once-another-was")
def wanted_no_more():
    uuid = "4dea22b3-1d52-d8f3-2516-782e98ab3fa1"
    define("another")
    ui.end_all()
    app = RealApp(ui.desktop, "")
    app.row("another")
    do("open-machine", uuid)
    app.open_machine("another")
    define("late", machine_id=uuid)
    app.row("late")
    check(sorted(w.get_name() for w in app.windows()) == ["Vitrine", "another"], "it opened")
    do("open-machine", uuid)
    app.window("late")
    ui.end_all()


@test("/ui/desktop/words-for-starting-find-only-with-a-name")
def verb():
    ui.own_app("[machine ready]\n[machine sparing]\n[machine startup]\n")
    name = name_of_host()

    def names(*terms):
        found = ask("GetInitialResultSet", "(as)", list(terms), name=name)
        return [m["name"] for m in ask("GetResultMetas", "(as)", found, reply="(aa{sv})", name=name)]

    check(names("art") == ["startup", "Start “startup”"], str(names("art")))
    check(names("par") == ["sparing", "Start “sparing”"], str(names("par")))
    check(names("sta") == ["startup", "Start “startup”"], str(names("sta")))
    check(names("“") == [] and names("read", "“") == [], "a mark is a word")
    check(names("STA", "read") == ["Start “ready”"] == names("read", "start"), str(names("STA", "read")))
    check(names("art", "read") == [], "the middle of the word was enough")


@test("/ui/desktop/result-that-starts-a-machine-starts-it-and-shows-it")
def start():
    app = ui.own_app("[machine ready]\nuuid=4dea22b3-1d52-d8f3-2516-782e98ab3fa0\n")
    name = name_of_host()
    found = ask("GetInitialResultSet", "(as)", ["start", "read"], name=name)
    check(found == ["start:4dea22b3-1d52-d8f3-2516-782e98ab3fa0"], str(found))
    ask("ActivateResult", "(sasu)", found[0], ["ready"], 0, reply=None, name=name)
    app.wait_state("ready", "Running")
    app.window("ready")
    check(ask("GetInitialResultSet", "(as)", ["start", "ready"], name=name) == [], "what runs can be started")


@test("/ui/desktop/search-is-told-where-to-ask")
def ini():
    path = os.path.join(ROOT, "data/org.vitrine.Vitrine.search-provider.ini")
    entry = GLib.KeyFile()
    entry.load_from_file(path, 0)
    group = "Shell Search Provider"
    check(entry.get_string(group, "BusName") == NAME and entry.get_string(group, "ObjectPath") == PROVIDER_PATH
          and entry.get_integer(group, "Version") == 2
          and os.path.exists(os.path.join(ROOT, "data", entry.get_string(group, "DesktopId"))), "it says something else")


# --- help ------------------------------------------------------------------------------------------

CHECKS = """[check kvm]
status=%s
text=you have no right to use /dev/kvm
mend=sudo usermod -aG kvm $USER
[check firmware]
status=ok
text=SeaBIOS is installed
[check passt]
status=warning
text=passt is not installed, so cards have no network
mend=sudo apt install passt
"""


@test("/ui/desktop/help-says-what-this-computer-lacks-and-what-mends-it")
def help_window():
    app = ui.own_app(CHECKS % "failed" + "[machine didi]\n")
    app.row("didi")
    check(len(app.windows()) == 1, "help opened by itself, though there are machines")
    wait_for(lambda: has(app.main, State.ACTIVE), "the window in front")
    ui.hands.chord("F1")
    window = app.window("Help")
    wait_says(window, "You have no right to use /dev/kvm.")
    wait_says(window, "sudo usermod -aG kvm $USER")
    wait_says(window, "SeaBIOS is installed.")
    wait(window, "icon", "Has to be mended")
    wait(window, "icon", "With a drawback")
    wait(window, "icon", "Fine")
    wait_says(window, "Ctrl+Alt gives the keyboard back")
    ui.picture("help")
    press(wait(window, BUTTON, "Copy “sudo apt install passt”"))
    clipboard = Gtk.Clipboard.get(Gdk.SELECTION_CLIPBOARD)
    check(clipboard.wait_for_text() == "sudo apt install passt", "it says %r" % clipboard.wait_for_text())
    press(wait(window, BUTTON, "Look again"))
    wait_for(lambda: len(find_all(window, "icon")) == 3 and find_all(window, BUTTON, "Copy “sudo apt install passt”"),
             "the checks again, once")
    press(wait(window, BUTTON, "Preferences"))
    wait_for(lambda: has(app.window("Preferences"), State.ACTIVE), "the window in front")
    ui.hands.chord("Escape")
    app.wait_window_gone("Preferences")
    wait_for(lambda: has(window, State.ACTIVE), "help in front")
    ui.hands.chord("Escape")
    app.wait_window_gone("Help")


@test("/ui/desktop/who-has-no-machine-and-no-kvm-is-shown-the-help-once")
def by_itself():
    app = ui.own_app(CHECKS % "failed")
    window = app.window("Help")
    wait_says(window, "You have no right to use /dev/kvm.")
    ui.picture("help-by-itself")
    ui.hands.chord("Escape")
    app.wait_window_gone("Help")
    wait_for(lambda: has(app.main, State.ACTIVE), "the window in front, which looks again")
    wait_says(app.main, "Drop an ISO or disk image here")
    check(len(app.windows()) == 1, "it came again")
    ui.own_app(CHECKS % "ok")
    wait_says(ui_app.App.all[-1].main, "Drop an ISO or disk image here")
    check(len(ui_app.App.all[-1].windows()) == 1, "help opened though all is well")


ui.main("desktop")
