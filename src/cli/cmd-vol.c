/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cmd-vol.c - vitrinectl vol: the images in a libvirt host's storage pools. */
#include <glib/gi18n.h>
#include <stdio.h>

#include "cli.h"
#include "list.h"

static char *format, *allocation, *backing;

const GOptionEntry cmd_vol_options[] = {
    CLI_JSON_OPTION,
    { "format", 0, 0, G_OPTION_ARG_STRING, &format,
      N_ ("create: raw, qcow2, …; what the pool usually has when it is left out"), N_ ("FORMAT") },
    { "allocation", 0, 0, G_OPTION_ARG_STRING, &allocation,
      N_ ("create: how much of it is taken at once; none when it is left out"), N_ ("SIZE") },
    { "backing", 0, 0, G_OPTION_ARG_STRING, &backing,
      N_ ("create: the volume of the pool that it is based on"), N_ ("VOLUME") },
    { NULL },
};

/* --- showing ---------------------------------------------------------------------------------- */

static void
add_json (struct json *json, gconstpointer item)
{
    const VitrineVolumeInfo *info = item;

    json_begin_object (json);
    json_member_string (json, "name", info->name);
    json_member_string (json, "path", info->path);
    json_member_string (json, "format", info->format);
    json_key (json, "capacity_bytes");
    json_int (json, (gint64) info->capacity_bytes);
    json_key (json, "allocation_bytes");
    json_int (json, (gint64) info->allocation_bytes);
    json_member_string (json, "backing", info->backing);
    json_key (json, "machines");
    json_strv (json, (const char *const *) info->users);
    json_end_object (json);
}

static void
add_row (struct table *table, gconstpointer item)
{
    const VitrineVolumeInfo *info = item;
    g_autofree char *capacity = cli_format_size (info->capacity_bytes);
    g_autofree char *taken = cli_format_size (info->allocation_bytes);
    g_autofree char *users = g_strjoinv (", ", info->users);

    table_add (table, info->name);
    table_add (table, info->format);
    table_add (table, capacity);
    table_add (table, taken);
    table_add (table, users);
    table_add (table, info->path);
}

static int
vol_list (struct cli *cli, char **argv)
{
    const char *const heads[] = { _ ("NAME"),        _ ("FORMAT"),   _ ("SIZE"),
                                  _ ("ON THE HOST"), _ ("MACHINES"), _ ("PATH") };
    const VitrineResourceRequest request = { .kind = VITRINE_RESOURCE_VOLUME,
                                             .parent = argv[0],
                                             .name = argv[1] };
    const struct list shown = { G_N_ELEMENTS (heads), heads, add_json, add_row };

    return list_print_resources (&shown, cli, &request);
}

static int
vol_dumpxml (struct cli *cli, char **argv)
{
    const VitrineResourceRequest request = { .kind = VITRINE_RESOURCE_VOLUME,
                                             .action = VITRINE_RESOURCE_DUMP,
                                             .parent = argv[0],
                                             .name = argv[1] };
    g_autoptr (GError) error = NULL;
    g_autofree char *xml = cli_dump_resource (cli, &request, &error);

    return cli_print_xml (xml, error);
}

/* --- changing --------------------------------------------------------------------------------- */

static int
change (struct cli *cli, VitrineResourceRequest request)
{
    g_autoptr (GError) error = NULL;
    gboolean done;

    request.kind = VITRINE_RESOURCE_VOLUME;
    request.progress = cli_progress;
    done = cli_ask_resource (cli, &request, &error);
    cli_progress_end ();
    return done ? CLI_OK : cli_fail (error);
}

/* The volume BACKING of POOL, of which SPEC gets what it needs to know.  (transfer full) */
static GPtrArray *
find_backing (struct cli *cli, const char *pool, VitrineVolumeSpec *spec, GError **error)
{
    const VitrineResourceRequest request = { .kind = VITRINE_RESOURCE_VOLUME,
                                             .parent = pool,
                                             .name = backing };
    GPtrArray *found = cli_list_resources (cli, &request, error);
    const VitrineVolumeInfo *info = found != NULL ? g_ptr_array_index (found, 0) : NULL;

    if (info == NULL)
        return NULL;
    spec->backing = info->path;
    spec->backing_format = info->format;
    if (spec->format == NULL)
        spec->format = "qcow2";
    return found;
}

