/* SPDX-License-Identifier: GPL-2.0-or-later */
/* keeper-storage-end.c - the last of a process behind a disk: it writes what it has to, and ends.
 *
 * Nobody else may have the image before that.  Where the machine is held for it, or is gone, that is waited for; a disk that
 * goes while the guest runs on, and whose server may say nothing any more, holds nobody up.
 */
#include <signal.h>
#include <sys/wait.h>

#include "fd.h"
#include "keeper-storage-private.h"

#define ENDING_MS 20000       /* for what is to be written yet */
#ifndef ENDING_SERVER_MS      /* tests are less patient */
#define ENDING_SERVER_MS 5000 /* where a server may have stopped to answer */
#endif
#define ENDING_STEP_US 2000

static guint
get_patience_ms (const StorageDisk *disk)
{
    return storage_server_has (disk) ? ENDING_SERVER_MS : ENDING_MS;
}

/* Nothing is done for DISK any more, and its process, if there is one, is told to end. */
static void
begin_end (StorageDisk *disk)
{
    gboolean is_opening = disk->started || disk->opening.fd >= 0;

    storage_server_stop (disk);
    storage_opening_stop (disk);
    g_clear_handle_id (&disk->retry, g_source_remove);
    g_clear_handle_id (&disk->watch, g_source_remove);
    g_clear_handle_id (&disk->ending_deadline, g_source_remove);
    storage_disk_fail_merge (disk);
    disk->started = NULL;
    if (disk->pid)
        kill (disk->pid, is_opening ? SIGKILL : SIGTERM); /* which has written nothing */
}

/* --- waiting for it -------------------------------------------------------------------------- */

void
storage_disk_end_process (StorageDisk *disk)
{
    gint64 deadline = g_get_monotonic_time () + get_patience_ms (disk) * G_TIME_SPAN_MILLISECOND;
    int status;

    begin_end (disk);
    if (!disk->pid)
        return;
    while (waitpid (disk->pid, &status, WNOHANG) == 0) {
        if (g_get_monotonic_time () > deadline)
            kill (disk->pid, SIGKILL);
        g_usleep (ENDING_STEP_US);
    }
    g_spawn_close_pid (disk->pid);
    disk->pid = 0;
}

void
storage_disk_free (gpointer data)
{
    StorageDisk *disk = data;

    storage_disk_end_process (disk);
    fd_close (&disk->qmp_fd);
    keeper_image_free (disk->image);
    keeper_secrets_free (disk->secrets);
    g_strfreev (disk->arguments);
    g_free (disk->alias);
    g_free (disk->path);
    g_free (disk);
}

/* --- not waiting for it ---------------------------------------------------------------------- */

static void
ended_cb (GPid pid, int wait_status, gpointer user_data)
{
    StorageDisk *disk = user_data;
    KeeperStorage *self = disk->storage;
    g_autofree char *alias = g_strdup (disk->alias);
    g_autofree char *source = g_strdup (disk->path);

    g_spawn_close_pid (pid);
    disk->pid = 0;
    disk->watch = 0;
    g_ptr_array_remove (self->leaving, disk);
    self->ops->processes (self->owner);
    self->ops->released (self->owner, alias, source);
}

static gboolean
too_late_cb (gpointer user_data)
{
    StorageDisk *disk = user_data;

    disk->ending_deadline = 0;
    kill (disk->pid, SIGKILL);
    return G_SOURCE_REMOVE;
}

static StorageDisk *
take (KeeperStorage *self, const char *alias)
{
    for (guint i = 0; i < self->disks->len; i++)
        if (g_str_equal (((StorageDisk *) g_ptr_array_index (self->disks, i))->alias, alias))
            return g_ptr_array_steal_index (self->disks, i);
    return NULL;
}

gboolean
keeper_storage_remove (KeeperStorage *self, const char *alias)
{
    StorageDisk *disk = take (self, alias);

    if (!disk)
        return FALSE;
    begin_end (disk);
    if (!disk->pid) {
        storage_disk_free (disk);
        return FALSE;
    }
    g_ptr_array_add (self->leaving, disk);
    disk->device = NULL; /* which goes now */
    disk->watch = g_child_watch_add (disk->pid, ended_cb, disk);
    disk->ending_deadline = g_timeout_add (get_patience_ms (disk), too_late_cb, disk);
    return TRUE;
}

gboolean
keeper_storage_is_leaving (KeeperStorage *self, const char *source)
{
    for (guint i = 0; i < self->leaving->len; i++)
        if (g_str_equal (((StorageDisk *) g_ptr_array_index (self->leaving, i))->path, source))
            return TRUE;
    return FALSE;
}
