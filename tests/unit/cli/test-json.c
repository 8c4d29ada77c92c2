/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test-json.c - JSON that every reader takes, whatever the names have in them. */
#include "json.h"

static char *
take (struct json *json)
{
    return g_string_free (json->text, FALSE);
}

static char *
write_string (const char *string)
{
    struct json json;

    json_init (&json);
    json_string (&json, string);
    return take (&json);
}

#define assert_string(string, expected)                                                            \
    do {                                                                                           \
        g_autofree char *text = write_string (string);                                             \
        g_assert_cmpstr (text, ==, expected);                                                      \
    } while (0)

static void
test_strings_are_escaped (void)
{
    assert_string ("plain", "\"plain\"");
    assert_string ("", "\"\"");
    assert_string (NULL, "null");
    assert_string ("a\"b\\c/", "\"a\\\"b\\\\c/\"");
    assert_string ("\b\f\n\r\t", "\"\\b\\f\\n\\r\\t\"");
    assert_string ("\001\037\177", "\"\\u0001\\u001f\\u007f\"");
    assert_string ("grün 😀", "\"grün 😀\"");
    assert_string ("\342\200\250\342\200\251", "\"\\u2028\\u2029\"");
}

static void
test_broken_bytes_are_replaced (void)
{
    assert_string ("a\377b", "\"a\357\277\275b\"");
    assert_string ("\303", "\"\357\277\275\"");
}

static void
test_commas_are_where_they_belong (void)
{
    static const char *const strings[] = { "x", "y", NULL };
    static const char *const none[] = { NULL };
    g_autofree char *text = NULL;
    struct json json;

    json_init (&json);
    json_begin_array (&json);
    json_begin_object (&json);
    json_end_object (&json);
    json_begin_object (&json);
    json_member_string (&json, "a", "b");
    json_member_uint (&json, "max", G_MAXUINT64);
    json_key (&json, "min");
    json_int (&json, G_MININT64);
    json_key (&json, "list");
    json_strv (&json, strings);
    json_key (&json, "empty");
    json_strv (&json, none);
    json_key (&json, "yes");
    json_boolean (&json, TRUE);
    json_end_object (&json);
    json_boolean (&json, FALSE);
    json_end_array (&json);
    text = take (&json);
    g_assert_cmpstr (text, ==,
                     "[{},{\"a\":\"b\",\"max\":18446744073709551615,\"min\":-9223372036854775808,"
                     "\"list\":[\"x\",\"y\"],\"empty\":[],\"yes\":true},false]");
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    g_test_add_func ("/cli/json/strings-are-escaped", test_strings_are_escaped);
    g_test_add_func ("/cli/json/broken-bytes-are-replaced", test_broken_bytes_are_replaced);
    g_test_add_func ("/cli/json/commas-are-where-they-belong", test_commas_are_where_they_belong);
    return g_test_run ();
}
