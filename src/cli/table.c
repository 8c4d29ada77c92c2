/* SPDX-License-Identifier: GPL-2.0-or-later */
/* table.c - rows of text in columns below each other, for people. */
#include "table.h"

#include <stdarg.h>
#include <stdio.h>

#define GAP 2

/* Control characters in a name or a path would let it draw on the terminal. */
static char *
make_printable (const char *text)
{
    g_autofree char *valid = g_utf8_make_valid (text, -1);
    GString *clean = g_string_new (NULL);

    for (const char *p = valid; *p != '\0'; p = g_utf8_next_char (p)) {
        gunichar c = g_utf8_get_char (p);

        g_string_append_unichar (clean, g_unichar_iscntrl (c) ? ' ' : c);
    }
    return g_string_free (clean, FALSE);
}

void
table_add (struct table *table, const char *text)
{
    g_ptr_array_add (table->cells, make_printable (text));
}

void
table_init (struct table *table, guint n_columns, const char *const *heads)
{
    table->n_columns = n_columns;
    table->cells = g_ptr_array_new_with_free_func (g_free);
    table->has_heads = heads != NULL;
    for (guint i = 0; i < n_columns; i++)
        table_add (table, heads != NULL ? heads[i] : "");
}

void
table_add_printf (struct table *table, const char *format, ...)
{
    g_autofree char *text = NULL;
    va_list args;

    va_start (args, format);
    text = g_strdup_vprintf (format, args);
    va_end (args);
    table_add (table, text);
}

/* On a terminal: wide characters take two columns, marks none. */
static guint
measure (const char *text)
{
    guint width = 0;

    for (const char *p = text; *p != '\0'; p = g_utf8_next_char (p)) {
        gunichar c = g_utf8_get_char (p);

        width += g_unichar_iszerowidth (c) ? 0 : g_unichar_iswide (c) ? 2 : 1;
    }
    return width;
}

/* Nothing follows the last text of a row. */
static void
print_row (struct table *table, guint row, const guint *widths)
{
    guint gap = 0;

    for (guint i = 0; i < table->n_columns; i++) {
        const char *text = g_ptr_array_index (table->cells, row * table->n_columns + i);

        if (*text != '\0') {
            printf ("%*s%s", (int) gap, "", text);
            gap = 0;
        }
        gap += widths[i] - measure (text) + GAP;
    }
    putchar ('\n');
}

void
table_print (struct table *table)
{
    g_autofree guint *widths = g_new0 (guint, table->n_columns);
    guint n_rows = table->cells->len / table->n_columns;

    for (guint i = 0; i < table->cells->len; i++)
        widths[i % table->n_columns] =
            MAX (widths[i % table->n_columns], measure (g_ptr_array_index (table->cells, i)));
    if (n_rows > 1 && table->has_heads)
        print_row (table, 0, widths);
    for (guint row = 1; row < n_rows; row++)
        print_row (table, row, widths);
    g_ptr_array_unref (table->cells);
}
