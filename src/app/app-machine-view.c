/* SPDX-License-Identifier: GPL-2.0-or-later */
/* app-machine-view.c - the list of machines with its column heads, selection and row menu.
 *
 * Theory of operation
 *
 *   A GtkListBox has a row for every machine, but rows are filled (app-machine-row.c) only when they
 *   come into sight, with half a page of margin on either side; filled rows far from sight are emptied
 *   again once there are more than FILLED_MAX.  "Came into sight" is: the scroll position moved, the
 *   page changed its size, or rows came or went.  Each of these schedules one pass at a priority just
 *   above layout, so a frame never shows an empty row, and nothing is scheduled while nothing moves.
 *
 *   The first rows are filled as they are made: before the first layout there is no position to ask.
 */
#include "app-machine-view.h"

#include <glib/gi18n.h>

#include "app-machine-row.h"

#define FIRST_FILLED     8
#define FILLED_MAX       64
#define PASS_PRIORITY    (GTK_PRIORITY_RESIZE - 5)
#define N_SORTS          (APP_SORT_STATE + 1)

struct _AppMachineView {
    GtkBox parent_instance;

    AppMachineList *list;
    GPtrArray *filled; /* AppMachineRow, each disconnects itself when it goes */
    guint pass_id;     /* 0: no pass is scheduled */
    gboolean sorting;  /* rows are being remade in another order: the selection stays */
    GtkWidget *menu_popover; /* hung on a row's button while open, or NULL */
    GMenuModel *row_menu;

    GtkScrolledWindow *scroller;
    GtkListBox *list_box;
    GtkButton *name_head;
    GtkButton *started_head;
    GtkButton *state_head;
    GtkImage *name_arrow;
    GtkImage *started_arrow;
    GtkImage *state_arrow;
};

enum {
    SIGNAL_SELECTION_CHANGED,
    SIGNAL_OPEN,
    N_SIGNALS,
};

static guint signals[N_SIGNALS];

G_DEFINE_TYPE (AppMachineView, app_machine_view, GTK_TYPE_BOX)

static void menu_clicked_cb (GtkWidget *button, AppMachineView *self);

/* --- filling rows -------------------------------------------------------------------------------- */

static void
row_gone_cb (gpointer data, GObject *row)
{
    g_ptr_array_remove_fast (data, row);
}

static void
fill_row (AppMachineView *self, AppMachineRow *row)
{
    if (app_machine_row_get_card (row) != NULL)
        return;
    app_machine_row_fill (row);
    g_signal_connect_object (app_machine_card_get_menu_button (app_machine_row_get_card (row)),
                             "clicked", G_CALLBACK (menu_clicked_cb), self, 0);
    app_machine_item_take_picture (app_machine_row_get_item (row),
                                   gtk_widget_get_scale_factor (GTK_WIDGET (self)));
    g_ptr_array_add (self->filled, row);
    g_object_weak_ref (G_OBJECT (row), row_gone_cb, self->filled);
}

static void
empty_row_at (AppMachineView *self, guint index)
{
    AppMachineRow *row = g_ptr_array_index (self->filled, index);

    app_machine_row_empty (row);
    if (app_machine_row_get_card (row) != NULL)
        return;
    g_object_weak_unref (G_OBJECT (row), row_gone_cb, self->filled);
    g_ptr_array_remove_index_fast (self->filled, index);
}

/* Whether ROW, as it was last laid out, touches the stretch from TOP to BOTTOM. */
static gboolean
row_is_within (GtkWidget *row, double top, double bottom)
{
    GtkAllocation place;

    gtk_widget_get_allocation (row, &place);
    return place.y + place.height > top && place.y < bottom;
}

static void
empty_far_rows (AppMachineView *self, double top, double bottom)
{
    if (self->filled->len <= FILLED_MAX)
        return;
    for (guint i = self->filled->len; i-- > 0;) {
        if (!row_is_within (g_ptr_array_index (self->filled, i), top, bottom))
            empty_row_at (self, i);
    }
}

