/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vitrine-xml.c - a definition's text as a tree, in which nothing is lost that was not changed.
 *
 * GLib's own parser reads it: it knows no entities but XML's five, opens no other file, and says in which line
 * something is wrong.  White space, comments and instructions are kept where they are, so that what is written is
 * what was read but for what was changed, and how tags are spaced; all values are quoted as most were.
 */
#include "vitrine-xml-private.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "vitrine-error.h"
#include "vitrine-private.h"

#define BYTES_MAX (4 * 1024 * 1024)
#define DEPTH_MAX 64
#define NODES_MAX 20000
#define ATTRIBUTES_MAX 256 /* of an element */
#define INDENT    "  "

/* What a text is being read into. */
typedef struct {
    VitrineXml *open; /* the element whose end has not come */
    guint depth, n_nodes;
} Reading;

static VitrineXml *
new_node (VitrineXml *parent, guint line)
{
    VitrineXml *node = g_new0 (VitrineXml, 1);

    node->parent = parent;
    node->line = line;
    if (parent != NULL)
        g_ptr_array_add (parent->children, node);
    return node;
}

static void
become_element (VitrineXml *node, const char *name)
{
    node->name = g_strdup (name);
    node->attributes = g_ptr_array_new_with_free_func (g_free);
    node->children = g_ptr_array_new_with_free_func ((GDestroyNotify) vitrine_xml_free);
}

void
vitrine_xml_free (VitrineXml *self)
{
    if (self == NULL)
        return;
    g_free (self->name);
    g_free (self->text);
    g_clear_pointer (&self->attributes, g_ptr_array_unref);
    g_clear_pointer (&self->children, g_ptr_array_unref);
    g_free (self);
}

/* --- reading ---------------------------------------------------------------------------------- */

/* Trees are compared, node by node and attribute by attribute: there is an end to how many. */
static gboolean
check_size (Reading *reading, guint n_attributes, GError **error)
{
    if (reading->depth <= DEPTH_MAX && ++reading->n_nodes <= NODES_MAX
        && n_attributes <= ATTRIBUTES_MAX)
        return TRUE;
    g_set_error_literal (error, G_MARKUP_ERROR, G_MARKUP_ERROR_INVALID_CONTENT,
                         _ ("there is more in it than in any definition"));
    return FALSE;
}

/* GLib counts the end of a line as the next one's first letter; what ends before it is in the line before. */
static guint
get_line (GMarkupParseContext *context)
{
    int line, letter;

    g_markup_parse_context_get_position (context, &line, &letter);
    return (guint) (letter == 1 && line > 1 ? line - 1 : line);
}

static guint
count_ends (const char *text)
{
    guint n = 0;

    for (; *text != '\0'; text++)
        n += *text == '\n';
    return n;
}

static void
start_cb (GMarkupParseContext *context, const char *name, const char **names, const char **values,
          gpointer user_data, GError **error)
{
    Reading *reading = user_data;
    VitrineXml *node;

    reading->depth++;
    if (!check_size (reading, g_strv_length ((char **) names), error))
        return;
    node = new_node (reading->open, get_line (context));
    become_element (node, name);
    for (guint i = 0; names[i] != NULL; i++) {
        g_ptr_array_add (node->attributes, g_strdup (names[i]));
        g_ptr_array_add (node->attributes, g_strdup (values[i]));
    }
    reading->open = node;
}

static void
end_cb (GMarkupParseContext *context, const char *name, gpointer user_data, GError **error)
{
    Reading *reading = user_data;

    reading->open = reading->open->parent;
    reading->depth--;
}

static void
text_cb (GMarkupParseContext *context, const char *text, gsize len, gpointer user_data,
         GError **error)
{
    Reading *reading = user_data;

    if (len > 0 && check_size (reading, 0, error))
        new_node (reading->open, get_line (context))->text = g_strndup (text, len);
}

static void
verbatim_cb (GMarkupParseContext *context, const char *text, gsize len, gpointer user_data,
             GError **error)
{
    Reading *reading = user_data;
    VitrineXml *node;

    if (!check_size (reading, 0, error))
        return;
    node = new_node (reading->open, get_line (context));
    node->text = g_strndup (text, len);
    node->line -= MIN (count_ends (node->text), node->line);
    node->verbatim = TRUE;
}

/* The quotes that most values of TEXT are between. */
static char
find_quote (const char *text)
{
    guint n_single = 0, n_double = 0;

    for (const char *p = strchr (text, '='); p != NULL; p = strchr (p + 1, '=')) {
        n_single += p[1] == '\'';
        n_double += p[1] == '"';
    }
    return n_double > n_single ? '"' : '\'';
}

VitrineXml *
vitrine_xml_parse (const char *text, GError **error)
{
    return vitrine_xml_parse_at (text, NULL, error);
}

