/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test-definition-cpu.c - what a definition says of the processors, and what libvirt's names stand for. */
#include <glib/gstdio.h>
#include <string.h>

#include "definition-cpu-map.h"
#include "definition-refusal.h"
#include "definition-texts.h"
#include "definition.h"
#include "vitrine-error.h"

static VitrineDefinition *
parse (const char *xml)
{
    g_autoptr (GError) error = NULL;
    VitrineDefinition *d = vitrine_definition_parse (xml, -1, &error);

    g_assert_no_error (error);
    return d;
}

static const VitrineDefinitionFeature *
find_feature (const VitrineDefinition *d, const char *name)
{
    GArray *features = vitrine_definition_get_features (d);
    const VitrineDefinitionFeature *found = NULL;

    for (guint i = 0; i < features->len; i++) {
        const VitrineDefinitionFeature *f = &g_array_index (features, VitrineDefinitionFeature, i);

        if (g_str_equal (f->name, name)) {
            g_assert_null (found); /* each is there once */
            found = f;
        }
    }
    return found;
}

/* First of all, before the map is loaded: a host without the package has machines nevertheless. */
static void
test_no_package (void)
{
    g_autoptr (VitrineDefinition) plain = NULL;
    static const char *const texts[] = {
        WITH ("<cpu mode='custom'><model>Westmere</model></cpu>"),
        WITH ("<cpu mode='host-passthrough'><feature name='svm'/></cpu>"),
    };

    g_setenv ("VITRINE_CPU_MAP_PATH", "/nowhere", TRUE);
    plain = parse (WITH ("<cpu mode='host-passthrough'/>"));
    for (gsize i = 0; i < G_N_ELEMENTS (texts); i++) {
        g_autoptr (GError) error = NULL;

        g_assert_null (vitrine_definition_parse (texts[i], -1, &error));
        g_assert_error (error, VITRINE_ERROR, VITRINE_ERROR_UNSUPPORTED);
        g_assert_nonnull (strstr (error->message, "/nowhere; install the package “libvirt0”"));
    }
    g_unsetenv ("VITRINE_CPU_MAP_PATH"); /* and when the package comes it is found */
}

static void
test_topology_and_features (void)
{
    g_autoptr (VitrineDefinition) plain = parse (WITH ("<vcpu>4</vcpu>"));
    g_autoptr (VitrineDefinition) d = parse (WITH (
        "<vcpu>12</vcpu><cpu mode='host-passthrough'><topology sockets='1' dies='1' cores='3' "
        "threads='4'/><feature policy='require' name='svm'/><feature policy='disable' "
        "name='avx2'/><feature name='aes'/></cpu>"));
    GArray *features = vitrine_definition_get_features (d);
    guint sockets, cores, threads;
    static const VitrineDefinitionFeature expected[] = {
        { "svm", VITRINE_DEFINITION_FEATURE_REQUIRE, .function = 0x80000001, .ecx = 1 << 2 },
        { "avx2", VITRINE_DEFINITION_FEATURE_DISABLE, .function = 0x7, .ebx = 1 << 5 },
        { "aes", VITRINE_DEFINITION_FEATURE_REQUIRE, .function = 0x1, .ecx = 1 << 25 },
    };

    vitrine_definition_get_topology (plain, &sockets, &cores, &threads);
    g_assert_cmpuint (sockets, ==, 0);
    vitrine_definition_get_topology (d, &sockets, &cores, &threads);
    g_assert_cmpuint (sockets, ==, 1);
    g_assert_cmpuint (cores, ==, 3);
    g_assert_cmpuint (threads, ==, 4);
    g_assert_null (vitrine_definition_get_cpu_model (d));
    g_assert_cmpuint (features->len, ==, G_N_ELEMENTS (expected));
    for (guint i = 0; i < features->len; i++) {
        const VitrineDefinitionFeature *f = &g_array_index (features, VitrineDefinitionFeature, i);

        g_assert_cmpstr (f->name, ==, expected[i].name);
        g_assert_cmpint (f->policy, ==, expected[i].policy);
        g_assert_cmphex (f->function, ==, expected[i].function);
        g_assert_cmphex (f->index, ==, 0);
        g_assert_cmphex (f->eax, ==, 0);
        g_assert_cmphex (f->ebx, ==, expected[i].ebx);
        g_assert_cmphex (f->ecx, ==, expected[i].ecx);
        g_assert_cmphex (f->edx, ==, 0);
    }
}

