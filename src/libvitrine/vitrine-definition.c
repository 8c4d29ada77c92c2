/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vitrine-definition.c - definitions are read and written by a module, loaded with the first text.
 *
 * libvirt-gconfig brings libxml2, and that ICU and the C++ library: a tenth of what the loader does for the
 * application, and most of what it does for the command line.  The functions here are those of
 * definition.h; who calls them need not know.  The first text of a host's listing is read in its thread, so
 * a window does not wait for the module.
 */
#include "definition-module.h"
#include "vitrine-module.h"

/* What could not be loaded is tried again with the next text: it may be there by then. */
static const DefinitionModule *
load (GError **error)
{
    static GMutex lock;
    static const DefinitionModule *module;
    g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&lock);
    DefinitionModuleEntry entry;

    if (module != NULL)
        return module;
    entry = (DefinitionModuleEntry) vitrine_module_load (
        DEFINITION_MODULE_FOLDER, DEFINITION_MODULE, DEFINITION_MODULE_ENTRY, error);
    if (entry == NULL)
        return NULL;
    module = entry (VITRINE_VERSION);
    if (module == NULL)
        vitrine_module_refuse (DEFINITION_MODULE, NULL, error);
    return module;
}

VitrineDefinition *
vitrine_definition_parse (const char *xml, gssize len, GError **error)
{
    const DefinitionModule *module = load (error);

    return module != NULL ? module->parse (xml, len, error) : NULL;
}

VitrineDefinition *
vitrine_definition_with_device (const VitrineDefinition *self, const char *xml, gssize len,
                                GError **error)
{
    const DefinitionModule *module = load (error);

    return module != NULL ? module->with_device (self, xml, len, error) : NULL;
}

VitrineDefinition *
vitrine_definition_without_device (const VitrineDefinition *self, const char *alias, GError **error)
{
    const DefinitionModule *module = load (error);

    return module != NULL ? module->without_device (self, alias, error) : NULL;
}

VitrineDefinition *
vitrine_definition_with_medium (const VitrineDefinition *self, const char *alias, const char *path,
                                gboolean block, GError **error)
{
    const DefinitionModule *module = load (error);

    return module != NULL ? module->with_medium (self, alias, path, block, error) : NULL;
}

VitrineDefinition *
vitrine_definition_with_image (const VitrineDefinition *self, const char *target, const char *path,
                               VitrineDefinitionFormat format, gboolean block, GError **error)
{
    const DefinitionModule *module = load (error);

    return module != NULL ? module->with_image (self, target, path, format, block, error) : NULL;
}

VitrineDefinition *
vitrine_definition_with_identity (const VitrineDefinition *self, const char *name, const char *uuid,
                                  const char *nvram, GError **error)
{
    const DefinitionModule *module = load (error);

    return module != NULL ? module->with_identity (self, name, uuid, nvram, error) : NULL;
}

VitrineDefinition *
vitrine_definition_with_vcpus (const VitrineDefinition *self, guint n, guint max, GError **error)
{
    const DefinitionModule *module = load (error);

    return module != NULL ? module->with_vcpus (self, n, max, error) : NULL;
}

VitrineDefinition *
vitrine_definition_with_memory (const VitrineDefinition *self, guint64 bytes, guint64 max_bytes,
                                GError **error)
{
    const DefinitionModule *module = load (error);

    return module != NULL ? module->with_memory (self, bytes, max_bytes, error) : NULL;
}

VitrineDefinition *
vitrine_definition_with_card (const VitrineDefinition *self, const char *alias,
                              const char *const *settings, GError **error)
{
    const DefinitionModule *module = load (error);

    return module != NULL ? module->with_card (self, alias, settings, error) : NULL;
}

VitrineNetwork *
vitrine_network_parse (const char *xml, gssize len, GError **error)
{
    const DefinitionModule *module = load (error);

    return module != NULL ? module->network_parse (xml, len, error) : NULL;
}

char **
vitrine_definition_dup_choices (const char *path, const char *attribute, GError **error)
{
    const DefinitionModule *module = load (error);

    return module != NULL ? module->dup_choices (path, attribute, error) : NULL;
}

char *
vitrine_definition_build (const VitrineDefinitionParams *params, GError **error)
{
    const DefinitionModule *module = load (error);

    return module != NULL ? module->build (params, error) : NULL;
}
