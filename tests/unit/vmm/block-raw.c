/* SPDX-License-Identifier: GPL-2.0-or-later */
/* block-raw.c - promises of the raw block driver, on each of its engines. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bits.h"
#include "block-raw-fixture.h"
#include "counter.h"

/* --- reading and writing ------------------------------------------------------------------- */

static void
test_roundtrip (struct fixture *f, gconstpointer data)
{
    g_autofree uint8_t *out = g_malloc (65536), *in = g_malloc0 (65536);
    g_autofree uint8_t *file = NULL;
    size_t len;

    fixture_fill (out, 65536, 3);
    g_assert_cmpint (fixture_run (f, BLOCK_WRITE, 4096 + 512, out, 65536), ==, 0);
    g_assert_cmpint (fixture_run (f, BLOCK_FLUSH, 0, NULL, 0), ==, 0);
    g_assert_cmpint (fixture_run (f, BLOCK_READ, 4096 + 512, in, 65536), ==, 0);
    g_assert_cmpmem (in, 65536, out, 65536);
    file = fixture_file_bytes (f, &len);
    g_assert_cmpuint (len, ==, DISK_BYTES);
    g_assert_cmpmem (file + 4096 + 512, 65536, out, 65536);
    g_assert_true (fixture_all_are (file, 4096 + 512, 0));
    g_assert_true (fixture_all_are (file + 4096 + 512 + 65536, len - 4096 - 512 - 65536, 0));
}

static void
test_pieces (struct fixture *f, gconstpointer data)
{
    struct job job = { .request = { .op = BLOCK_WRITE, .offset = 1024, .length = 512 * 16 } };
    g_autofree uint8_t *out = g_malloc (8192);
    g_autofree uint8_t *file = NULL;
    size_t at = 0, len;

    fixture_fill (out, 8192, 9);
    /* 256 pieces, of all sizes and none, backwards in memory for some */
    for (unsigned i = 0; i < BLOCK_MAX_IOV; i++) {
        size_t size = i == BLOCK_MAX_IOV - 1 ? 8192 - at : MIN_OF (i % 60, 8192 - at);

        job.request.iov[i] = (struct iovec){ out + at, size };
        at += size;
    }
    job.request.n_iov = BLOCK_MAX_IOV;
    fixture_submit (f, &job);
    fixture_wait_for (f, &job);
    g_assert_cmpint (job.result, ==, 0);
    file = fixture_file_bytes (f, &len);
    g_assert_cmpmem (file + 1024, 8192, out, 8192);
}

static void
test_done_is_never_inside_submit (struct fixture *f, gconstpointer data)
{
    uint8_t buf[512];
    struct job good = {
        .request = { .op = BLOCK_READ, .length = 512, .iov = { { buf, 512 } }, .n_iov = 1 }
    };
    struct job bad = { .request = { .op = BLOCK_READ, .offset = 1, .length = 512 } };
    struct job nothing = { .request = { .op = BLOCK_READ } };

    fixture_submit (f, &good);
    fixture_submit (f, &bad);
    fixture_submit (f, &nothing);
    g_assert_cmpuint (good.n_done + bad.n_done + nothing.n_done, ==, 0);
    fixture_wait_for (f, &good);
    fixture_wait_for (f, &bad);
    fixture_wait_for (f, &nothing);
    g_assert_cmpint (good.result, ==, 0);
    g_assert_cmpint (bad.result, ==, -EINVAL);
    g_assert_cmpint (nothing.result, ==, 0);
}

