/* SPDX-License-Identifier: GPL-2.0-or-later */
/* libvirt-tree.c - looks into XML of libvirt's. */
#include "libvirt-tree.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "vitrine-private.h"

xmlDoc *
libvirt_tree_parse (const char *text, const char *root, GError **error)
{
    xmlDoc *document = xmlReadMemory (text, (int) MIN (strlen (text), G_MAXINT), NULL, NULL,
                                      XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING);
    const xmlNode *node = document != NULL ? xmlDocGetRootElement (document) : NULL;

    if (node != NULL && (root == NULL || libvirt_tree_is_called (node, root)))
        return document;
    xmlFreeDoc (document);
    if (root != NULL)
        vitrine_refuse (error, VITRINE_ERROR_INVALID, _ ("This is no definition: it has no <%s>"),
                        root);
    else
        vitrine_refuse (error, VITRINE_ERROR_INVALID, _ ("This is no XML"));
    return NULL;
}

gboolean
libvirt_tree_is_called (const xmlNode *node, const char *name)
{
    return node->type == XML_ELEMENT_NODE && xmlStrEqual (node->name, BAD_CAST name);
}

xmlNode *
libvirt_tree_find_child (const xmlNode *node, const char *name)
{
    for (xmlNode *child = node != NULL ? node->children : NULL; child != NULL; child = child->next)
        if (libvirt_tree_is_called (child, name))
            return child;
    return NULL;
}

char *
libvirt_tree_dup_attribute (const xmlNode *node, const char *name)
{
    xmlChar *value = node != NULL ? xmlGetNoNsProp (node, BAD_CAST name) : NULL;
    char *copy = g_strdup (value != NULL ? (const char *) value : "");

    xmlFree (value);
    return copy;
}

char *
libvirt_tree_dup_of_child (const xmlNode *node, const char *child, const char *attribute)
{
    return libvirt_tree_dup_attribute (libvirt_tree_find_child (node, child), attribute);
}

char *
libvirt_tree_dup_text (const xmlNode *node)
{
    xmlChar *text = node != NULL ? xmlNodeGetContent (node) : NULL;
    char *copy = g_strdup (text != NULL ? (const char *) text : "");

    xmlFree (text);
    return copy;
}

gboolean
libvirt_tree_has_attribute (const xmlNode *node, const char *name, const char *wanted)
{
    g_autofree char *value = libvirt_tree_dup_attribute (node, name);

    return g_str_equal (value, wanted);
}

gboolean
libvirt_tree_is_source (const xmlNode *node, const char *path)
{
    const xmlNode *source = libvirt_tree_find_child (node, "source");

    return source != NULL
           && (libvirt_tree_has_attribute (source, "file", path)
               || libvirt_tree_has_attribute (source, "dev", path));
}

char *
libvirt_tree_write (xmlNode *node)
{
    xmlBuffer *buffer = xmlBufferCreate ();
    char *text;

    xmlNodeDump (buffer, node->doc, node, 0, 0);
    text = g_strdup ((const char *) xmlBufferContent (buffer));
    xmlBufferFree (buffer);
    return text;
}
