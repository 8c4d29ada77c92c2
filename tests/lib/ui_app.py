# SPDX-License-Identifier: GPL-2.0-or-later
"""The application under test, against a host that only pretends."""

import os
import signal
import subprocess

import ui_tree
from host import BUILD
from ui_desktop import die_with_parent
from ui_tree import wait_for

VITRINE = os.path.join(BUILD, "src/app/vitrine")


class App:
    """One process of vitrine.  FAKE is the text of a fake host's key file (see fake-host.h), or a tuple of such
    texts for several hosts; a text with "://" in it is the host's address itself."""

    START_TIMEOUT = 30
    count = 0
    all = []
    familiar = frozenset()  # names of windows that were there already

    def __init__(self, desktop, fake, *arguments, wait_for_window=True, env=None):
        App.count += 1
        App.all.append(self)
        self.process = None
        self.desktop = desktop
        self.hosts = [self.address(text, i) for i, text in enumerate(fake if isinstance(fake, tuple) else (fake,))]
        self.log_path = os.path.join(desktop.home, "vitrine-%d.log" % App.count)
        self.env = dict(desktop.env, **(env or {}))
        with open(self.log_path, "wb") as log:
            self.process = subprocess.Popen(self.command(*arguments), env=self.env,
                                            stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                            preexec_fn=die_with_parent)
        self.root = None
        self.forgiven = []  # words of complaints that are none of ours
        if wait_for_window:
            self.root = wait_for(self.find_root, "vitrine's first window", self.START_TIMEOUT)
            wait_for(self.has_keyboard, "vitrine's first window with the keyboard", self.START_TIMEOUT)

    def command(self, *arguments):
        return [VITRINE] + ["--host=" + host for host in self.hosts] + list(arguments)

    def address(self, text, number):
        if "://" in text and "\n" not in text:
            return text
        path = os.path.join(self.desktop.home, "host-%d-%d.fake" % (App.count, number))
        with open(path, "w") as f:
            f.write(text)
        return "fake:" + path

    def find_root(self):
        if self.process.poll() is not None:
            raise AssertionError("vitrine ended with status %d: %s" % (self.process.returncode, self.log()))
        return ui_tree.application(self.process.pid)

    def has_keyboard(self):
        """Whether keys come to one of its windows: before that, they are lost."""
        return any(ui_tree.has(window, ui_tree.State.ACTIVE) for window in self.windows())

    def again(self, *arguments):
        """Runs `vitrine ARGUMENTS` a second time, as a user would; returns its exit status."""
        return subprocess.run(self.command(*arguments), env=self.env, stdin=subprocess.DEVNULL,
                              timeout=self.START_TIMEOUT).returncode

    def log(self):
        with open(self.log_path, errors="replace") as f:
            return f.read()

    def complaints(self):
        """What the toolkit, or a sanitizer, had to complain about."""
        return [line for line in self.log().splitlines()
                if ("CRITICAL" in line or "WARNING" in line or "ERROR" in line or "runtime error" in line)
                and "makecontext/swapcontext" not in line  # gtk-vnc's coroutines under ASan: no news
                and not any(words in line for words in self.forgiven)]

    def windows(self):
        return [w for w in ui_tree.children(self.root)
                if w.get_role_name() in (ui_tree.FRAME, ui_tree.DIALOG, "file chooser")
                and ui_tree.has(w, ui_tree.State.SHOWING)]

    def window(self, name, timeout=10.0):
        """The window NAME; one that has just come has the keyboard as well, if it is to have it."""
        seen = {}

        def named():
            seen.clear()
            for window in self.windows():
                seen.setdefault(window.get_name(), window)
            return seen.get(name)
        try:
            window = wait_for(named, "a window “%s”" % name, timeout)
        except AssertionError as error:
            raise AssertionError("%s; there are %s" % (error, list(seen))) from None
        if name not in self.familiar:
            ui_tree.soon(lambda: ui_tree.has(window, ui_tree.State.ACTIVE))
        self.familiar = frozenset(seen)
        return window

    def wait_window_gone(self, name):
        wait_for(lambda: all(w.get_name() != name for w in self.windows()),
                 "the window “%s” to go" % name)
        self.familiar = self.familiar - {name}

    def close(self, name, button="Close"):
        """Presses that BUTTON of the window NAME, and waits until it is gone."""
        ui_tree.press(ui_tree.wait(self.window(name), ui_tree.BUTTON, button))
        self.wait_window_gone(name)

    @property
    def main(self):
        return self.window("Vitrine")

    def press_in_main_menu(self, line):
        """Chooses LINE; the menu comes after the list, so it is asked for once more if that was too soon."""
        def opened():
            ui_tree.press(ui_tree.wait(self.main, ui_tree.TOGGLE, "Main menu"))
            return ui_tree.soon(lambda: ui_tree.find(self.main, ui_tree.BUTTON, line))
        ui_tree.press(wait_for(opened, "“%s” in the main menu" % line))

    def opened(self, title):
        """The window TITLE, which the main menu's line of that name opens where it is not there yet."""
        if not any(w.get_name() == title for w in self.windows()):
            self.press_in_main_menu(title)
        return self.window(title)

    def open_machine(self, name, timeout=10.0):
        """NAME's window, alone beside the main one, with nothing open in it; TIMEOUT seconds for each step."""
        for window in self.windows():
            other = window.get_name()
            if other not in ("Vitrine", name):
                self.close(other)
        if not any(w.get_name() == name for w in self.windows()):
            self.row(name, timeout)
            self.select(name)
            ui_tree.press(ui_tree.wait(self.row(name, timeout), ui_tree.BUTTON, "Menu", timeout))
            ui_tree.press(ui_tree.wait(self.main, ui_tree.BUTTON, "Open", timeout))
        return self.window(name, timeout)

    def row(self, name, timeout=10.0):
        """NAME's row, brought into sight whole."""
        def whole():
            row = ui_tree.find(self.main, ui_tree.ROW, name, hidden=True)
            if row is None:
                return None
            if not ui_tree.find(row, ui_tree.BUTTON, "Menu"):
                row.get_component_iface().grab_focus()
                return None
            return row
        try:
            return wait_for(whole, "“%s” in the list" % name, timeout)
        except AssertionError as error:
            raise AssertionError("%s; there is: %s" % (error, ui_tree.describe(self.main))) from None

    def wait_state(self, name, word, timeout=10.0):
        """Waits until NAME's row says WORD."""
        wait_for(lambda: self.row_says(name, word), "“%s” to be %s" % (name, word), timeout)

    def row_says(self, name, *parts):
        row = ui_tree.find(self.main, ui_tree.ROW, name)
        return row is not None and ui_tree.says(row, *parts)

    def select(self, *names):
        """Makes NAMES the selection."""
        rows = [self.row(n) for n in names]
        selection = rows[0].get_parent().get_selection_iface()
        selection.clear_selection()
        for row in rows:
            selection.select_child(row.get_index_in_parent())

    def cpu_ticks(self):
        with open("/proc/%d/stat" % self.process.pid) as f:
            fields = f.read().rsplit(")", 1)[1].split()
        return int(fields[11]) + int(fields[12])

    def wakeups(self):
        """Voluntary context switches of the main thread: each is one time it slept and woke up."""
        with open("/proc/%d/status" % self.process.pid) as f:
            return next(int(line.split()[1]) for line in f if line.startswith("voluntary_ctxt"))

    def pss_kib(self):
        with open("/proc/%d/smaps_rollup" % self.process.pid) as f:
            return next(int(line.split()[1]) for line in f if line.startswith("Pss:"))

    def alive(self):
        return self.process is not None and self.process.poll() is None

    def end(self):
        if self.alive():
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(timeout=5)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
