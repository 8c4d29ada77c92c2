/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vitrine-compare.c - in what two texts of a machine's definition differ, for people.
 *
 * Theory of operation.  The two trees are walked side by side.  The children of a pair of elements are paired in three
 * passes, each among those that are left: children that are the same, children of one name that are called the same
 * (a disk's target, a card's address), and children of one name in their order.  What is left has gone or come.  So an
 * engine that sorts the devices, or puts its own between them, has changed nothing.
 */
#include "vitrine-compare.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "vitrine-xml-private.h"

void
vitrine_difference_free (VitrineDifference *difference)
{
    g_free (difference->place);
    g_free (difference->part);
    g_free (difference->before);
    g_free (difference->after);
    g_free (difference);
}

/* --- what there is to compare ----------------------------------------------------------------- */

/* What is written between elements is nothing, and so is the space around a text. */
static gboolean
counts (const VitrineXml *node)
{
    return node->name != NULL || (node->verbatim && g_str_has_prefix (node->text, "<!--"));
}

static char *
dup_text (const VitrineXml *element)
{
    return g_strstrip (vitrine_xml_dup_text (element));
}

/* By what a device of its element is called. */
static const char *
get_key (VitrineXml *element)
{
    static const struct {
        const char *name, *child, *attribute;
    } keys[] = {
        { "disk", "target", "dev" },     { "interface", "mac", "address" },
        { "channel", "target", "name" }, { "controller", NULL, "type" },
        { "input", NULL, "type" },       { "graphics", NULL, "type" },
        { "feature", NULL, "name" },     { "timer", NULL, "name" },
        { "boot", NULL, "dev" },         { "portForward", NULL, "proto" },
        { "parameter", NULL, "name" },
    };

    for (gsize i = 0; element->name != NULL && i < G_N_ELEMENTS (keys); i++)
        if (g_str_equal (keys[i].name, element->name))
            return vitrine_xml_get_attribute (
                keys[i].child != NULL ? vitrine_xml_get_child (element, keys[i].child) : element,
                keys[i].attribute);
    return NULL;
}

static gboolean
has_same_name (const VitrineXml *one, const VitrineXml *other)
{
    return g_strcmp0 (one->name, other->name) == 0;
}

static gboolean
has_same_attributes (const VitrineXml *one, const VitrineXml *other)
{
    if (one->attributes->len != other->attributes->len)
        return FALSE;
    for (guint i = 0; i < one->attributes->len; i += 2)
        if (g_strcmp0 (vitrine_xml_get_attribute (other, g_ptr_array_index (one->attributes, i)),
                       g_ptr_array_index (one->attributes, i + 1))
            != 0)
            return FALSE;
    return TRUE;
}

/* --- pairs ------------------------------------------------------------------------------------ */

/* The children of two elements that count, and which of the second is which of the first's. */
typedef struct {
    GPtrArray *first, *second; /* borrowed */
    guint *pairs;              /* of each of the first; G_MAXUINT: none */
    gboolean *taken;           /* of each of the second */
} Pairing;

static gboolean is_same (VitrineXml *one, VitrineXml *other);

static GPtrArray *
list_children (VitrineXml *element)
{
    GPtrArray *list = g_ptr_array_new ();

    for (guint i = 0; i < element->children->len; i++)
        if (counts (g_ptr_array_index (element->children, i)))
            g_ptr_array_add (list, g_ptr_array_index (element->children, i));
    return list;
}

static gboolean
is_called_the_same (VitrineXml *one, VitrineXml *other)
{
    const char *key = get_key (one);

    return has_same_name (one, other) && key != NULL && g_strcmp0 (key, get_key (other)) == 0;
}

/* Two that are called differently are not one that was renamed, where both are still to be told apart. */
static gboolean
may_be_same (VitrineXml *one, VitrineXml *other)
{
    return one->name != NULL && has_same_name (one, other);
}

