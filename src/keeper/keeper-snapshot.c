/* SPDX-License-Identifier: GPL-2.0-or-later */
/* keeper-snapshot.c - disks of a machine that runs get other images, or take up what theirs are based on.
 *
 * An image's process may open nothing but what it was started with, so another image is another process: the machine
 * is held, so that no request is under way and all disks change at one moment, the processes end, which brings all
 * they have into their images, and the next ones begin on the new images.  The guest sees nothing of it.
 */
#include <glib/gi18n-lib.h>

#include "keeper-private.h"
#include "vitrine-error.h"

/* Images to be switched once the machine is held. */
typedef struct {
    Keeper *keeper;
    GVariant *images;   /* or NULL: */
    char *alias;        /* of the disk whose image has taken up its base, */
    guint64 size_bytes; /* or is to be so large */
    gboolean resume;
    KeeperDone done;
    gpointer user_data;
} Switching;

/* The disk ALIAS, which has a process, or NULL with one sentence. */
static VitrineDefinitionDevice *
find_disk (Keeper *self, const char *alias, GError **error)
{
    VitrineDefinitionDevice *device = keeper_find_device (self, alias);

    if (!device || !vitrine_definition_device_has_image (device))
        g_set_error (error, VITRINE_ERROR, VITRINE_ERROR_NOT_FOUND, _ ("“%s” has no disk %s"),
                     keeper_name (self), alias);
    else if (self->disposable)
        g_set_error (error, VITRINE_ERROR, VITRINE_ERROR_UNSUPPORTED,
                     _ ("What “%s” writes is dropped when it is switched off, and cannot be kept"),
                     keeper_name (self));
    else if (device->format == VITRINE_DEFINITION_FORMAT_RAW || !self->storage)
        g_set_error (error, VITRINE_ERROR, VITRINE_ERROR_UNSUPPORTED,
                     _ ("The disk %s is raw, and written by the machine itself"), alias);
    else
        return device;
    return NULL;
}

static gboolean
check_images (Keeper *self, GVariant *images, GError **error)
{
    GVariantIter iter;
    const char *alias, *path;

    g_variant_iter_init (&iter, images);
    while (g_variant_iter_next (&iter, "(&s&s)", &alias, &path)) {
        if (!find_disk (self, alias, error))
            return FALSE;
        if (!g_path_is_absolute (path)) {
            g_set_error (error, VITRINE_ERROR, VITRINE_ERROR_INVALID,
                         _ ("“%s” is not an absolute path"), path);
            return FALSE;
        }
    }
    return TRUE;
}

/* DEVICE has the image PATH of FORMAT from now on. */
static gboolean
switch_one (Keeper *self, VitrineDefinitionDevice *device, const char *path,
            VitrineDefinitionFormat format, GError **error)
{
    VitrineDefinitionDevice wanted = *device;
    g_autofree char *source = g_strdup (path);

    wanted.source = source;
    wanted.format = format;
    wanted.block = FALSE;
    if (!keeper_storage_switch (self->storage, device->alias, &wanted, self->folder, error))
        return FALSE;
    g_free (device->source);
    device->source = g_steal_pointer (&source);
    device->format = format;
    device->block = FALSE;
    keeper_control_set_source (self->control, device->alias, path);
    return TRUE;
}

/* The first N of IMAGES were switched, and get what they HAD. */
static void
switch_back (Keeper *self, GVariant *images, GArray *had)
{
    for (guint i = 0; i < had->len; i++) {
        const KeeperLayer *old = &g_array_index (had, KeeperLayer, i);
        const char *alias;
        VitrineDefinitionDevice *device;

        g_variant_get_child (images, i, "(&s&s)", &alias, NULL);
        device = keeper_find_device (self, alias);
        if (device)
            switch_one (self, device, old->path, old->format, NULL);
    }
}

static void
clear_layer (gpointer layer)
{
    g_free (((KeeperLayer *) layer)->path);
}

static gboolean
switch_all (Keeper *self, GVariant *images, GError **error)
{
    g_autoptr (GArray) had = g_array_new (FALSE, FALSE, sizeof (KeeperLayer));
    GVariantIter iter;
    const char *alias, *path;

    g_array_set_clear_func (had, clear_layer);
    g_variant_iter_init (&iter, images);
    while (g_variant_iter_next (&iter, "(&s&s)", &alias, &path)) {
        VitrineDefinitionDevice *device = find_disk (self, alias, error);
        KeeperLayer old = { .fd = -1 };

        if (device)
            old = (KeeperLayer){ .path = g_strdup (device->source), .format = device->format };
        if (!device || !switch_one (self, device, path, VITRINE_DEFINITION_FORMAT_QCOW2, error)) {
            g_free (old.path);
            switch_back (self, images, had);
            return FALSE;
        }
        g_array_append_val (had, old);
    }
    return TRUE;
}

