/* SPDX-License-Identifier: GPL-2.0-or-later */
/* libvirt-edit.c - changes in libvirt's domain XML: what a change is not about stays as it is.
 *
 * A device that came while its machine ran may have another alias there than the definition's would get, so one
 * that both have is found by what it has in both: a disk's target, a card's address.
 */
#include "libvirt-edit.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "libvirt-tree.h"
#include "libvirt-xml.h"
#include "vitrine-private.h"

/* --- finding ---------------------------------------------------------------------------------- */

static xmlNode *
find_device (xmlDoc *document, const char *alias, GError **error)
{
    xmlNode *node = libvirt_xml_find_device (xmlDocGetRootElement (document), alias);

    if (node == NULL)
        vitrine_refuse (error, VITRINE_ERROR_NOT_FOUND, _ ("The machine has no device %s"), alias);
    return node;
}

/* Where a device says what it is called by in the definition and in what runs alike. */
static gboolean
get_key (const xmlNode *node, const char **child, const char **attribute)
{
    static const struct {
        const char *element, *child, *attribute;
    } keys[] = {
        { "disk", "target", "dev" },
        { "interface", "mac", "address" },
        { "channel", "target", "name" },
    };

    for (gsize i = 0; i < G_N_ELEMENTS (keys); i++)
        if (libvirt_tree_is_called (node, keys[i].element)) {
            *child = keys[i].child;
            *attribute = keys[i].attribute;
            return TRUE;
        }
    return FALSE;
}

/* The device of DEVICES that is what TWIN is. */
static xmlNode *
find_twin (xmlNode *devices, const xmlNode *twin)
{
    const char *child, *attribute;
    g_autofree char *wanted = NULL;

    if (!get_key (twin, &child, &attribute))
        return NULL;
    wanted = libvirt_tree_dup_of_child (twin, child, attribute);
    for (xmlNode *node = devices->children; node != NULL && *wanted != '\0'; node = node->next) {
        g_autofree char *found = libvirt_tree_is_called (node, (const char *) twin->name)
                                     ? libvirt_tree_dup_of_child (node, child, attribute)
                                     : NULL;

        if (g_strcmp0 (found, wanted) == 0)
            return node;
    }
    return NULL;
}

/* The device of DOCUMENT that is called ALIAS, in LIVE if that is not NULL. */
static xmlNode *
find_meant (xmlDoc *document, const char *live, const char *alias, GError **error)
{
    g_autoptr (xmlDoc) running = live != NULL ? libvirt_tree_parse (live, "domain", NULL) : NULL;
    xmlNode *twin =
        running != NULL ? libvirt_xml_find_device (xmlDocGetRootElement (running), alias) : NULL;
    xmlNode *devices = libvirt_tree_find_child (xmlDocGetRootElement (document), "devices");
    xmlNode *node = twin != NULL && devices != NULL ? find_twin (devices, twin) : NULL;
    const char *child, *attribute;

    if (node != NULL)
        return node;
    if (twin != NULL && get_key (twin, &child, &attribute)) {
        vitrine_refuse (error, VITRINE_ERROR_NOT_FOUND,
                        _ ("The definition has no device that is %s of what runs"), alias);
        return NULL;
    }
    return find_device (document, alias, error);
}

/* --- media and cables ------------------------------------------------------------------------- */

static void
remove_children (xmlNode *node, const char *name)
{
    xmlNode *child;

    while ((child = libvirt_tree_find_child (node, name)) != NULL) {
        xmlUnlinkNode (child);
        xmlFreeNode (child);
    }
}

/* Of a path that may be another computer's, which cannot be looked at. */
static gboolean
is_block (const char *path)
{
    return g_str_has_prefix (path, "/dev/") || vitrine_is_block_device (path);
}

static gboolean
set_medium (xmlNode *disk, const VitrineChange *change, GError **error)
{
    const char *path = change->kind == VITRINE_CHANGE_INSERT ? change->path : NULL;
    xmlNode *source;

    if (!libvirt_tree_is_called (disk, "disk")
        || (!libvirt_tree_has_attribute (disk, "device", "cdrom")
            && !libvirt_tree_has_attribute (disk, "device", "floppy")))
        return vitrine_refuse (error, VITRINE_ERROR_INVALID, _ ("%s is no drive for media"),
                               change->what);
    remove_children (disk, "source");
    remove_children (disk, "backingStore");
    if (path == NULL)
        return TRUE;
    xmlSetProp (disk, BAD_CAST "type", BAD_CAST (is_block (path) ? "block" : "file"));
    source = xmlNewChild (disk, NULL, BAD_CAST "source", NULL);
    xmlSetProp (source, BAD_CAST (is_block (path) ? "dev" : "file"), BAD_CAST path);
    return TRUE;
}

char *
libvirt_edit_dup_drive (const char *xml, const VitrineChange *change, GError **error)
{
    g_autoptr (xmlDoc) document = libvirt_tree_parse (xml, "domain", error);
    xmlNode *node = document != NULL ? find_device (document, change->what, error) : NULL;

    return node != NULL && set_medium (node, change, error) ? libvirt_tree_write (node) : NULL;
}

