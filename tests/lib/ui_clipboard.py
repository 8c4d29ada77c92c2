#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The clipboard of a test's desktop, as other applications have it: each is a process of its own, which answers for
what it has copied while the test does something else.

    ui_clipboard.copy(desktop, "text")
    ui_clipboard.paste(desktop)
"""

import os
import subprocess
import sys

PROGRAM = ["/usr/bin/python3", os.path.abspath(__file__)]


def copy(desktop, text):
    """An application of DESKTOP, which lives as long as that, has TEXT copied."""
    desktop.spawn_with_answer([*PROGRAM, text], "--answer")


def paste(desktop, timeout=60):
    """The text that an application would paste, or None."""
    found = subprocess.run([*PROGRAM, "--paste"], env=desktop.env, stdin=subprocess.DEVNULL, capture_output=True,
                           timeout=timeout, check=True).stdout.decode()
    return found[1:] if found else None


def main():
    import gi
    gi.require_version("Gdk", "3.0")
    gi.require_version("Gtk", "3.0")
    from gi.repository import Gdk, Gtk

    clipboard = Gtk.Clipboard.get(Gdk.SELECTION_CLIPBOARD)
    if sys.argv[1] == "--paste":
        text = clipboard.wait_for_text()
        sys.stdout.write("" if text is None else "=" + text)
        return
    clipboard.set_text(sys.argv[1], -1)
    Gdk.Display.get_default().sync()
    with os.fdopen(int(sys.argv[2].partition("=")[2]), "w") as answer:
        answer.write("copied\n")
    Gtk.main()


if __name__ == "__main__":
    main()
