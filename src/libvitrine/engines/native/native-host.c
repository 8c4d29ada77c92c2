/* SPDX-License-Identifier: GPL-2.0-or-later */
/* native-host.c - this computer's own machines.
 *
 * Theory of operation.  Two folders are watched: that of the machines, where a machine's folder
 * comes when it is made, goes when it is deleted, and where definitions pass through as .xml-UUID
 * (native-store.h); and that of the sockets, where a machine's folder comes when its keeper does.
 * Any event that names a UUID makes us look at that machine anew, in one small read; what the event
 * says beyond that does not matter, so that none can be misread and a lost one is made good by the
 * next.  Making, defining and deleting here do the same look at once and do not wait for the event.
 */
#include "native-host.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "native-check.h"
#include "native-host-private.h"
#include "native-machine.h"
#include "native-paths.h"
#include "native-store.h"
#include "vitrine-error.h"
#include "vitrine-private.h"
#include "vitrine-rules-private.h"

G_DEFINE_FINAL_TYPE (NativeHost, native_host, VITRINE_TYPE_HOST)

/* --- machines come and go --------------------------------------------------------------------- */

static void
deleted_cb (VitrineMachine *machine, VitrineHost *host)
{
    g_autoptr (VitrineMachine) found = vitrine_host_find (host, vitrine_machine_get_uuid (machine));

    if (found == machine) /* the monitor may have been quicker */
        vitrine_host_remove (host, machine);
}

static NativeMachine *
make_machine (NativeHost *self, const NativeRecord *record)
{
    NativeMachine *machine = native_machine_new (self->machines, self->runtime, record);

    g_signal_connect_object (machine, "deleted", G_CALLBACK (deleted_cb), self, 0);
    native_machine_check_runtime (machine);
    return machine;
}

/* The folder that a monitor is on is the machine's. */
static void
incomplete_changed_cb (GFileMonitor *monitor, GFile *file, GFile *other, GFileMonitorEvent event,
                       NativeHost *self)
{
    g_autoptr (GFile) folder = g_file_get_parent (file);
    g_autofree char *uuid = g_file_get_basename (folder);

    native_host_look_at (self, uuid);
}

/* Somebody is copying a machine in, or will mend its definition by hand. */
static void
watch_incomplete (NativeHost *self, const char *uuid)
{
    g_autofree char *path = g_build_filename (self->machines, uuid, NULL);
    g_autoptr (GFile) folder = g_file_new_for_path (path);
    GFileMonitor *monitor;

    if (g_hash_table_contains (self->incomplete, uuid))
        return;
    monitor = g_file_monitor_directory (folder, G_FILE_MONITOR_WATCH_MOVES, NULL, NULL);
    if (monitor == NULL)
        return;
    g_signal_connect_object (monitor, "changed", G_CALLBACK (incomplete_changed_cb), self, 0);
    g_hash_table_insert (self->incomplete, g_strdup (uuid), monitor);
}

static gboolean
has_folder (NativeHost *self, const char *uuid)
{
    g_autofree char *path = g_build_filename (self->machines, uuid, NULL);

    return g_file_test (path, G_FILE_TEST_IS_DIR);
}

/* Reads the machine UUID anew: there may be a new one, a changed one, or none any more. */
void
native_host_look_at (NativeHost *self, const char *uuid)
{
    VitrineHost *host = VITRINE_HOST (self);
    g_autoptr (VitrineMachine) machine = vitrine_host_find (host, uuid);
    g_autoptr (NativeRecord) record = native_store_read (self->machines, uuid);

    if ((record == NULL && has_folder (self, uuid)) || (record != NULL && *record->problem != '\0'))
        watch_incomplete (self, uuid);
    else
        g_hash_table_remove (self->incomplete, uuid);
    if (record == NULL && machine != NULL) {
        vitrine_host_remove (host, machine);
    } else if (record != NULL && machine != NULL) {
        native_machine_update (NATIVE_MACHINE (machine), record);
    } else if (record != NULL) {
        machine = VITRINE_MACHINE (make_machine (self, record));
        vitrine_host_add (host, machine);
    }
}

/* The UUID that FILE's name speaks of, or NULL. */
static char *
dup_uuid (GFile *file)
{
    g_autofree char *name = file != NULL ? g_file_get_basename (file) : g_strdup ("");
    const char *uuid = name;

    if (g_str_has_prefix (name, NATIVE_STORE_XML_WAY))
        uuid += strlen (NATIVE_STORE_XML_WAY);
    return g_uuid_string_is_valid (uuid) ? g_strdup (uuid) : NULL;
}

