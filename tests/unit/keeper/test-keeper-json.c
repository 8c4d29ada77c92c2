/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test-keeper-json.c - a guest's words are taken apart only when they are JSON from end to end. */
#include <string.h>

#include "keeper-json.h"

static void
assert_member (const char *text, const char *name, const char *expected)
{
    const char *value;
    gsize len;
    g_autofree char *copy = NULL;

    g_assert_true (keeper_json_member (text, strlen (text), name, &value, &len));
    copy = value ? g_strndup (value, len) : NULL;
    g_assert_cmpstr (copy, ==, expected);
}

static void
test_members (void)
{
    assert_member ("{}", "return", NULL);
    assert_member (" { \"return\" : {} } \r\n", "return", "{}");
    assert_member ("{\"return\":12345}", "return", "12345");
    assert_member ("{\"a\":[1,-2.5e+3,true,false,null,\"\\u00e4\\n\"],\"return\":\"x\"}", "return",
                   "\"x\"");
    assert_member ("{\"a\":{\"return\":1}}", "return", NULL); /* not the outermost */
    assert_member ("{\"return\":1,\"return\":2}", "return", "1");
    assert_member ("{\"returned\":1,\"retur\":2,\"return\":3}", "return", "3");
}

static void
test_refused (void)
{
    static const char *const texts[] = {
        "",
        " ",
        "1",
        "[]",
        "{",
        "}",
        "{]",
        "{\"a\"}",
        "{\"a\":}",
        "{\"a\":1,}",
        "{a:1}",
        "{\"a\":1}x",
        "{\"a\":01}",
        "{\"a\":-}",
        "{\"a\":1.}",
        "{\"a\":1e}",
        "{\"a\":+1}",
        "{\"a\":tru}",
        "{\"a\":\"}",
        "{\"a\":\"\\x\"}",
        "{\"a\":\"\\u12g4\"}",
        "{\"a\":\"\n\"}",
        "{\"a\":\"\xff\"}",
        "{\"a\":\"\\",
        "{\"a\":[1 2]}",
        "{\"a\":1 \"b\":2}",
        "{,}",
        "{\"a\":[,]}",
        "\xef\xbb\xbf{}",
    };
    const char *value;
    gsize len;

    for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)
        g_assert_false (keeper_json_member (texts[i], strlen (texts[i]), "a", &value, &len));
    g_assert_false (keeper_json_member ("{\"a\":\"\0\"}", 9, "a", &value, &len));
}

/* As deep as is allowed, and one deeper; and so deep that a stack would end. */
static void
test_depth (void)
{
    const guint deep = 100000;
    g_autofree char *ok = NULL;
    g_autofree char *bad = NULL;
    g_autofree char *open = g_strnfill (deep, '[');
    g_autofree char *abyss = g_strconcat ("{\"a\":", open, NULL);
    const char *value;
    gsize len;
    g_autofree char *left = g_strnfill (KEEPER_JSON_MAX_DEPTH - 1, '[');
    g_autofree char *right = g_strnfill (KEEPER_JSON_MAX_DEPTH - 1, ']');

    ok = g_strdup_printf ("{\"a\":%s%s}", left, right);
    bad = g_strdup_printf ("{\"a\":[%s%s]}", left, right);
    g_assert_true (keeper_json_member (ok, strlen (ok), "a", &value, &len));
    g_assert_false (keeper_json_member (bad, strlen (bad), "a", &value, &len));
    g_assert_false (keeper_json_member (abyss, strlen (abyss), "a", &value, &len));
}

/* Every beginning of a text, and texts with bytes changed, in memory that ends where they do. */
static void
test_survives_what_is_no_json (void)
{
    static const char text[] =
        "{\"return\":[{\"a\":-1.5e3,\"b\":\"\\u00e4\\\"\"},null,true],\"c\":0}";
    g_autoptr (GRand) rand = g_rand_new_with_seed (0x5eed);
    const char *value;
    gsize len;

    for (gsize n = 0; n < sizeof text - 1; n++) {
        g_autofree char *cut = g_memdup2 (text, n);

        g_assert_false (keeper_json_member (cut, n, "return", &value, &len));
    }
    for (guint i = 0; i < 50000; i++) {
        g_autofree char *changed = g_memdup2 (text, sizeof text - 1);

        for (gint k = g_rand_int_range (rand, 1, 4); k > 0; k--)
            changed[g_rand_int_range (rand, 0, sizeof text - 1)] =
                (char) g_rand_int_range (rand, 0, 256);
        if (keeper_json_member (changed, sizeof text - 1, "return", &value, &len) && value)
            g_assert_true (value >= changed && value + len <= changed + sizeof text - 1);
    }
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    g_test_add_func ("/keeper/json/members", test_members);
    g_test_add_func ("/keeper/json/refused", test_refused);
    g_test_add_func ("/keeper/json/depth", test_depth);
    g_test_add_func ("/keeper/json/survives-what-is-no-json", test_survives_what_is_no_json);
    return g_test_run ();
}
