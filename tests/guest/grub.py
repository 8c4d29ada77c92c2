#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""SeaBIOS boots GRUB's rescue CD on this host's own KVM: the picture is read, a key is pressed.

On a software KVM an interrupt reaches GRUB only in the short moments it allows them, which are rare
while its countdown draws (half a minute a key; QEMU fares no better there).  So the tests begin when
the countdown is over and GRUB idles in its menu: stopped by a key, or after the entry it chose by
itself has failed, as there is nothing to boot.
"""

import os
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))
import host
import screen
from grub_menu import GrubMenu
from tap import check, main, test
from vmm import EVENT_RESET, READ_ONLY, STOP_HOST, Device, Vmm

ISO = "/usr/lib/grub-rescue/grub-rescue-cdrom.iso"
KEY_DOWN, KEY_UP, KEY_ENTER, KEY_ESC, KEY_C = 108, 103, 28, 1, 46
KEYS = {"e": 18, "c": 46, "h": 35, "o": 24, " ": 57, "v": 47, "i": 23, "t": 20, "r": 19, "n": 49}
PATIENCE = 300

host.need_kvm(__file__, independent=True)

machine = None
display = None


def picture():
    display.settle()
    return display.picture()


menu = GrubMenu(picture)
lines, shows, selected = menu.lines, menu.shows, menu.selected


def wait_screen(condition, what, timeout=PATIENCE):
    deadline = time.monotonic() + timeout
    while not condition():
        if time.monotonic() > deadline:
            keep("failed")
            raise AssertionError("not in %d s: %s; the screen says:\n%s"
                                 % (timeout, what, "\n".join(lines())))


def keep(name):
    os.makedirs(host.ARTIFACTS, exist_ok=True)
    screen.write_png(display.picture(), os.path.join(host.ARTIFACTS, "grub-%s.png" % name))


def at_menu():
    """GRUB waits for a key in its menu, started where it does not run yet: each test can be the first."""
    global machine, display
    if machine:
        return
    machine = Vmm(host.VMM, memory_mib=256, devices=[
        Device("atapi-cdrom", "sata0-0-0", path=ISO, flags=READ_ONLY, boot=1)])
    display = machine.open_display()
    machine.run()
    # No wait for words on the way: on a fast host they have gone before a picture of them is taken.
    wait_screen(lambda: shows("GNU GRUB"), "GRUB's menu")
    display.press(KEY_UP)  # ends the countdown
    wait_screen(lambda: menu.is_idle(lambda: display.press(KEY_ESC)), "GRUB waiting for a key in its menu")
    wait_screen(lambda: selected() is not None, "a highlighted entry")


def at_prompt():
    at_menu()
    if not shows("grub>"):
        display.press(KEY_C)
        wait_screen(lambda: shows("grub>"), "GRUB's prompt")


@test("/guest/grub/seabios-boots-the-cd-to-the-menu", shows=["atapi-cdrom boots bios"])
def boots():
    at_menu()
    keep("menu")


@test("/guest/grub/arrow-key-moves-the-selection")
def arrow():
    at_menu()
    first = selected()
    display.press(KEY_DOWN)
    wait_screen(lambda: selected() not in (None, first), "another entry highlighted")
    check(selected() == first + 1, "it moved from line %s to %s" % (first, selected()))
    display.press(KEY_UP)
    wait_screen(lambda: selected() == first, "the first entry again")


@test("/guest/grub/keys-through-the-control-socket-work-as-well")
def control_keys():
    at_menu()
    first = selected()
    machine.press(KEY_DOWN)
    wait_screen(lambda: selected() == first + 1, "the next entry highlighted")


@test("/guest/grub/nothing-is-drawn-while-paused-and-goes-on-after")
def pause():
    at_menu()
    first = selected()
    machine.pause()
    machine.press(KEY_DOWN)
    check(selected() == first, "a paused machine moved the selection")
    machine.run()
    wait_screen(lambda: selected() == first + 1, "the key that waited")


@test("/guest/grub/command-line-echoes-what-is-typed")
def command_line():
    at_prompt()
    typed = "grub> "
    for letter in "echo vitrine":
        display.press(KEYS[letter])
        typed += letter
        wait_screen(lambda: shows(typed.rstrip()), "the letter just typed")
    display.press(KEY_ENTER)
    wait_screen(lambda: any(line.strip() == "vitrine" for line in lines()), "the echo")
    keep("prompt")


@test("/guest/grub/reset-starts-all-over")
def reset():
    at_prompt()
    machine.reset()
    machine.wait_event(EVENT_RESET)
    wait_screen(lambda: not shows("grub>") and selected() is not None, "GRUB's menu in place of its prompt")


@test("/guest/grub/quit-ends-the-process-cleanly")
def quits():
    from vmm import QUIT
    at_menu()
    machine.call(QUIT)
    check(machine.wait_stopped() == STOP_HOST, "the wrong reason")
    check(machine.process.returncode == 0, "status %s" % machine.process.returncode)


main(lambda: machine and machine.close())
