/* SPDX-License-Identifier: GPL-2.0-or-later */
/* native-image.c - the disk images of this user's machines, and any other.
 *
 * Who uses what is read from the definitions, the lists of snapshots and the images themselves each time: there is no
 * list of it that could be wrong.
 */
#define _GNU_SOURCE /* F_OFD_SETLK */
#include "native-image.h"

#include <inttypes.h>
#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "image-server.h"
#include "native-disk.h"
#include "native-import.h"
#include "native-snapshots.h"
#include "native-store.h"
#include "vitrine-private.h"
#include "vitrine-rules-private.h"
#include "volume-device.h"

/* One of a machine's images. */
typedef struct {
    char *path;
    VitrineDefinitionFormat format;
    char *user;       /* "alpha", "alpha (base)", "alpha (snapshot x)" */
    gboolean is_disk; /* the machine's own, not what one is based on, nor a snapshot's */
    char *base;       /* or NULL */
} Use;

static void
use_free (gpointer data)
{
    Use *use = data;

    g_free (use->path);
    g_free (use->user);
    g_free (use->base);
    g_free (use);
}

/* --- who uses what ---------------------------------------------------------------------------- */

/* PATH and all that it is based on, as NAME uses them. */
static void
add_chain (GPtrArray *uses, const char *path, VitrineDefinitionFormat format, const char *name,
           const char *how)
{
    g_autoptr (ImageChain) chain = image_chain_open (path, format, IMAGE_LOOK, NULL);
    guint n = chain != NULL ? chain->n_layers : 1;

    for (guint i = 0; i < n; i++) {
        Use *use = g_new0 (Use, 1);

        use->path = g_strdup (i > 0 ? chain->layers[i].path : path);
        use->format = i > 0 ? chain->layers[i].format : format;
        use->user =
            i > 0 ? g_strdup_printf (_ ("%s (base)"), name) : g_strdup_printf ("%s%s", name, how);
        use->is_disk = i == 0 && *how == '\0';
        use->base = i + 1 < n ? g_strdup (chain->layers[i + 1].path) : NULL;
        g_ptr_array_add (uses, use);
    }
}

static void
add_machine (GPtrArray *uses, const char *machines, const char *uuid)
{
    g_autofree char *xml = native_store_dup_xml (machines, uuid, NULL);
    g_autoptr (VitrineDefinition) definition =
        xml != NULL ? vitrine_definition_parse (xml, -1, NULL) : NULL;
    g_autoptr (NativeSnapshots) snapshots =
        definition != NULL ? native_snapshots_read (machines, uuid, definition, NULL) : NULL;
    GPtrArray *devices = definition != NULL ? vitrine_definition_get_devices (definition) : NULL;

    for (guint i = 0; devices != NULL && i < devices->len; i++) {
        const VitrineDefinitionDevice *device = g_ptr_array_index (devices, i);

        if (vitrine_definition_device_has_image (device))
            add_chain (uses, device->source, device->format,
                       vitrine_definition_get_name (definition), "");
    }
    for (guint i = 0; snapshots != NULL && i < snapshots->list->len; i++) {
        const NativeSnapshot *snapshot = g_ptr_array_index (snapshots->list, i);
        g_autofree char *how = g_strdup_printf (_ (" (snapshot %s)"), snapshot->name);

        for (guint j = 0; j < snapshot->disks->len; j++) {
            const NativeSnapshotDisk *disk = g_ptr_array_index (snapshot->disks, j);

            add_chain (uses, disk->path, disk->format, vitrine_definition_get_name (definition),
                       how);
        }
    }
}

/* (transfer full), of Use. */
static GPtrArray *
find_uses (const char *machines)
{
    GPtrArray *uses = g_ptr_array_new_with_free_func (use_free);
    g_autoptr (GDir) dir = g_dir_open (machines, 0, NULL);
    const char *entry;

    while (dir != NULL && (entry = g_dir_read_name (dir)) != NULL)
        if (g_uuid_string_is_valid (entry))
            add_machine (uses, machines, entry);
    return uses;
}

static gboolean
is_same_file (const char *path, const char *other)
{
    struct stat st, other_st;

    if (g_str_equal (path, other))
        return TRUE;
    return stat (path, &st) == 0 && stat (other, &other_st) == 0 && st.st_dev == other_st.st_dev
           && st.st_ino == other_st.st_ino;
}

