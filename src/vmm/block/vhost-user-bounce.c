/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vhost-user-bounce.c - memory by which data go where the peer cannot map the guest's.
 *
 * A chunk belongs to the slot of the same number and is all that its step reads or writes.
 */
#include <sys/mman.h>

#include "fd.h"
#include "vhost-user-private.h"

#define BOUNCE_ADDRESS 0x190000000000ull /* for the peer */
#define BOUNCE_BYTES   (VHOST_USER_N_CHUNKS * VHOST_USER_CHUNK_BYTES)

int
vhost_user_bounce_create (struct vhost_user_bounce *bounce)
{
    void *mapped;

    bounce->fd = fd_memfd_map ("vhost-user-bounce", BOUNCE_BYTES, &mapped);
    if (bounce->fd < 0)
        return bounce->fd;
    bounce->bytes = mapped;
    return 0;
}

void
vhost_user_bounce_destroy (struct vhost_user_bounce *bounce)
{
    if (bounce->bytes)
        munmap (bounce->bytes, BOUNCE_BYTES);
    fd_close (&bounce->fd);
}

struct vhost_user_region
vhost_user_bounce_region (const struct vhost_user_bounce *bounce)
{
    return (struct vhost_user_region){
        .address = BOUNCE_ADDRESS,
        .size_bytes = BOUNCE_BYTES,
        .fd = bounce->fd,
    };
}

static uint8_t *
chunk_of (const struct vhost_user_bounce *bounce, unsigned slot)
{
    return bounce->bytes + slot * VHOST_USER_CHUNK_BYTES;
}

void
vhost_user_bounce_begin (const struct vhost_user_bounce *bounce, unsigned slot,
                         const struct block_request *request, uint64_t len,
                         struct vhost_user_step *step)
{
    step->segments[0] = (struct vhost_user_segment){
        .address = BOUNCE_ADDRESS + slot * VHOST_USER_CHUNK_BYTES,
        .len = (uint32_t) len,
    };
    step->n_segments = 1;
    if (request->op == BLOCK_WRITE)
        vhost_user_copy (request, chunk_of (bounce, slot), len, false);
}

void
vhost_user_bounce_end (const struct vhost_user_bounce *bounce, unsigned slot,
                       const struct block_request *request, uint64_t len)
{
    if (bounce->bytes && request->op == BLOCK_READ)
        vhost_user_copy (request, chunk_of (bounce, slot), len, true);
}
