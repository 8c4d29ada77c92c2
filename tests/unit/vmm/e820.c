/* SPDX-License-Identifier: GPL-2.0-or-later */
/* e820.c - the address map holds together for every memory size. */
#include "e820.h"

#include <errno.h>
#include <glib.h>

#include "bits.h"
#include "q35-irq.h"

static const uint64_t sizes[] = {
    MIB (1),       MIB (2),
    MIB (64),      GIB (1),
    GIB (2),       Q35_LOW_SPLIT - MIB (1),
    Q35_LOW_SPLIT, Q35_LOW_SPLIT + MIB (1),
    GIB (3),       GIB (4),
    GIB (64),
};

static struct memory_layout
layout_of (uint64_t bytes)
{
    struct memory_layout layout;

    g_assert_cmpint (memory_layout_init (&layout, bytes, 0, 40), ==, 0);
    return layout;
}

static void
test_split (void)
{
    struct memory_layout below = layout_of (Q35_LOW_SPLIT - MIB (1));
    struct memory_layout from = layout_of (Q35_LOW_SPLIT);

    g_assert_cmpuint (below.low_bytes, ==, Q35_LOW_SPLIT - MIB (1));
    g_assert_cmpuint (below.high_bytes, ==, 0);
    g_assert_cmpuint (from.low_bytes, ==, GIB (2));
    g_assert_cmpuint (from.high_bytes, ==, Q35_LOW_SPLIT - GIB (2));
    for (unsigned i = 0; i < G_N_ELEMENTS (sizes); i++) {
        struct memory_layout l = layout_of (sizes[i]);

        g_assert_cmpuint (l.low_bytes + l.high_bytes, ==, sizes[i]);
        g_assert_cmpuint (l.low_bytes, <=, Q35_ECAM_BASE);
    }
}

static void
test_refused (void)
{
    struct memory_layout layout;

    g_assert_cmpint (memory_layout_init (&layout, 0, 0, 40), ==, -EINVAL);
    g_assert_cmpint (memory_layout_init (&layout, MIB (64) + 4096, 0, 40), ==, -EINVAL);
    g_assert_cmpint (memory_layout_init (&layout, MIB (64), 0, 31), ==, -EINVAL);
    g_assert_cmpint (memory_layout_init (&layout, GIB (34), 0, 35), ==, -ERANGE);
    g_assert_cmpint (memory_layout_init (&layout, GIB (4), 0, 32), ==, -ERANGE);
    g_assert_cmpint (memory_layout_init (&layout, UINT64_MAX - MIB (1) + 1, 0, 52), ==, -ERANGE);
    g_assert_cmpint (memory_layout_init (&layout, GIB (30), 0, 35), ==, 0);
    g_assert_cmpint (memory_layout_init (&layout, GIB (1), 0, 32), ==, 0);
    g_assert_cmpuint (layout.pci_64bit.bytes, ==, 0);
    g_assert_cmpint (memory_layout_init (&layout, GIB (1), 4096, 40), ==, -EINVAL);
    g_assert_cmpint (memory_layout_init (&layout, GIB (1), GIB (1), 32), ==, -ERANGE);
    g_assert_cmpint (memory_layout_init (&layout, GIB (1), GIB (28), 35), ==, 0);
    g_assert_cmpint (memory_layout_init (&layout, GIB (1), GIB (28) + MIB (1), 35), ==, -ERANGE);
    g_assert_cmpint (memory_layout_init (&layout, GIB (1), UINT64_MAX - MIB (1) + 1, 52), ==,
                     -ERANGE);
}

