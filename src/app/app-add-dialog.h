/* SPDX-License-Identifier: GPL-2.0-or-later */
/* app-add-dialog.h - Add hardware: the kinds of devices a machine can be given, a form for each. */
#pragma once

#include <gtk/gtk.h>

#include "app-machine-item.h"

G_BEGIN_DECLS

#define APP_TYPE_ADD_DIALOG (app_add_dialog_get_type ())
G_DECLARE_FINAL_TYPE (AppAddDialog, app_add_dialog, APP, ADD_DIALOG, GtkWindow)

/* Ends itself when the device is there. */
AppAddDialog *app_add_dialog_new (GtkWindow *parent, AppMachineItem *item);

G_END_DECLS
