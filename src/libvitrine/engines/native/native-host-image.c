/* SPDX-License-Identifier: GPL-2.0-or-later */
/* native-host-image.c - the images of this computer: what is asked here is done in a thread. */
#include "native-host-private.h"
#include "native-image.h"
#include "vitrine-private.h"
#include "vitrine-progress-private.h"

typedef struct {
    char *machines;
    VitrineImageJob job; /* with its own strings */
    VitrineReport *report;
} Work;

static void
work_free (gpointer data)
{
    Work *work = data;

    g_free (work->machines);
    g_free ((char *) work->job.path);
    g_free ((char *) work->job.target);
    g_free ((char *) work->job.format);
    g_free ((char *) work->job.preallocation);
    vitrine_passphrase_unref (work->job.passphrase);
    vitrine_passphrase_unref (work->job.new_passphrase);
    g_free (work);
}

static void
list_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
    const Work *work = data;
    const ImageWatch watch = { cancellable, NULL, NULL };
    GError *error = NULL;
    GPtrArray *images = native_image_list (work->machines, work->job.path, &watch, &error);

    if (images != NULL)
        g_task_return_pointer (task, images, (GDestroyNotify) g_ptr_array_unref);
    else
        g_task_return_error (task, error);
}

void
native_host_list_images_async (VitrineHost *host, const char *path, GCancellable *cancellable,
                               GAsyncReadyCallback callback, gpointer user_data)
{
    Work *work = g_new0 (Work, 1);

    work->machines = g_strdup (NATIVE_HOST (host)->machines);
    work->job.path = g_strdup (path);
    vitrine_task_run_in_thread (g_task_new (host, cancellable, callback, user_data), list_thread,
                                work, work_free, vitrine_task_forward_array_cb);
}

static void
work_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
    const Work *work = data;
    const ImageWatch watch = { cancellable, vitrine_report_set, work->report };
    GError *error = NULL;

    if (native_image_work (work->machines, &work->job, &watch, &error))
        g_task_return_boolean (task, TRUE);
    else
        g_task_return_error (task, error);
}

static void
work_cb (GObject *source, GAsyncResult *result, gpointer task)
{
    Work *work = g_task_get_task_data (G_TASK (result));

    g_clear_pointer (&work->report, vitrine_report_free);
    vitrine_task_forward_boolean_cb (source, result, task);
}

void
native_host_image_async (VitrineHost *host, const VitrineImageJob *job, VitrineProgress progress,
                         gpointer progress_data, GCancellable *cancellable,
                         GAsyncReadyCallback callback, gpointer user_data)
{
    GTask *task = g_task_new (host, cancellable, callback, user_data);
    Work *work = g_new0 (Work, 1);

    work->machines = g_strdup (NATIVE_HOST (host)->machines);
    work->job = *job;
    work->job.path = g_strdup (job->path);
    work->job.target = g_strdup (job->target);
    work->job.format = g_strdup (job->format);
    work->job.preallocation = g_strdup (job->preallocation);
    work->job.passphrase = vitrine_passphrase_ref (job->passphrase);
    work->job.new_passphrase = vitrine_passphrase_ref (job->new_passphrase);
    work->report = vitrine_report_new (progress, progress_data);
    g_task_set_check_cancellable (task, FALSE); /* what is done is done */
    vitrine_task_run_in_thread (task, work_thread, work, work_free, work_cb);
}
