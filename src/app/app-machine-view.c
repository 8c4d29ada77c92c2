/* SPDX-License-Identifier: GPL-2.0-or-later */
/* app-machine-view.c - the list of machines with its column heads and selection. */
#include "app-machine-view-private.h"

#include <glib/gi18n.h>

#define N_SORTS (APP_SORT_LOAD + 1)

/* More rows than any screen shows at once. */
#define FIRST_ROWS 50

enum {
    SIGNAL_SELECTION_CHANGED,
    SIGNAL_OPEN,
    N_SIGNALS,
};

static guint signals[N_SIGNALS];

G_DEFINE_TYPE (AppMachineView, app_machine_view, GTK_TYPE_BOX)

/* --- column heads -------------------------------------------------------------------------------- */

static void
update_heads (AppMachineView *self)
{
    GtkImage *const arrows[] = { self->name_arrow, self->started_arrow, self->state_arrow,
                                 self->load_arrow };
    GtkButton *const heads[] = { self->name_head, self->started_head, self->state_head,
                                 self->load_head };
    static const char *const names[] = { N_ ("Name"), N_ ("Started"), N_ ("State"), N_ ("CPU") };
    AppSort sort = app_hosts_get_sort (self->hosts);
    gboolean descending = app_hosts_get_descending (self->hosts);

    G_STATIC_ASSERT (G_N_ELEMENTS (arrows) == N_SORTS && G_N_ELEMENTS (names) == N_SORTS);
    for (guint i = 0; i < N_SORTS; i++) {
        AtkObject *accessible = gtk_widget_get_accessible (GTK_WIDGET (heads[i]));

        /* Each keeps its place, by the size in the template. */
        if (i != sort)
            gtk_image_clear (arrows[i]);
        atk_object_set_name (accessible, _ (names[i]));
        atk_object_set_description (accessible, i != sort    ? _ ("Sorts by this")
                                                : descending ? _ ("Sorted by this, downwards")
                                                             : _ ("Sorted by this"));
    }
    gtk_image_set_from_icon_name (
        arrows[sort], descending ? "pan-up-symbolic" : "pan-down-symbolic", GTK_ICON_SIZE_MENU);
}

/* The end of sorting, which made the rows anew. */
static void
select_again (AppMachineView *self, GPtrArray *selected)
{
    for (guint i = 0; i < selected->len; i++)
        app_machine_view_select (self, g_ptr_array_index (selected, i));
    self->sorting = FALSE;
    app_machine_view_schedule_pass (self);
}

/* Sorts anew; what was selected stays so, although its rows are others. */
static void
sort_by (AppMachineView *self, AppSort sort)
{
    g_autoptr (GPtrArray) selected = app_machine_view_get_selected (self);
    gboolean again = app_hosts_get_sort (self->hosts) == sort;
    gboolean descending = app_hosts_get_descending (self->hosts);

    self->sorting = TRUE;
    app_hosts_set_sort (self->hosts, sort, again && !descending);
    select_again (self, selected);
    update_heads (self);
    app_machine_view_watch_loads (self);
}

void
app_machine_view_sort_again (AppMachineView *self)
{
    g_autoptr (GPtrArray) selected = app_machine_view_get_selected (self);

    self->sorting = TRUE;
    app_hosts_sort_again (self->hosts);
    select_again (self, selected);
}

static void
name_head_clicked_cb (GtkButton *head, AppMachineView *self)
{
    sort_by (self, APP_SORT_NAME);
}

static void
started_head_clicked_cb (GtkButton *head, AppMachineView *self)
{
    sort_by (self, APP_SORT_STARTED);
}

static void
state_head_clicked_cb (GtkButton *head, AppMachineView *self)
{
    sort_by (self, APP_SORT_STATE);
}

static void
load_head_clicked_cb (GtkButton *head, AppMachineView *self)
{
    sort_by (self, APP_SORT_LOAD);
}

/* --- list ---------------------------------------------------------------------------------------- */

static void
selection_cb (GtkListBox *list_box, AppMachineView *self)
{
    if (!self->sorting)
        g_signal_emit (self, signals[SIGNAL_SELECTION_CHANGED], 0);
}

static void
row_activated_cb (GtkListBox *list_box, GtkListBoxRow *row, AppMachineView *self)
{
    g_signal_emit (self, signals[SIGNAL_OPEN], 0, app_machine_row_get_item (APP_MACHINE_ROW (row)));
}

