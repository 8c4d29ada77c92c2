/* SPDX-License-Identifier: GPL-2.0-or-later */
/* app-window.h - the main window: all machines of a host. */
#pragma once

#include <gtk/gtk.h>

#include "app-application.h"
#include "app-hosts.h"

G_BEGIN_DECLS

#define APP_TYPE_WINDOW (app_window_get_type ())
G_DECLARE_FINAL_TYPE (AppWindow, app_window, APP, WINDOW, GtkApplicationWindow)

AppWindow *app_window_new (AppApplication *application, AppHosts *hosts);

/* Shows TEXT above the list until it is dismissed. */
void app_window_add_note (AppWindow *self, GtkMessageType type, const char *text);

/* Brings ITEM into the selection, alone. */
void app_window_select (AppWindow *self, AppMachineItem *item);

/* Shows the machines whose names have TEXT. */
void app_window_search (AppWindow *self, const char *text);

G_END_DECLS
