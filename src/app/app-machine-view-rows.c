/* SPDX-License-Identifier: GPL-2.0-or-later */
/* app-machine-view-rows.c - which rows of the list have contents.
 *
 * Theory of operation
 *
 *   A GtkListBox has a row for every machine, but rows are filled (app-machine-row.c) only when they
 *   come into sight, with half a page of margin on either side once the first frame is out; filled rows
 *   far from sight are emptied again once there are more than FILLED_MAX.  "Came into sight" is: the
 *   scroll position moved, the page changed its size, or rows came or went.  Each of these schedules one
 *   pass at a priority just above layout, so a frame never shows an empty row, and nothing is scheduled
 *   while nothing moves.
 *
 *   The first rows are filled as they are made: before the first layout there is no position to ask.
 */
#include "app-machine-view-private.h"

#define FIRST_FILLED  8
#define FILLED_MAX    64
#define PASS_PRIORITY (GTK_PRIORITY_RESIZE - 5)

static void
row_gone_cb (gpointer data, GObject *row)
{
    g_ptr_array_remove_fast (data, row);
}

void
app_machine_view_take_picture (AppMachineView *self, AppMachineRow *row)
{
    if (self->settled)
        app_machine_item_take_picture (app_machine_row_get_item (row),
                                       gtk_widget_get_scale_factor (GTK_WIDGET (self)));
}

void
app_machine_view_fill_row (AppMachineView *self, AppMachineRow *row)
{
    if (app_machine_row_get_card (row) != NULL)
        return;
    app_machine_row_fill (row);
    g_signal_connect_object (app_machine_card_get_menu_button (app_machine_row_get_card (row)),
                             "clicked", G_CALLBACK (app_machine_view_menu_clicked_cb), self, 0);
    app_machine_view_take_picture (self, row);
    g_ptr_array_add (self->filled, row);
    g_object_weak_ref (G_OBJECT (row), row_gone_cb, self->filled);
}

static void
empty_row_at (AppMachineView *self, guint index)
{
    AppMachineRow *row = g_ptr_array_index (self->filled, index);

    app_machine_row_empty (row);
    if (app_machine_row_get_card (row) != NULL)
        return;
    g_object_weak_unref (G_OBJECT (row), row_gone_cb, self->filled);
    g_ptr_array_remove_index_fast (self->filled, index);
}

/* Whether ROW, as it was last laid out, touches the stretch from TOP to BOTTOM. */
gboolean
app_machine_view_row_is_within (GtkWidget *row, double top, double bottom)
{
    GtkAllocation place;

    gtk_widget_get_allocation (row, &place);
    return place.y + place.height > top && place.y < bottom;
}

static void
empty_far_rows (AppMachineView *self, double top, double bottom)
{
    if (self->filled->len <= FILLED_MAX)
        return;
    for (guint i = self->filled->len; i-- > 0;) {
        if (!app_machine_view_row_is_within (g_ptr_array_index (self->filled, i), top, bottom))
            empty_row_at (self, i);
    }
}

static gboolean
fill_pass_cb (gpointer user_data)
{
    AppMachineView *self = user_data;
    GtkAdjustment *position = gtk_scrolled_window_get_vadjustment (self->scroller);
    double page = gtk_adjustment_get_page_size (position);
    double margin = self->settled ? page / 2 : 0;
    double top = gtk_adjustment_get_value (position) - margin;
    double bottom = top + page + 2 * margin;
    GtkListBoxRow *row = gtk_list_box_get_row_at_y (self->list_box, (int) MAX (top, 0));

    self->pass_id = 0;
    for (; row != NULL && app_machine_view_row_is_within (GTK_WIDGET (row), top, bottom);
         row = gtk_list_box_get_row_at_index (self->list_box, gtk_list_box_row_get_index (row) + 1))
        if (APP_IS_MACHINE_ROW (row))
            app_machine_view_fill_row (self, APP_MACHINE_ROW (row));
    empty_far_rows (self, top - page, bottom + page);
    app_machine_view_watch_rows (self);
    return G_SOURCE_REMOVE;
}

void
app_machine_view_schedule_pass (AppMachineView *self)
{
    if (self->pass_id == 0)
        self->pass_id = g_idle_add_full (PASS_PRIORITY, fill_pass_cb, self, NULL);
}

GtkWidget *
app_machine_view_create_row_cb (gpointer item, gpointer user_data)
{
    AppMachineView *self = user_data;
    AppMachineRow *row;

    if (APP_IS_HOST (item))
        return GTK_WIDGET (app_host_row_new (self->hosts, item));
    row = app_machine_row_new (item);
    if (self->filled->len < FIRST_FILLED)
        app_machine_view_fill_row (self, row);
    return GTK_WIDGET (row);
}

void
app_machine_view_forget_rows (AppMachineView *self)
{
    g_clear_handle_id (&self->pass_id, g_source_remove);
    if (self->filled == NULL)
        return;
    for (guint i = 0; i < self->filled->len; i++)
        g_object_weak_unref (g_ptr_array_index (self->filled, i), row_gone_cb, self->filled);
    g_clear_pointer (&self->filled, g_ptr_array_unref);
}

/* Pictures of rows out of sight are not worth the guest's time. */
void
app_machine_view_take_pictures (AppMachineView *self)
{
    GtkAdjustment *position;
    double top, bottom;

    g_return_if_fail (APP_IS_MACHINE_VIEW (self));

    position = gtk_scrolled_window_get_vadjustment (self->scroller);
    top = gtk_adjustment_get_value (position);
    bottom = top + gtk_adjustment_get_page_size (position);
    for (guint i = 0; i < self->filled->len; i++) {
        AppMachineRow *row = g_ptr_array_index (self->filled, i);

        if (app_machine_view_row_is_within (GTK_WIDGET (row), top, bottom))
            app_machine_view_take_picture (self, row);
    }
}
