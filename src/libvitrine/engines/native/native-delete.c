/* SPDX-License-Identifier: GPL-2.0-or-later */
/* native-delete.c - forgetting a machine, and only what is Vitrine's of it. */
#include "native-delete.h"

#include <errno.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "definition-install.h"
#include "native-disk.h"
#include "native-snapshots.h"
#include "vitrine-private.h"
#include "vitrine-rules-private.h"
#include "volume-device.h"
#include "volume.h"

/* Whether PATH's own name is in FOLDER itself, whatever links lead there. */
static gboolean
is_in_folder (const char *path, const char *folder)
{
    g_autofree char *dir = g_path_get_dirname (path);
    struct stat dir_st, folder_st;

    return stat (dir, &dir_st) == 0 && stat (folder, &folder_st) == 0
           && dir_st.st_dev == folder_st.st_dev && dir_st.st_ino == folder_st.st_ino;
}

/* That another machine has the disk, as a sentence, or NULL. */
static char *
find_user (const char *machines, const char *uuid, const char *path)
{
    gboolean is_base;
    g_autofree char *user = native_store_find_disk_user (machines, uuid, path, &is_base);

    if (user == NULL)
        return NULL;
    return g_strdup_printf (is_base ? _ ("a disk of “%s” is based on it") : _ ("“%s” uses it too"),
                            user);
}

/* Why the disk stays, or NULL.  IS_VOLUME: it was made for the machine. */
static char *
find_reason (const char *machines, const char *uuid, const VitrineDefinitionDevice *device,
             const struct stat *st, gboolean exists, gboolean is_volume)
{
    g_autofree char *folder = g_build_filename (machines, uuid, NULL);

    if (!exists)
        return g_strdup (_ ("the file is not there"));
    if (vitrine_is_block_device (device->source) && is_volume)
        return find_user (machines, uuid, device->source);
    if (vitrine_is_block_device (device->source))
        return g_strdup (_ ("it is a disk of this computer"));
    if (!S_ISREG (st->st_mode))
        return g_strdup (_ ("it is not an ordinary file"));
    if (!is_in_folder (device->source, folder))
        return g_strdup (_ ("it is not in the machine's own folder"));
    return find_user (machines, uuid, device->source);
}

static guint64
get_device_size (const char *path)
{
    g_autoptr (VolumeDevice) device = volume_device_inspect (path);

    return device != NULL ? device->size_bytes : 0;
}

static VitrineDiskInfo *
inspect (const char *machines, const char *uuid, const VitrineDefinitionDevice *device)
{
    VitrineDiskInfo *info = g_new0 (VitrineDiskInfo, 1);
    struct stat st = { 0 };
    gboolean exists = lstat (device->source, &st) == 0;
    g_autofree char *folder = g_build_filename (machines, uuid, NULL);
    g_autofree char *id = native_disk_dup_volume_id (folder, device->source);

    info->path = g_strdup (device->source);
    info->reason = find_reason (machines, uuid, device, &st, exists, id != NULL);
    info->removable = info->reason == NULL;
    if (info->reason == NULL)
        info->reason = g_strdup ("");
    if (exists && S_ISREG (st.st_mode))
        info->size_bytes = (guint64) st.st_blocks * 512;
    else if (id != NULL)
        info->size_bytes = get_device_size (device->source);
    return info;
}

/* The images of snapshots, each once. */
static void
add_snapshots (GPtrArray *disks, const char *machines, const char *uuid,
               const VitrineDefinition *definition)
{
    g_autoptr (NativeSnapshots) snapshots =
        native_snapshots_read (machines, uuid, definition, NULL);

    for (guint i = 0; snapshots != NULL && i < snapshots->list->len; i++) {
        const NativeSnapshot *snapshot = g_ptr_array_index (snapshots->list, i);

        for (guint j = 0; j < snapshot->disks->len; j++) {
            const NativeSnapshotDisk *disk = g_ptr_array_index (snapshot->disks, j);
            const VitrineDefinitionDevice device = { .source = disk->path, .format = disk->format };

            g_ptr_array_add (disks, inspect (machines, uuid, &device));
        }
    }
}

GPtrArray *
native_list_disks (const char *machines, const char *uuid, GError **error)
{
    g_autofree char *xml = native_store_dup_xml (machines, uuid, error);
    g_autoptr (VitrineDefinition) definition = NULL;
    g_autofree char *folder = g_build_filename (machines, uuid, NULL);
    GPtrArray *disks, *devices;

    if (xml == NULL)
        return NULL;
    disks = g_ptr_array_new_with_free_func ((GDestroyNotify) vitrine_disk_info_free);
    definition = vitrine_definition_parse (xml, -1, NULL);
    if (definition == NULL)
        return disks;
    devices = vitrine_definition_get_devices (definition);
    for (guint i = 0; i < devices->len; i++) {
        const VitrineDefinitionDevice *device = g_ptr_array_index (devices, i);

        /* What a cloud image was told by is no disk of anybody's. */
        if (vitrine_definition_device_has_image (device) && !native_disk_is_seed (folder, device))
            g_ptr_array_add (disks, inspect (machines, uuid, device));
    }
    add_snapshots (disks, machines, uuid, definition);
    return disks;
}

/* "vmm.log", and "vmm.log.1" of the run before. */
static gboolean
is_log (const char *file)
{
    return g_str_has_suffix (file, ".log") || g_str_has_suffix (file, ".log.1");
}

