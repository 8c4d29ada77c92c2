/* SPDX-License-Identifier: GPL-2.0-or-later */
/* definition-edit.c - changes to a definition: a device put in or taken out, another number of processors,
 * more or less memory; and one device's element read by itself, for a machine that runs.
 *
 * An edited text is the tree with that one change in it, written out: comments, metadata and whatever
 * else is in it stay.  It goes through the parser like any other text, so an edit that would make a
 * definition nobody takes is refused in the same words.
 */
#include <inttypes.h>
#include <glib/gi18n-lib.h>
#include <libxml/parser.h>
#include <libxml/tree.h>

#include "definition-private.h"
#include "vitrine-error.h"

#define MIB ((guint64) 1 << 20)

/* --- one element ----------------------------------------------------------------------------- */

/* The element in XML as the only device of a machine that is nothing else, so that rules and readers
 * find it where they expect it. */
static xmlDoc *
wrap_element (const char *xml, gssize len, GError **error)
{
    g_autoptr (xmlDoc) doc =
        definition_read_tree (xml, len < 0 ? strlen (xml) : (gsize) len, error);
    xmlNode *element, *domain, *devices;

    if (!doc)
        return NULL;
    element = xmlDocGetRootElement (doc);
    xmlUnlinkNode (element);
    domain = xmlNewDocNode (doc, NULL, (const xmlChar *) "domain", NULL);
    xmlNewProp (domain, (const xmlChar *) "type", (const xmlChar *) "kvm");
    devices = xmlNewChild (domain, NULL, (const xmlChar *) "devices", NULL);
    xmlAddChild (devices, element);
    xmlDocSetRootElement (doc, domain);
    return g_steal_pointer (&doc);
}

static xmlNode *
get_element (xmlDoc *doc)
{
    xmlNode *devices = definition_child (xmlDocGetRootElement (doc), "devices");

    return devices->children;
}

VitrineDefinitionDevice *
vitrine_definition_read_device (const char *xml, gssize len, GPtrArray *others, GError **error)
{
    g_autoptr (xmlDoc) doc = wrap_element (xml, len, error);
    g_autoptr (VitrineDefinition) scratch = definition_new ();
    VitrineDefinitionDevice *device;

    if (!doc || !definition_rules_check (xmlDocGetRootElement (doc), error)
        || !definition_device_read (scratch, get_element (doc), error))
        return NULL;
    if (scratch->devices->len != 1) {
        g_autofree char *name = definition_quote ((const char *) get_element (doc)->name);

        definition_refuse (error, VITRINE_ERROR_UNSUPPORTED,
                           _ ("<%s> is not a device that can be added by itself"), name);
        return NULL;
    }
    device = g_ptr_array_steal_index (scratch->devices, 0);
    if (definition_places_give_one (device, others, error)
        && (!device->network || definition_mac_give_one (device, others, error)))
        return device;
    vitrine_definition_device_free (device);
    return NULL;
}

/* --- the domain's memory --------------------------------------------------------------------- */

/* NODE's text is BYTES. */
static void
set_bytes (xmlNode *node, guint64 bytes)
{
    g_autofree char *text = g_strdup_printf ("%" G_GUINT64_FORMAT, bytes >> 10);

    xmlSetProp (node, (const xmlChar *) "unit", (const xmlChar *) "KiB");
    xmlNodeSetContent (node, (const xmlChar *) text);
}

/* What NODE says, which was read before; 0 for one that is new. */
static guint64
read_bytes (xmlNode *node)
{
    guint64 bytes;

    return definition_bytes ("", node, 0, &bytes, NULL) ? bytes : 0;
}

/* All the memory there may be is BYTES: libvirt wants a <maxMemory> where some of it comes and goes. */
static void
set_all_memory (xmlNode *domain, guint64 bytes, gboolean comes_and_goes)
{
    xmlNode *memory = definition_child (domain, "memory");
    xmlNode *max = definition_child (domain, "maxMemory");

    if (!max && comes_and_goes) {
        max = xmlAddPrevSibling (
            memory, xmlNewDocNode (domain->doc, NULL, (const xmlChar *) "maxMemory", NULL));
        xmlSetProp (max, (const xmlChar *) "slots", (const xmlChar *) "1");
        xmlAddPrevSibling (memory, xmlNewDocText (domain->doc, (const xmlChar *) "\n  "));
    }
    if (max && read_bytes (max) < bytes)
        set_bytes (max, bytes);
    set_bytes (memory, bytes);
}

