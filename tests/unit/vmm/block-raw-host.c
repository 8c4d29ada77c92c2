/* SPDX-License-Identifier: GPL-2.0-or-later */
/* block-raw-host.c - the raw block driver and the host: O_DIRECT, no space, no rings. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <liburing.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bits.h"
#include "block-raw-fixture.h"
#include "sandbox.h"
#include "test-descriptors.h"

/* --- O_DIRECT ------------------------------------------------------------------------------ */

/* Opens F's file with O_DIRECT; false, with the test skipped, where that does not work. */
static bool
open_direct (struct fixture *f, gconstpointer data, off_t size)
{
    int fd;

    fixture_make_file (f, "/var/tmp", size);
    fd = open (f->path, O_RDWR | O_DIRECT | O_CLOEXEC);
    if (fd < 0) {
        g_test_skip ("the file system of /var/tmp has no O_DIRECT");
        return false;
    }
    g_assert_cmpint (raw_open_with (f->loop, fd, BLOCK_DIRECT, fixture_engine (data), &f->block),
                     ==, 0);
    return true;
}

static void
close_direct (struct fixture *f)
{
    fixture_tear_down (f, NULL);
}

/* Random reads and writes at any sector, from any byte of memory, against a plain array. */
static void
test_direct_misaligned (gconstpointer data)
{
    enum { BYTES = 1 << 20, MAX = 300 * 1024 };
    struct fixture f = { 0 };
    g_autofree uint8_t *model = g_malloc0 (BYTES), *buf = g_malloc (MAX + 64), *file = NULL;
    g_autoptr (GRand) rand = g_rand_new_with_seed (7);
    struct raw_block *raw;
    size_t len;

    if (open_direct (&f, data, BYTES)) {
        raw = container_of (f.block, struct raw_block, block);
        raw->offset_align = 4096; /* also where the host's disk would take 512 */
        for (unsigned i = 0; i < 300; i++) {
            uint64_t offset = (uint64_t) g_rand_int_range (rand, 0, BYTES / 512) * 512;
            uint64_t max = MIN_OF (BYTES - offset, i % 4 ? 16384 : MAX);
            uint64_t length = (uint64_t) g_rand_int_range (rand, 1, (int) (max / 512) + 1) * 512;
            uint8_t *at = buf + g_rand_int_range (rand, 0, 64);

            if (g_rand_boolean (rand)) {
                fixture_fill (at, length, i);
                memcpy (model + offset, at, length);
                g_assert_cmpint (fixture_run (&f, BLOCK_WRITE, offset, at, length), ==, 0);
            } else {
                memset (at, 0xee, length);
                g_assert_cmpint (fixture_run (&f, BLOCK_READ, offset, at, length), ==, 0);
                g_assert_cmpmem (at, length, model + offset, length);
            }
        }
        file = fixture_file_bytes (&f, &len);
        g_assert_cmpmem (file, len, model, BYTES);
    }
    close_direct (&f);
}

/* Neighbouring sectors of one unit, written all at once: no write may undo another. */
static void
test_direct_writes_to_one_unit_do_not_collide (gconstpointer data)
{
    enum { N = 64 };
    struct fixture f = { 0 };
    g_autofree struct job *jobs = g_new0 (struct job, N);
    g_autofree uint8_t *out = g_malloc (N * 512), *file = NULL;
    size_t len;

    if (open_direct (&f, data, 65536)) {
        container_of (f.block, struct raw_block, block)->offset_align = 4096;
        fixture_fill (out, N * 512, 5);
        for (unsigned i = 0; i < N; i++) {
            unsigned sector = i * 7 % N; /* each once, out of order */

            jobs[i].request = (struct block_request){
                .op = BLOCK_WRITE, .offset = sector * 512, .length = 512, .n_iov = 1
            };
            jobs[i].request.iov[0] = (struct iovec){ out + sector * 512, 512 };
            fixture_submit (&f, &jobs[i]);
        }
        for (unsigned i = 0; i < N; i++) {
            fixture_wait_for (&f, &jobs[i]);
            g_assert_cmpint (jobs[i].result, ==, 0);
        }
        file = fixture_file_bytes (&f, &len);
        g_assert_cmpmem (file, N * 512, out, N * 512);
    }
    close_direct (&f);
}

