/* SPDX-License-Identifier: GPL-2.0-or-later */
/* native-clone.c - a machine made of another one: all or nothing.
 *
 * Theory of operation.  As with a new machine (native-create.c), a folder .new-UUID is filled and renamed at last.
 * Copying takes long, so it is done without the lock of the machines folder: the new folder's own lock is held, by
 * which whoever removes what was left half-made knows that somebody is at it, and the original's, so that it does not
 * start meanwhile.  Whether the name is free is asked before and once more at the end.
 *
 * What the original writes to is copied, or in a linked clone becomes what the clone's disk is based on; what it only
 * reads is shared, but for what tells a cloud image whom to let in: that goes with its machine, and is copied.  An image
 * that is based on others becomes one that stands by itself.
 */
#include "native-clone.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "image-copy.h"
#include "native-disk.h"
#include "native-store.h"
#include "vitrine-private.h"
#include "vitrine-rules-private.h"
#include "vitrine-seed-private.h"

/* A disk that the clone gets one of its own for. */
typedef struct {
    char *target;
    char *name; /* of the clone's file */
    VitrineDefinitionFormat format;
    ImageChain *chain;  /* the original's, locked */
    gboolean is_linked; /* it is based on the original's */
    guint64 weight;     /* what there is to copy */
} Part;

typedef struct {
    const char *machines, *original, *name;
    VitrineCloneKind kind;
    const ImageWatch *watch;
    VitrineDefinition *definition; /* the original's, then the clone's */
    char *uuid;
    char *folder, *final;
    GPtrArray *parts; /* of Part */
    GPtrArray *made;  /* paths */
    int lock, original_lock;
    guint64 done, total; /* of the weight */
    guint64 now;         /* the weight of what is being copied */
} Cloning;

static void
part_free (gpointer data)
{
    Part *part = data;

    g_free (part->target);
    g_free (part->name);
    image_chain_free (part->chain);
    g_free (part);
}

static void
cloning_init (Cloning *cloning, const char *machines)
{
    g_autofree char *uuid = g_uuid_string_random ();
    g_autofree char *way = g_strconcat (NATIVE_STORE_NEW, uuid, NULL);

    cloning->machines = machines;
    cloning->folder = g_build_filename (machines, way, NULL);
    cloning->final = g_build_filename (machines, uuid, NULL);
    cloning->uuid = g_steal_pointer (&uuid);
    cloning->parts = g_ptr_array_new_with_free_func (part_free);
    cloning->made = g_ptr_array_new_with_free_func (g_free);
    cloning->lock = cloning->original_lock = -1;
}

static void
cloning_clear (Cloning *cloning)
{
    g_clear_pointer (&cloning->definition, vitrine_definition_unref);
    g_free (cloning->uuid);
    g_free (cloning->folder);
    g_free (cloning->final);
    g_clear_pointer (&cloning->parts, g_ptr_array_unref);
    g_clear_pointer (&cloning->made, g_ptr_array_unref);
    vitrine_fd_clear (&cloning->lock);
    vitrine_fd_clear (&cloning->original_lock);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Cloning, cloning_clear)

/* --- what there is to do ---------------------------------------------------------------------- */

/* "alpha-data.raw" of the machine "alpha" is "beta-data.raw" of "beta". */
static char *
name_file (const Cloning *cloning, const char *path, VitrineDefinitionFormat format)
{
    const char *old = vitrine_definition_get_name (cloning->definition);
    g_autofree char *base = g_path_get_basename (path);
    g_autofree char *stem = NULL;
    const char *rest = g_str_has_prefix (base, old) ? base + strlen (old) : NULL;
    const char *dot = strrchr (base, '.');

    if (rest != NULL)
        stem = g_strndup (rest, dot != NULL && dot >= rest ? (gsize) (dot - rest) : strlen (rest));
    else
        stem =
            g_strdup_printf ("-%.*s", dot != NULL && dot > base ? (int) (dot - base) : 200, base);
    return g_strdup_printf ("%s%s.%s", cloning->name, stem,
                            vitrine_definition_format_to_string (format));
}

static gboolean
is_taken (const Cloning *cloning, const char *name)
{
    for (guint i = 0; i < cloning->parts->len; i++)
        if (g_str_equal (((Part *) g_ptr_array_index (cloning->parts, i))->name, name))
            return TRUE;
    return FALSE;
}

static gboolean
is_seed (const Cloning *cloning, const VitrineDefinitionDevice *device)
{
    g_autofree char *folder = g_build_filename (cloning->machines, cloning->original, NULL);

    return native_disk_is_seed (folder, device);
}

