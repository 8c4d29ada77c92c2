/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vnc-cursor.c - vitrine-vnc: the guest's cursor in viewers, viewers' wishes for a size. */
#include <string.h>
#include <unistd.h>

#include "bits.h"
#include "message.h"
#include "vnc-fixture.h"

#define RAW          0
#define POINTER_POS  (-232)
#define RICH_CURSOR  (-239)
#define EXT_SIZE     (-308)
#define ALPHA_CURSOR (-314)

/* What came of each encoding, the last of its kind. */
struct seen {
    unsigned n_raw, n_rich, n_alpha, n_pos, n_size;
    struct rfb_rectangle rich, alpha, pos, size; /* without pixels */
    uint8_t pixels[64 * 64 * 4], mask[8 * 64];
};

static void
read_cursor (int fd, struct seen *s, const struct rfb_rectangle *r)
{
    uint8_t encoding[4];

    g_assert_cmpuint (r->width, <=, 64);
    g_assert_cmpuint (r->height, <=, 64);
    if (r->encoding == ALPHA_CURSOR) {
        rfb_read (fd, encoding, 4);
        g_assert_cmpint (load_be32 (encoding), ==, RAW);
    }
    rfb_read (fd, s->pixels, r->width * r->height * 4);
    if (r->encoding == RICH_CURSOR)
        rfb_read (fd, s->mask, (r->width + 7) / 8 * r->height);
}

static void
read_rectangle (int fd, struct seen *s)
{
    uint8_t head[12], body[64];
    struct rfb_rectangle r;

    rfb_read (fd, head, sizeof head);
    r = (struct rfb_rectangle){
        load_be16 (head),     load_be16 (head + 2),           load_be16 (head + 4),
        load_be16 (head + 6), (int32_t) load_be32 (head + 8), NULL
    };
    switch (r.encoding) {
    case RAW: {
        g_autofree uint8_t *raw = g_malloc (r.width * r.height * 4ul);

        rfb_read (fd, raw, r.width * r.height * 4ul);
        s->n_raw++;
        break;
    }
    case RICH_CURSOR:
        read_cursor (fd, s, &r);
        s->rich = r;
        s->n_rich++;
        break;
    case ALPHA_CURSOR:
        read_cursor (fd, s, &r);
        s->alpha = r;
        s->n_alpha++;
        break;
    case POINTER_POS:
        s->pos = r;
        s->n_pos++;
        break;
    case EXT_SIZE:
        rfb_read (fd, body, 4 + 16);
        g_assert_cmpuint (body[0], ==, 1);
        s->size = r;
        s->n_size++;
        break;
    default:
        g_assert_not_reached ();
    }
}

/* Reads one update, however many rectangles it has. */
static void
read_update (int fd, struct seen *s)
{
    uint8_t head[4];

    rfb_read (fd, head, sizeof head);
    g_assert_cmpuint (head[0], ==, 0);
    for (unsigned n = load_be16 (head + 2); n > 0; n--)
        read_rectangle (fd, s);
}

/* A viewer of a 64×48 picture that has seen it once. */
static int
add_viewer (struct remote_fixture *f, uint32_t flags, const int32_t *encodings, unsigned n,
            struct seen *s)
{
    struct display_scanout m = {
        .type = DISPLAY_MESSAGE_SCANOUT,
        .width = 64,
        .height = 48,
        .stride = 256,
        .format = DISPLAY_FORMAT_XRGB8888,
        .flags = flags,
    };
    unsigned width = 0, height;
    char name[128];
    int viewer;

    g_assert_cmpint (message_send (f->display, &m, sizeof m, &f->memfd, 1), ==, 0);
    for (;;) {
        viewer = remote_add_viewer (f);
        rfb_handshake (viewer, &width, &height, name);
        if (width == 64)
            break;
        close (viewer);
    }
    rfb_set_encodings (viewer, encodings, n);
    rfb_request (viewer, false, 0, 0, 64, 48);
    memset (s, 0, sizeof *s);
    while (s->n_raw == 0)
        read_update (viewer, s);
    return viewer;
}