static void
test_refuses_what_is_outside (struct fixture *f, gconstpointer data)
{
    uint8_t buf[1024] = { 0 };

    g_assert_cmpint (fixture_run (f, BLOCK_READ, DISK_BYTES, buf, 512), ==, -EINVAL);
    g_assert_cmpint (fixture_run (f, BLOCK_READ, DISK_BYTES - 512, buf, 1024), ==, -EINVAL);
    g_assert_cmpint (fixture_run (f, BLOCK_WRITE, DISK_BYTES - 512, buf, 1024), ==, -EINVAL);
    g_assert_cmpint (fixture_run (f, BLOCK_WRITE, UINT64_MAX - 511, buf, 1024), ==, -EINVAL);
    g_assert_cmpint (fixture_run (f, BLOCK_DISCARD, DISK_BYTES, NULL, 512), ==, -EINVAL);
    g_assert_cmpint (fixture_run (f, BLOCK_WRITE_ZEROES, 512, NULL, DISK_BYTES), ==, -EINVAL);
    g_assert_cmpint (fixture_run (f, BLOCK_WRITE, 100, buf, 512), ==, -EINVAL);
    g_assert_cmpint (fixture_run (f, BLOCK_WRITE, 0, buf, 100), ==, -EINVAL);
    g_assert_cmpint (fixture_run (f, (enum block_op) 77, 0, buf, 512), ==, -EINVAL);
}

/* What is refused, and what moves nothing, is no request that was done. */
static void
test_counts_what_it_does (struct fixture *f, gconstpointer data)
{
    g_autofree uint8_t *buf = g_malloc0 (65536);

    for (unsigned i = 0; i < 3; i++)
        g_assert_cmpint (fixture_run (f, BLOCK_WRITE, i * 4096, buf, 4096), ==, 0);
    g_assert_cmpint (fixture_run (f, BLOCK_READ, 512, buf, 512), ==, 0);
    g_assert_cmpint (fixture_run (f, BLOCK_READ, 0, buf, 65536), ==, 0);
    g_assert_cmpint (fixture_run (f, BLOCK_FLUSH, 0, NULL, 0), ==, 0);
    g_assert_cmpint (fixture_run (f, BLOCK_READ, DISK_BYTES, buf, 512), ==, -EINVAL);
    g_assert_cmpint (fixture_run (f, BLOCK_WRITE, 100, buf, 512), ==, -EINVAL);
    g_assert_cmpint (fixture_run (f, BLOCK_READ, 0, NULL, 0), ==, 0);
    g_assert_cmpint (fixture_run (f, BLOCK_DISCARD, 0, NULL, 512), ==, 0);
    g_assert_cmpuint (counter_get (&f->block->n_writes), ==, 3);
    g_assert_cmpuint (counter_get (&f->block->written_bytes), ==, 3 * 4096);
    g_assert_cmpuint (counter_get (&f->block->n_reads), ==, 2);
    g_assert_cmpuint (counter_get (&f->block->read_bytes), ==, 512 + 65536);
    g_assert_cmpuint (counter_get (&f->block->n_flushes), ==, 1);
}

/* The file grows with the disk; what is new reads as zeros and can be written. */
static void
test_grows (struct fixture *f, gconstpointer data)
{
    g_autofree uint8_t *bytes = NULL;
    uint8_t buf[512];
    size_t len;

    g_assert_cmpint (block_resize (f->block, DISK_BYTES - 512), ==, -EINVAL);
    g_assert_cmpint (block_resize (f->block, DISK_BYTES + 100), ==, -EINVAL);
    g_assert_cmpint (block_resize (f->block, UINT64_MAX - 511), ==, -EINVAL);
    g_assert_cmpuint (f->block->info.size_bytes, ==, DISK_BYTES);
    g_assert_cmpint (block_resize (f->block, 3 * DISK_BYTES), ==, 0);
    g_assert_cmpuint (f->block->info.size_bytes, ==, 3 * DISK_BYTES);
    memset (buf, 0xff, sizeof buf);
    g_assert_cmpint (fixture_run (f, BLOCK_READ, 3 * DISK_BYTES - 512, buf, 512), ==, 0);
    g_assert_true (fixture_all_are (buf, sizeof buf, 0));
    memset (buf, 0x5a, sizeof buf);
    g_assert_cmpint (fixture_run (f, BLOCK_WRITE, 3 * DISK_BYTES - 512, buf, 512), ==, 0);
    bytes = fixture_file_bytes (f, &len);
    g_assert_cmpuint (len, ==, 3 * DISK_BYTES);
    g_assert_true (fixture_all_are (bytes + len - 512, 512, 0x5a));
}

