/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vitrine-xml-private.h - a definition's text as a tree, in which nothing is lost that was not changed.
 *
 * It judges nothing: what an element means is the engines' business.  Any thread.
 */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

typedef struct _VitrineXml VitrineXml;

/* A text, a comment or an instruction has no NAME and no children; its TEXT is as it was read for the latter two. */
struct _VitrineXml {
    VitrineXml *parent;
    char *name;            /* of an element, else NULL */
    char *text;            /* of anything else */
    gboolean verbatim;     /* a comment, an instruction */
    GPtrArray *attributes; /* of an element: name, value, name, value … */
    GPtrArray *children;   /* of an element, or of the document */
    guint line;            /* in which it begins; 0: it was made later */
    char quote;            /* of the document: what its values are between */
};

/* The document in TEXT: its children are one element and what stands beside that.  NULL with INVALID and the line for
 * what is no XML, and for what nests deeper or is longer than any definition. */
VitrineXml *vitrine_xml_parse (const char *text, GError **error);
/* The same; *LINE, which may be NULL, is that line. */
VitrineXml *vitrine_xml_parse_at (const char *text, guint *line, GError **error);
void vitrine_xml_free (VitrineXml *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VitrineXml, vitrine_xml_free)

/* The one element of a document. */
VitrineXml *vitrine_xml_get_root (VitrineXml *document);

/* (transfer full) */
char *vitrine_xml_write (VitrineXml *document);

/* The first child element called NAME, or NULL; of NULL, NULL.  Number N of the child elements, from 1 on. */
VitrineXml *vitrine_xml_get_child (VitrineXml *self, const char *name);
VitrineXml *vitrine_xml_get_element (VitrineXml *self, guint n);

const char *vitrine_xml_get_attribute (const VitrineXml *self, const char *name);

/* All the text in an element but its children's. (transfer full) */
char *vitrine_xml_dup_text (const VitrineXml *self);

/* What WAY leads to from SELF, or NULL where there is nothing: "a/b" is the text of an element, "a/@c" an attribute,
 * "a/" whether the element is there, "" then.  (transfer full) */
char *vitrine_xml_dup (VitrineXml *self, const char *way);

/* Sets what WAY leads to, and makes the elements on the way; VALUE NULL takes the attribute or the element away. */
void vitrine_xml_set (VitrineXml *self, const char *way, const char *value);

/* A further child element of SELF, on a line of its own. */
VitrineXml *vitrine_xml_add (VitrineXml *self, const char *name);

/* Takes SELF, and its line, out of its parent, and frees it. */
void vitrine_xml_remove (VitrineXml *self);

/* Whether it is an element called NAME; FALSE for NULL. */
gboolean vitrine_xml_is (const VitrineXml *self, const char *name);

G_END_DECLS
