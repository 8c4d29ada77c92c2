/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vitrine-import.c - what a file that a machine is to be made of holds. */
#include "vitrine-import.h"

#include "vitrine-private.h"

void
vitrine_import_free (VitrineImport *import)
{
    if (import == NULL)
        return;
    g_free (import->name);
    g_ptr_array_unref (import->disks);
    g_ptr_array_unref (import->nics);
    g_free (import);
}

/* On a host whose files are not looked at it is an image. */
static VitrineImport *
make_image (const char *path)
{
    VitrineImport *import = g_new0 (VitrineImport, 1);
    VitrineDiskSpec *disk = vitrine_disk_spec_new ();

    disk->path = g_strdup (path);
    import->name = g_strdup ("");
    import->disks = g_ptr_array_new_with_free_func ((GDestroyNotify) vitrine_disk_spec_free);
    import->nics = g_ptr_array_new_with_free_func (g_free);
    g_ptr_array_add (import->disks, disk);
    return import;
}

void
vitrine_host_read_import_async (VitrineHost *self, const char *path, GCancellable *cancellable,
                                GAsyncReadyCallback callback, gpointer user_data)
{
    VitrineHostClass *klass = VITRINE_HOST_GET_CLASS (self);
    g_autoptr (GTask) task = NULL;

    g_return_if_fail (VITRINE_IS_MAIN_THREAD ());
    g_return_if_fail (path != NULL);
    if (klass->read_import_async != NULL) {
        klass->read_import_async (self, path, cancellable, callback, user_data);
        return;
    }
    task = g_task_new (self, cancellable, callback, user_data);
    g_task_return_pointer (task, make_image (path), (GDestroyNotify) vitrine_import_free);
}

VitrineImport *
vitrine_host_read_import_finish (VitrineHost *self, GAsyncResult *result, GError **error)
{
    return g_task_propagate_pointer (G_TASK (result), error);
}

static void
apply_nics (const VitrineImport *import, VitrineSpec *spec, const char *network)
{
    GPtrArray *nics = vitrine_spec_get_nics (spec);

    for (guint i = 0; i < import->nics->len; i++) {
        guint before = nics->len;
        VitrineNicSpec *nic;

        vitrine_spec_add_default_nic (spec, network);
        if (nics->len == before)
            continue;
        nic = g_ptr_array_index (nics, before);
        g_free (nic->model);
        nic->model = g_strdup (g_ptr_array_index (import->nics, i));
    }
}

void
vitrine_import_apply (const VitrineImport *import, VitrineSpec *spec, const char *network)
{
    for (guint i = 0; i < import->disks->len; i++)
        vitrine_spec_add_disk (spec, vitrine_disk_spec_copy (g_ptr_array_index (import->disks, i)));
    if (import->kind != VITRINE_IMPORT_APPLIANCE)
        return;
    if (import->vcpus > 0)
        vitrine_spec_set_vcpus (spec, import->vcpus);
    if (import->memory_mib > 0)
        vitrine_spec_set_memory_mib (spec, import->memory_mib);
    vitrine_spec_set_firmware (spec, import->firmware);
    apply_nics (import, spec, network);
}
