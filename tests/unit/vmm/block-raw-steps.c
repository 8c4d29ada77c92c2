/* SPDX-License-Identifier: GPL-2.0-or-later */
/* block-raw-steps.c - the order of a raw image's steps, on an engine that obeys the test. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "bits.h"
#include "block-raw-fixture.h"

static struct {
    struct raw_run *runs[16]; /* started and not ended yet, in order */
    unsigned n;
} notebook;

static int
notebook_open (struct raw_block *raw)
{
    notebook.n = 0;
    return 0;
}

static void
notebook_start (struct raw_block *raw, struct raw_run *step)
{
    g_assert_cmpuint (notebook.n, <, G_N_ELEMENTS (notebook.runs));
    notebook.runs[notebook.n++] = step;
}

static void
notebook_nothing (struct raw_block *raw)
{
}

static const struct raw_engine_class notebook_class = {
    .depth = 16,
    .open = notebook_open,
    .start = notebook_start,
    .kick = notebook_nothing,
    .wait = notebook_nothing,
    .close = notebook_nothing,
};

/* The oldest step ends with RESULT. */
static void
end_first (struct fixture *f, int result)
{
    struct raw_block *raw = container_of (f->block, struct raw_block, block);
    struct raw_run *first = notebook.runs[0];

    g_assert_cmpuint (notebook.n, >, 0);
    memmove (notebook.runs, notebook.runs + 1, --notebook.n * sizeof notebook.runs[0]);
    pthread_mutex_lock (&f->block->lock);
    raw_step_done_locked (raw, first, result);
    raw_pump_locked (raw);
    pthread_mutex_unlock (&f->block->lock);
    block_run_finished (f->block);
}

static void
set_up_notebook (struct fixture *f, gconstpointer data)
{
    struct raw_block *raw;

    fixture_set_up_file (f, data);
    fixture_open (f, &notebook_class, O_RDWR, 0);
    raw = container_of (f->block, struct raw_block, block);
    raw->bounce = aligned_alloc (4096, 128 * 1024);
    raw->offset_align = 4096;
    raw->memory_align = 512;
}

static void
prepare (struct job *job, enum block_op op, uint64_t offset, void *buf, uint64_t length)
{
    *job = (struct job){ .request = { .op = op,
                                      .offset = offset,
                                      .length = length,
                                      .iov = { { buf, length } },
                                      .n_iov = 1 } };
}

static void
test_merging_write_runs_alone (struct fixture *f, gconstpointer data)
{
    static _Alignas(4096) uint8_t buf[8192];
    struct raw_block *raw = container_of (f->block, struct raw_block, block);
    struct job before, part, after;

    prepare (&before, BLOCK_WRITE, 0, buf, 4096);
    prepare (&part, BLOCK_WRITE, 512, buf + 4096, 512);
    prepare (&after, BLOCK_WRITE, 0, buf, 4096);
    memset (buf + 4096, 0x11, 512);
    fixture_submit (f, &before);
    fixture_submit (f, &part);
    fixture_submit (f, &after);
    g_assert_cmpuint (notebook.n, ==, 1); /* the part waits for what runs */
    end_first (f, 4096);
    g_assert_cmpuint (notebook.n, ==, 1); /* and nothing starts beside it: first it reads, */
    g_assert_true (notebook.runs[0]->step.call == RAW_READ);
    memset (raw->bounce, 0x22, 4096);
    end_first (f, 4096);
    g_assert_cmpuint (notebook.n, ==, 1); /* then it writes */
    g_assert_true (notebook.runs[0]->step.call == RAW_WRITE);
    g_assert_cmpuint (notebook.runs[0]->step.offset, ==, 0);
    g_assert_true (fixture_all_are (raw->bounce, 512, 0x22));
    g_assert_true (fixture_all_are (raw->bounce + 512, 512, 0x11));
    g_assert_true (fixture_all_are (raw->bounce + 1024, 3072, 0x22));
    end_first (f, 4096);
    g_assert_cmpuint (part.n_done, ==, 1);
    g_assert_cmpuint (notebook.n, ==, 1);
    end_first (f, 4096);
    g_assert_cmpuint (after.n_done, ==, 1);
}