char *
libvirt_edit_dup_card (const char *xml, const char *alias, gboolean up, GError **error)
{
    g_autoptr (xmlDoc) document = libvirt_tree_parse (xml, "domain", error);
    xmlNode *node = document != NULL ? find_device (document, alias, error) : NULL;
    xmlNode *link;

    if (node == NULL)
        return NULL;
    if (!libvirt_tree_is_called (node, "interface")) {
        vitrine_refuse (error, VITRINE_ERROR_INVALID, _ ("%s is no network card"), alias);
        return NULL;
    }
    link = libvirt_tree_find_child (node, "link");
    if (link == NULL)
        link = xmlNewChild (node, NULL, BAD_CAST "link", NULL);
    xmlSetProp (link, BAD_CAST "state", BAD_CAST (up ? "up" : "down"));
    return libvirt_tree_write (node);
}

/* --- devices ---------------------------------------------------------------------------------- */

static gboolean
attach (xmlDoc *document, const char *element, GError **error)
{
    xmlNode *root = xmlDocGetRootElement (document);
    xmlNode *devices = libvirt_tree_find_child (root, "devices");
    g_autoptr (xmlDoc) device = libvirt_tree_parse (element, NULL, error);

    if (device == NULL)
        return FALSE;
    if (devices == NULL)
        devices = xmlNewChild (root, NULL, BAD_CAST "devices", NULL);
    xmlAddChild (devices, xmlDocCopyNode (xmlDocGetRootElement (device), document, 1));
    return TRUE;
}

static gboolean
edit (xmlDoc *document, const char *live, const VitrineChange *change, GError **error)
{
    xmlNode *node;

    if (change->kind == VITRINE_CHANGE_ATTACH)
        return attach (document, change->what, error);
    node = find_meant (document, live, change->what, error);
    if (node == NULL)
        return FALSE;
    if (change->kind != VITRINE_CHANGE_DETACH)
        return set_medium (node, change, error);
    xmlUnlinkNode (node);
    xmlFreeNode (node);
    return TRUE;
}

char *
libvirt_edit (const char *xml, const char *live, const VitrineChange *change, GError **error)
{
    g_autoptr (xmlDoc) document = libvirt_tree_parse (xml, "domain", error);

    if (document == NULL || !edit (document, live, change, error))
        return NULL;
    return libvirt_tree_write (xmlDocGetRootElement (document));
}

char *
libvirt_edit_dup_device (const char *xml, const char *alias, GError **error)
{
    g_autoptr (xmlDoc) document = libvirt_tree_parse (xml, "domain", error);
    xmlNode *node = document != NULL ? find_device (document, alias, error) : NULL;

    return node != NULL ? libvirt_tree_write (node) : NULL;
}

char *
libvirt_edit_dup_target (const char *xml, const char *alias, char **source, GError **error)
{
    g_autoptr (xmlDoc) document = libvirt_tree_parse (xml, "domain", error);
    xmlNode *node = document != NULL ? find_device (document, alias, error) : NULL;
    const xmlNode *place;

    if (node == NULL)
        return NULL;
    if (!libvirt_tree_is_called (node, "disk")) {
        vitrine_refuse (error, VITRINE_ERROR_INVALID, _ ("%s is no disk"), alias);
        return NULL;
    }
    place = libvirt_tree_find_child (node, "source");
    *source = libvirt_tree_dup_attribute (place, "file");
    if (**source == '\0') {
        g_free (*source);
        *source = libvirt_tree_dup_attribute (place, "dev");
    }
    return libvirt_tree_dup_of_child (node, "target", "dev");
}

/* --- what came of it -------------------------------------------------------------------------- */

char *
libvirt_edit_dup_new (const char *before, const char *after)
{
    g_autoptr (LibvirtXml) old = libvirt_xml_parse (before, NULL);
    g_autoptr (LibvirtXml) now = libvirt_xml_parse (after, NULL);

    for (guint i = 0; old != NULL && now != NULL && i < now->devices->len; i++) {
        const VitrineDeviceInfo *device = g_ptr_array_index (now->devices, i);

        if (vitrine_device_info_find (old->devices, device->alias) == NULL)
            return g_strdup (device->alias);
    }
    return NULL;
}

static char *
find_dropped (const xmlNode *asked, const xmlNode *got)
{
    for (const xmlAttr *attribute = asked->properties; attribute != NULL;
         attribute = attribute->next)
        if (!xmlHasProp (got, attribute->name))
            return g_strdup_printf ("%s='…' of <%s>", attribute->name, asked->name);
    for (const xmlNode *child = asked->children; child != NULL; child = child->next) {
        const xmlNode *other = child->type == XML_ELEMENT_NODE
                                   ? libvirt_tree_find_child (got, (const char *) child->name)
                                   : NULL;
        g_autofree char *dropped = other != NULL ? find_dropped (child, other) : NULL;

        if (child->type == XML_ELEMENT_NODE && other == NULL)
            return g_strdup_printf ("<%s>", child->name);
        if (dropped != NULL)
            return g_steal_pointer (&dropped);
    }
    return NULL;
}

char *
libvirt_edit_find_dropped (const char *element, const char *xml, const char *alias)
{
    g_autoptr (xmlDoc) asked = libvirt_tree_parse (element, NULL, NULL);
    g_autoptr (xmlDoc) document = libvirt_tree_parse (xml, "domain", NULL);
    const xmlNode *got = document != NULL ? find_device (document, alias, NULL) : NULL;

    return asked != NULL && got != NULL ? find_dropped (xmlDocGetRootElement (asked), got) : NULL;
}
