/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test-viewer.c - a viewer of a test machine's display. */
#define _GNU_SOURCE
#include "test-viewer.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bits.h"
#include "fd.h"
#include "message.h"
#include "scanout.h"

/* Whatever the guest did, what is told lies inside memory that stays. */
static void
take_scanout (struct test_viewer *v, const struct display_scanout *s, int fd)
{
    struct stat st;

    if (v->map)
        munmap (v->map, v->map_bytes);
    v->map = NULL;
    v->n_scanouts++;
    v->width = s->width;
    v->height = s->height;
    v->stride = s->stride;
    v->resizes = s->flags & DISPLAY_SCANOUT_RESIZES;
    if (s->width == 0)
        return;
    g_assert_cmpint (fstat (fd, &st), ==, 0);
    g_assert_cmpint (fcntl (fd, F_GET_SEALS) & F_SEAL_SHRINK, !=, 0);
    g_assert_cmpuint (s->width, <=, DISPLAY_MAX_SIDE);
    g_assert_cmpuint (s->height, <=, DISPLAY_MAX_SIDE);
    g_assert_cmpuint (s->stride, >=, s->width * 4);
    g_assert_cmpuint (s->offset + (s->height - 1ull) * s->stride + s->width * 4ull, <=,
                      (uint64_t) st.st_size);
    v->map_bytes = (size_t) st.st_size;
    v->map = mmap (NULL, v->map_bytes, PROT_READ, MAP_SHARED, fd, 0);
    g_assert_true (v->map != MAP_FAILED);
    v->pixels = v->map + s->offset;
}

static void
take (struct test_viewer *v, const union display_message *m, int fd)
{
    switch (m->type) {
    case DISPLAY_MESSAGE_SCANOUT:
        take_scanout (v, &m->scanout, fd);
        break;
    case DISPLAY_MESSAGE_DAMAGE:
        g_assert_true (v->is_ready);
        g_assert_true (range_fits (m->damage.x, m->damage.width, v->width));
        g_assert_true (range_fits (m->damage.y, m->damage.height, v->height));
        v->is_ready = false;
        v->damage = m->damage;
        v->n_damages++;
        break;
    case DISPLAY_MESSAGE_CURSOR:
        g_assert_cmpuint (m->cursor.width, <=, DISPLAY_CURSOR_SIDE);
        g_assert_cmpuint (m->cursor.height, <=, DISPLAY_CURSOR_SIDE);
        v->cursor = m->cursor;
        v->n_cursors++;
        break;
    case DISPLAY_MESSAGE_CURSOR_AT:
        v->cursor_x = m->cursor_at.x;
        v->cursor_y = m->cursor_at.y;
        break;
    }
}

static void
take_all (struct test_viewer *v)
{
    static union display_message m;
    int fds[MESSAGE_MAX_FDS];
    unsigned n_fds;

    while (message_receive (v->channel, &m, sizeof m, fds, &n_fds) > 0) {
        take (v, &m, n_fds ? fds[0] : -1);
        fd_close_all (fds, n_fds);
    }
}

static void
ask (struct test_viewer *v)
{
    const struct display_ready ready = { DISPLAY_MESSAGE_READY };

    if (v->is_ready)
        return;
    g_assert_cmpint (message_send (v->channel, &ready, sizeof ready, NULL, 0), ==, 0);
    v->is_ready = true;
}

static bool
is_answered (void *opaque)
{
    struct test_viewer *v = opaque;

    take_all (v);
    return !v->is_ready;
}

void
test_viewer_look (struct test_viewer *v)
{
    ask (v);
    test_machine_wait (v->m, is_answered, v);
}

void
test_viewer_poll (struct test_viewer *v)
{
    ask (v);
    test_machine_settle (v->m);
    take_all (v);
}

void
test_viewer_resize (struct test_viewer *v, unsigned width, unsigned height)
{
    struct display_resize resize = { DISPLAY_MESSAGE_RESIZE, width, height };

    g_assert_cmpint (message_send (v->channel, &resize, sizeof resize, NULL, 0), ==, 0);
    test_machine_settle (v->m);
}

uint32_t
test_viewer_pixel (const struct test_viewer *v, unsigned x, unsigned y)
{
    g_assert_cmpuint (x, <, v->width);
    g_assert_cmpuint (y, <, v->height);
    return load_le32 (v->pixels + (size_t) y * v->stride + 4ul * x) & 0xffffff;
}

void
test_viewer_open (struct test_viewer *v, struct test_machine *m)
{
    int pair[2];

    *v = (struct test_viewer){ .m = m };
    g_assert_cmpint (socketpair (AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair),
                     ==, 0);
    v->channel = pair[0];
    g_assert_cmpint (scanout_add_channel (m->env.scanout, pair[1]), ==, 0);
    test_viewer_poll (v);
}

void
test_viewer_close (struct test_viewer *v)
{
    if (v->map)
        munmap (v->map, v->map_bytes);
    v->map = NULL;
    fd_close (&v->channel);
    test_machine_settle (v->m);
}
