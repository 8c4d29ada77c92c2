#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The USB controller with tablet and keyboard, by the drivers that systems and firmware bring along."""

import os
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))
import host
import linux_guest
import screen
from tap import check, main, test
from vmm import READ_ONLY, Device, Vmm

host.need_hardware_kvm(__file__)

XHCI = Device("qemu-xhci", "usb")
TABLET = Device("usb-tablet", "input0")
KEYBOARD = Device("usb-kbd", "input1")
MODULES = ["xhci_pci", "usbhid", "hid_generic", "evdev"]
KEY_ESC, KEY_2, KEY_A, KEY_LEFTSHIFT, KEY_F11, KEY_KPENTER, KEY_MUTE = 1, 3, 30, 42, 87, 96, 113
BTN_LEFT, BTN_RIGHT, BTN_MIDDLE, BTN_SIDE, BTN_EXTRA = 0x110, 0x111, 0x112, 0x113, 0x114
TABLET_FILE = "/tmp/tablet"  # in the guest
EV_KEY, EV_REL, EV_ABS = 1, 2, 3
REL_WHEEL = 8

guest = None
display = None


def wait_kind(absolute, timeout=60):
    """Until the viewer was told that the guest's pointer is ABSOLUTE."""
    deadline = time.monotonic() + timeout
    while display.is_absolute != absolute:
        display.receive(1)
        check(time.monotonic() < deadline, "the viewer was not told that the pointer is %s"
              % ("absolute" if absolute else "relative"))


def node(name):
    """The event node of the input device NAME."""
    return guest.wait_sh("for e in /sys/class/input/event*; do grep -qx '%s' $e/device/name && basename $e; done "
                         "| grep ." % name)


def listen(name, file):
    """Everything the device NAME says goes into FILE in the guest."""
    guest.sh("cat /dev/input/%s > %s & echo" % (node(name), file))


def listen_to_tablet():
    """The same for the tablet, up to where it is heard: for 50 ms from when it is opened, Linux drops what it says."""
    listen("Vitrine Vitrine USB Tablet", TABLET_FILE)
    wait_kind(True)
    for _ in range(100):
        display.button(BTN_EXTRA, 1)
        display.button(BTN_EXTRA, 0)
        if guest.succeeds("sleep 0.2; [ -s %s ]" % TABLET_FILE):
            break
    guest.wait_sh("before=$(wc -c < %s); sleep 0.3; [ $before = $(wc -c < %s) ]" % (TABLET_FILE, TABLET_FILE))
    return len(events(TABLET_FILE, 1))


def events(file, n):
    """Keys, moves and wheels in FILE when there are N or more: (type, code, value); no repeats of keys."""
    text = guest.wait_sh("od -An -v -tu2 -w24 %s | awk '$9 >= 1 && $9 <= 3 && !($9 == 1 && $11 == 2) { print $9, $10, $11 + 65536 * $12 }' "
                         "> /tmp/list; [ $(wc -l < /tmp/list) -ge %d ] && cat /tmp/list" % (file, n))
    rows = [tuple(int(word) for word in line.split()) for line in text.splitlines()]
    return [(kind, code, value - (1 << 32) if value >> 31 else value) for kind, code, value in rows]


@test("/guest/usb/linux-finds-controller-and-devices", shows=["qemu-xhci works"])
def finds():
    global guest, display
    image = linux_guest.build(MODULES)
    guest = linux_guest.Guest(image, devices=[XHCI, TABLET, KEYBOARD])
    drivers = dict(guest.pci_drivers())
    check(drivers.get("1b36:000d") == "xhci_hcd", "the controller's driver: %s" % drivers)
    for product in ("Vitrine USB Tablet", "Vitrine USB Keyboard"):
        interface = guest.wait_sh("for d in /sys/bus/usb/devices/*; do grep -qx '%s' $d/product 2>/dev/null "
                                  "&& basename $(readlink $d/*:1.0/driver); done | grep ." % product)
        check(interface == "usbhid", "%s is driven by %s" % (product, interface))
    speeds = guest.sh("cat /sys/bus/usb/devices/1-1/speed /sys/bus/usb/devices/1-2/speed").split()
    check(speeds == ["12", "12"], "speeds: %s" % speeds)
    interrupts = guest.sh("grep xhci /proc/interrupts")
    check("MSI" in interrupts, "its interrupt: " + interrupts)
    display = guest.vmm.open_display()
    display.settle()


