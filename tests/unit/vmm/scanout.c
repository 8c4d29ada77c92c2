/* SPDX-License-Identifier: GPL-2.0-or-later */
/* scanout.c - who is told what about the picture, and when. */
#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "display-fixture.h"

#define MAX_WATCHERS 16

static void
expect_hello (struct display_fixture *f, int viewer)
{
    union display_message m = display_receive (f, viewer, NULL);

    g_assert_cmpuint (m.type, ==, DISPLAY_MESSAGE_HELLO);
    g_assert_cmpuint (m.hello.version, ==, DISPLAY_PROTOCOL_VERSION);
}

static void
expect_scanout (struct display_fixture *f, int viewer, unsigned width, unsigned height)
{
    union display_message m;
    int fd;

    m = display_receive (f, viewer, &fd);
    g_assert_cmpuint (m.type, ==, DISPLAY_MESSAGE_SCANOUT);
    g_assert_cmpuint (m.scanout.width, ==, width);
    g_assert_cmpuint (m.scanout.height, ==, height);
    if (width == 0) {
        g_assert_cmpint (fd, ==, -1);
        return;
    }
    g_assert_cmpuint (m.scanout.stride, ==, width * 4);
    g_assert_cmpuint (m.scanout.offset, ==, 64);
    g_assert_cmpuint (m.scanout.format, ==, DISPLAY_FORMAT_XRGB8888);
    g_assert_cmpint (fd, >=, 0);
    close (fd);
}

static void
expect_damage (struct display_fixture *f, int viewer, unsigned x, unsigned y, unsigned width,
               unsigned height)
{
    union display_message m = display_receive (f, viewer, NULL);

    g_assert_cmpuint (m.type, ==, DISPLAY_MESSAGE_DAMAGE);
    g_assert_cmpuint (m.damage.x, ==, x);
    g_assert_cmpuint (m.damage.y, ==, y);
    g_assert_cmpuint (m.damage.width, ==, width);
    g_assert_cmpuint (m.damage.height, ==, height);
}

/* A viewer that knows the whole of the 64×32 picture. */
static int
add_settled_viewer (struct display_fixture *f)
{
    int viewer = display_add_viewer (f);

    expect_hello (f, viewer);
    expect_scanout (f, viewer, 64, 32);
    display_send_ready (viewer);
    expect_damage (f, viewer, 0, 0, 64, 32);
    return viewer;
}

static void
test_newcomer (struct display_fixture *f, gconstpointer data)
{
    struct scanout_surface surface;
    int viewer;

    display_show (f, 64, 32);
    scanout_info (f->scanout, &surface);
    g_assert_cmpuint (surface.width, ==, 64);
    g_assert_cmpint (surface.fd, ==, f->memfd);
    viewer = display_add_viewer (f);
    g_assert_true (f->is_watched);
    g_assert_cmpuint (f->n_refreshes, ==, 1); /* before anything was told */
    expect_hello (f, viewer);
    expect_scanout (f, viewer, 64, 32);
    display_expect_silence (f, viewer);
    display_send_ready (viewer);
    expect_damage (f, viewer, 0, 0, 64, 32);
    close (viewer);
}

static void
test_nothing_shown (struct display_fixture *f, gconstpointer data)
{
    int viewer = display_add_viewer (f);

    expect_hello (f, viewer);
    expect_scanout (f, viewer, 0, 0);
    display_send_ready (viewer);
    display_expect_silence (f, viewer);
    display_show (f, 64, 32);
    expect_scanout (f, viewer, 64, 32);
    expect_damage (f, viewer, 0, 0, 64, 32);
    close (viewer);
}

static void
test_ready_is_once (struct display_fixture *f, gconstpointer data)
{
    int viewer;

    display_show (f, 64, 32);
    viewer = add_settled_viewer (f);
    scanout_damage (&f->source, 1, 2, 3, 4);
    display_expect_silence (f, viewer); /* did not ask */
    display_send_ready (viewer);
    expect_damage (f, viewer, 1, 2, 3, 4);
    display_send_ready (viewer);
    display_send_ready (viewer); /* asking twice is asking once */
    display_settle (f);
    scanout_damage (&f->source, 20, 2, 3, 4);
    expect_damage (f, viewer, 20, 2, 3, 4);
    scanout_damage (&f->source, 5, 5, 1, 1);
    scanout_damage (&f->source, 10, 7, 2, 2);
    display_expect_silence (f, viewer);
    display_send_ready (viewer);
    expect_damage (f, viewer, 5, 5, 7, 4); /* what gathered, as one box */
    close (viewer);
}

