/* SPDX-License-Identifier: GPL-2.0-or-later */
/* native-snapshots.c - the list of a machine's snapshots, a file in its folder. */
#include "native-snapshots.h"

#include <errno.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <string.h>

#include "native-store.h"
#include "vitrine-private.h"

#define ALL     "snapshots" /* the group of what is about all */
#define GROUP   "snapshot "
#define DISK    "disk-" /* what the names of a snapshot's disks begin with */
#define IDS_MAX 100000

/* --- one -------------------------------------------------------------------------------------- */

static void
disk_free (gpointer data)
{
    NativeSnapshotDisk *disk = data;

    g_free (disk->target);
    g_free (disk->path);
    g_free (disk);
}

NativeSnapshot *
native_snapshot_new (guint id, const char *name)
{
    NativeSnapshot *snapshot = g_new0 (NativeSnapshot, 1);

    snapshot->id = id;
    snapshot->name = g_strdup (name);
    snapshot->description = g_strdup ("");
    snapshot->disks = g_ptr_array_new_with_free_func (disk_free);
    return snapshot;
}

void
native_snapshot_free (NativeSnapshot *snapshot)
{
    g_free (snapshot->name);
    g_free (snapshot->description);
    g_free (snapshot->variables);
    g_ptr_array_unref (snapshot->disks);
    g_free (snapshot);
}

void
native_snapshot_add_disk (NativeSnapshot *snapshot, const char *target, const char *path,
                          VitrineDefinitionFormat format)
{
    NativeSnapshotDisk *disk = g_new0 (NativeSnapshotDisk, 1);

    disk->target = g_strdup (target);
    disk->path = g_strdup (path);
    disk->format = format;
    g_ptr_array_add (snapshot->disks, disk);
}

NativeSnapshotDisk *
native_snapshot_find_disk (const NativeSnapshot *snapshot, const char *target)
{
    for (guint i = 0; i < snapshot->disks->len; i++) {
        NativeSnapshotDisk *disk = g_ptr_array_index (snapshot->disks, i);

        if (g_str_equal (disk->target, target))
            return disk;
    }
    return NULL;
}

/* --- all -------------------------------------------------------------------------------------- */

static NativeSnapshots *
snapshots_new (void)
{
    NativeSnapshots *self = g_new0 (NativeSnapshots, 1);

    self->list = g_ptr_array_new_with_free_func ((GDestroyNotify) native_snapshot_free);
    self->pending = g_ptr_array_new_with_free_func (g_free);
    return self;
}

void
native_snapshots_free (NativeSnapshots *self)
{
    g_ptr_array_unref (self->list);
    g_ptr_array_unref (self->pending);
    g_free (self);
}

NativeSnapshot *
native_snapshots_find (const NativeSnapshots *self, const char *name)
{
    for (guint i = 0; i < self->list->len; i++) {
        NativeSnapshot *snapshot = g_ptr_array_index (self->list, i);

        if (g_str_equal (snapshot->name, name))
            return snapshot;
    }
    return NULL;
}

NativeSnapshot *
native_snapshots_find_id (const NativeSnapshots *self, guint id)
{
    for (guint i = 0; i < self->list->len; i++) {
        NativeSnapshot *snapshot = g_ptr_array_index (self->list, i);

        if (snapshot->id == id)
            return snapshot;
    }
    return NULL;
}

/* "vda.3.qcow2", "snapshot-3.fd". */
gboolean
native_snapshots_is_own_name (const char *name)
{
    static GRegex *regex;

    if (g_once_init_enter (&regex))
        g_once_init_leave (
            &regex, g_regex_new ("^([a-z]{2,8}\\.[0-9]{1,6}\\.qcow2|snapshot-[0-9]{1,6}\\.fd)$", 0,
                                 0, NULL));
    return g_regex_match (regex, name, 0, NULL);
}

gboolean
native_snapshots_is_housekeeping (const char *name)
{
    static const char *const names[] = { NATIVE_STORE_LOCK,     NATIVE_STORE_LAST_RUN,
                                         NATIVE_STORE_NVRAM,    "." NATIVE_STORE_NVRAM ".new",
                                         NATIVE_SNAPSHOTS_LOCK, NULL };

    return g_strv_contains (names, name);
}

/* Whether NAME, which a list says was an image that is merged, can have been one. */
static gboolean
is_image (const char *name)
{
    static const char *const others[] = { NATIVE_STORE_XML, NATIVE_STORE_LOGS, NATIVE_SNAPSHOTS,
                                          NULL };

    return *name != '\0' && *name != '.' && strchr (name, '/') == NULL
           && !g_strv_contains (others, name) && !native_snapshots_is_housekeeping (name);
}

/* --- reading ---------------------------------------------------------------------------------- */

static guint
get_id (GKeyFile *file, const char *group, const char *key)
{
    int id = g_key_file_get_integer (file, group, key, NULL);

    return id > 0 && id <= IDS_MAX ? (guint) id : 0;
}

