/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cpuid-private.h - what the files about CPUID share. */
#pragma once

#include <stdint.h>

#include "kvm-private.h"

/* The leaf FUNCTION, subleaf INDEX, or NULL. */
struct kvm_cpuid_entry2 *cpuid_find (struct kvm_cpuid2 *leaves, uint32_t function, uint32_t index);

/* The same; added when there is none and LEAVES have room for one more, of MAX_LEAVES. */
struct kvm_cpuid_entry2 *cpuid_find_or_add (struct kvm_cpuid2 *leaves, unsigned max_leaves,
                                            uint32_t function, uint32_t index, uint32_t flags);

/* Whether the vendor is one whose processors are AMD's. */
bool cpuid_is_amd (struct kvm_cpuid2 *leaves);
