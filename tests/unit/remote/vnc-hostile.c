/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vnc-hostile.c - vitrine-vnc among viewers and machines that mean harm, or are slow, or many. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/input-event-codes.h>
#include <poll.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "fd.h"
#include "message.h"
#include "test-descriptors.h"
#include "vnc-fixture.h"

static const int32_t plain[] = { 0 };

/* The server still serves: a viewer types and the VMM hears it. */
static void
assert_alive (struct remote_fixture *f)
{
    int viewer = vnc_add_settled_viewer (f, plain, 1);

    rfb_key (viewer, true, 'q');
    remote_expect_key (f, KEY_Q, true);
    rfb_key (viewer, false, 'q');
    remote_expect_key (f, KEY_Q, false);
    close (viewer);
}

static void
test_many_viewers (struct remote_fixture *f, gconstpointer data)
{
    int viewers[REMOTE_MAX_CLIENTS];
    unsigned before;
    int one_more;

    close (vnc_add_settled_viewer (f, plain, 1));
    remote_expect_clients (f, 1);
    remote_expect_clients (f, 0);
    before = test_count_descriptors (f->pid);
    for (unsigned round = 0; round < 3; round++) {
        for (unsigned i = 0; i < REMOTE_MAX_CLIENTS; i++)
            viewers[i] = vnc_add_settled_viewer (f, plain, 1);
        remote_expect_clients (f, REMOTE_MAX_CLIENTS);
        one_more = remote_add_viewer (f);
        rfb_expect_hangup (one_more);
        close (one_more);
        fd_close_all (viewers, REMOTE_MAX_CLIENTS);
        remote_expect_clients (f, 0);
    }
    g_assert_cmpuint (test_count_descriptors (f->pid), ==, before);
    assert_alive (f);
}

/* A viewer that asks for pictures and reads none, and another one that works on. */
static void
test_slow_viewer (struct remote_fixture *f, gconstpointer data)
{
    int slow, quick;
    struct rfb_rectangle r;

    remote_show (f, 1280, 1024, 1280 * 4, 0);
    slow = vnc_add_settled_viewer (f, plain, 1);
    for (int i = 0; i < 5; i++)
        rfb_request (slow, false, 0, 0, 640, 400);
    for (int i = 0; i < 5; i++)
        rfb_request (slow, false, 0, 0, 1280, 1024);
    quick = vnc_add_settled_viewer (f, plain, 1);
    rfb_key (quick, true, 'x');
    remote_expect_key (f, KEY_X, true);
    rfb_request (quick, false, 0, 0, 16, 16);
    r = rfb_read_update (quick);
    g_assert_cmpuint (r.width, ==, 16);
    g_free (r.pixels);

    /* The slow one's keys get through, although its pictures do not. */
    rfb_key (slow, true, 'y');
    remote_expect_key (f, KEY_Y, true);
    r = rfb_read_update (slow);
    g_free (r.pixels);
    close (slow);
    close (quick);
}

/* Half a message keeps nobody waiting, and is understood once the rest is there. */
static void
test_half_message (struct remote_fixture *f, gconstpointer data)
{
    const uint8_t key[8] = { 4, 1, 0, 0, 0, 0, 0, 'h' };
    int viewer = vnc_add_settled_viewer (f, plain, 1);

    rfb_write (viewer, key, 3);
    assert_alive (f);
    rfb_write (viewer, key + 3, 5);
    remote_expect_key (f, KEY_H, true);
    close (viewer);
}

/* Nor does half a handshake. */
static void
test_half_handshake (struct remote_fixture *f, gconstpointer data)
{
    int silent = remote_add_viewer (f), half = remote_add_viewer (f);
    char version[12];

    rfb_read (half, version, sizeof version);
    rfb_write (half, "RFB 0", 5);
    assert_alive (f);
    close (silent);
    close (half);
    assert_alive (f);
}

static void
test_refused_messages (struct remote_fixture *f, gconstpointer data)
{
    static const uint8_t types[] = { 1, 7, 8, 9, 10, 11, 15, 200, 252 };

    for (unsigned i = 0; i < sizeof types; i++) {
        uint8_t m[32] = { types[i] };
        int viewer = vnc_add_settled_viewer (f, plain, 1);

        rfb_write (viewer, m, sizeof m);
        rfb_expect_hangup (viewer);
        close (viewer);
    }
    assert_alive (f);
}

