/* SPDX-License-Identifier: GPL-2.0-or-later */
/* pm.h - the ICH9's power management block at 600h: PM timer, fixed events, general-purpose events.
 *
 * ACPI 6.4 §4.8; Intel ICH9 datasheet §13.8.
 */
#pragma once

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "bus.h"
#include "device.h"
#include "irq.h"
#include "loop.h"

#define PM_BASE  0x600
#define PM_BYTES 0x80

struct pm {
    const struct device_env *env;
    struct bus_region timer_region; /* 608h: polled millions of times, so on its own and lock-free */
    struct bus_region region;
    struct bus_region smi_region; /* B2h, B3h */

    pthread_mutex_t lock; /* guards what follows */
    struct irq_line sci;
    uint16_t pm1_status, pm1_enable, pm1_control;
    uint8_t gpe_status[8], gpe_enable[8];
    uint32_t smi_enable;
    uint8_t smi_data;
    bool timer_msb; /* bit 23 of the timer when TMR_STS was last brought up to date */
    struct loop_timer timer_overflow;
};

/* Adds the block's ports.  Returns 0 or -ENOMEM. */
int pm_init (struct pm *pm, const struct device_env *env);
void pm_destroy (struct pm *pm);
void pm_reset (struct pm *pm);

/* The user pressed the button shortly.  Any thread. */
void pm_press_power_button (struct pm *pm);

/* General-purpose events of our own making; what each is for is said to the guest in the DSDT. */
enum pm_gpe {
    PM_GPE_PCI_HOTPLUG = 1,
    PM_GPE_CPU_HOTPLUG = 2,
};

/* Something happened that the guest's handler for GPE shall look at.  Stays pending until the guest
 * clears it.  Any thread. */
void pm_raise_gpe (struct pm *pm, enum pm_gpe gpe);

/* Whether the guest listens to GPE: its system took ACPI over and switched the event on. */
bool pm_gpe_is_enabled (struct pm *pm, enum pm_gpe gpe);
