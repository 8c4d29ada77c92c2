/* SPDX-License-Identifier: GPL-2.0-or-later */
/* app-window-dnd.c - files dropped anywhere on the main window become machines.
 *
 * The window itself is the target, so that no child is a hole in it; a cover with a frame is shown while
 * files are held over it.  Only what is a file list is looked at: a drag of text goes by unlit.
 */
#include <glib/gi18n.h>

#include "app-window-private.h"

static gboolean
offers_files (GtkWidget *widget, GdkDragContext *context, GdkAtom *target)
{
    *target = gtk_drag_dest_find_target (widget, context, NULL);
    return *target != GDK_NONE;
}

static gboolean
drag_motion_cb (GtkWidget *widget, GdkDragContext *context, int x, int y, guint time,
                gpointer user_data)
{
    AppWindow *self = APP_WINDOW (widget);
    GdkAtom target;

    if (!offers_files (widget, context, &target)) {
        gdk_drag_status (context, 0, time);
        return FALSE;
    }
    gtk_widget_show (self->drop_cover);
    gdk_drag_status (context, GDK_ACTION_COPY, time);
    return TRUE;
}

static void
drag_leave_cb (GtkWidget *widget, GdkDragContext *context, guint time, gpointer user_data)
{
    gtk_widget_hide (APP_WINDOW (widget)->drop_cover);
}

static gboolean
drag_drop_cb (GtkWidget *widget, GdkDragContext *context, int x, int y, guint time,
              gpointer user_data)
{
    GdkAtom target;

    if (!offers_files (widget, context, &target))
        return FALSE;
    gtk_drag_get_data (widget, context, target, time);
    return TRUE;
}

/* One machine at a time: the first file is taken, the others are named. */
static void
take_uris (AppWindow *self, char **uris)
{
    GtkApplication *application = gtk_window_get_application (GTK_WINDOW (self));
    g_autoptr (GFile) file = g_file_new_for_uri (uris[0]);
    g_autofree char *path = g_file_get_path (file);

    if (path == NULL) {
        g_autofree char *text = g_strdup_printf (
            _ ("“%s” is not a file of this computer; copy it here first."), uris[0]);

        app_window_add_note (self, GTK_MESSAGE_WARNING, text);
        return;
    }
    if (uris[1] != NULL) {
        g_autofree char *name = g_file_get_basename (file);
        g_autofree char *text =
            g_strdup_printf (_ ("A machine is made of one file at a time: this is “%s”."), name);

        app_window_add_note (self, GTK_MESSAGE_INFO, text);
    }
    app_application_new_machine (APP_APPLICATION (application), path);
}

static void
drag_data_received_cb (GtkWidget *widget, GdkDragContext *context, int x, int y,
                       GtkSelectionData *data, guint info, guint time, gpointer user_data)
{
    g_auto (GStrv) uris = gtk_selection_data_get_uris (data);
    gboolean usable = uris != NULL && uris[0] != NULL;

    /* The source is told first: opening a sheet takes longer than it should wait. */
    gtk_drag_finish (context, usable, FALSE, time);
    if (usable)
        take_uris (APP_WINDOW (widget), uris);
}

void
app_window_accept_drops (AppWindow *self)
{
    GtkWidget *widget = GTK_WIDGET (self);

    gtk_drag_dest_set (widget, 0, NULL, 0, GDK_ACTION_COPY);
    gtk_drag_dest_add_uri_targets (widget);
    g_signal_connect (widget, "drag-motion", G_CALLBACK (drag_motion_cb), NULL);
    g_signal_connect (widget, "drag-leave", G_CALLBACK (drag_leave_cb), NULL);
    g_signal_connect (widget, "drag-drop", G_CALLBACK (drag_drop_cb), NULL);
    g_signal_connect (widget, "drag-data-received", G_CALLBACK (drag_data_received_cb), NULL);
}
