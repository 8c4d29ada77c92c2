/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cmd-pool.c - vitrinectl pool: a libvirt host's storage pools. */
#include <glib/gi18n.h>
#include <stdio.h>

#include "cli.h"
#include "list.h"

static VitrinePoolSpec given;
static char *xml_path;
static gboolean autostart, start, build, off, volumes;

const GOptionEntry cmd_pool_options[] = {
    CLI_JSON_OPTION,
    { "path", 0, 0, G_OPTION_ARG_FILENAME, &given.path,
      N_ ("create: the folder, or where it is mounted, on the host"), N_ ("FOLDER") },
    { "type", 0, 0, G_OPTION_ARG_STRING, &given.type,
      N_ ("create: dir (a folder, when it is left out), fs, netfs, logical, disk, iscsi, rbd or "
          "gluster"),
      N_ ("TYPE") },
    { "server", 0, 0, G_OPTION_ARG_STRING, &given.host,
      N_ ("create: of netfs, iscsi, rbd and gluster, who has it"), N_ ("HOST[:PORT]") },
    { "folder", 0, 0, G_OPTION_ARG_FILENAME, &given.folder,
      N_ ("create: of netfs and gluster, the folder on the server"), N_ ("FOLDER") },
    { "device", 0, 0, G_OPTION_ARG_FILENAME, &given.device,
      N_ ("create: of fs, logical and disk, the block device; of iscsi, the target's name"),
      N_ ("DEVICE") },
    { "group", 0, 0, G_OPTION_ARG_STRING, &given.group,
      N_ ("create: LVM's volume group, Ceph's pool, or Gluster's volume"), N_ ("NAME") },
    { "format", 0, 0, G_OPTION_ARG_STRING, &given.format,
      N_ ("create: the file system of fs and netfs, or disk's partition table"), N_ ("FORMAT") },
    { "build", 0, 0, G_OPTION_ARG_NONE, &build,
      N_ ("create: make the folder; or, on a device that has nothing on it, the file system, "
          "partition table or volume group"),
      NULL },
    { "xml", 0, 0, G_OPTION_ARG_FILENAME, &xml_path,
      N_ ("create: from FILE, libvirt's storage pool XML"), N_ ("FILE") },
    { "autostart", 0, 0, G_OPTION_ARG_NONE, &autostart, N_ ("create: start it with the host"),
      NULL },
    { "start", 0, 0, G_OPTION_ARG_NONE, &start, N_ ("create: start it at once"), NULL },
    { "off", 0, 0, G_OPTION_ARG_NONE, &off, N_ ("autostart: no more"), NULL },
    { "volumes", 0, 0, G_OPTION_ARG_NONE, &volumes,
      N_ ("delete: all that is in it as well, unless any of it is used"), NULL },
    { NULL },
};

static gboolean
ask (struct cli *cli, VitrineResourceAction action, const char *name, const char *xml,
     GError **error)
{
    const VitrineResourceRequest request = { .kind = VITRINE_RESOURCE_POOL,
                                             .action = action,
                                             .name = name,
                                             .xml = xml,
                                             .with_volumes = volumes };

    return cli_ask_resource (cli, &request, error);
}

static int
run (struct cli *cli, VitrineResourceAction action, const char *name, const char *xml)
{
    g_autoptr (GError) error = NULL;

    return ask (cli, action, name, xml, &error) ? CLI_OK : cli_fail (error);
}

/* --- showing ---------------------------------------------------------------------------------- */

static void
add_json (struct json *json, gconstpointer item)
{
    const VitrinePoolInfo *info = item;

    json_begin_object (json);
    json_member_string (json, "name", info->name);
    json_member_string (json, "type", info->type);
    json_member_string (json, "path", info->path);
    json_member_string (json, "source", info->source);
    json_key (json, "active");
    json_boolean (json, info->is_active);
    json_key (json, "autostart");
    json_boolean (json, info->autostart);
    json_key (json, "capacity_bytes");
    json_int (json, (gint64) info->capacity_bytes);
    json_key (json, "available_bytes");
    json_int (json, (gint64) info->available_bytes);
    json_end_object (json);
}

static void
add_row (struct table *table, gconstpointer item)
{
    const VitrinePoolInfo *info = item;
    g_autofree char *capacity =
        info->is_active ? cli_format_size (info->capacity_bytes) : g_strdup ("");
    g_autofree char *available =
        info->is_active ? cli_format_size (info->available_bytes) : g_strdup ("");

    table_add (table, info->name);
    table_add (table, info->is_active ? _ ("active") : _ ("inactive"));
    table_add (table, info->type);
    table_add (table, capacity);
    table_add (table, available);
    table_add (table, info->path);
}

