/* SPDX-License-Identifier: GPL-2.0-or-later */
/* block.c - what all block drivers share: checking requests, handing back finished ones. */
#include "block.h"

#include <errno.h>

#include "bits.h"
#include "counter.h"
#include "fd.h"

#define SECTOR_BYTES 512

static bool
iov_sum_is (const struct block_request *request, uint64_t length)
{
    uint64_t sum = 0;

    if (request->n_iov > BLOCK_MAX_IOV)
        return false;
    for (unsigned i = 0; i < request->n_iov; i++) {
        if (add_overflows (sum, request->iov[i].iov_len, &sum))
            return false;
    }
    return sum == length;
}

/* 0 when the driver may have REQUEST, else the error it ends with. */
static int
check (const struct block *block, const struct block_request *request)
{
    if ((unsigned) request->op >= BLOCK_OP_N)
        return -EINVAL;
    if (request->op == BLOCK_FLUSH)
        return 0;
    if (request->op != BLOCK_READ && block->info.read_only)
        return -EROFS;
    if (request->offset % SECTOR_BYTES || request->length % SECTOR_BYTES
        || !range_fits (request->offset, request->length, block->info.size_bytes))
        return -EINVAL;
    if ((request->op == BLOCK_READ || request->op == BLOCK_WRITE)
        && !iov_sum_is (request, request->length))
        return -EINVAL;
    return 0;
}

static void
count_locked (struct block *block, const struct block_request *request)
{
    if (request->op == BLOCK_READ) {
        counter_add (&block->n_reads, 1);
        counter_add (&block->read_bytes, request->length);
    } else if (request->op == BLOCK_WRITE) {
        counter_add (&block->n_writes, 1);
        counter_add (&block->written_bytes, request->length);
    } else if (request->op == BLOCK_FLUSH) {
        counter_add (&block->n_flushes, 1);
    }
}

void
block_begin_locked (struct block *block, struct block_request *request)
{
    count_locked (block, request);
    block->ops->submit (block, request);
}

void
block_submit (struct block *block, struct block_request *request)
{
    int error = check (block, request);

    pthread_mutex_lock (&block->lock);
    block->n_requests++;
    request->progress = 0;
    if (error < 0 || (request->op != BLOCK_FLUSH && request->length == 0)) {
        block_finish_locked (block, request, error);
        block_wake_locked (block);
    } else if (!block_limits_hold_locked (block, request)) {
        block_begin_locked (block, request);
    }
    pthread_mutex_unlock (&block->lock);
}

void
block_plug (struct block *block)
{
    pthread_mutex_lock (&block->lock);
    block->is_plugged = true;
    pthread_mutex_unlock (&block->lock);
}

void
block_unplug (struct block *block)
{
    pthread_mutex_lock (&block->lock);
    block->is_plugged = false;
    if (block->ops->unplug)
        block->ops->unplug (block);
    pthread_mutex_unlock (&block->lock);
}

/* Waits until every request is done, or is kept for somebody who is not there. */
static void
quiesce_locked (struct block *block)
{
    while (block->n_requests > 0) {
        bool is_over;

        block_limits_release_locked (block);
        is_over = list_is_empty (&block->finished) && block->is_stalled;
        if (is_over)
            return;
        if (list_is_empty (&block->finished))
            block->ops->wait (block);
        pthread_mutex_unlock (&block->lock);
        block_run_finished (block);
        pthread_mutex_lock (&block->lock);
    }
}

void
block_quiesce (struct block *block)
{
    pthread_mutex_lock (&block->lock);
    quiesce_locked (block);
    pthread_mutex_unlock (&block->lock);
}

void
block_drain (struct block *block)
{
    pthread_mutex_lock (&block->lock);
    quiesce_locked (block);
    while (block->n_requests > 0) {
        block->ops->abandon (block);
        pthread_mutex_unlock (&block->lock);
        block_run_finished (block);
        pthread_mutex_lock (&block->lock);
        quiesce_locked (block);
    }
    pthread_mutex_unlock (&block->lock);
}

void
block_set_lost (struct block *block, void (*lost) (void *opaque, unsigned number, const char *why),
                void *opaque)
{
    block->lost = lost;
    block->lost_opaque = opaque;
}

static int
reconnect (struct block *block, int fd)
{
    if (!block->ops->reconnect) {
        fd_close (&fd);
        return -ENOTSUP;
    }
    pthread_mutex_lock (&block->lock);
    block->ops->reconnect (block, fd);
    pthread_mutex_unlock (&block->lock);
    return 0;
}

int
block_reconnect (struct block *block, int fd)
{
    return reconnect (block, fd);
}

int
block_give_up (struct block *block)
{
    return reconnect (block, -1);
}

int
block_resize (struct block *block, uint64_t size_bytes)
{
    int ret;

    if (!block->ops->resize)
        return -ENOTSUP;
    if (block->info.read_only)
        return -EROFS;
    if (size_bytes % SECTOR_BYTES || size_bytes < block->info.size_bytes)
        return -EINVAL;
    pthread_mutex_lock (&block->lock);
    ret = block->ops->resize (block, size_bytes);
    pthread_mutex_unlock (&block->lock);
    return ret;
}

void
block_close (struct block *block)
{
    if (!block)
        return;
    block_drain (block);
    block->ops->destroy (block);
}

static void
finish_work_cb (void *opaque)
{
    block_run_finished (opaque);
}

void
block_init (struct block *block, const struct block_driver_ops *ops, struct loop *loop)
{
    block->ops = ops;
    block->loop = loop;
    pthread_mutex_init (&block->lock, NULL);
    list_init (&block->finished);
    loop_work_init (&block->finish_work, finish_work_cb, block);
    block_limits_init (block);
}

void
block_fini (struct block *block)
{
    loop_work_cancel (block->loop, &block->finish_work);
    block_limits_fini (block);
    pthread_mutex_destroy (&block->lock);
}

void
block_finish_locked (struct block *block, struct block_request *request, int result)
{
    request->result = result;
    list_append (&block->finished, &request->node);
}

void
block_wake_locked (struct block *block)
{
    loop_work_queue (block->loop, &block->finish_work);
}

/* A done() may submit the next request at once, also this one again; those wait for the next round,
 * so that one disk cannot keep the loop to itself. */
void
block_run_finished (struct block *block)
{
    struct list batch;

    list_init (&batch);
    pthread_mutex_lock (&block->lock);
    list_for_each (node, &block->finished)
    {
        list_remove (node);
        list_append (&batch, node);
    }
    while (!list_is_empty (&batch)) {
        struct block_request *request = container_of (batch.next, struct block_request, node);

        list_remove (&request->node);
        block->n_requests--;
        pthread_mutex_unlock (&block->lock);
        request->done (request, request->result);
        pthread_mutex_lock (&block->lock);
    }
    pthread_mutex_unlock (&block->lock);
}
