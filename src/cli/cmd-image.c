/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cmd-image.c - vitrinectl image: disk images, who uses them, and what is done to them. */
#include <glib/gi18n.h>
#include <stdio.h>
#include <string.h>

#include "cli.h"
#include "list.h"
#include "passphrase.h"

static char *format, *preallocation, *new_passphrase_file;

const GOptionEntry cmd_image_options[] = {
    { "format", 0, 0, G_OPTION_ARG_STRING, &format, N_ ("create, convert: what it is to be"),
      N_ ("FORMAT") },
    { "preallocation", 0, 0, G_OPTION_ARG_STRING, &preallocation,
      N_ ("create: space that is taken at once: off, metadata, falloc or full"), N_ ("HOW") },
    PASSPHRASE_OPTION,
    { "new-passphrase-file", 0, 0, G_OPTION_ARG_FILENAME, &new_passphrase_file,
      N_ ("convert: the passphrase of what is made, FILE's first line"), N_ ("FILE") },
    CLI_JSON_OPTION,
    { NULL },
};

static GPtrArray *
list_images (struct cli *cli, const char *path, GError **error)
{
    g_autoptr (GAsyncResult) result = NULL;

    vitrine_host_list_images_async (cli->host, path, cli->cancellable, cli_async_cb, &result);
    return vitrine_host_list_images_finish (cli->host, cli_await (&result), error);
}

static void
add_json (struct json *json, gconstpointer item)
{
    const VitrineImage *image = item;

    json_begin_object (json);
    json_member_string (json, "path", image->path);
    json_member_string (json, "format", image->format);
    json_member_uint (json, "size", image->size_bytes);
    json_member_uint (json, "used", image->used_bytes);
    json_key (json, "encrypted");
    json_boolean (json, vitrine_image_is_encrypted (image));
    json_member_string (json, "base", *image->base != '\0' ? image->base : NULL);
    json_key (json, "users");
    json_strv (json, (const char *const *) image->users);
    json_member_string (json, "contents", *image->contents != '\0' ? image->contents : NULL);
    json_member_string (json, "host_users", *image->host_users != '\0' ? image->host_users : NULL);
    json_key (json, "read_only");
    json_boolean (json, image->read_only);
    json_member_string (json, "problem", *image->problem != '\0' ? image->problem : NULL);
    json_end_object (json);
}

/* Those of the N TEXTS that are not empty. */
static char *
join (gsize n, const char *const *texts)
{
    GString *joined = g_string_new (NULL);

    for (gsize i = 0; i < n; i++)
        if (*texts[i] != '\0')
            g_string_append_printf (joined, "%s%s", joined->len > 0 ? "; " : "", texts[i]);
    return g_string_free (joined, FALSE);
}

static void
add_row (struct table *table, const VitrineImage *image, int depth)
{
    g_autofree char *size = cli_format_size (image->size_bytes);
    g_autofree char *used = cli_format_size (image->used_bytes);
    g_autofree char *users = g_strjoinv (", ", image->users);
    const char *const all[] = { users, image->host_users, image->contents,
                                vitrine_image_is_encrypted (image) ? _ ("encrypted") : "",
                                image->read_only ? _ ("may only be read") : "" };
    g_autofree char *notes = join (G_N_ELEMENTS (all), all);

    table_add_printf (table, "%*s%s", 2 * depth, "", image->path);
    table_add (table, image->format);
    table_add (table, image->size_bytes > 0 ? size : "-");
    table_add (table, used);
    table_add (table, *image->problem != '\0' ? image->problem : notes);
}

/* Those that are based on BASE, each followed by what is based on it. */
static void
add_tree (struct table *table, GPtrArray *images, const char *base, int depth)
{
    for (guint i = 0; i < images->len && depth <= (int) images->len; i++) {
        const VitrineImage *image = g_ptr_array_index (images, i);

        if (!g_str_equal (image->base, base))
            continue;
        add_row (table, image, depth);
        add_tree (table, images, image->path, depth + 1);
    }
}