@test("/guest/usb/positions-are-exact", shows=["usb-tablet works"])
def positions():
    before = listen_to_tablet()
    width, height = display.width, display.height
    points = [(0, 0), (width - 1, height - 1), (width // 2, 17), (3, height // 3), (width - 2, 1)]
    for x, y in points:
        display.move(x, y)
        display.button(BTN_LEFT, 1)
        display.button(BTN_LEFT, 0)
    got = events(TABLET_FILE, before + 4 * len(points) - 2)[before:]  # where it was already is not news to Linux
    at, clicks = [None, None], []
    for kind, code, value in got:
        if kind == EV_ABS:
            at[code] = value
        elif (kind, code, value) == (EV_KEY, BTN_LEFT, 1):
            clicks.append(tuple(at))
    expected = [(x * 32767 // (width - 1), y * 32767 // (height - 1)) for x, y in points]
    clicks = [tuple(v or 0 for v in click) for click in clicks]
    check(clicks == expected, "clicks at %s, not %s" % (clicks, expected))


@test("/guest/usb/buttons-and-wheel-arrive")
def buttons():
    before = len(events(TABLET_FILE, 1))
    for code in (BTN_RIGHT, BTN_MIDDLE, BTN_SIDE, BTN_EXTRA):
        display.button(code, 1)
        display.button(code, 0)
    display.wheel(1)
    display.wheel(-2)
    got = [e for e in events(TABLET_FILE, before + 12)[before:] if e[0] != EV_REL or e[1] == REL_WHEEL]
    expected = [(EV_KEY, code, down) for code in (BTN_RIGHT, BTN_MIDDLE, BTN_SIDE, BTN_EXTRA) for down in (1, 0)]
    expected += [(EV_REL, REL_WHEEL, -1), (EV_REL, REL_WHEEL, 2)]
    check(got == expected, "%s, not %s" % (got, expected))


@test("/guest/usb/keys-arrive-in-order", shows=["usb-kbd works"])
def keys():
    listen("Vitrine Vitrine USB Keyboard", "/tmp/keys")
    guest.wait_sh("ls -l /proc/*/fd 2>/dev/null | grep -q /tmp/keys")
    typed = [(KEY_LEFTSHIFT, 1), (KEY_A, 1), (KEY_A, 0), (KEY_LEFTSHIFT, 0), (KEY_F11, 1), (KEY_F11, 0),
             (KEY_KPENTER, 1), (KEY_MUTE, 1), (KEY_KPENTER, 0), (KEY_MUTE, 0)]
    for code, down in typed:
        display.key(code, down)
    got = [(code, value) for kind, code, value in events("/tmp/keys", len(typed)) if kind == EV_KEY]
    check(got == typed, "%s, not %s" % (got, typed))


@test("/guest/usb/leds-are-taken")
def leds():
    guest.sh("for l in /sys/class/leds/*capslock; do echo 1 > $l/brightness; done")
    guest.check_quiet()


@test("/guest/usb/driver-lets-go-and-comes-back")
def rebind():
    address = guest.sh("basename $(dirname $(grep -l 0x000d /sys/bus/pci/devices/*/device))")
    for _ in range(3):
        guest.sh("echo %s > /sys/bus/pci/drivers/xhci_hcd/unbind" % address)
        wait_kind(False)
        guest.sh("echo %s > /sys/bus/pci/drivers/xhci_hcd/bind" % address)
        before = listen_to_tablet()
    display.move(1, 1)
    display.button(BTN_LEFT, 1)
    display.button(BTN_LEFT, 0)
    check((EV_KEY, BTN_LEFT, 1) in events(TABLET_FILE, before + 3), "no click arrived")


@test("/guest/usb/devices-are-reset-one-by-one")
def usb_reset():
    """A new configuration, as usb_modeswitch or a driver in trouble asks for."""
    for device in ("1-1", "1-2"):
        guest.sh("echo 0 > /sys/bus/usb/devices/%s/authorized" % device)
        guest.sh("echo 1 > /sys/bus/usb/devices/%s/authorized" % device)
    node("Vitrine Vitrine USB Keyboard")
    node("Vitrine Vitrine USB Tablet")


@test("/guest/usb/kernel-has-nothing-to-complain-about")
def quiet():
    guest.check_quiet()
    text = guest.sh("dmesg | grep -i -E 'usb|xhci|hid' | grep -i -E 'error|fail|warn|timeout|unable|not respond|bogus' "
                    "|| true")
    check(text == "", "about USB:\n" + text)
    guest.power_off()
    guest.close()


def shows(text):
    display.settle()
    return any(text in line for line in screen.read_text(display.picture()))


def wait_screen(text, press=None, timeout=300):
    """Until the screen says TEXT; PRESS is a key to be pressed until then."""
    deadline = time.monotonic() + timeout
    while not shows(text):
        if press:
            display.press(press)
        if time.monotonic() > deadline:
            raise AssertionError("the screen does not say %r; it says:\n%s"
                                 % (text, "\n".join(screen.read_text(display.picture()))))


@test("/guest/usb/keyboard-drives-seabios-menu")
def seabios():
    global display
    folder = tempfile.mkdtemp(prefix="vitrine-usb-")
    paths = [os.path.join(folder, name) for name in ("first", "second")]
    for path in paths:
        with open(path, "wb") as f:
            f.truncate(1 << 20)
    machine = Vmm(host.VMM, memory_mib=256, boot_menu=True, devices=[
        XHCI, KEYBOARD, TABLET,
        Device("virtio-blk", "virtio-disk0", path=paths[0], flags=READ_ONLY, boot=1),
        Device("virtio-blk", "virtio-disk1", path=paths[1], flags=READ_ONLY)])
    try:
        display = machine.open_display()
        machine.run()
        # The prompt stands for 3 s, which a busy host may not notice: the key is pressed all the time.
        wait_screen("Select boot device", press=KEY_ESC)
        log = machine.debug_text()
        check("USB keyboard initialized" in log, "SeaBIOS did not take the keyboard:\n" + log)
        check(not display.is_absolute, "SeaBIOS has no use for the tablet, and the pointer went there")
        wait_screen("Booting from Hard Disk", press=KEY_2)
    finally:
        machine.close()


main(lambda: guest and guest.close())
