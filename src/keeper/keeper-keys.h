/* SPDX-License-Identifier: GPL-2.0-or-later */
/* keeper-keys.h - keys sent to the guest one by one, at a pace its keyboard bears.
 *
 * A PS/2 keyboard buffers 16 bytes, a key is up to 8: events go out KEEPER_KEYS_PACE_MS apart, and
 * none before the VMM has taken the one before.  Batches are sent in the order they came.
 */
#pragma once

#include <glib.h>

#include "keeper-vmm.h"

G_BEGIN_DECLS

#define KEEPER_KEYS_PACE_MS   10
#define KEEPER_KEYS_MAX_BATCH 4096 /* events of one call */
#define KEEPER_KEYS_MAX_QUEUE 8192 /* events of all calls that wait */

typedef struct _KeeperKeys KeeperKeys;

/* When a batch is sent, or, with ERROR set, will not be. */
typedef void (*KeeperKeysDone) (const GError *error, gpointer user_data);

/* VMM is borrowed and must live longer. */
KeeperKeys *keeper_keys_new (KeeperVmm *vmm);

/* EVENTS is an a(ub) of evdev codes and down or up.  DONE is called later, or at once with BUSY or
 * INVALID when the batch is not taken. */
void keeper_keys_send (KeeperKeys *self, GVariant *events, KeeperKeysDone done, gpointer user_data);

/* What waits is failed.  NULL is nothing. */
void keeper_keys_free (KeeperKeys *self);

G_END_DECLS
