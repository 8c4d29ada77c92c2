/* SPDX-License-Identifier: GPL-2.0-or-later */
/* app-work-line.h - the line at the bottom of a window while something is under way: what, how far, and Cancel.
 *
 * Property (read-only, notify): "busy" boolean.
 */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define APP_TYPE_WORK_LINE (app_work_line_get_type ())
G_DECLARE_FINAL_TYPE (AppWorkLine, app_work_line, APP, WORK_LINE, GtkRevealer)

/* Shows that TEXT is under way.  What is returned is cancelled when the user wants that, or the window goes; borrowed
 * until the end. */
GCancellable *app_work_line_begin (AppWorkLine *self, const char *text);
void app_work_line_end (AppWorkLine *self);

gboolean app_work_line_get_busy (AppWorkLine *self);

/* Of what is under way, or NULL; borrowed. */
GCancellable *app_work_line_get_cancellable (AppWorkLine *self);

/* As a user would who presses Cancel; nothing when nothing is under way. */
void app_work_line_cancel (AppWorkLine *self);

/* What Escape means in its window: gives up what is under way, else closes the window. */
void app_work_line_cancel_or_close (AppWorkLine *self);

/* A VitrineProgress; whoever gives it keeps SELF until the answer. */
void app_work_line_progress_cb (double fraction, gpointer self);

G_END_DECLS
