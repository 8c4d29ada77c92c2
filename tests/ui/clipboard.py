#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What crosses between this desktop and a guest by its display's server: the clipboard, which way its user says; lock
keys; and what is seen when that server dies."""

import os
import signal
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))
import ui
from display_servers import LED_STATE, Spice, Vnc
from host import BUILD
from ui import BUTTON, LABEL, RADIO, check, press, says, test, wait, wait_for, wait_gone
from ui_shown import ShownMachine

import gi  # noqa: E402
gi.require_version("Gdk", "3.0")
gi.require_version("Gtk", "3.0")
from gi.repository import Gdk, GLib, Gtk  # noqa: E402

SCHEMA = {"GSETTINGS_SCHEMA_DIR": os.path.join(BUILD, "data"), "GSETTINGS_BACKEND": "keyfile"}
KEYFILE = os.path.join(ui.desktop.env["XDG_CONFIG_HOME"], "glib-2.0", "settings", "keyfile")
COLOUR = (0x34, 0x65, 0xa4)
NOTE = "The display went away. Reconnecting…"

clipboard = Gtk.Clipboard.get(Gdk.SELECTION_CLIPBOARD)
ui.desktop.watch_notifications()


def copy(text):
    """Another application's user copies TEXT."""
    clipboard.set_text(text, -1)
    turn()


def turn(seconds=0.0):
    """This process' own loop, which answers for what it has copied."""
    end = time.monotonic() + seconds
    while GLib.MainContext.default().iteration(False) or time.monotonic() < end:
        pass


def eventually(condition, what, timeout=20):
    def looked():
        turn()
        return condition()
    return wait_for(looked, what, timeout)


def pasted():
    """What another application's user would paste, or None."""
    found = []
    clipboard.request_text(lambda _, text, __: found.append(text), None)
    eventually(lambda: found, "an answer of the clipboard")
    return found[0]


class Machine(ShownMachine):
    """With the keyboard in its display, and nothing remembered of the one before."""

    wait_for = staticmethod(eventually)

    def __enter__(self):
        if os.path.exists(KEYFILE):
            os.remove(KEYFILE)
        return super().__enter__()

    def open(self):
        super().open()
        self.look_into()

    def look_into(self):
        def grabbed():
            ui.hands.click(*self.centre())
            return ui.soon(lambda: turn() or says(self.window, "releases the keyboard"))
        wait_for(grabbed, "the guest to have the keyboard")

    def share(self, name):
        self.choose_in_menu(name)
        self.look_into()


# --- SPICE -----------------------------------------------------------------------------------------

def guest_gets(server, text):
    """TEXT is copied here and pasted there; what the guest gets, "" when it is refused, None when it is not told."""
    server.agent.heard.clear()
    copy(text)
    if not ui.soon(lambda: turn() or server.agent.offered(), 2):
        return None
    server.agent.paste()
    return eventually(lambda: server.agent.pasted() is not None and [server.agent.pasted()], "an answer to the guest")[0]


@test("/ui/clipboard/spice-shares-both-ways-to-begin-with")
def spice_both():
    with Machine(Spice) as one:
        one.wait_greeted()
        check(guest_gets(one.server, "from the desktop") == "from the desktop", "the guest did not get it")
        one.server.agent.copy("from the guest")
        eventually(lambda: pasted() == "from the guest", "what the guest copied")
        ui.picture("clipboard-spice")


@test("/ui/clipboard/spice-to-the-guest-takes-nothing-from-it")
def spice_to_guest():
    with Machine(Spice) as one:
        one.share("To the guest")
        check(guest_gets(one.server, "for it") == "for it", "the guest did not get it")
        one.server.agent.copy("secretly put there")
        # What the guest says after that is heard after that.
        one.server.agent.paste()
        eventually(lambda: one.server.agent.pasted() is not None, "an answer to the guest")
        check(one.server.agent.pasted() == "for it" and pasted() == "for it", "it says %r" % pasted())
        check(not one.server.agent.heard_of(8), "the guest was asked for what it has")


@test("/ui/clipboard/spice-off-lets-nothing-across-and-takes-back-what-was-offered")
def spice_off():
    with Machine(Spice) as one:
        check(guest_gets(one.server, "once") == "once", "the guest did not get it")
        one.server.agent.copy("from the guest")
        eventually(lambda: pasted() == "from the guest", "what the guest copied")
        one.share("No sharing")
        check(pasted() in (None, ""), "what the guest offered is still to be had: %r" % pasted())
        check(guest_gets(one.server, "not for it") is None, "the guest is offered it")
        one.server.agent.paste()  # it asks all the same
        answer = eventually(lambda: one.server.agent.pasted() is not None and [one.server.agent.pasted()], "an answer")[0]
        check(answer == "", "the guest got %r" % answer)
        one.server.agent.copy("not for us")
        one.server.agent.paste()
        eventually(lambda: len(one.server.agent.heard_of(4)) > 0, "an answer that comes after that")
        check(pasted() == "not for it", "it says %r" % pasted())