static gboolean
add_part (Cloning *cloning, const VitrineDefinitionDevice *device, GError **error)
{
    g_autoptr (ImageChain) chain = NULL;
    gboolean seed = is_seed (cloning, device);
    Part *part;

    if (device->server != NULL)
        return vitrine_refuse (error, VITRINE_ERROR_UNSUPPORTED,
                               _ ("The disk %s is an export of a server, which Vitrine does not "
                                  "copy, and two machines would destroy what is on it; detach it "
                                  "first"),
                               device->target);
    if (vitrine_definition_device_is_encrypted (device) && cloning->kind == VITRINE_CLONE_LINKED)
        return vitrine_refuse (error, VITRINE_ERROR_UNSUPPORTED,
                               _ ("The disk %s is encrypted, and what a linked clone writes would "
                                  "not be; make a full clone, which has the same passphrase"),
                               device->target);
    chain = image_chain_open (device->source, device->format, IMAGE_READ, error);
    if (chain == NULL)
        return FALSE;
    part = g_new0 (Part, 1);
    part->target = g_strdup (device->target);
    part->is_linked = cloning->kind == VITRINE_CLONE_LINKED && !seed;
    part->format =
        part->is_linked || chain->n_layers > 1 ? VITRINE_DEFINITION_FORMAT_QCOW2 : device->format;
    part->name =
        seed ? g_strdup (VITRINE_SEED_FILE) : name_file (cloning, device->source, part->format);
    if (is_taken (cloning, part->name)) {
        char *other = g_strdup_printf ("%s-%s", part->target, part->name);

        g_free (part->name);
        part->name = other;
    }
    for (guint i = 0; i < chain->n_layers && !part->is_linked; i++) {
        struct stat st = { 0 };

        fstat (chain->layers[i].fd, &st);
        part->weight += S_ISBLK (st.st_mode) ? (guint64) lseek (chain->layers[i].fd, 0, SEEK_END)
                                             : (guint64) st.st_blocks * 512;
    }
    cloning->total += part->weight;
    part->chain = g_steal_pointer (&chain);
    g_ptr_array_add (cloning->parts, part);
    return TRUE;
}

static gboolean
find_parts (Cloning *cloning, GError **error)
{
    GPtrArray *devices = vitrine_definition_get_devices (cloning->definition);

    for (guint i = 0; i < devices->len; i++) {
        const VitrineDefinitionDevice *device = g_ptr_array_index (devices, i);

        if (device->kind == VITRINE_DEFINITION_DISK && device->source != NULL
            && (!device->read_only || is_seed (cloning, device))
            && !add_part (cloning, device, error))
            return FALSE;
    }
    return TRUE;
}

static gboolean
check_name_is_free (const Cloning *cloning, GError **error)
{
    g_autofree char *taken = native_store_find_name (cloning->machines, cloning->name);

    return taken == NULL || vitrine_rules_refuse_taken_name (cloning->name, error);
}

/* The clone's folder, and its lock: nobody has it. */
static gboolean
make_folder (Cloning *cloning, GError **error)
{
    g_autofree char *way = g_path_get_basename (cloning->folder);

    if (g_mkdir (cloning->folder, 0700) != 0)
        return native_store_refuse_errno (cloning->folder, errno, error);
    g_ptr_array_add (cloning->made, g_build_filename (cloning->folder, NATIVE_STORE_LOCK, NULL));
    cloning->lock = native_store_lock_machine (cloning->machines, way, cloning->name, error);
    return cloning->lock >= 0;
}

static gboolean
begin (Cloning *cloning, GError **error)
{
    vitrine_autofd lock = native_store_lock (cloning->machines, error);
    g_autofree char *xml = NULL;

    if (lock < 0)
        return FALSE;
    native_store_sweep (cloning->machines);
    xml = native_store_dup_xml (cloning->machines, cloning->original, error);
    cloning->definition = xml != NULL ? vitrine_definition_parse (xml, -1, error) : NULL;
    if (cloning->definition == NULL || !check_name_is_free (cloning, error))
        return FALSE;
    cloning->original_lock =
        native_store_lock_machine (cloning->machines, cloning->original,
                                   vitrine_definition_get_name (cloning->definition), error);
    return cloning->original_lock >= 0 && find_parts (cloning, error)
           && make_folder (cloning, error);
}

/* --- disks ------------------------------------------------------------------------------------ */

static void
progress_cb (double fraction, gpointer user_data)
{
    Cloning *cloning = user_data;

    if (cloning->watch->progress != NULL && cloning->total > 0)
        cloning->watch->progress (((double) cloning->done + fraction * (double) cloning->now)
                                      / (double) cloning->total,
                                  cloning->watch->user_data);
}

static gboolean
check_space (const Cloning *cloning, GError **error)
{
    struct statvfs fs;
    guint64 free_bytes;

    if (statvfs (cloning->folder, &fs) != 0)
        return TRUE;
    free_bytes = (guint64) fs.f_bavail * fs.f_frsize;
    return cloning->total <= free_bytes
           || vitrine_rules_refuse_lack_of_space (cloning->machines, cloning->total, free_bytes,
                                                  error);
}

