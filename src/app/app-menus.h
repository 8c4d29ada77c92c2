/* SPDX-License-Identifier: GPL-2.0-or-later */
/* app-menus.h - the menus that buttons open; read from their template when the first is asked for. */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* NAME: "window_menu", "machine_menu" (of a row), "power_menu", "keys_menu".  Borrowed, lives on. */
GMenuModel *app_menus_get (const char *name);

G_END_DECLS
