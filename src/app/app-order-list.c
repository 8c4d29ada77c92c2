/* SPDX-License-Identifier: GPL-2.0-or-later */
/* app-order-list.c - some of several things, in an order: a tick each, and buttons that move it.
 *
 * The rows' order is the order; those that are not ticked stand where they are, and are passed over.
 */
#include "app-order-list.h"

#include <glib/gi18n.h>

struct _AppOrderList {
    GtkBox parent_instance;

    gboolean updating; /* the ticks; nobody's choice */
};

/* What is in a row. */
typedef struct {
    GtkWidget *row; /* borrowed */
    char *choice;
    GtkToggleButton *tick;
    GtkWidget *up, *down;
} Line;

enum {
    SIGNAL_CHANGED,
    N_SIGNALS,
};

static guint signals[N_SIGNALS];

G_DEFINE_TYPE (AppOrderList, app_order_list, GTK_TYPE_BOX)

static void
line_free (gpointer data)
{
    Line *line = data;

    g_free (line->choice);
    g_free (line);
}

static Line *
get_line (gpointer row)
{
    return g_object_get_data (G_OBJECT (row), "line");
}

/* The first cannot go up, nor the last down. */
static void
update (AppOrderList *self)
{
    g_autoptr (GList) rows = gtk_container_get_children (GTK_CONTAINER (self));

    for (GList *l = rows; l != NULL; l = l->next) {
        gtk_widget_set_sensitive (get_line (l->data)->up, l->prev != NULL);
        gtk_widget_set_sensitive (get_line (l->data)->down, l->next != NULL);
    }
}

static void
changed (AppOrderList *self)
{
    update (self);
    if (!self->updating)
        g_signal_emit (self, signals[SIGNAL_CHANGED], 0);
}

static void
move (AppOrderList *self, GtkWidget *button, int step)
{
    Line *line = g_object_get_data (G_OBJECT (button), "line");
    int place;

    gtk_container_child_get (GTK_CONTAINER (self), line->row, "position", &place, NULL);
    gtk_box_reorder_child (GTK_BOX (self), line->row, place + step);
    changed (self);
    gtk_widget_grab_focus (gtk_widget_get_sensitive (button) ? button : GTK_WIDGET (line->tick));
}

static void
up_clicked_cb (GtkButton *button, AppOrderList *self)
{
    move (self, GTK_WIDGET (button), -1);
}

static void
down_clicked_cb (GtkButton *button, AppOrderList *self)
{
    move (self, GTK_WIDGET (button), 1);
}

static GtkWidget *
new_button (AppOrderList *self, Line *line, const char *icon_name, GCallback clicked)
{
    GtkWidget *button = gtk_button_new_from_icon_name (icon_name, GTK_ICON_SIZE_MENU);

    gtk_button_set_relief (GTK_BUTTON (button), GTK_RELIEF_NONE);
    g_object_set_data (G_OBJECT (button), "line", line);
    g_signal_connect_object (button, "clicked", clicked, self, 0);
    return button;
}

static void
add_line (AppOrderList *self, const char *choice)
{
    Line *line = g_new0 (Line, 1);

    line->choice = g_strdup (choice);
    line->row = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 0);
    line->tick = GTK_TOGGLE_BUTTON (gtk_check_button_new_with_label (choice));
    line->up = new_button (self, line, "go-up-symbolic", G_CALLBACK (up_clicked_cb));
    line->down = new_button (self, line, "go-down-symbolic", G_CALLBACK (down_clicked_cb));
    g_signal_connect_object (line->tick, "toggled", G_CALLBACK (changed), self, G_CONNECT_SWAPPED);
    gtk_box_pack_start (GTK_BOX (line->row), GTK_WIDGET (line->tick), TRUE, TRUE, 0);
    gtk_container_add (GTK_CONTAINER (line->row), line->up);
    gtk_container_add (GTK_CONTAINER (line->row), line->down);
    g_object_set_data_full (G_OBJECT (line->row), "line", line, line_free);
    gtk_container_add (GTK_CONTAINER (self), line->row);
    gtk_widget_show_all (line->row);
    app_order_list_set_title (self, choice, choice);
}

