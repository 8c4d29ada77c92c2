/* SPDX-License-Identifier: GPL-2.0-or-later */
/* fake-storage.c - the storage pools of a fake host, and what is in them. */
#include "fake-storage.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "vitrine-error.h"
#include "vitrine-private.h"
#include "vitrine-xml-private.h"

#define GIB (G_GUINT64_CONSTANT (1) << 30)

struct _FakeStorage {
    FakeFaults *faults;
    GPtrArray *pools;    /* of VitrinePoolInfo */
    GHashTable *volumes; /* by a pool's name: GPtrArray of VitrineVolumeInfo */
};

typedef struct {
    FakeStorage *storage;
    VitrineResourceRequest *request;
} Asking;

static void
asking_free (gpointer data)
{
    Asking *asking = data;

    vitrine_resource_request_free (asking->request);
    g_free (asking);
}

/* --- what there is ---------------------------------------------------------------------------- */

static GPtrArray *
new_pools (void)
{
    return g_ptr_array_new_with_free_func ((GDestroyNotify) vitrine_pool_info_free);
}

static GPtrArray *
new_volumes (void)
{
    return g_ptr_array_new_with_free_func ((GDestroyNotify) vitrine_volume_info_free);
}

static VitrinePoolInfo *
read_pool (GKeyFile *file, const char *group)
{
    VitrinePoolInfo *info = g_new0 (VitrinePoolInfo, 1);

    info->name = g_strdup (group + strlen ("pool "));
    info->type = fake_dup_key (file, group, "type");
    info->path = fake_dup_key (file, group, "path");
    info->source = fake_dup_key (file, group, "source");
    info->is_active = g_key_file_get_boolean (file, group, "active", NULL);
    info->autostart = g_key_file_get_boolean (file, group, "autostart", NULL);
    info->capacity_bytes = g_key_file_get_uint64 (file, group, "capacity-gib", NULL) * GIB;
    info->allocation_bytes = g_key_file_get_uint64 (file, group, "allocation-gib", NULL) * GIB;
    info->available_bytes = info->capacity_bytes - MIN (info->capacity_bytes, info->allocation_bytes);
    return info;
}

static VitrineVolumeInfo *
read_volume (GKeyFile *file, const char *group, const char *name)
{
    VitrineVolumeInfo *info = g_new0 (VitrineVolumeInfo, 1);

    info->name = g_strdup (name);
    info->path = g_strconcat ("/pool/", group + strlen ("volume "), NULL);
    info->format = fake_dup_key (file, group, "format");
    info->backing = fake_dup_key (file, group, "backing");
    info->users = g_key_file_get_string_list (file, group, "users", NULL, NULL);
    info->users = info->users != NULL ? info->users : g_new0 (char *, 1);
    info->in_use = g_key_file_get_boolean (file, group, "in-use", NULL);
    info->capacity_bytes = g_key_file_get_uint64 (file, group, "capacity-gib", NULL) * GIB;
    info->allocation_bytes = g_key_file_get_uint64 (file, group, "allocation-gib", NULL) * GIB;
    return info;
}

static VitrinePoolInfo *
copy_pool (const VitrinePoolInfo *info)
{
    VitrinePoolInfo *copy = g_memdup2 (info, sizeof *info);

    copy->name = g_strdup (info->name);
    copy->type = g_strdup (info->type);
    copy->path = g_strdup (info->path);
    copy->source = g_strdup (info->source);
    if (!info->is_active)
        copy->capacity_bytes = copy->allocation_bytes = copy->available_bytes = 0;
    return copy;
}

static VitrineVolumeInfo *
copy_volume (const VitrineVolumeInfo *info)
{
    VitrineVolumeInfo *copy = g_memdup2 (info, sizeof *info);

    copy->name = g_strdup (info->name);
    copy->path = g_strdup (info->path);
    copy->format = g_strdup (info->format);
    copy->backing = g_strdup (info->backing);
    copy->users = g_strdupv (info->users);
    return copy;
}

static GPtrArray *
get_volumes (FakeStorage *self, const char *pool)
{
    GPtrArray *volumes = g_hash_table_lookup (self->volumes, pool);

    if (volumes == NULL) {
        volumes = new_volumes ();
        g_hash_table_insert (self->volumes, g_strdup (pool), volumes);
    }
    return volumes;
}

