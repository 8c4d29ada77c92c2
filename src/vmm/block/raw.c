/* SPDX-License-Identifier: GPL-2.0-or-later */
/* raw.c - a raw image file or block device.
 *
 * Theory of operation.  A request is done in steps, each one system call, run by an engine:
 * io_uring, or a thread where the host has none.  Requests wait in a list in the order they came;
 * the first one starts when the engine has room and is never overtaken.  When a step ends, its
 * request is done, or goes back to the head of the list with more progress: after a short transfer,
 * after an interrupted call, or because it is larger than the bounce buffer.
 *
 * O_DIRECT wants offsets, lengths and buffers aligned.  What is not goes through one bounce buffer,
 * allocated at opening and used by one step at a time.  A write that begins or ends inside an
 * alignment unit is merged: read the units, put the guest's bytes over them, write them back. Bytes
 * beside the guest's would be lost if another write changed them meanwhile, so a merging step runs
 * alone.  Guests aligned as their disk's identity suggests never meet either case.
 *
 * The end of a file need not be a multiple of 512; the disk's size is rounded up.  A read that
 * meets the end at or after the size found at opening sees zeros; one that meets it earlier is an
 * error, because somebody cut the file.  With O_DIRECT a file whose size does not fit its alignment
 * is used through the page cache instead: writing its last unit would make it, and the disk,
 * longer.
 */
#define _GNU_SOURCE
#include "raw-private.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/falloc.h>
#include <linux/fs.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bits.h"
#include "fd.h"
#include "log.h"

#define SECTOR_BYTES   512
#define FALLBACK_ALIGN 4096 /* where the kernel does not say what O_DIRECT needs */
#define MAX_ALIGN      65536
#define PROBE_BYTES    4096

static struct raw_block *
raw_of (struct block *block)
{
    return container_of (block, struct raw_block, block);
}

/* --- running ------------------------------------------------------------------------------- */

static bool
may_start (const struct raw_block *raw, const struct raw_run *run)
{
    if (raw->merge_running || (run->bounced && raw->bounce_taken))
        return false;
    return !run->merging || raw->n_running == 0;
}

static void
start (struct raw_block *raw, struct raw_run *run)
{
    raw->n_running++;
    raw->bounce_taken |= run->bounced;
    raw->merge_running = run->merging;
    if (run->merging)
        run->step.call = RAW_READ;
    else if (run->bounced && run->step.call == RAW_WRITE)
        raw_fill_bounce (raw, run);
    raw->class->start (raw, run);
}

unsigned
raw_start_waiting_locked (struct raw_block *raw)
{
    unsigned n = 0;

    while (!list_is_empty (&raw->waiting) && raw->n_running < raw->class->depth) {
        struct block_request *request =
            container_of (raw->waiting.next, struct block_request, node);
        struct raw_run *run = container_of (raw->idle.next, struct raw_run, node);

        raw_plan (raw, run, request);
        if (!may_start (raw, run))
            break;
        list_remove (&request->node);
        list_remove (&run->node);
        start (raw, run);
        n++;
    }
    return n;
}

void
raw_pump_locked (struct raw_block *raw)
{
    raw_start_waiting_locked (raw);
    if (!raw->block.is_plugged)
        raw->class->kick (raw);
}

/* What an error is called on this side of the driver. */
static int
block_error (int error)
{
    switch (error) {
    case -ENOSPC:
    case -EDQUOT:
    case -EFBIG:
        return -ENOSPC;
    case -EROFS:
        return -EROFS;
    default:
        return -EIO;
    }
}

/* What a step came to when it was not the last: else the request's result. */
enum { AGAIN = 1 };

/* READ met the end of the file. */
static int
read_past_end (const struct raw_block *raw, struct block_request *request)
{
    if (raw_position (request) < raw->file_bytes)
        return -EIO;
    for (unsigned i = 0; i < request->n_iov; i++) {
        const struct iovec *iov = &request->iov[i];
        uint64_t skip = MIN_OF (request->progress, iov->iov_len);

        request->progress -= skip;
        memset ((char *) iov->iov_base + skip, 0, iov->iov_len - skip);
    }
    return 0;
}

static int
transfer_done (struct raw_block *raw, struct raw_run *run, uint64_t done)
{
    struct block_request *request = run->request;

    if (run->bounced)
        done = raw_bounced_bytes (run, done);
    done = MIN_OF (done, raw_left_bytes (request));
    if (done == 0)
        return request->op == BLOCK_READ ? read_past_end (raw, request) : -EIO;
    if (run->bounced && request->op == BLOCK_READ)
        raw_copy_request (request, raw->bounce + (raw_position (request) - run->step.offset), done,
                          true);
    request->progress += done;
    return request->progress == request->length ? 0 : AGAIN;
}

