/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vitrine-libvirt.c - libvirt's hosts are a module, loaded when the first of them is opened.
 *
 * libvirt brings two dozen libraries, for TLS, SASL and SSH among others: who has no libvirt host never loads
 * them.
 */
#include "vitrine-engine-module.h"
#include "vitrine-module.h"
#include "vitrine-private.h"

/* What could not be loaded is tried again with the next host: it may be there by then. */
static const VitrineEngineModule *
load (GError **error)
{
    static const VitrineEngineModule *module;
    VitrineEngineModuleEntry entry;

    if (module != NULL)
        return module;
    entry = (VitrineEngineModuleEntry) vitrine_module_load (
        VITRINE_LIBVIRT_MODULE_FOLDER, VITRINE_LIBVIRT_MODULE, VITRINE_ENGINE_MODULE_ENTRY, error);
    if (entry == NULL)
        return NULL;
    module = entry (VITRINE_VERSION);
    if (module == NULL)
        vitrine_module_refuse (VITRINE_LIBVIRT_MODULE, NULL, error);
    return module;
}

VitrineHost *
vitrine_libvirt_host_new (const char *uri, GError **error)
{
    const VitrineEngineModule *module = load (error);

    return module != NULL ? module->host_new (uri, error) : NULL;
}
