/* SPDX-License-Identifier: GPL-2.0-or-later */
/* virtio-queue.c - fuzzing: rings and descriptors made of whatever comes.
 *
 * The input is the guest's memory from 0 on; its last bytes say where the ring is and what was
 * negotiated.  Every chain is walked and half of them are given back, so that what the queue
 * believes to be RAM is touched under the sanitizer.
 */
#include <stdlib.h>
#include <string.h>

#include "bits.h"
#include "queue.h"

#define RAM_BYTES 8192u
#define TAIL      8u
#define MAX_TURNS 64

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

/* Reads or writes every byte of CHAIN: RAM is malloc()ed, so what lies outside of it is found. */
static void
touch (const struct queue_chain *chain)
{
    static uint8_t buffer[RAM_BYTES];
    struct iovec iov[QUEUE_MAX_SIZE];
    uint64_t half = chain->out_bytes / 2;

    for (uint64_t at = 0; at < chain->out_bytes; at += sizeof buffer) {
        if (queue_chain_read (chain, at, buffer, sizeof buffer) == 0)
            abort ();
    }
    /* Writing would change the ring under us, as a guest would: let it. */
    queue_chain_write (chain, 0, buffer, MIN_OF (chain->in_bytes, sizeof buffer));
    if (chain->out_bytes && queue_chain_slice_out (chain, half, chain->out_bytes - half, iov) == 0)
        abort ();
}

static void
run (struct queue *q)
{
    static struct queue_chain chain;
    struct queue_ticket kept = { 0 };
    bool has_kept = false;

    for (unsigned i = 0; i < MAX_TURNS; i++) {
        int ret = queue_pop (q, &chain);

        if (ret < 0)
            return;
        if (ret == 0 && !queue_notify_enable (q))
            return;
        if (ret == 0)
            continue;
        touch (&chain);
        if (has_kept)
            queue_push (q, kept, (uint32_t) chain.in_bytes);
        kept = chain.ticket;
        has_kept = true;
        queue_notify_disable (q);
        queue_publish (q);
    }
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
    struct memory_block block = { .name = "ram", .size_bytes = RAM_BYTES, .slot = -1 };
    struct memory *memory;
    struct queue q;
    const uint8_t *tail;

    if (size < TAIL)
        return 0;
    tail = data + size - TAIL;
    memory = memory_create (NULL);
    block.host = aligned_alloc (4096, RAM_BYTES);
    if (!memory || !block.host)
        abort ();
    memset (block.host, 0, RAM_BYTES);
    memcpy (block.host, data, MIN_OF (size - TAIL, RAM_BYTES));
    list_init (&block.node);
    if (memory_map (memory, &block, 0) < 0)
        abort ();

    queue_init (&q, memory, QUEUE_MAX_SIZE);
    q.size = (uint16_t) (1u << (tail[0] & 15));
    q.indirect = tail[1] & 1;
    q.event_idx = tail[1] & 2;
    q.desc_gpa = 16u * load_le16 (tail + 2);
    q.avail_gpa = load_le16 (tail + 4);
    q.used_gpa = load_le16 (tail + 6);
    if (queue_enable (&q) == 0)
        run (&q);

    memory_unmap (memory, &block);
    free (block.host);
    memory_destroy (memory);
    return 0;
}
