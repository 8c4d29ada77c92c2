/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vnc-keys.c - from what viewers call a key to evdev's code for it. */
#include "vnc-keys.h"

#include <glib.h>
#include <linux/input-event-codes.h>

static void
test_numbers (void)
{
    g_assert_cmpuint (vnc_key_from_number (0x01), ==, KEY_ESC);
    g_assert_cmpuint (vnc_key_from_number (0x1e), ==, KEY_A);
    g_assert_cmpuint (vnc_key_from_number (0x45), ==, KEY_NUMLOCK);
    g_assert_cmpuint (vnc_key_from_number (0x54), ==, KEY_SYSRQ);
    g_assert_cmpuint (vnc_key_from_number (0x56), ==, KEY_102ND);
    g_assert_cmpuint (vnc_key_from_number (0x58), ==, KEY_F12);
    g_assert_cmpuint (vnc_key_from_number (0x9c), ==, KEY_KPENTER);
    g_assert_cmpuint (vnc_key_from_number (0xc6), ==, KEY_PAUSE);
    g_assert_cmpuint (vnc_key_from_number (0xc8), ==, KEY_UP);
    g_assert_cmpuint (vnc_key_from_number (0xdb), ==, KEY_LEFTMETA);
}

static void
test_bad_numbers (void)
{
    g_assert_cmpuint (vnc_key_from_number (0), ==, 0);
    g_assert_cmpuint (vnc_key_from_number (0x7f), ==, 0);
    g_assert_cmpuint (vnc_key_from_number (0x81), ==, 0);
    g_assert_cmpuint (vnc_key_from_number (0x101), ==, 0);
    g_assert_cmpuint (vnc_key_from_number (UINT32_MAX), ==, 0);
    for (uint32_t number = 0; number < 0x200; number++)
        g_assert_cmpuint (vnc_key_from_number (number), <, BTN_MISC);
}

static void
assert_keysym (uint32_t keysym, unsigned key, enum vnc_shift shift)
{
    enum vnc_shift got;

    g_assert_cmpuint (vnc_key_from_keysym (keysym, &got), ==, key);
    g_assert_cmpint (got, ==, shift);
}

static void
test_keysyms (void)
{
    assert_keysym ('a', KEY_A, VNC_SHIFT_ANY);
    assert_keysym ('Z', KEY_Z, VNC_SHIFT_ANY);
    assert_keysym ('1', KEY_1, VNC_SHIFT_UP);
    assert_keysym ('!', KEY_1, VNC_SHIFT_DOWN);
    assert_keysym ('0', KEY_0, VNC_SHIFT_UP);
    assert_keysym ('/', KEY_SLASH, VNC_SHIFT_UP);
    assert_keysym ('"', KEY_APOSTROPHE, VNC_SHIFT_DOWN);
    assert_keysym ('~', KEY_GRAVE, VNC_SHIFT_DOWN);
    assert_keysym (' ', KEY_SPACE, VNC_SHIFT_ANY);
    assert_keysym (0xff0d, KEY_ENTER, VNC_SHIFT_ANY);
    assert_keysym (0xff1b, KEY_ESC, VNC_SHIFT_ANY);
    assert_keysym (0xffe1, KEY_LEFTSHIFT, VNC_SHIFT_ANY);
    assert_keysym (0xffc9, KEY_F12, VNC_SHIFT_ANY);
    assert_keysym (0xffb5, KEY_KP5, VNC_SHIFT_ANY);
    assert_keysym (0xfe03, KEY_RIGHTALT, VNC_SHIFT_ANY);
    assert_keysym (0xffff, KEY_DELETE, VNC_SHIFT_ANY);
}

/* Every character a US keyboard types has a key. */
static void
test_all_ascii (void)
{
    enum vnc_shift shift;

    for (uint32_t c = ' '; c < 0x7f; c++)
        g_assert_cmpuint (vnc_key_from_keysym (c, &shift), !=, 0);
    g_assert_cmpuint (vnc_key_from_keysym (0xe4, &shift), ==, 0);       /* ä */
    g_assert_cmpuint (vnc_key_from_keysym (0x010020ac, &shift), ==, 0); /* € */
    g_assert_cmpuint (vnc_key_from_keysym (UINT32_MAX, &shift), ==, 0);
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    g_test_add_func ("/vnc-keys/numbers-are-scancodes", test_numbers);
    g_test_add_func ("/vnc-keys/numbers-of-no-key-are-none", test_bad_numbers);
    g_test_add_func ("/vnc-keys/keysyms-are-a-us-keyboards", test_keysyms);
    g_test_add_func ("/vnc-keys/all-of-ascii-can-be-typed", test_all_ascii);
    return g_test_run ();
}
