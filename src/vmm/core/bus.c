/* SPDX-License-Identifier: GPL-2.0-or-later */
/* bus.c - an address space of registers.
 *
 * Theory of operation.  The regions are kept in a list (order of addition) and, flattened, in a sorted
 * array of spans that do not overlap: each span says which region answers there.  Accesses search
 * the array under the read side of a lock and call the handler after letting go of it, so a handler
 * may itself add and remove regions (a write to a BAR does).  The array is rebuilt on every change: a
 * machine has some fifty regions and changes them while firmware places BARs.
 *
 * Flattening goes region by region in order of rising priority and paints the region's range over
 * what is there; of equals the older is painted last.  A span may therefore be shorter than its
 * region; an access is dispatched by its first byte and may use the whole region behind it (a
 * doubleword at CF8h runs over CF9h, which has another owner).
 */
#include "bus.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "bits.h"

struct span {
    uint64_t start, end; /* [start, end) */
    struct bus_region *region;
};

struct bus {
    uint64_t limit;
    pthread_rwlock_t lock;
    struct list regions; /* lock */
    unsigned n_regions;  /* lock */
    struct span *spans;  /* lock */
    unsigned n_spans;    /* lock */
    struct list doorbells;                     /* lock */
    const struct bus_doorbell_ops *ringer_ops; /* NULL: nobody rings */
    void *ringer;
};

void
bus_region_init (struct bus_region *region, const char *name, const struct bus_region_ops *ops,
                 void *opaque, uint64_t size, enum bus_priority priority)
{
    *region = (struct bus_region){
        .name = name,
        .ops = ops,
        .opaque = opaque,
        .size = size,
        .priority = priority,
    };
    list_init (&region->node);
}

struct bus *
bus_create (uint64_t limit)
{
    struct bus *bus = calloc (1, sizeof *bus);

    if (!bus)
        return NULL;
    bus->limit = limit;
    list_init (&bus->regions);
    list_init (&bus->doorbells);
    pthread_rwlock_init (&bus->lock, NULL);
    return bus;
}

void
bus_destroy (struct bus *bus)
{
    if (!bus)
        return;
    pthread_rwlock_destroy (&bus->lock);
    free (bus->spans);
    free (bus);
}

/* Cuts [START, END) out of the SPANS, N of them, sorted; returns how many there are then. */
static unsigned
cut (struct span *spans, unsigned n, uint64_t start, uint64_t end)
{
    unsigned kept = 0;
    struct span tail = { 0 };
    bool split = false;

    for (unsigned i = 0; i < n; i++) {
        struct span s = spans[i];

        if (s.end <= start || s.start >= end) {
            spans[kept++] = s;
            continue;
        }
        if (s.start < start && s.end > end) {
            split = true;
            tail = (struct span) { end, s.end, s.region };
        }
        if (s.start < start)
            spans[kept++] = (struct span) { s.start, start, s.region };
        else if (s.end > end)
            spans[kept++] = (struct span) { end, s.end, s.region };
    }
    if (split)
        spans[kept++] = tail; /* a split span was alone in the range: what follows is sorted below */
    return kept;
}

/* Puts S into the sorted SPANS, where its range is free. */
static unsigned
insert (struct span *spans, unsigned n, struct span s)
{
    unsigned i = n;

    for (; i > 0 && spans[i - 1].start > s.start; i--)
        spans[i] = spans[i - 1];
    spans[i] = s;
    return n + 1;
}

static unsigned
paint (struct bus *bus, struct span *spans, unsigned n, struct bus_region *region)
{
    uint64_t end;
    struct span last;

    if (add_overflows (region->base, region->size, &end) || end > bus->limit)
        end = bus->limit;
    if (region->base >= end)
        return n;
    n = cut (spans, n, region->base, end);
    if (n > 1 && spans[n - 1].start < spans[n - 2].start) {
        last = spans[n - 1]; /* the tail of a split span, put in its place */
        n = insert (spans, n - 1, last);
    }
    return insert (spans, n, (struct span) { region->base, end, region });
}

/* Fills SPANS (room for 2 * n_regions + 2). */
static unsigned
flatten_locked (struct bus *bus, struct span *spans)
{
    unsigned n = 0;

    for (int priority = BUS_PRIORITY_REMAINS; priority <= BUS_PRIORITY_OVERLAY; priority++) {
        for (struct list *node = bus->regions.prev; node != &bus->regions; node = node->prev) {
            struct bus_region *region = container_of (node, struct bus_region, node);

            if ((int) region->priority == priority)
                n = paint (bus, spans, n, region);
        }
    }
    return n;
}

/* --- doorbells -------------------------------------------------------------------------------- */

/* The span at ADDRESS, or NULL. */
static const struct span *
find_span_locked (const struct bus *bus, uint64_t address)
{
    unsigned low = 0, high = bus->n_spans;

    while (low < high) {
        unsigned middle = (low + high) / 2;
        const struct span *s = &bus->spans[middle];

        if (address < s->start)
            high = middle;
        else if (address >= s->end)
            low = middle + 1;
        else
            return s;
    }
    return NULL;
}

/* Where the doorbell's register is now; false when something else answers there, or it is nowhere. */
static bool
doorbell_address_locked (const struct bus *bus, const struct bus_doorbell *doorbell,
                         uint64_t *address)
{
    const struct bus_region *region = doorbell->region;
    const struct span *s;

    if (list_is_empty (&region->node) || add_overflows (region->base, doorbell->offset, address))
        return false;
    s = find_span_locked (bus, *address);
    return s && s->region == region;
}

