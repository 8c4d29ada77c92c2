/* SPDX-License-Identifier: GPL-2.0-or-later */
/* raw-uring.c - runs a raw image's steps on an io_uring.
 *
 * Any thread submits, under the block's lock, and takes what is done by then; later completions are fetched
 * on the loop's thread, woken by an eventfd, of which it sees the edges.  The ring can reach one file that this process holds, by the handful of operations
 * below: the kernel is told so before the ring is switched on, because a ring is a way round system
 * call filters, and whoever takes this process over must not get one that opens files.  Kernels that
 * cannot be told (before 5.10) get the thread instead.
 *
 * The sandbox closes the way to new rings.  For disks that come later some are set aside before, and a
 * disk that goes gives its ring back to them.
 */
#define _GNU_SOURCE
#include "raw-private.h"

#include <errno.h>
#include <liburing.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>

#include "bits.h"
#include "fd.h"

#define RETRY_NS 1000000 /* when the kernel took no submission for want of memory */
#define WAIT_MS  1

struct raw_uring {
    struct io_uring ring; /* first (tests look for it); block.lock, completions: loop thread too */
    int event_fd;
    struct loop_watch watch;
    struct loop_timer retry;
};

/* Rings without a disk.  Disks come and go on the main loop's thread alone. */
static struct raw_uring *spare[RAW_MAX_SPARE];
static unsigned n_spare, max_spare;

/* Which file it is may change as disks come and go. */
static const uint8_t allowed_registers[] = { IORING_REGISTER_FILES, IORING_UNREGISTER_FILES };

static const uint8_t allowed_calls[] = {
    IORING_OP_READ,   IORING_OP_READV, IORING_OP_WRITE,
    IORING_OP_WRITEV, IORING_OP_FSYNC, IORING_OP_FALLOCATE,
};

static int
restrict_ring (struct io_uring *ring)
{
    struct io_uring_restriction rules[ARRAY_SIZE (allowed_calls) + ARRAY_SIZE (allowed_registers)
                                      + 2]
        = { 0 };
    unsigned n = 0;

    for (; n < ARRAY_SIZE (allowed_calls); n++) {
        rules[n].opcode = IORING_RESTRICTION_SQE_OP;
        rules[n].sqe_op = allowed_calls[n];
    }
    for (unsigned i = 0; i < ARRAY_SIZE (allowed_registers); i++, n++) {
        rules[n].opcode = IORING_RESTRICTION_REGISTER_OP;
        rules[n].register_op = allowed_registers[i];
    }
    rules[n].opcode = IORING_RESTRICTION_SQE_FLAGS_ALLOWED;
    rules[n++].sqe_flags = IOSQE_FIXED_FILE;
    rules[n].opcode = IORING_RESTRICTION_SQE_FLAGS_REQUIRED;
    rules[n++].sqe_flags = IOSQE_FIXED_FILE;
    return io_uring_register_restrictions (ring, rules, n);
}

static void
prepare (struct io_uring_sqe *sqe, const struct raw_step *step)
{
    switch (step->call) {
    case RAW_READ:
        if (step->n_iov == 1)
            io_uring_prep_read (sqe, 0, step->iov->iov_base, (unsigned) step->iov->iov_len,
                                step->offset);
        else
            io_uring_prep_readv (sqe, 0, step->iov, step->n_iov, step->offset);
        break;
    case RAW_WRITE:
        if (step->n_iov == 1)
            io_uring_prep_write (sqe, 0, step->iov->iov_base, (unsigned) step->iov->iov_len,
                                 step->offset);
        else
            io_uring_prep_writev (sqe, 0, step->iov, step->n_iov, step->offset);
        break;
    case RAW_SYNC:
        io_uring_prep_fsync (sqe, 0, IORING_FSYNC_DATASYNC);
        break;
    case RAW_ALLOCATE:
        io_uring_prep_fallocate (sqe, 0, step->mode, (off_t) step->offset, (off_t) step->length);
        break;
    }
}

/* The ring has an entry for each run, so there is always a free one. */
static void
uring_start (struct raw_block *raw, struct raw_run *run)
{
    struct raw_uring *uring = raw->engine;
    struct io_uring_sqe *sqe = io_uring_get_sqe (&uring->ring);

    prepare (sqe, &run->step);
    io_uring_sqe_set_flags (sqe, IOSQE_FIXED_FILE);
    io_uring_sqe_set_data (sqe, run);
}

/* Ends the steps that are done; returns how many. */
static unsigned
reap_locked (struct raw_block *raw)
{
    struct raw_uring *uring = raw->engine;
    struct io_uring_cqe *cqe;
    unsigned head;
    unsigned n = 0;

    io_uring_for_each_cqe (&uring->ring, head, cqe)
    {
        raw_step_done_locked (raw, io_uring_cqe_get_data (cqe), cqe->res);
        n++;
    }
    io_uring_cq_advance (&uring->ring, n);
    return n;
}

