/* SPDX-License-Identifier: GPL-2.0-or-later */
/* spice.c - vitrine-spice as a process: pictures out, input in. */
#include <linux/input-event-codes.h>
#include <string.h>
#include <unistd.h>

#include "fd.h"
#include "spice-viewer.h"

#define WIDTH  320
#define HEIGHT 200

static void
open_shown (struct remote_fixture *f, struct spice_viewer *v)
{
    remote_show (f, WIDTH, HEIGHT, WIDTH * 4, 0);
    spice_viewer_open (v, f);
    spice_viewer_await_pixels (v, WIDTH * 4, 0);
}

/* --- pictures ------------------------------------------------------------------------ */

static void
test_pixels (struct remote_fixture *f, gconstpointer data)
{
    struct spice_viewer v;
    g_autofree char *name = NULL;

    open_shown (f, &v);
    g_assert_cmpint (v.primary.width, ==, WIDTH);
    g_assert_cmpint (v.primary.height, ==, HEIGHT);
    g_object_get (v.session, "name", &name, NULL);
    g_assert_cmpstr (name, ==, "Debian");
    spice_viewer_close (&v);
}

/* Offset inside a page, lines further apart than they are long, another size. */
static void
test_stride_and_offset (struct remote_fixture *f, gconstpointer data)
{
    struct spice_viewer v;

    open_shown (f, &v);
    remote_show (f, 100, 50, 1000, 5000);
    spice_viewer_await (&v, v.primary.width == 100 && v.primary.height == 50);
    spice_viewer_await_pixels (&v, 1000, 5000);
    g_assert_cmpuint (v.n_primaries, ==, 2);
    spice_viewer_close (&v);
}

/* Waits until the server asks for damage. */
static void
await_ready (struct remote_fixture *f)
{
    while (remote_next_message (f).type != DISPLAY_MESSAGE_READY)
        ;
}

static void
test_damage (struct remote_fixture *f, gconstpointer data)
{
    struct spice_viewer v;
    guint n;

    open_shown (f, &v);
    await_ready (f);
    n = v.n_invalidated;
    memset (f->memory + 20 * WIDTH * 4, 0x55, WIDTH * 4 * 3);
    remote_damage (f, 40, 20, 8, 3);
    /* The whole picture may come once more before. */
    spice_viewer_await (&v, v.n_invalidated > n && v.width < WIDTH);
    g_assert_cmpint (v.x, ==, 40);
    g_assert_cmpint (v.y, ==, 20);
    g_assert_cmpint (v.width, ==, 8);
    g_assert_cmpint (v.height, ==, 3);
    await_ready (f);
    spice_viewer_close (&v);
}

/* A picture that does not fit into what may be on its way at once. */
static void
test_large (struct remote_fixture *f, gconstpointer data)
{
    struct spice_viewer v;

    remote_show (f, 1920, 1080, 1920 * 4, 0);
    spice_viewer_open (&v, f);
    spice_viewer_await_pixels (&v, 1920 * 4, 0);
    spice_viewer_close (&v);
}

static void
test_nobody_looks (struct remote_fixture *f, gconstpointer data)
{
    struct spice_viewer v;
    union display_message m;

    open_shown (f, &v);
    await_ready (f);
    spice_viewer_close (&v);
    m = remote_next_message (f);
    g_assert_cmpuint (m.type, ==, DISPLAY_MESSAGE_NOT_READY);
    remote_expect_clients (f, 0);
}

static void
test_nothing_shown (struct remote_fixture *f, gconstpointer data)
{
    struct spice_viewer v;

    open_shown (f, &v);
    remote_show (f, 0, 0, 0, 0);
    spice_viewer_await (&v, v.primary.width == 640 && v.primary.height == 480);
    for (int y = 0; y < v.primary.height; y++)
        for (int x = 0; x < v.primary.stride; x++)
            g_assert_cmpuint (v.primary.data[y * v.primary.stride + x], ==, 0);
    remote_show (f, WIDTH, HEIGHT, WIDTH * 4, 0);
    spice_viewer_await_pixels (&v, WIDTH * 4, 0);
    spice_viewer_close (&v);
}

