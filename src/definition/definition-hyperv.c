/* SPDX-License-Identifier: GPL-2.0-or-later */
/* definition-hyperv.c - what a guest made for Hyper-V is offered: <hyperv> and its clock. */
#include <glib/gi18n-lib.h>
#include <libxml/tree.h>
#include <string.h>

#include "definition-private.h"
#include "vitrine-error.h"

#define MIN_RETRIES 4095 /* libvirt's */

/* Once, however often it is said: there may be any number of timers. */
static void
add (VitrineDefinition *self, const char *element)
{
    g_autofree char *name = g_strdup_printf ("hv-%s", element);
    VitrineDefinitionFeature feature = { .name = g_intern_string (name),
                                         .policy = VITRINE_DEFINITION_FEATURE_REQUIRE };

    if (!definition_has_feature (self, name))
        g_array_append_val (self->features, feature);
}

static gboolean
read_retries (VitrineDefinition *self, xmlNode *node, GError **error)
{
    g_autofree char *text = definition_attribute (node, "retries");
    guint64 retries;

    if (!definition_value_uint ("<spinlocks retries>", text ? text : "", MIN_RETRIES, G_MAXUINT32,
                                &retries, error))
        return FALSE;
    self->spinlock_retries = (guint32) retries;
    return TRUE;
}

/* What names processors by the numbers that they have there, and what tells the time by messages to them. */
static gboolean
check_needs (const VitrineDefinition *self, GError **error)
{
    static const struct {
        const char *element, *needs, *as;
    } rows[] = {
        { "tlbflush", "hv-vpindex", "<vpindex state='on'>" },
        { "ipi", "hv-vpindex", "<vpindex state='on'>" },
        { "synic", "hv-vpindex", "<vpindex state='on'>" },
        { "stimer", "hv-synic", "<synic state='on'>" },
        { "stimer", "hv-time", "<timer name='hypervclock' present='yes'>" },
    };

    for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
        g_autofree char *name = g_strdup_printf ("hv-%s", rows[i].element);

        if (definition_has_feature (self, name) && !definition_has_feature (self, rows[i].needs))
            return definition_refuse (error, VITRINE_ERROR_INVALID,
                                      _ ("<%s> (in <hyperv>) needs %s too"), rows[i].element,
                                      rows[i].as);
    }
    return TRUE;
}

gboolean
definition_hyperv_read (VitrineDefinition *self, xmlNode *domain, GError **error)
{
    xmlNode *hyperv = definition_child (definition_child (domain, "features"), "hyperv");
    xmlNode *clock = definition_child (domain, "clock");

    for (xmlNode *node = hyperv ? hyperv->children : NULL; node; node = node->next) {
        const char *element = (const char *) node->name;

        if (node->type != XML_ELEMENT_NODE || !definition_attribute_is (node, "state", "on"))
            continue;
        if (strcmp (element, "spinlocks") == 0 && !read_retries (self, node, error))
            return FALSE;
        add (self, element);
        if (strcmp (element, "stimer") == 0
            && definition_attribute_is (definition_child (node, "direct"), "state", "on"))
            add (self, "stimer-direct");
    }
    for (xmlNode *node = clock ? clock->children : NULL; node; node = node->next)
        if (node->type == XML_ELEMENT_NODE && definition_attribute_is (node, "name", "hypervclock")
            && !definition_attribute_is (node, "present", "no"))
            add (self, "time");
    return check_needs (self, error);
}
