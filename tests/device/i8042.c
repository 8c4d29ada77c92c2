/* SPDX-License-Identifier: GPL-2.0-or-later */
/* i8042.c - what a keyboard controller's driver may rely on: the controller itself. */
#include "i8042.h"

#include <linux/input-event-codes.h>

#include "i8042-fixture.h"
#include "random-pokes.h"

static void
test_self_test_passes (struct fixture *f, gconstpointer data)
{
    g_assert_cmphex (test_in8 (f->m, COMMAND) & STATUS_SYSTEM, ==, 0);
    test_out8 (f->m, COMMAND, 0xaa);
    assert_keyboard_says (f, "55");
    g_assert_cmphex (test_in8 (f->m, COMMAND) & STATUS_SYSTEM, ==, STATUS_SYSTEM);
    test_out8 (f->m, COMMAND, 0xab);
    assert_keyboard_says (f, "00");
    test_out8 (f->m, COMMAND, 0xa9);
    assert_keyboard_says (f, "00");
}

static void
test_ram_keeps_what_is_written (struct fixture *f, gconstpointer data)
{
    char expected[8];

    for (unsigned i = 0; i < 32; i++) {
        test_out8 (f->m, COMMAND, (uint8_t)(0x60 + i));
        test_out8 (f->m, DATA, (uint8_t)(0x30 + i));
    }
    for (unsigned i = 0; i < 32; i++) {
        test_out8 (f->m, COMMAND, (uint8_t)(0x20 + i));
        g_snprintf (expected, sizeof expected, "%02x", 0x30 + i);
        assert_keyboard_says (f, expected);
    }
}

static void
test_switches_show_in_the_command_byte (struct fixture *f, gconstpointer data)
{
    static const struct {
        uint8_t command;
        const char *mode;
    } steps[] = { { 0xad, "13" }, { 0xa7, "33" }, { 0xae, "23" }, { 0xa8, "03" } };

    set_mode (f, 0x03);
    for (unsigned i = 0; i < G_N_ELEMENTS (steps); i++) {
        test_out8 (f->m, COMMAND, steps[i].command);
        test_out8 (f->m, COMMAND, 0x20);
        assert_keyboard_says (f, steps[i].mode);
    }
}

static void
test_status_tells_command_from_data (struct fixture *f, gconstpointer data)
{
    test_out8 (f->m, COMMAND, 0xae);
    g_assert_cmphex (test_in8 (f->m, COMMAND) & 0x0a, ==, 0x08);
    test_out8 (f->m, DATA, 0xee);
    g_assert_cmphex (test_in8 (f->m, COMMAND) & 0x0a, ==, 0x00);
    g_assert_cmphex (test_in8 (f->m, COMMAND) & 0x10, ==, 0x10); /* not locked */
}

static void
test_reset_pulse_asks_the_machine (struct fixture *f, gconstpointer data)
{
    unsigned *asked = &f->m->requests[MACHINE_REQUEST_RESET];

    test_out8 (f->m, COMMAND, 0xff); /* pulses nothing */
    test_out8 (f->m, COMMAND, 0xfd); /* pulses A20 */
    g_assert_cmpuint (*asked, ==, 0);
    test_out8 (f->m, COMMAND, 0xfe);
    g_assert_cmpuint (*asked, ==, 1);
    test_out8 (f->m, COMMAND, 0xd1);
    test_out8 (f->m, DATA, 0x03);
    g_assert_cmpuint (*asked, ==, 1);
    test_out8 (f->m, COMMAND, 0xd1);
    test_out8 (f->m, DATA, 0x02);
    g_assert_cmpuint (*asked, ==, 2);
}

static void
test_output_port_keeps_a20 (struct fixture *f, gconstpointer data)
{
    static const struct {
        uint8_t command, byte;
        bool a20;
    } steps[] = {
        { 0xd1, 0x01, false }, { 0xd1, 0x03, true }, { 0xdd, 0, false }, { 0xdf, 0, true }
    };

    test_out8 (f->m, COMMAND, 0xd0);
    g_assert_cmphex (test_in8 (f->m, DATA) & 0x03, ==, 0x03);
    for (unsigned i = 0; i < G_N_ELEMENTS (steps); i++) {
        test_out8 (f->m, COMMAND, steps[i].command);
        if (steps[i].command == 0xd1)
            test_out8 (f->m, DATA, steps[i].byte);
        test_out8 (f->m, COMMAND, 0xd0);
        g_assert_cmphex (test_in8 (f->m, DATA) & 0x03, ==, steps[i].a20 ? 0x03 : 0x01);
    }
    test_out8 (f->m, COMMAND, 0xc0);
    assert_keyboard_says (f, "80");
}

