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

/* What is shown only where it is required by name, though a model may have it: virtualisation within, and
 * waiting by MWAIT, which this machine does not virtualise at all. */
static const struct vmm_cpu_feature monitor = { .function = 0x1, .ecx = BIT (3) };
static const struct vmm_cpu_feature vmx = { .function = 0x1, .ecx = BIT (5) };
static const struct vmm_cpu_feature svm = { .function = 0x80000001, .ecx = BIT (2) };
static const struct vmm_cpu_feature svm_details = { .function = 0x8000000a,
                                                    .eax = UINT32_MAX,
                                                    .ebx = UINT32_MAX,
                                                    .ecx = UINT32_MAX,
                                                    .edx = UINT32_MAX }; /* required with SVM */

static const struct {
    const struct vmm_cpu_feature *what, *asked_by;
} unasked[] = {
    { &monitor, &monitor },
    { &vmx, &vmx },
    { &svm, &svm },
    { &svm_details, &svm },
};

static bool
is_asked_for (const struct cpu_policy *policy, const struct vmm_cpu_feature *what)
{
    for (unsigned i = 0; i < policy->n_features; i++) {
        if (policy->features[i].policy == VMM_FEATURE_REQUIRE
            && cpuid_feature_overlaps (&policy->features[i], what))
            return true;
    }
    return false;
}

/* Whether FEATURE, of POLICY, shall be there. */
static bool
is_wanted (const struct cpu_policy *policy, const struct vmm_cpu_feature *feature)
{
    for (unsigned i = 0; i < ARRAY_SIZE (unasked) && feature->policy == VMM_FEATURE_MODEL; i++) {
        if (cpuid_feature_overlaps (feature, unasked[i].what))
            return is_asked_for (policy, unasked[i].asked_by);
    }
    return feature->policy != VMM_FEATURE_DISABLE;
}

static bool
is_of_hyperv (const struct vmm_cpu_feature *feature)
{
    return (feature->eax | feature->ebx | feature->ecx | feature->edx) == 0;
}

/* --- what cannot be ------------------------------------------------------------------------------- */

struct missing {
    char names[NAMES_BYTES]; /* with commas, as far as they fit */
    unsigned n, n_named;
};

static void
add_missing (struct missing *missing, const char *name)
{
    size_t used = strlen (missing->names), needed = strlen (name) + strlen (", ");

    if (missing->n++ == missing->n_named && used + needed < sizeof missing->names) {
        snprintf (missing->names + used, sizeof missing->names - used, "%s%s", used ? ", " : "",
                  name);
        missing->n_named++;
    }
}

static int
refuse_missing (const struct cpu_policy *policy, const struct missing *missing, char *why,
                size_t why_bytes)
{
    char more[32] = "";

    if (missing->n > missing->n_named)
        snprintf (more, sizeof more, " and %u more", missing->n - missing->n_named);
    if (policy->model.name[0])
        snprintf (why, why_bytes,
                  "this host's processor, or its KVM, lacks what the model %s has: %s%s",
                  policy->model.name, missing->names, more);
    else
        snprintf (why, why_bytes,
                  "this host's processor, or its KVM, lacks what the machine requires: %s%s",
                  missing->names, more);
    return -ENOTSUP;
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

/* Whether all that is wanted is there; sets HYPERV's mask. */
static int
check_features (struct kvm_cpuid2 *leaves, struct kvm_cpuid2 *hyperv_leaves,
                const struct cpu_policy *policy, struct cpuid_hyperv *hyperv, char *why,
                size_t why_bytes)
{
    struct missing missing = { .n = 0 };

    for (unsigned i = 0; i < policy->n_features; i++) {
        const struct vmm_cpu_feature *f = &policy->features[i];
        bool is_there = cpuid_feature_is_there (leaves, f);
        uint32_t bit;

        if (is_of_hyperv (f)) {
            if (!cpuid_hyperv_find (f->name, &bit)) {
                snprintf (why, why_bytes, "there is no processor feature “%s”", f->name);
                return -ENOENT;
            }
            is_there = cpuid_hyperv_is_there (hyperv_leaves, bit);
            hyperv->mask |= is_wanted (policy, f) ? bit : 0;
        }
        if (is_wanted (policy, f) && !is_there)
            add_missing (&missing, f->name);
    }
    return missing.n ? refuse_missing (policy, &missing, why, why_bytes) : 0;
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
    if (policy->model.name[0])
        keep_only_wanted (leaves, policy);
    cpuid_xsave_fit (leaves);
    if (policy->model.name[0])
        cpuid_model_name (leaves, max_leaves, &policy->model);
    return 0;
}