/* What could be done at once is done when io_uring_submit() returns, and is taken here.  The eventfd speaks of it
 * all the same: switching that off meanwhile (io_uring_cq_eventfd_toggle) might lose what another CPU ends. */
static void
uring_kick (struct raw_block *raw)
{
    struct raw_uring *uring = raw->engine;

    while (io_uring_sq_ready (&uring->ring) > 0) {
        io_uring_submit (&uring->ring);
        /* What the kernel did not take stays in the ring. */
        if (io_uring_sq_ready (&uring->ring) > 0)
            loop_timer_arm (&uring->retry, loop_now_ns () + RETRY_NS);
        if (reap_locked (raw) == 0)
            return;
        block_wake_locked (&raw->block);
        raw_start_waiting_locked (raw);
    }
}

static void
completion_cb (void *opaque, uint32_t events)
{
    struct raw_block *raw = opaque;

    pthread_mutex_lock (&raw->block.lock);
    reap_locked (raw);
    raw_pump_locked (raw);
    pthread_mutex_unlock (&raw->block.lock);
    block_run_finished (&raw->block);
}

static void
retry_cb (void *opaque)
{
    struct raw_block *raw = opaque;

    pthread_mutex_lock (&raw->block.lock);
    uring_kick (raw);
    pthread_mutex_unlock (&raw->block.lock);
}

static void
uring_wait (struct raw_block *raw)
{
    struct raw_uring *uring = raw->engine;
    struct pollfd pollfd = { .fd = uring->event_fd, .events = POLLIN };

    pthread_mutex_unlock (&raw->block.lock);
    poll (&pollfd, 1, WAIT_MS);
    fd_event_clear (uring->event_fd);
    pthread_mutex_lock (&raw->block.lock);
    reap_locked (raw);
    raw_pump_locked (raw);
}

/* --- life ------------------------------------------------------------------------------------ */

static void
destroy_uring (struct raw_uring *uring)
{
    io_uring_queue_exit (&uring->ring);
    fd_close (&uring->event_fd);
    free (uring);
}

/* Makes a ring that is locked and switched on, without a file yet. */
static int
create_uring (struct raw_uring **out)
{
    struct raw_uring *uring = calloc (1, sizeof *uring);
    int ret;

    if (!uring)
        return -ENOMEM;
    uring->event_fd = eventfd (0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (uring->event_fd < 0) {
        ret = -errno;
        goto out_free;
    }
    ret = io_uring_queue_init (RAW_MAX_RUNS, &uring->ring, IORING_SETUP_R_DISABLED);
    if (ret < 0)
        goto out_event;
    ret = io_uring_register_eventfd (&uring->ring, uring->event_fd);
    if (ret == 0)
        ret = restrict_ring (&uring->ring);
    if (ret == 0)
        ret = io_uring_enable_rings (&uring->ring);
    if (ret < 0)
        goto out_ring;
    *out = uring;
    return 0;

out_ring:
    io_uring_queue_exit (&uring->ring);
out_event:
    fd_close (&uring->event_fd);
out_free:
    free (uring);
    return ret;
}

/* Nothing is in flight, so it is as good as new once it has no file and says nothing. */
static void
give_back (struct raw_uring *uring)
{
    fd_event_clear (uring->event_fd);
    if (n_spare < max_spare && io_uring_unregister_files (&uring->ring) == 0)
        spare[n_spare++] = uring;
    else
        destroy_uring (uring);
}

void
raw_uring_set_spare (unsigned n)
{
    max_spare = MIN_OF (n, (unsigned) RAW_MAX_SPARE);
    while (n_spare > max_spare)
        destroy_uring (spare[--n_spare]);
    while (n_spare < max_spare && create_uring (&spare[n_spare]) == 0)
        n_spare++;
}

static void
uring_close (struct raw_block *raw)
{
    struct raw_uring *uring = raw->engine;

    loop_timer_disarm (&uring->retry);
    loop_watch_remove (raw->block.loop, &uring->watch);
    give_back (uring);
}

static int
uring_open (struct raw_block *raw)
{
    struct raw_uring *uring;
    int ret;

    ret = create_uring (&uring);
    if (ret < 0 && n_spare > 0) {
        uring = spare[--n_spare];
        ret = 0;
    }
    if (ret < 0)
        return ret;
    uring->watch = (struct loop_watch) LOOP_WATCH_INIT;
    loop_timer_init (&uring->retry, raw->block.loop, retry_cb, raw);
    ret = io_uring_register_files (&uring->ring, &raw->fd, 1);
    if (ret == 0)
        ret = loop_watch_add (raw->block.loop, &uring->watch, uring->event_fd, EPOLLIN | EPOLLET,
                              completion_cb, raw);
    if (ret < 0) {
        destroy_uring (uring);
        return ret;
    }
    raw->engine = uring;
    return 0;
}

const struct raw_engine_class raw_uring_class = {
    .depth = RAW_MAX_RUNS,
    .open = uring_open,
    .start = uring_start,
    .kick = uring_kick,
    .wait = uring_wait,
    .close = uring_close,
};