VitrineXml *
vitrine_xml_parse_at (const char *text, guint *line, GError **error)
{
    static const GMarkupParser parser = { start_cb, end_cb, text_cb, verbatim_cb, NULL };
    g_autoptr (VitrineXml) document = new_node (NULL, 0);
    Reading reading = { .open = document };
    g_autoptr (GMarkupParseContext) context =
        g_markup_parse_context_new (&parser, G_MARKUP_TREAT_CDATA_AS_TEXT, &reading, NULL);
    g_autoptr (GError) local = NULL;

    document->children = g_ptr_array_new_with_free_func ((GDestroyNotify) vitrine_xml_free);
    if (strlen (text) > BYTES_MAX) {
        vitrine_refuse (error, VITRINE_ERROR_INVALID, _ ("The text is longer than any definition"));
        return NULL;
    }
    if (!g_markup_parse_context_parse (context, text, -1, &local)
        || !g_markup_parse_context_end_parse (context, &local)) {
        if (line != NULL)
            *line = get_line (context);
        vitrine_refuse (error, VITRINE_ERROR_INVALID, _ ("Line %u is no XML: %s"),
                        get_line (context), local->message);
        return NULL;
    }
    document->quote = find_quote (text);
    return g_steal_pointer (&document);
}

/* --- writing ---------------------------------------------------------------------------------- */

/* What would be read as something else is written as an entity; between QUOTEs (0: it is no attribute) so are the ends
 * of lines. */
static void
write_escaped (GString *out, const char *text, char quote)
{
    for (const char *p = text; *p != '\0'; p++) {
        if (*p == '&')
            g_string_append (out, "&amp;");
        else if (*p == '<')
            g_string_append (out, "&lt;");
        else if (*p == '>')
            g_string_append (out, "&gt;");
        else if (*p == '\r' || (quote != 0 && (*p == quote || *p == '\n' || *p == '\t')))
            g_string_append_printf (out, "&#%d;", *p);
        else
            g_string_append_c (out, *p);
    }
}

static void
write_node (const VitrineXml *node, char quote, GString *out)
{
    if (node->verbatim) {
        g_string_append (out, node->text);
        return;
    }
    if (node->text != NULL) {
        write_escaped (out, node->text, 0);
        return;
    }
    g_string_append_printf (out, "<%s", node->name);
    for (guint i = 0; i < node->attributes->len; i += 2) {
        g_string_append_printf (out, " %s=%c", (char *) g_ptr_array_index (node->attributes, i),
                                quote);
        write_escaped (out, g_ptr_array_index (node->attributes, i + 1), quote);
        g_string_append_c (out, quote);
    }
    g_string_append (out, node->children->len > 0 ? ">" : "/>");
    for (guint i = 0; i < node->children->len; i++)
        write_node (g_ptr_array_index (node->children, i), quote, out);
    if (node->children->len > 0)
        g_string_append_printf (out, "</%s>", node->name);
}

char *
vitrine_xml_write (VitrineXml *document)
{
    GString *out = g_string_new (NULL);

    /* What is between them is not said to a parser: a line each. */
    for (guint i = 0; i < document->children->len; i++) {
        write_node (g_ptr_array_index (document->children, i), document->quote, out);
        g_string_append_c (out, '\n');
    }
    return g_string_free (out, FALSE);
}

/* --- looking ---------------------------------------------------------------------------------- */

gboolean
vitrine_xml_is (const VitrineXml *self, const char *name)
{
    return self != NULL && self->name != NULL && g_str_equal (self->name, name);
}

VitrineXml *
vitrine_xml_get_element (VitrineXml *self, guint n)
{
    for (guint i = 0; self != NULL && i < self->children->len; i++) {
        VitrineXml *child = g_ptr_array_index (self->children, i);

        if (child->name != NULL && --n == 0)
            return child;
    }
    return NULL;
}

VitrineXml *
vitrine_xml_get_root (VitrineXml *document)
{
    return vitrine_xml_get_element (document, 1);
}

VitrineXml *
vitrine_xml_get_child (VitrineXml *self, const char *name)
{
    for (guint i = 0; self != NULL && i < self->children->len; i++)
        if (vitrine_xml_is (g_ptr_array_index (self->children, i), name))
            return g_ptr_array_index (self->children, i);
    return NULL;
}

static guint
find_attribute (const VitrineXml *self, const char *name)
{
    for (guint i = 0; i < self->attributes->len; i += 2)
        if (g_str_equal (g_ptr_array_index (self->attributes, i), name))
            return i;
    return self->attributes->len;
}

const char *
vitrine_xml_get_attribute (const VitrineXml *self, const char *name)
{
    guint i = self != NULL ? find_attribute (self, name) : 0;

    return self != NULL && i < self->attributes->len ? g_ptr_array_index (self->attributes, i + 1)
                                                     : NULL;
}

