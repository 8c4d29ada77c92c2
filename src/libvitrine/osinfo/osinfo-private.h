/* SPDX-License-Identifier: GPL-2.0-or-later */
/* osinfo-private.h - the module's parts. */
#pragma once

#include <osinfo/osinfo.h>

#include "vitrine-os.h"

G_BEGIN_DECLS

/* osinfo-module.c: the database (transfer full), or NULL with UNSUPPORTED. */
OsinfoDb *osinfo_module_open (GError **error);

/* osinfo-system.c: all that is said of OS; (transfer full). */
VitrineOs *osinfo_system_read (OsinfoOs *os);

/* osinfo-detect.c: as VitrineOsModule has it. */
VitrineOsGuess *osinfo_detect (const char *path, GCancellable *cancellable, GError **error);

G_END_DECLS
