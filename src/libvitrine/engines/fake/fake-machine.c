/* SPDX-License-Identifier: GPL-2.0-or-later */
/* fake-machine.c - a machine that only pretends.
 *
 * One timer, `next_state`, moves the state where a real machine would move it by itself: from
 * starting to running, from stopping to off, from running to crashed.  Whoever changes the state
 * takes the timer down first.  `power` is cancelled when the machine goes off: that hangs up
 * displays and consoles.
 */
#include "fake-machine.h"

#include <errno.h>
#include <glib/gi18n-lib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "fake-echo.h"
#include "fake-machine-private.h"
#include "fake-rfb.h"
#include "fake-volume.h"
#include "vitrine-error.h"
#include "vitrine-keys-private.h"
#include "vitrine-private.h"
#include "vitrine-rules-private.h"

#define START_MS    20
#define SHUTDOWN_MS 50

enum { SIGNAL_DELETED, N_SIGNALS };

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (FakeMachine, fake_machine, VITRINE_TYPE_MACHINE)

/* --- states ----------------------------------------------------------------------------------- */

static const char *
get_protocol (FakeMachine *self)
{
    return self->server != NULL ? self->server[0] : "vnc";
}

void
fake_machine_set_state (FakeMachine *self, VitrineMachineState state, const char *reason)
{
    VitrineMachine *machine = VITRINE_MACHINE (self);
    const char *const displays[] = { get_protocol (self), NULL };
    gboolean runs = state != VITRINE_MACHINE_OFF && state != VITRINE_MACHINE_CRASHED;

    g_clear_handle_id (&self->next_state, g_source_remove);
    if (!runs) {
        g_cancellable_cancel (self->power);
        g_object_unref (self->power);
        self->power = g_cancellable_new ();
        g_clear_pointer (&self->live, vitrine_definition_unref);
        g_hash_table_remove_all (self->device_states);
    }
    vitrine_machine_set_consoles (machine, runs && state != VITRINE_MACHINE_STARTING
                                               ? (const char *const *) self->consoles
                                               : NULL);
    vitrine_machine_set_displays (machine, runs && self->screen != NULL ? displays : NULL);
    if (!runs)
        vitrine_machine_set_start_time (machine, 0);
    else if (vitrine_machine_get_start_time (machine) == 0)
        vitrine_machine_set_start_time (machine, g_get_real_time () / G_USEC_PER_SEC);
    vitrine_machine_set_state (machine, state, reason);
}

static gboolean
crash_cb (gpointer user_data)
{
    FakeMachine *self = user_data;
    g_autofree char *reason = fake_faults_dup_string (self->faults, self->group, "crash-reason");

    self->next_state = 0;
    fake_machine_set_state (self, VITRINE_MACHINE_CRASHED,
                            reason != NULL ? reason : "the machine's process was killed");
    return G_SOURCE_REMOVE;
}

static gboolean
stop_cb (gpointer user_data)
{
    FakeMachine *self = user_data;

    self->next_state = 0;
    fake_machine_set_state (self, VITRINE_MACHINE_OFF, "switched off by its guest");
    return G_SOURCE_REMOVE;
}

static void
set_running (FakeMachine *self)
{
    guint crash_ms = fake_faults_get_uint (self->faults, self->group, "crash-after-ms", 0);
    guint stop_ms = fake_faults_get_uint (self->faults, self->group, "stop-after-ms", 0);

    fake_machine_set_state (self, VITRINE_MACHINE_RUNNING, NULL);
    if (crash_ms > 0)
        self->next_state = g_timeout_add (crash_ms, crash_cb, self);
    else if (stop_ms > 0)
        self->next_state = g_timeout_add (stop_ms, stop_cb, self);
}

static void
power_off (FakeMachine *self)
{
    g_autofree char *reason = fake_faults_dup_string (self->faults, self->group, "off-reason");

    fake_machine_set_state (self, VITRINE_MACHINE_OFF, reason);
}

static gboolean
off_cb (gpointer user_data)
{
    FakeMachine *self = user_data;

    self->next_state = 0;
    power_off (self);
    return G_SOURCE_REMOVE;
}

/* --- actions ---------------------------------------------------------------------------------- */

