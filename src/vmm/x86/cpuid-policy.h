/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cpuid-policy.h - what the definition says of the processors, applied to what KVM can show. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "cpuid-hyperv.h"
#include "cpuid-model.h"
#include "cpuid-topology.h"
#include "vmm-protocol.h"

struct cpu_policy {
    struct cpu_topology topology; /* no packages: as it is without a policy */
    struct cpu_model model;       /* its name empty: the host's processor */
    const char *host_vendor;      /* what the host's must be, 12 bytes; empty: any */
    unsigned n_features;
    const struct vmm_cpu_feature
        *features;             /* at most VMM_MAX_FEATURES; with a model, all it shows */
    uint32_t spinlock_retries; /* with "hv-spinlocks" */
};

/* Makes LEAVES, all that KVM can show, with room for MAX_LEAVES, what POLICY says, topology aside.  What of
 * Hyper-V is to be offered goes to *HYPERV, where HYPERV_LEAVES, KVM's, have it.  Returns 0, or -errno and WHY,
 * a sentence in its WHY_BYTES. */
int cpuid_policy_apply (struct kvm_cpuid2 *leaves, unsigned max_leaves,
                        struct kvm_cpuid2 *hyperv_leaves, const struct cpu_policy *policy,
                        struct cpuid_hyperv *hyperv, char *why, size_t why_bytes);
