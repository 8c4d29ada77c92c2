/* SPDX-License-Identifier: GPL-2.0-or-later */
/* app-hosts.h - all hosts, and their machines as one list.
 *
 * A GListModel of the hosts' machines (AppMachineItem), host after host; where there are several hosts each one
 * stands as an AppHost before its machines, unless there is a search and it has none that match.
 *
 * Properties (read-only, notify): "n-machines" and "n-running", of all machines, shown or not.
 * Signals: "state-changed" (AppMachineItem), of all machines; "hosts-changed", a host came, went, was opened or
 * closed; "host-state-changed" (AppHost).
 */
#pragma once

#include "app-host.h"

G_BEGIN_DECLS

#define APP_TYPE_HOSTS (app_hosts_get_type ())
G_DECLARE_FINAL_TYPE (AppHosts, app_hosts, APP, HOSTS, GObject)

AppHosts *app_hosts_new (void);

void app_hosts_add (AppHosts *self, AppHost *host);
void app_hosts_remove (AppHosts *self, AppHost *host);

guint app_hosts_get_n (AppHosts *self);

/* Borrowed.  The first one is there as long as the application. */
AppHost *app_hosts_get (AppHosts *self, guint index);
AppHost *app_hosts_get_first (AppHosts *self);

/* NULL when there is none. */
AppHost *app_hosts_find_uri (AppHosts *self, const char *uri);

/* Of all machines. */
guint app_hosts_get_n_machines (AppHosts *self);
guint app_hosts_get_n_running (AppHosts *self);

/* As app_machine_list_find() and the other calls of AppMachineList, of all hosts. */
AppMachineItem *app_hosts_find (AppHosts *self, VitrineMachine *machine);

/* The host that has MACHINE; borrowed, or NULL. */
VitrineHost *app_hosts_find_host (AppHosts *self, VitrineMachine *machine);
AppMachineItem *app_hosts_find_uuid (AppHosts *self, const char *uuid);
void app_hosts_set_search (AppHosts *self, const char *text);
const char *app_hosts_get_search (AppHosts *self);
void app_hosts_set_sort (AppHosts *self, AppSort sort, gboolean descending);
void app_hosts_sort_again (AppHosts *self);
AppSort app_hosts_get_sort (AppHosts *self);
gboolean app_hosts_get_descending (AppHosts *self);

G_END_DECLS
