/* SPDX-License-Identifier: GPL-2.0-or-later */
/* list.c - what a verb lists: a table for people or, where that was asked for, JSON. */
#include "list.h"

void
list_print_json (const struct list *list, GPtrArray *items)
{
    struct json json;

    json_init (&json);
    json_begin_array (&json);
    for (guint i = 0; i < items->len; i++)
        list->add_json (&json, g_ptr_array_index (items, i));
    json_end_array (&json);
    json_print (&json);
}

void
list_print (const struct list *list, GPtrArray *items)
{
    struct table table;

    if (cli_json) {
        list_print_json (list, items);
        return;
    }
    table_init (&table, list->n_heads, list->heads);
    for (guint i = 0; i < items->len; i++)
        list->add_row (&table, g_ptr_array_index (items, i));
    table_print (&table);
}

int
list_print_resources (const struct list *list, struct cli *cli,
                      const VitrineResourceRequest *request)
{
    g_autoptr (GError) error = NULL;
    g_autoptr (GPtrArray) items = cli_list_resources (cli, request, &error);

    if (items == NULL)
        return cli_fail (error);
    list_print (list, items);
    return CLI_OK;
}
