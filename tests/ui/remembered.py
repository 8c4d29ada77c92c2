#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Passphrases that are remembered in the user's keyring: when they are, what they are used for, and how they are forgotten."""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))
import ui
from ui import (BAR, BUTTON, CHECK, PASSWORD, State, check, find, has, is_on, press, set_text, test, wait, wait_for,
                wait_offered, wait_says, walk)
from ui_create import SHEET, sheet
from ui_secrets import Secrets

ALPHA, OTHER = "b7a0a5f6-77d5-4c0b-9a0f-4f4d9a7a1c2d", "0e4c5d3a-1a2b-4c3d-8e9f-0a1b2c3d4e5f"
HOST = """
[machine alpha]
encrypted=vda
passphrase=open sesame
luks-uuid=%s
disks=/srv/vda.luks|1024;/srv/plain.raw|512
[machine beta]
encrypted=vda;vdb
passphrase=open sesame
""" % ALPHA
COPY = HOST + """
[machine copy]
encrypted=vda
passphrase=open sesame
luks-uuid=%s
""" % ALPHA
GAMMA = """
[image %%s]
format=luks
elsewhere=true
size-mib=1024
used-mib=1024
[machine gamma]
state=running
disks=/srv/gamma.raw|1024
passphrase=open sesame
luks-uuid=%s
""" % ALPHA
NEW = "[host]\nfree-disk-mib=51200\nmachines-folder=/srv/machines\n"
TITLE = "Passphrase of “%s”"
_keyrings = []


def keyring(**options):
    """The only one there is."""
    no_keyring()
    _keyrings.append(Secrets(ui.desktop, **options))
    return _keyrings[-1]


def no_keyring():
    ui.end_all()
    while _keyrings:
        _keyrings.pop().close()


def start(app, name="alpha"):
    press(wait(app.row(name), BUTTON, "Start"))


def ask(app, name="alpha"):
    start(app, name)
    return app.window(TITLE % name)


def asked_again(app, words, name="alpha"):
    return wait_for(lambda: next((w for w in app.windows() if w.get_name() == TITLE % name and ui.says(w, words)), None),
                    "the question, with “%s”" % words)


def tick(dialog, label="Remember this passphrase"):
    return wait(dialog, CHECK, label)


def answer(dialog, text, remember=False, target="vda"):
    set_text(wait(dialog, PASSWORD, lambda label: label.startswith(target + " (")), text)
    if remember:
        press(wait(dialog, CHECK, lambda label: label.startswith("Remember ")))
    press(wait_offered(dialog, "Start"))


def wait_items(service, items):
    wait_for(lambda: service.items() == items, "%s in the keyring" % sorted(items))


def starts_unasked(app, name="alpha"):
    start(app, name)
    app.wait_state(name, "Running")
    check(not any("Passphrase" in w.get_name() for w in app.windows()), "it is asked")


@test("/ui/remembered/ticked-and-accepted-it-is-remembered-and-the-next-start-asks-nobody")
def remembered():
    service = keyring()
    app = ui.own_app(HOST)
    dialog = ask(app)
    box = tick(dialog)
    check(is_on(box) and not has(box, State.CHECKED), "it is ticked to begin with, or cannot be")
    set_text(wait(dialog, PASSWORD), "open sesame")
    ui.picture("remembered-ask")
    answer(dialog, "open sesame", remember=True)
    app.wait_state("alpha", "Running")
    wait_items(service, {ALPHA: "open sesame"})
    check(service.labels() == {ALPHA: "Vitrine: disk vda.luks of “alpha”"}, service.labels())
    starts_unasked(ui.own_app(HOST.replace("machine alpha", "machine renamed")), "renamed")
    check(service.items() == {ALPHA: "open sesame"} and not service.prompts(), service.state())


