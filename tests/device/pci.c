/* SPDX-License-Identifier: GPL-2.0-or-later */
/* pci.c - PCI functions as firmware and drivers use them: sizing, placing, INTx, MSI and MSI-X. */
#include <errno.h>
#include <sys/mman.h>

#include "bits.h"
#include "pci-remains.h"
#include "test-machine.h"

#define DEVFN PCI_DEVFN (3, 0)

struct fixture {
    struct test_machine *m;
    struct pci_function f;
    struct memory_block vram;
    unsigned n_reads, n_writes;
};

static uint64_t
note_read (void *opaque, uint64_t offset, unsigned size)
{
    struct fixture *x = opaque;

    x->n_reads++;
    return 0x1000 + offset;
}

static void
note_write (void *opaque, uint64_t offset, uint64_t value, unsigned size)
{
    struct fixture *x = opaque;

    x->n_writes++;
}

static const struct bus_region_ops register_ops = { note_read, note_write, 4 };

static const struct pci_identity identity = {
    .vendor = 0x1234,
    .device = 0x5678,
    .subsystem_vendor = 0x1af4,
    .subsystem = 0x1100,
    .class_code = 0x010601,
    .interrupt_pin = 1,
};

/* BAR 0: 64-bit memory registers; BAR 2: ports; BAR 3: MSI-X; BAR 4: memory. */
static void
setup (struct fixture *x, gconstpointer data)
{
    x->m = test_machine_new ();
    x->vram = (struct memory_block){ .name = "vram", .kind = MEMORY_VRAM, .size_bytes = 65536, .slot = -1 };
    x->vram.host = mmap (NULL, 65536, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    list_init (&x->vram.node);
    g_assert_cmpint (pci_function_init (&x->f, x->m->env.pci, DEVFN, "test", &identity, NULL), ==, 0);
    pci_add_register_bar (&x->f, 0, PCI_BAR_MEM64, 4096, &register_ops, x);
    pci_add_register_bar (&x->f, 2, PCI_BAR_IO, 32, &register_ops, x);
    pci_add_memory_bar (&x->f, 4, PCI_BAR_MEM32, &x->vram, true);
    pci_add_msi (&x->f);
    g_assert_cmpint (pci_add_msix (&x->f, 3, 4), ==, 0);
}

static void
teardown (struct fixture *x, gconstpointer data)
{
    pci_function_destroy (&x->f);
    pci_function_destroy (&x->f);
    munmap (x->vram.host, 65536);
    test_machine_free (x->m);
}

static uint32_t
get (struct fixture *x, unsigned offset, unsigned size)
{
    return pci_config_read (x->m->env.pci, DEVFN, offset, size);
}

static void
set (struct fixture *x, unsigned offset, uint32_t value, unsigned size)
{
    pci_config_write (x->m->env.pci, DEVFN, offset, value, size);
}

static void
test_identity (struct fixture *x, gconstpointer data)
{
    g_assert_cmphex (get (x, 0, 4), ==, 0x56781234);
    g_assert_cmphex (get (x, PCI_REVISION, 4), ==, 0x01060100);
    set (x, 0, 0, 4);
    g_assert_cmphex (get (x, 0, 4), ==, 0x56781234);
    g_assert_cmphex (pci_config_read (x->m->env.pci, PCI_DEVFN (4, 0), 0, 4), ==, 0xffffffff);
    g_assert_cmphex (get (x, 256, 4), ==, 0xffffffff);
    g_assert_cmphex (get (x, 254, 4), ==, 0xffffffff);
}

static void
test_sizing (struct fixture *x, gconstpointer data)
{
    set (x, PCI_BAR0, 0xffffffff, 4);
    set (x, PCI_BAR0 + 4, 0xffffffff, 4);
    g_assert_cmphex (get (x, PCI_BAR0, 4), ==, 0xfffff004);
    g_assert_cmphex (get (x, PCI_BAR0 + 4, 4), ==, 0xffffffff);
    set (x, PCI_BAR0 + 8, 0xffffffff, 4);
    g_assert_cmphex (get (x, PCI_BAR0 + 8, 4), ==, 0xffffffe1);
    set (x, PCI_BAR0 + 16, 0xffffffff, 4);
    g_assert_cmphex (get (x, PCI_BAR0 + 16, 4), ==, 0xffff0008);
    set (x, PCI_BAR0 + 20, 0xffffffff, 4);
    g_assert_cmphex (get (x, PCI_BAR0 + 20, 4), ==, 0);
}

static void
test_placing (struct fixture *x, gconstpointer data)
{
    test_pci_place_bar (x->m, DEVFN, 0, 0xe0000000);
    g_assert_cmphex (test_mmio_read (x->m, 0xe0000010, 4), ==, 0x1010);
    test_pci_place_bar (x->m, DEVFN, 0, 0x1e0000000ull);
    g_assert_cmphex (test_mmio_read (x->m, 0xe0000010, 4), ==, 0xffffffff);
    g_assert_cmphex (test_mmio_read (x->m, 0x1e0000010ull, 4), ==, 0x1010);
    set (x, PCI_COMMAND, 0, 2);
    g_assert_cmphex (test_mmio_read (x->m, 0x1e0000010ull, 4), ==, 0xffffffff);
    test_pci_place_bar (x->m, DEVFN, 2, 0xc000);
    g_assert_cmphex (test_in32 (x->m, 0xc004), ==, 0x1004);
}

static void
test_sizing_while_decoding (struct fixture *x, gconstpointer data)
{
    test_pci_place_bar (x->m, DEVFN, 4, 0xe0000000);
    g_assert_cmphex (x->vram.gpa, ==, 0xe0000000);
    set (x, PCI_BAR0 + 16, 0xffffffff, 4);
    g_assert_cmpint (x->vram.slot, ==, -1);
    set (x, PCI_BAR0 + 16, 0xe0000000, 4);
    g_assert_cmphex (x->vram.gpa, ==, 0xe0000000);
}

/* A guest may put video memory over its own RAM: the RAM stays, and nothing breaks. */
static void
test_memory_bar_over_ram (struct fixture *x, gconstpointer data)
{
    test_pci_place_bar (x->m, DEVFN, 4, 0x100000);
    g_assert_cmpint (x->vram.slot, ==, -1);
    g_assert_nonnull (memory_at (x->m->env.memory, 0x100000, 65536));
    test_pci_place_bar (x->m, DEVFN, 4, 0xe0000000);
    g_assert_cmpint (x->vram.slot, >=, 0);
}

static void
test_intx (struct fixture *x, gconstpointer data)
{
    pci_set_intx (&x->f, true);
    g_assert_true (x->m->intx[3][0]);
    g_assert_cmphex (get (x, PCI_STATUS, 2) & PCI_STATUS_INTERRUPT, !=, 0);
    set (x, PCI_COMMAND, PCI_COMMAND_INTX_OFF, 2);
    g_assert_false (x->m->intx[3][0]);
    g_assert_cmphex (get (x, PCI_STATUS, 2) & PCI_STATUS_INTERRUPT, !=, 0);
    set (x, PCI_COMMAND, 0, 2);
    g_assert_true (x->m->intx[3][0]);
    pci_function_reset (&x->f);
    g_assert_false (x->m->intx[3][0]);
}

static void
test_msi (struct fixture *x, gconstpointer data)
{
    unsigned cap = test_pci_find_cap (x->m, DEVFN, PCI_CAP_MSI, 0);

    g_assert_cmpuint (cap, !=, 0);
    pci_send_msi (&x->f);
    g_assert_cmpuint (x->m->n_msis, ==, 0);
    set (x, cap + 4, 0xfee01000, 4);
    set (x, cap + 12, 0x41, 2);
    set (x, cap + 2, 1, 2);
    pci_send_msi (&x->f);
    g_assert_cmpuint (x->m->n_msis, ==, 0); /* not a bus master yet */
    set (x, PCI_COMMAND, PCI_COMMAND_MASTER, 2);
    pci_send_msi (&x->f);
    g_assert_cmpuint (x->m->n_msis, ==, 1);
    g_assert_cmphex (x->m->last_msi.address, ==, 0xfee01000);
    g_assert_cmphex (x->m->last_msi.data, ==, 0x41);
}

static void
set_entry (struct fixture *x, unsigned vector, uint32_t data, uint32_t masked)
{
    uint64_t at = 0xe0100000 + vector * 16;

    test_mmio_write (x->m, at, 0xfee00000, 4);
    test_mmio_write (x->m, at + 4, 0, 4);
    test_mmio_write (x->m, at + 8, data, 4);
    test_mmio_write (x->m, at + 12, masked, 4);
}

static void
test_msix_masked_waits (struct fixture *x, gconstpointer data)
{
    unsigned cap = test_pci_find_cap (x->m, DEVFN, PCI_CAP_MSIX, 0);

    test_pci_place_bar (x->m, DEVFN, 3, 0xe0100000);
    set (x, cap + 2, 0x8000, 2);
    set_entry (x, 1, 0x51, 1);
    pci_send_msix (&x->f, 1);
    g_assert_cmpuint (x->m->n_msis, ==, 0);
    g_assert_cmphex (test_mmio_read (x->m, 0xe0100800, 4), ==, 2); /* pending */
    test_mmio_write (x->m, 0xe0100000 + 16 + 12, 0, 4);
    g_assert_cmpuint (x->m->n_msis, ==, 1);
    g_assert_cmphex (x->m->last_msi.data, ==, 0x51);
    g_assert_cmphex (test_mmio_read (x->m, 0xe0100800, 4), ==, 0);

    set (x, cap + 2, 0xc000, 2); /* all masked */
    pci_send_msix (&x->f, 1);
    g_assert_cmpuint (x->m->n_msis, ==, 1);
    set (x, cap + 2, 0x8000, 2);
    g_assert_cmpuint (x->m->n_msis, ==, 2);
    pci_send_msix (&x->f, 4); /* there are four */
    pci_send_msix (&x->f, UINT32_MAX);
    g_assert_cmpuint (x->m->n_msis, ==, 2);
}

static void
test_capabilities_are_a_list (struct fixture *x, gconstpointer data)
{
    unsigned msix = test_pci_find_cap (x->m, DEVFN, PCI_CAP_MSIX, 0);
    unsigned msi = test_pci_find_cap (x->m, DEVFN, PCI_CAP_MSI, 0);

    g_assert_cmphex (get (x, PCI_STATUS, 2) & PCI_STATUS_CAP_LIST, !=, 0);
    g_assert_cmpuint (msi, >=, 0x40);
    g_assert_cmpuint (msix, >=, 0x40);
    g_assert_cmpuint (test_pci_find_cap (x->m, DEVFN, 0x33, 0), ==, 0);
}

static void
test_random_accesses (struct fixture *x, gconstpointer data)
{
    GRand *rand = g_rand_new_with_seed (99);

    for (int i = 0; i < 200000; i++) {
        unsigned size = 1u << g_rand_int_range (rand, 0, 3);
        unsigned offset = (unsigned) g_rand_int_range (rand, 0, 4096);

        switch (g_rand_int_range (rand, 0, 5)) {
        case 0:
            set (x, offset % 256, g_rand_int (rand), size);
            break;
        case 1:
            set (x, PCI_BAR0 + offset % 32, g_rand_int (rand), size);
            break;
        case 2:
            get (x, offset, size);
            break;
        case 3:
            pci_send_msix (&x->f, (unsigned) g_rand_int_range (rand, 0, 8));
            pci_set_intx (&x->f, offset & 1);
            break;
        default:
            if (x->f.bars[3].mapped_at != UINT64_MAX)
                test_mmio_write (x->m, x->f.bars[3].mapped_at + offset, g_rand_int (rand), size);
            break;
        }
    }
    g_assert_cmphex (get (x, 0, 4), ==, 0x56781234);
    g_rand_free (rand);
}

/* A driver that waits for its device to be reset does not wait for ever for one that was pulled out. */
static void
test_remains (struct fixture *x, gconstpointer data)
{
    struct pci_remains remains = { 0 };
    struct bus_region other;

    test_pci_place_bar (x->m, DEVFN, 0, 0xf0000000);
    pci_remains_leave (&remains, x->m->env.mmio, &x->f); /* its driver does not wait */
    pci_remains_clear (&remains);
    x->f.is_zero_when_gone = true;
    pci_remains_leave (&remains, x->m->env.mmio, &x->f);
    g_assert_cmphex (test_mmio_read (x->m, 0xf0000010, 4), ==, 0x1010); /* as long as it is there */
    pci_function_destroy (&x->f);
    g_assert_cmphex (test_mmio_read (x->m, 0xf0000010, 4), ==, 0);
    g_assert_cmphex (test_mmio_read (x->m, 0xf0000014, 1), ==, 0);
    test_mmio_write (x->m, 0xf0000014, 0, 1);
    g_assert_cmphex (test_mmio_read (x->m, 0xf0001000, 4), ==, UINT32_MAX); /* beyond it */
    bus_region_init (&other, "other", &register_ops, x, 4096, BUS_PRIORITY_BAR);
    bus_add (x->m->env.mmio, &other, 0xf0000000);
    g_assert_cmphex (test_mmio_read (x->m, 0xf0000010, 4), ==, 0x1010);
    bus_remove (x->m->env.mmio, &other);
    pci_remains_clear (&remains);
    pci_remains_clear (&remains);
    g_assert_cmphex (test_mmio_read (x->m, 0xf0000010, 4), ==, UINT32_MAX);
}

#define ADD(path, function) g_test_add (path, struct fixture, NULL, setup, function, teardown)

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    ADD ("/pci/identity-is-read-only", test_identity);
    ADD ("/pci/bars-tell-their-size", test_sizing);
    ADD ("/pci/bars-appear-where-they-are-placed", test_placing);
    ADD ("/pci/sizing-while-decoding-takes-the-bar-away", test_sizing_while_decoding);
    ADD ("/pci/memory-bar-over-ram-is-not-mapped", test_memory_bar_over_ram);
    ADD ("/pci/intx-follows-its-switch", test_intx);
    ADD ("/pci/msi-needs-enable-and-bus-master", test_msi);
    ADD ("/pci/msix-masked-waits-and-is-delivered", test_msix_masked_waits);
    ADD ("/pci/capabilities-are-a-list", test_capabilities_are_a_list);
    ADD ("/pci/what-was-pulled-out-reads-as-zeros-where-its-driver-waits", test_remains);
    ADD ("/pci/random-accesses-do-no-harm", test_random_accesses);
    return g_test_run ();
}
