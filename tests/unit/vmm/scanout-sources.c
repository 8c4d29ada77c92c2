/* SPDX-License-Identifier: GPL-2.0-or-later */
/* scanout-sources.c - two sources for one display, their cursors, and what viewers wish for. */
#include <sys/socket.h>
#include <unistd.h>

#include "bits.h"
#include "display-fixture.h"

/* A second source, which comes after the fixture's and has the guest follow. */
struct second {
    struct scanout_source source;
    bool is_watched;
    unsigned n_refreshes;
    unsigned width, height; /* the last wish */
    unsigned n_wishes;
};

static void
watch (void *opaque, bool on)
{
    struct second *s = opaque;

    g_assert_true (s->is_watched != on);
    s->is_watched = on;
}

static void
refresh (void *opaque)
{
    struct second *s = opaque;

    g_assert_true (s->is_watched);
    s->n_refreshes++;
}

static void
resize (void *opaque, uint32_t width, uint32_t height)
{
    struct second *s = opaque;

    s->width = width;
    s->height = height;
    s->n_wishes++;
}

static const struct scanout_ops ops = { .watch = watch, .refresh = refresh, .resize = resize };

static void
add_second (struct display_fixture *f, struct second *s, bool on)
{
    *s = (struct second){ .source = { .ops = &ops, .opaque = s, .rank = 1 } };
    scanout_add_source (f->scanout, &s->source, on);
}

static void
show_second (struct display_fixture *f, struct second *s, unsigned width)
{
    struct scanout_surface surface = { f->memfd, 0, width, 8, width * 4 };

    scanout_set_surface (&s->source, &surface);
}

static struct display_scanout
expect_scanout (struct display_fixture *f, int viewer, unsigned width)
{
    union display_message m = display_receive (f, viewer, NULL);

    g_assert_cmpuint (m.type, ==, DISPLAY_MESSAGE_SCANOUT);
    g_assert_cmpuint (m.scanout.width, ==, width);
    return m.scanout;
}

static void
expect_damage (struct display_fixture *f, int viewer, unsigned width)
{
    union display_message m = display_receive (f, viewer, NULL);

    g_assert_cmpuint (m.type, ==, DISPLAY_MESSAGE_DAMAGE);
    g_assert_cmpuint (m.damage.width, ==, width);
}

/* A viewer that knows the picture of WIDTH. */
static int
add_settled_viewer (struct display_fixture *f, unsigned width)
{
    int viewer = display_add_viewer (f);

    g_assert_cmpuint (display_receive (f, viewer, NULL).type, ==, DISPLAY_MESSAGE_HELLO);
    expect_scanout (f, viewer, width);
    display_send_ready (viewer);
    expect_damage (f, viewer, width);
    return viewer;
}

static void
test_on_and_off (struct display_fixture *f, gconstpointer data)
{
    struct second s;
    int viewer;

    display_show (f, 64, 32);
    add_second (f, &s, false);
    show_second (f, &s, 16);
    viewer = add_settled_viewer (f, 64);
    g_assert_true (f->is_watched);
    g_assert_false (s.is_watched);

    scanout_switch_source (&s.source, true);
    g_assert_false (f->is_watched);
    g_assert_true (s.is_watched);
    g_assert_cmpuint (s.n_refreshes, ==, 1); /* before anybody is told */
    display_send_ready (viewer);
    g_assert_cmphex (expect_scanout (f, viewer, 16).flags, ==, DISPLAY_SCANOUT_RESIZES);
    expect_damage (f, viewer, 16);

    /* What the one behind says is not seen, but not forgotten. */
    display_show (f, 32, 32);
    scanout_damage (&f->source, 0, 0, 5, 5);
    display_send_ready (viewer);
    display_expect_silence (f, viewer);
    scanout_switch_source (&s.source, false);
    g_assert_cmphex (expect_scanout (f, viewer, 32).flags, ==, 0);
    expect_damage (f, viewer, 32);
    close (viewer);
    display_settle (f);
    scanout_remove_source (&s.source);
}

