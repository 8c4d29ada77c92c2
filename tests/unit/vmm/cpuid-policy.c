/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cpuid-policy.c - a model shows its features and no others; what a host lacks is refused by name. */
#include "cpuid-policy.h"

#include <errno.h>
#include <glib.h>
#include <string.h>

#include "bits.h"
#include "cpuid-private.h"

#define MAX_LEAVES 64
#define ALL        UINT32_MAX

typedef struct {
    struct kvm_cpuid2 head;
    struct kvm_cpuid_entry2 entries[MAX_LEAVES];
} Leaves;

/* A host of AMD's whose KVM shows more than anybody has a name for. */
static const struct kvm_cpuid_entry2 host[] = {
    { .function = 0x0, .eax = 0x24, .ebx = 0x68747541, .ecx = 0x444d4163, .edx = 0x69746e65 },
    { .function = 0x1, .eax = 0xa20f12, .ebx = 0x12345678, .ecx = ALL & ~BIT (25), .edx = ALL },
    { .function = 0x2, .eax = 0x1 },
    { .function = 0x5, .eax = 0x40, .ebx = 0x40, .ecx = 0x3 },
    { .function = 0x6, .eax = 0x4, .ecx = 0x1 },
    { .function = 0x7, .index = 0, .eax = 2, .ebx = ALL, .ecx = ALL, .edx = ALL },
    { .function = 0x7, .index = 1, .eax = ALL, .ebx = ALL, .ecx = ALL, .edx = ALL },
    { .function = 0x7, .index = 2, .edx = ALL },
    { .function = 0xb, .index = 0 },
    { .function = 0xd, .index = 0, .eax = 0x207, .ebx = 0xa88, .ecx = 0xa88 },
    { .function = 0xd, .index = 1, .eax = 0x1f, .ebx = 0x988, .ecx = 0x1800 },
    { .function = 0xd, .index = 2, .eax = 0x100, .ebx = 0x240 },
    { .function = 0xd, .index = 9, .eax = 0x8, .ebx = 0xa80 },
    { .function = 0xd, .index = 11, .eax = 0x10, .ecx = 0x1 },
    { .function = 0xf, .index = 0, .ebx = 0xff, .edx = 0x2 },
    { .function = 0xf, .index = 1, .ebx = 0x40, .edx = 0x7 },
    { .function = 0x15, .eax = 1, .ebx = 100, .ecx = 25000000 },
    { .function = 0x24, .ebx = 0x70001 },
    { .function = 0x40000000, .eax = 0x40000001, .ebx = 0x4b4d564b },
    { .function = 0x40000001, .eax = 0x1007afb },
    { .function = 0x80000000,
      .eax = 0x80000021,
      .ebx = 0x68747541,
      .ecx = 0x444d4163,
      .edx = 0x69746e65 },
    { .function = 0x80000001, .eax = 0xa20f12, .ebx = 0x20000000, .ecx = ALL, .edx = ALL },
    { .function = 0x80000002, .eax = 0x20444d41 },
    { .function = 0x80000003, .eax = 0x20202020 },
    { .function = 0x80000004, .eax = 0x20202020 },
    { .function = 0x80000006, .ecx = 0x2006140 },
    { .function = 0x80000007, .edx = 0x100 },
    { .function = 0x80000008, .eax = 0x3030, .ebx = ALL, .ecx = 0x4007 },
    { .function = 0x8000000a, .eax = 0x1, .ebx = 0x8, .edx = ALL },
    { .function = 0x8000001d, .index = 0, .eax = 0x121 },
    { .function = 0x8000001f, .eax = ALL },
    { .function = 0x80000021, .eax = ALL },
};

static struct kvm_cpuid2 *
make_host (Leaves *leaves)
{
    memset (leaves, 0, sizeof *leaves);
    leaves->head.nent = G_N_ELEMENTS (host);
    memcpy (leaves->entries, host, sizeof host);
    return &leaves->head;
}

static const struct kvm_cpuid_entry2 none;

