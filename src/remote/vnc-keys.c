/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vnc-keys.c - from what viewers call a key to evdev's code for it. */
#include "vnc-keys.h"

#include <linux/input-event-codes.h>
#include <stddef.h>

#include "bits.h"

#define EXTENDED 0x80 /* E0h goes before the scancode */

/* Up to 58h evdev numbered keys as the first PC keyboard did; what is not so follows. */
#define LAST_SAME 0x58

static const struct {
    uint8_t number;
    uint8_t key;
} numbers[] = {
    { 0x54, KEY_SYSRQ },
    { 0x59, KEY_KPEQUAL },
    { 0x5d, KEY_F13 },
    { 0x5e, KEY_F14 },
    { 0x5f, KEY_F15 },
    { 0x70, KEY_KATAKANAHIRAGANA },
    { 0x73, KEY_RO },
    { 0x77, KEY_HIRAGANA },
    { 0x78, KEY_KATAKANA },
    { 0x79, KEY_HENKAN },
    { 0x7b, KEY_MUHENKAN },
    { 0x7d, KEY_YEN },
    { 0x7e, KEY_KPCOMMA },
    { EXTENDED | 0x10, KEY_PREVIOUSSONG },
    { EXTENDED | 0x19, KEY_NEXTSONG },
    { EXTENDED | 0x1c, KEY_KPENTER },
    { EXTENDED | 0x1d, KEY_RIGHTCTRL },
    { EXTENDED | 0x20, KEY_MUTE },
    { EXTENDED | 0x21, KEY_CALC },
    { EXTENDED | 0x22, KEY_PLAYPAUSE },
    { EXTENDED | 0x24, KEY_STOPCD },
    { EXTENDED | 0x2e, KEY_VOLUMEDOWN },
    { EXTENDED | 0x30, KEY_VOLUMEUP },
    { EXTENDED | 0x32, KEY_HOMEPAGE },
    { EXTENDED | 0x35, KEY_KPSLASH },
    { EXTENDED | 0x37, KEY_SYSRQ },
    { EXTENDED | 0x38, KEY_RIGHTALT },
    { EXTENDED | 0x45, KEY_PAUSE },
    { EXTENDED | 0x46, KEY_PAUSE },
    { EXTENDED | 0x47, KEY_HOME },
    { EXTENDED | 0x48, KEY_UP },
    { EXTENDED | 0x49, KEY_PAGEUP },
    { EXTENDED | 0x4b, KEY_LEFT },
    { EXTENDED | 0x4d, KEY_RIGHT },
    { EXTENDED | 0x4f, KEY_END },
    { EXTENDED | 0x50, KEY_DOWN },
    { EXTENDED | 0x51, KEY_PAGEDOWN },
    { EXTENDED | 0x52, KEY_INSERT },
    { EXTENDED | 0x53, KEY_DELETE },
    { EXTENDED | 0x5b, KEY_LEFTMETA },
    { EXTENDED | 0x5c, KEY_RIGHTMETA },
    { EXTENDED | 0x5d, KEY_COMPOSE },
    { EXTENDED | 0x5e, KEY_POWER },
    { EXTENDED | 0x5f, KEY_SLEEP },
    { EXTENDED | 0x63, KEY_WAKEUP },
    { EXTENDED | 0x65, KEY_SEARCH },
    { EXTENDED | 0x66, KEY_BOOKMARKS },
    { EXTENDED | 0x67, KEY_REFRESH },
    { EXTENDED | 0x68, KEY_STOP },
    { EXTENDED | 0x69, KEY_FORWARD },
    { EXTENDED | 0x6a, KEY_BACK },
    { EXTENDED | 0x6b, KEY_COMPUTER },
    { EXTENDED | 0x6c, KEY_MAIL },
    { EXTENDED | 0x6d, KEY_MEDIA },
};

unsigned
vnc_key_from_number (uint32_t number)
{
    for (size_t i = 0; i < ARRAY_SIZE (numbers); i++) {
        if (numbers[i].number == number)
            return numbers[i].key;
    }
    return number <= LAST_SAME && number != 0x55 ? number : 0;
}

/* --- keysyms ------------------------------------------------------------------------- */

/* What each key types, without and with Shift: a US keyboard's rows. */
static const struct {
    uint8_t key;
    char plain, shifted;
} printable[] = {
    { KEY_GRAVE, '`', '~' },      { KEY_1, '1', '!' },         { KEY_2, '2', '@' },
    { KEY_3, '3', '#' },          { KEY_4, '4', '$' },         { KEY_5, '5', '%' },
    { KEY_6, '6', '^' },          { KEY_7, '7', '&' },         { KEY_8, '8', '*' },
    { KEY_9, '9', '(' },          { KEY_0, '0', ')' },         { KEY_MINUS, '-', '_' },
    { KEY_EQUAL, '=', '+' },      { KEY_LEFTBRACE, '[', '{' }, { KEY_RIGHTBRACE, ']', '}' },
    { KEY_BACKSLASH, '\\', '|' }, { KEY_SEMICOLON, ';', ':' }, { KEY_APOSTROPHE, '\'', '"' },
    { KEY_COMMA, ',', '<' },      { KEY_DOT, '.', '>' },       { KEY_SLASH, '/', '?' },
};

