/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test-keys.c - names and text become the keys that make them. */
#include <linux/input-event-codes.h>
#include <string.h>
#include <vitrine.h>

/* "+29 +56 +111 -111 …" */
static char *
describe (GVariant *keys)
{
    GString *text = g_string_new (NULL);
    GVariantIter iter;
    guint code;
    gboolean down;

    g_assert_true (g_variant_is_of_type (keys, G_VARIANT_TYPE ("a(ub)")));
    g_variant_iter_init (&iter, keys);
    while (g_variant_iter_next (&iter, "(ub)", &code, &down))
        g_string_append_printf (text, "%s%c%u", text->len > 0 ? " " : "", down ? '+' : '-', code);
    return g_string_free (text, FALSE);
}

static void
assert_chord (const char *chord, const char *expected)
{
    g_autoptr (GError) error = NULL;
    GVariant *keys = vitrine_keys_from_chord (chord, &error);
    g_autofree char *text = NULL;

    g_assert_no_error (error);
    g_assert_true (g_variant_is_floating (keys));
    g_variant_ref_sink (keys);
    text = describe (keys);
    g_assert_cmpstr (text, ==, expected);
    g_variant_unref (keys);
}

static void
assert_text (const char *typed, const char *expected)
{
    g_autoptr (GError) error = NULL;
    g_autoptr (GVariant) keys = vitrine_keys_from_text (typed, &error);
    g_autofree char *text = NULL;

    g_assert_no_error (error);
    text = describe (g_variant_ref_sink (keys));
    g_assert_cmpstr (text, ==, expected);
}

static void
test_chord_is_let_go_in_reverse (void)
{
    assert_chord ("ctrl+alt+delete", "+29 +56 +111 -111 -56 -29");
    assert_chord ("leftshift+tab", "+42 +15 -15 -42");
}

static void
test_chord_takes_any_case (void)
{
    assert_chord ("F5", "+63 -63");
    assert_chord ("f5", "+63 -63");
    assert_chord ("Ctrl+C", "+29 +46 -46 -29");
    assert_chord ("ALTGR+q", "+100 +16 -16 -100");
}

static void
test_chord_knows_short_forms (void)
{
    static const struct {
        const char *name;
        guint code;
    } names[] = {
        { "esc", KEY_ESC },      { "escape", KEY_ESC },      { "return", KEY_ENTER },
        { "enter", KEY_ENTER },  { "del", KEY_DELETE },      { "ins", KEY_INSERT },
        { "pgup", KEY_PAGEUP },  { "pgdn", KEY_PAGEDOWN },   { "super", KEY_LEFTMETA },
        { "win", KEY_LEFTMETA }, { "print", KEY_SYSRQ },     { "menu", KEY_COMPOSE },
        { "space", KEY_SPACE },  { "kpenter", KEY_KPENTER }, { "102nd", KEY_102ND },
        { "f24", KEY_F24 },      { "/", KEY_SLASH },         { "-", KEY_MINUS },
        { "1", KEY_1 },          { "'", KEY_APOSTROPHE },
    };

    for (gsize i = 0; i < G_N_ELEMENTS (names); i++) {
        g_autofree char *expected = g_strdup_printf ("+%u -%u", names[i].code, names[i].code);

        assert_chord (names[i].name, expected);
    }
}

static void
test_chord_names_the_word_it_does_not_know (void)
{
    static const char *const chords[] = {
        "",  "+",     "ctrl+", "+a",  "ctrl++a", "hyper+a", "ctrl+alt+rubout",
        "!", "KEY_A", "ä",     "a b", "\n"
    };

    for (gsize i = 0; i < G_N_ELEMENTS (chords); i++) {
        g_autoptr (GError) error = NULL;

        g_assert_null (vitrine_keys_from_chord (chords[i], &error));
        g_assert_error (error, VITRINE_ERROR, VITRINE_ERROR_INVALID);
    }
}

static void
test_text_holds_shift_where_it_must (void)
{
    assert_text ("aA", "+30 -30 +42 +30 -30 -42");
    assert_text ("1!", "+2 -2 +42 +2 -2 -42");
    assert_text ("", "");
}

static void
test_text_ends_lines_once (void)
{
    assert_text ("a\nb", "+30 -30 +28 -28 +48 -48");
    assert_text ("a\r\nb", "+30 -30 +28 -28 +48 -48");
    assert_text ("a\rb", "+30 -30 +28 -28 +48 -48");
    assert_text ("\t", "+15 -15");
}

static void
test_every_printable_character_has_a_key (void)
{
    for (char c = ' '; c <= '~'; c++) {
        const char text[] = { c, '\0' };
        g_autoptr (GError) error = NULL;
        g_autoptr (GVariant) keys = vitrine_keys_from_text (text, &error);

        g_assert_no_error (error);
        g_variant_ref_sink (keys);
        g_assert_cmpuint (g_variant_n_children (keys), >=, 2);
    }
}

static void
test_text_names_the_first_character_no_key_makes (void)
{
    g_autoptr (GError) error = NULL;

    g_assert_null (vitrine_keys_from_text ("grün, weiß", &error));
    g_assert_error (error, VITRINE_ERROR, VITRINE_ERROR_INVALID);
    g_assert_nonnull (strstr (error->message, "“ü” (U+00FC)"));
    g_clear_error (&error);
    g_assert_null (vitrine_keys_from_text ("bell\a", &error));
    g_assert_nonnull (strstr (error->message, "U+0007"));
    g_assert_null (strchr (error->message, '\a'));
    g_clear_error (&error);
    g_assert_null (vitrine_keys_from_text ("\377", &error));
    g_assert_error (error, VITRINE_ERROR, VITRINE_ERROR_INVALID);
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    g_test_add_func ("/keys/chord-is-let-go-in-reverse", test_chord_is_let_go_in_reverse);
    g_test_add_func ("/keys/chord-takes-any-case", test_chord_takes_any_case);
    g_test_add_func ("/keys/chord-knows-short-forms", test_chord_knows_short_forms);
    g_test_add_func ("/keys/chord-names-the-word-it-does-not-know",
                     test_chord_names_the_word_it_does_not_know);
    g_test_add_func ("/keys/text-holds-shift-where-it-must", test_text_holds_shift_where_it_must);
    g_test_add_func ("/keys/text-ends-lines-once", test_text_ends_lines_once);
    g_test_add_func ("/keys/every-printable-character-has-a-key",
                     test_every_printable_character_has_a_key);
    g_test_add_func ("/keys/text-names-the-first-character-no-key-makes",
                     test_text_names_the_first_character_no_key_makes);
    return g_test_run ();
}
