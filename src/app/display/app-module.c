/* SPDX-License-Identifier: GPL-2.0-or-later */
/* app-module.c - widgets whose libraries are loaded when they are first needed.
 *
 * gtk-vnc and VTE bring 18 more libraries, which cost a fifth of the time to the first window; a list of
 * machines needs none of them.  A module has one widget class, and calls back into the application for the
 * type of its interface only.
 */
#include "app-module.h"

#include <glib/gi18n.h>
#include <gmodule.h>
#include <vitrine.h>

#include "config.h"

static GType
fail (const char *name, const char *reason, GError **error)
{
    /* Translators: a file's name, and what is wrong with it */
    g_set_error (error, VITRINE_ERROR, VITRINE_ERROR_UNSUPPORTED,
                 _ ("Vitrine's module “%s” cannot be loaded (%s). Installing Vitrine again should "
                    "help."),
                 name, reason);
    return G_TYPE_INVALID;
}

GType
app_module_load (const char *name, GType interface, GError **error)
{
    g_autofree char *file = g_strconcat (name, "." G_MODULE_SUFFIX, NULL);
    g_autofree char *path =
        vitrine_paths_dup_own ("VITRINE_MODULEDIR", "app/modules", file, VITRINE_MODULEDIR);
    g_autoptr (GError) reason = NULL;
    gpointer entry = NULL;
    GModule *module;
    GType type;

    /* All its symbols are looked up now: one that is missing later would end the process. */
    module = g_module_open_full (path, G_MODULE_BIND_LOCAL, &reason);
    if (module == NULL)
        return fail (name, reason->message, error);
    /* What it registers points into it. */
    g_module_make_resident (module);
    if (!g_module_symbol (module, APP_MODULE_ENTRY, &entry))
        return fail (name, g_module_error (), error);
    type = ((AppModuleEntry) entry) (VITRINE_VERSION);
    if (type == G_TYPE_INVALID) {
        g_set_error (
            error, VITRINE_ERROR, VITRINE_ERROR_UNSUPPORTED,
            _ ("Vitrine's module “%s” is of another version. Close all of Vitrine's windows "
               "and start it again."),
            name);
        return G_TYPE_INVALID;
    }
    if (!g_type_is_a (type, interface))
        return fail (name, g_type_name (type), error);
    return type;
}
