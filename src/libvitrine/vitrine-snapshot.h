/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vitrine-snapshot.h - what a machine's disks and UEFI variables were at some time.
 *
 * Each is one unit of all that the machine writes to; memory is not in it.  They form a tree: each was made on the
 * way from its parent, and the machine goes on from one of them.
 */
#pragma once

#include "vitrine-host.h"

G_BEGIN_DECLS

typedef struct {
    char *name;
    char *parent; /* that one's name, or "" */
    char *description;
    gint64 time;             /* seconds since the epoch */
    gboolean current;        /* the machine goes on from it */
    gboolean running;        /* the machine ran: its disks are as after a loss of power */
    gboolean partly_deleted; /* it can only be deleted */
} VitrineSnapshot;

void vitrine_snapshot_free (VitrineSnapshot *snapshot);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VitrineSnapshot, vitrine_snapshot_free)

/* (transfer full): an array of VitrineSnapshot, the oldest first. */
void vitrine_machine_list_snapshots_async (VitrineMachine *self, GCancellable *cancellable,
                                           GAsyncReadyCallback callback, gpointer user_data);
GPtrArray *vitrine_machine_list_snapshots_finish (VitrineMachine *self, GAsyncResult *result,
                                                  GError **error);

/* CREATE makes the snapshot NAME, of a machine that is off or runs; DESCRIPTION may be NULL.  REVERT takes the machine,
 * which is off, back to it: what it wrote since the last snapshot is dropped.  DELETE drops the snapshot, not what came
 * of it: its data are merged with those.  PROGRESS may be NULL.  A cancelled or failed one leaves the machine with its
 * data as they were. */
void vitrine_machine_snapshot_async (VitrineMachine *self, VitrineSnapshotAction action,
                                     const char *name, const char *description,
                                     VitrineProgress progress, gpointer progress_data,
                                     GCancellable *cancellable, GAsyncReadyCallback callback,
                                     gpointer user_data);
gboolean vitrine_machine_snapshot_finish (VitrineMachine *self, GAsyncResult *result,
                                          GError **error);

G_END_DECLS
