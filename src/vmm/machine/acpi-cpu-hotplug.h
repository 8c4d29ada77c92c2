/* SPDX-License-Identifier: GPL-2.0-or-later */
/* acpi-cpu-hotplug.h - the registers at CD8h by which processors come and go.
 *
 * The guest's side is the AML of x86/acpi-hotplug.c; OVMF reads from here how many processors there may
 * be.  The registers are QEMU's (docs/specs/acpi_cpu_hotplug, the interface it calls modern):
 *
 *     +0h  write, 4 bytes: selects a processor; read: 0 (what tells this interface from the older)
 *     +4h  read, 1 byte: of the selected processor: 1 is there, 2 came, 4 shall go
 *          write: 2 and 4 clear that bit, 8: it may go
 *     +5h  write, 1 byte: enum acpi_cpu_command, says what data is
 *     +8h  4 bytes of data
 *
 * While the selector names no processor everything reads as 0 and writes do nothing.
 *
 * Functions are for any thread unless they say otherwise; an index is below the count.
 */
#pragma once

#include <stdbool.h>

#include "device.h"
#include "pm.h"

struct acpi_cpu_hotplug;

struct acpi_cpu_hotplug_ops {
    /* The guest let go of processor INDEX, never the first, which reads as not there from now on.
     * On a vCPU's thread, no lock held. */
    void (*eject) (void *opaque, unsigned index);
    /* The guest says what became of EVENT, both as it pleases: ACPI_OST_….  On a vCPU's thread, no
     * lock held. */
    void (*status) (void *opaque, unsigned index, unsigned event, unsigned status);
};

/* N processors, of which none is there yet.  Answers on ENV's ports from now on.  Returns 0 or
 * -ENOMEM. */
int acpi_cpu_hotplug_create (const struct device_env *env, struct pm *pm, unsigned n,
                             const struct acpi_cpu_hotplug_ops *ops, void *opaque,
                             struct acpi_cpu_hotplug **out);
/* NULL is nothing. */
void acpi_cpu_hotplug_destroy (struct acpi_cpu_hotplug *hotplug);

/* Nothing is pending; who is there stays.  vCPUs are parked. */
void acpi_cpu_hotplug_reset (struct acpi_cpu_hotplug *hotplug);

/* Processor INDEX is there, or not, since power-on: the guest is not told. */
void acpi_cpu_hotplug_set_present (struct acpi_cpu_hotplug *hotplug, unsigned index, bool present);

/* Tell the guest: processor INDEX came; it shall go. */
void acpi_cpu_hotplug_plugged (struct acpi_cpu_hotplug *hotplug, unsigned index);
void acpi_cpu_hotplug_ask_to_eject (struct acpi_cpu_hotplug *hotplug, unsigned index);

/* Takes the request back that INDEX shall go. */
void acpi_cpu_hotplug_stop_asking (struct acpi_cpu_hotplug *hotplug, unsigned index);

/* Whether there is a system in the guest that looks at these registers. */
bool acpi_cpu_hotplug_guest_listens (struct acpi_cpu_hotplug *hotplug);
