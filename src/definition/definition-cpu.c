/* SPDX-License-Identifier: GPL-2.0-or-later */
/* definition-cpu.c - what the processors are: how they are laid out, and which features they show. */
#include <glib/gi18n-lib.h>
#include <libxml/tree.h>
#include <string.h>

#include "definition-private.h"
#include "vitrine-error.h"

#define MAX_FEATURES     64
#define MAX_FEATURE_NAME 23 /* bytes, of the VMM's records */

static gboolean
read_count (xmlNode *topology, const char *name, guint *out, GError **error)
{
    g_autofree char *text = definition_attribute (topology, name);
    g_autofree char *what = g_strdup_printf ("<topology %s> (in <cpu>)", name);
    guint64 n = 1;

    if (text && !definition_value_uint (what, text, 1, VITRINE_DEFINITION_MAX_VCPUS, &n, error))
        return FALSE;
    *out = (guint) n;
    return TRUE;
}

/* APIC ids have no gaps here, so what is below another level must be a power of two. */
static gboolean
check_powers (VitrineDefinition *self, GError **error)
{
    gboolean threads_ok = (self->threads & (self->threads - 1)) == 0;
    gboolean cores_ok = self->sockets == 1 || (self->cores & (self->cores - 1)) == 0;

    if (threads_ok && cores_ok)
        return TRUE;
    return definition_refuse (
        error, VITRINE_ERROR_UNSUPPORTED,
        _ ("Vitrine cannot do <topology %s='%u'> (in <cpu>): it must be a power "
           "of two"),
        threads_ok ? "cores" : "threads", threads_ok ? self->cores : self->threads);
}

static gboolean
read_topology (VitrineDefinition *self, xmlNode *topology, guint n_vcpus, GError **error)
{
    if (!topology)
        return TRUE;
    if (!read_count (topology, "sockets", &self->sockets, error)
        || !read_count (topology, "cores", &self->cores, error)
        || !read_count (topology, "threads", &self->threads, error))
        return FALSE;
    if ((guint64) self->sockets * self->cores * self->threads != n_vcpus)
        return definition_refuse (
            error, VITRINE_ERROR_INVALID,
            _ ("<topology> (in <cpu>) makes %" G_GUINT64_FORMAT " processors, and <vcpu> says %u"),
            (guint64) self->sockets * self->cores * self->threads, n_vcpus);
    return check_powers (self, error);
}

static gboolean
read_feature (VitrineDefinition *self, xmlNode *node, GError **error)
{
    g_autofree char *name = definition_attribute (node, "name");
    g_autofree char *policy = definition_attribute (node, "policy");
    VitrineDefinitionOption feature;

    if (self->features->len >= MAX_FEATURES)
        return definition_refuse (error, VITRINE_ERROR_UNSUPPORTED,
                                  _ ("Vitrine cannot do more than %d processor features"),
                                  MAX_FEATURES);
    if (strlen (name) > MAX_FEATURE_NAME)
        return definition_refuse (error, VITRINE_ERROR_INVALID,
                                  _ ("There is no processor feature with a name as long as that of "
                                     "a <feature> (in <cpu>)"));
    feature.name = g_intern_string (name);
    feature.value = g_strdup (policy ? policy : "require");
    g_array_append_val (self->features, feature);
    return TRUE;
}

gboolean
definition_cpu_read (VitrineDefinition *self, xmlNode *domain, GError **error)
{
    xmlNode *cpu = definition_child (domain, "cpu");

    for (xmlNode *node = cpu ? cpu->children : NULL; node; node = node->next)
        if (node->type == XML_ELEMENT_NODE && xmlStrEqual (node->name, (const xmlChar *) "feature")
            && !read_feature (self, node, error))
            return FALSE;
    return read_topology (self, definition_child (cpu, "topology"), self->max_vcpus, error);
}
