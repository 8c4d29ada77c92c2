/* SPDX-License-Identifier: GPL-2.0-or-later */
/* app-machine-view-loads.c - whose loads are read: those of the rows in sight; all, while the list is sorted by them.
 *
 * Sorted by load, rows find their new places now and then, but never under the user's hands: not while the pointer is over
 * the list, nor while a row has the keyboard.
 */
#include "app-machine-view-private.h"
#include "app-stats.h"

#define SORT_AGAIN_S 3

/* --- rows in sight ------------------------------------------------------------------------------- */

void
app_machine_view_watch_rows (AppMachineView *self)
{
    GtkAdjustment *position = gtk_scrolled_window_get_vadjustment (self->scroller);
    double top = gtk_adjustment_get_value (position);
    double bottom = top + gtk_adjustment_get_page_size (position);

    for (guint i = 0; i < self->filled->len; i++) {
        AppMachineRow *row = g_ptr_array_index (self->filled, i);
        gboolean in_sight = app_machine_view_row_is_within (GTK_WIDGET (row), top, bottom);

        app_machine_card_set_watched (app_machine_row_get_card (row), self->watching && in_sight);
    }
}

/* --- all ----------------------------------------------------------------------------------------- */

void
app_machine_view_forget_load (gpointer item)
{
    app_stats_unwatch (item);
    g_object_unref (item);
}

/* Those that there are now, in the place of those there were. */
static void
watch_all (AppMachineView *self)
{
    GHashTable *sampled = g_hash_table_new_full (NULL, NULL, NULL, app_machine_view_forget_load);
    guint n = g_list_model_get_n_items (G_LIST_MODEL (self->hosts));

    for (guint i = 0; i < n; i++) {
        g_autoptr (GObject) item = g_list_model_get_item (G_LIST_MODEL (self->hosts), i);

        if (!APP_IS_MACHINE_ITEM (item))
            continue;
        app_stats_watch (APP_MACHINE_ITEM (item));
        g_hash_table_insert (sampled, item, g_object_ref (item));
    }
    g_hash_table_unref (self->sampled);
    self->sampled = sampled;
}

static gboolean
is_in_hands (AppMachineView *self)
{
    GtkWidget *scroller = GTK_WIDGET (self->scroller);
    GtkWidget *window = gtk_widget_get_toplevel (scroller);
    GtkWidget *focus = GTK_IS_WINDOW (window) ? gtk_window_get_focus (GTK_WINDOW (window)) : NULL;
    GdkSeat *seat = gdk_display_get_default_seat (gtk_widget_get_display (scroller));
    GdkWindow *below = gdk_device_get_window_at_position (gdk_seat_get_pointer (seat), NULL, NULL);
    gpointer widget = NULL;

    if (focus != NULL && gtk_widget_is_ancestor (focus, GTK_WIDGET (self->list_box)))
        return TRUE;
    if (below != NULL)
        gdk_window_get_user_data (below, &widget);
    return widget != NULL && gtk_widget_is_ancestor (GTK_WIDGET (widget), scroller);
}

static gboolean
sort_timer_cb (gpointer user_data)
{
    AppMachineView *self = user_data;

    if (!is_in_hands (self))
        app_machine_view_sort_again (self);
    return G_SOURCE_CONTINUE;
}

void
app_machine_view_forget_loads (AppMachineView *self)
{
    g_clear_handle_id (&self->sort_timer, g_source_remove);
    g_clear_pointer (&self->sampled, g_hash_table_unref);
}

/* --- both ---------------------------------------------------------------------------------------- */

void
app_machine_view_watch_loads (AppMachineView *self)
{
    gboolean all = self->watching && app_hosts_get_sort (self->hosts) == APP_SORT_LOAD;

    app_machine_view_watch_rows (self);
    if (all)
        watch_all (self);
    else
        g_hash_table_remove_all (self->sampled);
    if (all && self->sort_timer == 0)
        self->sort_timer = g_timeout_add_seconds (SORT_AGAIN_S, sort_timer_cb, self);
    else if (!all)
        g_clear_handle_id (&self->sort_timer, g_source_remove);
}

void
app_machine_view_set_watching (AppMachineView *self, gboolean watching)
{
    g_return_if_fail (APP_IS_MACHINE_VIEW (self));

    if (self->watching == watching)
        return;
    self->watching = watching;
    app_machine_view_watch_loads (self);
}