@test("/ui/clipboard/spice-switched-on-offers-what-is-there")
def spice_on():
    with Machine(Spice) as one:
        one.share("No sharing")
        copy("waiting")
        one.share("To the guest")
        eventually(one.server.agent.offered, "the guest to be told")
        one.server.agent.paste()
        eventually(lambda: one.server.agent.pasted() == "waiting", "the guest to get it")


@test("/ui/clipboard/spice-offers-text-that-was-copied-before-the-agent-came-and-takes-it-back")
def spice_before():
    copy("copied before,\nby another application")
    with Machine(Spice) as one:
        for _ in range(2):  # the second time to the agent of a guest that has restarted
            eventually(one.server.agent.offered, "the guest to be told")
            one.server.agent.paste()
            eventually(lambda: one.server.agent.pasted() == "copied before,\nby another application", "the guest to get it")
            one.server.kill()
            one.server.start()
        eventually(one.server.agent.offered, "the guest to be told once more")
        clipboard.clear()
        eventually(lambda: not one.server.agent.offered(), "the guest to be told that it is gone")
        check(guest_gets(one.server, "afterwards") == "afterwards", "the guest did not get what came then")


@test("/ui/clipboard/preference-is-what-a-window-begins-with")
def preferred():
    os.makedirs(os.path.dirname(KEYFILE), exist_ok=True)
    with Machine(Spice, env=SCHEMA) as one:
        check(guest_gets(one.server, "by default") == "by default", "the default is another")
        one.app.close("guest")
        window = one.app.opened("Preferences")
        press(wait(window, RADIO, "Consoles"))
        wait(window, ui.COMBO, "Clipboard").get_selection_iface().select_child(0)
        wait_for(lambda: "clipboard='off'" in open(KEYFILE).read(), "it to be remembered")
        one.open()
        check(guest_gets(one.server, "not for it") is None, "the guest is offered it")


# --- VNC -------------------------------------------------------------------------------------------

@test("/ui/clipboard/vnc-shares-both-ways-to-begin-with-and-tells-a-guest-only-what-it-may-use")
def vnc_both():
    with Machine(Vnc) as one:
        copy("from the desktop")
        eventually(lambda: "from the desktop" in one.server.cut, "the guest to be told")
        one.server.say("from the guest")
        eventually(lambda: pasted() == "from the guest", "what the guest copied")
        ui.hands.chord("ctrl+alt")
        eventually(lambda: says(one.window, "Click the display"), "the keyboard to be released")
        copy("while elsewhere")
        copy("a secret of the desktop's")
        check("a secret of the desktop's" not in one.server.cut, "a guest without the keyboard was told")
        copy("at last")
        one.look_into()
        eventually(lambda: "at last" in one.server.cut, "the guest to be told when it gets the keyboard")
        check("a secret of the desktop's" not in one.server.cut and "from the guest" not in one.server.cut,
              str(one.server.cut))


@test("/ui/clipboard/vnc-tells-a-guest-its-own-text-again-once-it-had-another")
def vnc_again():
    with Machine(Vnc) as one:
        one.server.say("the guest's own")
        eventually(lambda: pasted() == "the guest's own", "what the guest copied")
        copy("another")
        eventually(lambda: "another" in one.server.cut, "the guest to be told")
        copy("the guest's own")
        eventually(lambda: one.server.cut[-1] == "the guest's own", "the guest to be told what it once had")


@test("/ui/clipboard/vnc-to-the-guest-takes-nothing-from-it")
def vnc_to_guest():
    with Machine(Vnc) as one:
        one.share("To the guest")
        copy("for it")
        eventually(lambda: "for it" in one.server.cut, "the guest to be told")
        one.server.say("secretly put there")
        one.server.light(4)  # comes after that
        eventually(lambda: says(one.window, "Caps Lock"), "what was said later")
        check(pasted() == "for it", "it says %r" % pasted())


