/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vitrine-keys.c - key names and text as the keys that make them, by evdev's numbers. */
#include "vitrine-keys.h"

#include <glib/gi18n-lib.h>
#include <linux/input-event-codes.h>
#include <string.h>

#include "vitrine-error.h"
#include "vitrine-keys-private.h"

/* The characters of a US keyboard, a key a row: alone, and with shift. */
static const struct {
    char plain, shifted;
    guint16 code;
} us_layout[] = {
    { '`', '~', KEY_GRAVE },       { '1', '!', KEY_1 },          { '2', '@', KEY_2 },
    { '3', '#', KEY_3 },           { '4', '$', KEY_4 },          { '5', '%', KEY_5 },
    { '6', '^', KEY_6 },           { '7', '&', KEY_7 },          { '8', '*', KEY_8 },
    { '9', '(', KEY_9 },           { '0', ')', KEY_0 },          { '-', '_', KEY_MINUS },
    { '=', '+', KEY_EQUAL },       { 'q', 'Q', KEY_Q },          { 'w', 'W', KEY_W },
    { 'e', 'E', KEY_E },           { 'r', 'R', KEY_R },          { 't', 'T', KEY_T },
    { 'y', 'Y', KEY_Y },           { 'u', 'U', KEY_U },          { 'i', 'I', KEY_I },
    { 'o', 'O', KEY_O },           { 'p', 'P', KEY_P },          { '[', '{', KEY_LEFTBRACE },
    { ']', '}', KEY_RIGHTBRACE },  { '\\', '|', KEY_BACKSLASH }, { 'a', 'A', KEY_A },
    { 's', 'S', KEY_S },           { 'd', 'D', KEY_D },          { 'f', 'F', KEY_F },
    { 'g', 'G', KEY_G },           { 'h', 'H', KEY_H },          { 'j', 'J', KEY_J },
    { 'k', 'K', KEY_K },           { 'l', 'L', KEY_L },          { ';', ':', KEY_SEMICOLON },
    { '\'', '"', KEY_APOSTROPHE }, { 'z', 'Z', KEY_Z },          { 'x', 'X', KEY_X },
    { 'c', 'C', KEY_C },           { 'v', 'V', KEY_V },          { 'b', 'B', KEY_B },
    { 'n', 'N', KEY_N },           { 'm', 'M', KEY_M },          { ',', '<', KEY_COMMA },
    { '.', '>', KEY_DOT },         { '/', '?', KEY_SLASH },      { ' ', ' ', KEY_SPACE },
    { '\n', '\n', KEY_ENTER },     { '\t', '\t', KEY_TAB },
};

/* evdev's names without KEY_, then what people say. */
static const struct {
    const char *name;
    guint16 code;
} key_names[] = {
#define KEY(name)                                                                                  \
    {                                                                                              \
#name, KEY_##name                                                                          \
    }
    KEY (ESC),
    KEY (MINUS),
    KEY (EQUAL),
    KEY (BACKSPACE),
    KEY (TAB),
    KEY (LEFTBRACE),
    KEY (RIGHTBRACE),
    KEY (ENTER),
    KEY (LEFTCTRL),
    KEY (SEMICOLON),
    KEY (APOSTROPHE),
    KEY (GRAVE),
    KEY (LEFTSHIFT),
    KEY (BACKSLASH),
    KEY (COMMA),
    KEY (DOT),
    KEY (SLASH),
    KEY (RIGHTSHIFT),
    KEY (KPASTERISK),
    KEY (LEFTALT),
    KEY (SPACE),
    KEY (CAPSLOCK),
    KEY (F1),
    KEY (F2),
    KEY (F3),
    KEY (F4),
    KEY (F5),
    KEY (F6),
    KEY (F7),
    KEY (F8),
    KEY (F9),
    KEY (F10),
    KEY (NUMLOCK),
    KEY (SCROLLLOCK),
    KEY (KP7),
    KEY (KP8),
    KEY (KP9),
    KEY (KPMINUS),
    KEY (KP4),
    KEY (KP5),
    KEY (KP6),
    KEY (KPPLUS),
    KEY (KP1),
    KEY (KP2),
    KEY (KP3),
    KEY (KP0),
    KEY (KPDOT),
    KEY (102ND),
    KEY (F11),
    KEY (F12),
    KEY (RO),
    KEY (KATAKANA),
    KEY (HIRAGANA),
    KEY (HENKAN),
    KEY (KATAKANAHIRAGANA),
    KEY (MUHENKAN),
    KEY (KPENTER),
    KEY (RIGHTCTRL),
    KEY (KPSLASH),
    KEY (SYSRQ),
    KEY (RIGHTALT),
    KEY (HOME),
    KEY (UP),
    KEY (PAGEUP),
    KEY (LEFT),
    KEY (RIGHT),
    KEY (END),
    KEY (DOWN),
    KEY (PAGEDOWN),
    KEY (INSERT),
    KEY (DELETE),
    KEY (MUTE),
    KEY (VOLUMEDOWN),
    KEY (VOLUMEUP),
    KEY (POWER),
    KEY (KPEQUAL),
    KEY (PAUSE),
    KEY (KPCOMMA),
    KEY (HANGEUL),
    KEY (HANJA),
    KEY (YEN),
    KEY (LEFTMETA),
    KEY (RIGHTMETA),
    KEY (COMPOSE),
    KEY (SLEEP),
    KEY (WAKEUP),
    KEY (F13),
    KEY (F14),
    KEY (F15),
    KEY (F16),
    KEY (F17),
    KEY (F18),
    KEY (F19),
    KEY (F20),
    KEY (F21),
    KEY (F22),
    KEY (F23),
    KEY (F24),
#undef KEY
    { "ctrl", KEY_LEFTCTRL },
    { "control", KEY_LEFTCTRL },
    { "alt", KEY_LEFTALT },
    { "shift", KEY_LEFTSHIFT },
    { "meta", KEY_LEFTMETA },
    { "super", KEY_LEFTMETA },
    { "win", KEY_LEFTMETA },
    { "altgr", KEY_RIGHTALT },
    { "escape", KEY_ESC },
    { "del", KEY_DELETE },
    { "ins", KEY_INSERT },
    { "pgup", KEY_PAGEUP },
    { "pgdn", KEY_PAGEDOWN },
    { "pgdown", KEY_PAGEDOWN },
    { "ret", KEY_ENTER },
    { "return", KEY_ENTER },
    { "bksp", KEY_BACKSPACE },
    { "print", KEY_SYSRQ },
    { "prtsc", KEY_SYSRQ },
    { "printscreen", KEY_SYSRQ },
    { "caps", KEY_CAPSLOCK },
    { "menu", KEY_COMPOSE },
    { "break", KEY_PAUSE },
    { "plus", KEY_KPPLUS },
};

