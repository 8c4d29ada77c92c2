/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vitrine-os-module.h - libosinfo as a module of its own, loaded when a system is first asked for.
 *
 * libosinfo brings libsoup, libxslt and libxml2, and its database takes half a second and 40 MB: who looks at a list of
 * machines pays for none of it.  What the module hands out are plain structs.  It needs vitrine_error_quark() of the
 * program.
 */
#pragma once

#include "vitrine-express-private.h"
#include "vitrine-os.h"

G_BEGIN_DECLS

/* Both block, and are called in any thread, several of them at once.  The database is there while they run, and no longer. */
typedef struct {
    GPtrArray *(*list) (GError **error); /* of VitrineOs, not sorted; no free function is set */
    VitrineOsGuess *(*detect) (const char *path, GCancellable *cancellable, GError **error);
    /* As vitrine_express_ask(). */
    VitrineExpressScript *(*express) (const char *iso, const char *os,
                                      const VitrineExpressFill *fill, GCancellable *cancellable,
                                      GError **error);
} VitrineOsModule;

/* The one symbol of the module.  It is given the program's version, and returns NULL for any but its own. */
#define VITRINE_OS_MODULE_ENTRY "vitrine_os_module_get"
typedef const VitrineOsModule *(*VitrineOsModuleEntry) (const char *version);
const VitrineOsModule *vitrine_os_module_get (const char *version);

/* The program's: the module, or NULL with UNSUPPORTED. */
const VitrineOsModule *vitrine_os_load (GError **error);

/* Its file, without its ending, and the folder below src that it is built in. */
#define VITRINE_OS_MODULE        "osinfo"
#define VITRINE_OS_MODULE_FOLDER "libvitrine/osinfo"

G_END_DECLS
