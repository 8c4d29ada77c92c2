/* SPDX-License-Identifier: GPL-2.0-or-later */
/* memory.c - guest-physical memory and the gate to it.
 *
 * Theory of operation.  All mapped blocks are in one list under the lock; RAM blocks are also in a
 * small array that only grows while nothing runs, so the gate reads it without a lock.
 *
 * A block is one memslot, or one for each of its parts that is there: what has a memslot of its own is
 * called a piece here.  The gate knows a part by its bit in an atomic word.  A bit is set once the guest
 * has the part, and cleared before it is taken away; who went through the gate before keeps a host address
 * that stays good, as a block's host memory does.
 */
#include "memory.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#include "bits.h"
#include "kvm-private.h"

#define PAGE_BYTES 4096ul
#define MAX_SLOTS  64

struct memory {
    struct kvm *kvm; /* or NULL */
    pthread_mutex_t lock;
    struct list blocks;   /* mapped ones; lock */
    uint64_t slots_taken; /* a bit a slot; lock */

    struct memory_block *ram[MEMORY_MAX_RAM_BLOCKS]; /* see above */
    unsigned n_ram;
    struct list watches; /* changes when ram may */
};

_Static_assert (MAX_SLOTS == 64, "slots_taken has a bit for each");
_Static_assert(MEMORY_MAX_PARTS == 32, "and so has a block's present");

struct memory *
memory_create (struct kvm *kvm)
{
    struct memory *memory = calloc (1, sizeof *memory);

    if (!memory)
        return NULL;
    memory->kvm = kvm;
    pthread_mutex_init (&memory->lock, NULL);
    list_init (&memory->blocks);
    list_init (&memory->watches);
    return memory;
}

void
memory_destroy (struct memory *memory)
{
    if (!memory)
        return;
    pthread_mutex_destroy (&memory->lock);
    free (memory);
}

/* --- pieces ---------------------------------------------------------------------------------- */

/* What is, or may be, one memslot. */
struct piece {
    int *slot; /* -1: it is not there */
    uint64_t offset, bytes;
};

static bool
get_piece (struct memory_block *block, unsigned index, struct piece *piece)
{
    struct memory_parts *parts = block->parts;

    if (!parts) {
        *piece = (struct piece){ &block->slot, 0, block->size_bytes };
        return index == 0;
    }
    piece->offset = (uint64_t) index << parts->shift;
    if (index >= MEMORY_MAX_PARTS || piece->offset >= block->size_bytes)
        return false;
    piece->slot = &parts->slots[index];
    piece->bytes = MIN_OF (BIT_ULL (parts->shift), block->size_bytes - piece->offset);
    return true;
}

static uint32_t
slot_flags (const struct memory *memory, const struct memory_block *block)
{
    uint32_t flags = 0;

    if (block->kind == MEMORY_ROM && memory->kvm->can_read_only_memory)
        flags |= KVM_MEM_READONLY;
    if (block->dirty_logging)
        flags |= KVM_MEM_LOG_DIRTY_PAGES;
    return flags;
}

static int
take_slot_locked (struct memory *memory)
{
    int slot = memory->slots_taken == UINT64_MAX ? -1 : __builtin_ctzll (~memory->slots_taken);

    if (slot < 0)
        return -ENOSPC;
    memory->slots_taken |= BIT_ULL (slot);
    return slot;
}

static int
set_slot (struct memory *memory, const struct memory_block *block, const struct piece *piece)
{
    if (!memory->kvm)
        return 0;
    return kvm_set_memslot (memory->kvm, (unsigned) *piece->slot, slot_flags (memory, block),
                            block->gpa + piece->offset, piece->bytes, block->host + piece->offset);
}

static void
remove_piece_locked (struct memory *memory, const struct memory_block *block,
                     const struct piece *piece)
{
    if (*piece->slot < 0)
        return;
    if (memory->kvm)
        kvm_set_memslot (memory->kvm, (unsigned) *piece->slot, 0, block->gpa + piece->offset, 0,
                         block->host + piece->offset);
    memory->slots_taken &= ~BIT_ULL (*piece->slot);
    *piece->slot = -1;
}

static int
add_piece_locked (struct memory *memory, const struct memory_block *block,
                  const struct piece *piece)
{
    int ret;

    *piece->slot = take_slot_locked (memory);
    if (*piece->slot < 0) {
        *piece->slot = -1;
        return -ENOSPC;
    }
    ret = set_slot (memory, block, piece);
    if (ret < 0) {
        memory->slots_taken &= ~BIT_ULL (*piece->slot);
        *piece->slot = -1;
    }
    return ret;
}

/* --- blocks ---------------------------------------------------------------------------------- */

static bool
overlaps_locked (const struct memory *memory, gpa_t gpa, uint64_t end)
{
    list_for_each (node, &memory->blocks)
    {
        const struct memory_block *b = container_of (node, struct memory_block, node);

        if (gpa < b->gpa + b->size_bytes && b->gpa < end)
            return true;
    }
    return false;
}

static bool
has_parts_locked (const struct memory *memory)
{
    for (unsigned i = 0; i < memory->n_ram; i++) {
        if (memory->ram[i]->parts)
            return true;
    }
    return false;
}