/* --- edits ----------------------------------------------------------------------------------- */

/* The text of SELF as a tree: it was one before. */
static xmlDoc *
open_tree (const VitrineDefinition *self)
{
    return definition_read_tree (self->xml, strlen (self->xml), NULL);
}

static VitrineDefinition *
close_tree (xmlDoc *doc, GError **error)
{
    xmlChar *raw = NULL;
    VitrineDefinition *edited;
    int len = 0;

    xmlDocDumpMemoryEnc (doc, &raw, &len, "UTF-8");
    edited = vitrine_definition_parse ((const char *) raw, len, error);
    xmlFree (raw);
    return edited;
}

/* <devices>, made when there is none. */
static xmlNode *
get_devices (xmlDoc *doc)
{
    xmlNode *domain = xmlDocGetRootElement (doc);
    xmlNode *devices = definition_child (domain, "devices");

    return devices ? devices : xmlNewChild (domain, NULL, (const xmlChar *) "devices", NULL);
}

/* DEVICE, which is taken over, becomes the last of DEVICES, on a line of its own. */
static void
append_device (xmlNode *devices, xmlNode *device)
{
    xmlAddChild (devices, xmlNewDocText (devices->doc, (const xmlChar *) "  "));
    xmlAddChild (devices, device);
    xmlAddChild (devices, xmlNewDocText (devices->doc, (const xmlChar *) "\n  "));
}

void
definition_node_remove (xmlNode *node)
{
    xmlNode *before = node->prev;

    if (before && xmlIsBlankNode (before)) { /* its line goes with it */
        xmlUnlinkNode (before);
        xmlFreeNode (before);
    }
    xmlUnlinkNode (node);
    xmlFreeNode (node);
}

/* An element that says that there is no such device makes way for ELEMENT, which is one. */
static void
remove_none (xmlNode *devices, xmlNode *element)
{
    g_autofree char *type = definition_attribute (element, "type");

    for (xmlNode *node = devices->children; node; node = node->next) {
        g_autofree char *its_type = definition_attribute (node, "type");

        if (node->type == XML_ELEMENT_NODE && xmlStrEqual (node->name, element->name)
            && definition_attribute_is (node, "model", "none") && g_strcmp0 (type, its_type) == 0) {
            definition_node_remove (node);
            return;
        }
    }
}

VitrineDefinition *
vitrine_definition_with_device (const VitrineDefinition *self, const char *xml, gssize len,
                                GError **error)
{
    g_autoptr (VitrineDefinitionDevice) device = NULL;
    g_autoptr (xmlDoc) element = NULL;
    g_autoptr (xmlDoc) doc = NULL;
    xmlNode *devices;

    device = vitrine_definition_read_device (xml, len, self->devices, error);
    if (!device || !(element = wrap_element (xml, len, error)))
        return NULL;
    doc = open_tree (self);
    devices = get_devices (doc);
    remove_none (devices, get_element (element));
    append_device (devices, xmlDocCopyNode (get_element (element), doc, 1));
    if (device->kind == VITRINE_DEFINITION_MEMORY)
        set_all_memory (xmlDocGetRootElement (doc),
                        vitrine_definition_get_max_memory_bytes (self) + device->size_bytes, TRUE);
    return close_tree (doc, error);
}

/* The element child number N of PARENT, from 0 on. */
static xmlNode *
get_nth_element (xmlNode *parent, guint n)
{
    for (xmlNode *node = parent ? parent->children : NULL; node; node = node->next)
        if (node->type == XML_ELEMENT_NODE && n-- == 0)
            return node;
    return NULL;
}

/* PATH as the only <source> of NODE, a <disk>; NULL: none. */
static void
set_source (xmlNode *node, const char *path, gboolean block)
{
    xmlNode *source = definition_child (node, "source");
    xmlNode *target = definition_child (node, "target");

    if (source)
        definition_node_remove (source);
    if (!path)
        return;
    xmlSetProp (node, (const xmlChar *) "type", (const xmlChar *) (block ? "block" : "file"));
    source = xmlNewDocNode (node->doc, NULL, (const xmlChar *) "source", NULL);
    xmlSetProp (source, (const xmlChar *) (block ? "dev" : "file"), (const xmlChar *) path);
    xmlAddPrevSibling (target, source);
}

