/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vitrine-engine-module.h - an engine as a module of its own, loaded when the first of its hosts is opened.
 *
 * For an engine whose libraries a program that has no such host shall not pay for at its start.  The module
 * calls back into the program for libvitrine's types and for what engines share: exports.list names it.
 */
#pragma once

#include "vitrine-host.h"

G_BEGIN_DECLS

typedef struct {
    /* URI is the whole of what vitrine_host_new() was given.  (transfer full), or NULL. */
    VitrineHost *(*host_new) (const char *uri, GError **error);
} VitrineEngineModule;

/* The one symbol of the module.  It is given the program's version, and returns NULL for any but its own. */
#define VITRINE_ENGINE_MODULE_ENTRY "vitrine_engine_module_get"
typedef const VitrineEngineModule *(*VitrineEngineModuleEntry) (const char *version);
const VitrineEngineModule *vitrine_engine_module_get (const char *version);

/* The file of libvirt's, without its ending, and the folder below src that it is built in. */
#define VITRINE_LIBVIRT_MODULE        "engine-libvirt"
#define VITRINE_LIBVIRT_MODULE_FOLDER "libvitrine/engines/libvirt"

G_END_DECLS
