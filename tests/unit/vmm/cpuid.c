/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cpuid.c - whatever a guest asks, the topology it is told is the same. */
#include "cpuid-topology.h"

#include <glib.h>
#include <string.h>

#include "bits.h"
#include "cpuid-hyperv.h"
#include "cpuid-private.h"

#define MAX_LEAVES 32

struct leaves {
    struct kvm_cpuid2 head;
    struct kvm_cpuid_entry2 entries[MAX_LEAVES];
};

/* A host's list as KVM gives it, in short. */
static struct kvm_cpuid2 *
make (struct leaves *leaves, bool amd)
{
    const struct kvm_cpuid_entry2 rows[] = {
        { .function = 0,
          .eax = 0xd,
          .ebx = amd ? 0x68747541 : 0x756e6547,
          .ecx = amd ? 0x444d4163 : 0x6c65746e,
          .edx = amd ? 0x69746e65 : 0x49656e69 },
        { .function = 1, .ebx = 0x12345678, .ecx = BIT (25) },
        { .function = 4, .index = 0, .eax = 0x121 | 0xffffc000 }, /* level 1 */
        { .function = 4, .index = 1, .eax = 0x163 },              /* level 3 */
        { .function = 4, .index = 2, .eax = 0 },
        { .function = 7, .ebx = BIT (5) },
        { .function = 0xb, .index = 0 },
        { .function = 0x80000000, .eax = 0x80000008 },
        { .function = 0x80000001, .ecx = BIT (22) | BIT (2) },
        { .function = 0x80000008 },
    };

    memset (leaves, 0, sizeof *leaves);
    leaves->head.nent = G_N_ELEMENTS (rows);
    memcpy (leaves->entries, rows, sizeof rows);
    return &leaves->head;
}

static struct kvm_cpuid_entry2 *
leaf (struct kvm_cpuid2 *leaves, uint32_t function, uint32_t index)
{
    struct kvm_cpuid_entry2 *e = cpuid_find (leaves, function, index);

    g_assert_nonnull (e);
    return e;
}

/* What a guest makes of an id by the widths it was told. */
static void
assert_place (struct kvm_cpuid2 *leaves, unsigned package, unsigned core, unsigned thread)
{
    unsigned thread_bits = leaf (leaves, 0xb, 0)->eax, package_bits = leaf (leaves, 0xb, 1)->eax;
    unsigned id = leaf (leaves, 0xb, 0)->edx;

    g_assert_cmpuint (id & ((1u << thread_bits) - 1), ==, thread);
    g_assert_cmpuint (id >> thread_bits & ((1u << (package_bits - thread_bits)) - 1), ==, core);
    g_assert_cmpuint (id >> package_bits, ==, package);
    g_assert_cmpuint (leaf (leaves, 1, 0)->ebx >> 24, ==, id);
}

static void
test_places (gconstpointer amd)
{
    static const struct cpu_topology topologies[] = {
        { 1, 1, 1 }, { 1, 4, 1 }, { 1, 3, 1 }, { 1, 3, 2 }, { 2, 4, 2 }, { 4, 1, 1 }, { 2, 1, 2 },
    };

    for (gsize i = 0; i < G_N_ELEMENTS (topologies); i++) {
        const struct cpu_topology *t = &topologies[i];
        unsigned n = t->packages * t->cores * t->threads;

        g_assert_true (cpuid_topology_is_valid (t, n));
        for (unsigned index = 0; index < n; index++) {
            struct leaves room;
            struct kvm_cpuid2 *leaves = make (&room, amd != NULL);

            cpuid_topology_apply (leaves, MAX_LEAVES, t, index);
            assert_place (leaves, index / (t->cores * t->threads), index / t->threads % t->cores,
                          index % t->threads);
            g_assert_cmpuint (leaf (leaves, 0xb, 0)->ebx, ==, t->threads);
            g_assert_cmpuint (leaf (leaves, 0xb, 1)->ebx, ==, t->threads * t->cores);
            g_assert_cmphex (leaf (leaves, 0xb, 0)->ecx, ==, 0x100);
            g_assert_cmphex (leaf (leaves, 0xb, 1)->ecx, ==, 0x201);
            g_assert_cmphex (leaf (leaves, 0xb, 2)->ecx, ==, 2);
            g_assert_cmpuint (!!(leaf (leaves, 1, 0)->edx & BIT (28)), ==,
                              t->threads * t->cores > 1);
        }
    }
}