/* What is said of a feature by name goes before what the model has. */
static void
test_model (void)
{
    g_autoptr (VitrineDefinition) d = parse (
        WITH ("<cpu mode='custom' match='exact' check='partial'><model fallback='forbid'>Opteron_G3"
              "</model><vendor>AMD</vendor><feature policy='disable' name='sse4a'/>"
              "<feature policy='require' name='aes'/></cpu>"));
    const VitrineDefinitionCpuModel *model = vitrine_definition_get_cpu_model (d);

    g_assert_cmpstr (model->name, ==, "Opteron_G3");
    g_assert_cmpstr (model->vendor, ==, "AuthenticAMD");
    g_assert_cmpstr (model->host_vendor, ==, "AuthenticAMD");
    g_assert_cmphex (model->signature, ==, 0xf60);
    g_assert_cmpint (find_feature (d, "sse4a")->policy, ==, VITRINE_DEFINITION_FEATURE_DISABLE);
    g_assert_cmpint (find_feature (d, "aes")->policy, ==, VITRINE_DEFINITION_FEATURE_REQUIRE);
    g_assert_cmpint (find_feature (d, "svm")->policy, ==, VITRINE_DEFINITION_FEATURE_MODEL);
    g_assert_cmpint (find_feature (d, "popcnt")->policy, ==, VITRINE_DEFINITION_FEATURE_MODEL);
    g_assert_null (find_feature (d, "monitor")); /* the model lost it */
    g_assert_null (find_feature (d, "avx"));
}

static void
test_policies (void)
{
    static const struct {
        const char *attribute;
        VitrineDefinitionFeaturePolicy policy;
    } cases[] = {
        { "", VITRINE_DEFINITION_FEATURE_REQUIRE },
        { "policy='require'", VITRINE_DEFINITION_FEATURE_REQUIRE },
        { "policy='force'", VITRINE_DEFINITION_FEATURE_FORCE },
        { "policy='optional'", VITRINE_DEFINITION_FEATURE_OPTIONAL },
        { "policy='disable'", VITRINE_DEFINITION_FEATURE_DISABLE },
        { "policy='forbid'", VITRINE_DEFINITION_FEATURE_FORBID },
    };

    for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
        g_autofree char *xml = g_strdup_printf (
            WITH ("<cpu mode='custom'><model>Opteron_G3</model><feature %s name='popcnt'/></cpu>"),
            cases[i].attribute);
        g_autoptr (VitrineDefinition) d = parse (xml);

        g_assert_cmpint (find_feature (d, "popcnt")->policy, ==, cases[i].policy);
    }
}

static void
test_models (void)
{
    static const struct {
        const char *name, *vendor;
        guint32 signature;
    } cases[] = {
        { "486", NULL, 0 },
        { "qemu64", NULL, 0 },
        { "Westmere", "GenuineIntel", 0x206c0 },
        { "EPYC-Milan", "AuthenticAMD", 0xa00f10 },
        { "Cooperlake", "GenuineIntel", 0x5065a }, /* the first of its steppings */
    };

    for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
        g_autofree char *xml =
            g_strdup_printf (WITH ("<cpu><model>%s</model></cpu>"), cases[i].name);
        g_autoptr (VitrineDefinition) d = parse (xml);
        const VitrineDefinitionCpuModel *model = vitrine_definition_get_cpu_model (d);

        g_assert_cmpstr (model->vendor, ==, cases[i].vendor);
        g_assert_cmphex (model->signature, ==, cases[i].signature);
        g_assert_null (model->host_vendor);
        g_assert_nonnull (find_feature (d, "fpu"));
        g_assert_null (find_feature (d, "rdctl-no")); /* of an MSR: KVM's own */
    }
}