static void
undo_start (GTask *task)
{
    FakeMachine *self = g_task_get_source_object (task);

    if (vitrine_machine_get_state (VITRINE_MACHINE (self)) == VITRINE_MACHINE_STARTING)
        fake_machine_set_state (self, VITRINE_MACHINE_OFF, NULL);
}

/* The time to start is over, or the task was cancelled. */
static gboolean
started_cb (gpointer user_data)
{
    GTask *task = user_data;
    FakeMachine *self = g_task_get_source_object (task);

    if (g_cancellable_is_cancelled (g_task_get_cancellable (task))) {
        undo_start (task);
        g_task_return_error_if_cancelled (task);
    } else if (vitrine_machine_get_state (VITRINE_MACHINE (self)) != VITRINE_MACHINE_STARTING) {
        g_task_return_new_error (task, VITRINE_ERROR, VITRINE_ERROR_ENGINE,
                                 _ ("“%s” was switched off while it started"),
                                 vitrine_machine_get_name (VITRINE_MACHINE (self)));
    } else {
        set_running (self);
        g_task_return_boolean (task, TRUE);
    }
    return G_SOURCE_REMOVE;
}

static void
start (GTask *task)
{
    FakeMachine *self = g_task_get_source_object (task);
    guint start_ms = fake_faults_get_uint (self->faults, self->group, "start-ms", START_MS);
    g_autoptr (GSource) source = g_timeout_source_new (start_ms);
    GError *error = NULL;

    if (!fake_machine_unlock (self, &error)) {
        undo_start (task);
        g_task_return_error (task, error);
        return;
    }
    if (g_task_get_cancellable (task) != NULL) {
        g_autoptr (GSource) cancelled = g_cancellable_source_new (g_task_get_cancellable (task));

        g_source_set_dummy_callback (cancelled);
        g_source_add_child_source (source, cancelled);
    }
    g_task_attach_source (task, source, started_cb);
}

static void
act (GTask *task)
{
    FakeMachine *self = g_task_get_source_object (task);
    VitrineAction action = (VitrineAction) GPOINTER_TO_INT (g_task_get_task_data (task));
    GError *error = NULL;

    /* It may have crashed while we took our time. */
    if (!vitrine_machine_check_action (VITRINE_MACHINE (self), action, &error)) {
        g_task_return_error (task, error);
        return;
    }
    switch (action) {
    case VITRINE_ACTION_PAUSE:
        fake_machine_set_state (self, VITRINE_MACHINE_PAUSED, NULL);
        break;
    case VITRINE_ACTION_RESUME:
        set_running (self);
        break;
    case VITRINE_ACTION_RESET:
        if (self->screen != NULL)
            fake_screen_clear (self->screen);
        break;
    case VITRINE_ACTION_SHUTDOWN:
        fake_machine_set_state (self, VITRINE_MACHINE_STOPPING, NULL);
        if (!fake_faults_get_boolean (self->faults, self->group, "ignore-shutdown"))
            self->next_state = g_timeout_add (
                fake_faults_get_uint (self->faults, self->group, "shutdown-ms", SHUTDOWN_MS),
                off_cb, self);
        break;
    case VITRINE_ACTION_POWER_OFF:
        power_off (self);
        break;
    case VITRINE_ACTION_START: /* start() */
    case VITRINE_ACTION_START_RESET_NVRAM:
    case VITRINE_ACTION_START_DISPOSABLE:
    case VITRINE_ACTION_DELETE:
        g_assert_not_reached ();
    }
    g_task_return_boolean (task, TRUE);
}

static void
fake_machine_act_async (VitrineMachine *machine, VitrineAction action, GCancellable *cancellable,
                        GAsyncReadyCallback callback, gpointer user_data)
{
    static const char *const ops[] = {
        [VITRINE_ACTION_START] = "start",
        [VITRINE_ACTION_PAUSE] = "pause",
        [VITRINE_ACTION_RESUME] = "resume",
        [VITRINE_ACTION_SHUTDOWN] = "shutdown",
        [VITRINE_ACTION_RESET] = "reset",
        [VITRINE_ACTION_POWER_OFF] = "power-off",
        [VITRINE_ACTION_DELETE] = "delete",
        [VITRINE_ACTION_START_RESET_NVRAM] = "start",
        [VITRINE_ACTION_START_DISPOSABLE] = "start",
    };
    FakeMachine *self = FAKE_MACHINE (machine);
    GTask *task = g_task_new (self, cancellable, callback, user_data);

    g_task_set_task_data (task, GINT_TO_POINTER (action), NULL);
    if (vitrine_action_is_start (action)) {
        fake_machine_set_state (self, VITRINE_MACHINE_STARTING, NULL);
        fake_faults_run (self->faults, self->group, ops[action], task, start, undo_start);
    } else {
        fake_faults_run (self->faults, self->group, ops[action], task, act, NULL);
    }
}

