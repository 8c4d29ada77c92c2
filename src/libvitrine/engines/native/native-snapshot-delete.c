/* SPDX-License-Identifier: GPL-2.0-or-later */
/* native-snapshot-delete.c - a snapshot is deleted, and what came of it keeps its data.
 *
 * Theory of operation.  What came of a snapshot, another snapshot or the machine as it is, has images based on its.
 * Where nothing did, the images go.  Where one did, its images are merged with the snapshot's: of a machine that is
 * off, what is above is written into what is below, which then takes its place, so that in the end a machine without
 * snapshots has the disk it began with.  While that is done, the image above is whole and hides all that changes
 * below it; what is based on it again is told of its new base before it goes.  So it may end anywhere, and is begun
 * anew by deleting the snapshot again; only the snapshot itself cannot be gone back to any more, which the list says
 * before the first byte is written.
 *
 * Of a machine that runs, what is below is taken up by the image that is written, by its own process, in one step
 * when all is copied.
 */
#include <glib/gi18n-lib.h>

#include "fd.h"
#include "native-snapshot.h"
#include "native-store.h"
#include "vitrine-private.h"

/* What came of SNAPSHOT: other snapshots, of NativeSnapshot. */
static GPtrArray *
find_children (const NativeSnapshotWork *work, const NativeSnapshot *snapshot)
{
    GPtrArray *children = g_ptr_array_new ();

    for (guint i = 0; i < work->snapshots->list->len; i++) {
        NativeSnapshot *other = g_ptr_array_index (work->snapshots->list, i);

        if (other->parent == snapshot->id)
            g_ptr_array_add (children, other);
    }
    return children;
}

/* Whether the machine goes on from SNAPSHOT, or from one that came of it. */
static gboolean
is_below_machine (const NativeSnapshotWork *work, const NativeSnapshot *snapshot)
{
    const NativeSnapshot *at = native_snapshots_find_id (work->snapshots, work->snapshots->current);

    for (guint i = 0; at != NULL && i <= work->snapshots->list->len; i++) {
        if (at == snapshot)
            return TRUE;
        at = native_snapshots_find_id (work->snapshots, at->parent);
    }
    return FALSE;
}

/* Linked clones of other machines are based on what would change. */
static gboolean
check_no_other_user (const NativeSnapshotWork *work, const NativeSnapshot *snapshot, GError **error)
{
    for (guint i = 0; i < snapshot->disks->len; i++) {
        const NativeSnapshotDisk *disk = g_ptr_array_index (snapshot->disks, i);
        g_autofree char *user =
            native_store_find_disk_user (work->job->machines, work->job->uuid, disk->path, NULL);

        if (user != NULL)
            return vitrine_refuse (error, VITRINE_ERROR_BUSY,
                                   _ ("A disk of “%s” is based on the snapshot “%s”"), user,
                                   snapshot->name);
    }
    return TRUE;
}

/* SNAPSHOT's images are not needed by it any more; what came of it comes of its parent. */
static gboolean
forget (NativeSnapshotWork *work, NativeSnapshot *snapshot, GError **error)
{
    g_autoptr (GPtrArray) children = find_children (work, snapshot);

    for (guint i = 0; i < children->len; i++)
        ((NativeSnapshot *) g_ptr_array_index (children, i))->parent = snapshot->parent;
    if (work->snapshots->current == snapshot->id)
        work->snapshots->current = snapshot->parent;
    for (guint i = 0; i < snapshot->disks->len; i++)
        native_snapshot_add_pending (
            work, ((NativeSnapshotDisk *) g_ptr_array_index (snapshot->disks, i))->path, FALSE);
    if (snapshot->variables != NULL)
        g_ptr_array_add (work->snapshots->pending, g_strdup (snapshot->variables));
    g_ptr_array_remove (work->snapshots->list, snapshot);
    return native_snapshot_save (work, FALSE, error) && native_snapshot_save (work, TRUE, error);
}

/* --- merging, of a machine that is off ---------------------------------------------------------- */

