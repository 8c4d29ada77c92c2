/* SPDX-License-Identifier: GPL-2.0-or-later */
/* native-device.h - a disk or partition of this computer's that a machine is to have. */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* Whether PATH, which a machine would write to, may be one's; what is no block device may.  FALSE with BUSY
 * and what is on it where this computer uses it, unless FORCE.  *WARNING, which may be set already, gets what
 * is on it where there is something.  Blocks: any thread but the main one. */
gboolean native_device_check (const char *path, gboolean force, char **warning, GError **error);

G_END_DECLS