/* PATH and what it is based on, or with NULL all. */
static int
show (struct cli *cli, const char *path)
{
    const char *const heads[] = { _ ("IMAGE"), _ ("FORMAT"), _ ("SIZE"), _ ("USED"), _ ("USERS") };
    g_autoptr (GError) error = NULL;
    g_autoptr (GPtrArray) images = list_images (cli, path, &error);
    struct table table;

    if (images == NULL)
        return cli_fail (error);
    if (cli_json) {
        list_print_json (&(struct list){ .add_json = add_json }, images);
        return CLI_OK;
    }
    table_init (&table, G_N_ELEMENTS (heads), heads);
    add_tree (&table, images, "", 0);
    table_print (&table);
    return CLI_OK;
}

/* --- volume groups ---------------------------------------------------------------------------- */

static void
add_group_json (struct json *json, gconstpointer item)
{
    const VitrineVolumeGroup *group = item;

    json_begin_object (json);
    json_member_string (json, "name", group->name);
    json_member_uint (json, "size", group->size_bytes);
    json_member_uint (json, "free", group->free_bytes);
    json_key (json, "pools");
    json_begin_array (json);
    for (guint i = 0; i < group->pools->len; i++) {
        const VitrineVolumePool *pool = g_ptr_array_index (group->pools, i);

        json_begin_object (json);
        json_member_string (json, "name", pool->name);
        json_member_uint (json, "size", pool->size_bytes);
        json_member_uint (json, "used", pool->used_bytes);
        json_end_object (json);
    }
    json_end_array (json);
    json_end_object (json);
}

static void
add_group_row (struct table *table, gconstpointer item)
{
    const VitrineVolumeGroup *group = item;
    g_autofree char *size = cli_format_size (group->size_bytes);
    g_autofree char *left = cli_format_size (group->free_bytes);
    g_autoptr (GString) pools = g_string_new (NULL);

    for (guint i = 0; i < group->pools->len; i++) {
        const VitrineVolumePool *pool = g_ptr_array_index (group->pools, i);

        g_string_append_printf (pools, "%s%s", i > 0 ? ", " : "", pool->name);
    }
    table_add (table, group->name);
    table_add (table, size);
    table_add (table, left);
    table_add (table, pools->str);
}

static int
show_groups (struct cli *cli)
{
    const char *const heads[] = { _ ("GROUP"), _ ("SIZE"), _ ("FREE"), _ ("THIN POOLS") };
    const struct list shown = { G_N_ELEMENTS (heads), heads, add_group_json, add_group_row };
    g_autoptr (GError) error = NULL;
    g_autoptr (GAsyncResult) result = NULL;
    g_autoptr (GPtrArray) groups = NULL;

    vitrine_host_list_volume_groups_async (cli->host, cli->cancellable, cli_async_cb, &result);
    groups = vitrine_host_list_volume_groups_finish (cli->host, cli_await (&result), &error);
    if (groups == NULL)
        return cli_fail (error);
    list_print (&shown, groups);
    return CLI_OK;
}

/* --- work ------------------------------------------------------------------------------------- */

static int
work (struct cli *cli, const VitrineImageJob *job)
{
    g_autoptr (GError) error = NULL;
    g_autoptr (GAsyncResult) result = NULL;
    gboolean done;

    vitrine_host_image_async (cli->host, job, cli_progress, NULL, cli->cancellable, cli_async_cb,
                              &result);
    done = vitrine_host_image_finish (cli->host, cli_await (&result), &error);
    cli_progress_end ();
    return done ? CLI_OK : cli_fail (error);
}

/* Whether PATH is there and encrypted. */
static gboolean
is_encrypted (struct cli *cli, const char *path)
{
    g_autoptr (GPtrArray) images = list_images (cli, path, NULL);

    return images != NULL && vitrine_image_is_encrypted (g_ptr_array_index (images, 0));
}

