#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The USB controller with tablet and keyboard, by the drivers that systems and firmware bring along."""

import os
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))
import guest_input
import host
import linux_guest
import screen
from guest_input import BTN_EXTRA, BTN_LEFT, EV_KEY, KEY_2, KEY_ESC, TYPED, Listener, node, wait_kind
from tap import check, main, test
from vmm import READ_ONLY, Device, Vmm

host.need_hardware_kvm(__file__)

XHCI = Device("qemu-xhci", "usb")
TABLET = Device("usb-tablet", "input0")
KEYBOARD = Device("usb-kbd", "input1")
MODULES = ["xhci_pci", "usbhid", "hid_generic", "evdev"]

guest = None
display = None
tablet = None


def listen_to_tablet():
    """A Listener that hears: for 50 ms from when it is opened, Linux drops what it says."""
    listener = Listener(guest, "Vitrine Vitrine USB Tablet")
    wait_kind(display, True)
    for _ in range(100):
        display.button(BTN_EXTRA, 1)
        display.button(BTN_EXTRA, 0)
        if guest.succeeds("sleep 0.2; [ -s %s ]" % listener.file):
            break
    guest.wait_sh("before=$(wc -c < {0}); sleep 0.3; [ $before = $(wc -c < {0}) ]".format(listener.file))
    listener.events(1)
    return listener


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
    global tablet
    tablet = listen_to_tablet()
    guest_input.expect_positions(tablet, display)


@test("/guest/usb/buttons-and-wheel-arrive")
def buttons():
    guest_input.expect_buttons_and_wheel(tablet, display, high_resolution=True)


@test("/guest/usb/keys-arrive-in-order", shows=["usb-kbd works"])
def keys():
    guest_input.expect_keys(Listener(guest, "Vitrine Vitrine USB Keyboard"), display, TYPED)


@test("/guest/usb/leds-are-taken")
def leds():
    guest.sh("for l in /sys/class/leds/*capslock; do echo 1 > $l/brightness; done")
    guest.check_quiet()


@test("/guest/usb/driver-lets-go-and-comes-back")
def rebind():
    address = guest.sh("basename $(dirname $(grep -l 0x000d /sys/bus/pci/devices/*/device))")
    for _ in range(3):
        guest.sh("echo %s > /sys/bus/pci/drivers/xhci_hcd/unbind" % address)
        wait_kind(display, False)
        guest.sh("echo %s > /sys/bus/pci/drivers/xhci_hcd/bind" % address)
        listener = listen_to_tablet()
    display.move(1, 1)
    display.button(BTN_LEFT, 1)
    display.button(BTN_LEFT, 0)
    check((EV_KEY, BTN_LEFT, 1) in listener.events(3), "no click arrived")


@test("/guest/usb/devices-are-reset-one-by-one")
def usb_reset():
    """A new configuration, as usb_modeswitch or a driver in trouble asks for."""
    for device in ("1-1", "1-2"):
        guest.sh("echo 0 > /sys/bus/usb/devices/%s/authorized" % device)
        guest.sh("echo 1 > /sys/bus/usb/devices/%s/authorized" % device)
    node(guest, "Vitrine Vitrine USB Keyboard")
    node(guest, "Vitrine Vitrine USB Tablet")


@test("/guest/usb/kernel-has-nothing-to-complain-about")
def quiet():
    guest.check_quiet()
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
