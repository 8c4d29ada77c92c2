/* SPDX-License-Identifier: GPL-2.0-or-later */
/* definition-value.c - the values of a definition: numbers, sizes, names, paths, UUIDs. */
#include <inttypes.h>
#include <glib/gi18n-lib.h>
#include <limits.h>
#include <stdarg.h>
#include <string.h>

#include "definition-private.h"
#include "vitrine-error.h"

#define MIB ((guint64) 1 << 20)

/* What a foreign text may take of an error's sentence. */
#define QUOTE_MAX_CHARS 60

gboolean
definition_refuse (GError **error, gint code, const char *format, ...)
{
    va_list args;

    va_start (args, format);
    if (error)
        *error = g_error_new_valist (VITRINE_ERROR, code, format, args);
    va_end (args);
    return FALSE;
}

char *
definition_quote (const char *text)
{
    GString *quoted = g_string_new (NULL);
    guint n = 0;

    for (const char *p = text; *p; p = g_utf8_next_char (p)) {
        gunichar c = g_utf8_get_char (p);

        if (n++ == QUOTE_MAX_CHARS) {
            g_string_append (quoted, "…");
            break;
        }
        g_string_append_unichar (quoted, g_unichar_iscntrl (c) ? ' ' : c);
    }
    return g_string_free (quoted, FALSE);
}

gboolean
definition_value_uint (const char *what, const char *text, guint64 min, guint64 max, guint64 *out,
                       GError **error)
{
    g_autofree char *bare = g_strstrip (g_strdup (text ? text : ""));
    g_autofree char *quoted = NULL;

    if (g_ascii_string_to_unsigned (bare, 10, min, max, out, NULL))
        return TRUE;
    quoted = definition_quote (bare);
    return definition_refuse (error, VITRINE_ERROR_INVALID,
                              _ ("%s must be a number from %" PRIu64 " to %" PRIu64 ", not “%s”"),
                              what, min, max, quoted);
}

gboolean
definition_value_int (const char *what, const char *text, gint64 *out, GError **error)
{
    g_autofree char *bare = g_strstrip (g_strdup (text ? text : ""));
    g_autofree char *quoted = NULL;

    if (g_ascii_string_to_signed (bare, 10, G_MININT32, G_MAXINT32, out, NULL))
        return TRUE;
    quoted = definition_quote (bare);
    return definition_refuse (error, VITRINE_ERROR_INVALID,
                              _ ("%s must be a whole number of seconds, not “%s”"), what, quoted);
}

gboolean
definition_value_address (const char *what, const char *text, guint64 *out, GError **error)
{
    g_autofree char *quoted = NULL;

    if (text && g_str_has_prefix (text, "0x")
        && g_ascii_string_to_unsigned (text + 2, 16, 0, G_MAXUINT16, out, NULL))
        return TRUE;
    if (text && g_ascii_string_to_unsigned (text, 10, 0, G_MAXUINT16, out, NULL))
        return TRUE;
    quoted = definition_quote (text ? text : "");
    return definition_refuse (error, VITRINE_ERROR_INVALID, _ ("%s is no address: “%s”"), what,
                              quoted);
}

/* libvirt's units: "b" and "bytes", then K, KB (1000), KiB (1024) and so on, in any case. */
static gboolean
unit_factor (const char *unit, guint64 *factor)
{
    static const char prefixes[] = "KMGTP";
    const char *found;
    guint64 base;

    if (!g_ascii_strcasecmp (unit, "b") || !g_ascii_strcasecmp (unit, "byte")
        || !g_ascii_strcasecmp (unit, "bytes")) {
        *factor = 1;
        return TRUE;
    }
    if (!*unit || !(found = strchr (prefixes, g_ascii_toupper (*unit))))
        return FALSE;
    if (!unit[1] || !g_ascii_strcasecmp (unit + 1, "iB"))
        base = 1024;
    else if (!g_ascii_strcasecmp (unit + 1, "B"))
        base = 1000;
    else
        return FALSE;
    *factor = 1;
    for (const char *p = prefixes; p <= found; p++)
        *factor *= base;
    return TRUE;
}

gboolean
definition_value_bytes (const char *what, const char *text, const char *unit, guint64 min,
                        guint64 *bytes, GError **error)
{
    guint64 factor, number;
    g_autofree char *quoted = NULL;

    if (!unit_factor (unit ? unit : "KiB", &factor)) {
        quoted = definition_quote (unit);
        return definition_refuse (error, VITRINE_ERROR_INVALID, _ ("%s has the unknown unit “%s”"),
                                  what, quoted);
    }
    if (!definition_value_uint (what, text, min, G_MAXUINT64, &number, error))
        return FALSE;
    if (!g_uint64_checked_mul (bytes, number, factor) || *bytes > DEFINITION_MEMORY_MAX)
        return definition_refuse (error, VITRINE_ERROR_INVALID,
                                  _ ("%s is more than 4 TiB, the most a machine may have"), what);
    return TRUE;
}

gboolean
definition_value_memory (const char *text, const char *unit, guint64 *bytes, GError **error)
{
    if (!definition_value_bytes ("<memory>", text, unit, 1, bytes, error))
        return FALSE;
    if (*bytes < DEFINITION_MEMORY_MIN)
        return definition_refuse (error, VITRINE_ERROR_INVALID,
                                  _ ("<memory> is less than 8 MiB, the least a machine may have"));
    *bytes = (*bytes + MIB - 1) & ~(MIB - 1);
    return TRUE;
}

