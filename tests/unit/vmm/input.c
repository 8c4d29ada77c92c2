/* SPDX-License-Identifier: GPL-2.0-or-later */
/* input.c - what consoles and input devices may rely on. */
#include "input.h"

#include <glib.h>
#include <limits.h>
#include <linux/input-event-codes.h>

#include "loop.h"

/* A device with a notebook; the test's own has the machine as well. */
struct fixture {
    struct loop *loop;
    struct input *input;
    struct input_handler handler;
    bool is_active;
    GString *log; /* what the devices were told, a word an event */
};

static void
note_key (void *opaque, unsigned code, bool down)
{
    g_string_append_printf (((struct fixture *) opaque)->log, "%ck%u ", down ? '+' : '-', code);
}

static void
note_button (void *opaque, unsigned code, bool down)
{
    g_string_append_printf (((struct fixture *) opaque)->log, "%cb%x ", down ? '+' : '-', code);
}

static void
note_relative (void *opaque, int dx, int dy)
{
    g_string_append_printf (((struct fixture *) opaque)->log, "r%d,%d ", dx, dy);
}

static void
note_absolute (void *opaque, unsigned x, unsigned y)
{
    g_string_append_printf (((struct fixture *) opaque)->log, "a%u,%u ", x, y);
}

static void
note_wheel (void *opaque, int dx, int dy)
{
    g_string_append_printf (((struct fixture *) opaque)->log, "w%d,%d ", dx, dy);
}

static bool
is_active (void *opaque)
{
    return ((struct fixture *) opaque)->is_active;
}

static const struct input_ops mouse = {
    .key = note_key,
    .move_relative = note_relative,
    .button = note_button,
    .wheel = note_wheel,
};

static const struct input_ops tablet = {
    .is_active = is_active,
    .move_absolute = note_absolute,
    .button = note_button,
};

static const struct input_ops keyboard = { .is_active = is_active, .key = note_key };

static const struct input_ops nothing = { .is_active = is_active };

static void
add (struct fixture *f, struct fixture *device, const struct input_ops *ops, enum input_rank rank)
{
    device->is_active = true;
    device->handler = (struct input_handler){ .ops = ops, .opaque = device, .rank = rank };
    list_init (&device->handler.node);
    input_add (f->input, &device->handler);
}

static void
setup (struct fixture *f, gconstpointer ops)
{
    f->loop = loop_create ();
    f->input = input_create (f->loop);
    f->log = g_string_new (NULL);
    add (f, f, ops, INPUT_RANK_PS2);
}

static void
teardown (struct fixture *f, gconstpointer ops)
{
    input_remove (f->input, &f->handler);
    input_destroy (f->input);
    loop_destroy (f->loop);
    g_string_free (f->log, TRUE);
}

/* The guest takes DEVICE up, or lets it go; that is known when this returns. */
static void
set_active (struct fixture *f, struct fixture *device, bool active)
{
    device->is_active = active;
    input_changed (f->input);
    loop_iterate (f->loop, 0);
}

static void
assert_told (struct fixture *f, const char *expected)
{
    g_assert_cmpstr (f->log->str, ==, expected);
    g_string_truncate (f->log, 0);
}

static void
test_keys_arrive (struct fixture *f, gconstpointer data)
{
    input_key (f->input, KEY_A, true);
    input_key (f->input, KEY_A, true); /* the console repeats */
    input_key (f->input, KEY_A, false);
    assert_told (f, "+k30 +k30 -k30 ");
}

static void
test_release_without_press_is_nothing (struct fixture *f, gconstpointer data)
{
    input_key (f->input, KEY_A, false);
    input_button (f->input, BTN_LEFT, false);
    assert_told (f, "");
}

static void
test_foreign_codes_are_ignored (struct fixture *f, gconstpointer data)
{
    static const unsigned no_keys[] = { KEY_RESERVED,      BTN_MISC, BTN_LEFT, BTN_DPAD_UP,
                                        BTN_TRIGGER_HAPPY, KEY_CNT,  0x10000,  UINT_MAX };
    static const unsigned no_buttons[] = { 0, KEY_A, BTN_MISC, BTN_JOYSTICK, KEY_CNT, UINT_MAX };

    for (unsigned i = 0; i < G_N_ELEMENTS (no_keys); i++)
        input_key (f->input, no_keys[i], true);
    for (unsigned i = 0; i < G_N_ELEMENTS (no_buttons); i++)
        input_button (f->input, no_buttons[i], true);
    input_release_all (f->input);
    assert_told (f, "");
}

static void
test_button_changes_only (struct fixture *f, gconstpointer data)
{
    input_button (f->input, BTN_LEFT, true);
    input_button (f->input, BTN_LEFT, true);
    input_button (f->input, BTN_TASK, true);
    input_button (f->input, BTN_LEFT, false);
    assert_told (f, "+b110 +b117 -b110 ");
}