/* The leaf, all zeros where there is none, as KVM answers a guest. */
static const struct kvm_cpuid_entry2 *
leaf (struct kvm_cpuid2 *leaves, uint32_t function, uint32_t index)
{
    const struct kvm_cpuid_entry2 *e = cpuid_find (leaves, function, index);

    return e ? e : &none;
}

static const struct vmm_cpu_feature
    fpu = { "fpu", VMM_FEATURE_MODEL, .function = 0x1, .edx = BIT (0) },
    cx16 = { "cx16", VMM_FEATURE_MODEL, .function = 0x1, .ecx = BIT (13) },
    xsave = { "xsave", VMM_FEATURE_MODEL, .function = 0x1, .ecx = BIT (26) },
    avx = { "avx", VMM_FEATURE_MODEL, .function = 0x1, .ecx = BIT (28) },
    pge = { "pge", VMM_FEATURE_MODEL, .function = 0x1, .edx = BIT (13) },
    avx2 = { "avx2", VMM_FEATURE_MODEL, .function = 0x7, .ebx = BIT (5) },
    pku = { "pku", VMM_FEATURE_MODEL, .function = 0x7, .ecx = BIT (3) },
    xsaves = { "xsaves", VMM_FEATURE_MODEL, .function = 0xd, .index = 1, .eax = BIT (3) },
    nx = { "nx", VMM_FEATURE_MODEL, .function = 0x80000001, .edx = BIT (20) },
    ibpb = { "ibpb", VMM_FEATURE_MODEL, .function = 0x80000008, .ebx = BIT (12) },
    monitor = { "monitor", VMM_FEATURE_MODEL, .function = 0x1, .ecx = BIT (3) },
    svm = { "svm", VMM_FEATURE_MODEL, .function = 0x80000001, .ecx = BIT (2) },
    npt = { "npt", VMM_FEATURE_MODEL, .function = 0x8000000a, .edx = BIT (0) },
    aes = { "aes", VMM_FEATURE_MODEL, .function = 0x1, .ecx = BIT (25) }; /* the host lacks it */

#define HYPERVISOR BIT (31)
#define X2APIC     BIT (21)

static const struct cpu_model intel = { "Test", "GenuineIntel", 0x206c0 };
static const struct cpu_model amd = { "Test", "AuthenticAMD", 0xa00f10 };
static const struct cpu_model host_itself = { "", "", 0 };

/* The same feature, but asked for by name or not shown. */
static struct vmm_cpu_feature
with_policy (struct vmm_cpu_feature feature, enum vmm_feature_policy policy)
{
    feature.policy = policy;
    return feature;
}

/* Applies what is said to the host; WHY, with VMM_TEXT_BYTES of room, may be NULL. */
static int
apply (struct kvm_cpuid2 *leaves, struct cpu_model model, const char *host_vendor,
       const struct vmm_cpu_feature *features, unsigned n, char *why)
{
    const struct cpu_policy policy = {
        .model = model, .host_vendor = host_vendor, .features = features, .n_features = n
    };
    struct kvm_cpuid2 no_hyperv = { 0 };
    struct cpuid_hyperv hyperv = { 0 };
    char text[VMM_TEXT_BYTES] = "";

    return cpuid_policy_apply (leaves, MAX_LEAVES, &no_hyperv, &policy, &hyperv, why ? why : text,
                               VMM_TEXT_BYTES);
}

/* The host shown as MODEL with FEATURES. */
static struct kvm_cpuid2 *
show (Leaves *room, struct cpu_model model, const struct vmm_cpu_feature *features, unsigned n)
{
    struct kvm_cpuid2 *leaves = make_host (room);

    g_assert_cmpint (apply (leaves, model, "", features, n, NULL), ==, 0);
    return leaves;
}

static void
assert_leaf (struct kvm_cpuid2 *leaves, uint32_t function, uint32_t index, uint32_t eax,
             uint32_t ebx, uint32_t ecx, uint32_t edx)
{
    const struct kvm_cpuid_entry2 *e = leaf (leaves, function, index);

    g_assert_cmphex (e->eax, ==, eax);
    g_assert_cmphex (e->ebx, ==, ebx);
    g_assert_cmphex (e->ecx, ==, ecx);
    g_assert_cmphex (e->edx, ==, edx);
}

