/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cpuid-policy.c - what the definition says of the processors, applied to what KVM can show. */
#include "cpuid-policy.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "bits.h"
#include "cpuid-features.h"
#include "cpuid-private.h"
#include "cpuid-xsave.h"

#define VENDOR_BYTES 12
#define NAMES_BYTES  160 /* of missing features, in a sentence */

/* What is shown only where it is asked for by name, though a model may have it: virtualisation within, and
 * waiting by MWAIT, which this machine does not virtualise at all. */
static const struct vmm_cpu_feature monitor = { .function = 0x1, .ecx = BIT (3) };
static const struct vmm_cpu_feature vmx = { .function = 0x1, .ecx = BIT (5) };
static const struct vmm_cpu_feature svm = { .function = 0x80000001, .ecx = BIT (2) };
static const struct vmm_cpu_feature svm_details = { .function = 0x8000000a,
                                                    .eax = UINT32_MAX,
                                                    .ebx = UINT32_MAX,
                                                    .ecx = UINT32_MAX,
                                                    .edx = UINT32_MAX }; /* asked for with SVM */

static const struct {
    const struct vmm_cpu_feature *what, *asked_by;
} unasked[] = {
    { &monitor, &monitor },
    { &vmx, &vmx },
    { &svm, &svm },
    { &svm_details, &svm },
};

static bool
is_by_name (const struct vmm_cpu_feature *feature)
{
    return feature->policy == VMM_FEATURE_REQUIRE || feature->policy == VMM_FEATURE_OPTIONAL
           || feature->policy == VMM_FEATURE_FORCE;
}

static bool
is_asked_for (const struct cpu_policy *policy, const struct vmm_cpu_feature *what)
{
    for (unsigned i = 0; i < policy->n_features; i++) {
        if (is_by_name (&policy->features[i])
            && cpuid_feature_overlaps (&policy->features[i], what))
            return true;
    }
    return false;
}

/* Whether FEATURE, of POLICY, is shown, if it is there. */
static bool
is_wanted (const struct cpu_policy *policy, const struct vmm_cpu_feature *feature)
{
    for (unsigned i = 0; i < ARRAY_SIZE (unasked) && feature->policy == VMM_FEATURE_MODEL; i++) {
        if (cpuid_feature_overlaps (feature, unasked[i].what))
            return is_asked_for (policy, unasked[i].asked_by);
    }
    return feature->policy == VMM_FEATURE_MODEL || is_by_name (feature);
}

/* Whether FEATURE, of POLICY, must be there. */
static bool
is_needed (const struct cpu_policy *policy, const struct vmm_cpu_feature *feature)
{
    return feature->policy == VMM_FEATURE_REQUIRE
           || (feature->policy == VMM_FEATURE_MODEL && is_wanted (policy, feature));
}

static bool
is_of_hyperv (const struct vmm_cpu_feature *feature)
{
    return (feature->eax | feature->ebx | feature->ecx | feature->edx) == 0;
}

/* --- what cannot be ------------------------------------------------------------------------------- */

/* Names with commas between, as far as they fit. */
struct names {
    char text[NAMES_BYTES];
    unsigned n, n_written;
};

static void
add_name (struct names *names, const char *name)
{
    size_t used = strlen (names->text), needed = strlen (name) + strlen (", ");

    if (names->n++ == names->n_written && used + needed < sizeof names->text) {
        snprintf (names->text + used, sizeof names->text - used, "%s%s", used ? ", " : "", name);
        names->n_written++;
    }
}

static void
refuse_names (const char *what, const struct names *names, char *why, size_t why_bytes)
{
    char more[32] = "";

    if (names->n > names->n_written)
        snprintf (more, sizeof more, " and %u more", names->n - names->n_written);
    snprintf (why, why_bytes, "this host's processor, or its KVM, %s: %s%s", what, names->text,
              more);
}

static void
refuse_model (const struct cpu_policy *policy, const struct names *missing, char *why,
              size_t why_bytes)
{
    char what[64 + VMM_CPU_NAME_BYTES];

    snprintf (what, sizeof what, "lacks what the model %s has", policy->model.name);
    refuse_names (what, missing, why, why_bytes);
}

static int
check_vendor (struct kvm_cpuid2 *leaves, const struct cpu_policy *policy, char *why,
              size_t why_bytes)
{
    const struct kvm_cpuid_entry2 *e = cpuid_find (leaves, 0x0, 0);

    if (!policy->host_vendor[0]
        || (e && memcmp (&e->ebx, policy->host_vendor, 4) == 0
            && memcmp (&e->edx, policy->host_vendor + 4, 4) == 0
            && memcmp (&e->ecx, policy->host_vendor + 8, 4) == 0))
        return 0;
    snprintf (why, why_bytes,
              "this host's processor is not of the vendor that the machine wants: %.*s",
              VENDOR_BYTES, policy->host_vendor);
    return -ENOTSUP;
}

