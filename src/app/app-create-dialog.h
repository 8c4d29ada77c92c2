/* SPDX-License-Identifier: GPL-2.0-or-later */
/* app-create-dialog.h - the sheet a new machine is made with: one page, already valid.
 *
 * Signal "created" (VitrineMachine, VitrinePassphrase, gboolean): it is made, and off, with what was chosen for its new disk,
 * or NULL, and whether that is to be remembered; the sheet then ends itself.
 */
#pragma once

#include <gtk/gtk.h>

#include "app-hosts.h"

G_BEGIN_DECLS

#define APP_TYPE_CREATE_DIALOG (app_create_dialog_get_type ())
G_DECLARE_FINAL_TYPE (AppCreateDialog, app_create_dialog, APP, CREATE_DIALOG, GtkWindow)

/* On one of HOSTS, the first for a start; the user chooses where several are connected. */
AppCreateDialog *app_create_dialog_new (GtkWindow *parent, AppHosts *hosts);

/* Makes the machine of the file PATH, or of none for NULL; also in place of the one shown. */
void app_create_dialog_set_source (AppCreateDialog *self, const char *path);

G_END_DECLS
