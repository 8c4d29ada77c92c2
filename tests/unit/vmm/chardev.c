/* SPDX-License-Identifier: GPL-2.0-or-later */
/* chardev.c - what a device may rely on of the byte stream behind it. */
#define _GNU_SOURCE
#include "chardev.h"

#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "loop.h"

#define RING_BYTES 65536

struct fixture {
    struct loop *loop;
    struct chardev *chardev;
    int peer;
    unsigned n_readable, n_writable;
};

static void
readable_cb (void *opaque)
{
    ((struct fixture *)opaque)->n_readable++;
}

static void
writable_cb (void *opaque)
{
    ((struct fixture *)opaque)->n_writable++;
}

static const struct chardev_ops ops = { .readable = readable_cb, .writable = writable_cb };

static void
settle (struct fixture *f)
{
    for (int i = 0; i < 16; i++)
        loop_iterate (f->loop, 0);
}

static void
setup (struct fixture *f, gconstpointer data)
{
    int socks[2];

    signal (SIGPIPE, SIG_IGN);
    g_assert_cmpint (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, socks), ==, 0);
    f->loop = loop_create ();
    f->peer = socks[1];
    f->chardev = chardev_open (f->loop, socks[0]);
    g_assert_nonnull (f->chardev);
    chardev_set_ops (f->chardev, &ops, f);
    settle (f);
    f->n_readable = 0;
}

static void
teardown (struct fixture *f, gconstpointer data)
{
    chardev_close (f->chardev);
    loop_destroy (f->loop);
    if (f->peer >= 0)
        close (f->peer);
}

static uint8_t
pattern (size_t i)
{
    return (uint8_t)(i * 31 + i / 251);
}

/* Writes the pattern from byte AT on until nothing is taken any more; returns where it ended. */
static size_t
write_until_full (struct fixture *f, size_t at)
{
    uint8_t buf[1000];

    for (;;) {
        size_t taken;

        for (size_t i = 0; i < sizeof buf; i++)
            buf[i] = pattern (at + i);
        taken = chardev_write (f->chardev, buf, sizeof buf);
        if (taken == 0) {
            settle (f);
            taken = chardev_write (f->chardev, buf, sizeof buf);
        }
        if (taken == 0) {
            f->n_writable = 0;
            return at;
        }
        at += taken;
        g_assert_cmpuint (at, <, 64u << 20);
    }
}

/* Reads what is there, which must be the pattern from AT on; returns where it ended. */
static size_t
read_pattern (struct fixture *f, size_t at)
{
    uint8_t buf[4096];
    gssize n;

    while ((n = recv (f->peer, buf, sizeof buf, MSG_DONTWAIT)) > 0) {
        for (gssize i = 0; i < n; i++)
            g_assert_cmphex (buf[i], ==, pattern (at++));
        settle (f);
    }
    return at;
}

static void
test_null_swallows (void)
{
    g_assert_cmpuint (chardev_write (NULL, "abc", 3), ==, 3);
    g_assert_cmpuint (chardev_read (NULL, &(char){ 0 }, 1), ==, 0);
    chardev_close (NULL);
}

static void
test_bad_descriptor_is_refused (void)
{
    struct loop *loop = loop_create ();
    char path[] = "/tmp/chardev-XXXXXX";
    int fd = mkstemp (path);

    unlink (path);
    g_assert_null (chardev_open (loop, -1));
    g_assert_cmpint (errno, ==, EBADF);
    g_assert_null (chardev_open (loop, fd)); /* a file cannot be waited for */
    g_assert_cmpint (errno, ==, EPERM);
    g_assert_cmpint (fcntl (fd, F_GETFD), ==, -1); /* taken over all the same */
    loop_destroy (loop);
}

static void
test_output_leaves_from_the_loop (struct fixture *f, gconstpointer data)
{
    char buf[16] = "";

    g_assert_cmpuint (chardev_write (f->chardev, "he", 2), ==, 2);
    g_assert_cmpuint (chardev_write (f->chardev, "llo", 3), ==, 3);
    g_assert_cmpint (recv (f->peer, buf, sizeof buf, MSG_DONTWAIT), ==, -1);
    settle (f);
    g_assert_cmpint (recv (f->peer, buf, sizeof buf, MSG_DONTWAIT), ==, 5);
    g_assert_cmpstr (buf, ==, "hello");
    g_assert_cmpuint (f->n_writable, ==, 0);
}

