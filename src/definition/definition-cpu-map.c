/* SPDX-License-Identifier: GPL-2.0-or-later */
/* definition-cpu-map.c - libvirt's processor map: what its names for features and models stand for.
 *
 * index.xml names the files of each architecture in the order in which they build on each other: vendors,
 * features, then models, of which later ones may inherit from earlier ones.  Newer maps have more than
 * what is read here; what is not known is passed over, and a model that cannot be made out is not there.
 */
#include "definition-cpu-map.h"

#include <glib/gi18n-lib.h>
#include <libxml/tree.h>
#include <string.h>

#include "definition-private.h"
#include "vitrine-error.h"

#define VENDOR_BYTES 12 /* of CPUID leaf 0 */

struct _DefinitionCpuMap {
    GHashTable *vendors;  /* name → what CPUID says; both interned */
    GHashTable *features; /* name → VitrineDefinitionFeature */
    GHashTable *models;   /* name → DefinitionCpuModel */
};

static void
model_free (gpointer data)
{
    DefinitionCpuModel *model = data;

    g_ptr_array_unref (model->features);
    g_free (model);
}

void
definition_cpu_map_free (DefinitionCpuMap *self)
{
    g_hash_table_unref (self->vendors);
    g_hash_table_unref (self->features);
    g_hash_table_unref (self->models);
    g_free (self);
}

/* The attribute "name" of NODE, interned; NULL when there is none of use. */
static const char *
name_of (xmlNode *node)
{
    g_autofree char *name = definition_attribute (node, "name");

    return name && *name && strlen (name) <= DEFINITION_CPU_MAX_NAME ? g_intern_string (name)
                                                                     : NULL;
}

/* The number in the attribute NAME; 0 when there is none. */
static guint32
number_of (xmlNode *node, const char *name)
{
    g_autofree char *text = definition_attribute (node, name);

    return text ? (guint32) g_ascii_strtoull (text, NULL, 0) : 0;
}

static void
read_vendor (DefinitionCpuMap *self, xmlNode *node)
{
    const char *name = name_of (node);
    g_autofree char *text = definition_attribute (node, "string");

    if (name && text && strlen (text) == VENDOR_BYTES)
        g_hash_table_insert (self->vendors, (gpointer) name, (gpointer) g_intern_string (text));
}

static void
read_feature (DefinitionCpuMap *self, xmlNode *node)
{
    const char *name = name_of (node);
    xmlNode *cpuid = definition_child (node, "cpuid");
    VitrineDefinitionFeature *feature;

    if (!name)
        return;
    feature = g_new0 (VitrineDefinitionFeature, 1);
    feature->name = name;
    if (cpuid) {
        feature->function = number_of (cpuid, "eax_in");
        feature->index = number_of (cpuid, "ecx_in");
        feature->eax = number_of (cpuid, "eax");
        feature->ebx = number_of (cpuid, "ebx");
        feature->ecx = number_of (cpuid, "ecx");
        feature->edx = number_of (cpuid, "edx");
    }
    g_hash_table_insert (self->features, (gpointer) name, feature);
}

/* Intel SDM vol. 2A "CPUID", leaf 1 EAX.  Of a list of steppings ("5-7") the first. */
static guint32
signature_of (xmlNode *node)
{
    guint32 family = number_of (node, "family"), model = number_of (node, "model");
    guint32 stepping = number_of (node, "stepping");

    if (family > 0xf + 0xff || model > 0xff || stepping > 0xf)
        return 0;
    return (family > 0xf ? (family - 0xf) << 20 | 0xf << 8 : family << 8) | (model >> 4) << 16
           | (model & 0xf) << 4 | stepping;
}

static gboolean
inherit (const DefinitionCpuMap *self, DefinitionCpuModel *model, const char *name)
{
    const DefinitionCpuModel *from = name ? definition_cpu_map_find_model (self, name) : NULL;

    if (!from)
        return FALSE;
    model->vendor = from->vendor;
    model->signature = from->signature;
    g_ptr_array_extend (model->features, from->features, NULL, NULL);
    return TRUE;
}

static gboolean
read_model_feature (const DefinitionCpuMap *self, DefinitionCpuModel *model, xmlNode *node)
{
    const char *name = name_of (node);

    if (!name || !definition_cpu_map_find_feature (self, name))
        return FALSE;
    g_ptr_array_remove (model->features, (gpointer) name);
    if (!definition_attribute_is (node, "removed", "yes"))
        g_ptr_array_add (model->features, (gpointer) name);
    return TRUE;
}

static gboolean
read_model_vendor (const DefinitionCpuMap *self, DefinitionCpuModel *model, xmlNode *node)
{
    const char *name = name_of (node);

    model->vendor = name ? definition_cpu_map_find_vendor (self, name) : NULL;
    return model->vendor != NULL;
}

