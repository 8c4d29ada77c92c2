/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cpuid-features.c - features of a processor, each some bits of a leaf of CPUID. */
#include "cpuid-features.h"

#include "bits.h"
#include "cpuid-private.h"

#define RANGE 0xffff0000u /* of a leaf's number: which leaf tells the highest of its kind */

bool
cpuid_feature_is_there (struct kvm_cpuid2 *leaves, const struct vmm_cpu_feature *f)
{
    const struct kvm_cpuid_entry2 *e = cpuid_find (leaves, f->function, f->index);

    return e && !(f->eax & ~e->eax) && !(f->ebx & ~e->ebx) && !(f->ecx & ~e->ecx)
           && !(f->edx & ~e->edx);
}

bool
cpuid_feature_is_partly_there (struct kvm_cpuid2 *leaves, const struct vmm_cpu_feature *f)
{
    const struct kvm_cpuid_entry2 *e = cpuid_find (leaves, f->function, f->index);

    return e && ((f->eax & e->eax) | (f->ebx & e->ebx) | (f->ecx & e->ecx) | (f->edx & e->edx));
}

void
cpuid_feature_remove (struct kvm_cpuid2 *leaves, const struct vmm_cpu_feature *f)
{
    struct kvm_cpuid_entry2 *e = cpuid_find (leaves, f->function, f->index);

    if (!e)
        return;
    e->eax &= ~f->eax;
    e->ebx &= ~f->ebx;
    e->ecx &= ~f->ecx;
    e->edx &= ~f->edx;
}

static void
raise_highest (struct kvm_cpuid2 *leaves, uint32_t function, uint32_t last)
{
    struct kvm_cpuid_entry2 *e = cpuid_find (leaves, function, 0);

    if (e)
        e->eax = MAX_OF (e->eax, last);
}

void
cpuid_feature_add (struct kvm_cpuid2 *leaves, unsigned max_leaves, const struct vmm_cpu_feature *f)
{
    bool has_subleaves = f->function == 0x7 || f->function == 0xd || f->index;
    struct kvm_cpuid_entry2 *e =
        cpuid_find_or_add (leaves, max_leaves, f->function, f->index,
                           has_subleaves ? KVM_CPUID_FLAG_SIGNIFCANT_INDEX : 0);

    if (!e)
        return;
    e->eax |= f->eax;
    e->ebx |= f->ebx;
    e->ecx |= f->ecx;
    e->edx |= f->edx;
    raise_highest (leaves, f->function & RANGE, f->function);
    if (f->function == 0x7)
        raise_highest (leaves, 0x7, f->index);
}

bool
cpuid_feature_overlaps (const struct vmm_cpu_feature *a, const struct vmm_cpu_feature *b)
{
    return a->function == b->function && a->index == b->index
           && ((a->eax & b->eax) | (a->ebx & b->ebx) | (a->ecx & b->ecx) | (a->edx & b->edx));
}
