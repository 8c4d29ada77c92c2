/* SPDX-License-Identifier: GPL-2.0-or-later */
/* app-machine-trouble.h - what is wrong with a machine, in its row.
 *
 * Most machines have no trouble, so a row makes this when it is first needed; from then on it comes and
 * goes by itself.
 */
#pragma once

#include <gtk/gtk.h>

#include "app-machine-item.h"

G_BEGIN_DECLS

#define APP_TYPE_MACHINE_TROUBLE (app_machine_trouble_get_type ())
G_DECLARE_FINAL_TYPE (AppMachineTrouble, app_machine_trouble, APP, MACHINE_TROUBLE, GtkBox)

/* Holds ITEM; is visible while ITEM has trouble. */
AppMachineTrouble *app_machine_trouble_new (AppMachineItem *item);

G_END_DECLS
