/* SPDX-License-Identifier: GPL-2.0-or-later */
/* definition-parse.c - from text to a definition.
 *
 * Theory of operation.  The text is foreign.  Size and encoding are checked before the XML parser
 * sees a byte; the parser has no network, no entities and no document type: a hook stops it at the
 * first "<!DOCTYPE", before anything in it is read, so there is nothing to expand and nothing to
 * fetch. Then the rules walk the tree (definition-rules.c), then the readers take out of it what
 * the machine needs.  The tree is thrown away: the text itself is what is kept.
 */
#include <glib/gi18n-lib.h>
#include <libxml/parser.h>
#include <string.h>

#include "definition-private.h"
#include "vitrine-error.h"

#define PARSE_OPTIONS                                                                              \
    (XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING | XML_PARSE_COMPACT)

G_DEFINE_AUTOPTR_CLEANUP_FUNC (xmlParserCtxt, xmlFreeParserCtxt)

/* --- small readers --------------------------------------------------------------------------- */

gboolean
definition_is_element (const xmlNode *node, const char *name)
{
    return node->type == XML_ELEMENT_NODE && xmlStrEqual (node->name, (const xmlChar *) name);
}

xmlNode *
definition_child (xmlNode *parent, const char *name)
{
    if (!parent)
        return NULL;
    for (xmlNode *child = parent->children; child; child = child->next)
        if (definition_is_element (child, name))
            return child;
    return NULL;
}

char *
definition_attribute (xmlNode *node, const char *name)
{
    xmlChar *raw = node ? xmlGetNoNsProp (node, (const xmlChar *) name) : NULL;
    char *value = g_strdup ((const char *) raw);

    xmlFree (raw);
    return value;
}

gboolean
definition_attribute_is (xmlNode *node, const char *name, const char *value)
{
    g_autofree char *actual = definition_attribute (node, name);

    return g_strcmp0 (actual, value) == 0;
}

char *
definition_text (xmlNode *node)
{
    xmlChar *raw = node ? xmlNodeGetContent (node) : NULL;
    char *text = raw ? g_strstrip (g_strdup ((const char *) raw)) : NULL;

    xmlFree (raw);
    return text;
}

gboolean
definition_bytes (const char *what, xmlNode *node, guint64 min, guint64 *bytes, GError **error)
{
    g_autofree char *text = definition_text (node);
    g_autofree char *unit = definition_attribute (node, "unit");

    return definition_value_bytes (what, text, unit, min, bytes, error);
}

/* --- text to tree ---------------------------------------------------------------------------- */

static void
stop_at_doctype_cb (void *data, const xmlChar *name, const xmlChar *external_id,
                    const xmlChar *system_id)
{
    xmlParserCtxt *ctxt = data;

    ctxt->_private = GINT_TO_POINTER (TRUE);
    xmlStopParser (ctxt);
}

static gboolean
refuse_xml (const xmlError *problem, GError **error)
{
    g_autofree char *message = NULL;
    g_autofree char *quoted = NULL;

    if (!problem || !problem->message)
        return definition_refuse (error, VITRINE_ERROR_INVALID, _ ("This is not XML"));
    message = g_strstrip (g_utf8_make_valid (problem->message, -1));
    quoted = definition_quote (message);
    return definition_refuse (error, VITRINE_ERROR_INVALID,
                              /* TRANSLATORS: a line number, and the XML parser's own words */
                              _ ("This is not XML: line %d: %s"), problem->line, quoted);
}

static gboolean
check_text (const char *xml, gsize len, GError **error)
{
    if (len > VITRINE_DEFINITION_MAX_BYTES)
        return definition_refuse (error, VITRINE_ERROR_INVALID,
                                  _ ("The definition is longer than 1 MiB"));
    if (!g_utf8_validate_len (xml, len, NULL))
        return definition_refuse (error, VITRINE_ERROR_INVALID,
                                  _ ("The definition is not UTF-8 text"));
    return TRUE;
}

xmlDoc *
definition_read_tree (const char *xml, gsize len, GError **error)
{
    g_autoptr (xmlParserCtxt) ctxt = NULL;
    g_autoptr (xmlDoc) doc = NULL;

    if (!check_text (xml, len, error))
        return NULL;
    ctxt = xmlNewParserCtxt ();
    if (!ctxt)
        g_error ("out of memory");
    ctxt->sax->internalSubset = stop_at_doctype_cb;
    doc = xmlCtxtReadMemory (ctxt, xml, (int) len, NULL, NULL, PARSE_OPTIONS);
    if (ctxt->_private) {
        definition_refuse (error, VITRINE_ERROR_INVALID,
                           _ ("A definition must not have a document type (<!DOCTYPE>)"));
        return NULL;
    }
    if (!doc || !ctxt->wellFormed) {
        refuse_xml (xmlCtxtGetLastError (ctxt), error);
        return NULL;
    }
    if (doc->encoding && g_ascii_strcasecmp ((const char *) doc->encoding, "UTF-8") != 0) {
        definition_refuse (error, VITRINE_ERROR_INVALID, _ ("A definition must be UTF-8, not %s"),
                           (const char *) doc->encoding);
        return NULL;
    }
    return g_steal_pointer (&doc);
}

