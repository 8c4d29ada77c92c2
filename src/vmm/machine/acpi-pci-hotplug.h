/* SPDX-License-Identifier: GPL-2.0-or-later */
/* acpi-pci-hotplug.h - the registers at CC0h by which devices on PCI bus 0 come and go.
 *
 * The guest's side is the AML of x86/acpi-hotplug.c; registers and their order are QEMU's
 * (docs/specs/acpi_pci_hotplug), with one of our own behind them.  All are 32 bits wide, a bit a slot:
 *
 *     +00h  read: slots that were filled, cleared by reading
 *     +04h  read: slots that are to be emptied
 *     +08h  write: the guest has let go of these; read: 0, no extension is offered
 *     +0Ch  read: slots the guest may empty
 *     +10h  bus; there is bus 0, any other has no slots
 *     +14h  read: slots that were emptied without asking, cleared by reading
 *           write: what became of a request (_OST): slot, event << 8, status << 24
 *
 * Functions are for any thread unless they say otherwise.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "device.h"
#include "pm.h"

#define ACPI_OST_INSERTION   1 /* the events: what was asked for */
#define ACPI_OST_EJECTION    3
#define ACPI_OST_IN_PROGRESS 0x84 /* a status; 0 is done, most others are refusals */

struct acpi_pci_hotplug;

struct acpi_pci_hotplug_ops {
    /* The guest let go of what is in SLOTS (all of them removable): it has to be gone before the
     * guest runs its next instruction.  On a vCPU's thread, no lock held. */
    void (*eject) (void *opaque, uint32_t slots);
    /* The guest says what became of EVENT in SLOT, both as it pleases.  On a vCPU's thread, no lock
     * held. */
    void (*status) (void *opaque, unsigned slot, unsigned event, unsigned status);
};

/* Answers on ENV's ports from now on.  Returns 0 or -ENOMEM. */
int acpi_pci_hotplug_create (const struct device_env *env, struct pm *pm,
                             const struct acpi_pci_hotplug_ops *ops, void *opaque,
                             struct acpi_pci_hotplug **out);
/* NULL is nothing. */
void acpi_pci_hotplug_destroy (struct acpi_pci_hotplug *hotplug);

/* Nothing is pending; what is removable stays so.  vCPUs are parked. */
void acpi_pci_hotplug_reset (struct acpi_pci_hotplug *hotplug);

/* A device that may be removed is in SLOT now, or no longer.  Forgets what was pending for SLOT. */
void acpi_pci_hotplug_set_removable (struct acpi_pci_hotplug *hotplug, unsigned slot,
                                     bool removable);

/* Tell the guest: SLOT was filled; SLOT shall be emptied; SLOT was emptied. */
void acpi_pci_hotplug_plugged (struct acpi_pci_hotplug *hotplug, unsigned slot);
void acpi_pci_hotplug_ask_to_eject (struct acpi_pci_hotplug *hotplug, unsigned slot);
void acpi_pci_hotplug_vanished (struct acpi_pci_hotplug *hotplug, unsigned slot);

/* Takes the request to empty SLOT back. */
void acpi_pci_hotplug_stop_asking (struct acpi_pci_hotplug *hotplug, unsigned slot);

/* Whether there is a system in the guest that looks at these registers. */
bool acpi_pci_hotplug_guest_listens (struct acpi_pci_hotplug *hotplug);