static void
pair_by (Pairing *pairing, gboolean (*match) (VitrineXml *one, VitrineXml *other))
{
    for (guint i = 0; i < pairing->first->len; i++)
        for (guint j = 0; pairing->pairs[i] == G_MAXUINT && j < pairing->second->len; j++)
            if (!pairing->taken[j]
                && match (g_ptr_array_index (pairing->first, i),
                          g_ptr_array_index (pairing->second, j))) {
                pairing->pairs[i] = j;
                pairing->taken[j] = TRUE;
            }
}

static void
pairing_init (Pairing *pairing, VitrineXml *one, VitrineXml *other)
{
    pairing->first = list_children (one);
    pairing->second = list_children (other);
    pairing->pairs = g_new (guint, pairing->first->len + 1);
    pairing->taken = g_new0 (gboolean, pairing->second->len + 1);
    for (guint i = 0; i < pairing->first->len; i++)
        pairing->pairs[i] = G_MAXUINT;
    pair_by (pairing, is_same);
}

static void
pairing_clear (Pairing *pairing)
{
    g_ptr_array_unref (pairing->first);
    g_ptr_array_unref (pairing->second);
    g_free (pairing->pairs);
    g_free (pairing->taken);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Pairing, pairing_clear)

static gboolean
has_same_children (VitrineXml *one, VitrineXml *other)
{
    g_auto (Pairing) pairing = { NULL };

    pairing_init (&pairing, one, other);
    if (pairing.first->len != pairing.second->len)
        return FALSE;
    for (guint i = 0; i < pairing.first->len; i++)
        if (pairing.pairs[i] == G_MAXUINT)
            return FALSE;
    return TRUE;
}

static gboolean
is_same (VitrineXml *one, VitrineXml *other)
{
    g_autofree char *text = NULL;
    g_autofree char *other_text = NULL;

    if (!has_same_name (one, other))
        return FALSE;
    if (one->name == NULL)
        return g_str_equal (one->text, other->text);
    text = dup_text (one);
    other_text = dup_text (other);
    return g_str_equal (text, other_text) && has_same_attributes (one, other)
           && has_same_children (one, other);
}

/* --- differences ------------------------------------------------------------------------------ */

static char *
make_place (const char *place, VitrineXml *element)
{
    const char *key = get_key (element);
    const char *name = element->name != NULL ? element->name : "<!-- -->";

    return g_strdup_printf ("%s%s%s%s%s", place, *place != '\0' ? "/" : "", name,
                            key != NULL ? " " : "", key != NULL ? key : "");
}

static void
add (GPtrArray *found, VitrineDifferenceKind kind, const char *place, const char *part,
     const char *before, const char *after, guint line)
{
    VitrineDifference *difference = g_new0 (VitrineDifference, 1);

    difference->kind = kind;
    difference->place = g_strdup (place);
    difference->part = g_strdup (part);
    difference->before = g_strdup (before != NULL ? before : "");
    difference->after = g_strdup (after != NULL ? after : "");
    difference->line = line;
    g_ptr_array_add (found, difference);
}

/* All of NODE, a child of the element at PLACE. */
static void
add_all_of (GPtrArray *found, VitrineDifferenceKind kind, const char *place, VitrineXml *node)
{
    g_autofree char *its_place = make_place (place, node);
    g_autofree char *text = node->name != NULL ? dup_text (node) : g_strdup (node->text);

    add (found, kind, its_place, "", kind == VITRINE_DIFFERENCE_GONE ? text : NULL,
         kind == VITRINE_DIFFERENCE_NEW ? text : NULL, node->line);
}