static const DefinitionRefusal refusals[] = {
    { "unknown-model", WITH ("<cpu mode='custom'><model>Pentagon</model></cpu>"), UNSUPPORTED,
      "There is no processor model “Pentagon” (<model>, in <cpu>)" },
    { "unknown-feature", WITH ("<cpu><feature name='sse9'/></cpu>"), UNSUPPORTED,
      "There is no processor feature “sse9” (<feature>, in <cpu>)" },
    { "unknown-vendor",
      WITH ("<cpu mode='custom'><model>Westmere</model><vendor>Acme</vendor></cpu>"), UNSUPPORTED,
      "There is no processor vendor “Acme” (<vendor>, in <cpu>)" },
    { "feature-of-an-msr", WITH ("<cpu mode='host-passthrough'><feature name='rdctl-no'/></cpu>"),
      UNSUPPORTED,
      "Vitrine cannot do <feature name='rdctl-no'> yet (in <cpu>): it is told by an MSR, which is "
      "KVM's own" },
    { "hyperv-by-name", WITH ("<cpu><feature name='hv-time'/></cpu>"), UNSUPPORTED,
      "There is no processor feature “hv-time” (<feature>, in <cpu>)" },
    { "feature-twice",
      WITH ("<cpu><feature name='aes'/><feature policy='disable' name='aes'/></cpu>"), INVALID,
      "There is more than one <feature name='aes'> (in <cpu>)" },
    { "custom-without-model", WITH ("<cpu mode='custom'/>"), INVALID,
      "There is no <model> in <cpu>" },
    { "vendor-without-model", WITH ("<cpu><vendor>Intel</vendor></cpu>"), INVALID,
      "There is no <model> in <cpu>" },
    { "model-of-the-host", WITH ("<cpu mode='host-passthrough'><model>Westmere</model></cpu>"),
      INVALID, "<model> (in <cpu>) makes no sense unless the mode is 'custom'" },
    { "match-at-least", WITH ("<cpu mode='custom' match='minimum'><model>486</model></cpu>"),
      UNSUPPORTED, "Vitrine cannot do <cpu match='minimum'> yet (in <domain>), only: exact" },
    { "match-strictly", WITH ("<cpu mode='custom' match='strict'><model>486</model></cpu>"),
      UNSUPPORTED, "Vitrine cannot do <cpu match='strict'> yet (in <domain>), only: exact" },
    { "unknown-policy", WITH ("<cpu><feature policy='perhaps' name='aes'/></cpu>"), UNSUPPORTED,
      "Vitrine cannot do <feature policy='perhaps'> yet (in <cpu>), only: force, require, "
      "optional, disable, forbid" },
    { "vendor-string", WITH ("<cpu><model vendor_id='NotIntelAtAl'>486</model></cpu>"), UNSUPPORTED,
      "Vitrine cannot do <model vendor_id='NotIntelAtAl'> yet (in <cpu>)" },
    { "empty-model", WITH ("<cpu mode='custom'><model/></cpu>"), UNSUPPORTED,
      "There is no processor model “” (<model>, in <cpu>)" },
    { "model-that-leaves-the-folder", WITH ("<cpu><model>../../../etc/passwd</model></cpu>"),
      UNSUPPORTED, "There is no processor model “../../../etc/passwd” (<model>, in <cpu>)" },
};

/* --- maps that no package has ----------------------------------------------------------------- */

