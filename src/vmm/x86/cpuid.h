/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cpuid.h - what the guest's processors say they are: the host's own, less what this machine does not
 * virtualise. */
#pragma once

#include <stddef.h>

#include "cpuid-policy.h"

struct cpuid;
struct kvm;

/* Asks KVM once for all it can show.  Returns 0, or -errno and *WHY, a static sentence. */
int cpuid_create (struct kvm *kvm, unsigned n_vcpus, struct cpuid **out, const char **why);
void cpuid_destroy (struct cpuid *cpuid);

/* Once, before any vCPU gets its leaves.  Virtualisation within is not shown unless it is required.  Returns
 * 0, or -errno and WHY, a sentence in its WHY_BYTES. */
int cpuid_set_policy (struct cpuid *cpuid, const struct cpu_policy *policy, char *why,
                      size_t why_bytes);

/* Gives vCPU INDEX, whose KVM descriptor is VCPU_FD, its leaves.  Returns 0 or -errno. */
int cpuid_apply (const struct cpuid *cpuid, int vcpu_fd, unsigned index);

/* Width of guest-physical addresses as leaf 80000008h tells it, in bits; 36 when the leaf is missing. */
unsigned cpuid_get_physical_bits (const struct cpuid *cpuid);