/* --- what they are ---------------------------------------------------------------------------- */

static char **
dup_users (GPtrArray *uses, const char *path)
{
    GPtrArray *users = g_ptr_array_new ();

    for (guint i = 0; i < uses->len; i++) {
        const Use *use = g_ptr_array_index (uses, i);

        if (is_same_file (use->path, path)
            && !g_ptr_array_find_with_equal_func (users, use->user, g_str_equal, NULL))
            g_ptr_array_add (users, g_strdup (use->user));
    }
    g_ptr_array_add (users, NULL);
    return (char **) g_ptr_array_free (users, FALSE);
}

static void
describe_device (VitrineImage *image, const char *path)
{
    g_autoptr (VolumeDevice) device = volume_device_inspect (path);

    image->contents = g_strdup (device != NULL ? device->contents : "");
    image->host_users = g_strdup (device != NULL ? device->users : "");
    if (device != NULL)
        image->used_bytes = device->size_bytes;
}

static VitrineImage *
describe (GPtrArray *uses, const char *path, VitrineDefinitionFormat format, const char *base,
          const ImageWatch *watch)
{
    VitrineImage *image = g_new0 (VitrineImage, 1);
    g_autoptr (GError) error = NULL;
    g_autoptr (ImageChain) chain = image_chain_open (path, format, IMAGE_LOOK, &error);
    struct stat st;

    image->path = g_strdup (path);
    image->format = g_strdup (vitrine_definition_format_to_string (format));
    image->base = g_strdup (base != NULL ? base : "");
    image->users = dup_users (uses, path);
    if (stat (path, &st) == 0)
        image->used_bytes = (guint64) st.st_blocks * 512;
    if (chain != NULL && format == VITRINE_DEFINITION_FORMAT_RAW)
        image->size_bytes = (guint64) lseek (chain->layers[0].fd, 0, SEEK_END);
    else if (chain != NULL)
        image_tool_get_size (chain, watch, &image->size_bytes, &error);
    image->problem = g_strdup (error != NULL ? error->message : "");
    describe_device (image, path);
    return image;
}

static GPtrArray *
list_one (GPtrArray *uses, const char *path, const ImageWatch *watch, GError **error)
{
    VitrineDefinitionFormat format;
    g_autoptr (ImageChain) chain = NULL;
    GPtrArray *images;

    if (!vitrine_rules_find_image_format (path, &format, error)
        || (chain = image_chain_open (path, format, IMAGE_LOOK, error)) == NULL)
        return NULL;
    images = g_ptr_array_new_with_free_func ((GDestroyNotify) vitrine_image_free);
    for (guint i = 0; i < chain->n_layers; i++)
        g_ptr_array_add (
            images, describe (uses, chain->layers[i].path, chain->layers[i].format,
                              i + 1 < chain->n_layers ? chain->layers[i + 1].path : NULL, watch));
    return images;
}

/* What its server says of the disk at the address URI. */
static GPtrArray *
list_server (const char *machines, const char *uri, const ImageWatch *watch, GError **error)
{
    g_autoptr (VitrineDefinitionServer) server = vitrine_definition_server_parse (uri, error);
    g_autoptr (VitrineImage) image = NULL;
    g_autofree char *user = NULL;
    GPtrArray *images;

    if (server == NULL)
        return NULL;
    image = g_new0 (VitrineImage, 1);
    image->path = vitrine_definition_server_to_uri (server);
    if (!image_server_look (server, watch->cancellable, &image->size_bytes, &image->read_only,
                            error))
        return NULL;
    user = native_store_find_disk_user (machines, NULL, image->path, NULL);
    image->format = g_strdup ("raw");
    image->base = g_strdup ("");
    image->problem = g_strdup ("");
    image->contents = g_strdup ("");
    image->host_users = g_strdup ("");
    image->users = g_new0 (char *, 2);
    image->users[0] = g_steal_pointer (&user);
    images = g_ptr_array_new_with_free_func ((GDestroyNotify) vitrine_image_free);
    g_ptr_array_add (images, g_steal_pointer (&image));
    return images;
}

