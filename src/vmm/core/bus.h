/* SPDX-License-Identifier: GPL-2.0-or-later */
/* bus.h - an address space of registers: port I/O or memory-mapped.
 *
 * Regions may overlap; of those that cover an address the one with the higher priority answers, of
 * equals the one added first.  Fixed registers of the chipset have priority over what a guest places
 * (BARs), so that no guest can hide the power button.  An access that is wider than a region takes,
 * or that runs across its end, is split into smaller naturally aligned ones.  What nothing answers
 * reads as all ones and swallows writes.
 *
 * Handlers run on the vCPU thread that made the access, several at a time: each takes its device's
 * own lock.  They get an offset and a size that lie inside the region, the size a power of two up to
 * max_size; nothing else is promised (an offset need not be aligned to the size).
 *
 * A doorbell is a register of a region that is written only to be noticed.  Where KVM rings it, an
 * eventfd is written in the kernel and no handler runs; where nobody does, the region's write handler
 * is called as ever, so whoever sets one up handles both.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "list.h"

struct bus;

enum bus_priority {
    BUS_PRIORITY_REMAINS, /* of what is gone (pci-remains.h) */
    BUS_PRIORITY_BAR,     /* placed by the guest */
    BUS_PRIORITY_FIXED,   /* a chipset register block */
    BUS_PRIORITY_OVERLAY, /* a register inside another's block (CF9h in CF8h-CFBh) */
};

struct bus_region_ops {
    uint64_t (*read) (void *opaque, uint64_t offset, unsigned size);
    void (*write) (void *opaque, uint64_t offset, uint64_t value, unsigned size);
    unsigned max_size; /* the widest access the handlers take: 1, 2, 4 or 8 */
};

/* Embed it in its device. */
struct bus_region {
    const char *name; /* for logs; borrowed */
    const struct bus_region_ops *ops;
    void *opaque;
    uint64_t size; /* bytes, not 0 */
    enum bus_priority priority;

    uint64_t base;    /* bus_add()'s; guarded by the bus's lock */
    struct list node; /* linked while added */
};

/* Before anything else is done with REGION; nothing answers yet. */
void bus_region_init (struct bus_region *region, const char *name, const struct bus_region_ops *ops,
                      void *opaque, uint64_t size, enum bus_priority priority);

/* Embed it in its device. */
struct bus_doorbell {
    const struct bus_region *region;
    uint64_t offset; /* in the region */
    int fd;          /* an eventfd, whoever's it is */

    bool is_armed;    /* guarded by the bus's lock, as what follows */
    uint64_t address; /* while armed */
    struct list node; /* linked while added */
};

struct bus_doorbell_ops {
    /* From now on a write of any width to ADDRESS is one to FD, or (ON is false) no longer.  Returns 0
     * or -errno. */
    int (*ring) (void *opaque, uint64_t address, int fd, bool on);
};

/* LIMIT is the first address past the end: 10000h for ports.  Returns NULL when out of memory. */
struct bus *bus_create (uint64_t limit);
void bus_destroy (struct bus *bus);

/* Makes REGION answer from BASE on.  A region that would reach past the limit is clipped.
 * Returns 0 or -ENOMEM (then nothing changed).  Any thread, also from a handler of this bus. */
int bus_add (struct bus *bus, struct bus_region *region, uint64_t base);

/* Harmless on a region that is not there.  A handler that already started may still be running on
 * another vCPU when this returns; whoever frees the device parks the vCPUs first. */
void bus_remove (struct bus *bus, struct bus_region *region);

/* Who rings doorbells; nobody, to begin with.  Before the bus has any. */
void bus_set_ringer (struct bus *bus, const struct bus_doorbell_ops *ops, void *opaque);

/* Has writes to OFFSET of REGION, wherever that is and as long as it is what answers there, ring FD.  Any
 * thread. */
void bus_doorbell_add (struct bus *bus, struct bus_doorbell *doorbell,
                       const struct bus_region *region, uint64_t offset, int fd);

/* FD is not written any more; harmless on one that is not there (list_init() before first use). */
void bus_doorbell_remove (struct bus *bus, struct bus_doorbell *doorbell);

/* One access of SIZE bytes (1 to 8), little-endian value.  Any thread. */
uint64_t bus_read (struct bus *bus, uint64_t address, unsigned size);
void bus_write (struct bus *bus, uint64_t address, uint64_t value, unsigned size);