/* All of them, or NAME alone. */
static int
pool_list (struct cli *cli, const char *name)
{
    const char *const heads[] = { _ ("NAME"), _ ("STATE"), _ ("TYPE"),
                                  _ ("SIZE"), _ ("FREE"),  _ ("PLACE") };
    const VitrineResourceRequest request = { .kind = VITRINE_RESOURCE_POOL, .name = name };
    const struct list shown = { G_N_ELEMENTS (heads), heads, add_json, add_row };

    return list_print_resources (&shown, cli, &request);
}

static int
pool_dumpxml (struct cli *cli, const char *name)
{
    const VitrineResourceRequest request = { .kind = VITRINE_RESOURCE_POOL,
                                             .action = VITRINE_RESOURCE_DUMP,
                                             .name = name };
    g_autoptr (GError) error = NULL;
    g_autofree char *xml = cli_dump_resource (cli, &request, &error);

    return cli_print_xml (xml, error);
}

/* --- changing --------------------------------------------------------------------------------- */

static int
pool_start (struct cli *cli, const char *name)
{
    return run (cli, VITRINE_RESOURCE_START, name, NULL);
}

static int
pool_stop (struct cli *cli, const char *name)
{
    return run (cli, VITRINE_RESOURCE_STOP, name, NULL);
}

static int
pool_delete (struct cli *cli, const char *name)
{
    return run (cli, VITRINE_RESOURCE_DELETE, name, NULL);
}

static int
pool_define (struct cli *cli, const char *file)
{
    g_autoptr (GError) error = NULL;
    g_autofree char *xml = cli_read_xml (file, &error);

    return xml != NULL ? run (cli, VITRINE_RESOURCE_REPLACE, NULL, xml) : cli_fail (error);
}

static int
pool_refresh (struct cli *cli, const char *name)
{
    return run (cli, VITRINE_RESOURCE_REFRESH, name, NULL);
}

static int
pool_autostart (struct cli *cli, const char *name)
{
    return run (cli, off ? VITRINE_RESOURCE_NO_AUTOSTART : VITRINE_RESOURCE_AUTOSTART, name, NULL);
}

/* What is to be done to a new one comes one after the other; what fails leaves what was done before. */
static int
pool_create (struct cli *cli, const char *name)
{
    g_autoptr (GError) error = NULL;
    g_autofree char *xml = NULL;

    if ((name == NULL) != (xml_path != NULL))
        return cli_usage (_ ("Say the pool's name and --path FOLDER, or --xml FILE"));
    given.name = name;
    xml =
        name != NULL ? vitrine_pool_spec_to_xml (&given, &error) : cli_read_xml (xml_path, &error);
    if (xml == NULL || !ask (cli, VITRINE_RESOURCE_DEFINE, NULL, xml, &error)
        || (name != NULL && build && !ask (cli, VITRINE_RESOURCE_BUILD, name, NULL, &error))
        || (name != NULL && autostart && !ask (cli, VITRINE_RESOURCE_AUTOSTART, name, NULL, &error))
        || (name != NULL && start && !ask (cli, VITRINE_RESOURCE_START, name, NULL, &error)))
        return cli_fail (error);
    return CLI_OK;
}

int
cmd_pool (struct cli *cli, int argc, char **argv)
{
    static const struct cli_subverb verbs[] = {
        { "list", 0, 0, pool_list },       { "info", 1, 1, pool_list },
        { "create", 0, 1, pool_create },   { "define", 1, 1, pool_define },
        { "dumpxml", 1, 1, pool_dumpxml }, { "start", 1, 1, pool_start },
        { "stop", 1, 1, pool_stop },       { "delete", 1, 1, pool_delete },
        { "refresh", 1, 1, pool_refresh }, { "autostart", 1, 1, pool_autostart },
    };

    gboolean is_known;
    const struct cli_subverb *verb =
        cli_find_subverb (verbs, G_N_ELEMENTS (verbs), argc, argv, &is_known);

    if (verb != NULL)
        return verb->run (cli, argv[1]);
    if (is_known)
        return cli_usage (_ ("Say “vitrinectl pool %s” and, but for a list, which pool"), argv[0]);
    return cli_usage (_ ("“pool %s” is nothing that can be done; say list, info, create, define, "
                         "dumpxml, start, stop, refresh, autostart or delete"),
                      argv[0]);
}