/* Fills MODEL in; FALSE when NODE speaks of what is not in the map. */
static gboolean
read_model_parts (const DefinitionCpuMap *self, DefinitionCpuModel *model, xmlNode *node)
{
    xmlNode *parent = definition_child (node, "model");
    xmlNode *vendor = definition_child (node, "vendor");
    xmlNode *signature = definition_child (node, "signature"); /* of several, the first */

    if ((parent && !inherit (self, model, name_of (parent)))
        || (vendor && !read_model_vendor (self, model, vendor)))
        return FALSE;
    if (signature)
        model->signature = signature_of (signature);
    for (xmlNode *child = node->children; child; child = child->next)
        if (definition_is_element (child, "feature") && !read_model_feature (self, model, child))
            return FALSE;
    return TRUE;
}

static void
read_model (DefinitionCpuMap *self, xmlNode *node)
{
    DefinitionCpuModel *model = g_new0 (DefinitionCpuModel, 1);

    model->name = name_of (node);
    model->features = g_ptr_array_new ();
    if (model->name && read_model_parts (self, model, node))
        g_hash_table_insert (self->models, (gpointer) model->name, model);
    else
        model_free (model);
}

static xmlDoc *
read_file (const char *folder, const char *name, GError **error)
{
    g_autofree char *path = g_build_filename (folder, name, NULL);
    g_autofree char *text = NULL;
    gsize len;

    return g_file_get_contents (path, &text, &len, error) ? definition_read_tree (text, len, error)
                                                          : NULL;
}

static gboolean
read_include (DefinitionCpuMap *self, const char *folder, xmlNode *include, GError **error)
{
    g_autofree char *name = definition_attribute (include, "filename");
    gboolean is_here = name && !strchr (name, G_DIR_SEPARATOR); /* the map ends at its folder */
    g_autoptr (xmlDoc) doc = is_here ? read_file (folder, name, error) : NULL;
    xmlNode *root = doc ? xmlDocGetRootElement (doc) : NULL;

    for (xmlNode *node = root ? root->children : NULL; node; node = node->next) {
        if (definition_is_element (node, "vendor"))
            read_vendor (self, node);
        else if (definition_is_element (node, "feature"))
            read_feature (self, node);
        else if (definition_is_element (node, "model"))
            read_model (self, node);
    }
    return doc != NULL || !is_here;
}

/* All files that PARENT includes, also in groups. */
static gboolean
read_includes (DefinitionCpuMap *self, const char *folder, xmlNode *parent, GError **error)
{
    for (xmlNode *node = parent->children; node; node = node->next)
        if (definition_is_element (node, "include") ? !read_include (self, folder, node, error)
                                         : !read_includes (self, folder, node, error))
            return FALSE;
    return TRUE;
}

static gboolean
read_index (DefinitionCpuMap *self, const char *folder, GError **error)
{
    g_autoptr (xmlDoc) doc = read_file (folder, "index.xml", error);
    xmlNode *root = doc ? xmlDocGetRootElement (doc) : NULL;

    for (xmlNode *node = root ? root->children : NULL; node; node = node->next)
        if (definition_is_element (node, "arch") && definition_attribute_is (node, "name", "x86")
            && !read_includes (self, folder, node, error))
            return FALSE;
    return doc != NULL;
}

DefinitionCpuMap *
definition_cpu_map_load (const char *folder, GError **error)
{
    g_autoptr (DefinitionCpuMap) self = g_new0 (DefinitionCpuMap, 1);
    g_autoptr (GError) cause = NULL;

    self->vendors = g_hash_table_new (g_str_hash, g_str_equal);
    self->features = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, g_free);
    self->models = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, model_free);
    if (read_index (self, folder, &cause))
        return g_steal_pointer (&self);
    definition_refuse (error, VITRINE_ERROR_UNSUPPORTED,
                       /* TRANSLATORS: a folder, a package, and the cause */
                       _ ("What libvirt's names of processors stand for was not found in %s; "
                          "install the package “%s” (%s)"),
                       folder, DEFINITION_CPU_MAP_PACKAGE, cause->message);
    return NULL;
}

const DefinitionCpuMap *
definition_cpu_map_get (GError **error)
{
    static GMutex lock;
    static DefinitionCpuMap *map;
    const char *override = g_getenv ("VITRINE_CPU_MAP_PATH");
    const DefinitionCpuMap *found;

    g_mutex_lock (&lock);
    if (!map) /* after a failure, too: the package may have come since */
        map = definition_cpu_map_load (override ? override : CPU_MAP_PATH, error);
    found = map;
    g_mutex_unlock (&lock);
    return found;
}

const VitrineDefinitionFeature *
definition_cpu_map_find_feature (const DefinitionCpuMap *self, const char *name)
{
    return g_hash_table_lookup (self->features, name);
}

const DefinitionCpuModel *
definition_cpu_map_find_model (const DefinitionCpuMap *self, const char *name)
{
    return g_hash_table_lookup (self->models, name);
}

const char *
definition_cpu_map_find_vendor (const DefinitionCpuMap *self, const char *name)
{
    return g_hash_table_lookup (self->vendors, name);
}
