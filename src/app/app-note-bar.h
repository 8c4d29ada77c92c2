/* SPDX-License-Identifier: GPL-2.0-or-later */
/* app-note-bar.h - an info bar that says what is wrong and, where there is one, the command that mends it.
 *
 * Signal "response" is GtkInfoBar's; GTK_RESPONSE_CLOSE: the user has read it (the bar then ends itself).
 */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define APP_TYPE_NOTE_BAR (app_note_bar_get_type ())
G_DECLARE_FINAL_TYPE (AppNoteBar, app_note_bar, APP, NOTE_BAR, GtkInfoBar)

/* COMMAND, or NULL or "" for none, is shown with a button that copies it. */
AppNoteBar *app_note_bar_new (GtkMessageType type, const char *text, const char *command,
                              gboolean dismissable);

/* Ends all the bars in BOX. */
void app_note_bar_clear (GtkContainer *box);

/* Says in BOX, beside what is there, what ERROR says. */
void app_note_bar_add_error (GtkContainer *box, const GError *error);

void app_note_bar_set_text (AppNoteBar *self, const char *text);

G_END_DECLS