static void
test_ring_is_bounded (struct fixture *f, gconstpointer data)
{
    static uint8_t buf[RING_BYTES + 1000];

    g_assert_cmpuint (chardev_write (f->chardev, buf, sizeof buf), ==, RING_BYTES);
    g_assert_cmpuint (chardev_write (f->chardev, buf, 1), ==, 0);
    settle (f);
    g_assert_cmpuint (f->n_writable, ==, 1); /* told once, though asked twice */
    g_assert_cmpuint (chardev_write (f->chardev, buf, 1), ==, 1);
}

static void
test_full_backend_loses_nothing (struct fixture *f, gconstpointer data)
{
    size_t written = 0, got = 0;

    for (unsigned round = 1; round <= 3; round++) {
        written = write_until_full (f, written);
        g_assert_cmpuint (written - got, >, RING_BYTES);
        got = read_pattern (f, got);
        g_assert_cmpuint (f->n_writable, ==, 1);
        g_assert_cmpuint (got, ==, written);
    }
}

static void
test_full_backend_keeps_the_loop_asleep (struct fixture *f, gconstpointer data)
{
    gint64 start;

    write_until_full (f, 0);
    start = g_get_monotonic_time ();
    loop_iterate (f->loop, 50);
    g_assert_cmpint (g_get_monotonic_time () - start, >=, 40000);
    g_assert_cmpuint (f->n_writable, ==, 0);
}

static void
test_unread_input_wakes_once (struct fixture *f, gconstpointer data)
{
    char buf[8];

    g_assert_cmpint (send (f->peer, "abcdef", 6, 0), ==, 6);
    settle (f);
    g_assert_cmpuint (f->n_readable, ==, 1); /* not again and again, though nobody took it */
    g_assert_cmpuint (chardev_read (f->chardev, buf, 4), ==, 4);
    g_assert_cmpmem (buf, 4, "abcd", 4);
    g_assert_cmpuint (chardev_read (f->chardev, buf, 4), ==, 2);
    g_assert_cmpmem (buf, 2, "ef", 2);
    g_assert_cmpuint (chardev_read (f->chardev, buf, 4), ==, 0);
    g_assert_cmpint (send (f->peer, "g", 1, 0), ==, 1);
    settle (f);
    g_assert_cmpuint (f->n_readable, ==, 2);
}

static void
test_input_before_the_device_is_told (void)
{
    struct fixture f = { .loop = loop_create () };
    int socks[2];

    g_assert_cmpint (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, socks), ==, 0);
    f.peer = socks[1];
    f.chardev = chardev_open (f.loop, socks[0]);
    g_assert_cmpint (send (f.peer, "early", 5, 0), ==, 5);
    settle (&f); /* nobody listens yet */
    chardev_set_ops (f.chardev, &ops, &f);
    settle (&f);
    g_assert_cmpuint (f.n_readable, >=, 1);
    teardown (&f, NULL);
}

static void
test_hang_up_swallows_output (struct fixture *f, gconstpointer data)
{
    char buf[8];

    g_assert_cmpint (send (f->peer, "bye", 3, 0), ==, 3);
    close (f->peer);
    f->peer = -1;
    settle (f);
    for (unsigned i = 0; i < 100000; i++)
        g_assert_cmpuint (chardev_write (f->chardev, "swallowed", 9), ==, 9);
    g_assert_cmpuint (chardev_read (f->chardev, buf, sizeof buf), ==, 3); /* still to be had */
    g_assert_cmpuint (chardev_read (f->chardev, buf, sizeof buf), ==, 0);
}

static void
test_hang_up_frees_who_waits (struct fixture *f, gconstpointer data)
{
    write_until_full (f, 0);
    close (f->peer);
    f->peer = -1;
    settle (f);
    g_assert_cmpuint (f->n_writable, ==, 1);
    g_assert_cmpuint (chardev_write (f->chardev, "x", 1), ==, 1);
}

static void
test_half_closed_peer_still_hears (struct fixture *f, gconstpointer data)
{
    char buf[8] = "";

    shutdown (f->peer, SHUT_WR);
    settle (f);
    g_assert_cmpuint (chardev_read (f->chardev, buf, sizeof buf), ==, 0);
    g_assert_cmpuint (chardev_write (f->chardev, "ok", 2), ==, 2);
    settle (f);
    g_assert_cmpint (recv (f->peer, buf, sizeof buf, MSG_DONTWAIT), ==, 2);
}

