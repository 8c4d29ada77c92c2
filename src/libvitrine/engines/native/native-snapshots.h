/* SPDX-License-Identifier: GPL-2.0-or-later */
/* native-snapshots.h - the list of a machine's snapshots, a file in its folder.
 *
 *   UUID/snapshots        the list, a key file
 *   UUID/snapshots.lock   held by who changes it, however long that takes
 *   UUID/TARGET.N.qcow2   what the machine wrote after a snapshot
 *   UUID/snapshot-N.fd    the UEFI variables of one
 */
#pragma once

#include "definition.h"

G_BEGIN_DECLS

#define NATIVE_SNAPSHOTS      "snapshots"
#define NATIVE_SNAPSHOTS_LOCK "snapshots.lock"

typedef struct {
    char *target; /* of the disk */
    char *path;   /* the image that nobody writes to any more */
    VitrineDefinitionFormat format;
} NativeSnapshotDisk;

typedef struct {
    guint id;     /* 1 and up, never used again */
    guint parent; /* or 0 */
    char *name, *description;
    gint64 time;
    gboolean running;
    gboolean broken;  /* being deleted: its images may hold what came later already */
    char *variables;  /* the file's name in the folder, or NULL */
    GPtrArray *disks; /* of NativeSnapshotDisk */
} NativeSnapshot;

typedef struct {
    GPtrArray *list;    /* of NativeSnapshot */
    guint current;      /* the one the machine goes on from, or 0 */
    guint last;         /* the highest id there ever was */
    GPtrArray *pending; /* names of files in the folder that are in the making, or to be removed */
} NativeSnapshots;

/* Before the name of a pending file all of whose data are in another. */
#define NATIVE_SNAPSHOTS_MERGED "merged:"

/* The list of the machine UUID, whose definition is DEFINITION; empty when there is none.  A snapshot whose images the
 * machine writes to never came to be, or is gone but for its name: it is left out. */
NativeSnapshots *native_snapshots_read (const char *machines, const char *uuid,
                                        const VitrineDefinition *definition, GError **error);

/* Puts SELF in the place of the list there was, and waits until the disk has it. */
gboolean native_snapshots_write (const NativeSnapshots *self, const char *machines,
                                 const char *uuid, GError **error);

void native_snapshots_free (NativeSnapshots *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (NativeSnapshots, native_snapshots_free)

NativeSnapshot *native_snapshot_new (guint id, const char *name);
void native_snapshot_free (NativeSnapshot *snapshot);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (NativeSnapshot, native_snapshot_free)
void native_snapshot_add_disk (NativeSnapshot *snapshot, const char *target, const char *path,
                               VitrineDefinitionFormat format);
NativeSnapshotDisk *native_snapshot_find_disk (const NativeSnapshot *snapshot, const char *target);

NativeSnapshot *native_snapshots_find (const NativeSnapshots *self, const char *name);
NativeSnapshot *native_snapshots_find_id (const NativeSnapshots *self, guint id);

/* Whether NAME is that of a file that only snapshots make. */
gboolean native_snapshots_is_own_name (const char *name);

/* Whether NAME, in a machine's folder, is a file that Vitrine keeps there beside definition, disks and snapshots. */
gboolean native_snapshots_is_housekeeping (const char *name);

/* Removes those pending files that neither a snapshot nor DEFINITION nor another machine needs. */
void native_snapshots_sweep (NativeSnapshots *self, const char *machines, const char *uuid,
                             const VitrineDefinition *definition);

/* Holds the lock; -1 with BUSY when somebody else does. */
int native_snapshots_lock (const char *machines, const char *uuid, const char *name,
                           GError **error);

G_END_DECLS
