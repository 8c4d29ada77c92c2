/* SPDX-License-Identifier: GPL-2.0-or-later */
/* keeper-storage-start.c - the first process behind a disk: it is started, and asked whether it has the image.
 *
 * While a machine starts, or holds its disks still, that is waited for.  A server may take its time, or say nothing at
 * all, while a guest runs, and trying a passphrase takes seconds: then the main loop goes on, and whoever asked is told
 * later.
 */
#include <errno.h>
#include <glib/gi18n-lib.h>
#include <signal.h>
#include <string.h>

#include "fd.h"
#include "image-connection.h"
#include "image-tool.h"
#include "keeper-storage-private.h"
#include "vitrine-error.h"

#define PROGRAM_PACKAGE "qemu-system-common"

static gboolean
find_program (KeeperStorage *self, const VitrineDefinitionDevice *device, GError **error)
{
    const char *override = g_getenv ("VITRINE_STORAGE_DAEMON");

    if (!self->program)
        self->program = override ? g_strdup (override) : g_find_program_in_path (STORAGE_PROGRAM);
    if (self->program)
        return TRUE;
    g_set_error (
        error, VITRINE_ERROR, VITRINE_ERROR_UNSUPPORTED,
        _ ("The program %s, which opens %s images, was not found; install the package “%s”"),
        STORAGE_PROGRAM,
        device->server ? vitrine_definition_protocol_to_string (device->server->protocol)
                       : vitrine_definition_format_to_string (device->format),
        PROGRAM_PACKAGE);
    return FALSE;
}

/* --- what is wrong --------------------------------------------------------------------------- */

static void
refuse_late (StorageDisk *disk, guint patience_ms, GError **error)
{
    guint seconds = (patience_ms + 999) / 1000;

    kill (disk->pid, SIGKILL);
    if (vitrine_definition_device_is_encrypted (disk->device))
        g_set_error (
            error, VITRINE_ERROR, VITRINE_ERROR_ENGINE,
            _ ("Trying the passphrase of the disk “%s” took longer than %u seconds and was "
               "given up; this computer is too slow or too busy for what the image asks"),
            disk->path, seconds);
    else if (!storage_server_has (disk))
        g_set_error (error, VITRINE_ERROR, VITRINE_ERROR_ENGINE,
                     _ ("The disk “%s” takes too long to be opened"), disk->path);
    else if (disk->device->server->protocol == VITRINE_DEFINITION_ISCSI)
        g_set_error (error, VITRINE_ERROR, VITRINE_ERROR_ENGINE,
                     _ ("The server of the disk “%s” takes the connection, but does not offer the "
                        "disk within %u seconds; make sure that an iSCSI target is at that "
                        "address, and try again"),
                     disk->path, seconds);
    else
        g_set_error (error, VITRINE_ERROR, VITRINE_ERROR_ENGINE,
                     _ ("The server of the disk “%s” takes the connection, but does not offer the "
                        "disk within %u seconds; make sure that an NBD server is at that address, "
                        "and try again"),
                     disk->path, seconds);
}

/* What a server's process complains of most, in words that say what to do; FALSE for anything else. */
static gboolean
refuse_by_server (StorageDisk *disk, const char *complaint, GError **error)
{
    if (image_connection_is_read_only (complaint)) {
        g_set_error (error, VITRINE_ERROR, VITRINE_ERROR_DENIED,
                     _ ("The disk “%s” may only be read, as its server says; make the disk "
                        "read-only"),
                     disk->path);
        return TRUE;
    }
    if (strstr (complaint, "uthentication") || strstr (complaint, "uthorization")) {
        g_set_error (error, VITRINE_ERROR, VITRINE_ERROR_DENIED,
                     _ ("The target of the disk “%s” wants a password, for which Vitrine has no "
                        "place; have it let this computer in by its initiator's name, %s"),
                     disk->path, VITRINE_DEFINITION_INITIATOR);
        return TRUE;
    }
    return image_connection_refuse_package (complaint, disk->path, error);
}

