/* SPDX-License-Identifier: GPL-2.0-or-later */
/* raw-plan.c - which system call is a raw image's request's next step, and on which memory. */
#define _GNU_SOURCE
#include "raw-private.h"

#include <linux/falloc.h>
#include <string.h>

#include "bits.h"

#define ZEROES_BYTES   KIB (64)
#define MAX_STEP_BYTES GIB (1)

static const uint8_t zeroes[ZEROES_BYTES];

/* --- planning a step ----------------------------------------------------------------------- */

uint64_t
raw_position (const struct block_request *request)
{
    return request->offset + request->progress;
}

uint64_t
raw_left_bytes (const struct block_request *request)
{
    return request->length - request->progress;
}

/* Points STEP at the part of the request's buffers that is not done yet. */
static void
aim_at_rest (const struct block_request *request, struct raw_step *step)
{
    uint64_t skip = request->progress;
    unsigned i = 0;

    while (skip >= request->iov[i].iov_len)
        skip -= request->iov[i++].iov_len;
    step->iov = &request->iov[i];
    step->n_iov = request->n_iov - i;
    if (skip > 0 || step->n_iov == 1) {
        step->single.iov_base = (char *) request->iov[i].iov_base + skip;
        step->single.iov_len = MIN_OF (request->iov[i].iov_len - skip, MAX_STEP_BYTES);
        step->iov = &step->single;
        step->n_iov = 1;
    }
}

static bool
is_aligned (const struct raw_block *raw, const struct raw_step *step)
{
    if (step->offset % raw->offset_align)
        return false;
    for (unsigned i = 0; i < step->n_iov; i++) {
        if ((uintptr_t) step->iov[i].iov_base % raw->memory_align
            || step->iov[i].iov_len % raw->offset_align)
            return false;
    }
    return true;
}

/* Turns STEP into one through the bounce buffer; says whether it merges. */
static bool
aim_at_bounce (const struct raw_block *raw, const struct block_request *request,
               struct raw_step *step)
{
    uint64_t end = request->offset + request->length;
    uint64_t start = align_down (raw_position (request), raw->offset_align);
    uint64_t stop = MIN_OF (align_up (end, raw->offset_align), start + RAW_BOUNCE_BYTES);

    step->offset = start;
    step->single.iov_base = raw->bounce;
    step->single.iov_len = stop - start;
    step->iov = &step->single;
    step->n_iov = 1;
    return step->call == RAW_WRITE && (start < raw_position (request) || stop > end);
}

static void
plan_transfer (const struct raw_block *raw, struct raw_run *run)
{
    struct block_request *request = run->request;
    struct raw_step *step = &run->step;

    step->call = request->op == BLOCK_READ ? RAW_READ : RAW_WRITE;
    step->offset = raw_position (request);
    if (request->op == BLOCK_WRITE_ZEROES) {
        step->single.iov_base = (void *) zeroes;
        step->single.iov_len = MIN_OF (raw_left_bytes (request), ZEROES_BYTES);
        step->iov = &step->single;
        step->n_iov = 1;
    } else {
        aim_at_rest (request, step);
    }
    run->bounced = raw->bounce && (request->op == BLOCK_WRITE_ZEROES || !is_aligned (raw, step));
    if (run->bounced)
        run->merging = aim_at_bounce (raw, request, step);
}

static void
plan_allocate (const struct raw_block *raw, struct raw_run *run, int mode)
{
    struct raw_step *step = &run->step;
    uint64_t start = raw_position (run->request);
    uint64_t stop = run->request->offset + run->request->length;

    /* A device frees whole blocks only; a discard may leave out its ragged ends. */
    if (raw->is_device && run->request->op == BLOCK_DISCARD) {
        start = align_up (start, raw->offset_align);
        stop = MAX_OF (align_down (stop, raw->offset_align), start);
    }
    step->call = RAW_ALLOCATE;
    step->mode = mode | FALLOC_FL_KEEP_SIZE;
    step->offset = start;
    step->length = stop - start;
}

static bool
zeroes_need_write (const struct raw_block *raw, const struct block_request *request)
{
    return raw->zero_method == RAW_ZERO_WRITE
           || (raw->is_device
               && (raw_position (request) % raw->offset_align
                   || raw_left_bytes (request) % raw->offset_align));
}

void
raw_plan (const struct raw_block *raw, struct raw_run *run, struct block_request *request)
{
    run->request = request;
    run->bounced = run->merging = false;
    switch (request->op) {
    case BLOCK_READ:
    case BLOCK_WRITE:
        plan_transfer (raw, run);
        break;
    case BLOCK_WRITE_ZEROES:
        if (zeroes_need_write (raw, request))
            plan_transfer (raw, run);
        else
            plan_allocate (raw, run,
                           raw->zero_method == RAW_ZERO_RANGE ? FALLOC_FL_ZERO_RANGE
                                                              : FALLOC_FL_PUNCH_HOLE);
        break;
    case BLOCK_DISCARD:
        plan_allocate (raw, run, FALLOC_FL_PUNCH_HOLE);
        break;
    case BLOCK_FLUSH:
    case BLOCK_OP_N:
        run->step.call = RAW_SYNC;
        break;
    }
}

/* --- through the bounce buffer ------------------------------------------------------------- */

void
raw_copy_request (const struct block_request *request, uint8_t *buf, uint64_t len, bool to_request)
{
    uint64_t skip = request->progress;

    for (unsigned i = 0; i < request->n_iov && len > 0; i++) {
        const struct iovec *iov = &request->iov[i];
        uint64_t n;

        if (skip >= iov->iov_len) {
            skip -= iov->iov_len;
            continue;
        }
        n = MIN_OF (iov->iov_len - skip, len);
        if (to_request)
            memcpy ((char *) iov->iov_base + skip, buf, n);
        else
            memcpy (buf, (char *) iov->iov_base + skip, n);
        buf += n;
        len -= n;
        skip = 0;
    }
}

uint64_t
raw_bounced_bytes (const struct raw_run *run, uint64_t done)
{
    uint64_t lead = raw_position (run->request) - run->step.offset;

    return done <= lead ? 0 : MIN_OF (done - lead, raw_left_bytes (run->request));
}

void
raw_fill_bounce (struct raw_block *raw, const struct raw_run *run)
{
    uint64_t lead = raw_position (run->request) - run->step.offset;
    uint64_t len = raw_bounced_bytes (run, run->step.single.iov_len);

    if (run->request->op == BLOCK_WRITE_ZEROES)
        memset (raw->bounce + lead, 0, len);
    else
        raw_copy_request (run->request, raw->bounce + lead, len, false);
}
