/* SPDX-License-Identifier: GPL-2.0-or-later */
/* definition-limits.c - what a disk may do in a second: <iotune>, as libvirt's "Disks" has it. */
#include <glib/gi18n-lib.h>
#include <string.h>

#include "definition-private.h"
#include "vitrine-error.h"

/* A limit of all and one of a part exclude each other, for libvirt as well. */
static gboolean
check (const guint64 values[VITRINE_DEFINITION_LIMIT_N], GError **error)
{
    for (guint i = 0; i < VITRINE_DEFINITION_LIMIT_N; i++)
        if (definition_limits[i].is_total && values[i] > 0
            && (values[i + 1] > 0 || values[i + 2] > 0))
            return definition_refuse (
                error, VITRINE_ERROR_INVALID,
                _ ("A disk has a limit for reading and writing together, or for each, not both "
                   "(%s and %s)"),
                definition_limits[i].word,
                values[i + 1] > 0 ? definition_limits[i + 1].word : definition_limits[i + 2].word);
    return TRUE;
}

gboolean
definition_limits_read (VitrineDefinitionDevice *disk, xmlNode *node, GError **error)
{
    xmlNode *tune = definition_child (node, "iotune");

    for (guint i = 0; tune && i < VITRINE_DEFINITION_LIMIT_N; i++) {
        g_autofree char *text =
            definition_text (definition_child (tune, definition_limits[i].element));

        if (text && !g_ascii_string_to_unsigned (text, 10, 0, G_MAXINT64, &disk->limits[i], NULL))
            return definition_refuse (error, VITRINE_ERROR_INVALID,
                                      _ ("<%s> of disk %s must be a number"),
                                      definition_limits[i].element, disk->target);
    }
    return check (disk->limits, error);
}

/* "500", "10M"; "none". */
static gboolean
parse_value (const char *text, gboolean is_bytes, guint64 *value)
{
    static const char letters[] = "KMGT";
    const char *letter;
    char *rest = NULL;
    guint shift;

    *value = 0;
    if (g_str_equal (text, "none"))
        return TRUE;
    if (!g_ascii_isdigit (*text))
        return FALSE;
    *value = g_ascii_strtoull (text, &rest, 10);
    if (*rest == '\0')
        return *value <= G_MAXINT64;
    letter = strchr (letters, g_ascii_toupper (*rest));
    if (!is_bytes || !letter || rest[1] != '\0')
        return FALSE;
    shift = 10 * (guint) (letter - letters + 1);
    if (*value > (guint64) G_MAXINT64 >> shift)
        return FALSE;
    *value <<= shift;
    return TRUE;
}

static gboolean
set_one (guint64 values[VITRINE_DEFINITION_LIMIT_N], const char *setting)
{
    const char *equals = strchr (setting, '=');

    for (guint i = 0; equals && i < VITRINE_DEFINITION_LIMIT_N; i++)
        if (strlen (definition_limits[i].word) == (gsize) (equals - setting)
            && g_str_has_prefix (setting, definition_limits[i].word))
            return parse_value (equals + 1, definition_limits[i].is_bytes, &values[i]);
    return FALSE;
}

gboolean
vitrine_definition_limits_set (guint64 values[VITRINE_DEFINITION_LIMIT_N],
                               const char *const *settings, GError **error)
{
    for (; *settings; settings++) {
        g_autofree char *quoted = NULL;

        if (set_one (values, *settings))
            continue;
        quoted = definition_quote (*settings);
        return definition_refuse (
            error, VITRINE_ERROR_INVALID,
            _ ("“%s” is nothing that can be set of a disk; say iops=NUMBER or bandwidth=SIZE, of "
               "a second, each also with read- or write- before it, or none in place of a number"),
            quoted);
    }
    return check (values, error);
}

void
definition_limits_write (xmlNode *disk, const guint64 values[VITRINE_DEFINITION_LIMIT_N])
{
    xmlNode *tune = definition_child (disk, "iotune");

    for (guint i = 0; i < VITRINE_DEFINITION_LIMIT_N; i++) {
        g_autofree char *text = g_strdup_printf ("%" G_GUINT64_FORMAT, values[i]);
        xmlNode *old = definition_child (tune, definition_limits[i].element);

        if (old)
            definition_node_remove (old);
        if (values[i] == 0)
            continue;
        if (!tune)
            tune = xmlNewChild (disk, NULL, (const xmlChar *) "iotune", NULL);
        xmlNewChild (tune, NULL, (const xmlChar *) definition_limits[i].element,
                     (const xmlChar *) text);
    }
    if (tune && !xmlFirstElementChild (tune))
        definition_node_remove (tune);
}
