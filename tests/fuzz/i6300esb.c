/* SPDX-License-Identifier: GPL-2.0-or-later */
/* i6300esb.c - fuzzing: a driver that feeds its watchdog, or does not. */
#include "i6300esb.h"

#include "fuzz.h"

static void
set_up (struct fuzz *f)
{
    const struct device_class *class = &i6300esb_class;
    struct device_args args;

    f->m = test_machine_new ();
    args = test_device_args (f->m, class, "watchdog0");
    args.slot = FUZZ_SLOT;
    device_option_set (class, (void *) args.config, "action",
                       device_action_names[fuzz_pick (&f->script, DEVICE_ACTION_N)]);
    fuzz_add_device (f, 0, class, &args);
    fuzz_add_space (f, FUZZ_MMIO, FUZZ_BAR (0), I6300ESB_BAR_BYTES);
    fuzz_add_space (f, FUZZ_CONFIG, FUZZ_DEVFN, PCI_CONFIG_SIZE);
}

static void
place (struct fuzz *f)
{
    test_pci_place_bar (f->m, FUZZ_DEVFN, 0, FUZZ_BAR (0));
}

static void
act (struct fuzz *f)
{
    static const uint8_t registers[] = { I6300ESB_PRELOAD1, I6300ESB_PRELOAD2, I6300ESB_RELOAD };
    struct fuzz_script *s = &f->script;
    unsigned what = fuzz_pick (s, 4);

    if (what == 0) {
        pci_config_write (f->m->env.pci, FUZZ_DEVFN, I6300ESB_CONFIG, (uint32_t) fuzz_take (s, 1),
                          2);
    } else if (what == 1) {
        pci_config_write (f->m->env.pci, FUZZ_DEVFN, I6300ESB_LOCK, (uint32_t) fuzz_take (s, 1), 1);
    } else {
        test_mmio_write (f->m, FUZZ_BAR (0) + I6300ESB_RELOAD, I6300ESB_UNLOCK1, 2);
        test_mmio_write (f->m, FUZZ_BAR (0) + I6300ESB_RELOAD, I6300ESB_UNLOCK2, 2);
        test_mmio_write (f->m, FUZZ_BAR (0) + registers[fuzz_pick (s, 3)], fuzz_number (s),
                         2u << fuzz_pick (s, 2));
    }
}

FUZZ_HARNESS (.set_up = set_up, .act = act, .place = place)
