/* SPDX-License-Identifier: GPL-2.0-or-later */
/* volume.c - LVM's logical volumes: what is the same whoever is asked for them. */
#include "volume-private.h"

#include <glib/gi18n-lib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#define DEV       "/dev/"
#define ID_PREFIX "LVM-"
#define UUID_LEN  32 /* of LVM's, without dashes */
#define NAME_MAX_ 127

/* --- groups ---------------------------------------------------------------------------------- */

static void
pool_free (gpointer data)
{
    VolumePool *pool = data;

    g_free (pool->name);
    g_free (pool);
}

VolumeGroup *
volume_group_new (const char *name, guint64 size_bytes, guint64 free_bytes, guint64 extent_bytes)
{
    VolumeGroup *group = g_new0 (VolumeGroup, 1);

    group->name = g_strdup (name);
    group->size_bytes = size_bytes;
    group->free_bytes = free_bytes;
    group->extent_bytes = MAX (extent_bytes, 1);
    group->pools = g_ptr_array_new_with_free_func (pool_free);
    return group;
}

void
volume_group_add_pool (VolumeGroup *group, const char *name, guint64 size_bytes, guint64 used_bytes)
{
    VolumePool *pool = g_new0 (VolumePool, 1);

    pool->name = g_strdup (name);
    pool->size_bytes = size_bytes;
    pool->used_bytes = used_bytes;
    g_ptr_array_add (group->pools, pool);
}

void
volume_group_free (VolumeGroup *group)
{
    if (!group)
        return;
    g_free (group->name);
    g_ptr_array_unref (group->pools);
    g_free (group);
}

VolumeGroup *
volume_find_group (GPtrArray *groups, const char *name)
{
    for (guint i = 0; i < groups->len; i++) {
        VolumeGroup *group = g_ptr_array_index (groups, i);

        if (g_str_equal (group->name, name))
            return group;
    }
    return NULL;
}

static gint
compare_groups (gconstpointer a, gconstpointer b)
{
    const VolumeGroup *one = *(VolumeGroup *const *) a, *other = *(VolumeGroup *const *) b;

    return strcmp (one->name, other->name);
}

GPtrArray *
volume_list_groups (GCancellable *cancellable, GError **error)
{
    GPtrArray *groups = volume_lvm_is_usable () ? volume_lvm_list_groups (cancellable, error)
                                                : volume_udisks_list_groups (cancellable, error);

    if (groups)
        g_ptr_array_sort (groups, compare_groups);
    return groups;
}

/* --- names ----------------------------------------------------------------------------------- */

/* lvm(8), "VALID NAMES". */
static gboolean
is_name (const char *name)
{
    static const char *const beginnings[] = { "snapshot", "pvmove", NULL };
    static const char *const parts[] = { "_cdata",   "_cmeta",   "_corig",  "_cpool",
                                         "_cvol",    "_mimage",  "_mlog",   "_rmeta",
                                         "_rimage",  "_tdata",   "_tmeta",  "_vdata",
                                         "_pmspare", "_vorigin", "_wcorig", NULL };

    if (*name == '\0' || *name == '-' || g_str_equal (name, ".") || g_str_equal (name, "..")
        || strlen (name) > NAME_MAX_)
        return FALSE;
    for (const char *p = name; *p; p++)
        if (!g_ascii_isalnum (*p) && !strchr ("+_.-", *p))
            return FALSE;
    for (gsize i = 0; beginnings[i]; i++)
        if (g_str_has_prefix (name, beginnings[i]))
            return FALSE;
    for (gsize i = 0; parts[i]; i++)
        if (strstr (name, parts[i]))
            return FALSE;
    return TRUE;
}

gboolean
volume_check_name (const char *name, GError **error)
{
    return is_name (name)
           || vitrine_refuse (
               error, VITRINE_ERROR_INVALID,
               _ ("“%s” cannot be the name of a logical volume or its group: letters, "
                  "digits and “+_.-” are, and not what LVM keeps for itself"),
               name);
}

char *
volume_make_path (const char *group, const char *name)
{
    return g_strdup_printf (DEV "%s/%s", group, name);
}

/* --- identity -------------------------------------------------------------------------------- */

char *
volume_dup_id (const char *path)
{
    g_autofree char *file = NULL, *id = NULL;
    struct stat st;

    if (stat (path, &st) != 0 || !S_ISBLK (st.st_mode))
        return NULL;
    file = g_strdup_printf ("/sys/dev/block/%u:%u/dm/uuid", major (st.st_rdev), minor (st.st_rdev));
    if (!g_file_get_contents (file, &id, NULL, NULL))
        return NULL;
    g_strstrip (id);
    if (!g_str_has_prefix (id, ID_PREFIX) || strlen (id) != strlen (ID_PREFIX) + 2 * UUID_LEN)
        return NULL;
    return g_steal_pointer (&id);
}

/* The group and name in "/dev/GROUP/NAME". */
static gboolean
split_path (const char *path, char **group, char **name, GError **error)
{
    const char *slash = g_str_has_prefix (path, DEV) ? strchr (path + strlen (DEV), '/') : NULL;

    if (!slash || !is_name (slash + 1))
        return vitrine_refuse (error, VITRINE_ERROR_INVALID, _ ("“%s” is not a logical volume"),
                               path);
    *group = g_strndup (path + strlen (DEV), (gsize) (slash - path) - strlen (DEV));
    *name = g_strdup (slash + 1);
    return TRUE;
}

/* --- making ---------------------------------------------------------------------------------- */

static guint64
round_up (guint64 bytes, guint64 unit)
{
    return (bytes + unit - 1) / unit * unit;
}

