/* SPDX-License-Identifier: GPL-2.0-or-later */
/* app-removal-row.h - the last row of a device's page: removes it, and says what becomes of that.
 *
 * Asked, agreed, gone, or kept, and then taken away by force if the user says so.
 */
#pragma once

#include "app-form-row.h"
#include "app-machine-item.h"

G_BEGIN_DECLS

#define APP_TYPE_REMOVAL_ROW (app_removal_row_get_type ())
G_DECLARE_FINAL_TYPE (AppRemovalRow, app_removal_row, APP, REMOVAL_ROW, GtkBox)

/* For a device of ITEM's machine.  What was asked of a guest stays asked when the row goes. */
AppRemovalRow *app_removal_row_new (AppMachineItem *item);

/* DEVICE is as it is now; the first time it says which one. */
void app_removal_row_set_device (AppRemovalRow *self, const VitrineDeviceInfo *device);

G_END_DECLS