/* Whoever comes before there is a picture gets it when it comes. */
static void
test_early_viewer (struct remote_fixture *f, gconstpointer data)
{
    struct spice_viewer v;

    spice_viewer_open (&v, f);
    spice_viewer_await (&v, v.primary.width == 640);
    spice_viewer_await (&v, v.n_opening == 0);
    remote_show (f, WIDTH, HEIGHT, WIDTH * 4, 0);
    spice_viewer_await (&v, v.primary.width == WIDTH);
    spice_viewer_await_pixels (&v, WIDTH * 4, 0);
    spice_viewer_close (&v);
}

static void
test_two_viewers (struct remote_fixture *f, gconstpointer data)
{
    struct spice_viewer one, two;

    open_shown (f, &one);
    spice_viewer_open (&two, f);
    spice_viewer_await_pixels (&two, WIDTH * 4, 0);
    await_ready (f);
    memset (f->memory, 0x33, WIDTH * 4);
    remote_damage (f, 0, 0, WIDTH, 1);
    spice_viewer_await_pixels (&one, WIDTH * 4, 0);
    spice_viewer_await_pixels (&two, WIDTH * 4, 0);
    g_assert_false (one.is_gone);
    spice_viewer_close (&two);
    spice_viewer_close (&one);
}

/* --- input --------------------------------------------------------------------------- */

/* The next input there is, while the viewer's loop runs. */
static union display_message
next_input (struct spice_viewer *v)
{
    union display_message m = { 0 };

    for (;;) {
        GPollFD p = { .fd = v->fixture->display, .events = G_IO_IN };

        spice_viewer_await (v, g_poll (&p, 1, 0) == 1);
        m = remote_next_message (v->fixture);
        if (m.type != DISPLAY_MESSAGE_READY && m.type != DISPLAY_MESSAGE_NOT_READY)
            return m;
    }
}

static void
expect_key (struct spice_viewer *v, unsigned type, unsigned code, bool down)
{
    union display_message m = next_input (v);

    g_assert_cmpuint (m.type, ==, type);
    g_assert_cmpuint (m.key.code, ==, code);
    g_assert_cmpuint (m.key.down, ==, down);
}

static void
expect_pointer (struct spice_viewer *v, unsigned type, int x, int y)
{
    union display_message m = next_input (v);

    g_assert_cmpuint (m.type, ==, type);
    g_assert_cmpint (m.pointer.x, ==, x);
    g_assert_cmpint (m.pointer.y, ==, y);
}

static void
test_keys (struct remote_fixture *f, gconstpointer data)
{
    static const struct {
        unsigned scancode, code;
    } keys[] = {
        { 0x1e, KEY_A },          { 0x01, KEY_ESC },     { 0x58, KEY_F12 },
        { 0x11d, KEY_RIGHTCTRL }, { 0x14b, KEY_LEFT },   { 0x153, KEY_DELETE },
        { 0x15b, KEY_LEFTMETA },  { 0x146, KEY_PAUSE },  { 0x137, KEY_SYSRQ },
        { 0x138, KEY_RIGHTALT },  { 0x45, KEY_NUMLOCK }, { 0x11c, KEY_KPENTER },
    };
    struct spice_viewer v;

    open_shown (f, &v);
    spice_viewer_await (&v, v.can_type);
    for (unsigned i = 0; i < G_N_ELEMENTS (keys); i++) {
        spice_inputs_channel_key_press (v.inputs, keys[i].scancode);
        expect_key (&v, DISPLAY_MESSAGE_KEY, keys[i].code, true);
        spice_inputs_channel_key_release (v.inputs, keys[i].scancode);
        expect_key (&v, DISPLAY_MESSAGE_KEY, keys[i].code, false);
    }
    spice_viewer_close (&v);
}

static int
mouse_mode (struct spice_viewer *v)
{
    int mode = 0;

    g_object_get (v->main, "mouse-mode", &mode, NULL);
    return mode;
}

