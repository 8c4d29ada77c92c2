/* SPDX-License-Identifier: GPL-2.0-or-later */
/* keeper-disks.c - a machine's disks that are not raw, or a server's, while it runs: the processes behind them. */
#include <string.h>

#include "fd.h"
#include "keeper-private.h"

#define LOG_BYTES (256 * 1024)

static void
storage_peer (gpointer owner, const char *alias, int fd)
{
    Keeper *self = owner;
    struct vmm_block message = { .header = { .type = VMM_BLOCK } };

    g_strlcpy (message.alias, alias, sizeof message.alias);
    if (self->vmm)
        keeper_vmm_request (self->vmm, &message, sizeof message, &fd, fd >= 0 ? 1 : 0,
                            keeper_peer_done_cb, NULL);
    fd_close (&fd);
}

static void
storage_warn (gpointer owner, const char *alias, const char *text)
{
    Keeper *self = owner;

    g_hash_table_insert (self->disk_warnings, g_strdup (alias), g_strdup (text));
    if (self->control)
        keeper_update_warnings (self);
}

static void
storage_resized (gpointer owner, const char *alias, guint64 size_bytes)
{
    Keeper *self = owner;
    struct vmm_resize message = { .header = { .type = VMM_RESIZE }, .size_bytes = size_bytes };

    g_strlcpy (message.alias, alias, sizeof message.alias);
    if (self->vmm)
        keeper_vmm_request (self->vmm, &message, sizeof message, NULL, 0, keeper_peer_done_cb,
                            NULL);
}

static void
storage_merging (gpointer owner, double fraction)
{
    Keeper *self = owner;

    if (self->control)
        keeper_control_set_merge_progress (self->control, fraction);
}

/* Until here its process may have written. */
static void
storage_released (gpointer owner, const char *alias, const char *source)
{
    Keeper *self = owner;

    keeper_claims_remove (&self->claims, source);
    keeper_hotplug_released (self, alias);
}

static const KeeperStorageOps storage_ops = {
    storage_peer,    storage_warn,    keeper_processes_changed,
    storage_resized, storage_merging, storage_released,
};

/* A file has a lock, which a server's export has not: at least no other machine of this user's has it as well. */
static gboolean
claim (Keeper *self, const VitrineDefinitionDevice *device, GError **error)
{
    return !device->server || device->read_only
           || keeper_claims_add_disk (&self->claims, device->source, error);
}

static void
need_storage (Keeper *self)
{
    g_autofree char *logs = g_build_filename (self->folder, "logs", NULL);

    if (self->storage)
        return;
    self->storage = keeper_storage_new (self->runtime_path, &storage_ops, self);
    keeper_storage_set_secrets (self->storage, self->secrets);
    self->storage_log = keeper_log_open (logs, "storage.log", LOG_BYTES);
}

gboolean
keeper_start_disk (Keeper *self, const VitrineDefinitionDevice *device, KeeperBacking *backing,
                   guint patience_ms, GError **error)
{
    if (!backing->image || !claim (self, device, error))
        return !backing->image;
    need_storage (self);
    if (keeper_storage_start (self->storage, device, backing, self->storage_log, patience_ms,
                              error))
        return TRUE;
    keeper_claims_remove (&self->claims, device->source);
    return FALSE;
}

void
keeper_start_disk_async (Keeper *self, const VitrineDefinitionDevice *device, KeeperImage *image,
                         KeeperSecrets *secrets, KeeperStorageStarted done, gpointer user_data)
{
    g_autoptr (GError) error = NULL;

    if (!claim (self, device, &error)) {
        keeper_image_free (image);
        keeper_secrets_free (secrets);
        done (-1, error, user_data);
        return;
    }
    need_storage (self);
    keeper_storage_start_async (self->storage, device, image, secrets, self->storage_log,
                                device->server ? KEEPER_STORAGE_SERVER_MS
                                               : keeper_storage_patience_ms (device),
                                done, user_data);
}

gboolean
keeper_start_disks (Keeper *self, GError **error)
{
    for (guint i = 0; i < self->files.n_backings; i++) {
        const VitrineDefinitionDevice *device = g_ptr_array_index (self->devices, i);

        if (!keeper_start_disk (self, device, &self->files.backings[i],
                                keeper_storage_patience_ms (device), error))
            return FALSE;
    }
    return TRUE;
}

gboolean
keeper_disk_gone (Keeper *self, const char *alias)
{
    g_autofree char *source = NULL;

    g_hash_table_remove (self->disk_warnings, alias);
    if (!self->storage)
        return TRUE;
    source = g_strdup (keeper_storage_get_source (self->storage, alias));
    if (keeper_storage_remove (self->storage, alias))
        return FALSE;
    if (source)
        keeper_claims_remove (&self->claims, source);
    return TRUE;
}

void
keeper_block_lost (gpointer owner, const char *alias, guint number, const char *reason)
{
    Keeper *self = owner;
    g_autofree char *line = g_strdup_printf ("%s: the process %s\n", alias, reason);

    if (!self->storage)
        return;
    keeper_log_write (self->storage_log, line, strlen (line));
    keeper_storage_lost (self->storage, alias, number);
}
