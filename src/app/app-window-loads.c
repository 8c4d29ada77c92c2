/* SPDX-License-Identifier: GPL-2.0-or-later */
/* app-window-loads.c - the loads of running machines are read while somebody is there.
 *
 * As with pictures, that wakes up us, the keepers and the machines' hosts: it ends with the window out of sight, and
 * some time after the user has last done anything in it.
 */
#include "app-stats.h"
#include "app-window-private.h"

#define LOOK_AGAIN_S 10

static gboolean
timer_cb (gpointer user_data)
{
    app_window_follow_loads (user_data);
    return G_SOURCE_CONTINUE;
}

void
app_window_follow_loads (AppWindow *self)
{
    gboolean wanted =
        gtk_widget_get_mapped (GTK_WIDGET (self)) && app_stats_window_is_seen (GTK_WIDGET (self))
        && app_window_has_attention (self) && app_hosts_get_n_running (self->hosts) > 0;

    if (self->view != NULL)
        app_machine_view_set_watching (self->view, wanted);
    if (wanted && self->load_timer == 0)
        self->load_timer = g_timeout_add_seconds (LOOK_AGAIN_S, timer_cb, self);
    else if (!wanted)
        g_clear_handle_id (&self->load_timer, g_source_remove);
}

static gboolean
state_cb (AppWindow *self)
{
    if (self->hosts != NULL)
        app_window_follow_loads (self);
    return GDK_EVENT_PROPAGATE;
}

void
app_window_watch_loads (AppWindow *self)
{
    g_signal_connect (self, "window-state-event", G_CALLBACK (state_cb), NULL);
    g_signal_connect_after (self, "unmap", G_CALLBACK (state_cb), NULL);
}