/* Keys that are the list's alone: as accelerators of the window they would be taken from its entry. */
static gboolean
key_press_cb (GtkWidget *list_box, GdkEventKey *event, AppMachineView *self)
{
    GActionGroup *actions = gtk_widget_get_action_group (gtk_widget_get_toplevel (list_box), "win");

    switch (event->keyval) {
    case GDK_KEY_Delete:
    case GDK_KEY_KP_Delete:
        if (actions != NULL)
            g_action_group_activate_action (actions, "delete", NULL);
        return GDK_EVENT_STOP;
    case GDK_KEY_Escape:
        /* A menu that has not got the keyboard yet is what is meant. */
        if (self->menu_popover != NULL && gtk_widget_get_visible (self->menu_popover))
            gtk_popover_popdown (GTK_POPOVER (self->menu_popover));
        else
            gtk_list_box_unselect_all (self->list_box);
        return GDK_EVENT_STOP;
    default:
        return GDK_EVENT_PROPAGATE;
    }
}

static void
items_changed_cb (GListModel *list, guint position, guint removed, guint added,
                  AppMachineView *self)
{
    app_machine_view_schedule_pass (self);
    if (!self->sorting)
        app_machine_view_watch_loads (self);
    /* A selected row that went took its part of the selection along without a word. */
    if (removed > 0 && !self->sorting)
        g_signal_emit (self, signals[SIGNAL_SELECTION_CHANGED], 0);
}

/* --- object -------------------------------------------------------------------------------------- */

static void
app_machine_view_dispose (GObject *object)
{
    AppMachineView *self = APP_MACHINE_VIEW (object);

    g_clear_weak_pointer (&self->menu_popover);
    g_clear_object (&self->row_menu);
    app_machine_view_forget_loads (self);
    app_machine_view_forget_rows (self);
    g_clear_object (&self->head);
    g_clear_object (&self->hosts);
    G_OBJECT_CLASS (app_machine_view_parent_class)->dispose (object);
}

static void
app_machine_view_class_init (AppMachineViewClass *klass)
{
    GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

    G_OBJECT_CLASS (klass)->dispose = app_machine_view_dispose;

    signals[SIGNAL_SELECTION_CHANGED] =
        g_signal_new ("selection-changed", APP_TYPE_MACHINE_VIEW, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                      NULL, G_TYPE_NONE, 0);
    signals[SIGNAL_OPEN] = g_signal_new ("open", APP_TYPE_MACHINE_VIEW, G_SIGNAL_RUN_LAST, 0, NULL,
                                         NULL, NULL, G_TYPE_NONE, 1, APP_TYPE_MACHINE_ITEM);

    gtk_widget_class_set_template_from_resource (widget_class,
                                                 "/org/vitrine/Vitrine/ui/app-machine-view.ui");
    gtk_widget_class_bind_template_child (widget_class, AppMachineView, scroller);
    gtk_widget_class_bind_template_child (widget_class, AppMachineView, list_box);
    gtk_widget_class_bind_template_child (widget_class, AppMachineView, name_head);
    gtk_widget_class_bind_template_child (widget_class, AppMachineView, started_head);
    gtk_widget_class_bind_template_child (widget_class, AppMachineView, state_head);
    gtk_widget_class_bind_template_child (widget_class, AppMachineView, load_head);
    gtk_widget_class_bind_template_child (widget_class, AppMachineView, load_arrow);
    gtk_widget_class_bind_template_child (widget_class, AppMachineView, name_arrow);
    gtk_widget_class_bind_template_child (widget_class, AppMachineView, started_arrow);
    gtk_widget_class_bind_template_child (widget_class, AppMachineView, state_arrow);
    gtk_widget_class_bind_template_callback (widget_class, name_head_clicked_cb);
    gtk_widget_class_bind_template_callback (widget_class, started_head_clicked_cb);
    gtk_widget_class_bind_template_callback (widget_class, state_head_clicked_cb);
    gtk_widget_class_bind_template_callback (widget_class, load_head_clicked_cb);
    gtk_widget_class_bind_template_callback_full (widget_class, "popup_menu_cb",
                                                  G_CALLBACK (app_machine_view_popup_menu_cb));
    gtk_widget_class_bind_template_callback_full (widget_class, "button_press_cb",
                                                  G_CALLBACK (app_machine_view_button_press_cb));
    gtk_widget_class_bind_template_callback (widget_class, key_press_cb);
    gtk_widget_class_bind_template_callback (widget_class, selection_cb);
    gtk_widget_class_bind_template_callback (widget_class, row_activated_cb);
}

