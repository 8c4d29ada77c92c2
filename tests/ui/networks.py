#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Networks: what they are, started and stopped, made and deleted, who is on them; refusals are told in words."""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))
import ui
from ui import (BAR, BUTTON, COMBO, ROW, TEXT, TOGGLE, State, check, check_named, choose, field, find, find_all, has, is_on,
                lines, note, press, select_row, set_text, test, wait, wait_for, wait_gone, wait_offered, wait_says)

HOST = """
[machine alpha]
state=running
nics=network=lan,mac=52:54:00:00:00:01
[machine beta]
state=running
nics=network=lan,mac=52:54:00:00:00:02
[machine gamma]
nics=network=lan,mac=52:54:00:00:00:03
[network lan]
mode=nat
active=true
autostart=true
bridge=vtr0
ipv4=192.168.150.1/24
dhcp=192.168.150.2-192.168.150.254
domain=lab
leases=52:54:00:00:00:01|192.168.150.20|alpha;52:54:00:00:00:99|192.168.150.44|printer
[network private]
mode=isolated
ipv4=10.9.0.1/24
[network torn]
problem=The element <virtualport> cannot be honoured
"""
TITLE = "Networks"
NEW = "New network"


def networks(app):
    return app.opened(TITLE)


def fact(window, name):
    return wait(window, ROW, name).get_description()


def sheet(app, window):
    press(wait(window, BUTTON, "New network…"))
    return app.window(NEW)


@test("/ui/networks/list-has-state-mode-and-subnet")
def lists():
    window = networks(ui.app(HOST))
    check(fact(window, "lan") == "Started · NAT · 192.168.150.1/24", fact(window, "lan"))
    check(fact(window, "private") == "Not started · Isolated · 10.9.0.1/24", fact(window, "private"))
    check(fact(window, "torn") == "It cannot be used", fact(window, "torn"))
    select_row(window, TITLE, "lan")
    for text in ("192.168.150.1/24", "192.168.150.2-192.168.150.254", "vtr0", "lab",
                 "With the host"):
        wait_says(window, text)
    ui.picture("networks")
    select_row(window, TITLE, "torn")
    wait_says(window, "The element <virtualport> cannot be honoured")
    check(not is_on(wait(window, BUTTON, "Start")), "what cannot be used can be started")


@test("/ui/networks/who-is-on-it-by-machine-and-by-lease")
def guests():
    window = networks(ui.app(HOST))
    select_row(window, TITLE, "lan")
    wait_says(window, "192.168.150.20 · 52:54:00:00:00:01")
    wait_says(window, "No address yet · 52:54:00:00:00:02")
    wait_says(window, "192.168.150.44 · 52:54:00:00:00:99")
    for name in ("alpha", "beta", "printer"):
        check(find(window, "label", name), "%s is not there" % name)
    check(not find(window, "label", "gamma"), "a machine that is off is on it")


@test("/ui/networks/what-runs-is-not-deleted-and-says-why")
def not_deleted():
    window = networks(ui.app(HOST))
    select_row(window, TITLE, "lan")
    wait_for(lambda: note(window, "filler", "Delete") == "It must be stopped before", "the reason")
    check(not is_on(field(window, BUTTON, "Delete…")), "it can be deleted while it runs")


@test("/ui/networks/starts-at-once-and-stops-after-a-question")
def starts():
    window = networks(ui.app(HOST))
    select_row(window, TITLE, "private")
    press(wait(window, BUTTON, "Start"))
    wait_for(lambda: fact(window, "private").startswith("Started"), "it to be started")
    wait_says(window, "No guest")
    press(wait(window, BUTTON, "Stop"))
    wait_says(window, "Guests that are on it lose their network.")
    ui.picture("networks-stop")
    press(wait_for(lambda: (find_all(window, BUTTON, "Stop") + [None])[1], "the question's button"))
    wait_for(lambda: fact(window, "private").startswith("Not started"), "it to be stopped")


@test("/ui/networks/new-one-is-valid-with-a-name-and-is-started")
def creates():
    app = ui.app(HOST)
    window = networks(app)
    dialog = sheet(app, window)
    check(not is_on(wait(dialog, BUTTON, "Create")), "one without a name is offered")
    set_text(wait(dialog, TEXT, "Name"), "lan")
    wait_says(dialog, "There already is a network of this name")
    check(not is_on(wait(dialog, BUTTON, "Create")), "a second one of a name is offered")
    set_text(wait(dialog, TEXT, "Name"), "office")
    wait_says(dialog, "Guests reach out under this computer’s address; nobody reaches in")
    ui.picture("network-new")
    press(wait(dialog, BUTTON, "Create"))
    app.wait_window_gone(NEW)
    wait(window, ROW, "office")
    wait_for(lambda: fact(window, "office").startswith("Started · NAT · 192.168."), "it to be started")
    check("192.168.150.1/" not in fact(window, "office"), "it has the subnet of another")