static void
test_model_shows_its_features_only (void)
{
    static const uint32_t left[] = { 0x0,        0x1,        0x2,        0xb,        0x15,
                                     0x40000000, 0x40000001, 0x80000000, 0x80000001, 0x80000002,
                                     0x80000006, 0x80000008, 0x8000001d };
    const struct vmm_cpu_feature features[] = { fpu, cx16, nx, ibpb, monitor, svm, npt };
    Leaves room;
    struct kvm_cpuid2 *leaves = show (&room, intel, features, G_N_ELEMENTS (features));

    assert_leaf (leaves, 0x0, 0, 0x15, 0x756e6547, 0x6c65746e, 0x49656e69);
    assert_leaf (leaves, 0x1, 0, 0x206c0, 0x12345678, BIT (13) | X2APIC | HYPERVISOR, BIT (0));
    assert_leaf (leaves, 0x15, 0, 1, 100, 25000000, 0);
    assert_leaf (leaves, 0x40000001, 0, 0x1007afb, 0, 0, 0);
    assert_leaf (leaves, 0x80000000, 0, 0x8000001d, 0, 0, 0);
    assert_leaf (leaves, 0x80000001, 0, 0, 0, 0, BIT (20));
    assert_leaf (leaves, 0x80000002, 0, 0x74736554, 0, 0, 0); /* "Test" */
    assert_leaf (leaves, 0x80000003, 0, 0, 0, 0, 0);
    assert_leaf (leaves, 0x80000006, 0, 0, 0, 0x2006140, 0);
    assert_leaf (leaves, 0x80000008, 0, 0x3030, BIT (12), 0x4007, 0);
    for (gsize i = 0; i < leaves->nent; i++) {
        const struct kvm_cpuid_entry2 *e = &leaves->entries[i];
        bool found = (e->eax | e->ebx | e->ecx | e->edx) == 0;

        for (gsize k = 0; k < G_N_ELEMENTS (left); k++)
            found |= e->function == left[k];
        if (!found)
            g_error ("leaf %#x is there", e->function);
    }
}

/* AMD's processors tell their signature and some features twice. */
static void
test_model_of_amd (void)
{
    const struct vmm_cpu_feature features[] = { fpu, nx, avx2, pge };
    Leaves room;
    struct kvm_cpuid2 *leaves = show (&room, amd, features, G_N_ELEMENTS (features));

    assert_leaf (leaves, 0x0, 0, 0x15, 0x68747541, 0x444d4163, 0x69746e65);
    assert_leaf (leaves, 0x1, 0, 0xa00f10, 0x12345678, X2APIC | HYPERVISOR, BIT (0) | BIT (13));
    assert_leaf (leaves, 0x7, 0, 0, BIT (5), 0, 0); /* no subleaf after it */
    assert_leaf (leaves, 0x80000000, 0, 0x8000001d, 0x68747541, 0x444d4163, 0x69746e65);
    assert_leaf (leaves, 0x80000001, 0, 0xa00f10, 0, 0, BIT (20) | BIT (0) | BIT (13));
}

/* A model that says neither is of the host's vendor, family and model. */
static void
test_model_of_nobody (void)
{
    static const struct cpu_model nobody = { "Test", "", 0 };
    Leaves room;
    struct kvm_cpuid2 *leaves = show (&room, nobody, &fpu, 1);

    g_assert_cmphex (leaf (leaves, 0x0, 0)->ebx, ==, 0x68747541);
    g_assert_cmphex (leaf (leaves, 0x1, 0)->eax, ==, 0xa20f12);
    g_assert_cmphex (leaf (leaves, 0x80000001, 0)->eax, ==, 0xa20f12);
}