VitrineDefinition *
vitrine_definition_with_medium (const VitrineDefinition *self, const char *alias, const char *path,
                                gboolean block, GError **error)
{
    const VitrineDefinitionDevice *drive = NULL;
    g_autoptr (xmlDoc) doc = NULL;

    for (guint i = 0; i < self->devices->len && !drive; i++) {
        const VitrineDefinitionDevice *one = g_ptr_array_index (self->devices, i);

        if (one->kind == VITRINE_DEFINITION_CDROM && g_str_equal (one->alias, alias))
            drive = one;
    }
    if (!drive) {
        definition_refuse (error, VITRINE_ERROR_NOT_FOUND, _ ("“%s” has no CD drive %s"),
                           self->name, alias);
        return NULL;
    }
    doc = open_tree (self);
    set_source (
        get_nth_element (definition_child (xmlDocGetRootElement (doc), "devices"), drive->element),
        path, block);
    return close_tree (doc, error);
}

/* The disk TARGET of SELF, or NULL. */
static const VitrineDefinitionDevice *
find_disk (const VitrineDefinition *self, const char *target, GError **error)
{
    for (guint i = 0; i < self->devices->len; i++) {
        const VitrineDefinitionDevice *one = g_ptr_array_index (self->devices, i);

        if (one->kind == VITRINE_DEFINITION_DISK && g_str_equal (one->target, target))
            return one;
    }
    definition_refuse (error, VITRINE_ERROR_NOT_FOUND, _ ("“%s” has no disk %s"), self->name,
                       target);
    return NULL;
}

VitrineDefinition *
vitrine_definition_with_image (const VitrineDefinition *self, const char *target, const char *path,
                               VitrineDefinitionFormat format, gboolean block, GError **error)
{
    const VitrineDefinitionDevice *disk = find_disk (self, target, error);
    g_autoptr (xmlDoc) doc = NULL;
    xmlNode *node, *driver, *encryption;

    if (!disk)
        return NULL;
    doc = open_tree (self);
    node =
        get_nth_element (definition_child (xmlDocGetRootElement (doc), "devices"), disk->element);
    encryption = definition_encryption_take (node);
    set_source (node, path, block);
    if (format == VITRINE_DEFINITION_FORMAT_LUKS)
        definition_encryption_write (node, encryption);
    else if (encryption)
        xmlFreeNode (encryption);
    driver = definition_child (node, "driver");
    if (!driver) {
        driver = xmlNewDocNode (doc, NULL, (const xmlChar *) "driver", NULL);
        xmlSetProp (driver, (const xmlChar *) "name", (const xmlChar *) "qemu");
        xmlAddPrevSibling (node->children, driver);
    }
    xmlSetProp (driver, (const xmlChar *) "type",
                (const xmlChar *) definition_format_word (format));
    return close_tree (doc, error);
}

/* Cards without an address get one that is made of the machine's UUID. */
static void
forget_card_addresses (xmlNode *devices)
{
    for (xmlNode *node = devices ? devices->children : NULL; node; node = node->next) {
        xmlNode *mac =
            definition_is_element (node, "interface") ? definition_child (node, "mac") : NULL;

        if (mac)
            definition_node_remove (mac);
    }
}

VitrineDefinition *
vitrine_definition_with_identity (const VitrineDefinition *self, const char *name, const char *uuid,
                                  const char *nvram, GError **error)
{
    g_autoptr (xmlDoc) doc = open_tree (self);
    xmlNode *domain = xmlDocGetRootElement (doc);
    xmlNode *its_nvram = definition_child (definition_child (domain, "os"), "nvram");
    g_autofree char *escaped = g_markup_escape_text (name, -1);

    xmlNodeSetContent (definition_child (domain, "name"), (const xmlChar *) escaped);
    xmlNodeSetContent (definition_child (domain, "uuid"), (const xmlChar *) uuid);
    if (its_nvram && nvram) {
        g_autofree char *escaped_nvram = g_markup_escape_text (nvram, -1);

        xmlNodeSetContent (its_nvram, (const xmlChar *) escaped_nvram);
    }
    forget_card_addresses (definition_child (domain, "devices"));
    return close_tree (doc, error);
}

