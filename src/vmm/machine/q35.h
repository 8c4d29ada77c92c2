/* SPDX-License-Identifier: GPL-2.0-or-later */
/* q35.h - the chipset: host bridge 00:00.0, LPC bridge 00:1f.0, reset and A20 ports.
 *
 * Just as much of Intel's 82G33 (MCH) and ICH9 as firmware and systems need; no SMM, bus 0 only.
 */
#pragma once

#include "device.h"
#include "pci.h"
#include "pm.h"

#define Q35_SLOT_LPC  31
#define Q35_DEVFN_LPC PCI_DEVFN (Q35_SLOT_LPC, 0)
#define Q35_DEVFN_SATA PCI_DEVFN (Q35_SLOT_LPC, 2)

struct q35;

/* Returns 0 or -errno.  Valid until q35_destroy(). */
int q35_create (const struct device_env *env, struct q35 **out);
void q35_destroy (struct q35 *q35);
void q35_reset (struct q35 *q35);

/* The user pressed the power button shortly.  Any thread. */
void q35_press_power_button (struct q35 *q35);

/* For the machine's hotplug controllers, which raise events.  Valid as long as the chipset. */
struct pm *q35_get_pm (struct q35 *q35);

/* What firmware does and a directly booted kernel takes for granted: ECAM is on, PIRQs are routed to
 * IRQ 10 and 11, ACPI is left for the kernel to switch on. */
void q35_prepare_without_firmware (struct q35 *q35);
