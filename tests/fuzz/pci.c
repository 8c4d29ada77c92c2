/* SPDX-License-Identifier: GPL-2.0-or-later */
/* pci.c - fuzzing: configuration space: BARs of every kind that move about and over each other, MSI and
 * MSI-X. */
#include "pci.h"

#include <stdlib.h>
#include <sys/mman.h>

#include "fuzz.h"

#define N_FUNCTIONS 2
#define VRAM_BYTES  0x10000u
#define N_VECTORS   40

static struct pci_function functions[N_FUNCTIONS];
static struct memory_block vram[N_FUNCTIONS], roms[N_FUNCTIONS];

static uint64_t
register_read (void *opaque, uint64_t offset, unsigned size)
{
    const struct pci_bar *bar = opaque;

    if (!range_fits (offset, size, bar->size))
        abort ();
    return offset;
}

static void
register_write (void *opaque, uint64_t offset, uint64_t value, unsigned size)
{
    register_read (opaque, offset, size);
}

static const struct bus_region_ops register_ops = { register_read, register_write, 4 };

static void
make_block (struct memory_block *block, enum memory_kind kind)
{
    *block = (struct memory_block){
        .name = "block", .kind = kind, .size_bytes = VRAM_BYTES, .slot = -1
    };
    block->host =
        mmap (NULL, VRAM_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (block->host == MAP_FAILED)
        abort ();
    list_init (&block->node);
}

/* Two the same, so that one's BARs can hide the other's. */
static void
set_up (struct fuzz *f)
{
    static const struct pci_identity identity = { .vendor = 1, .device = 2, .interrupt_pin = 1 };

    f->m = test_machine_new ();
    for (unsigned i = 0; i < N_FUNCTIONS; i++) {
        struct pci_function *function = &functions[i];

        memset (function, 0, sizeof *function);
        make_block (&vram[i], MEMORY_VRAM);
        make_block (&roms[i], MEMORY_ROM);
        if (pci_function_init (function, f->m->env.pci, PCI_DEVFN (FUZZ_SLOT + i, 0), "test",
                               &identity, NULL)
            < 0)
            abort ();
        pci_add_register_bar (function, 0, PCI_BAR_MEM64, 4096, &register_ops, &function->bars[0]);
        pci_add_register_bar (function, 2, PCI_BAR_IO, 32, &register_ops, &function->bars[2]);
        pci_add_memory_bar (function, 4, PCI_BAR_MEM32, &vram[i], true);
        pci_add_rom_bar (function, &roms[i]);
        pci_add_msi (function);
        if (pci_add_msix (function, 3, N_VECTORS) < 0)
            abort ();
        fuzz_add_space (f, FUZZ_CONFIG, function->devfn, PCI_CONFIG_SIZE);
        fuzz_add_space (f, FUZZ_CONFIG, function->devfn, 0x40);
    }
    fuzz_add_space (f, FUZZ_MMIO, FUZZ_BAR (0), 0x1000);
    fuzz_add_space (f, FUZZ_PORTS, 0xc000, 0x40);
    fuzz_add_space (f, FUZZ_MMIO, FUZZ_BAR (3), 0x1000);
}

static void
place (struct fuzz *f)
{
    for (unsigned i = 0; i < N_FUNCTIONS; i++) {
        unsigned devfn = functions[i].devfn;

        test_pci_place_bar (f->m, devfn, 0, FUZZ_BAR (0));
        test_pci_place_bar (f->m, devfn, 2, 0xc000 + 0x10 * i);
        test_pci_place_bar (f->m, devfn, 3, FUZZ_BAR (3));
        test_pci_place_bar (f->m, devfn, 4, FUZZ_BAR (4));
    }
}

static void
act (struct fuzz *f)
{
    static const uint8_t bars[] = { 0x10, 0x14, 0x18, 0x1c, 0x20, 0x30, 0x04 };
    struct fuzz_script *s = &f->script;
    struct pci_function *function = &functions[fuzz_pick (s, N_FUNCTIONS)];
    unsigned what = fuzz_pick (s, 8);

    if (what == 0) {
        pci_set_intx (function, fuzz_once_in (s, 2));
    } else if (what == 1) {
        pci_send_msix (function, fuzz_pick (s, N_VECTORS + 1));
        pci_send_msi (function);
    } else if (what == 2) {
        unsigned cap = test_pci_find_cap (f->m, function->devfn,
                                          fuzz_pick (s, 2) ? PCI_CAP_MSI : PCI_CAP_MSIX, 0);

        pci_config_write (f->m->env.pci, function->devfn, cap + 2, (uint32_t) fuzz_take (s, 2), 2);
    } else if (what == 3) {
        unsigned vector = fuzz_pick (s, N_VECTORS);

        test_mmio_write (f->m, FUZZ_BAR (3) + 16 * vector + 4 * fuzz_pick (s, 4), fuzz_number (s),
                         4);
    } else if (what == 4 && fuzz_once_in (s, 16)) {
        pci_function_reset (function);
    } else {
        pci_config_write (f->m->env.pci, function->devfn, bars[fuzz_pick (s, ARRAY_SIZE (bars))],
                          (uint32_t) (fuzz_once_in (s, 2) ? fuzz_number (s) : fuzz_gpa (s)), 4);
    }
}

static void
reset (struct fuzz *f)
{
    for (unsigned i = 0; i < N_FUNCTIONS; i++)
        pci_function_reset (&functions[i]);
}

static void
tear_down (struct fuzz *f)
{
    for (unsigned i = 0; i < N_FUNCTIONS; i++) {
        pci_function_destroy (&functions[i]);
        munmap (vram[i].host, VRAM_BYTES);
        munmap (roms[i].host, VRAM_BYTES);
    }
}

FUZZ_HARNESS (.set_up = set_up, .act = act, .place = place, .reset = reset, .tear_down = tear_down)