static void
compare_attributes (GPtrArray *found, const char *place, VitrineXml *one, VitrineXml *other)
{
    for (guint i = 0; i < one->attributes->len; i += 2) {
        const char *name = g_ptr_array_index (one->attributes, i);
        const char *value = g_ptr_array_index (one->attributes, i + 1);
        const char *its_value = vitrine_xml_get_attribute (other, name);

        if (its_value == NULL)
            add (found, VITRINE_DIFFERENCE_GONE, place, name, value, NULL, one->line);
        else if (!g_str_equal (value, its_value))
            add (found, VITRINE_DIFFERENCE_CHANGED, place, name, value, its_value, one->line);
    }
    for (guint i = 0; i < other->attributes->len; i += 2) {
        const char *name = g_ptr_array_index (other->attributes, i);

        if (vitrine_xml_get_attribute (one, name) == NULL)
            add (found, VITRINE_DIFFERENCE_NEW, place, name, NULL,
                 g_ptr_array_index (other->attributes, i + 1), other->line);
    }
}

/* Of the elements ONE and OTHER, which are at PLACE. */
static void
compare (GPtrArray *found, const char *place, VitrineXml *one, VitrineXml *other)
{
    g_autofree char *text = dup_text (one);
    g_autofree char *other_text = dup_text (other);
    g_auto (Pairing) pairing = { NULL };

    compare_attributes (found, place, one, other);
    if (!g_str_equal (text, other_text))
        add (found, VITRINE_DIFFERENCE_CHANGED, place, "", text, other_text, one->line);
    pairing_init (&pairing, one, other);
    pair_by (&pairing, is_called_the_same);
    pair_by (&pairing, may_be_same);
    for (guint i = 0; i < pairing.first->len; i++) {
        VitrineXml *child = g_ptr_array_index (pairing.first, i);
        g_autofree char *its_place = make_place (place, child);

        if (pairing.pairs[i] == G_MAXUINT)
            add_all_of (found, VITRINE_DIFFERENCE_GONE, place, child);
        else if (child->name != NULL)
            compare (found, its_place, child, g_ptr_array_index (pairing.second, pairing.pairs[i]));
    }
    for (guint j = 0; j < pairing.second->len; j++)
        if (!pairing.taken[j])
            add_all_of (found, VITRINE_DIFFERENCE_NEW, place,
                        g_ptr_array_index (pairing.second, j));
}

gboolean
vitrine_compare_check (const char *text, guint *line, GError **error)
{
    g_autoptr (VitrineXml) document = vitrine_xml_parse_at (text, line, error);

    return document != NULL;
}

GPtrArray *
vitrine_compare (const char *before, const char *after, GError **error)
{
    g_autoptr (VitrineXml) second = vitrine_xml_parse (after, error);
    g_autoptr (VitrineXml) first = second != NULL ? vitrine_xml_parse (before, error) : NULL;
    GPtrArray *found;

    if (first == NULL)
        return NULL;
    found = g_ptr_array_new_with_free_func ((GDestroyNotify) vitrine_difference_free);
    first->name = g_strdup ("");
    second->name = g_strdup ("");
    first->attributes = g_ptr_array_new ();
    second->attributes = g_ptr_array_new ();
    compare (found, "", first, second);
    return found;
}

/* --- words ------------------------------------------------------------------------------------ */

/* "<driver> of <disk> vda": the last two steps of a place say which one is meant. */
static char *
describe_place (const char *place)
{
    g_auto (GStrv) steps = g_strsplit (place, "/", -1);
    guint n = g_strv_length (steps);
    GString *text = g_string_new (NULL);

    for (guint i = 0; i < 2 && i < n; i++) {
        const char *step = steps[n - 1 - i];
        const char *space = strchr (step, ' ');
        g_autofree char *name = space != NULL ? g_strndup (step, space - step) : g_strdup (step);

        if (i == 1 && (g_str_equal (name, "domain") || g_str_equal (name, "devices")))
            break;
        g_string_append_printf (text, "%s<%s>%s", i > 0 ? ", " : "", name,
                                space != NULL ? space : "");
    }
    return g_string_free (text, FALSE);
}