static void
test_caches_are_shared_within (void)
{
    const struct cpu_topology t = { 2, 4, 2 };
    struct leaves room;
    struct kvm_cpuid2 *leaves = make (&room, false);

    cpuid_topology_apply (leaves, MAX_LEAVES, &t, 5);
    g_assert_cmpuint (leaf (leaves, 4, 0)->eax >> 14 & 0xfff, ==, 1); /* a core's two threads */
    g_assert_cmpuint (leaf (leaves, 4, 1)->eax >> 14 & 0xfff, ==, 7); /* a package's eight */
    g_assert_cmpuint (leaf (leaves, 4, 0)->eax >> 26, ==, 3);         /* four cores in it */
    g_assert_cmphex (leaf (leaves, 4, 0)->eax & 0x3fff, ==, 0x121);
    g_assert_cmphex (leaf (leaves, 4, 2)->eax, ==, 0);
    g_assert_cmpuint (leaf (leaves, 1, 0)->ebx >> 16 & 0xff, ==, 8);
    g_assert_null (cpuid_find (leaves, 0x8000001e, 0)); /* AMD's */
}

static void
test_amd_threads (void)
{
    const struct cpu_topology t = { 2, 4, 2 }, flat = { 1, 8, 1 };
    struct leaves room;
    struct kvm_cpuid2 *leaves = make (&room, true);

    cpuid_topology_apply (leaves, MAX_LEAVES, &t, 13); /* package 1, core 2, thread 1 */
    g_assert_true (leaf (leaves, 0x80000001, 0)->ecx & BIT (22));
    g_assert_cmphex (leaf (leaves, 0x80000000, 0)->eax, ==, 0x8000001e);
    g_assert_cmpuint (leaf (leaves, 0x8000001e, 0)->eax, ==, 13);
    g_assert_cmphex (leaf (leaves, 0x8000001e, 0)->ebx, ==, 0x102);
    g_assert_cmphex (leaf (leaves, 0x8000001e, 0)->ecx, ==, 1);
    g_assert_cmphex (leaf (leaves, 0x80000008, 0)->ecx, ==, 0x3007);

    leaves = make (&room, true);
    cpuid_topology_apply (leaves, MAX_LEAVES, &flat, 3);
    g_assert_false (leaf (leaves, 0x80000001, 0)->ecx & BIT (22));
    g_assert_null (cpuid_find (leaves, 0x8000001e, 0));
}

/* No room for what would be added: told as far as it goes, and not past the end. */
static void
test_full_list (void)
{
    const struct cpu_topology t = { 1, 2, 2 };
    struct leaves room;
    struct kvm_cpuid2 *leaves = make (&room, true);
    unsigned n = leaves->nent;

    cpuid_topology_apply (leaves, n, &t, 1);
    g_assert_cmpuint (leaves->nent, ==, n);
}

static void
test_impossible_ones (void)
{
    static const struct cpu_topology bad[] = {
        { 0, 1, 1 }, { 1, 0, 1 }, { 1, 1, 0 },          { 1, 1, 3 },
        { 2, 3, 1 }, { 1, 2, 1 }, { 1, 1, UINT32_MAX }, { UINT32_MAX, UINT32_MAX, 2 },
    };

    for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
        g_assert_false (cpuid_topology_is_valid (&bad[i], 4));
}

/* What KVM says to KVM_GET_SUPPORTED_HV_CPUID, in short. */
static struct kvm_cpuid2 *
make_hyperv (struct leaves *leaves, uint32_t privileges, uint32_t features, uint32_t hints)
{
    memset (leaves, 0, sizeof *leaves);
    leaves->head.nent = 2;
    leaves->entries[0] =
        (struct kvm_cpuid_entry2){ .function = 0x40000003, .eax = privileges, .edx = features };
    leaves->entries[1] = (struct kvm_cpuid_entry2){ .function = 0x40000004, .eax = hints };
    return &leaves->head;
}

static uint32_t
bit_of (const char *name)
{
    uint32_t bit = 0;

    g_assert_true (cpuid_hyperv_find (name, &bit));
    return bit;
}

static void
test_hyperv_that_kvm_has (void)
{
    struct leaves room;
    struct kvm_cpuid2 *none = make_hyperv (&room, 0, 0, 0);
    uint32_t bit;

    g_assert_false (cpuid_hyperv_find ("hv-magic", &bit));
    g_assert_false (cpuid_hyperv_find ("relaxed", &bit));
    g_assert_false (cpuid_hyperv_is_there (none, bit_of ("hv-spinlocks"))); /* no hypercalls */
    none->nent = 0;
    g_assert_false (cpuid_hyperv_is_there (none, bit_of ("hv-spinlocks")));
    make_hyperv (&room, BIT (5) | BIT (11), 0, BIT (5));
    g_assert_true (cpuid_hyperv_is_there (&room.head, bit_of ("hv-spinlocks")));
    g_assert_true (cpuid_hyperv_is_there (&room.head, bit_of ("hv-relaxed")));
    g_assert_false (cpuid_hyperv_is_there (&room.head, bit_of ("hv-vpindex")));
    g_assert_false (cpuid_hyperv_is_there (&room.head, bit_of ("hv-frequencies"))); /* half of it */
    make_hyperv (&room, BIT (5) | BIT (11), BIT (8), 0);
    g_assert_true (cpuid_hyperv_is_there (&room.head, bit_of ("hv-frequencies")));
    make_hyperv (&room, BIT (2) | BIT (3) | BIT (5), 0, 0);
    g_assert_true (cpuid_hyperv_is_there (&room.head, bit_of ("hv-synic") | bit_of ("hv-stimer")));
    g_assert_false (cpuid_hyperv_is_there (&room.head, bit_of ("hv-stimer-direct")));
}

