/* SPDX-License-Identifier: GPL-2.0-or-later */
/* app-machine-window-fullscreen.c - the whole screen for the guest, and a bar behind its upper edge.
 *
 * The upper edge is one pixel of ours: the pointer that gets there brings the bar, which goes a moment
 * after the pointer left it.  It is also shown for a while to begin with, so that it is known of.
 */
#include "app-machine-window-private.h"

#define SHOWN_FIRST_MS 2500
#define SHOWN_AFTER_MS 600

static gboolean
hide_bar_cb (gpointer user_data)
{
    AppMachineWindow *self = user_data;

    self->hide_bar_id = 0;
    gtk_revealer_set_reveal_child (self->bar_revealer, FALSE);
    return G_SOURCE_REMOVE;
}

static void
hide_bar_after (AppMachineWindow *self, guint delay_ms)
{
    g_clear_handle_id (&self->hide_bar_id, g_source_remove);
    self->hide_bar_id = g_timeout_add (delay_ms, hide_bar_cb, self);
}

static gboolean
edge_entered_cb (GtkWidget *edge, GdkEventCrossing *event, AppMachineWindow *self)
{
    g_clear_handle_id (&self->hide_bar_id, g_source_remove);
    gtk_revealer_set_reveal_child (self->bar_revealer, TRUE);
    return GDK_EVENT_PROPAGATE;
}

/* Into one of its buttons or their menus is not out of the bar. */
static gboolean
bar_left_cb (GtkWidget *bar, GdkEventCrossing *event, AppMachineWindow *self)
{
    if (event->detail != GDK_NOTIFY_INFERIOR && event->mode == GDK_CROSSING_NORMAL)
        hide_bar_after (self, SHOWN_AFTER_MS);
    return GDK_EVENT_PROPAGATE;
}

static gboolean
state_event_cb (GtkWidget *window, GdkEventWindowState *event, gpointer user_data)
{
    AppMachineWindow *self = APP_MACHINE_WINDOW (window);
    gboolean fullscreen = (event->new_window_state & GDK_WINDOW_STATE_FULLSCREEN) != 0;
    GAction *action;

    if (self->fullscreen == fullscreen)
        return GDK_EVENT_PROPAGATE;
    self->fullscreen = fullscreen;
    action = g_action_map_lookup_action (G_ACTION_MAP (self), "fullscreen");
    g_simple_action_set_state (G_SIMPLE_ACTION (action), g_variant_new_boolean (fullscreen));
    gtk_widget_set_visible (self->status_bar, !fullscreen);
    gtk_widget_set_visible (self->hot_edge, fullscreen);
    gtk_widget_set_visible (GTK_WIDGET (self->bar_revealer), fullscreen);
    gtk_revealer_set_reveal_child (self->bar_revealer, fullscreen);
    if (fullscreen)
        hide_bar_after (self, SHOWN_FIRST_MS);
    return GDK_EVENT_PROPAGATE;
}

void
app_machine_window_watch_fullscreen (AppMachineWindow *self)
{
    GtkWidget *bar = gtk_bin_get_child (GTK_BIN (self->bar_revealer));

    g_signal_connect (self, "window-state-event", G_CALLBACK (state_event_cb), NULL);
    gtk_widget_add_events (self->hot_edge, GDK_ENTER_NOTIFY_MASK);
    g_signal_connect (self->hot_edge, "enter-notify-event", G_CALLBACK (edge_entered_cb), self);
    gtk_widget_add_events (bar, GDK_ENTER_NOTIFY_MASK | GDK_LEAVE_NOTIFY_MASK);
    g_signal_connect (bar, "enter-notify-event", G_CALLBACK (edge_entered_cb), self);
    g_signal_connect (bar, "leave-notify-event", G_CALLBACK (bar_left_cb), self);
}