static void
test_loops_come_back_on_their_side (struct fixture *f, gconstpointer data)
{
    set_mode (f, 0x03);
    test_out8 (f->m, COMMAND, 0xd2);
    test_out8 (f->m, DATA, 0x5a);
    g_assert_true (f->m->gsi[KEYBOARD_IRQ]);
    g_assert_false (f->m->gsi[MOUSE_IRQ]);
    assert_keyboard_says (f, "5a");
    test_out8 (f->m, COMMAND, 0xd3);
    test_out8 (f->m, DATA, 0xa5);
    g_assert_false (f->m->gsi[KEYBOARD_IRQ]);
    g_assert_true (f->m->gsi[MOUSE_IRQ]);
    assert_mouse_says (f, "a5");
    g_assert_false (f->m->gsi[MOUSE_IRQ]);
}

static void
test_each_byte_makes_an_edge (struct fixture *f, gconstpointer data)
{
    set_mode (f, MODE_KEYBOARD_IRQ);
    test_out8 (f->m, DATA, 0xf2); /* FA, AB, 83 */
    g_assert_cmpuint (f->m->gsi_rises[KEYBOARD_IRQ], ==, 1);
    test_in8 (f->m, DATA);
    g_assert_cmpuint (f->m->gsi_rises[KEYBOARD_IRQ], ==, 2);
    test_in8 (f->m, DATA);
    test_in8 (f->m, DATA);
    g_assert_cmpuint (f->m->gsi_rises[KEYBOARD_IRQ], ==, 3);
    g_assert_false (f->m->gsi[KEYBOARD_IRQ]);
}

static void
test_no_interrupt_without_its_bit (struct fixture *f, gconstpointer data)
{
    set_mode (f, 0);
    test_out8 (f->m, DATA, 0xee);
    g_assert_false (f->m->gsi[KEYBOARD_IRQ]);
    set_mode (f, MODE_KEYBOARD_IRQ); /* the byte is there: the line goes up now */
    g_assert_true (f->m->gsi[KEYBOARD_IRQ]);
    set_mode (f, MODE_MOUSE_IRQ);
    g_assert_false (f->m->gsi[KEYBOARD_IRQ]);
    assert_keyboard_says (f, "ee");
    to_mouse (f, 0xf2);
    g_assert_true (f->m->gsi[MOUSE_IRQ]);
    assert_mouse_says (f, "fa 00");
}

static void
test_keyboard_and_mouse_stay_apart (struct fixture *f, gconstpointer data)
{
    set_mode (f, 0);
    to_mouse (f, 0xf4);
    assert_mouse_says (f, "fa");
    input_button (f->m->env.input, BTN_LEFT, true);
    input_key (f->m->env.input, KEY_A, true);
    input_button (f->m->env.input, BTN_LEFT, false);

    /* The packet's first byte was in the buffer before the key; the key overtakes the rest. */
    g_assert_cmphex (test_in8 (f->m, COMMAND) & 0x21, ==, 0x21);
    g_assert_cmphex (test_in8 (f->m, DATA), ==, 0x09);
    g_assert_cmphex (test_in8 (f->m, COMMAND) & 0x21, ==, 0x01);
    g_assert_cmphex (test_in8 (f->m, DATA), ==, 0x1c);
    assert_mouse_says (f, "00 00 08 00 00");
}

static void
test_switched_off_keyboard_waits (struct fixture *f, gconstpointer data)
{
    set_mode (f, MODE_KEYBOARD_OFF);
    input_key (f->m->env.input, KEY_A, true);
    assert_silence (f);
    test_out8 (f->m, COMMAND, 0xae);
    assert_keyboard_says (f, "1c");
}

static void
test_sending_switches_on (struct fixture *f, gconstpointer data)
{
    set_mode (f, MODE_KEYBOARD_OFF | MODE_MOUSE_OFF);
    test_out8 (f->m, DATA, 0xee);
    assert_keyboard_says (f, "ee");
    to_mouse (f, 0xf2);
    assert_mouse_says (f, "fa 00");
    test_out8 (f->m, COMMAND, 0x20);
    assert_keyboard_says (f, "00");
}

static void
test_new_command_cancels_an_argument (struct fixture *f, gconstpointer data)
{
    set_mode (f, 0);
    test_out8 (f->m, COMMAND, 0x60);
    test_out8 (f->m, COMMAND, 0xae);
    test_out8 (f->m, DATA, 0xee); /* the keyboard's, not the command byte */
    assert_keyboard_says (f, "ee");
}

/* Drivers throw away at most 16 bytes before they call the controller broken. */
static void
test_unread_keys_end_within_sixteen_bytes (struct fixture *f, gconstpointer data)
{
    unsigned n = 0;

    set_mode (f, 0);
    for (unsigned i = 0; i < 200; i++) {
        input_key (f->m->env.input, KEY_A + i % 9, true);
        input_key (f->m->env.input, KEY_A + i % 9, false);
    }
    test_out8 (f->m, COMMAND, 0xad); /* as they do first */
    while (test_in8 (f->m, COMMAND) & STATUS_FULL) {
        test_in8 (f->m, DATA);
        n++;
    }
    g_assert_cmpuint (n, <=, 16);
    test_out8 (f->m, COMMAND, 0xae);
    for (n = 0; test_in8 (f->m, COMMAND) & STATUS_FULL; n++)
        test_in8 (f->m, DATA);
    g_assert_cmpuint (n, >=, 10);
    g_assert_cmpuint (n, <=, 16);
}