FakeStorage *
fake_storage_new (GKeyFile *file, FakeFaults *faults)
{
    FakeStorage *self = g_new0 (FakeStorage, 1);
    g_auto (GStrv) groups = g_key_file_get_groups (file, NULL);

    self->faults = fake_faults_ref (faults);
    self->pools = new_pools ();
    self->volumes =
        g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) g_ptr_array_unref);
    for (guint i = 0; groups[i] != NULL; i++) {
        const char *rest = groups[i] + strlen ("volume ");

        if (g_str_has_prefix (groups[i], "pool "))
            g_ptr_array_add (self->pools, read_pool (file, groups[i]));
        if (g_str_has_prefix (groups[i], "volume ") && strchr (rest, '/') != NULL) {
            g_autofree char *pool = g_strndup (rest, strchr (rest, '/') - rest);

            g_ptr_array_add (get_volumes (self, pool),
                             read_volume (file, groups[i], strchr (rest, '/') + 1));
        }
    }
    return self;
}

void
fake_storage_free (FakeStorage *self)
{
    if (self == NULL)
        return;
    fake_faults_unref (self->faults);
    g_ptr_array_unref (self->pools);
    g_hash_table_unref (self->volumes);
    g_free (self);
}

static VitrinePoolInfo *
find_pool (FakeStorage *self, const char *name, GError **error)
{
    for (guint i = 0; i < self->pools->len; i++) {
        VitrinePoolInfo *info = g_ptr_array_index (self->pools, i);

        if (g_strcmp0 (info->name, name) == 0)
            return info;
    }
    vitrine_refuse (error, VITRINE_ERROR_NOT_FOUND, "There is no pool “%s”", name);
    return NULL;
}

static VitrineVolumeInfo *
find_volume (FakeStorage *self, const char *pool, const char *name, GError **error)
{
    GPtrArray *volumes = get_volumes (self, pool);

    for (guint i = 0; i < volumes->len; i++) {
        VitrineVolumeInfo *info = g_ptr_array_index (volumes, i);

        if (g_strcmp0 (info->name, name) == 0)
            return info;
    }
    vitrine_refuse (error, VITRINE_ERROR_NOT_FOUND, "There is no volume “%s”", name);
    return NULL;
}

static GPtrArray *
list (FakeStorage *self, const VitrineResourceRequest *request, GError **error)
{
    gboolean pools = request->kind == VITRINE_RESOURCE_POOL;
    const VitrinePoolInfo *parent = pools ? NULL : find_pool (self, request->parent, error);
    GPtrArray *all = pools ? self->pools : get_volumes (self, request->parent);
    g_autoptr (GPtrArray) found = pools ? new_pools () : new_volumes ();

    if (!pools && parent == NULL)
        return NULL;
    if (!pools && !parent->is_active) {
        vitrine_refuse (error, VITRINE_ERROR_BUSY, "The pool “%s” is not started", parent->name);
        return NULL;
    }
    if (request->name != NULL
        && (pools ? (gconstpointer) find_pool (self, request->name, error)
                  : find_volume (self, request->parent, request->name, error))
               == NULL)
        return NULL;
    for (guint i = 0; i < all->len; i++) {
        gconstpointer info = g_ptr_array_index (all, i);
        const char *name = pools ? ((const VitrinePoolInfo *) info)->name
                                 : ((const VitrineVolumeInfo *) info)->name;

        if (request->name == NULL || g_str_equal (name, request->name))
            g_ptr_array_add (found, pools ? (gpointer) copy_pool (info) : copy_volume (info));
    }
    return g_steal_pointer (&found);
}

/* --- pools ------------------------------------------------------------------------------------ */

static gboolean
define_pool (FakeStorage *self, const char *xml, GError **error)
{
    g_autoptr (VitrineXml) document = vitrine_xml_parse (xml, error);
    VitrineXml *root = document != NULL ? vitrine_xml_get_root (document) : NULL;
    g_autofree char *name = vitrine_xml_dup (root, "name");
    VitrinePoolInfo *info;

    if (root == NULL)
        return FALSE;
    if (find_pool (self, name, NULL) != NULL)
        return vitrine_refuse (error, VITRINE_ERROR_EXISTS, "There is a pool “%s” already", name);
    info = g_new0 (VitrinePoolInfo, 1);
    info->name = g_steal_pointer (&name);
    info->type = g_strdup (vitrine_xml_get_attribute (root, "type"));
    info->path = vitrine_xml_dup (root, "target/path");
    info->path = info->path != NULL ? info->path : g_strdup ("");
    info->source = vitrine_xml_dup (root, "source/host/@name");
    info->source = info->source != NULL ? info->source : g_strdup ("");
    info->capacity_bytes = info->available_bytes = 100 * GIB;
    g_ptr_array_add (self->pools, info);
    return TRUE;
}

