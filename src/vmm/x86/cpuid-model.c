/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cpuid-model.c - the host's processor shown as another, lesser one.
 *
 * Theory of operation.  Registers of CPUID are of two kinds: those that tell features, a bit each, and those
 * that tell facts.  The table below lists the facts that a guest is told; every other register is taken for
 * features, also where nobody here knows them, so what a later KVM adds to its list does not show.  Of the
 * features those stay that are listed, and a leaf that is then empty is not there.
 *
 * The facts are the host's own, but for the vendor, the signature and the name; the highest leaves follow
 * from what is left.
 */
#include "cpuid-model.h"

#include <string.h>

#include "bits.h"
#include "cpuid-private.h"

#define ECX1_X2APIC     BIT (21)
#define ECX1_HYPERVISOR BIT (31)

/* Features of leaf 1 that AMD's processors tell in leaf 80000001h once more. */
#define EDX81_ALIASES 0x0183f3ffu

#define ANY UINT32_MAX

enum { EAX = 1, EBX = 2, ECX = 4, EDX = 8, ALL = 15 };

/* Intel SDM vol. 2A "CPUID", AMD APM vol. 3 appendix E. */
static const struct facts {
    uint32_t function, index;
    unsigned regs;
} facts[] = {
    { 0x0, 0, ALL },              /* vendor */
    { 0x1, 0, EAX | EBX },        /* signature, ids */
    { 0x2, 0, ALL },              /* caches */
    { 0x4, ANY, ALL },            /* caches */
    { 0x7, 0, EAX },              /* highest subleaf */
    { 0xb, ANY, ALL },            /* topology */
    { 0xd, 0, ALL },              /* what XSAVE keeps: cpuid-xsave.c */
    { 0xd, 1, EBX | ECX | EDX },  /* the same */
    { 0xd, ANY, ALL },            /* the same */
    { 0x15, 0, ALL },             /* frequencies */
    { 0x16, 0, ALL },             /* frequencies */
    { 0x1f, ANY, ALL },           /* topology */
    { 0x40000000, ANY, ALL },     /* KVM's own, which no processor has */
    { 0x40000001, ANY, ALL },     /* the same */
    { 0x80000000, 0, ALL },       /* highest leaf */
    { 0x80000001, 0, EAX },       /* signature */
    { 0x80000002, 0, ALL },       /* name */
    { 0x80000003, 0, ALL },       /* name */
    { 0x80000004, 0, ALL },       /* name */
    { 0x80000005, 0, ALL },       /* caches */
    { 0x80000006, 0, ALL },       /* caches */
    { 0x80000008, 0, EAX | ECX }, /* widths of addresses, topology */
    { 0x8000000a, 0, EAX | EBX }, /* SVM's revision and ASIDs */
    { 0x8000001d, ANY, ALL },     /* caches */
    { 0x8000001e, 0, ALL },       /* topology */
};

static unsigned
facts_of (const struct kvm_cpuid_entry2 *e)
{
    for (unsigned i = 0; i < ARRAY_SIZE (facts); i++) {
        if (facts[i].function == e->function
            && (facts[i].index == e->index || facts[i].index == ANY))
            return facts[i].regs;
    }
    return 0;
}

static bool
is_empty (const struct kvm_cpuid_entry2 *e)
{
    return (e->eax | e->ebx | e->ecx | e->edx) == 0;
}

/* What remains of E: facts and listed features.  A machine says that it is one, and how its interrupt
 * controllers are told, whatever the model; who minds may have both hidden. */
static void
mask (struct kvm_cpuid_entry2 *e, const struct vmm_cpu_feature *const *features, unsigned n)
{
    unsigned regs = facts_of (e);
    struct kvm_cpuid_entry2 keep = {
        .eax = regs & EAX ? UINT32_MAX : 0,
        .ebx = regs & EBX ? UINT32_MAX : 0,
        .ecx = regs & ECX ? UINT32_MAX : 0,
        .edx = regs & EDX ? UINT32_MAX : 0,
    };

    if (e->function == 0x1)
        keep.ecx = ECX1_HYPERVISOR | ECX1_X2APIC;
    for (unsigned i = 0; i < n; i++) {
        if (features[i]->function != e->function || features[i]->index != e->index)
            continue;
        keep.eax |= features[i]->eax;
        keep.ebx |= features[i]->ebx;
        keep.ecx |= features[i]->ecx;
        keep.edx |= features[i]->edx;
    }
    e->eax &= keep.eax;
    e->ebx &= keep.ebx;
    e->ecx &= keep.ecx;
    e->edx &= keep.edx;
}

