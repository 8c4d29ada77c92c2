/* SPDX-License-Identifier: GPL-2.0-or-later */
/* app-module.h - widgets whose libraries are loaded when they are first needed. */
#pragma once

#include <glib-object.h>

G_BEGIN_DECLS

/* The class in the module NAME, which implements INTERFACE; the module is never unloaded.  G_TYPE_INVALID
 * with ERROR, a sentence that says what to do, when there is no such module or it is of no use. */
GType app_module_load (const char *name, GType interface, GError **error);

/* The one symbol of a module.  It is given the application's version, and returns G_TYPE_INVALID for any
 * but its own: a running application may find the modules of the one that was installed meanwhile. */
#define APP_MODULE_ENTRY "app_module_get_widget"
typedef GType (*AppModuleEntry) (const char *version);
GType app_module_get_widget (const char *version);

G_END_DECLS
