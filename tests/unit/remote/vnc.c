/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vnc.c - vitrine-vnc as a process: pictures out, input in. */
#include <fcntl.h>
#include <linux/input-event-codes.h>
#include <sys/socket.h>
#include <unistd.h>

#include "fd.h"
#include "vnc-fixture.h"

#define ENCODING_RAW          0
#define ENCODING_DESKTOP_SIZE (-223)
#define ENCODING_POINTER_KIND (-257)
#define ENCODING_EXTENDED_KEY (-258)

static const int32_t plain[] = { ENCODING_RAW };

/* The viewer's first picture, waited for: the server has the VMM's. */
static void
show (struct remote_fixture *f, unsigned width, unsigned height)
{
    int viewer, probe;

    /* A viewer that is told the new size shows that the scanout has arrived. */
    remote_show (f, width, height, width * 4, 0);
    for (;;) {
        unsigned w, h;
        char name[128];

        viewer = remote_add_viewer (f);
        rfb_handshake (viewer, &w, &h, name);
        probe = w == width && h == height;
        close (viewer);
        if (probe)
            return;
    }
}

static void
test_handshake (struct remote_fixture *f, gconstpointer data)
{
    unsigned width, height;
    char name[128];
    int viewer;

    show (f, 320, 200);
    viewer = remote_add_viewer (f);
    rfb_handshake (viewer, &width, &height, name);
    g_assert_cmpuint (width, ==, 320);
    g_assert_cmpuint (height, ==, 200);
    g_assert_cmpstr (name, ==, "Debian");
    close (viewer);
}

static void
assert_pixels (const struct rfb_rectangle *r, const uint8_t *memory, unsigned stride)
{
    for (unsigned y = 0; y < r->height; y++)
        g_assert_cmpmem (r->pixels + (size_t) y * r->width, r->width * 4ul,
                         memory + (size_t) (r->y + y) * stride + r->x * 4ul, r->width * 4ul);
}

static void
test_pixels (struct remote_fixture *f, gconstpointer data)
{
    unsigned width, height;
    char name[128];
    struct rfb_rectangle r;
    int viewer;

    show (f, 320, 200);
    viewer = remote_add_viewer (f);
    rfb_handshake (viewer, &width, &height, name);
    rfb_request (viewer, false, 0, 0, 320, 200);
    r = rfb_read_update (viewer);
    g_assert_cmpuint (r.width, ==, 320);
    g_assert_cmpuint (r.height, ==, 200);
    assert_pixels (&r, f->memory, 320 * 4);
    g_free (r.pixels);
    close (viewer);
}

/* Offset inside a page, lines further apart than they are long. */
static void
test_stride_and_offset (struct remote_fixture *f, gconstpointer data)
{
    const int32_t encodings[] = { ENCODING_RAW, ENCODING_DESKTOP_SIZE };
    struct rfb_rectangle r;
    int viewer;

    show (f, 320, 200);
    viewer = vnc_add_settled_viewer (f, encodings, 2);
    remote_show (f, 100, 50, 1000, 5000);
    rfb_request (viewer, true, 0, 0, 320, 200);
    r = rfb_read_update (viewer);
    g_assert_cmpint (r.encoding, ==, ENCODING_DESKTOP_SIZE);
    g_assert_cmpuint (r.width, ==, 100);
    g_assert_cmpuint (r.height, ==, 50);
    r = rfb_read_update (viewer); /* the request still stands */
    assert_pixels (&r, f->memory + 5000, 1000);
    g_free (r.pixels);
    close (viewer);
}

static void
test_damage (struct remote_fixture *f, gconstpointer data)
{
    struct rfb_rectangle r;
    int viewer;

    show (f, 320, 200);
    viewer = vnc_add_settled_viewer (f, plain, 1);
    rfb_request (viewer, true, 0, 0, 320, 200);
    g_assert_cmpuint (remote_next_message (f).type, ==, DISPLAY_MESSAGE_READY);
    memset (f->memory + 20 * 320 * 4, 0x55, 320 * 4 * 3);
    remote_damage (f, 40, 20, 8, 3);
    r = rfb_read_update (viewer);
    g_assert_cmpuint (r.x, ==, 40);
    g_assert_cmpuint (r.y, ==, 20);
    g_assert_cmpuint (r.width, ==, 8);
    g_assert_cmpuint (r.height, ==, 3);
    assert_pixels (&r, f->memory, 320 * 4);
    g_free (r.pixels);

    /* No request, no READY: the next thing to come is what follows from a new request. */
    rfb_key (viewer, true, 'a');
    remote_expect_key (f, KEY_A, true);
    rfb_request (viewer, true, 0, 0, 320, 200);
    g_assert_cmpuint (remote_next_message (f).type, ==, DISPLAY_MESSAGE_READY);
    close (viewer);
}

