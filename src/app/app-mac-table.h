/* SPDX-License-Identifier: GPL-2.0-or-later */
/* app-mac-table.h - whose network addresses are whose among the machines of a host: no two cards may share one. */
#pragma once

#include <vitrine.h>

G_BEGIN_DECLS

typedef struct _AppMacTable AppMacTable;

/* Of HOST's machines; CHANGED is called with USER_DATA when all of them were looked at. */
AppMacTable *app_mac_table_new (VitrineHost *host, void (*changed) (gpointer user_data),
                                gpointer user_data);
void app_mac_table_free (AppMacTable *self);

/* The name of the machine that has MAC, as far as is known by now; NULL for none.  Borrowed. */
const char *app_mac_table_find (AppMacTable *self, const char *mac);

G_END_DECLS