/* The order they came in does not matter, their rank does. */
static void
test_rank (struct display_fixture *f, gconstpointer data)
{
    struct second s;

    display_show (f, 64, 32);
    add_second (f, &s, true);
    show_second (f, &s, 16);
    scanout_remove_source (&f->source);
    scanout_add_source (f->scanout, &f->source, true);
    display_show (f, 64, 32);
    close (add_settled_viewer (f, 16));
    display_settle (f);
    scanout_remove_source (&s.source);
}

/* Of the source that is shown when it goes, nothing is left. */
static void
test_removal (struct display_fixture *f, gconstpointer data)
{
    struct second s;
    int viewer;

    add_second (f, &s, true);
    show_second (f, &s, 16);
    viewer = add_settled_viewer (f, 16);
    scanout_remove_source (&s.source);
    g_assert_false (s.is_watched);
    scanout_remove_source (&s.source); /* harmless */
    scanout_switch_source (&f->source, false);
    display_send_ready (viewer);
    expect_scanout (f, viewer, 0);
    display_expect_silence (f, viewer);
    close (viewer);
}

static void
fill_cursor (struct scanout_cursor *c, unsigned side)
{
    *c = (struct scanout_cursor){ .width = side, .height = side, .hot_x = 1, .hot_y = 2 };
    for (unsigned i = 0; i < ARRAY_SIZE (c->pixels); i++)
        c->pixels[i] = 0xff000000 + i;
}

static void
test_cursor (struct display_fixture *f, gconstpointer data)
{
    static struct scanout_cursor cursor;
    union display_message m;
    int viewer, late;

    display_show (f, 64, 32);
    viewer = add_settled_viewer (f, 64);
    fill_cursor (&cursor, 8);
    scanout_set_cursor (&f->source, &cursor);
    scanout_move_cursor (&f->source, -3, 400);
    display_expect_silence (f, viewer); /* did not ask */
    display_send_ready (viewer);
    m = display_receive (f, viewer, NULL);
    g_assert_cmpuint (m.type, ==, DISPLAY_MESSAGE_CURSOR);
    g_assert_cmpuint (m.cursor.width, ==, 8);
    g_assert_cmpuint (m.cursor.hot_y, ==, 2);
    g_assert_cmphex (m.cursor.pixels[63], ==, 0xff00003f);
    m = display_receive (f, viewer, NULL);
    g_assert_cmpuint (m.type, ==, DISPLAY_MESSAGE_CURSOR_AT);
    g_assert_cmpint (m.cursor_at.x, ==, -3);
    g_assert_cmpint (m.cursor_at.y, ==, 400);
    expect_damage (f, viewer, 0); /* the answer to the READY, of nothing */
    display_send_ready (viewer);
    display_expect_silence (f, viewer);

    /* A newcomer is told it too. */
    late = display_add_viewer (f);
    display_receive (f, late, NULL);
    expect_scanout (f, late, 64);
    display_send_ready (late);
    g_assert_cmpuint (display_receive (f, late, NULL).type, ==, DISPLAY_MESSAGE_CURSOR);
    g_assert_cmpuint (display_receive (f, late, NULL).type, ==, DISPLAY_MESSAGE_CURSOR_AT);
    expect_damage (f, late, 64);
    close (late);
    close (viewer);
}

/* A cursor goes with the source whose it is. */
static void
test_cursor_of_a_source (struct display_fixture *f, gconstpointer data)
{
    static struct scanout_cursor cursor;
    union display_message m;
    struct second s;
    int viewer;

    display_show (f, 64, 32);
    add_second (f, &s, true);
    show_second (f, &s, 16);
    fill_cursor (&cursor, 8);
    scanout_set_cursor (&s.source, &cursor);
    viewer = display_add_viewer (f);
    display_receive (f, viewer, NULL);
    expect_scanout (f, viewer, 16);
    display_send_ready (viewer);
    g_assert_cmpuint (display_receive (f, viewer, NULL).type, ==, DISPLAY_MESSAGE_CURSOR);
    g_assert_cmpuint (display_receive (f, viewer, NULL).type, ==, DISPLAY_MESSAGE_CURSOR_AT);
    expect_damage (f, viewer, 16);
    scanout_switch_source (&s.source, false);
    display_send_ready (viewer);
    expect_scanout (f, viewer, 64);
    m = display_receive (f, viewer, NULL);
    g_assert_cmpuint (m.type, ==, DISPLAY_MESSAGE_CURSOR);
    g_assert_cmpuint (m.cursor.width, ==, 0);
    expect_damage (f, viewer, 64);
    close (viewer);
    display_settle (f);
    scanout_remove_source (&s.source);
}

