/* SPDX-License-Identifier: GPL-2.0-or-later */
/* app-machine-view-private.h - the list's parts, for the files it is split into. */
#pragma once

#include "app-head-list.h"
#include "app-host-row.h"
#include "app-machine-row.h"
#include "app-machine-view.h"

G_BEGIN_DECLS

struct _AppMachineView {
    GtkBox parent_instance;

    AppHosts *hosts;
    AppHeadList *head;       /* of their list, which rows are made for */
    GPtrArray *filled;       /* AppMachineRow, each disconnects itself when it goes */
    guint pass_id;           /* 0: no pass is scheduled */
    gboolean settled;        /* the first frame with rows is out */
    gboolean watching;       /* somebody looks: loads of the rows in sight are read */
    GHashTable *sampled; /* of AppMachineItem: all that are read because they are sorted by it */
    guint sort_timer;    /* sorts by loads again */
    gboolean sorting;        /* rows are being remade in another order: the selection stays */
    GtkWidget *menu_popover; /* hung on a row's button while open, or NULL */
    GMenuModel *row_menu;

    GtkScrolledWindow *scroller;
    GtkListBox *list_box;
    GtkButton *name_head;
    GtkButton *started_head;
    GtkButton *state_head;
    GtkButton *load_head;
    GtkImage *name_arrow;
    GtkImage *started_arrow;
    GtkImage *state_arrow;
    GtkImage *load_arrow;
};

/* app-machine-view-rows.c: which rows have contents. */
GtkWidget *app_machine_view_create_row_cb (gpointer item, gpointer user_data);
void app_machine_view_fill_row (AppMachineView *self, AppMachineRow *row);
void app_machine_view_take_picture (AppMachineView *self, AppMachineRow *row);
void app_machine_view_schedule_pass (AppMachineView *self);
void app_machine_view_forget_rows (AppMachineView *self);

/* app-machine-view-loads.c: whose loads are read.  What is in sight, what there is, the order, or whether somebody looks, may
 * have changed. */
void app_machine_view_watch_loads (AppMachineView *self);
void
app_machine_view_watch_rows (AppMachineView *self); /* only what is in sight may have changed */
void app_machine_view_forget_loads (AppMachineView *self);
void app_machine_view_forget_load (gpointer item);
gboolean app_machine_view_row_is_within (GtkWidget *row, double top, double bottom);

/* By the loads of now; what was selected stays so. */
void app_machine_view_sort_again (AppMachineView *self);

/* app-machine-view-menu.c: the menu of a row. */
void app_machine_view_menu_clicked_cb (GtkWidget *button, AppMachineView *self);
gboolean app_machine_view_popup_menu_cb (GtkWidget *list_box, AppMachineView *self);
gboolean app_machine_view_button_press_cb (GtkWidget *list_box, GdkEventButton *event,
                                           AppMachineView *self);

/* The row, a machine's or a host's, that has the keyboard, or else the first selected one, or NULL. */
GtkListBoxRow *app_machine_view_get_cursor_row (AppMachineView *self);

G_END_DECLS
