/* SPDX-License-Identifier: GPL-2.0-or-later */
/* app-images-window.h - the disk images of a host: which is based on which, who uses them, what is done to them. */
#pragma once

#include <gtk/gtk.h>

#include "app-hosts.h"

G_BEGIN_DECLS

#define APP_TYPE_IMAGES_WINDOW (app_images_window_get_type ())
G_DECLARE_FINAL_TYPE (AppImagesWindow, app_images_window, APP, IMAGES_WINDOW, GtkWindow)

/* Above PARENT, or NULL for none. */
AppImagesWindow *app_images_window_new (GtkWindow *parent, AppHosts *hosts);

G_END_DECLS