/* A folder with an index of X86, and one file more, "x.xml". */
static char *
make_map (const char *x86, const char *file)
{
    g_autofree char *index =
        g_strdup_printf ("<cpus><arch name='arm'><include filename='none.xml'/></arch><arch "
                         "name='x86'>%s</arch></cpus>",
                         x86);
    char *folder = g_dir_make_tmp (NULL, NULL);
    g_autofree char *index_path = g_build_filename (folder, "index.xml", NULL);
    g_autofree char *path = g_build_filename (folder, "x.xml", NULL);

    g_assert_true (g_file_set_contents (index_path, index, -1, NULL));
    g_assert_true (g_file_set_contents (path, file, -1, NULL));
    return folder;
}

static void
remove_map (char *folder)
{
    g_autofree char *index_path = g_build_filename (folder, "index.xml", NULL);
    g_autofree char *path = g_build_filename (folder, "x.xml", NULL);

    g_unlink (index_path);
    g_unlink (path);
    g_rmdir (folder);
    g_free (folder);
}

static DefinitionCpuMap *
load (const char *x86, const char *file, GError **error)
{
    char *folder = make_map (x86, file);
    DefinitionCpuMap *map = definition_cpu_map_load (folder, error);

    remove_map (folder);
    return map;
}

#define INCLUDE "<include filename='x.xml'/>"
#define BASICS                                                                                     \
    "<vendor name='Acme' string='AcmeAcmeAcme'/><vendor name='Short' string='Acme'/>"              \
    "<feature name='one'><cpuid eax_in='0x07' ecx_in='0x01' edx='0x10'/></feature>"                \
    "<feature name='two'><cpuid eax_in='0x1' ecx='0x80000000'/></feature>"                         \
    "<feature name='told'><msr index='0x10a' edx='0x0' eax='0x1'/></feature>"

static void
test_map_inherits (void)
{
    g_autoptr (GError) error = NULL;
    g_autoptr (DefinitionCpuMap) map = load (
        "<group name='all'>" INCLUDE "</group>",
        "<cpus>" BASICS "<model name='old'><signature family='6' model='1'/><vendor name='Acme'/>"
        "<feature name='one'/><feature name='told'/></model>"
        "<model name='new'><model name='old'/><signature family='17' model='2' stepping='3-5'/>"
        "<signature family='6' model='9'/><feature name='one' removed='yes'/>"
        "<feature name='two'/><later/></model></cpus>",
        &error);
    const DefinitionCpuModel *old, *new;
    const VitrineDefinitionFeature *one;

    g_assert_no_error (error);
    old = definition_cpu_map_find_model (map, "old");
    new = definition_cpu_map_find_model (map, "new");
    one = definition_cpu_map_find_feature (map, "one");
    g_assert_cmpstr (old->vendor, ==, "AcmeAcmeAcme");
    g_assert_cmpstr (new->vendor, ==, "AcmeAcmeAcme");
    g_assert_cmphex (old->signature, ==, 0x610);
    g_assert_cmphex (new->signature, ==, 0x200f23);
    g_assert_cmpuint (old->features->len, ==, 2);
    g_assert_cmpuint (new->features->len, ==, 2);
    g_assert_cmpstr (g_ptr_array_index (new->features, 0), ==, "told");
    g_assert_cmpstr (g_ptr_array_index (new->features, 1), ==, "two");
    g_assert_cmphex (one->function, ==, 7);
    g_assert_cmphex (one->index, ==, 1);
    g_assert_cmphex (one->edx, ==, 0x10);
    g_assert_null (definition_cpu_map_find_vendor (map, "Short"));
}