static void
test_clipboard (struct remote_fixture *f, gconstpointer data)
{
    const size_t len = 700000;
    g_autofree uint8_t *m = g_malloc0 (8 + len);
    int viewer = vnc_add_settled_viewer (f, plain, 1);

    m[0] = 6;
    m[5] = (uint8_t) (len >> 16);
    m[6] = (uint8_t) (len >> 8);
    m[7] = (uint8_t) len;
    memset (m + 8, 4, len); /* looks like key events */
    rfb_write (viewer, m, 8 + len);
    rfb_key (viewer, true, 'k');
    remote_expect_key (f, KEY_K, true);
    close (viewer);
}

/* Random bytes after the handshake, and in its place. */
static void
test_garbage (struct remote_fixture *f, gconstpointer data)
{
    g_autoptr (GRand) random = g_rand_new_with_seed (20240229);
    int viewer;

    for (unsigned round = 0; round < 200; round++) {
        viewer = round % 2 ? vnc_add_settled_viewer (f, plain, 1) : remote_add_viewer (f);
        uint8_t junk[256];

        for (unsigned i = 0; i < sizeof junk; i++)
            junk[i] = (uint8_t) g_rand_int (random);
        junk[0] = (uint8_t) g_rand_int_range (random, 0, 8); /* get past the first byte */
        /* The server may hang up in between. */
        g_assert_cmpint (send (viewer, junk, sizeof junk, MSG_NOSIGNAL), !=, 0);
        close (viewer);
        /* Whatever that typed is taken, so that the channel does not fill. */
        for (;;) {
            struct pollfd p = { .fd = f->display, .events = POLLIN };

            if (poll (&p, 1, 0) != 1)
                break;
            remote_next_message (f);
        }
    }
    /* What the last ones typed may still be under way. */
    viewer = vnc_add_settled_viewer (f, plain, 1);
    rfb_key (viewer, true, 'q');
    while (remote_next_input (f).key.code != KEY_Q)
        ;
    close (viewer);
}

/* --- the machine's side -------------------------------------------------------------- */

static void
assert_refused (struct remote_fixture *f)
{
    remote_expect_display_lost (f);
    remote_add_display (f, true);
}

static void
test_bad_scanouts (struct remote_fixture *f, gconstpointer data)
{
    const size_t end = FIXTURE_MEMORY;

    remote_show (f, 100, 100, 396, 0); /* lines shorter than they are wide */
    assert_refused (f);
    remote_show (f, 100, 100, 402, 0); /* pixels not aligned */
    assert_refused (f);
    remote_show (f, 100, 100, 400, 2);
    assert_refused (f);
    remote_show (f, 100, 0, 400, 0);
    assert_refused (f);
    remote_show (f, 20000, 1, 80000, 0); /* larger than any */
    assert_refused (f);
    remote_show (f, 100, 100, UINT32_MAX - 3, 0);
    assert_refused (f);
    remote_show (f, 100, 100, 400, end - 39996); /* one pixel past the end */
    assert_refused (f);
    remote_show (f, 100, 100, 400, UINT64_MAX - 399);
    assert_refused (f);
    remote_show_memory (f, 100, 100, 400, 0, -1); /* no memory */
    assert_refused (f);
    remote_show (f, 100, 100, 400, end - 40000); /* just fits */
    assert_alive (f);
}

