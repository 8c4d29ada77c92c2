/* SPDX-License-Identifier: GPL-2.0-or-later */
/* app-window-begin.c - how the main window comes up, step by step.
 *
 * Theory of operation
 *
 *   One thing after the other, each only when what the user waits for more is on the screen:
 *
 *     1. the window, empty: its first frame;
 *     2. the first host is connected and its machines are listed, five hundred of them perhaps: the second frame;
 *     3. the rest, which no frame so far needed, and the other hosts, whose engine may have to be loaded.
 *
 *   A window that is not drawn (it is on another workspace) and a host that takes its time do not keep
 *   the later steps from being taken: each is waited for so long and no longer.
 */
#include "app-window-private.h"

#include "app-menus.h"

#define PATIENCE_MS 500 /* with each step: far more than it takes */

static void wait_for_step (AppWindow *self);

/* What no frame needed. */
static gboolean
finish_cb (gpointer user_data)
{
    AppWindow *self = user_data;
    AppApplication *application = APP_APPLICATION (gtk_window_get_application (GTK_WINDOW (self)));
    AppMachineView *view;

    /* It may be gone again already. */
    if (self->hosts == NULL)
        return G_SOURCE_REMOVE;
    view = app_window_get_view (self);
    app_machine_view_settle (view);
    /* Drawn from SVG in several sizes, by a library that is not loaded for anything else. */
    gtk_window_set_default_icon_name (APP_ICON_NAME);
    gtk_menu_button_set_menu_model (self->menu_button, app_menus_get ("window_menu"));
    app_machine_view_set_row_menu (view, app_menus_get ("machine_menu"));
    app_window_accept_drops (self);
    app_window_check_host (self);
    app_application_use_tray (application);
    app_application_connect_others (application);
    return G_SOURCE_REMOVE;
}

static gboolean
connect_cb (gpointer user_data)
{
    AppWindow *self = user_data;

    if (self->hosts == NULL)
        return G_SOURCE_REMOVE;
    if (app_host_get_state (app_hosts_get_first (self->hosts)) != APP_HOST_CONNECTED)
        app_host_connect (app_hosts_get_first (self->hosts));
    app_window_update_list (self);
    return G_SOURCE_REMOVE;
}

static void
take_step (AppWindow *self)
{
    g_clear_handle_id (&self->patience, g_source_remove);
    self->step++;
    if (self->step == APP_WINDOW_STEP_LIST) {
        g_idle_add_full (G_PRIORITY_HIGH_IDLE, connect_cb, g_object_ref (self), g_object_unref);
        wait_for_step (self);
    } else {
        g_idle_add_full (G_PRIORITY_DEFAULT_IDLE, finish_cb, g_object_ref (self), g_object_unref);
    }
}

static gboolean
patience_cb (gpointer user_data)
{
    AppWindow *self = user_data;

    self->patience = 0;
    take_step (self);
    return G_SOURCE_REMOVE;
}

static void
wait_for_step (AppWindow *self)
{
    self->patience = g_timeout_add (PATIENCE_MS, patience_cb, self);
}

static gboolean
draw_cb (GtkWidget *widget, cairo_t *cr, gpointer user_data)
{
    AppWindow *self = APP_WINDOW (widget);
    AppHostState state = app_host_get_state (app_hosts_get_first (self->hosts));

    if (self->step == APP_WINDOW_STEP_REST)
        g_signal_handlers_disconnect_by_func (widget, draw_cb, user_data);
    else if (self->step == APP_WINDOW_STEP_FRAME || state == APP_HOST_CONNECTED
             || state == APP_HOST_FAILED)
        take_step (self);
    return GDK_EVENT_PROPAGATE;
}

void
app_window_begin (AppWindow *self)
{
    g_signal_connect_after (self, "draw", G_CALLBACK (draw_cb), NULL);
    wait_for_step (self);
}