VitrineDefinition *
vitrine_definition_without_device (const VitrineDefinition *self, const char *alias, GError **error)
{
    const VitrineDefinitionDevice *device = NULL;
    g_autoptr (xmlDoc) doc = NULL;
    xmlNode *node;

    for (guint i = 0; i < self->devices->len && !device; i++) {
        const VitrineDefinitionDevice *one = g_ptr_array_index (self->devices, i);

        if (g_str_equal (one->alias, alias))
            device = one;
    }
    if (!device) {
        definition_refuse (error, VITRINE_ERROR_NOT_FOUND, _ ("“%s” has no device “%s”"),
                           self->name, alias);
        return NULL;
    }
    doc = open_tree (self);
    node =
        get_nth_element (definition_child (xmlDocGetRootElement (doc), "devices"), device->element);
    if (!node) {
        definition_refuse (
            error, VITRINE_ERROR_UNSUPPORTED,
            _ ("The device %s comes with another one and cannot be removed by itself"), alias);
        return NULL;
    }
    definition_node_remove (node);
    if (device->kind == VITRINE_DEFINITION_MEMORY)
        set_all_memory (xmlDocGetRootElement (doc), self->memory_bytes, FALSE);
    return close_tree (doc, error);
}

VitrineDefinition *
vitrine_definition_with_vcpus (const VitrineDefinition *self, guint n, guint max, GError **error)
{
    g_autoptr (xmlDoc) doc = open_tree (self);
    xmlNode *domain = xmlDocGetRootElement (doc);
    xmlNode *node = definition_child (domain, "vcpu");
    g_autofree char *n_text = g_strdup_printf ("%u", n);
    g_autofree char *max_text = NULL;

    if (max == 0)
        max = MAX (n, self->max_vcpus);
    max_text = g_strdup_printf ("%u", max);
    if (!node)
        node = xmlAddNextSibling (definition_child (domain, "memory"),
                                  xmlNewDocNode (doc, NULL, (const xmlChar *) "vcpu", NULL));
    xmlNodeSetContent (node, (const xmlChar *) max_text);
    if (n == max)
        xmlUnsetProp (node, (const xmlChar *) "current");
    else
        xmlSetProp (node, (const xmlChar *) "current", (const xmlChar *) n_text);
    return close_tree (doc, error);
}

/* With SETTINGS of the disk ALIAS. */
static VitrineDefinition *
with_limits (const VitrineDefinition *self, const VitrineDefinitionDevice *disk,
             const char *const *settings, GError **error)
{
    guint64 limits[VITRINE_DEFINITION_LIMIT_N];
    g_autoptr (xmlDoc) doc = NULL;

    memcpy (limits, disk->limits, sizeof limits);
    if (!vitrine_definition_limits_set (limits, settings, error))
        return NULL;
    doc = open_tree (self);
    definition_limits_write (
        get_nth_element (definition_child (xmlDocGetRootElement (doc), "devices"), disk->element),
        limits);
    return close_tree (doc, error);
}

VitrineDefinition *
vitrine_definition_with_card (const VitrineDefinition *self, const char *alias,
                              const char *const *settings, GError **error)
{
    const VitrineDefinitionDevice *card = NULL;
    g_autoptr (VitrineDefinitionNetwork) network = NULL;
    g_autoptr (xmlDoc) doc = NULL;

    for (guint i = 0; i < self->devices->len && !card; i++) {
        const VitrineDefinitionDevice *one = g_ptr_array_index (self->devices, i);

        if (one->kind == VITRINE_DEFINITION_DISK && g_str_equal (one->alias, alias))
            return with_limits (self, one, settings, error);
        if (one->network && g_str_equal (one->alias, alias))
            card = one;
    }
    if (!card) {
        definition_refuse (error, VITRINE_ERROR_NOT_FOUND,
                           _ ("“%s” has no network card or disk “%s”"), self->name, alias);
        return NULL;
    }
    network = vitrine_definition_network_copy (card->network);
    if (!vitrine_definition_card_set (network, settings, error))
        return NULL;
    doc = open_tree (self);
    definition_card_write (
        get_nth_element (definition_child (xmlDocGetRootElement (doc), "devices"), card->element),
        network);
    return close_tree (doc, error);
}

/* What memory there shall be. */
typedef struct {
    guint64 base;      /* to begin with */
    guint64 current;   /* of that at first */
    guint64 size;      /* that comes and goes; 0: none */
    guint64 requested; /* of that at first */
    guint64 block;
} Memory;

