/* SPDX-License-Identifier: GPL-2.0-or-later */
/* app-inhibitor.c - holds up logging out and suspend while machines run, for who wants that.
 *
 * Theory of operation
 *
 *   NONE ── wanted ─▶ ASKING ── the session manager's cookie, or logind's lock ─▶ HELD ── unwanted ─▶ NONE
 *
 *   org.gnome.SessionManager, which several desktops have, knows of logging out and of suspend; where there is
 *   none, logind knows of suspend and shutdown.  What is asked for is never given up half way, as it may have
 *   been granted: the answer is waited for, and given back at once if it is wanted no more.  Whoever grants it
 *   takes it back when we end.
 *
 *   libvirt's machines are none of this session's processes and do not count.
 */
#include "app-inhibitor.h"

#include <gio/gunixfdlist.h>
#include <glib/gi18n.h>
#include <glib/gstdio.h>

#include "app-application.h"
#include "app-preferences.h"

#define MANAGER        "org.gnome.SessionManager"
#define MANAGER_PATH   "/org/gnome/SessionManager"
#define LOGIND         "org.freedesktop.login1"
#define LOGIND_PATH    "/org/freedesktop/login1"
#define LOGIND_IFACE   "org.freedesktop.login1.Manager"
#define FLAG_LOGOUT    (1u << 0) /* of the session manager */
#define FLAG_SUSPEND   (1u << 2)
#define LOGIND_WHAT    "shutdown:sleep"
#define ANSWER_TIME_MS (-1) /* the bus' own */

struct _AppInhibitor {
    GObject parent_instance;

    AppHosts *hosts;
    GDBusConnection *session; /* while the session manager holds it */
    guint cookie;             /* its */
    int lock_fd;              /* logind's, or -1 */
    gboolean asking;
    gboolean refused; /* nobody could: not again before it was unwanted */
};

G_DEFINE_TYPE (AppInhibitor, app_inhibitor, G_TYPE_OBJECT)

static void update (AppInhibitor *self);

static gboolean
is_wanted (AppInhibitor *self)
{
    if (self->hosts == NULL || !app_preferences_get_flag (APP_PREF_INHIBIT))
        return FALSE;
    for (guint i = 0; i < app_hosts_get_n (self->hosts); i++) {
        AppHost *host = app_hosts_get (self->hosts, i);
        AppMachineList *list = app_host_get_list (host);

        if (list != NULL && strstr (app_host_get_uri (host), "://") == NULL
            && app_machine_list_get_n_running (list) > 0)
            return TRUE;
    }
    return FALSE;
}

static void
let_go (AppInhibitor *self)
{
    if (self->session != NULL)
        g_dbus_connection_call (self->session, MANAGER, MANAGER_PATH, MANAGER, "Uninhibit",
                                g_variant_new ("(u)", self->cookie), NULL, G_DBUS_CALL_FLAGS_NONE,
                                ANSWER_TIME_MS, NULL, NULL, NULL);
    g_clear_object (&self->session);
    if (self->lock_fd >= 0)
        g_close (g_steal_fd (&self->lock_fd), NULL);
}

static void
answered (AppInhibitor *self, gboolean granted)
{
    self->asking = FALSE;
    self->refused = !granted;
    update (self);
}

/* --- logind -------------------------------------------------------------------------------------- */

static void
logind_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr (AppInhibitor) self = user_data;
    g_autoptr (GUnixFDList) fds = NULL;
    g_autoptr (GError) error = NULL;
    g_autoptr (GVariant) answer = g_dbus_connection_call_with_unix_fd_list_finish (
        G_DBUS_CONNECTION (source), &fds, result, &error);
    int index;

    if (answer != NULL) {
        g_variant_get (answer, "(h)", &index);
        self->lock_fd = fds != NULL ? g_unix_fd_list_get (fds, index, &error) : -1;
    }
    if (self->lock_fd < 0)
        g_message ("logging out and suspend are not held up: %s",
                   error != NULL ? error->message : "no lock came");
    answered (self, self->lock_fd >= 0);
}

