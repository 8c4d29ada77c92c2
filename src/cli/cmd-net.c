/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cmd-net.c - vitrinectl net: networks that machines can be on. */
#include <glib/gi18n.h>
#include <glib/gstdio.h>
#include <stdio.h>

#include "cli.h"
#include "list.h"

static VitrineNetworkSpec given;
static char **hosts, *xml_path;
static gboolean start, off;

const GOptionEntry cmd_net_options[] = {
    CLI_JSON_OPTION,
    { "mode", 0, 0, G_OPTION_ARG_STRING, &given.mode,
      N_ ("create, edit: nat, routed, isolated or bridged"), N_ ("MODE") },
    { "subnet", 0, 0, G_OPTION_ARG_STRING, &given.subnet,
      N_ ("create, edit: this computer's address in it, or none; a free one when it is left out"),
      N_ ("ADDRESS/PREFIX") },
    { "dhcp", 0, 0, G_OPTION_ARG_STRING, &given.dhcp,
      N_ ("create, edit: which addresses guests are given, or none; all when it is left out"),
      N_ ("FIRST-LAST") },
    { "host", 0, 0, G_OPTION_ARG_STRING_ARRAY, &hosts,
      N_ ("create: a guest that always gets the same address; may be repeated"),
      N_ ("MAC=ADDRESS[,NAME]") },
    { "ipv6", 0, 0, G_OPTION_ARG_STRING, &given.ipv6, N_ ("create, edit: an IPv6 subnet"),
      N_ ("ADDRESS/PREFIX") },
    { "domain", 0, 0, G_OPTION_ARG_STRING, &given.domain,
      N_ ("create, edit: which domain guests are in"), N_ ("DOMAIN") },
    { "bridge", 0, 0, G_OPTION_ARG_STRING, &given.bridge,
      N_ ("create: the bridge's name; for bridged, the one that is there"), N_ ("NAME") },
    { "interface", 0, 0, G_OPTION_ARG_STRING, &given.uplink,
      N_ ("create: for bridged, this computer's network card, which a bridge is made for"),
      N_ ("NAME") },
    { "uplink", 0, 0, G_OPTION_ARG_STRING, &given.uplink,
      N_ ("create: the one interface that leads out"), N_ ("NAME") },
    { "xml", 0, 0, G_OPTION_ARG_FILENAME, &xml_path,
      N_ ("create: from FILE, libvirt's network XML"), N_ ("FILE") },
    { "autostart", 0, 0, G_OPTION_ARG_NONE, &given.autostart,
      N_ ("create, edit: start it with the first machine that needs it"), NULL },
    { "start", 0, 0, G_OPTION_ARG_NONE, &start, N_ ("create: start it at once"), NULL },
    { "off", 0, 0, G_OPTION_ARG_NONE, &off, N_ ("autostart: no more"), NULL },
    { NULL },
};

/* --- a host's own ----------------------------------------------------------------------------- */

/* Networks of a host that has its own, such as a libvirt host, are asked of it; others are this computer's. */
static gboolean
ask_host (struct cli *cli, VitrineResourceAction action, const char *name, const char *xml,
          GError **error)
{
    const VitrineResourceRequest request = {
        .kind = VITRINE_RESOURCE_NETWORK, .action = action, .name = name, .xml = xml
    };

    return cli_ask_resource (cli, &request, error);
}

static GPtrArray *
list_networks (struct cli *cli, const char *name, GError **error)
{
    const VitrineResourceRequest request = { .kind = VITRINE_RESOURCE_NETWORK, .name = name };

    return vitrine_host_has_resources (cli->host) ? cli_list_resources (cli, &request, error)
                                                  : vitrine_network_list (name, error);
}

static GPtrArray *
list_leases (struct cli *cli, const char *name, GError **error)
{
    const VitrineResourceRequest request = { .kind = VITRINE_RESOURCE_LEASE, .parent = name };

    return vitrine_host_has_resources (cli->host) ? cli_list_resources (cli, &request, error)
                                                  : vitrine_network_leases (name, error);
}

static char *
dup_xml (struct cli *cli, const char *name, GError **error)
{
    const VitrineResourceRequest request = { .kind = VITRINE_RESOURCE_NETWORK,
                                             .action = VITRINE_RESOURCE_DUMP,
                                             .name = name };

    return vitrine_host_has_resources (cli->host) ? cli_dump_resource (cli, &request, error)
                                                  : vitrine_network_dup_xml (name, error);
}

