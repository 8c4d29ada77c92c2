/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vitrine-snapshot.c - what a machine's disks and UEFI variables were at some time. */
#include "vitrine-snapshot.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "vitrine-private.h"

#define NAME_MAX_BYTES 63

void
vitrine_snapshot_free (VitrineSnapshot *snapshot)
{
    if (snapshot == NULL)
        return;
    g_free (snapshot->name);
    g_free (snapshot->parent);
    g_free (snapshot->description);
    g_free (snapshot);
}

void
vitrine_machine_list_snapshots_async (VitrineMachine *self, GCancellable *cancellable,
                                      GAsyncReadyCallback callback, gpointer user_data)
{
    g_return_if_fail (VITRINE_IS_MACHINE (self));
    g_return_if_fail (VITRINE_IS_MAIN_THREAD ());
    VITRINE_MACHINE_GET_CLASS (self)->list_snapshots_async (self, cancellable, callback, user_data);
}

GPtrArray *
vitrine_machine_list_snapshots_finish (VitrineMachine *self, GAsyncResult *result, GError **error)
{
    g_return_val_if_fail (VITRINE_IS_MACHINE (self), NULL);
    return VITRINE_MACHINE_GET_CLASS (self)->list_snapshots_finish (self, result, error);
}

/* What can be said before anything is looked at. */
static gboolean
check (VitrineMachine *self, VitrineSnapshotAction action, const char *name, GError **error)
{
    if (action == VITRINE_SNAPSHOT_CREATE
        && (*name == '\0' || strlen (name) > NAME_MAX_BYTES || !g_utf8_validate (name, -1, NULL)
            || strpbrk (name, "\n\r\t/") != NULL))
        return vitrine_refuse (error, VITRINE_ERROR_INVALID,
                               _ ("“%s” cannot name a snapshot: say 1 to %d bytes without a slash"),
                               name, NAME_MAX_BYTES);
    return action != VITRINE_SNAPSHOT_REVERT || vitrine_machine_check_redefine (self, error);
}

void
vitrine_machine_snapshot_async (VitrineMachine *self, VitrineSnapshotAction action,
                                const char *name, const char *description, VitrineProgress progress,
                                gpointer progress_data, GCancellable *cancellable,
                                GAsyncReadyCallback callback, gpointer user_data)
{
    GError *error = NULL;

    g_return_if_fail (VITRINE_IS_MACHINE (self));
    g_return_if_fail (name != NULL);
    g_return_if_fail (VITRINE_IS_MAIN_THREAD ());

    if (check (self, action, name, &error))
        VITRINE_MACHINE_GET_CLASS (self)->snapshot_async (self, action, name, description, progress,
                                                          progress_data, cancellable, callback,
                                                          user_data);
    else
        g_task_report_error (self, callback, user_data, vitrine_machine_snapshot_async, error);
}

gboolean
vitrine_machine_snapshot_finish (VitrineMachine *self, GAsyncResult *result, GError **error)
{
    g_return_val_if_fail (VITRINE_IS_MACHINE (self), FALSE);
    if (g_async_result_is_tagged (result, vitrine_machine_snapshot_async))
        return g_task_propagate_boolean (G_TASK (result), error);
    return VITRINE_MACHINE_GET_CLASS (self)->snapshot_finish (self, result, error);
}