static gboolean
fill_pass_cb (gpointer user_data)
{
    AppMachineView *self = user_data;
    GtkAdjustment *position = gtk_scrolled_window_get_vadjustment (self->scroller);
    double page = gtk_adjustment_get_page_size (position);
    double top = gtk_adjustment_get_value (position) - page / 2;
    double bottom = top + 2 * page;
    GtkListBoxRow *row = gtk_list_box_get_row_at_y (self->list_box, (int)MAX (top, 0));

    self->pass_id = 0;
    for (; row != NULL && row_is_within (GTK_WIDGET (row), top, bottom);
         row = gtk_list_box_get_row_at_index (self->list_box,
                                              gtk_list_box_row_get_index (row) + 1))
        fill_row (self, APP_MACHINE_ROW (row));
    empty_far_rows (self, top - page, bottom + page);
    return G_SOURCE_REMOVE;
}

static void
schedule_pass (AppMachineView *self)
{
    if (self->pass_id == 0)
        self->pass_id = g_idle_add_full (PASS_PRIORITY, fill_pass_cb, self, NULL);
}

static GtkWidget *
create_row_cb (gpointer item, gpointer user_data)
{
    AppMachineView *self = user_data;
    AppMachineRow *row = app_machine_row_new (item);

    if (self->filled->len < FIRST_FILLED)
        fill_row (self, row);
    return GTK_WIDGET (row);
}

/* --- column heads -------------------------------------------------------------------------------- */

static void
update_heads (AppMachineView *self)
{
    GtkImage *const arrows[] = { self->name_arrow, self->started_arrow, self->state_arrow };
    GtkButton *const heads[] = { self->name_head, self->started_head, self->state_head };
    static const char *const names[] = { N_ ("Name"), N_ ("Started"), N_ ("State") };
    AppSort sort = app_machine_list_get_sort (self->list);
    gboolean descending = app_machine_list_get_descending (self->list);

    G_STATIC_ASSERT (G_N_ELEMENTS (arrows) == N_SORTS && G_N_ELEMENTS (names) == N_SORTS);
    for (guint i = 0; i < N_SORTS; i++) {
        AtkObject *accessible = gtk_widget_get_accessible (GTK_WIDGET (heads[i]));

        gtk_widget_set_opacity (GTK_WIDGET (arrows[i]), i == sort ? 1.0 : 0.0);
        atk_object_set_name (accessible, _ (names[i]));
        atk_object_set_description (accessible, i != sort    ? _ ("Sorts by this")
                                                : descending ? _ ("Sorted by this, downwards")
                                                             : _ ("Sorted by this"));
    }
    gtk_image_set_from_icon_name (arrows[sort],
                                  descending ? "pan-up-symbolic" : "pan-down-symbolic",
                                  GTK_ICON_SIZE_MENU);
}