static void
test_tablet (struct remote_fixture *f, gconstpointer data)
{
    struct spice_viewer v;

    open_shown (f, &v);
    spice_viewer_await (&v, v.can_type && mouse_mode (&v) == SPICE_MOUSE_MODE_CLIENT);
    spice_inputs_channel_position (v.inputs, 17, 180, 0, 0);
    expect_pointer (&v, DISPLAY_MESSAGE_POINTER_ABSOLUTE, 17, 180);
    spice_inputs_channel_button_press (v.inputs, SPICE_MOUSE_BUTTON_RIGHT,
                                       SPICE_MOUSE_BUTTON_MASK_RIGHT);
    expect_key (&v, DISPLAY_MESSAGE_BUTTON, BTN_RIGHT, true);
    spice_inputs_channel_button_release (v.inputs, SPICE_MOUSE_BUTTON_RIGHT, 0);
    expect_key (&v, DISPLAY_MESSAGE_BUTTON, BTN_RIGHT, false);
    spice_inputs_channel_button_press (v.inputs, SPICE_MOUSE_BUTTON_MIDDLE,
                                       SPICE_MOUSE_BUTTON_MASK_MIDDLE);
    expect_key (&v, DISPLAY_MESSAGE_BUTTON, BTN_MIDDLE, true);
    spice_inputs_channel_button_release (v.inputs, SPICE_MOUSE_BUTTON_MIDDLE, 0);
    expect_key (&v, DISPLAY_MESSAGE_BUTTON, BTN_MIDDLE, false);
    spice_inputs_channel_button_press (v.inputs, SPICE_MOUSE_BUTTON_DOWN, 0);
    expect_pointer (&v, DISPLAY_MESSAGE_WHEEL, 0, 1);
    spice_inputs_channel_button_press (v.inputs, SPICE_MOUSE_BUTTON_UP, 0);
    expect_pointer (&v, DISPLAY_MESSAGE_WHEEL, 0, -1);
    spice_viewer_close (&v);
}

static void
test_mouse (struct remote_fixture *f, gconstpointer data)
{
    struct spice_viewer v;

    open_shown (f, &v);
    spice_viewer_await (&v, v.can_type && mouse_mode (&v) == SPICE_MOUSE_MODE_SERVER);
    spice_inputs_channel_motion (v.inputs, -3, 9, 0);
    expect_pointer (&v, DISPLAY_MESSAGE_POINTER_RELATIVE, -3, 9);
    spice_inputs_channel_button_press (v.inputs, SPICE_MOUSE_BUTTON_LEFT,
                                       SPICE_MOUSE_BUTTON_MASK_LEFT);
    expect_key (&v, DISPLAY_MESSAGE_BUTTON, BTN_LEFT, true);
    /* The guest's driver comes to use a tablet, and ceases to. */
    remote_pointer_kind (f, true);
    spice_viewer_await (&v, mouse_mode (&v) == SPICE_MOUSE_MODE_CLIENT);
    remote_pointer_kind (f, false);
    spice_viewer_await (&v, mouse_mode (&v) == SPICE_MOUSE_MODE_SERVER);
    spice_viewer_close (&v);
}

static void
test_release (struct remote_fixture *f, gconstpointer data)
{
    struct spice_viewer v;
    bool key = false, button = false;

    open_shown (f, &v);
    spice_viewer_await (&v, v.can_type && mouse_mode (&v) == SPICE_MOUSE_MODE_CLIENT);
    spice_inputs_channel_key_press (v.inputs, 0x1e);
    expect_key (&v, DISPLAY_MESSAGE_KEY, KEY_A, true);
    spice_inputs_channel_position (v.inputs, 1, 2, 0, 0); /* goes before a button in any case */
    expect_pointer (&v, DISPLAY_MESSAGE_POINTER_ABSOLUTE, 1, 2);
    spice_inputs_channel_button_press (v.inputs, SPICE_MOUSE_BUTTON_LEFT,
                                       SPICE_MOUSE_BUTTON_MASK_LEFT);
    expect_key (&v, DISPLAY_MESSAGE_BUTTON, BTN_LEFT, true);
    spice_viewer_close (&v);
    while (!key || !button) {
        union display_message m = remote_next_input (f);

        g_assert_false (m.key.down);
        key = key || (m.type == DISPLAY_MESSAGE_KEY && m.key.code == KEY_A);
        button = button || (m.type == DISPLAY_MESSAGE_BUTTON && m.key.code == BTN_LEFT);
    }
}