static void
test_lost_console_leaves_nothing_pressed (struct fixture *f, gconstpointer data)
{
    input_key (f->input, KEY_LEFTCTRL, true);
    input_key (f->input, KEY_ALL_APPLICATIONS, true);
    input_key (f->input, KEY_OK, true);
    input_button (f->input, BTN_RIGHT, true);
    input_key (f->input, KEY_A, true);
    input_key (f->input, KEY_A, false);
    g_string_truncate (f->log, 0);
    input_release_all (f->input);
    assert_told (f, "-k29 -k204 -b111 -k352 ");
    input_release_all (f->input);
    assert_told (f, "");
}

static void
test_relative_moves_are_clamped (struct fixture *f, gconstpointer data)
{
    input_pointer_relative (f->input, 3, -4);
    input_pointer_relative (f->input, 0, 0);
    input_pointer_relative (f->input, INT_MAX, INT_MIN);
    input_wheel (f->input, 0, 1);
    input_wheel (f->input, 0, 0);
    input_wheel (f->input, INT_MIN, INT_MAX);
    assert_told (f, "r3,-4 r32767,-32767 w0,1 w-127,127 ");
}

static void
test_absolute_moves_become_relative (struct fixture *f, gconstpointer data)
{
    g_assert_false (input_pointer_is_absolute (f->input));
    input_pointer_absolute (f->input, 100, 100, 640, 480); /* only says where it is */
    assert_told (f, "");
    input_pointer_absolute (f->input, 110, 95, 640, 480);
    input_pointer_absolute (f->input, 110, 95, 640, 480);
    assert_told (f, "r10,-5 ");
    input_pointer_absolute (f->input, UINT_MAX, UINT_MAX, 640, 480); /* the far corner */
    assert_told (f, "r529,384 ");
    input_pointer_absolute (f->input, 10, 10, 800, 600); /* another picture: no jump */
    assert_told (f, "");
    input_pointer_absolute (f->input, 11, 10, 800, 600);
    assert_told (f, "r1,0 ");
    input_pointer_absolute (f->input, 20, 10, 1024, 600);
    input_pointer_absolute (f->input, 20, 20, 1024, 768);
    assert_told (f, "");
    input_release_all (f->input);
    input_pointer_absolute (f->input, 500, 500, 1024, 768); /* another console: no jump */
    assert_told (f, "");
    input_pointer_absolute (f->input, 5, 5, 0, 600);
    input_pointer_absolute (f->input, 5, 5, 800, 0);
    assert_told (f, "");
    input_pointer_absolute (f->input, 0, 0, UINT_MAX, UINT_MAX);
    input_pointer_absolute (f->input, UINT_MAX, 0, UINT_MAX, UINT_MAX);
    assert_told (f, "r32767,0 ");
}

static void
test_absolute_pointer_gets_its_scale (struct fixture *f, gconstpointer data)
{
    g_assert_true (input_pointer_is_absolute (f->input));
    input_pointer_absolute (f->input, 0, 0, 640, 480);
    input_pointer_absolute (f->input, 639, 479, 640, 480);
    input_pointer_absolute (f->input, 10000, 240, 640, 480);
    input_pointer_absolute (f->input, 0, 0, 1, 1);
    input_pointer_absolute (f->input, 5, 5, 0, 0);
    assert_told (f, "a0,0 a32767,32767 a32767,16417 a0,0 ");
    input_pointer_relative (f->input, 5, 5); /* it has neither of these */
    input_wheel (f->input, 0, 1);
    assert_told (f, "");
}

static void
test_last_of_equals_gets_the_events (struct fixture *f, gconstpointer data)
{
    struct fixture other = { .log = g_string_new (NULL) };

    add (f, &other, &mouse, INPUT_RANK_PS2);
    input_key (f->input, KEY_A, true);
    input_button (f->input, BTN_LEFT, true);
    assert_told (f, "");
    assert_told (&other, "+k30 +b110 ");
    input_remove (f->input, &other.handler);
    assert_told (&other, "-k30 -b110 ");
    g_string_free (other.log, TRUE);
}