static void
refuse_start (StorageDisk *disk, GError **error)
{
    g_autofree char *complaint = NULL;

    storage_disk_end_process (disk); /* which has said all it has to say then */
    complaint = storage_disk_dup_complaint (disk);
    if (storage_server_has (disk) && refuse_by_server (disk, complaint, error))
        return;
    if (vitrine_definition_device_is_encrypted (disk->device)
        && strstr (complaint, IMAGE_WRONG_PASSPHRASE))
        g_set_error (error, VITRINE_ERROR, VITRINE_ERROR_PASSPHRASE,
                     _ ("That is not the passphrase of the disk %s, “%s”"), disk->device->target,
                     disk->path);
    else
        g_set_error (error, VITRINE_ERROR, VITRINE_ERROR_INVALID,
                     _ ("The disk “%s” cannot be opened: %s"), disk->path,
                     *complaint ? complaint : _ ("its process ended"));
}

/* --- waiting for it -------------------------------------------------------------------------- */

static void
set_image (StorageDisk *disk, const VitrineDefinitionDevice *device, KeeperImage *image)
{
    keeper_image_free (disk->image);
    g_strfreev (disk->arguments);
    g_free (disk->path);
    disk->path = g_strdup (device->source);
    disk->arguments = keeper_storage_arguments (device, image, disk->storage->program);
    disk->image = image;
}

int
storage_disk_start_on (StorageDisk *disk, const VitrineDefinitionDevice *device, KeeperImage *image,
                       guint patience_ms, GError **error)
{
    int fd, ret;

    set_image (disk, device, image);
    fd = storage_disk_spawn (disk, error);
    ret = fd < 0 ? 0 : storage_opening_wait (fd, patience_ms);
    if (ret == -ETIMEDOUT)
        refuse_late (disk, patience_ms, error);
    else if (ret < 0)
        refuse_start (disk, error);
    if (ret < 0)
        fd_close (&fd);
    return fd;
}

static StorageDisk *
add_disk (KeeperStorage *self, const VitrineDefinitionDevice *device, KeeperLog *log)
{
    StorageDisk *disk = g_new0 (StorageDisk, 1);

    *disk = (StorageDisk){
        .storage = self,
        .device = device,
        .alias = g_strdup (device->alias),
        .path = g_strdup (device->source),
        .log = log,
        .qmp_fd = -1,
        .opening.fd = -1,
    };
    g_ptr_array_add (self->disks, disk);
    return disk;
}

gboolean
keeper_storage_start (KeeperStorage *self, const VitrineDefinitionDevice *device,
                      KeeperBacking *backing, KeeperLog *log, guint patience_ms, GError **error)
{
    StorageDisk *disk;
    int fd;

    if (!find_program (self, device, error))
        return FALSE;
    disk = add_disk (self, device, log);
    fd =
        storage_disk_start_on (disk, device, g_steal_pointer (&backing->image), patience_ms, error);
    if (fd < 0) {
        g_ptr_array_remove (self->disks, disk);
        return FALSE;
    }
    backing->fd = fd;
    return TRUE;
}

/* --- not waiting for it ---------------------------------------------------------------------- */

static void
first_opened (StorageDisk *disk, int fd, int ret)
{
    KeeperStorage *self = disk->storage;
    KeeperStorageStarted started = disk->started;
    gpointer user_data = disk->started_data;
    g_autoptr (GError) error = NULL;

    if (ret == -ETIMEDOUT)
        refuse_late (disk, disk->opening.patience_ms, &error);
    else if (ret < 0)
        refuse_start (disk, &error);
    disk->started = NULL;
    if (ret == 0 && storage_server_has (disk))
        storage_server_begin (disk);
    self->ops->processes (self->owner);
    started (fd, error, user_data);
}

void
storage_start_ended (StorageDisk *disk)
{
    first_opened (disk, -1, -EPIPE);
}

void
keeper_storage_start_async (KeeperStorage *self, const VitrineDefinitionDevice *device,
                            KeeperImage *image, KeeperSecrets *secrets, KeeperLog *log,
                            guint patience_ms, KeeperStorageStarted done, gpointer user_data)
{
    g_autoptr (KeeperImage) owned = image;
    g_autoptr (GError) error = NULL;
    StorageDisk *disk;
    int fd;

    disk = add_disk (self, device, log);
    disk->secrets = secrets;
    if (!find_program (self, device, &error)) {
        done (-1, error, user_data);
        return;
    }
    set_image (disk, device, g_steal_pointer (&owned));
    disk->started = done;
    disk->started_data = user_data;
    fd = storage_disk_spawn (disk, &error);
    if (fd < 0) {
        disk->started = NULL;
        done (-1, error, user_data);
        return;
    }
    storage_opening_begin (disk, fd, patience_ms, first_opened);
    self->ops->processes (self->owner);
}
