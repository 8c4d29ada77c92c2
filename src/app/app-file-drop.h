/* SPDX-License-Identifier: GPL-2.0-or-later */
/* app-file-drop.h - files that are dropped anywhere on a window. */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* FILES, of GFile, at least one, are borrowed. */
typedef void (*AppFileDropFunc) (GtkWindow *window, GPtrArray *files);

/* TAKE is called when files are dropped on WINDOW; COVER is shown while they are held over it. */
void app_file_drop_accept (GtkWindow *window, GtkWidget *cover, AppFileDropFunc take);

G_END_DECLS
