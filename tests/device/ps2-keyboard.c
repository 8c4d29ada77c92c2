/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ps2-keyboard.c - what a keyboard driver may rely on, through the controller. */
#include <linux/input-event-codes.h>

#include "i8042-fixture.h"

static void
key (struct fixture *f, unsigned code, bool down)
{
    input_key (f->m->env.input, code, down);
}

/* A keyboard driver's usual start: no translation, no interrupts. */
static void
setup_raw (struct fixture *f, gconstpointer data)
{
    fixture_setup (f, data);
    set_mode (f, MODE_MOUSE_OFF);
}

static void
setup_translated (struct fixture *f, gconstpointer data)
{
    fixture_setup (f, data);
    set_mode (f, MODE_MOUSE_OFF | MODE_TRANSLATE);
}

static void
use_set (struct fixture *f, uint8_t set)
{
    test_out8 (f->m, DATA, 0xf0);
    assert_keyboard_says (f, "fa");
    test_out8 (f->m, DATA, set);
    assert_keyboard_says (f, "fa");
}

static void
test_answers_commands (struct fixture *f, gconstpointer data)
{
    static const struct {
        uint8_t byte;
        const char *answer;
    } steps[] = {
        { 0xff, "fa aa" }, { 0xf2, "fa ab 83" }, { 0xee, "ee" }, { 0xf5, "fa" },
        { 0xf4, "fa" },    { 0xf6, "fa" },       { 0xf3, "fa" }, { 0x20, "fa" },
        { 0xed, "fa" },    { 0x07, "fa" },       { 0xf0, "fa" }, { 0x00, "fa 02" },
        { 0xf0, "fa" },    { 0x01, "fa" },       { 0xf0, "fa" }, { 0x00, "fa 01" },
        { 0xf0, "fa" },    { 0x04, "fe" },       { 0x03, "fa" }, { 0xf0, "fa" },
        { 0x00, "fa 03" }, { 0xf8, "fa" },       { 0xfc, "fa" }, { 0x1c, "fa" },
        { 0xed, "fa" },    { 0xf2, "fa ab 83" }, /* a command where an argument was due */
        { 0x07, "fe" },    { 0x00, "fe" },       { 0xef, "fe" }, { 0xff, "fa aa" },
        { 0xf0, "fa" },    { 0x00, "fa 02" },
    };

    for (unsigned i = 0; i < G_N_ELEMENTS (steps); i++) {
        test_out8 (f->m, DATA, steps[i].byte);
        assert_keyboard_says (f, steps[i].answer);
    }
}

static void
test_resends_the_last_byte (struct fixture *f, gconstpointer data)
{
    key (f, KEY_Q, true);
    assert_keyboard_says (f, "15");
    test_out8 (f->m, DATA, 0xfe);
    assert_keyboard_says (f, "15");
    test_out8 (f->m, DATA, 0xfe);
    assert_keyboard_says (f, "15");
}

static void
test_id_is_translated_too (struct fixture *f, gconstpointer data)
{
    test_out8 (f->m, DATA, 0xf2);
    assert_keyboard_says (f, "fa ab 41");
}

/* evdev numbered the keys of the first 83-key keyboards, and some later ones, by their set 1 code.
 */
static void
test_plain_keys_translate_to_set_1 (struct fixture *f, gconstpointer data)
{
    char expected[8];

    for (unsigned code = KEY_ESC; code <= KEY_F12; code++) {
        if (code == 84 || code == KEY_ZENKAKUHANKAKU)
            continue;
        g_snprintf (expected, sizeof expected, "%02x", code);
        key (f, code, true);
        assert_keyboard_says (f, expected);
        g_snprintf (expected, sizeof expected, "%02x", code | 0x80);
        key (f, code, false);
        assert_keyboard_says (f, expected);
    }
}

