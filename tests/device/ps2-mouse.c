/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ps2-mouse.c - what a mouse driver may rely on, through the controller. */
#include <linux/input-event-codes.h>

#include "i8042-fixture.h"

static void
setup (struct fixture *f, gconstpointer data)
{
    fixture_setup (f, data);
    set_mode (f, MODE_KEYBOARD_OFF);
}

static void
command (struct fixture *f, uint8_t byte, const char *answer)
{
    to_mouse (f, byte);
    assert_mouse_says (f, answer);
}

static void
set_rate (struct fixture *f, uint8_t rate)
{
    command (f, 0xf3, "fa");
    command (f, rate, "fa");
}

static void
knock (struct fixture *f, uint8_t a, uint8_t b, uint8_t c)
{
    set_rate (f, a);
    set_rate (f, b);
    set_rate (f, c);
}

static void
move (struct fixture *f, int dx, int dy)
{
    input_pointer_relative (f->m->env.input, dx, dy);
}

static void
button (struct fixture *f, unsigned code, bool down)
{
    input_button (f->m->env.input, code, down);
}

/* Reads packets of LEN bytes to the end; returns how many, and what they add up to. */
static unsigned
read_packets (struct fixture *f, unsigned len, int *x, int *y, int *z)
{
    unsigned n = 0;

    *x = *y = *z = 0;
    for (; test_in8 (f->m, COMMAND) & STATUS_FULL; n++) {
        uint8_t p[4] = { 0 };

        for (unsigned i = 0; i < len; i++) {
            g_assert_cmphex (test_in8 (f->m, COMMAND) & 0x21, ==, 0x21);
            p[i] = test_in8 (f->m, DATA);
        }
        g_assert_cmphex (p[0] & 0xc8, ==, 0x08); /* no overflow, the bit that is always set */
        *x += p[1] - (p[0] & 0x10 ? 256 : 0);
        *y += p[2] - (p[0] & 0x20 ? 256 : 0);
        *z += (int8_t)p[3];
    }
    return n;
}

static void
test_answers_commands (struct fixture *f, gconstpointer data)
{
    command (f, 0xff, "fa aa 00");
    command (f, 0xf2, "fa 00");
    command (f, 0xe9, "fa 00 02 64");
    command (f, 0xe8, "fa");
    command (f, 0x03, "fa");
    set_rate (f, 60);
    command (f, 0xe7, "fa");
    command (f, 0xf4, "fa");
    command (f, 0xe9, "fa 30 03 3c");
    command (f, 0xe6, "fa");
    command (f, 0xf0, "fa");
    command (f, 0xe9, "fa 60 03 3c");
    command (f, 0xea, "fa");
    command (f, 0xf5, "fa");
    command (f, 0xec, "fa");
    command (f, 0xf6, "fa");
    command (f, 0xe9, "fa 00 02 64");
    command (f, 0x00, "fe");
    command (f, 0xe8, "fa");
    command (f, 0xf2, "fa 00"); /* a command where an argument was due */
}

static void
test_status_shows_buttons (struct fixture *f, gconstpointer data)
{
    button (f, BTN_LEFT, true);
    command (f, 0xe9, "fa 04 02 64");
    button (f, BTN_RIGHT, true);
    button (f, BTN_MIDDLE, true);
    command (f, 0xe9, "fa 07 02 64");
}

static void
test_silent_until_enabled (struct fixture *f, gconstpointer data)
{
    move (f, 5, 5);
    button (f, BTN_LEFT, true);
    assert_silence (f);
    command (f, 0xf4, "fa"); /* what was before does not count */
    move (f, 1, 0);
    assert_mouse_says (f, "09 01 00");
    command (f, 0xf5, "fa");
    move (f, 1, 0);
    assert_silence (f);
}

static void
test_packets_have_signs (struct fixture *f, gconstpointer data)
{
    command (f, 0xf4, "fa");
    move (f, 3, 4); /* right and down; the packet's y goes up */
    assert_mouse_says (f, "28 03 fc");
    move (f, -3, -4);
    assert_mouse_says (f, "18 fd 04");
    button (f, BTN_RIGHT, true);
    assert_mouse_says (f, "0a 00 00");
    button (f, BTN_MIDDLE, true);
    assert_mouse_says (f, "0e 00 00");
    button (f, BTN_RIGHT, false);
    button (f, BTN_MIDDLE, false);
    assert_mouse_says (f, "0c 00 00 08 00 00");
}

