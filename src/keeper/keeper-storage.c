/* SPDX-License-Identifier: GPL-2.0-or-later */
/* keeper-storage.c - what is behind disks that are not raw: a qemu-storage-daemon each. */
#include "keeper-storage.h"

#include <errno.h>
#include <glib/gi18n-lib.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "fd.h"
#include "image-tool.h"
#include "keeper-process.h"
#include "keeper-storage-private.h"
#include "vitrine-error.h"

#ifndef STORAGE_SOON_MS /* tests are less patient */
#define STORAGE_SOON_MS 250
#define STORAGE_LATE_MS 10000
#endif
#define HEALTHY_S       10 /* one that lived this long is started again at once */
#define MAX_TRIES        8  /* of those that did not */
#define CLOSING_MS                                                                                 \
    20000 /* for the kernel, which closes an image a while after its process had it */

/* --- its socket ------------------------------------------------------------------------------ */

/* A listening socket in *LISTENER, and one that is connected to it. */
static int
make_sockets (const char *path, int *listener)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    int fd;

    *listener = -1;
    if (g_strlcpy (address.sun_path, path, sizeof address.sun_path) >= sizeof address.sun_path)
        return -ENAMETOOLONG;
    unlink (path);
    *listener = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    fd = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (*listener < 0 || fd < 0
        || bind (*listener, (struct sockaddr *) &address, sizeof address) < 0
        || listen (*listener, 1) < 0
        || connect (fd, (struct sockaddr *) &address, sizeof address) < 0) {
        int saved = errno;

        fd_close (&fd);
        fd_close (listener);
        fd = -saved;
    }
    unlink (path); /* nobody else is to find it */
    return fd;
}

static int
open_sockets (StorageDisk *disk, int *listener, GError **error)
{
    g_autofree char *path = g_build_filename (disk->storage->runtime, "storage", NULL);
    int fd = make_sockets (path, listener);

    if (fd < 0)
        g_set_error (error, VITRINE_ERROR, VITRINE_ERROR_ENGINE,
                     _ ("The socket for the disk “%s” cannot be made: %s"), disk->path,
                     g_strerror (-fd));
    return fd;
}

/* --- its life -------------------------------------------------------------------------------- */

static void ended_cb (GPid pid, int wait_status, gpointer user_data);

int
storage_disk_spawn (StorageDisk *disk, GError **error)
{
    gboolean is_encrypted = vitrine_definition_device_is_encrypted (disk->device);
    const KeeperSecrets *secrets = disk->secrets ? disk->secrets : disk->storage->secrets;
    int secret_fd = is_encrypted ? keeper_secrets_make_pipe (secrets, disk->device, error) : -1;
    int fds[3 + KEEPER_IMAGE_MAX_LAYERS], stderr_fd = -1, fd = -1;
    guint n_layers = disk->image->n_layers;
    int qmp[2] = { -1, -1 };
    gboolean ok;

    if (is_encrypted && secret_fd < 0)
        return -1;
    fd = open_sockets (disk, &fds[0], error);
    if (fd < 0) {
        fd_close (&secret_fd);
        return -1;
    }
    for (guint i = 0; i < n_layers; i++)
        fds[1 + i] = disk->image->layers[i].fd;
    if (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, qmp) == 0) {
        fd_close (&disk->qmp_fd);
        disk->qmp_fd = qmp[0];
    }
    fds[1 + n_layers] = qmp[1];
    fds[2 + n_layers] = secret_fd;
    disk->greeted = FALSE;
    keeper_log_make_pipe (disk->log, &stderr_fd);
    ok = keeper_process_spawn_confined (
        (const char *const *) disk->arguments, fds, 2 + n_layers + (is_encrypted ? 1 : 0),
        storage_server_find_connection (disk), stderr_fd, &disk->pid, error);
    fd_close (&secret_fd);
    fd_close (&stderr_fd);
    fd_close (&fds[0]); /* so that its end is the end of the connection */
    fd_close (&qmp[1]);
    if (!ok) {
        fd_close (&fd);
        return -1;
    }
    disk->watch = g_child_watch_add (disk->pid, ended_cb, disk);
    disk->start_us = g_get_monotonic_time ();
    if (storage_server_has (disk) && !disk->started)
        storage_server_begin (disk);
    return fd;
}

