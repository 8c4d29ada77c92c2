/* SPDX-License-Identifier: GPL-2.0-or-later */
/* volume-lvm.c - lvm2's programs, as root.  Arguments are arguments: no shell sees them. */
#include "volume-private.h"

#include <glib/gi18n-lib.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#define SEPARATOR "/" /* no name has one */

/* On each volume that was made here, for who looks through them with lvs. */
#define TAG "vitrine"

gboolean
volume_lvm_is_usable (void)
{
    g_autofree char *program = geteuid () == 0 ? g_find_program_in_path ("lvcreate") : NULL;

    return program != NULL;
}

/* Its complaints in one line, without indentation, the last of what it says first. */
static void
set_complaint (const char *complaint, GError **error)
{
    g_autofree char *text = g_utf8_make_valid (complaint ? complaint : "", -1);
    VitrineError code = VITRINE_ERROR_ENGINE;

    g_strstrip (g_strdelimit (text, "\n", ' '));
    if (strstr (text, "already exists"))
        code = VITRINE_ERROR_EXISTS;
    else if (strstr (text, "insufficient") || strstr (text, "Insufficient"))
        code = VITRINE_ERROR_NO_SPACE;
    else if (strstr (text, "not found"))
        code = VITRINE_ERROR_NOT_FOUND;
    else if (strstr (text, "in use"))
        code = VITRINE_ERROR_BUSY;
    vitrine_refuse (error, code, _ ("LVM says: %s"), *text ? text : _ ("its program ended"));
}

/* What ARGV prints, or NULL. */
static char *
run (const char *const *argv, GCancellable *cancellable, GError **error)
{
    g_autoptr (GSubprocessLauncher) launcher =
        g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDERR_PIPE);
    g_autoptr (GSubprocess) process = NULL;
    g_autofree char *answer = NULL, *complaint = NULL;

    g_subprocess_launcher_setenv (launcher, "LC_ALL", "C.UTF-8", TRUE);
    g_subprocess_launcher_setenv (launcher, "LVM_SUPPRESS_FD_WARNINGS", "1", TRUE);
    process = g_subprocess_launcher_spawnv (launcher, argv, error);
    /* Once it is at it, it is waited for: half of what it does is of no use to anybody. */
    if (!process || g_cancellable_set_error_if_cancelled (cancellable, error)
        || !g_subprocess_communicate_utf8 (process, NULL, NULL, &answer, &complaint, error))
        return NULL;
    if (g_subprocess_get_successful (process))
        return g_steal_pointer (&answer);
    set_complaint (complaint, error);
    return NULL;
}

/* The fields of each line of ANSWER that has N of them; of GStrv. */
static GPtrArray *
split_answer (const char *answer, guint n)
{
    GPtrArray *rows = g_ptr_array_new_with_free_func ((GDestroyNotify) g_strfreev);
    g_auto (GStrv) lines = g_strsplit (answer, "\n", -1);

    for (guint i = 0; lines[i]; i++) {
        char **fields = g_strsplit (g_strstrip (lines[i]), SEPARATOR, -1);

        if (g_strv_length (fields) == n)
            g_ptr_array_add (rows, fields);
        else
            g_strfreev (fields);
    }
    return rows;
}

static gboolean
add_pools (GPtrArray *groups, GCancellable *cancellable, GError **error)
{
    const char *const argv[] = { "lvs",
                                 "--noheadings",
                                 "--nosuffix",
                                 "--units",
                                 "b",
                                 "--separator",
                                 SEPARATOR,
                                 "--select",
                                 "segtype=thin-pool",
                                 "--options",
                                 "vg_name,lv_name,lv_size,data_percent",
                                 NULL };
    g_autofree char *answer = run (argv, cancellable, error);
    g_autoptr (GPtrArray) rows = NULL;

    if (!answer)
        return FALSE;
    rows = split_answer (answer, 4);
    for (guint i = 0; i < rows->len; i++) {
        char **fields = g_ptr_array_index (rows, i);
        VolumeGroup *group = volume_find_group (groups, fields[0]);
        guint64 size_bytes = g_ascii_strtoull (fields[2], NULL, 10);

        if (group)
            volume_group_add_pool (
                group, fields[1], size_bytes,
                (guint64) ((double) size_bytes * g_ascii_strtod (fields[3], NULL) / 100));
    }
    return TRUE;
}