/* However often the cursor moves, a READY brings one place. */
static void
test_moves_fill_no_socket (struct display_fixture *f, gconstpointer data)
{
    static struct scanout_cursor cursor;
    union display_message m;
    int viewer;

    display_show (f, 64, 32);
    viewer = add_settled_viewer (f, 64);
    fill_cursor (&cursor, 8);
    for (int i = 0; i < 1000; i++) {
        scanout_set_cursor (&f->source, &cursor);
        scanout_move_cursor (&f->source, i, 0);
        display_settle (f);
    }
    display_expect_silence (f, viewer);
    display_send_ready (viewer);
    g_assert_cmpuint (display_receive (f, viewer, NULL).type, ==, DISPLAY_MESSAGE_CURSOR);
    m = display_receive (f, viewer, NULL);
    g_assert_cmpuint (m.type, ==, DISPLAY_MESSAGE_CURSOR_AT);
    g_assert_cmpint (m.cursor_at.x, ==, 999);
    expect_damage (f, viewer, 0);
    display_expect_silence (f, viewer);
    close (viewer);
}

static void
wish (struct display_fixture *f, int viewer, uint32_t width, uint32_t height)
{
    struct display_resize m = { DISPLAY_MESSAGE_RESIZE, width, height };

    display_send (viewer, &m, sizeof m);
    display_settle (f);
}

/* Also by a source that is not shown, or comes later. */
static void
test_wishes (struct display_fixture *f, gconstpointer data)
{
    struct second s, later;
    int viewer;

    display_show (f, 64, 32);
    add_second (f, &s, false);
    g_assert_cmpuint (s.n_wishes, ==, 0);
    viewer = add_settled_viewer (f, 64);
    wish (f, viewer, 800, 600);
    g_assert_cmpuint (s.width, ==, 800);
    g_assert_cmpuint (s.height, ==, 600);
    wish (f, viewer, 800, 600);
    g_assert_cmpuint (s.n_wishes, ==, 1);
    add_second (f, &later, false);
    g_assert_cmpuint (later.width, ==, 800);
    scanout_remove_source (&later.source);
    close (viewer);
    display_settle (f);
    scanout_remove_source (&s.source);
}

static void
test_bad_wishes (struct display_fixture *f, gconstpointer data)
{
    static const uint32_t sizes[][2] = { { 0, 5 }, { 5, 0 }, { 16385, 5 }, { 5, UINT32_MAX } };
    struct second s;

    add_second (f, &s, true);
    for (unsigned i = 0; i < ARRAY_SIZE (sizes); i++) {
        int viewer = display_add_viewer (f);

        wish (f, viewer, sizes[i][0], sizes[i][1]);
        display_expect_hangup (f, viewer);
    }
    g_assert_cmpuint (s.n_wishes, ==, 0);
    scanout_remove_source (&s.source);
}

#define ADD(name, test)                                                                            \
    g_test_add ("/scanout/" name, struct display_fixture, NULL, display_fixture_setup, test,       \
                display_fixture_teardown)

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    ADD ("a-source-that-is-on-is-shown", test_on_and_off);
    ADD ("rank-decides", test_rank);
    ADD ("a-source-that-goes-leaves-nothing", test_removal);
    ADD ("the-cursor-is-told-beside-the-picture", test_cursor);
    ADD ("a-cursor-goes-with-its-source", test_cursor_of_a_source);
    ADD ("moves-fill-no-socket", test_moves_fill_no_socket);
    ADD ("wishes-reach-every-source", test_wishes);
    ADD ("bad-wishes-end-the-channel", test_bad_wishes);
    return g_test_run ();
}
