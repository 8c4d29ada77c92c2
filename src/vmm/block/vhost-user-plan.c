/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vhost-user-plan.c - a request in steps that the process behind a disk takes. */
#include <errno.h>
#include <string.h>

#include "bits.h"
#include "vhost-user-private.h"

#define SECTOR_BYTES   512
#define MAX_STEP_BYTES MIB (1)

/* Where the peer finds [BASE, BASE + LEN); 0 when it has none of that. */
static uint64_t
address_of (const struct vhost_user_block *vu, const void *base, uint64_t len)
{
    for (unsigned i = 0; i < vu->n_memory; i++) {
        const struct block_memory *memory = &vu->memory[i];
        uintptr_t first = (uintptr_t) memory->host, at = (uintptr_t) base;

        if (at >= first && range_fits (at - first, len, memory->size_bytes))
            return vu->offer.regions[vu->first_memory + i].address + (at - first);
    }
    return 0;
}

/* Adds what fits; the rest waits for the next step. */
static void
add_segment (const struct vhost_user_block *vu, struct vhost_user_step *step, uint64_t address,
             uint32_t len)
{
    struct vhost_user_segment *last = &step->segments[step->n_segments];

    if (step->n_segments > 0 && last[-1].address + last[-1].len == address)
        last[-1].len += len;
    else
        step->segments[step->n_segments++] = (struct vhost_user_segment){ address, len };
}

/* Takes BYTES off the end. */
static void
shorten (struct vhost_user_step *step, uint64_t bytes)
{
    while (bytes > 0) {
        struct vhost_user_segment *last = &step->segments[step->n_segments - 1];
        uint32_t less = (uint32_t) MIN_OF (bytes, last->len);

        last->len -= less;
        bytes -= less;
        if (last->len == 0)
            step->n_segments--;
    }
}

static int64_t
plan_transfer (const struct vhost_user_block *vu, const struct block_request *request,
               struct vhost_user_step *step)
{
    uint64_t skip = request->progress, total = 0;

    for (unsigned i = 0;
         i < request->n_iov && total < MAX_STEP_BYTES && step->n_segments < vu->disk.max_segments;
         i++) {
        const struct iovec *iov = &request->iov[i];
        uint64_t skipped = MIN_OF (skip, iov->iov_len);
        uint64_t len = MIN_OF (iov->iov_len - skipped, MAX_STEP_BYTES - total);
        uint64_t address;

        skip -= skipped;
        if (len == 0)
            continue;
        address = address_of (vu, (char *) iov->iov_base + skipped, len);
        if (!address)
            return -EFAULT;
        add_segment (vu, step, address, (uint32_t) len);
        total += len;
    }
    shorten (step, total % SECTOR_BYTES);
    total -= total % SECTOR_BYTES;
    return total > 0 ? (int64_t) total : -EINVAL;
}

/* As much as the chunk of the slot that is next takes. */
static int64_t
plan_bounce (const struct vhost_user_block *vu, const struct block_request *request,
             struct vhost_user_step *step)
{
    uint64_t bytes =
        MIN_OF (request->length - request->progress, (uint64_t) VHOST_USER_CHUNK_BYTES);

    vhost_user_bounce_begin (&vu->bounce, vhost_user_ring_next (&vu->ring), request, bytes, step);
    return (int64_t) bytes;
}

static int64_t
plan_range (const struct block_request *request, uint64_t max_bytes, struct vhost_user_step *step)
{
    uint64_t bytes = MIN_OF (request->length - request->progress, max_bytes);

    step->range_sectors = (uint32_t) (bytes / SECTOR_BYTES);
    return bytes > 0 ? (int64_t) bytes : -ENOTSUP;
}

int64_t
vhost_user_plan (const struct vhost_user_block *vu, const struct block_request *request,
                 struct vhost_user_step *step)
{
    static const uint32_t types[BLOCK_OP_N] = {
        [BLOCK_READ] = VIRTIO_BLK_T_IN,
        [BLOCK_WRITE] = VIRTIO_BLK_T_OUT,
        [BLOCK_FLUSH] = VIRTIO_BLK_T_FLUSH,
        [BLOCK_DISCARD] = VIRTIO_BLK_T_DISCARD,
        [BLOCK_WRITE_ZEROES] = VIRTIO_BLK_T_WRITE_ZEROES,
    };

    step->type = types[request->op];
    step->n_segments = 0;
    step->range_sectors = 0;
    step->sector = 0;
    if (request->op == BLOCK_FLUSH)
        return 0;
    step->sector = (request->offset + request->progress) / SECTOR_BYTES;
    switch (request->op) {
    case BLOCK_DISCARD:
        return plan_range (request, vu->disk.max_discard_bytes, step);
    case BLOCK_WRITE_ZEROES:
        return plan_range (request, vu->disk.max_zero_bytes, step);
    default:
        return vu->bounce.bytes ? plan_bounce (vu, request, step)
                                : plan_transfer (vu, request, step);
    }
}

void
vhost_user_copy (const struct block_request *request, uint8_t *bytes, uint64_t len, bool to_request)
{
    uint64_t skip = request->progress;

    for (unsigned i = 0; len > 0; i++) {
        const struct iovec *iov = &request->iov[i];
        uint64_t skipped = MIN_OF (skip, iov->iov_len), n = MIN_OF (iov->iov_len - skipped, len);
        uint8_t *at = (uint8_t *) iov->iov_base + skipped;

        memcpy (to_request ? at : bytes, to_request ? bytes : at, n);
        skip -= skipped;
        bytes += n;
        len -= n;
    }
}