gboolean
definition_value_path (const char *what, const char *path, GError **error)
{
    g_autofree char *quoted = definition_quote (path);

    if (!*path)
        return definition_refuse (error, VITRINE_ERROR_INVALID, _ ("%s names no file"), what);
    if (*path != '/')
        return definition_refuse (error, VITRINE_ERROR_INVALID,
                                  _ ("%s must be a path from the root (“/…”), not “%s”"), what,
                                  quoted);
    if (strlen (path) >= PATH_MAX)
        return definition_refuse (error, VITRINE_ERROR_INVALID,
                                  _ ("%s is longer than a path may be"), what);
    return TRUE;
}

gboolean
definition_value_uuid (const char *text, char **out, GError **error)
{
    g_autofree char *quoted = NULL;

    if (g_uuid_string_is_valid (text) && strspn (text, "0-") != strlen (text)) {
        *out = g_ascii_strdown (text, -1);
        return TRUE;
    }
    quoted = definition_quote (text);
    return definition_refuse (error, VITRINE_ERROR_INVALID,
                              _ ("<uuid> is no UUID: “%s” (leave it out to have one made)"),
                              quoted);
}

static gboolean
has_control_character (const char *text)
{
    for (const char *p = text; *p; p = g_utf8_next_char (p))
        if (g_unichar_iscntrl (g_utf8_get_char (p)))
            return TRUE;
    return FALSE;
}

gboolean
vitrine_definition_is_card_address (const char *text)
{
    if (strlen (text) != strlen ("52:54:00:00:00:00"))
        return FALSE;
    for (gsize i = 0; text[i]; i++)
        if (i % 3 == 2 ? text[i] != ':' : !g_ascii_isxdigit (text[i]))
            return FALSE;
    return !(g_ascii_xdigit_value (text[1]) & 1) && strcmp (text, "00:00:00:00:00:00") != 0;
}

gboolean
vitrine_definition_check_name (const char *name, GError **error)
{
    const char *why = NULL;

    if (!*name)
        return definition_refuse (error, VITRINE_ERROR_INVALID, _ ("A machine needs a name"));
    if (!g_utf8_validate (name, -1, NULL))
        return definition_refuse (error, VITRINE_ERROR_INVALID,
                                  _ ("A machine's name must be UTF-8"));
    if (strlen (name) > VITRINE_DEFINITION_MAX_NAME)
        why = _ ("is too long; 63 bytes are the most");
    else if (strchr (name, '/'))
        why = _ ("has a “/” in it");
    else if (has_control_character (name))
        why = _ ("has a control character in it");
    else if (*name == '.' || *name == '-')
        why = _ ("begins with “.” or “-”");
    else if (g_unichar_isspace (g_utf8_get_char (name))
             || g_unichar_isspace (g_utf8_get_char (g_utf8_prev_char (name + strlen (name)))))
        why = _ ("begins or ends with a space");
    if (why) {
        g_autofree char *quoted = definition_quote (name);

        return definition_refuse (error, VITRINE_ERROR_INVALID,
                                  /* TRANSLATORS: a name, and what is wrong with it */
                                  _ ("The name “%s” %s"), quoted, why);
    }
    return TRUE;
}

/* As vitrine-net-helper has it, which puts names into rules and files. */
static gboolean
is_plain_name (const char *name, gsize max)
{
    if (!g_ascii_isalnum (*name) || strlen (name) > max)
        return FALSE;
    for (const char *p = name; *p; p++)
        if (!g_ascii_isalnum (*p) && !strchr (".-_", *p))
            return FALSE;
    return TRUE;
}

gboolean
vitrine_definition_is_bridge_name (const char *name)
{
    return is_plain_name (name, VITRINE_DEFINITION_MAX_BRIDGE_NAME);
}

gboolean
vitrine_definition_is_network_name (const char *name)
{
    return is_plain_name (name, VITRINE_DEFINITION_MAX_NETWORK_NAME);
}

/* "22", or "22-25". */
static gboolean
parse_ports (const char *text, guint *start, guint *end)
{
    g_auto (GStrv) ends = g_strsplit (text, "-", 2);
    guint64 first, last;

    if (!ends[0] || !g_ascii_string_to_unsigned (ends[0], 10, 1, 65535, &first, NULL))
        return FALSE;
    last = first;
    if (ends[1] && !g_ascii_string_to_unsigned (ends[1], 10, first, 65535, &last, NULL))
        return FALSE;
    *start = (guint) first;
    *end = (guint) last;
    return TRUE;
}

gboolean
vitrine_definition_parse_forward (const char *text, gboolean *udp, VitrineDefinitionPorts *ports)
{
    g_auto (GStrv) words = g_strsplit (text, ":", -1);
    guint n = g_strv_length (words), to_end;

    *ports = (VitrineDefinitionPorts){ 0 };
    if (n < 2 || n > 3 || !(g_str_equal (words[0], "tcp") || g_str_equal (words[0], "udp"))
        || !parse_ports (words[1], &ports->start, &ports->end))
        return FALSE;
    *udp = g_str_equal (words[0], "udp");
    if (n == 2) {
        ports->to = ports->start;
        return TRUE;
    }
    return parse_ports (words[2], &ports->to, &to_end) && ports->to == to_end
           && ports->to + (ports->end - ports->start) <= 65535;
}
