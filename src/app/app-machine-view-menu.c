/* SPDX-License-Identifier: GPL-2.0-or-later */
/* app-machine-view-menu.c - the menu of a row, and the ways to it: its button, a right click, a key. */
#include "app-machine-view-private.h"

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
        g_signal_connect_object (self->menu_popover, "closed", G_CALLBACK (menu_closed_cb), self,
                                 0);
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
    app_machine_view_fill_row (self, row);
    popover = get_menu_popover (self);
    gtk_popover_set_relative_to (popover,
                                 app_machine_card_get_menu_button (app_machine_row_get_card (row)));
    gtk_popover_popup (popover);
}

/* FALSE when ROW has none. */
static gboolean
popup_menu_of (AppMachineView *self, GtkListBoxRow *row)
{
    if (APP_IS_HOST_ROW (row))
        return app_host_row_popup_menu (APP_HOST_ROW (row));
    popup_row_menu (self, APP_MACHINE_ROW (row));
    return TRUE;
}

void
app_machine_view_menu_clicked_cb (GtkWidget *button, AppMachineView *self)
{
    GtkWidget *row = gtk_widget_get_ancestor (button, APP_TYPE_MACHINE_ROW);

    g_assert (row != NULL);
    popup_row_menu (self, APP_MACHINE_ROW (row));
}

GtkListBoxRow *
app_machine_view_get_cursor_row (AppMachineView *self)
{
    GtkWidget *row = gtk_container_get_focus_child (GTK_CONTAINER (self->list_box));

    if (row == NULL)
        row = GTK_WIDGET (gtk_list_box_get_selected_row (self->list_box));
    return row != NULL ? GTK_LIST_BOX_ROW (row) : NULL;
}

gboolean
app_machine_view_popup_menu_cb (GtkWidget *list_box, AppMachineView *self)
{
    GtkListBoxRow *row = app_machine_view_get_cursor_row (self);

    return row != NULL && popup_menu_of (self, row) ? GDK_EVENT_STOP : GDK_EVENT_PROPAGATE;
}

gboolean
app_machine_view_button_press_cb (GtkWidget *list_box, GdkEventButton *event, AppMachineView *self)
{
    GtkListBoxRow *row;
    int y;

    /* Labels and pictures leave their clicks to the box, whose window the place then is in. */
    gtk_widget_translate_coordinates (gtk_get_event_widget ((GdkEvent *) event), list_box,
                                      (int) event->x, (int) event->y, NULL, &y);
    row = gtk_list_box_get_row_at_y (self->list_box, y);
    /* A click beside all machines lets go of them. */
    if (row == NULL || APP_IS_HOST_ROW (row))
        gtk_list_box_unselect_all (self->list_box);
    if (row == NULL || !gdk_event_triggers_context_menu ((GdkEvent *) event))
        return GDK_EVENT_PROPAGATE;
    return popup_menu_of (self, row) ? GDK_EVENT_STOP : GDK_EVENT_PROPAGATE;
}
