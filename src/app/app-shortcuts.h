/* SPDX-License-Identifier: GPL-2.0-or-later */
/* app-shortcuts.h - the window that lists all keys. */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* A new window, owned by the toolkit like every window; closing it only hides it. */
GtkWindow *app_shortcuts_new (void);

G_END_DECLS