static void
test_grey_keys_have_a_prefix (struct fixture *f, gconstpointer data)
{
    static const struct {
        unsigned code;
        const char *make, *release;
    } keys[] = {
        { KEY_KPENTER, "e0 1c", "e0 9c" },
        { KEY_RIGHTCTRL, "e0 1d", "e0 9d" },
        { KEY_KPSLASH, "e0 35", "e0 b5" },
        { KEY_RIGHTALT, "e0 38", "e0 b8" },
        { KEY_HOME, "e0 47", "e0 c7" },
        { KEY_UP, "e0 48", "e0 c8" },
        { KEY_PAGEUP, "e0 49", "e0 c9" },
        { KEY_LEFT, "e0 4b", "e0 cb" },
        { KEY_RIGHT, "e0 4d", "e0 cd" },
        { KEY_END, "e0 4f", "e0 cf" },
        { KEY_DOWN, "e0 50", "e0 d0" },
        { KEY_PAGEDOWN, "e0 51", "e0 d1" },
        { KEY_INSERT, "e0 52", "e0 d2" },
        { KEY_DELETE, "e0 53", "e0 d3" },
        { KEY_LEFTMETA, "e0 5b", "e0 db" },
        { KEY_RIGHTMETA, "e0 5c", "e0 dc" },
        { KEY_COMPOSE, "e0 5d", "e0 dd" },
        { KEY_POWER, "e0 5e", "e0 de" },
        { KEY_SLEEP, "e0 5f", "e0 df" },
        { KEY_WAKEUP, "e0 63", "e0 e3" },
        { KEY_MUTE, "e0 20", "e0 a0" },
        { KEY_VOLUMEDOWN, "e0 2e", "e0 ae" },
        { KEY_VOLUMEUP, "e0 30", "e0 b0" },
        { KEY_PLAYPAUSE, "e0 22", "e0 a2" },
        { KEY_NEXTSONG, "e0 19", "e0 99" },
        { KEY_PREVIOUSSONG, "e0 10", "e0 90" },
        { KEY_STOPCD, "e0 24", "e0 a4" },
        { KEY_MAIL, "e0 6c", "e0 ec" },
        { KEY_HOMEPAGE, "e0 32", "e0 b2" },
        { KEY_CALC, "e0 21", "e0 a1" },
        { KEY_MEDIA, "e0 6d", "e0 ed" },
        { KEY_COMPUTER, "e0 6b", "e0 eb" },
        { KEY_RO, "73", "f3" },
        { KEY_YEN, "7d", "fd" },
        { KEY_HENKAN, "79", "f9" },
        { KEY_MUHENKAN, "7b", "fb" },
        { KEY_KATAKANAHIRAGANA, "70", "f0" },
        { KEY_F13, "64", "e4" },
    };

    for (unsigned i = 0; i < G_N_ELEMENTS (keys); i++) {
        key (f, keys[i].code, true);
        assert_keyboard_says (f, keys[i].make);
        key (f, keys[i].code, false);
        assert_keyboard_says (f, keys[i].release);
    }
}

static void
test_set_2_releases_with_a_prefix (struct fixture *f, gconstpointer data)
{
    key (f, KEY_A, true);
    key (f, KEY_A, false);
    key (f, KEY_F7, true);
    key (f, KEY_F7, false);
    key (f, KEY_UP, true);
    key (f, KEY_UP, false);
    assert_keyboard_says (f, "1c f0 1c 83 f0 83 e0 75 e0 f0 75");
}

static void
test_set_1_of_the_keyboard_itself (struct fixture *f, gconstpointer data)
{
    use_set (f, 1);
    key (f, KEY_A, true);
    key (f, KEY_A, false);
    key (f, KEY_UP, true);
    key (f, KEY_UP, false);
    assert_keyboard_says (f, "1e 9e e0 48 e0 c8");
}

static void
test_set_3_has_no_prefixes (struct fixture *f, gconstpointer data)
{
    static const unsigned codes[] = { KEY_A, KEY_UP, KEY_RIGHTCTRL, KEY_SYSRQ, KEY_PAUSE, KEY_ESC };

    use_set (f, 3);
    for (unsigned i = 0; i < G_N_ELEMENTS (codes); i++)
        key (f, codes[i], true);
    assert_keyboard_says (f, "1c 63 58 57 62 08");
    for (unsigned i = 0; i < 4; i++)
        key (f, codes[i], false);
    assert_keyboard_says (f, "f0 1c f0 63 f0 58 f0 57");
}

