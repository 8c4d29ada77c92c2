/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cmd-host.c - vitrinectl host check: what this host can and cannot do. */
#include <glib/gi18n.h>

#include "cli.h"
#include "list.h"

const GOptionEntry cmd_host_options[] = {
    CLI_JSON_OPTION,
    { NULL },
};

static const char *const words[] = {
    [VITRINE_CHECK_OK] = "ok",
    [VITRINE_CHECK_WARNING] = "warning",
    [VITRINE_CHECK_FAILED] = "failed",
};

static void
add_json (struct json *json, gconstpointer item)
{
    const VitrineCheck *check = item;

    json_begin_object (json);
    json_member_string (json, "id", check->id);
    json_member_string (json, "status", words[check->status]);
    json_member_string (json, "text", check->text);
    json_member_string (json, "mend", check->mend);
    json_end_object (json);
}

static void
add_row (struct table *table, gconstpointer item)
{
    const VitrineCheck *check = item;

    table_add (table, words[check->status]);
    table_add (table, check->id);
    if (*check->mend == '\0')
        table_add (table, check->text);
    else
        table_add_printf (table, _ ("%s; this mends it: %s"), check->text, check->mend);
}

int
cmd_host (struct cli *cli, int argc, char **argv)
{
    static const struct list shown = { 3, NULL, add_json, add_row };
    g_autoptr (GAsyncResult) result = NULL;
    g_autoptr (GPtrArray) checks = NULL;
    g_autoptr (GError) error = NULL;
    int status = CLI_OK;

    if (!g_str_equal (argv[0], "check"))
        return cli_usage (_ ("“host %s” is nothing that can be done; say “host check”"), argv[0]);
    vitrine_host_check_async (cli->host, cli->cancellable, cli_async_cb, &result);
    checks = vitrine_host_check_finish (cli->host, cli_await (&result), &error);
    if (checks == NULL)
        return cli_fail (error);
    list_print (&shown, checks);
    for (guint i = 0; i < checks->len; i++)
        if (((const VitrineCheck *) g_ptr_array_index (checks, i))->status == VITRINE_CHECK_FAILED)
            status = CLI_FAILED;
    return status;
}
