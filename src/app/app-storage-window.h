/* SPDX-License-Identifier: GPL-2.0-or-later */
/* app-storage-window.h - the storage pools of a host, and what is in them. */
#pragma once

#include <gtk/gtk.h>

#include "app-hosts.h"

G_BEGIN_DECLS

#define APP_TYPE_STORAGE_WINDOW (app_storage_window_get_type ())
G_DECLARE_FINAL_TYPE (AppStorageWindow, app_storage_window, APP, STORAGE_WINDOW, GtkWindow)

/* Goes with PARENT. */
AppStorageWindow *app_storage_window_new (GtkWindow *parent, AppHosts *hosts);

G_END_DECLS