static void
test_pause_says_all_at_once (struct fixture *f, gconstpointer data)
{
    key (f, KEY_PAUSE, true);
    assert_keyboard_says (f, "e1 14 77 e1 f0 14 f0 77");
    key (f, KEY_PAUSE, false);
    assert_silence (f);
    key (f, KEY_LEFTCTRL, true);
    assert_keyboard_says (f, "14");
    key (f, KEY_PAUSE, true);
    assert_keyboard_says (f, "e0 7e e0 f0 7e");
    use_set (f, 1);
    key (f, KEY_LEFTCTRL, false);
    key (f, KEY_PAUSE, true);
    assert_keyboard_says (f, "e1 1d 45 e1 9d c5");
}

static void
test_print_screen_depends_on_modifiers (struct fixture *f, gconstpointer data)
{
    key (f, KEY_SYSRQ, true);
    assert_keyboard_says (f, "e0 12 e0 7c");
    key (f, KEY_SYSRQ, false);
    assert_keyboard_says (f, "e0 f0 7c e0 f0 12");

    key (f, KEY_RIGHTSHIFT, true);
    assert_keyboard_says (f, "59");
    key (f, KEY_SYSRQ, true);
    assert_keyboard_says (f, "e0 7c");
    key (f, KEY_RIGHTSHIFT, false); /* the release is the press's, whatever changed meanwhile */
    assert_keyboard_says (f, "f0 59");
    key (f, KEY_SYSRQ, false);
    assert_keyboard_says (f, "e0 f0 7c");

    key (f, KEY_LEFTALT, true);
    assert_keyboard_says (f, "11");
    key (f, KEY_SYSRQ, true);
    assert_keyboard_says (f, "84");
    key (f, KEY_SYSRQ, false);
    assert_keyboard_says (f, "f0 84");
}

static void
test_repeats_of_the_console_are_presses (struct fixture *f, gconstpointer data)
{
    for (unsigned i = 0; i < 3; i++)
        key (f, KEY_A, true);
    assert_keyboard_says (f, "1c 1c 1c");
    key (f, KEY_A, false);
    key (f, KEY_A, false);
    assert_keyboard_says (f, "f0 1c");
}

static void
test_unknown_keys_say_nothing (struct fixture *f, gconstpointer data)
{
    key (f, KEY_BRIGHTNESSUP, true);
    key (f, KEY_BRIGHTNESSUP, false);
    key (f, 0x2ff, true);
    key (f, 0x1b0, true);
    assert_silence (f);
}

static void
test_disabled_keyboard_is_silent (struct fixture *f, gconstpointer data)
{
    test_out8 (f->m, DATA, 0xf5);
    assert_keyboard_says (f, "fa");
    key (f, KEY_A, true);
    key (f, KEY_A, false);
    assert_silence (f);
    test_out8 (f->m, DATA, 0xf4);
    assert_keyboard_says (f, "fa");
    key (f, KEY_B, true);
    assert_keyboard_says (f, "32");
}

static void
test_answers_overtake_keys_but_split_none (struct fixture *f, gconstpointer data)
{
    key (f, KEY_UP, true);
    key (f, KEY_A, true);
    g_assert_cmphex (test_in8 (f->m, DATA), ==, 0xe0); /* and 75h is in the buffer already */
    test_out8 (f->m, DATA, 0xee);
    assert_keyboard_says (f, "75 ee 1c");

    key (f, KEY_HOME, true);
    test_out8 (f->m, DATA, 0xee); /* E0h is in the buffer, 6Ch is not */
    assert_keyboard_says (f, "e0 6c ee");
}

