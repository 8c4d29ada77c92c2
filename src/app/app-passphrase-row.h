/* SPDX-License-Identifier: GPL-2.0-or-later */
/* app-passphrase-row.h - a row of a disk's page: its passphrase is remembered, and can be forgotten.
 *
 * It is seen only where there is one.
 */
#pragma once

#include "app-form-row.h"
#include "app-machine-item.h"

G_BEGIN_DECLS

#define APP_TYPE_PASSPHRASE_ROW (app_passphrase_row_get_type ())
G_DECLARE_FINAL_TYPE (AppPassphraseRow, app_passphrase_row, APP, PASSPHRASE_ROW, GtkBox)

/* For a disk of ITEM's machine. */
AppPassphraseRow *app_passphrase_row_new (AppMachineItem *item);

/* The disk is PATH now, or what is remembered of it may be another. */
void app_passphrase_row_set_path (AppPassphraseRow *self, const char *path);

G_END_DECLS
