/* SPDX-License-Identifier: GPL-2.0-or-later */
/* pci-remains.c - what is left where a function was that was pulled out of a running machine. */
#include "pci-remains.h"

static uint64_t
read_cb (void *opaque, uint64_t offset, unsigned size)
{
    return 0;
}

static void
write_cb (void *opaque, uint64_t offset, uint64_t value, unsigned size)
{
}

static const struct bus_region_ops zeros = { .read = read_cb, .write = write_cb, .max_size = 8 };

void
pci_remains_leave (struct pci_remains *remains, struct bus *mmio,
                   const struct pci_function *function)
{
    const struct pci_bar *bar = &function->bars[function->zero_when_gone_bar];

    pci_remains_clear (remains);
    if (!function->is_zero_when_gone || bar->mapped_at == UINT64_MAX)
        return;
    bus_region_init (&remains->region, "what was pulled out", &zeros, NULL, bar->size,
                     BUS_PRIORITY_REMAINS);
    if (bus_add (mmio, &remains->region, bar->mapped_at) == 0)
        remains->mmio = mmio;
}

void
pci_remains_clear (struct pci_remains *remains)
{
    if (!remains->mmio)
        return;
    bus_remove (remains->mmio, &remains->region);
    remains->mmio = NULL;
}