static void
test_bounce_buffer_has_one_owner (struct fixture *f, gconstpointer data)
{
    static _Alignas(4096) uint8_t buf[4096 * 4];
    struct job first, second, third;

    prepare (&first, BLOCK_READ, 0, buf + 1, 4096);
    prepare (&second, BLOCK_READ, 4096, buf + 4097, 4096);
    prepare (&third, BLOCK_READ, 8192, buf + 12288, 4096);
    fixture_submit (f, &first);
    fixture_submit (f, &second);
    fixture_submit (f, &third); /* aligned, but behind the second */
    g_assert_cmpuint (notebook.n, ==, 1);
    end_first (f, 4096);
    g_assert_cmpuint (notebook.n, ==, 2);
    end_first (f, 4096);
    end_first (f, 4096);
    g_assert_cmpuint (first.n_done + second.n_done + third.n_done, ==, 3);
}

static void
test_short_transfers_go_on (struct fixture *f, gconstpointer data)
{
    static _Alignas(4096) uint8_t buf[4096 * 3];
    struct job job = { .request = { .op = BLOCK_READ, .length = 4096 * 3, .n_iov = 3 } };
    struct job behind;

    container_of (f->block, struct raw_block, block)->offset_align = 512;
    for (unsigned i = 0; i < 3; i++)
        job.request.iov[i] = (struct iovec){ buf + i * 4096, 4096 };
    prepare (&behind, BLOCK_FLUSH, 0, NULL, 0);
    fixture_submit (f, &job);
    g_assert_cmpuint (notebook.runs[0]->step.n_iov, ==, 3);
    end_first (f, -EINTR);
    g_assert_cmpuint (notebook.runs[0]->step.n_iov, ==, 3);
    end_first (f, 512);
    g_assert_cmpuint (notebook.runs[0]->step.offset, ==, 512);
    g_assert_cmpuint (notebook.runs[0]->step.n_iov, ==, 1);
    g_assert_true (notebook.runs[0]->step.iov[0].iov_base == buf + 512);
    g_assert_cmpuint (notebook.runs[0]->step.iov[0].iov_len, ==, 3584);
    end_first (f, 3584);
    g_assert_cmpuint (notebook.runs[0]->step.offset, ==, 4096);
    g_assert_cmpuint (notebook.runs[0]->step.n_iov, ==, 2);
    fixture_submit (f, &behind);
    end_first (f, 8192);
    g_assert_cmpuint (job.n_done, ==, 1);
    g_assert_cmpint (job.result, ==, 0);
    end_first (f, -EIO);
    g_assert_cmpint (behind.result, ==, -EIO);
}

/* A request that goes on stays before those that came later. */
static void
test_nobody_overtakes (struct fixture *f, gconstpointer data)
{
    static uint8_t buf[512 * 40];
    static struct job jobs[40];

    for (unsigned i = 0; i < 40; i++) {
        prepare (&jobs[i], BLOCK_READ, i * 4096, buf + i * 512, 512);
        fixture_submit (f, &jobs[i]);
    }
    end_first (f, -EAGAIN);
    g_assert_true (notebook.runs[0]->request == &jobs[0].request);
    for (unsigned i = 0; i < 40; i++) {
        g_assert_true (notebook.runs[0]->request == &jobs[i].request);
        end_first (f, 4096);
    }
}

static void
test_write_of_nothing_is_an_error (struct fixture *f, gconstpointer data)
{
    static _Alignas(4096) uint8_t buf[4096];
    struct job job;

    prepare (&job, BLOCK_WRITE, 0, buf, 4096);
    fixture_submit (f, &job);
    end_first (f, 0);
    g_assert_cmpint (job.result, ==, -EIO);
}

static void
add (const char *promise, fixture_func test)
{
    fixture_add ("steps", NULL, promise, set_up_notebook, test);
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    add ("merging-write-runs-alone", test_merging_write_runs_alone);
    add ("bounce-buffer-has-one-owner", test_bounce_buffer_has_one_owner);
    add ("short-transfers-go-on", test_short_transfers_go_on);
    add ("nobody-overtakes", test_nobody_overtakes);
    add ("write-of-nothing-is-an-error", test_write_of_nothing_is_an_error);
    return g_test_run ();
}
