/* SPDX-License-Identifier: GPL-2.0-or-later */
/* block.h - what a disk controller sees of a disk's storage: asynchronous reads, writes and
 * flushes.
 *
 * Requests own nothing: the device keeps request and buffers alive until done() ran, which happens
 * exactly once for each submitted request, on the block's loop thread, never inside block_submit().
 * Buffers are host iovecs (guest addresses stop at devices/).
 *
 * A flush is done when everything whose done() ran before the flush was submitted is on stable
 * storage.
 */
#pragma once

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/uio.h>

#include "list.h"
#include "loop.h"

struct block;

enum block_op {
    BLOCK_READ,
    BLOCK_WRITE,
    BLOCK_FLUSH,
    BLOCK_DISCARD,      /* contents become undefined; advisory */
    BLOCK_WRITE_ZEROES, /* reads as zeros afterwards */
    BLOCK_OP_N
};

#define BLOCK_MAX_IOV 256

struct block_request {
    enum block_op op;
    uint64_t offset; /* bytes, a multiple of 512 */
    uint64_t length; /* bytes; for READ and WRITE the sum of iov */
    struct iovec iov[BLOCK_MAX_IOV];
    unsigned n_iov;
    /* RESULT is 0 or -errno: -EIO, -ENOSPC, -EROFS, -EINVAL (outside the disk, misaligned). */
    void (*done) (struct block_request *request, int result);
    struct list node;  /* the block's, from submit to done */
    uint64_t progress; /* the block's: bytes done of a request that goes in several steps */
    int result;        /* the block's: what done() will be told */
};

struct block_info {
    uint64_t size_bytes; /* a multiple of 512 */
    bool read_only;
    bool can_discard;    /* BLOCK_DISCARD gives space back to the host */
    bool discard_zeroes; /* and what was discarded reads as zeros */
};

enum block_flags {
    BLOCK_READ_ONLY = 1 << 0,
    BLOCK_DIRECT = 1 << 1,     /* the descriptor was opened with O_DIRECT */
    BLOCK_NO_FLUSH = 1 << 2,   /* cache=unsafe: flushes return at once */
    BLOCK_NO_DISCARD = 1 << 3, /* discards do nothing: the host keeps the space */
};

/* What a disk may do in a second. */
enum block_limit {
    BLOCK_LIMIT_BYTES, /* read and written */
    BLOCK_LIMIT_READ_BYTES,
    BLOCK_LIMIT_WRITE_BYTES,
    BLOCK_LIMIT_OPS, /* requests but flushes */
    BLOCK_LIMIT_READ_OPS,
    BLOCK_LIMIT_WRITE_OPS, /* with discards and zeroes */
    BLOCK_LIMIT_N
};

/* What a driver does; all but destroy() with the block's lock held. */
struct block_driver_ops {
    /* Starts REQUEST, which was checked; never blocks, never calls done(). */
    void (*submit) (struct block *block, struct block_request *request);
    /* Optional: tells whoever does them of the requests that were submitted while is_plugged was set. */
    void (*unplug) (struct block *block);
    /* Blocks until something was finished or a millisecond went by.  Lets the lock go meanwhile.
     * Loop thread, or with the loop stopped. */
    void (*wait) (struct block *block);
    /* Optional: see block_resize(); sets info.size_bytes. */
    int (*resize) (struct block *block, uint64_t size_bytes);
    /* For a block that may be stalled: ends with an error what is kept. */
    void (*abandon) (struct block *block);
    /* Optional: see block_reconnect() and, with FD -1, block_give_up(). */
    void (*reconnect) (struct block *block, int fd);
    /* Frees everything; nothing is in flight. */
    void (*destroy) (struct block *block);
};

/* The first member of every driver's struct. */
struct block {
    const struct block_driver_ops *ops;
    struct block_info info; /* fixed while open, but for block_resize() */
    struct loop *loop;
    pthread_mutex_t lock; /* guards what follows, and the driver's own state */
    struct list finished; /* requests whose done() is due */
    unsigned n_requests;  /* submitted and not done */
    bool is_plugged;      /* see block_plug() */
    bool
        is_stalled; /* requests are kept for a peer that is not there; nobody touches their buffers */
    /* Of requests handed to the driver; written under the lock, read by any thread (counter.h). */
    _Atomic uint64_t n_reads, n_writes, n_flushes, read_bytes, written_bytes;
    struct loop_work finish_work;
    bool is_limited;
    uint64_t limits[BLOCK_LIMIT_N];       /* 0: none */
    int64_t paid_until_ns[BLOCK_LIMIT_N]; /* see block-limits.c */
    struct list held;                     /* requests that wait for their time, in order */
    struct loop_timer held_timer;         /* when that of the first has come */
    void (*lost) (void *opaque, unsigned number, const char *why); /* see block_set_lost() */
    void *lost_opaque;
};

/* A raw image or block device behind FD, which is taken over (also on failure); driven by io_uring,
 * by a worker thread where the host has none.  LOOP runs the completions.  Returns 0 or -errno:
 * -ENOTSUP when FD is neither a regular file nor a block device. */
int block_raw_open (struct loop *loop, int fd, unsigned flags, struct block **out);

/* Sets aside what disks need that are opened once the sandbox has closed the way to it, for N of them at a
 * time; 0 lets go of it.  More than N work as well, but not as fast.  Main thread. */
void block_raw_set_aside (unsigned n);

