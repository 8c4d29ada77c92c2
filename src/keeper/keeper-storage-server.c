/* SPDX-License-Identifier: GPL-2.0-or-later */
/* keeper-storage-server.c - disks that are a server's: what happens when the server goes, and comes back.
 *
 * The process behind such a disk speaks on a connection that was made here.  When that is lost the process is killed
 * before it can say what the guest is not to hear, and the next one begins on the next connection: the VMM asks it
 * all that was not done, and writes again what no flush has made certain, so neither a server's restart nor its crash
 * loses anything.  Who wants to be told of errors instead (<driver error_policy='report'>) is, from the first
 * connection that fails on.
 */
#include <glib/gi18n-lib.h>
#include <signal.h>

#include "fd.h"
#include "keeper-server.h"
#include "keeper-storage-private.h"

/* The layer that is the server's, which is the lowest; or NULL. */
static KeeperLayer *
find_layer (const StorageDisk *disk)
{
    KeeperLayer *last;

    if (!disk->image || disk->image->n_layers == 0)
        return NULL;
    last = &disk->image->layers[disk->image->n_layers - 1];
    return last->is_network ? last : NULL;
}

gboolean
storage_server_has (const StorageDisk *disk)
{
    return find_layer (disk) != NULL;
}

int
storage_server_find_connection (const StorageDisk *disk)
{
    const KeeperLayer *layer = find_layer (disk);

    return layer && disk->device->server->protocol == VITRINE_DEFINITION_ISCSI ? layer->fd : -1;
}

static void
lost_cb (gpointer user_data)
{
    StorageDisk *disk = user_data;

    disk->server_watch = 0;
    disk->server_lost = TRUE;
    if (disk->pid)
        kill (disk->pid, SIGKILL);
}

void
storage_server_begin (StorageDisk *disk)
{
    KeeperStorage *self = disk->storage;
    g_autofree char *text = NULL;

    disk->server_lost = FALSE;
    disk->told_gone = FALSE;
    disk->server_watch = keeper_server_watch (find_layer (disk)->fd, lost_cb, disk);
    if (!disk->server_away)
        return;
    disk->server_away = FALSE;
    /* TRANSLATORS: a disk's alias, its address */
    text = g_strdup_printf (_ ("The server of the disk %s, “%s”, was away for a while and is there "
                               "again"),
                            disk->alias, disk->path);
    self->ops->warn (self->owner, disk->alias, text);
}

/* WHY: what went wrong last, or "". */
static void
tell_away (StorageDisk *disk, const char *why)
{
    KeeperStorage *self = disk->storage;
    gboolean reports = disk->device->reports_errors;
    g_autofree char *reason = *why ? g_strdup_printf (" (%s)", why) : g_strdup ("");
    g_autofree char *text = g_strdup_printf (
        /* TRANSLATORS: a disk's alias, its address, and " (why)" or nothing */
        reports ? _ ("The server of the disk %s, “%s”, is away%s; what the guest reads and writes "
                     "there fails until it is back")
                : _ ("The server of the disk %s, “%s”, is away%s; what the guest reads and writes "
                     "there waits until it is back"),
        disk->alias, disk->path, reason);

    disk->server_away = TRUE;
    self->ops->warn (self->owner, disk->alias, text);
}

void
storage_server_close (StorageDisk *disk)
{
    KeeperLayer *layer = find_layer (disk);

    if (layer)
        fd_close (&layer->fd);
}

void
storage_server_ended (StorageDisk *disk, const char *complaint)
{
    g_clear_handle_id (&disk->server_watch, g_source_remove);
    storage_server_close (disk);
    tell_away (disk, disk->server_lost ? "" : complaint);
}

/* Who wants to hear of it hears it once. */
static void
fail_requests (StorageDisk *disk)
{
    if (!disk->device->reports_errors || disk->told_gone)
        return;
    disk->told_gone = TRUE;
    storage_disk_tell (disk, -1);
}

static void
connected_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
    StorageDisk *disk = user_data;
    g_autoptr (GError) error = NULL;
    int fd = keeper_server_connect_finish (result, &error);

    if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
        return; /* and the disk may be gone */
    g_clear_object (&disk->connecting);
    if (fd < 0) {
        tell_away (disk, error->message);
        fail_requests (disk);
        storage_disk_try_again (disk);
        return;
    }
    storage_server_close (disk);
    find_layer (disk)->fd = fd;
    storage_disk_start_next (disk);
}

void
storage_server_connect (StorageDisk *disk)
{
    if (disk->n_tries > 1)
        fail_requests (disk); /* there is one, which is of no use */
    disk->connecting = g_cancellable_new ();
    keeper_server_connect_async (disk->device, 0, disk->connecting, connected_cb, disk);
}

void
storage_server_stop (StorageDisk *disk)
{
    g_clear_handle_id (&disk->server_watch, g_source_remove);
    if (disk->connecting)
        g_cancellable_cancel (disk->connecting);
    g_clear_object (&disk->connecting);
}
