/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cpuid-features.c - features of a processor, each some bits of a leaf of CPUID. */
#include "cpuid-features.h"

#include "cpuid-private.h"

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

bool
cpuid_feature_overlaps (const struct vmm_cpu_feature *a, const struct vmm_cpu_feature *b)
{
    return a->function == b->function && a->index == b->index
           && ((a->eax & b->eax) | (a->ebx & b->ebx) | (a->ecx & b->ecx) | (a->edx & b->edx));
}