/* Memory that could shrink under the server's eyes is not looked at. */
static void
test_unsealed_memory (struct remote_fixture *f, gconstpointer data)
{
    int memfd = memfd_create ("unsealed", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    int pipes[2];

    g_assert_cmpint (ftruncate (memfd, 40000), ==, 0);
    remote_show_memory (f, 100, 100, 400, 0, memfd);
    assert_refused (f);
    close (memfd);
    g_assert_cmpint (pipe (pipes), ==, 0);
    remote_show_memory (f, 100, 100, 400, 0, pipes[0]);
    assert_refused (f);
    close (pipes[0]);
    close (pipes[1]);
    assert_alive (f);
}

static void
send_raw (struct remote_fixture *f, const void *m, size_t len)
{
    g_assert_cmpint (message_send (f->display, m, len, NULL, 0), ==, 0);
}

static void
test_bad_messages (struct remote_fixture *f, gconstpointer data)
{
    const struct display_hello hello = { DISPLAY_MESSAGE_HELLO, DISPLAY_PROTOCOL_VERSION, 1 };
    const struct display_pointer_kind kind = { DISPLAY_MESSAGE_POINTER_KIND, 1 };
    const uint32_t unknown[4] = { 77 };
    uint8_t big[4096] = { DISPLAY_MESSAGE_DAMAGE };

    remote_show (f, 100, 100, 400, 0);
    remote_damage (f, 50, 50, 51, 1); /* outside */
    assert_refused (f);
    remote_damage (f, UINT32_MAX, 0, 2, 1);
    assert_refused (f);
    send_raw (f, &hello, sizeof hello); /* twice */
    assert_refused (f);
    send_raw (f, unknown, sizeof unknown);
    assert_refused (f);
    send_raw (f, &kind, sizeof kind - 4);
    assert_refused (f);
    send_raw (f, unknown, 1);
    assert_refused (f);
    send_raw (f, &hello, sizeof hello - 4);
    assert_refused (f);
    send_raw (f, big, sizeof big);
    assert_refused (f);
    assert_alive (f);
}

/* The keeper is trusted, but a message that makes no sense is not guessed at. */
static void
test_bad_control (struct remote_fixture *f, gconstpointer data)
{
    struct remote_client m = { .header = { REMOTE_CLIENT, REMOTE_PROTOCOL_VERSION + 1, sizeof m } };

    remote_send_control (f, &m, sizeof m, f->memfd);
    g_assert_cmpint (remote_wait_exit (f), !=, 0);
}

/* Whoever takes the server over finds the doors shut. */
static void
test_confinement (struct remote_fixture *f, gconstpointer data)
{
    g_autofree char *path = g_strdup_printf ("/proc/%d/status", (int) f->pid);
    g_autofree char *status = NULL;

    close (vnc_add_settled_viewer (f, plain, 1)); /* it serves, so it has locked itself in */
    g_assert_true (g_file_get_contents (path, &status, NULL, NULL));
    g_assert_nonnull (strstr (status, "NoNewPrivs:\t1\n"));
    if (!strstr (status, "Seccomp:"))
        g_test_skip ("this kernel has no seccomp");
    else
        g_assert_nonnull (strstr (status, "Seccomp:\t2\n"));
}

#define ADD(name, test)                                                                            \
    g_test_add (name, struct remote_fixture, GINT_TO_POINTER (true), remote_fixture_setup, test,   \
                remote_fixture_teardown)

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    if (!g_getenv ("VITRINE_REMOTE")) {
        g_test_message ("VITRINE_REMOTE does not say where the program is");
        return 77;
    }
    ADD ("/vnc/hostile/the-server-is-locked-in", test_confinement);
    ADD ("/vnc/hostile/many-viewers-come-and-go", test_many_viewers);
    ADD ("/vnc/hostile/a-slow-viewer-slows-no-other", test_slow_viewer);
    ADD ("/vnc/hostile/half-a-message-keeps-nobody-waiting", test_half_message);
    ADD ("/vnc/hostile/half-a-handshake-keeps-nobody-waiting", test_half_handshake);
    ADD ("/vnc/hostile/messages-of-other-worlds-are-refused", test_refused_messages);
    ADD ("/vnc/hostile/clipboard-text-is-thrown-away", test_clipboard);
    ADD ("/vnc/hostile/garbage-is-survived", test_garbage);
    ADD ("/vnc/hostile/scanouts-outside-of-memory-are-refused", test_bad_scanouts);
    ADD ("/vnc/hostile/memory-that-may-shrink-is-refused", test_unsealed_memory);
    ADD ("/vnc/hostile/bad-display-messages-end-the-channel", test_bad_messages);
    ADD ("/vnc/hostile/bad-control-messages-end-the-server", test_bad_control);
    return g_test_run ();
}
