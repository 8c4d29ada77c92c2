/* SPDX-License-Identifier: GPL-2.0-or-later */
/* definition-module.h - reading and writing definitions, as a module of its own.
 *
 * The libraries for it cost a program more at its start than all else it does before its first words:
 * who may do without them (libvitrine) links what a definition is, definition.c and definition-value.c, and
 * loads the rest with the first text.
 */
#pragma once

#include "definition-network.h"
#include "definition.h"

G_BEGIN_DECLS

/* The module's file, without its ending, and the folder below src that it is built in. */
#define DEFINITION_MODULE        "definition"
#define DEFINITION_MODULE_FOLDER "definition"

/* Each as the function of definition.h or definition-network.h with its name. */
typedef struct {
    VitrineDefinition *(*parse) (const char *xml, gssize len, GError **error);
    char *(*build) (const VitrineDefinitionParams *params, GError **error);
    VitrineDefinition *(*with_device) (const VitrineDefinition *self, const char *xml, gssize len,
                                       GError **error);
    VitrineDefinition *(*without_device) (const VitrineDefinition *self, const char *alias,
                                          GError **error);
    VitrineDefinition *(*with_medium) (const VitrineDefinition *self, const char *alias,
                                       const char *path, gboolean block, GError **error);
    VitrineDefinition *(*with_image) (const VitrineDefinition *self, const char *target,
                                      const char *path, VitrineDefinitionFormat format,
                                      gboolean block, GError **error);
    VitrineDefinition *(*with_identity) (const VitrineDefinition *self, const char *name,
                                         const char *uuid, const char *nvram, GError **error);
    VitrineDefinition *(*with_vcpus) (const VitrineDefinition *self, guint n, guint max,
                                      GError **error);
    VitrineDefinition *(*with_memory) (const VitrineDefinition *self, guint64 bytes,
                                       guint64 max_bytes, GError **error);
    VitrineDefinition *(*with_card) (const VitrineDefinition *self, const char *alias,
                                     const char *const *settings, GError **error);
    VitrineNetwork *(*network_parse) (const char *xml, gssize len, GError **error);
    char **(*dup_choices) (const char *path, const char *attribute, GError **error);
} DefinitionModule;

/* The one symbol of the module.  It is given the program's version, and returns NULL for any but its own: the
 * two share the insides of a definition.  The module in turn needs vitrine_error_quark() of the program. */
#define DEFINITION_MODULE_ENTRY "definition_module_get"
typedef const DefinitionModule *(*DefinitionModuleEntry) (const char *version);
const DefinitionModule *definition_module_get (const char *version);

G_END_DECLS