/* Returns 0, no key's number, when there is none; *SHIFT says whether shift must be held. */
static guint16
find_character (char c, gboolean *shift)
{
    for (gsize i = 0; i < G_N_ELEMENTS (us_layout); i++) {
        if (us_layout[i].plain == c || us_layout[i].shifted == c) {
            *shift = us_layout[i].plain != c;
            return us_layout[i].code;
        }
    }
    return KEY_RESERVED;
}

static guint16
find_name (const char *word)
{
    gboolean shift = FALSE;
    guint16 code;

    for (gsize i = 0; i < G_N_ELEMENTS (key_names); i++)
        if (g_ascii_strcasecmp (word, key_names[i].name) == 0)
            return key_names[i].code;
    if (word[0] <= ' ' || word[1] != '\0')
        return KEY_RESERVED;
    /* A letter names its key in either case; other characters only the key they are on alone. */
    code = find_character (g_ascii_tolower (word[0]), &shift);
    return shift ? KEY_RESERVED : code;
}

GVariant *
vitrine_keys_from_chord (const char *chord, GError **error)
{
    g_auto (GStrv) words = g_strsplit (chord, "+", -1);
    guint n_words = g_strv_length (words);
    g_autofree guint16 *codes = g_new (guint16, n_words + 1);
    GVariantBuilder builder;

    if (n_words == 0) {
        g_set_error_literal (error, VITRINE_ERROR, VITRINE_ERROR_INVALID, _ ("No key is named"));
        return NULL;
    }
    for (guint i = 0; i < n_words; i++) {
        codes[i] = find_name (words[i]);
        if (codes[i] != KEY_RESERVED)
            continue;
        g_set_error (error, VITRINE_ERROR, VITRINE_ERROR_INVALID,
                     _ ("“%s” in “%s” is the name of no key"), words[i], chord);
        return NULL;
    }
    g_variant_builder_init (&builder, G_VARIANT_TYPE ("a(ub)"));
    for (guint i = 0; i < n_words; i++)
        g_variant_builder_add (&builder, "(ub)", (guint) codes[i], TRUE);
    for (guint i = n_words; i > 0; i--)
        g_variant_builder_add (&builder, "(ub)", (guint) codes[i - 1], FALSE);
    return g_variant_builder_end (&builder);
}

static void
add_stroke (GVariantBuilder *builder, guint16 code, gboolean shift)
{
    if (shift)
        g_variant_builder_add (builder, "(ub)", (guint) KEY_LEFTSHIFT, TRUE);
    g_variant_builder_add (builder, "(ub)", (guint) code, TRUE);
    g_variant_builder_add (builder, "(ub)", (guint) code, FALSE);
    if (shift)
        g_variant_builder_add (builder, "(ub)", (guint) KEY_LEFTSHIFT, FALSE);
}

static void
set_no_key_error (gunichar character, GError **error)
{
    char shown[7] = { 0 };

    g_unichar_to_utf8 (g_unichar_isprint (character) ? character : '?', shown);
    g_set_error (error, VITRINE_ERROR, VITRINE_ERROR_INVALID,
                 _ ("No key of a US keyboard makes “%s” (U+%04X)"), shown, character);
}

GVariant *
vitrine_keys_from_text (const char *text, GError **error)
{
    GVariantBuilder builder;

    if (!g_utf8_validate (text, -1, NULL)) {
        g_set_error_literal (error, VITRINE_ERROR, VITRINE_ERROR_INVALID,
                             _ ("The text is not UTF-8"));
        return NULL;
    }
    g_variant_builder_init (&builder, G_VARIANT_TYPE ("a(ub)"));
    for (const char *p = text; *p != '\0'; p = g_utf8_next_char (p)) {
        gboolean shift = FALSE;
        guint16 code;

        if (p[0] == '\r' && p[1] == '\n') /* one line end, not two */
            continue;
        code = find_character (*p == '\r' ? '\n' : *p, &shift);
        if (code == KEY_RESERVED) {
            g_variant_builder_clear (&builder);
            set_no_key_error (g_utf8_get_char (p), error);
            return NULL;
        }
        add_stroke (&builder, code, shift);
    }
    return g_variant_builder_end (&builder);
}

gboolean
vitrine_keys_is_shift (guint code)
{
    return code == KEY_LEFTSHIFT || code == KEY_RIGHTSHIFT;
}

char
vitrine_keys_to_character (guint code, gboolean shift)
{
    if (code == KEY_BACKSPACE)
        return '\b';
    for (gsize i = 0; i < G_N_ELEMENTS (us_layout); i++)
        if (us_layout[i].code == code)
            return shift ? us_layout[i].shifted : us_layout[i].plain;
    return '\0';
}
