/* SPDX-License-Identifier: GPL-2.0-or-later */
/* native-snapshot.c - snapshots of a machine are made, and gone back to.
 *
 * Theory of operation.  A snapshot is the images that the machine had until then: nobody writes to them any more, as
 * the machine goes on in a qcow2 image on top of each.  So the images of all snapshots and of the machine form a tree
 * like that of the snapshots.
 *
 * Any of this may end anywhere, and the machine starts with its data.  First it is written down which files are in
 * the making, then they are made, then the list says what shall be, and the definition is replaced: that is the
 * moment.  A snapshot in the list whose images the definition still names never came to be.  Files on the list of
 * those pending that nothing names go with the next change.
 *
 * A machine that runs is told by its keeper's door to change its images for the new ones.  The definition says so
 * before: a new image holds nothing yet, so whatever the machine writes until it changes is found below it.
 */
#include "native-snapshot.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "image-copy.h"
#include "native-store.h"
#include "vitrine-private.h"

#define SWITCH_MS 90000

/* --- what all of them begin and end with ------------------------------------------------------- */

static VitrineDefinition *
read_definition (const NativeSnapshotJob *job, GError **error)
{
    g_autofree char *xml = native_store_dup_xml (job->machines, job->uuid, error);

    return xml != NULL ? vitrine_definition_parse (xml, -1, error) : NULL;
}

gboolean
native_snapshot_begin (NativeSnapshotWork *work, const NativeSnapshotJob *job, GError **error)
{
    const char *name;

    *work = (NativeSnapshotWork){ .job = job, .lock = -1, .machine_lock = -1 };
    work->definition = read_definition (job, error);
    if (work->definition == NULL)
        return FALSE;
    name = vitrine_definition_get_name (work->definition);
    work->lock = native_snapshots_lock (job->machines, job->uuid, name, error);
    if (work->lock >= 0 && job->keeper == NULL)
        work->machine_lock = native_store_lock_machine (job->machines, job->uuid, name, error);
    if (work->lock < 0 || (job->keeper == NULL && work->machine_lock < 0))
        return FALSE;
    work->snapshots = native_snapshots_read (job->machines, job->uuid, work->definition, error);
    return work->snapshots != NULL
           && (work->snapshots->pending->len == 0 || native_snapshot_save (work, TRUE, error));
}

void
native_snapshot_end (NativeSnapshotWork *work)
{
    g_clear_pointer (&work->definition, vitrine_definition_unref);
    g_clear_pointer (&work->snapshots, native_snapshots_free);
    vitrine_fd_clear (&work->lock);
    vitrine_fd_clear (&work->machine_lock);
}

NativeSnapshot *
native_snapshot_need (NativeSnapshotWork *work, const char *name, GError **error)
{
    NativeSnapshot *snapshot = native_snapshots_find (work->snapshots, name);

    if (snapshot == NULL)
        vitrine_refuse (error, VITRINE_ERROR_NOT_FOUND, _ ("“%s” has no snapshot “%s”"),
                        vitrine_definition_get_name (work->definition), name);
    return snapshot;
}

const VitrineDefinitionDevice *
native_snapshot_find_device (const NativeSnapshotWork *work, const char *target)
{
    GPtrArray *devices = vitrine_definition_get_devices (work->definition);

    for (guint i = 0; i < devices->len; i++) {
        const VitrineDefinitionDevice *device = g_ptr_array_index (devices, i);

        if (device->kind == VITRINE_DEFINITION_DISK && g_str_equal (device->target, target))
            return device;
    }
    return NULL;
}

/* Others may have changed something else of it meanwhile. */
gboolean
native_snapshot_replace_images (NativeSnapshotWork *work, GPtrArray *images, GError **error)
{
    const NativeSnapshotJob *job = work->job;
    vitrine_autofd lock = native_store_lock (job->machines, error);
    g_autoptr (VitrineDefinition) now = lock >= 0 ? read_definition (job, error) : NULL;

    for (guint i = 0; now != NULL && i < images->len; i++) {
        const NativeSnapshotDisk *image = g_ptr_array_index (images, i);
        VitrineDefinition *edited =
            vitrine_definition_with_image (now, image->target, image->path, image->format,
                                           vitrine_is_block_device (image->path), error);

        vitrine_definition_unref (now);
        now = edited;
    }
    if (now == NULL || !native_store_replace (job->machines, now, error))
        return FALSE;
    vitrine_definition_unref (work->definition);
    work->definition = g_steal_pointer (&now);
    return TRUE;
}

