/* SPDX-License-Identifier: GPL-2.0-or-later */
/* json.c - writes JSON: values one after the other, commas and escapes by itself. */
#include "json.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

void
json_init (struct json *json)
{
    json->text = g_string_new (NULL);
    json->needs_comma = FALSE;
}

void
json_print (struct json *json)
{
    fwrite (json->text->str, 1, json->text->len, stdout);
    fputc ('\n', stdout);
    g_string_free (json->text, TRUE);
}

static void
begin_value (struct json *json)
{
    if (json->needs_comma)
        g_string_append_c (json->text, ',');
    json->needs_comma = TRUE;
}

static void
begin (struct json *json, char bracket)
{
    begin_value (json);
    g_string_append_c (json->text, bracket);
    json->needs_comma = FALSE;
}

static void
end (struct json *json, char bracket)
{
    g_string_append_c (json->text, bracket);
    json->needs_comma = TRUE;
}

void
json_begin_object (struct json *json)
{
    begin (json, '{');
}

void
json_end_object (struct json *json)
{
    end (json, '}');
}

void
json_begin_array (struct json *json)
{
    begin (json, '[');
}

void
json_end_array (struct json *json)
{
    end (json, ']');
}

/* RFC 8259, section 7: quotation mark, backslash and what is below U+0020 are escaped; U+007F,
 * and the line ends JavaScript knows beyond ASCII, are to spare who reads it less carefully. */
static void
append_character (GString *text, gunichar character)
{
    static const char shorts[] = "\"\\\b\f\n\r\t";
    static const char letters[] = "\"\\bfnrt";
    const char *found =
        character != 0 && character < 0x80 ? strchr (shorts, (int) character) : NULL;

    if (found != NULL)
        g_string_append_printf (text, "\\%c", letters[found - shorts]);
    else if (character < 0x20 || character == 0x7f || character == 0x2028 || character == 0x2029)
        g_string_append_printf (text, "\\u%04x", character);
    else
        g_string_append_unichar (text, character);
}

static void
append_string (GString *text, const char *string)
{
    g_autofree char *valid = g_utf8_make_valid (string, -1);

    g_string_append_c (text, '"');
    for (const char *p = valid; *p != '\0'; p = g_utf8_next_char (p))
        append_character (text, g_utf8_get_char (p));
    g_string_append_c (text, '"');
}

void
json_key (struct json *json, const char *key)
{
    begin_value (json);
    append_string (json->text, key);
    g_string_append_c (json->text, ':');
    json->needs_comma = FALSE;
}

void
json_string (struct json *json, const char *string)
{
    begin_value (json);
    if (string != NULL)
        append_string (json->text, string);
    else
        g_string_append (json->text, "null");
}

void
json_uint (struct json *json, guint64 number)
{
    begin_value (json);
    g_string_append_printf (json->text, "%" G_GUINT64_FORMAT, number);
}

void
json_int (struct json *json, gint64 number)
{
    begin_value (json);
    g_string_append_printf (json->text, "%" G_GINT64_FORMAT, number);
}

void
json_decimal (struct json *json, double number)
{
    char text[G_ASCII_DTOSTR_BUF_SIZE];

    begin_value (json);
    g_string_append (json->text, isfinite (number)
                                     ? g_ascii_formatd (text, sizeof text, "%.1f", number)
                                     : "null");
}

void
json_boolean (struct json *json, gboolean value)
{
    begin_value (json);
    g_string_append (json->text, value ? "true" : "false");
}

void
json_strv (struct json *json, const char *const *strings)
{
    json_begin_array (json);
    for (gsize i = 0; strings[i] != NULL; i++)
        json_string (json, strings[i]);
    json_end_array (json);
}

void
json_member_string (struct json *json, const char *key, const char *string)
{
    json_key (json, key);
    json_string (json, string);
}

void
json_member_uint (struct json *json, const char *key, guint64 number)
{
    json_key (json, key);
    json_uint (json, number);
}