/* fallocate() failed. */
static int
allocate_failed (struct raw_block *raw, const struct raw_run *run, int error)
{
    unsigned next = run->step.mode & FALLOC_FL_ZERO_RANGE ? RAW_ZERO_PUNCH : RAW_ZERO_WRITE;

    if (error == -EIO || error == -ENOSPC || error == -EDQUOT)
        return block_error (error);
    if (run->request->op == BLOCK_DISCARD)
        return 0; /* it was advice */
    raw->zero_method = MAX_OF (raw->zero_method, next);
    return AGAIN;
}

static int
outcome (struct raw_block *raw, struct raw_run *run, int result)
{
    if (result == -EINTR || result == -EAGAIN || result == -ECANCELED)
        return AGAIN; /* cancelled: the thread that submitted it has ended */
    if (result < 0)
        return run->step.call == RAW_ALLOCATE ? allocate_failed (raw, run, result)
                                              : block_error (result);
    return run->step.call == RAW_READ || run->step.call == RAW_WRITE
               ? transfer_done (raw, run, (uint64_t) result)
               : 0;
}

/* The units that a merging write changes in part are read: false when that did not work. */
static bool
merge (struct raw_block *raw, struct raw_run *run, int result)
{
    uint64_t want = run->step.single.iov_len;

    if (result < 0 || (uint64_t) result != want)
        return false;
    run->merging = false;
    run->step.call = RAW_WRITE;
    raw_fill_bounce (raw, run);
    raw->class->start (raw, run);
    return true;
}

void
raw_step_done_locked (struct raw_block *raw, struct raw_run *run, int result)
{
    struct block_request *request = run->request;
    int ret;

    if (run->merging && merge (raw, run, result))
        return;
    ret = run->merging && result >= 0 ? -EIO : outcome (raw, run, result);
    raw->n_running--;
    raw->merge_running = false; /* such a step runs alone */
    if (run->bounced)
        raw->bounce_taken = false;
    list_append (&raw->idle, &run->node);
    if (ret == AGAIN)
        list_append (raw->waiting.next, &request->node); /* to the head */
    else
        block_finish_locked (&raw->block, request, ret);
}

/* --- the driver ---------------------------------------------------------------------------- */

static void
raw_submit (struct block *block, struct block_request *request)
{
    struct raw_block *raw = raw_of (block);
    bool is_nothing;

    is_nothing = (request->op == BLOCK_FLUSH && (raw->no_flush || block->info.read_only))
                 || (request->op == BLOCK_DISCARD && !block->info.can_discard);
    if (is_nothing) {
        block_finish_locked (block, request, 0);
        block_wake_locked (block);
        return;
    }
    list_append (&raw->waiting, &request->node);
    raw_pump_locked (raw);
}

static void
raw_unplug (struct block *block)
{
    struct raw_block *raw = raw_of (block);

    raw->class->kick (raw);
}

static void
raw_wait (struct block *block)
{
    struct raw_block *raw = raw_of (block);

    raw->class->wait (raw);
}

static void
raw_free (struct raw_block *raw)
{
    block_fini (&raw->block);
    fd_close (&raw->fd);
    free (raw->bounce);
    free (raw);
}

static void
raw_destroy (struct block *block)
{
    struct raw_block *raw = raw_of (block);

    raw->class->close (raw);
    raw_free (raw);
}

/* Reads behind the old end may be in flight only if they were refused, so file_bytes may move. */
static int
raw_resize (struct block *block, uint64_t size_bytes)
{
    struct raw_block *raw = raw_of (block);
    uint64_t device_bytes;

    if (size_bytes > INT64_MAX || (raw->bounce && size_bytes % raw->offset_align))
        return -EINVAL;
    if (raw->is_device) {
        if (ioctl (raw->fd, BLKGETSIZE64, &device_bytes) < 0)
            return -errno;
        if (device_bytes < size_bytes)
            return -ENOSPC;
    } else if (ftruncate (raw->fd, (off_t) size_bytes) < 0) {
        return block_error (-errno);
    }
    raw->file_bytes = size_bytes;
    block->info.size_bytes = size_bytes;
    return 0;
}

static const struct block_driver_ops raw_ops = {
    .submit = raw_submit,
    .unplug = raw_unplug,
    .wait = raw_wait,
    .resize = raw_resize,
    .destroy = raw_destroy,
};

/* --- opening ------------------------------------------------------------------------------- */

/* Finds out what FD is and how large. */
static int
measure (struct raw_block *raw)
{
    struct stat st;
    uint64_t size;

    if (fstat (raw->fd, &st) < 0)
        return -errno;
    if (S_ISREG (st.st_mode)) {
        size = (uint64_t) st.st_size;
        if (size > INT64_MAX - SECTOR_BYTES)
            return -EFBIG;
        raw->block.info.size_bytes = align_up (size, SECTOR_BYTES);
    } else if (S_ISBLK (st.st_mode)) {
        if (ioctl (raw->fd, BLKGETSIZE64, &size) < 0)
            return -errno;
        raw->is_device = true;
        raw->block.info.size_bytes = align_down (size, SECTOR_BYTES);
    } else {
        return -ENOTSUP;
    }
    raw->file_bytes = size;
    return 0;
}

