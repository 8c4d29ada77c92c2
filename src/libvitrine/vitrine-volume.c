/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vitrine-volume.c - the volume groups of a host. */
#include "vitrine-volume.h"

#include <glib/gi18n-lib.h>

#include "vitrine-private.h"

void
vitrine_volume_group_free (VitrineVolumeGroup *group)
{
    if (group == NULL)
        return;
    g_free (group->name);
    g_ptr_array_unref (group->pools);
    g_free (group);
}

void
vitrine_host_list_volume_groups_async (VitrineHost *self, GCancellable *cancellable,
                                       GAsyncReadyCallback callback, gpointer user_data)
{
    VitrineHostClass *klass = VITRINE_HOST_GET_CLASS (self);

    g_return_if_fail (VITRINE_IS_MAIN_THREAD ());
    if (klass->list_volume_groups_async != NULL)
        klass->list_volume_groups_async (self, cancellable, callback, user_data);
    else
        g_task_report_new_error (self, callback, user_data, vitrine_host_list_volume_groups_async,
                                 VITRINE_ERROR, VITRINE_ERROR_UNSUPPORTED,
                                 _ ("Logical volumes of “%s” cannot be made"),
                                 vitrine_host_get_title (self));
}

GPtrArray *
vitrine_host_list_volume_groups_finish (VitrineHost *self, GAsyncResult *result, GError **error)
{
    return g_task_propagate_pointer (G_TASK (result), error);
}
