/* SPDX-License-Identifier: GPL-2.0-or-later */
/* app-own-keys.h - the keys that can be sent to a guest: the usual ones, and the user's own. */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* The settings' key for the user's own. */
#define APP_OWN_KEYS "send-keys"

/* One of the user's. */
typedef struct {
    char *name;
    char *keys; /* as vitrine_keys_from_chord() takes them */
} AppOwnKeys;

/* An array of AppOwnKeys, in the menu's order.  (transfer full) */
GPtrArray *app_own_keys_dup (void);

/* Why KEYS cannot be added under NAME: a sentence, or NULL when they can.  (transfer full) */
char *app_own_keys_dup_problem (const char *name, const char *keys);

void app_own_keys_add (const char *name, const char *keys);
void app_own_keys_remove (const char *name);

/* The menu of "win.send-keys", which follows what is added and removed.  Borrowed. */
GMenuModel *app_own_keys_get_menu (void);

G_END_DECLS
