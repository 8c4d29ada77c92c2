/* SPDX-License-Identifier: GPL-2.0-or-later */
/* app-preferences.h - what the user prefers, by the keys of the settings; with its default where nothing is
 * remembered. */
#pragma once

#include <gtk/gtk.h>
#include <vitrine.h>

G_BEGIN_DECLS

#define APP_PREF_TRAY         "tray-icon"
#define APP_PREF_KEEP_RUNNING "keep-running"
#define APP_PREF_NOTIFY       "notifications"
#define APP_PREF_INHIBIT      "inhibit"
#define APP_PREF_CONFIRM_OFF  "confirm-force-off"
#define APP_PREF_SCALING      "scaling"
#define APP_PREF_RESIZE_GUEST "resize-guest"
#define APP_PREF_RELEASE_KEYS "release-keys"
#define APP_PREF_CLIPBOARD    "clipboard"
#define APP_PREF_FIRMWARE     "new-firmware"
#define APP_PREF_MEMORY       "new-memory"
#define APP_PREF_DISK_FOLDER  "new-disk-folder"

gboolean app_preferences_get_flag (const char *key);

/* One of the key's choices, or what was typed.  (transfer full) */
char *app_preferences_dup_text (const char *key);

/* Calls CHANGED, swapped, for OBJECT each time KEY is another. */
void app_preferences_follow (const char *key, GCallback changed, gpointer object);

/* Sets the memory and the firmware of SPEC, a machine that is yet to be made, as the user wants new ones to be. */
void app_preferences_fill_spec (VitrineSpec *spec);

/* The folder for disks of new machines; NULL: each machine's own, also where it is no folder any more.
 * (transfer full) */
char *app_preferences_dup_disk_folder (void);

G_END_DECLS
