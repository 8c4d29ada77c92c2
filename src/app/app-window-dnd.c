/* SPDX-License-Identifier: GPL-2.0-or-later */
/* app-window-dnd.c - files dropped anywhere on the main window become machines. */
#include <glib/gi18n.h>

#include "app-file-drop.h"
#include "app-window-private.h"

/* One machine at a time: the first file is taken, the others are named. */
static void
take_files (GtkWindow *window, GPtrArray *files)
{
    AppWindow *self = APP_WINDOW (window);
    GFile *file = g_ptr_array_index (files, 0);
    g_autofree char *path = g_file_get_path (file);

    if (path == NULL) {
        g_autofree char *uri = g_file_get_uri (file);
        g_autofree char *text =
            g_strdup_printf (_ ("“%s” is not a file of this computer; copy it here first."), uri);

        app_window_add_note (self, GTK_MESSAGE_WARNING, text);
        return;
    }
    if (files->len > 1) {
        g_autofree char *name = g_file_get_basename (file);
        g_autofree char *text =
            g_strdup_printf (_ ("A machine is made of one file at a time: this is “%s”."), name);

        app_window_add_note (self, GTK_MESSAGE_INFO, text);
    }
    app_application_new_machine (APP_APPLICATION (gtk_window_get_application (window)), path);
}

void
app_window_accept_drops (AppWindow *self)
{
    app_file_drop_accept (GTK_WINDOW (self), self->drop_cover, take_files);
}
