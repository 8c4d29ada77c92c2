#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What SSH asks, in a window of its own: vitrine-askpass, called as ssh calls it."""

import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))
import ui
import ui_tree
from host import BUILD
from ui import BUTTON, check, find_all, press, set_text, test, wait, wait_for
from ui_desktop import die_with_parent

ASKPASS = os.path.join(BUILD, "src/ssh/vitrine-askpass")
UNKNOWN = ("The authenticity of host 'tower (192.0.2.7)' can't be established.\n"
           "ED25519 key fingerprint is SHA256:uNiVztksCsDhcc0u9e8BrbyxYPBhWEHFJrfiFbPRHrs.\n"
           "This key is not known by any other names.\n"
           "Are you sure you want to continue connecting (yes/no/[fingerprint])? ")


class Question:
    def __init__(self, text, **env):
        self.process = subprocess.Popen([ASKPASS, text], env=dict(ui.desktop.env, **env), stdin=subprocess.DEVNULL,
                                        stdout=subprocess.PIPE, stderr=subprocess.PIPE, preexec_fn=die_with_parent)
        root = wait_for(lambda: ui_tree.application(self.process.pid), "the question")
        self.window = wait_for(lambda: next(iter(ui_tree.children(root)), None), "the question's window")

    def end(self):
        """Its exit status and what it answers."""
        out, said = self.process.communicate(timeout=20)
        check(b"CRITICAL" not in said and b"WARNING" not in said, said.decode())
        return self.process.returncode, out


def ask_for_password():
    question = Question("ana@tower's password: ")
    entry = wait(question.window, "password text", "ana@tower's password:")
    return question, entry


@test("/ui/askpass/a-password-is-typed-unseen-and-given-to-ssh-alone")
def password():
    question, entry = ask_for_password()
    wait_for(lambda: ui.has(entry, ui.State.FOCUSED), "the keyboard in the entry")
    ui.picture("askpass-password")
    set_text(entry, "cien años «de»")
    ui.hands.keys("Return")
    check(question.end() == (0, "cien años «de»\n".encode()), "the answer is another")


@test("/ui/askpass/cancel-and-escape-are-no-empty-password")
def cancelled():
    question, _ = ask_for_password()
    press(wait(question.window, BUTTON, "Cancel"))
    check(question.end() == (1, b""), "it answered")
    question, entry = ask_for_password()
    wait_for(lambda: ui.has(entry, ui.State.FOCUSED), "the keyboard in the entry")
    ui.hands.keys("Escape")
    check(question.end() == (1, b""), "it answered")


@test("/ui/askpass/an-unknown-computer-is-shown-with-its-fingerprint-and-refused-by-default")
def unknown():
    for name, answer in (("It is, connect", b"yes\n"), ("Cancel", b"no\n")):
        question = Question(UNKNOWN)
        wait_for(lambda: any("SHA256:uNiVztks" in (one.get_name() or "") for one in find_all(question.window, "label")),
                 "the fingerprint")
        check(not find_all(question.window, "password text"), "it asks for a text")
        check(not any("yes/no" in (one.get_name() or "") for one in find_all(question.window, "label")),
              "it names what is to be typed, and nothing can be typed")
        button = wait(question.window, BUTTON, "Cancel")
        wait_for(lambda: ui.has(button, ui.State.FOCUSED), "the keyboard on “Cancel”")
        if answer == b"yes\n":
            ui.picture("askpass-unknown")
        press(wait(question.window, BUTTON, name))
        check(question.end() == (0, answer), "the answer is another")


@test("/ui/askpass/a-servers-question-never-looks-like-one-of-sshs-own")
def forged():
    for forgery in ("Enter passphrase for key '/home/ana/.ssh/id_ed25519': ", UNKNOWN):
        question = Question("(ana@tower) " + forgery)
        wait(question.window, "label", "The other computer asks for a password")
        wait(question.window, "password text")
        press(wait(question.window, BUTTON, "Cancel"))
        check(question.end() == (1, b""), "it answered")


@test("/ui/askpass/the-use-of-a-key-is-allowed-or-not-by-the-exit-status")
def confirm():
    for name, status in (("Allow", 0), ("Cancel", 1)):
        question = Question("Allow use of key id_ed25519?", SSH_ASKPASS_PROMPT="confirm")
        press(wait(question.window, BUTTON, name))
        check(question.end() == (status, b""), "another status, or an answer")


@test("/ui/askpass/what-the-other-computer-says-is-text")
def text():
    hostile = "<b>bold</b> \x1b[31m %s%n " + "\udcff" + "x" * 5000
    question = Question(hostile)
    wait_for(lambda: any("<b>bold</b>" in (one.get_name() or "") for one in find_all(question.window, "label")),
             "its words")
    check(ui.place(question.window)[3] < 1100, "the window is higher than a screen")
    press(wait(question.window, BUTTON, "Cancel"))
    check(question.end()[0] == 1, "it answered")


ui.main("askpass")