/* Sorts anew; what was selected stays so, although its rows are others. */
static void
sort_by (AppMachineView *self, AppSort sort)
{
    g_autoptr (GPtrArray) selected = app_machine_view_get_selected (self);
    gboolean again = app_machine_list_get_sort (self->list) == sort;
    gboolean descending = app_machine_list_get_descending (self->list);

    self->sorting = TRUE;
    app_machine_list_set_sort (self->list, sort, again && !descending);
    for (guint i = 0; i < selected->len; i++)
        app_machine_view_select (self, g_ptr_array_index (selected, i));
    self->sorting = FALSE;
    update_heads (self);
    schedule_pass (self);
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

/* --- row menu ------------------------------------------------------------------------------------ */

/* Whatever the menu led to has the keyboard by now; else the list gets it back. */
static gboolean
refocus_cb (gpointer user_data)
{
    AppMachineView *self = user_data;
    GtkWidget *window = gtk_widget_get_toplevel (GTK_WIDGET (self));

    if (GTK_IS_WINDOW (window) && gtk_window_get_focus (GTK_WINDOW (window)) == NULL)
        app_machine_view_focus (self);
    return G_SOURCE_REMOVE;
}

/* One popover serves all rows.  While closed it hangs on the view: a popover dies with what it hangs on.
 * Moving it takes the keyboard from it. */
static void
menu_closed_cb (GtkPopover *popover, AppMachineView *self)
{
    gtk_popover_set_relative_to (popover, GTK_WIDGET (self));
    g_idle_add_full (G_PRIORITY_DEFAULT_IDLE, refocus_cb, g_object_ref (self), g_object_unref);
}

static GtkPopover *
get_menu_popover (AppMachineView *self)
{
    if (self->menu_popover == NULL) {
        g_set_weak_pointer (&self->menu_popover,
                            gtk_popover_new_from_model (GTK_WIDGET (self), self->row_menu));
        g_signal_connect_object (self->menu_popover, "closed", G_CALLBACK (menu_closed_cb), self, 0);
    }
    return GTK_POPOVER (self->menu_popover);
}

static void
popup_row_menu (AppMachineView *self, AppMachineRow *row)
{
    GtkPopover *popover;

    if (self->row_menu == NULL)
        return;
    if (!gtk_list_box_row_is_selected (GTK_LIST_BOX_ROW (row))) {
        gtk_list_box_unselect_all (self->list_box);
        gtk_list_box_select_row (self->list_box, GTK_LIST_BOX_ROW (row));
    }
    fill_row (self, row);
    popover = get_menu_popover (self);
    gtk_popover_set_relative_to (
        popover, app_machine_card_get_menu_button (app_machine_row_get_card (row)));
    gtk_popover_popup (popover);
}

static void
menu_clicked_cb (GtkWidget *button, AppMachineView *self)
{
    GtkWidget *row = gtk_widget_get_ancestor (button, APP_TYPE_MACHINE_ROW);

    g_assert (row != NULL);
    popup_row_menu (self, APP_MACHINE_ROW (row));
}

/* The row that has the keyboard, or else the first selected one. */
static AppMachineRow *
get_cursor_row (AppMachineView *self)
{
    GtkWidget *row = gtk_container_get_focus_child (GTK_CONTAINER (self->list_box));

    if (row == NULL)
        row = GTK_WIDGET (gtk_list_box_get_selected_row (self->list_box));
    return row != NULL ? APP_MACHINE_ROW (row) : NULL;
}

static gboolean
popup_menu_cb (GtkWidget *list_box, AppMachineView *self)
{
    AppMachineRow *row = get_cursor_row (self);

    if (row == NULL)
        return GDK_EVENT_PROPAGATE;
    popup_row_menu (self, row);
    return GDK_EVENT_STOP;
}

static gboolean
button_press_cb (GtkWidget *list_box, GdkEventButton *event, AppMachineView *self)
{
    GtkListBoxRow *row;
    int y;

    /* Labels and pictures leave their clicks to the box, whose window the place then is in. */
    gtk_widget_translate_coordinates (gtk_get_event_widget ((GdkEvent *) event), list_box,
                                      (int) event->x, (int) event->y, NULL, &y);
    row = gtk_list_box_get_row_at_y (self->list_box, y);
    /* A click beside all rows lets go of them. */
    if (row == NULL)
        gtk_list_box_unselect_all (self->list_box);
    if (row == NULL || !gdk_event_triggers_context_menu ((GdkEvent *)event))
        return GDK_EVENT_PROPAGATE;
    popup_row_menu (self, APP_MACHINE_ROW (row));
    return GDK_EVENT_STOP;
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
    g_signal_emit (self, signals[SIGNAL_OPEN], 0,
                   app_machine_row_get_item (APP_MACHINE_ROW (row)));
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
    schedule_pass (self);
    /* A selected row that went took its part of the selection along without a word. */
    if (removed > 0 && !self->sorting)
        g_signal_emit (self, signals[SIGNAL_SELECTION_CHANGED], 0);
}

/* --- object -------------------------------------------------------------------------------------- */

static void
app_machine_view_dispose (GObject *object)
{
    AppMachineView *self = APP_MACHINE_VIEW (object);

    g_clear_handle_id (&self->pass_id, g_source_remove);
    g_clear_weak_pointer (&self->menu_popover);
    g_clear_object (&self->row_menu);
    if (self->filled != NULL) {
        for (guint i = 0; i < self->filled->len; i++)
            g_object_weak_unref (g_ptr_array_index (self->filled, i), row_gone_cb, self->filled);
        g_clear_pointer (&self->filled, g_ptr_array_unref);
    }
    g_clear_object (&self->list);
    G_OBJECT_CLASS (app_machine_view_parent_class)->dispose (object);
}

static void
app_machine_view_class_init (AppMachineViewClass *klass)
{
    GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

    G_OBJECT_CLASS (klass)->dispose = app_machine_view_dispose;

    signals[SIGNAL_SELECTION_CHANGED]
        = g_signal_new ("selection-changed", APP_TYPE_MACHINE_VIEW, G_SIGNAL_RUN_LAST, 0, NULL,
                        NULL, NULL, G_TYPE_NONE, 0);
    signals[SIGNAL_OPEN] = g_signal_new ("open", APP_TYPE_MACHINE_VIEW, G_SIGNAL_RUN_LAST, 0, NULL,
                                         NULL, NULL, G_TYPE_NONE, 1, APP_TYPE_MACHINE_ITEM);

    gtk_widget_class_set_template_from_resource (widget_class,
                                                 "/org/vitrine/Vitrine/ui/app-machine-view.ui");
    gtk_widget_class_bind_template_child (widget_class, AppMachineView, scroller);
    gtk_widget_class_bind_template_child (widget_class, AppMachineView, list_box);
    gtk_widget_class_bind_template_child (widget_class, AppMachineView, name_head);
    gtk_widget_class_bind_template_child (widget_class, AppMachineView, started_head);
    gtk_widget_class_bind_template_child (widget_class, AppMachineView, state_head);
    gtk_widget_class_bind_template_child (widget_class, AppMachineView, name_arrow);
    gtk_widget_class_bind_template_child (widget_class, AppMachineView, started_arrow);
    gtk_widget_class_bind_template_child (widget_class, AppMachineView, state_arrow);
    gtk_widget_class_bind_template_callback (widget_class, name_head_clicked_cb);
    gtk_widget_class_bind_template_callback (widget_class, started_head_clicked_cb);
    gtk_widget_class_bind_template_callback (widget_class, state_head_clicked_cb);
    gtk_widget_class_bind_template_callback (widget_class, popup_menu_cb);
    gtk_widget_class_bind_template_callback (widget_class, button_press_cb);
    gtk_widget_class_bind_template_callback (widget_class, key_press_cb);
    gtk_widget_class_bind_template_callback (widget_class, selection_cb);
    gtk_widget_class_bind_template_callback (widget_class, row_activated_cb);
}

static void
app_machine_view_init (AppMachineView *self)
{
    GtkAdjustment *position;

    self->filled = g_ptr_array_new ();
    gtk_widget_init_template (GTK_WIDGET (self));
    position = gtk_scrolled_window_get_vadjustment (self->scroller);
    g_signal_connect_object (position, "value-changed", G_CALLBACK (schedule_pass), self,
                             G_CONNECT_SWAPPED);
    g_signal_connect_object (position, "notify::page-size", G_CALLBACK (schedule_pass), self,
                             G_CONNECT_SWAPPED);
}

void
app_machine_view_set_list (AppMachineView *self, AppMachineList *list)
{
    g_return_if_fail (APP_IS_MACHINE_VIEW (self));
    g_return_if_fail (APP_IS_MACHINE_LIST (list));
    g_return_if_fail (self->list == NULL);

    self->list = g_object_ref (list);
    gtk_list_box_bind_model (self->list_box, G_LIST_MODEL (list), create_row_cb, self, NULL);
    /* After the box's own handler, which makes the rows. */
    g_signal_connect_object (list, "items-changed", G_CALLBACK (items_changed_cb), self,
                             G_CONNECT_AFTER);
    update_heads (self);
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

    for (int i = 0; (row = gtk_list_box_get_row_at_index (self->list_box, i)) != NULL; i++) {
        if (app_machine_row_get_item (APP_MACHINE_ROW (row)) == item) {
            gtk_list_box_select_row (self->list_box, row);
            return;
        }
    }
}

void
app_machine_view_select_all (AppMachineView *self)
{
    g_return_if_fail (APP_IS_MACHINE_VIEW (self));
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
    GtkWidget *row;

    g_return_if_fail (APP_IS_MACHINE_VIEW (self));

    row = (GtkWidget *)get_cursor_row (self);
    if (row == NULL)
        row = GTK_WIDGET (gtk_list_box_get_row_at_index (self->list_box, 0));
    if (row != NULL)
        gtk_widget_grab_focus (row);
}

/* Pictures of rows out of sight are not worth the guest's time. */
void
app_machine_view_take_pictures (AppMachineView *self)
{
    GtkAdjustment *position;
    double top, bottom;

    g_return_if_fail (APP_IS_MACHINE_VIEW (self));

    position = gtk_scrolled_window_get_vadjustment (self->scroller);
    top = gtk_adjustment_get_value (position);
    bottom = top + gtk_adjustment_get_page_size (position);
    for (guint i = 0; i < self->filled->len; i++) {
        AppMachineRow *row = g_ptr_array_index (self->filled, i);

        if (row_is_within (GTK_WIDGET (row), top, bottom))
            app_machine_item_take_picture (app_machine_row_get_item (row),
                                           gtk_widget_get_scale_factor (GTK_WIDGET (self)));
    }
}
