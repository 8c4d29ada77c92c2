/* SPDX-License-Identifier: GPL-2.0-or-later */
/* app-stats.c - whose live figures are read: those of machines that somebody looks at, and no others. */
#include "app-stats.h"

static VitrineStatsSampler *
get_sampler (void)
{
    static VitrineStatsSampler *sampler;

    if (sampler == NULL)
        sampler = vitrine_stats_sampler_new ();
    return sampler;
}

void
app_stats_watch (AppMachineItem *item)
{
    vitrine_stats_sampler_watch (get_sampler (), app_machine_item_get_machine (item));
}

void
app_stats_unwatch (AppMachineItem *item)
{
    vitrine_stats_sampler_unwatch (get_sampler (), app_machine_item_get_machine (item));
}

/* --- while something is seen --------------------------------------------------------------------- */

typedef struct {
    GtkWidget *widget; /* it owns this */
    AppMachineItem *item;
    GtkWidget *window; /* weak: whose state is followed, or NULL */
    gboolean watches;
} Seen;

gboolean
app_stats_window_is_seen (GtkWidget *widget)
{
    GdkWindow *window = gtk_widget_get_window (gtk_widget_get_toplevel (widget));

    return window != NULL
           && !(gdk_window_get_state (window)
                & (GDK_WINDOW_STATE_ICONIFIED | GDK_WINDOW_STATE_WITHDRAWN));
}

static void
set_watches (Seen *seen, gboolean watches)
{
    if (seen->watches == watches)
        return;
    seen->watches = watches;
    if (watches)
        app_stats_watch (seen->item);
    else
        app_stats_unwatch (seen->item);
}

static gboolean
window_state_cb (GtkWidget *window, GdkEvent *event, Seen *seen)
{
    set_watches (seen, gtk_widget_get_mapped (seen->widget) && app_stats_window_is_seen (window));
    return GDK_EVENT_PROPAGATE;
}

static void
forget_window (Seen *seen)
{
    if (seen->window != NULL)
        g_signal_handlers_disconnect_by_data (seen->window, seen);
    g_clear_weak_pointer (&seen->window);
}

static void
map_cb (GtkWidget *widget, Seen *seen)
{
    forget_window (seen);
    g_set_weak_pointer (&seen->window, gtk_widget_get_toplevel (widget));
    g_signal_connect (seen->window, "window-state-event", G_CALLBACK (window_state_cb), seen);
    set_watches (seen, TRUE);
}

static void
unmap_cb (GtkWidget *widget, Seen *seen)
{
    forget_window (seen);
    set_watches (seen, FALSE);
}

static void
seen_free (gpointer data)
{
    Seen *seen = data;

    forget_window (seen);
    set_watches (seen, FALSE);
    g_object_unref (seen->item);
    g_free (seen);
}

void
app_stats_watch_while_seen (GtkWidget *widget, AppMachineItem *item)
{
    Seen *seen = g_new0 (Seen, 1);

    seen->widget = widget;
    seen->item = g_object_ref (item);
    g_signal_connect (widget, "map", G_CALLBACK (map_cb), seen);
    g_signal_connect (widget, "unmap", G_CALLBACK (unmap_cb), seen);
    g_object_set_data_full (G_OBJECT (widget), "app-stats-seen", seen, seen_free);
}