static gboolean
fill (Cloning *cloning, const Part *part, int fd, const char *path, GError **error)
{
    const ImageWatch watch = { cloning->watch->cancellable, progress_cb, cloning };
    const ImageLayer *top = &part->chain->layers[0];
    guint64 size_bytes;

    if (part->is_linked)
        return image_tool_get_size (part->chain, &watch, &size_bytes, error)
               && image_tool_create_overlay (fd, top->path, top->format, size_bytes, &watch, error);
    if (part->chain->n_layers > 1)
        return image_tool_convert (part->chain, fd, part->format, NULL, &watch, error);
    return image_copy (top->fd, fd, path, &watch, error);
}

static gboolean
make_disk (Cloning *cloning, const Part *part, GError **error)
{
    g_autofree char *path = g_build_filename (cloning->folder, part->name, NULL);
    g_autofree char *final = g_build_filename (cloning->final, part->name, NULL);
    vitrine_autofd fd = open (path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    VitrineDefinition *edited;

    if (fd < 0)
        return native_store_refuse_errno (path, errno, error);
    g_ptr_array_add (cloning->made, g_steal_pointer (&path));
    cloning->now = part->weight;
    if (!fill (cloning, part, fd, final, error)
        || (fsync (fd) != 0 && !native_store_refuse_errno (final, errno, error)))
        return FALSE;
    cloning->done += part->weight;
    edited = vitrine_definition_with_image (cloning->definition, part->target, final, part->format,
                                            FALSE, error);
    if (edited == NULL)
        return FALSE;
    vitrine_definition_unref (cloning->definition);
    cloning->definition = edited;
    return TRUE;
}

static gboolean
make_disks (Cloning *cloning, GError **error)
{
    if (!check_space (cloning, error))
        return FALSE;
    for (guint i = 0; i < cloning->parts->len; i++)
        if (!make_disk (cloning, g_ptr_array_index (cloning->parts, i), error))
            return FALSE;
    return TRUE;
}

/* --- the rest --------------------------------------------------------------------------------- */

/* The UEFI variables, if the original has any yet. */
static gboolean
copy_variables (Cloning *cloning, GError **error)
{
    const char *named = vitrine_definition_get_nvram (cloning->definition);
    g_autofree char *own =
        g_build_filename (cloning->machines, cloning->original, NATIVE_STORE_NVRAM, NULL);
    g_autofree char *path = g_build_filename (cloning->folder, NATIVE_STORE_NVRAM, NULL);
    const ImageWatch watch = { cloning->watch->cancellable, NULL, NULL };
    vitrine_autofd from = open (named != NULL ? named : own, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    vitrine_autofd to = -1;
    struct stat st;

    if (from < 0 || fstat (from, &st) != 0 || !S_ISREG (st.st_mode))
        return TRUE; /* they are made with the first start */
    to = open (path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (to < 0)
        return native_store_refuse_errno (path, errno, error);
    g_ptr_array_add (cloning->made, g_strdup (path));
    return image_copy (from, to, path, &watch, error)
           && (fsync (to) == 0 || native_store_refuse_errno (path, errno, error));
}

static gboolean
make_definition (Cloning *cloning, GError **error)
{
    g_autofree char *path = g_build_filename (cloning->folder, NATIVE_STORE_XML, NULL);
    g_autofree char *nvram = g_build_filename (cloning->final, NATIVE_STORE_NVRAM, NULL);
    g_autoptr (VitrineDefinition) clone = vitrine_definition_with_identity (
        cloning->definition, cloning->name, cloning->uuid, nvram, error);

    if (clone == NULL)
        return FALSE;
    g_ptr_array_add (cloning->made, g_strdup (path));
    return native_store_write (path, vitrine_definition_get_xml (clone), error)
           && native_store_sync (cloning->folder, error);
}

static gboolean
finish (Cloning *cloning, GError **error)
{
    vitrine_autofd lock = native_store_lock (cloning->machines, error);

    if (lock < 0 || !check_name_is_free (cloning, error)
        || g_cancellable_set_error_if_cancelled (cloning->watch->cancellable, error))
        return FALSE;
    if (rename (cloning->folder, cloning->final) != 0)
        return native_store_refuse_errno (cloning->final, errno, error);
    native_store_sync (cloning->machines, NULL);
    return TRUE;
}

static void
undo (Cloning *cloning)
{
    for (guint i = cloning->made->len; i > 0; i--)
        g_unlink (g_ptr_array_index (cloning->made, i - 1));
    if (cloning->made->len > 0)
        g_rmdir (cloning->folder);
}

char *
native_clone (const char *machines, const char *original, const char *name, VitrineCloneKind kind,
              const ImageWatch *watch, GError **error)
{
    g_auto (Cloning) cloning = { 0 };

    cloning_init (&cloning, machines);
    cloning.original = original;
    cloning.name = name;
    cloning.kind = kind;
    cloning.watch = watch;
    if (!vitrine_rules_check_name (name, error)
        || !(begin (&cloning, error) && make_disks (&cloning, error)
             && copy_variables (&cloning, error) && make_definition (&cloning, error)
             && finish (&cloning, error))) {
        undo (&cloning);
        return NULL;
    }
    return g_steal_pointer (&cloning.uuid);
}
