/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cmd-list.c - vitrinectl list: the machines of the host. */
#include <glib/gi18n.h>
#include <stdio.h>

#include "cli.h"
#include "json.h"
#include "table.h"

static gboolean all;
static gboolean names;

const GOptionEntry cmd_list_options[] = {
    { "all", 'a', 0, G_OPTION_ARG_NONE, &all, N_ ("Those that are off as well"), NULL },
    { "names", 0, 0, G_OPTION_ARG_NONE, &names, N_ ("Print the names alone, one a line"), NULL },
    CLI_JSON_OPTION,
    { NULL },
};

static gboolean
is_listed (VitrineMachine *machine)
{
    VitrineMachineState state = vitrine_machine_get_state (machine);

    return all || (state != VITRINE_MACHINE_OFF && state != VITRINE_MACHINE_CRASHED);
}

static void
add_json (VitrineMachine *machine, struct json *json)
{
    json_begin_object (json);
    json_member_string (json, "name", vitrine_machine_get_name (machine));
    json_member_string (json, "uuid", vitrine_machine_get_uuid (machine));
    json_member_string (json, "state",
                        vitrine_machine_state_to_string (vitrine_machine_get_state (machine)));
    json_member_string (json, "state_reason", vitrine_machine_get_state_reason (machine));
    json_member_uint (json, "vcpus", vitrine_machine_get_vcpus (machine));
    json_member_uint (json, "memory_bytes", vitrine_machine_get_memory_bytes (machine));
    json_member_string (json, "problem", vitrine_machine_get_problem (machine));
    json_end_object (json);
}

static void
add_row (VitrineMachine *machine, struct table *table)
{
    const char *state = vitrine_machine_state_to_string (vitrine_machine_get_state (machine));
    g_autofree char *memory = cli_format_size (vitrine_machine_get_memory_bytes (machine));

    table_add (table, vitrine_machine_get_name (machine));
    if (*vitrine_machine_get_problem (machine) == '\0') {
        table_add (table, state);
        table_add_printf (table, "%u", vitrine_machine_get_vcpus (machine));
        table_add (table, memory);
    } else {
        table_add_printf (table, _ ("%s, unusable"), state);
        table_add (table, "-");
        table_add (table, "-");
    }
    table_add (table, vitrine_machine_get_uuid (machine));
}

static void
print_json (GListModel *machines)
{
    struct json json;

    json_init (&json);
    json_begin_array (&json);
    for (guint i = 0; i < g_list_model_get_n_items (machines); i++) {
        g_autoptr (VitrineMachine) machine = g_list_model_get_item (machines, i);

        if (is_listed (machine))
            add_json (machine, &json);
    }
    json_end_array (&json);
    json_print (&json);
}

static void
print_table (GListModel *machines)
{
    const char *const heads[] = { _ ("NAME"), _ ("STATE"), _ ("CPUS"), _ ("MEMORY"), _ ("UUID") };
    struct table table;

    table_init (&table, G_N_ELEMENTS (heads), heads);
    for (guint i = 0; i < g_list_model_get_n_items (machines); i++) {
        g_autoptr (VitrineMachine) machine = g_list_model_get_item (machines, i);

        if (is_listed (machine))
            add_row (machine, &table);
    }
    table_print (&table);
}

static void
print_names (GListModel *machines)
{
    for (guint i = 0; i < g_list_model_get_n_items (machines); i++) {
        g_autoptr (VitrineMachine) machine = g_list_model_get_item (machines, i);

        if (is_listed (machine))
            puts (vitrine_machine_get_name (machine));
    }
}

int
cmd_list (struct cli *cli, int argc, char **argv)
{
    g_autoptr (GError) error = NULL;

    if (names && cli_json)
        return cli_usage (_ ("--names and --json cannot both be had"));
    if (!cli_connect (cli, &error))
        return cli_fail (error);
    if (names)
        print_names (G_LIST_MODEL (cli->host));
    else if (cli_json)
        print_json (G_LIST_MODEL (cli->host));
    else
        print_table (G_LIST_MODEL (cli->host));
    return CLI_OK;
}
