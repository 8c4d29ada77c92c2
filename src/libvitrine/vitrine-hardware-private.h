/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vitrine-hardware-private.h - the table of devices, for those who make elements of definitions of it. */
#pragma once

#include "vitrine-hardware.h"

G_BEGIN_DECLS

/* The element of KIND, and the settings that hold where others are not given, "KEY=VALUE KEY=VALUE";
 * FALSE for a kind that is not in the table. */
gboolean vitrine_hardware_find (const char *kind, const char **element, const char **defaults);

/* The settings of what DEVICE is, of VitrineSetting; NULL, without an error, for what is not in the table.  Borrowed from
 * LIST, of vitrine_hardware_list(). */
GPtrArray *vitrine_hardware_find_settings (GPtrArray *list, const VitrineDeviceInfo *device);

/* The way to what WORD says of an ELEMENT, or WORD itself; see vitrine-device-spec.c. */
const char *vitrine_hardware_find_key (const char *element, const char *word);

G_END_DECLS
