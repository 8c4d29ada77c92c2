/* SPDX-License-Identifier: GPL-2.0-or-later */
/* app-machine-card.h - what is in a machine's row: picture, name, facts, state and its buttons. */
#pragma once

#include <gtk/gtk.h>

#include "app-machine-item.h"

G_BEGIN_DECLS

#define APP_TYPE_MACHINE_CARD (app_machine_card_get_type ())
G_DECLARE_FINAL_TYPE (AppMachineCard, app_machine_card, APP, MACHINE_CARD, GtkBox)

AppMachineCard *app_machine_card_new (AppMachineItem *item);

/* Whether somebody looks at it: then its machine's load is read.  Not to begin with. */
void app_machine_card_set_watched (AppMachineCard *self, gboolean watched);

/* The button that opens the machine's menu, to hang it on.  "clicked" is the view's to handle. */
GtkWidget *app_machine_card_get_menu_button (AppMachineCard *self);

G_END_DECLS
