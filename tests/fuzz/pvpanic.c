/* SPDX-License-Identifier: GPL-2.0-or-later */
/* pvpanic.c - fuzzing: a kernel that says it crashed, by a port and by a PCI function. */
#include "pvpanic.h"

#include "fuzz.h"

static void
set_up (struct fuzz *f)
{
    f->m = test_machine_new ();
    fuzz_add_device (f, 0, &pvpanic_class, NULL);
    fuzz_add_device (f, 1, &pvpanic_pci_class, NULL);
    fuzz_add_space (f, FUZZ_PORTS, PVPANIC_PORT, 1);
    fuzz_add_space (f, FUZZ_PORTS, PVPANIC_PORT - 3, 8);
    fuzz_add_space (f, FUZZ_MMIO, FUZZ_BAR (0), PVPANIC_BAR_BYTES);
    fuzz_add_space (f, FUZZ_CONFIG, FUZZ_DEVFN, PCI_CONFIG_SIZE);
}

static void
place (struct fuzz *f)
{
    test_pci_place_bar (f->m, FUZZ_DEVFN, 0, FUZZ_BAR (0));
}

FUZZ_HARNESS (.set_up = set_up, .act = fuzz_poke, .place = place)
