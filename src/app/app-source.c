/* SPDX-License-Identifier: GPL-2.0-or-later */
/* app-source.c - what a file is that a machine shall be made of.
 *
 * A first look, so that the sheet can say "CD image, 640 MiB" or "this file is empty" before anything is
 * asked for.  Whether the file really can be used is the engine's to judge when the machine is made.
 */
#include "app-source.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app-format.h"

/* ECMA-119, 6.2.1 and 8.1: the first volume descriptor is in sector 16, its name from byte 1 on. */
#define CD_MAGIC_OFFSET (16 * 2048 + 1)
#define CD_MAGIC        "CD001"
#define UDF_MAGIC       "BEA01"
#define CD_MAGIC_LEN    5

static gboolean
is_cd (int fd)
{
    char magic[CD_MAGIC_LEN];
    ssize_t n;

    do
        n = pread (fd, magic, sizeof magic, CD_MAGIC_OFFSET);
    while (n < 0 && errno == EINTR);
    return n == CD_MAGIC_LEN
           && (memcmp (magic, CD_MAGIC, n) == 0 || memcmp (magic, UDF_MAGIC, n) == 0);
}

/* Decides by what is in it; a file that ends in .iso was meant as a CD, whatever is in it. */
static void
look_into (AppSource *source, int fd, const struct stat *st)
{
    g_autofree char *lower = g_ascii_strdown (source->path, -1);
    g_autofree char *size = app_format_size (st->st_size);

    if (S_ISDIR (st->st_mode)) {
        source->problem = g_strdup (_ ("This is a folder."));
    } else if (S_ISREG (st->st_mode) && st->st_size == 0) {
        source->problem = g_strdup (_ ("This file is empty."));
    } else if (is_cd (fd)) {
        source->kind = APP_SOURCE_CD;
        source->note = g_strdup_printf (_ ("CD image, %s; the machine starts from it"), size);
    } else if (g_str_has_suffix (lower, ".iso")) {
        source->kind = APP_SOURCE_CD;
        source->doubtful = TRUE;
        source->note = g_strdup_printf (_ ("%s that do not look like a CD image"), size);
    } else {
        source->kind = APP_SOURCE_DISK;
        source->note =
            S_ISREG (st->st_mode)
                ? g_strdup_printf (_ ("Disk image, %s; used where it is, not copied"), size)
                : g_strdup (_ ("A disk of this computer"));
    }
}

static void
probe_thread (GTask *task, gpointer object, gpointer data, GCancellable *cancellable)
{
    AppSource *source = g_new0 (AppSource, 1);
    struct stat st;
    int fd;

    source->kind = APP_SOURCE_CD;
    source->path = g_strdup (data);
    /* A pipe with nobody at its other end must not hold us. */
    fd = g_open (source->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY, 0);
    if (fd < 0 && (errno == ENOENT || errno == ENOTDIR))
        source->problem = g_strdup (_ ("This file is not there any more."));
    else if (fd < 0 && (errno == EACCES || errno == EPERM))
        source->problem = g_strdup (_ ("You have no right to read this file."));
    else if (fd < 0 || fstat (fd, &st) != 0)
        source->problem = g_strdup_printf (_ ("This file cannot be read: %s."), g_strerror (errno));
    else
        look_into (source, fd, &st);
    if (fd >= 0)
        close (fd);
    g_task_return_pointer (task, source, (GDestroyNotify) app_source_free);
}

void
app_source_probe_async (const char *path, GCancellable *cancellable, GAsyncReadyCallback callback,
                        gpointer user_data)
{
    g_autoptr (GTask) task = g_task_new (NULL, cancellable, callback, user_data);

    g_return_if_fail (path != NULL);

    g_task_set_source_tag (task, app_source_probe_async);
    g_task_set_task_data (task, g_strdup (path), g_free);
    g_task_run_in_thread (task, probe_thread);
}

AppSource *
app_source_probe_finish (GAsyncResult *result)
{
    g_return_val_if_fail (g_async_result_is_tagged (result, app_source_probe_async), NULL);
    return g_task_propagate_pointer (G_TASK (result), NULL);
}

void
app_source_free (AppSource *source)
{
    g_free (source->path);
    g_free (source->note);
    g_free (source->problem);
    g_free (source);
}