/* "disk-vda=qcow2 /path". */
static void
read_disks (NativeSnapshot *snapshot, GKeyFile *file, const char *group)
{
    g_auto (GStrv) keys = g_key_file_get_keys (file, group, NULL, NULL);

    for (gsize i = 0; keys != NULL && keys[i] != NULL; i++) {
        g_autofree char *value = NULL;
        VitrineDefinitionFormat format;
        char *path;

        if (!g_str_has_prefix (keys[i], DISK))
            continue;
        value = g_key_file_get_string (file, group, keys[i], NULL);
        path = value != NULL ? strchr (value, ' ') : NULL;
        if (path == NULL)
            continue;
        *path++ = '\0';
        if (vitrine_definition_format_from_string (value, &format) && g_path_is_absolute (path))
            native_snapshot_add_disk (snapshot, keys[i] + strlen (DISK), path, format);
    }
}

static NativeSnapshot *
read_one (GKeyFile *file, const char *group)
{
    guint id = (guint) MIN (g_ascii_strtoull (group + strlen (GROUP), NULL, 10), IDS_MAX);
    g_autofree char *name = g_key_file_get_string (file, group, "name", NULL);
    g_autofree char *variables = g_key_file_get_string (file, group, "variables", NULL);
    g_autofree char *description = g_key_file_get_string (file, group, "description", NULL);
    NativeSnapshot *snapshot;

    if (id == 0 || name == NULL)
        return NULL;
    snapshot = native_snapshot_new (id, name);
    snapshot->parent = get_id (file, group, "parent");
    snapshot->time = g_key_file_get_int64 (file, group, "time", NULL);
    snapshot->running = g_key_file_get_boolean (file, group, "running", NULL);
    snapshot->broken = g_key_file_get_boolean (file, group, "broken", NULL);
    if (description != NULL) {
        g_free (snapshot->description);
        snapshot->description = g_steal_pointer (&description);
    }
    if (variables != NULL && native_snapshots_is_own_name (variables))
        snapshot->variables = g_steal_pointer (&variables);
    read_disks (snapshot, file, group);
    return snapshot;
}

static gboolean
is_written (const NativeSnapshot *snapshot, const VitrineDefinition *definition)
{
    GPtrArray *devices = vitrine_definition_get_devices (definition);

    for (guint i = 0; i < devices->len; i++) {
        const VitrineDefinitionDevice *device = g_ptr_array_index (devices, i);
        const NativeSnapshotDisk *disk =
            device->kind == VITRINE_DEFINITION_DISK && !device->read_only
                ? native_snapshot_find_disk (snapshot, device->target)
                : NULL;

        if (disk != NULL && g_strcmp0 (disk->path, device->source) == 0)
            return TRUE;
    }
    return FALSE;
}

/* What came of SNAPSHOT, which is not there, comes of its parent. */
static void
leave_out (NativeSnapshots *self, NativeSnapshot *snapshot)
{
    for (guint i = 0; i < self->list->len; i++) {
        NativeSnapshot *other = g_ptr_array_index (self->list, i);

        if (other->parent == snapshot->id)
            other->parent = snapshot->parent;
    }
    if (self->current == snapshot->id)
        self->current = snapshot->parent;
    if (snapshot->variables != NULL)
        g_ptr_array_add (self->pending, g_strdup (snapshot->variables));
    g_ptr_array_remove (self->list, snapshot);
}

NativeSnapshots *
native_snapshots_read (const char *machines, const char *uuid, const VitrineDefinition *definition,
                       GError **error)
{
    g_autofree char *path = g_build_filename (machines, uuid, NATIVE_SNAPSHOTS, NULL);
    g_autoptr (GKeyFile) file = g_key_file_new ();
    g_autoptr (GError) local = NULL;
    g_autoptr (NativeSnapshots) self = snapshots_new ();
    g_auto (GStrv) groups = NULL, pending = NULL;

    if (!g_key_file_load_from_file (file, path, G_KEY_FILE_NONE, &local)) {
        if (g_error_matches (local, G_FILE_ERROR, G_FILE_ERROR_NOENT))
            return g_steal_pointer (&self);
        vitrine_refuse (error, VITRINE_ERROR_ENGINE,
                        _ ("The list of snapshots “%s” cannot be read: %s"), path, local->message);
        return NULL;
    }
    self->current = get_id (file, ALL, "current");
    self->last = get_id (file, ALL, "last");
    pending = g_key_file_get_string_list (file, ALL, "pending", NULL, NULL);
    for (gsize i = 0; pending != NULL && pending[i] != NULL; i++)
        g_ptr_array_add (self->pending, g_strdup (pending[i]));
    groups = g_key_file_get_groups (file, NULL);
    for (gsize i = 0; groups[i] != NULL; i++) {
        NativeSnapshot *snapshot =
            g_str_has_prefix (groups[i], GROUP) ? read_one (file, groups[i]) : NULL;

        if (snapshot != NULL)
            g_ptr_array_add (self->list, snapshot);
    }
    for (guint i = self->list->len; i > 0; i--)
        if (is_written (g_ptr_array_index (self->list, i - 1), definition))
            leave_out (self, g_ptr_array_index (self->list, i - 1));
    return g_steal_pointer (&self);
}

/* --- writing ---------------------------------------------------------------------------------- */

