/* SPDX-License-Identifier: GPL-2.0-or-later */
/* app-side-list.c - the list beside a page: what a window is about, one row each, as a tree where it is one. */
#include "app-side-list.h"

#include <string.h>

#define DEPTH_MAX    6 /* deeper ones are shown at this depth */
#define DEPTH_INDENT 18

static void
item_free (gpointer data)
{
    AppSideItem *item = data;

    g_free (item->key);
    g_free (item->title);
    g_free (item->fact);
    g_free (item);
}

AppSideItem *
app_side_item_new (const char *key, const char *icon_name, const char *title, const char *fact,
                   guint depth)
{
    AppSideItem *item = g_new0 (AppSideItem, 1);

    item->key = g_strdup (key);
    item->title = g_strdup (title);
    item->fact = g_strdup (fact);
    item->icon_name = icon_name;
    item->depth = depth;
    return item;
}

GPtrArray *
app_side_items_new (void)
{
    return g_ptr_array_new_with_free_func (item_free);
}

const char *
app_side_row_get_key (GtkListBoxRow *row)
{
    return row != NULL ? g_object_get_data (G_OBJECT (row), "key") : NULL;
}

static GtkListBoxRow *
find_row (GtkListBox *list, const char *key)
{
    GtkListBoxRow *row;

    for (int i = 0; (row = gtk_list_box_get_row_at_index (list, i)) != NULL; i++)
        if (g_strcmp0 (app_side_row_get_key (row), key) == 0)
            return row;
    return NULL;
}

static GtkWidget *
new_label (const char *text, PangoEllipsizeMode ellipsize, const char *style_class)
{
    GtkWidget *label = gtk_label_new (text);

    gtk_label_set_xalign (GTK_LABEL (label), 0);
    gtk_label_set_ellipsize (GTK_LABEL (label), ellipsize);
    gtk_label_set_max_width_chars (GTK_LABEL (label), 34);
    if (style_class != NULL)
        gtk_style_context_add_class (gtk_widget_get_style_context (label), style_class);
    return label;
}

static GtkWidget *
new_row (const AppSideItem *item)
{
    GtkWidget *row = gtk_list_box_row_new ();
    GtkWidget *box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 12);
    GtkWidget *texts = gtk_box_new (GTK_ORIENTATION_VERTICAL, 2);

    gtk_container_add (GTK_CONTAINER (box),
                       gtk_image_new_from_icon_name (item->icon_name, GTK_ICON_SIZE_MENU));
    gtk_container_add (GTK_CONTAINER (texts),
                       new_label (item->title, PANGO_ELLIPSIZE_MIDDLE, NULL));
    gtk_container_add (GTK_CONTAINER (texts),
                       new_label (item->fact, PANGO_ELLIPSIZE_END, "dim-label"));
    gtk_container_add (GTK_CONTAINER (box), texts);
    gtk_container_add (GTK_CONTAINER (row), box);
    gtk_widget_set_margin_start (box, (int) MIN (item->depth, DEPTH_MAX) * DEPTH_INDENT);
    gtk_widget_set_tooltip_text (row, item->title);
    gtk_style_context_add_class (gtk_widget_get_style_context (box), "side-row");
    atk_object_set_name (gtk_widget_get_accessible (row), item->title);
    atk_object_set_description (gtk_widget_get_accessible (row), item->fact);
    g_object_set_data_full (G_OBJECT (row), "key", g_strdup (item->key), g_free);
    gtk_widget_show_all (row);
    return row;
}

/* All that ITEMS shows, as one text. */
static char *
describe (GPtrArray *items)
{
    GString *text = g_string_new (NULL);

    for (guint i = 0; i < items->len; i++) {
        const AppSideItem *item = g_ptr_array_index (items, i);

        g_string_append_printf (text, "%s\n%s\n%s\n%s\n%u\n", item->key, item->title, item->fact,
                                item->icon_name, item->depth);
    }
    return g_string_free (text, FALSE);
}

void
app_side_list_fill (GtkListBox *list, GPtrArray *items, const char *selected_key)
{
    g_autofree char *text = describe (items);
    gboolean had_focus = gtk_container_get_focus_child (GTK_CONTAINER (list)) != NULL;
    g_autofree char *key = g_strdup (selected_key);
    g_autoptr (GList) before = NULL;
    GtkListBoxRow *selected;

    if (g_strcmp0 (g_object_get_data (G_OBJECT (list), "shown"), text) == 0
        && g_strcmp0 (app_side_row_get_key (gtk_list_box_get_selected_row (list)), key) == 0)
        return;
    before = gtk_container_get_children (GTK_CONTAINER (list));
    for (GList *l = before; l != NULL; l = l->next)
        gtk_widget_destroy (l->data);
    for (guint i = 0; i < items->len; i++)
        gtk_container_add (GTK_CONTAINER (list), new_row (g_ptr_array_index (items, i)));
    g_object_set_data_full (G_OBJECT (list), "shown", g_steal_pointer (&text), g_free);
    selected = find_row (list, key);
    if (selected == NULL)
        selected = gtk_list_box_get_row_at_index (list, 0);
    if (selected != NULL)
        gtk_list_box_select_row (list, selected);
    if (selected != NULL && had_focus)
        gtk_widget_grab_focus (GTK_WIDGET (selected));
}

void
app_side_list_select (GtkListBox *list, const char *key)
{
    GtkListBoxRow *row = find_row (list, key);

    if (row == NULL)
        return;
    gtk_list_box_select_row (list, row);
    gtk_widget_grab_focus (GTK_WIDGET (row));
}
