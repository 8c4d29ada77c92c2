/* SPDX-License-Identifier: GPL-2.0-or-later */
/* app-setting-row.h - one setting of a device as a row of a form, whatever its type.
 *
 * Signal "changed": its value, or what is wrong with it, is another.
 */
#pragma once

#include <vitrine.h>

#include "app-form-row.h"

G_BEGIN_DECLS

#define APP_TYPE_SETTING_ROW (app_setting_row_get_type ())
G_DECLARE_FINAL_TYPE (AppSettingRow, app_setting_row, APP, SETTING_ROW, GtkBox)

/* SETTING stays the caller's and lives longer.  A file is chosen among KINDS of an AppImageKinds. */
AppSettingRow *app_setting_row_new (const VitrineSetting *setting, guint kinds);

/* As vitrine_hardware_make_spec() takes it.  Borrowed until it changes. */
const char *app_setting_row_get_value (AppSettingRow *self);

/* As if the user had chosen or typed VALUE; of a choice, nothing where it has no such. */
void app_setting_row_set_value (AppSettingRow *self, const char *value);

/* From when on its value holds, said below the setting's note; NULL for nothing. */
void app_setting_row_set_when (AppSettingRow *self, const char *when);

/* What the value is set by: a combo box, an entry, an AppOrderList, …  Borrowed. */
GtkWidget *app_setting_row_get_control (AppSettingRow *self);

/* What is said beside the field in place of the setting's note while its value is good: HINT, or NULL for that again;
 * with PROBLEM it is no good value. */
void app_setting_row_set_hint (AppSettingRow *self, const char *hint, gboolean problem);

/* Tells beside the field what is wrong with its value; FALSE when anything is. */
gboolean app_setting_row_check (AppSettingRow *self);

G_END_DECLS