/* --- the machine's own values ---------------------------------------------------------------- */

/* What others keep in <metadata> is theirs, and so is what is wrong in it. */
static char *
read_system (xmlNode *domain)
{
    xmlNode *list = definition_child (definition_child (domain, "metadata"), "libosinfo");
    g_autofree char *id = NULL;

    if (!list || !list->ns
        || !xmlStrEqual (list->ns->href, (const xmlChar *) DEFINITION_OSINFO_URI))
        return NULL;
    id = definition_attribute (definition_child (list, "os"), "id");
    return id && *id ? g_steal_pointer (&id) : NULL;
}

static gboolean
read_names (VitrineDefinition *self, xmlNode *domain, GError **error)
{
    xmlNode *name = definition_child (domain, "name");
    g_autofree char *uuid = definition_text (definition_child (domain, "uuid"));
    xmlChar *raw;

    if (!name)
        return definition_refuse (error, VITRINE_ERROR_INVALID, _ ("The definition has no <name>"));
    raw = xmlNodeGetContent (name); /* white space is part of a name, to be refused */
    self->name = g_strdup ((const char *) raw);
    xmlFree (raw);
    self->title = definition_text (definition_child (domain, "title"));
    self->os = read_system (domain);
    if (!vitrine_definition_check_name (self->name, error))
        return FALSE;
    return !uuid || definition_value_uuid (uuid, &self->uuid, error);
}

static gboolean
read_memory (VitrineDefinition *self, xmlNode *domain, GError **error)
{
    xmlNode *memory = definition_child (domain, "memory");
    xmlNode *current = definition_child (domain, "currentMemory");
    g_autofree char *text = definition_text (memory);
    g_autofree char *unit = definition_attribute (memory, "unit");

    if (!memory)
        return definition_refuse (error, VITRINE_ERROR_INVALID,
                                  _ ("The definition has no <memory>"));
    if (!definition_value_memory (text, unit, &self->memory_bytes, error))
        return FALSE;
    self->current_bytes = self->memory_bytes;
    if (!current)
        return TRUE;
    g_free (text);
    g_free (unit);
    text = definition_text (current);
    unit = definition_attribute (current, "unit");
    if (!definition_value_memory (text, unit, &self->current_bytes, error))
        return FALSE;
    if (self->current_bytes > self->memory_bytes)
        return definition_refuse (error, VITRINE_ERROR_INVALID,
                                  _ ("<currentMemory> is more than <memory> (in <domain>)"));
    return TRUE;
}

static gboolean
read_vcpus (VitrineDefinition *self, xmlNode *domain, GError **error)
{
    xmlNode *node = definition_child (domain, "vcpu");
    g_autofree char *text = definition_text (node);
    g_autofree char *current = definition_attribute (node, "current");
    guint64 n = 1, n_current;

    if (text && !definition_value_uint ("<vcpu>", text, 1, VITRINE_DEFINITION_MAX_VCPUS, &n, error))
        return FALSE;
    if (current
        && !definition_value_uint ("<vcpu current>", current, 1, VITRINE_DEFINITION_MAX_VCPUS,
                                   &n_current, error))
        return FALSE;
    if (current && n_current > n)
        return definition_refuse (error, VITRINE_ERROR_INVALID,
                                  _ ("<vcpu current='%s'> is more than the machine may ever have"),
                                  current);
    self->vcpus = (guint) (current ? n_current : n);
    self->max_vcpus = (guint) n;
    return TRUE;
}

static gboolean
read_kernel (VitrineDefinition *self, xmlNode *os, GError **error)
{
    self->kernel = definition_text (definition_child (os, "kernel"));
    self->initrd = definition_text (definition_child (os, "initrd"));
    self->command_line = definition_text (definition_child (os, "cmdline"));
    if (!self->kernel && self->initrd)
        return definition_refuse (error, VITRINE_ERROR_INVALID,
                                  _ ("<initrd> makes no sense without <kernel>"));
    if (!self->kernel && self->command_line)
        return definition_refuse (error, VITRINE_ERROR_INVALID,
                                  _ ("<cmdline> makes no sense without <kernel>"));
    if (self->kernel && !definition_value_path ("<kernel>", self->kernel, error))
        return FALSE;
    if (self->initrd && !definition_value_path ("<initrd>", self->initrd, error))
        return FALSE;
    if (self->command_line && strlen (self->command_line) > VITRINE_DEFINITION_MAX_CMDLINE)
        return definition_refuse (error, VITRINE_ERROR_INVALID,
                                  _ ("<cmdline> is longer than %d bytes"),
                                  VITRINE_DEFINITION_MAX_CMDLINE);
    return TRUE;
}