/* --- showing ---------------------------------------------------------------------------------- */

static void
add_json (struct json *json, gconstpointer item)
{
    const VitrineNetworkInfo *info = item;

    json_begin_object (json);
    json_member_string (json, "name", info->name);
    json_member_string (json, "mode", info->mode);
    json_key (json, "active");
    json_boolean (json, info->is_active);
    json_key (json, "autostart");
    json_boolean (json, info->autostart);
    json_member_string (json, "bridge", info->bridge);
    json_member_string (json, "ipv4", info->ipv4);
    json_member_string (json, "dhcp", info->dhcp);
    json_member_string (json, "ipv6", info->ipv6);
    json_member_string (json, "domain", info->domain);
    json_member_string (json, "problem", info->problem);
    json_key (json, "waits_for_start");
    json_boolean (json, info->waits);
    json_end_object (json);
}

static const char *
say_state (const VitrineNetworkInfo *info)
{
    return *info->problem != '\0' ? _ ("unusable")
           : info->is_active      ? _ ("active")
                                  : _ ("inactive");
}

static void
add_row (struct table *table, gconstpointer item)
{
    const VitrineNetworkInfo *info = item;

    table_add (table, info->name);
    table_add (table, say_state (info));
    table_add (table, info->mode);
    table_add (table, info->bridge);
    table_add (table, *info->ipv4 != '\0' ? info->ipv4 : info->ipv6);
}

static int
net_list (struct cli *cli, const char *name)
{
    const char *const heads[] = { _ ("NAME"), _ ("STATE"), _ ("MODE"), _ ("BRIDGE"), _ ("SUBNET") };
    g_autoptr (GError) error = NULL;
    g_autoptr (GPtrArray) list = list_networks (cli, NULL, &error);
    const struct list shown = { G_N_ELEMENTS (heads), heads, add_json, add_row };

    if (list == NULL)
        return cli_fail (error);
    list_print (&shown, list);
    return CLI_OK;
}

static void
print_info (const VitrineNetworkInfo *info)
{
    const struct {
        const char *head, *text;
    } rows[] = {
        { _ ("Name"), info->name },       { _ ("State"), say_state (info) },
        { _ ("Mode"), info->mode },       { _ ("Bridge"), info->bridge },
        { _ ("Subnet"), info->ipv4 },     { _ ("DHCP"), info->dhcp },
        { _ ("IPv6"), info->ipv6 },       { _ ("Domain"), info->domain },
        { _ ("Problem"), info->problem }, { _ ("Autostart"), info->autostart ? _ ("yes") : "" },
    };
    struct table table;

    table_init (&table, 2, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS (rows); i++) {
        if (*rows[i].text == '\0')
            continue;
        table_add (&table, rows[i].head);
        table_add (&table, rows[i].text);
    }
    table_print (&table);
}

static int
net_info (struct cli *cli, const char *name)
{
    g_autoptr (GError) error = NULL;
    g_autoptr (GPtrArray) list = list_networks (cli, name, &error);
    struct json json;

    if (list == NULL)
        return cli_fail (error);
    if (!cli_json) {
        print_info (g_ptr_array_index (list, 0));
        return CLI_OK;
    }
    json_init (&json);
    add_json (&json, g_ptr_array_index (list, 0));
    json_print (&json);
    return CLI_OK;
}

static int
net_dumpxml (struct cli *cli, const char *name)
{
    g_autoptr (GError) error = NULL;
    g_autofree char *xml = dup_xml (cli, name, &error);

    return cli_print_xml (xml, error);
}

static void
add_lease_json (struct json *json, gconstpointer item)
{
    const VitrineLease *lease = item;

    json_begin_object (json);
    json_member_string (json, "address", lease->address);
    json_member_string (json, "mac", lease->mac);
    json_member_string (json, "name", lease->name);
    json_key (json, "expires");
    json_int (json, lease->expires);
    json_end_object (json);
}

static void
add_lease_row (struct table *table, gconstpointer item)
{
    const VitrineLease *lease = item;
    g_autoptr (GDateTime) expires = g_date_time_new_from_unix_local (lease->expires);
    g_autofree char *when = expires != NULL ? g_date_time_format (expires, "%F %R") : g_strdup ("");

    table_add (table, lease->address);
    table_add (table, lease->mac);
    table_add (table, lease->name);
    table_add (table, when);
}