static void
handle_change (NativeHost *self, const char *uuid)
{
    g_autoptr (VitrineMachine) machine = vitrine_host_find (VITRINE_HOST (self), uuid);

    if (self->touched != NULL)
        g_hash_table_add (self->touched, g_strdup (uuid));
    else if (machine != NULL || vitrine_host_get_ready (VITRINE_HOST (self)))
        native_host_look_at (self, uuid);
}

static void
machines_changed_cb (GFileMonitor *monitor, GFile *file, GFile *other, GFileMonitorEvent event,
                     NativeHost *self)
{
    g_autofree char *uuid = dup_uuid (file);
    g_autofree char *other_uuid = dup_uuid (other);

    if (uuid != NULL)
        handle_change (self, uuid);
    if (other_uuid != NULL)
        handle_change (self, other_uuid);
}

static void
runtime_changed_cb (GFileMonitor *monitor, GFile *file, GFile *other, GFileMonitorEvent event,
                    NativeHost *self)
{
    g_autofree char *uuid = dup_uuid (file);
    g_autoptr (VitrineMachine) machine =
        uuid != NULL ? vitrine_host_find (VITRINE_HOST (self), uuid) : NULL;

    if (machine != NULL)
        native_machine_check_runtime (NATIVE_MACHINE (machine));
}

/* --- following -------------------------------------------------------------------------------- */

static GFileMonitor *
monitor_folder (const char *path, GError **error)
{
    g_autoptr (GFile) folder = g_file_new_for_path (path);
    g_autoptr (GError) reason = NULL;
    int ret = native_paths_make_folder (path);
    GFileMonitor *monitor;

    if (ret != 0) {
        native_store_refuse_errno (path, -ret, error);
        return NULL;
    }
    monitor = g_file_monitor_directory (folder, G_FILE_MONITOR_WATCH_MOVES, NULL, &reason);
    if (monitor == NULL)
        vitrine_refuse (error, VITRINE_ERROR_ENGINE, _ ("“%s” cannot be watched: %s"), path,
                        reason->message);
    return monitor;
}

/* Idempotent.  Comes before anything is read, so that nothing changes unseen. */
static gboolean
watch (NativeHost *self, GError **error)
{
    if (self->machines_monitor == NULL) {
        self->machines_monitor = monitor_folder (self->machines, error);
        if (self->machines_monitor == NULL)
            return FALSE;
        g_signal_connect_object (self->machines_monitor, "changed",
                                 G_CALLBACK (machines_changed_cb), self, 0);
    }
    if (self->runtime_monitor == NULL) {
        self->runtime_monitor = monitor_folder (self->runtime, error);
        if (self->runtime_monitor == NULL)
            return FALSE;
        g_signal_connect_object (self->runtime_monitor, "changed", G_CALLBACK (runtime_changed_cb),
                                 self, 0);
    }
    return TRUE;
}

/* --- connecting ------------------------------------------------------------------------------- */

static void
finish_connecting (NativeHost *self)
{
    g_autoptr (GPtrArray) tasks = g_steal_pointer (&self->connecting);
    g_autoptr (GHashTable) touched = g_steal_pointer (&self->touched);
    GHashTableIter iter;
    gpointer uuid;

    g_hash_table_iter_init (&iter, touched);
    while (g_hash_table_iter_next (&iter, &uuid, NULL))
        native_host_look_at (self, uuid);
    vitrine_host_set_ready (VITRINE_HOST (self), TRUE);
    for (guint i = 0; i < tasks->len; i++)
        g_task_return_boolean (g_ptr_array_index (tasks, i), TRUE);
}

static void
settled_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr (NativeHost) self = user_data;

    native_machine_settle_finish (NATIVE_MACHINE (source), result, NULL);
    if (--self->n_unsettled == 0)
        finish_connecting (self);
}

/* Each record becomes a machine, but where it was looked up before. */
static GPtrArray *
make_machines (NativeHost *self, GPtrArray *records)
{
    GPtrArray *machines = g_ptr_array_new_with_free_func (g_object_unref);

    for (guint i = 0; i < records->len; i++) {
        const NativeRecord *record = g_ptr_array_index (records, i);
        g_autoptr (VitrineMachine) known = vitrine_host_find (VITRINE_HOST (self), record->uuid);

        if (known != NULL)
            native_machine_update (NATIVE_MACHINE (known), record);
        else
            g_ptr_array_add (machines, make_machine (self, record));
        if (*record->problem != '\0')
            watch_incomplete (self, record->uuid);
    }
    return machines;
}