static void
system_bus_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr (AppInhibitor) self = user_data;
    g_autoptr (GError) error = NULL;
    g_autoptr (GDBusConnection) bus = g_bus_get_finish (result, &error);

    if (bus == NULL) {
        g_message ("logging out and suspend are not held up: %s", error->message);
        answered (self, FALSE);
        return;
    }
    g_dbus_connection_call_with_unix_fd_list (
        bus, LOGIND, LOGIND_PATH, LOGIND_IFACE, "Inhibit",
        g_variant_new ("(ssss)", LOGIND_WHAT, g_get_application_name (), _ ("Machines run"),
                       "block"),
        G_VARIANT_TYPE ("(h)"), G_DBUS_CALL_FLAGS_NONE, ANSWER_TIME_MS, NULL, NULL, logind_cb,
        g_object_ref (self));
}

/* --- the session manager ------------------------------------------------------------------------- */

static void
manager_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr (AppInhibitor) self = user_data;
    g_autoptr (GVariant) answer =
        g_dbus_connection_call_finish (G_DBUS_CONNECTION (source), result, NULL);

    if (answer == NULL) {
        g_bus_get (G_BUS_TYPE_SYSTEM, NULL, system_bus_cb, g_object_ref (self));
        return;
    }
    g_variant_get (answer, "(u)", &self->cookie);
    self->session = g_object_ref (G_DBUS_CONNECTION (source));
    answered (self, TRUE);
}

static void
session_bus_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr (AppInhibitor) self = user_data;
    g_autoptr (GDBusConnection) bus = g_bus_get_finish (result, NULL);

    if (bus == NULL) {
        g_bus_get (G_BUS_TYPE_SYSTEM, NULL, system_bus_cb, g_object_ref (self));
        return;
    }
    g_dbus_connection_call (bus, MANAGER, MANAGER_PATH, MANAGER, "Inhibit",
                            g_variant_new ("(susu)", APP_ICON_NAME, 0, _ ("Machines run"),
                                           FLAG_LOGOUT | FLAG_SUSPEND),
                            G_VARIANT_TYPE ("(u)"), G_DBUS_CALL_FLAGS_NO_AUTO_START, ANSWER_TIME_MS,
                            NULL, manager_cb, g_object_ref (self));
}

static void
update (AppInhibitor *self)
{
    gboolean wanted = is_wanted (self);
    gboolean held = self->session != NULL || self->lock_fd >= 0;

    if (self->asking)
        return;
    if (!wanted) {
        self->refused = FALSE;
        let_go (self);
    } else if (!held && !self->refused) {
        self->asking = TRUE;
        g_bus_get (G_BUS_TYPE_SESSION, NULL, session_bus_cb, g_object_ref (self));
    }
}

/* --- life ---------------------------------------------------------------------------------------- */

static void
app_inhibitor_dispose (GObject *object)
{
    AppInhibitor *self = APP_INHIBITOR (object);

    let_go (self);
    g_clear_object (&self->hosts);
    G_OBJECT_CLASS (app_inhibitor_parent_class)->dispose (object);
}

static void
app_inhibitor_class_init (AppInhibitorClass *klass)
{
    G_OBJECT_CLASS (klass)->dispose = app_inhibitor_dispose;
}

static void
app_inhibitor_init (AppInhibitor *self)
{
    self->lock_fd = -1;
}

AppInhibitor *
app_inhibitor_new (AppHosts *hosts)
{
    AppInhibitor *self = g_object_new (APP_TYPE_INHIBITOR, NULL);

    self->hosts = g_object_ref (hosts);
    g_signal_connect_object (hosts, "notify::n-running", G_CALLBACK (update), self,
                             G_CONNECT_SWAPPED);
    app_preferences_follow (APP_PREF_INHIBIT, G_CALLBACK (update), self);
    update (self);
    return self;
}