static void
test_hyperv_comes_before_kvm (void)
{
    struct cpuid_hyperv hyperv = { .mask = bit_of ("hv-time") | bit_of ("hv-vapic") };
    struct leaves room;
    struct kvm_cpuid2 *leaves = make (&room, true);
    unsigned n = leaves->nent;

    leaves->entries[leaves->nent++] =
        (struct kvm_cpuid_entry2){ .function = 0x40000000, .eax = 0x40000001, .ebx = 0x4b4d564b };
    leaves->entries[leaves->nent++] =
        (struct kvm_cpuid_entry2){ .function = 0x40000001, .eax = 0x01007afb };
    cpuid_hyperv_apply (leaves, MAX_LEAVES, &hyperv, 3);
    g_assert_cmpuint (leaves->nent, ==, n + 2 + 6);
    g_assert_cmpmem (&leaf (leaves, 0x40000000, 0)->ebx, 12, "Microsoft Hv", 12);
    g_assert_cmphex (leaf (leaves, 0x40000000, 0)->eax, ==, 0x40000005);
    g_assert_cmphex (leaf (leaves, 0x40000003, 0)->eax, ==, 0x232); /* hypercalls, too */
    g_assert_cmphex (leaf (leaves, 0x40000004, 0)->eax, ==, 0x8);
    g_assert_cmphex (leaf (leaves, 0x40000004, 0)->ebx, ==, UINT32_MAX);
    g_assert_cmpuint (leaf (leaves, 0x40000005, 0)->eax, ==, 3);
    g_assert_cmphex (leaf (leaves, 0x40000100, 0)->eax, ==, 0x40000101);
    g_assert_cmphex (leaf (leaves, 0x40000100, 0)->ebx, ==, 0x4b4d564b);
    g_assert_cmphex (leaf (leaves, 0x40000101, 0)->eax, ==, 0x01007afb);
}

/* KVM has to be told of it before a guest uses it. */
static void
test_hyperv_synic_is_told_apart (void)
{
    struct cpuid_hyperv with = { .mask = bit_of ("hv-vpindex") | bit_of ("hv-synic") };
    struct cpuid_hyperv without = { .mask = bit_of ("hv-vpindex") };

    g_assert_true (cpuid_hyperv_has_synic (&with));
    g_assert_false (cpuid_hyperv_has_synic (&without));
}

static void
test_hyperv_only_when_asked_for (void)
{
    struct cpuid_hyperv none = { 0 }, retries = { bit_of ("hv-spinlocks"), 4096 };
    struct leaves room;
    struct kvm_cpuid2 *leaves = make (&room, true);
    unsigned n = leaves->nent;

    cpuid_hyperv_apply (leaves, MAX_LEAVES, &none, 1);
    g_assert_cmpuint (leaves->nent, ==, n);
    cpuid_hyperv_apply (leaves, n + 5, &retries, 1); /* they do not fit */
    g_assert_cmpuint (leaves->nent, ==, n);
    cpuid_hyperv_apply (leaves, n + 6, &retries, 1);
    g_assert_cmphex (leaf (leaves, 0x40000004, 0)->ebx, ==, 4096);
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    g_test_add_data_func ("/cpuid/places/intel", NULL, test_places);
    g_test_add_data_func ("/cpuid/places/amd", "amd", test_places);
    g_test_add_func ("/cpuid/caches-are-shared-within", test_caches_are_shared_within);
    g_test_add_func ("/cpuid/amd-threads", test_amd_threads);
    g_test_add_func ("/cpuid/full-list", test_full_list);
    g_test_add_func ("/cpuid/impossible-ones", test_impossible_ones);
    g_test_add_func ("/cpuid/hyperv-that-kvm-has", test_hyperv_that_kvm_has);
    g_test_add_func ("/cpuid/hyperv-comes-before-kvm", test_hyperv_comes_before_kvm);
    g_test_add_func ("/cpuid/hyperv-synic-is-told-apart", test_hyperv_synic_is_told_apart);
    g_test_add_func ("/cpuid/hyperv-only-when-asked-for", test_hyperv_only_when_asked_for);
    return g_test_run ();
}
