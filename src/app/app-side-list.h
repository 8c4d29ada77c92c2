/* SPDX-License-Identifier: GPL-2.0-or-later */
/* app-side-list.h - the list beside a page: what a window is about, one row each, as a tree where it is one.
 *
 * The list box is the window's own; its selection is what the page is about.
 */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* A row: its two lines, and by which KEY the window knows it. */
typedef struct {
    char *key, *title, *fact;
    const char *icon_name; /* static */
    guint depth;           /* in the tree */
} AppSideItem;

/* All copied. */
AppSideItem *app_side_item_new (const char *key, const char *icon_name, const char *title,
                                const char *fact, guint depth);

/* An empty array for app_side_list_fill(). (transfer full) */
GPtrArray *app_side_items_new (void);

/* Has LIST show ITEMS, of AppSideItem, and selects the one of SELECTED_KEY, else the first.  Nothing happens where that
 * is what it shows; the keyboard stays in it where it was. */
void app_side_list_fill (GtkListBox *list, GPtrArray *items, const char *selected_key);

/* Of a row of such a list; borrowed.  NULL for NULL. */
const char *app_side_row_get_key (GtkListBoxRow *row);

/* Selects the row of KEY and brings it into sight, with the keyboard. */
void app_side_list_select (GtkListBox *list, const char *key);

G_END_DECLS
