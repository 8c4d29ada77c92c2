/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cpuid-topology.h - packages, cores and threads as CPUID tells them.
 *
 * APIC ids run from 0 on without gaps, threads of a core first, then cores of a package: so the
 * number of threads, and with more than one package that of cores, must be a power of two.
 */
#pragma once

#include <stdbool.h>

struct kvm_cpuid2;

struct cpu_topology {
    unsigned packages, cores, threads; /* of each; none is 0 */
};

/* Whether such a topology can be told, and has room for N_VCPUS. */
bool cpuid_topology_is_valid (const struct cpu_topology *topology, unsigned n_vcpus);

/* Makes LEAVES, which has room for MAX_LEAVES, those of vCPU INDEX in TOPOLOGY, in every way a guest may
 * ask (Intel SDM vol. 2A "CPUID", AMD APM vol. 3 appendix E). */
void cpuid_topology_apply (struct kvm_cpuid2 *leaves, unsigned max_leaves,
                           const struct cpu_topology *topology, unsigned index);
