/* SPDX-License-Identifier: GPL-2.0-or-later */
/* app-networks-window.h - the networks of a host: what they are, whether they run, and who is on them. */
#pragma once

#include <gtk/gtk.h>

#include "app-hosts.h"

G_BEGIN_DECLS

#define APP_TYPE_NETWORKS_WINDOW (app_networks_window_get_type ())
G_DECLARE_FINAL_TYPE (AppNetworksWindow, app_networks_window, APP, NETWORKS_WINDOW, GtkWindow)

/* Above PARENT, or NULL for none. */
AppNetworksWindow *app_networks_window_new (GtkWindow *parent, AppHosts *hosts);

G_END_DECLS