static const uint8_t letters[26] = {
    KEY_A, KEY_B, KEY_C, KEY_D, KEY_E, KEY_F, KEY_G, KEY_H, KEY_I, KEY_J, KEY_K, KEY_L, KEY_M,
    KEY_N, KEY_O, KEY_P, KEY_Q, KEY_R, KEY_S, KEY_T, KEY_U, KEY_V, KEY_W, KEY_X, KEY_Y, KEY_Z,
};

/* X11's keysymdef.h: 0xff00 plus this. */
static const struct {
    uint8_t sym;
    uint8_t key;
} functions[] = {
    { 0x08, KEY_BACKSPACE }, { 0x09, KEY_TAB },        { 0x0d, KEY_ENTER },
    { 0x13, KEY_PAUSE },     { 0x14, KEY_SCROLLLOCK }, { 0x15, KEY_SYSRQ },
    { 0x1b, KEY_ESC },       { 0x50, KEY_HOME },       { 0x51, KEY_LEFT },
    { 0x52, KEY_UP },        { 0x53, KEY_RIGHT },      { 0x54, KEY_DOWN },
    { 0x55, KEY_PAGEUP },    { 0x56, KEY_PAGEDOWN },   { 0x57, KEY_END },
    { 0x61, KEY_SYSRQ },     { 0x63, KEY_INSERT },     { 0x67, KEY_COMPOSE },
    { 0x6b, KEY_PAUSE },     { 0x7e, KEY_RIGHTALT },   { 0x7f, KEY_NUMLOCK },
    { 0x80, KEY_SPACE },     { 0x8d, KEY_KPENTER },    { 0x95, KEY_KP7 },
    { 0x96, KEY_KP4 },       { 0x97, KEY_KP8 },        { 0x98, KEY_KP6 },
    { 0x99, KEY_KP2 },       { 0x9a, KEY_KP9 },        { 0x9b, KEY_KP3 },
    { 0x9c, KEY_KP1 },       { 0x9d, KEY_KP5 },        { 0x9e, KEY_KP0 },
    { 0x9f, KEY_KPDOT },     { 0xaa, KEY_KPASTERISK }, { 0xab, KEY_KPPLUS },
    { 0xac, KEY_KPCOMMA },   { 0xad, KEY_KPMINUS },    { 0xae, KEY_KPDOT },
    { 0xaf, KEY_KPSLASH },   { 0xb0, KEY_KP0 },        { 0xb1, KEY_KP1 },
    { 0xb2, KEY_KP2 },       { 0xb3, KEY_KP3 },        { 0xb4, KEY_KP4 },
    { 0xb5, KEY_KP5 },       { 0xb6, KEY_KP6 },        { 0xb7, KEY_KP7 },
    { 0xb8, KEY_KP8 },       { 0xb9, KEY_KP9 },        { 0xbd, KEY_KPEQUAL },
    { 0xbe, KEY_F1 },        { 0xbf, KEY_F2 },         { 0xc0, KEY_F3 },
    { 0xc1, KEY_F4 },        { 0xc2, KEY_F5 },         { 0xc3, KEY_F6 },
    { 0xc4, KEY_F7 },        { 0xc5, KEY_F8 },         { 0xc6, KEY_F9 },
    { 0xc7, KEY_F10 },       { 0xc8, KEY_F11 },        { 0xc9, KEY_F12 },
    { 0xe1, KEY_LEFTSHIFT }, { 0xe2, KEY_RIGHTSHIFT }, { 0xe3, KEY_LEFTCTRL },
    { 0xe4, KEY_RIGHTCTRL }, { 0xe5, KEY_CAPSLOCK },   { 0xe7, KEY_LEFTMETA },
    { 0xe8, KEY_RIGHTMETA }, { 0xe9, KEY_LEFTALT },    { 0xea, KEY_RIGHTALT },
    { 0xeb, KEY_LEFTMETA },  { 0xec, KEY_RIGHTMETA },  { 0xff, KEY_DELETE },
};

#define SYM_FUNCTION     0xff00u
#define SYM_LEFT_TAB     0xfe20u /* what Shift and Tab make */
#define SYM_LEVEL3_SHIFT 0xfe03u /* AltGr */

static unsigned
key_for_character (uint32_t c, enum vnc_shift *shift)
{
    if (c == ' ')
        return KEY_SPACE;
    /* A capital may come of Caps Lock, which the guest has too: Shift is left as it is. */
    if (c >= 'a' && c <= 'z')
        return letters[c - 'a'];
    if (c >= 'A' && c <= 'Z')
        return letters[c - 'A'];
    for (size_t i = 0; i < ARRAY_SIZE (printable); i++) {
        if (c == (uint8_t) printable[i].plain || c == (uint8_t) printable[i].shifted) {
            *shift = c == (uint8_t) printable[i].plain ? VNC_SHIFT_UP : VNC_SHIFT_DOWN;
            return printable[i].key;
        }
    }
    return 0;
}

unsigned
vnc_key_from_keysym (uint32_t keysym, enum vnc_shift *shift)
{
    *shift = VNC_SHIFT_ANY;
    if (keysym < 0x80)
        return key_for_character (keysym, shift);
    if (keysym == SYM_LEVEL3_SHIFT)
        return KEY_RIGHTALT;
    if (keysym == SYM_LEFT_TAB)
        return KEY_TAB;
    if ((keysym & ~0xffu) != SYM_FUNCTION)
        return 0;
    for (size_t i = 0; i < ARRAY_SIZE (functions); i++) {
        if (functions[i].sym == (keysym & 0xff))
            return functions[i].key;
    }
    return 0;
}