static void
test_not_ready (struct display_fixture *f, gconstpointer data)
{
    const struct display_ready not_ready = { DISPLAY_MESSAGE_NOT_READY };
    unsigned before;
    int viewer;

    display_show (f, 64, 32);
    viewer = add_settled_viewer (f);
    display_settle (f);
    before = f->n_refreshes;
    display_send_ready (viewer);
    display_send (viewer, &not_ready, sizeof not_ready);
    for (int i = 0; i < 4; i++)
        loop_iterate (f->loop, 20); /* the tick that was due finds nobody */
    g_assert_cmpuint (f->n_refreshes, ==, before);
    scanout_damage (&f->source, 1, 2, 3, 4);
    display_expect_silence (f, viewer);
    display_send_ready (viewer);
    expect_damage (f, viewer, 1, 2, 3, 4);
    close (viewer);
}

static void
test_damage_is_clipped (struct display_fixture *f, gconstpointer data)
{
    int viewer;

    display_show (f, 64, 32);
    viewer = add_settled_viewer (f);
    display_send_ready (viewer);
    scanout_damage (&f->source, 64, 0, 5, 5); /* outside */
    scanout_damage (&f->source, 0, 0, 0, 5);
    scanout_damage (&f->source, UINT32_MAX, UINT32_MAX, UINT32_MAX, UINT32_MAX);
    display_expect_silence (f, viewer);
    scanout_damage (&f->source, 60, 30, UINT32_MAX, UINT32_MAX);
    expect_damage (f, viewer, 60, 30, 4, 2);
    close (viewer);
}

/* Each watcher has its own box, its own pace. */
static void
test_two_watchers (struct display_fixture *f, gconstpointer data)
{
    int slow, quick;

    display_show (f, 64, 32);
    slow = add_settled_viewer (f);
    quick = add_settled_viewer (f);
    for (unsigned i = 0; i < 10; i++) {
        display_send_ready (quick);
        display_settle (f);
        scanout_damage (&f->source, i, i, 1, 1);
        expect_damage (f, quick, i, i, 1, 1);
    }
    display_expect_silence (f, slow);
    display_send_ready (slow);
    expect_damage (f, slow, 0, 0, 10, 10);
    close (slow);
    close (quick);
}

/* However often the guest flips, a viewer that does not ask is told of one surface. */
static void
test_flipping (struct display_fixture *f, gconstpointer data)
{
    int viewer;

    display_show (f, 64, 32);
    viewer = add_settled_viewer (f);
    display_settle (f);
    for (unsigned i = 1; i < 1000; i++) {
        display_show (f, 8 + i % 32, 8);
        display_settle (f);
    }
    expect_scanout (f, viewer, 8 + 1, 8);
    display_expect_silence (f, viewer);
    display_send_ready (viewer);
    expect_scanout (f, viewer, 8 + 999 % 32, 8);
    expect_damage (f, viewer, 0, 0, 8 + 999 % 32, 8);
    close (viewer);
}

static bool
has_message (int viewer)
{
    char byte;

    return recv (viewer, &byte, 1, MSG_PEEK) >= 0;
}

/* A peer that asks and never reads fills its socket, and blocks nobody. */
static void
test_full_socket (struct display_fixture *f, gconstpointer data)
{
    unsigned asked = 0, told = 0;
    int stuck, viewer;

    display_show (f, 64, 32);
    viewer = add_settled_viewer (f);
    stuck = add_settled_viewer (f);
    for (; asked < 2000; asked++) {
        display_send_ready (stuck);
        scanout_damage (&f->source, asked % 64, 0, 1, 1);
        display_settle (f);
    }
    display_send_ready (viewer);
    expect_damage (f, viewer, 0, 0, 64, 1);

    /* It reads after all, and is told the rest at once. */
    for (; has_message (stuck); told++)
        g_assert_cmpuint (display_receive (f, stuck, NULL).type, ==, DISPLAY_MESSAGE_DAMAGE);
    g_assert_cmpuint (told, <, asked);
    expect_damage (f, stuck, 0, 0, 64, 1);
    display_expect_silence (f, stuck);
    close (stuck);
    close (viewer);
}

static void
test_refresh_needs_ready (struct display_fixture *f, gconstpointer data)
{
    unsigned before;
    int viewer;

    display_show (f, 64, 32);
    viewer = add_settled_viewer (f);
    display_settle (f);
    before = f->n_refreshes;
    loop_iterate (f->loop, 50); /* a few ticks' time: none comes */
    g_assert_cmpuint (f->n_refreshes, ==, before);

    f->damage_at_refresh = true;
    display_send_ready (viewer);
    g_assert_cmpuint (display_receive (f, viewer, NULL).type, ==, DISPLAY_MESSAGE_DAMAGE);
    g_assert_cmpuint (f->n_refreshes, ==, before + 1);
    close (viewer);
}

