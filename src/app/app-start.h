/* SPDX-License-Identifier: GPL-2.0-or-later */
/* app-start.h - starts machines with encrypted disks. */
#pragma once

#include "app-machine-item.h"

G_BEGIN_DECLS

/* An AppMachineItemAsk: with what is remembered, or with what the user is asked for in the one dialog of ITEM, above the
 * window that is in front, if any. */
void app_start_unlock (AppMachineItem *item, VitrineAction action, GPtrArray *disks,
                       const char *problem);

/* The first start of ITEM's machine, which was made with PASSPHRASE for its new disk, or with NULL: where it has no other that
 * is encrypted, nobody is asked.  REMEMBER: it is to be. */
void app_start_first (AppMachineItem *item, VitrinePassphrase *passphrase, gboolean remember);

G_END_DECLS
