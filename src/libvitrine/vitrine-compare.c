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

#define ORDERED_MAX 8 /* of what an order is said of */

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

/* --- what is the same ------------------------------------------------------------------------- */

/* Differences being found.  Elements that are the same have the same digest, and no others do. */
typedef struct {
    GPtrArray *found;    /* of VitrineDifference; borrowed */
    GHashTable *digests; /* of each node that counts, a text */
} Comparison;

static GPtrArray *
list_children (VitrineXml *element)
{
    GPtrArray *list = g_ptr_array_new ();

    for (guint i = 0; i < element->children->len; i++)
        if (counts (g_ptr_array_index (element->children, i)))
            g_ptr_array_add (list, g_ptr_array_index (element->children, i));
    return list;
}

static void
digest_text (GChecksum *checksum, const char *text)
{
    g_checksum_update (checksum, (const guchar *) text, (gssize) strlen (text) + 1);
}

/* Pairs of a name and a value, by their names. */
static int
by_first (gconstpointer a, gconstpointer b)
{
    return strcmp (((const char *const *) a)[0], ((const char *const *) b)[0]);
}

/* Their number ends them: what follows is no further one. */
static void
digest_attributes (GChecksum *checksum, const VitrineXml *element)
{
    g_autofree gpointer *sorted =
        g_memdup2 (element->attributes->pdata, element->attributes->len * sizeof (gpointer));
    g_autofree char *number = g_strdup_printf ("%u", element->attributes->len);

    if (sorted != NULL)
        qsort (sorted, element->attributes->len / 2, 2 * sizeof (gpointer), by_first);
    digest_text (checksum, number);
    for (guint i = 0; i < element->attributes->len; i++)
        digest_text (checksum, sorted[i]);
}

/* The order of those of one name is theirs; that of different names, and of comments, is none. */
static int
by_name (gconstpointer a, gconstpointer b)
{
    const VitrineXml *one = *(VitrineXml *const *) a;
    const VitrineXml *other = *(VitrineXml *const *) b;

    return one->name != NULL || other->name != NULL ? g_strcmp0 (one->name, other->name)
                                                    : strcmp (one->text, other->text);
}

/* Of NODE and all below it. */
static const char *
add_digest (GHashTable *digests, VitrineXml *node)
{
    g_autoptr (GChecksum) checksum = g_checksum_new (G_CHECKSUM_SHA256);
    char *digest;

    digest_text (checksum, node->name != NULL ? node->name : "");
    if (node->name != NULL) {
        g_autofree char *text = dup_text (node);
        g_autoptr (GPtrArray) children = list_children (node);

        digest_attributes (checksum, node);
        digest_text (checksum, text);
        g_ptr_array_sort (children, by_name);
        for (guint i = 0; i < children->len; i++)
            digest_text (checksum, add_digest (digests, g_ptr_array_index (children, i)));
    } else {
        digest_text (checksum, node->text);
    }
    digest = g_strdup (g_checksum_get_string (checksum));
    g_hash_table_insert (digests, node, digest);
    return digest;
}

/* --- pairs ------------------------------------------------------------------------------------ */

/* The children of two elements that count, and which of the second is which of the first's. */
typedef struct {
    GPtrArray *first, *second; /* borrowed */
    guint *pairs;              /* of each of the first; G_MAXUINT: none */
    guint *back;               /* of each of the second */
} Pairing;

/* By what two may be the same; NULL of what is like no other. (transfer full) */
typedef char *(*DupKey) (const Comparison *self, VitrineXml *node);

static char *
dup_digest (const Comparison *self, VitrineXml *node)
{
    return g_strdup (g_hash_table_lookup (self->digests, node));
}

static char *
dup_call (const Comparison *self, VitrineXml *node)
{
    const char *key = get_key (node);

    return key != NULL ? g_strdup_printf ("%s %s", node->name, key) : NULL;
}

/* Two that are called differently are not one that was renamed, where both are still to be told apart. */
static char *
dup_name (const Comparison *self, VitrineXml *node)
{
    return g_strdup (node->name);
}

