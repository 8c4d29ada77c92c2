/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cmd-snapshot.c - vitrinectl snapshot: what a machine's disks were at some time. */
#include <glib/gi18n.h>
#include <stdio.h>

#include "cli.h"
#include "list.h"

/* The snapshot of a run that is to be decided on. */
#define UNDO "undo"

static char *description;

const GOptionEntry cmd_snapshot_options[] = {
    { "description", 0, 0, G_OPTION_ARG_STRING, &description, N_ ("create: what it is about"),
      N_ ("TEXT") },
    CLI_JSON_OPTION,
    { NULL },
};

static GPtrArray *
list_snapshots (struct cli *cli, VitrineMachine *machine, GError **error)
{
    g_autoptr (GAsyncResult) result = NULL;

    vitrine_machine_list_snapshots_async (machine, cli->cancellable, cli_async_cb, &result);
    return vitrine_machine_list_snapshots_finish (machine, cli_await (&result), error);
}

static void
add_json (struct json *json, gconstpointer item)
{
    const VitrineSnapshot *snapshot = item;

    json_begin_object (json);
    json_member_string (json, "name", snapshot->name);
    json_member_string (json, "parent", *snapshot->parent != '\0' ? snapshot->parent : NULL);
    json_member_string (json, "description", snapshot->description);
    json_member_uint (json, "time", (guint64) snapshot->time);
    json_key (json, "current");
    json_boolean (json, snapshot->current);
    json_key (json, "running");
    json_boolean (json, snapshot->running);
    json_key (json, "partly-deleted");
    json_boolean (json, snapshot->partly_deleted);
    json_end_object (json);
}

/* Those that came of the one named PARENT, each followed by what came of it. */
static void
add_children (struct table *table, GPtrArray *snapshots, const char *parent, int depth)
{
    for (guint i = 0; i < snapshots->len && depth <= (int) snapshots->len; i++) {
        const VitrineSnapshot *snapshot = g_ptr_array_index (snapshots, i);
        g_autoptr (GDateTime) time = NULL;
        g_autofree char *text = NULL;

        if (!g_str_equal (snapshot->parent, parent))
            continue;
        time = g_date_time_new_from_unix_local (snapshot->time);
        text = time != NULL ? g_date_time_format (time, "%F %R") : g_strdup ("");
        table_add_printf (table, "%*s%s", 2 * depth, "", snapshot->name);
        table_add (table, text);
        table_add (table, snapshot->partly_deleted ? _ ("partly deleted")
                          : snapshot->current      ? _ ("current")
                                                   : "");
        table_add (table, snapshot->description);
        add_children (table, snapshots, snapshot->name, depth + 1);
    }
}

static int
snapshot_list (struct cli *cli, VitrineMachine *machine)
{
    const char *const heads[] = { _ ("NAME"), _ ("TIME"), _ ("STATE"), _ ("DESCRIPTION") };
    g_autoptr (GError) error = NULL;
    g_autoptr (GPtrArray) snapshots = list_snapshots (cli, machine, &error);
    struct table table;

    if (snapshots == NULL)
        return cli_fail (error);
    if (cli_json) {
        list_print_json (&(struct list){ .add_json = add_json }, snapshots);
        return CLI_OK;
    }
    table_init (&table, G_N_ELEMENTS (heads), heads);
    add_children (&table, snapshots, "", 0);
    table_print (&table);
    return CLI_OK;
}

static int
change (struct cli *cli, VitrineMachine *machine, VitrineSnapshotAction action, const char *name)
{
    g_autoptr (GError) error = NULL;
    g_autoptr (GAsyncResult) result = NULL;
    gboolean done;

    vitrine_machine_snapshot_async (machine, action, name, description, cli_progress, NULL,
                                    cli->cancellable, cli_async_cb, &result);
    done = vitrine_machine_snapshot_finish (machine, cli_await (&result), &error);
    cli_progress_end ();
    return done ? CLI_OK : cli_fail (error);
}

/* --- undo ------------------------------------------------------------------------------------- */

static gboolean
has_undo (struct cli *cli, VitrineMachine *machine)
{
    g_autoptr (GPtrArray) snapshots = list_snapshots (cli, machine, NULL);

    for (guint i = 0; snapshots != NULL && i < snapshots->len; i++)
        if (g_str_equal (((VitrineSnapshot *) g_ptr_array_index (snapshots, i))->name, UNDO))
            return TRUE;
    return FALSE;
}

int
cmd_undo_begin (struct cli *cli, const char *name)
{
    g_autoptr (GError) error = NULL;
    g_autoptr (VitrineMachine) machine = cli_find (cli, name, &error);

    if (machine == NULL)
        return cli_fail (error);
    if (has_undo (cli, machine))
        return cli_complain (
            _ ("What “%s” wrote last time is still to be decided on; say “vitrinectl "
               "undo keep %s” or “vitrinectl undo drop %s” first"),
            vitrine_machine_get_name (machine), name, name);
    if (vitrine_machine_runs (machine))
        return cli_complain (_ ("“%s” is running"), vitrine_machine_get_name (machine));
    return change (cli, machine, VITRINE_SNAPSHOT_CREATE, UNDO);
}

int
cmd_undo (struct cli *cli, int argc, char **argv)
{
    gboolean keep = g_str_equal (argv[0], "keep");
    g_autoptr (GError) error = NULL;
    g_autoptr (VitrineMachine) machine = NULL;
    int status = CLI_OK;

    if (!keep && !g_str_equal (argv[0], "drop"))
        return cli_usage (_ ("“undo %s” is nothing that can be done; say keep or drop"), argv[0]);
    machine = cli_find (cli, argv[1], &error);
    if (machine == NULL)
        return cli_fail (error);
    if (!has_undo (cli, machine))
        return cli_complain (_ ("“%s” was not started with --undo"),
                             vitrine_machine_get_name (machine));
    if (!keep)
        status = change (cli, machine, VITRINE_SNAPSHOT_REVERT, UNDO);
    return status == CLI_OK ? change (cli, machine, VITRINE_SNAPSHOT_DELETE, UNDO) : status;
}

/* --- the verb --------------------------------------------------------------------------------- */

int
cmd_snapshot (struct cli *cli, int argc, char **argv)
{
    static const struct {
        const char *verb;
        VitrineSnapshotAction action;
    } verbs[] = {
        { "create", VITRINE_SNAPSHOT_CREATE },
        { "revert", VITRINE_SNAPSHOT_REVERT },
        { "delete", VITRINE_SNAPSHOT_DELETE },
    };
    gboolean is_list = g_str_equal (argv[0], "list");
    g_autoptr (VitrineMachine) machine = NULL;
    g_autoptr (GError) error = NULL;
    gsize i = 0;

    while (i < G_N_ELEMENTS (verbs) && !g_str_equal (verbs[i].verb, argv[0]))
        i++;
    if (i == G_N_ELEMENTS (verbs) && !is_list)
        return cli_usage (
            _ ("“snapshot %s” is nothing that can be done; say create, list, revert or "
               "delete"),
            argv[0]);
    if (argc != (is_list ? 2 : 3))
        return is_list ? cli_usage (_ ("Say “vitrinectl snapshot list MACHINE”"))
                       : cli_usage (_ ("Say “vitrinectl snapshot %s MACHINE NAME”"), argv[0]);
    machine = cli_find (cli, argv[1], &error);
    if (machine == NULL)
        return cli_fail (error);
    return is_list ? snapshot_list (cli, machine) : change (cli, machine, verbs[i].action, argv[2]);
}
