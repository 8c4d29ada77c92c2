/* SPDX-License-Identifier: GPL-2.0-or-later */
/* app-autostart.h - whether the desktop starts Vitrine with the session: a file in the user's folder for that, which
 * is the only place that knows. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

gboolean app_autostart_get (void);

/* Writes or removes the file, or the line in it that switches it off where the user has put something of his own there;
 * FALSE with ERROR, a sentence, where that cannot be done, as where the file there is no such entry. */
gboolean app_autostart_set (gboolean enabled, GError **error);

G_END_DECLS