/* No state that no feature uses, and no more room than for what is left. */
static void
test_model_with_xsave (void)
{
    const struct vmm_cpu_feature with_avx[] = { xsave, avx }, with_pku[] = { xsave, pku, xsaves };
    Leaves room;
    struct kvm_cpuid2 *leaves = show (&room, intel, with_avx, G_N_ELEMENTS (with_avx));

    assert_leaf (leaves, 0xd, 0, 0x7, 0x340, 0x340, 0);
    assert_leaf (leaves, 0xd, 1, 0, 0, 0, 0);
    assert_leaf (leaves, 0xd, 2, 0x100, 0x240, 0, 0);
    g_assert_null (cpuid_find (leaves, 0xd, 9));
    g_assert_null (cpuid_find (leaves, 0xd, 11));

    leaves = show (&room, intel, &xsave, 1);
    assert_leaf (leaves, 0xd, 0, 0x3, 576, 576, 0);

    leaves = show (&room, intel, with_pku, G_N_ELEMENTS (with_pku));
    assert_leaf (leaves, 0xd, 0, 0x203, 0xa88, 0xa88, 0);
    assert_leaf (leaves, 0xd, 1, BIT (3), 0x988, 0, 0); /* CET's state goes with CET */
    assert_leaf (leaves, 0xd, 9, 0x8, 0xa80, 0, 0);
    g_assert_null (cpuid_find (leaves, 0xd, 2));
}

static void
test_model_with_virtualization_required (void)
{
    const struct vmm_cpu_feature features[] = { fpu, npt, with_policy (svm, VMM_FEATURE_REQUIRE) };
    Leaves room;
    struct kvm_cpuid2 *leaves = show (&room, amd, features, G_N_ELEMENTS (features));

    g_assert_cmphex (leaf (leaves, 0x80000001, 0)->ecx, ==, BIT (2));
    assert_leaf (leaves, 0x8000000a, 0, 0x1, 0x8, 0, BIT (0));
}

/* What is not shown unasked need not be there: a host whose KVM does not nest has the model as well. */
static void
test_model_on_a_host_that_does_not_nest (void)
{
    const struct vmm_cpu_feature features[] = { fpu, svm, npt, monitor };
    Leaves room;
    struct kvm_cpuid2 *leaves = make_host (&room);

    cpuid_find (leaves, 0x1, 0)->ecx &= ~BIT (3);
    cpuid_find (leaves, 0x80000001, 0)->ecx &= ~BIT (2);
    cpuid_find (leaves, 0x8000000a, 0)->edx = 0;
    g_assert_cmpint (apply (leaves, amd, "", features, G_N_ELEMENTS (features), NULL), ==, 0);
}

/* Even what every machine shows can be hidden; what is not there needs no hiding. */
static void
test_model_that_hides (void)
{
    const struct vmm_cpu_feature features[] = {
        fpu,
        with_policy (nx, VMM_FEATURE_DISABLE),
        with_policy (aes, VMM_FEATURE_DISABLE),
        { "hypervisor", VMM_FEATURE_DISABLE, .function = 0x1, .ecx = HYPERVISOR },
        { "x2apic", VMM_FEATURE_DISABLE, .function = 0x1, .ecx = X2APIC },
        { "far", VMM_FEATURE_DISABLE, .function = 0x99, .ecx = BIT (25) },
    };
    Leaves room;
    struct kvm_cpuid2 *leaves = show (&room, intel, features, G_N_ELEMENTS (features));

    g_assert_cmphex (leaf (leaves, 0x1, 0)->ecx, ==, 0);
    g_assert_cmphex (leaf (leaves, 0x80000001, 0)->edx, ==, 0);
}

/* Nothing else of the host's processor changes, but what belongs to the feature. */
static void
test_host_with_less (void)
{
    const struct vmm_cpu_feature no_avx = with_policy (avx, VMM_FEATURE_DISABLE);
    Leaves room;
    struct kvm_cpuid2 *leaves = show (&room, host_itself, &no_avx, 1);

    g_assert_cmpuint (leaves->nent, ==, G_N_ELEMENTS (host) - 1);
    for (gsize i = 0; i < G_N_ELEMENTS (host); i++) {
        struct kvm_cpuid_entry2 e = host[i];

        if (e.function == 0xd && e.index == 2)
            continue;
        if (e.function == 0x1)
            e.ecx &= ~(BIT (28) | BIT (3) | BIT (5)); /* and MONITOR, VMX */
        if (e.function == 0x80000001)
            e.ecx &= ~BIT (2); /* SVM */
        if (e.function == 0x8000000a)
            e.eax = e.ebx = e.edx = 0;
        if (e.function == 0xd && e.index == 0)
            e.eax = 0x203;
        assert_leaf (leaves, e.function, e.index, e.eax, e.ebx, e.ecx, e.edx);
    }
}

