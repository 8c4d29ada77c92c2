/* SPDX-License-Identifier: GPL-2.0-or-later */
/* native-snapshot.h - snapshots of a machine are made, gone back to and deleted.  All of these block: any thread but
 * the main one. */
#pragma once

#include "image-tool.h"
#include "native-snapshots.h"
#include "vitrine-snapshot.h"

G_BEGIN_DECLS

typedef struct {
    const char *machines, *uuid;
    GDBusConnection *keeper; /* of a machine that runs; NULL: it is off */
    const ImageWatch *watch;
} NativeSnapshotJob;

gboolean native_snapshot_create (const NativeSnapshotJob *job, const char *name,
                                 const char *description, GError **error);
gboolean native_snapshot_revert (const NativeSnapshotJob *job, const char *name, GError **error);
gboolean native_snapshot_delete (const NativeSnapshotJob *job, const char *name, GError **error);

/* (transfer full): an array of VitrineSnapshot. */
GPtrArray *native_snapshot_list (const char *machines, const char *uuid, GError **error);

/* --- parts of it ------------------------------------------------------------------------------ */

/* A change of a machine's snapshots, under their lock. */
typedef struct {
    const NativeSnapshotJob *job;
    VitrineDefinition *definition;
    NativeSnapshots *snapshots;
    int lock, machine_lock;
} NativeSnapshotWork;

gboolean native_snapshot_begin (NativeSnapshotWork *work, const NativeSnapshotJob *job,
                                GError **error);
void native_snapshot_end (NativeSnapshotWork *work);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (NativeSnapshotWork, native_snapshot_end)

/* The snapshot NAME, or NULL with NOT_FOUND. */
NativeSnapshot *native_snapshot_need (NativeSnapshotWork *work, const char *name, GError **error);

/* IMAGES, of NativeSnapshotDisk, in the definition as it is kept now: all at once. */
gboolean native_snapshot_replace_images (NativeSnapshotWork *work, GPtrArray *images,
                                         GError **error);

/* PATH, where it is in the machine's own folder, is to be removed when nothing needs it any more; MERGED: all that it
 * holds is elsewhere, so it goes whoever made it. */
void native_snapshot_add_pending (NativeSnapshotWork *work, const char *path, gboolean merged);

/* Writes the list down; with SWEEP, pending files go before. */
gboolean native_snapshot_save (NativeSnapshotWork *work, gboolean sweep, GError **error);

/* Calls METHOD of the machine's object, with a time-out of TIMEOUT_MS or none (-1). */
gboolean native_snapshot_call (const NativeSnapshotJob *job, const char *method,
                               GVariant *arguments, int timeout_ms, GError **error);

/* The disk of the machine whose target is TARGET, or NULL. */
const VitrineDefinitionDevice *native_snapshot_find_device (const NativeSnapshotWork *work,
                                                            const char *target);

G_END_DECLS
