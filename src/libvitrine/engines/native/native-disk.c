/* SPDX-License-Identifier: GPL-2.0-or-later */
/* native-disk.c - new disks: files and logical volumes, which are made, or taken back. */
#define _GNU_SOURCE
#include "native-disk.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "image-allocate.h"
#include "native-import.h"
#include "native-store.h"
#include "vitrine-private.h"
#include "vitrine-rules-private.h"
#include "vitrine-seed-private.h"
#include "volume.h"

#define KEY_PATH "path"

typedef struct {
    char *path;
    char *id; /* of a volume; NULL: a file */
} One;

static void
one_free (gpointer data)
{
    One *one = data;

    g_free (one->path);
    g_free (one->id);
    g_free (one);
}

NativeMade *
native_made_new (void)
{
    NativeMade *made = g_new0 (NativeMade, 1);

    made->list = g_ptr_array_new_with_free_func (one_free);
    return made;
}

void
native_made_free (NativeMade *made)
{
    if (made == NULL)
        return;
    g_ptr_array_unref (made->list);
    g_free (made);
}

/* Takes ID over. */
static void
add_one (NativeMade *made, const char *path, char *id)
{
    One *one = g_new0 (One, 1);

    one->path = g_strdup (path);
    one->id = id;
    g_ptr_array_add (made->list, one);
}

void
native_made_add (NativeMade *made, const char *path)
{
    add_one (made, path, NULL);
}

void
native_made_undo (NativeMade *made)
{
    while (made->list->len > 0) {
        const One *one = g_ptr_array_index (made->list, made->list->len - 1);

        if (one->id == NULL)
            g_unlink (one->path);
        else
            volume_remove (one->path, one->id, NULL);
        g_ptr_array_set_size (made->list, (gint) made->list->len - 1);
    }
}

/* --- volumes ---------------------------------------------------------------------------------- */

/* NAME is where the volume's name begins in PATH. */
static VolumeParams
make_params (const VitrineDiskSpec *disk, const char *path)
{
    return (VolumeParams){ .group = disk->group,
                           .name = strrchr (path, '/') + 1,
                           .pool = disk->pool,
                           .size_bytes = disk->size_bytes };
}

gboolean
native_disk_check_volumes (VitrineSpec *spec, GCancellable *cancellable, GError **error)
{
    GPtrArray *disks = vitrine_spec_get_disks (spec);
    g_autoptr (GArray) params = g_array_new (FALSE, FALSE, sizeof (VolumeParams));
    g_autoptr (GPtrArray) paths = g_ptr_array_new_with_free_func (g_free);

    for (guint i = 0; i < disks->len; i++) {
        const VitrineDiskSpec *disk = g_ptr_array_index (disks, i);
        VolumeParams one;

        if (disk->group == NULL)
            continue;
        g_ptr_array_add (paths, vitrine_rules_dup_disk_path (spec, i, ""));
        one = make_params (disk, g_ptr_array_index (paths, paths->len - 1));
        g_array_append_val (params, one);
    }
    return params->len == 0
           || volume_check ((const VolumeParams *) (gpointer) params->data, params->len,
                            cancellable, error);
}

static gboolean
make_volume (const VitrineDiskSpec *disk, const char *path, NativeMade *made,
             const ImageWatch *watch, GError **error)
{
    const VolumeParams params = make_params (disk, path);
    char *id;

    if (!volume_create (&params, &id, watch->cancellable, error))
        return FALSE;
    add_one (made, path, id);
    return TRUE;
}

/* --- files ------------------------------------------------------------------------------------ */

/* A disk takes space as the guest fills it, unless it is to take it beforehand. */
static gboolean
fill (const VitrineDiskSpec *disk, const char *path, int fd, const ImageWatch *watch,
      GError **error)
{
    VitrineDefinitionFormat format = VITRINE_DEFINITION_FORMAT_RAW;
    ImageAllocation allocation = IMAGE_ALLOCATION_OFF;

    if (disk->preallocation != NULL
        && !image_allocation_from_string (disk->preallocation, &allocation))
        return vitrine_rules_refuse_allocation (disk->preallocation, error);
    if (disk->format != NULL)
        vitrine_definition_format_from_string (disk->format, &format);
    if (disk->source != NULL) {
        g_autofree char *folder = g_path_get_dirname (path);

        return native_import_fill (disk->source, disk->member, fd, folder, format, watch, error);
    }
    return image_allocate (fd, path, format, allocation, disk->size_bytes, disk->passphrase, watch,
                           error);
}

