/* SPDX-License-Identifier: GPL-2.0-or-later */
/* osinfo-private.h - the module's parts. */
#pragma once

#include <osinfo/osinfo.h>

#include "osinfo-medium.h"
#include "vitrine-express-private.h"
#include "vitrine-os.h"

G_BEGIN_DECLS

/* osinfo-module.c: held by who has the database, from before it is opened until it is given back; and by nobody who reads
 * a medium, which may take for ever. */
extern GMutex osinfo_module_lock;

/* The database (transfer full), or NULL with UNSUPPORTED. */
OsinfoDb *osinfo_module_open (GError **error);

/* osinfo-system.c: all that is said of OS; (transfer full). */
VitrineOs *osinfo_system_read (OsinfoOs *os);

/* osinfo-detect.c: as VitrineOsModule has it. */
VitrineOsGuess *osinfo_detect (const char *path, GCancellable *cancellable, GError **error);

/* The medium as DB lists it (transfer full), or NULL. */
OsinfoMedia *osinfo_medium_identify (OsinfoDb *db, const OsinfoMedium *medium);

/* osinfo-express.c: the same. */
VitrineExpressScript *osinfo_express (const char *iso, const char *os,
                                      const VitrineExpressFill *fill, GCancellable *cancellable,
                                      GError **error);

G_END_DECLS