/* A host that contradicts itself is shown as it is to who says nothing. */
static void
test_host_as_it_is (void)
{
    Leaves room;
    struct kvm_cpuid2 *leaves = make_host (&room);

    cpuid_find (leaves, 0xd, 0)->ebx = 0x240;
    cpuid_find (leaves, 0x7, 0)->ecx &= ~BIT (3); /* PKU, whose state stays */
    g_assert_cmpint (apply (leaves, host_itself, "", NULL, 0, NULL), ==, 0);
    g_assert_cmpuint (leaves->nent, ==, G_N_ELEMENTS (host));
    assert_leaf (leaves, 0xd, 0, 0x207, 0x240, 0xa88, 0);
    assert_leaf (leaves, 0xd, 9, 0x8, 0xa80, 0, 0);
    assert_leaf (leaves, 0x0, 0, 0x24, 0x68747541, 0x444d4163, 0x69746e65);
}

static void
test_host_without_xsave (void)
{
    const struct vmm_cpu_feature no_xsave = with_policy (xsave, VMM_FEATURE_DISABLE);
    Leaves room;
    struct kvm_cpuid2 *leaves = show (&room, host_itself, &no_xsave, 1);

    for (gsize i = 0; i < leaves->nent; i++)
        g_assert_cmphex (leaves->entries[i].function, !=, 0xd);
}

static void
test_what_is_missing_is_named (void)
{
    const struct vmm_cpu_feature of_model[] = {
        fpu,
        aes,
        { "old", VMM_FEATURE_MODEL, .function = 0x6, .eax = 0x6 },
        { "far", VMM_FEATURE_MODEL, .function = 0x99, .eax = 1 },
    };
    const struct vmm_cpu_feature required = with_policy (aes, VMM_FEATURE_REQUIRE);
    static const struct vmm_cpu_feature unknown = { "hv-magic", VMM_FEATURE_REQUIRE };
    Leaves room;
    struct kvm_cpuid2 *leaves = make_host (&room);
    char why[VMM_TEXT_BYTES];

    g_assert_cmpint (apply (leaves, intel, "", of_model, 4, why), ==, -ENOTSUP);
    g_assert_cmpstr (why, ==,
                     "this host's processor, or its KVM, lacks what the model Test has: "
                     "aes, old, far");
    g_assert_cmpint (apply (leaves, host_itself, "", &required, 1, why), ==, -ENOTSUP);
    g_assert_cmpstr (why, ==,
                     "this host's processor, or its KVM, lacks what the machine requires: aes");
    g_assert_cmpint (apply (leaves, host_itself, "", &unknown, 1, why), ==, -ENOENT);
    g_assert_cmpstr (why, ==, "there is no processor feature “hv-magic”");
}

/* What is required beyond a model is not the model's. */
static void
test_model_is_not_blamed_for_what_is_added (void)
{
    const struct vmm_cpu_feature features[] = { fpu, with_policy (aes, VMM_FEATURE_REQUIRE) };
    Leaves room;
    struct kvm_cpuid2 *leaves = make_host (&room);
    char why[VMM_TEXT_BYTES];

    g_assert_cmpint (apply (leaves, intel, "", features, 2, why), ==, -ENOTSUP);
    g_assert_cmpstr (why, ==,
                     "this host's processor, or its KVM, lacks what the machine requires: aes");
}

static void
test_optional_is_shown_where_it_is_there (void)
{
    const struct vmm_cpu_feature features[] = {
        fpu,
        with_policy (aes, VMM_FEATURE_OPTIONAL),
        with_policy (cx16, VMM_FEATURE_OPTIONAL),
        with_policy (svm, VMM_FEATURE_OPTIONAL),
    };
    Leaves room;
    struct kvm_cpuid2 *leaves = show (&room, amd, features, G_N_ELEMENTS (features));

    g_assert_cmphex (leaf (leaves, 0x1, 0)->ecx, ==, BIT (13) | X2APIC | HYPERVISOR);
    g_assert_cmphex (leaf (leaves, 0x80000001, 0)->ecx, ==, BIT (2));
    leaves = show (&room, host_itself, features, G_N_ELEMENTS (features));
    g_assert_cmphex (leaf (leaves, 0x1, 0)->ecx & BIT (25), ==, 0);
    g_assert_cmphex (leaf (leaves, 0x80000001, 0)->ecx & BIT (2), ==, BIT (2));
}

