/* SPDX-License-Identifier: GPL-2.0-or-later */
/* app-shortcuts.c - the window that lists all keys.
 *
 * Not under the name that GtkApplication looks for: it would build the window with the first one of the
 * application, long before anybody asks for it.
 */
#include "app-shortcuts.h"

GtkWindow *
app_shortcuts_new (void)
{
    g_autoptr (GtkBuilder) builder
        = gtk_builder_new_from_resource ("/org/vitrine/Vitrine/ui/app-shortcuts.ui");

    return GTK_WINDOW (gtk_builder_get_object (builder, "shortcuts"));
}
