/* SPDX-License-Identifier: GPL-2.0-or-later */
/* fake-machine-snapshot.c - the snapshots of a fake machine: names, and which came of which. */
#include <glib/gi18n-lib.h>

#include "fake-machine-private.h"
#include "vitrine-error.h"
#include "vitrine-private.h"
#include "vitrine-snapshot.h"

typedef struct {
    VitrineSnapshotAction action;
    char *name, *description;
} Snapshotting;

static void
snapshotting_free (gpointer data)
{
    Snapshotting *work = data;

    g_free (work->name);
    g_free (work->description);
    g_free (work);
}

static GPtrArray *
get_list (FakeMachine *self)
{
    if (self->snapshots == NULL)
        self->snapshots = g_ptr_array_new_with_free_func ((GDestroyNotify) vitrine_snapshot_free);
    return self->snapshots;
}

static VitrineSnapshot *
find (FakeMachine *self, const char *name)
{
    GPtrArray *list = get_list (self);

    for (guint i = 0; i < list->len; i++) {
        VitrineSnapshot *snapshot = g_ptr_array_index (list, i);

        if (g_str_equal (snapshot->name, name))
            return snapshot;
    }
    return NULL;
}

/* Returns the name of the one that was. */
static const char *
set_current (FakeMachine *self, const char *name)
{
    GPtrArray *list = get_list (self);
    const char *was = "";

    for (guint i = 0; i < list->len; i++) {
        VitrineSnapshot *snapshot = g_ptr_array_index (list, i);

        if (snapshot->current)
            was = snapshot->name;
        snapshot->current = g_str_equal (snapshot->name, name);
    }
    return was;
}

static void
create (FakeMachine *self, const Snapshotting *work)
{
    VitrineSnapshot *snapshot = g_new0 (VitrineSnapshot, 1);

    snapshot->name = g_strdup (work->name);
    snapshot->parent = g_strdup (set_current (self, work->name));
    snapshot->description = g_strdup (work->description != NULL ? work->description : "");
    snapshot->time = g_get_real_time () / G_USEC_PER_SEC;
    snapshot->current = TRUE;
    snapshot->running = vitrine_machine_runs (VITRINE_MACHINE (self));
    g_ptr_array_add (get_list (self), snapshot);
}

static void
delete_one (FakeMachine *self, VitrineSnapshot *snapshot)
{
    GPtrArray *list = get_list (self);

    if (snapshot->current)
        set_current (self, snapshot->parent);
    for (guint i = 0; i < list->len; i++) {
        VitrineSnapshot *other = g_ptr_array_index (list, i);

        if (g_str_equal (other->parent, snapshot->name)) {
            g_free (other->parent);
            other->parent = g_strdup (snapshot->parent);
        }
    }
    g_ptr_array_remove (list, snapshot);
}

static void
change (GTask *task)
{
    FakeMachine *self = g_task_get_source_object (task);
    const Snapshotting *work = g_task_get_task_data (task);
    VitrineSnapshot *snapshot = find (self, work->name);
    const char *name = vitrine_machine_get_name (VITRINE_MACHINE (self));

    if (work->action == VITRINE_SNAPSHOT_CREATE && snapshot != NULL) {
        g_task_return_new_error (task, VITRINE_ERROR, VITRINE_ERROR_EXISTS,
                                 _ ("“%s” has a snapshot “%s” already"), name, work->name);
        return;
    }
    if (work->action != VITRINE_SNAPSHOT_CREATE && snapshot == NULL) {
        g_task_return_new_error (task, VITRINE_ERROR, VITRINE_ERROR_NOT_FOUND,
                                 _ ("“%s” has no snapshot “%s”"), name, work->name);
        return;
    }
    if (work->action == VITRINE_SNAPSHOT_CREATE)
        create (self, work);
    else if (work->action == VITRINE_SNAPSHOT_REVERT)
        set_current (self, work->name);
    else
        delete_one (self, snapshot);
    g_task_return_boolean (task, TRUE);
}

void
fake_machine_snapshot_async (VitrineMachine *machine, VitrineSnapshotAction action,
                             const char *name, const char *description, VitrineProgress progress,
                             gpointer progress_data, GCancellable *cancellable,
                             GAsyncReadyCallback callback, gpointer user_data)
{
    FakeMachine *self = FAKE_MACHINE (machine);
    GTask *task = g_task_new (self, cancellable, callback, user_data);
    Snapshotting *work = g_new0 (Snapshotting, 1);

    work->action = action;
    work->name = g_strdup (name);
    work->description = g_strdup (description);
    g_task_set_task_data (task, work, snapshotting_free);
    fake_faults_report (task, progress, progress_data);
    fake_faults_run (self->faults, self->group, "snapshot", task, change, NULL);
}

static void
list (GTask *task)
{
    FakeMachine *self = g_task_get_source_object (task);
    GPtrArray *copy = g_ptr_array_new_with_free_func ((GDestroyNotify) vitrine_snapshot_free);

    for (guint i = 0; i < get_list (self)->len; i++) {
        VitrineSnapshot *one = g_memdup2 (g_ptr_array_index (get_list (self), i), sizeof *one);

        one->name = g_strdup (one->name);
        one->parent = g_strdup (one->parent);
        one->description = g_strdup (one->description);
        g_ptr_array_add (copy, one);
    }
    g_task_return_pointer (task, copy, (GDestroyNotify) g_ptr_array_unref);
}

void
fake_machine_list_snapshots_async (VitrineMachine *machine, GCancellable *cancellable,
                                   GAsyncReadyCallback callback, gpointer user_data)
{
    FakeMachine *self = FAKE_MACHINE (machine);

    fake_faults_run (self->faults, self->group, "list-snapshots",
                     g_task_new (self, cancellable, callback, user_data), list, NULL);
}