/* A white square with a transparent edge on the left, half covering in the middle row. */
static void
send_cursor (struct remote_fixture *f, unsigned side)
{
    static struct display_cursor m;

    memset (&m, 0, sizeof m);
    m = (struct display_cursor){ .type = DISPLAY_MESSAGE_CURSOR, .width = side, .height = side };
    m.hot_x = side ? 2 : 0;
    m.hot_y = side ? 3 : 0;
    for (unsigned i = 0; i < side * side; i++)
        m.pixels[i] = i % side == 0 ? 0 : i / side == 1 ? 0x40204020 : 0xff112233;
    g_assert_cmpint (message_send (f->display, &m, sizeof m, NULL, 0), ==, 0);
}

static void
send_place (struct remote_fixture *f, int x, int y)
{
    struct display_cursor_at m = { DISPLAY_MESSAGE_CURSOR_AT, x, y };

    g_assert_cmpint (message_send (f->display, &m, sizeof m, NULL, 0), ==, 0);
    remote_damage (f, 0, 0, 0, 0); /* as the VMM does */
}

static void
test_rich_cursor (struct remote_fixture *f, gconstpointer data)
{
    const int32_t encodings[] = { RAW, RICH_CURSOR };
    struct seen s;
    int viewer = add_viewer (f, 0, encodings, 2, &s);

    rfb_request (viewer, true, 0, 0, 64, 48);
    send_cursor (f, 9);
    remote_damage (f, 0, 0, 0, 0);
    while (s.rich.width == 0)
        read_update (viewer, &s);
    g_assert_cmpuint (s.n_raw, ==, 1); /* only the cursor is new */
    g_assert_cmpuint (s.rich.width, ==, 9);
    g_assert_cmpuint (s.rich.x, ==, 2);
    g_assert_cmpuint (s.rich.y, ==, 3);
    g_assert_cmphex (s.mask[0], ==, 0x7f); /* nine pixels, the first is not there */
    g_assert_cmphex (s.mask[1], ==, 0x80);
    g_assert_cmphex (s.mask[2], ==, 0); /* covers a quarter */
    g_assert_cmphex (load_le32 (s.pixels + 4) & 0xffffff, ==, 0x112233);

    rfb_request (viewer, true, 0, 0, 64, 48);
    send_cursor (f, 0);
    remote_damage (f, 0, 0, 0, 0);
    while (s.rich.width != 0)
        read_update (viewer, &s);
    close (viewer);
}

static void
test_alpha_cursor (struct remote_fixture *f, gconstpointer data)
{
    const int32_t encodings[] = { RAW, RICH_CURSOR, ALPHA_CURSOR };
    struct seen s, late;
    int viewer = add_viewer (f, 0, encodings, 3, &s), other;

    rfb_request (viewer, true, 0, 0, 64, 48);
    send_cursor (f, 5);
    remote_damage (f, 0, 0, 0, 0);
    while (s.n_alpha == 0)
        read_update (viewer, &s);
    g_assert_cmpuint (s.alpha.width, ==, 5);
    g_assert_cmpuint (s.alpha.y, ==, 3);
    g_assert_cmphex (load_be32 (s.pixels), ==, 0);
    g_assert_cmphex (load_be32 (s.pixels + 4), ==, 0x112233ff);
    g_assert_cmphex (load_be32 (s.pixels + 4 * 6), ==, 0x20402040);
    g_assert_cmpuint (s.n_rich, ==, 0); /* the better one is enough */

    other = add_viewer (f, 0, encodings, 3, &late);
    while (late.n_alpha == 0)
        read_update (other, &late);
    g_assert_cmpuint (late.alpha.width, ==, 5);
    close (other);
    close (viewer);
}

static void
test_place (struct remote_fixture *f, gconstpointer data)
{
    const int32_t encodings[] = { RAW, RICH_CURSOR, POINTER_POS };
    struct seen s;
    int viewer = add_viewer (f, 0, encodings, 3, &s);

    send_cursor (f, 9);
    send_place (f, 17, 1000);
    rfb_request (viewer, true, 0, 0, 64, 48);
    while (s.pos.x != 17) {
        read_update (viewer, &s);
        rfb_request (viewer, true, 0, 0, 64, 48);
    }
    g_assert_cmpuint (s.pos.y, ==, 47); /* inside the picture */
    close (viewer);
}

