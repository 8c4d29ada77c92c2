/* SPDX-License-Identifier: GPL-2.0-or-later */
/* pvpanic.h - where a guest's kernel says that it crashed: a port, or a PCI function. */
#pragma once

#include "device.h"

extern const struct device_class pvpanic_class;     /* port 505h, which ACPI tells the guest of */
extern const struct device_class pvpanic_pci_class; /* 1b36:0011 */

/* Filled from the classes' options. */
struct pvpanic_config {
    unsigned action; /* enum device_action, once the guest panicked */
};

/* The one register: reading says which events there are, writing one says that it happened. */
#define PVPANIC_PANICKED     0x01
#define PVPANIC_CRASH_LOADED 0x02 /* the guest's own crash kernel takes over */
#define PVPANIC_EVENTS       (PVPANIC_PANICKED | PVPANIC_CRASH_LOADED)

#define PVPANIC_PORT      0x505
#define PVPANIC_BAR_BYTES 16
