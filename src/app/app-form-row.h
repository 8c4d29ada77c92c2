/* SPDX-License-Identifier: GPL-2.0-or-later */
/* app-form-row.h - a row of a card: title and note on the left, the control it names on the right.
 *
 * Properties: "title" string, may have a mnemonic; "note" string.  The child added to it is the control:
 * the row names and describes it to screen readers and lets the mnemonic reach it.
 */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

typedef enum {
    APP_NOTE_PLAIN,
    APP_NOTE_WARNING,
    APP_NOTE_ERROR,
} AppNoteKind;

#define APP_TYPE_FORM_ROW (app_form_row_get_type ())
G_DECLARE_FINAL_TYPE (AppFormRow, app_form_row, APP, FORM_ROW, GtkBox)

/* NOTE, or NULL or "" for none, is set under the title. */
void app_form_row_set_note (AppFormRow *self, AppNoteKind kind, const char *note);

/* With a mnemonic, or without: a file's name may have underscores. */
void app_form_row_set_title (AppFormRow *self, const char *title);
void app_form_row_set_plain_title (AppFormRow *self, const char *title);

/* What ENTRY says without the spaces around it.  (transfer full) */
char *app_form_dup_text (GtkEntry *entry);

/* Has the scrolled window around FORM, a container, follow the keyboard from field to field. */
void app_form_follow_focus (GtkWidget *form);

G_END_DECLS
