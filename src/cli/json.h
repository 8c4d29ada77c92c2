/* SPDX-License-Identifier: GPL-2.0-or-later */
/* json.h - writes JSON (RFC 8259): values one after the other, commas and escapes by itself. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

struct json {
    GString *text;
    gboolean needs_comma; /* before the next value or key */
};

void json_init (struct json *json);

/* Prints the text, which must be one whole value, and a line end on standard output; frees it. */
void json_print (struct json *json);

void json_begin_object (struct json *json);
void json_end_object (struct json *json);
void json_begin_array (struct json *json);
void json_end_array (struct json *json);

/* Inside an object: a value follows. */
void json_key (struct json *json, const char *key);

/* Bytes that are not UTF-8 become U+FFFD; NULL is null. */
void json_string (struct json *json, const char *string);
void json_uint (struct json *json, guint64 number);
void json_int (struct json *json, gint64 number);
/* With one digit after the point; null for what is no number. */
void json_decimal (struct json *json, double number);
void json_boolean (struct json *json, gboolean value);
void json_strv (struct json *json, const char *const *strings);

/* A key and its value at once. */
void json_member_string (struct json *json, const char *key, const char *string);
void json_member_uint (struct json *json, const char *key, guint64 number);

G_END_DECLS
