/* SPDX-License-Identifier: GPL-2.0-or-later */
/* i8042-fixture.h - a keyboard controller and what is said through it, for three test programs. */
#pragma once

#include <string.h>

#include "i8042.h"
#include "input.h"
#include "test-machine.h"

#define DATA         0x60
#define COMMAND      0x64
#define KEYBOARD_IRQ 1
#define MOUSE_IRQ    12

#define STATUS_FULL   0x01
#define STATUS_SYSTEM 0x04
#define STATUS_MOUSE  0x20

#define MODE_KEYBOARD_IRQ 0x01
#define MODE_MOUSE_IRQ    0x02
#define MODE_KEYBOARD_OFF 0x10
#define MODE_MOUSE_OFF    0x20
#define MODE_TRANSLATE    0x40

struct fixture {
    struct test_machine *m;
    struct device *i8042;
};

static inline void
fixture_setup (struct fixture *f, gconstpointer data)
{
    f->m = test_machine_new ();
    g_assert_cmpint (i8042_create (&f->m->env, &f->i8042), ==, 0);
    device_reset (f->i8042);
}

static inline void
fixture_teardown (struct fixture *f, gconstpointer data)
{
    device_destroy (f->i8042);
    g_assert_false (f->m->gsi[KEYBOARD_IRQ]);
    g_assert_false (f->m->gsi[MOUSE_IRQ]);
    test_machine_free (f->m);
}

/* Writes the command byte. */
static inline void
set_mode (struct fixture *f, uint8_t mode)
{
    test_out8 (f->m, COMMAND, 0x60);
    test_out8 (f->m, DATA, mode);
}

static inline void
to_mouse (struct fixture *f, uint8_t byte)
{
    test_out8 (f->m, COMMAND, 0xd4);
    test_out8 (f->m, DATA, byte);
}

/* Reads all there is; fails unless it is EXPECTED ("fa ab 83") and all from the side SIDE says. */
static inline void
assert_side_says (struct fixture *f, uint8_t side, const char *expected)
{
    g_autoptr (GString) got = g_string_new (NULL);

    for (unsigned n = 0; n < 256; n++) {
        uint8_t status = test_in8 (f->m, COMMAND);

        if (!(status & STATUS_FULL))
            break;
        g_assert_cmphex (status & STATUS_MOUSE, ==, side);
        g_string_append_printf (got, "%s%02x", got->len ? " " : "", test_in8 (f->m, DATA));
    }
    g_assert_cmpstr (got->str, ==, expected);
}

static inline void
assert_keyboard_says (struct fixture *f, const char *expected)
{
    assert_side_says (f, 0, expected);
}

static inline void
assert_mouse_says (struct fixture *f, const char *expected)
{
    assert_side_says (f, STATUS_MOUSE, expected);
}

static inline void
assert_silence (struct fixture *f)
{
    assert_side_says (f, 0, "");
}
