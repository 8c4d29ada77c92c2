/* SPDX-License-Identifier: GPL-2.0-or-later */
/* memory.c - guest-physical memory and the gate to it.
 *
 * Theory of operation.  All mapped blocks are in one list under the lock; RAM blocks are also in a
 * small array that only grows while nothing runs, so the gate reads it without a lock.
 */
#include "memory.h"

#include <errno.h>
#include <pthread.h>
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

    const struct memory_block *ram[MEMORY_MAX_RAM_BLOCKS]; /* see above */
    unsigned n_ram;
    struct list watches; /* changes when ram may */
};

_Static_assert (MAX_SLOTS == 64, "slots_taken has a bit for each");

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
map_locked (struct memory *memory, struct memory_block *block, gpa_t gpa, uint64_t end)
{
    int ret = 0;

    if (overlaps_locked (memory, gpa, end))
        return -EEXIST;
    if (block->kind == MEMORY_RAM && memory->n_ram == MEMORY_MAX_RAM_BLOCKS)
        return -ENOSPC;
    block->slot = take_slot_locked (memory);
    if (block->slot < 0)
        return block->slot;
    if (memory->kvm)
        ret = kvm_set_memslot (memory->kvm, (unsigned) block->slot, slot_flags (memory, block), gpa,
                               block->size_bytes, block->host);
    if (ret < 0) {
        memory->slots_taken &= ~BIT_ULL (block->slot);
        block->slot = -1;
        return ret;
    }
    block->gpa = gpa;
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

int
memory_map (struct memory *memory, struct memory_block *block, gpa_t gpa)
{
    uint64_t end;
    int ret;

    if (gpa % PAGE_BYTES || block->size_bytes % PAGE_BYTES || block->size_bytes == 0
        || add_overflows (gpa, block->size_bytes, &end))
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
    bool was_mapped;

    pthread_mutex_lock (&memory->lock);
    was_mapped = !list_is_empty (&block->node);
    if (was_mapped) {
        if (memory->kvm)
            kvm_set_memslot (memory->kvm, (unsigned) block->slot, 0, block->gpa, 0, block->host);
        memory->slots_taken &= ~BIT_ULL (block->slot);
        block->slot = -1;
        list_remove (&block->node);
        forget_ram_locked (memory, block);
    }
    pthread_mutex_unlock (&memory->lock);
    if (was_mapped)
        tell_watches (memory, block);
}

static int
set_dirty_logging (struct memory *memory, struct memory_block *block, bool on)
{
    int ret = 0;

    pthread_mutex_lock (&memory->lock);
    if (block->dirty_logging != on) {
        block->dirty_logging = on;
        if (memory->kvm && !list_is_empty (&block->node))
            ret = kvm_set_memslot (memory->kvm, (unsigned) block->slot, slot_flags (memory, block),
                                   block->gpa, block->size_bytes, block->host);
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

void
memory_dirty_fetch (struct memory *memory, struct memory_block *block, uint64_t *bitmap)
{
    struct kvm_dirty_log log = { .dirty_bitmap = bitmap };
    bool fetched = false;

    pthread_mutex_lock (&memory->lock);
    if (memory_dirty_is_exact (memory) && !list_is_empty (&block->node) && block->dirty_logging) {
        log.slot = (uint32_t) block->slot;
        fetched = ioctl (memory->kvm->vm_fd, KVM_GET_DIRTY_LOG, &log) == 0;
    }
    pthread_mutex_unlock (&memory->lock);
    if (!fetched)
        memset (bitmap, 0xff, align_up (block->size_bytes / PAGE_BYTES, 64) / 8);
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

void *
memory_at (const struct memory *memory, gpa_t gpa, uint64_t len)
{
    for (unsigned i = 0; i < memory->n_ram; i++) {
        const struct memory_block *block = memory->ram[i];

        if (gpa >= block->gpa && range_fits (gpa - block->gpa, len, block->size_bytes))
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
    /* Guest RAM is a shared file, which MADV_REMOVE punches a hole into; a test's is private. */
    if (madvise ((void *) start, end - start, MADV_REMOVE) == 0
        || (errno == EINVAL && madvise ((void *) start, end - start, MADV_DONTNEED) == 0))
        return 0;
    return -errno;
}

unsigned
memory_get_ram (const struct memory *memory, struct memory_range ranges[MEMORY_MAX_RAM_BLOCKS])
{
    for (unsigned i = 0; i < memory->n_ram; i++) {
        const struct memory_block *block = memory->ram[i];

        ranges[i] = (struct memory_range){ block->gpa, block->size_bytes, block->host };
    }
    return memory->n_ram;
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

uint64_t
memory_ram_bytes (const struct memory *memory)
{
    uint64_t bytes = 0;

    for (unsigned i = 0; i < memory->n_ram; i++)
        bytes += memory->ram[i]->size_bytes;
    return bytes;
}
