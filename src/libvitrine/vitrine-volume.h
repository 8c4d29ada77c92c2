/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vitrine-volume.h - the volume groups of a host, in which disks can be made as logical volumes. */
#pragma once

#include "vitrine-host.h"

G_BEGIN_DECLS

/* Volumes in it take what is written to them, up to what all of them share. */
typedef struct {
    char *name;
    guint64 size_bytes, used_bytes;
} VitrineVolumePool;

typedef struct {
    char *name;
    guint64 size_bytes, free_bytes;
    GPtrArray *pools; /* of VitrineVolumePool */
} VitrineVolumeGroup;

void vitrine_volume_group_free (VitrineVolumeGroup *group);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VitrineVolumeGroup, vitrine_volume_group_free)

/* (transfer full): an array of VitrineVolumeGroup, by name; none where there is none.  UNSUPPORTED where nobody can be
 * asked: root without lvm2, others without UDisks2's module.  A VitrineDiskSpec names one by GROUP. */
void vitrine_host_list_volume_groups_async (VitrineHost *self, GCancellable *cancellable,
                                            GAsyncReadyCallback callback, gpointer user_data);
GPtrArray *vitrine_host_list_volume_groups_finish (VitrineHost *self, GAsyncResult *result,
                                                   GError **error);

G_END_DECLS