static void
test_pluggable (void)
{
    struct memory_layout layout;
    struct e820_map map;

    for (unsigned i = 0; i < G_N_ELEMENTS (sizes); i++) {
        uint64_t end;

        g_assert_cmpint (memory_layout_init (&layout, sizes[i], MIB (1026), 40), ==, 0);
        end = layout.pluggable_base + layout.pluggable_bytes;
        g_assert_cmpuint (layout.pluggable_base % GIB (1), ==, 0);
        g_assert_cmpuint (layout.pluggable_base, >=, Q35_HIGH_BASE + layout.high_bytes);
        g_assert_cmpuint (layout.pluggable_bytes, ==, MIB (1026));
        g_assert_cmpuint (layout.pci_64bit.base, >=, end);
        g_assert_cmpuint (layout.pci_64bit.base, <, end + GIB (1));
        e820_for_kernel (&layout, &map);
        g_assert_cmpuint (map.entries[map.n - 1].base + map.entries[map.n - 1].bytes, <=,
                          layout.pluggable_base);
        e820_for_firmware (&layout, &map);
        g_assert_cmpuint (map.entries[map.n - 1].base + map.entries[map.n - 1].bytes, <=,
                          layout.pluggable_base);
    }
}

/* RAM, windows and fixed ranges of LAYOUT, for a look at whether two of them meet. */
static unsigned
collect_ranges (const struct memory_layout *l, struct pci_window out[8])
{
    const struct pci_window ranges[] = {
        { 0, l->low_bytes },
        l->pci_lower,
        { Q35_ECAM_BASE, Q35_ECAM_BYTES },
        l->pci_upper,
        { Q35_IOAPIC_BASE, Q35_HIGH_BASE - Q35_IOAPIC_BASE },
        { Q35_HIGH_BASE, l->high_bytes },
        l->pci_64bit,
    };

    for (unsigned i = 0; i < G_N_ELEMENTS (ranges); i++)
        out[i] = ranges[i];
    return G_N_ELEMENTS (ranges);
}

static void
test_disjoint (void)
{
    for (unsigned i = 0; i < G_N_ELEMENTS (sizes); i++) {
        struct memory_layout layout = layout_of (sizes[i]);
        struct pci_window ranges[8];
        unsigned n = collect_ranges (&layout, ranges);
        uint64_t end = 0;

        for (unsigned k = 0; k < n; k++) {
            if (ranges[k].bytes == 0)
                continue;
            g_assert_cmpuint (ranges[k].base, >=, end);
            end = ranges[k].base + ranges[k].bytes;
        }
        g_assert_cmpuint (end, ==, BIT_ULL (40));
    }
}

static void
assert_in_order (const struct e820_map *map)
{
    uint64_t end = 0;

    for (unsigned i = 0; i < map->n; i++) {
        g_assert_cmpuint (map->entries[i].bytes, >, 0);
        g_assert_cmpuint (map->entries[i].base, >=, end);
        end = map->entries[i].base + map->entries[i].bytes;
    }
}

static uint64_t
ram_in (const struct e820_map *map)
{
    uint64_t bytes = 0;

    for (unsigned i = 0; i < map->n; i++)
        if (map->entries[i].type == E820_RAM)
            bytes += map->entries[i].bytes;
    return bytes;
}

static void
test_firmware_map (void)
{
    for (unsigned i = 0; i < G_N_ELEMENTS (sizes); i++) {
        struct memory_layout layout = layout_of (sizes[i]);
        struct e820_map map;

        e820_for_firmware (&layout, &map);
        assert_in_order (&map);
        g_assert_cmpuint (map.entries[0].base, ==, 0);
        g_assert_cmpuint (map.entries[0].bytes, ==, layout.low_bytes);
        g_assert_cmpuint (ram_in (&map), ==, sizes[i]);
    }
}

static bool
is_ram (const struct e820_map *map, gpa_t gpa)
{
    for (unsigned i = 0; i < map->n; i++)
        if (map->entries[i].type == E820_RAM && gpa >= map->entries[i].base
            && gpa - map->entries[i].base < map->entries[i].bytes)
            return true;
    return false;
}