@test("/ui/remembered/nothing-is-remembered-that-was-not-ticked-or-not-accepted")
def not_ticked():
    service = keyring()
    app = ui.own_app(HOST)
    answer(ask(app), "open barley", remember=True)
    dialog = asked_again(app, "not the passphrase")
    check(service.items() == {}, "a wrong one is remembered")
    check(not has(tick(dialog), State.CHECKED), "the tick is kept")
    answer(dialog, "open sesame")
    app.wait_state("alpha", "Running")
    check(service.items() == {}, "it is remembered without a tick")


@test("/ui/remembered/several-disks-are-remembered-each-and-only-what-is-not-is-asked-for")
def several():
    service = keyring()
    app = ui.own_app(HOST)
    dialog = ask(app, "beta")
    press(tick(dialog, "Remember these passphrases"))
    set_text(wait(dialog, PASSWORD, lambda label: label.startswith("vdb (")), "open sesame")
    answer(dialog, "open sesame")
    app.wait_state("beta", "Running")
    wait_for(lambda: len(service.items()) == 2, "two in the keyring")
    both = service.items()
    starts_unasked(ui.own_app(HOST), "beta")
    keyring(items=dict([sorted(both.items())[0]]))
    app = ui.own_app(HOST)
    dialog = ask(app, "beta")
    wait(dialog, PASSWORD)
    check(len(ui.find_all(dialog, PASSWORD)) == 1, "what is remembered is asked for, too")
    set_text(wait(dialog, PASSWORD), "open sesame")
    press(wait_offered(dialog, "Start"))
    app.wait_state("beta", "Running")


@test("/ui/remembered/one-that-is-refused-is-asked-for-with-a-sentence-and-replaced")
def refused():
    service = keyring(items={ALPHA: "open barley", OTHER: "of another"})
    app = ui.own_app(HOST)
    start(app)
    dialog = asked_again(app, "The remembered passphrase does not open this disk any more.")
    app.wait_state("alpha", "Off")
    ui.picture("remembered-refused")
    check(service.items()[ALPHA] == "open barley", "it is forgotten before another is accepted")
    answer(dialog, "open sesame", remember=True)
    app.wait_state("alpha", "Running")
    wait_items(service, {ALPHA: "open sesame", OTHER: "of another"})


@test("/ui/remembered/one-that-is-refused-is-forgotten-where-the-new-one-is-not-to-be-remembered")
def refused_forgotten():
    service = keyring(items={ALPHA: "open barley", OTHER: "of another"})
    app = ui.own_app(HOST)
    start(app)
    answer(asked_again(app, "does not open this disk any more"), "open sesame")
    app.wait_state("alpha", "Running")
    wait_items(service, {OTHER: "of another"})


@test("/ui/remembered/without-a-keyring-it-asks-as-before-and-says-why-nothing-is-remembered")
def no_service():
    no_keyring()
    app = ui.own_app(HOST)
    dialog = ask(app)
    box = tick(dialog)
    check(not is_on(box), "it can be ticked")
    check("this session has no keyring" in box.get_description(), box.get_description())
    check(not find(dialog, BAR), "it complains")
    ui.picture("remembered-none")
    answer(dialog, "open sesame")
    app.wait_state("alpha", "Running")


@test("/ui/remembered/keyring-that-does-not-answer-holds-nothing-up")
def silent():
    service = keyring(items={ALPHA: "open sesame"}, silent=True)
    app = ui.own_app(HOST)
    start(app)
    wait_for(service.searches, "the keyring to be asked")
    press(wait(app.row("alpha"), BUTTON, "Cancel"))
    wait(app.row("alpha"), BUTTON, "Start")
    dialog = ask(app)
    box = tick(dialog)
    check(not is_on(box) and "does not answer" in box.get_description(), box.get_description())
    answer(dialog, "open sesame")
    app.wait_state("alpha", "Running")
    check(len([w for w in app.windows() if "Passphrase" in w.get_name()]) == 0, "it is asked twice")


@test("/ui/remembered/keyring-that-was-started-anew-is-found")
def restarted():
    service = keyring(items={ALPHA: "open sesame"})
    app = ui.own_app(COPY)
    starts_unasked(app)
    service.close()
    _keyrings[-1] = Secrets(ui.desktop, items={ALPHA: "open sesame"})
    starts_unasked(app, "copy")