static void
disarm_locked (struct bus *bus, struct bus_doorbell *doorbell)
{
    if (doorbell->is_armed)
        bus->ringer_ops->ring (bus->ringer, doorbell->address, doorbell->fd, false);
    doorbell->is_armed = false;
}

/* One that cannot be rung goes to its region's handler, which does as well. */
static void
place_locked (struct bus *bus, struct bus_doorbell *doorbell)
{
    uint64_t address = 0;
    bool wanted = doorbell_address_locked (bus, doorbell, &address);

    if (!bus->ringer_ops || (wanted && doorbell->is_armed && address == doorbell->address))
        return;
    disarm_locked (bus, doorbell);
    doorbell->address = address;
    doorbell->is_armed =
        wanted && bus->ringer_ops->ring (bus->ringer, address, doorbell->fd, true) == 0;
}

static void
place_all_locked (struct bus *bus)
{
    list_for_each (node, &bus->doorbells)
        place_locked (bus, container_of (node, struct bus_doorbell, node));
}

void
bus_set_ringer (struct bus *bus, const struct bus_doorbell_ops *ops, void *opaque)
{
    bus->ringer_ops = ops;
    bus->ringer = opaque;
}

void
bus_doorbell_add (struct bus *bus, struct bus_doorbell *doorbell, const struct bus_region *region,
                  uint64_t offset, int fd)
{
    pthread_rwlock_wrlock (&bus->lock);
    doorbell->region = region;
    doorbell->offset = offset;
    doorbell->fd = fd;
    doorbell->is_armed = false;
    list_append (&bus->doorbells, &doorbell->node);
    place_locked (bus, doorbell);
    pthread_rwlock_unlock (&bus->lock);
}

void
bus_doorbell_remove (struct bus *bus, struct bus_doorbell *doorbell)
{
    pthread_rwlock_wrlock (&bus->lock);
    if (!list_is_empty (&doorbell->node)) {
        disarm_locked (bus, doorbell);
        list_remove (&doorbell->node);
    }
    pthread_rwlock_unlock (&bus->lock);
}

/* --- regions ---------------------------------------------------------------------------------- */

int
bus_add (struct bus *bus, struct bus_region *region, uint64_t base)
{
    struct span *spans;

    pthread_rwlock_wrlock (&bus->lock);
    spans = realloc (bus->spans, (2 * (size_t) bus->n_regions + 4) * sizeof *spans);
    if (!spans) {
        pthread_rwlock_unlock (&bus->lock);
        return -ENOMEM;
    }
    bus->spans = spans;
    region->base = base;
    list_append (&bus->regions, &region->node);
    bus->n_regions++;
    bus->n_spans = flatten_locked (bus, spans);
    place_all_locked (bus);
    pthread_rwlock_unlock (&bus->lock);
    return 0;
}

void
bus_remove (struct bus *bus, struct bus_region *region)
{
    pthread_rwlock_wrlock (&bus->lock);
    if (!list_is_empty (&region->node)) {
        list_remove (&region->node);
        bus->n_regions--;
        bus->n_spans = flatten_locked (bus, bus->spans);
        place_all_locked (bus);
    }
    pthread_rwlock_unlock (&bus->lock);
}

/* The region at ADDRESS, or NULL, and its base. */
static struct bus_region *
find (struct bus *bus, uint64_t address, uint64_t *base)
{
    struct bus_region *region = NULL;
    const struct span *s;

    pthread_rwlock_rdlock (&bus->lock);
    s = find_span_locked (bus, address);
    if (s) {
        region = s->region;
        *base = region->base;
    }
    pthread_rwlock_unlock (&bus->lock);
    return region;
}

/* How much of an access of SIZE at OFFSET goes to REGION in one piece: all of it when it fits, else
 * the largest power of two that does. */
static unsigned
piece_size (const struct bus_region *region, uint64_t offset, unsigned size)
{
    unsigned piece = MIN_OF (size, region->ops->max_size);

    while (piece > 1 && (!is_power_of_two (piece) || !range_fits (offset, piece, region->size)))
        piece--;
    return piece;
}

uint64_t
bus_read (struct bus *bus, uint64_t address, unsigned size)
{
    uint64_t value = 0;
    unsigned done = 0;

    while (done < size) {
        uint64_t base, part;
        struct bus_region *region = find (bus, address + done, &base);
        unsigned piece = 1;

        if (!region) {
            part = 0xff;
        } else {
            piece = piece_size (region, address + done - base, size - done);
            part = region->ops->read (region->opaque, address + done - base, piece)
                   & ones (piece);
        }
        value |= part << (done * 8);
        done += piece;
    }
    return value;
}

void
bus_write (struct bus *bus, uint64_t address, uint64_t value, unsigned size)
{
    unsigned done = 0;

    while (done < size) {
        uint64_t base;
        struct bus_region *region = find (bus, address + done, &base);
        unsigned piece = 1;

        if (region) {
            piece = piece_size (region, address + done - base, size - done);
            region->ops->write (region->opaque, address + done - base,
                                (value >> (done * 8)) & ones (piece), piece);
        }
        done += piece;
    }
}