char *
storage_disk_dup_complaint (StorageDisk *disk)
{
    const char *line, *after;

    keeper_log_drain (disk->log);
    line = keeper_log_get_last_line (disk->log);
    after = g_strrstr (line, "}: ");
    if (after)
        line = after + strlen ("}: ");
    else if (g_str_has_prefix (line, STORAGE_PROGRAM ": "))
        line += strlen (STORAGE_PROGRAM ": ");
    return g_strdup (line);
}

static void
give_up (StorageDisk *disk)
{
    KeeperStorage *self = disk->storage;
    g_autofree char *complaint = storage_disk_dup_complaint (disk);
    g_autofree char *text = g_strdup_printf (
        /* TRANSLATORS: a disk's alias, its image, what the program said last */
        _ ("The disk %s does not work until the machine is started again: “%s” cannot be opened "
           "any "
           "more (%s)"),
        disk->alias, disk->path, complaint);

    self->ops->warn (self->owner, disk->alias, text);
    storage_disk_tell (disk, -1);
}

void
storage_disk_tell (StorageDisk *disk, int fd)
{
    KeeperStorage *self = disk->storage;

    disk->number++; /* as the VMM counts them */
    self->ops->peer (self->owner, disk->alias, fd);
    self->ops->processes (self->owner);
}

/* One that takes too long is killed; the next one is tried when it has ended, which is heard of. */
static void
next_opened (StorageDisk *disk, int fd, int ret)
{
    if (ret == -ETIMEDOUT && disk->pid)
        kill (disk->pid, SIGKILL);
    if (ret < 0)
        return;
    disk->start_us = g_get_monotonic_time ();
    storage_disk_tell (disk, fd);
}

void
storage_disk_start_next (StorageDisk *disk)
{
    KeeperStorage *self = disk->storage;
    g_autoptr (GError) error = NULL;
    int fd = storage_disk_spawn (disk, &error);

    if (fd >= 0 && vitrine_definition_device_is_encrypted (disk->device)) {
        /* Which takes more than the VMM waits for a greeting. */
        disk->start_us = G_MAXINT64; /* it is not well before it has its image */
        storage_opening_begin (disk, fd, KEEPER_STORAGE_SECRET_MS, next_opened);
        self->ops->processes (self->owner);
        return;
    }
    if (fd >= 0) {
        storage_disk_tell (disk, fd);
        return;
    }
    storage_server_close (disk); /* the next try has another connection */
    self->ops->warn (self->owner, disk->alias, error->message);
    storage_disk_try_again (disk);
}

static gboolean
retry_cb (gpointer user_data)
{
    StorageDisk *disk = user_data;

    disk->retry = 0;
    if (storage_server_has (disk))
        storage_server_connect (disk);
    else
        storage_disk_start_next (disk);
    return G_SOURCE_REMOVE;
}

void
storage_disk_try_again (StorageDisk *disk)
{
    guint delay_ms = disk->delay_ms;

    if (++disk->n_tries > MAX_TRIES && !storage_server_has (disk)) {
        give_up (disk);
        return;
    }
    disk->delay_ms = CLAMP (2 * delay_ms, STORAGE_SOON_MS, STORAGE_LATE_MS);
    disk->retry = g_timeout_add (delay_ms, retry_cb, disk);
}

/* What became of the process, as WAIT_STATUS tells. */
static void
tell_end (StorageDisk *disk, int wait_status)
{
    KeeperStorage *self = disk->storage;
    g_autofree char *how = keeper_process_describe_end (wait_status);
    g_autofree char *complaint = storage_disk_dup_complaint (disk);
    g_autofree char *text = NULL;

    if (storage_server_has (disk)) {
        storage_server_ended (disk, *complaint ? complaint : how);
        return;
    }
    /* TRANSLATORS: a disk's alias, then "was killed by signal 9" and the like */
    text = g_strdup_printf (*complaint
                                ? _ ("The process behind the disk %s %s (%s); the next one goes "
                                     "on with what it had not done")
                                : _ ("The process behind the disk %s %s; the next one goes on "
                                     "with what it had not done"),
                            disk->alias, how, complaint);
    self->ops->warn (self->owner, disk->alias, text);
}