static char *
describe_change (const VitrineDifference *self, const char *where)
{
    gboolean whole = *self->part == '\0' && self->kind != VITRINE_DIFFERENCE_CHANGED;

    if (whole && g_str_has_prefix (self->before, "<!--"))
        return g_strdup (_ ("a comment is gone"));
    if (whole && g_str_has_prefix (self->after, "<!--"))
        return g_strdup (_ ("a comment is new"));
    if (whole)
        return g_strdup_printf (
            self->kind == VITRINE_DIFFERENCE_GONE ? _ ("%s is gone") : _ ("%s is new"), where);
    if (*self->part == '\0')
        return g_strdup_printf (_ ("%s said “%s” and says “%s” now"), where, self->before,
                                self->after);
    switch (self->kind) {
    case VITRINE_DIFFERENCE_GONE:
        return g_strdup_printf (_ ("%s of %s is gone; it said “%s”"), self->part, where,
                                self->before);
    case VITRINE_DIFFERENCE_NEW:
        return g_strdup_printf (_ ("%s of %s is new and says “%s”"), self->part, where,
                                self->after);
    case VITRINE_DIFFERENCE_CHANGED:
        break;
    }
    return g_strdup_printf (_ ("%s of %s said “%s” and says “%s” now"), self->part, where,
                            self->before, self->after);
}

char *
vitrine_difference_describe (const VitrineDifference *self)
{
    g_autofree char *where = describe_place (self->place);
    g_autofree char *change = describe_change (self, where);

    /* Translators: in which line of a text, and what became of it */
    return g_strdup_printf (_ ("Line %u: %s"), self->line, change);
}

/* --- three ------------------------------------------------------------------------------------ */

void
vitrine_three_way_free (VitrineThreeWay *self)
{
    g_ptr_array_unref (self->clashes);
    g_clear_pointer (&self->theirs, g_ptr_array_unref);
    g_clear_pointer (&self->yours, g_ptr_array_unref);
    g_free (self);
}

/* Whether PLACE is INNER, or an element around it. */
static gboolean
is_around (const char *place, const char *inner)
{
    gsize len = strlen (place);

    return strncmp (place, inner, len) == 0 && (inner[len] == '\0' || inner[len] == '/');
}

/* An element that has come or gone is about all that is in it. */
static gboolean
is_about_same (const VitrineDifference *one, const VitrineDifference *other)
{
    gboolean whole = *one->part == '\0' && one->kind != VITRINE_DIFFERENCE_CHANGED;
    gboolean other_whole = *other->part == '\0' && other->kind != VITRINE_DIFFERENCE_CHANGED;

    return (g_str_equal (one->place, other->place) && g_str_equal (one->part, other->part))
           || (whole && is_around (one->place, other->place))
           || (other_whole && is_around (other->place, one->place));
}

static gboolean
is_same_change (const VitrineDifference *one, const VitrineDifference *other)
{
    return one->kind == other->kind && g_str_equal (one->place, other->place)
           && g_str_equal (one->part, other->part) && g_str_equal (one->after, other->after);
}

static void
find_clashes (VitrineThreeWay *self)
{
    for (guint i = 0; i < self->theirs->len; i++)
        for (guint j = 0; j < self->yours->len; j++)
            if (is_about_same (g_ptr_array_index (self->theirs, i),
                               g_ptr_array_index (self->yours, j))
                && !is_same_change (g_ptr_array_index (self->theirs, i),
                                    g_ptr_array_index (self->yours, j))) {
                g_ptr_array_add (self->clashes, g_ptr_array_index (self->theirs, i));
                break;
            }
}

VitrineThreeWay *
vitrine_compare_three (const char *base, const char *now, const char *wanted, GError **error)
{
    g_autoptr (VitrineThreeWay) self = g_new0 (VitrineThreeWay, 1);

    self->clashes = g_ptr_array_new ();
    self->yours = vitrine_compare (base, wanted, error);
    self->theirs = self->yours != NULL ? vitrine_compare (base, now, error) : NULL;
    if (self->theirs == NULL)
        return NULL;
    find_clashes (self);
    return g_steal_pointer (&self);
}