/* --- disks and deletion ----------------------------------------------------------------------- */

static void
list_disks (GTask *task)
{
    FakeMachine *self = g_task_get_source_object (task);
    GPtrArray *copy = g_ptr_array_new_with_free_func ((GDestroyNotify) vitrine_disk_info_free);

    for (guint i = 0; i < self->disks->len; i++)
        g_ptr_array_add (copy, vitrine_disk_info_copy (g_ptr_array_index (self->disks, i)));
    g_task_return_pointer (task, copy, (GDestroyNotify) g_ptr_array_unref);
}

static void
fake_machine_list_disks_async (VitrineMachine *machine, GCancellable *cancellable,
                               GAsyncReadyCallback callback, gpointer user_data)
{
    FakeMachine *self = FAKE_MACHINE (machine);

    fake_faults_run (self->faults, self->group, "list-disks",
                     g_task_new (self, cancellable, callback, user_data), list_disks, NULL);
}

static void delete (GTask *task)
{
    FakeMachine *self = g_task_get_source_object (task);
    GStrv paths = g_task_get_task_data (task);
    GError *error = NULL;

    if (!vitrine_machine_check_action (VITRINE_MACHINE (self), VITRINE_ACTION_DELETE, &error)
        || !vitrine_rules_check_removable (self->disks, (const char *const *) paths, &error)) {
        g_task_return_error (task, error);
        return;
    }
    g_signal_emit (self, signals[SIGNAL_DELETED], 0);
    g_task_return_boolean (task, TRUE);
}

static void
fake_machine_delete_async (VitrineMachine *machine, const char *const *remove_disks,
                           GCancellable *cancellable, GAsyncReadyCallback callback,
                           gpointer user_data)
{
    FakeMachine *self = FAKE_MACHINE (machine);
    GTask *task = g_task_new (self, cancellable, callback, user_data);

    g_task_set_task_data (task, g_strdupv ((GStrv) remove_disks), (GDestroyNotify) g_strfreev);
    fake_faults_run (self->faults, self->group, "delete", task, delete, NULL);
}

/* --- display, consoles, keys ------------------------------------------------------------------ */

static gboolean
drop_cb (gpointer user_data)
{
    shutdown (GPOINTER_TO_INT (user_data), SHUT_RDWR);
    return G_SOURCE_REMOVE;
}

static void
close_cb (gpointer user_data)
{
    close (GPOINTER_TO_INT (user_data));
}

/* The display goes away by itself after a while, as if its process had died. */
static void
arm_drop (FakeMachine *self, int fd)
{
    guint drop_ms = fake_faults_get_uint (self->faults, self->group, "drop-display-ms", 0);

    if (drop_ms > 0)
        g_timeout_add_full (G_PRIORITY_DEFAULT, drop_ms, drop_cb, GINT_TO_POINTER (dup (fd)),
                            close_cb);
}

static gboolean
check_open (FakeMachine *self, gboolean display, const char *name, GError **error)
{
    const char *machine_name = vitrine_machine_get_name (VITRINE_MACHINE (self));

    if (!vitrine_machine_check_runs (VITRINE_MACHINE (self), error))
        return FALSE;
    if (display && self->screen == NULL)
        g_set_error (error, VITRINE_ERROR, VITRINE_ERROR_NOT_FOUND, _ ("“%s” has no display"),
                     machine_name);
    else if (display && !g_str_equal (name, get_protocol (self)))
        g_set_error (error, VITRINE_ERROR, VITRINE_ERROR_UNSUPPORTED,
                     _ ("“%s” does not show its display by “%s”"), machine_name, name);
    else if (!display && !g_strv_contains ((const char *const *) self->consoles, name))
        g_set_error (error, VITRINE_ERROR, VITRINE_ERROR_NOT_FOUND, _ ("“%s” has no console “%s”"),
                     machine_name, name);
    else
        return TRUE;
    return FALSE;
}

