/* SPDX-License-Identifier: GPL-2.0-or-later */
/* app-machine-window.h - the window of one machine: its console and what can be asked of it. */
#pragma once

#include <gtk/gtk.h>

#include "app-application.h"
#include "app-machine-item.h"

G_BEGIN_DECLS

#define APP_TYPE_MACHINE_WINDOW (app_machine_window_get_type ())
G_DECLARE_FINAL_TYPE (AppMachineWindow, app_machine_window, APP, MACHINE_WINDOW,
                      GtkApplicationWindow)

AppMachineWindow *app_machine_window_new (AppApplication *application, AppMachineItem *item);

AppMachineItem *app_machine_window_get_item (AppMachineWindow *self);

/* FALSE when its hardware's window has something that was not applied, and says so. */
gboolean app_machine_window_may_close (AppMachineWindow *self);

G_END_DECLS
