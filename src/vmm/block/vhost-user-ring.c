/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vhost-user-ring.c - the virtqueue by which a disk in another process is served.
 *
 * The driver's side of a split virtqueue (virtio 1.2 §2.7) in memory of its own: a slot is a descriptor,
 * which points to the slot's own table (§2.7.5.3), so one never runs out before the other.  The peer may
 * write anywhere in here at any time.  What is read back is therefore an index, a slot's number and a status
 * byte, each checked; what a slot is about is kept outside.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>

#include "bits.h"
#include "fd.h"
#include "vhost-user-private.h"

#define RING_ADDRESS 0x100000000000ull /* for the peer */
#define N            VHOST_USER_QUEUE_SIZE
#define NO_STATUS    0xff

struct shared_slot {
    struct virtio_blk_outhdr header;
    struct virtio_blk_discard_write_zeroes range;
    uint8_t status;
    uint8_t padding[31];
    struct vring_desc table[VHOST_USER_MAX_SEGMENTS + 2]; /* and header and status */
};

struct vhost_user_shared {
    struct vring_desc desc[N];
    struct {
        uint16_t flags, index, ring[N], used_event;
    } avail;
    _Alignas(4) struct {
        uint16_t flags, index;
        struct vring_used_elem ring[N];
        uint16_t avail_event;
    } used;
    _Alignas(64) struct shared_slot slots[N];
};

#define SHARED_BYTES align_up (sizeof (struct vhost_user_shared), 4096)

static uint64_t
address_of (const struct vhost_user_ring *ring, const void *at)
{
    return RING_ADDRESS + (uint64_t) ((const char *) at - (const char *) ring->shared);
}

int
vhost_user_ring_create (struct vhost_user_ring *ring)
{
    void *mapped;

    ring->kick_fd = eventfd (0, EFD_CLOEXEC | EFD_NONBLOCK);
    ring->call_fd = eventfd (0, EFD_CLOEXEC | EFD_NONBLOCK);
    ring->fd = fd_memfd_map ("vhost-user-ring", SHARED_BYTES, &mapped);
    if (ring->kick_fd < 0 || ring->call_fd < 0)
        return -errno;
    if (ring->fd < 0)
        return ring->fd;
    ring->shared = mapped;
    return 0;
}

void
vhost_user_ring_destroy (struct vhost_user_ring *ring)
{
    if (ring->shared)
        munmap (ring->shared, SHARED_BYTES);
    fd_close (&ring->fd);
    fd_close (&ring->kick_fd);
    fd_close (&ring->call_fd);
}

void
vhost_user_ring_offer (const struct vhost_user_ring *ring, struct vhost_user_offer *offer)
{
    offer->regions[0] = (struct vhost_user_region){
        .address = RING_ADDRESS,
        .size_bytes = SHARED_BYTES,
        .fd = ring->fd,
    };
    offer->n_regions = 1;
    offer->queue_size = N;
    offer->desc_address = address_of (ring, ring->shared->desc);
    offer->avail_address = address_of (ring, &ring->shared->avail);
    offer->used_address = address_of (ring, &ring->shared->used);
    offer->kick_fd = ring->kick_fd;
    offer->call_fd = ring->call_fd;
}

void
vhost_user_ring_reset (struct vhost_user_ring *ring, unsigned n_slots)
{
    memset (&ring->shared->avail, 0, sizeof ring->shared->avail);
    memset (&ring->shared->used, 0, sizeof ring->shared->used);
    ring->avail_index = ring->used_index = ring->kicked_index = 0;
    ring->event_idx = false;
    ring->n_busy = 0;
    list_init (&ring->idle);
    for (unsigned i = 0; i < N; i++) {
        ring->slots[i].request = NULL;
        ring->slots[i].is_done = false;
        if (i < n_slots)
            list_append (&ring->idle, &ring->slots[i].node);
    }
}

/* --- to the peer --------------------------------------------------------------------------------- */

static void
add_desc (struct shared_slot *shared, unsigned *n, uint64_t address, uint32_t len, bool to_us)
{
    struct vring_desc *desc = &shared->table[*n];

    if (*n > 0)
        shared->table[*n - 1].flags |= VRING_DESC_F_NEXT;
    *desc = (struct vring_desc){
        .addr = address,
        .len = len,
        .flags = to_us ? VRING_DESC_F_WRITE : 0,
        .next = (uint16_t) (*n + 1),
    };
    ++*n;
}