/* The images of CHILD that are above DISK: CHILD's, or the machine's own. */
static gboolean
find_above (const NativeSnapshotWork *work, const NativeSnapshot *child, const char *target,
            const char **path, VitrineDefinitionFormat *format)
{
    const NativeSnapshotDisk *disk =
        child != NULL ? native_snapshot_find_disk (child, target) : NULL;
    const VitrineDefinitionDevice *device =
        child == NULL ? native_snapshot_find_device (work, target) : NULL;

    if (disk == NULL && (device == NULL || device->source == NULL))
        return FALSE;
    *path = disk != NULL ? disk->path : device->source;
    *format = disk != NULL ? disk->format : device->format;
    return TRUE;
}

/* The image PATH is based on what takes the place of its base. */
static gboolean
set_base (const NativeSnapshotWork *work, const char *path, VitrineDefinitionFormat format,
          const NativeSnapshotDisk *base, GError **error)
{
    g_autoptr (ImageChain) chain = image_chain_open (path, format, IMAGE_WRITE, error);

    return chain != NULL
           && image_tool_set_base (chain, base->path, base->format, work->job->watch, error);
}

/* What is based on CHILD's disk is told that it is on DISK. */
static gboolean
set_bases (const NativeSnapshotWork *work, const NativeSnapshot *child,
           const NativeSnapshotDisk *disk, GError **error)
{
    g_autoptr (GPtrArray) grandchildren = find_children (work, child);
    const char *path;
    VitrineDefinitionFormat format;

    if (work->snapshots->current == child->id)
        g_ptr_array_add (grandchildren, NULL); /* the machine's own */
    for (guint i = 0; i < grandchildren->len; i++)
        if (find_above (work, g_ptr_array_index (grandchildren, i), disk->target, &path, &format)
            && !set_base (work, path, format, disk, error))
            return FALSE;
    return TRUE;
}

/* DISK of the snapshot becomes the same as what is above it, if anything is. */
static gboolean
merge_disk (const NativeSnapshotWork *work, const NativeSnapshot *child,
            const NativeSnapshotDisk *disk, GError **error)
{
    g_autoptr (ImageChain) chain = NULL;
    const char *path;
    VitrineDefinitionFormat format;

    if (!find_above (work, child, disk->target, &path, &format))
        return TRUE;
    chain = image_chain_open (path, format, IMAGE_MERGE, error);
    if (chain == NULL)
        return FALSE;
    if (chain->n_layers < 2 || !fd_is_at (chain->layers[1].fd, disk->path))
        return vitrine_refuse (error, VITRINE_ERROR_INVALID,
                               _ ("“%s” is not based on “%s”, as the list of snapshots says"), path,
                               disk->path);
    return image_tool_merge (chain, work->job->watch, error);
}

/* CHILD's images make way for SNAPSHOT's, which are the same now. */
static gboolean
take_over (NativeSnapshotWork *work, NativeSnapshot *snapshot, NativeSnapshot *child,
           GError **error)
{
    g_autoptr (GPtrArray) images = g_ptr_array_new ();

    for (guint i = 0; i < snapshot->disks->len; i++) {
        const NativeSnapshotDisk *disk = g_ptr_array_index (snapshot->disks, i);
        const char *path;
        VitrineDefinitionFormat format;

        if (!find_above (work, child, disk->target, &path, &format))
            continue;
        native_snapshot_add_pending (work, path, TRUE);
        if (child != NULL) {
            NativeSnapshotDisk *above = native_snapshot_find_disk (child, disk->target);

            g_free (above->path);
            above->path = g_strdup (disk->path);
            above->format = disk->format;
        }
    }
    if (child != NULL)
        return TRUE;
    if (!native_snapshot_save (work, FALSE, error))
        return FALSE;
    for (guint i = 0; i < snapshot->disks->len; i++) {
        NativeSnapshotDisk *disk = g_ptr_array_index (snapshot->disks, i);

        if (native_snapshot_find_device (work, disk->target) != NULL)
            g_ptr_array_add (images, disk);
    }
    return native_snapshot_replace_images (work, images, error);
}