static void
write_one (const NativeSnapshot *snapshot, GKeyFile *file)
{
    g_autofree char *group = g_strdup_printf (GROUP "%u", snapshot->id);

    g_key_file_set_string (file, group, "name", snapshot->name);
    g_key_file_set_string (file, group, "description", snapshot->description);
    g_key_file_set_int64 (file, group, "time", snapshot->time);
    g_key_file_set_integer (file, group, "parent", (int) snapshot->parent);
    g_key_file_set_boolean (file, group, "running", snapshot->running);
    g_key_file_set_boolean (file, group, "broken", snapshot->broken);
    if (snapshot->variables != NULL)
        g_key_file_set_string (file, group, "variables", snapshot->variables);
    for (guint i = 0; i < snapshot->disks->len; i++) {
        const NativeSnapshotDisk *disk = g_ptr_array_index (snapshot->disks, i);
        g_autofree char *key = g_strconcat (DISK, disk->target, NULL);
        g_autofree char *value = g_strdup_printf (
            "%s %s", vitrine_definition_format_to_string (disk->format), disk->path);

        g_key_file_set_string (file, group, key, value);
    }
}

gboolean
native_snapshots_write (const NativeSnapshots *self, const char *machines, const char *uuid,
                        GError **error)
{
    g_autofree char *folder = g_build_filename (machines, uuid, NULL);
    g_autofree char *path = g_build_filename (folder, NATIVE_SNAPSHOTS, NULL);
    g_autofree char *way = g_strconcat (path, ".new", NULL);
    g_autoptr (GKeyFile) file = g_key_file_new ();
    g_autofree char *text = NULL;

    if (self->list->len == 0 && self->pending->len == 0) {
        g_unlink (path);
        return native_store_sync (folder, error);
    }
    g_key_file_set_integer (file, ALL, "current", (int) self->current);
    g_key_file_set_integer (file, ALL, "last", (int) self->last);
    g_key_file_set_string_list (file, ALL, "pending", (const char *const *) self->pending->pdata,
                                self->pending->len);
    for (guint i = 0; i < self->list->len; i++)
        write_one (g_ptr_array_index (self->list, i), file);
    text = g_key_file_to_data (file, NULL, NULL);
    if (!native_store_write (way, text, error))
        return FALSE;
    if (rename (way, path) != 0)
        return native_store_refuse_errno (path, errno, error);
    return native_store_sync (folder, error);
}

/* --- files ------------------------------------------------------------------------------------ */

static gboolean
is_needed (const NativeSnapshots *self, const char *path, const char *name,
           const VitrineDefinition *definition)
{
    GPtrArray *devices = vitrine_definition_get_devices (definition);

    for (guint i = 0; i < devices->len; i++)
        if (g_strcmp0 (((VitrineDefinitionDevice *) g_ptr_array_index (devices, i))->source, path)
            == 0)
            return TRUE;
    for (guint i = 0; i < self->list->len; i++) {
        const NativeSnapshot *snapshot = g_ptr_array_index (self->list, i);

        if (g_strcmp0 (snapshot->variables, name) == 0)
            return TRUE;
        for (guint j = 0; j < snapshot->disks->len; j++)
            if (g_str_equal (((NativeSnapshotDisk *) g_ptr_array_index (snapshot->disks, j))->path,
                             path))
                return TRUE;
    }
    return FALSE;
}

void
native_snapshots_sweep (NativeSnapshots *self, const char *machines, const char *uuid,
                        const VitrineDefinition *definition)
{
    g_autoptr (GPtrArray) later = g_ptr_array_new_with_free_func (g_free);

    for (guint i = 0; i < self->pending->len; i++) {
        const char *entry = g_ptr_array_index (self->pending, i);
        gboolean merged = g_str_has_prefix (entry, NATIVE_SNAPSHOTS_MERGED);
        const char *name = merged ? entry + strlen (NATIVE_SNAPSHOTS_MERGED) : entry;
        g_autofree char *path = g_build_filename (machines, uuid, name, NULL);
        g_autofree char *user = NULL;

        if (!(merged ? is_image (name) : native_snapshots_is_own_name (name))
            || is_needed (self, path, name, definition))
            continue;
        if (native_store_probe_lock (path) != 0) { /* not ours to take away from who may run */
            g_ptr_array_add (later, g_strdup (entry));
            continue;
        }
        user = native_store_find_disk_user (machines, uuid, path, NULL);
        if (user == NULL)
            g_unlink (path);
    }
    g_ptr_array_unref (self->pending);
    self->pending = g_steal_pointer (&later);
}

int
native_snapshots_lock (const char *machines, const char *uuid, const char *name, GError **error)
{
    g_autofree char *path = g_build_filename (machines, uuid, NATIVE_SNAPSHOTS_LOCK, NULL);
    int fd = native_store_take_lock (path);

    if (fd == -EAGAIN)
        vitrine_refuse (error, VITRINE_ERROR_BUSY,
                        _ ("Another snapshot of “%s” is being made or deleted; wait for it"), name);
    else if (fd < 0)
        native_store_refuse_errno (path, -fd, error);
    return MAX (fd, -1);
}
