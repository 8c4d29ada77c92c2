/* SPDX-License-Identifier: GPL-2.0-or-later */
/* native-host-volume.c - the volume groups of this computer: what is asked here is done in a thread. */
#include "native-host-private.h"
#include "vitrine-private.h"
#include "vitrine-volume.h"
#include "volume.h"

static void
pool_free (gpointer data)
{
    VitrineVolumePool *pool = data;

    g_free (pool->name);
    g_free (pool);
}

static VitrineVolumeGroup *
dup_group (const VolumeGroup *from)
{
    VitrineVolumeGroup *group = g_new0 (VitrineVolumeGroup, 1);

    group->name = g_strdup (from->name);
    group->size_bytes = from->size_bytes;
    group->free_bytes = from->free_bytes;
    group->pools = g_ptr_array_new_with_free_func (pool_free);
    for (guint i = 0; i < from->pools->len; i++) {
        const VolumePool *its = g_ptr_array_index (from->pools, i);
        VitrineVolumePool *pool = g_new0 (VitrineVolumePool, 1);

        pool->name = g_strdup (its->name);
        pool->size_bytes = its->size_bytes;
        pool->used_bytes = its->used_bytes;
        g_ptr_array_add (group->pools, pool);
    }
    return group;
}

static void
list_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
    GError *error = NULL;
    g_autoptr (GPtrArray) groups = volume_list_groups (cancellable, &error);
    GPtrArray *list;

    if (groups == NULL) {
        g_task_return_error (task, error);
        return;
    }
    list = g_ptr_array_new_with_free_func ((GDestroyNotify) vitrine_volume_group_free);
    for (guint i = 0; i < groups->len; i++)
        g_ptr_array_add (list, dup_group (g_ptr_array_index (groups, i)));
    g_task_return_pointer (task, list, (GDestroyNotify) g_ptr_array_unref);
}

void
native_host_list_volume_groups_async (VitrineHost *host, GCancellable *cancellable,
                                      GAsyncReadyCallback callback, gpointer user_data)
{
    vitrine_task_run_in_thread (g_task_new (host, cancellable, callback, user_data), list_thread,
                                NULL, NULL, vitrine_task_forward_array_cb);
}
