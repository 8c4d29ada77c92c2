/* SPDX-License-Identifier: GPL-2.0-or-later */
/* keeper-json.c - just enough JSON (RFC 8259) to understand a guest's agent. */
#include "keeper-json.h"

#include <string.h>

typedef struct {
    const char *at, *end;
    const char *wanted; /* the member of the outermost object, or NULL once it was found */
    const char *value;
    gsize value_len;
} Reader;

static gboolean read_value (Reader *self, guint depth);

static void
skip_space (Reader *self)
{
    while (self->at < self->end && strchr (" \t\r\n", *self->at) && *self->at)
        self->at++;
}

static gboolean
take (Reader *self, char c)
{
    if (self->at == self->end || *self->at != c)
        return FALSE;
    self->at++;
    return TRUE;
}

static gboolean
read_word (Reader *self, const char *word)
{
    gsize len = strlen (word);

    if ((gsize) (self->end - self->at) < len || memcmp (self->at, word, len) != 0)
        return FALSE;
    self->at += len;
    return TRUE;
}

static gboolean
read_digits (Reader *self)
{
    const char *start = self->at;

    while (self->at < self->end && g_ascii_isdigit (*self->at))
        self->at++;
    return self->at > start;
}

static gboolean
read_number (Reader *self)
{
    take (self, '-');
    if (!take (self, '0') && !read_digits (self))
        return FALSE;
    if (take (self, '.') && !read_digits (self))
        return FALSE;
    if (!take (self, 'e') && !take (self, 'E'))
        return TRUE;
    if (!take (self, '+'))
        take (self, '-');
    return read_digits (self);
}

static gboolean
read_escape (Reader *self)
{
    char c;

    if (self->at == self->end)
        return FALSE;
    c = *self->at++;
    if (c != 'u')
        return c && strchr ("\"\\/bfnrt", c) != NULL;
    for (guint i = 0; i < 4; i++, self->at++)
        if (self->at == self->end || !g_ascii_isxdigit (*self->at))
            return FALSE;
    return TRUE;
}

/* TEXT and LEN, when not NULL, become what stands between the marks. */
static gboolean
read_string (Reader *self, const char **text, gsize *len)
{
    const char *start = self->at + 1;

    if (!take (self, '"'))
        return FALSE;
    while (!take (self, '"')) {
        if (self->at == self->end || (guchar) *self->at < 0x20)
            return FALSE;
        if (*self->at++ == '\\' && !read_escape (self))
            return FALSE;
    }
    if (text) {
        *text = start;
        *len = (gsize) (self->at - 1 - start);
    }
    return TRUE;
}

static gboolean
read_member (Reader *self, guint depth)
{
    const char *name, *start;
    gsize len;
    gboolean wanted;

    skip_space (self);
    if (!read_string (self, &name, &len))
        return FALSE;
    skip_space (self);
    if (!take (self, ':'))
        return FALSE;
    skip_space (self);
    start = self->at;
    wanted = depth == 1 && self->wanted && strlen (self->wanted) == len
             && memcmp (self->wanted, name, len) == 0;
    if (!read_value (self, depth))
        return FALSE;
    if (wanted) {
        self->value = start;
        self->value_len = (gsize) (self->at - start);
        self->wanted = NULL;
    }
    return TRUE;
}

/* Members or elements up to CLOSE; the opening mark was taken. */
static gboolean
read_items (Reader *self, char close, guint depth)
{
    skip_space (self);
    if (take (self, close))
        return TRUE;
    do {
        skip_space (self);
        if (!(close == '}' ? read_member (self, depth) : read_value (self, depth)))
            return FALSE;
        skip_space (self);
    } while (take (self, ','));
    return take (self, close);
}

/* Recurses as deep as KEEPER_JSON_MAX_DEPTH. */
static gboolean
read_value (Reader *self, guint depth)
{
    if (self->at == self->end)
        return FALSE;
    if (*self->at == '{' || *self->at == '[') {
        char close = *self->at++ == '{' ? '}' : ']';

        return depth < KEEPER_JSON_MAX_DEPTH && read_items (self, close, depth + 1);
    }
    if (*self->at == '"')
        return read_string (self, NULL, NULL);
    if (*self->at == '-' || g_ascii_isdigit (*self->at))
        return read_number (self);
    return read_word (self, "true") || read_word (self, "false") || read_word (self, "null");
}

gboolean
keeper_json_member (const char *text, gsize len, const char *name, const char **value,
                    gsize *value_len)
{
    Reader reader = { .at = text, .end = text + len, .wanted = name };

    *value = NULL;
    *value_len = 0;
    if (!g_utf8_validate_len (text, len, NULL))
        return FALSE;
    skip_space (&reader);
    if (reader.at == reader.end || *reader.at != '{' || !read_value (&reader, 0))
        return FALSE;
    skip_space (&reader);
    if (reader.at != reader.end)
        return FALSE;
    *value = reader.value;
    *value_len = reader.value_len;
    return TRUE;
}
