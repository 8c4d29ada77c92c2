/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cpuid-model.h - the host's processor shown as another, lesser one: just its features, its name. */
#pragma once

#include <stdint.h>

#include "vmm-protocol.h"

struct kvm_cpuid2;

struct cpu_model {
    const char *name;   /* what the guest is told as the processor's name; at most 47 bytes of it */
    const char *vendor; /* 12 bytes; empty: the host's */
    uint32_t signature; /* as leaf 1 EAX; 0: the host's */
};

/* Takes all that is a feature, known or not, out of LEAVES, but for the N FEATURES.  What is not a feature
 * stays as it is: caches, topology, frequencies, widths of addresses, the hypervisor's own leaves. */
void cpuid_model_keep_only (struct kvm_cpuid2 *leaves,
                            const struct vmm_cpu_feature *const *features, unsigned n);

/* Makes LEAVES, which has room for MAX_LEAVES, say that they are MODEL's, and end where they do. */
void cpuid_model_name (struct kvm_cpuid2 *leaves, unsigned max_leaves,
                       const struct cpu_model *model);
