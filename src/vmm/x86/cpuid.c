/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cpuid.c - what the guest's processors say they are.
 *
 * One package of N cores with one thread each; APIC ids are 0 to N-1.  The layout is told in every way
 * a guest may ask: leaf 1 and leaf Bh everywhere, leaf 4 on Intel, 80000008h and 8000001Eh on AMD
 * (Intel SDM vol. 2A "CPUID", AMD APM vol. 3 appendix E).
 */
#include "cpuid.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

#include "bits.h"
#include "kvm-private.h"

#define MAX_ENTRIES 256

#define ECX1_MONITOR      BIT (3)
#define ECX1_VMX          BIT (5)
#define ECX1_X2APIC       BIT (21)
#define ECX1_TSC_DEADLINE BIT (24)
#define ECX1_HYPERVISOR   BIT (31)
#define EDX1_HTT          BIT (28)
#define ECX81_SVM         BIT (2)
#define ECX81_TOPOEXT     BIT (22)

struct cpuid {
    unsigned n_vcpus;
    bool has_tsc_deadline;
    struct kvm_cpuid2 *leaves;
};

int
cpuid_create (struct kvm *kvm, unsigned n_vcpus, struct cpuid **out, const char **why)
{
    struct cpuid *cpuid = calloc (1, sizeof *cpuid);
    struct kvm_cpuid2 *leaves
        = calloc (1, sizeof *leaves + MAX_ENTRIES * sizeof leaves->entries[0]);
    int ret = -ENOMEM;

    *why = "there is no memory for the processors' description";
    if (!cpuid || !leaves)
        goto fail;
    leaves->nent = MAX_ENTRIES;
    if (ioctl (kvm->dev_fd, KVM_GET_SUPPORTED_CPUID, leaves) < 0) {
        ret = -errno;
        *why = "KVM does not say what processors it can show";
        goto fail;
    }
    cpuid->n_vcpus = n_vcpus;
    cpuid->leaves = leaves;
    cpuid->has_tsc_deadline
        = ioctl (kvm->vm_fd, KVM_CHECK_EXTENSION, KVM_CAP_TSC_DEADLINE_TIMER) > 0;
    *out = cpuid;
    return 0;

fail:
    free (leaves);
    free (cpuid);
    return ret;
}

void
cpuid_destroy (struct cpuid *cpuid)
{
    if (!cpuid)
        return;
    free (cpuid->leaves);
    free (cpuid);
}

static unsigned
bits_for (unsigned n)
{
    unsigned bits = 0;

    while ((1u << bits) < n)
        bits++;
    return bits;
}

/* Leaf Bh (and 1Fh): level 0 are threads of a core, level 1 cores of the package, level 2 ends it. */
static void
set_topology (struct kvm_cpuid_entry2 *e, unsigned n_vcpus, unsigned index)
{
    e->eax = e->index == 1 ? bits_for (n_vcpus) : 0;
    e->ebx = e->index == 0 ? 1 : e->index == 1 ? n_vcpus : 0;
    e->ecx = e->index | (e->index < 2 ? (e->index + 1) << 8 : 0);
    e->edx = index;
}

static void
set_leaf_1 (const struct cpuid *cpuid, struct kvm_cpuid_entry2 *e, unsigned index)
{
    unsigned count = 1u << bits_for (cpuid->n_vcpus);

    e->ebx = (e->ebx & 0xffff) | MIN_OF (count, 255u) << 16 | (index & 0xff) << 24;
    e->ecx &= ~(ECX1_MONITOR | ECX1_VMX);
    e->ecx |= ECX1_HYPERVISOR | ECX1_X2APIC;
    if (cpuid->has_tsc_deadline)
        e->ecx |= ECX1_TSC_DEADLINE;
    e->edx &= ~EDX1_HTT;
    if (cpuid->n_vcpus > 1)
        e->edx |= EDX1_HTT;
}

static void
adjust (const struct cpuid *cpuid, struct kvm_cpuid_entry2 *e, unsigned index)
{
    unsigned core_bits = bits_for (cpuid->n_vcpus);

    switch (e->function) {
    case 0x1:
        set_leaf_1 (cpuid, e, index);
        break;
    case 0x4: /* cores in the package, and caches that all of them, or one, share */
        if (e->eax & 0x1f) {
            unsigned level = e->eax >> 5 & 7;
            unsigned sharing = level >= 3 ? (1u << core_bits) - 1 : 0;

            e->eax = (e->eax & 0x3fff) | sharing << 14 | ((1u << core_bits) - 1) << 26;
        }
        break;
    case 0xa: /* no performance counters */
        e->eax = e->ebx = e->ecx = e->edx = 0;
        break;
    case 0xb:
    case 0x1f:
        set_topology (e, cpuid->n_vcpus, index);
        break;
    case 0x80000001:
        e->ecx &= ~(ECX81_SVM | ECX81_TOPOEXT);
        break;
    case 0x80000008:
        e->ecx = (cpuid->n_vcpus - 1) | core_bits << 12;
        break;
    default:
        break;
    }
}

static struct kvm_cpuid_entry2 *
find (struct kvm_cpuid2 *leaves, uint32_t function, uint32_t index)
{
    for (unsigned i = 0; i < leaves->nent; i++) {
        if (leaves->entries[i].function == function && leaves->entries[i].index == index)
            return &leaves->entries[i];
    }
    return NULL;
}

/* KVM lists just the levels of Bh that the host has: all three of ours must be there. */
static void
complete_topology (struct kvm_cpuid2 *leaves)
{
    struct kvm_cpuid_entry2 *first = find (leaves, 0, 0);

    if (!first || first->eax < 0xb)
        return;
    for (uint32_t i = 0; i < 3; i++) {
        if (find (leaves, 0xb, i) || leaves->nent == MAX_ENTRIES)
            continue;
        leaves->entries[leaves->nent++] = (struct kvm_cpuid_entry2){
            .function = 0xb,
            .index = i,
            .flags = KVM_CPUID_FLAG_SIGNIFCANT_INDEX,
        };
    }
}

int
cpuid_apply (const struct cpuid *cpuid, int vcpu_fd, unsigned index)
{
    size_t bytes = sizeof *cpuid->leaves + MAX_ENTRIES * sizeof cpuid->leaves->entries[0];
    struct kvm_cpuid2 *leaves = malloc (bytes);
    int ret;

    if (!leaves)
        return -ENOMEM;
    memcpy (leaves, cpuid->leaves, bytes);
    complete_topology (leaves);
    for (unsigned i = 0; i < leaves->nent; i++) {
        if (leaves->entries[i].function == 0xb)
            leaves->entries[i].flags |= KVM_CPUID_FLAG_SIGNIFCANT_INDEX;
        adjust (cpuid, &leaves->entries[i], index);
    }
    ret = ioctl (vcpu_fd, KVM_SET_CPUID2, leaves) < 0 ? -errno : 0;
    free (leaves);
    return ret;
}

unsigned
cpuid_get_physical_bits (const struct cpuid *cpuid)
{
    const struct kvm_cpuid_entry2 *e = find (cpuid->leaves, 0x80000008, 0);
    unsigned bits = e ? e->eax & 0xff : 36;

    return bits < 32 || bits > 52 ? 36 : bits;
}