static gboolean
has_pool (const VolumeGroup *group, const char *name)
{
    for (guint i = 0; i < group->pools->len; i++)
        if (g_str_equal (((VolumePool *) g_ptr_array_index (group->pools, i))->name, name))
            return TRUE;
    return FALSE;
}

static gboolean
refuse_group (GPtrArray *groups, const char *name, GError **error)
{
    g_autoptr (GString) names = g_string_new (NULL);

    for (guint i = 0; i < groups->len; i++)
        g_string_append_printf (names, "%s%s", i > 0 ? ", " : "",
                                ((VolumeGroup *) g_ptr_array_index (groups, i))->name);
    if (groups->len == 0)
        return vitrine_refuse (error, VITRINE_ERROR_NOT_FOUND,
                               _ ("There is no volume group “%s”, nor any other; an administrator "
                                  "makes one with vgcreate"),
                               name);
    return vitrine_refuse (error, VITRINE_ERROR_NOT_FOUND,
                           _ ("There is no volume group “%s”; there are: %s"), name, names->str);
}

/* What PARAMS up to number N take of GROUP's space. */
static guint64
sum_up (const VolumeParams *params, guint n, const VolumeGroup *group)
{
    guint64 sum = 0;

    for (guint i = 0; i <= n; i++)
        if (!params[i].pool && g_str_equal (params[i].group, group->name))
            sum += round_up (params[i].size_bytes, group->extent_bytes);
    return sum;
}

static gboolean
check_one (const VolumeParams *params, guint index, GPtrArray *groups, GError **error)
{
    const VolumeParams *one = &params[index];
    const VolumeGroup *group = volume_find_group (groups, one->group);
    g_autofree char *path = volume_make_path (one->group, one->name);

    if (!group)
        return refuse_group (groups, one->group, error);
    if (one->pool && !has_pool (group, one->pool))
        return vitrine_refuse (error, VITRINE_ERROR_NOT_FOUND,
                               _ ("The volume group “%s” has no thin pool “%s”"), one->group,
                               one->pool);
    if (g_file_test (path, G_FILE_TEST_EXISTS))
        return vitrine_refuse (error, VITRINE_ERROR_EXISTS,
                               _ ("There is a logical volume “%s” already"), path);
    if (!one->pool && sum_up (params, index, group) > group->free_bytes) {
        g_autofree char *size = g_format_size_full (one->size_bytes, G_FORMAT_SIZE_IEC_UNITS);
        g_autofree char *left = g_format_size_full (group->free_bytes, G_FORMAT_SIZE_IEC_UNITS);

        return vitrine_refuse (
            error, VITRINE_ERROR_NO_SPACE,
            _ ("The volume group “%s” has no space for a disk of %s: %s are free"), group->name,
            size, left);
    }
    return TRUE;
}

gboolean
volume_check (const VolumeParams *params, guint n, GCancellable *cancellable, GError **error)
{
    g_autoptr (GPtrArray) groups = NULL;

    for (guint i = 0; i < n; i++)
        if (!volume_check_name (params[i].group, error)
            || !volume_check_name (params[i].name, error)
            || (params[i].pool && !volume_check_name (params[i].pool, error)))
            return FALSE;
    groups = volume_list_groups (cancellable, error);
    for (guint i = 0; groups && i < n; i++)
        if (!check_one (params, i, groups, error))
            return FALSE;
    return groups != NULL;
}

gboolean
volume_create (const VolumeParams *params, char **id, GCancellable *cancellable, GError **error)
{
    g_autofree char *path = volume_make_path (params->group, params->name);
    gboolean made;

    *id = NULL;
    if (!volume_check (params, 1, cancellable, error))
        return FALSE;
    made = volume_lvm_is_usable () ? volume_lvm_create (params, cancellable, error)
                                   : volume_udisks_create (params, cancellable, error);
    if (!made)
        return FALSE;
    *id = volume_dup_id (path);
    if (*id && access (path, R_OK | W_OK) == 0)
        return TRUE;
    if (*id)
        volume_remove (path, *id, NULL);
    else if (!volume_lvm_is_usable ())
        volume_udisks_remove (params->group, params->name, NULL);
    if (!*id)
        return vitrine_refuse (error, VITRINE_ERROR_ENGINE,
                               _ ("The logical volume “%s” was made and does not appear"), path);
    g_clear_pointer (id, g_free);
    return vitrine_refuse (error, VITRINE_ERROR_DENIED,
                           _ ("You may make the logical volume “%s”, but not open it, so it was "
                              "removed again; become a member of the group “disk” to use volumes"),
                           path);
}

gboolean
volume_remove (const char *path, const char *id, GError **error)
{
    g_autofree char *now = volume_dup_id (path);
    g_autofree char *group = NULL, *name = NULL;
    GError *local = NULL;

    if (!now && !g_file_test (path, G_FILE_TEST_EXISTS))
        return TRUE;
    if (g_strcmp0 (now, id) != 0)
        return vitrine_refuse (error, VITRINE_ERROR_DENIED,
                               _ ("“%s” is another volume now than the one that was made"), path);
    if (!split_path (path, &group, &name, error))
        return FALSE;
    if (volume_lvm_is_usable ())
        return volume_lvm_remove (group, id, error);
    if (volume_udisks_remove (group, name, &local))
        return TRUE;
    /* It may complain of what it waited for in vain afterwards. */
    if (!g_file_test (path, G_FILE_TEST_EXISTS)) {
        g_error_free (local);
        return TRUE;
    }
    g_propagate_error (error, local);
    return FALSE;
}
