/* SPDX-License-Identifier: GPL-2.0-or-later */
/* acpi-hotplug.c - fuzzing: a system's AML at the registers by which PCI devices and processors come
 * and go, and a user who plugs and unplugs. */
#include "acpi-cpu-hotplug.h"

#include <stdlib.h>

#include "acpi-pci-hotplug.h"
#include "acpi.h"
#include "fuzz.h"
#include "q35.h"

#define N_CPUS 4

static struct q35 *q35;
static struct acpi_pci_hotplug *pci;
static struct acpi_cpu_hotplug *cpu;

static void
eject_slots (void *opaque, uint32_t slots)
{
    if (slots == 0)
        abort ();
    for (unsigned i = 0; i < PCI_N_SLOTS; i++) {
        if (slots & BIT (i))
            acpi_pci_hotplug_set_removable (pci, i, false);
    }
}

static void
slot_status (void *opaque, unsigned slot, unsigned event, unsigned status)
{
    if (slot >= PCI_N_SLOTS)
        abort ();
}

static void
eject_cpu (void *opaque, unsigned index)
{
    if (index == 0 || index >= N_CPUS)
        abort ();
}

static void
cpu_status (void *opaque, unsigned index, unsigned event, unsigned status)
{
    if (index >= N_CPUS)
        abort ();
}

static const struct acpi_pci_hotplug_ops pci_ops = { eject_slots, slot_status };
static const struct acpi_cpu_hotplug_ops cpu_ops = { eject_cpu, cpu_status };

static void
set_up (struct fuzz *f)
{
    struct pm *pm;

    f->m = test_machine_new ();
    if (q35_create (&f->m->env, &q35) < 0)
        abort ();
    pm = q35_get_pm (q35);
    if (acpi_pci_hotplug_create (&f->m->env, pm, &pci_ops, f, &pci) < 0
        || acpi_cpu_hotplug_create (&f->m->env, pm, N_CPUS, &cpu_ops, f, &cpu) < 0)
        abort ();
    acpi_cpu_hotplug_set_present (cpu, 0, true);
    fuzz_add_space (f, FUZZ_PORTS, ACPI_PCI_HOTPLUG_BASE, 24);
    fuzz_add_space (f, FUZZ_PORTS, ACPI_CPU_HOTPLUG_BASE, 12);
    fuzz_add_space (f, FUZZ_PORTS, PM_BASE + 0x20, 16);
    fuzz_add_space (f, FUZZ_PORTS, 0xb2, 2);
}

static void
act (struct fuzz *f)
{
    struct fuzz_script *s = &f->script;
    unsigned slot = fuzz_pick (s, PCI_N_SLOTS), index = 1 + fuzz_pick (s, N_CPUS - 1);

    switch (fuzz_pick (s, 12)) {
    case 0:
        acpi_pci_hotplug_set_removable (pci, slot, fuzz_once_in (s, 2));
        break;
    case 1:
        acpi_pci_hotplug_plugged (pci, slot);
        break;
    case 2:
        acpi_pci_hotplug_ask_to_eject (pci, slot);
        break;
    case 3:
        acpi_pci_hotplug_vanished (pci, slot);
        break;
    case 4:
        acpi_pci_hotplug_stop_asking (pci, slot);
        break;
    case 5:
        acpi_cpu_hotplug_set_present (cpu, index, true);
        acpi_cpu_hotplug_plugged (cpu, index);
        break;
    case 6:
        acpi_cpu_hotplug_ask_to_eject (cpu, index);
        break;
    case 7:
        acpi_cpu_hotplug_stop_asking (cpu, index);
        break;
    case 8:
        acpi_pci_hotplug_guest_listens (pci);
        acpi_cpu_hotplug_guest_listens (cpu);
        break;
    case 9:
        test_out8 (f->m, PM_BASE + 0x28, (uint8_t) fuzz_take (s, 1));
        test_out8 (f->m, 0xb2, 2);
        break;
    default: /* a processor is looked at, and something done to it */
        test_out32 (f->m, ACPI_CPU_HOTPLUG_BASE, fuzz_pick (s, N_CPUS + 1));
        test_out8 (f->m, ACPI_CPU_HOTPLUG_BASE + 5, (uint8_t) fuzz_pick (s, 4));
        test_out8 (f->m, ACPI_CPU_HOTPLUG_BASE + 4, (uint8_t) fuzz_take (s, 1));
        test_in32 (f->m, ACPI_CPU_HOTPLUG_BASE + 8);
        break;
    }
}

static void
reset (struct fuzz *f)
{
    acpi_pci_hotplug_reset (pci);
    acpi_cpu_hotplug_reset (cpu);
    q35_reset (q35);
}

static void
finish (struct fuzz *f)
{
    acpi_cpu_hotplug_destroy (cpu);
    acpi_pci_hotplug_destroy (pci);
    q35_destroy (q35);
    test_machine_free (f->m);
}

FUZZ_HARNESS (.set_up = set_up, .act = act, .reset = reset, .finish = finish)