/* --- life ---------------------------------------------------------------------------- */

static void
test_display_lost (struct remote_fixture *f, gconstpointer data)
{
    struct spice_viewer v;

    open_shown (f, &v);
    fd_close (&f->display);
    remote_expect_display_lost (f);
    remote_add_display (f, true);
    memset (f->memory, 0x77, 4096);
    remote_show (f, WIDTH, HEIGHT, WIDTH * 4, 0);
    spice_viewer_await_pixels (&v, WIDTH * 4, 0);
    g_assert_false (v.is_gone);
    spice_viewer_close (&v);
}

static void
test_keeper_gone (struct remote_fixture *f, gconstpointer data)
{
    struct spice_viewer v;

    open_shown (f, &v);
    fd_close (&f->control);
    g_assert_cmpint (remote_wait_exit (f), ==, 0);
    spice_viewer_await (&v, v.is_gone);
    spice_viewer_close (&v);
}

/* All threads there are, the library's included, can open, run and connect nothing. */
static void
test_confined (struct remote_fixture *f, gconstpointer data)
{
    struct spice_viewer v;
    g_autofree char *folder = g_strdup_printf ("/proc/%d/task", (int) f->pid);
    g_autoptr (GDir) tasks = NULL;
    const char *task;
    guint n = 0;

    open_shown (f, &v);
    tasks = g_dir_open (folder, 0, NULL);
    while ((task = g_dir_read_name (tasks))) {
        g_autofree char *path = g_build_filename (folder, task, "status", NULL);
        g_autofree char *status = NULL;

        g_assert_true (g_file_get_contents (path, &status, NULL, NULL));
        g_assert_nonnull (strstr (status, "\nSeccomp:\t2\n"));
        g_assert_nonnull (strstr (status, "\nNoNewPrivs:\t1\n"));
        n++;
    }
    g_assert_cmpuint (n, ==, 2);
    spice_viewer_close (&v);
}

#define ADD(name, absolute, test)                                                                  \
    g_test_add (name, struct remote_fixture, GINT_TO_POINTER (absolute), remote_fixture_setup,     \
                test, remote_fixture_teardown)

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    spice_viewer_init ();
    ADD ("/spice/a-viewer-has-the-pixels-of-the-memfd", true, test_pixels);
    ADD ("/spice/stride-offset-and-a-new-size", true, test_stride_and_offset);
    ADD ("/spice/only-damage-is-sent", true, test_damage);
    ADD ("/spice/a-large-picture-comes-whole", true, test_large);
    ADD ("/spice/ready-is-taken-back-when-nobody-looks", true, test_nobody_looks);
    ADD ("/spice/nothing-shown-is-black", true, test_nothing_shown);
    ADD ("/spice/an-early-viewer-gets-the-picture-when-there-is-one", true, test_early_viewer);
    ADD ("/spice/two-viewers-see-the-same", true, test_two_viewers);
    ADD ("/spice/scancodes-become-keys", true, test_keys);
    ADD ("/spice/an-absolute-pointer-moves-clicks-and-turns", true, test_tablet);
    ADD ("/spice/a-relative-pointer-and-its-change", false, test_mouse);
    ADD ("/spice/what-is-held-is-let-go-of-when-a-viewer-leaves", true, test_release);
    ADD ("/spice/all-its-threads-are-confined", true, test_confined);
    ADD ("/spice/viewers-survive-the-machine", true, test_display_lost);
    ADD ("/spice/ends-with-its-keeper", true, test_keeper_gone);
    return g_test_run ();
}
