#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Keyboards and pointers by Debian's own drivers, virtio_input, atkbd and psmouse: one machine that has them all.

The best that a driver listens to is heard, so each is reached by taking the better ones from Linux."""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))
import guest_input
import host
import linux_guest
from guest_input import EV_KEY, EV_REL, KEY_A, KEY_PAUSE, REL_X, REL_Y, TYPED, Listener, wait_kind
from tap import check, main, test
from vmm import Device

host.need_hardware_kvm(__file__)

KEYBOARD, TABLET, MOUSE = ("Vitrine Virtio " + kind for kind in ("Keyboard", "Tablet", "Mouse"))
PS2_KEYBOARD, PS2_MOUSE = "AT Translated Set 2 keyboard", "ImExPS/2 Generic Explorer Mouse"
guest = None
display = None
heard = {}  # by name


def virtio_of(name):
    """What the virtio bus calls the input device NAME."""
    return guest.sh("basename $(dirname $(dirname $(dirname $(grep -lx '%s' "
                    "/sys/bus/virtio/devices/*/input/input*/name))))" % name)


def take_away(*names):
    """From Linux; how to give them back."""
    addresses = [virtio_of(name) for name in names]
    guest.sh("for a in %s; do echo $a > /sys/bus/virtio/drivers/virtio_input/unbind; done" % " ".join(addresses))

    def give_back():
        guest.sh("for a in %s; do echo $a > /sys/bus/virtio/drivers/virtio_input/bind; done" % " ".join(addresses))
    return give_back


@test("/guest/input/linux-finds-them-all")
def finds():
    global guest, display
    guest = linux_guest.Guest(linux_guest.build(["virtio_input", "psmouse"]), devices=[
        Device("virtio-keyboard", "input0"), Device("virtio-tablet", "input1"), Device("virtio-mouse", "input2")])
    display = guest.vmm.open_display()
    display.settle()
    for name in (KEYBOARD, TABLET, MOUSE, PS2_KEYBOARD, PS2_MOUSE):
        heard[name] = Listener(guest, name)
    wait_kind(display, True)


@test("/guest/input/virtio-keyboard/keys-arrive-in-order", shows=["virtio-keyboard works"])
def virtio_keyboard():
    guest_input.expect_keys(heard[KEYBOARD], display, TYPED)
    guest.sh("for l in /sys/class/leds/*capslock; do echo 1 > $l/brightness; done")


@test("/guest/input/virtio-tablet/positions-are-exact", shows=["virtio-tablet works"])
def virtio_tablet():
    guest_input.expect_positions(heard[TABLET], display)


@test("/guest/input/virtio-tablet/buttons-and-wheel-arrive")
def virtio_tablet_buttons():
    guest_input.expect_buttons_and_wheel(heard[TABLET], display)


@test("/guest/input/virtio-mouse/moves-buttons-and-wheel-arrive-once-there-is-no-tablet", shows=["virtio-mouse works"])
def virtio_mouse():
    display.move_by(3, -4)
    check(heard[MOUSE].events(2) == [(EV_REL, REL_X, 3), (EV_REL, REL_Y, -4)], "moves beside a tablet are others")
    take_away(TABLET)
    wait_kind(display, False)
    guest_input.expect_moves(heard[MOUSE], [(1, 1), (-700, 300), (2, -1000)], display.move_by)
    guest_input.expect_buttons_and_wheel(heard[MOUSE], display)


@test("/guest/input/ps2-keyboard/keys-arrive-in-order-once-there-is-no-other", shows=["ps2-keyboard works"])
def ps2_keyboard():
    give_back = take_away(KEYBOARD)
    for typed in (TYPED[:4], TYPED[4:], [(KEY_PAUSE, 1), (KEY_PAUSE, 0)]):  # its buffer has no room for them all
        guest_input.expect_keys(heard[PS2_KEYBOARD], display, typed)
    display.key(KEY_A, 1)
    give_back()
    display.key(KEY_A, 0)
    got = heard[PS2_KEYBOARD].events(2)
    check(got == [(EV_KEY, KEY_A, 1), (EV_KEY, KEY_A, 0)], "what was held when another took over: %s" % got)


@test("/guest/input/ps2-mouse/moves-buttons-and-wheel-arrive-once-there-is-no-other", shows=["ps2-mouse works"])
def ps2_mouse():
    take_away(MOUSE)
    at = [0, 0]
    display.move(*at)

    def move_by(dx, dy):
        """As a viewer without a grab: what tells no positions is told the difference."""
        at[:] = at[0] + dx, at[1] + dy
        display.move(*at)

    guest_input.expect_moves(heard[PS2_MOUSE], [(1, 2), (600, 300), (-300, -1)], move_by)
    guest_input.expect_buttons_and_wheel(heard[PS2_MOUSE], display)


@test("/guest/input/the-kernel-has-nothing-to-complain-about")
def quiet():
    guest.check_quiet()
    guest.power_off()


main(lambda: guest and guest.close())