static void
test_reset_empties_everything (struct fixture *f, gconstpointer data)
{
    set_mode (f, 0x03);
    to_mouse (f, 0xf4);
    input_key (f->m->env.input, KEY_A, true);
    input_button (f->m->env.input, BTN_LEFT, true);
    test_out8 (f->m, COMMAND, 0xd1); /* an argument that will not come */
    device_reset (f->i8042);
    g_assert_false (f->m->gsi[KEYBOARD_IRQ]);
    g_assert_false (f->m->gsi[MOUSE_IRQ]);
    g_assert_cmphex (test_in8 (f->m, COMMAND), ==, 0x10);
    test_out8 (f->m, COMMAND, 0x20);
    assert_keyboard_says (f, "70"); /* both off, translating, no interrupts */
    test_out8 (f->m, COMMAND, 0xae);
    test_out8 (f->m, COMMAND, 0xa8);
    assert_silence (f);
    test_out8 (f->m, DATA, 0xee);
    assert_keyboard_says (f, "ee");
}

static void
test_destroying_takes_input_back (void)
{
    struct test_machine *m = test_machine_new ();
    struct device *i8042;

    g_assert_cmpint (i8042_create (&m->env, &i8042), ==, 0);
    device_destroy (i8042);
    input_key (m->env.input, KEY_A, true);
    input_pointer_relative (m->env.input, 1, 1);
    g_assert_cmphex (test_in8 (m, COMMAND), ==, 0xff);
    test_machine_free (m);
}

/* A user who hits everything. */
static void
hit_something (void *opaque, uint32_t random)
{
    struct input *input = ((struct fixture *)opaque)->m->env.input;
    bool down = random & 0x80000000;

    switch (random % 5) {
    case 0:
    case 1:
        input_key (input, random >> 8 & 0x1ff, down);
        break;
    case 2:
        input_pointer_relative (input, (int)(random >> 8 & 0xfff) - 2048,
                                (int)(random >> 20) - 2048);
        break;
    case 3:
        input_button (input, BTN_MOUSE + (random >> 8) % 8, down);
        break;
    default:
        input_wheel (input, 0, (int)(random >> 8 & 0xff) - 128);
        break;
    }
}

static void
test_survives_random_accesses (struct fixture *f, gconstpointer data)
{
    unsigned n = 0;

    random_pokes (f->m, DATA, 5, hit_something, f);

    /* What is queued is bounded: it can be read to its end. */
    set_mode (f, 0);
    for (; test_in8 (f->m, COMMAND) & STATUS_FULL; n++)
        test_in8 (f->m, DATA);
    g_assert_cmpuint (n, <, 256);

    device_reset (f->i8042);
    test_out8 (f->m, COMMAND, 0xaa);
    assert_keyboard_says (f, "55");
}

#define ADD(name, func)                                                                            \
    g_test_add ("/i8042/" name, struct fixture, NULL, fixture_setup, func, fixture_teardown)

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    ADD ("self-test-passes", test_self_test_passes);
    ADD ("ram-keeps-what-is-written", test_ram_keeps_what_is_written);
    ADD ("switches-show-in-the-command-byte", test_switches_show_in_the_command_byte);
    ADD ("status-tells-command-from-data", test_status_tells_command_from_data);
    ADD ("reset-pulse-asks-the-machine", test_reset_pulse_asks_the_machine);
    ADD ("output-port-keeps-a20", test_output_port_keeps_a20);
    ADD ("loops-come-back-on-their-side", test_loops_come_back_on_their_side);
    ADD ("each-byte-makes-an-edge", test_each_byte_makes_an_edge);
    ADD ("no-interrupt-without-its-bit", test_no_interrupt_without_its_bit);
    ADD ("keyboard-and-mouse-stay-apart", test_keyboard_and_mouse_stay_apart);
    ADD ("switched-off-keyboard-waits", test_switched_off_keyboard_waits);
    ADD ("sending-switches-on", test_sending_switches_on);
    ADD ("new-command-cancels-an-argument", test_new_command_cancels_an_argument);
    ADD ("unread-keys-end-within-sixteen-bytes", test_unread_keys_end_within_sixteen_bytes);
    ADD ("reset-empties-everything", test_reset_empties_everything);
    g_test_add_func ("/i8042/destroying-takes-input-back", test_destroying_takes_input_back);
    ADD ("survives-random-accesses", test_survives_random_accesses);
    return g_test_run ();
}
