/* SPDX-License-Identifier: GPL-2.0-or-later */
/* native-machine-follow.c - what a machine's keeper says of it, and whether there is one.
 *
 * Theory of operation.  The host watches the folder of all sockets and calls check_runtime() when
 * this machine's folder appears in it; from then on a monitor of our own watches for the socket.  A
 * socket is connected to, once; a proxy of the machine's D-Bus object is made and its properties
 * are ours from then on.  When the connection closes the machine has ended, and how is in the file
 * last-run.  Nothing here asks again and again, with one exception: a socket that refuses while the
 * machine's lock is held belongs to a keeper between bind and listen, or is the leavings of one
 * before it, and is tried again a few times.  A socket that refuses while nobody holds the lock was
 * left by a keeper that was killed; the next keeper removes it.
 */
#define _GNU_SOURCE /* struct ucred */
#include <errno.h>
#include <glib/gi18n-lib.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "native-machine-private.h"
#include "vitrine-private.h"

#define SOCKET_NAME "control"
#define OBJECT_PATH "/org/vitrine/Machine"
#define RETRY_MS    50
#define RETRIES_MAX 60

/* --- settling --------------------------------------------------------------------------------- */

static gboolean
is_unsettled (NativeMachine *self)
{
    return self->connecting != NULL || self->retry_source != 0;
}

static void
settle (NativeMachine *self)
{
    g_autoptr (GPtrArray) tasks = g_steal_pointer (&self->settling);

    g_clear_handle_id (&self->deadline_source, g_source_remove);
    self->settling = g_ptr_array_new_with_free_func (g_object_unref);
    for (guint i = 0; i < tasks->len; i++)
        g_task_return_boolean (g_ptr_array_index (tasks, i), TRUE);
}

/* It runs, since somebody holds its lock, but says nothing. */
static gboolean
deadline_cb (gpointer user_data)
{
    NativeMachine *self = user_data;

    self->deadline_source = 0;
    if (!self->starting)
        vitrine_machine_set_state (VITRINE_MACHINE (self), VITRINE_MACHINE_RUNNING,
                                   _ ("Its keeper does not answer"));
    settle (self);
    return G_SOURCE_REMOVE;
}

void
native_machine_settle_async (NativeMachine *self, GCancellable *cancellable,
                             GAsyncReadyCallback callback, gpointer user_data)
{
    g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);

    if (!is_unsettled (self)) {
        g_task_return_boolean (task, TRUE);
        return;
    }
    g_ptr_array_add (self->settling, g_steal_pointer (&task));
    if (self->deadline_source == 0)
        self->deadline_source = g_timeout_add (NATIVE_SETTLE_MS, deadline_cb, self);
}

gboolean
native_machine_settle_finish (NativeMachine *self, GAsyncResult *result, GError **error)
{
    return g_task_propagate_boolean (G_TASK (result), error);
}

/* --- what the keeper says --------------------------------------------------------------------- */

/* Lets go of the keeper; what it says from now on is not heard. */
static void
drop_proxy (NativeMachine *self)
{
    g_autoptr (VitrineControlMachine1) proxy = g_steal_pointer (&self->proxy);
    GDBusConnection *connection;

    if (proxy == NULL)
        return;
    connection = g_dbus_proxy_get_connection (G_DBUS_PROXY (proxy));
    native_machine_unfollow_devices (self, connection);
    g_signal_handlers_disconnect_by_data (proxy, self);
    g_signal_handlers_disconnect_by_data (connection, self);
    g_dbus_connection_close (connection, NULL, NULL, NULL);
}

/* How it ended is in the folder; REASON is for a start that failed, which leaves no word there. */
static void
set_ended (NativeMachine *self, const char *reason)
{
    VitrineMachine *machine = VITRINE_MACHINE (self);
    g_autofree char *last_reason = NULL;
    VitrineMachineState state = native_store_read_last_run (
        self->machines, vitrine_machine_get_uuid (machine), &last_reason);

    vitrine_machine_set_start_time (machine, 0);
    vitrine_machine_set_warnings (machine, NULL);
    vitrine_machine_set_consoles (machine, NULL);
    vitrine_machine_set_displays (machine, NULL);
    vitrine_machine_set_state (machine, state, *last_reason != '\0' ? last_reason : reason);
}

void
native_machine_set_ended (NativeMachine *self)
{
    set_ended (self, NULL);
}

