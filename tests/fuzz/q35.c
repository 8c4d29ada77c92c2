/* SPDX-License-Identifier: GPL-2.0-or-later */
/* q35.c - fuzzing: firmware and a system at the chipset: configuration mechanisms, routing of
 * interrupts, power management, reset. */
#include "q35.h"

#include <stdlib.h>

#include "fuzz.h"
#include "pvpanic.h"

#define ECAM 0xb0000000u

static struct q35 *q35;

static void
set_up (struct fuzz *f)
{
    f->m = test_machine_new ();
    if (q35_create (&f->m->env, &q35) < 0)
        abort ();
    fuzz_add_device (f, 0, &pvpanic_pci_class, NULL);
    fuzz_add_space (f, FUZZ_PORTS, 0xcf8, 8);
    fuzz_add_space (f, FUZZ_PORTS, PM_BASE, PM_BYTES);
    fuzz_add_space (f, FUZZ_PORTS, 0xb2, 2);
    fuzz_add_space (f, FUZZ_PORTS, 0x92, 1);
    fuzz_add_space (f, FUZZ_CONFIG, 0, PCI_CONFIG_SIZE);
    fuzz_add_space (f, FUZZ_CONFIG, Q35_DEVFN_LPC, PCI_CONFIG_SIZE);
    fuzz_add_space (f, FUZZ_MMIO, ECAM, 0x110000);
    fuzz_add_space (f, FUZZ_MMIO, 0xfed1c000, 0x4000);
}

/* ECAM where the script looks for it, decoding of the function on. */
static void
place (struct fuzz *f)
{
    pci_config_write (f->m->env.pci, 0, 0x64, 0, 4);
    pci_config_write (f->m->env.pci, 0, 0x60, ECAM | 1, 4);
    test_pci_place_bar (f->m, FUZZ_DEVFN, 0, FUZZ_BAR (0));
}

static void
act (struct fuzz *f)
{
    static const uint8_t devfns[] = { 0, Q35_DEVFN_LPC, FUZZ_DEVFN };
    static const uint8_t registers[] = { 0x00, 0x02, 0x04, 0x08, 0x10, 0x20, 0x28, 0x30, 0x34 };
    struct fuzz_script *s = &f->script;
    unsigned what = fuzz_pick (s, 8), devfn = devfns[fuzz_pick (s, ARRAY_SIZE (devfns))];

    if (what < 2) {
        test_out32 (f->m, 0xcf8, 0x80000000u | devfn << 8 | (uint32_t) fuzz_take (s, 1));
        test_out32 (f->m, 0xcfc, (uint32_t) fuzz_number (s));
    } else if (what == 2) {
        test_mmio_write (f->m, ECAM + (devfn << 12) + fuzz_pick (s, 0x100), fuzz_number (s),
                         1u << fuzz_pick (s, 4));
    } else if (what == 3) {
        q35_press_power_button (q35);
    } else if (what == 4) {
        pm_raise_gpe (q35_get_pm (q35), PM_GPE_PCI_HOTPLUG);
        test_out8 (f->m, 0xb2, (uint8_t) fuzz_pick (s, 4));
    } else if (what == 5 && fuzz_once_in (s, 16)) {
        q35_prepare_without_firmware (q35);
    } else {
        uint16_t port = PM_BASE + registers[fuzz_pick (s, ARRAY_SIZE (registers))];

        test_out16 (f->m, port, (uint16_t) fuzz_number (s));
        test_in16 (f->m, port);
    }
}

static void
reset (struct fuzz *f)
{
    device_reset (f->devices[0]);
    q35_reset (q35);
}

static void
finish (struct fuzz *f)
{
    q35_destroy (q35);
    test_machine_free (f->m);
}

FUZZ_HARNESS (.set_up = set_up, .act = act, .place = place, .reset = reset, .finish = finish)