static void
test_best_active_gets_the_events (struct fixture *f, gconstpointer data)
{
    struct fixture virtio = { .log = g_string_new (NULL) }, usb = { .log = g_string_new (NULL) };

    add (f, &virtio, &keyboard, INPUT_RANK_VIRTIO);
    add (f, &usb, &keyboard, INPUT_RANK_USB); /* later, but not as good */
    input_key (f->input, KEY_A, true);
    assert_told (&virtio, "+k30 ");
    input_button (f->input, BTN_LEFT, true); /* a keyboard has none */
    assert_told (f, "+b110 ");
    set_active (f, &virtio, false);
    input_key (f->input, KEY_A, true);
    assert_told (&virtio, "-k30 ");
    assert_told (&usb, "+k30 ");
    set_active (f, &usb, false);
    input_key (f->input, KEY_B, true);
    assert_told (&usb, "-k30 ");
    assert_told (f, "+k48 ");
    input_key (f->input, KEY_A, false); /* the console's; nobody holds it down any more */
    assert_told (f, "");
    set_active (f, &virtio, true);
    assert_told (f, "-k48 "); /* the mouse's button is not touched */
    input_remove (f->input, &virtio.handler);
    input_remove (f->input, &usb.handler);
    input_key (f->input, KEY_A, true);
    assert_told (f, "+k30 ");
    g_string_free (virtio.log, TRUE);
    g_string_free (usb.log, TRUE);
}

static void
count (void *opaque)
{
    (*(unsigned *) opaque)++;
}

static void
test_absolute_pointer_wins_while_in_use (struct fixture *f, gconstpointer data)
{
    struct fixture usb = { .log = g_string_new (NULL) };
    unsigned n_changes = 0;

    input_set_pointer_watch (f->input, count, &n_changes);
    add (f, &usb, &tablet, INPUT_RANK_USB);
    g_assert_cmpuint (n_changes, ==, 1);
    set_active (f, &usb, false);
    g_assert_cmpuint (n_changes, ==, 2);
    g_assert_false (input_pointer_is_absolute (f->input));
    input_pointer_absolute (f->input, 10, 10, 100, 100);
    input_pointer_absolute (f->input, 12, 10, 100, 100);
    input_button (f->input, BTN_LEFT, true);
    assert_told (f, "r2,0 +b110 ");

    set_active (f, &usb, true);
    g_assert_cmpuint (n_changes, ==, 3);
    g_assert_true (input_pointer_is_absolute (f->input));
    assert_told (f, "-b110 ");
    input_pointer_absolute (f->input, 99, 0, 100, 100);
    input_button (f->input, BTN_LEFT, true);
    input_wheel (f->input, 0, 1); /* this tablet has none; the mouse's would be somewhere else */
    assert_told (&usb, "a32767,0 +b110 ");
    assert_told (f, "");
    input_pointer_relative (f->input, 1, 2); /* whoever sends these knows why */
    assert_told (f, "r1,2 ");

    set_active (f, &usb, false);
    input_pointer_absolute (f->input, 50, 50, 100, 100); /* no jump from where the mouse was */
    assert_told (f, "");
    assert_told (&usb, "-b110 ");
    g_assert_cmpuint (n_changes, ==, 4);
    input_set_pointer_watch (f->input, NULL, NULL);
    input_remove (f->input, &usb.handler);
    g_string_free (usb.log, TRUE);
}

static void
test_nobody_is_no_harm (struct fixture *f, gconstpointer data)
{
    input_key (f->input, KEY_A, true);
    input_button (f->input, BTN_LEFT, true);
    input_pointer_relative (f->input, 1, 1);
    input_pointer_absolute (f->input, 1, 1, 10, 10);
    input_wheel (f->input, 1, 1);
    input_release_all (f->input);
    g_assert_false (input_pointer_is_absolute (f->input));
    assert_told (f, "");
}

#define ADD(name, pointer, func)                                                                   \
    g_test_add ("/input/" name, struct fixture, &pointer, setup, func, teardown)

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    ADD ("keys-arrive", mouse, test_keys_arrive);
    ADD ("release-without-press-is-nothing", mouse, test_release_without_press_is_nothing);
    ADD ("foreign-codes-are-ignored", mouse, test_foreign_codes_are_ignored);
    ADD ("button-changes-only", mouse, test_button_changes_only);
    ADD ("lost-console-leaves-nothing-pressed", mouse, test_lost_console_leaves_nothing_pressed);
    ADD ("relative-moves-are-clamped", mouse, test_relative_moves_are_clamped);
    ADD ("absolute-moves-become-relative", mouse, test_absolute_moves_become_relative);
    ADD ("absolute-pointer-gets-its-scale", tablet, test_absolute_pointer_gets_its_scale);
    ADD ("last-of-equals-gets-the-events", mouse, test_last_of_equals_gets_the_events);
    ADD ("best-active-gets-the-events", mouse, test_best_active_gets_the_events);
    ADD ("absolute-pointer-wins-while-in-use", mouse, test_absolute_pointer_wins_while_in_use);
    ADD ("nobody-is-no-harm", nothing, test_nobody_is_no_harm);
    return g_test_run ();
}
