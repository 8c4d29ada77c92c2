/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cpuid-xsave.c - leaf Dh: the state that XSAVE keeps. */
#include "cpuid-xsave.h"

#include <stdbool.h>
#include <stdint.h>

#include "bits.h"
#include "cpuid-features.h"
#include "cpuid-private.h"

#define LEGACY_BYTES 576                 /* x87, SSE and the header */
#define COMPACT      (BIT (1) | BIT (3)) /* Dh.1 EAX: XSAVEC, XSAVES */
#define SUPERVISOR   BIT (3)             /* XSAVES */

/* Parts of the state that are there for a feature (Intel SDM vol. 1 section 13.1); one of its bits is enough. */
static const struct component {
    uint64_t bits; /* in XCR0 or IA32_XSS */
    struct vmm_cpu_feature feature;
} components[] = {
    { BIT_ULL (2), { .function = 0x1, .ecx = BIT (28) } },                             /* AVX */
    { BIT_ULL (3) | BIT_ULL (4), { .function = 0x7, .ebx = BIT (14) } },               /* MPX */
    { BIT_ULL (5) | BIT_ULL (6) | BIT_ULL (7), { .function = 0x7, .ebx = BIT (16) } }, /* AVX-512 */
    { BIT_ULL (8), { .function = 0x7, .ebx = BIT (25) } },                             /* trace */
    { BIT_ULL (9), { .function = 0x7, .ecx = BIT (3) } },                              /* PKU */
    { BIT_ULL (10), { .function = 0x7, .ecx = BIT (29) } },                            /* PASID */
    { BIT_ULL (11) | BIT_ULL (12), { .function = 0x7, .ecx = BIT (7), .edx = BIT (20) } }, /* CET */
    { BIT_ULL (15), { .function = 0x7, .edx = BIT (19) } },                                /* LBR */
    { BIT_ULL (17) | BIT_ULL (18), { .function = 0x7, .edx = BIT (24) } },                 /* AMX */
    { BIT_ULL (19), { .function = 0x7, .index = 1, .edx = BIT (21) } },                    /* APX */
};

/* Those of the components in STATE that LEAVES have the feature for. */
static uint64_t
with_features (struct kvm_cpuid2 *leaves, uint64_t state)
{
    for (unsigned i = 0; i < ARRAY_SIZE (components); i++) {
        if (!cpuid_feature_is_partly_there (leaves, &components[i].feature))
            state &= ~components[i].bits;
    }
    return state;
}

/* Subleaf 1: how it is saved, and what the supervisor's part is.  Returns the latter. */
static uint64_t
fit_supervisor (struct kvm_cpuid2 *leaves)
{
    struct kvm_cpuid_entry2 *e = cpuid_find (leaves, 0xd, 1);
    uint64_t state;

    if (!e)
        return 0;
    state = e->eax & SUPERVISOR ? with_features (leaves, (uint64_t) e->edx << 32 | e->ecx) : 0;
    if (!(e->eax & COMPACT))
        e->ebx = 0; /* else KVM tells the size of what is in use */
    e->ecx = (uint32_t) state;
    e->edx = (uint32_t) (state >> 32);
    return state;
}

void
cpuid_xsave_fit (struct kvm_cpuid2 *leaves)
{
    static const struct vmm_cpu_feature xsave = { .function = 0x1, .ecx = BIT (26) };
    struct kvm_cpuid_entry2 *first = cpuid_find (leaves, 0xd, 0);
    bool is_there = first && cpuid_feature_is_there (leaves, &xsave);
    uint64_t user = is_there ? with_features (leaves, (uint64_t) first->edx << 32 | first->eax) : 0;
    uint64_t all = is_there ? user | fit_supervisor (leaves) : 0;
    uint32_t size = LEGACY_BYTES;
    unsigned kept = 0;

    for (unsigned i = 0; i < leaves->nent; i++) {
        struct kvm_cpuid_entry2 *e = &leaves->entries[i];

        if (e->function == 0xd
            && (!is_there || e->index >= 64 || (e->index >= 2 && !(all & BIT_ULL (e->index)))))
            continue;
        if (e->function == 0xd && e->index >= 2 && user & BIT_ULL (e->index))
            size = MAX_OF (size, e->ebx + e->eax);
        leaves->entries[kept++] = *e;
    }
    leaves->nent = kept;
    first = cpuid_find (leaves, 0xd, 0);
    if (!first)
        return;
    first->eax = (uint32_t) user;
    first->edx = (uint32_t) (user >> 32);
    first->ebx = first->ecx = size;
}
