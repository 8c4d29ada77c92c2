/* SPDX-License-Identifier: GPL-2.0-or-later */
/* app-search-provider.h - machines among the results of the desktop's search (org.gnome.Shell.SearchProvider2).
 *
 * Signals: "open" (AppMachineItem, boolean: start it), a result was chosen; "search" (string), the user wants to see
 * all results in our window.
 */
#pragma once

#include "app-hosts.h"

G_BEGIN_DECLS

#define APP_TYPE_SEARCH_PROVIDER (app_search_provider_get_type ())
G_DECLARE_FINAL_TYPE (AppSearchProvider, app_search_provider, APP, SEARCH_PROVIDER, GObject)

/* Answers on BUS from here on, and keeps the default application running for a while after each question; NULL with ERROR where another does. */
AppSearchProvider *app_search_provider_new (AppHosts *hosts, GDBusConnection *bus, GError **error);

G_END_DECLS