void
cpuid_model_keep_only (struct kvm_cpuid2 *leaves, const struct vmm_cpu_feature *const *features,
                       unsigned n)
{
    unsigned kept = 0;

    for (unsigned i = 0; i < leaves->nent; i++) {
        struct kvm_cpuid_entry2 *e = &leaves->entries[i];

        mask (e, features, n);
        if (!is_empty (e) || e->function == 0xb) /* the topology is filled in later */
            leaves->entries[kept++] = *e;
    }
    leaves->nent = kept;
}

/* --- the name ------------------------------------------------------------------------------------- */

static void
set_vendor (struct kvm_cpuid2 *leaves, const char *vendor)
{
    struct kvm_cpuid_entry2 *e = cpuid_find (leaves, 0x0, 0);
    struct kvm_cpuid_entry2 *extended = cpuid_find (leaves, 0x80000000, 0);

    if (!e || !vendor[0])
        return;
    memcpy (&e->ebx, vendor, 4);
    memcpy (&e->edx, vendor + 4, 4);
    memcpy (&e->ecx, vendor + 8, 4);
    if (!extended)
        return;
    extended->ebx = extended->ecx = extended->edx = 0;
    if (cpuid_is_amd (leaves)) {
        extended->ebx = e->ebx;
        extended->ecx = e->ecx;
        extended->edx = e->edx;
    }
}

/* In both leaves that have the signature, and what AMD has twice of the features. */
static void
set_signature (struct kvm_cpuid2 *leaves, uint32_t signature)
{
    struct kvm_cpuid_entry2 *e = cpuid_find (leaves, 0x1, 0);
    struct kvm_cpuid_entry2 *extended = cpuid_find (leaves, 0x80000001, 0);

    if (!e)
        return;
    if (signature)
        e->eax = signature;
    if (!extended)
        return;
    extended->eax = 0;
    if (cpuid_is_amd (leaves)) {
        extended->eax = e->eax;
        extended->edx |= e->edx & EDX81_ALIASES;
    }
}

static void
set_brand (struct kvm_cpuid2 *leaves, unsigned max_leaves, const char *name)
{
    char text[48] = { 0 };

    memcpy (text, name, strnlen (name, sizeof text - 1));
    for (unsigned i = 0; i < 3; i++) {
        struct kvm_cpuid_entry2 *e = cpuid_find_or_add (leaves, max_leaves, 0x80000002 + i, 0, 0);

        if (!e)
            return;
        memcpy (&e->eax, text + i * 16, 4);
        memcpy (&e->ebx, text + i * 16 + 4, 4);
        memcpy (&e->ecx, text + i * 16 + 8, 4);
        memcpy (&e->edx, text + i * 16 + 12, 4);
    }
}

/* The leaf FUNCTION tells which is the last of its kind: up to LAST at most. */
static void
set_highest (struct kvm_cpuid2 *leaves, uint32_t function, uint32_t last)
{
    struct kvm_cpuid_entry2 *e = cpuid_find (leaves, function, 0);

    if (!e)
        return;
    e->eax = function;
    for (unsigned i = 0; i < leaves->nent; i++) {
        uint32_t other = leaves->entries[i].function;

        if (other > e->eax && other <= last)
            e->eax = other;
    }
}

static void
set_highest_of_features (struct kvm_cpuid2 *leaves)
{
    struct kvm_cpuid_entry2 *e = cpuid_find (leaves, 0x7, 0);

    if (!e)
        return;
    e->eax = 0;
    for (unsigned i = 0; i < leaves->nent; i++) {
        if (leaves->entries[i].function == 0x7)
            e->eax = MAX_OF (e->eax, leaves->entries[i].index);
    }
}

void
cpuid_model_name (struct kvm_cpuid2 *leaves, unsigned max_leaves, const struct cpu_model *model)
{
    set_vendor (leaves, model->vendor);
    set_signature (leaves, model->signature);
    set_brand (leaves, max_leaves, model->name);
    set_highest_of_features (leaves);
    set_highest (leaves, 0x0, 0x3fffffff);
    set_highest (leaves, 0x80000000, 0x8fffffff);
}
