/* SPDX-License-Identifier: GPL-2.0-or-later */
/* atapi.h - a SATA CD and DVD-ROM drive. */
#pragma once

#include "device.h"

extern const struct device_class atapi_cdrom_class; /* "atapi-cdrom" */