static void
test_close_flushes_what_fits (struct fixture *f, gconstpointer data)
{
    char buf[8] = "";

    g_assert_cmpuint (chardev_write (f->chardev, "end", 3), ==, 3);
    chardev_close (f->chardev);
    f->chardev = NULL;
    g_assert_cmpint (recv (f->peer, buf, sizeof buf, MSG_DONTWAIT), ==, 3);
    g_assert_cmpint (recv (f->peer, buf, sizeof buf, MSG_DONTWAIT), ==, 0);
}

static void
test_pipe_is_for_output (void)
{
    struct fixture f = { .loop = loop_create () };
    char buf[8] = "";
    int fds[2];

    signal (SIGPIPE, SIG_IGN);
    g_assert_cmpint (pipe2 (fds, O_CLOEXEC), ==, 0);
    f.peer = fds[0];
    f.chardev = chardev_open (f.loop, fds[1]);
    g_assert_nonnull (f.chardev);
    chardev_set_ops (f.chardev, &ops, &f);
    g_assert_cmpuint (chardev_write (f.chardev, "text", 4), ==, 4);
    settle (&f);
    g_assert_cmpint (read (f.peer, buf, sizeof buf), ==, 4);
    g_assert_cmpuint (chardev_read (f.chardev, buf, sizeof buf), ==, 0);
    close (f.peer);
    f.peer = -1;
    settle (&f);
    for (unsigned i = 0; i < 100000; i++)
        g_assert_cmpuint (chardev_write (f.chardev, "x", 1), ==, 1);
    settle (&f);
    g_assert_cmpuint (f.n_readable, ==, 0);
    teardown (&f, NULL);
}

static void
test_full_pipe_whose_reader_goes_frees_who_waits (void)
{
    struct fixture f = { .loop = loop_create () };
    int fds[2];

    signal (SIGPIPE, SIG_IGN);
    g_assert_cmpint (pipe2 (fds, O_CLOEXEC), ==, 0);
    f.peer = -1;
    f.chardev = chardev_open (f.loop, fds[1]);
    chardev_set_ops (f.chardev, &ops, &f);
    write_until_full (&f, 0);
    close (fds[0]);
    settle (&f);
    g_assert_cmpuint (f.n_writable, ==, 1);
    teardown (&f, NULL);
}

#define THREAD_BYTES (4u << 20)

static gpointer
writer_thread (gpointer data)
{
    struct fixture *f = data;

    for (size_t at = 0; at < THREAD_BYTES;) {
        uint8_t byte = pattern (at);

        at += chardev_write (f->chardev, &byte, 1);
    }
    return NULL;
}

static void
test_writes_from_a_vcpu_thread (struct fixture *f, gconstpointer data)
{
    GThread *thread = g_thread_new ("vcpu", writer_thread, f);
    gint64 deadline = g_get_monotonic_time () + 60 * G_USEC_PER_SEC;
    size_t got = 0;

    while (got < THREAD_BYTES) {
        g_assert_cmpint (g_get_monotonic_time (), <, deadline);
        loop_iterate (f->loop, 10);
        got = read_pattern (f, got);
    }
    g_thread_join (thread);
    g_assert_cmpuint (got, ==, THREAD_BYTES);
}

#define ADD(name, func) g_test_add ("/chardev/" name, struct fixture, NULL, setup, func, teardown)

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    g_test_add_func ("/chardev/null-swallows", test_null_swallows);
    g_test_add_func ("/chardev/bad-descriptor-is-refused", test_bad_descriptor_is_refused);
    ADD ("output-leaves-from-the-loop", test_output_leaves_from_the_loop);
    ADD ("ring-is-bounded", test_ring_is_bounded);
    ADD ("full-backend-loses-nothing", test_full_backend_loses_nothing);
    ADD ("full-backend-keeps-the-loop-asleep", test_full_backend_keeps_the_loop_asleep);
    ADD ("unread-input-wakes-once", test_unread_input_wakes_once);
    g_test_add_func ("/chardev/input-before-the-device-is-told",
                     test_input_before_the_device_is_told);
    ADD ("hang-up-swallows-output", test_hang_up_swallows_output);
    ADD ("hang-up-frees-who-waits", test_hang_up_frees_who_waits);
    ADD ("half-closed-peer-still-hears", test_half_closed_peer_still_hears);
    ADD ("close-flushes-what-fits", test_close_flushes_what_fits);
    g_test_add_func ("/chardev/pipe-is-for-output", test_pipe_is_for_output);
    g_test_add_func ("/chardev/full-pipe-whose-reader-goes-frees-who-waits",
                     test_full_pipe_whose_reader_goes_frees_who_waits);
    ADD ("writes-from-a-vcpu-thread", test_writes_from_a_vcpu_thread);
    return g_test_run ();
}