static void
test_not_ready (struct remote_fixture *f, gconstpointer data)
{
    int viewer;

    show (f, 320, 200);
    viewer = vnc_add_settled_viewer (f, plain, 1);
    rfb_request (viewer, true, 0, 0, 320, 200);
    g_assert_cmpuint (remote_next_message (f).type, ==, DISPLAY_MESSAGE_READY);
    close (viewer);
    g_assert_cmpuint (remote_next_message (f).type, ==, DISPLAY_MESSAGE_NOT_READY);
}

static void
test_extended_keys (struct remote_fixture *f, gconstpointer data)
{
    const int32_t encodings[] = { ENCODING_EXTENDED_KEY, ENCODING_RAW };
    int viewer = remote_add_viewer (f);
    unsigned width, height;
    char name[128];

    rfb_handshake (viewer, &width, &height, name);
    rfb_set_encodings (viewer, encodings, 2);
    g_assert_cmpint (rfb_read_update (viewer).encoding, ==, ENCODING_EXTENDED_KEY);
    /* The number counts, not the keysym: this viewer's layout has a z there. */
    rfb_extended_key (viewer, true, 'z', 0x15);
    remote_expect_key (f, KEY_Y, true);
    rfb_extended_key (viewer, false, 'z', 0x15);
    remote_expect_key (f, KEY_Y, false);
    rfb_extended_key (viewer, true, 0xffff, 0xd3);
    remote_expect_key (f, KEY_DELETE, true);
    /* A release of what is not pressed is no event. */
    rfb_extended_key (viewer, false, 0, 0x10);
    rfb_extended_key (viewer, false, 0xffff, 0xd3);
    remote_expect_key (f, KEY_DELETE, false);
    close (viewer);
}

static void
test_keysyms (struct remote_fixture *f, gconstpointer data)
{
    int viewer = vnc_add_settled_viewer (f, plain, 1);

    rfb_key (viewer, true, 0xff0d);
    remote_expect_key (f, KEY_ENTER, true);
    rfb_key (viewer, false, 0xff0d);
    remote_expect_key (f, KEY_ENTER, false);

    /* '!' of a keyboard that has it without Shift. */
    rfb_key (viewer, true, '!');
    remote_expect_key (f, KEY_LEFTSHIFT, true);
    remote_expect_key (f, KEY_1, true);
    remote_expect_key (f, KEY_LEFTSHIFT, false);
    rfb_key (viewer, false, '!');
    remote_expect_key (f, KEY_1, false);

    /* '/' of one that has it with. */
    rfb_key (viewer, true, 0xffe2);
    remote_expect_key (f, KEY_RIGHTSHIFT, true);
    rfb_key (viewer, true, '/');
    remote_expect_key (f, KEY_RIGHTSHIFT, false);
    remote_expect_key (f, KEY_SLASH, true);
    remote_expect_key (f, KEY_RIGHTSHIFT, true);
    rfb_key (viewer, false, '/');
    remote_expect_key (f, KEY_SLASH, false);
    rfb_key (viewer, false, 0xffe2);
    remote_expect_key (f, KEY_RIGHTSHIFT, false);
    close (viewer);
}

static void
expect_pointer (struct remote_fixture *f, uint32_t type, int x, int y)
{
    union display_message m = remote_next_input (f);

    g_assert_cmpuint (m.type, ==, type);
    g_assert_cmpint (m.pointer.x, ==, x);
    g_assert_cmpint (m.pointer.y, ==, y);
}

static void
expect_button (struct remote_fixture *f, unsigned code, bool down)
{
    union display_message m = remote_next_input (f);

    g_assert_cmpuint (m.type, ==, DISPLAY_MESSAGE_BUTTON);
    g_assert_cmpuint (m.key.code, ==, code);
    g_assert_cmpuint (m.key.down, ==, down);
}