@test("/ui/remembered/locked-keyring-is-unlocked-by-its-user-or-it-asks-as-before")
def locked():
    service = keyring(items={ALPHA: "open sesame"}, locked="unlock")
    starts_unasked(ui.own_app(HOST))
    check(service.prompts() == 1, service.prompts())
    service = keyring(items={ALPHA: "open sesame"}, locked="dismiss")
    app = ui.own_app(HOST)
    dialog = ask(app)
    check(service.prompts() == 1 and not find(dialog, BAR), "it complains, or did not ask to unlock")
    answer(dialog, "open sesame")
    app.wait_state("alpha", "Running")
    check(service.items() == {ALPHA: "open sesame"}, "what is locked is forgotten")


@test("/ui/remembered/keyring-that-takes-nothing-is-told-and-the-machine-runs")
def full():
    service = keyring(full=True)
    app = ui.own_app(HOST)
    answer(ask(app), "open sesame", remember=True)
    app.wait_state("alpha", "Running")
    wait_says(app.main, "could not be put into your keyring")
    check(service.items() == {}, service.items())


def delete(app, name, disk=None):
    app.select(name)
    press(wait_offered(app.main, "Delete"))
    dialog = app.window("Delete “%s”?" % name)
    box = wait(dialog, CHECK, "/srv/vda.luks")
    if disk:
        press(box)
    press(wait_offered(dialog, "Delete"))
    app.wait_window_gone("Delete “%s”?" % name)


@test("/ui/remembered/it-goes-with-its-disk-and-not-with-its-machine-alone")
def deleted():
    service = keyring(items={ALPHA: "open sesame", OTHER: "of another"})
    app = ui.own_app(HOST)
    delete(app, "alpha")
    ask(app, "beta")  # what would have been asked of the keyring before was asked
    check(len(service.items()) == 2 and service.searches() == 2, "it is looked for with the machine alone")
    delete(ui.own_app(HOST), "alpha", disk=True)
    wait_items(service, {OTHER: "of another"})


@test("/ui/remembered/it-stays-where-a-machine-has-a-copy-of-the-disk")
def copied():
    service = keyring(items={ALPHA: "open sesame"})
    app = ui.own_app(COPY)
    delete(app, "alpha", disk=True)
    starts_unasked(app, "copy")
    check(service.items() == {ALPHA: "open sesame"}, service.items())


def encrypt(app):
    """Answers for a new disk, with the tick."""
    dialog = app.window("Passphrase of the new disk")
    for label in "Passphrase", "The same once more":
        set_text(wait(dialog, PASSWORD, label), "open sesame")
    wait_for(lambda: is_on(tick(dialog)), "the tick")
    check(not has(tick(dialog), State.CHECKED), "it is ticked to begin with")
    press(tick(dialog))
    ui.picture("remembered-new")
    press(wait_offered(dialog, "Encrypt"))


@test("/ui/remembered/that-of-a-new-machine-is-remembered-when-it-has-started")
def created():
    service = keyring()
    app = ui.own_app(NEW + "[faults]\nencrypted=vda\npassphrase=open sesame\n")
    dialog = sheet(app)
    ui.choose(ui.field(dialog, ui.COMBO, "Format"), "luks, encrypted")
    set_text(ui.field(dialog, ui.TEXT, "Name"), "secret")
    press(wait_offered(dialog, "Create"))
    encrypt(app)
    app.wait_window_gone(SHEET)
    app.wait_state("secret", "Running")
    wait_for(lambda: list(service.items().values()) == ["open sesame"], "one in the keyring")
    check(list(service.labels().values()) == ["Vitrine: disk vda.luks of “secret”"], service.labels())


