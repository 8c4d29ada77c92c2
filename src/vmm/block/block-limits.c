/* SPDX-License-Identifier: GPL-2.0-or-later */
/* block-limits.c - how much a disk may do in a second.
 *
 * Theory of operation.  Above all drivers, so each is held in the same way.  Each limit has a moment up to which what was
 * done is paid for: a request moves it on by what it costs, and one may begin while that moment is no more than
 * BURST_NS ahead.  So a disk that was idle may do a little at once, one request may be as large as it likes and is
 * paid for afterwards, and nothing has to be counted while nothing happens.  What may not begin waits in order.
 *
 * Flushes are free: what they are for is not to be put off.  Who waits for a disk to come to rest (a pause, a reset, the
 * end) is not made to wait: all that is held begins, and is paid for.
 */
#include "bits.h"
#include "block.h"

#define BURST_NS    (100 * INT64_C (1000000))
#define SECOND_NS   INT64_C (1000000000)
#define MAX_COST_NS (3600 * SECOND_NS)

static uint64_t
amount_of (const struct block_request *request, enum block_limit limit)
{
    bool is_read = request->op == BLOCK_READ, is_data = is_read || request->op == BLOCK_WRITE;

    switch (limit) {
    case BLOCK_LIMIT_BYTES:
        return is_data ? request->length : 0;
    case BLOCK_LIMIT_READ_BYTES:
        return is_read ? request->length : 0;
    case BLOCK_LIMIT_WRITE_BYTES:
        return is_data && !is_read ? request->length : 0;
    case BLOCK_LIMIT_OPS:
        return 1;
    case BLOCK_LIMIT_READ_OPS:
        return is_read;
    case BLOCK_LIMIT_WRITE_OPS:
        return !is_read;
    case BLOCK_LIMIT_N:
        break;
    }
    return 0;
}

static int64_t
cost_ns (uint64_t amount, uint64_t per_second)
{
    unsigned __int128 cost = (unsigned __int128) amount * (uint64_t) SECOND_NS / per_second;

    return cost > MAX_COST_NS ? MAX_COST_NS : (int64_t) cost;
}

/* When REQUEST may begin; not after NOW: at once. */
static int64_t
due_ns (const struct block *block, const struct block_request *request)
{
    int64_t due = 0;

    for (unsigned i = 0; i < BLOCK_LIMIT_N; i++) {
        bool counts = block->limits[i] > 0 && amount_of (request, i) > 0;

        if (counts && block->paid_until_ns[i] - BURST_NS > due)
            due = block->paid_until_ns[i] - BURST_NS;
    }
    return due;
}

static void
pay (struct block *block, const struct block_request *request, int64_t now)
{
    for (unsigned i = 0; i < BLOCK_LIMIT_N; i++) {
        uint64_t amount = amount_of (request, i);

        if (block->limits[i] == 0 || amount == 0)
            continue;
        if (block->paid_until_ns[i] < now)
            block->paid_until_ns[i] = now;
        block->paid_until_ns[i] += cost_ns (amount, block->limits[i]);
    }
}

/* Begins those whose time has come, or ALL. */
static void
release_locked (struct block *block, bool all)
{
    int64_t now = loop_now_ns ();

    list_for_each (node, &block->held)
    {
        struct block_request *request = container_of (node, struct block_request, node);
        int64_t due = all ? now : due_ns (block, request);

        if (due > now) {
            loop_timer_arm (&block->held_timer, due);
            return;
        }
        list_remove (node);
        pay (block, request, now);
        block_begin_locked (block, request);
    }
}

static void
timer_cb (void *opaque)
{
    struct block *block = opaque;

    pthread_mutex_lock (&block->lock);
    release_locked (block, false);
    pthread_mutex_unlock (&block->lock);
}

void
block_limits_init (struct block *block)
{
    list_init (&block->held);
    loop_timer_init (&block->held_timer, block->loop, timer_cb, block);
}

void
block_limits_fini (struct block *block)
{
    loop_timer_disarm (&block->held_timer);
}

bool
block_limits_hold_locked (struct block *block, struct block_request *request)
{
    if (!block->is_limited || request->op == BLOCK_FLUSH)
        return false;
    list_append (&block->held, &request->node);
    release_locked (block, false);
    return true;
}

void
block_limits_release_locked (struct block *block)
{
    release_locked (block, true);
}

void
block_set_limits (struct block *block, const uint64_t limits[BLOCK_LIMIT_N])
{
    pthread_mutex_lock (&block->lock);
    block->is_limited = false;
    for (unsigned i = 0; i < BLOCK_LIMIT_N; i++) {
        block->limits[i] = limits[i];
        block->is_limited |= limits[i] > 0;
        block->paid_until_ns[i] = 0;
    }
    release_locked (block, !block->is_limited);
    pthread_mutex_unlock (&block->lock);
}
