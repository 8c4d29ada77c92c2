/* SPDX-License-Identifier: GPL-2.0-or-later */
/* app-file-drop.c - files that are dropped anywhere on a window.
 *
 * The window itself is the target, so that no child is a hole in it; a cover with a frame is shown while
 * files are held over it.  Only what is a file list is looked at: a drag of text goes by unlit.
 */
#include "app-file-drop.h"

typedef struct {
    GtkWidget *cover; /* the window's own */
    AppFileDropFunc take;
} FileDrop;

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
    const FileDrop *drop = user_data;
    GdkAtom target;

    if (!offers_files (widget, context, &target)) {
        gdk_drag_status (context, 0, time);
        return FALSE;
    }
    gtk_widget_show (drop->cover);
    gdk_drag_status (context, GDK_ACTION_COPY, time);
    return TRUE;
}

static void
drag_leave_cb (GtkWidget *widget, GdkDragContext *context, guint time, gpointer user_data)
{
    const FileDrop *drop = user_data;

    gtk_widget_hide (drop->cover);
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

static void
drag_data_received_cb (GtkWidget *widget, GdkDragContext *context, int x, int y,
                       GtkSelectionData *data, guint info, guint time, gpointer user_data)
{
    const FileDrop *drop = user_data;
    g_auto (GStrv) uris = gtk_selection_data_get_uris (data);
    g_autoptr (GPtrArray) files = g_ptr_array_new_with_free_func (g_object_unref);
    gboolean usable = uris != NULL && uris[0] != NULL;

    /* The source is told first: what becomes of it takes longer than it should wait. */
    gtk_drag_finish (context, usable, FALSE, time);
    if (!usable)
        return;
    for (guint i = 0; uris[i] != NULL; i++)
        g_ptr_array_add (files, g_file_new_for_uri (uris[i]));
    drop->take (GTK_WINDOW (widget), files);
}

static void
free_drop (gpointer data, GClosure *closure)
{
    g_free (data);
}

void
app_file_drop_accept (GtkWindow *window, GtkWidget *cover, AppFileDropFunc take)
{
    GtkWidget *widget = GTK_WIDGET (window);
    FileDrop *drop = g_new0 (FileDrop, 1);

    drop->cover = cover;
    drop->take = take;
    gtk_drag_dest_set (widget, 0, NULL, 0, GDK_ACTION_COPY);
    gtk_drag_dest_add_uri_targets (widget);
    g_signal_connect (widget, "drag-motion", G_CALLBACK (drag_motion_cb), drop);
    g_signal_connect (widget, "drag-leave", G_CALLBACK (drag_leave_cb), drop);
    g_signal_connect (widget, "drag-drop", G_CALLBACK (drag_drop_cb), drop);
    g_signal_connect_data (widget, "drag-data-received", G_CALLBACK (drag_data_received_cb), drop,
                           free_drop, 0);
}