static int
vol_create (struct cli *cli, char **argv)
{
    VitrineVolumeSpec spec = { .name = argv[1], .format = format };
    g_autoptr (GError) error = NULL;
    g_autoptr (GPtrArray) found = NULL;
    g_autofree char *xml = NULL;

    if (argv[2] == NULL && backing == NULL)
        return cli_usage (_ ("Say “vitrinectl vol %s %s”"), "create", "POOL VOLUME SIZE");
    if ((argv[2] != NULL && !vitrine_size_parse (argv[2], &spec.size_bytes, &error))
        || (allocation != NULL && !vitrine_size_parse (allocation, &spec.allocation_bytes, &error)))
        return cli_usage ("%s", error->message);
    if (backing != NULL) {
        found = find_backing (cli, argv[0], &spec, &error);
        if (found == NULL)
            return cli_fail (error);
    }
    xml = vitrine_volume_spec_to_xml (&spec, &error);
    if (xml == NULL)
        return cli_fail (error);
    return change (cli, (VitrineResourceRequest){ .action = VITRINE_RESOURCE_DEFINE,
                                                  .parent = argv[0],
                                                  .name = argv[1],
                                                  .xml = xml });
}

static int
vol_clone (struct cli *cli, char **argv)
{
    g_autoptr (GError) error = NULL;

    if (!vitrine_volume_check_name (argv[2], &error))
        return cli_usage ("%s", error->message);
    return change (cli, (VitrineResourceRequest){ .action = VITRINE_RESOURCE_CLONE,
                                                  .parent = argv[0],
                                                  .name = argv[1],
                                                  .new_name = argv[2] });
}

static int
vol_delete (struct cli *cli, char **argv)
{
    return change (cli, (VitrineResourceRequest){ .action = VITRINE_RESOURCE_DELETE,
                                                  .parent = argv[0],
                                                  .name = argv[1] });
}

static int
vol_resize (struct cli *cli, char **argv)
{
    g_autoptr (GError) error = NULL;
    guint64 size;

    if (!vitrine_size_parse (argv[2], &size, &error))
        return cli_usage ("%s", error->message);
    return change (cli, (VitrineResourceRequest){ .action = VITRINE_RESOURCE_RESIZE,
                                                  .parent = argv[0],
                                                  .name = argv[1],
                                                  .size_bytes = size });
}

int
cmd_vol (struct cli *cli, int argc, char **argv)
{
    static const struct {
        const char *verb, *arguments;
        int min, max;                              /* of them */
        int (*run) (struct cli *cli, char **argv); /* what follows the verb */
    } verbs[] = {
        { "list", "POOL", 1, 1, vol_list },
        { "info", "POOL VOLUME", 2, 2, vol_list },
        { "create", "POOL VOLUME SIZE", 2, 3, vol_create },
        { "resize", "POOL VOLUME SIZE", 3, 3, vol_resize },
        { "clone", "POOL VOLUME NAME", 3, 3, vol_clone },
        { "dumpxml", "POOL VOLUME", 2, 2, vol_dumpxml },
        { "delete", "POOL VOLUME", 2, 2, vol_delete },
    };

    for (gsize i = 0; i < G_N_ELEMENTS (verbs); i++)
        if (g_str_equal (verbs[i].verb, argv[0]))
            return argc - 1 >= verbs[i].min && argc - 1 <= verbs[i].max
                       ? verbs[i].run (cli, argv + 1)
                       : cli_usage (_ ("Say “vitrinectl vol %s %s”"), argv[0], verbs[i].arguments);
    return cli_usage (_ ("“vol %s” is nothing that can be done; say list, info, create, resize, "
                         "clone, dumpxml or delete"),
                      argv[0]);
}
