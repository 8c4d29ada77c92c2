/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vitrine-module.c - our own modules: parts whose libraries not every start of a program shall pay for. */
#include "vitrine-module.h"

#include <glib/gi18n-lib.h>
#include <gmodule.h>

#include "vitrine-error.h"
#include "vitrine-paths.h"

void
vitrine_module_refuse (const char *name, const char *reason, GError **error)
{
    if (reason == NULL)
        g_set_error (
            error, VITRINE_ERROR, VITRINE_ERROR_UNSUPPORTED,
            _ ("Vitrine's module “%s” is of another version. Close all of Vitrine's windows "
               "and start it again."),
            name);
    else
        /* Translators: a file's name, and what is wrong with it */
        g_set_error (
            error, VITRINE_ERROR, VITRINE_ERROR_UNSUPPORTED,
            _ ("Vitrine's module “%s” cannot be loaded (%s). Installing Vitrine again should "
               "help."),
            name, reason);
}

gpointer
vitrine_module_load (const char *folder, const char *name, const char *entry, GError **error)
{
    g_autofree char *file = g_strconcat (name, "." G_MODULE_SUFFIX, NULL);
    g_autofree char *path = vitrine_paths_dup_own ("VITRINE_MODULEDIR", folder, file, MODULEDIR);
    g_autoptr (GError) reason = NULL;
    gpointer function = NULL;
    GModule *module;

    /* All its symbols are looked up now: one that is missing later would end the process. */
    module = g_module_open_full (path, G_MODULE_BIND_LOCAL, &reason);
    if (module == NULL) {
        vitrine_module_refuse (name, reason->message, error);
        return NULL;
    }
    /* What it hands out points into it. */
    g_module_make_resident (module);
    if (!g_module_symbol (module, entry, &function)) {
        vitrine_module_refuse (name, g_module_error (), error);
        return NULL;
    }
    return function;
}