/* Presses that find no room are lost and marked; no key stays down for the guest. */
static void
test_overrun_is_marked_and_releases_follow (struct fixture *f, gconstpointer data)
{
    bool down[256] = { false };
    bool is_release = false, overrun = false;

    for (unsigned code = KEY_Q; code <= KEY_P; code++)
        key (f, code, true);
    for (unsigned code = KEY_A; code <= KEY_L; code++)
        key (f, code, true);
    for (unsigned code = KEY_Q; code <= KEY_L; code++)
        key (f, code, false);

    while (test_in8 (f->m, COMMAND) & STATUS_FULL) {
        uint8_t byte = test_in8 (f->m, DATA);

        if (byte == 0xf0) {
            is_release = true;
            continue;
        }
        overrun |= byte == 0x00;
        down[byte] = !is_release && byte != 0x00;
        is_release = false;
    }
    g_assert_true (overrun);
    for (unsigned i = 0; i < 256; i++)
        g_assert_false (down[i]);

    /* And it works on. */
    key (f, KEY_A, true);
    key (f, KEY_A, false);
    assert_keyboard_says (f, "1c f0 1c");
}

static void
test_key_held_over_a_late_release_stays_held (struct fixture *f, gconstpointer data)
{
    for (unsigned i = 0; i < 20; i++)
        key (f, KEY_A, true);
    key (f, KEY_A, false); /* no room: owed */
    key (f, KEY_A, true);  /* and pressed again */
    while (test_in8 (f->m, COMMAND) & STATUS_FULL)
        g_assert_cmphex (test_in8 (f->m, DATA), !=, 0xf0);
    key (f, KEY_A, false);
    assert_keyboard_says (f, "f0 1c");
}

static void
test_unread_answers_are_bounded (struct fixture *f, gconstpointer data)
{
    unsigned n = 0;

    for (unsigned i = 0; i < 10000; i++)
        test_out8 (f->m, DATA, 0xf2);
    for (; test_in8 (f->m, COMMAND) & STATUS_FULL; n++)
        test_in8 (f->m, DATA);
    g_assert_cmpuint (n, <=, 64);
    test_out8 (f->m, DATA, 0xee);
    assert_keyboard_says (f, "ee");
}

#define ADD(name, how, func)                                                                       \
    g_test_add ("/ps2-keyboard/" name, struct fixture, NULL, setup_##how, func, fixture_teardown)

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    ADD ("answers-commands", raw, test_answers_commands);
    ADD ("resends-the-last-byte", raw, test_resends_the_last_byte);
    ADD ("id-is-translated-too", translated, test_id_is_translated_too);
    ADD ("plain-keys-translate-to-set-1", translated, test_plain_keys_translate_to_set_1);
    ADD ("grey-keys-have-a-prefix", translated, test_grey_keys_have_a_prefix);
    ADD ("set-2-releases-with-a-prefix", raw, test_set_2_releases_with_a_prefix);
    ADD ("set-1-of-the-keyboard-itself", raw, test_set_1_of_the_keyboard_itself);
    ADD ("set-3-has-no-prefixes", raw, test_set_3_has_no_prefixes);
    ADD ("pause-says-all-at-once", raw, test_pause_says_all_at_once);
    ADD ("print-screen-depends-on-modifiers", raw, test_print_screen_depends_on_modifiers);
    ADD ("repeats-of-the-console-are-presses", raw, test_repeats_of_the_console_are_presses);
    ADD ("unknown-keys-say-nothing", raw, test_unknown_keys_say_nothing);
    ADD ("disabled-keyboard-is-silent", raw, test_disabled_keyboard_is_silent);
    ADD ("answers-overtake-keys-but-split-none", raw, test_answers_overtake_keys_but_split_none);
    ADD ("overrun-is-marked-and-releases-follow", raw, test_overrun_is_marked_and_releases_follow);
    ADD ("key-held-over-a-late-release-stays-held", raw,
         test_key_held_over_a_late_release_stays_held);
    ADD ("unread-answers-are-bounded", raw, test_unread_answers_are_bounded);
    return g_test_run ();
}
