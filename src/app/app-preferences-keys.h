/* SPDX-License-Identifier: GPL-2.0-or-later */
/* app-preferences-keys.h - the user's own keys to send, as a card: what there is, and a line to add more. */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define APP_TYPE_PREFERENCES_KEYS (app_preferences_keys_get_type ())
G_DECLARE_FINAL_TYPE (AppPreferencesKeys, app_preferences_keys, APP, PREFERENCES_KEYS, GtkBox)

G_END_DECLS