/* -1 with an error. */
int
native_disk_make_empty (const char *path, NativeMade *made, GError **error)
{
    int fd = open (path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);

    if (fd < 0 && errno == EEXIST)
        vitrine_refuse (error, VITRINE_ERROR_EXISTS, _ ("There is a file “%s” already"), path);
    else if (fd < 0)
        native_store_refuse_errno (path, errno, error);
    else
        native_made_add (made, path);
    return fd;
}

gboolean
native_disk_write (int fd, const char *path, GBytes *content, GError **error)
{
    gsize len, done = 0;
    const guint8 *data = g_bytes_get_data (content, &len);

    while (done < len) {
        ssize_t n = write (fd, data + done, len - done);

        if (n < 0 && errno != EINTR)
            return native_store_refuse_errno (path, errno, error);
        done += n > 0 ? (gsize) n : 0;
    }
    return fsync (fd) == 0 || native_store_refuse_errno (path, errno, error);
}

gboolean
native_disk_make_filled (const char *path, GBytes *content, NativeMade *made, GError **error)
{
    vitrine_autofd fd = native_disk_make_empty (path, made, error);

    return fd >= 0 && native_disk_write (fd, path, content, error);
}

gboolean
native_disk_make (const VitrineDiskSpec *disk, const char *path, NativeMade *made,
                  const ImageWatch *watch, GError **error)
{
    vitrine_autofd fd = -1;

    if (disk->group != NULL)
        return make_volume (disk, path, made, watch, error);
    fd = native_disk_make_empty (path, made, error);
    return fd >= 0 && fill (disk, path, fd, watch, error)
           && (fsync (fd) == 0 || native_store_refuse_errno (path, errno, error));
}

/* --- what is written down of volumes ---------------------------------------------------------- */

/* A group an identifier; whatever is in it is only ever compared. */
static GKeyFile *
read_volumes (const char *folder)
{
    g_autofree char *path = g_build_filename (folder, NATIVE_DISK_VOLUMES, NULL);
    GKeyFile *file = g_key_file_new ();

    g_key_file_load_from_file (file, path, G_KEY_FILE_NONE, NULL);
    return file;
}

static gboolean
write_volumes (const char *folder, GKeyFile *file, GError **error)
{
    g_autofree char *path = g_build_filename (folder, NATIVE_DISK_VOLUMES, NULL);
    g_autofree char *text = g_key_file_to_data (file, NULL, NULL);

    return g_file_set_contents_full (
        path, text, -1, G_FILE_SET_CONTENTS_CONSISTENT | G_FILE_SET_CONTENTS_DURABLE, 0600, error);
}

gboolean
native_disk_write_volumes (const char *folder, NativeMade *made, GError **error)
{
    g_autoptr (GKeyFile) file = read_volumes (folder);
    gboolean has_volume = FALSE;

    for (guint i = 0; i < made->list->len; i++) {
        const One *one = g_ptr_array_index (made->list, i);

        if (one->id == NULL)
            continue;
        g_key_file_set_string (file, one->id, KEY_PATH, one->path);
        has_volume = TRUE;
    }
    return !has_volume || write_volumes (folder, file, error);
}

void
native_disk_forget_volumes (const char *folder, NativeMade *made)
{
    g_autoptr (GKeyFile) file = read_volumes (folder);
    gboolean changed = FALSE;

    for (guint i = 0; i < made->list->len; i++) {
        const One *one = g_ptr_array_index (made->list, i);

        changed |= one->id != NULL && g_key_file_remove_group (file, one->id, NULL);
    }
    if (changed)
        write_volumes (folder, file, NULL);
}

void
native_disk_remove_left (const char *folder)
{
    g_autoptr (GKeyFile) file = read_volumes (folder);
    g_auto (GStrv) ids = g_key_file_get_groups (file, NULL);

    for (guint i = 0; ids[i] != NULL; i++) {
        g_autofree char *path = g_key_file_get_string (file, ids[i], KEY_PATH, NULL);

        if (path != NULL)
            volume_remove (path, ids[i], NULL);
    }
}

char *
native_disk_dup_volume_id (const char *folder, const char *path)
{
    g_autofree char *id = volume_dup_id (path);
    g_autoptr (GKeyFile) file = NULL;

    if (id == NULL)
        return NULL;
    file = read_volumes (folder);
    return g_key_file_has_group (file, id) ? g_steal_pointer (&id) : NULL;
}

gboolean
native_disk_is_seed (const char *folder, const VitrineDefinitionDevice *device)
{
    g_autofree char *path = g_build_filename (folder, VITRINE_SEED_FILE, NULL);
    struct stat st;

    return vitrine_definition_device_has_image (device) && device->read_only
           && device->format == VITRINE_DEFINITION_FORMAT_RAW && g_str_equal (device->source, path)
           && lstat (path, &st) == 0 && S_ISREG (st.st_mode) && st.st_size == VITRINE_SEED_BYTES;
}
