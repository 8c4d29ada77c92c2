/* SPDX-License-Identifier: GPL-2.0-or-later */
/* app-settings.h - what the windows remember between runs: sizes, order, notes already read. */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* NULL where the schema is not installed (a build that is run in place): then nothing is remembered.
 * Borrowed. */
GSettings *app_settings_get (void);

/* Whether the note ID was dismissed once and for all. */
gboolean app_settings_is_note_dismissed (const char *id);
void app_settings_dismiss_note (const char *id);

/* Paths of the CD images that were inserted last, the latest first; where nothing is remembered, of this
 * run.  (transfer full) */
char **app_settings_dup_recent_cds (void);
void app_settings_add_recent_cd (const char *path);
void app_settings_forget_recent_cd (const char *path);

/* Gives WINDOW the size it had, and keeps the size it has when it goes. */
void app_settings_bind_size (GtkWindow *window);

G_END_DECLS
