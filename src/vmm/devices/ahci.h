/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ahci.h - the SATA controller of an ICH9 (8086:2922) in AHCI mode. */
#pragma once

#include "device.h"

#define AHCI_N_PORTS 6

struct ahci;

/* Puts a controller with no drives at DEVFN.  Returns 0 or -errno. */
int ahci_create (const struct device_env *env, unsigned devfn, struct ahci **out);

struct device *ahci_device (struct ahci *ahci);

/* Plugs DRIVE, made by a class on DEVICE_BUS_SATA, into PORT.  Before the machine runs.  DRIVE
 * stays the caller's and is destroyed after the controller.  Returns 0, -EINVAL when there is no
 * such port or -EBUSY when it is taken. */
int ahci_attach (struct ahci *ahci, unsigned port, struct device *drive);
