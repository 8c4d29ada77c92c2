/* SPDX-License-Identifier: GPL-2.0-or-later */
/* app-hardware-window.h - the devices of one machine: what they are, one more, one less. */
#pragma once

#include <gtk/gtk.h>

#include "app-machine-item.h"

G_BEGIN_DECLS

#define APP_TYPE_HARDWARE_WINDOW (app_hardware_window_get_type ())
G_DECLARE_FINAL_TYPE (AppHardwareWindow, app_hardware_window, APP, HARDWARE_WINDOW, GtkWindow)

AppHardwareWindow *app_hardware_window_new (GtkWindow *parent, AppMachineItem *item);

/* FALSE when something was changed and not applied: the window then comes to the front and says so. */
gboolean app_hardware_window_may_close (AppHardwareWindow *self);

G_END_DECLS
