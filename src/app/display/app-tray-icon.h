/* SPDX-License-Identifier: GPL-2.0-or-later */
/* app-tray-icon.h - an icon among those of the desktop's tray, whatever library puts it there.
 *
 * What the tray (app-tray.h) needs of it; the class that implements it is in a module (display/app-module.h).
 *
 * Signal "activated": it was clicked, and not for its menu.
 */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define APP_TYPE_TRAY_ICON (app_tray_icon_get_type ())
G_DECLARE_INTERFACE (AppTrayIcon, app_tray_icon, APP, TRAY_ICON, GObject)

struct _AppTrayIconInterface {
    GTypeInterface parent;

    void (*set_image) (AppTrayIcon *self, const char *icon_name, const char *description);
    void (*set_menu) (AppTrayIcon *self, GtkMenu *menu);
    void (*announce) (AppTrayIcon *self);
};

/* The image's name in the icon theme; DESCRIPTION says in words what it shows. */
void app_tray_icon_set_image (AppTrayIcon *self, const char *icon_name, const char *description);

/* In place of the last one; of its items labels, submenus and "activate" count.  Takes a floating MENU over. */
void app_tray_icon_set_menu (AppTrayIcon *self, GtkMenu *menu);

/* There is a tray, a new one perhaps: tells it of the icon. */
void app_tray_icon_announce (AppTrayIcon *self);

G_END_DECLS