static gboolean
delete_pool (FakeStorage *self, const VitrineResourceRequest *request, VitrinePoolInfo *info,
             GError **error)
{
    GPtrArray *volumes = get_volumes (self, info->name);

    if (info->is_active != request->with_volumes)
        return vitrine_refuse (error, VITRINE_ERROR_BUSY, "The pool “%s” is started; stop it first",
                               info->name);
    for (guint i = 0; request->with_volumes && i < volumes->len; i++) {
        const VitrineVolumeInfo *volume = g_ptr_array_index (volumes, i);

        if (volume->users[0] != NULL)
            return vitrine_refuse (error, VITRINE_ERROR_BUSY, "“%s” stays: it is a disk of “%s”",
                                   volume->name, volume->users[0]);
    }
    g_hash_table_remove (self->volumes, info->name);
    g_ptr_array_remove (self->pools, info);
    return TRUE;
}

static gboolean
change_pool (FakeStorage *self, const VitrineResourceRequest *request, GError **error)
{
    VitrinePoolInfo *info;

    if (request->action == VITRINE_RESOURCE_DEFINE)
        return define_pool (self, request->xml, error);
    info = find_pool (self, request->name, error);
    if (info == NULL)
        return FALSE;
    switch (request->action) {
    case VITRINE_RESOURCE_START:
        info->is_active = TRUE;
        return TRUE;
    case VITRINE_RESOURCE_STOP:
        info->is_active = FALSE;
        return TRUE;
    case VITRINE_RESOURCE_AUTOSTART:
    case VITRINE_RESOURCE_NO_AUTOSTART:
        info->autostart = request->action == VITRINE_RESOURCE_AUTOSTART;
        return TRUE;
    case VITRINE_RESOURCE_REFRESH:
    case VITRINE_RESOURCE_BUILD:
        return TRUE;
    case VITRINE_RESOURCE_DELETE:
        return delete_pool (self, request, info, error);
    default:
        return vitrine_refuse (error, VITRINE_ERROR_UNSUPPORTED, "This host only pretends");
    }
}

/* --- volumes ---------------------------------------------------------------------------------- */

static guint64
read_number (VitrineXml *root, const char *way)
{
    g_autofree char *text = vitrine_xml_dup (root, way);

    return text != NULL ? g_ascii_strtoull (text, NULL, 10) : 0;
}

static gboolean
add_volume (FakeStorage *self, const char *pool, VitrineVolumeInfo *info, GError **error)
{
    if (find_volume (self, pool, info->name, NULL) != NULL) {
        vitrine_refuse (error, VITRINE_ERROR_EXISTS, "There is a volume “%s” already", info->name);
        vitrine_volume_info_free (info);
        return FALSE;
    }
    g_ptr_array_add (get_volumes (self, pool), info);
    return TRUE;
}

static gboolean
define_volume (FakeStorage *self, const VitrineResourceRequest *request, GError **error)
{
    g_autoptr (VitrineXml) document = vitrine_xml_parse (request->xml, error);
    VitrineXml *root = document != NULL ? vitrine_xml_get_root (document) : NULL;
    VitrineVolumeInfo *info;

    if (root == NULL)
        return FALSE;
    info = g_new0 (VitrineVolumeInfo, 1);
    info->name = vitrine_xml_dup (root, "name");
    info->path = g_strdup_printf ("/pool/%s/%s", request->parent, info->name);
    info->format = vitrine_xml_dup (root, "target/format/@type");
    info->format = info->format != NULL ? info->format : g_strdup ("raw");
    info->backing = vitrine_xml_dup (root, "backingStore/path");
    info->backing = info->backing != NULL ? info->backing : g_strdup ("");
    info->users = g_new0 (char *, 1);
    info->capacity_bytes = read_number (root, "capacity");
    info->allocation_bytes = read_number (root, "allocation");
    return add_volume (self, request->parent, info, error);
}

