/* SPDX-License-Identifier: GPL-2.0-or-later */
/* app-keyring.h - the passphrases of encrypted disks that are remembered, in the user's keyring.
 *
 * One for each UUID, which is that in the header of an encrypted image: it stays with the image when its machine gets another
 * name or its disk another place, and another image that takes that place is not offered what does not open it.
 *
 * Main thread; nothing blocks.  The keyring may ask its user to unlock it, except where it says that it does not; where that
 * is dismissed, there is nothing.
 *
 * Signal "changed": one was remembered or forgotten here.
 */
#pragma once

#include <vitrine.h>

G_BEGIN_DECLS

typedef enum {
    APP_KEYRING_NONE,
    APP_KEYRING_THERE,
    APP_KEYRING_LOCKED, /* it is there, and looking it up asks to unlock the keyring */
} AppKeyringEntry;

#define APP_TYPE_KEYRING (app_keyring_get_type ())
G_DECLARE_FINAL_TYPE (AppKeyring, app_keyring, APP, KEYRING, GObject)

/* The user's one.  Borrowed. */
AppKeyring *app_keyring_get_default (void);

/* Whether UUID's is there; asks nobody.  FALSE with ERROR when there is no keyring. */
void app_keyring_find_async (AppKeyring *self, const char *uuid, GCancellable *cancellable,
                             GAsyncReadyCallback callback, gpointer user_data);
gboolean app_keyring_find_finish (AppKeyring *self, GAsyncResult *result, AppKeyringEntry *entry,
                                  GError **error);

/* What a user is told where there is none, or where it does not answer. */
const char *app_keyring_get_why_not (gboolean is_there);

/* UUID's, or NULL, with ERROR when there is no keyring.  (transfer full) */
void app_keyring_look_up_async (AppKeyring *self, const char *uuid, GCancellable *cancellable,
                                GAsyncReadyCallback callback, gpointer user_data);
VitrinePassphrase *app_keyring_look_up_finish (AppKeyring *self, GAsyncResult *result,
                                               GError **error);

/* Remembers PASSPHRASE in place of what was remembered for UUID; LABEL says in the keyring what it is of. */
void app_keyring_remember_async (AppKeyring *self, const char *uuid, const char *label,
                                 VitrinePassphrase *passphrase, GCancellable *cancellable,
                                 GAsyncReadyCallback callback, gpointer user_data);
gboolean app_keyring_remember_finish (AppKeyring *self, GAsyncResult *result, GError **error);

/* Forgets UUID's; done as well where there is none. */
void app_keyring_forget_async (AppKeyring *self, const char *uuid, GCancellable *cancellable,
                               GAsyncReadyCallback callback, gpointer user_data);
gboolean app_keyring_forget_finish (AppKeyring *self, GAsyncResult *result, GError **error);

G_END_DECLS