/* Which of the second have which key, and no partner. */
static GHashTable *
list_by_key (const Comparison *self, const Pairing *pairing, DupKey dup_key)
{
    GHashTable *table =
        g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) g_queue_free);

    for (guint j = 0; j < pairing->second->len; j++) {
        g_autofree char *key = pairing->back[j] == G_MAXUINT
                                   ? dup_key (self, g_ptr_array_index (pairing->second, j))
                                   : NULL;
        GQueue *queue = key != NULL ? g_hash_table_lookup (table, key) : NULL;

        if (key == NULL)
            continue;
        if (queue == NULL) {
            queue = g_queue_new ();
            g_hash_table_insert (table, g_steal_pointer (&key), queue);
        }
        g_queue_push_tail (queue, GUINT_TO_POINTER (j));
    }
    return table;
}

/* Each of the first with the first of the second that has its key. */
static void
pair_by (const Comparison *self, Pairing *pairing, DupKey dup_key)
{
    g_autoptr (GHashTable) table = list_by_key (self, pairing, dup_key);

    for (guint i = 0; i < pairing->first->len; i++) {
        g_autofree char *key = pairing->pairs[i] == G_MAXUINT
                                   ? dup_key (self, g_ptr_array_index (pairing->first, i))
                                   : NULL;
        GQueue *queue = key != NULL ? g_hash_table_lookup (table, key) : NULL;

        if (queue == NULL || g_queue_is_empty (queue))
            continue;
        pairing->pairs[i] = GPOINTER_TO_UINT (g_queue_pop_head (queue));
        pairing->back[pairing->pairs[i]] = i;
    }
}

static void
pairing_init (Pairing *pairing, VitrineXml *one, VitrineXml *other)
{
    pairing->first = list_children (one);
    pairing->second = list_children (other);
    pairing->pairs = g_new (guint, pairing->first->len + 1);
    pairing->back = g_new (guint, pairing->second->len + 1);
    for (guint i = 0; i < pairing->first->len; i++)
        pairing->pairs[i] = G_MAXUINT;
    for (guint j = 0; j < pairing->second->len; j++)
        pairing->back[j] = G_MAXUINT;
}

static void
pairing_clear (Pairing *pairing)
{
    g_ptr_array_unref (pairing->first);
    g_ptr_array_unref (pairing->second);
    g_free (pairing->pairs);
    g_free (pairing->back);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Pairing, pairing_clear)

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

/* --- order ------------------------------------------------------------------------------------ */

static gboolean
has_name (VitrineXml *node, const char *name)
{
    return node->name != NULL && g_str_equal (node->name, name);
}

/* By what number I of the first is called among those of its name: its key, or which of them it was. */
static char *
label (const Pairing *pairing, guint i, gboolean by_number)
{
    VitrineXml *node = g_ptr_array_index (pairing->first, i);
    const char *key = by_number ? NULL : get_key (node);
    guint n = 1;

    for (guint k = 0; k < i; k++)
        n += pairing->pairs[k] != G_MAXUINT
             && has_name (g_ptr_array_index (pairing->first, k), node->name);
    return key != NULL ? g_strdup (key) : g_strdup_printf ("%u", n);
}

/* Those called NAME that both have, in the order of the first or of the second. */
static char *
list_order (const Pairing *pairing, const char *name, gboolean of_second, gboolean by_number)
{
    GString *text = g_string_new (NULL);
    guint n = 0;

    for (guint k = 0; k < (of_second ? pairing->second : pairing->first)->len; k++) {
        guint i = of_second ? pairing->back[k] : k;
        g_autofree char *its_label = NULL;

        if (i == G_MAXUINT || pairing->pairs[i] == G_MAXUINT
            || !has_name (g_ptr_array_index (pairing->first, i), name))
            continue;
        if (n++ == ORDERED_MAX) {
            g_string_append (text, ", …");
            break;
        }
        its_label = label (pairing, i, by_number);
        g_string_append_printf (text, "%s%s", n > 1 ? ", " : "", its_label);
    }
    return g_string_free (text, FALSE);
}

