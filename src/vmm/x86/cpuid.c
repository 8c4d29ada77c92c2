/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cpuid.c - what the guest's processors say they are: all that KVM can show, with what the definition
 * says of it (cpuid-policy.c), and the topology (cpuid-topology.c) of each.
 */
#include "cpuid.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

#include "bits.h"
#include "cpuid-private.h"

#define MAX_ENTRIES 256

#define ECX1_MONITOR      BIT (3)
#define ECX1_X2APIC       BIT (21)
#define ECX1_TSC_DEADLINE BIT (24)
#define ECX1_HYPERVISOR   BIT (31)

struct cpuid {
    unsigned n_vcpus;
    struct cpu_topology topology;
    struct kvm_cpuid2 *leaves;
    struct kvm_cpuid2 *hyperv_leaves; /* what KVM has of them; none where it does not say */
    struct cpuid_hyperv hyperv;
};

static struct kvm_cpuid2 *
new_leaves (void)
{
    struct kvm_cpuid2 *leaves =
        calloc (1, sizeof *leaves + MAX_ENTRIES * sizeof leaves->entries[0]);

    if (leaves)
        leaves->nent = MAX_ENTRIES;
    return leaves;
}

static struct kvm_cpuid2 *
ask_for_hyperv (struct kvm *kvm)
{
    struct kvm_cpuid2 *leaves = new_leaves ();

    if (leaves
        && (ioctl (kvm->dev_fd, KVM_CHECK_EXTENSION, KVM_CAP_SYS_HYPERV_CPUID) <= 0
            || ioctl (kvm->dev_fd, KVM_GET_SUPPORTED_HV_CPUID, leaves) < 0))
        leaves->nent = 0;
    return leaves;
}

/* What this machine adds to KVM's list, or does not virtualise. */
static void
adjust (struct kvm_cpuid2 *leaves, bool has_tsc_deadline)
{
    for (unsigned i = 0; i < leaves->nent; i++) {
        struct kvm_cpuid_entry2 *e = &leaves->entries[i];

        if (e->function == 0x1) {
            e->ecx &= ~ECX1_MONITOR;
            e->ecx |= ECX1_HYPERVISOR | ECX1_X2APIC | (has_tsc_deadline ? ECX1_TSC_DEADLINE : 0);
        } else if (e->function == 0xa) { /* no performance counters */
            e->eax = e->ebx = e->ecx = e->edx = 0;
        }
    }
}

int
cpuid_create (struct kvm *kvm, unsigned n_vcpus, struct cpuid **out, const char **why)
{
    struct cpuid *cpuid = calloc (1, sizeof *cpuid);
    struct kvm_cpuid2 *leaves = new_leaves (), *hyperv_leaves = ask_for_hyperv (kvm);
    int ret = -ENOMEM;

    *why = "there is no memory for the processors' description";
    if (!cpuid || !leaves || !hyperv_leaves)
        goto fail;
    if (ioctl (kvm->dev_fd, KVM_GET_SUPPORTED_CPUID, leaves) < 0) {
        ret = -errno;
        *why = "KVM does not say what processors it can show";
        goto fail;
    }
    cpuid->n_vcpus = n_vcpus;
    cpuid->topology = (struct cpu_topology){ .packages = 1, .cores = n_vcpus, .threads = 1 };
    cpuid->leaves = leaves;
    cpuid->hyperv_leaves = hyperv_leaves;
    adjust (leaves, ioctl (kvm->vm_fd, KVM_CHECK_EXTENSION, KVM_CAP_TSC_DEADLINE_TIMER) > 0);
    *out = cpuid;
    return 0;

fail:
    free (leaves);
    free (hyperv_leaves);
    free (cpuid);
    return ret;
}

void
cpuid_destroy (struct cpuid *cpuid)
{
    if (!cpuid)
        return;
    free (cpuid->leaves);
    free (cpuid->hyperv_leaves);
    free (cpuid);
}

int
cpuid_set_policy (struct cpuid *cpuid, const struct cpu_policy *policy, char *why, size_t why_bytes)
{
    if (policy->topology.packages
        && !cpuid_topology_is_valid (&policy->topology, cpuid->n_vcpus)) {
        snprintf (why, why_bytes,
                  "the processors' topology cannot be: threads, and cores of several sockets, must "
                  "be powers of two");
        return -EINVAL;
    }
    if (policy->topology.packages)
        cpuid->topology = policy->topology;
    return cpuid_policy_apply (cpuid->leaves, MAX_ENTRIES, cpuid->hyperv_leaves, policy,
                               &cpuid->hyperv, why, why_bytes);
}

int
cpuid_apply (const struct cpuid *cpuid, int vcpu_fd, unsigned index)
{
    size_t bytes = sizeof *cpuid->leaves + MAX_ENTRIES * sizeof cpuid->leaves->entries[0];
    /* The first kind of it, whose pages KVM clears as the guest switches them on. */
    struct kvm_enable_cap synic = { .cap = KVM_CAP_HYPERV_SYNIC };
    struct kvm_cpuid2 *leaves = malloc (bytes);
    int ret;

    if (!leaves)
        return -ENOMEM;
    memcpy (leaves, cpuid->leaves, bytes);
    cpuid_topology_apply (leaves, MAX_ENTRIES, &cpuid->topology, index);
    cpuid_hyperv_apply (leaves, MAX_ENTRIES, &cpuid->hyperv, cpuid->n_vcpus);
    ret = ioctl (vcpu_fd, KVM_SET_CPUID2, leaves) < 0 ? -errno : 0;
    free (leaves);
    if (ret == 0 && cpuid_hyperv_has_synic (&cpuid->hyperv))
        ret = ioctl (vcpu_fd, KVM_ENABLE_CAP, &synic) < 0 ? -errno : 0;
    return ret;
}

unsigned
cpuid_get_physical_bits (const struct cpuid *cpuid)
{
    const struct kvm_cpuid_entry2 *e = cpuid_find (cpuid->leaves, 0x80000008, 0);
    unsigned bits = e ? e->eax & 0xff : 36;

    return bits < 32 || bits > 52 ? 36 : bits;
}