static unsigned
fill_table (const struct vhost_user_ring *ring, struct shared_slot *shared,
            const struct vhost_user_step *step)
{
    unsigned n = 0;

    shared->header = (struct virtio_blk_outhdr){ .type = step->type, .sector = step->sector };
    shared->status = NO_STATUS;
    add_desc (shared, &n, address_of (ring, &shared->header), sizeof shared->header, false);
    if (step->range_sectors > 0) {
        shared->header.sector = 0;
        shared->range = (struct virtio_blk_discard_write_zeroes){
            .sector = step->sector,
            .num_sectors = step->range_sectors,
        };
        add_desc (shared, &n, address_of (ring, &shared->range), sizeof shared->range, false);
    }
    for (unsigned i = 0; i < step->n_segments; i++)
        add_desc (shared, &n, step->segments[i].address, step->segments[i].len,
                  step->type == VIRTIO_BLK_T_IN);
    add_desc (shared, &n, address_of (ring, &shared->status), sizeof shared->status, true);
    return n;
}

static struct vhost_user_slot *
next_idle (const struct vhost_user_ring *ring)
{
    return container_of (ring->idle.next, struct vhost_user_slot, node);
}

unsigned
vhost_user_ring_next (const struct vhost_user_ring *ring)
{
    return (unsigned) (next_idle (ring) - ring->slots);
}

struct vhost_user_slot *
vhost_user_ring_add (struct vhost_user_ring *ring, struct block_request *request,
                     const struct vhost_user_step *step)
{
    struct vhost_user_slot *slot = next_idle (ring);
    uint16_t index = (uint16_t) (slot - ring->slots);
    struct vhost_user_shared *shared = ring->shared;
    unsigned n = fill_table (ring, &shared->slots[index], step);

    list_remove (&slot->node);
    slot->request = request;
    ring->n_busy++;
    shared->desc[index] = (struct vring_desc){
        .addr = address_of (ring, shared->slots[index].table),
        .len = (uint32_t) (n * sizeof (struct vring_desc)),
        .flags = VRING_DESC_F_INDIRECT,
    };
    shared->avail.ring[ring->avail_index++ % N] = index;
    /* Whoever sees the index sees what it counts. */
    __atomic_store_n (&shared->avail.index, ring->avail_index, __ATOMIC_RELEASE);
    return slot;
}

static bool
wants_kick (const struct vhost_user_ring *ring)
{
    const struct vhost_user_shared *shared = ring->shared;

    if (ring->event_idx)
        return vring_need_event (__atomic_load_n (&shared->used.avail_event, __ATOMIC_RELAXED),
                                 ring->avail_index, ring->kicked_index);
    return !(__atomic_load_n (&shared->used.flags, __ATOMIC_RELAXED) & VRING_USED_F_NO_NOTIFY);
}

void
vhost_user_ring_kick (struct vhost_user_ring *ring)
{
    if (ring->kicked_index == ring->avail_index)
        return;
    /* The index is out before it is asked; the peer does it the other way round (§2.7.13.4). */
    __atomic_thread_fence (__ATOMIC_SEQ_CST);
    if (wants_kick (ring))
        fd_event_signal (ring->kick_fd);
    ring->kicked_index = ring->avail_index;
}

/* --- from the peer ------------------------------------------------------------------------------- */

struct vhost_user_slot *
vhost_user_ring_take (struct vhost_user_ring *ring, uint8_t *status, const char **why)
{
    const struct vhost_user_shared *shared = ring->shared;
    uint16_t index = __atomic_load_n (&shared->used.index, __ATOMIC_ACQUIRE);
    struct vhost_user_slot *slot;
    uint32_t id;

    if (index == ring->used_index)
        return NULL;
    id = __atomic_load_n (&shared->used.ring[ring->used_index % N].id, __ATOMIC_RELAXED);
    slot = id < N ? &ring->slots[id] : NULL;
    if (!slot || !slot->request || slot->is_done
        || (uint16_t) (index - ring->used_index) > ring->n_busy) {
        *why = "says it did what it was not asked";
        return NULL;
    }
    ring->used_index++;
    ring->n_busy--;
    slot->is_done = true;
    *status = __atomic_load_n (&shared->slots[id].status, __ATOMIC_RELAXED);
    return slot;
}

bool
vhost_user_ring_listen (struct vhost_user_ring *ring)
{
    struct vhost_user_shared *shared = ring->shared;

    if (!ring->event_idx)
        return false; /* it calls each time */
    __atomic_store_n (&shared->avail.used_event, ring->used_index, __ATOMIC_RELAXED);
    __atomic_thread_fence (__ATOMIC_SEQ_CST);
    return __atomic_load_n (&shared->used.index, __ATOMIC_RELAXED) != ring->used_index;
}

void
vhost_user_ring_release (struct vhost_user_ring *ring, struct vhost_user_slot *slot)
{
    if (!slot->is_done)
        ring->n_busy--;
    slot->request = NULL;
    slot->is_done = false;
    list_remove (&slot->node);
    list_append (ring->idle.next, &slot->node); /* to the head: its memory is warm */
}
