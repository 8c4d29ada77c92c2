/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cpuid-features.c - features of a processor by libvirt's names for them. */
#include <string.h>

#include "bits.h"
#include "cpuid-private.h"
#include "cpuid-topology.h"

enum reg { EAX, EBX, ECX, EDX };

/* Where each is told (Intel SDM vol. 2A "CPUID", AMD APM vol. 3 appendix E). */
static const struct feature {
    const char *name;
    uint32_t function, index;
    enum reg reg;
    unsigned bit;
} features[] = {
    { "pclmuldq", 0x1, 0, ECX, 1 },
    { "vmx", 0x1, 0, ECX, 5 },
    { "ssse3", 0x1, 0, ECX, 9 },
    { "fma", 0x1, 0, ECX, 12 },
    { "cx16", 0x1, 0, ECX, 13 },
    { "pcid", 0x1, 0, ECX, 17 },
    { "sse4.1", 0x1, 0, ECX, 19 },
    { "sse4.2", 0x1, 0, ECX, 20 },
    { "movbe", 0x1, 0, ECX, 22 },
    { "popcnt", 0x1, 0, ECX, 23 },
    { "aes", 0x1, 0, ECX, 25 },
    { "avx", 0x1, 0, ECX, 28 },
    { "f16c", 0x1, 0, ECX, 29 },
    { "rdrand", 0x1, 0, ECX, 30 },
    { "fsgsbase", 0x7, 0, EBX, 0 },
    { "bmi1", 0x7, 0, EBX, 3 },
    { "avx2", 0x7, 0, EBX, 5 },
    { "smep", 0x7, 0, EBX, 7 },
    { "bmi2", 0x7, 0, EBX, 8 },
    { "erms", 0x7, 0, EBX, 9 },
    { "invpcid", 0x7, 0, EBX, 10 },
    { "avx512f", 0x7, 0, EBX, 16 },
    { "rdseed", 0x7, 0, EBX, 18 },
    { "adx", 0x7, 0, EBX, 19 },
    { "smap", 0x7, 0, EBX, 20 },
    { "sha-ni", 0x7, 0, EBX, 29 },
    { "umip", 0x7, 0, ECX, 2 },
    { "pku", 0x7, 0, ECX, 3 },
    { "la57", 0x7, 0, ECX, 16 },
    { "svm", 0x80000001, 0, ECX, 2 },
    { "abm", 0x80000001, 0, ECX, 5 },
    { "3dnowprefetch", 0x80000001, 0, ECX, 8 },
    { "pdpe1gb", 0x80000001, 0, EDX, 26 },
    { "rdtscp", 0x80000001, 0, EDX, 27 },
    { "invtsc", 0x80000007, 0, EDX, 8 },
};

static const struct feature *
find_feature (const char *name)
{
    for (unsigned i = 0; i < ARRAY_SIZE (features); i++) {
        if (strcmp (features[i].name, name) == 0)
            return &features[i];
    }
    return NULL;
}

static uint32_t *
reg_of (struct kvm_cpuid_entry2 *e, enum reg reg)
{
    uint32_t *const regs[] = { &e->eax, &e->ebx, &e->ecx, &e->edx };

    return regs[reg];
}

bool
cpuid_feature_remove (struct kvm_cpuid2 *leaves, const char *name)
{
    const struct feature *f = find_feature (name);
    struct kvm_cpuid_entry2 *e = f ? cpuid_find (leaves, f->function, f->index) : NULL;

    if (e)
        *reg_of (e, f->reg) &= ~BIT (f->bit);
    return f != NULL;
}

bool
cpuid_feature_is_there (const struct kvm_cpuid2 *leaves, const char *name, bool *known)
{
    const struct feature *f = find_feature (name);
    struct kvm_cpuid_entry2 *e =
        f ? cpuid_find ((struct kvm_cpuid2 *) leaves, f->function, f->index) : NULL;

    *known = f != NULL;
    return e && (*reg_of (e, f->reg) & BIT (f->bit));
}