/* Of the process that shows the display; -1 with errno. */
static int
connect_server (const char *path)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    int fd = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    g_strlcpy (address.sun_path, path, sizeof address.sun_path);
    if (fd >= 0 && connect (fd, (struct sockaddr *) &address, sizeof address) != 0) {
        close (fd);
        return -1;
    }
    return fd;
}

static void
open_server (FakeMachine *self, GTask *task)
{
    int fd = connect_server (self->server[1]);

    if (fd >= 0)
        vitrine_task_return_fd (task, fd);
    else
        g_task_return_new_error (task, VITRINE_ERROR, VITRINE_ERROR_ENGINE, "%s",
                                 g_strerror (errno));
}

static void
open_stream (GTask *task, gboolean display)
{
    FakeMachine *self = g_task_get_source_object (task);
    const char *name = vitrine_machine_get_name (VITRINE_MACHINE (self));
    g_autofree char *banner = NULL;
    GError *error = NULL;
    int fds[2];

    if (!check_open (self, display, g_task_get_task_data (task), &error)) {
        g_task_return_error (task, error);
        return;
    }
    if (display && self->server != NULL) {
        open_server (self, task);
        return;
    }
    if (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) != 0) {
        g_task_return_new_error (task, VITRINE_ERROR, VITRINE_ERROR_ENGINE, "%s",
                                 g_strerror (errno));
        return;
    }
    if (display) {
        arm_drop (self, fds[0]);
        fake_rfb_serve (fds[0], self->screen, name, self->power);
    } else {
        banner = g_strdup_printf ("%s ttyS0\r\n\r\n%s login: ", name, name);
        fake_echo_serve (fds[0], banner, self->power);
    }
    vitrine_task_return_fd (task, fds[1]);
}

static void
open_display (GTask *task)
{
    open_stream (task, TRUE);
}

static void
open_console (GTask *task)
{
    open_stream (task, FALSE);
}

static void
fake_machine_open_async (VitrineMachine *machine, gboolean display, const char *name,
                         GCancellable *cancellable, GAsyncReadyCallback callback,
                         gpointer user_data)
{
    FakeMachine *self = FAKE_MACHINE (machine);
    GTask *task = g_task_new (self, cancellable, callback, user_data);

    g_task_set_task_data (task, g_strdup (name), g_free);
    fake_faults_run (self->faults, self->group, display ? "display" : "console", task,
                     display ? open_display : open_console, NULL);
}

static void
screenshot (GTask *task)
{
    FakeMachine *self = g_task_get_source_object (task);
    GError *error = NULL;

    if (!check_open (self, TRUE, get_protocol (self), &error))
        g_task_return_error (task, error);
    else
        g_task_return_pointer (task, fake_screen_dup_picture (self->screen),
                               (GDestroyNotify) vitrine_picture_free);
}

static void
fake_machine_screenshot_async (VitrineMachine *machine, GCancellable *cancellable,
                               GAsyncReadyCallback callback, gpointer user_data)
{
    FakeMachine *self = FAKE_MACHINE (machine);

    fake_faults_run (self->faults, self->group, "screenshot",
                     g_task_new (self, cancellable, callback, user_data), screenshot, NULL);
}

static void
send_keys (GTask *task)
{
    FakeMachine *self = g_task_get_source_object (task);
    GVariantIter iter;
    guint code;
    gboolean down, shift = FALSE;

    g_variant_iter_init (&iter, g_task_get_task_data (task));
    while (self->screen != NULL && g_variant_iter_next (&iter, "(ub)", &code, &down)) {
        if (vitrine_keys_is_shift (code))
            shift = down;
        else if (down)
            fake_screen_type (self->screen, vitrine_keys_to_character (code, shift));
    }
    g_task_return_boolean (task, TRUE);
}