static void
resumed_cb (const void *reply, gsize size, const GError *error, gpointer user_data)
{
    /* A machine that is gone needs no word; one that cannot go on says so itself. */
}

static void
held_cb (const void *reply, gsize size, const GError *error, gpointer user_data)
{
    g_autofree Switching *switching = user_data;
    Keeper *self = switching->keeper;
    g_autoptr (GVariant) images = switching->images;
    g_autofree char *alias = switching->alias;
    g_autoptr (GError) problem = error ? g_error_copy (error) : keeper_check_up (self);

    if (!problem && images)
        switch_all (self, images, &problem);
    else if (!problem && find_disk (self, alias, &problem) && switching->size_bytes)
        keeper_storage_grow (self->storage, alias, self->folder, switching->size_bytes, &problem);
    else if (!problem)
        keeper_storage_skip_base (self->storage, alias, self->folder, &problem);
    if (switching->resume && self->vmm)
        keeper_vmm_request_plain (self->vmm, VMM_RUN, resumed_cb, NULL);
    switching->done (problem, switching->user_data);
}

/* IMAGES are switched, or ALIAS's image grows, or has taken up its base: with the machine held. */
static void
hold (Keeper *self, GVariant *images, const char *alias, guint64 size_bytes, KeeperDone done,
      gpointer user_data)
{
    Switching *switching = g_new0 (Switching, 1);

    *switching = (Switching){
        .keeper = self,
        .images = images ? g_variant_ref (images) : NULL,
        .alias = g_strdup (alias),
        .size_bytes = size_bytes,
        .resume = self->running,
        .done = done,
        .user_data = user_data,
    };
    if (self->running)
        keeper_vmm_request_plain (self->vmm, VMM_PAUSE, held_cb, switching);
    else
        held_cb (NULL, 0, NULL, switching);
}

void
keeper_switch_images (Keeper *self, GVariant *images, KeeperDone done, gpointer user_data)
{
    g_autoptr (GError) problem = keeper_check_up (self);

    if (problem || !check_images (self, images, &problem))
        done (problem, user_data);
    else
        hold (self, images, NULL, 0, done, user_data);
}

void
keeper_grow_image (Keeper *self, const char *alias, guint64 size_bytes, KeeperDone done,
                   gpointer user_data)
{
    g_autoptr (GError) problem = NULL;

    if (size_bytes == 0)
        g_set_error (&problem, VITRINE_ERROR, VITRINE_ERROR_INVALID, _ ("A disk cannot be empty"));
    if (!problem && find_disk (self, alias, &problem))
        hold (self, NULL, alias, size_bytes, done, user_data);
    else
        done (problem, user_data);
}

/* --- merging --------------------------------------------------------------------------------- */

typedef struct {
    Keeper *keeper;
    char *alias;
    KeeperDone done;
    gpointer user_data;
} Merging;

static void
copied_cb (const GError *error, gpointer user_data)
{
    g_autofree Merging *merging = user_data;
    g_autofree char *alias = merging->alias;
    g_autoptr (GError) problem = error ? g_error_copy (error) : keeper_check_up (merging->keeper);

    if (problem)
        merging->done (problem, merging->user_data);
    else
        hold (merging->keeper, NULL, alias, 0, merging->done, merging->user_data);
}

void
keeper_merge_disk (Keeper *self, const char *alias, KeeperDone done, gpointer user_data)
{
    g_autoptr (GError) problem = keeper_check_up (self);
    Merging *merging;

    if (problem || !find_disk (self, alias, &problem)) {
        done (problem, user_data);
        return;
    }
    merging = g_new0 (Merging, 1);
    *merging = (Merging){ self, g_strdup (alias), done, user_data };
    keeper_control_set_merge_progress (self->control, 0);
    keeper_storage_merge (self->storage, alias, copied_cb, merging);
}

void
keeper_cancel_merge (Keeper *self, KeeperDone done, gpointer user_data)
{
    if (self->storage)
        keeper_storage_cancel_merges (self->storage);
    done (NULL, user_data);
}