static gboolean
is_housekeeping (const char *file)
{
    return native_snapshots_is_housekeeping (file) || vitrine_definition_install_is_file (file)
           || g_str_equal (file, NATIVE_DISK_VOLUMES)
           || (g_str_has_prefix (file, "snapshot-") && native_snapshots_is_own_name (file));
}

/* Removes the files of FOLDER that IS_OURS; what cannot be removed stays. */
static void
remove_files (const char *folder, gboolean (*is_ours) (const char *file))
{
    g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
    const char *file;

    while (dir != NULL && (file = g_dir_read_name (dir)) != NULL) {
        g_autofree char *path = g_build_filename (folder, file, NULL);

        if (is_ours (file))
            g_unlink (path);
    }
}

/* What Vitrine keeps in a machine's folder for itself, and the folders if nothing else is in them.
 */
static void
remove_housekeeping (const char *folder)
{
    g_autofree char *logs = g_build_filename (folder, NATIVE_STORE_LOGS, NULL);

    remove_files (logs, is_log);
    g_rmdir (logs);
    remove_files (folder, is_housekeeping);
    g_rmdir (folder);
}

/* The list of snapshots is kept for who defines the machine again, as long as one of DISKS is there. */
static void
remove_snapshots (const char *folder, GPtrArray *disks)
{
    g_autofree char *list = g_build_filename (folder, NATIVE_SNAPSHOTS, NULL);

    for (guint i = 0; i < disks->len; i++) {
        const VitrineDiskInfo *info = g_ptr_array_index (disks, i);

        if (is_in_folder (info->path, folder) && g_file_test (info->path, G_FILE_TEST_EXISTS))
            return;
    }
    g_unlink (list);
    g_rmdir (folder);
}

/* The volume PATH, if it is one that was made for the machine in FOLDER; *DONE: it is. */
static gboolean
remove_volume (const char *folder, const char *path, gboolean *done, GError **error)
{
    g_autofree char *id = native_disk_dup_volume_id (folder, path);

    *done = id != NULL;
    return id == NULL || volume_remove (path, id, error);
}

static gboolean
remove_disks (const char *folder, const char *const *paths, GError **error)
{
    for (guint i = 0; paths[i] != NULL; i++) {
        gboolean done;

        if (!remove_volume (folder, paths[i], &done, error))
            return FALSE;
        if (done)
            continue;
        if (g_unlink (paths[i]) != 0 && errno != ENOENT)
            return vitrine_refuse (error,
                                   errno == EACCES || errno == EPERM ? VITRINE_ERROR_DENIED
                                                                     : VITRINE_ERROR_ENGINE,
                                   _ ("“%s” cannot be removed: %s; the machine is still there"),
                                   paths[i], g_strerror (errno));
    }
    return TRUE;
}

/* From the moment of the rename there is no such machine; watchers see the file come and go. */
static gboolean
remove_definition (const char *machines, const char *uuid, GError **error)
{
    g_autofree char *path = g_build_filename (machines, uuid, NATIVE_STORE_XML, NULL);
    g_autofree char *way = g_strconcat (machines, "/" NATIVE_STORE_XML_WAY, uuid, NULL);

    if (rename (path, way) != 0)
        return native_store_refuse_errno (path, errno, error);
    g_unlink (way);
    return TRUE;
}

/* The path of what a cloud image was told by, if it is to go with the machine; NULL when there is none, or when another
 * machine reads it (transfer full). */
static char *
dup_seed (const char *machines, const char *uuid)
{
    g_autofree char *folder = g_build_filename (machines, uuid, NULL);
    g_autofree char *xml = native_store_dup_xml (machines, uuid, NULL);
    g_autoptr (VitrineDefinition) definition =
        xml != NULL ? vitrine_definition_parse (xml, -1, NULL) : NULL;
    GPtrArray *devices = definition != NULL ? vitrine_definition_get_devices (definition) : NULL;

    for (guint i = 0; devices != NULL && i < devices->len; i++) {
        const VitrineDefinitionDevice *device = g_ptr_array_index (devices, i);
        g_autofree char *user = NULL;

        if (!native_disk_is_seed (folder, device))
            continue;
        user = native_store_find_disk_user (machines, uuid, device->source, NULL);
        return user == NULL ? g_strdup (device->source) : NULL;
    }
    return NULL;
}

gboolean
native_delete (const char *machines, const char *uuid, const char *name,
               const char *const *remove_paths, GError **error)
{
    g_autofree char *folder = g_build_filename (machines, uuid, NULL);
    g_autofree char *seed = NULL;
    g_autoptr (GPtrArray) disks = NULL;
    vitrine_autofd lock = native_store_lock (machines, error);
    vitrine_autofd running = -1;

    if (lock < 0)
        return FALSE;
    disks = native_list_disks (machines, uuid, error);
    if (disks == NULL || !vitrine_rules_check_removable (disks, remove_paths, error))
        return FALSE;
    seed = dup_seed (machines, uuid);
    running = native_store_lock_machine (machines, uuid, name, error);
    if (running < 0 || !remove_disks (folder, remove_paths, error)
        || !remove_definition (machines, uuid, error))
        return FALSE;
    if (seed != NULL)
        g_unlink (seed);
    remove_housekeeping (folder);
    remove_snapshots (folder, disks);
    native_store_sync (machines, NULL);
    return TRUE;
}