GPtrArray *
volume_lvm_list_groups (GCancellable *cancellable, GError **error)
{
    const char *const argv[] = { "vgs",
                                 "--noheadings",
                                 "--nosuffix",
                                 "--units",
                                 "b",
                                 "--separator",
                                 SEPARATOR,
                                 "--options",
                                 "vg_name,vg_size,vg_free,vg_extent_size",
                                 NULL };
    g_autofree char *answer = run (argv, cancellable, error);
    g_autoptr (GPtrArray) rows = NULL;
    g_autoptr (GPtrArray) groups = NULL;

    if (!answer)
        return NULL;
    rows = split_answer (answer, 4);
    groups = g_ptr_array_new_with_free_func ((GDestroyNotify) volume_group_free);
    for (guint i = 0; i < rows->len; i++) {
        char **fields = g_ptr_array_index (rows, i);

        g_ptr_array_add (groups,
                         volume_group_new (fields[0], g_ascii_strtoull (fields[1], NULL, 10),
                                           g_ascii_strtoull (fields[2], NULL, 10),
                                           g_ascii_strtoull (fields[3], NULL, 10)));
    }
    return add_pools (groups, cancellable, error) ? g_steal_pointer (&groups) : NULL;
}

/* What earlier owners of the space left at its head (file systems, partition tables) is wiped, so that the guest finds
 * an empty disk. */
gboolean
volume_lvm_create (const VolumeParams *params, GCancellable *cancellable, GError **error)
{
    g_autofree char *size = g_strdup_printf ("%" PRIu64 "b", params->size_bytes);
    g_autofree char *pool =
        params->pool ? g_strdup_printf ("%s/%s", params->group, params->pool) : NULL;
    const char *const thick[] = { "lvcreate",   "--yes",       "--quiet", "--wipesignatures",
                                  "y",          "--zero",      "y",       "--addtag",
                                  TAG,          "--size",      size,      "--name",
                                  params->name, params->group, NULL };
    const char *const thin[] = { "lvcreate",      "--yes", "--quiet", "--addtag",   TAG,  "--thin",
                                 "--virtualsize", size,    "--name",  params->name, pool, NULL };
    g_autofree char *answer = run (pool ? thin : thick, cancellable, error);

    return answer != NULL;
}

/* "LVM-" and two identifiers without dashes: the group's and the volume's, which has them like 6-4-4-4-4-4-6. */
static char *
dup_lv_uuid (const char *id)
{
    static const guint parts[] = { 6, 4, 4, 4, 4, 4, 6 };
    GString *uuid = g_string_new (NULL);
    const char *at = id + strlen ("LVM-") + 32;

    for (gsize i = 0; i < G_N_ELEMENTS (parts); at += parts[i++]) {
        if (i > 0)
            g_string_append_c (uuid, '-');
        g_string_append_len (uuid, at, parts[i]);
    }
    return g_string_free (uuid, FALSE);
}

/* By its identifier, so that whoever has the name by now keeps what is his. */
gboolean
volume_lvm_remove (const char *group, const char *id, GError **error)
{
    g_autofree char *uuid = dup_lv_uuid (id);
    g_autofree char *select = g_strdup_printf ("lv_uuid=%s", uuid);
    const char *const argv[] = { "lvremove", "--yes", "--quiet", "--select", select, group, NULL };
    g_autofree char *answer = run (argv, NULL, error);

    return answer != NULL;
}
