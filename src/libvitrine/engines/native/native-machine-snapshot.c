/* SPDX-License-Identifier: GPL-2.0-or-later */
/* native-machine-snapshot.c - a machine's snapshots: what is asked here is done in a thread. */
#include "native-machine-private.h"
#include "native-snapshot.h"
#include "vitrine-private.h"
#include "vitrine-progress-private.h"

typedef struct {
    VitrineSnapshotAction action;
    char *machines, *uuid, *name, *description;
    GDBusConnection *keeper;
    VitrineControlMachine1 *proxy; /* whose progress is reported */
    gulong handler;
    VitrineReport *report;
} Snapshotting;

static void
snapshotting_free (gpointer data)
{
    Snapshotting *work = data;

    g_free (work->machines);
    g_free (work->uuid);
    g_free (work->name);
    g_free (work->description);
    g_clear_object (&work->keeper);
    g_free (work);
}

static Snapshotting *
snapshotting_new (NativeMachine *self)
{
    Snapshotting *work = g_new0 (Snapshotting, 1);

    work->machines = g_strdup (self->machines);
    work->uuid = g_strdup (vitrine_machine_get_uuid (VITRINE_MACHINE (self)));
    return work;
}

/* --- list ------------------------------------------------------------------------------------- */

static void
list_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
    const Snapshotting *work = data;
    GError *error = NULL;
    GPtrArray *list = native_snapshot_list (work->machines, work->uuid, &error);

    if (list != NULL)
        g_task_return_pointer (task, list, (GDestroyNotify) g_ptr_array_unref);
    else
        g_task_return_error (task, error);
}

void
native_machine_list_snapshots_async (VitrineMachine *machine, GCancellable *cancellable,
                                     GAsyncReadyCallback callback, gpointer user_data)
{
    NativeMachine *self = NATIVE_MACHINE (machine);

    vitrine_task_run_in_thread (g_task_new (self, cancellable, callback, user_data), list_thread,
                                snapshotting_new (self), snapshotting_free,
                                vitrine_task_forward_array_cb);
}

/* --- changes ---------------------------------------------------------------------------------- */

static void
snapshot_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
    const Snapshotting *work = data;
    const ImageWatch watch = { cancellable, vitrine_report_set, work->report };
    const NativeSnapshotJob job = { work->machines, work->uuid, work->keeper, &watch };
    GError *error = NULL;
    gboolean done = FALSE;

    switch (work->action) {
    case VITRINE_SNAPSHOT_CREATE:
        done = native_snapshot_create (&job, work->name, work->description, &error);
        break;
    case VITRINE_SNAPSHOT_REVERT:
        done = native_snapshot_revert (&job, work->name, &error);
        break;
    case VITRINE_SNAPSHOT_DELETE:
        done = native_snapshot_delete (&job, work->name, &error);
        break;
    }
    if (done)
        g_task_return_boolean (task, TRUE);
    else
        g_task_return_error (task, error);
}

static void
snapshot_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr (GTask) task = user_data;
    NativeMachine *self = g_task_get_source_object (task);
    Snapshotting *work = g_task_get_task_data (G_TASK (result));
    GError *error = NULL;

    if (work->proxy != NULL)
        g_signal_handler_disconnect (work->proxy, work->handler);
    g_clear_object (&work->proxy);
    g_clear_pointer (&work->report, vitrine_report_free);
    if (g_task_propagate_boolean (G_TASK (result), &error))
        g_task_return_boolean (task, TRUE);
    else
        g_task_return_error (task, native_machine_map_error (self, error));
}

/* The keeper's word on how far a merge is. */
static void
progress_cb (VitrineControlMachine1 *proxy, GParamSpec *pspec, gpointer report)
{
    vitrine_report_set (vitrine_control_machine1_get_merge_progress (proxy), report);
}

void
native_machine_snapshot_async (VitrineMachine *machine, VitrineSnapshotAction action,
                               const char *name, const char *description, VitrineProgress progress,
                               gpointer progress_data, GCancellable *cancellable,
                               GAsyncReadyCallback callback, gpointer user_data)
{
    NativeMachine *self = NATIVE_MACHINE (machine);
    GTask *task = g_task_new (self, cancellable, callback, user_data);
    Snapshotting *work = snapshotting_new (self);

    work->action = action;
    work->name = g_strdup (name);
    work->description = g_strdup (description);
    work->report = vitrine_report_new (progress, progress_data);
    if (self->proxy != NULL) {
        work->keeper = g_object_ref (g_dbus_proxy_get_connection (G_DBUS_PROXY (self->proxy)));
        work->proxy = g_object_ref (self->proxy);
        work->handler = g_signal_connect (self->proxy, "notify::merge-progress",
                                          G_CALLBACK (progress_cb), work->report);
    }
    g_task_set_check_cancellable (task, FALSE); /* what is done is done */
    vitrine_task_run_in_thread (task, snapshot_thread, work, snapshotting_free, snapshot_cb);
}
