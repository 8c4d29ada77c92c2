/* SPDX-License-Identifier: GPL-2.0-or-later */
/* app-application-desktop.c - what the desktop has of the application: an icon in the tray, which keeps it running, and
 * results of its search. */
#include "app-application-private.h"

#include "app-preferences.h"
#include "app-settings.h"
#include "app-window.h"

#define TRAY_PATIENCE_S 10

/* --- tray ---------------------------------------------------------------------------------------- */

static void
update_hold (AppApplication *self)
{
    gboolean runs = app_hosts_get_n_running (self->hosts) > 0
                    && app_preferences_get_flag (APP_PREF_KEEP_RUNNING);
    gboolean hold = self->tray != NULL && app_tray_get_shown (self->tray)
                    && (self->in_background || runs);

    if (hold == self->is_held)
        return;
    self->is_held = hold;
    if (hold)
        g_application_hold (G_APPLICATION (self));
    else
        g_application_release (G_APPLICATION (self));
}

void
app_application_end_wait_for_tray (AppApplication *self)
{
    g_clear_handle_id (&self->wait_for_tray, g_source_remove);
    g_application_release (G_APPLICATION (self));
}

static void
shown_cb (AppApplication *self)
{
    update_hold (self);
    if (self->wait_for_tray != 0 && app_tray_get_shown (self->tray))
        app_application_end_wait_for_tray (self);
}

/* The user's choice has a place in the menu where there is a tray. */
static void
update_tray_action (AppApplication *self)
{
    GSettings *settings = app_settings_get ();
    g_autoptr (GAction) action = NULL;

    if (settings == NULL || !app_tray_get_available (self->tray)) {
        g_action_map_remove_action (G_ACTION_MAP (self), APP_PREF_TRAY);
        return;
    }
    action = g_settings_create_action (settings, APP_PREF_TRAY);
    g_action_map_add_action (G_ACTION_MAP (self), action);
}

static void
tray_open_cb (AppTray *tray, AppMachineItem *item, AppApplication *self)
{
    if (item != NULL)
        app_application_open_machine (self, item);
    else
        app_application_show_main_window (self);
}

static void
tray_new_cb (AppTray *tray, AppApplication *self)
{
    app_application_new_machine (self, NULL);
}

void
app_application_use_tray (AppApplication *self)
{
    g_return_if_fail (APP_IS_APPLICATION (self));

    if (self->tray != NULL)
        return;
    self->tray = app_tray_new (self->hosts);
    g_signal_connect_object (self->tray, "notify::shown", G_CALLBACK (shown_cb), self,
                             G_CONNECT_SWAPPED);
    g_signal_connect_object (self->hosts, "notify::n-running", G_CALLBACK (update_hold), self,
                             G_CONNECT_SWAPPED);
    app_preferences_follow (APP_PREF_KEEP_RUNNING, G_CALLBACK (update_hold), G_OBJECT (self));
    g_signal_connect_object (self->tray, "notify::available", G_CALLBACK (update_tray_action), self,
                             G_CONNECT_SWAPPED);
    g_signal_connect_object (self->tray, "open", G_CALLBACK (tray_open_cb), self, 0);
    g_signal_connect_object (self->tray, "new", G_CALLBACK (tray_new_cb), self, 0);
    g_signal_connect_object (self->tray, "quit", G_CALLBACK (app_application_quit), self,
                             G_CONNECT_SWAPPED);
}

/* Nobody would know that it is there. */
static gboolean
no_tray_cb (gpointer user_data)
{
    AppApplication *self = user_data;

    self->in_background = FALSE;
    app_application_show_main_window (self);
    self->wait_for_tray = 0;
    app_application_end_wait_for_tray (self);
    return G_SOURCE_REMOVE;
}

/* A session that begins has its tray a while later. */
void
app_application_start_in_background (AppApplication *self)
{
    g_application_hold (G_APPLICATION (self));
    self->wait_for_tray = g_timeout_add_seconds (TRAY_PATIENCE_S, no_tray_cb, self);
    app_host_connect (app_hosts_get_first (self->hosts));
    app_application_connect_others (self);
    app_application_use_tray (self);
}

/* --- search -------------------------------------------------------------------------------------- */

static void
search_open_cb (AppSearchProvider *search, AppMachineItem *item, gboolean start,
                AppApplication *self)
{
    if (start && app_machine_item_can (item, VITRINE_ACTION_START))
        app_machine_item_act (item, VITRINE_ACTION_START);
    app_application_open_machine (self, item);
}

static void
search_cb (AppSearchProvider *search, const char *text, AppApplication *self)
{
    app_window_search (APP_WINDOW (app_application_show_main_window (self)), text);
}

void
app_application_offer_search (AppApplication *self, GDBusConnection *bus)
{
    g_autoptr (GError) error = NULL;

    self->search = app_search_provider_new (self->hosts, bus, &error);
    if (self->search == NULL) {
        g_message ("machines are not among the desktop's search results: %s", error->message);
        return;
    }
    g_signal_connect_object (self->search, "open", G_CALLBACK (search_open_cb), self, 0);
    g_signal_connect_object (self->search, "search", G_CALLBACK (search_cb), self, 0);
}
