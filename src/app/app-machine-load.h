/* SPDX-License-Identifier: GPL-2.0-or-later */
/* app-machine-load.h - how busy a machine's processors are, small: the last minutes as a curve, and the figure of now. */
#pragma once

#include <gtk/gtk.h>

#include "app-machine-item.h"

G_BEGIN_DECLS

#define APP_TYPE_MACHINE_LOAD (app_machine_load_get_type ())
G_DECLARE_FINAL_TYPE (AppMachineLoad, app_machine_load, APP, MACHINE_LOAD, GtkBox)

AppMachineLoad *app_machine_load_new (AppMachineItem *item);

/* Whether it is looked at; not to begin with.  What is not shows what was last seen. */
void app_machine_load_set_watched (AppMachineLoad *self, gboolean watched);

G_END_DECLS