static void
listed_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr (GTask) task = user_data;
    NativeHost *self = g_task_get_source_object (task);
    g_autoptr (GPtrArray) records = g_task_propagate_pointer (G_TASK (result), NULL);
    g_autoptr (GPtrArray) machines = make_machines (self, records);

    vitrine_host_add_all (VITRINE_HOST (self), machines);
    self->n_unsettled = machines->len + 1;
    for (guint i = 0; i < machines->len; i++)
        native_machine_settle_async (g_ptr_array_index (machines, i), NULL, settled_cb,
                                     g_object_ref (self));
    if (--self->n_unsettled == 0)
        finish_connecting (self);
}

static void
list_thread (GTask *task, gpointer source, gpointer machines, GCancellable *cancellable)
{
    g_task_return_pointer (task, native_store_list (machines, cancellable),
                           (GDestroyNotify) g_ptr_array_unref);
}

static void
native_host_connect_async (VitrineHost *host, GCancellable *cancellable,
                           GAsyncReadyCallback callback, gpointer user_data)
{
    NativeHost *self = NATIVE_HOST (host);
    g_autoptr (GTask) task = g_task_new (host, cancellable, callback, user_data);
    GTask *listing;
    GError *error = NULL;

    if (vitrine_host_get_ready (host)) {
        g_task_return_boolean (task, TRUE);
        return;
    }
    if (!watch (self, &error)) {
        vitrine_host_set_problem (host, error->message);
        g_task_return_error (task, error);
        return;
    }
    vitrine_host_set_problem (host, NULL);
    if (self->connecting != NULL) {
        g_ptr_array_add (self->connecting, g_steal_pointer (&task));
        return;
    }
    self->connecting = g_ptr_array_new_with_free_func (g_object_unref);
    self->touched = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
    g_ptr_array_add (self->connecting, g_steal_pointer (&task));
    /* One listing serves all who wait, so that none of them can cancel it. */
    listing = g_task_new (host, NULL, NULL, NULL);
    vitrine_task_run_in_thread (listing, list_thread, g_strdup (self->machines), g_free, listed_cb);
}

static gboolean
native_host_connect_finish (VitrineHost *host, GAsyncResult *result, GError **error)
{
    return g_task_propagate_boolean (G_TASK (result), error);
}

/* --- one machine alone ------------------------------------------------------------------------ */

static void
look_up_settled_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr (GTask) task = user_data;

    native_machine_settle_finish (NATIVE_MACHINE (source), result, NULL);
    g_task_return_pointer (task, g_object_ref (source), g_object_unref);
}

/* Answers TASK with the machine UUID, as it is now. */
static void
return_machine (GTask *task, const char *uuid)
{
    NativeHost *self = g_task_get_source_object (task);
    g_autoptr (VitrineMachine) machine = NULL;

    if (uuid != NULL)
        native_host_look_at (self, uuid);
    machine = uuid != NULL ? vitrine_host_find (VITRINE_HOST (self), uuid) : NULL;
    if (machine != NULL) {
        native_machine_settle_async (NATIVE_MACHINE (machine), NULL, look_up_settled_cb, task);
        return;
    }
    g_task_return_new_error (task, VITRINE_ERROR, VITRINE_ERROR_NOT_FOUND,
                             _ ("There is no machine “%s”"),
                             (const char *) g_task_get_task_data (task));
    g_object_unref (task);
}

static void
name_found_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autofree char *uuid = g_task_propagate_pointer (G_TASK (result), NULL);

    return_machine (user_data, uuid);
}

static void
find_name_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
    const char *const *machines_and_name = data;

    g_task_return_pointer (
        task, native_store_find_name (machines_and_name[0], machines_and_name[1]), g_free);
}