/* A model that speaks of what is not there is not there, and the others are. */
static void
test_map_with_holes (void)
{
    static const char *const models[] = {
        "<feature name='none'/>", "<feature/>", "<model name='later'/>",  "<model name='x'/>",
        "<vendor name='No'/>",    "<vendor/>",  "<vendor name='Short'/>",
    };

    for (gsize i = 0; i < G_N_ELEMENTS (models); i++) {
        g_autofree char *file = g_strdup_printf (
            "<cpus>" BASICS "<model name='x'>%s</model><model/><model name=''/><feature/>"
            "<model name='12345678901234567890123456789012'/><vendor/><model name='later'/></cpus>",
            models[i]);
        g_autoptr (GError) error = NULL;
        g_autoptr (DefinitionCpuMap) map = load (INCLUDE, file, &error);

        g_assert_no_error (error);
        g_assert_null (definition_cpu_map_find_model (map, "x"));
        g_assert_null (definition_cpu_map_find_model (map, ""));
        g_assert_null (definition_cpu_map_find_model (map, "12345678901234567890123456789012"));
        g_assert_nonnull (definition_cpu_map_find_model (map, "later"));
    }
}

/* The map is one folder: what it names elsewhere is not read. */
static void
test_map_stays_in_its_folder (void)
{
    g_autoptr (GError) error = NULL;
    g_autofree char *folder = make_map (
        "<include filename='../other.xml'/><include filename='/etc/passwd'/><include/>" INCLUDE,
        "<cpus><model name='x'/></cpus>");
    g_autoptr (DefinitionCpuMap) map = definition_cpu_map_load (folder, &error);

    remove_map (g_steal_pointer (&folder));
    g_assert_no_error (error);
    g_assert_nonnull (definition_cpu_map_find_model (map, "x"));
}

/* Numbers no processor has are none. */
static void
test_map_signatures (void)
{
    static const char *const bad[] = {
        "family='271' model='0'", "family='6' model='256'", "family='6' model='1' stepping='16'",
        "family='-1' model='0'",  "family='x' model='y'",   ""
    };

    for (gsize i = 0; i < G_N_ELEMENTS (bad); i++) {
        g_autofree char *file =
            g_strdup_printf ("<cpus><model name='x'><signature %s/></model></cpus>", bad[i]);
        g_autoptr (GError) error = NULL;
        g_autoptr (DefinitionCpuMap) map = load (INCLUDE, file, &error);

        g_assert_no_error (error);
        g_assert_cmphex (definition_cpu_map_find_model (map, "x")->signature, ==, 0);
    }
}

static void
test_map_that_is_none (void)
{
    static const struct {
        const char *x86, *file;
    } cases[] = {
        { INCLUDE, "" },
        { INCLUDE, "<cpus>" },
        { INCLUDE, "<!DOCTYPE cpus [<!ENTITY a SYSTEM 'file:///etc/passwd'>]><cpus>&a;</cpus>" },
        { "<include filename='none.xml'/>", "<cpus/>" },
        { "<include", "<cpus/>" },
    };

    for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
        g_autoptr (GError) error = NULL;

        g_assert_null (load (cases[i].x86, cases[i].file, &error));
        g_assert_error (error, VITRINE_ERROR, VITRINE_ERROR_UNSUPPORTED);
    }
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    g_test_add_func ("/definition/cpu/no-package", test_no_package);
    g_test_add_func ("/definition/cpu/topology-and-features", test_topology_and_features);
    g_test_add_func ("/definition/cpu/model", test_model);
    g_test_add_func ("/definition/cpu/policies", test_policies);
    g_test_add_func ("/definition/cpu/models", test_models);
    g_test_add_func ("/definition/cpu/map-inherits", test_map_inherits);
    g_test_add_func ("/definition/cpu/map-with-holes", test_map_with_holes);
    g_test_add_func ("/definition/cpu/map-stays-in-its-folder", test_map_stays_in_its_folder);
    g_test_add_func ("/definition/cpu/map-signatures", test_map_signatures);
    g_test_add_func ("/definition/cpu/map-that-is-none", test_map_that_is_none);
    definition_refusal_add_tests ("/definition/cpu/refuse", refusals, G_N_ELEMENTS (refusals));
    return g_test_run ();
}
