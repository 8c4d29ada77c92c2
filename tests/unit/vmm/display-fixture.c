/* SPDX-License-Identifier: GPL-2.0-or-later */
/* display-fixture.c - a scanout with a device that only counts, input that only notes, and viewers.
 */
#define _GNU_SOURCE
#include "display-fixture.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "fd.h"
#include "message.h"

#define DEADLINE_NS 10000000000ll

static void
note (struct display_fixture *f, char what, int x, int y)
{
    g_assert_cmpuint (f->n_notes, <, NOTES);
    f->notes[f->n_notes].what = what;
    f->notes[f->n_notes].x = x;
    f->notes[f->n_notes].y = y;
    f->n_notes++;
}

static void
note_key (void *opaque, unsigned code, bool down)
{
    note (opaque, 'k', (int) code, down);
}

static void
note_button (void *opaque, unsigned code, bool down)
{
    note (opaque, 'b', (int) code, down);
}

static void
note_relative (void *opaque, int dx, int dy)
{
    note (opaque, 'r', dx, dy);
}

static void
note_absolute (void *opaque, unsigned x, unsigned y)
{
    note (opaque, 'a', (int) x, (int) y);
}

static void
note_wheel (void *opaque, int dx, int dy)
{
    note (opaque, 'w', dx, dy);
}

static bool
is_active (void *opaque)
{
    return ((struct display_fixture *) opaque)->tablet_is_active;
}

static const struct input_ops tablet_ops = {
    .is_active = is_active,
    .move_relative = note_relative,
    .move_absolute = note_absolute,
    .button = note_button,
    .wheel = note_wheel,
};
static const struct input_ops ps2_ops = {
    .key = note_key,
    .move_relative = note_relative,
    .button = note_button,
    .wheel = note_wheel,
};

static void
watch (void *opaque, bool on)
{
    struct display_fixture *f = opaque;

    g_assert_true (f->is_watched != on);
    f->is_watched = on;
}

static void
refresh (void *opaque)
{
    struct display_fixture *f = opaque;

    g_assert_true (f->is_watched);
    f->n_refreshes++;
    if (f->damage_at_refresh)
        scanout_damage (&f->source, f->n_refreshes % 8, 0, 1, 1);
}

static const struct scanout_ops scanout_ops = { .watch = watch, .refresh = refresh };

static void
add_handler (struct display_fixture *f, struct input_handler *handler, const struct input_ops *ops,
             enum input_rank rank)
{
    *handler = (struct input_handler){ .ops = ops, .opaque = f, .rank = rank };
    list_init (&handler->node);
    input_add (f->input, handler);
}

void
display_fixture_setup (struct display_fixture *f, gconstpointer absolute)
{
    f->loop = loop_create ();
    f->input = input_create (f->loop);
    f->tablet_is_active = GPOINTER_TO_INT (absolute);
    add_handler (f, &f->ps2, &ps2_ops, INPUT_RANK_PS2);
    add_handler (f, &f->tablet, &tablet_ops, INPUT_RANK_USB);
    f->scanout = scanout_create (f->loop, f->input);
    f->source = (struct scanout_source){ .ops = &scanout_ops, .opaque = f };
    scanout_add_source (f->scanout, &f->source, true);
    f->memfd = fd_memfd_create ("test", 1 << 20);
    g_assert_cmpint (f->memfd, >=, 0);
}

void
display_fixture_teardown (struct display_fixture *f, gconstpointer data)
{
    scanout_remove_source (&f->source);
    scanout_destroy (f->scanout);
    g_assert_false (f->is_watched);
    input_remove (f->input, &f->tablet);
    input_remove (f->input, &f->ps2);
    input_destroy (f->input);
    loop_destroy (f->loop);
    close (f->memfd);
}

void
display_set_tablet (struct display_fixture *f, bool active)
{
    f->tablet_is_active = active;
    input_changed (f->input);
}

void
display_show (struct display_fixture *f, unsigned width, unsigned height)
{
    struct scanout_surface surface = {
        .fd = f->memfd,
        .offset_bytes = 64,
        .width = width,
        .height = height,
        .stride_bytes = width * 4,
    };

    scanout_set_surface (&f->source, &surface);
}

int
display_add_viewer (struct display_fixture *f)
{
    int pair[2];

    g_assert_cmpint (socketpair (AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair),
                     ==, 0);
    g_assert_cmpint (scanout_add_channel (f->scanout, pair[1]), ==, 0);
    return pair[0];
}

void
display_send (int viewer, const void *message, size_t len)
{
    g_assert_cmpint (message_send (viewer, message, len, NULL, 0), ==, 0);
}

void
display_send_ready (int viewer)
{
    const struct display_ready ready = { DISPLAY_MESSAGE_READY };

    display_send (viewer, &ready, sizeof ready);
}

union display_message
display_receive (struct display_fixture *f, int viewer, int *fd)
{
    int64_t deadline = loop_now_ns () + DEADLINE_NS;
    union display_message m = { 0 };
    int fds[MESSAGE_MAX_FDS];
    unsigned n_fds;
    int len;

    while ((len = message_receive (viewer, &m, sizeof m, fds, &n_fds)) == -EAGAIN) {
        g_assert_cmpint (loop_now_ns (), <, deadline);
        loop_iterate (f->loop, 100);
    }
    g_assert_cmpint (len, >=, (int) sizeof m.type);
    g_assert_cmpuint (n_fds, <=, 1);
    if (fd)
        *fd = n_fds ? fds[0] : -1;
    else if (n_fds)
        close (fds[0]);
    return m;
}

void
display_settle (struct display_fixture *f)
{
    for (int i = 0; i < 16; i++)
        loop_iterate (f->loop, 0);
}

void
display_expect_silence (struct display_fixture *f, int viewer)
{
    char byte;

    display_settle (f);
    g_assert_cmpint (recv (viewer, &byte, 1, MSG_PEEK), ==, -1);
    g_assert_cmpint (errno, ==, EAGAIN);
}

void
display_wait_notes (struct display_fixture *f, unsigned n)
{
    int64_t deadline = loop_now_ns () + DEADLINE_NS;

    while (f->n_notes < n) {
        g_assert_cmpint (loop_now_ns (), <, deadline);
        loop_iterate (f->loop, 100);
    }
}

void
display_expect_hangup (struct display_fixture *f, int viewer)
{
    int64_t deadline = loop_now_ns () + DEADLINE_NS;
    char junk[256];

    while (recv (viewer, junk, sizeof junk, 0) != 0) {
        g_assert_cmpint (loop_now_ns (), <, deadline);
        loop_iterate (f->loop, 10);
    }
    close (viewer);
}