/* Also where the host's leaves end before it. */
static void
test_forced_is_shown_though_the_host_lacks_it (void)
{
    static const struct vmm_cpu_feature far = { "far", VMM_FEATURE_FORCE, .function = 0x80000022,
                                                .eax = BIT (0) },
                                        later = { "later", VMM_FEATURE_FORCE, .function = 0x7,
                                                  .index = 3, .edx = BIT (4) };
    const struct vmm_cpu_feature features[] = { fpu, with_policy (aes, VMM_FEATURE_FORCE), far,
                                                later };
    const struct cpu_model models[] = { intel, host_itself };
    Leaves room;

    for (gsize i = 0; i < G_N_ELEMENTS (models); i++) {
        struct kvm_cpuid2 *leaves = show (&room, models[i], features, G_N_ELEMENTS (features));

        g_assert_cmphex (leaf (leaves, 0x1, 0)->ecx & BIT (25), ==, BIT (25));
        g_assert_cmphex (leaf (leaves, 0x80000022, 0)->eax, ==, BIT (0));
        g_assert_cmphex (leaf (leaves, 0x80000000, 0)->eax, ==, 0x80000022);
        g_assert_cmphex (leaf (leaves, 0x7, 3)->edx, ==, BIT (4));
        g_assert_cmphex (cpuid_find (leaves, 0x7, 3)->flags, ==, KVM_CPUID_FLAG_SIGNIFCANT_INDEX);
        g_assert_cmphex (leaf (leaves, 0x7, 0)->eax, ==, 3);
        g_assert_cmphex (leaf (leaves, 0x0, 0)->eax, ==, i ? 0x24 : 0x15);
    }
}

static void
test_forbidden_is_refused_where_it_is_there (void)
{
    const struct vmm_cpu_feature features[] = { fpu, with_policy (aes, VMM_FEATURE_FORBID),
                                                with_policy (cx16, VMM_FEATURE_FORBID),
                                                with_policy (nx, VMM_FEATURE_FORBID) };
    Leaves room;
    struct kvm_cpuid2 *leaves = make_host (&room);
    char why[VMM_TEXT_BYTES];

    g_assert_cmpint (apply (leaves, intel, "", features, 4, why), ==, -ENOTSUP);
    g_assert_cmpstr (why, ==,
                     "this host's processor, or its KVM, has what the machine forbids: cx16, nx");
    g_assert_cmpint (apply (leaves, host_itself, "", features, 2, NULL), ==, 0);
}

/* Of Hyper-V's nothing is offered that KVM does not have, whatever is said of it. */
static void
test_hyperv_without_kvm (void)
{
    struct vmm_cpu_feature feature = { "hv-time", VMM_FEATURE_FORCE };
    const struct cpu_policy policy = {
        .model = host_itself, .host_vendor = "", .features = &feature, .n_features = 1
    };
    struct kvm_cpuid2 no_hyperv = { 0 };
    struct cpuid_hyperv hyperv = { 0 };
    Leaves room;
    char why[VMM_TEXT_BYTES];

    for (; feature.policy < VMM_FEATURE_N; feature.policy++) {
        g_assert_cmpint (cpuid_policy_apply (make_host (&room), MAX_LEAVES, &no_hyperv, &policy,
                                             &hyperv, why, sizeof why),
                         ==, 0);
        g_assert_cmphex (hyperv.mask, ==, 0);
    }
}