static gboolean
read_os (VitrineDefinition *self, xmlNode *domain, GError **error)
{
    xmlNode *os = definition_child (domain, "os");

    if (!definition_child (os, "type"))
        return definition_refuse (error, VITRINE_ERROR_INVALID,
                                  _ ("The definition does not say <type>hvm</type> (in <os>)"));
    self->boot_menu = definition_attribute_is (definition_child (os, "bootmenu"), "enable", "yes");
    return definition_firmware_read (self, os, error) && read_kernel (self, os, error);
}

/* A timer that is there cannot be taken away, and the other way round. */
static gboolean
check_timers (xmlNode *clock, GError **error)
{
    for (xmlNode *node = clock ? clock->children : NULL; node; node = node->next) {
        g_autofree char *name = NULL;
        gboolean is_hpet;

        if (node->type != XML_ELEMENT_NODE)
            continue;
        name = definition_attribute (node, "name");
        if (g_strcmp0 (name, "hypervclock") == 0)
            continue; /* there or not as it says: definition-hyperv.c */
        is_hpet = g_strcmp0 (name, "hpet") == 0;
        if (is_hpet ? !definition_attribute_is (node, "present", "no")
                    : definition_attribute_is (node, "present", "no"))
            return definition_refuse (
                error, VITRINE_ERROR_UNSUPPORTED,
                _ ("Vitrine cannot do <timer name='%s' present='%s'> yet (in <clock>)"),
                name ? name : "", is_hpet ? "yes" : "no");
    }
    return TRUE;
}

static gboolean
read_clock (VitrineDefinition *self, xmlNode *domain, GError **error)
{
    xmlNode *clock = definition_child (domain, "clock");
    gboolean variable = definition_attribute_is (clock, "offset", "variable");
    g_autofree char *adjustment = definition_attribute (clock, "adjustment");

    if (definition_attribute_is (clock, variable ? "basis" : "offset", "localtime"))
        self->clock = VITRINE_DEFINITION_CLOCK_LOCALTIME;
    if (adjustment && !variable)
        return definition_refuse (error, VITRINE_ERROR_INVALID,
                                  _ ("<clock adjustment> makes no sense unless the offset is "
                                     "'variable'"));
    if (adjustment
        && !definition_value_int ("<clock adjustment>", adjustment, &self->clock_offset_s, error))
        return FALSE;
    return check_timers (clock, error);
}

static gboolean
read_domain (VitrineDefinition *self, xmlNode *domain, GError **error)
{
    g_autofree char *on_reboot = definition_text (definition_child (domain, "on_reboot"));

    self->off_at_reboot = g_strcmp0 (on_reboot, "destroy") == 0;
    self->on_crash = definition_text (definition_child (domain, "on_crash"));
    return read_names (self, domain, error) && read_memory (self, domain, error)
           && read_vcpus (self, domain, error) && definition_cpu_read (self, domain, error)
           && definition_hyperv_read (self, domain, error) && read_os (self, domain, error)
           && read_clock (self, domain, error) && definition_devices_read (self, domain, error);
}

/* --- the text to keep ------------------------------------------------------------------------ */

/* Puts a new <uuid> after DOMAIN's <name> and writes the tree out: the one case in which the text
 * is not the one given, though all of it is still there. */
static char *
add_uuid (xmlNode *domain, const char *uuid)
{
    xmlNode *name = definition_child (domain, "name");
    xmlNode *node =
        xmlNewDocNode (domain->doc, NULL, (const xmlChar *) "uuid", (const xmlChar *) uuid);
    xmlChar *raw = NULL;
    int len;
    char *text;

    xmlAddNextSibling (name, node);
    xmlAddNextSibling (name, xmlNewDocText (domain->doc, (const xmlChar *) "\n  "));
    xmlDocDumpMemoryEnc (domain->doc, &raw, &len, "UTF-8");
    text = g_strdup ((const char *) raw);
    xmlFree (raw);
    return text;
}

VitrineDefinition *
vitrine_definition_parse (const char *xml, gssize len, GError **error)
{
    g_autoptr (VitrineDefinition) self = definition_new ();
    g_autoptr (xmlDoc) doc = NULL;
    gsize n_bytes = len < 0 ? strlen (xml) : (gsize) len;
    xmlNode *domain;

    doc = definition_read_tree (xml, n_bytes, error);
    if (!doc)
        return NULL;
    domain = xmlDocGetRootElement (doc);
    if (!domain || !xmlStrEqual (domain->name, (const xmlChar *) "domain")) {
        definition_refuse (error, VITRINE_ERROR_INVALID,
                           _ ("This is not a machine's definition: it does not begin with "
                              "<domain>"));
        return NULL;
    }
    if (!definition_rules_check (domain, error) || !read_domain (self, domain, error))
        return NULL;
    if (self->uuid) {
        self->xml = g_strndup (xml, n_bytes);
    } else {
        self->uuid = g_uuid_string_random ();
        self->made_uuid = TRUE;
        self->xml = add_uuid (domain, self->uuid);
    }
    if (!definition_macs_give (self, error) || !definition_queues_check (self, error))
        return NULL;
    return g_steal_pointer (&self);
}
