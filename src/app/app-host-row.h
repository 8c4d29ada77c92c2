/* SPDX-License-Identifier: GPL-2.0-or-later */
/* app-host-row.h - a host's row above its machines: what it is called, how it is, what mends it. */
#pragma once

#include <gtk/gtk.h>

#include "app-hosts.h"

G_BEGIN_DECLS

#define APP_TYPE_HOST_ROW (app_host_row_get_type ())
G_DECLARE_FINAL_TYPE (AppHostRow, app_host_row, APP, HOST_ROW, GtkListBoxRow)

/* HOST is one of HOSTS, which it may be taken from. */
AppHostRow *app_host_row_new (AppHosts *hosts, AppHost *host);

/* Opens its menu; FALSE when it has none. */
gboolean app_host_row_popup_menu (AppHostRow *self);

G_END_DECLS