/* Memory that is shared with another process: a descriptor and where it is mapped here. */
struct block_memory {
    int fd;
    void *host;
    uint64_t size_bytes;
};

#define BLOCK_MAX_MEMORY 2

/* A disk that another process serves by vhost-user-blk over FD, a connected stream socket, which is taken
 * over (also on failure).  Buffers must lie in MEMORY, which stays the caller's and there until the block is
 * closed; requests with others fail.  Without any (N_MEMORY is 0) they may lie anywhere and are copied.
 * LOOP runs the completions; nobody runs LOOP meanwhile.  Waits for the peer's answers, but not for long.
 * Returns 0 or -errno; with -EPROTO *WHY says what the peer does, a sentence without its subject. */
int block_vhost_user_open (struct loop *loop, int fd, unsigned flags,
                           const struct block_memory *memory, unsigned n_memory, struct block **out,
                           const char **why);

/* The same in steps, for who has something else to do meanwhile: begins, and gives the block that nothing may be done
 * with yet but what follows. */
int block_vhost_user_begin (struct loop *loop, int fd, unsigned flags,
                            const struct block_memory *memory, unsigned n_memory,
                            struct block **out, const char **why);
/* Where its answers come, and until when (CLOCK_MONOTONIC, nanoseconds) the last has to. */
int block_vhost_user_get_fd (const struct block *block, int64_t *until_ns);
/* There is one, or that time is over: returns 1 when that was the last, 0 when more are to come, or -EPROTO and *WHY. */
int block_vhost_user_hear (struct block *block, const char **why);
/* After that, from where block_vhost_user_open() may be called: it is open.  Returns 0 or -errno; the block is the
 * caller's to close in any case. */
int block_vhost_user_finish (struct block *block);

/* Calls LOST on the loop's thread, no lock held, when the process behind BLOCK is lost: it ended, or said what
 * cannot be.  NUMBER says which: 0 for the first one, then what was counted of block_reconnect() and
 * block_give_up().  WHY is a constant sentence without its subject.  Requests are kept for the next one.  To be
 * called before there is a request. */
void block_set_lost (struct block *block,
                     void (*lost) (void *opaque, unsigned number, const char *why), void *opaque);

/* The process behind BLOCK is gone for good, and FD, which is taken over, leads to the next one, which gets
 * what that one had not done.  Returns 0, or -ENOTSUP when nothing of the kind is behind it.  Any thread. */
int block_reconnect (struct block *block, int fd);

/* There will be no next one: requests fail from now on.  As above. */
int block_give_up (struct block *block);

/* Checks the request against the disk (range, alignment, read-only; a bad one is completed with an
 * error, not passed on) and starts it.  Any thread, under the device's lock. */
void block_submit (struct block *block, struct block_request *request);

/* What is submitted from here on is started at the latest by block_unplug(), together: it costs a request less
 * to tell of several at once.  Under the device's lock, from the one to the other. */
void block_plug (struct block *block);
void block_unplug (struct block *block);

/* Waits until every submitted request is done; those that are kept for a process that is not there fail.  On the block's loop thread, or with that loop
 * stopped; no device lock held (done() takes it). */
void block_drain (struct block *block);

/* Waits until nobody touches the buffers of a request: all are done, or those that are not are kept for a
 * process that is not there, and go on once it is.  As above. */
void block_quiesce (struct block *block);

/* Makes BLOCK, and the file behind it, SIZE_BYTES large; a block device must be so already.  Nobody
 * else looks at the block meanwhile (no vCPU runs, the loop is stopped), requests may be in flight.
 * Returns 0, or -errno with everything as it was: -EINVAL when that is less than now or does not fit
 * the alignment, -EROFS, -ENOSPC, -ENOTSUP.  What is another process's was made larger before, by its
 * owner, who sends the process that has it so after this. */
int block_resize (struct block *block, uint64_t size_bytes);

/* Holds BLOCK to LIMITS from now on; 0 is none.  Requests that wait for the limits before are held to these.  Any
 * thread. */
void block_set_limits (struct block *block, const uint64_t limits[BLOCK_LIMIT_N]);

/* Drains and closes; NULL is nothing. */
void block_close (struct block *block);

/* --- for drivers --------------------------------------------------------------------------- */

/* BLOCK is zeroed but for info. */
void block_init (struct block *block, const struct block_driver_ops *ops, struct loop *loop);

/* Undoes block_init(); nothing is in flight. */
void block_fini (struct block *block);

/* REQUEST is finished with RESULT: its done() becomes due.  Who calls this follows it by
 * block_wake_locked() or, on the loop's thread, by block_run_finished().  Lock held. */
void block_finish_locked (struct block *block, struct block_request *request, int result);

/* Lets the loop's thread run what is due.  Lock held; any thread. */
void block_wake_locked (struct block *block);

/* Runs every done() that is due.  Lock not held; loop thread, or with the loop stopped. */
void block_run_finished (struct block *block);

/* --- block.c and block-limits.c alone -------------------------------------------------------- */

/* Hands REQUEST to the driver.  Lock held. */
void block_begin_locked (struct block *block, struct block_request *request);

void block_limits_init (struct block *block);
void block_limits_fini (struct block *block);

/* Whether REQUEST was taken over: it begins when the limits allow it, which may be at once.  Lock held. */
bool block_limits_hold_locked (struct block *block, struct block_request *request);

/* Begins all that is held.  Lock held; any thread. */
void block_limits_release_locked (struct block *block);
