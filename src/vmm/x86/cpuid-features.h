/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cpuid-features.h - features of a processor, each some bits of a leaf of CPUID. */
#pragma once

#include <stdbool.h>

#include "vmm-protocol.h"

struct kvm_cpuid2;

/* Whether LEAVES have all bits of FEATURE; any of them. */
bool cpuid_feature_is_there (struct kvm_cpuid2 *leaves, const struct vmm_cpu_feature *feature);
bool cpuid_feature_is_partly_there (struct kvm_cpuid2 *leaves,
                                    const struct vmm_cpu_feature *feature);

/* Takes the bits of FEATURE out of LEAVES. */
void cpuid_feature_remove (struct kvm_cpuid2 *leaves, const struct vmm_cpu_feature *feature);

/* Puts the bits of FEATURE into LEAVES, which have room for MAX_LEAVES and then reach as far as its leaf. */
void cpuid_feature_add (struct kvm_cpuid2 *leaves, unsigned max_leaves,
                        const struct vmm_cpu_feature *feature);

/* Whether A and B have bits in common. */
bool cpuid_feature_overlaps (const struct vmm_cpu_feature *a, const struct vmm_cpu_feature *b);