static void
test_keeps_its_space (struct fixture *f, gconstpointer data)
{
    fixture_open (f, fixture_engine (data), O_RDWR, BLOCK_NO_DISCARD);
    g_assert_false (f->block->info.can_discard);
    g_assert_cmpint (fixture_run (f, BLOCK_DISCARD, 0, NULL, DISK_BYTES), ==, 0);
}

static void
test_refuses_buffers_that_do_not_add_up (struct fixture *f, gconstpointer data)
{
    uint8_t buf[1024] = { 0 };
    struct job job = {
        .request = { .op = BLOCK_WRITE, .length = 1024, .iov = { { buf, 512 } }, .n_iov = 1 }
    };

    fixture_submit (f, &job);
    fixture_wait_for (f, &job);
    g_assert_cmpint (job.result, ==, -EINVAL);
    job.request.iov[0].iov_len = SIZE_MAX;
    job.request.iov[1] = (struct iovec){ buf, 1025 };
    job.request.n_iov = 2;
    fixture_submit (f, &job);
    fixture_wait_for (f, &job);
    g_assert_cmpint (job.result, ==, -EINVAL);
    job.request.n_iov = BLOCK_MAX_IOV + 1;
    fixture_submit (f, &job);
    fixture_wait_for (f, &job);
    g_assert_cmpint (job.result, ==, -EINVAL);
}

static void
test_more_requests_than_the_ring_has_entries (struct fixture *f, gconstpointer data)
{
    enum { N = 1000 };
    g_autofree struct job *jobs = g_new0 (struct job, N);
    g_autofree uint8_t *out = g_malloc (N * 512);
    g_autofree uint8_t *file = NULL;
    unsigned order = 0;
    size_t len;

    fixture_fill (out, N * 512, 1);
    for (unsigned i = 0; i < N; i++) {
        jobs[i].request = (struct block_request){
            .op = BLOCK_WRITE, .offset = i * 512, .length = 512, .n_iov = 1
        };
        jobs[i].request.iov[0] = (struct iovec){ out + i * 512, 512 };
        jobs[i].order = &order;
        fixture_submit (f, &jobs[i]);
    }
    for (unsigned i = 0; i < N; i++) {
        fixture_wait_for (f, &jobs[i]);
        g_assert_cmpint (jobs[i].result, ==, 0);
    }
    if (fixture_engine (data)->depth == 1) {
        for (unsigned i = 0; i < N; i++)
            g_assert_cmpuint (jobs[i].place, ==, i);
    }
    file = fixture_file_bytes (f, &len);
    g_assert_cmpmem (file, N * 512, out, N * 512);
}

/* --- the end of the file ------------------------------------------------------------------- */

static void
test_short_tail (struct fixture *f, gconstpointer data)
{
    g_autofree uint8_t *buf = g_malloc (4096), *file = NULL;
    size_t len;

    g_assert_cmpint (ftruncate (f->fd, 1000), ==, 0);
    memset (buf, 0x55, 1000);
    g_assert_cmpint (pwrite (f->fd, buf, 1000, 0), ==, 1000);
    fixture_open (f, fixture_engine (data), O_RDWR, 0);
    g_assert_cmpuint (f->block->info.size_bytes, ==, 1024);

    memset (buf, 0xaa, 4096);
    g_assert_cmpint (fixture_run (f, BLOCK_READ, 0, buf, 1024), ==, 0);
    g_assert_true (fixture_all_are (buf, 1000, 0x55));
    g_assert_true (fixture_all_are (buf + 1000, 24, 0));
    g_assert_true (fixture_all_are (buf + 1024, 4096 - 1024, 0xaa));

    memset (buf, 0x77, 512);
    g_assert_cmpint (fixture_run (f, BLOCK_WRITE, 512, buf, 512), ==, 0);
    file = fixture_file_bytes (f, &len);
    g_assert_cmpuint (len, ==, 1024);
    g_assert_true (fixture_all_are (file + 512, 512, 0x77));
}