GPtrArray *
native_image_list (const char *machines, const char *path, const ImageWatch *watch, GError **error)
{
    g_autoptr (GPtrArray) uses = NULL;
    GPtrArray *images;

    if (path != NULL && vitrine_definition_server_is_uri (path))
        return list_server (machines, path, watch, error);
    uses = find_uses (machines);
    if (path != NULL)
        return list_one (uses, path, watch, error);
    images = g_ptr_array_new_with_free_func ((GDestroyNotify) vitrine_image_free);
    for (guint i = 0; i < uses->len; i++) {
        const Use *use = g_ptr_array_index (uses, i);
        gboolean is_there = FALSE;

        for (guint j = 0; j < images->len && !is_there; j++)
            is_there =
                is_same_file (((VitrineImage *) g_ptr_array_index (images, j))->path, use->path);
        if (!is_there)
            g_ptr_array_add (images, describe (uses, use->path, use->format, use->base, watch));
    }
    return images;
}

/* --- what is done to them --------------------------------------------------------------------- */

/* BUSY with who has PATH; AS_DISK: also its own machine, which may have it as it is but not without. */
static gboolean
check_unused (const char *machines, const char *path, gboolean as_disk, GError **error)
{
    g_autoptr (GPtrArray) uses = find_uses (machines);

    for (guint i = 0; i < uses->len; i++) {
        const Use *use = g_ptr_array_index (uses, i);

        if ((as_disk || !use->is_disk) && is_same_file (use->path, path))
            return vitrine_refuse (error, VITRINE_ERROR_BUSY, _ ("“%s” is used by %s"), path,
                                   use->user);
    }
    return TRUE;
}

static gboolean
check_image (const ImageChain *chain, const ImageWatch *watch, GError **error)
{
    guint64 n_errors = 0, n_leaks = 0;

    if (chain->layers[0].format == VITRINE_DEFINITION_FORMAT_RAW
        || chain->layers[0].format
               == VITRINE_DEFINITION_FORMAT_LUKS) /* whose header was looked at */
        return TRUE; /* there is nothing in it that could contradict itself */
    if (!image_tool_check (chain, watch, &n_errors, &n_leaks, error))
        return FALSE;
    if (n_errors == 0 && n_leaks == 0)
        return TRUE;
    return vitrine_refuse (
        error, VITRINE_ERROR_INVALID,
        _ ("“%s” has %" PRIu64 " errors, and %" PRIu64 " clusters that nothing needs"),
        chain->layers[0].path, n_errors, n_leaks);
}

gboolean
native_image_grow (const ImageChain *chain, guint64 size_bytes, const ImageWatch *watch,
                   GError **error)
{
    const ImageLayer *top = &chain->layers[0];
    guint64 now;

    if (top->format == VITRINE_DEFINITION_FORMAT_RAW)
        now = (guint64) lseek (top->fd, 0, SEEK_END);
    else if (!image_tool_get_size (chain, watch, &now, error))
        return FALSE;
    if (size_bytes < now || size_bytes % 512 != 0)
        return vitrine_refuse (error, VITRINE_ERROR_INVALID,
                               _ ("“%s” can only grow, by whole sectors"), top->path);
    if (top->format != VITRINE_DEFINITION_FORMAT_RAW)
        return image_tool_grow (chain, size_bytes, watch, error);
    return ftruncate (top->fd, (off_t) size_bytes) == 0
           || native_store_refuse_errno (top->path, errno, error);
}

/* CHAIN is NULL for what is packed. */
static gboolean
convert (const ImageChain *chain, const VitrineImageJob *job, const ImageWatch *watch,
         GError **error)
{
    VitrineDefinitionFormat format;
    g_autofree char *folder = NULL;
    vitrine_autofd fd = -1;

    if (!vitrine_definition_format_from_string (job->format, &format))
        return vitrine_refuse (error, VITRINE_ERROR_INVALID, _ ("“%s” is no format of images"),
                               job->format);
    if (chain == NULL && format == VITRINE_DEFINITION_FORMAT_LUKS)
        return vitrine_refuse (error, VITRINE_ERROR_UNSUPPORTED,
                               _ ("What is packed is not encrypted in one go; unpack “%s” first"),
                               job->path);
    folder = g_path_get_dirname (job->target);
    fd = open (job->target, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0 && errno == EEXIST)
        return vitrine_refuse (error, VITRINE_ERROR_EXISTS, _ ("There is a file “%s” already"),
                               job->target);
    if (fd < 0)
        return native_store_refuse_errno (job->target, errno, error);
    if ((chain != NULL ? image_tool_convert (chain, fd, format, job->new_passphrase, watch, error)
                       : native_import_fill (job->path, NULL, fd, folder, format, watch, error))
        && (fsync (fd) == 0 || native_store_refuse_errno (job->target, errno, error)))
        return TRUE;
    g_unlink (job->target);
    return FALSE;
}

