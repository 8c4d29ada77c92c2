/* SPDX-License-Identifier: GPL-2.0-or-later */
/* fake-volume.c - the volume groups of a fake host: a group "volumes NAME" of the key file each, with size-mib, free-mib
 * and pools=NAME|SIZE|USED;… */
#include "fake-volume.h"

#include <string.h>

#include "vitrine-private.h"

#define PREFIX "volumes "
#define MIB    (G_GUINT64_CONSTANT (1) << 20)

static void
pool_free (gpointer data)
{
    VitrineVolumePool *pool = data;

    g_free (pool->name);
    g_free (pool);
}

static void
add_pool (VitrineVolumeGroup *group, const char *text)
{
    g_auto (GStrv) parts = g_strsplit (text, "|", 3);
    VitrineVolumePool *pool;

    g_return_if_fail (g_strv_length (parts) == 3);
    pool = g_new0 (VitrineVolumePool, 1);
    pool->name = g_strdup (parts[0]);
    pool->size_bytes = g_ascii_strtoull (parts[1], NULL, 10) * MIB;
    pool->used_bytes = g_ascii_strtoull (parts[2], NULL, 10) * MIB;
    g_ptr_array_add (group->pools, pool);
}

static VitrineVolumeGroup *
read_group (GKeyFile *file, const char *name)
{
    VitrineVolumeGroup *group = g_new0 (VitrineVolumeGroup, 1);
    g_auto (GStrv) pools = g_key_file_get_string_list (file, name, "pools", NULL, NULL);

    group->name = g_strdup (name + strlen (PREFIX));
    group->size_bytes = g_key_file_get_uint64 (file, name, "size-mib", NULL) * MIB;
    group->free_bytes = g_key_file_get_uint64 (file, name, "free-mib", NULL) * MIB;
    group->pools = g_ptr_array_new_with_free_func (pool_free);
    for (guint i = 0; pools != NULL && pools[i] != NULL; i++)
        add_pool (group, pools[i]);
    return group;
}

void
fake_volumes_list_async (GKeyFile *file, VitrineHost *host, GCancellable *cancellable,
                         GAsyncReadyCallback callback, gpointer user_data)
{
    g_autoptr (GTask) task = g_task_new (host, cancellable, callback, user_data);
    GPtrArray *list =
        g_ptr_array_new_with_free_func ((GDestroyNotify) vitrine_volume_group_free);
    g_auto (GStrv) groups = g_key_file_get_groups (file, NULL);

    for (guint i = 0; groups[i] != NULL; i++)
        if (g_str_has_prefix (groups[i], PREFIX))
            g_ptr_array_add (list, read_group (file, groups[i]));
    g_task_return_pointer (task, list, (GDestroyNotify) g_ptr_array_unref);
}

/* --- a new disk for a machine that is there --------------------------------------------------- */

typedef struct {
    VitrineDiskSpec *disk;
    VitrineScope scope;
} Adding;

static void
adding_free (gpointer data)
{
    Adding *adding = data;

    vitrine_disk_spec_free (adding->disk);
    g_free (adding);
}

static void
attached_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr (GTask) task = user_data;
    GError *error = NULL;

    if (vitrine_machine_change_finish (VITRINE_MACHINE (source), result, &error))
        g_task_return_boolean (task, TRUE);
    else
        g_task_return_error (task, error);
}

static void
attach (GTask *task)
{
    VitrineMachine *machine = g_task_get_source_object (task);
    const Adding *adding = g_task_get_task_data (task);
    const VitrineDiskSpec *disk = adding->disk;
    const char *format = disk->format != NULL ? disk->format : "raw";
    g_autofree char *spec =
        disk->group != NULL
            ? g_strdup_printf ("/dev/%s/%s,bus=%s", disk->group, vitrine_machine_get_name (machine),
                               vitrine_disk_bus_to_string (disk->bus))
            : g_strdup_printf ("/srv/%s-2.%s,format=%s,bus=%s", vitrine_machine_get_name (machine),
                               format, format, vitrine_disk_bus_to_string (disk->bus));
    GError *error = NULL;
    g_autofree char *element = vitrine_device_spec_to_element (machine, "disk", spec, &error);
    const VitrineChange change = { .kind = VITRINE_CHANGE_ATTACH,
                                   .scope = adding->scope,
                                   .what = element,
                                   .passphrase = disk->passphrase };

    if (element != NULL)
        vitrine_machine_change_async (machine, &change, NULL, attached_cb, g_object_ref (task));
    else
        g_task_return_error (task, error);
}

void
fake_volumes_add_disk_async (FakeFaults *faults, VitrineMachine *machine,
                             const VitrineDiskSpec *disk, VitrineScope scope,
                             VitrineProgress progress, gpointer progress_data,
                             GCancellable *cancellable, GAsyncReadyCallback callback,
                             gpointer user_data)
{
    GTask *task = g_task_new (machine, cancellable, callback, user_data);
    Adding *adding = g_new0 (Adding, 1);

    adding->disk = vitrine_disk_spec_copy (disk);
    adding->scope = scope;
    g_task_set_task_data (task, adding, adding_free);
    fake_faults_report (task, progress, progress_data);
    fake_faults_run (faults, NULL, "add-disk", task, attach, NULL);
}