static void
native_host_look_up_async (VitrineHost *host, const char *uuid_or_name, GCancellable *cancellable,
                           GAsyncReadyCallback callback, gpointer user_data)
{
    NativeHost *self = NATIVE_HOST (host);
    GTask *task = g_task_new (host, cancellable, callback, user_data);
    const char *machines_and_name[] = { self->machines, uuid_or_name, NULL };
    GError *error = NULL;

    g_task_set_task_data (task, g_strdup (uuid_or_name), g_free);
    if (!watch (self, &error)) {
        g_task_return_error (task, error);
        g_object_unref (task);
    } else if (g_uuid_string_is_valid (uuid_or_name)) {
        return_machine (task, uuid_or_name);
    } else {
        vitrine_task_run_in_thread (task, find_name_thread, g_strdupv ((GStrv) machines_and_name),
                                    (GDestroyNotify) g_strfreev, name_found_cb);
    }
}

VitrineMachine *
native_host_machine_finish (VitrineHost *host, GAsyncResult *result, GError **error)
{
    return g_task_propagate_pointer (G_TASK (result), error);
}

/* --- what it can do --------------------------------------------------------------------------- */

static void
check_thread (GTask *task, gpointer source, gpointer machines, GCancellable *cancellable)
{
    g_task_return_pointer (task, native_check_all (machines), (GDestroyNotify) g_ptr_array_unref);
}

static void
native_host_check_async (VitrineHost *host, GCancellable *cancellable, GAsyncReadyCallback callback,
                         gpointer user_data)
{
    vitrine_task_run_in_thread (g_task_new (host, cancellable, callback, user_data), check_thread,
                                g_strdup (NATIVE_HOST (host)->machines), g_free,
                                vitrine_task_forward_array_cb);
}

static GPtrArray *
native_host_check_finish (VitrineHost *host, GAsyncResult *result, GError **error)
{
    return g_task_propagate_pointer (G_TASK (result), error);
}

static VitrineHostLimits *
native_host_dup_limits (VitrineHost *host)
{
    return native_check_dup_limits (NATIVE_HOST (host)->machines);
}

/* --- GObject ---------------------------------------------------------------------------------- */

static void
native_host_dispose (GObject *object)
{
    NativeHost *self = NATIVE_HOST (object);

    g_clear_object (&self->machines_monitor);
    g_clear_object (&self->runtime_monitor);
    g_hash_table_remove_all (self->incomplete);
    G_OBJECT_CLASS (native_host_parent_class)->dispose (object);
}

static void
native_host_finalize (GObject *object)
{
    NativeHost *self = NATIVE_HOST (object);

    g_hash_table_unref (self->incomplete);
    g_free (self->machines);
    g_free (self->runtime);
    G_OBJECT_CLASS (native_host_parent_class)->finalize (object);
}

static void
native_host_class_init (NativeHostClass *klass)
{
    VitrineHostClass *host_class = VITRINE_HOST_CLASS (klass);

    G_OBJECT_CLASS (klass)->dispose = native_host_dispose;
    G_OBJECT_CLASS (klass)->finalize = native_host_finalize;
    host_class->connect_async = native_host_connect_async;
    host_class->connect_finish = native_host_connect_finish;
    host_class->look_up_async = native_host_look_up_async;
    host_class->look_up_finish = native_host_machine_finish;
    host_class->create_full_async = native_host_create_full_async;
    host_class->plan_express_async = native_host_plan_express_async;
    host_class->read_import_async = native_host_read_import_async;
    host_class->list_volume_groups_async = native_host_list_volume_groups_async;
    host_class->create_finish = native_host_machine_finish;
    host_class->define_async = native_host_define_async;
    host_class->define_finish = native_host_machine_finish;
    host_class->list_images_async = native_host_list_images_async;
    host_class->image_async = native_host_image_async;
    host_class->clone_async = native_host_clone_async;
    host_class->clone_finish = native_host_machine_finish;
    host_class->check_async = native_host_check_async;
    host_class->check_finish = native_host_check_finish;
    host_class->get_stats_async = native_host_get_stats_async;
    host_class->dup_limits = native_host_dup_limits;
}

static void
native_host_init (NativeHost *self)
{
    self->machines = native_paths_dup_machines ();
    self->runtime = native_paths_dup_runtime ();
    self->incomplete = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_object_unref);
}

VitrineHost *
vitrine_native_host_new (const char *argument, GError **error)
{
    if (*argument != '\0') {
        vitrine_refuse (error, VITRINE_ERROR_INVALID,
                        _ ("“vitrine:%s” is no host; say “vitrine:” for this computer"), argument);
        return NULL;
    }
    return g_object_new (NATIVE_TYPE_HOST, "uri", "vitrine:", "title", _ ("This computer"), NULL);
}
