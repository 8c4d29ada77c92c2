/* SPDX-License-Identifier: GPL-2.0-or-later */
/* app-unlock.h - what opens encrypted disks: what is remembered, else what the user says, and what is remembered then.
 *
 * One for each start of a machine, or each disk that is added.  It looks what is remembered up, has it tried where that is
 * all there is to know, and else asks.  What is remembered, replaced or forgotten depends on what was tried and opened
 * them.
 */
#pragma once

#include <gtk/gtk.h>

#include "app-machine-item.h"

G_BEGIN_DECLS

#define APP_TYPE_UNLOCK (app_unlock_get_type ())
G_DECLARE_FINAL_TYPE (AppUnlock, app_unlock, APP, UNLOCK, GObject)

typedef struct {
    gboolean adds; /* see AppPassphraseQuestion */

    /* Has PASSPHRASES tried, one for each of DISKS in turn; then comes app_unlock_tell(). */
    void (*try) (AppUnlock *self, GPtrArray *disks, GPtrArray *passphrases, gpointer owner);
    /* Nothing is under way any more: the user is about to be asked. */
    void (*wait) (AppUnlock *self, gpointer owner);
} AppUnlockKind;

/* For DISKS (of VitrineDeviceInfo) of ITEM's machine; OWNER is held.  KIND is static. */
AppUnlock *app_unlock_new (AppMachineItem *item, GPtrArray *disks, const AppUnlockKind *kind,
                           GObject *owner);

/* Before it begins: PASSPHRASE is known to open all of them, so nobody is asked. */
void app_unlock_offer (AppUnlock *self, VitrinePassphrase *passphrase, gboolean remember);

/* Looks up, and has it tried or asks; no more of both once CANCELLABLE is cancelled.  PROBLEM is why the user is asked in any
 * case, or NULL. */
void app_unlock_begin (AppUnlock *self, const char *problem, GCancellable *cancellable);

/* How the try went: ERROR is NULL when it opened them.  TRUE: the user is asked again. */
gboolean app_unlock_tell (AppUnlock *self, const GError *error);

G_END_DECLS
