/* SPDX-License-Identifier: GPL-2.0-or-later */
/* app-thumbnail.h - the small picture of a machine in its row: what it shows, or a power sign. */
#pragma once

#include <gtk/gtk.h>

#include "app-machine-item.h"

G_BEGIN_DECLS

#define APP_TYPE_THUMBNAIL (app_thumbnail_get_type ())
G_DECLARE_FINAL_TYPE (AppThumbnail, app_thumbnail, APP, THUMBNAIL, GtkDrawingArea)

/* ITEM may be NULL.  Follows its picture and its state. */
void app_thumbnail_set_item (AppThumbnail *self, AppMachineItem *item);

G_END_DECLS
