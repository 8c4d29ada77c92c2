# SPDX-License-Identifier: GPL-2.0-or-later
"""Keys and pointer of the test's X server, as a user's hands would move them (XTEST)."""

from Xlib import XK, X
from Xlib.ext import xtest

MODIFIERS = {"ctrl": "Control_L", "alt": "Alt_L", "shift": "Shift_L"}
SHIFTED = set('~!@#$%^&*()_+{}|:"<>?ABCDEFGHIJKLMNOPQRSTUVWXYZ')
NAMES = {" ": "space", "-": "minus", ".": "period", ",": "comma", "/": "slash", "_": "underscore",
         ":": "colon", "?": "question", "\n": "Return"}


class Hands:
    def __init__(self, x):
        self.x = x

    def _code(self, name):
        keysym = XK.string_to_keysym(NAMES.get(name, name))
        code = self.x.keysym_to_keycode(keysym)
        if code == 0:
            raise AssertionError("no key makes %r" % name)
        return code

    def _key(self, name, down):
        xtest.fake_input(self.x, X.KeyPress if down else X.KeyRelease, self._code(name))

    def chord(self, text):
        """"ctrl+shift+d", "Return", "F11"."""
        names = [MODIFIERS.get(n, n) for n in text.split("+")]
        for name in names:
            self._key(name, True)
        for name in reversed(names):
            self._key(name, False)
        self.x.sync()

    def keys(self, *chords):
        for chord in chords:
            self.chord(chord)

    def type(self, text):
        for character in text:
            if character in SHIFTED:
                self.chord("shift+" + character)
            else:
                self.chord(character)

    def move(self, x, y):
        xtest.fake_input(self.x, X.MotionNotify, x=int(x), y=int(y))
        self.x.sync()

    def button(self, down, number=1):
        xtest.fake_input(self.x, X.ButtonPress if down else X.ButtonRelease, number)
        self.x.sync()

    def click(self, x, y, number=1, times=1, holding=None):
        self.move(x, y)
        if holding:
            self._key(MODIFIERS[holding], True)
        for _ in range(times):
            self.button(True, number)
            self.button(False, number)
        if holding:
            self._key(MODIFIERS[holding], False)
        self.x.sync()
