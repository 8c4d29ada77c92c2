/* SPDX-License-Identifier: GPL-2.0-or-later */
/* app-module.c - widgets whose libraries are loaded when they are first needed.
 *
 * gtk-vnc and VTE bring 18 more libraries, which cost a fifth of the time to the first window; a list of
 * machines needs none of them.  A module has one widget class, and calls back into the application for the
 * type of its interface only.
 */
#include "app-module.h"

#include <vitrine.h>

#include "config.h"

GType
app_module_load (const char *name, GType interface, GError **error)
{
    AppModuleEntry entry =
        (AppModuleEntry) vitrine_module_load ("app/modules", name, APP_MODULE_ENTRY, error);
    GType type;

    if (entry == NULL)
        return G_TYPE_INVALID;
    type = entry (VITRINE_VERSION);
    if (type == G_TYPE_INVALID) {
        vitrine_module_refuse (name, NULL, error);
    } else if (!g_type_is_a (type, interface)) {
        vitrine_module_refuse (name, g_type_name (type), error);
        type = G_TYPE_INVALID;
    }
    return type;
}