char *
vitrine_xml_dup_text (const VitrineXml *self)
{
    GString *text = g_string_new (NULL);

    for (guint i = 0; i < self->children->len; i++) {
        const VitrineXml *child = g_ptr_array_index (self->children, i);

        if (child->text != NULL && !child->verbatim)
            g_string_append (text, child->text);
    }
    return g_string_free (text, FALSE);
}

/* The element WAY ends in, and *LAST, its last step: "@c" or "" where it is not an element.  MAKE: those that are not
 * there are made. */
static VitrineXml *
walk (VitrineXml *self, const char *way, gboolean make, const char **last)
{
    const char *slash;

    while (*way != '\0' && *way != '@') {
        g_autofree char *step = NULL;
        VitrineXml *child;

        slash = strchr (way, '/');
        step = slash != NULL ? g_strndup (way, slash - way) : g_strdup (way);
        child = vitrine_xml_get_child (self, step);
        if (child == NULL && make)
            child = vitrine_xml_add (self, step);
        if (child == NULL)
            return NULL;
        self = child;
        if (slash == NULL) {
            *last = NULL;
            return self;
        }
        way = slash + 1;
    }
    *last = way;
    return self;
}

char *
vitrine_xml_dup (VitrineXml *self, const char *way)
{
    const char *last = NULL;
    VitrineXml *element = self != NULL ? walk (self, way, FALSE, &last) : NULL;

    if (element == NULL)
        return NULL;
    if (last == NULL)
        return g_strstrip (vitrine_xml_dup_text (element));
    return *last == '\0' ? g_strdup ("") : g_strdup (vitrine_xml_get_attribute (element, last + 1));
}

/* --- changing --------------------------------------------------------------------------------- */

static guint
get_depth (const VitrineXml *self)
{
    guint depth = 0;

    while (self->parent != NULL) {
        self = self->parent;
        depth++;
    }
    return depth;
}

static VitrineXml *
insert (VitrineXml *parent, guint place, char *text)
{
    VitrineXml *node = g_new0 (VitrineXml, 1);

    node->parent = parent;
    node->text = text;
    g_ptr_array_insert (parent->children, (int) place, node);
    return node;
}

/* A line's end and its beginning for what is DEPTH deep. */
static char *
new_line (guint depth)
{
    GString *line = g_string_new ("\n");

    for (guint i = 1; i < depth; i++)
        g_string_append (line, INDENT);
    return g_string_free (line, FALSE);
}

static gboolean
is_blank (const VitrineXml *node)
{
    return node->text != NULL && !node->verbatim
           && strspn (node->text, " \t\r\n") == strlen (node->text);
}

VitrineXml *
vitrine_xml_add (VitrineXml *self, const char *name)
{
    guint n = self->children->len, depth = get_depth (self);
    gboolean has_end = n > 0 && is_blank (g_ptr_array_index (self->children, n - 1));
    guint place = has_end ? n - 1 : n;
    VitrineXml *node;

    insert (self, place, new_line (depth + 1));
    node = insert (self, place + 1, NULL);
    become_element (node, name);
    if (!has_end)
        insert (self, place + 2, new_line (depth));
    return node;
}

void
vitrine_xml_remove (VitrineXml *self)
{
    GPtrArray *siblings = self->parent->children;
    guint place;

    g_return_if_fail (g_ptr_array_find (siblings, self, &place));

    g_ptr_array_remove_index (siblings, place);
    if (place > 0 && is_blank (g_ptr_array_index (siblings, place - 1)))
        g_ptr_array_remove_index (siblings, place - 1);
    else if (place < siblings->len && siblings->len == 1
             && is_blank (g_ptr_array_index (siblings, place)))
        g_ptr_array_remove_index (siblings, place);
}

static void
set_attribute (VitrineXml *element, const char *name, const char *value)
{
    guint i = find_attribute (element, name);

    if (i < element->attributes->len)
        g_ptr_array_remove_range (element->attributes, i, 2);
    if (value == NULL)
        return;
    g_ptr_array_insert (element->attributes, (int) i, g_strdup (name));
    g_ptr_array_insert (element->attributes, (int) i + 1, g_strdup (value));
}

/* The texts of ELEMENT become the one TEXT; its children stay. */
static void
set_text (VitrineXml *element, const char *text)
{
    for (guint i = element->children->len; i > 0; i--) {
        VitrineXml *child = g_ptr_array_index (element->children, i - 1);

        if (child->text != NULL && !child->verbatim)
            g_ptr_array_remove_index (element->children, i - 1);
    }
    if (*text != '\0')
        insert (element, 0, g_strdup (text));
}

void
vitrine_xml_set (VitrineXml *self, const char *way, const char *value)
{
    const char *last = NULL;
    VitrineXml *element = walk (self, way, value != NULL, &last);

    if (element == NULL)
        return;
    if (last != NULL && *last == '@')
        set_attribute (element, last + 1, value);
    else if (value == NULL)
        vitrine_xml_remove (element);
    else if (last == NULL)
        set_text (element, value);
}
