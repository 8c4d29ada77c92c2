/* SPDX-License-Identifier: GPL-2.0-or-later */
/* app-passphrase-dialog.h - asks for the passphrases of a machine's encrypted disks when it is to start, and for that of one
 * that is added or made.
 */
#pragma once

#include <gtk/gtk.h>

#include "app-machine-item.h"

G_BEGIN_DECLS

#define APP_TYPE_PASSPHRASE_DIALOG (app_passphrase_dialog_get_type ())
G_DECLARE_FINAL_TYPE (AppPassphraseDialog, app_passphrase_dialog, APP, PASSPHRASE_DIALOG, GtkWindow)

/* Called with what was typed, a VitrinePassphrase for each disk, and whether it is to be remembered; not where the user thinks
 * better of it. */
typedef void (*AppPassphrasesGiven) (GPtrArray *passphrases, gboolean remember, gpointer owner);

typedef struct {
    GtkWindow *parent; /* or NULL */
    AppMachineItem *item;
    GPtrArray *disks; /* of VitrineDeviceInfo */
    gboolean
        adds; /* they are added to ITEM, which runs; else it is to start with them, and has one dialog */
    const char *problem; /* why it asks again, or NULL */
    const char *why_not; /* why nothing can be remembered, or NULL */
} AppPassphraseQuestion;

/* Asks QUESTION; OWNER is held until the answer. */
void app_passphrase_dialog_ask (const AppPassphraseQuestion *question, AppPassphrasesGiven given,
                                GObject *owner);

/* Shows the question whose answer ITEM's start waits for: its owner, borrowed; NULL where there is none. */
GObject *app_passphrase_dialog_present (AppMachineItem *item);

/* Asks for the passphrase of a new disk, twice, above PARENT; what was typed first comes first. */
void app_passphrase_dialog_choose (GtkWindow *parent, AppPassphrasesGiven given, GObject *owner);

G_END_DECLS
