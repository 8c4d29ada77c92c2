/* SPDX-License-Identifier: GPL-2.0-or-later */
/* format.c - sizes, sentences and paths as people read and type them. */
#include <app-format.h>

#include <locale.h>

static void
assert_size (guint64 bytes, const char *expected)
{
    g_autofree char *text = app_format_size (bytes);

    g_assert_cmpstr (text, ==, expected);
}

static void
test_sizes_are_short (void)
{
    assert_size (512 * APP_MIB, "512 MiB");
    assert_size (2 * APP_GIB, "2 GiB");
    assert_size (APP_GIB + APP_GIB / 2, "1.5 GiB");
    assert_size (1024 * APP_GIB, "1 TiB");
    assert_size (36 * 1024, "36 KiB");
    assert_size (0, "0 KiB");
}

static void
test_no_size_reads_1024_of_a_unit (void)
{
    assert_size (APP_GIB - 1, "1 GiB");
    assert_size (1023 * APP_MIB, "1023 MiB");
}

static void
assert_parses (const char *text, guint64 expected)
{
    guint64 bytes = 0;

    g_assert_true (app_parse_size (text, APP_GIB, &bytes));
    g_assert_cmpuint (bytes, ==, expected);
}

static void
test_what_is_typed_is_understood (void)
{
    assert_parses ("2 GiB", 2 * APP_GIB);
    assert_parses ("1.5g", APP_GIB + APP_GIB / 2);
    assert_parses (" 512 M ", 512 * APP_MIB);
    assert_parses ("512MiB", 512 * APP_MIB);
    assert_parses ("20", 20 * APP_GIB);
    assert_parses ("1 TB", 1024 * APP_GIB);
}

static void
test_what_is_no_size_is_refused (void)
{
    static const char *const wrong[] = {
        "",    "GiB", "two",      "1 XiB", "1 GiBs",      "-1 GiB",
        "nan", "inf", "1e30 GiB", "1 2",   "9999999 PiB",
    };
    guint64 bytes;

    for (gsize i = 0; i < G_N_ELEMENTS (wrong); i++) {
        if (app_parse_size (wrong[i], APP_GIB, &bytes))
            g_error ("“%s” was taken for a size", wrong[i]);
    }
}

/* Whatever is shown can be typed. */
static void
test_what_is_shown_can_be_typed (void)
{
    for (guint64 mib = 1; mib < 40000; mib += 7) {
        g_autofree char *text = app_format_size (mib * APP_MIB);
        guint64 bytes;

        g_assert_true (app_parse_size (text, APP_GIB, &bytes));
        g_assert_cmpfloat_with_epsilon ((double) bytes / (double) (mib * APP_MIB), 1.0, 0.05);
    }
}

static void
test_messages_become_sentences (void)
{
    static const struct {
        const char *message, *sentence;
    } rows[] = {
        { "there is no file “x”", "There is no file “x”." },
        { "“x” is empty", "“x” is empty." },
        { "Wait…", "Wait…" },
        { "élan", "Élan." },
        { "", "" },
    };

    for (gsize i = 0; i < G_N_ELEMENTS (rows); i++) {
        g_autofree char *sentence = app_format_sentence (rows[i].message);

        g_assert_cmpstr (sentence, ==, rows[i].sentence);
    }
}

static void
test_home_is_a_tilde (void)
{
    g_autofree char *inside = g_build_filename (g_get_home_dir (), "vm", "a.raw", NULL);
    g_autofree char *beside = g_strconcat (g_get_home_dir (), "-other/a.raw", NULL);
    g_autofree char *short_inside = app_format_path (inside);
    g_autofree char *short_beside = app_format_path (beside);

    g_assert_cmpstr (short_inside, ==, "~/vm/a.raw");
    g_assert_cmpstr (short_beside, ==, beside);
}

int
main (int argc, char **argv)
{
    setlocale (LC_ALL, "C.UTF-8");
    g_test_init (&argc, &argv, NULL);
    g_test_add_func ("/app/format/sizes-are-short", test_sizes_are_short);
    g_test_add_func ("/app/format/no-size-reads-1024-of-a-unit", test_no_size_reads_1024_of_a_unit);
    g_test_add_func ("/app/format/what-is-typed-is-understood", test_what_is_typed_is_understood);
    g_test_add_func ("/app/format/what-is-no-size-is-refused", test_what_is_no_size_is_refused);
    g_test_add_func ("/app/format/what-is-shown-can-be-typed", test_what_is_shown_can_be_typed);
    g_test_add_func ("/app/format/messages-become-sentences", test_messages_become_sentences);
    g_test_add_func ("/app/format/home-is-a-tilde", test_home_is_a_tilde);
    return g_test_run ();
}
