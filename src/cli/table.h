/* SPDX-License-Identifier: GPL-2.0-or-later */
/* table.h - rows of text in columns below each other, for people. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

struct table {
    guint n_columns;
    gboolean has_heads;
    GPtrArray *cells; /* char *, row by row */
};

/* HEADS, N_COLUMNS of them, are the first row; NULL for none. */
void table_init (struct table *table, guint n_columns, const char *const *heads);

/* Adds the next cell; the text is copied, and what would break the line in it becomes a space. */
void table_add (struct table *table, const char *text);
void table_add_printf (struct table *table, const char *format, ...) G_GNUC_PRINTF (2, 3);

/* Prints the rows that are there besides the heads, with the heads if there are any, and frees
 * it. */
void table_print (struct table *table);

G_END_DECLS