static void
forget_parts (struct memory_parts *parts)
{
    atomic_store (&parts->present, 0);
    for (unsigned i = 0; i < MEMORY_MAX_PARTS; i++)
        parts->slots[i] = -1;
}

static int
map_locked (struct memory *memory, struct memory_block *block, gpa_t gpa, uint64_t end)
{
    struct piece piece;
    int ret = 0;

    if (overlaps_locked (memory, gpa, end))
        return -EEXIST;
    if (block->kind == MEMORY_RAM && memory->n_ram == MEMORY_MAX_RAM_BLOCKS)
        return -ENOSPC;
    if (block->parts && has_parts_locked (memory))
        return -ENOSPC;
    block->gpa = gpa;
    if (block->parts)
        forget_parts (block->parts);
    else if (get_piece (block, 0, &piece))
        ret = add_piece_locked (memory, block, &piece);
    if (ret < 0)
        return ret;
    list_append (&memory->blocks, &block->node);
    if (block->kind == MEMORY_RAM)
        memory->ram[memory->n_ram++] = block;
    return 0;
}

/* A watch may take itself away. */
static void
tell_watches (struct memory *memory, const struct memory_block *block)
{
    if (block->kind != MEMORY_RAM)
        return;
    list_for_each (node, &memory->watches)
    {
        struct memory_watch *watch = container_of (node, struct memory_watch, node);

        watch->changed (watch->opaque);
    }
}

static bool
parts_are_valid (const struct memory_block *block)
{
    const struct memory_parts *parts = block->parts;

    return !parts
           || (block->kind == MEMORY_RAM && parts->shift >= MEMORY_PART_MIN_SHIFT
               && (block->size_bytes - 1) >> parts->shift < MEMORY_MAX_PARTS);
}

int
memory_map (struct memory *memory, struct memory_block *block, gpa_t gpa)
{
    uint64_t end;
    int ret;

    if (gpa % PAGE_BYTES || block->size_bytes % PAGE_BYTES || block->size_bytes == 0
        || add_overflows (gpa, block->size_bytes, &end) || !parts_are_valid (block))
        return -EINVAL;
    pthread_mutex_lock (&memory->lock);
    ret = map_locked (memory, block, gpa, end);
    pthread_mutex_unlock (&memory->lock);
    if (ret == 0)
        tell_watches (memory, block);
    return ret;
}

static void
forget_ram_locked (struct memory *memory, const struct memory_block *block)
{
    for (unsigned i = 0; i < memory->n_ram; i++) {
        if (memory->ram[i] == block) {
            memory->ram[i] = memory->ram[--memory->n_ram];
            return;
        }
    }
}

void
memory_unmap (struct memory *memory, struct memory_block *block)
{
    struct piece piece;
    bool was_mapped;

    pthread_mutex_lock (&memory->lock);
    was_mapped = !list_is_empty (&block->node);
    if (was_mapped) {
        list_remove (&block->node);
        forget_ram_locked (memory, block);
        for (unsigned i = 0; get_piece (block, i, &piece); i++)
            remove_piece_locked (memory, block, &piece);
    }
    pthread_mutex_unlock (&memory->lock);
    if (was_mapped)
        tell_watches (memory, block);
}

static int
set_part_locked (struct memory *memory, struct memory_block *block, unsigned index, bool present)
{
    struct piece piece;
    int ret;

    if (list_is_empty (&block->node) || !get_piece (block, index, &piece))
        return -EINVAL;
    if (!present) {
        atomic_fetch_and (&block->parts->present, ~BIT (index));
        remove_piece_locked (memory, block, &piece);
        return 0;
    }
    ret = add_piece_locked (memory, block, &piece);
    if (ret == 0)
        atomic_fetch_or (&block->parts->present, BIT (index));
    return ret;
}

int
memory_set_part (struct memory *memory, struct memory_block *block, unsigned index, bool present)
{
    int ret;

    assert (block->parts);
    if (index < MEMORY_MAX_PARTS
        && present == (bool) (atomic_load (&block->parts->present) & BIT (index)))
        return 0;
    pthread_mutex_lock (&memory->lock);
    ret = set_part_locked (memory, block, index, present);
    pthread_mutex_unlock (&memory->lock);
    if (ret == 0)
        tell_watches (memory, block);
    return ret;
}

/* --- what the guest writes ------------------------------------------------------------------- */

static int
set_dirty_logging (struct memory *memory, struct memory_block *block, bool on)
{
    struct piece piece;
    int ret = 0;

    pthread_mutex_lock (&memory->lock);
    if (block->dirty_logging != on) {
        block->dirty_logging = on;
        for (unsigned i = 0; ret == 0 && get_piece (block, i, &piece); i++) {
            if (*piece.slot >= 0)
                ret = set_slot (memory, block, &piece);
        }
        if (ret < 0)
            block->dirty_logging = !on;
    }
    pthread_mutex_unlock (&memory->lock);
    return ret;
}

int
memory_dirty_start (struct memory *memory, struct memory_block *block)
{
    return set_dirty_logging (memory, block, true);
}

