/* SPDX-License-Identifier: GPL-2.0-or-later */
/* keeper-media.c - media that come and go in a running machine's drives, and disks that grow.
 *
 * A medium is opened and locked here as at the start, and handed to the VMM; ours is closed when the
 * VMM has answered, so the lock lasts as long as the medium is in the drive.  The keeper's own copy
 * of the definition then says what is in the drive now, which the file of the machine need not.
 */
#include <gio/gio.h>
#include <glib/gi18n-lib.h>
#include <sys/stat.h>

#include "fd.h"
#include "keeper-disk.h"
#include "keeper-private.h"
#include "vitrine-error.h"

#define SECTOR_BYTES 512

/* A request on its way to the VMM. */
typedef struct {
    Keeper *keeper;
    char *alias;
    char *path;       /* what is in the drive afterwards; NULL: nothing */
    gboolean block;   /* PATH is a block device */
    gboolean changes; /* the medium */
    KeeperDone done;
    gpointer user_data;
} Request;

static void
note_medium (Keeper *self, const char *alias, const char *path, gboolean block)
{
    VitrineDefinitionDevice *drive = keeper_find_device (self, alias);

    if (!drive)
        return; /* it went meanwhile */
    g_free (drive->source);
    drive->source = g_strdup (path);
    drive->block = block;
    keeper_control_set_source (self->control, alias, path ? path : "");
    keeper_control_set_devices (self->control, self->devices);
}

static void
answered_cb (const void *reply, gsize size, const GError *error, gpointer user_data)
{
    Request *request = user_data;

    if (!error && request->changes)
        note_medium (request->keeper, request->alias, request->path, request->block);
    request->done (error, request->user_data);
    g_free (request->alias);
    g_free (request->path);
    g_free (request);
}

static Request *
request_new (Keeper *self, const char *alias, KeeperDone done, gpointer user_data)
{
    Request *request = g_new0 (Request, 1);

    *request = (Request){
        .keeper = self, .alias = g_strdup (alias), .done = done, .user_data = user_data
    };
    return request;
}

/* The device ALIAS of KIND, or NULL with one sentence. */
static VitrineDefinitionDevice *
find_kind (Keeper *self, const char *alias, VitrineDefinitionKind kind, GError **error)
{
    VitrineDefinitionDevice *device = keeper_find_device (self, alias);

    if (device && device->kind == kind)
        return device;
    g_set_error (error, VITRINE_ERROR, VITRINE_ERROR_NOT_FOUND,
                 kind == VITRINE_DEFINITION_CDROM ? _ ("“%s” has no CD drive %s")
                                                  : _ ("“%s” has no disk %s"),
                 keeper_name (self), alias);
    return NULL;
}

void
keeper_eject (Keeper *self, const char *alias, gboolean force, KeeperDone done, gpointer user_data)
{
    g_autoptr (GError) problem = keeper_check_up (self);
    struct vmm_eject message = { .header = { .type = VMM_EJECT }, .force = force != FALSE };
    Request *request;

    if (problem || !find_kind (self, alias, VITRINE_DEFINITION_CDROM, &problem)) {
        done (problem, user_data);
        return;
    }
    request = request_new (self, alias, done, user_data);
    request->changes = TRUE;
    g_strlcpy (message.alias, alias, sizeof message.alias);
    keeper_vmm_request (self->vmm, &message, sizeof message, NULL, 0, answered_cb, request);
}

/* Opens and locks PATH for DRIVE; -1 with one sentence. */
static int
open_medium (Keeper *self, const VitrineDefinitionDevice *drive, const char *path, gboolean *direct,
             GError **error)
{
    VitrineDefinitionDevice medium = *drive;
    g_autofree char *source = g_strdup (path);

    if (!g_path_is_absolute (path)) {
        g_set_error (error, VITRINE_ERROR, VITRINE_ERROR_INVALID,
                     _ ("“%s” is not an absolute path"), path);
        return -1;
    }
    medium.source = source;
    medium.block = FALSE; /* what was in the drive may have been one; any kind will do */
    return keeper_disk_open (&medium, self->folder, KEEPER_CLOSING_MS, direct, self->warnings, error);
}

static gboolean
is_block (int fd)
{
    struct stat st;

    return fstat (fd, &st) == 0 && S_ISBLK (st.st_mode);
}

void
keeper_insert (Keeper *self, const char *alias, const char *path, gboolean force, KeeperDone done,
               gpointer user_data)
{
    g_autoptr (GError) problem = keeper_check_up (self);
    struct vmm_insert message = { .header = { .type = VMM_INSERT }, .force = force != FALSE };
    VitrineDefinitionDevice *drive = NULL;
    gboolean direct = FALSE;
    Request *request;
    int fd = -1;

    if (!problem)
        drive = find_kind (self, alias, VITRINE_DEFINITION_CDROM, &problem);
    if (drive)
        fd = open_medium (self, drive, path, &direct, &problem);
    if (fd < 0) {
        done (problem, user_data);
        return;
    }
    request = request_new (self, alias, done, user_data);
    request->path = g_strdup (path);
    request->block = is_block (fd);
    request->changes = TRUE;
    message.backend_flags = VMM_BACKEND_READ_ONLY | (direct ? VMM_BACKEND_DIRECT : 0);
    g_strlcpy (message.alias, alias, sizeof message.alias);
    keeper_vmm_request (self->vmm, &message, sizeof message, &fd, 1, answered_cb, request);
    fd_close (&fd); /* the message has it, and its lock */
}

void
keeper_resize (Keeper *self, const char *alias, guint64 size_bytes, KeeperDone done,
               gpointer user_data)
{
    g_autoptr (GError) problem = keeper_check_up (self);
    VitrineDefinitionDevice *disk = NULL;
    struct vmm_resize message = { .header = { .type = VMM_RESIZE }, .size_bytes = size_bytes };

    if (!problem)
        disk = find_kind (self, alias, VITRINE_DEFINITION_DISK, &problem);
    if (!problem && size_bytes % SECTOR_BYTES)
        problem = g_error_new (VITRINE_ERROR, VITRINE_ERROR_INVALID,
                               _ ("A disk's size is a whole number of sectors of %d bytes"),
                               SECTOR_BYTES);
    if (!problem && disk->server)
        problem = g_error_new (VITRINE_ERROR, VITRINE_ERROR_UNSUPPORTED,
                               _ ("How large the disk %s is is its server's to say"), alias);
    if (problem) {
        done (problem, user_data);
        return;
    }
    if (self->disposable || disk->format != VITRINE_DEFINITION_FORMAT_RAW) {
        keeper_grow_image (self, alias, size_bytes, done, user_data);
        return;
    }
    g_strlcpy (message.alias, alias, sizeof message.alias);
    keeper_vmm_request (self->vmm, &message, sizeof message, NULL, 0, answered_cb,
                        request_new (self, alias, done, user_data));
}
