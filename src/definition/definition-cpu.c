/* SPDX-License-Identifier: GPL-2.0-or-later */
/* definition-cpu.c - what the processors are: their model, the features they show, how they are laid out. */
#include <inttypes.h>
#include <glib/gi18n-lib.h>
#include <libxml/tree.h>
#include <string.h>

#include "definition-cpu-map.h"
#include "definition-private.h"
#include "vitrine-error.h"

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
            _ ("<topology> (in <cpu>) makes %" PRIu64 " processors, and <vcpu> says %u"),
            (guint64) self->sockets * self->cores * self->threads, n_vcpus);
    return check_powers (self, error);
}

gboolean
definition_has_feature (const VitrineDefinition *self, const char *name)
{
    for (guint i = 0; i < self->features->len; i++)
        if (g_str_equal (g_array_index (self->features, VitrineDefinitionFeature, i).name, name))
            return TRUE;
    return FALSE;
}

/* libvirt's words; the rules let no others through, and none means "require". */
static VitrineDefinitionFeaturePolicy
policy_of (xmlNode *feature)
{
    static const struct {
        const char *word;
        VitrineDefinitionFeaturePolicy policy;
    } words[] = {
        { "force", VITRINE_DEFINITION_FEATURE_FORCE },
        { "optional", VITRINE_DEFINITION_FEATURE_OPTIONAL },
        { "disable", VITRINE_DEFINITION_FEATURE_DISABLE },
        { "forbid", VITRINE_DEFINITION_FEATURE_FORBID },
    };

    for (gsize i = 0; i < G_N_ELEMENTS (words); i++)
        if (definition_attribute_is (feature, "policy", words[i].word))
            return words[i].policy;
    return VITRINE_DEFINITION_FEATURE_REQUIRE;
}

static gboolean
has_bits (const VitrineDefinitionFeature *feature)
{
    return (feature->eax | feature->ebx | feature->ecx | feature->edx) != 0;
}

static gboolean
add_feature (VitrineDefinition *self, const VitrineDefinitionFeature *known,
             VitrineDefinitionFeaturePolicy policy, GError **error)
{
    VitrineDefinitionFeature feature = *known;

    if (self->features->len >= VITRINE_DEFINITION_MAX_FEATURES)
        return definition_refuse (error, VITRINE_ERROR_UNSUPPORTED,
                                  _ ("Vitrine cannot do more than %d processor features"),
                                  VITRINE_DEFINITION_MAX_FEATURES);
    feature.policy = policy;
    g_array_append_val (self->features, feature);
    return TRUE;
}

static gboolean
read_feature (VitrineDefinition *self, xmlNode *node, GError **error)
{
    const DefinitionCpuMap *map = definition_cpu_map_get (error);
    g_autofree char *name = definition_attribute (node, "name");
    g_autofree char *quoted = definition_quote (name);
    const VitrineDefinitionFeature *known;

    if (!map)
        return FALSE;
    known = definition_cpu_map_find_feature (map, name);
    if (!known)
        return definition_refuse (error, VITRINE_ERROR_UNSUPPORTED,
                                  _ ("There is no processor feature “%s” (<feature>, in <cpu>)"),
                                  quoted);
    if (!has_bits (known))
        return definition_refuse (error, VITRINE_ERROR_UNSUPPORTED,
                                  _ ("Vitrine cannot do <feature name='%s'> yet (in <cpu>): it is "
                                     "told by an MSR, which is KVM's own"),
                                  quoted);
    if (definition_has_feature (self, name))
        return definition_refuse (error, VITRINE_ERROR_INVALID,
                                  _ ("There is more than one <feature name='%s'> (in <cpu>)"),
                                  quoted);
    return add_feature (self, known, policy_of (node), error);
}

static gboolean
read_features (VitrineDefinition *self, xmlNode *cpu, GError **error)
{
    for (xmlNode *node = cpu ? cpu->children : NULL; node; node = node->next)
        if (definition_is_element (node, "feature") && !read_feature (self, node, error))
            return FALSE;
    return TRUE;
}

/* What libvirt means by <vendor>: the host's processor must be its. */
static gboolean
read_vendor (VitrineDefinition *self, const DefinitionCpuMap *map, xmlNode *vendor, GError **error)
{
    g_autofree char *name = definition_text (vendor);
    g_autofree char *quoted = NULL;

    if (!name)
        return TRUE;
    self->cpu_model->host_vendor = definition_cpu_map_find_vendor (map, name);
    if (self->cpu_model->host_vendor)
        return TRUE;
    quoted = definition_quote (name);
    return definition_refuse (error, VITRINE_ERROR_UNSUPPORTED,
                              _ ("There is no processor vendor “%s” (<vendor>, in <cpu>)"), quoted);
}

/* What has been said of a feature by name goes before what the model has.  What is told by MSRs is left to
 * KVM, as it is for the host's processor. */
static gboolean
add_model (VitrineDefinition *self, const DefinitionCpuMap *map, const DefinitionCpuModel *model,
           GError **error)
{
    self->cpu_model = g_new0 (VitrineDefinitionCpuModel, 1);
    self->cpu_model->name = model->name;
    self->cpu_model->vendor = model->vendor;
    self->cpu_model->signature = model->signature;
    for (guint i = 0; i < model->features->len; i++) {
        const char *name = g_ptr_array_index (model->features, i);
        const VitrineDefinitionFeature *known = definition_cpu_map_find_feature (map, name);

        if (has_bits (known) && !definition_has_feature (self, name)
            && !add_feature (self, known, VITRINE_DEFINITION_FEATURE_MODEL, error))
            return FALSE;
    }
    return TRUE;
}

static gboolean
read_model (VitrineDefinition *self, xmlNode *cpu, GError **error)
{
    g_autofree char *name = definition_text (definition_child (cpu, "model"));
    xmlNode *vendor = definition_child (cpu, "vendor");
    const DefinitionCpuMap *map;
    const DefinitionCpuModel *model;
    g_autofree char *quoted = NULL;

    if (!name && (vendor || definition_attribute_is (cpu, "mode", "custom")))
        return definition_refuse (error, VITRINE_ERROR_INVALID, _ ("There is no <model> in <cpu>"));
    if (name && definition_attribute_is (cpu, "mode", "host-passthrough"))
        return definition_refuse (
            error, VITRINE_ERROR_INVALID,
            _ ("<model> (in <cpu>) makes no sense unless the mode is 'custom'"));
    if (!name)
        return TRUE;
    map = definition_cpu_map_get (error);
    if (!map)
        return FALSE;
    model = definition_cpu_map_find_model (map, name);
    if (model)
        return add_model (self, map, model, error) && read_vendor (self, map, vendor, error);
    quoted = definition_quote (name);
    return definition_refuse (error, VITRINE_ERROR_UNSUPPORTED,
                              _ ("There is no processor model “%s” (<model>, in <cpu>)"), quoted);
}

gboolean
definition_cpu_read (VitrineDefinition *self, xmlNode *domain, GError **error)
{
    xmlNode *cpu = definition_child (domain, "cpu");

    return read_features (self, cpu, error) && read_model (self, cpu, error)
           && read_topology (self, definition_child (cpu, "topology"), self->max_vcpus, error);
}