void
memory_dirty_stop (struct memory *memory, struct memory_block *block)
{
    set_dirty_logging (memory, block, false);
}

static bool
fetch_piece_locked (struct memory *memory, const struct memory_block *block,
                    const struct piece *piece, uint64_t *bitmap)
{
    struct kvm_dirty_log log = { .slot = (uint32_t) *piece->slot, .dirty_bitmap = bitmap };

    return memory_dirty_is_exact (memory) && *piece->slot >= 0 && block->dirty_logging
           && ioctl (memory->kvm->vm_fd, KVM_GET_DIRTY_LOG, &log) == 0;
}

void
memory_dirty_fetch (struct memory *memory, struct memory_block *block, uint64_t *bitmap)
{
    struct piece piece;

    pthread_mutex_lock (&memory->lock);
    for (unsigned i = 0; get_piece (block, i, &piece); i++) {
        uint64_t *its = bitmap + piece.offset / PAGE_BYTES / 64;

        if (!fetch_piece_locked (memory, block, &piece, its))
            memset (its, 0xff, align_up (piece.bytes / PAGE_BYTES, 64) / 8);
    }
    pthread_mutex_unlock (&memory->lock);
}

bool
memory_dirty_is_exact (const struct memory *memory)
{
    return memory->kvm && memory->kvm->is_hardware;
}

bool
memory_can_protect (const struct memory *memory)
{
    return !memory->kvm || memory->kvm->can_read_only_memory;
}

/* --- the gate -------------------------------------------------------------------------------- */

/* Whether the LEN bytes from OFFSET of BLOCK on, which are inside it, are there. */
static bool
is_there (const struct memory_block *block, uint64_t offset, uint64_t len)
{
    const struct memory_parts *parts = block->parts;
    uint32_t wanted;

    if (!parts || len == 0)
        return true;
    /* From the first part's bit to the last one's. */
    wanted = (UINT32_MAX << (offset >> parts->shift))
             & (UINT32_MAX >> (MEMORY_MAX_PARTS - 1 - ((offset + len - 1) >> parts->shift)));
    return (atomic_load (&parts->present) & wanted) == wanted;
}

void *
memory_at (const struct memory *memory, gpa_t gpa, uint64_t len)
{
    for (unsigned i = 0; i < memory->n_ram; i++) {
        const struct memory_block *block = memory->ram[i];

        if (gpa >= block->gpa && range_fits (gpa - block->gpa, len, block->size_bytes)
            && is_there (block, gpa - block->gpa, len))
            return block->host + (gpa - block->gpa);
    }
    return NULL;
}

bool
memory_read (const struct memory *memory, gpa_t gpa, void *buf, size_t len)
{
    const void *host = memory_at (memory, gpa, len);

    if (!host)
        return false;
    memcpy (buf, host, len);
    return true;
}

bool
memory_write (const struct memory *memory, gpa_t gpa, const void *buf, size_t len)
{
    void *host = memory_at (memory, gpa, len);

    if (!host)
        return false;
    memcpy (host, buf, len);
    return true;
}

int
memory_discard (void *host, size_t len)
{
    uintptr_t start = align_up ((uintptr_t) host, PAGE_BYTES);
    uintptr_t end = align_down ((uintptr_t) host + len, PAGE_BYTES);

    if (!host || start >= end)
        return 0;
    /* MADV_REMOVE punches a hole into a shared file and does not take memory of our own. */
    if (madvise ((void *) start, end - start, MADV_REMOVE) == 0
        || (errno == EINVAL && madvise ((void *) start, end - start, MADV_DONTNEED) == 0))
        return 0;
    return -errno;
}

/* The runs of parts that are there. */
static unsigned
get_runs (struct memory_block *block, struct memory_range *ranges)
{
    uint32_t present = atomic_load (&block->parts->present);
    struct piece piece;
    unsigned n = 0;

    for (unsigned i = 0; get_piece (block, i, &piece); i++) {
        if (!(present & BIT (i)))
            continue;
        if (i > 0 && (present & BIT (i - 1)))
            ranges[n - 1].size_bytes += piece.bytes;
        else
            ranges[n++] = (struct memory_range){ block->gpa + piece.offset, piece.bytes,
                                                 block->host + piece.offset };
    }
    return n;
}

unsigned
memory_get_ram (const struct memory *memory, struct memory_range ranges[MEMORY_MAX_RANGES])
{
    unsigned n = 0;

    for (unsigned i = 0; i < memory->n_ram; i++) {
        struct memory_block *block = memory->ram[i];

        if (block->parts)
            n += get_runs (block, ranges + n);
        else
            ranges[n++] = (struct memory_range){ block->gpa, block->size_bytes, block->host };
    }
    return n;
}

void
memory_watch_add (struct memory *memory, struct memory_watch *watch, void (*changed) (void *opaque),
                  void *opaque)
{
    watch->changed = changed;
    watch->opaque = opaque;
    list_append (&memory->watches, &watch->node);
}

void
memory_watch_remove (struct memory_watch *watch)
{
    list_remove (&watch->node);
}