/* Nothing is drawn into the picture, which could not be written to. */
static void
test_no_cursor (struct remote_fixture *f, gconstpointer data)
{
    const int32_t encodings[] = { RAW };
    struct seen s;
    int viewer = add_viewer (f, 0, encodings, 1, &s);

    send_cursor (f, 9);
    send_place (f, 10, 10);
    rfb_request (viewer, false, 0, 0, 64, 48);
    read_update (viewer, &s);
    g_assert_cmpuint (s.n_raw, ==, 2);
    close (viewer);
}

static void
test_bad_cursors (struct remote_fixture *f, gconstpointer data)
{
    static const uint32_t bad[][4] = {
        { 65, 1, 0, 0 }, { 1, 65, 0, 0 }, { 0, 5, 0, 0 }, { 8, 8, 8, 0 }, { 8, 8, 0, UINT32_MAX },
    };
    static struct display_cursor m;

    for (unsigned i = 0; i < G_N_ELEMENTS (bad); i++) {
        m = (struct display_cursor){ DISPLAY_MESSAGE_CURSOR, bad[i][0], bad[i][1], bad[i][2],
                                     bad[i][3] };
        g_assert_cmpint (message_send (f->display, &m, sizeof m, NULL, 0), ==, 0);
        remote_expect_display_lost (f);
        close (f->display);
        remote_add_display (f, true);
    }
}

static void
ask_size (int viewer, unsigned width, unsigned height)
{
    uint8_t m[24] = { 251 };

    store_be16 (m + 2, (uint16_t) width);
    store_be16 (m + 4, (uint16_t) height);
    m[6] = 1;
    store_be16 (m + 16, (uint16_t) width);
    store_be16 (m + 18, (uint16_t) height);
    rfb_write (viewer, m, sizeof m);
}

/* The wish is handed on and answered at once; that the guest followed is told when it did. */
static void
test_size (struct remote_fixture *f, gconstpointer data)
{
    const int32_t encodings[] = { RAW, EXT_SIZE };
    struct seen s;
    int viewer = add_viewer (f, DISPLAY_SCANOUT_RESIZES, encodings, 2, &s);
    union display_message m;
    unsigned n = s.n_size;

    ask_size (viewer, 100, 90);
    m = remote_next_input (f);
    g_assert_cmpuint (m.type, ==, DISPLAY_MESSAGE_RESIZE);
    g_assert_cmpuint (m.request.resize.width, ==, 100);
    g_assert_cmpuint (m.request.resize.height, ==, 90);
    rfb_request (viewer, true, 0, 0, 64, 48);
    while (s.n_size == n)
        read_update (viewer, &s);
    g_assert_cmpuint (s.size.x, ==, 1); /* an answer to this viewer */
    g_assert_cmpuint (s.size.y, ==, 4); /* handed on */
    g_assert_cmpuint (s.size.width, ==, 64);

    remote_show (f, 100, 90, 400, 0);
    rfb_request (viewer, true, 0, 0, 64, 48);
    while (s.size.width != 100)
        read_update (viewer, &s);
    g_assert_cmpuint (s.size.height, ==, 90);
    close (viewer);
}

static void
test_size_refused (struct remote_fixture *f, gconstpointer data)
{
    const int32_t encodings[] = { RAW, EXT_SIZE };
    struct seen s;
    int viewer = add_viewer (f, 0, encodings, 2, &s);
    unsigned n = s.n_size;

    ask_size (viewer, 100, 90);
    rfb_request (viewer, true, 0, 0, 64, 48);
    while (s.n_size == n)
        read_update (viewer, &s);
    g_assert_cmpuint (s.size.x, ==, 1);
    g_assert_cmpuint (s.size.y, ==, 1); /* prohibited */
    close (viewer);
}

#define ADD(name, test)                                                                            \
    g_test_add ("/vnc/" name, struct remote_fixture, GINT_TO_POINTER (true), remote_fixture_setup, \
                test, remote_fixture_teardown)

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    ADD ("cursor/with-a-mask", test_rich_cursor);
    ADD ("cursor/with-alpha", test_alpha_cursor);
    ADD ("cursor/its-place", test_place);
    ADD ("cursor/viewers-that-know-none-see-none", test_no_cursor);
    ADD ("cursor/bad-ones-end-the-channel", test_bad_cursors);
    ADD ("size/wishes-are-handed-on", test_size);
    ADD ("size/what-cannot-be-is-refused", test_size_refused);
    return g_test_run ();
}
