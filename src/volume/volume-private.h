/* SPDX-License-Identifier: GPL-2.0-or-later */
/* volume-private.h - the two ways to LVM, behind volume.h. */
#pragma once

#include "vitrine-refuse.h"
#include "volume.h"

G_BEGIN_DECLS

VolumeGroup *volume_group_new (const char *name, guint64 size_bytes, guint64 free_bytes,
                               guint64 extent_bytes);
void volume_group_add_pool (VolumeGroup *group, const char *name, guint64 size_bytes,
                            guint64 used_bytes);

/* The one of GROUPS named NAME, or NULL. */
VolumeGroup *volume_find_group (GPtrArray *groups, const char *name);

/* Whether this process may ask lvm2's programs, and they are installed. */
gboolean volume_lvm_is_usable (void);
GPtrArray *volume_lvm_list_groups (GCancellable *cancellable, GError **error);
gboolean volume_lvm_create (const VolumeParams *params, GCancellable *cancellable, GError **error);
/* ID is of the form volume_dup_id() gives. */
gboolean volume_lvm_remove (const char *group, const char *id, GError **error);

/* The same by the system's bus. */
GPtrArray *volume_udisks_list_groups (GCancellable *cancellable, GError **error);
gboolean volume_udisks_create (const VolumeParams *params, GCancellable *cancellable,
                               GError **error);
/* The volume that NAME, of GROUP, is now. */
gboolean volume_udisks_remove (const char *group, const char *name, GError **error);

G_END_DECLS
