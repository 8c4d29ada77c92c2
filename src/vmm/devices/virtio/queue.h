/* SPDX-License-Identifier: GPL-2.0-or-later */
/* queue.h - split virtqueues, the device's side (virtio 1.2, §2.7).
 *
 * The one place that reads rings and descriptors out of guest memory.  Life of a queue:
 *
 *   queue_init() - the driver's registers fill size and addresses - queue_enable() -
 *   queue_pop() … queue_push() … queue_publish() - queue_stop() - queue_reset() - and again.
 *
 * All calls for one queue are made under its owner's lock.  None allocates, none blocks.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

#include "memory.h"

/* The largest queue a device here may offer, and so the most buffers a chain may have. */
#define QUEUE_MAX_SIZE 256

/* All buffers of a chain together (§2.7.5.2 allows 2^32, but the used ring cannot say that). */
#define QUEUE_CHAIN_MAX_BYTES UINT32_MAX

/* Names a chain that was popped, for giving it back.  Goes stale when the queue is reset. */
struct queue_ticket {
    uint32_t generation;
    uint16_t head;
};

/* A chain as it was when popped: the buffers' host addresses, checked to be RAM.  What the driver
 * does to the descriptors afterwards does not matter; what is in the buffers may still change. */
struct queue_chain {
    struct queue_ticket ticket;
    unsigned n_out; /* iov[0 … n_out): buffers the device reads */
    unsigned n_in;  /* iov[n_out … n_out + n_in): buffers the device writes */
    uint64_t out_bytes, in_bytes;
    struct iovec iov[QUEUE_MAX_SIZE];
};

struct queue {
    const struct memory *memory;
    uint16_t max_size; /* what the device offers; a power of two */

    /* The driver's settings; the transport writes them while the queue is not enabled. */
    uint16_t size;
    gpa_t desc_gpa, avail_gpa, used_gpa;
    bool indirect;  /* VIRTIO_F_INDIRECT_DESC was negotiated */
    bool event_idx; /* VIRTIO_F_EVENT_IDX was negotiated */

    bool enabled;
    bool stopped;       /* nothing is popped or published until the next reset */
    const char *fault;  /* why queue_enable() or queue_pop() said -EIO; a static string */
    unsigned in_flight; /* chains popped and not pushed yet */

    /* private */
    uint8_t *desc, *avail, *used; /* host addresses while enabled */
    uint16_t next_avail;          /* free-running index of the next entry to take */
    uint16_t next_used;           /* free-running index of the next entry to fill */
    uint16_t published;           /* the used index the driver was shown */
    uint32_t generation;
};

/* MAX_SIZE is a power of two up to QUEUE_MAX_SIZE. */
void queue_init (struct queue *q, const struct memory *memory, uint16_t max_size);

/* Forgets everything, as after power-on.  Tickets that are still out become stale. */
void queue_reset (struct queue *q);

/* Checks the driver's settings and starts the queue.  Returns 0, or -EIO with the reason in fault:
 * then nothing changed. */
int queue_enable (struct queue *q);

/* From now on the queue pops nothing, and what is pushed reaches nobody. */
void queue_stop (struct queue *q);

/* Takes the next chain the driver made available.  Returns 1 with it in *CHAIN, 0 when there is
 * none (or the queue does not run), or -EIO with the reason in fault when the driver broke the
 * rules: the ring's state is then unknown, and the only way out is queue_stop() and a reset. */
int queue_pop (struct queue *q, struct queue_chain *chain);

/* Puts the chain that was popped last back: the next queue_pop() looks at it again.  Several go back
 * last first.  Between pop and this nothing was pushed, and the lock was held; what was written into
 * the chain's buffers meanwhile is of no meaning to the driver. */
void queue_unpop (struct queue *q, struct queue_ticket ticket);

/* Gives a chain back with the first WRITTEN bytes of its device-writable part filled.  The driver
 * sees it after queue_publish().  Chains may come back in any order.  A stale ticket is ignored. */
void queue_push (struct queue *q, struct queue_ticket ticket, uint32_t written);

/* Shows the driver all that was pushed.  Returns whether it wants an interrupt for that. */
bool queue_publish (struct queue *q);

/* Asks the driver not to notify while the device looks at the queue anyway. */
void queue_notify_disable (struct queue *q);

/* Asks the driver to notify when it makes the next chain available.  Returns true when one is there
 * already: it may have come without a notification, so the caller must pop again. */
bool queue_notify_enable (struct queue *q);

/* Copies LEN bytes from OFFSET of the device-readable part into BUF, or from BUF to OFFSET of the
 * device-writable part.  Returns how many there were room for. */
size_t queue_chain_read (const struct queue_chain *chain, uint64_t offset, void *buf, size_t len);
size_t queue_chain_write (const struct queue_chain *chain, uint64_t offset, const void *buf,
                          size_t len);

/* Fills IOV (room for QUEUE_MAX_SIZE) with the pieces of [OFFSET, OFFSET + LEN) of the
 * device-readable or device-writable part.  Returns their number, 0 when the part is shorter than
 * that. */
unsigned queue_chain_slice_out (const struct queue_chain *chain, uint64_t offset, uint64_t len,
                                struct iovec *iov);
unsigned queue_chain_slice_in (const struct queue_chain *chain, uint64_t offset, uint64_t len,
                               struct iovec *iov);