/* CHILD, or where it is NULL the machine as it is, came of SNAPSHOT, and nothing else did. */
static gboolean
merge (NativeSnapshotWork *work, NativeSnapshot *snapshot, NativeSnapshot *child, GError **error)
{
    snapshot->broken = TRUE;
    if (!native_snapshot_save (work, FALSE, error))
        return FALSE;
    for (guint i = 0; i < snapshot->disks->len; i++)
        if (!merge_disk (work, child, g_ptr_array_index (snapshot->disks, i), error))
            return FALSE;
    for (guint i = 0; child != NULL && i < snapshot->disks->len; i++)
        if (!set_bases (work, child, g_ptr_array_index (snapshot->disks, i), error))
            return FALSE;
    return take_over (work, snapshot, child, error) && forget (work, snapshot, error);
}

/* --- merging, of a machine that runs ------------------------------------------------------------ */

/* What is below the image that the machine writes is taken up by it. */
static gboolean
merge_live (NativeSnapshotWork *work, NativeSnapshot *snapshot, GError **error)
{
    for (guint i = 0; i < snapshot->disks->len; i++) {
        const NativeSnapshotDisk *disk = g_ptr_array_index (snapshot->disks, i);
        const VitrineDefinitionDevice *device = native_snapshot_find_device (work, disk->target);
        g_autoptr (GError) local = NULL;
        g_autoptr (ImageChain) chain =
            device != NULL && device->source != NULL
                ? image_chain_open (device->source, device->format, IMAGE_LOOK, NULL)
                : NULL;

        if (chain == NULL || chain->n_layers < 2 || !fd_is_at (chain->layers[1].fd, disk->path))
            continue; /* it was taken up before */
        g_clear_pointer (&chain, image_chain_free);
        if (native_snapshot_call (work->job, "MergeDisk", g_variant_new ("(s)", device->alias),
                                  G_MAXINT, &local)) {
            native_snapshot_add_pending (work, disk->path, TRUE);
            continue;
        }
        if (g_error_matches (local, G_IO_ERROR, G_IO_ERROR_CANCELLED)) {
            const NativeSnapshotJob alone = { .keeper = work->job->keeper,
                                              .watch = &(ImageWatch){ 0 } };

            native_snapshot_call (&alone, "CancelMerge", NULL, -1, NULL);
        }
        g_propagate_error (error, g_steal_pointer (&local));
        return FALSE;
    }
    return forget (work, snapshot, error);
}

/* --- all ---------------------------------------------------------------------------------------- */

static gboolean
refuse_fork (const NativeSnapshot *snapshot, GPtrArray *children, GError **error)
{
    const NativeSnapshot *first = g_ptr_array_index (children, 0);
    const NativeSnapshot *second = children->len > 1 ? g_ptr_array_index (children, 1) : NULL;

    if (second != NULL)
        return vitrine_refuse (
            error, VITRINE_ERROR_BUSY,
            _ ("The snapshots “%s” and “%s” came of “%s”; delete one of them first"), first->name,
            second->name, snapshot->name);
    return vitrine_refuse (
        error, VITRINE_ERROR_BUSY,
        _ ("The snapshot “%s” and the machine as it is came of “%s”; delete “%s” "
           "first"),
        first->name, snapshot->name, first->name);
}

gboolean
native_snapshot_delete (const NativeSnapshotJob *job, const char *name, GError **error)
{
    g_autoptr (GPtrArray) children = NULL;
    g_auto (NativeSnapshotWork) work = { 0 };
    NativeSnapshot *snapshot;
    gboolean is_current;

    if (!native_snapshot_begin (&work, job, error)
        || (snapshot = native_snapshot_need (&work, name, error)) == NULL
        || !check_no_other_user (&work, snapshot, error))
        return FALSE;
    children = find_children (&work, snapshot);
    is_current = work.snapshots->current == snapshot->id;
    if (children->len + is_current > 1)
        return refuse_fork (snapshot, children, error);
    if (children->len + is_current == 0)
        return forget (&work, snapshot, error);
    if (job->keeper == NULL || !is_below_machine (&work, snapshot))
        return merge (&work, snapshot, is_current ? NULL : g_ptr_array_index (children, 0), error);
    if (is_current)
        return merge_live (&work, snapshot, error);
    return vitrine_refuse (error, VITRINE_ERROR_UNSUPPORTED,
                           _ ("“%s” runs on images that are based on the snapshot “%s”, and only "
                              "its last one can be deleted meanwhile; switch it off first"),
                           vitrine_definition_get_name (work.definition), name);
}
