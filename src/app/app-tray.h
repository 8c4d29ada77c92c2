/* SPDX-License-Identifier: GPL-2.0-or-later */
/* app-tray.h - what runs, in the desktop's tray: how many machines, a menu for each, with every window closed.
 *
 * There is an icon as long as the desktop has a tray (a StatusNotifierWatcher of freedesktop.org's
 * StatusNotifierItem specification) and the user wants one.
 *
 * Properties: "available" (read-only, notify), whether the desktop has a tray; "shown" (the same), whether there
 * is an icon; "wanted", by default TRUE, bound to the user's settings.
 * Signals, from its menu: "open" (AppMachineItem, or NULL for the main window), "new" and "quit".
 */
#pragma once

#include "app-hosts.h"

G_BEGIN_DECLS

#define APP_TYPE_TRAY (app_tray_get_type ())
G_DECLARE_FINAL_TYPE (AppTray, app_tray, APP, TRAY, GObject)

AppTray *app_tray_new (AppHosts *hosts);

gboolean app_tray_get_available (AppTray *self);
gboolean app_tray_get_shown (AppTray *self);

G_END_DECLS
