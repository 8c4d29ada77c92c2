/* SPDX-License-Identifier: GPL-2.0-or-later */
/* app-console.h - what a machine shows, to look at and to type into.
 *
 * Properties (read-only, notify): "grabbed" boolean, the guest has the keyboard; "summary" string, what is
 * shown and how large, for a status line; "locks" string, which of the guest's lock keys are lit, where it is
 * known.
 */
#pragma once

#include <gtk/gtk.h>

#include "app-display.h"
#include "app-machine-item.h"

G_BEGIN_DECLS

#define APP_TYPE_CONSOLE (app_console_get_type ())
G_DECLARE_FINAL_TYPE (AppConsole, app_console, APP, CONSOLE, GtkBin)

/* Once. */
void app_console_set_item (AppConsole *self, AppMachineItem *item);

/* The picture has its own size, and can be scrolled, instead of fitting the window. */
void app_console_set_original_size (AppConsole *self, gboolean original_size);

/* The guest is asked to make its picture as large as the window. */
void app_console_set_resizes_guest (AppConsole *self, gboolean resizes_guest);

/* Which way what is copied goes between this desktop and the guest; APP_CLIPBOARD_OFF to begin with. */
void app_console_set_clipboard (AppConsole *self, AppClipboard direction);

/* Files to the guest: see app-display.h.  What they are sent by may go any time, which is an error then. */
gboolean app_console_takes_files (AppConsole *self);
void app_console_send_files_async (AppConsole *self, GFile **files, AppDisplayProgress progress,
                                   gpointer progress_data, GCancellable *cancellable,
                                   GAsyncReadyCallback callback, gpointer user_data);
gboolean app_console_send_files_finish (AppConsole *self, GAsyncResult *result, GError **error);

gboolean app_console_get_grabbed (AppConsole *self);
const char *app_console_get_summary (AppConsole *self);
const char *app_console_get_locks (AppConsole *self);

G_END_DECLS
