/* SPDX-License-Identifier: GPL-2.0-or-later */
/* app-machine-view.h - the list of hosts and machines with its column heads, selection and row menu.
 *
 * Signals: "selection-changed" (); "open" (AppMachineItem): a double click or Enter on one.
 */
#pragma once

#include <gtk/gtk.h>

#include "app-hosts.h"

G_BEGIN_DECLS

#define APP_TYPE_MACHINE_VIEW (app_machine_view_get_type ())
G_DECLARE_FINAL_TYPE (AppMachineView, app_machine_view, APP, MACHINE_VIEW, GtkBox)

/* Once. */
void app_machine_view_set_hosts (AppMachineView *self, AppHosts *hosts);

/* A list begins with the rows of its first page, fills those in sight and takes no pictures: what comes
 * with this would keep the first frame waiting.  The rows come sooner if one of them is asked for. */
void app_machine_view_settle (AppMachineView *self);

/* The menu of a row; its actions act on the selection, which the row is made part of first. */
void app_machine_view_set_row_menu (AppMachineView *self, GMenuModel *menu);

/* Selected items in the order shown, borrowed by the array.  (transfer full) */
GPtrArray *app_machine_view_get_selected (AppMachineView *self);

void app_machine_view_select (AppMachineView *self, AppMachineItem *item);
void app_machine_view_select_all (AppMachineView *self);
void app_machine_view_unselect_all (AppMachineView *self);

/* Gives the list the keyboard. */
void app_machine_view_focus (AppMachineView *self);

/* Takes new pictures of the machines in sight. */
void app_machine_view_take_pictures (AppMachineView *self);

/* Whether somebody looks at the list: then the loads of the machines in sight are read, and of no others. */
void app_machine_view_set_watching (AppMachineView *self, gboolean watching);

G_END_DECLS