static void
app_machine_view_init (AppMachineView *self)
{
    GtkAdjustment *position;

    self->filled = g_ptr_array_new ();
    self->sampled = g_hash_table_new_full (NULL, NULL, NULL, app_machine_view_forget_load);
    gtk_widget_init_template (GTK_WIDGET (self));
    position = gtk_scrolled_window_get_vadjustment (self->scroller);
    g_signal_connect_object (position, "value-changed", G_CALLBACK (app_machine_view_schedule_pass),
                             self, G_CONNECT_SWAPPED);
    g_signal_connect_object (position, "notify::page-size",
                             G_CALLBACK (app_machine_view_schedule_pass), self, G_CONNECT_SWAPPED);
}

void
app_machine_view_set_hosts (AppMachineView *self, AppHosts *hosts)
{
    g_return_if_fail (APP_IS_MACHINE_VIEW (self));
    g_return_if_fail (APP_IS_HOSTS (hosts));
    g_return_if_fail (self->hosts == NULL);

    self->hosts = g_object_ref (hosts);
    self->head = app_head_list_new (G_LIST_MODEL (hosts), FIRST_ROWS);
    gtk_list_box_bind_model (self->list_box, G_LIST_MODEL (self->head),
                             app_machine_view_create_row_cb, self, NULL);
    /* After the box's own handler, which makes the rows. */
    g_signal_connect_object (self->head, "items-changed", G_CALLBACK (items_changed_cb), self,
                             G_CONNECT_AFTER);
    update_heads (self);
}

void
app_machine_view_settle (AppMachineView *self)
{
    g_return_if_fail (APP_IS_MACHINE_VIEW (self));

    self->settled = TRUE;
    app_head_list_show_all (self->head);
    app_machine_view_schedule_pass (self);
    for (guint i = 0; i < self->filled->len; i++)
        app_machine_view_take_picture (self, g_ptr_array_index (self->filled, i));
}

void
app_machine_view_set_row_menu (AppMachineView *self, GMenuModel *menu)
{
    g_return_if_fail (APP_IS_MACHINE_VIEW (self));
    g_set_object (&self->row_menu, menu);
}

GPtrArray *
app_machine_view_get_selected (AppMachineView *self)
{
    GPtrArray *items = g_ptr_array_new ();
    g_autoptr (GList) rows = NULL;

    g_return_val_if_fail (APP_IS_MACHINE_VIEW (self), items);

    rows = gtk_list_box_get_selected_rows (self->list_box);
    for (GList *l = rows; l != NULL; l = l->next)
        g_ptr_array_add (items, app_machine_row_get_item (l->data));
    return items;
}

void
app_machine_view_select (AppMachineView *self, AppMachineItem *item)
{
    GtkListBoxRow *row;

    g_return_if_fail (APP_IS_MACHINE_VIEW (self));

    app_head_list_show_all (self->head);
    for (int i = 0; (row = gtk_list_box_get_row_at_index (self->list_box, i)) != NULL; i++) {
        if (APP_IS_MACHINE_ROW (row) && app_machine_row_get_item (APP_MACHINE_ROW (row)) == item) {
            gtk_list_box_select_row (self->list_box, row);
            return;
        }
    }
}

void
app_machine_view_select_all (AppMachineView *self)
{
    g_return_if_fail (APP_IS_MACHINE_VIEW (self));
    app_head_list_show_all (self->head);
    gtk_list_box_select_all (self->list_box);
}

void
app_machine_view_unselect_all (AppMachineView *self)
{
    g_return_if_fail (APP_IS_MACHINE_VIEW (self));
    gtk_list_box_unselect_all (self->list_box);
}

void
app_machine_view_focus (AppMachineView *self)
{
    GtkListBoxRow *row;

    g_return_if_fail (APP_IS_MACHINE_VIEW (self));

    row = app_machine_view_get_cursor_row (self);
    for (int i = 0; row == NULL || !APP_IS_MACHINE_ROW (row); i++) {
        GtkListBoxRow *next = gtk_list_box_get_row_at_index (self->list_box, i);

        if (next == NULL)
            break;
        row = next;
    }
    if (row != NULL)
        gtk_widget_grab_focus (GTK_WIDGET (row));
}
