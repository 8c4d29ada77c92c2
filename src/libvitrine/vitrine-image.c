/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vitrine-image.c - the disk images of a host. */
#include "vitrine-image.h"

#include <glib/gi18n-lib.h>

#include "vitrine-private.h"

void
vitrine_image_free (VitrineImage *image)
{
    if (image == NULL)
        return;
    g_free (image->path);
    g_free (image->format);
    g_free (image->base);
    g_strfreev (image->users);
    g_free (image->problem);
    g_free (image->contents);
    g_free (image->host_users);
    g_free (image);
}

gboolean
vitrine_image_is_encrypted (const VitrineImage *image)
{
    return g_str_equal (image->format, "luks");
}

static void
refuse (VitrineHost *self, GAsyncReadyCallback callback, gpointer user_data)
{
    g_task_report_new_error (self, callback, user_data, refuse, VITRINE_ERROR,
                             VITRINE_ERROR_UNSUPPORTED, _ ("Images of “%s” cannot be worked on"),
                             vitrine_host_get_title (self));
}

void
vitrine_host_list_images_async (VitrineHost *self, const char *path, GCancellable *cancellable,
                                GAsyncReadyCallback callback, gpointer user_data)
{
    VitrineHostClass *klass = VITRINE_HOST_GET_CLASS (self);

    g_return_if_fail (VITRINE_IS_MAIN_THREAD ());
    if (klass->list_images_async != NULL)
        klass->list_images_async (self, path, cancellable, callback, user_data);
    else
        refuse (self, callback, user_data);
}

GPtrArray *
vitrine_host_list_images_finish (VitrineHost *self, GAsyncResult *result, GError **error)
{
    return g_task_propagate_pointer (G_TASK (result), error);
}

void
vitrine_host_image_async (VitrineHost *self, const VitrineImageJob *job, VitrineProgress progress,
                          gpointer progress_data, GCancellable *cancellable,
                          GAsyncReadyCallback callback, gpointer user_data)
{
    VitrineHostClass *klass = VITRINE_HOST_GET_CLASS (self);

    g_return_if_fail (VITRINE_IS_MAIN_THREAD ());
    if (klass->image_async != NULL)
        klass->image_async (self, job, progress, progress_data, cancellable, callback, user_data);
    else
        refuse (self, callback, user_data);
}

gboolean
vitrine_host_image_finish (VitrineHost *self, GAsyncResult *result, GError **error)
{
    return g_task_propagate_boolean (G_TASK (result), error);
}
