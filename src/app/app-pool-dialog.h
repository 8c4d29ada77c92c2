/* SPDX-License-Identifier: GPL-2.0-or-later */
/* app-pool-dialog.h - the sheet a new storage pool is made with: a form for each kind, or its XML.
 *
 * Signal "created" (char *name): it is there, and the sheet goes; "" where its XML said the name.
 */
#pragma once

#include <gtk/gtk.h>
#include <vitrine.h>

G_BEGIN_DECLS

#define APP_TYPE_POOL_DIALOG (app_pool_dialog_get_type ())
G_DECLARE_FINAL_TYPE (AppPoolDialog, app_pool_dialog, APP, POOL_DIALOG, GtkWindow)

/* For HOST, which has KNOWN, of VitrinePoolInfo. */
AppPoolDialog *app_pool_dialog_new (GtkWindow *parent, VitrineHost *host, GPtrArray *known);

G_END_DECLS