@test("/ui/networks/new-one-as-it-is-told")
def as_told():
    app = ui.app(HOST)
    window = networks(app)
    dialog = sheet(app, window)
    set_text(wait(dialog, TEXT, "Name"), "lab2")
    combo = wait(dialog, COMBO, "Mode")
    check(lines(combo) == ["NAT", "Routed", "Isolated", "Bridged"], str(lines(combo)))
    choose(combo, "Isolated")
    wait_says(dialog, "Guests reach each other and this computer, and nothing else")
    set_text(wait(dialog, TEXT, "Subnet"), "10.77.0.1/24")
    set_text(wait(dialog, TEXT, "Which addresses"), "10.77.0.50-10.77.0.60")
    press(wait(dialog, TOGGLE, "Start with the host"))
    press(wait(dialog, TOGGLE, "Start at once"))
    press(wait(dialog, BUTTON, "Create"))
    app.wait_window_gone(NEW)
    wait_for(lambda: fact(window, "lab2") == "Not started · Isolated · 10.77.0.1/24", "it as it was told")
    wait_says(window, "10.77.0.50-10.77.0.60")
    wait_says(window, "Only when it is started here")
    dialog = sheet(app, window)
    press(wait(dialog, TOGGLE, "Give addresses to guests"))
    wait_gone(dialog, TEXT, "Which addresses")
    set_text(wait(dialog, TEXT, "Name"), "still")
    press(wait(dialog, TOGGLE, "Start at once"))
    press(wait(dialog, BUTTON, "Create"))
    app.wait_window_gone(NEW)
    select_row(window, TITLE, "still")
    wait_says(window, "None")


@test("/ui/networks/what-is-no-subnet-is-refused-in-words-and-the-sheet-stays")
def refused():
    app = ui.app(HOST)
    dialog = sheet(app, networks(app))
    set_text(wait(dialog, TEXT, "Name"), "wrong")
    set_text(wait(dialog, TEXT, "Subnet"), "nonsense")
    press(wait(dialog, BUTTON, "Create"))
    wait(dialog, BAR, lambda name: "“nonsense”: say an address and how long its prefix is" in name)
    ui.picture("network-refused")
    check(ui.text_of(wait(dialog, TEXT, "Subnet")) == "nonsense", "the form was cleared")
    ui.hands.keys("Escape")
    app.wait_window_gone(NEW)


def editor(app, window, name):
    select_row(window, TITLE, name)
    press(wait(window, BUTTON, "Edit…"))
    return app.window("Edit network")


@test("/ui/networks/a-subnet-that-another-one-has-is-refused-at-its-field")
def overlap():
    app = ui.app(HOST)
    dialog = sheet(app, networks(app))
    set_text(wait(dialog, TEXT, "Name"), "other")
    set_text(wait(dialog, TEXT, "Subnet"), "192.168.150.129/25")
    wait_says(dialog, "“lan” has addresses of it: 192.168.150.1/24")
    check(not is_on(wait(dialog, BUTTON, "Create")), "it is offered all the same")
    ui.picture("network-overlap")
    set_text(wait(dialog, TEXT, "Subnet"), "10.200.0.1/24")
    wait_offered(dialog, "Create")
    ui.hands.keys("Escape")
    app.wait_window_gone(NEW)


@test("/ui/networks/a-bridged-one-is-on-a-card-or-a-bridge-that-is-named")
def bridged():
    app = ui.app(HOST)
    window = networks(app)
    dialog = sheet(app, window)
    set_text(wait(dialog, TEXT, "Name"), "wire")
    choose(wait(dialog, COMBO, "Mode"), "Bridged")
    wait_gone(dialog, TEXT, "Subnet")
    check(not is_on(wait(dialog, BUTTON, "Create")), "one on nothing is offered")
    choose(wait(dialog, COMBO, "Bridged to"), "A bridge that is there")
    set_text(wait(dialog, TEXT, "Name of it"), "br0")
    press(wait(dialog, BUTTON, "Create"))
    app.wait_window_gone(NEW)
    wait_for(lambda: "Bridged" in fact(window, "wire"), "it to be there")
    wait_says(window, "br0")


