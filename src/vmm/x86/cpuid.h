/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cpuid.h - what the guest's processors say they are: the host's own, less what this machine does not
 * virtualise. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "cpuid-topology.h"

struct cpuid;
struct kvm;

/* Asks KVM once for all it can show.  Returns 0, or -errno and *WHY, a static sentence. */
int cpuid_create (struct kvm *kvm, unsigned n_vcpus, struct cpuid **out, const char **why);
void cpuid_destroy (struct cpuid *cpuid);

/* A feature by libvirt's name: it must be there, or must not be shown. */
struct cpu_feature {
    char name[24];
    bool required;
};

struct cpu_policy {
    struct cpu_topology topology; /* no packages: as it is without a policy */
    unsigned n_features;
    const struct cpu_feature *features; /* and Hyper-V's, "hv-…": to be there */
    uint32_t spinlock_retries;          /* with "hv-spinlocks" */
};

/* Before any vCPU gets its leaves.  Without it: one package of all vCPUs, and no virtualisation within.
 * Returns 0, or -errno and *WHY, a static sentence. */
int cpuid_set_policy (struct cpuid *cpuid, const struct cpu_policy *policy, const char **why);

/* Gives vCPU INDEX, whose KVM descriptor is VCPU_FD, its leaves.  Returns 0 or -errno. */
int cpuid_apply (const struct cpuid *cpuid, int vcpu_fd, unsigned index);

/* Width of guest-physical addresses as leaf 80000008h tells it, in bits; 36 when the leaf is missing. */
unsigned cpuid_get_physical_bits (const struct cpuid *cpuid);