static Line *
find_line (AppOrderList *self, const char *choice)
{
    g_autoptr (GList) rows = gtk_container_get_children (GTK_CONTAINER (self));

    for (GList *l = rows; l != NULL; l = l->next)
        if (g_str_equal (get_line (l->data)->choice, choice))
            return get_line (l->data);
    return NULL;
}

static void
app_order_list_class_init (AppOrderListClass *klass)
{
    signals[SIGNAL_CHANGED] = g_signal_new ("changed", APP_TYPE_ORDER_LIST, G_SIGNAL_RUN_LAST, 0,
                                            NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
app_order_list_init (AppOrderList *self)
{
    gtk_orientable_set_orientation (GTK_ORIENTABLE (self), GTK_ORIENTATION_VERTICAL);
}

AppOrderList *
app_order_list_new (const char *const *choices, const char *value)
{
    AppOrderList *self = g_object_new (APP_TYPE_ORDER_LIST, NULL);

    for (guint i = 0; choices[i] != NULL; i++)
        add_line (self, choices[i]);
    app_order_list_set_value (self, value);
    return self;
}

void
app_order_list_set_value (AppOrderList *self, const char *value)
{
    g_auto (GStrv) order = NULL;
    g_autofree char *before = NULL;
    g_autoptr (GList) rows = NULL;
    int place = 0;

    g_return_if_fail (APP_IS_ORDER_LIST (self) && value != NULL);

    before = app_order_list_dup_value (self);
    if (g_str_equal (before, value))
        return;
    order = g_strsplit (value, ",", -1);
    rows = gtk_container_get_children (GTK_CONTAINER (self));
    self->updating = TRUE;
    for (GList *l = rows; l != NULL; l = l->next)
        gtk_toggle_button_set_active (
            get_line (l->data)->tick,
            g_strv_contains ((const char *const *) order, get_line (l->data)->choice));
    for (guint i = 0; order[i] != NULL; i++) {
        Line *line = find_line (self, order[i]);

        if (line != NULL)
            gtk_box_reorder_child (GTK_BOX (self), line->row, place++);
    }
    self->updating = FALSE;
    changed (self);
}

char *
app_order_list_dup_value (AppOrderList *self)
{
    g_autoptr (GList) rows = NULL;
    GString *value = g_string_new (NULL);

    g_return_val_if_fail (APP_IS_ORDER_LIST (self), NULL);

    rows = gtk_container_get_children (GTK_CONTAINER (self));
    for (GList *l = rows; l != NULL; l = l->next)
        if (gtk_toggle_button_get_active (get_line (l->data)->tick))
            g_string_append_printf (value, "%s%s", value->len > 0 ? "," : "",
                                    get_line (l->data)->choice);
    return g_string_free (value, FALSE);
}

void
app_order_list_set_title (AppOrderList *self, const char *choice, const char *title)
{
    g_autofree char *up = g_strdup_printf (_ ("Move “%s” up"), title);
    g_autofree char *down = g_strdup_printf (_ ("Move “%s” down"), title);
    Line *line;
    GtkWidget *label;

    g_return_if_fail (APP_IS_ORDER_LIST (self));

    line = find_line (self, choice);
    if (line == NULL)
        return;
    label = gtk_bin_get_child (GTK_BIN (line->tick));
    gtk_label_set_text (GTK_LABEL (label), title);
    gtk_label_set_ellipsize (GTK_LABEL (label), PANGO_ELLIPSIZE_MIDDLE);
    gtk_label_set_max_width_chars (GTK_LABEL (label), 28);
    gtk_widget_set_tooltip_text (line->up, up);
    gtk_widget_set_tooltip_text (line->down, down);
    atk_object_set_name (gtk_widget_get_accessible (line->up), up);
    atk_object_set_name (gtk_widget_get_accessible (line->down), down);
}