/* Whether F is there; of Hyper-V's, HYPERV's mask gets what is to be offered.  -ENOENT when there is none of
 * that name. */
static int
find_feature (struct kvm_cpuid2 *leaves, struct kvm_cpuid2 *hyperv_leaves,
              const struct cpu_policy *policy, const struct vmm_cpu_feature *f,
              struct cpuid_hyperv *hyperv)
{
    uint32_t bit;
    bool is_there;

    if (!is_of_hyperv (f))
        return cpuid_feature_is_there (leaves, f);
    if (!cpuid_hyperv_find (f->name, &bit))
        return -ENOENT;
    is_there = cpuid_hyperv_is_there (hyperv_leaves, bit);
    hyperv->mask |= is_there && is_wanted (policy, f) ? bit : 0;
    return is_there;
}

/* Whether all that must be there is, and nothing that must not; sets HYPERV's mask. */
static int
check_features (struct kvm_cpuid2 *leaves, struct kvm_cpuid2 *hyperv_leaves,
                const struct cpu_policy *policy, struct cpuid_hyperv *hyperv, char *why,
                size_t why_bytes)
{
    struct names of_model = { .n = 0 }, required = { .n = 0 }, forbidden = { .n = 0 };

    for (unsigned i = 0; i < policy->n_features; i++) {
        const struct vmm_cpu_feature *f = &policy->features[i];
        int is_there = find_feature (leaves, hyperv_leaves, policy, f, hyperv);

        if (is_there < 0) {
            snprintf (why, why_bytes, "there is no processor feature “%s”", f->name);
            return is_there;
        }
        if (is_there && f->policy == VMM_FEATURE_FORBID)
            add_name (&forbidden, f->name);
        else if (!is_there && is_needed (policy, f))
            add_name (f->policy == VMM_FEATURE_MODEL ? &of_model : &required, f->name);
    }
    if (of_model.n)
        refuse_model (policy, &of_model, why, why_bytes);
    else if (required.n)
        refuse_names ("lacks what the machine requires", &required, why, why_bytes);
    else if (forbidden.n)
        refuse_names ("has what the machine forbids", &forbidden, why, why_bytes);
    return of_model.n + required.n + forbidden.n ? -ENOTSUP : 0;
}

/* --- what is -------------------------------------------------------------------------------------- */

static void
hide (struct kvm_cpuid2 *leaves, const struct cpu_policy *policy)
{
    for (unsigned i = 0; i < ARRAY_SIZE (unasked); i++) {
        if (!is_asked_for (policy, unasked[i].asked_by))
            cpuid_feature_remove (leaves, unasked[i].what);
    }
    for (unsigned i = 0; i < policy->n_features; i++) {
        if (!is_wanted (policy, &policy->features[i]))
            cpuid_feature_remove (leaves, &policy->features[i]);
    }
}

/* What is forced may be what nobody has. */
static void
force (struct kvm_cpuid2 *leaves, unsigned max_leaves, const struct cpu_policy *policy)
{
    for (unsigned i = 0; i < policy->n_features; i++) {
        const struct vmm_cpu_feature *f = &policy->features[i];

        if (f->policy == VMM_FEATURE_FORCE && !is_of_hyperv (f))
            cpuid_feature_add (leaves, max_leaves, f);
    }
}

static void
keep_only_wanted (struct kvm_cpuid2 *leaves, const struct cpu_policy *policy)
{
    const struct vmm_cpu_feature *wanted[VMM_MAX_FEATURES];
    unsigned n = 0;

    for (unsigned i = 0; i < policy->n_features; i++) {
        if (is_wanted (policy, &policy->features[i]))
            wanted[n++] = &policy->features[i];
    }
    cpuid_model_keep_only (leaves, wanted, n);
}

int
cpuid_policy_apply (struct kvm_cpuid2 *leaves, unsigned max_leaves,
                    struct kvm_cpuid2 *hyperv_leaves, const struct cpu_policy *policy,
                    struct cpuid_hyperv *hyperv, char *why, size_t why_bytes)
{
    int ret = check_vendor (leaves, policy, why, why_bytes);

    if (ret == 0)
        ret = check_features (leaves, hyperv_leaves, policy, hyperv, why, why_bytes);
    if (ret < 0)
        return ret;
    hyperv->spinlock_retries = policy->spinlock_retries;
    hide (leaves, policy);
    force (leaves, max_leaves, policy);
    if (policy->model.name[0])
        keep_only_wanted (leaves, policy);
    if (policy->n_features) /* else as KVM says, whatever it says */
        cpuid_xsave_fit (leaves);
    if (policy->model.name[0])
        cpuid_model_name (leaves, max_leaves, &policy->model);
    return 0;
}