@test("/ui/remembered/that-of-a-disk-that-is-made-for-what-runs-is-remembered")
def made():
    service = keyring(items={OTHER: "of another"})
    app = ui.own_app(GAMMA % "/nowhere.luks")
    press(wait(app.open_machine("gamma"), BUTTON, "Hardware"))
    window = app.window("Hardware of “gamma”")
    press(wait(window, BUTTON, "Add hardware…"))
    form = app.window("Add hardware")
    ui.pick_row(wait(form, "list box", "Kinds of devices"), "New disk")
    set_text(wait(form, ui.TEXT, "Size"), "3G")
    combo = wait(form, ui.COMBO, "Format")
    combo.get_selection_iface().select_child(
        [item.get_name() for item in ui.find_all(combo, "menu item", hidden=True)].index("luks"))
    press(wait_offered(form, "Add"))
    encrypt(app)
    app.wait_window_gone("Add hardware")
    wait_items(service, {ALPHA: "open sesame", OTHER: "of another"})


@test("/ui/remembered/new-disk-without-a-keyring-says-why")
def created_without():
    no_keyring()
    app = ui.own_app(NEW)
    dialog = sheet(app)
    ui.choose(ui.field(dialog, ui.COMBO, "Format"), "luks, encrypted")
    press(wait_offered(dialog, "Create"))
    dialog = app.window("Passphrase of the new disk")
    wait_for(lambda: "has no keyring" in tick(dialog).get_description(), "the reason")
    check(not is_on(tick(dialog)), "it can be ticked")


def add_disk(app, image):
    """Add hardware for “gamma”, which runs, with the disk IMAGE."""
    press(wait(app.open_machine("gamma"), BUTTON, "Hardware"))
    window = app.window("Hardware of “gamma”")
    press(wait(window, BUTTON, "Add hardware…"))
    form = app.window("Add hardware")
    ui.pick_row(wait(form, "list box", "Kinds of devices"), "Disk")
    press(wait(form, BUTTON, "File"))
    ui.answer_chooser(app, "Choose a disk image", image, "Choose")
    selection = wait(form, ui.COMBO, "Format").get_selection_iface()
    wait_for(lambda: selection.get_selected_child(0).get_name() == "luks", "its format")
    press(wait_offered(form, "Add"))
    return window


@test("/ui/remembered/disk-that-is-added-is-remembered-and-then-asks-nobody")
def added():
    image = ui.file("vault.luks", b"LUKS" + b"\0" * 4096)
    service = keyring(items={ALPHA: "open barley"})
    app = ui.own_app(GAMMA % image)
    window = add_disk(app, image)
    dialog = asked_again(app, "The remembered passphrase does not open this disk any more.", "gamma")
    set_text(wait(dialog, PASSWORD), "open sesame")
    press(tick(dialog))
    press(wait_offered(dialog, "Add"))
    app.wait_window_gone("Add hardware")
    wait_says(window, "vault.luks")
    wait_items(service, {ALPHA: "open sesame"})
    app = ui.own_app(GAMMA % image)
    window = add_disk(app, image)
    app.wait_window_gone("Add hardware")
    wait_says(window, "vault.luks")
    check(not any("Passphrase" in w.get_name() for w in app.windows()), "it is asked")


@test("/ui/remembered/disk-has-a-button-that-forgets-it-where-it-is-remembered")
def forget():
    image = ui.file("vault.luks", b"LUKS" + b"\0" * 4096)
    service = keyring(items={ALPHA: "open sesame", OTHER: "of another"})
    app = ui.own_app(GAMMA % image)
    window = add_disk(app, image)
    app.wait_window_gone("Add hardware")
    button = wait(window, BUTTON, "Forget passphrase")
    ui.picture("remembered-forget")
    button.get_component_iface().grab_focus()
    wait_for(lambda: has(button, State.FOCUSED), "the keyboard in the button")
    ui.hands.keys("space")
    wait_items(service, {OTHER: "of another"})
    wait_for(lambda: not find(window, BUTTON, "Forget passphrase"), "the button to go")
    wait_says(window, "vault.luks")
    wait_for(lambda: next((w for w in walk(window) if has(w, State.FOCUSED)), None), "the keyboard elsewhere on the page")


ui.main("remembered", no_keyring)
