/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cmd-vol.c - vitrinectl vol: the images in a libvirt host's storage pools. */
#include <glib/gi18n.h>
#include <stdio.h>

#include "cli.h"
#include "list.h"

static char *format;

const GOptionEntry cmd_vol_options[] = {
    CLI_JSON_OPTION,
    { "format", 0, 0, G_OPTION_ARG_STRING, &format,
      N_ ("create: raw, qcow2, …; what the pool usually has when it is left out"), N_ ("FORMAT") },
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
    json_end_object (json);
}

static void
add_row (struct table *table, gconstpointer item)
{
    const VitrineVolumeInfo *info = item;
    g_autofree char *capacity = cli_format_size (info->capacity_bytes);
    g_autofree char *allocation = cli_format_size (info->allocation_bytes);

    table_add (table, info->name);
    table_add (table, info->format);
    table_add (table, capacity);
    table_add (table, allocation);
    table_add (table, info->path);
}

static int
vol_list (struct cli *cli, char **argv)
{
    const char *const heads[] = { _ ("NAME"), _ ("FORMAT"), _ ("SIZE"), _ ("ON THE HOST"),
                                  _ ("PATH") };
    const VitrineResourceRequest request = { .kind = VITRINE_RESOURCE_VOLUME,
                                             .parent = argv[0],
                                             .name = argv[1] };
    g_autoptr (GError) error = NULL;
    g_autoptr (GPtrArray) list = cli_list_resources (cli, &request, &error);
    const struct list shown = { G_N_ELEMENTS (heads), heads, add_json, add_row };

    if (list == NULL)
        return cli_fail (error);
    list_print (&shown, list);
    return CLI_OK;
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
change (struct cli *cli, char **argv, VitrineResourceAction action, const char *xml, guint64 size)
{
    const VitrineResourceRequest request = { .kind = VITRINE_RESOURCE_VOLUME,
                                             .action = action,
                                             .parent = argv[0],
                                             .name = argv[1],
                                             .xml = xml,
                                             .size_bytes = size };
    g_autoptr (GError) error = NULL;

    return cli_ask_resource (cli, &request, &error) ? CLI_OK : cli_fail (error);
}

static int
vol_create (struct cli *cli, char **argv)
{
    g_autoptr (GError) error = NULL;
    g_autofree char *target =
        format != NULL ? g_markup_printf_escaped ("<target><format type='%s'/></target>", format)
                       : g_strdup ("");
    g_autofree char *head = NULL;
    g_autofree char *xml = NULL;
    guint64 size;

    if (!vitrine_size_parse (argv[2], &size, &error))
        return cli_usage ("%s", error->message);
    head = g_markup_printf_escaped ("<volume><name>%s</name><allocation>0</allocation>"
                                    "<capacity unit='bytes'>%" G_GUINT64_FORMAT "</capacity>",
                                    argv[1], size);
    xml = g_strconcat (head, target, "</volume>", NULL);
    return change (cli, argv, VITRINE_RESOURCE_DEFINE, xml, 0);
}

static int
vol_delete (struct cli *cli, char **argv)
{
    return change (cli, argv, VITRINE_RESOURCE_DELETE, NULL, 0);
}

static int
vol_resize (struct cli *cli, char **argv)
{
    g_autoptr (GError) error = NULL;
    guint64 size;

    if (!vitrine_size_parse (argv[2], &size, &error))
        return cli_usage ("%s", error->message);
    return change (cli, argv, VITRINE_RESOURCE_RESIZE, NULL, size);
}

int
cmd_vol (struct cli *cli, int argc, char **argv)
{
    static const struct {
        const char *verb, *arguments;
        int n;                                     /* of them */
        int (*run) (struct cli *cli, char **argv); /* what follows the verb */
    } verbs[] = {
        { "list", "POOL", 1, vol_list },
        { "info", "POOL VOLUME", 2, vol_list },
        { "create", "POOL VOLUME SIZE", 3, vol_create },
        { "resize", "POOL VOLUME SIZE", 3, vol_resize },
        { "dumpxml", "POOL VOLUME", 2, vol_dumpxml },
        { "delete", "POOL VOLUME", 2, vol_delete },
    };

    for (gsize i = 0; i < G_N_ELEMENTS (verbs); i++)
        if (g_str_equal (verbs[i].verb, argv[0]))
            return argc - 1 == verbs[i].n
                       ? verbs[i].run (cli, argv + 1)
                       : cli_usage (_ ("Say “vitrinectl vol %s %s”"), argv[0], verbs[i].arguments);
    return cli_usage (_ ("“vol %s” is nothing that can be done; say list, info, create, resize, "
                         "dumpxml or delete"),
                      argv[0]);
}
