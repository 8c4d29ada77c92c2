/* SPDX-License-Identifier: GPL-2.0-or-later */
/* app-notifier.c - tells the desktop what becomes of machines that nobody looks at.
 *
 * While one of our windows is the active one it says by itself what happens.  A machine that was told to stop
 * here is no news either, nor is one that did not start: that is the failure of who started it.
 */
#include "app-notifier.h"

#include <glib/gi18n.h>

#include "app-format.h"
#include "app-preferences.h"

#define OPEN_ACTION "app.open-machine"

struct _AppNotifier {
    GObject parent_instance;

    GtkApplication *application; /* weak */
    AppHosts *hosts;
    GHashTable *starting; /* UUIDs of machines that do not run yet */
};

G_DEFINE_TYPE (AppNotifier, app_notifier, G_TYPE_OBJECT)

static gboolean
user_is_looking (AppNotifier *self)
{
    GtkWindow *window = gtk_application_get_active_window (self->application);

    return window != NULL && gtk_window_is_active (window);
}

static void
send (AppNotifier *self, AppMachineItem *item, const char *title)
{
    VitrineMachine *machine = app_machine_item_get_machine (item);
    const char *uuid = vitrine_machine_get_uuid (machine);
    g_autofree char *body = app_format_sentence (vitrine_machine_get_state_reason (machine));
    g_autoptr (GNotification) notification = g_notification_new (title);

    g_notification_set_body (notification, body);
    g_notification_set_default_action_and_target (notification, OPEN_ACTION, "s", uuid);
    g_notification_add_button_with_target (notification, _ ("Open"), OPEN_ACTION, "s", uuid);
    g_application_send_notification (G_APPLICATION (self->application), uuid, notification);
}

static void
tell_end (AppNotifier *self, AppMachineItem *item, gboolean crashed)
{
    const char *name = app_machine_item_get_name (item);
    g_autofree char *title = NULL;

    if (!app_preferences_get_flag (APP_PREF_NOTIFY) || user_is_looking (self))
        return;
    title = g_strdup_printf (crashed ? _ ("“%s” crashed") : _ ("“%s” has stopped"), name);
    send (self, item, title);
}

static void
state_changed_cb (AppHosts *hosts, AppMachineItem *item, AppNotifier *self)
{
    const char *uuid = vitrine_machine_get_uuid (app_machine_item_get_machine (item));

    switch (app_machine_item_get_state (item)) {
    case VITRINE_MACHINE_STARTING:
        g_hash_table_add (self->starting, g_strdup (uuid));
        app_notifier_forget (self, item);
        break;
    case VITRINE_MACHINE_CRASHED:
        g_hash_table_remove (self->starting, uuid);
        tell_end (self, item, TRUE);
        break;
    case VITRINE_MACHINE_OFF:
        if (!g_hash_table_remove (self->starting, uuid)
            && !app_machine_item_get_told_to_stop (item))
            tell_end (self, item, FALSE);
        break;
    default:
        g_hash_table_remove (self->starting, uuid);
    }
}

void
app_notifier_say_still_running (AppNotifier *self)
{
    guint n = app_hosts_get_n_running (self->hosts);
    g_autoptr (GNotification) notification = NULL;
    g_autofree char *title = NULL;

    g_return_if_fail (APP_IS_NOTIFIER (self));

    if (n == 0 || !app_preferences_get_flag (APP_PREF_NOTIFY))
        return;
    title = g_strdup_printf (
        ngettext ("%u machine goes on running", "%u machines go on running", n), n);
    notification = g_notification_new (title);
    g_notification_set_body (notification,
                             ngettext ("Open Vitrine again to see it or to shut it down.",
                                       "Open Vitrine again to see them or to shut them down.", n));
    g_notification_set_default_action (notification, "app.present");
    g_application_send_notification (G_APPLICATION (self->application), "still-running",
                                     notification);
}

void
app_notifier_forget (AppNotifier *self, AppMachineItem *item)
{
    g_return_if_fail (APP_IS_NOTIFIER (self));

    g_application_withdraw_notification (
        G_APPLICATION (self->application),
        vitrine_machine_get_uuid (app_machine_item_get_machine (item)));
}

static void
app_notifier_dispose (GObject *object)
{
    AppNotifier *self = APP_NOTIFIER (object);

    g_clear_object (&self->hosts);
    g_clear_pointer (&self->starting, g_hash_table_unref);
    G_OBJECT_CLASS (app_notifier_parent_class)->dispose (object);
}

static void
app_notifier_class_init (AppNotifierClass *klass)
{
    G_OBJECT_CLASS (klass)->dispose = app_notifier_dispose;
}

static void
app_notifier_init (AppNotifier *self)
{
    self->starting = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
}

AppNotifier *
app_notifier_new (GtkApplication *application, AppHosts *hosts)
{
    AppNotifier *self = g_object_new (APP_TYPE_NOTIFIER, NULL);

    self->application = application;
    self->hosts = g_object_ref (hosts);
    g_signal_connect_object (hosts, "state-changed", G_CALLBACK (state_changed_cb), self, 0);
    return self;
}