static void
test_pointer (struct remote_fixture *f, gconstpointer data)
{
    int viewer = vnc_add_settled_viewer (f, plain, 1);

    rfb_pointer (viewer, 0, 12, 34);
    expect_pointer (f, DISPLAY_MESSAGE_POINTER_ABSOLUTE, 12, 34);
    rfb_pointer (viewer, 1 | 4, 12, 34);
    expect_pointer (f, DISPLAY_MESSAGE_POINTER_ABSOLUTE, 12, 34);
    expect_button (f, BTN_LEFT, true);
    expect_button (f, BTN_RIGHT, true);
    rfb_pointer (viewer, 4, 12, 35);
    expect_pointer (f, DISPLAY_MESSAGE_POINTER_ABSOLUTE, 12, 35);
    expect_button (f, BTN_LEFT, false);
    rfb_pointer (viewer, 4 | 8, 12, 35);
    expect_pointer (f, DISPLAY_MESSAGE_POINTER_ABSOLUTE, 12, 35);
    expect_pointer (f, DISPLAY_MESSAGE_WHEEL, 0, -1);
    rfb_pointer (viewer, 4 | 16, 12, 35);
    expect_pointer (f, DISPLAY_MESSAGE_POINTER_ABSOLUTE, 12, 35);
    expect_pointer (f, DISPLAY_MESSAGE_WHEEL, 0, 1);
    close (viewer);
    expect_button (f, BTN_RIGHT, false);
}

static void
test_relative_pointer (struct remote_fixture *f, gconstpointer data)
{
    const int32_t encodings[] = { ENCODING_POINTER_KIND, ENCODING_RAW };
    int viewer;
    unsigned width, height;
    char name[128];
    struct rfb_rectangle r;

    show (f, 320, 200);
    viewer = remote_add_viewer (f);
    rfb_handshake (viewer, &width, &height, name);
    rfb_set_encodings (viewer, encodings, 2);
    r = rfb_read_update (viewer);
    g_assert_cmpint (r.encoding, ==, ENCODING_POINTER_KIND);
    g_assert_cmpuint (r.x, ==, 0);
    rfb_pointer (viewer, 0, 0x7fff + 5, 0x7fff - 3);
    expect_pointer (f, DISPLAY_MESSAGE_POINTER_RELATIVE, 5, -3);
    rfb_pointer (viewer, 2, 0x7fff, 0x7fff);
    expect_button (f, BTN_MIDDLE, true);

    close (viewer);
}

static void
expect_kind (int viewer, bool absolute)
{
    struct rfb_rectangle r = rfb_read_update (viewer);

    g_assert_cmpint (r.encoding, ==, ENCODING_POINTER_KIND);
    g_assert_cmpuint (r.x, ==, absolute);
}

/* The guest takes a tablet up, lets it go, and another display has one: the viewer hears of each, and
 * what it said before it heard is understood as it was meant. */
static void
test_pointer_changes_kind (struct remote_fixture *f, gconstpointer data)
{
    const int32_t encodings[] = { ENCODING_POINTER_KIND, ENCODING_RAW };
    unsigned width, height;
    char name[128];
    int viewer;

    show (f, 320, 200);
    viewer = remote_add_viewer (f);
    rfb_handshake (viewer, &width, &height, name);
    rfb_set_encodings (viewer, encodings, 2);
    expect_kind (viewer, false);
    remote_pointer_kind (f, true);
    expect_kind (viewer, true);
    rfb_pointer (viewer, 0, 0x7fff - 2, 0x7fff + 1);
    expect_pointer (f, DISPLAY_MESSAGE_POINTER_RELATIVE, -2, 1);
    rfb_pointer (viewer, 0, 319, 199);
    expect_pointer (f, DISPLAY_MESSAGE_POINTER_ABSOLUTE, 319, 199);

    remote_pointer_kind (f, false);
    expect_kind (viewer, false);
    rfb_pointer (viewer, 0, 7, 8);
    expect_pointer (f, DISPLAY_MESSAGE_POINTER_ABSOLUTE, 7, 8);
    remote_add_display (f, true);
    expect_kind (viewer, true);
    close (viewer);
}

static void
test_release (struct remote_fixture *f, gconstpointer data)
{
    int viewer = vnc_add_settled_viewer (f, plain, 1);

    rfb_key (viewer, true, 0xffe3);
    remote_expect_key (f, KEY_LEFTCTRL, true);
    rfb_key (viewer, true, 'c');
    remote_expect_key (f, KEY_C, true);
    close (viewer);
    remote_expect_key (f, KEY_LEFTCTRL, false);
    remote_expect_key (f, KEY_C, false);
}

