/* SPDX-License-Identifier: GPL-2.0-or-later */
/* keeper-ring.h - the last bytes of a stream, and readers that each keep their own place in it.
 *
 * Places are counted from the stream's beginning.  A reader that falls behind by more than the ring
 * holds finds its place moved up to the oldest byte there is: the slow lose, nobody waits.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct {
    guint8 *data;
    gsize size;
    guint64 end; /* the place after the newest byte */
} KeeperRing;

void keeper_ring_init (KeeperRing *self, gsize size);
void keeper_ring_clear (KeeperRing *self);

void keeper_ring_append (KeeperRing *self, const void *data, gsize len);

/* The place of the oldest byte. */
guint64 keeper_ring_start (const KeeperRing *self);

/* What lies at *PLACE, up to where the ring wraps or ends: *CHUNK and its length, 0 at the end.
 * Moves *PLACE up when it is older than the oldest byte. */
gsize keeper_ring_peek (const KeeperRing *self, guint64 *place, const guint8 **chunk);

G_END_DECLS
