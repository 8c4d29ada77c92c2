# SPDX-License-Identifier: GPL-2.0-or-later
"""What Linux in a guest hears from a keyboard or pointer, by its evdev nodes.

    tablet = guest_input.Listener(guest, "Vitrine Virtio Tablet")
    display.button(BTN_LEFT, 1)
    check(tablet.events(1) == [(EV_KEY, BTN_LEFT, 1)], "…")
"""

import time

from tap import check

KEY_ESC, KEY_2, KEY_A, KEY_LEFTSHIFT, KEY_F11, KEY_KPENTER, KEY_MUTE, KEY_PAUSE = 1, 3, 30, 42, 87, 96, 113, 119
BTN_LEFT, BTN_RIGHT, BTN_MIDDLE, BTN_SIDE, BTN_EXTRA = 0x110, 0x111, 0x112, 0x113, 0x114
EV_KEY, EV_REL, EV_ABS = 1, 2, 3
REL_X, REL_Y, REL_WHEEL, REL_WHEEL_HI_RES = 0, 1, 8, 11
ABS_MAX = 32767  # the right and the bottom edge

# A record is 24 bytes, with type, code and value in the last eight; no repeats of keys.
LIST = ("od -An -v -tu2 -w24 %s | awk '$9 >= 1 && $9 <= 3 && !($9 == 1 && $11 == 2) { print $9, $10, $11 + 65536 * $12 }' "
        "> /tmp/list; cat /tmp/list; [ $(wc -l < /tmp/list) -ge %d ]")

# Keys of each kind: held with another, from the rows above, with a prefix on the wire, two at once.
TYPED = [(KEY_LEFTSHIFT, 1), (KEY_A, 1), (KEY_A, 0), (KEY_LEFTSHIFT, 0), (KEY_F11, 1), (KEY_F11, 0), (KEY_KPENTER, 1),
         (KEY_MUTE, 1), (KEY_KPENTER, 0), (KEY_MUTE, 0)]


def node(guest, name):
    """The event node of the input device NAME, once it is there."""
    return guest.wait_sh("for e in /sys/class/input/event*; do grep -qx '%s' $e/device/name && basename $e; done "
                         "| grep ." % name)


class Listener:
    """Takes down all that the device NAME says, in a file in the guest."""

    def __init__(self, guest, name):
        self.guest, self.taken = guest, 0
        event = node(guest, name)
        self.file = "/tmp/heard-" + event
        guest.sh("cat /dev/input/%s > %s & echo" % (event, self.file))
        guest.wait_sh("ls -l /proc/[0-9]*/fd 2>/dev/null | grep -q '/dev/input/%s$'" % event)

    def events(self, n):
        """What came since the last call, N or more: (type, code, value) of keys, moves and wheels."""
        text = self.guest.wait_sh(LIST % (self.file, self.taken + n))
        rows = [tuple(int(word) for word in line.split()) for line in text.splitlines()][self.taken:]
        self.taken += len(rows)
        return [(kind, code, value - (1 << 32) if value >> 31 else value) for kind, code, value in rows]


def wait_kind(display, absolute, timeout=60):
    """Until the viewer was told that the guest's pointer is ABSOLUTE."""
    deadline = time.monotonic() + timeout
    while display.is_absolute != absolute:
        display.receive(1)
        check(time.monotonic() < deadline, "the viewer was not told that the pointer is %s"
              % ("absolute" if absolute else "relative"))


def expect_keys(keyboard, display, typed):
    """TYPED, (key, down), arrive at KEYBOARD in that order, and nothing else does."""
    for code, down in typed:
        display.key(code, down)
    got = [(code, value) for kind, code, value in keyboard.events(len(typed)) if kind == EV_KEY]
    check(got == typed, "%s, not %s" % (got, typed))


def expect_positions(tablet, display):
    """Clicks are where they were made, to the pixel."""
    width, height = display.width, display.height
    points = [(0, 0), (width - 1, height - 1), (width // 2, 17), (3, height // 3), (width - 2, 1)]
    for x, y in points:
        display.move(x, y)
        display.button(BTN_LEFT, 1)
        display.button(BTN_LEFT, 0)
    at, clicks = [0, 0], []
    for kind, code, value in tablet.events(4 * len(points) - 2):  # where it was already is not news to Linux
        if kind == EV_ABS:
            at[code] = value
        elif (kind, code, value) == (EV_KEY, BTN_LEFT, 1):
            clicks.append(tuple(at))
    expected = [(x * ABS_MAX // (width - 1), y * ABS_MAX // (height - 1)) for x, y in points]
    check(clicks == expected, "clicks at %s, not %s" % (clicks, expected))


def expect_moves(pointer, moves, send):
    """SEND (dx, dy) of each of MOVES arrives at POINTER, however many events that takes."""
    for dx, dy in moves:
        send(dx, dy)
    expected, at = [sum(one) for one in zip(*moves)], [0, 0]
    while at != expected:
        for kind, code, value in pointer.events(1):
            check(kind == EV_REL and code in (REL_X, REL_Y), "no move: %s" % [kind, code, value])
            at[code] += value


def expect_buttons_and_wheel(pointer, display, high_resolution=False):
    """Each button and turns of the wheel arrive at POINTER, whose wheel says them twice if HIGH_RESOLUTION."""
    for code in (BTN_LEFT, BTN_RIGHT, BTN_MIDDLE, BTN_SIDE, BTN_EXTRA):
        display.button(code, 1)
        display.button(code, 0)
        got = pointer.events(2)
        check(got == [(EV_KEY, code, 1), (EV_KEY, code, 0)], "button %#x is %s" % (code, got))
    for notches in (1, -2):
        display.wheel(notches)
        turned = 0
        while turned != -notches:  # evdev's wheel turns up
            for kind, code, value in pointer.events(2 if high_resolution else 1):
                check(kind == EV_REL and code in (REL_WHEEL, REL_WHEEL_HI_RES), "no wheel: %s" % [kind, code, value])
                turned += value if code == REL_WHEEL else 0
