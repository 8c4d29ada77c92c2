/* SPDX-License-Identifier: GPL-2.0-or-later */
/* volume.h - LVM's logical volumes as disks of machines: listed, made and removed.
 *
 * Root asks lvm2's programs, anybody else UDisks2 with its LVM2 module, which asks polkit, which may ask the user.
 * All of these wait for an answer: any thread but the main one.  Errors are UNSUPPORTED where neither is there,
 * NOT_FOUND, EXISTS, NO_SPACE, DENIED, INVALID, ENGINE with lvm2's own words, or CANCELLED.
 */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* Volumes in it take what is written to them, up to what all of them share. */
typedef struct {
    char *name;
    guint64 size_bytes, used_bytes;
} VolumePool;

typedef struct {
    char *name;
    guint64 size_bytes, free_bytes;
    guint64 extent_bytes; /* of which a volume takes whole ones */
    GPtrArray *pools;     /* of VolumePool */
} VolumeGroup;

void volume_group_free (VolumeGroup *group);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VolumeGroup, volume_group_free)

/* (transfer full): all of this computer's, of VolumeGroup, by name. */
GPtrArray *volume_list_groups (GCancellable *cancellable, GError **error);

/* A volume to be made. */
typedef struct {
    const char *group, *name;
    const char *pool; /* of GROUP's, for a thin volume; or NULL */
    guint64 size_bytes;
} VolumeParams;

/* Whether LVM takes NAME for a volume: FALSE with INVALID and a sentence. */
gboolean volume_check_name (const char *name, GError **error);

/* Where the volume NAME of GROUP is found (transfer full). */
char *volume_make_path (const char *group, const char *name);

/* Whether the N volumes of PARAMS can be made, all of them: group and pool are there, it has the space, the names are
 * free.  Nothing is changed. */
gboolean volume_check (const VolumeParams *params, guint n, GCancellable *cancellable,
                       GError **error);

/* Makes it, and sees to it that this process may read and write it: else it is removed again, with DENIED.  *ID is
 * by what it is known from then on (transfer full), as nobody else's volume ever has it. */
gboolean volume_create (const VolumeParams *params, char **id, GCancellable *cancellable,
                        GError **error);

/* By what the volume at PATH is known, or NULL when there is none: LVM's identifiers, not the name. */
char *volume_dup_id (const char *path);

/* Removes the volume at PATH if it still is ID; one that is gone already is no error. */
gboolean volume_remove (const char *path, const char *id, GError **error);

G_END_DECLS