static int
net_leases (struct cli *cli, const char *name)
{
    const char *const heads[] = { _ ("ADDRESS"), _ ("CARD"), _ ("NAME"), _ ("EXPIRES") };
    g_autoptr (GError) error = NULL;
    g_autoptr (GPtrArray) leases = list_leases (cli, name, &error);
    const struct list shown = { G_N_ELEMENTS (heads), heads, add_lease_json, add_lease_row };

    if (leases == NULL)
        return cli_fail (error);
    list_print (&shown, leases);
    return CLI_OK;
}

/* --- changing --------------------------------------------------------------------------------- */

static int
net_start (struct cli *cli, const char *name)
{
    g_autoptr (GError) error = NULL;
    g_autoptr (GAsyncResult) result = NULL;

    if (vitrine_host_has_resources (cli->host))
        return ask_host (cli, VITRINE_RESOURCE_START, name, NULL, &error) ? CLI_OK
                                                                          : cli_fail (error);
    vitrine_network_start_async (name, cli->cancellable, cli_async_cb, &result);
    return vitrine_network_start_finish (cli_await (&result), &error) ? CLI_OK : cli_fail (error);
}

static int
net_stop (struct cli *cli, const char *name)
{
    g_autoptr (GError) error = NULL;
    g_autoptr (GAsyncResult) result = NULL;

    if (vitrine_host_has_resources (cli->host))
        return ask_host (cli, VITRINE_RESOURCE_STOP, name, NULL, &error) ? CLI_OK
                                                                         : cli_fail (error);
    vitrine_network_stop_async (name, cli->cancellable, cli_async_cb, &result);
    return vitrine_network_stop_finish (cli_await (&result), &error) ? CLI_OK : cli_fail (error);
}

/* Of XML, or of what the options say. */
static gboolean
create_on_host (struct cli *cli, const char *xml, GError **error)
{
    g_autoptr (GPtrArray) others = xml == NULL ? list_networks (cli, NULL, error) : NULL;
    g_autofree char *made =
        others != NULL ? vitrine_network_spec_to_xml (&given, others, error) : NULL;

    if (xml == NULL && made == NULL)
        return FALSE;
    return ask_host (cli, VITRINE_RESOURCE_DEFINE, NULL, xml != NULL ? xml : made, error)
           && (!given.autostart || given.name == NULL
               || ask_host (cli, VITRINE_RESOURCE_AUTOSTART, given.name, NULL, error));
}

static gboolean
create (struct cli *cli, const char *xml, GError **error)
{
    if (vitrine_host_has_resources (cli->host))
        return create_on_host (cli, xml, error);
    return xml != NULL ? vitrine_network_define (xml, FALSE, error)
                       : vitrine_network_create (&given, error);
}

static int
net_create (struct cli *cli, const char *name)
{
    g_autoptr (GError) error = NULL;
    g_autofree char *xml = xml_path != NULL ? cli_read_xml (xml_path, &error) : NULL;

    if ((name == NULL) != (xml_path != NULL))
        return cli_usage (_ ("Say the network's name, or --xml FILE"));
    given.name = name;
    given.hosts = (const char *const *) hosts;
    if (error != NULL || !create (cli, xml, &error))
        return cli_fail (error);
    return start && name != NULL ? net_start (cli, name) : CLI_OK;
}

static int
net_define (struct cli *cli, const char *path)
{
    g_autoptr (GError) error = NULL;
    g_autofree char *xml = cli_read_xml (path, &error);

    if (xml != NULL && vitrine_host_has_resources (cli->host))
        return ask_host (cli, VITRINE_RESOURCE_REPLACE, NULL, xml, &error) ? CLI_OK
                                                                           : cli_fail (error);
    return xml != NULL && vitrine_network_define (xml, TRUE, &error) ? CLI_OK : cli_fail (error);
}

static gboolean
replace (struct cli *cli, const char *name, const char *xml, GError **error)
{
    return vitrine_host_has_resources (cli->host)
               ? ask_host (cli, VITRINE_RESOURCE_REPLACE, NULL, xml, error)
               : vitrine_network_replace (name, xml, error);
}

/* What the editor made of TEXT, which names the network NAME, becomes the network's; what is refused stays in
 * PATH, so that nobody writes it twice. */