static void
ended_cb (GPid pid, int wait_status, gpointer user_data)
{
    StorageDisk *disk = user_data;
    KeeperStorage *self = disk->storage;

    g_spawn_close_pid (pid);
    disk->pid = 0;
    disk->watch = 0;
    storage_opening_stop (disk);
    if (disk->started) {
        storage_start_ended (disk);
        return;
    }
    storage_disk_fail_merge (disk);
    if (g_get_monotonic_time () - disk->start_us >= HEALTHY_S * G_USEC_PER_SEC)
        disk->delay_ms = disk->n_tries = 0;
    tell_end (disk, wait_status);
    self->ops->processes (self->owner);
    storage_disk_try_again (disk);
}

void
storage_disk_fail_merge (StorageDisk *disk)
{
    KeeperStorageMergeDone done = disk->merge_done;
    g_autoptr (GError) error = NULL;

    g_clear_pointer (&disk->merge, keeper_merge_free);
    disk->merge_done = NULL;
    if (!done)
        return;
    error = g_error_new (VITRINE_ERROR, VITRINE_ERROR_ENGINE,
                         _ ("The images of the disk %s cannot be merged: its process ended"),
                         disk->alias);
    done (error, disk->merge_data);
}

/* --- later ----------------------------------------------------------------------------------- */

static StorageDisk *
find (KeeperStorage *self, const char *alias)
{
    for (guint i = 0; i < self->disks->len; i++) {
        StorageDisk *disk = g_ptr_array_index (self->disks, i);

        if (g_str_equal (disk->alias, alias))
            return disk;
    }
    return NULL;
}

const char *
keeper_storage_get_source (KeeperStorage *self, const char *alias)
{
    StorageDisk *disk = find (self, alias);

    return disk ? disk->path : NULL;
}

void
keeper_storage_lost (KeeperStorage *self, const char *alias, guint number)
{
    StorageDisk *disk = find (self, alias);

    if (disk && disk->pid && disk->opening.fd < 0 && disk->number == number)
        kill (disk->pid, SIGKILL);
}

/* --- another image --------------------------------------------------------------------------- */

/* The process on what DEVICE says, opened anew. */
static int
open_and_start (StorageDisk *disk, const VitrineDefinitionDevice *device, const char *folder,
                GError **error)
{
    g_autoptr (GPtrArray) warnings = g_ptr_array_new_with_free_func (g_free);
    KeeperImage *image;

    storage_disk_end_process (disk);
    g_clear_pointer (&disk->image, keeper_image_free); /* and its locks */
    image = keeper_image_open (device, folder, CLOSING_MS, warnings, error);
    return image ? storage_disk_start_on (disk, device, image, keeper_storage_patience_ms (device),
                                          error)
                 : -1;
}

/* The VMM is told of the process that is there now: FD is its end, -1: there is none. */
static void
tell_peer (StorageDisk *disk, int fd)
{
    if (fd < 0)
        give_up (disk);
    else
        storage_disk_tell (disk, fd);
}

gboolean
keeper_storage_switch (KeeperStorage *self, const char *alias,
                       const VitrineDefinitionDevice *wanted, const char *folder, GError **error)
{
    StorageDisk *disk = find (self, alias);
    int fd;
    gboolean ok;

    g_assert (disk != NULL);
    fd = open_and_start (disk, wanted, folder, error);
    ok = fd >= 0;
    if (!ok)
        fd = open_and_start (disk, disk->device, folder, NULL);
    tell_peer (disk, fd);
    return ok;
}

/* The image PATH of FORMAT is based on what its base is based on. */
static gboolean
skip_base (const char *path, VitrineDefinitionFormat format, GError **error)
{
    g_autoptr (ImageChain) chain = image_chain_open (path, format, IMAGE_WRITE, error);
    const ImageWatch watch = { 0 };

    if (!chain || chain->n_layers < 2)
        return chain != NULL;
    return image_tool_set_base (chain, chain->n_layers > 2 ? chain->layers[2].path : "",
                                chain->layers[chain->n_layers > 2 ? 2 : 0].format, &watch, error);
}

gboolean
keeper_storage_grow (KeeperStorage *self, const char *alias, const char *folder, guint64 size_bytes,
                     GError **error)
{
    StorageDisk *disk = find (self, alias);
    g_autoptr (ImageChain) chain = NULL;
    const ImageWatch watch = { 0 };
    gboolean ok;

    g_assert (disk != NULL);
    storage_disk_end_process (disk);
    g_clear_pointer (&disk->image, keeper_image_free);
    chain = image_chain_open (disk->device->source, disk->device->format, IMAGE_WRITE, error);
    ok = chain && image_tool_grow (chain, size_bytes, &watch, error);
    g_clear_pointer (&chain, image_chain_free); /* and its locks */
    if (ok)
        self->ops->resized (self->owner, alias, size_bytes);
    tell_peer (disk, open_and_start (disk, disk->device, folder, NULL));
    return ok;
}