/* At most 60 refreshes a second, however quickly the viewer asks again. */
static void
test_rhythm (struct display_fixture *f, gconstpointer data)
{
    int64_t start, took;
    unsigned before;
    int viewer;

    display_show (f, 64, 32);
    viewer = add_settled_viewer (f);
    f->damage_at_refresh = true;
    start = loop_now_ns ();
    before = f->n_refreshes;
    for (unsigned i = 0; i < 20; i++) {
        display_send_ready (viewer);
        g_assert_cmpuint (display_receive (f, viewer, NULL).type, ==, DISPLAY_MESSAGE_DAMAGE);
    }
    took = loop_now_ns () - start;
    g_assert_cmpuint (f->n_refreshes - before, ==, 20);
    g_assert_cmpint (took, >=, 19 * 15000000ll);
    close (viewer);
}

static void
test_last_watcher_leaves (struct display_fixture *f, gconstpointer data)
{
    int first, second;

    display_show (f, 64, 32);
    first = add_settled_viewer (f);
    second = add_settled_viewer (f);
    close (first);
    display_settle (f);
    g_assert_true (f->is_watched);
    close (second);
    display_settle (f);
    g_assert_false (f->is_watched);
    second = add_settled_viewer (f);
    g_assert_true (f->is_watched);
    close (second);
}

static void
test_watchers_are_bounded (struct display_fixture *f, gconstpointer data)
{
    int viewers[MAX_WATCHERS], pair[2];

    for (unsigned i = 0; i < MAX_WATCHERS; i++)
        viewers[i] = display_add_viewer (f);
    g_assert_cmpint (socketpair (AF_UNIX, SOCK_SEQPACKET, 0, pair), ==, 0);
    g_assert_cmpint (scanout_add_channel (f->scanout, pair[1]), ==, -EBUSY);
    g_assert_cmpint (fcntl (pair[1], F_GETFD), !=, -1); /* still the caller's */
    close (viewers[0]);
    display_settle (f);
    g_assert_cmpint (scanout_add_channel (f->scanout, pair[1]), ==, 0);
    close (pair[0]);
    for (unsigned i = 1; i < MAX_WATCHERS; i++)
        close (viewers[i]);
}

static void
test_only_seqpacket (struct display_fixture *f, gconstpointer data)
{
    int pair[2];

    g_assert_cmpint (socketpair (AF_UNIX, SOCK_STREAM, 0, pair), ==, 0);
    g_assert_cmpint (scanout_add_channel (f->scanout, pair[1]), <, 0);
    close (pair[0]);
    close (pair[1]);
}

/* Another thread shows and damages while viewers come and go. */
static gpointer
draw_thread (gpointer data)
{
    struct display_fixture *f = data;

    for (unsigned i = 0; i < 2000; i++) {
        display_show (f, 16 + i % 16, 16);
        scanout_damage (&f->source, i % 16, 0, 4, 4);
    }
    return NULL;
}

static void
test_threads (struct display_fixture *f, gconstpointer data)
{
    GThread *thread;

    display_show (f, 64, 32);
    thread = g_thread_new ("draw", draw_thread, f);
    for (unsigned i = 0; i < 200; i++) {
        int viewer = display_add_viewer (f);

        display_send_ready (viewer);
        display_settle (f);
        close (viewer);
    }
    g_thread_join (thread);
    display_settle (f);
    g_assert_false (f->is_watched);
}

#define ADD(name, test)                                                                            \
    g_test_add (name, struct display_fixture, GINT_TO_POINTER (true), display_fixture_setup, test, \
                display_fixture_teardown)

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    ADD ("/scanout/a-newcomer-is-told-everything", test_newcomer);
    ADD ("/scanout/nothing-shown-has-no-memory", test_nothing_shown);
    ADD ("/scanout/a-ready-is-for-one-damage", test_ready_is_once);
    ADD ("/scanout/a-ready-can-be-taken-back", test_not_ready);
    ADD ("/scanout/damage-stays-inside-the-picture", test_damage_is_clipped);
    ADD ("/scanout/each-watcher-has-its-own-pace", test_two_watchers);
    ADD ("/scanout/flipping-fills-no-socket", test_flipping);
    ADD ("/scanout/a-peer-that-does-not-read-blocks-nobody", test_full_socket);
    ADD ("/scanout/refreshes-only-for-who-is-ready", test_refresh_needs_ready);
    ADD ("/scanout/refreshes-60-times-a-second-at-most", test_rhythm);
    ADD ("/scanout/the-last-watcher-ends-the-watch", test_last_watcher_leaves);
    ADD ("/scanout/watchers-are-bounded", test_watchers_are_bounded);
    ADD ("/scanout/a-channel-is-a-seqpacket-socket", test_only_seqpacket);
    ADD ("/scanout/other-threads-may-draw", test_threads);
    return g_test_run ();
}