/* What there is now; of what the keeper does not say, what is defined. */
static void
apply_resources (NativeMachine *self)
{
    VitrineMachine *machine = VITRINE_MACHINE (self);
    guint vcpus = vitrine_control_machine1_get_vcpus (self->proxy);
    guint64 memory = vitrine_control_machine1_get_memory (self->proxy);

    vitrine_machine_set_resources (machine, vcpus > 0 ? vcpus : vitrine_machine_get_vcpus (machine),
                                   memory > 0 ? memory
                                              : vitrine_machine_get_memory_bytes (machine));
}

static void
apply (NativeMachine *self)
{
    VitrineMachine *machine = VITRINE_MACHINE (self);
    const char *word = vitrine_control_machine1_get_state (self->proxy);
    VitrineMachineState state;

    if (!vitrine_machine_state_from_string (word, &state))
        return; /* a keeper younger than we are */
    if (state == VITRINE_MACHINE_OFF) {
        /* The last breath: everything is closed and written, and it may be started again. */
        g_autofree char *reason =
            g_strdup (vitrine_control_machine1_get_state_reason (self->proxy));

        drop_proxy (self);
        set_ended (self, reason);
        return;
    }
    vitrine_machine_set_start_time (machine, vitrine_control_machine1_get_start_time (self->proxy));
    vitrine_machine_set_warnings (machine, vitrine_control_machine1_get_warnings (self->proxy));
    vitrine_machine_set_consoles (machine, vitrine_control_machine1_get_consoles (self->proxy));
    vitrine_machine_set_displays (machine, vitrine_control_machine1_get_displays (self->proxy));
    apply_resources (self);
    vitrine_machine_set_state (machine, state,
                               vitrine_control_machine1_get_state_reason (self->proxy));
}

static void
properties_changed_cb (GDBusProxy *proxy, GVariant *changed, const char *const *invalidated,
                       NativeMachine *self)
{
    g_autoptr (GVariant) devices = g_variant_lookup_value (changed, "Devices", NULL);

    apply (self);
    if (devices != NULL && self->proxy != NULL)
        native_machine_list_changed (self);
}

/* It ended without a last breath. */
static void
closed_cb (GDBusConnection *connection, gboolean remote_vanished, GError *error,
           NativeMachine *self)
{
    drop_proxy (self);
    native_machine_set_ended (self);
}

/* --- connecting ------------------------------------------------------------------------------- */

static void
proxy_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr (NativeMachine) self = user_data;
    g_autoptr (GError) error = NULL;
    g_autoptr (VitrineControlMachine1) proxy =
        vitrine_control_machine1_proxy_new_finish (result, &error);

    if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
        return;
    g_clear_object (&self->connecting);
    if (proxy == NULL || vitrine_control_machine1_get_state (proxy) == NULL
        || g_dbus_connection_is_closed (g_dbus_proxy_get_connection (G_DBUS_PROXY (proxy)))) {
        native_machine_set_ended (self);
    } else {
        self->proxy = g_steal_pointer (&proxy);
        g_dbus_proxy_set_default_timeout (G_DBUS_PROXY (self->proxy), NATIVE_CALL_MS);
        /* After the proxy's own handler: till then its lists of strings are those of before, freed. */
        g_signal_connect_object (self->proxy, "g-properties-changed",
                                 G_CALLBACK (properties_changed_cb), self, G_CONNECT_AFTER);
        g_signal_connect_object (g_dbus_proxy_get_connection (G_DBUS_PROXY (self->proxy)), "closed",
                                 G_CALLBACK (closed_cb), self, 0);
        native_machine_follow_devices (self);
        apply (self);
        if (self->unwanted)
            native_machine_tell_off (self);
    }
    settle (self);
}

static gboolean
retry_cb (gpointer user_data)
{
    NativeMachine *self = user_data;

    self->retry_source = 0;
    if (!native_machine_check_runtime (self)) {
        if (!self->starting)
            native_machine_set_ended (self);
        settle (self);
    }
    return G_SOURCE_REMOVE;
}

/* There is a socket and nobody behind it. */
static void
handle_refusal (NativeMachine *self, const GError *error)
{
    VitrineMachine *machine = VITRINE_MACHINE (self);

    if (!native_store_is_running (self->machines, vitrine_machine_get_uuid (machine))) {
        if (!self->starting)
            native_machine_set_ended (self);
        settle (self);
    } else if (self->n_retries++ < RETRIES_MAX) {
        self->retry_source = g_timeout_add (RETRY_MS, retry_cb, self);
    } else {
        g_autofree char *reason =
            g_strdup_printf (_ ("Its keeper cannot be reached: %s"), error->message);

        vitrine_machine_set_state (machine, VITRINE_MACHINE_RUNNING, reason);
        settle (self);
    }
}

