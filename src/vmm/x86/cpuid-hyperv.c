/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cpuid-hyperv.c - what a guest made for Hyper-V is offered: leaves 40000000h to 40000005h.
 *
 * Hypervisor Top Level Functional Specification, "Feature and Interface Discovery".  KVM does the work; the
 * leaves tell the guest of it.  A guest takes the first hypervisor that it knows, from 40000000h on in steps
 * of 100h, so KVM's own leaves move up and Linux still finds them.
 */
#include "cpuid-hyperv.h"

#include <string.h>

#include "bits.h"

#define HYPERV_LEAVES       0x40000000u
#define HYPERV_MAX_LEAF     0x40000005u
#define KVM_LEAVES_MOVED    0x40000100u
#define PRIVILEGE_HYPERCALL BIT (5)
#define NEVER_TELL_OF_SPINS 0xffffffffu
#define SYNIC               "hv-synic"

/* Names as libvirt's elements of <hyperv>, after "hv-". */
static const struct enlightenment {
    const char *name;
    uint32_t privileges; /* 40000003h EAX */
    uint32_t features;   /* 40000003h EDX */
    uint32_t hints;      /* 40000004h EAX */
} enlightenments[] = {
    { "hv-frequencies", BIT (11), BIT (8), 0 },
    { "hv-ipi", 0, 0, BIT (10) | BIT (11) },
    { "hv-relaxed", 0, 0, BIT (5) },
    { "hv-reset", BIT (7), 0, 0 },
    { "hv-runtime", BIT (0), 0, 0 },
    { "hv-spinlocks", 0, 0, 0 }, /* 40000004h EBX */
    { "hv-stimer", BIT (3), 0, 0 },
    { "hv-stimer-direct", BIT (3), BIT (19), 0 },
    { SYNIC, BIT (2), 0, 0 },
    { "hv-time", BIT (1) | BIT (9), 0, 0 },
    { "hv-tlbflush", 0, 0, BIT (2) | BIT (11) },
    { "hv-vapic", BIT (4), 0, BIT (3) },
    { "hv-vpindex", BIT (6), 0, 0 },
};

_Static_assert(ARRAY_SIZE (enlightenments) <= 32, "a bit each");

bool
cpuid_hyperv_find (const char *name, uint32_t *bit)
{
    for (unsigned i = 0; i < ARRAY_SIZE (enlightenments); i++) {
        if (strcmp (enlightenments[i].name, name) == 0) {
            *bit = BIT (i);
            return true;
        }
    }
    return false;
}

/* All that the enlightenments MASK need. */
static struct enlightenment
sum_up (uint32_t mask)
{
    struct enlightenment sum = { .privileges = PRIVILEGE_HYPERCALL };

    for (unsigned i = 0; i < ARRAY_SIZE (enlightenments); i++) {
        if (mask & BIT (i)) {
            sum.privileges |= enlightenments[i].privileges;
            sum.features |= enlightenments[i].features;
            sum.hints |= enlightenments[i].hints;
        }
    }
    return sum;
}

bool
cpuid_hyperv_is_there (struct kvm_cpuid2 *supported, uint32_t mask)
{
    const struct kvm_cpuid_entry2 *leaf = cpuid_find (supported, HYPERV_LEAVES + 3, 0);
    const struct kvm_cpuid_entry2 *advice = cpuid_find (supported, HYPERV_LEAVES + 4, 0);
    struct enlightenment sum = sum_up (mask);

    return leaf && advice && (sum.privileges & ~leaf->eax) == 0 && (sum.features & ~leaf->edx) == 0
           && (sum.hints & ~advice->eax) == 0;
}

bool
cpuid_hyperv_has_synic (const struct cpuid_hyperv *hyperv)
{
    uint32_t bit;

    return cpuid_hyperv_find (SYNIC, &bit) && (hyperv->mask & bit);
}

/* KVM's signature tells which of its leaves is the last. */
static void
move_kvm_leaves (struct kvm_cpuid2 *leaves)
{
    for (unsigned i = 0; i < leaves->nent; i++) {
        struct kvm_cpuid_entry2 *e = &leaves->entries[i];

        if (e->function < HYPERV_LEAVES || e->function >= KVM_LEAVES_MOVED)
            continue;
        if (e->function == HYPERV_LEAVES)
            e->eax += KVM_LEAVES_MOVED - HYPERV_LEAVES;
        e->function += KVM_LEAVES_MOVED - HYPERV_LEAVES;
    }
}

void
cpuid_hyperv_apply (struct kvm_cpuid2 *leaves, unsigned capacity, const struct cpuid_hyperv *hyperv,
                    unsigned n_vcpus)
{
    struct enlightenment sum = sum_up (hyperv->mask);
    const struct kvm_cpuid_entry2 rows[] = {
        { HYPERV_LEAVES, .eax = HYPERV_MAX_LEAF, .ebx = 0x7263694d, .ecx = 0x666f736f,
          .edx = 0x76482074 },
        { HYPERV_LEAVES + 1, .eax = 0x31237648 },             /* "Hv#1" */
        { HYPERV_LEAVES + 2, .eax = 14393, .ebx = 10 << 16 }, /* a version that all guests know */
        { HYPERV_LEAVES + 3, .eax = sum.privileges, .edx = sum.features },
        { HYPERV_LEAVES + 4, .eax = sum.hints,
          .ebx = hyperv->spinlock_retries ? hyperv->spinlock_retries : NEVER_TELL_OF_SPINS },
        { HYPERV_LEAVES + 5, .eax = n_vcpus, .ebx = n_vcpus },
    };

    if (hyperv->mask == 0 || leaves->nent + ARRAY_SIZE (rows) > capacity)
        return;
    move_kvm_leaves (leaves);
    memcpy (leaves->entries + leaves->nent, rows, sizeof rows);
    leaves->nent += ARRAY_SIZE (rows);
}
