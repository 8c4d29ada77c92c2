/* SPDX-License-Identifier: GPL-2.0-or-later */
/* app-passphrase-dialog.h - asks for the passphrases of a machine's encrypted disks when it is to start, and for that of one
 * that is added or made. */
#pragma once

#include <gtk/gtk.h>

#include "app-machine-item.h"

G_BEGIN_DECLS

#define APP_TYPE_PASSPHRASE_DIALOG (app_passphrase_dialog_get_type ())
G_DECLARE_FINAL_TYPE (AppPassphraseDialog, app_passphrase_dialog, APP, PASSPHRASE_DIALOG, GtkWindow)

/* An AppMachineItemAsk: the one dialog of ITEM, above the window that is in front, if any; it starts the machine and ends
 * itself. */
void app_passphrase_dialog_ask (AppMachineItem *item, VitrineAction action, GPtrArray *disks,
                                const char *problem);

/* Asks for the passphrase of a new disk, twice, above PARENT; CHOSEN is called with it, unless the user thinks better of it.
 * OWNER is held until then. */
typedef void (*AppPassphraseChosen) (VitrinePassphrase *passphrase, gpointer owner);
void app_passphrase_dialog_choose (GtkWindow *parent, AppPassphraseChosen chosen, GObject *owner);

/* The same for that of DISK, which is there and is added to ITEM, which runs; PROBLEM is why it asks again, or NULL. */
void app_passphrase_dialog_open (GtkWindow *parent, AppMachineItem *item,
                                 const VitrineDeviceInfo *disk, const char *problem,
                                 AppPassphraseChosen chosen, GObject *owner);

G_END_DECLS
