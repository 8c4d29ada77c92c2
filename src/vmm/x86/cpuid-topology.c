/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cpuid-topology.c - packages, cores and threads as CPUID tells them. */
#include "cpuid-topology.h"

#include <string.h>

#include "bits.h"
#include "cpuid-private.h"

#define ECX81_TOPOEXT  BIT (22)
#define EDX1_HTT       BIT (28)
#define EXTENDED_TOPO  0x8000001eu
#define CACHE_LEVEL(e) ((e)->eax >> 5 & 7)

static unsigned
bits_for (unsigned n)
{
    unsigned bits = 0;

    while ((1u << bits) < n)
        bits++;
    return bits;
}

bool
cpuid_topology_is_valid (const struct cpu_topology *t, unsigned n_vcpus)
{
    uint64_t n;

    if (t->packages == 0 || t->cores == 0 || t->threads == 0 || t->threads > 64 || t->cores > 1024
        || t->packages > 1024)
        return false;
    n = (uint64_t) t->packages * t->cores * t->threads;
    return n >= n_vcpus && is_power_of_two (t->threads)
           && (t->packages == 1 || is_power_of_two (t->cores));
}

struct kvm_cpuid_entry2 *
cpuid_find (struct kvm_cpuid2 *leaves, uint32_t function, uint32_t index)
{
    for (unsigned i = 0; i < leaves->nent; i++) {
        if (leaves->entries[i].function == function && leaves->entries[i].index == index)
            return &leaves->entries[i];
    }
    return NULL;
}

struct kvm_cpuid_entry2 *
cpuid_find_or_add (struct kvm_cpuid2 *leaves, unsigned max_leaves, uint32_t function,
                   uint32_t index, uint32_t flags)
{
    struct kvm_cpuid_entry2 *e = cpuid_find (leaves, function, index);

    if (e || leaves->nent >= max_leaves)
        return e;
    e = &leaves->entries[leaves->nent++];
    *e = (struct kvm_cpuid_entry2){ .function = function, .index = index, .flags = flags };
    return e;
}

/* Leaves Bh and 1Fh: level 0 are threads of a core, level 1 those of a package, level 2 ends it. */
static void
set_levels (struct kvm_cpuid_entry2 *e, const struct cpu_topology *t, unsigned index)
{
    unsigned thread_bits = bits_for (t->threads);
    const struct {
        uint32_t shift, count, kind;
    } levels[] = {
        { thread_bits, t->threads, 1 },
        { thread_bits + bits_for (t->cores), t->threads * t->cores, 2 },
    };

    e->flags |= KVM_CPUID_FLAG_SIGNIFCANT_INDEX;
    e->eax = e->ebx = 0;
    e->ecx = e->index;
    e->edx = index;
    if (e->index >= ARRAY_SIZE (levels))
        return;
    e->eax = levels[e->index].shift;
    e->ebx = levels[e->index].count;
    e->ecx |= levels[e->index].kind << 8;
}

/* The caches of leaves 4 and 8000001Dh: the first two levels are a core's, the rest the package's. */
static void
set_cache (struct kvm_cpuid_entry2 *e, const struct cpu_topology *t)
{
    unsigned thread_bits = bits_for (t->threads), core_bits = bits_for (t->cores);
    unsigned sharing = CACHE_LEVEL (e) >= 3 ? thread_bits + core_bits : thread_bits;

    if (!(e->eax & 0x1f))
        return; /* no cache: the list's end */
    e->eax = (e->eax & 0x3fff) | ((1u << sharing) - 1) << 14;
    if (e->function == 0x4)
        e->eax |= MIN_OF ((1u << core_bits) - 1, 63u) << 26;
}

static void
set_leaf (struct kvm_cpuid_entry2 *e, const struct cpu_topology *t, unsigned index)
{
    unsigned in_package = t->cores * t->threads;
    unsigned package_bits = bits_for (t->threads) + bits_for (t->cores);

    switch (e->function) {
    case 0x1:
        e->ebx = (e->ebx & 0xffff) | MIN_OF (1u << package_bits, 255u) << 16 | (index & 0xff) << 24;
        e->edx = (e->edx & ~EDX1_HTT) | (in_package > 1 ? EDX1_HTT : 0);
        break;
    case 0x4:
    case 0x8000001d:
        set_cache (e, t);
        break;
    case 0xb:
    case 0x1f:
        set_levels (e, t, index);
        break;
    case 0x80000001:
        e->ecx &= ~ECX81_TOPOEXT;
        break;
    case 0x80000008:
        e->ecx = MIN_OF (in_package - 1, 255u) | package_bits << 12;
        break;
    default:
        break;
    }
}

bool
cpuid_is_amd (struct kvm_cpuid2 *leaves)
{
    const struct kvm_cpuid_entry2 *e = cpuid_find (leaves, 0, 0);

    return e
           && ((e->ebx == 0x68747541 && e->edx == 0x69746e65)      /* AuthenticAMD */
               || (e->ebx == 0x6f677948 && e->edx == 0x6e65476e)); /* HygonGenuine */
}

/* AMD has no other word for threads than this leaf, and a guest believes it only with its flag. */
static void
set_extended_topology (struct kvm_cpuid2 *leaves, unsigned max_leaves, const struct cpu_topology *t,
                       unsigned index)
{
    struct kvm_cpuid_entry2 *features = cpuid_find (leaves, 0x80000001, 0);
    struct kvm_cpuid_entry2 *highest = cpuid_find (leaves, 0x80000000, 0);
    unsigned package_bits = bits_for (t->threads) + bits_for (t->cores);
    struct kvm_cpuid_entry2 *e;

    if (!cpuid_is_amd (leaves) || t->threads == 1 || !features || !highest)
        return;
    e = cpuid_find_or_add (leaves, max_leaves, EXTENDED_TOPO, 0, 0);
    if (!e)
        return;
    features->ecx |= ECX81_TOPOEXT;
    highest->eax = MAX_OF (highest->eax, EXTENDED_TOPO);
    e->eax = index;
    e->ebx = (t->threads - 1) << 8
             | (index >> bits_for (t->threads) & ((1u << bits_for (t->cores)) - 1));
    e->ecx = index >> package_bits & 0xff; /* one node a package */
    e->edx = 0;
}

void
cpuid_topology_apply (struct kvm_cpuid2 *leaves, unsigned max_leaves, const struct cpu_topology *t,
                      unsigned index)
{
    const struct kvm_cpuid_entry2 *first = cpuid_find (leaves, 0, 0);

    /* KVM lists just the levels of Bh that the host has: all three of ours must be there. */
    for (uint32_t i = 0; first && first->eax >= 0xb && i < 3; i++)
        cpuid_find_or_add (leaves, max_leaves, 0xb, i, KVM_CPUID_FLAG_SIGNIFCANT_INDEX);
    for (unsigned i = 0; i < leaves->nent; i++)
        set_leaf (&leaves->entries[i], t, index);
    set_extended_topology (leaves, max_leaves, t, index);
}