static void
test_much_that_is_missing_is_counted (void)
{
    static struct vmm_cpu_feature features[VMM_MAX_FEATURES];
    Leaves room;
    struct kvm_cpuid2 *leaves = make_host (&room);
    char why[VMM_TEXT_BYTES];

    for (guint i = 0; i < VMM_MAX_FEATURES; i++) {
        memset (features[i].name, 'n', sizeof features[i].name - 1);
        features[i].policy = VMM_FEATURE_MODEL;
        features[i].function = 0x99;
        features[i].eax = 1;
    }
    g_assert_cmpint (apply (leaves, intel, "", features, VMM_MAX_FEATURES, why), ==, -ENOTSUP);
    g_assert_true (g_str_has_suffix (why, "n and 268 more"));
}

static void
test_vendor_of_the_host (void)
{
    Leaves room;
    struct kvm_cpuid2 *leaves = make_host (&room);
    char why[VMM_TEXT_BYTES];

    g_assert_cmpint (apply (leaves, intel, "GenuineIntel", &fpu, 1, why), ==, -ENOTSUP);
    g_assert_cmpstr (why, ==,
                     "this host's processor is not of the vendor that the machine wants: "
                     "GenuineIntel");
    g_assert_cmpint (apply (leaves, intel, "AuthenticAMD", &fpu, 1, NULL), ==, 0);
}

/* No room for a name: the list does not grow past its end. */
static void
test_full_list (void)
{
    const struct cpu_policy policy = {
        .model = intel, .host_vendor = "", .features = &fpu, .n_features = 1
    };
    struct kvm_cpuid2 no_hyperv = { 0 };
    struct cpuid_hyperv hyperv = { 0 };
    char why[VMM_TEXT_BYTES];
    Leaves room;
    struct kvm_cpuid2 *leaves = make_host (&room);

    leaves->nent = 2;
    g_assert_cmpint (cpuid_policy_apply (leaves, 2, &no_hyperv, &policy, &hyperv, why, sizeof why),
                     ==, 0);
    g_assert_cmpuint (leaves->nent, ==, 2);
    g_assert_cmphex (leaf (leaves, 0x0, 0)->eax, ==, 1);
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    g_test_add_func ("/cpuid-policy/model-shows-its-features-only",
                     test_model_shows_its_features_only);
    g_test_add_func ("/cpuid-policy/model-of-amd", test_model_of_amd);
    g_test_add_func ("/cpuid-policy/model-of-nobody", test_model_of_nobody);
    g_test_add_func ("/cpuid-policy/model-with-xsave", test_model_with_xsave);
    g_test_add_func ("/cpuid-policy/model-with-virtualization-required",
                     test_model_with_virtualization_required);
    g_test_add_func ("/cpuid-policy/model-on-a-host-that-does-not-nest",
                     test_model_on_a_host_that_does_not_nest);
    g_test_add_func ("/cpuid-policy/model-that-hides", test_model_that_hides);
    g_test_add_func ("/cpuid-policy/host-with-less", test_host_with_less);
    g_test_add_func ("/cpuid-policy/host-as-it-is", test_host_as_it_is);
    g_test_add_func ("/cpuid-policy/host-without-xsave", test_host_without_xsave);
    g_test_add_func ("/cpuid-policy/what-is-missing-is-named", test_what_is_missing_is_named);
    g_test_add_func ("/cpuid-policy/model-is-not-blamed-for-what-is-added",
                     test_model_is_not_blamed_for_what_is_added);
    g_test_add_func ("/cpuid-policy/optional-is-shown-where-it-is-there",
                     test_optional_is_shown_where_it_is_there);
    g_test_add_func ("/cpuid-policy/forced-is-shown-though-the-host-lacks-it",
                     test_forced_is_shown_though_the_host_lacks_it);
    g_test_add_func ("/cpuid-policy/forbidden-is-refused-where-it-is-there",
                     test_forbidden_is_refused_where_it_is_there);
    g_test_add_func ("/cpuid-policy/hyper-v-without-kvm", test_hyperv_without_kvm);
    g_test_add_func ("/cpuid-policy/much-that-is-missing-is-counted",
                     test_much_that_is_missing_is_counted);
    g_test_add_func ("/cpuid-policy/vendor-of-the-host", test_vendor_of_the_host);
    g_test_add_func ("/cpuid-policy/full-list", test_full_list);
    return g_test_run ();
}
