/* SPDX-License-Identifier: GPL-2.0-or-later */
/* app-start.h - starts machines with encrypted disks. */
#pragma once

#include "app-machine-item.h"

G_BEGIN_DECLS

/* An AppMachineItemAsk: with what is remembered, or with what the user is asked for in the one dialog of ITEM, above the
 * window that is in front, if any. */
void app_start_unlock (AppMachineItem *item, VitrineAction action, GPtrArray *disks,
                       const char *problem);

G_END_DECLS
