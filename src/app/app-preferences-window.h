/* SPDX-License-Identifier: GPL-2.0-or-later */
/* app-preferences-window.h - the window of preferences; what is changed in it counts at once. */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define APP_TYPE_PREFERENCES_WINDOW (app_preferences_window_get_type ())
G_DECLARE_FINAL_TYPE (AppPreferencesWindow, app_preferences_window, APP, PREFERENCES_WINDOW,
                      GtkWindow)

/* HAS_TRAY: the desktop has one. */
AppPreferencesWindow *app_preferences_window_new (gboolean has_tray);

/* "desktop", "consoles" or "machines"; another is none. */
void app_preferences_window_show_page (AppPreferencesWindow *self, const char *name);

G_END_DECLS
