/* SPDX-License-Identifier: GPL-2.0-or-later */
/* fake-image.c - the images of a fake host. */
#include "fake-image.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "vitrine-error.h"
#include "vitrine-private.h"

#define MIB (G_GUINT64_CONSTANT (1) << 20)

struct _FakeImages {
    GKeyFile *file;
    FakeFaults *faults;
    GPtrArray *images; /* of VitrineImage */
};

/* What is to be done, while it is waited for. */
typedef struct {
    FakeImages *images;
    VitrineImageAction action;
    char *path, *target, *format;
    guint64 size_bytes;
} Work;

static void
work_free (gpointer data)
{
    Work *work = data;

    g_free (work->path);
    g_free (work->target);
    g_free (work->format);
    g_free (work);
}

static VitrineImage *
read_image (GKeyFile *file, const char *group)
{
    VitrineImage *image = g_new0 (VitrineImage, 1);

    image->path = g_strdup (group + strlen ("image "));
    image->format = fake_dup_key (file, group, "format");
    image->base = fake_dup_key (file, group, "base");
    image->problem = fake_dup_key (file, group, "problem");
    image->users = g_key_file_get_string_list (file, group, "users", NULL, NULL);
    image->size_bytes = g_key_file_get_uint64 (file, group, "size-mib", NULL) * MIB;
    image->used_bytes = g_key_file_get_uint64 (file, group, "used-mib", NULL) * MIB;
    image->read_only = g_key_file_get_boolean (file, group, "read-only", NULL);
    if (image->users == NULL)
        image->users = g_new0 (char *, 1);
    return image;
}

static VitrineImage *
copy_image (const VitrineImage *image)
{
    VitrineImage *copy = g_memdup2 (image, sizeof *image);

    copy->path = g_strdup (image->path);
    copy->format = g_strdup (image->format);
    copy->base = g_strdup (image->base);
    copy->problem = g_strdup (image->problem);
    copy->users = g_strdupv (image->users);
    return copy;
}

FakeImages *
fake_images_new (GKeyFile *file, FakeFaults *faults)
{
    FakeImages *self = g_new0 (FakeImages, 1);
    g_auto (GStrv) groups = g_key_file_get_groups (file, NULL);

    self->file = g_key_file_ref (file);
    self->faults = fake_faults_ref (faults);
    self->images = g_ptr_array_new_with_free_func ((GDestroyNotify) vitrine_image_free);
    for (guint i = 0; groups[i] != NULL; i++)
        if (g_str_has_prefix (groups[i], "image "))
            g_ptr_array_add (self->images, read_image (file, groups[i]));
    return self;
}

void
fake_images_free (FakeImages *self)
{
    if (self == NULL)
        return;
    g_key_file_unref (self->file);
    fake_faults_unref (self->faults);
    g_ptr_array_unref (self->images);
    g_free (self);
}

static VitrineImage *
find (FakeImages *self, const char *path)
{
    for (guint i = 0; i < self->images->len; i++) {
        VitrineImage *image = g_ptr_array_index (self->images, i);

        if (g_str_equal (image->path, path))
            return image;
    }
    return NULL;
}

static void
answer_no_such_file (GTask *task, const char *path)
{
    g_task_return_new_error (task, VITRINE_ERROR, VITRINE_ERROR_NOT_FOUND,
                             _ ("There is no file “%s”"), path);
}

/* --- list ------------------------------------------------------------------------------------- */

static gboolean
is_of_machines (FakeImages *self, const VitrineImage *image)
{
    g_autofree char *group = g_strconcat ("image ", image->path, NULL);

    return g_key_file_has_group (self->file, group)
           && !g_key_file_get_boolean (self->file, group, "elsewhere", NULL);
}

static void
list (GTask *task)
{
    const Work *work = g_task_get_task_data (task);
    FakeImages *self = work->images;
    GPtrArray *found = g_ptr_array_new_with_free_func ((GDestroyNotify) vitrine_image_free);

    for (guint i = 0; work->path == NULL && i < self->images->len; i++) {
        const VitrineImage *image = g_ptr_array_index (self->images, i);

        if (is_of_machines (self, image))
            g_ptr_array_add (found, copy_image (image));
    }
    for (const VitrineImage *image = work->path != NULL ? find (self, work->path) : NULL;
         image != NULL; image = find (self, image->base))
        g_ptr_array_add (found, copy_image (image));
    if (work->path != NULL && found->len == 0) {
        g_ptr_array_unref (found);
        answer_no_such_file (task, work->path);
        return;
    }
    g_task_return_pointer (task, found, (GDestroyNotify) g_ptr_array_unref);
}

