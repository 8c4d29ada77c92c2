/* SPDX-License-Identifier: GPL-2.0-or-later */
/* libvirt-tree.h - looks into XML of libvirt's.  Any thread. */
#pragma once

#include <glib.h>
#include <libxml/parser.h>
#include <libxml/tree.h>

G_BEGIN_DECLS

/* Reads TEXT, whose root must be called ROOT (NULL: anything); NULL with INVALID for what is none. */
xmlDoc *libvirt_tree_parse (const char *text, const char *root, GError **error);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (xmlDoc, xmlFreeDoc)

gboolean libvirt_tree_is_called (const xmlNode *node, const char *name);

/* The first child of NODE (or NULL) called NAME, or NULL. */
xmlNode *libvirt_tree_find_child (const xmlNode *node, const char *name);

/* The attribute NAME of NODE (or NULL), "" when there is none.  (transfer full) */
char *libvirt_tree_dup_attribute (const xmlNode *node, const char *name);

/* The same of NODE's first child called CHILD. */
char *libvirt_tree_dup_of_child (const xmlNode *node, const char *child, const char *attribute);

/* The text of NODE (or NULL), "" when there is none.  (transfer full) */
char *libvirt_tree_dup_text (const xmlNode *node);

gboolean libvirt_tree_has_attribute (const xmlNode *node, const char *name, const char *wanted);

/* Whether NODE, a <disk>, is of PATH, a file or a block device. */
gboolean libvirt_tree_is_source (const xmlNode *node, const char *path);

/* NODE and what is in it, as text; (transfer full). */
char *libvirt_tree_write (xmlNode *node);

G_END_DECLS
