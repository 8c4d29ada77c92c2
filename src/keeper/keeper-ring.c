/* SPDX-License-Identifier: GPL-2.0-or-later */
/* keeper-ring.c - the last bytes of a stream, and readers that each keep their own place in it. */
#include "keeper-ring.h"

#include <string.h>

void
keeper_ring_init (KeeperRing *self, gsize size)
{
    self->data = g_malloc (size);
    self->size = size;
    self->end = 0;
}

void
keeper_ring_clear (KeeperRing *self)
{
    g_clear_pointer (&self->data, g_free);
}

void
keeper_ring_append (KeeperRing *self, const void *data, gsize len)
{
    const guint8 *p = data;

    if (len > self->size) { /* only the end of it will be left */
        self->end += len - self->size;
        p += len - self->size;
        len = self->size;
    }
    while (len > 0) {
        gsize at = (gsize) (self->end % self->size);
        gsize n = MIN (len, self->size - at);

        memcpy (self->data + at, p, n);
        self->end += n;
        p += n;
        len -= n;
    }
}

guint64
keeper_ring_start (const KeeperRing *self)
{
    return self->end > self->size ? self->end - self->size : 0;
}

gsize
keeper_ring_peek (const KeeperRing *self, guint64 *place, const guint8 **chunk)
{
    gsize at;

    *place = MAX (*place, keeper_ring_start (self));
    at = (gsize) (*place % self->size);
    *chunk = self->data + at;
    return MIN ((gsize) (self->end - *place), self->size - at);
}