/* A larger maximum is new memory that comes and goes, beside BYTES or what there was to begin with. */
static gboolean
plan_maximum (const VitrineDefinition *self, guint64 bytes, guint64 max_bytes, Memory *plan,
              GError **error)
{
    if (bytes) {
        plan->base = plan->current = bytes;
        plan->requested = 0;
    }
    if (max_bytes < plan->base + plan->requested)
        return definition_refuse (error, VITRINE_ERROR_INVALID,
                                  _ ("“%s” begins with %" PRIu64 " MiB of memory, more "
                                     "than the most it may have then"),
                                  self->name, (plan->base + plan->requested) >> 20);
    plan->size = (max_bytes - plan->base + plan->block - 1) / plan->block * plan->block;
    return TRUE;
}

/* BYTES of what there is: some of it requested, or some of what the machine begins with left out. */
static gboolean
plan_first (const VitrineDefinition *self, guint64 bytes, Memory *plan, GError **error)
{
    if (plan->size == 0) {
        plan->base = plan->current = bytes;
        return TRUE;
    }
    if (bytes > plan->base + plan->size)
        return definition_refuse (error, VITRINE_ERROR_INVALID,
                                  _ ("“%s” can have at most %" PRIu64 " MiB of memory"), self->name,
                                  (plan->base + plan->size) >> 20);
    plan->current = MIN (bytes, plan->base);
    plan->requested = (bytes - plan->current + plan->block - 1) / plan->block * plan->block;
    return TRUE;
}

static gboolean
plan_memory (const VitrineDefinition *self, guint64 bytes, guint64 max_bytes, Memory *plan,
             GError **error)
{
    const VitrineDefinitionDevice *pluggable = vitrine_definition_get_pluggable (self);

    plan->base = self->memory_bytes;
    plan->current = self->current_bytes;
    plan->size = pluggable ? pluggable->size_bytes : 0;
    plan->requested = pluggable ? pluggable->requested_bytes : 0;
    plan->block = pluggable ? pluggable->block_bytes : DEFINITION_MEMORY_BLOCK;
    if (max_bytes)
        return plan_maximum (self, bytes, max_bytes, plan, error);
    return !bytes || plan_first (self, bytes, plan, error);
}

/* The child NAME of PARENT, made when there is none. */
static xmlNode *
need_child (xmlNode *parent, const char *name)
{
    xmlNode *child = definition_child (parent, name);

    return child ? child : xmlNewChild (parent, NULL, (const xmlChar *) name, NULL);
}

/* The <memory> device is as PLAN says, or there is none. */
static void
write_pluggable (xmlDoc *doc, const Memory *plan)
{
    xmlNode *devices = get_devices (doc), *target;
    xmlNode *node = definition_child (devices, "memory");

    if (plan->size == 0) {
        if (node)
            definition_node_remove (node);
        return;
    }
    if (!node) {
        node = xmlNewDocNode (doc, NULL, (const xmlChar *) "memory", NULL);
        xmlSetProp (node, (const xmlChar *) "model", (const xmlChar *) "virtio-mem");
        append_device (devices, node);
    }
    target = need_child (node, "target");
    set_bytes (need_child (target, "size"), plan->size);
    set_bytes (need_child (target, "block"), plan->block);
    set_bytes (need_child (target, "requested"), plan->requested);
}

static void
write_current (xmlNode *domain, const Memory *plan)
{
    xmlNode *current = definition_child (domain, "currentMemory");

    if (plan->current == plan->base) {
        if (current)
            definition_node_remove (current);
        return;
    }
    if (!current)
        current = xmlAddNextSibling (
            definition_child (domain, "memory"),
            xmlNewDocNode (domain->doc, NULL, (const xmlChar *) "currentMemory", NULL));
    set_bytes (current, plan->current);
}

VitrineDefinition *
vitrine_definition_with_memory (const VitrineDefinition *self, guint64 bytes, guint64 max_bytes,
                                GError **error)
{
    g_autoptr (xmlDoc) doc = open_tree (self);
    xmlNode *domain = xmlDocGetRootElement (doc);
    Memory plan;

    if (MAX (bytes, max_bytes) > DEFINITION_MEMORY_MAX) {
        definition_refuse (error, VITRINE_ERROR_INVALID,
                           _ ("%s is more than 4 TiB, the most a machine may have"), "<memory>");
        return NULL;
    }
    bytes = (bytes + MIB - 1) & ~(MIB - 1);
    if (!plan_memory (self, bytes, max_bytes, &plan, error))
        return NULL;
    write_pluggable (doc, &plan);
    write_current (domain, &plan);
    set_all_memory (domain, plan.base + plan.size, plan.size > 0);
    return close_tree (doc, error);
}
