/* SPDX-License-Identifier: GPL-2.0-or-later */
/* app-window-pictures.c - the pictures of running machines follow them, while somebody is there.
 *
 * Nothing tells when a guest draws, so the pictures in sight are taken anew from time to time.  That wakes
 * up us, the keepers and the machines: it ends when the window is no longer active, and ATTENTION_S after
 * the user has last done anything in it.  A window that is left alone sleeps; who comes back to it finds
 * new pictures.
 */
#include "app-window-private.h"

#define PICTURE_INTERVAL_S 10
#define ATTENTION_S        120

gboolean
app_window_has_attention (AppWindow *self)
{
    return g_get_monotonic_time () < self->attention_end;
}

static gboolean
picture_timer_cb (gpointer user_data)
{
    AppWindow *self = user_data;

    if (!app_window_has_attention (self)) {
        self->picture_timer = 0;
        return G_SOURCE_REMOVE;
    }
    app_machine_view_take_pictures (app_window_get_view (self));
    return G_SOURCE_CONTINUE;
}

void
app_window_follow_pictures (AppWindow *self)
{
    gboolean wanted = gtk_window_is_active (GTK_WINDOW (self)) && app_window_has_attention (self)
                      && app_hosts_get_n_running (self->hosts) > 0;

    if (wanted && self->picture_timer == 0)
        self->picture_timer = g_timeout_add_seconds (PICTURE_INTERVAL_S, picture_timer_cb, self);
    else if (!wanted)
        g_clear_handle_id (&self->picture_timer, g_source_remove);
}

static void
attend (AppWindow *self)
{
    gboolean came_back = !app_window_has_attention (self);

    self->attention_end = g_get_monotonic_time () + ATTENTION_S * G_USEC_PER_SEC;
    if (!came_back || self->hosts == NULL)
        return;
    app_machine_view_take_pictures (app_window_get_view (self));
    app_window_follow_pictures (self);
    app_window_follow_loads (self);
}

static gboolean
event_cb (AppWindow *self, GdkEvent *event)
{
    switch (event->type) {
    case GDK_MOTION_NOTIFY:
    case GDK_BUTTON_PRESS:
    case GDK_KEY_PRESS:
    case GDK_SCROLL:
        attend (self);
        break;
    default:
        break;
    }
    return GDK_EVENT_PROPAGATE;
}

void
app_window_watch_user (AppWindow *self)
{
    gtk_widget_add_events (GTK_WIDGET (self), GDK_POINTER_MOTION_MASK);
    g_signal_connect (self, "event", G_CALLBACK (event_cb), NULL);
}
