/* SPDX-License-Identifier: GPL-2.0-or-later */
/* app-cd-popover.h - what is in a machine's CD drives, to be taken out or replaced. */
#pragma once

#include <gtk/gtk.h>

#include "app-machine-item.h"

G_BEGIN_DECLS

#define APP_TYPE_CD_POPOVER (app_cd_popover_get_type ())
G_DECLARE_FINAL_TYPE (AppCdPopover, app_cd_popover, APP, CD_POPOVER, GtkPopover)

AppCdPopover *app_cd_popover_new (AppMachineItem *item);

/* Opens it beside ANCHOR. */
void app_cd_popover_show (AppCdPopover *self, GtkWidget *anchor);

/* Opens it and puts the image PATH into the drive ALIAS, as if it had been chosen there. */
void app_cd_popover_insert (AppCdPopover *self, GtkWidget *anchor, const char *alias,
                            const char *path);

G_END_DECLS
