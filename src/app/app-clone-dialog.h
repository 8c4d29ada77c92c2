/* SPDX-License-Identifier: GPL-2.0-or-later */
/* app-clone-dialog.h - a machine like another one: under which name, with disks of its own or with what differs.
 *
 * Signal "cloned" (VitrineMachine): it is there.
 */
#pragma once

#include <gtk/gtk.h>
#include <vitrine.h>

G_BEGIN_DECLS

#define APP_TYPE_CLONE_DIALOG (app_clone_dialog_get_type ())
G_DECLARE_FINAL_TYPE (AppCloneDialog, app_clone_dialog, APP, CLONE_DIALOG, GtkWindow)

/* Of MACHINE, which is one of HOST's. */
AppCloneDialog *app_clone_dialog_new (GtkWindow *parent, VitrineHost *host,
                                      VitrineMachine *machine);

G_END_DECLS
