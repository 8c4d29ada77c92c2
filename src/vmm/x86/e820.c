/* SPDX-License-Identifier: GPL-2.0-or-later */
/* e820.c - where things are in guest-physical memory, and the maps that tell firmware and kernels.
 */
#include "e820.h"

#include <assert.h>
#include <errno.h>

#include "bits.h"

#define MIN_PHYS_BITS 32 /* everything fixed is below 4 GiB */
#define MAX_PHYS_BITS 52 /* the architecture's limit */

/* What is above high RAM begins on a multiple of this: systems plug memory in steps of up to so much. */
#define HIGH_ALIGN GIB (1)

/* 640 KiB minus one: real-mode leftovers end conventional memory here (EBDA). */
#define CONVENTIONAL_BYTES 0x9fc00u

static void
set_window (struct pci_window *window, gpa_t base, gpa_t end)
{
    window->base = base;
    window->bytes = end > base ? end - base : 0;
}

/* Where pluggable memory is, above HIGH_END.  Returns the end of it all in *END. */
static int
place_pluggable (struct memory_layout *layout, uint64_t high_end, uint64_t limit, uint64_t *end)
{
    layout->pluggable_base = align_up (high_end, HIGH_ALIGN);
    *end = high_end;
    if (layout->pluggable_bytes == 0)
        return 0;
    return add_overflows (layout->pluggable_base, layout->pluggable_bytes, end) || *end > limit
               ? -ERANGE
               : 0;
}

int
memory_layout_init (struct memory_layout *layout, uint64_t ram_bytes, uint64_t pluggable_bytes,
                    unsigned phys_bits)
{
    uint64_t limit, high_end, end;
    int ret;

    if (ram_bytes == 0 || ram_bytes % MIB (1) || pluggable_bytes % MIB (1)
        || phys_bits < MIN_PHYS_BITS)
        return -EINVAL;
    limit = BIT_ULL (MIN_OF (phys_bits, MAX_PHYS_BITS));

    layout->low_bytes = ram_bytes < Q35_LOW_SPLIT ? ram_bytes : Q35_LOW_SPLIT_TOP;
    layout->high_bytes = ram_bytes - layout->low_bytes;
    if (add_overflows (Q35_HIGH_BASE, layout->high_bytes, &high_end)
        || (layout->high_bytes && high_end > limit))
        return -ERANGE;
    layout->pluggable_bytes = pluggable_bytes;
    ret = place_pluggable (layout, high_end, limit, &end);
    if (ret < 0)
        return ret;

    set_window (&layout->pci_lower, layout->low_bytes, Q35_ECAM_BASE);
    set_window (&layout->pci_upper, Q35_PCI32_BASE, Q35_PCI32_END);
    set_window (&layout->pci_64bit, align_up (end, HIGH_ALIGN), limit);
    return 0;
}

/* Appends [BASE, BASE + BYTES), which lies behind all that is there; nothing when it is empty. */
static void
append (struct e820_map *map, gpa_t base, uint64_t bytes, enum e820_type type)
{
    if (!bytes)
        return;
    assert (map->n < E820_MAX_ENTRIES);
    map->entries[map->n++] = (struct e820_entry){ base, bytes, type };
}

void
e820_for_firmware (const struct memory_layout *layout, struct e820_map *map)
{
    map->n = 0;
    append (map, 0, layout->low_bytes, E820_RAM);
    append (map, Q35_KVM_PAGES_BASE, Q35_KVM_PAGES_BYTES, E820_RESERVED);
    append (map, Q35_HIGH_BASE, layout->high_bytes, E820_RAM);
}

void
e820_for_kernel (const struct memory_layout *layout, struct e820_map *map)
{
    map->n = 0;
    append (map, 0, CONVENTIONAL_BYTES, E820_RAM);
    append (map, Q35_BIOS_BASE, Q35_BIOS_BYTES, E820_RESERVED);
    append (map, MIB (1), layout->low_bytes - MIB (1), E820_RAM);
    append (map, Q35_ECAM_BASE, Q35_ECAM_BYTES, E820_RESERVED);
    append (map, Q35_RCBA_BASE, Q35_RCBA_BYTES, E820_RESERVED);
    append (map, Q35_KVM_PAGES_BASE, Q35_KVM_PAGES_BYTES, E820_RESERVED);
    append (map, Q35_HIGH_BASE, layout->high_bytes, E820_RAM);
}

size_t
e820_encode (const struct e820_map *map, void *buf)
{
    uint8_t *p = buf;

    for (unsigned i = 0; i < map->n; i++, p += E820_RECORD_BYTES) {
        store_le64 (p, map->entries[i].base);
        store_le64 (p + 8, map->entries[i].bytes);
        store_le32 (p + 16, map->entries[i].type);
    }
    return (size_t)map->n * E820_RECORD_BYTES;
}
