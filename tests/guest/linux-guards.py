#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Watchdog and panic device, driven by the drivers of Debian's own kernel."""

import os
import struct
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))
import host
import linux_guest
from tap import check, main, test
from vmm import EVENT_DEVICE, EVENT_RESET, EVENT_STATE, HEADER, STOP_GUEST, Device

host.need_hardware_kvm(__file__, independent=True)
WATCHDOG, PANICKED, CRASH_LOADED = range(3)
NONE, RESET, POWER_OFF, PAUSE, POWER_BUTTON = range(5)
PAUSED = 0

image = linux_guest.build(["i6300esb", "pvpanic_mmio", "pvpanic_pci"])


def event_of(guest, timeout=120):
    """(alias, event, action) of the next event of a device."""
    data = guest.vmm.wait_event(EVENT_DEVICE, timeout)
    alias, event, action = struct.unpack_from("<32sII", data, HEADER.size)
    return alias.split(b"\0")[0].decode(), event, action


def wait_state(guest, wanted):
    """Until the machine says that its state is WANTED; the one it was started into comes first."""
    while struct.unpack_from("<I", guest.vmm.wait_event(EVENT_STATE), HEADER.size)[0] != wanted:
        pass


@test("/guest/guards/an-unfed-watchdog-resets-the-guest-which-sees-why", shows=["i6300esb works"])
def watchdog_resets():
    with linux_guest.Guest(image, devices=[Device("i6300esb", "watchdog0", action="reset")]) as guest:
        check(("8086:25ab", "i6300ESB timer") in guest.pci_drivers() or
              ("8086:25ab", "i6300ESB") in guest.pci_drivers(), "it has no driver: %s" % guest.pci_drivers())
        # WDIOF_CARDRESET is 0x20 of the boot status.
        check(int(guest.sh("cat /sys/class/watchdog/watchdog0/bootstatus")) & 0x20 == 0,
              "the first boot believes that the watchdog caused it")
        guest.sh("exec 7>/dev/watchdog0; echo 1 >&7")
        guest.sh("for i in 1 2 3; do sleep 1; echo 1 >&7; done")
        check(not [e for e in guest.vmm.events if e[0] == EVENT_DEVICE], "it ran out although it was fed")
        check(event_of(guest) == ("watchdog0", WATCHDOG, RESET), "another event came")
        guest.vmm.wait_event(EVENT_RESET)
        guest.wait_boot()
        check(int(guest.sh("cat /sys/class/watchdog/watchdog0/bootstatus")) & 0x20,
              "the second boot does not see that the watchdog caused it")
        guest.check_quiet()
        guest.power_off()


@test("/guest/guards/an-unfed-watchdog-pauses-the-guest-which-then-goes-on")
def watchdog_pauses():
    with linux_guest.Guest(image, devices=[Device("i6300esb", "watchdog0", action="pause")]) as guest:
        guest.sh("exec 7>/dev/watchdog0; echo 1 >&7")
        check(event_of(guest) == ("watchdog0", WATCHDOG, PAUSE), "another event came")
        wait_state(guest, PAUSED)
        guest.vmm.run()
        guest.sh("echo -n V >&7; exec 7>&-")
        guest.power_off()


def crash(guest):
    guest.start("echo 1 > /proc/sys/kernel/sysrq; echo c > /proc/sysrq-trigger")


@test("/guest/guards/a-panic-is-told-by-the-isa-device-and-switches-off", shows=["pvpanic works"])
def panic_isa():
    with linux_guest.Guest(image, devices=[Device("pvpanic", "panic0", action="power-off")]) as guest:
        check(guest.succeeds("test -e /sys/bus/acpi/devices/QEMU0001:00"), "ACPI does not list the panic device")
        crash(guest)
        check(event_of(guest) == ("panic0", PANICKED, POWER_OFF), "another event came")
        check(guest.vmm.wait_stopped() == STOP_GUEST, "the machine did not switch off")


@test("/guest/guards/a-panic-is-told-by-the-pci-device-and-resets", shows=["pvpanic-pci works"])
def panic_pci():
    with linux_guest.Guest(image, devices=[Device("pvpanic-pci", "panic0", action="reset")]) as guest:
        check(("1b36:0011", "pvpanic-pci") in guest.pci_drivers(), "it has no driver: %s" % guest.pci_drivers())
        crash(guest)
        check(event_of(guest) == ("panic0", PANICKED, RESET), "another event came")
        guest.wait_boot()
        guest.power_off()


main()
