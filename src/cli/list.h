/* SPDX-License-Identifier: GPL-2.0-or-later */
/* list.h - what a verb lists: a table for people or, where that was asked for, JSON. */
#pragma once

#include "cli.h"
#include "json.h"
#include "table.h"

G_BEGIN_DECLS

struct list {
    guint n_heads; /* columns of the table */
    const char *const *heads; /* NULL: none */
    void (*add_json) (struct json *json, gconstpointer item);
    void (*add_row) (struct table *table, gconstpointer item);
};

/* Prints ITEMS, an array of what LIST's functions take. */
void list_print (const struct list *list, GPtrArray *items);

/* The same as JSON, whatever was asked for; only ADD_JSON is needed. */
void list_print_json (const struct list *list, GPtrArray *items);

/* Prints what REQUEST lists.  Returns the exit status. */
int list_print_resources (const struct list *list, struct cli *cli,
                          const VitrineResourceRequest *request);

G_END_DECLS
