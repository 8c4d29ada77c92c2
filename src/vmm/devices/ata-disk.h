/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ata-disk.h - a SATA disk. */
#pragma once

#include "device.h"

extern const struct device_class ata_disk_class; /* "ata-disk" */