void
fake_images_list_async (FakeImages *self, VitrineHost *host, const char *path,
                        GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data)
{
    GTask *task = g_task_new (host, cancellable, callback, user_data);
    Work *work = g_new0 (Work, 1);

    work->images = self;
    work->path = g_strdup (path);
    g_task_set_task_data (task, work, work_free);
    fake_faults_run (self->faults, NULL, "list-images", task, list, NULL);
}

/* --- work ------------------------------------------------------------------------------------- */

static gboolean
check (FakeImages *self, const VitrineImage *image, GError **error)
{
    g_autofree char *group = g_strconcat ("image ", image->path, NULL);
    g_autofree char *broken = g_key_file_get_string (self->file, group, "broken", NULL);

    return broken == NULL || vitrine_refuse (error, VITRINE_ERROR_INVALID, "%s", broken);
}

static gboolean
grow (VitrineImage *image, const Work *work, GError **error)
{
    if (work->size_bytes < image->size_bytes)
        return vitrine_refuse (error, VITRINE_ERROR_INVALID,
                               _ ("“%s” can only grow, by whole sectors"), image->path);
    image->size_bytes = work->size_bytes;
    return TRUE;
}

static gboolean
convert (FakeImages *self, const VitrineImage *image, const Work *work, GError **error)
{
    VitrineImage *copy;

    if (find (self, work->target) != NULL)
        return vitrine_refuse (error, VITRINE_ERROR_EXISTS, _ ("There is a file “%s” already"),
                               work->target);
    copy = g_new0 (VitrineImage, 1);
    copy->path = g_strdup (work->target);
    copy->format = g_strdup (work->format);
    copy->base = g_strdup ("");
    copy->problem = g_strdup ("");
    copy->users = g_new0 (char *, 1);
    copy->size_bytes = image->size_bytes;
    copy->used_bytes = image->used_bytes;
    g_ptr_array_add (self->images, copy);
    return TRUE;
}

static gboolean
delete_image (FakeImages *self, VitrineImage *image, GError **error)
{
    if (image->users[0] != NULL)
        return vitrine_refuse (error, VITRINE_ERROR_BUSY, _ ("“%s” is used by %s"), image->path,
                               image->users[0]);
    g_ptr_array_remove (self->images, image);
    return TRUE;
}

static void
do_work (GTask *task)
{
    const Work *work = g_task_get_task_data (task);
    VitrineImage *image = find (work->images, work->path);
    GError *error = NULL;
    gboolean done = FALSE;

    if (image == NULL) {
        answer_no_such_file (task, work->path);
        return;
    }
    switch (work->action) {
    case VITRINE_IMAGE_CHECK:
        done = check (work->images, image, &error);
        break;
    case VITRINE_IMAGE_GROW:
        done = grow (image, work, &error);
        break;
    case VITRINE_IMAGE_CONVERT:
        done = convert (work->images, image, work, &error);
        break;
    case VITRINE_IMAGE_DELETE:
        done = delete_image (work->images, image, &error);
        break;
    case VITRINE_IMAGE_CREATE:
        break; /* refused before: there is no such image */
    }
    if (done)
        g_task_return_boolean (task, TRUE);
    else
        g_task_return_error (task, error);
}

void
fake_images_work_async (FakeImages *self, VitrineHost *host, const VitrineImageJob *job,
                        VitrineProgress progress, gpointer progress_data, GCancellable *cancellable,
                        GAsyncReadyCallback callback, gpointer user_data)
{
    static const char *const ops[] = {
        [VITRINE_IMAGE_CHECK] = "image-check",
        [VITRINE_IMAGE_GROW] = "image-grow",
        [VITRINE_IMAGE_CONVERT] = "image-convert",
        [VITRINE_IMAGE_DELETE] = "image-delete",
    };
    GTask *task = g_task_new (host, cancellable, callback, user_data);
    Work *work = g_new0 (Work, 1);

    work->images = self;
    work->action = job->action;
    work->path = g_strdup (job->path);
    work->target = g_strdup (job->target);
    work->format = g_strdup (job->format);
    work->size_bytes = job->size_bytes;
    g_task_set_task_data (task, work, work_free);
    fake_faults_report (task, progress, progress_data);
    fake_faults_run (self->faults, NULL, ops[job->action], task, do_work, NULL);
}
