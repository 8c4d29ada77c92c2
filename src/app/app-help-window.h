/* SPDX-License-Identifier: GPL-2.0-or-later */
/* app-help-window.h - a page of help: what this computer lacks to run machines and what mends it, and first steps. */
#pragma once

#include <gtk/gtk.h>

#include "app-hosts.h"

G_BEGIN_DECLS

#define APP_TYPE_HELP_WINDOW (app_help_window_get_type ())
G_DECLARE_FINAL_TYPE (AppHelpWindow, app_help_window, APP, HELP_WINDOW, GtkWindow)

/* HOSTS' first host is looked at now, and each time its window becomes the active one. */
AppHelpWindow *app_help_window_new (GtkWindow *parent, AppHosts *hosts);

G_END_DECLS