static void
test_long_moves_are_carried_on (struct fixture *f, gconstpointer data)
{
    int x, y, z;

    command (f, 0xf4, "fa");
    move (f, 2000, -1500);
    g_assert_cmpuint (read_packets (f, 3, &x, &y, &z), >=, 8);
    g_assert_cmpint (x, ==, 2000);
    g_assert_cmpint (y, ==, 1500);
}

static void
test_movement_gathers_while_nobody_reads (struct fixture *f, gconstpointer data)
{
    int x, y, z;

    command (f, 0xf4, "fa");
    for (unsigned i = 0; i < 1000; i++)
        move (f, 1, -1);
    g_assert_cmpuint (read_packets (f, 3, &x, &y, &z), <=, 6);
    g_assert_cmpint (x, ==, 1000);
    g_assert_cmpint (y, ==, 1000);
}

static void
test_click_between_moves_is_where_it_was (struct fixture *f, gconstpointer data)
{
    command (f, 0xf4, "fa");
    move (f, 1, 0);
    move (f, 2, 0);
    button (f, BTN_LEFT, true);
    button (f, BTN_LEFT, false);
    move (f, 4, 0);
    assert_mouse_says (f, "08 01 00 08 02 00 09 00 00 08 00 00 08 04 00");
}

static void
test_unread_clicks_are_bounded_and_end_right (struct fixture *f, gconstpointer data)
{
    uint8_t last = 0xff;
    unsigned n = 0;

    command (f, 0xf4, "fa");
    for (unsigned i = 0; i < 1001; i++)
        button (f, BTN_LEFT, i % 2 == 0);
    for (; test_in8 (f->m, COMMAND) & STATUS_FULL; n++) {
        last = test_in8 (f->m, DATA);
        test_in8 (f->m, DATA);
        test_in8 (f->m, DATA);
    }
    g_assert_cmpuint (n, <=, 8);
    g_assert_cmphex (last, ==, 0x09); /* it is down in the end */
}

static void
test_knock_makes_a_wheel (struct fixture *f, gconstpointer data)
{
    command (f, 0xf2, "fa 00");
    input_wheel (f->m->env.input, 0, 1);
    knock (f, 200, 100, 80);
    command (f, 0xf2, "fa 03");
    command (f, 0xf4, "fa");
    input_wheel (f->m->env.input, 0, 1); /* down */
    assert_mouse_says (f, "08 00 00 01");
    input_wheel (f->m->env.input, 0, -2);
    assert_mouse_says (f, "08 00 00 fe");
    input_wheel (f->m->env.input, 0, 20);
    assert_mouse_says (f, "08 00 00 07 08 00 00 07 08 00 00 06");
    button (f, BTN_SIDE, true); /* it has no such button to tell of */
    assert_mouse_says (f, "08 00 00 00");
}

static void
test_knock_makes_five_buttons (struct fixture *f, gconstpointer data)
{
    knock (f, 200, 200, 80);
    command (f, 0xf2, "fa 04");
    command (f, 0xf4, "fa");
    button (f, BTN_SIDE, true);
    assert_mouse_says (f, "08 00 00 10");
    button (f, BTN_EXTRA, true);
    assert_mouse_says (f, "08 00 00 30");
    input_wheel (f->m->env.input, 0, -1);
    assert_mouse_says (f, "08 00 00 3f");
    command (f, 0xff, "fa aa 00");
    command (f, 0xf2, "fa 00"); /* a reset makes it plain again */
}

static void
test_other_knocks_do_nothing (struct fixture *f, gconstpointer data)
{
    knock (f, 200, 80, 100);
    command (f, 0xf2, "fa 00");
    knock (f, 100, 200, 80);
    command (f, 0xf2, "fa 00");
}

static void
test_remote_mode_is_asked (struct fixture *f, gconstpointer data)
{
    command (f, 0xf0, "fa");
    move (f, 10, 0);
    assert_silence (f);
    command (f, 0xeb, "fa 08 0a 00");
    command (f, 0xeb, "fa 08 00 00");
    move (f, 300, 0);
    command (f, 0xeb, "fa 08 ff 00");
    command (f, 0xeb, "fa 08 2d 00");
}