/* As an empty disk of a new machine is made. */
static gboolean
create_image (const VitrineImageJob *job, const ImageWatch *watch, GError **error)
{
    g_autoptr (NativeMade) made = native_made_new ();
    const VitrineDiskSpec disk = { .size_bytes = job->size_bytes,
                                   .format = (char *) job->format,
                                   .preallocation = (char *) job->preallocation,
                                   .passphrase = job->new_passphrase };

    if (!vitrine_disk_is_made_as (job->format))
        return vitrine_refuse (error, VITRINE_ERROR_INVALID,
                               _ ("“%s”: a new disk is raw, qcow2 or luks"), job->format);
    if (job->size_bytes == 0 || job->size_bytes % 512 != 0
        || job->size_bytes > VITRINE_DISK_BYTES_MAX)
        return vitrine_refuse (error, VITRINE_ERROR_INVALID,
                               _ ("An image holds 512 bytes to 16 TiB, in whole sectors"));
    if (native_disk_make (&disk, job->path, made, watch, error))
        return TRUE;
    native_made_undo (made);
    return FALSE;
}

/* Only what is an image: one in a format that is recognised, or with a raw image's name. */
static gboolean
delete_image (const ImageChain *chain, GError **error)
{
    const ImageLayer *top = &chain->layers[0];
    struct stat st;

    if (lstat (top->path, &st) != 0 || !S_ISREG (st.st_mode))
        return vitrine_refuse (error, VITRINE_ERROR_INVALID, _ ("“%s” is not an ordinary file"),
                               top->path);
    if (top->format == VITRINE_DEFINITION_FORMAT_RAW && !g_str_has_suffix (top->path, ".raw")
        && !g_str_has_suffix (top->path, ".img"))
        return vitrine_refuse (error, VITRINE_ERROR_INVALID,
                               _ ("“%s” does not look like a disk image; remove it as a file"),
                               top->path);
    return g_unlink (top->path) == 0 || native_store_refuse_errno (top->path, errno, error);
}

static gboolean
is_packed (const char *path)
{
    vitrine_autofd fd = open (path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

    return fd >= 0 && native_import_is_packed (fd);
}

gboolean
native_image_work (const char *machines, const VitrineImageJob *job, const ImageWatch *watch,
                   GError **error)
{
    gboolean writes = job->action == VITRINE_IMAGE_GROW || job->action == VITRINE_IMAGE_DELETE;
    g_autoptr (ImageChain) chain = NULL;
    VitrineDefinitionFormat format;

    if (job->action == VITRINE_IMAGE_CREATE)
        return create_image (job, watch, error);
    if (job->action == VITRINE_IMAGE_CONVERT && is_packed (job->path))
        return convert (NULL, job, watch, error);
    if (!vitrine_rules_find_image_format (job->path, &format, error)
        || (writes
            && !check_unused (machines, job->path, job->action == VITRINE_IMAGE_DELETE, error)))
        return FALSE;
    chain = image_chain_open (job->path, format, writes ? IMAGE_WRITE : IMAGE_READ, error);
    if (chain == NULL)
        return FALSE;
    image_chain_set_passphrase (chain, job->passphrase);
    switch (job->action) {
    case VITRINE_IMAGE_CHECK:
        return check_image (chain, watch, error);
    case VITRINE_IMAGE_GROW:
        return native_image_grow (chain, job->size_bytes, watch, error);
    case VITRINE_IMAGE_CONVERT:
        return convert (chain, job, watch, error);
    case VITRINE_IMAGE_DELETE:
        return delete_image (chain, error);
    case VITRINE_IMAGE_CREATE:
        break; /* there is no image yet */
    }
    g_return_val_if_reached (FALSE);
}