static gboolean
delete_volume (FakeStorage *self, const VitrineResourceRequest *request,
               const VitrineVolumeInfo *info, GError **error)
{
    if (info->users[0] != NULL)
        return vitrine_refuse (error, VITRINE_ERROR_BUSY, "“%s” stays: it is a disk of “%s”",
                               info->name, info->users[0]);
    g_ptr_array_remove (get_volumes (self, request->parent), (gpointer) info);
    return TRUE;
}

static gboolean
clone_volume (FakeStorage *self, const VitrineResourceRequest *request,
              const VitrineVolumeInfo *info, GError **error)
{
    VitrineVolumeInfo *clone = copy_volume (info);

    g_free (clone->name);
    g_strfreev (clone->users);
    clone->name = g_strdup (request->new_name);
    clone->users = g_new0 (char *, 1);
    clone->in_use = FALSE;
    return add_volume (self, request->parent, clone, error);
}

static gboolean
change_volume (FakeStorage *self, const VitrineResourceRequest *request, GError **error)
{
    VitrineVolumeInfo *info;

    if (find_pool (self, request->parent, error) == NULL)
        return FALSE;
    if (request->action == VITRINE_RESOURCE_DEFINE)
        return define_volume (self, request, error);
    info = find_volume (self, request->parent, request->name, error);
    if (info == NULL)
        return FALSE;
    switch (request->action) {
    case VITRINE_RESOURCE_RESIZE:
        if (request->size_bytes < info->capacity_bytes)
            return vitrine_refuse (error, VITRINE_ERROR_INVALID, "“%s” can only grow", info->name);
        info->capacity_bytes = request->size_bytes;
        return TRUE;
    case VITRINE_RESOURCE_CLONE:
        return clone_volume (self, request, info, error);
    case VITRINE_RESOURCE_DELETE:
        return delete_volume (self, request, info, error);
    default:
        return vitrine_refuse (error, VITRINE_ERROR_UNSUPPORTED, "This host only pretends");
    }
}

/* --- asking ----------------------------------------------------------------------------------- */

static void
answer (GTask *task)
{
    const Asking *asking = g_task_get_task_data (task);
    const VitrineResourceRequest *request = asking->request;
    GError *error = NULL;
    GPtrArray *found = NULL;
    gboolean done = FALSE;

    if (request->action == VITRINE_RESOURCE_LIST)
        found = list (asking->storage, request, &error);
    else if (request->kind == VITRINE_RESOURCE_POOL)
        done = change_pool (asking->storage, request, &error);
    else
        done = change_volume (asking->storage, request, &error);
    if (found != NULL)
        g_task_return_pointer (task, found, (GDestroyNotify) g_ptr_array_unref);
    else if (done)
        g_task_return_boolean (task, TRUE);
    else
        g_task_return_error (task, error);
}

void
fake_storage_ask_async (FakeStorage *self, VitrineHost *host, const VitrineResourceRequest *request,
                        GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data)
{
    static const char *const verbs[] = {
        [VITRINE_RESOURCE_LIST] = "list",       [VITRINE_RESOURCE_DUMP] = "dump",
        [VITRINE_RESOURCE_DEFINE] = "define",   [VITRINE_RESOURCE_REPLACE] = "define",
        [VITRINE_RESOURCE_START] = "start",     [VITRINE_RESOURCE_STOP] = "stop",
        [VITRINE_RESOURCE_AUTOSTART] = "autostart",
        [VITRINE_RESOURCE_NO_AUTOSTART] = "autostart",
        [VITRINE_RESOURCE_DELETE] = "delete",   [VITRINE_RESOURCE_RESIZE] = "resize",
        [VITRINE_RESOURCE_REFRESH] = "refresh", [VITRINE_RESOURCE_BUILD] = "build",
        [VITRINE_RESOURCE_CLONE] = "clone",
    };
    g_autofree char *op =
        g_strdup_printf ("%s-%s", request->kind == VITRINE_RESOURCE_POOL ? "pool" : "volume",
                         verbs[request->action]);
    GTask *task = g_task_new (host, cancellable, callback, user_data);
    Asking *asking = g_new0 (Asking, 1);

    asking->storage = self;
    asking->request = vitrine_resource_request_copy (request);
    g_task_set_task_data (task, asking, asking_free);
    fake_faults_report (task, request->progress, request->progress_data);
    /* It is looked at later. */
    fake_faults_run (self->faults, NULL, g_intern_string (op), task, answer, NULL);
}