static void
test_wrap_mode_echoes (struct fixture *f, gconstpointer data)
{
    command (f, 0xf4, "fa");
    command (f, 0xee, "fa");
    command (f, 0x12, "12");
    command (f, 0xf2, "f2");
    move (f, 1, 0);
    assert_silence (f);
    to_mouse (f, 0xec);
    assert_mouse_says (f, "fa 08 01 00"); /* streaming again */
    command (f, 0xee, "fa");
    command (f, 0xff, "fa aa 00");
    command (f, 0xf2, "fa 00");
}

static void
test_scaling_doubles (struct fixture *f, gconstpointer data)
{
    static const struct {
        int move;
        const char *packet;
    } moves[] = {
        { 1, "08 01 00" },  { 2, "08 01 00" },   { 3, "08 03 00" },
        { 4, "08 06 00" },  { 5, "08 09 00" },   { 6, "08 0c 00" },
        { -4, "18 fa 00" }, { 100, "08 c8 00" }, { 130, "08 fe 00 08 03 00" },
    };

    command (f, 0xe7, "fa");
    command (f, 0xf4, "fa");
    for (unsigned i = 0; i < G_N_ELEMENTS (moves); i++) {
        move (f, moves[i].move, 0);
        assert_mouse_says (f, moves[i].packet);
    }
    command (f, 0xe6, "fa");
    move (f, 100, 0);
    assert_mouse_says (f, "08 64 00");
}

static void
test_command_discards_packets_not_buttons (struct fixture *f, gconstpointer data)
{
    command (f, 0xf4, "fa");
    button (f, BTN_LEFT, true);
    g_assert_cmphex (test_in8 (f->m, DATA), ==, 0x09); /* the second byte is in the buffer now */
    to_mouse (f, 0xf2);
    assert_mouse_says (f, "00 fa 00 09 00 00");
}

static void
test_resends_the_last_byte (struct fixture *f, gconstpointer data)
{
    command (f, 0xf2, "fa 00");
    command (f, 0xfe, "00");
}

static void
test_unread_answers_are_bounded (struct fixture *f, gconstpointer data)
{
    unsigned n = 0;

    for (unsigned i = 0; i < 10000; i++)
        to_mouse (f, i % 2 ? 0xe9 : 0xeb);
    for (; test_in8 (f->m, COMMAND) & STATUS_FULL; n++)
        test_in8 (f->m, DATA);
    g_assert_cmpuint (n, <=, 64);
    command (f, 0xf2, "fa 00");
}

#define ADD(name, func)                                                                            \
    g_test_add ("/ps2-mouse/" name, struct fixture, NULL, setup, func, fixture_teardown)

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    ADD ("answers-commands", test_answers_commands);
    ADD ("status-shows-buttons", test_status_shows_buttons);
    ADD ("silent-until-enabled", test_silent_until_enabled);
    ADD ("packets-have-signs", test_packets_have_signs);
    ADD ("long-moves-are-carried-on", test_long_moves_are_carried_on);
    ADD ("movement-gathers-while-nobody-reads", test_movement_gathers_while_nobody_reads);
    ADD ("click-between-moves-is-where-it-was", test_click_between_moves_is_where_it_was);
    ADD ("unread-clicks-are-bounded-and-end-right", test_unread_clicks_are_bounded_and_end_right);
    ADD ("knock-makes-a-wheel", test_knock_makes_a_wheel);
    ADD ("knock-makes-five-buttons", test_knock_makes_five_buttons);
    ADD ("other-knocks-do-nothing", test_other_knocks_do_nothing);
    ADD ("remote-mode-is-asked", test_remote_mode_is_asked);
    ADD ("wrap-mode-echoes", test_wrap_mode_echoes);
    ADD ("scaling-doubles", test_scaling_doubles);
    ADD ("command-discards-packets-not-buttons", test_command_discards_packets_not_buttons);
    ADD ("resends-the-last-byte", test_resends_the_last_byte);
    ADD ("unread-answers-are-bounded", test_unread_answers_are_bounded);
    return g_test_run ();
}