/* What O_DIRECT needs.  A device's blocks also count for fallocate(), with and without O_DIRECT. */
static void
find_alignment (struct raw_block *raw)
{
    int sector;
#ifdef STATX_DIOALIGN
    struct statx stx;
#endif

    raw->offset_align = raw->memory_align = FALLBACK_ALIGN;
#ifdef STATX_DIOALIGN
    if (statx (raw->fd, "", AT_EMPTY_PATH, STATX_DIOALIGN, &stx) == 0
        && (stx.stx_mask & STATX_DIOALIGN) && stx.stx_dio_offset_align) {
        raw->offset_align = stx.stx_dio_offset_align;
        raw->memory_align = stx.stx_dio_mem_align;
    }
#endif
    if (raw->is_device && ioctl (raw->fd, BLKSSZGET, &sector) == 0)
        raw->offset_align = (unsigned) sector;
    if (!is_power_of_two (raw->offset_align) || raw->offset_align > MAX_ALIGN)
        raw->offset_align = FALLBACK_ALIGN;
    if (!is_power_of_two (raw->memory_align) || raw->memory_align > MAX_ALIGN)
        raw->memory_align = FALLBACK_ALIGN;
}

/* Makes the descriptor's flags fit: no appending, no giving up where a call would block, O_DIRECT
 * only where every part of the disk can be reached with it. */
static int
settle_flags (struct raw_block *raw, unsigned flags)
{
    int fl = fcntl (raw->fd, F_GETFL);
    bool direct;

    if (fl < 0)
        return -errno;
    if ((fl & O_ACCMODE) == O_WRONLY || (fl & O_PATH)
        || ((fl & O_ACCMODE) == O_RDONLY && !(flags & BLOCK_READ_ONLY)))
        return -EACCES;
    direct = (flags & BLOCK_DIRECT) || (fl & O_DIRECT);
    find_alignment (raw);
    if (direct && raw->file_bytes % raw->offset_align) {
        log_error ("a disk image's size is not a multiple of %u bytes: it is used through the "
                   "host's page cache",
                   raw->offset_align);
        direct = false;
    }
    fl &= ~(O_APPEND | O_NONBLOCK | O_DIRECT);
    if (fcntl (raw->fd, F_SETFL, direct ? fl | O_DIRECT : fl) < 0)
        return -errno;
    if (direct
        && posix_memalign ((void **) &raw->bounce, MAX_OF (raw->memory_align, sizeof (void *)),
                           RAW_BOUNCE_BYTES)
               != 0)
        return -ENOMEM;
    return 0;
}

/* Whether a hole can be punched, tried where there is nothing to lose: behind the end. */
static void
probe_discard (struct raw_block *raw)
{
    struct block_info *info = &raw->block.info;

    if (info->read_only)
        return;
    if (raw->is_device) {
        info->can_discard = true; /* or it does nothing: it is advice */
        return;
    }
    info->can_discard = fallocate (raw->fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
                                   (off_t) align_up (raw->file_bytes, PROBE_BYTES), PROBE_BYTES)
                        == 0;
    info->discard_zeroes = info->can_discard;
}

static int
open_engine (struct raw_block *raw, const struct raw_engine_class *class)
{
    raw->class = class ? class : &raw_uring_class;
    if (raw->class->open (raw) == 0)
        return 0;
    raw->class = &raw_thread_class;
    return raw->class->open (raw);
}

int
raw_open_with (struct loop *loop, int fd, unsigned flags, const struct raw_engine_class *class,
               struct block **out)
{
    struct raw_block *raw = calloc (1, sizeof *raw);
    int ret;

    if (!raw) {
        fd_close (&fd);
        return -ENOMEM;
    }
    raw->fd = fd;
    raw->no_flush = flags & BLOCK_NO_FLUSH;
    raw->block.info.read_only = flags & BLOCK_READ_ONLY;
    block_init (&raw->block, &raw_ops, loop);
    list_init (&raw->waiting);
    list_init (&raw->idle);
    for (unsigned i = 0; i < ARRAY_SIZE (raw->runs); i++)
        list_append (&raw->idle, &raw->runs[i].node);

    ret = measure (raw);
    if (ret == 0)
        ret = settle_flags (raw, flags);
    if (ret == 0) {
        if (!(flags & BLOCK_NO_DISCARD))
            probe_discard (raw);
        ret = open_engine (raw, class);
    }
    if (ret < 0) {
        raw_free (raw);
        return ret;
    }
    *out = &raw->block;
    return 0;
}

int
block_raw_open (struct loop *loop, int fd, unsigned flags, struct block **out)
{
    return raw_open_with (loop, fd, flags, NULL, out);
}

void
block_raw_set_aside (unsigned n)
{
    raw_uring_set_spare (n);
}