@test("/ui/networks/one-that-is-off-is-edited")
def edited():
    app = ui.app(HOST)
    window = networks(app)
    dialog = editor(app, window, "private")
    check(not has(wait(dialog, TEXT, "Name"), State.SENSITIVE), "a network can be renamed")
    check(ui.text_of(wait(dialog, TEXT, "Subnet")) == "10.9.0.1/24", "the form is not filled")
    check(not find(dialog, TOGGLE, "Start at once"), "an edit would start it")
    set_text(wait(dialog, TEXT, "Subnet"), "192.168.150.5/30")
    wait_says(dialog, "“lan” has addresses of it")
    set_text(wait(dialog, TEXT, "Subnet"), "10.10.0.1/24")
    set_text(wait(dialog, TEXT, "IPv6 subnet"), "fd00:10::1/64")
    set_text(wait(dialog, TEXT, "Domain"), "lab.example")
    ui.picture("network-edit")
    press(wait(dialog, BUTTON, "Apply"))
    app.wait_window_gone("Edit network")
    wait_for(lambda: fact(window, "private") == "Not started · Isolated · 10.10.0.1/24", "it to be changed")
    wait_says(window, "lab.example")
    wait_says(window, "fd00:10::1/64")


@test("/ui/networks/of-one-that-runs-the-range-counts-at-once-and-the-rest-from-its-next-start")
def edited_live():
    app = ui.app(HOST)
    window = networks(app)
    dialog = editor(app, window, "lan")
    set_text(wait(dialog, TEXT, "Which addresses"), "192.168.150.100-192.168.150.150")
    press(wait(dialog, BUTTON, "Apply"))
    app.wait_window_gone("Edit network")
    wait_says(window, "192.168.150.100-192.168.150.150")
    check(not ui.says(window, "what was changed counts from its next start"), "the range is said to wait")
    dialog = editor(app, window, "lan")
    set_text(wait(dialog, TEXT, "Domain"), "other")
    press(wait(dialog, BUTTON, "Apply"))
    app.wait_window_gone("Edit network")
    wait_says(window, "Started; what was changed counts from its next start")


@test("/ui/networks/an-edit-that-is-refused-is-told-and-the-sheet-stays")
def edit_refused():
    app = ui.app(HOST + "[faults]\nfail-network-define=the host is full\n")
    dialog = editor(app, networks(app), "private")
    set_text(wait(dialog, TEXT, "Domain"), "lab.example")
    press(wait(dialog, BUTTON, "Apply"))
    wait(dialog, BAR, "The host is full.")
    check(ui.text_of(wait(dialog, TEXT, "Domain")) == "lab.example", "the form was cleared")
    ui.hands.keys("Escape")
    app.wait_window_gone("Edit network")


@test("/ui/networks/deletes-after-a-question")
def deletes():
    window = networks(ui.app(HOST))
    select_row(window, TITLE, "private")
    press(wait(window, BUTTON, "Delete…"))
    wait_says(window, "Delete “private”?")
    press(wait(window, BUTTON, "Cancel"))
    wait_gone(window, BUTTON, "Delete")
    wait(window, ROW, "private")
    press(wait(window, BUTTON, "Delete…"))
    press(wait(window, BUTTON, "Delete"))
    wait_gone(window, ROW, "private")


@test("/ui/networks/no-right-to-start-one-is-told-in-words")
def denied():
    app = ui.app(HOST + "[faults]\nfail-network-start=you may not start networks here; ask whoever looks after this "
                 "computer\nfail-network-start-code=denied\n")
    window = networks(app)
    select_row(window, TITLE, "private")
    press(wait(window, BUTTON, "Start"))
    wait(window, BAR, "You may not start networks here; ask whoever looks after this computer.")
    check(fact(window, "private").startswith("Not started"), "it is shown as started")
    ui.picture("networks-denied")


@test("/ui/networks/start-that-hangs-can-be-cancelled")
def hangs():
    app = ui.app(HOST + "[faults]\nhang-network-start=true\n")
    window = networks(app)
    select_row(window, TITLE, "private")
    press(wait(window, BUTTON, "Start"))
    wait_says(window, "Starting the network…")
    press(wait(window, BUTTON, "Cancel"))
    wait_offered(window, "Start")
    check(not find(window, BAR), "giving up is called a failure")


@test("/ui/networks/none-yet-says-what-there-is-instead")
def none():
    app = ui.app("[machine alpha]\n")
    window = networks(app)
    wait_says(window, "No network yet.")
    wait(window, BUTTON, "New network…")
    ui.picture("networks-none")


@test("/ui/networks/everything-is-named-and-escape-closes")
def keyboard():
    app = ui.app(HOST)
    window = networks(app)
    select_row(window, TITLE, "lan")
    check_named(window)
    wait_for(lambda: has(window, State.ACTIVE), "it to have the keyboard")
    ui.hands.keys("Escape")
    app.wait_window_gone(TITLE)


ui.main("networks")