static void
test_kernel_map (void)
{
    static const gpa_t not_ram[] = { Q35_VGA_BASE,  Q35_BIOS_BASE,  Q35_FSEG_BASE,
                                     0xfffff,       Q35_ECAM_BASE,  Q35_IOAPIC_BASE,
                                     Q35_RCBA_BASE, Q35_LAPIC_BASE, Q35_KVM_PAGES_BASE };

    for (unsigned i = 0; i < G_N_ELEMENTS (sizes); i++) {
        struct memory_layout layout = layout_of (sizes[i]);
        struct e820_map map;

        e820_for_kernel (&layout, &map);
        assert_in_order (&map);
        for (unsigned k = 0; k < G_N_ELEMENTS (not_ram); k++)
            g_assert_false (is_ram (&map, not_ram[k]));
        g_assert_true (is_ram (&map, 0x9000));
        g_assert_true (is_ram (&map, MIB (1)) == (sizes[i] > MIB (1)));
        g_assert_false (is_ram (&map, layout.low_bytes));
        g_assert_cmpuint (ram_in (&map), >=, sizes[i] - MIB (1));
        g_assert_true (is_ram (&map, Q35_HIGH_BASE) == (layout.high_bytes > 0));
    }
}

static void
test_encoding (void)
{
    static const uint8_t first[E820_RECORD_BYTES] = { [11] = 0x80, [16] = 1 };
    struct memory_layout layout = layout_of (GIB (4));
    uint8_t buf[E820_MAX_ENTRIES * E820_RECORD_BYTES];
    struct e820_map map;
    size_t bytes;

    e820_for_firmware (&layout, &map);
    bytes = e820_encode (&map, buf);
    g_assert_cmpuint (bytes, ==, 3 * E820_RECORD_BYTES);
    g_assert_cmpmem (buf, E820_RECORD_BYTES, first, sizeof first);
    g_assert_cmpuint (load_le64 (buf + 2 * E820_RECORD_BYTES), ==, Q35_HIGH_BASE);
    g_assert_cmpuint (load_le64 (buf + 2 * E820_RECORD_BYTES + 8), ==, GIB (2));
}

static void
test_pirq (void)
{
    g_assert_cmpuint (q35_pirq (0, 0), ==, Q35_PIRQ_E);
    g_assert_cmpuint (q35_pirq (3, 0), ==, Q35_PIRQ_H);
    g_assert_cmpuint (q35_pirq (3, 1), ==, Q35_PIRQ_E);
    g_assert_cmpuint (q35_pirq (24, 3), ==, Q35_PIRQ_H);
    g_assert_cmpuint (q35_pirq (25, 0), ==, Q35_PIRQ_A);
    g_assert_cmpuint (q35_pirq (31, 0), ==, Q35_PIRQ_A);
    g_assert_cmpuint (q35_pirq (31, 3), ==, Q35_PIRQ_D);
    g_assert_cmpuint (q35_pirq_gsi (Q35_PIRQ_A), ==, 16);
    g_assert_cmpuint (q35_pirq_gsi (Q35_PIRQ_H), ==, 23);
    g_assert_cmphex (q35_pirq_register (Q35_PIRQ_D), ==, 0x63);
    g_assert_cmphex (q35_pirq_register (Q35_PIRQ_E), ==, 0x68);
    g_assert_cmphex (q35_pirq_register (Q35_PIRQ_H), ==, 0x6b);
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    g_test_add_func ("/e820/ram-splits-where-firmware-expects-it", test_split);
    g_test_add_func ("/e820/ram-that-does-not-fit-is-refused", test_refused);
    g_test_add_func ("/e820/pluggable-memory-is-above-ram-and-in-no-map", test_pluggable);
    g_test_add_func ("/e820/ram-windows-and-chipset-never-meet", test_disjoint);
    g_test_add_func ("/e820/firmware-is-told-all-ram", test_firmware_map);
    g_test_add_func ("/e820/kernels-get-no-holes-as-ram", test_kernel_map);
    g_test_add_func ("/e820/records-are-packed-little-endian", test_encoding);
    g_test_add_func ("/q35-irq/pins-rotate-but-for-the-last-slots", test_pirq);
    return g_test_run ();
}
