#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Linux's own virtio_gpu driver on a virtio-vga, and bochs on the standard VGA: text, sizes, cursor, as a viewer sees them.

The pictures that matter are kept in host.ARTIFACTS for people to look at.
"""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))
import host
import linux_guest
import screen
from tap import check, main, skip_all, test, wait_for

MODETEST = "/usr/bin/modetest"
CARD = "/sys/class/drm/card*-Virtual-1"
# SMPTE's color bars as modetest draws them: seven columns of equal width, then others below.
BARS = [(192, 192, 192), (192, 192, 0), (0, 192, 192), (0, 192, 0), (192, 0, 192), (192, 0, 0), (0, 0, 192)]

host.need_hardware_kvm(__file__)
if not os.access(MODETEST, os.X_OK):
    skip_all("modetest is not installed (libdrm-tests)")

guest = None
display = None


def lines():
    display.settle()
    return screen.read_text(display.picture(), 8)


def wait_text(text):
    """In letters that the kernel's font draws as the VGA BIOS's does."""
    try:
        wait_for(lambda: any(text in line for line in lines()), text, 120)
    except AssertionError:
        raise AssertionError("%r is not there; it says:\n%s" % (text, "\n".join(lines())))


def wait_size(width, height):
    def is_there():
        display.settle()
        return (display.width, display.height) == (width, height)
    try:
        wait_for(is_there, "a picture of %dx%d" % (width, height), 120)
    except AssertionError as error:
        raise AssertionError("%s; it is %dx%d" % (error, display.width, display.height))


def first_mode():
    return guest.sh("head -1 %s/modes" % CARD)


def keep(name):
    os.makedirs(host.ARTIFACTS, exist_ok=True)
    screen.write_png(display.picture(), os.path.join(host.ARTIFACTS, "gpu-%s.png" % name))


def pixel(x, y):
    """(R, G, B)"""
    _, _, rows = display.picture()
    b, g, r = rows[y][x * 4:x * 4 + 3]
    return r, g, b


def start_modetest(mode, *options):
    """modetest shows its pattern in MODE until its standard input says something."""
    guest.sh("id=$(modetest -M virtio_gpu -c 2>/dev/null | sed -n 's/^\\([0-9]*\\)\\t.*\\tconnected.*/\\1/p'); "
             "rm -f /tmp/stop; mkfifo /tmp/stop; (modetest -M virtio_gpu %s -s $id:%s < /tmp/stop "
             "> /tmp/modetest.log 2>&1) & exec 7> /tmp/stop" % (" ".join(options), mode))


def expect_bars(width, height, name):
    """modetest's pattern fills a picture of that size, which is kept as NAME."""
    try:
        wait_size(width, height)
    except AssertionError as error:
        raise AssertionError("%s; modetest said: %s" % (error, guest.sh("cat /tmp/modetest.log")))
    wait_for(lambda: display.settle() or pixel(10, 10) == BARS[0], "the test pattern", 60)
    seen = [pixel(width * (2 * i + 1) // 14, 100) for i in range(7)]
    check(seen == BARS, "the bars are %s" % seen)
    keep(name)


def stop_modetest():
    guest.sh("echo >&7; exec 7>&-")
    guest.wait_sh("! pidof modetest")


@test("/guest/gpu/the-inbox-driver-takes-the-vga-over")
def takes_over():
    global guest, display
    guest = linux_guest.Guest(linux_guest.build(["virtio_gpu"], [MODETEST]), video="virtio-vga")
    display = guest.vmm.open_display()
    drivers = dict(guest.pci_drivers())
    check(drivers.get("1af4:1050") == "virtio-pci", "drivers: %s" % drivers)
    check(guest.sh("cat /sys/class/graphics/fb0/name") == "virtio_gpudrmfb", "the console's frame buffer")
    check(guest.sh("cat %s/status" % CARD) == "connected", "no monitor")
    check(first_mode() == "1280x800", "modes begin with %s" % first_mode())
    wait_size(1280, 800)
    check(display.resizes, "the display does not say that it can be resized")


@test("/guest/gpu/its-console-is-readable")
def console():
    guest.sh("echo hello on the screen > /dev/tty1")
    wait_text("hello on the screen")
    keep("console")


@test("/guest/gpu/the-edid-is-the-monitors")
def edid():
    seen = guest.sh("cat %s/edid > /tmp/edid; wc -c < /tmp/edid; od -An -tx1 -N8 /tmp/edid" % CARD).split()
    check(seen == ["128"] + "00 ff ff ff ff ff ff 00".split(), "EDID: %s" % seen)


@test("/guest/gpu/a-viewers-wish-changes-the-consoles-mode")
def smaller():
    display.resize(1024, 600)
    wait_size(1024, 600)
    check(first_mode() == "1024x600", "modes begin with %s" % first_mode())
    guest.sh("echo in less space > /dev/tty1")
    wait_text("in less space")
    keep("smaller")


@test("/guest/gpu/a-larger-mode-is-offered-and-can-be-set")
def larger():
    display.resize(1601, 901)
    # The console's own buffer is smaller, so sysfs does not list it; a program that asks gets it first.
    guest.wait_sh("modetest -M virtio_gpu -c 2>/dev/null | grep -q '#0 1601x901.*preferred'")
    start_modetest("1601x901")
    expect_bars(1601, 901, "larger")
    stop_modetest()


@test("/guest/gpu/the-hardware-cursor-travels-beside-the-picture", shows=["virtio-vga works"])
def cursor():
    check(display.cursor is None or display.cursor[0] == 0, "there is a cursor already")
    start_modetest("1601x901", "-C")

    def place():
        display.look(0.1)
        return display.cursor is not None and display.cursor[0] == 64 and display.cursor_at
    try:
        first = wait_for(place, "a cursor of 64x64", 120)
    except AssertionError as error:
        raise AssertionError("%s; modetest said: %s" % (error, guest.sh("cat /tmp/modetest.log")))
    wait_for(lambda: place() not in (False, None, first), "the cursor to move", 60)
    check(any(display.cursor[4]), "its pixels are all nothing")
    stop_modetest()


@test("/guest/gpu/the-driver-has-nothing-to-complain-about")
def quiet():
    guest.check_quiet()


@test("/guest/gpu/a-reset-brings-the-vga-back")
def reset():
    guest.vmm.reset()
    wait_for(lambda: display.settle(0.05) or not display.resizes, "the VGA's picture", 60, 0)
    guest.wait_boot()
    wait_size(1601, 901)  # the monitor has kept its size
    guest.power_off()
    guest.close()


@test("/guest/gpu/vga/the-bochs-driver-takes-it-over-in-the-monitors-own-mode", shows=["vga works"])
def bochs():
    global guest, display
    guest = linux_guest.Guest(linux_guest.build(["bochs"], [MODETEST]))
    display = guest.vmm.open_display()
    drivers = dict(guest.pci_drivers())
    check(drivers.get("1234:1111") == "bochs-drm", "drivers: %s" % drivers)
    check(guest.sh("cat /sys/class/graphics/fb0/name") == "bochs-drmdrmfb", "the console's frame buffer")
    check(first_mode() == "1280x800", "modes begin with %s" % first_mode())  # without an EDID: 1024x768
    wait_size(1280, 800)
    guest.sh("echo hello bochs > /dev/tty1")
    wait_text("hello bochs")
    guest.check_quiet()
    guest.power_off()


main(lambda: guest and guest.close())