void
native_snapshot_add_pending (NativeSnapshotWork *work, const char *path, gboolean merged)
{
    g_autofree char *folder = g_build_filename (work->job->machines, work->job->uuid, NULL);
    g_autofree char *its_folder = g_path_get_dirname (path);
    g_autofree char *name = g_path_get_basename (path);

    if (g_str_equal (folder, its_folder))
        g_ptr_array_add (work->snapshots->pending,
                         g_strconcat (merged ? NATIVE_SNAPSHOTS_MERGED : "", name, NULL));
}

gboolean
native_snapshot_save (NativeSnapshotWork *work, gboolean sweep, GError **error)
{
    if (sweep)
        native_snapshots_sweep (work->snapshots, work->job->machines, work->job->uuid,
                                work->definition);
    return native_snapshots_write (work->snapshots, work->job->machines, work->job->uuid, error);
}

gboolean
native_snapshot_call (const NativeSnapshotJob *job, const char *method, GVariant *arguments,
                      int timeout_ms, GError **error)
{
    GCancellable *cancellable = job->watch->cancellable;
    g_autoptr (GVariant) answer = g_dbus_connection_call_sync (
        job->keeper, NULL, "/org/vitrine/Machine", "org.vitrine.Machine1", method, arguments, NULL,
        G_DBUS_CALL_FLAGS_NONE, timeout_ms, cancellable, error);

    return answer != NULL;
}

/* --- new images ------------------------------------------------------------------------------- */

/* The image that a disk shall have, and what is below it. */
typedef struct {
    char *target, *alias;
    char *path;
    char *base;
    VitrineDefinitionFormat base_format;
} Layer;

static void
layer_free (gpointer data)
{
    Layer *layer = data;

    g_free (layer->target);
    g_free (layer->alias);
    g_free (layer->path);
    g_free (layer->base);
    g_free (layer);
}

static void
add_layer (GPtrArray *layers, const NativeSnapshotWork *work, const VitrineDefinitionDevice *device,
           guint id, const char *base, VitrineDefinitionFormat base_format)
{
    g_autofree char *name = g_strdup_printf ("%s.%u.qcow2", device->target, id);
    Layer *layer = g_new0 (Layer, 1);

    layer->target = g_strdup (device->target);
    layer->alias = g_strdup (device->alias);
    layer->path = g_build_filename (work->job->machines, work->job->uuid, name, NULL);
    layer->base = g_strdup (base);
    layer->base_format = base_format;
    g_ptr_array_add (layers, layer);
}

