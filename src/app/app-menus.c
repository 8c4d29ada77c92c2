/* SPDX-License-Identifier: GPL-2.0-or-later */
/* app-menus.c - the menus that buttons open; read from their template when the first is asked for. */
#include "app-menus.h"

#include <gtk/gtk.h>

GMenuModel *
app_menus_get (const char *name)
{
    static GtkBuilder *builder;

    if (builder == NULL)
        builder = gtk_builder_new_from_resource ("/org/vitrine/Vitrine/ui/app-menus.ui");
    return G_MENU_MODEL (gtk_builder_get_object (builder, name));
}