static VitrinePassphrase *
take_new (struct cli *cli, const VitrineImageJob *job, GError **error)
{
    gboolean is_copy = job->action == VITRINE_IMAGE_CONVERT;
    g_autoptr (GPtrArray) lines = NULL;

    if (!is_copy || new_passphrase_file == NULL)
        return passphrase_next (cli, is_copy ? job->target : job->path, TRUE, error);
    lines = vitrine_passphrase_read_file (new_passphrase_file, error);
    return lines != NULL ? vitrine_passphrase_ref (g_ptr_array_index (lines, 0)) : NULL;
}

/* Into JOB what it needs; FALSE with ERROR. */
static gboolean
add_passphrases (struct cli *cli, VitrineImageJob *job, GError **error)
{
    gboolean is_copy = job->action == VITRINE_IMAGE_CONVERT;
    gboolean makes = is_copy || job->action == VITRINE_IMAGE_CREATE;

    if (is_copy && is_encrypted (cli, job->path)
        && (job->passphrase = passphrase_next (cli, job->path, FALSE, error)) == NULL)
        return FALSE;
    return !makes || !g_str_equal (job->format, "luks")
           || (job->new_passphrase = take_new (cli, job, error)) != NULL;
}

static int
work_with_passphrases (struct cli *cli, VitrineImageJob *job)
{
    g_autoptr (GError) error = NULL;
    int status = add_passphrases (cli, job, &error) ? work (cli, job) : cli_fail (error);

    vitrine_passphrase_unref (job->passphrase);
    vitrine_passphrase_unref (job->new_passphrase);
    return status;
}

int
cmd_image (struct cli *cli, int argc, char **argv)
{
    static const struct {
        const char *verb;
        int n_arguments;
        const char *arguments;
    } verbs[] = {
        [VITRINE_IMAGE_CHECK] = { "check", 1, N_ ("FILE") },
        [VITRINE_IMAGE_GROW] = { "grow", 2, N_ ("FILE SIZE") },
        [VITRINE_IMAGE_CONVERT] = { "convert", 2, N_ ("FILE NEW") },
        [VITRINE_IMAGE_DELETE] = { "delete", 1, N_ ("FILE") },
        [VITRINE_IMAGE_CREATE] = { "create", 2, N_ ("FILE SIZE") },
    };
    g_autofree char *path = argc > 1 ? g_canonicalize_filename (argv[1], NULL) : NULL;
    g_autofree char *target = argc > 2 ? g_canonicalize_filename (argv[2], NULL) : NULL;
    VitrineImageJob job = { .path = path,
                            .target = target,
                            .format = format ? format : "qcow2",
                            .preallocation = preallocation };
    g_autoptr (GError) error = NULL;

    if (g_str_equal (argv[0], "list"))
        return argc == 1 ? show (cli, NULL) : cli_usage (_ ("Say “vitrinectl image list”"));
    if (g_str_equal (argv[0], "groups"))
        return argc == 1 ? show_groups (cli) : cli_usage (_ ("Say “vitrinectl image groups”"));
    if (g_str_equal (argv[0], "info"))
        return argc == 2 ? show (cli, strstr (argv[1], "://") != NULL ? argv[1] : path)
                         : cli_usage (_ ("Say “vitrinectl image info FILE”"));
    for (gsize i = 0; i < G_N_ELEMENTS (verbs); i++) {
        if (!g_str_equal (verbs[i].verb, argv[0]))
            continue;
        if (argc - 1 != verbs[i].n_arguments)
            return cli_usage (_ ("Say “vitrinectl image %s %s”"), argv[0], _ (verbs[i].arguments));
        job.action = (VitrineImageAction) i;
        if ((job.action == VITRINE_IMAGE_GROW || job.action == VITRINE_IMAGE_CREATE)
            && !vitrine_size_parse (argv[2], &job.size_bytes, &error))
            return cli_usage ("%s", error->message);
        return work_with_passphrases (cli, &job);
    }
    return cli_usage (
        _ ("“image %s” is nothing that can be done; say list, groups, info, create, check, "
           "grow, convert or delete"),
        argv[0]);
}