static void
fake_machine_send_keys_async (VitrineMachine *machine, GVariant *keys, GCancellable *cancellable,
                              GAsyncReadyCallback callback, gpointer user_data)
{
    FakeMachine *self = FAKE_MACHINE (machine);
    GTask *task = g_task_new (self, cancellable, callback, user_data);

    g_task_set_task_data (task, g_variant_ref (keys), (GDestroyNotify) g_variant_unref);
    fake_faults_run (self->faults, self->group, "send-keys", task, send_keys, NULL);
}

/* --- GObject ---------------------------------------------------------------------------------- */

static void
fake_machine_dispose (GObject *object)
{
    FakeMachine *self = FAKE_MACHINE (object);

    g_clear_handle_id (&self->next_state, g_source_remove);
    g_cancellable_cancel (self->power);
    G_OBJECT_CLASS (fake_machine_parent_class)->dispose (object);
}

static void
fake_machine_finalize (GObject *object)
{
    FakeMachine *self = FAKE_MACHINE (object);

    g_clear_pointer (&self->snapshots, g_ptr_array_unref);
    g_clear_pointer (&self->definition, vitrine_definition_unref);
    g_clear_pointer (&self->live, vitrine_definition_unref);
    g_hash_table_unref (self->device_states);
    g_clear_object (&self->spec);
    g_clear_object (&self->screen);
    g_object_unref (self->power);
    g_hash_table_unref (self->passphrases);
    g_ptr_array_unref (self->disks);
    g_strfreev (self->consoles);
    g_strfreev (self->server);
    g_clear_pointer (&self->faults, fake_faults_unref);
    g_free (self->group);
    G_OBJECT_CLASS (fake_machine_parent_class)->finalize (object);
}

static void
fake_machine_add_disk_async (VitrineMachine *machine, const VitrineDiskSpec *disk,
                             VitrineScope scope, VitrineProgress progress, gpointer progress_data,
                             GCancellable *cancellable, GAsyncReadyCallback callback,
                             gpointer user_data)
{
    fake_volumes_add_disk_async (FAKE_MACHINE (machine)->faults, machine, disk, scope, progress,
                                 progress_data, cancellable, callback, user_data);
}

static void
fake_machine_class_init (FakeMachineClass *klass)
{
    VitrineMachineClass *machine_class = VITRINE_MACHINE_CLASS (klass);

    G_OBJECT_CLASS (klass)->dispose = fake_machine_dispose;
    G_OBJECT_CLASS (klass)->finalize = fake_machine_finalize;
    machine_class->act_async = fake_machine_act_async;
    machine_class->delete_async = fake_machine_delete_async;
    machine_class->list_disks_async = fake_machine_list_disks_async;
    machine_class->open_async = fake_machine_open_async;
    machine_class->screenshot_async = fake_machine_screenshot_async;
    machine_class->send_keys_async = fake_machine_send_keys_async;
    machine_class->can_start_disposable = TRUE;
    machine_class->add_disk_async = fake_machine_add_disk_async;
    machine_class->change_async = fake_machine_change_async;
    machine_class->list_snapshots_async = fake_machine_list_snapshots_async;
    machine_class->snapshot_async = fake_machine_snapshot_async;
    machine_class->has_passt = TRUE;
    machine_class->can_set_cards = TRUE;
    machine_class->set_link_async = fake_machine_set_link_async;
    machine_class->dup_xml = fake_machine_dup_xml;
    machine_class->dup_devices = fake_machine_dup_devices;
    machine_class->wants_passphrases = TRUE;
    machine_class->dup_encrypted = fake_machine_dup_encrypted;
    machine_class->give_passphrase = fake_machine_give_passphrase;
    machine_class->identify_image_async = fake_machine_identify_image_async;
    signals[SIGNAL_DELETED] = g_signal_new ("deleted", FAKE_TYPE_MACHINE, G_SIGNAL_RUN_LAST, 0,
                                            NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
fake_machine_init (FakeMachine *self)
{
    self->disks = g_ptr_array_new_with_free_func ((GDestroyNotify) vitrine_disk_info_free);
    self->power = g_cancellable_new ();
    self->passphrases = g_hash_table_new_full (g_str_hash, g_str_equal, g_free,
                                               (GDestroyNotify) vitrine_passphrase_unref);
    self->device_states = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
}
