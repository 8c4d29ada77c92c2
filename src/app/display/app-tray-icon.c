/* SPDX-License-Identifier: GPL-2.0-or-later */
/* app-tray-icon.c - an icon among those of the desktop's tray, whatever library puts it there. */
#include "app-tray-icon.h"

G_DEFINE_INTERFACE (AppTrayIcon, app_tray_icon, G_TYPE_OBJECT)

static void
app_tray_icon_default_init (AppTrayIconInterface *iface)
{
    g_signal_new ("activated", APP_TYPE_TRAY_ICON, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                  G_TYPE_NONE, 0);
}

void
app_tray_icon_set_image (AppTrayIcon *self, const char *icon_name, const char *description)
{
    g_return_if_fail (APP_IS_TRAY_ICON (self));
    APP_TRAY_ICON_GET_IFACE (self)->set_image (self, icon_name, description);
}

void
app_tray_icon_set_menu (AppTrayIcon *self, GtkMenu *menu)
{
    g_return_if_fail (APP_IS_TRAY_ICON (self));
    APP_TRAY_ICON_GET_IFACE (self)->set_menu (self, menu);
}

void
app_tray_icon_announce (AppTrayIcon *self)
{
    g_return_if_fail (APP_IS_TRAY_ICON (self));
    APP_TRAY_ICON_GET_IFACE (self)->announce (self);
}
