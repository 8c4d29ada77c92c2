/* SPDX-License-Identifier: GPL-2.0-or-later */
/* app-delete-dialog.h - asks before machines are deleted, and which of their disks go with them. */
#pragma once

#include <gtk/gtk.h>

#include "app-machine-item.h"

G_BEGIN_DECLS

#define APP_TYPE_DELETE_DIALOG (app_delete_dialog_get_type ())
G_DECLARE_FINAL_TYPE (AppDeleteDialog, app_delete_dialog, APP, DELETE_DIALOG, GtkWindow)

/* ITEMS, at least one AppMachineItem, are off; N_RUNNING more were selected and stay.  The dialog does
 * the deleting and ends itself. */
AppDeleteDialog *app_delete_dialog_new (GtkWindow *parent, GPtrArray *items, guint n_running);

G_END_DECLS
