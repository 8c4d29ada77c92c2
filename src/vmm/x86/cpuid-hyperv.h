/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cpuid-hyperv.h - what a guest made for Hyper-V is offered. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "cpuid-private.h"

struct cpuid_hyperv {
    uint32_t mask;             /* of bits cpuid_hyperv_find() told; 0: the guest sees KVM only */
    uint32_t spinlock_retries; /* before the guest tells of a spin; 0: it never does */
};

/* The bit of the enlightenment NAME; false when there is none of that name. */
bool cpuid_hyperv_find (const char *name, uint32_t *bit);

/* Whether KVM, which said that it has SUPPORTED (KVM_GET_SUPPORTED_HV_CPUID), has all of MASK. */
bool cpuid_hyperv_is_there (struct kvm_cpuid2 *supported, uint32_t mask);

/* Whether KVM has to be told of the synthetic interrupt controller for each vCPU. */
bool cpuid_hyperv_has_synic (const struct cpuid_hyperv *hyperv);

/* Adds the leaves to LEAVES, which has room for CAPACITY, for a machine of at most N_VCPUS processors. */
void cpuid_hyperv_apply (struct kvm_cpuid2 *leaves, unsigned capacity,
                         const struct cpuid_hyperv *hyperv, unsigned n_vcpus);