static void
add_order (GPtrArray *found, const char *place, const Pairing *pairing, const char *name,
           guint line)
{
    g_autofree char *before = list_order (pairing, name, FALSE, FALSE);
    g_autofree char *after = list_order (pairing, name, TRUE, FALSE);

    if (g_str_equal (before, after)) {
        g_free (before);
        g_free (after);
        before = list_order (pairing, name, FALSE, TRUE);
        after = list_order (pairing, name, TRUE, TRUE);
    }
    add (found, VITRINE_DIFFERENCE_CHANGED, place, name, before, after, line);
}

/* The order of those of one name means something: what is started from first, what an option belongs to. */
static void
compare_order (GPtrArray *found, const char *place, const Pairing *pairing, guint line)
{
    g_autoptr (GHashTable) last = g_hash_table_new (g_str_hash, g_str_equal); /* partner, and 1 */
    g_autoptr (GHashTable) told = g_hash_table_new (g_str_hash, g_str_equal);

    for (guint i = 0; i < pairing->first->len; i++) {
        const char *name = ((VitrineXml *) g_ptr_array_index (pairing->first, i))->name;

        if (name == NULL || pairing->pairs[i] == G_MAXUINT || g_hash_table_contains (told, name))
            continue;
        if (pairing->pairs[i] + 1 < GPOINTER_TO_UINT (g_hash_table_lookup (last, name))) {
            add_order (found, place, pairing, name, line);
            g_hash_table_add (told, (gpointer) name);
        }
        g_hash_table_insert (last, (gpointer) name, GUINT_TO_POINTER (pairing->pairs[i] + 1));
    }
}

/* --- two elements ----------------------------------------------------------------------------- */

/* Of the elements ONE and OTHER, which are at PLACE. */
static void
compare (const Comparison *self, const char *place, VitrineXml *one, VitrineXml *other)
{
    g_autofree char *text = dup_text (one);
    g_autofree char *other_text = dup_text (other);
    g_auto (Pairing) pairing = { NULL };

    compare_attributes (self->found, place, one, other);
    if (!g_str_equal (text, other_text))
        add (self->found, VITRINE_DIFFERENCE_CHANGED, place, "", text, other_text, one->line);
    pairing_init (&pairing, one, other);
    pair_by (self, &pairing, dup_digest);
    pair_by (self, &pairing, dup_call);
    compare_order (self->found, place, &pairing, one->line);
    pair_by (self, &pairing, dup_name);
    for (guint i = 0; i < pairing.first->len; i++) {
        VitrineXml *child = g_ptr_array_index (pairing.first, i);
        VitrineXml *its = pairing.pairs[i] != G_MAXUINT
                              ? g_ptr_array_index (pairing.second, pairing.pairs[i])
                              : NULL;
        g_autofree char *its_place = make_place (place, child);

        if (its == NULL)
            add_all_of (self->found, VITRINE_DIFFERENCE_GONE, place, child);
        else if (!g_str_equal (g_hash_table_lookup (self->digests, child),
                               g_hash_table_lookup (self->digests, its)))
            compare (self, its_place, child, its);
    }
    for (guint j = 0; j < pairing.second->len; j++)
        if (pairing.back[j] == G_MAXUINT)
            add_all_of (self->found, VITRINE_DIFFERENCE_NEW, place,
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
    g_autoptr (GHashTable) digests = g_hash_table_new_full (NULL, NULL, NULL, g_free);
    Comparison comparison = { .digests = digests };

    if (first == NULL)
        return NULL;
    first->name = g_strdup ("");
    second->name = g_strdup ("");
    first->attributes = g_ptr_array_new ();
    second->attributes = g_ptr_array_new ();
    add_digest (digests, first);
    add_digest (digests, second);
    comparison.found = g_ptr_array_new_with_free_func ((GDestroyNotify) vitrine_difference_free);
    compare (&comparison, "", first, second);
    return comparison.found;
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