static void
test_cut_file_is_an_error (struct fixture *f, gconstpointer data)
{
    uint8_t buf[8192];

    g_assert_cmpint (ftruncate (f->fd, 4096), ==, 0);
    g_assert_cmpint (fixture_run (f, BLOCK_READ, 0, buf, 4096), ==, 0);
    g_assert_cmpint (fixture_run (f, BLOCK_READ, 0, buf, 8192), ==, -EIO);
    g_assert_cmpint (fixture_run (f, BLOCK_READ, 65536, buf, 512), ==, -EIO);
}

/* --- flags --------------------------------------------------------------------------------- */

static void
test_read_only (struct fixture *f, gconstpointer data)
{
    uint8_t buf[512] = { 0 };

    fixture_open (f, fixture_engine (data), O_RDONLY, BLOCK_READ_ONLY);
    g_assert_true (f->block->info.read_only);
    g_assert_false (f->block->info.can_discard);
    g_assert_cmpint (fixture_run (f, BLOCK_READ, 0, buf, 512), ==, 0);
    g_assert_cmpint (fixture_run (f, BLOCK_WRITE, 0, buf, 512), ==, -EROFS);
    g_assert_cmpint (fixture_run (f, BLOCK_DISCARD, 0, NULL, 512), ==, -EROFS);
    g_assert_cmpint (fixture_run (f, BLOCK_WRITE_ZEROES, 0, NULL, 512), ==, -EROFS);
    g_assert_cmpint (fixture_run (f, BLOCK_FLUSH, 0, NULL, 0), ==, 0);
}

static void
test_no_flush (struct fixture *f, gconstpointer data)
{
    uint8_t buf[512] = { 1 };

    fixture_open (f, fixture_engine (data), O_RDWR, BLOCK_NO_FLUSH);
    g_assert_cmpint (fixture_run (f, BLOCK_WRITE, 0, buf, 512), ==, 0);
    g_assert_cmpint (fixture_run (f, BLOCK_FLUSH, 0, NULL, 0), ==, 0);
}

/* pwrite() on a file opened for appending ignores its offset. */
static void
test_appending_descriptor_writes_in_place (struct fixture *f, gconstpointer data)
{
    g_autofree uint8_t *file = NULL;
    uint8_t buf[512];
    size_t len;

    memset (buf, 0x31, 512);
    fixture_open (f, fixture_engine (data), O_RDWR | O_APPEND | O_NONBLOCK, 0);
    g_assert_cmpint (fixture_run (f, BLOCK_WRITE, 1024, buf, 512), ==, 0);
    file = fixture_file_bytes (f, &len);
    g_assert_cmpuint (len, ==, DISK_BYTES);
    g_assert_true (fixture_all_are (file + 1024, 512, 0x31));
}

static void
test_refuses_wrong_descriptors (void)
{
    struct loop *loop = loop_create ();
    struct block *block = NULL;
    g_autofree char *path = NULL;
    int fds[2], fd;

    g_assert_cmpint (pipe2 (fds, O_CLOEXEC), ==, 0);
    g_assert_cmpint (block_raw_open (loop, fds[0], 0, &block), ==, -ENOTSUP);
    g_assert_cmpint (fcntl (fds[0], F_GETFD), ==, -1); /* taken over also on failure */
    close (fds[1]);
    fd = open ("/dev/null", O_RDWR | O_CLOEXEC);
    g_assert_cmpint (block_raw_open (loop, fd, 0, &block), ==, -ENOTSUP);
    fd = open ("/", O_RDONLY | O_CLOEXEC);
    g_assert_cmpint (block_raw_open (loop, fd, BLOCK_READ_ONLY, &block), ==, -ENOTSUP);

    fd = g_file_open_tmp (NULL, &path, NULL);
    close (fd);
    fd = open (path, O_RDONLY | O_CLOEXEC);
    g_assert_cmpint (block_raw_open (loop, fd, 0, &block), ==, -EACCES);
    fd = open (path, O_WRONLY | O_CLOEXEC);
    g_assert_cmpint (block_raw_open (loop, fd, 0, &block), ==, -EACCES);
    g_unlink (path);
    g_assert_null (block);
    loop_destroy (loop);
}

/* --- holes --------------------------------------------------------------------------------- */

