/* SPDX-License-Identifier: GPL-2.0-or-later */
/* atapi.h - a SATA CD and DVD-ROM drive. */
#pragma once

#include "device.h"

extern const struct device_class atapi_cdrom_class; /* "atapi-cdrom" */

/* Puts MEDIUM (NULL: none) in the place of what is in the drive, which is closed; the tray is
 * closed and the guest is told.  A read that was under way fails.  Takes MEDIUM over.  DRIVE was
 * made by atapi_cdrom_class.  I/O loop's thread. */
void atapi_set_medium (struct device *drive, struct block *medium);
