#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The application in each of its languages: no English is left on its screens, and they are photographed."""

import gettext
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))
import linguas
import ui
from host import BUILD
from ui import BUTTON, ROW, check, find, press, test, wait, wait_for, walk

HOST = """
[machine didi]
state=running
disks=/srv/didi.raw|10
[machine mussum]
state=crashed
[check kvm]
status=failed
text=there is no KVM
mend=sudo modprobe kvm
"""


def english_of(catalog):
    """What is said otherwise in that language, and is no word of it."""
    pairs = {key: text for key, text in catalog._catalog.items() if isinstance(key, str) and key and "\x04" not in key}
    own = {text.replace("_", "") for text in pairs.values()}
    return {key.replace("_", "") for key, text in pairs.items() if text != key} - own


def check_translated(window, english):
    left = sorted({widget.get_name() for widget in walk(window)} & english)
    check(not left, "in English still: %s" % left)


def look(language):
    catalog = gettext.translation("vitrine", os.path.join(BUILD, "po"), [language])
    english = english_of(catalog)
    app = ui.own_app(HOST, env={"LANGUAGE": language})
    row = wait(app.main, ROW, "didi")
    wait(app.main, BUTTON, catalog.gettext("_New").replace("_", ""))
    check_translated(app.main, english)
    ui.picture("main-" + language)
    ui.hands.chord("ctrl+n")
    sheet = app.window(catalog.gettext("New machine"))
    check_translated(sheet, english)
    ui.picture("create-" + language)
    ui.hands.chord("Escape")
    app.wait_window_gone(catalog.gettext("New machine"))
    press(wait(row, BUTTON, catalog.gettext("Menu")))
    press(wait(app.main, BUTTON, catalog.gettext("Open")))
    machine = app.window("didi")
    wait_for(lambda: find(machine, BUTTON, catalog.gettext("Pause")), "the machine's window")
    check_translated(machine, english)
    ui.picture("machine-" + language)


for one in linguas.spoken():
    test("/ui/languages/no-english-is-left-in-" + one)(lambda language=one: look(language))

ui.main("languages")
