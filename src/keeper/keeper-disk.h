/* SPDX-License-Identifier: GPL-2.0-or-later */
/* keeper-disk.h - opens and locks one disk image, CD image or block device. */
#pragma once

#include <glib.h>

#include "definition.h"

G_BEGIN_DECLS

/* Opens DEVICE's source for the machine in FOLDER and locks it: a disk that is written for this
 * machine alone, a read-only one against writers.  *DIRECT says whether O_DIRECT was granted.  Asks
 * again for PATIENCE_MS while it is in use, but by a machine that runs.  Returns the descriptor, or -1 with one sentence;
 * NOT_FOUND means that there is no such file. */
int keeper_disk_open (const VitrineDefinitionDevice *device, const char *folder, guint patience_ms,
                      gboolean *direct, GPtrArray *warnings, GError **error);

G_END_DECLS