gboolean
keeper_storage_skip_base (KeeperStorage *self, const char *alias, const char *folder,
                          GError **error)
{
    StorageDisk *disk = find (self, alias);
    gboolean ok;

    g_assert (disk != NULL);
    storage_disk_end_process (disk);
    g_clear_pointer (&disk->image, keeper_image_free);
    ok = skip_base (disk->device->source, disk->device->format, error);
    tell_peer (disk, open_and_start (disk, disk->device, folder, NULL));
    return ok;
}

/* --- merging --------------------------------------------------------------------------------- */

static void
merge_progress (gpointer owner, double fraction)
{
    StorageDisk *disk = owner;

    disk->storage->ops->merging (disk->storage->owner, fraction);
}

static void
merge_done (gpointer owner, const GError *error)
{
    StorageDisk *disk = owner;
    KeeperStorageMergeDone done = disk->merge_done;
    g_autoptr (GError) kept = error ? g_error_copy (error) : NULL;

    g_clear_pointer (&disk->merge, keeper_merge_free);
    disk->merge_done = NULL;
    done (kept, disk->merge_data);
}

static const KeeperMergeOps merge_ops = { merge_progress, merge_done };

void
keeper_storage_merge (KeeperStorage *self, const char *alias, KeeperStorageMergeDone done,
                      gpointer user_data)
{
    StorageDisk *disk = find (self, alias);
    g_autoptr (GError) error = NULL;

    if (!disk || !disk->pid || disk->qmp_fd < 0 || disk->image->n_layers < 2)
        error =
            g_error_new (VITRINE_ERROR, VITRINE_ERROR_INVALID,
                         _ ("The disk %s is not based on another image, or its process does not "
                            "run"),
                         alias);
    else if (disk->merge)
        error = g_error_new (VITRINE_ERROR, VITRINE_ERROR_BUSY,
                             _ ("The images of the disk %s are being merged already"), alias);
    if (error) {
        done (error, user_data);
        return;
    }
    disk->merge_done = done;
    disk->merge_data = user_data;
    disk->merge = keeper_merge_new (disk->qmp_fd, !disk->greeted, disk->image, &merge_ops, disk);
    disk->greeted = TRUE;
}

void
keeper_storage_cancel_merges (KeeperStorage *self)
{
    for (guint i = 0; i < self->disks->len; i++) {
        StorageDisk *disk = g_ptr_array_index (self->disks, i);

        if (disk->merge)
            keeper_merge_cancel (disk->merge);
    }
}

static void
add_processes (GPtrArray *disks, GArray *pids)
{
    for (guint i = 0; i < disks->len; i++) {
        guint32 pid = (guint32) ((StorageDisk *) g_ptr_array_index (disks, i))->pid;

        if (pid)
            g_array_append_val (pids, pid);
    }
}

void
keeper_storage_add_processes (KeeperStorage *self, GArray *pids)
{
    add_processes (self->disks, pids);
    add_processes (self->leaving, pids);
}

KeeperStorage *
keeper_storage_new (const char *runtime, const KeeperStorageOps *ops, gpointer owner)
{
    KeeperStorage *self = g_new0 (KeeperStorage, 1);

    self->runtime = g_strdup (runtime);
    self->ops = ops;
    self->owner = owner;
    self->disks = g_ptr_array_new_with_free_func (storage_disk_free);
    self->leaving = g_ptr_array_new_with_free_func (storage_disk_free);
    return self;
}

guint
keeper_storage_patience_ms (const VitrineDefinitionDevice *device)
{
    return vitrine_definition_device_is_encrypted (device) ? KEEPER_STORAGE_SECRET_MS
                                                           : KEEPER_STORAGE_OPENING_MS;
}

void
keeper_storage_set_secrets (KeeperStorage *self, const KeeperSecrets *secrets)
{
    self->secrets = secrets;
}

void
keeper_storage_free (KeeperStorage *self)
{
    if (!self)
        return;
    g_ptr_array_unref (self->disks);
    g_ptr_array_unref (self->leaving);
    g_free (self->runtime);
    g_free (self->program);
    g_free (self);
}