static void
test_resize (struct remote_fixture *f, gconstpointer data)
{
    const int32_t encodings[] = { ENCODING_RAW, ENCODING_DESKTOP_SIZE };
    struct rfb_rectangle r;
    int viewer;

    show (f, 320, 200);
    viewer = vnc_add_settled_viewer (f, encodings, 2);
    for (unsigned i = 0; i < 20; i++) {
        unsigned width = 64 + 31 * i, height = 48 + 13 * i;

        rfb_request (viewer, true, 0, 0, width, height);
        remote_show (f, width, height, width * 4, i * 4096);
        r = rfb_read_update (viewer);
        g_assert_cmpint (r.encoding, ==, ENCODING_DESKTOP_SIZE);
        g_assert_cmpuint (r.width, ==, width);
        g_assert_cmpuint (r.height, ==, height);
        r = rfb_read_update (viewer); /* the request still stands, in the size before */
        g_free (r.pixels);
        rfb_request (viewer, false, 0, 0, width, height);
        r = rfb_read_update (viewer);
        g_assert_cmpuint (r.width, ==, width);
        assert_pixels (&r, f->memory + i * 4096, width * 4);
        g_free (r.pixels);
    }
    close (viewer);
}

/* Nothing shown is black of the same size. */
static void
test_nothing_shown (struct remote_fixture *f, gconstpointer data)
{
    struct rfb_rectangle r;
    int viewer;

    show (f, 320, 200);
    viewer = vnc_add_settled_viewer (f, plain, 1);
    rfb_request (viewer, true, 0, 0, 320, 200);
    remote_show (f, 0, 0, 0, 0);
    r = rfb_read_update (viewer);
    g_assert_cmpuint (r.width, ==, 320);
    g_assert_cmpuint (r.height, ==, 200);
    for (unsigned i = 0; i < 320 * 200; i++)
        g_assert_cmpuint (r.pixels[i], ==, 0);
    g_free (r.pixels);
    close (viewer);
}

static void
test_display_lost (struct remote_fixture *f, gconstpointer data)
{
    struct rfb_rectangle r;
    int viewer;

    show (f, 320, 200);
    viewer = vnc_add_settled_viewer (f, plain, 1);
    fd_close (&f->display);
    remote_expect_display_lost (f);

    /* The viewer sees what was seen last, and then the next machine's picture. */
    rfb_request (viewer, false, 0, 0, 320, 200);
    r = rfb_read_update (viewer);
    assert_pixels (&r, f->memory, 320 * 4);
    g_free (r.pixels);
    remote_add_display (f, true);
    rfb_request (viewer, true, 0, 0, 320, 200);
    g_assert_cmpuint (remote_next_message (f).type, ==, DISPLAY_MESSAGE_READY);
    remote_show (f, 320, 200, 320 * 4, 4096);
    r = rfb_read_update (viewer);
    assert_pixels (&r, f->memory + 4096, 320 * 4);
    g_free (r.pixels);
    close (viewer);
}

static void
test_keeper_gone (struct remote_fixture *f, gconstpointer data)
{
    int viewer = vnc_add_settled_viewer (f, plain, 1);

    fd_close (&f->control);
    g_assert_cmpint (remote_wait_exit (f), ==, 0);
    rfb_expect_hangup (viewer);
    close (viewer);
}

#define ADD(name, absolute, test)                                                                  \
    g_test_add (name, struct remote_fixture, GINT_TO_POINTER (absolute), remote_fixture_setup,     \
                test, remote_fixture_teardown)

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    if (!g_getenv ("VITRINE_REMOTE")) {
        g_test_message ("VITRINE_REMOTE does not say where the program is");
        return 77;
    }
    ADD ("/vnc/handshake-tells-size-and-name", true, test_handshake);
    ADD ("/vnc/update-has-the-pixels-of-the-memfd", true, test_pixels);
    ADD ("/vnc/stride-and-offset-are-kept", true, test_stride_and_offset);
    ADD ("/vnc/only-damage-is-sent", true, test_damage);
    ADD ("/vnc/ready-is-taken-back-when-nobody-looks", true, test_not_ready);
    ADD ("/vnc/extended-keys-are-scancodes", true, test_extended_keys);
    ADD ("/vnc/keysyms-become-keys", true, test_keysyms);
    ADD ("/vnc/pointer-moves-clicks-and-turns", true, test_pointer);
    ADD ("/vnc/relative-pointer-sends-differences", false, test_relative_pointer);
    ADD ("/vnc/pointer-may-change-its-kind", false, test_pointer_changes_kind);
    ADD ("/vnc/keys-are-let-go-of-when-a-viewer-leaves", true, test_release);
    ADD ("/vnc/a-new-size-is-announced", true, test_resize);
    ADD ("/vnc/nothing-shown-is-black", true, test_nothing_shown);
    ADD ("/vnc/viewers-survive-the-machine", true, test_display_lost);
    ADD ("/vnc/ends-with-its-keeper", true, test_keeper_gone);
    return g_test_run ();
}
