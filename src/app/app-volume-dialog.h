/* SPDX-License-Identifier: GPL-2.0-or-later */
/* app-volume-dialog.h - the sheet a new volume of a storage pool is made with: valid as soon as it has a name.
 *
 * Signal "created" (char *name): it is there, and the sheet goes.
 */
#pragma once

#include <gtk/gtk.h>
#include <vitrine.h>

G_BEGIN_DECLS

#define APP_TYPE_VOLUME_DIALOG (app_volume_dialog_get_type ())
G_DECLARE_FINAL_TYPE (AppVolumeDialog, app_volume_dialog, APP, VOLUME_DIALOG, GtkWindow)

/* In POOL of HOST, which has KNOWN, of VitrineVolumeInfo. */
AppVolumeDialog *app_volume_dialog_new (GtkWindow *parent, VitrineHost *host,
                                        const VitrinePoolInfo *pool, GPtrArray *known);

G_END_DECLS