static void
test_direct_write_zeroes (gconstpointer data)
{
    struct fixture f = { 0 };

    if (open_direct (&f, data, DISK_BYTES)) {
        struct raw_block *raw = container_of (f.block, struct raw_block, block);

        raw->offset_align = 4096;
        for (; raw->zero_method <= 2; raw->zero_method++)
            fixture_check_write_zeroes (&f);
    }
    close_direct (&f);
}

/* Its last unit could only be written by making the file longer. */
static void
test_direct_odd_size_uses_the_page_cache (gconstpointer data)
{
    struct fixture f = { 0 };
    uint8_t buf[512];

    memset (buf, 0x42, 512);
    if (open_direct (&f, data, 4096 + 1000)) {
        struct stat st;

        g_assert_null (container_of (f.block, struct raw_block, block)->bounce);
        g_assert_cmpint (fixture_run (&f, BLOCK_WRITE, 4096 + 512, buf, 512), ==, 0);
        g_assert_cmpint (fstat (f.fd, &st), ==, 0);
        g_assert_cmpint (st.st_size, ==, 4096 + 1024);
    }
    close_direct (&f);
}

/* --- no space ------------------------------------------------------------------------------ */

/* A file larger than the process may make. */
static void
child_meets_file_size_limit (struct fixture *f, const struct raw_engine_class *engine)
{
    struct rlimit limit = { 65536, 65536 };
    uint8_t buf[4096] = { 0 };

    signal (SIGXFSZ, SIG_IGN);
    g_assert_cmpint (setrlimit (RLIMIT_FSIZE, &limit), ==, 0);
    fixture_open (f, engine, O_RDWR, 0);
    g_assert_cmpint (fixture_run (f, BLOCK_WRITE, 32768, buf, 4096), ==, 0);
    g_assert_cmpint (fixture_run (f, BLOCK_WRITE, 131072, buf, 4096), ==, -ENOSPC);
}

static bool
write_proc (const char *path, const char *text)
{
    int fd = open (path, O_WRONLY | O_CLOEXEC);
    bool ok = fd >= 0 && write (fd, text, strlen (text)) == (ssize_t) strlen (text);

    close (fd);
    return ok;
}

