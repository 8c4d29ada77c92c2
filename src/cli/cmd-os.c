/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cmd-os.c - vitrinectl os: what operating systems there are, and which one is on a medium. */
#include <glib/gi18n.h>

#include "cli.h"
#include "list.h"

static gboolean all;

const GOptionEntry cmd_os_options[] = {
    { "all", 0, 0, G_OPTION_ARG_NONE, &all,
      N_ ("list: also those that their makers look after no more"), NULL },
    CLI_JSON_OPTION,
    { NULL },
};

GPtrArray *
cli_list_os (struct cli *cli, GError **error)
{
    g_autoptr (GAsyncResult) result = NULL;

    vitrine_host_list_os_async (cli->host, cli->cancellable, cli_async_cb, &result);
    return vitrine_host_list_os_finish (cli->host, cli_await (&result), error);
}

/* --- list -------------------------------------------------------------------------------------- */

static void
add_members (struct json *json, const VitrineOs *os)
{
    json_member_string (json, "short_id", os->short_id);
    json_member_string (json, "id", os->id);
    json_member_string (json, "name", os->name);
    json_member_string (json, "version", os->version);
    json_member_string (json, "vendor", os->vendor);
    json_member_string (json, "family", os->family);
    json_key (json, "ended");
    json_boolean (json, os->ended);
    json_member_uint (json, "vcpus", os->vcpus);
    json_member_uint (json, "memory_mib", os->memory_mib);
    json_member_uint (json, "disk_mib", os->disk_mib);
    json_member_string (json, "firmware", vitrine_firmware_to_string (os->firmware));
    json_member_string (json, "disk_bus", vitrine_disk_bus_to_string (os->bus));
    json_member_string (json, "nic_model", os->nic_model);
    json_member_string (json, "cloud_user", os->user);
}

static void
add_json (struct json *json, gconstpointer item)
{
    json_begin_object (json);
    add_members (json, item);
    json_end_object (json);
}

static void
add_row (struct table *table, gconstpointer item)
{
    const VitrineOs *os = item;

    table_add (table, os->short_id);
    table_add (table, os->name);
    table_add (table, os->version);
    table_add (table, os->vendor);
    table_add (table, os->ended ? _ ("ended") : "");
}

static int
os_list (struct cli *cli, const char *text)
{
    const char *const heads[] = { _ ("NAME"), _ ("SYSTEM"), _ ("VERSION"), _ ("VENDOR"),
                                  _ ("SUPPORT") };
    const struct list shown = { G_N_ELEMENTS (heads), heads, add_json, add_row };
    g_autoptr (GError) error = NULL;
    g_autoptr (GPtrArray) list = cli_list_os (cli, &error);
    g_autoptr (GPtrArray) found = g_ptr_array_new ();

    if (list == NULL)
        return cli_fail (error);
    /* Who asks for one by its name gets it, however old it is. */
    for (guint i = 0; i < list->len; i++) {
        const VitrineOs *os = g_ptr_array_index (list, i);

        if ((all || *text != '\0' || !os->ended) && vitrine_os_matches (os, text))
            g_ptr_array_add (found, (gpointer) os);
    }
    list_print (&shown, found);
    return CLI_OK;
}

/* --- detect ------------------------------------------------------------------------------------ */

static const char *
describe (VitrineOsConfidence confidence)
{
    static const char *const words[] = { "unknown", "similar", "likely", "sure" };

    return words[confidence];
}

static int
os_detect (struct cli *cli, const char *path)
{
    g_autoptr (GAsyncResult) result = NULL;
    g_autoptr (VitrineOsGuess) guess = NULL;
    g_autoptr (GError) error = NULL;
    struct json json;

    vitrine_host_detect_os_async (cli->host, path, cli->cancellable, cli_async_cb, &result);
    guess = vitrine_host_detect_os_finish (cli->host, cli_await (&result), &error);
    if (guess == NULL)
        return cli_fail (error);
    if (!cli_json) {
        g_print ("%s\t%s\t%s\n", guess->os != NULL ? guess->os->short_id : "-",
                 describe (guess->confidence), guess->os != NULL ? guess->os->name : "");
        return guess->os != NULL ? CLI_OK : CLI_FAILED;
    }
    json_init (&json);
    json_begin_object (&json);
    json_member_string (&json, "confidence", describe (guess->confidence));
    json_member_string (&json, "label", guess->label);
    if (guess->os != NULL)
        add_members (&json, guess->os);
    json_end_object (&json);
    json_print (&json);
    return guess->os != NULL ? CLI_OK : CLI_FAILED;
}

int
cmd_os (struct cli *cli, int argc, char **argv)
{
    if (g_str_equal (argv[0], "list")) {
        g_autofree char *text = g_strjoinv (" ", argv + 1);

        return os_list (cli, text);
    }
    if (g_str_equal (argv[0], "detect") && argc == 2)
        return os_detect (cli, argv[1]);
    return cli_usage (_ ("Say “vitrinectl os list [TEXT…]” or “vitrinectl os detect FILE”"));
}
