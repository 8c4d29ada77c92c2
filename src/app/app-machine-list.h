/* SPDX-License-Identifier: GPL-2.0-or-later */
/* app-machine-list.h - the machines of a host in the order and choice the user asked for.
 *
 * A GListModel of AppMachineItem over a VitrineHost: those whose name holds the search text, sorted.
 * Items live as long as their machine is on the host, shown or not.
 *
 * Properties (read-only, notify): "n-machines" and "n-running", of all machines, shown or not.
 * Signal "state-changed" (AppMachineItem), of all machines.
 */
#pragma once

#include "app-machine-entry.h"

G_BEGIN_DECLS

#define APP_TYPE_MACHINE_LIST (app_machine_list_get_type ())
G_DECLARE_FINAL_TYPE (AppMachineList, app_machine_list, APP, MACHINE_LIST, GObject)

AppMachineList *app_machine_list_new (VitrineHost *host);

VitrineHost *app_machine_list_get_host (AppMachineList *self);

/* Of all machines. */
guint app_machine_list_get_n_machines (AppMachineList *self);
guint app_machine_list_get_n_running (AppMachineList *self);

/* The item of MACHINE or of UUID, shown or not; borrowed; NULL when the host has none. */
AppMachineItem *app_machine_list_find (AppMachineList *self, VitrineMachine *machine);
AppMachineItem *app_machine_list_find_uuid (AppMachineList *self, const char *uuid);

/* Machines whose names hold TEXT, in any case and with any accents; "" for all. */
void app_machine_list_set_search (AppMachineList *self, const char *text);
const char *app_machine_list_get_search (AppMachineList *self);

/* Equals stay in the order of their names. */
void app_machine_list_set_sort (AppMachineList *self, AppSort sort, gboolean descending);
/* Sorts by the loads of now, if it is sorted by them; nothing moves where they are in order. */
void app_machine_list_sort_again (AppMachineList *self);
AppSort app_machine_list_get_sort (AppMachineList *self);
gboolean app_machine_list_get_descending (AppMachineList *self);

G_END_DECLS
