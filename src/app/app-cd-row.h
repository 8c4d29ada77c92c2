/* SPDX-License-Identifier: GPL-2.0-or-later */
/* app-cd-row.h - one CD drive: what is in it, and what takes it out or puts another in.
 *
 * Signal "choose": the user wants to choose a file, which is then given to app_cd_row_insert().
 */
#pragma once

#include <gtk/gtk.h>

#include "app-machine-item.h"

G_BEGIN_DECLS

#define APP_TYPE_CD_ROW (app_cd_row_get_type ())
G_DECLARE_FINAL_TYPE (AppCdRow, app_cd_row, APP, CD_ROW, GtkBox)

/* For the drive ALIAS of ITEM's machine. */
AppCdRow *app_cd_row_new (AppMachineItem *item, const char *alias);

const char *app_cd_row_get_alias (AppCdRow *self);

/* TITLE is what the drive is called; MEDIUM the path of what is in it, "" for nothing.  At most N_RECENT
 * of the CDs that were used lately are offered. */
void app_cd_row_set_drive (AppCdRow *self, const char *title, const char *medium, guint n_recent);

/* Puts the image PATH in the place of what is in the drive; how it went shows in the row, or as ITEM's
 * problem where nobody looks at the row. */
void app_cd_row_insert (AppCdRow *self, const char *path);

G_END_DECLS
