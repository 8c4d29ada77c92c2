/* SPDX-License-Identifier: GPL-2.0-or-later */
/* app-shortcuts.c - the window that lists all keys.
 *
 * Not under the name that GtkApplication looks for: it would build the window with the first one of the
 * application, long before anybody asks for it.
 */
#include "app-shortcuts.h"

#include "app-preferences.h"
#include "display/app-release-chord.h"

static void
show_release (GObject *shortcut)
{
    g_object_set (shortcut, "accelerator", app_release_chord_get ()->accelerator, NULL);
}

GtkWindow *
app_shortcuts_new (void)
{
    g_autoptr (GtkBuilder) builder =
        gtk_builder_new_from_resource ("/org/vitrine/Vitrine/ui/app-shortcuts.ui");
    GtkWidget *window = GTK_WIDGET (gtk_builder_get_object (builder, "shortcuts"));
    GObject *release = gtk_builder_get_object (builder, "release");

    show_release (release);
    app_preferences_follow (APP_PREF_RELEASE_KEYS, G_CALLBACK (show_release), release);

    /* Hidden, not destroyed: GTK 3.24 complains of every shortcut while it takes this window apart. */
    g_signal_connect (window, "delete-event", G_CALLBACK (gtk_widget_hide_on_delete), NULL);
    return GTK_WINDOW (window);
}
