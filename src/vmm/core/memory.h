/* SPDX-License-Identifier: GPL-2.0-or-later */
/* memory.h - guest-physical memory: what is RAM, what is ROM, and the one gate through which a
 * device reaches it.
 *
 * A block is a run of guest-physical addresses backed by host memory; where KVM is present each is a
 * memslot.  Devices reach blocks of kind MEMORY_RAM only, by address and length, checked here:
 * DMA never reaches registers, ROM or video memory, so a device cannot be made to poke another.
 *
 * RAM blocks are added before the machine runs (or with all vCPUs parked and the I/O loop drained),
 * so the gate takes no lock.  Other blocks may come, move and go at any time, and so may the parts of
 * a RAM block that is there in parts.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

#include "list.h"

typedef uint64_t gpa_t; /* a guest-physical address, in bytes */

struct kvm;
struct memory;

#define MEMORY_MAX_RAM_BLOCKS 16
#define MEMORY_MAX_PARTS      32 /* of one block */
#define MEMORY_MAX_RANGES     (MEMORY_MAX_RAM_BLOCKS + MEMORY_MAX_PARTS / 2)

enum memory_kind {
    MEMORY_RAM,  /* guest reads, writes and runs it; devices reach it */
    MEMORY_ROM,  /* guest reads and runs it; a write is a bus write */
    MEMORY_VRAM, /* guest reads and writes it; devices do not reach it; can be dirty-tracked */
};

/* RAM of which equal parts, but for the last, which may be shorter, are there or not.  Each that is there
 * is a memslot of its own.  Where one is not, the guest finds nothing, and neither do devices. */
struct memory_parts {
    unsigned shift;           /* a part has 2^shift bytes; at least MEMORY_PART_MIN_SHIFT */
    _Atomic uint32_t present; /* a bit each; memory_set_part() changes it */
    int slots[MEMORY_MAX_PARTS];
};

#define MEMORY_PART_MIN_SHIFT 21

struct memory_block {
    const char *name; /* for logs; borrowed */
    enum memory_kind kind;
    uint8_t *host;       /* page-aligned, stays the owner's */
    uint64_t size_bytes; /* a multiple of 4096 */
    struct memory_parts *parts; /* borrowed; one block of RAM may have them; NULL: it has none */

    gpa_t gpa; /* valid while mapped */
    int slot;  /* KVM memslot, -1 while not mapped or in parts */
    bool dirty_logging;
    struct list node; /* list_init() before first use */
};

/* KVM may be NULL (device tests: no memslots).  Returns NULL when out of memory. */
struct memory *memory_create (struct kvm *kvm);
void memory_destroy (struct memory *memory);

/* Maps BLOCK at GPA (page-aligned); none of its parts is there then.  Returns 0, -EEXIST when part of the
 * range is taken, -EINVAL when it is misaligned or wraps, or -errno from KVM.  MEMORY_RAM: see above.
 * Others: any thread. */
int memory_map (struct memory *memory, struct memory_block *block, gpa_t gpa);

/* Takes BLOCK out of the guest's address space; harmless when it is not in it. */
void memory_unmap (struct memory *memory, struct memory_block *block);

/* Whether part INDEX of BLOCK, which is mapped, is there from now on.  Returns 0, or -errno from KVM: then
 * nothing changed.  Requests in flight may still reach what was there.  Main loop's thread, no lock held:
 * watches are told. */
int memory_set_part (struct memory *memory, struct memory_block *block, unsigned index,
                     bool present);

/* Starts or stops recording which pages the guest writes.  Returns 0 or -errno. */
int memory_dirty_start (struct memory *memory, struct memory_block *block);
void memory_dirty_stop (struct memory *memory, struct memory_block *block);

/* Fetches and clears the record: a bit a 4 KiB page, lowest first, into BITMAP, which has room for
 * size_bytes / 4096 bits rounded up to 64.  All ones (better to draw too much) without KVM, while not
 * mapped or not recording, of parts that are not there, and where the record is not exact.  Any thread. */
void memory_dirty_fetch (struct memory *memory, struct memory_block *block, uint64_t *bitmap);

/* Whether what memory_dirty_fetch() tells is the truth: not without KVM, and not where KVM is a
 * software one, whose emulated writes leave no trace after the first. */
bool memory_dirty_is_exact (const struct memory *memory);

/* Whether a guest's write to MEMORY_ROM is kept from it: not where KVM cannot map memory read-only. */
bool memory_can_protect (const struct memory *memory);

/* The gate.  Host address of [GPA, GPA + LEN), which must lie inside one RAM block; NULL otherwise.
 * LEN may be 0.  The guest may change what is there at any moment: copy, check the copy, use the
 * copy.  Any thread. */
void *memory_at (const struct memory *memory, gpa_t gpa, uint64_t len);

/* Copies; return false, having done nothing, when the range is not all RAM. Any thread. */
bool memory_read (const struct memory *memory, gpa_t gpa, void *buf, size_t len);
bool memory_write (const struct memory *memory, gpa_t gpa, const void *buf, size_t len);

/* Gives the host the whole pages inside [HOST, HOST + LEN), RAM as the gate gave it out (NULL: nothing);
 * they read as zeros afterwards.  Returns 0 or -errno: then they are as they were.  Any thread. */
int memory_discard (void *host, size_t len);

/* Where RAM is, for somebody outside this process's own devices who has to be told: a vhost. */
struct memory_range {
    gpa_t gpa;
    uint64_t size_bytes;
    void *host;
};

/* Fills RANGES, in no order, with blocks and runs of parts that are there; returns their number. */
unsigned memory_get_ram (const struct memory *memory,
                         struct memory_range ranges[MEMORY_MAX_RANGES]);

/* Embed it in whoever keeps a copy of that. */
struct memory_watch {
    /* RAM was mapped or unmapped, or a part of it, by this thread, which holds no lock.  What was unmapped
     * goes away once this returns. */
    void (*changed) (void *opaque);
    void *opaque;
    struct list node;
};

/* When RAM blocks may be added (see above). */
void memory_watch_add (struct memory *memory, struct memory_watch *watch,
                       void (*changed) (void *opaque), void *opaque);
void memory_watch_remove (struct memory_watch *watch);
