/* SPDX-License-Identifier: GPL-2.0-or-later */
/* app-machine-row.h - a machine's row in the list: a box of the right height until it is looked at. */
#pragma once

#include <gtk/gtk.h>

#include "app-machine-card.h"

G_BEGIN_DECLS

/* Of a row without a problem; the view counts on it to know how many fit. */
#define APP_MACHINE_ROW_HEIGHT 90

#define APP_TYPE_MACHINE_ROW (app_machine_row_get_type ())
G_DECLARE_FINAL_TYPE (AppMachineRow, app_machine_row, APP, MACHINE_ROW, GtkListBoxRow)

AppMachineRow *app_machine_row_new (AppMachineItem *item);

AppMachineItem *app_machine_row_get_item (AppMachineRow *self);

/* The contents, or NULL while it has none. */
AppMachineCard *app_machine_row_get_card (AppMachineRow *self);

/* Makes the contents; nothing when they are there. */
void app_machine_row_fill (AppMachineRow *self);

/* Drops the contents unless they hold the keyboard focus or make the row higher than others. */
void app_machine_row_empty (AppMachineRow *self);

G_END_DECLS