static void
test_discard (struct fixture *f, gconstpointer data)
{
    g_autofree uint8_t *buf = g_malloc (65536);
    struct stat before, after;

    if (!f->block->info.can_discard) {
        g_test_skip ("the file system of the temporary folder cannot punch holes");
        return;
    }
    memset (buf, 0x99, 65536);
    g_assert_cmpint (fixture_run (f, BLOCK_WRITE, 0, buf, 65536), ==, 0);
    g_assert_cmpint (fixture_run (f, BLOCK_FLUSH, 0, NULL, 0), ==, 0);
    g_assert_cmpint (fstat (f->fd, &before), ==, 0);
    g_assert_cmpint (fixture_run (f, BLOCK_DISCARD, 8192, NULL, 32768), ==, 0);
    g_assert_cmpint (fstat (f->fd, &after), ==, 0);
    g_assert_cmpint (after.st_blocks, <=, before.st_blocks - 64);
    g_assert_cmpint (after.st_size, ==, DISK_BYTES);
    g_assert_true (f->block->info.discard_zeroes);
    g_assert_cmpint (fixture_run (f, BLOCK_READ, 0, buf, 65536), ==, 0);
    g_assert_true (fixture_all_are (buf, 8192, 0x99));
    g_assert_true (fixture_all_are (buf + 8192, 32768, 0));
    g_assert_true (fixture_all_are (buf + 40960, 65536 - 40960, 0x99));
}

static void
test_write_zeroes (struct fixture *f, gconstpointer data)
{
    struct raw_block *raw = container_of (f->block, struct raw_block, block);

    /* whatever the file system can do, then each lesser way */
    for (; raw->zero_method <= 2; raw->zero_method++)
        fixture_check_write_zeroes (f);
}

/* tmpfs cannot zero a range but can punch holes: the driver finds that out by itself. */
static void
test_write_zeroes_without_zero_range (struct fixture *f, gconstpointer data)
{
    int fd = memfd_create ("disk", MFD_CLOEXEC);

    g_assert_cmpint (ftruncate (fd, DISK_BYTES), ==, 0);
    g_assert_cmpint (raw_open_with (f->loop, fd, 0, fixture_engine (data), &f->block), ==, 0);
    fixture_check_write_zeroes (f);
}

/* --- draining ------------------------------------------------------------------------------ */

static void
test_drain_waits_for_all (struct fixture *f, gconstpointer data)
{
    enum { N = 300 };
    g_autofree struct job *jobs = g_new0 (struct job, N);
    g_autofree uint8_t *buf = g_malloc0 (4096);

    for (unsigned i = 0; i < N; i++) {
        jobs[i].request = (struct block_request){
            .op = i % 3 ? BLOCK_WRITE : BLOCK_FLUSH,
            .offset = i % 7 * 4096,
            .length = 4096,
        };
        jobs[i].request.iov[0] = (struct iovec){ buf, 4096 };
        jobs[i].request.n_iov = 1;
        fixture_submit (f, &jobs[i]);
    }
    block_drain (f->block); /* the loop does not run meanwhile */
    for (unsigned i = 0; i < N; i++) {
        g_assert_cmpuint (jobs[i].n_done, ==, 1);
        g_assert_cmpint (jobs[i].result, ==, 0);
    }
    loop_iterate (f->loop, 0); /* nor is anything done a second time */
    for (unsigned i = 0; i < N; i++)
        g_assert_cmpuint (jobs[i].n_done, ==, 1);
}

static struct block *chain_block;

static void
chain_done (struct block_request *request, int result)
{
    struct job *job = container_of (request, struct job, request);

    if (++job->n_done < 10)
        block_submit (chain_block, request);
}

static void
test_drain_follows_requests_that_submit_others (struct fixture *f, gconstpointer data)
{
    uint8_t buf[512];
    struct job job = { .request = { .op = BLOCK_READ,
                                    .length = 512,
                                    .iov = { { buf, 512 } },
                                    .n_iov = 1,
                                    .done = chain_done } };

    chain_block = f->block;
    block_submit (f->block, &job.request);
    block_drain (f->block);
    g_assert_cmpuint (job.n_done, ==, 10);
}

struct other_thread {
    struct fixture *f;
    struct job *jobs;
};

