/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vhost-user-offer.c - what the process behind a disk is shown: memory of ours, and the guest's where others
 * may map it.
 */
#include <errno.h>
#include <stdlib.h>

#include "vhost-user-private.h"

#define FIRST_MEMORY_ADDRESS 0x200000000000ull /* for the peer; 16 TiB apart */
#define MEMORY_DISTANCE      0x100000000000ull

static void
add_region (struct vhost_user_block *vu, struct vhost_user_region region)
{
    vu->offer.regions[vu->offer.n_regions++] = region;
}

static int
add_journal (struct vhost_user_block *vu)
{
    int ret;

    vu->journal = calloc (1, sizeof *vu->journal);
    if (!vu->journal)
        return -ENOMEM;
    ret = vhost_user_journal_create (vu->journal);
    if (ret == 0)
        add_region (vu, vhost_user_journal_region (vu->journal));
    return ret;
}

static int
add_bounce (struct vhost_user_block *vu)
{
    int ret = vhost_user_bounce_create (&vu->bounce);

    if (ret == 0)
        add_region (vu, vhost_user_bounce_region (&vu->bounce));
    return ret;
}

static void
add_memory (struct vhost_user_block *vu, const struct block_memory *memory, unsigned n)
{
    vu->first_memory = vu->offer.n_regions;
    vu->n_memory = n;
    for (unsigned i = 0; i < n; i++) {
        vu->memory[i] = memory[i];
        add_region (vu, (struct vhost_user_region){
                            .address = FIRST_MEMORY_ADDRESS + i * MEMORY_DISTANCE,
                            .size_bytes = memory[i].size_bytes,
                            .fd = memory[i].fd,
                        });
    }
}

int
vhost_user_offer (struct vhost_user_block *vu, const struct block_memory *memory, unsigned n)
{
    int ret = vhost_user_ring_create (&vu->ring);

    if (ret < 0)
        return ret;
    vhost_user_ring_offer (&vu->ring, &vu->offer);
    if (!vu->block.info.read_only)
        ret = add_journal (vu);
    if (ret == 0 && n == 0)
        ret = add_bounce (vu);
    add_memory (vu, memory, n);
    return ret;
}

void
vhost_user_withdraw (struct vhost_user_block *vu)
{
    vhost_user_ring_destroy (&vu->ring);
    vhost_user_bounce_destroy (&vu->bounce);
    if (vu->journal)
        vhost_user_journal_destroy (vu->journal);
    free (vu->journal);
}