@test("/ui/clipboard/vnc-off-lets-nothing-across")
def vnc_off():
    with Machine(Vnc) as one:
        one.share("No sharing")
        one.server.cut.clear()
        copy("not for it")
        one.server.say("not for us")
        one.server.light(4)
        eventually(lambda: says(one.window, "Caps Lock"), "what was said later")
        check(pasted() == "not for it", "it says %r" % pasted())
        one.share("To the guest")
        eventually(lambda: "not for it" in one.server.cut, "the guest to be told what may go now")
        check(one.server.cut == ["not for it"], str(one.server.cut))


@test("/ui/clipboard/lock-keys-that-are-lit-in-the-guest-are-in-the-status-line")
def locks():
    with Machine(Vnc) as one:
        check(LED_STATE in one.server.encodings, "it is not asked for")
        one.server.light(1 | 2 | 4)
        eventually(lambda: says(one.window, "Caps Lock · Num Lock · Scroll Lock"), "all three")
        ui.picture("machine-locks")
        one.server.light(2)
        eventually(lambda: [1 for w in [says(one.window, "Num Lock")] if w and w.get_name() == "Num Lock"], "one alone")
        one.server.light(0)
        wait_gone(one.window, LABEL, "Num Lock")


# --- a server that dies ----------------------------------------------------------------------------

def shows_picture(one):
    return ui.desktop.pixel(*one.centre()) == COLOUR


def kill_and_look(one):
    """The last picture with a note, until another server has its own; seconds from then until it is asked for one."""
    eventually(lambda: shows_picture(one), "the picture")
    one.kill_server()
    eventually(lambda: says(one.window, NOTE), "the note")
    check(shows_picture(one), "the last picture is not kept")
    return one


@test("/ui/clipboard/display-of-a-server-that-is-killed-keeps-its-last-picture-with-a-note-and-comes-back")
def dies():
    with Machine(Spice) as one:
        for _ in range(3):
            kill_and_look(one)
            ui.picture("display-lost")
            one.server.start()
            began = len(one.server.came)
            eventually(lambda: not says(one.window, NOTE), "the note to go")
            check(len(one.server.came) > began, "nobody came again")
            eventually(lambda: shows_picture(one), "the picture again")


@test("/ui/clipboard/display-is-back-within-a-second-where-the-server-is")
def dies_briefly():
    with Machine(Spice) as one:
        eventually(lambda: shows_picture(one), "the picture")
        best = 60
        for _ in range(3):  # the computer may be busy
            began = time.monotonic()
            n = len(one.server.came)
            one.kill_server()
            one.server.start()
            eventually(lambda: len(one.server.came) > n, "it to come again")
            eventually(lambda: not says(one.window, NOTE) and shows_picture(one), "the picture again")
            best = min(best, one.server.came[n] - began)
        check(best < 1, "it came after %.2f s" % best)


@test("/ui/clipboard/in-full-screen-it-is-the-same")
def dies_in_fullscreen():
    with Machine(Spice) as one:
        press(wait(one.window, BUTTON, "Full screen"))
        eventually(lambda: one.area()[2:] == (ui.ui_desktop.WIDTH, ui.ui_desktop.HEIGHT), "the whole screen")
        kill_and_look(one)
        ui.picture("display-lost-fullscreen")
        check(one.area()[2:] == (ui.ui_desktop.WIDTH, ui.ui_desktop.HEIGHT), "it left the full screen")
        one.server.start()
        eventually(lambda: not says(one.window, NOTE), "the note to go")
        eventually(lambda: shows_picture(one), "the picture again")
        check(one.area()[2:] == (ui.ui_desktop.WIDTH, ui.ui_desktop.HEIGHT), "it left the full screen")


# --- a viewer that goes ----------------------------------------------------------------------------

def close_and_open(one, when):
    """Closes the window once WHEN() holds of the new one."""
    one.app.close("guest")
    n = len(one.server.came)
    one.window = one.app.open_machine("guest")
    eventually(lambda: len(one.server.came) > n and when(), "the server to be called")


@test("/ui/clipboard/window-that-closes-while-its-display-is-called-leaves-the-server-alive")
def goes_early():
    """And nothing to complain about, see below."""
    with Machine(Spice) as one:
        one.server.process.send_signal(signal.SIGSTOP)
        close_and_open(one, lambda: True)
        one.app.close("guest")
        one.server.process.send_signal(signal.SIGCONT)
        one.window = one.app.open_machine("guest")
        for i in range(24):
            one.server.draw(400)
            later = time.monotonic() + i / 200
            close_and_open(one, lambda: time.monotonic() > later)
            check(one.server.process.poll() is None, "the server has died")
        eventually(lambda: shows_picture(one), "the picture")


ui.main("clipboard")