static void
connected_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr (NativeMachine) self = user_data;
    g_autoptr (GError) error = NULL;
    g_autoptr (GDBusConnection) connection =
        g_dbus_connection_new_for_address_finish (result, &error);

    if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
        return;
    if (connection == NULL) {
        g_clear_object (&self->connecting);
        handle_refusal (self, error);
        return;
    }
    self->n_retries = 0;
    vitrine_control_machine1_proxy_new (connection, G_DBUS_PROXY_FLAGS_NONE, NULL, OBJECT_PATH,
                                        self->connecting, proxy_cb, g_object_ref (self));
}

static void
runtime_changed_cb (GFileMonitor *monitor, GFile *file, GFile *other, GFileMonitorEvent event,
                    NativeMachine *self)
{
    g_autofree char *name = g_file_get_basename (other != NULL ? other : file);

    if (g_str_equal (name, SOCKET_NAME) && event != G_FILE_MONITOR_EVENT_DELETED)
        native_machine_check_runtime (self);
}

/* The monitor comes and goes with the folder. */
static gboolean
watch_folder (NativeMachine *self)
{
    g_autoptr (GFile) folder = NULL;

    if (!g_file_test (self->runtime_folder, G_FILE_TEST_IS_DIR)) {
        g_clear_object (&self->monitor);
        return FALSE;
    }
    if (self->monitor != NULL)
        return TRUE;
    folder = g_file_new_for_path (self->runtime_folder);
    self->monitor = g_file_monitor_directory (folder, G_FILE_MONITOR_WATCH_MOVES, NULL, NULL);
    if (self->monitor != NULL)
        g_signal_connect_object (self->monitor, "changed", G_CALLBACK (runtime_changed_cb), self,
                                 0);
    return TRUE;
}

gboolean
native_machine_check_runtime (NativeMachine *self)
{
    g_autofree char *path = g_build_filename (self->runtime_folder, SOCKET_NAME, NULL);
    g_autofree char *escaped = NULL;
    g_autofree char *address = NULL;

    /* The folder is watched before the socket is looked for, so that it cannot come in between. */
    if (!watch_folder (self))
        return FALSE;
    if (self->proxy != NULL || is_unsettled (self))
        return TRUE;
    if (access (path, F_OK) != 0)
        return FALSE;
    escaped = g_dbus_address_escape_value (path);
    address = g_strconcat ("unix:path=", escaped, NULL);
    self->connecting = g_cancellable_new ();
    g_dbus_connection_new_for_address (address, G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT, NULL,
                                       self->connecting, connected_cb, g_object_ref (self));
    return TRUE;
}

void
native_machine_tell_off (NativeMachine *self)
{
    self->unwanted = self->proxy == NULL;
    if (self->proxy != NULL)
        vitrine_control_machine1_call_power_off (self->proxy, NULL, NULL, NULL);
}

void
native_machine_unfollow (NativeMachine *self)
{
    g_cancellable_cancel (self->connecting);
    g_clear_object (&self->connecting);
    g_clear_handle_id (&self->retry_source, g_source_remove);
    g_clear_object (&self->monitor);
    drop_proxy (self);
    settle (self);
}

/* --- the last resort -------------------------------------------------------------------------- */

/* The process that listens on the machine's socket, or 0. */
static pid_t
find_keeper (NativeMachine *self)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    struct ucred peer = { 0 };
    socklen_t len = sizeof peer;
    vitrine_autofd fd = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    int n = g_snprintf (address.sun_path, sizeof address.sun_path, "%s/" SOCKET_NAME,
                        self->runtime_folder);

    if (fd < 0 || n >= (int) sizeof address.sun_path
        || connect (fd, (struct sockaddr *) &address, sizeof address) != 0
        || getsockopt (fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) != 0)
        return 0;
    return peer.uid == getuid () ? peer.pid : 0;
}

void
native_machine_kill_keeper (NativeMachine *self)
{
    pid_t pid = find_keeper (self);

    if (pid > 1)
        kill (pid, SIGKILL);
}
