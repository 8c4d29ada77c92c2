/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ps2-queue.h - bytes on their way from a PS/2 device: a fixed ring for keyboard and mouse.
 *
 * No lock of its own: the i8042's guards it.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define PS2_QUEUE_BYTES 32

struct ps2_queue {
    uint8_t bytes[PS2_QUEUE_BYTES];
    unsigned head; /* of the oldest byte */
    unsigned count;
};

static inline void
ps2_queue_clear (struct ps2_queue *queue)
{
    queue->head = queue->count = 0;
}

/* False, having done nothing, when the queue is full. */
static inline bool
ps2_queue_push (struct ps2_queue *queue, uint8_t byte)
{
    if (queue->count == PS2_QUEUE_BYTES)
        return false;
    queue->bytes[(queue->head + queue->count++) % PS2_QUEUE_BYTES] = byte;
    return true;
}

/* False when the queue is empty. */
static inline bool
ps2_queue_pop (struct ps2_queue *queue, uint8_t *byte)
{
    if (queue->count == 0)
        return false;
    *byte = queue->bytes[queue->head];
    queue->head = (queue->head + 1) % PS2_QUEUE_BYTES;
    queue->count--;
    return true;
}