static gboolean
edit_network (struct cli *cli, const char *name, const char *text, const char *path, GError **error)
{
    g_autofree char *edited = NULL;

    if (!g_file_set_contents (path, text, -1, error))
        return FALSE;
    edited = cli_edit_file (path, error);
    if (edited != NULL && (g_str_equal (edited, text) || replace (cli, name, edited, error)))
        return TRUE;
    g_prefix_error (error, _ ("Your text is still in %s: "), path);
    return FALSE;
}

/* A network of this computer that runs is as it was started; of a host's own, the host says. */
static void
say_when (struct cli *cli, const char *name)
{
    g_autoptr (GPtrArray) list = list_networks (cli, name, NULL);
    const VitrineNetworkInfo *info = list != NULL ? g_ptr_array_index (list, 0) : NULL;

    if (info != NULL && info->is_active && (info->waits || !vitrine_host_has_resources (cli->host)))
        g_print (_ ("“%s” is started: what was changed counts from its next start\n"), name);
}

static int
edit_by_hand (struct cli *cli, const char *name, const char *text)
{
    g_autoptr (GError) error = NULL;
    g_autofree char *folder = g_dir_make_tmp ("vitrine-net-XXXXXX", &error);
    g_autofree char *path = folder != NULL ? g_build_filename (folder, "network.xml", NULL) : NULL;

    if (path == NULL || !edit_network (cli, name, text, path, &error))
        return cli_fail (error);
    g_unlink (path);
    g_rmdir (folder);
    say_when (cli, name);
    return CLI_OK;
}

static gboolean
set_autostart (struct cli *cli, const char *name, gboolean on, GError **error)
{
    return vitrine_host_has_resources (cli->host)
               ? ask_host (cli, on ? VITRINE_RESOURCE_AUTOSTART : VITRINE_RESOURCE_NO_AUTOSTART,
                           name, NULL, error)
               : vitrine_network_set_autostart (name, on, error);
}

static int
net_autostart (struct cli *cli, const char *name)
{
    g_autoptr (GError) error = NULL;

    return set_autostart (cli, name, !off, &error) ? CLI_OK : cli_fail (error);
}

/* What options say is changed at once, and without any the editor is called. */
static int
net_edit (struct cli *cli, const char *name)
{
    gboolean is_told = vitrine_network_spec_says_anything (&given);
    g_autoptr (GError) error = NULL;
    g_autofree char *text = dup_xml (cli, name, &error);
    g_autofree char *edited = NULL;

    if (text == NULL)
        return cli_fail (error);
    if (!is_told && !given.autostart)
        return edit_by_hand (cli, name, text);
    edited = is_told ? vitrine_network_edit_xml (text, &given, &error) : NULL;
    if ((is_told && (edited == NULL || !replace (cli, name, edited, &error)))
        || (given.autostart && !set_autostart (cli, name, TRUE, &error)))
        return cli_fail (error);
    say_when (cli, name);
    return CLI_OK;
}

static int
net_delete (struct cli *cli, const char *name)
{
    g_autoptr (GError) error = NULL;

    if (vitrine_host_has_resources (cli->host))
        return ask_host (cli, VITRINE_RESOURCE_DELETE, name, NULL, &error) ? CLI_OK
                                                                           : cli_fail (error);
    return vitrine_network_delete (name, &error) ? CLI_OK : cli_fail (error);
}

int
cmd_net (struct cli *cli, int argc, char **argv)
{
    static const struct cli_subverb verbs[] = {
        { "list", 0, 0, net_list },           { "info", 1, 1, net_info },
        { "create", 0, 1, net_create },       { "define", 1, 1, net_define },
        { "dumpxml", 1, 1, net_dumpxml },     { "start", 1, 1, net_start },
        { "stop", 1, 1, net_stop },           { "delete", 1, 1, net_delete },
        { "leases", 1, 1, net_leases },       { "edit", 1, 1, net_edit },
        { "autostart", 1, 1, net_autostart },
    };

    gboolean is_known;
    const struct cli_subverb *verb =
        cli_find_subverb (verbs, G_N_ELEMENTS (verbs), argc, argv, &is_known);

    if (verb != NULL)
        return verb->run (cli, argv[1]);
    if (is_known)
        return cli_usage (_ ("Say “vitrinectl net %s” and, but for a list, which network"),
                          argv[0]);
    return cli_usage (
        _ ("“net %s” is nothing that can be done; say list, info, create, define, edit, dumpxml, "
           "start, stop, autostart, delete or leases"),
        argv[0]);
}
