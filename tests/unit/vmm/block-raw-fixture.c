/* SPDX-License-Identifier: GPL-2.0-or-later */
/* block-raw-fixture.c - a raw image in a file of its own, and requests that wait for their end. */
#define _GNU_SOURCE
#include "block-raw-fixture.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <liburing.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bits.h"
#include "loop.h"

#define DEADLINE_NS (20ll * 1000000000ll)

const struct raw_engine_class *
fixture_engine (gconstpointer data)
{
    return data;
}

static bool
has_uring (void)
{
    struct io_uring ring;

    if (io_uring_queue_init (4, &ring, IORING_SETUP_R_DISABLED) < 0)
        return false;
    io_uring_queue_exit (&ring);
    return true;
}

void
fixture_open (struct fixture *f, const struct raw_engine_class *engine, int open_flags,
              unsigned flags)
{
    int fd = open (f->path, open_flags | O_CLOEXEC);

    g_assert_cmpint (fd, >=, 0);
    g_assert_cmpint (raw_open_with (f->loop, fd, flags, engine, &f->block), ==, 0);
    if (engine)
        g_assert_true (container_of (f->block, struct raw_block, block)->class == engine);
}

void
fixture_make_file (struct fixture *f, const char *folder, off_t size)
{
    f->loop = loop_create ();
    f->path = g_build_filename (folder, "vitrine-raw-XXXXXX", NULL);
    f->fd = g_mkstemp (f->path);
    g_assert_cmpint (f->fd, >=, 0);
    g_assert_cmpint (ftruncate (f->fd, size), ==, 0);
}

void
fixture_set_up_file (struct fixture *f, gconstpointer data)
{
    fixture_make_file (f, g_get_tmp_dir (), DISK_BYTES);
}

void
fixture_set_up (struct fixture *f, gconstpointer data)
{
    fixture_set_up_file (f, data);
    fixture_open (f, fixture_engine (data), O_RDWR, 0);
}

void
fixture_tear_down (struct fixture *f, gconstpointer data)
{
    block_close (f->block);
    loop_destroy (f->loop);
    close (f->fd);
    g_unlink (f->path);
    g_free (f->path);
}

static void
job_done (struct block_request *request, int result)
{
    struct job *job = container_of (request, struct job, request);

    job->n_done++;
    job->result = result;
    if (job->order)
        job->place = (*job->order)++;
}

void
fixture_submit (struct fixture *f, struct job *job)
{
    job->request.done = job_done;
    job->n_done = 0;
    block_submit (f->block, &job->request);
}

void
fixture_wait_for (struct fixture *f, struct job *job)
{
    int64_t deadline = loop_now_ns () + DEADLINE_NS;

    while (job->n_done == 0) {
        g_assert_cmpint (loop_now_ns (), <, deadline);
        loop_iterate (f->loop, 100);
    }
    g_assert_cmpuint (job->n_done, ==, 1);
}

int
fixture_run (struct fixture *f, enum block_op op, uint64_t offset, void *buf, uint64_t length)
{
    struct job job = { .request = { .op = op, .offset = offset, .length = length } };

    if (buf) {
        job.request.iov[0] = (struct iovec){ buf, length };
        job.request.n_iov = 1;
    }
    fixture_submit (f, &job);
    fixture_wait_for (f, &job);
    return job.result;
}

void
fixture_fill (uint8_t *buf, size_t len, unsigned seed)
{
    for (size_t i = 0; i < len; i++)
        buf[i] = (uint8_t) (seed + i * 7 + i / 251);
}

uint8_t *
fixture_file_bytes (struct fixture *f, size_t *len)
{
    struct stat st;
    uint8_t *bytes;

    g_assert_cmpint (fstat (f->fd, &st), ==, 0);
    bytes = g_malloc ((size_t) st.st_size);
    g_assert_cmpint (pread (f->fd, bytes, (size_t) st.st_size, 0), ==, st.st_size);
    *len = (size_t) st.st_size;
    return bytes;
}

bool
fixture_all_are (const uint8_t *buf, size_t len, uint8_t value)
{
    for (size_t i = 0; i < len; i++) {
        if (buf[i] != value)
            return false;
    }
    return true;
}

void
fixture_check_write_zeroes (struct fixture *f)
{
    g_autofree uint8_t *buf = g_malloc (400 * 1024);

    memset (buf, 0x99, 400 * 1024);
    g_assert_cmpint (fixture_run (f, BLOCK_WRITE, 0, buf, 400 * 1024), ==, 0);
    g_assert_cmpint (fixture_run (f, BLOCK_WRITE_ZEROES, 512, NULL, 300 * 1024), ==, 0);
    g_assert_cmpint (fixture_run (f, BLOCK_READ, 0, buf, 400 * 1024), ==, 0);
    g_assert_true (fixture_all_are (buf, 512, 0x99));
    g_assert_true (fixture_all_are (buf + 512, 300 * 1024, 0));
    g_assert_true (fixture_all_are (buf + 512 + 300 * 1024, 100 * 1024 - 512, 0x99));
}

void
fixture_add (const char *engine_name, const struct raw_engine_class *engine, const char *promise,
             fixture_func set_up, fixture_func test)
{
    g_autofree char *path = g_strdup_printf ("/block/raw/%s/%s", engine_name, promise);

    g_test_add (path, struct fixture, engine, set_up, test, fixture_tear_down);
}

static void
test_uring_is_missing (void)
{
    g_test_skip ("this host has no io_uring with restrictions");
}

void
fixture_for_engines (void (*add) (const char *name, const struct raw_engine_class *engine))
{
    if (has_uring ())
        add ("uring", &raw_uring_class);
    else
        g_test_add_func ("/block/raw/uring", test_uring_is_missing);
    add ("thread", &raw_thread_class);
}
