# SPDX-License-Identifier: GPL-2.0-or-later
"""GRUB's menu, recognised on pictures of a text screen."""

import time

import screen


class GrubMenu:
    """PICTURE() is what is shown now: (width, height, rows)."""

    QUIET_S = 4
    AGAIN_S = 60  # a key was lost if it has changed nothing by then

    def __init__(self, picture):
        self.picture = picture
        self.since = None
        self.pressed = None  # when a key was pressed for the message that is shown

    def lines(self):
        return screen.read_text(self.picture())

    def shows(self, text):
        return any(text in line for line in self.lines())

    def selected(self):
        """The line that is drawn on another ground than its neighbours in GRUB's frame, or None."""
        picture = self.picture()
        inside = [i for i, line in enumerate(screen.read_text(picture)) if line.startswith(" │")]
        grounds = {i: screen.background_of(picture, i, 40) for i in inside}
        if not grounds:
            return None
        common = max(set(grounds.values()), key=list(grounds.values()).count)
        odd = [i for i in inside if grounds[i] != common]
        return odd[0] if len(odd) == 1 else None

    def is_idle(self, press_escape):
        """Whether it shows its menu and has not counted for some seconds; to be asked again and again."""
        if not self.shows("Press any key"):
            self.pressed = None
        elif self.pressed is None or time.monotonic() - self.pressed > self.AGAIN_S:
            # One key: where a key takes seconds, more of them are work for minutes, and the next is lost.
            press_escape()
            self.pressed = time.monotonic()
        if self.shows("automatically") or self.selected() is None:
            self.since = None
        elif self.since is None:
            self.since = time.monotonic()
        return self.since is not None and time.monotonic() - self.since > self.QUIET_S