static gpointer
submit_on_other_thread (gpointer data)
{
    struct other_thread *other = data;

    for (unsigned i = 0; i < 200; i++)
        fixture_submit (other->f, &other->jobs[i]);
    return NULL;
}

/* What a thread submitted is done even when that thread has ended meanwhile. */
static void
test_submits_from_threads_that_end (struct fixture *f, gconstpointer data)
{
    g_autofree struct job *jobs = g_new0 (struct job, 400);
    g_autofree uint8_t *buf = g_malloc0 (4096);
    struct other_thread others[2] = { { f, jobs }, { f, jobs + 200 } };
    GThread *threads[2];

    for (unsigned i = 0; i < 400; i++) {
        jobs[i].request = (struct block_request){
            .op = i % 10 ? BLOCK_WRITE : BLOCK_FLUSH,
            .offset = i * 512,
            .length = 4096,
        };
        jobs[i].request.iov[0] = (struct iovec){ buf, 4096 };
        jobs[i].request.n_iov = 1;
    }
    for (unsigned i = 0; i < 2; i++)
        threads[i] = g_thread_new ("submitter", submit_on_other_thread, &others[i]);
    for (unsigned i = 0; i < 2; i++)
        g_thread_join (threads[i]);
    block_drain (f->block);
    for (unsigned i = 0; i < 400; i++) {
        g_assert_cmpuint (jobs[i].n_done, ==, 1);
        g_assert_cmpint (jobs[i].result, ==, 0);
    }
}

/* --- what there is ------------------------------------------------------------------------- */

static void
add_for_engine (const char *e, const struct raw_engine_class *engine)
{
    fixture_add (e, engine, "reads-what-was-written", fixture_set_up, test_roundtrip);
    fixture_add (e, engine, "takes-256-pieces", fixture_set_up, test_pieces);
    fixture_add (e, engine, "done-is-never-inside-submit", fixture_set_up,
                 test_done_is_never_inside_submit);
    fixture_add (e, engine, "refuses-what-is-outside", fixture_set_up,
                 test_refuses_what_is_outside);
    fixture_add (e, engine, "counts-what-it-does", fixture_set_up, test_counts_what_it_does);
    fixture_add (e, engine, "grows", fixture_set_up, test_grows);
    fixture_add (e, engine, "keeps-its-space", fixture_set_up_file, test_keeps_its_space);
    fixture_add (e, engine, "refuses-buffers-that-do-not-add-up", fixture_set_up,
                 test_refuses_buffers_that_do_not_add_up);
    fixture_add (e, engine, "more-requests-than-entries", fixture_set_up,
                 test_more_requests_than_the_ring_has_entries);
    fixture_add (e, engine, "short-tail-reads-zeros-and-grows", fixture_set_up_file,
                 test_short_tail);
    fixture_add (e, engine, "cut-file-is-an-error", fixture_set_up, test_cut_file_is_an_error);
    fixture_add (e, engine, "read-only", fixture_set_up_file, test_read_only);
    fixture_add (e, engine, "no-flush", fixture_set_up_file, test_no_flush);
    fixture_add (e, engine, "appending-descriptor-writes-in-place", fixture_set_up_file,
                 test_appending_descriptor_writes_in_place);
    fixture_add (e, engine, "discard-makes-holes", fixture_set_up, test_discard);
    fixture_add (e, engine, "write-zeroes", fixture_set_up, test_write_zeroes);
    fixture_add (e, engine, "write-zeroes-without-zero-range", fixture_set_up_file,
                 test_write_zeroes_without_zero_range);
    fixture_add (e, engine, "drain-waits-for-all", fixture_set_up, test_drain_waits_for_all);
    fixture_add (e, engine, "drain-follows-requests-that-submit-others", fixture_set_up,
                 test_drain_follows_requests_that_submit_others);
    fixture_add (e, engine, "submits-from-threads-that-end", fixture_set_up,
                 test_submits_from_threads_that_end);
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    fixture_for_engines (add_for_engine);
    g_test_add_func ("/block/raw/refuses-wrong-descriptors", test_refuses_wrong_descriptors);
    return g_test_run ();
}