static gboolean
make_layer (const NativeSnapshotWork *work, const Layer *layer, GError **error)
{
    ImageAccess access = work->job->keeper != NULL ? IMAGE_LOOK : IMAGE_READ;
    g_autoptr (ImageChain) chain =
        image_chain_open (layer->base, layer->base_format, access, error);
    vitrine_autofd fd = -1;
    guint64 size_bytes;

    if (chain == NULL)
        return FALSE;
    if (chain->n_layers == IMAGE_MAX_LAYERS)
        return vitrine_refuse (error, VITRINE_ERROR_UNSUPPORTED,
                               _ ("The disk %s consists of %d images that are based on each other, "
                                  "which is the most there can be; delete a snapshot first"),
                               layer->target, IMAGE_MAX_LAYERS);
    if (!image_tool_get_size (chain, work->job->watch, &size_bytes, error))
        return FALSE;
    fd = open (layer->path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return native_store_refuse_errno (layer->path, errno, error);
    return image_tool_create_overlay (fd, layer->base, layer->base_format, size_bytes,
                                      work->job->watch, error)
           && (fsync (fd) == 0 || native_store_refuse_errno (layer->path, errno, error));
}

/* Makes all LAYERS, having said so. */
static gboolean
make_layers (NativeSnapshotWork *work, GPtrArray *layers, GError **error)
{
    for (guint i = 0; i < layers->len; i++)
        native_snapshot_add_pending (work, ((Layer *) g_ptr_array_index (layers, i))->path, FALSE);
    if (!native_snapshot_save (work, FALSE, error))
        return FALSE;
    for (guint i = 0; i < layers->len; i++)
        if (!make_layer (work, g_ptr_array_index (layers, i), error))
            return FALSE;
    return TRUE;
}

/* The definition names LAYERS; with BACK, what is below them again. */
static gboolean
use_layers (NativeSnapshotWork *work, GPtrArray *layers, gboolean back, GError **error)
{
    g_autoptr (GPtrArray) images = g_ptr_array_new ();
    g_autofree NativeSnapshotDisk *disks = g_new0 (NativeSnapshotDisk, layers->len);

    for (guint i = 0; i < layers->len; i++) {
        const Layer *layer = g_ptr_array_index (layers, i);

        disks[i].target = layer->target;
        disks[i].path = back ? layer->base : layer->path;
        disks[i].format = back ? layer->base_format : VITRINE_DEFINITION_FORMAT_QCOW2;
        g_ptr_array_add (images, &disks[i]);
    }
    return native_snapshot_replace_images (work, images, error);
}

/* --- UEFI variables --------------------------------------------------------------------------- */

static char *
dup_variables_path (const NativeSnapshotWork *work)
{
    const char *named = vitrine_definition_get_nvram (work->definition);

    return named != NULL
               ? g_strdup (named)
               : g_build_filename (work->job->machines, work->job->uuid, NATIVE_STORE_NVRAM, NULL);
}

/* FROM as the new file TO; TRUE as well when there is no FROM. */
static gboolean
copy_file (const NativeSnapshotWork *work, const char *from, const char *to, GError **error)
{
    const ImageWatch watch = { work->job->watch->cancellable, NULL, NULL };
    vitrine_autofd source = open (from, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW);
    vitrine_autofd target = -1;

    if (source < 0)
        return TRUE;
    target = open (to, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (target < 0)
        return native_store_refuse_errno (to, errno, error);
    return image_copy (source, target, to, &watch, error)
           && (fsync (target) == 0 || native_store_refuse_errno (to, errno, error));
}

static gboolean
keep_variables (NativeSnapshotWork *work, NativeSnapshot *snapshot, GError **error)
{
    g_autofree char *from = dup_variables_path (work);
    g_autofree char *name = g_strdup_printf ("snapshot-%u.fd", snapshot->id);
    g_autofree char *to = g_build_filename (work->job->machines, work->job->uuid, name, NULL);

    if (!g_file_test (from, G_FILE_TEST_IS_REGULAR))
        return TRUE;
    g_ptr_array_add (work->snapshots->pending, g_strdup (name));
    snapshot->variables = g_steal_pointer (&name);
    return copy_file (work, from, to, error);
}

static gboolean
restore_variables (NativeSnapshotWork *work, const NativeSnapshot *snapshot, GError **error)
{
    g_autofree char *to = dup_variables_path (work);
    g_autofree char *way = g_strconcat (to, ".new", NULL);
    g_autofree char *from = NULL;

    if (snapshot->variables == NULL)
        return TRUE;
    from = g_build_filename (work->job->machines, work->job->uuid, snapshot->variables, NULL);
    return copy_file (work, from, way, error)
           && (rename (way, to) == 0 || native_store_refuse_errno (to, errno, error));
}

/* --- create ----------------------------------------------------------------------------------- */

/* What the machine writes to becomes SNAPSHOT's. */
static gboolean
find_disks (NativeSnapshotWork *work, NativeSnapshot *snapshot, GPtrArray *layers, GError **error)
{
    GPtrArray *devices = vitrine_definition_get_devices (work->definition);

    for (guint i = 0; i < devices->len; i++) {
        const VitrineDefinitionDevice *device = g_ptr_array_index (devices, i);

        if (device->kind != VITRINE_DEFINITION_DISK || device->source == NULL || device->read_only)
            continue;
        if (device->server != NULL)
            return vitrine_refuse (error, VITRINE_ERROR_UNSUPPORTED,
                                   _ ("The disk %s is an export of a server, of which Vitrine "
                                      "makes no snapshots; make them there, or detach the disk "
                                      "first"),
                                   device->target);
        if (vitrine_definition_device_is_encrypted (device))
            return vitrine_refuse (error, VITRINE_ERROR_UNSUPPORTED,
                                   _ ("The disk %s is encrypted, and what the machine writes after "
                                      "a snapshot would not be; Vitrine makes none of encrypted "
                                      "disks"),
                                   device->target);
        if (work->job->keeper != NULL && device->format == VITRINE_DEFINITION_FORMAT_RAW)
            return vitrine_refuse (
                error, VITRINE_ERROR_UNSUPPORTED,
                _ ("“%s” itself writes the raw disk %s while it runs; switch it off for its first "
                   "snapshot, later ones are made while it runs"),
                vitrine_definition_get_name (work->definition), device->target);
        native_snapshot_add_disk (snapshot, device->target, device->source, device->format);
        add_layer (layers, work, device, snapshot->id, device->source, device->format);
    }
    return layers->len > 0
           || vitrine_refuse (error, VITRINE_ERROR_UNSUPPORTED,
                              _ ("“%s” has no disk that it writes to"),
                              vitrine_definition_get_name (work->definition));
}

/* Not cancelled once it was asked for: one must know whether it was done. */
static gboolean
switch_images (const NativeSnapshotWork *work, GPtrArray *layers, GError **error)
{
    const ImageWatch watch = { NULL, NULL, NULL };
    NativeSnapshotJob job = *work->job;
    GVariantBuilder builder;

    if (work->job->keeper == NULL)
        return TRUE;
    g_variant_builder_init (&builder, G_VARIANT_TYPE ("a(ss)"));
    for (guint i = 0; i < layers->len; i++) {
        const Layer *layer = g_ptr_array_index (layers, i);

        g_variant_builder_add (&builder, "(ss)", layer->alias, layer->path);
    }
    job.watch = &watch;
    return native_snapshot_call (&job, "SwitchImages", g_variant_new ("(a(ss))", &builder), SWITCH_MS,
                                 error);
}

/* Whether the keeper may have switched the images all the same: it did not say that it did not. */
static gboolean
is_unknown (const GError *error)
{
    return error != NULL && error->domain != VITRINE_ERROR && !g_dbus_error_is_remote_error (error);
}

/* SNAPSHOT is not to be, whatever there is of it. */
static void
give_up (NativeSnapshotWork *work, guint id, guint parent)
{
    NativeSnapshot *snapshot = native_snapshots_find_id (work->snapshots, id);

    if (snapshot != NULL)
        g_ptr_array_remove (work->snapshots->list, snapshot);
    work->snapshots->current = parent;
    native_snapshot_save (work, TRUE, NULL);
}

gboolean
native_snapshot_create (const NativeSnapshotJob *job, const char *name, const char *description,
                        GError **error)
{
    g_autoptr (GPtrArray) layers = g_ptr_array_new_with_free_func (layer_free);
    g_auto (NativeSnapshotWork) work = { 0 };
    g_autoptr (NativeSnapshot) snapshot = NULL;
    g_autoptr (GError) problem = NULL;
    guint id, parent;

    if (!native_snapshot_begin (&work, job, error))
        return FALSE;
    if (native_snapshots_find (work.snapshots, name) != NULL)
        return vitrine_refuse (error, VITRINE_ERROR_EXISTS, _ ("“%s” has a snapshot “%s” already"),
                               vitrine_definition_get_name (work.definition), name);
    id = ++work.snapshots->last;
    parent = work.snapshots->current;
    snapshot = native_snapshot_new (id, name);
    snapshot->parent = parent;
    snapshot->time = g_get_real_time () / G_USEC_PER_SEC;
    snapshot->running = job->keeper != NULL;
    if (description != NULL) {
        g_free (snapshot->description);
        snapshot->description = g_strdup (description);
    }
    if (!find_disks (&work, snapshot, layers, error))
        return FALSE;
    if (!make_layers (&work, layers, error) || !keep_variables (&work, snapshot, error)) {
        give_up (&work, id, parent);
        return FALSE;
    }
    g_ptr_array_add (work.snapshots->list, g_steal_pointer (&snapshot));
    work.snapshots->current = id;
    if (!native_snapshot_save (&work, FALSE, &problem)
        || !use_layers (&work, layers, FALSE, &problem)
        || !switch_images (&work, layers, &problem)) {
        /* What the definition names holds all that is written, wherever the machine writes to. */
        if (!is_unknown (problem) && use_layers (&work, layers, TRUE, NULL))
            give_up (&work, id, parent);
        g_propagate_error (error, g_steal_pointer (&problem));
        return FALSE;
    }
    return native_snapshot_save (&work, TRUE, error);
}

/* --- revert ----------------------------------------------------------------------------------- */

/* New images on those of SNAPSHOT; those that the machine has now are to go. */
static gboolean
find_reverted (NativeSnapshotWork *work, const NativeSnapshot *snapshot, guint id,
               GPtrArray *layers, GError **error)
{
    for (guint i = 0; i < snapshot->disks->len; i++) {
        const NativeSnapshotDisk *disk = g_ptr_array_index (snapshot->disks, i);
        const VitrineDefinitionDevice *device = native_snapshot_find_device (work, disk->target);

        if (device == NULL)
            return vitrine_refuse (error, VITRINE_ERROR_INVALID,
                                   _ ("“%s” has no disk %s any more, which the snapshot “%s” has"),
                                   vitrine_definition_get_name (work->definition), disk->target,
                                   snapshot->name);
        add_layer (layers, work, device, id, disk->path, disk->format);
        if (device->source != NULL)
            native_snapshot_add_pending (work, device->source, FALSE);
    }
    return TRUE;
}

gboolean
native_snapshot_revert (const NativeSnapshotJob *job, const char *name, GError **error)
{
    g_autoptr (GPtrArray) layers = g_ptr_array_new_with_free_func (layer_free);
    g_auto (NativeSnapshotWork) work = { 0 };
    const NativeSnapshot *snapshot;

    if (!native_snapshot_begin (&work, job, error)
        || (snapshot = native_snapshot_need (&work, name, error)) == NULL)
        return FALSE;
    if (snapshot->broken)
        return vitrine_refuse (error, VITRINE_ERROR_INVALID,
                               _ ("The snapshot “%s” is partly deleted; it can only be deleted"),
                               name);
    if (!find_reverted (&work, snapshot, ++work.snapshots->last, layers, error))
        return FALSE;
    if (!make_layers (&work, layers, error)) {
        native_snapshot_save (&work, TRUE, NULL);
        return FALSE;
    }
    if (!use_layers (&work, layers, FALSE, error) || !restore_variables (&work, snapshot, error))
        return FALSE;
    work.snapshots->current = snapshot->id;
    return native_snapshot_save (&work, FALSE, error) && native_snapshot_save (&work, TRUE, error);
}

/* --- list ------------------------------------------------------------------------------------- */

static VitrineSnapshot *
describe (const NativeSnapshots *snapshots, const NativeSnapshot *snapshot)
{
    const NativeSnapshot *parent = native_snapshots_find_id (snapshots, snapshot->parent);
    VitrineSnapshot *info = g_new0 (VitrineSnapshot, 1);

    info->name = g_strdup (snapshot->name);
    info->parent = g_strdup (parent != NULL ? parent->name : "");
    info->description = g_strdup (snapshot->description);
    info->time = snapshot->time;
    info->current = snapshots->current == snapshot->id;
    info->running = snapshot->running;
    info->partly_deleted = snapshot->broken;
    return info;
}

GPtrArray *
native_snapshot_list (const char *machines, const char *uuid, GError **error)
{
    const NativeSnapshotJob job = { .machines = machines, .uuid = uuid };
    g_autoptr (VitrineDefinition) definition = read_definition (&job, error);
    g_autoptr (NativeSnapshots) snapshots =
        definition != NULL ? native_snapshots_read (machines, uuid, definition, error) : NULL;
    GPtrArray *infos;

    if (snapshots == NULL)
        return NULL;
    infos = g_ptr_array_new_with_free_func ((GDestroyNotify) vitrine_snapshot_free);
    for (guint i = 0; i < snapshots->list->len; i++)
        g_ptr_array_add (infos, describe (snapshots, g_ptr_array_index (snapshots->list, i)));
    return infos;
}