/* A file system of 64 KiB, in a mount namespace of its own. */
static void
child_meets_full_disk (struct fixture *f, const struct raw_engine_class *engine)
{
    g_autofree char *folder = g_path_get_dirname (f->path);
    g_autofree char *uid_map = g_strdup_printf ("0 %u 1", getuid ());
    g_autofree char *gid_map = g_strdup_printf ("0 %u 1", getgid ());
    g_autofree uint8_t *buf = g_malloc0 (131072);
    int fd;

    if (unshare (CLONE_NEWUSER | CLONE_NEWNS) < 0 || !write_proc ("/proc/self/setgroups", "deny")
        || !write_proc ("/proc/self/uid_map", uid_map)
        || !write_proc ("/proc/self/gid_map", gid_map)
        || mount ("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0
        || mount ("tmpfs", folder, "tmpfs", 0, "size=64k") < 0)
        _exit (77);
    fd = open (f->path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    g_assert_cmpint (fd, >=, 0);
    g_assert_cmpint (ftruncate (fd, DISK_BYTES), ==, 0);
    g_assert_cmpint (raw_open_with (f->loop, fd, 0, engine, &f->block), ==, 0);
    g_assert_cmpint (fixture_run (f, BLOCK_WRITE, 0, buf, 32768), ==, 0);
    g_assert_cmpint (fixture_run (f, BLOCK_WRITE, 65536, buf, 131072), ==, -ENOSPC);
    g_assert_cmpint (fixture_run (f, BLOCK_WRITE, 0, buf, 32768), ==, 0);
}

static void
in_child (struct fixture *f, gconstpointer data,
          void (*promise) (struct fixture *f, const struct raw_engine_class *engine))
{
    pid_t child = fork ();
    int status;

    if (child == 0) {
        promise (f, fixture_engine (data));
        block_close (f->block);
        _exit (0);
    }
    g_assert_cmpint (waitpid (child, &status, 0), ==, child);
    if (WIFEXITED (status) && WEXITSTATUS (status) == 77)
        g_test_skip ("this user cannot make a mount namespace");
    else if (WIFEXITED (status) && WEXITSTATUS (status) == 78)
        g_test_skip ("this kernel has no seccomp");
    else
        g_assert_cmpint (status, ==, 0);
}

static void
test_file_size_limit (struct fixture *f, gconstpointer data)
{
    in_child (f, data, child_meets_file_size_limit);
}

static void
test_full_disk (struct fixture *f, gconstpointer data)
{
    in_child (f, data, child_meets_full_disk);
}

/* --- the ring ------------------------------------------------------------------------------ */

/* Somebody who took the process over has the ring in his hands. */
static void
test_ring_opens_no_files (struct fixture *f, gconstpointer data)
{
    struct raw_block *raw = container_of (f->block, struct raw_block, block);
    struct io_uring *ring = raw->engine; /* its first member */
    struct io_uring_sqe *sqe;
    struct io_uring_cqe *cqe;
    uint8_t buf[16];

    sqe = io_uring_get_sqe (ring);
    io_uring_prep_openat (sqe, AT_FDCWD, "/etc/passwd", O_RDONLY, 0);
    g_assert_cmpint (io_uring_submit (ring), ==, 1);
    g_assert_cmpint (io_uring_wait_cqe (ring, &cqe), ==, 0);
    g_assert_cmpint (cqe->res, ==, -EACCES);
    io_uring_cqe_seen (ring, cqe);

    sqe = io_uring_get_sqe (ring);
    io_uring_prep_read (sqe, f->fd, buf, sizeof buf, 0); /* not the registered file */
    g_assert_cmpint (io_uring_submit (ring), ==, 1);
    g_assert_cmpint (io_uring_wait_cqe (ring, &cqe), ==, 0);
    g_assert_cmpint (cqe->res, ==, -EACCES);
    io_uring_cqe_seen (ring, cqe);

    /* Another file, but only of those the process holds anyway; and nothing else. */
    g_assert_cmpint (io_uring_unregister_files (ring), ==, 0);
    g_assert_cmpint (io_uring_register_files (ring, &f->fd, 1), ==, 0);
    g_assert_cmpint (io_uring_register_personality (ring), ==, -EACCES);
    g_assert_cmpint (io_uring_register_eventfd (ring, f->fd), ==, -EACCES);
}

/* Opens F's file once more. */
static struct raw_block *
open_again (struct fixture *f)
{
    struct block *block = NULL;

    g_assert_cmpint (block_raw_open (f->loop, open (f->path, O_RDWR | O_CLOEXEC), 0, &block), ==,
                     0);
    return container_of (block, struct raw_block, block);
}

/* What is to be known of the descriptors that are open now, for a time when nothing can be opened. */
struct infos {
    int fds[64];
    unsigned n;
};

static void
infos_open (struct infos *infos)
{
    infos->n = 0;
    for (int fd = 0; fd < (int) ARRAY_SIZE (infos->fds); fd++) {
        g_autofree char *path = g_strdup_printf ("/proc/self/fdinfo/%d", fd);
        int info = open (path, O_RDONLY | O_CLOEXEC);

        if (info >= 0)
            infos->fds[infos->n++] = info;
    }
}

/* How many of them are eventfds that say something. */
static unsigned
infos_count_raised (const struct infos *infos)
{
    unsigned n_raised = 0;

    for (unsigned i = 0; i < infos->n; i++) {
        char text[512] = "";
        const char *count;

        if (pread (infos->fds[i], text, sizeof text - 1, 0) <= 0)
            continue;
        count = strstr (text, "eventfd-count:");
        n_raised += count && strtoull (count + strlen ("eventfd-count:"), NULL, 16) > 0;
    }
    return n_raised;
}

static void
child_opens_disks_in_sandbox (struct fixture *f, const struct raw_engine_class *engine)
{
    uint8_t buf[512];
    int fds[3] = { 0 };
    struct sandbox_report report;
    struct block *blocks[3] = { NULL };
    struct infos infos;
    unsigned n_raised;

    block_raw_set_aside (1);
    infos_open (&infos);
    n_raised = infos_count_raised (&infos);
    for (unsigned i = 0; i < ARRAY_SIZE (fds); i++)
        fds[i] = open (f->path, O_RDWR | O_CLOEXEC);
    if (sandbox_enter (&report) < 0 || !report.seccomp)
        _exit (78);
    for (unsigned i = 0; i < ARRAY_SIZE (fds); i++) {
        struct raw_block *raw;

        if (i == 2)
            block_close (
                blocks
                    [0]); /* gives its ring to the third, which is not to be told of the first's requests */
        /* The ring that has had a request, and the loop. */
        g_assert_cmpuint (infos_count_raised (&infos), <=, n_raised + (i == 1) + (i > 0));
        g_assert_cmpint (block_raw_open (f->loop, fds[i], 0, &blocks[i]), ==, 0);
        raw = container_of (blocks[i], struct raw_block, block);
        g_assert_true (raw->class == (i == 1 ? &raw_thread_class : &raw_uring_class));
        f->block = blocks[i];
        g_assert_cmpint (fixture_run (f, BLOCK_WRITE, 0, buf, sizeof buf), ==, 0);
    }
    block_close (blocks[1]);
}

static void
test_disks_of_later (struct fixture *f, gconstpointer data)
{
    in_child (f, data, child_opens_disks_in_sandbox);
}

/* What is set aside is not more than was asked for, and goes when it is no longer wanted. */
static void
test_spare_rings_are_counted (struct fixture *f, gconstpointer data)
{
    struct raw_block *raw[3];
    unsigned before = test_count_descriptors (getpid ());

    block_raw_set_aside (2);
    g_assert_cmpuint (test_count_descriptors (getpid ()), ==,
                      before + 4); /* a ring and its event each */
    for (unsigned i = 0; i < ARRAY_SIZE (raw); i++)
        raw[i] = open_again (f);
    for (unsigned i = 0; i < ARRAY_SIZE (raw); i++)
        block_close (&raw[i]->block);
    g_assert_cmpuint (test_count_descriptors (getpid ()), ==, before + 4);
    block_raw_set_aside (0);
    g_assert_cmpuint (test_count_descriptors (getpid ()), ==, before);
}

static int
no_engine (struct raw_block *raw)
{
    return -ENOSYS;
}

static void
test_host_without_rings_gets_a_thread (struct fixture *f, gconstpointer data)
{
    static const struct raw_engine_class none = { .open = no_engine };
    uint8_t buf[512];
    int fd = open (f->path, O_RDWR | O_CLOEXEC);

    g_assert_cmpint (raw_open_with (f->loop, fd, 0, &none, &f->block), ==, 0);
    g_assert_true (container_of (f->block, struct raw_block, block)->class == &raw_thread_class);
    g_assert_cmpint (fixture_run (f, BLOCK_READ, 0, buf, 512), ==, 0);
}

/* --- what there is ------------------------------------------------------------------------- */

static void
add_direct (const char *engine_name, const struct raw_engine_class *engine, const char *promise,
            void (*test) (gconstpointer data))
{
    g_autofree char *path = g_strdup_printf ("/block/raw/%s/direct/%s", engine_name, promise);

    g_test_add_data_func (path, engine, test);
}

static void
add_for_engine (const char *e, const struct raw_engine_class *engine)
{
    add_direct (e, engine, "misaligned", test_direct_misaligned);
    add_direct (e, engine, "writes-to-one-unit-do-not-collide",
                test_direct_writes_to_one_unit_do_not_collide);
    add_direct (e, engine, "write-zeroes", test_direct_write_zeroes);
    add_direct (e, engine, "odd-size-uses-the-page-cache",
                test_direct_odd_size_uses_the_page_cache);
    fixture_add (e, engine, "file-size-limit-is-no-space", fixture_set_up_file,
                 test_file_size_limit);
    fixture_add (e, engine, "full-disk-is-no-space", fixture_set_up_file, test_full_disk);
    if (engine == &raw_uring_class) {
        fixture_add (e, engine, "ring-opens-no-files", fixture_set_up, test_ring_opens_no_files);
        fixture_add (e, engine, "disks-of-later-have-rings-too", fixture_set_up_file,
                     test_disks_of_later);
        fixture_add (e, engine, "spare-rings-are-counted", fixture_set_up_file,
                     test_spare_rings_are_counted);
    }
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    fixture_for_engines (add_for_engine);
    fixture_add ("thread", NULL, "host-without-rings-gets-a-thread", fixture_set_up_file,
                 test_host_without_rings_gets_a_thread);
    return g_test_run ();
}
