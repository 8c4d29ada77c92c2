/* SPDX-License-Identifier: GPL-2.0-or-later */
/* virtio-vga.c - fuzzing: a VGA and a virtio-gpu in one, drivers of both, and somebody who looks. */
#include "virtio-vga.h"

#include "test-viewer.h"
#include "fuzz-vga.h"
#include "fuzz-gpu.h"

static struct test_viewer viewer;

static const struct fuzz_virtio gpu = { .compose = fuzz_gpu_compose };

static void
place (struct fuzz *f)
{
    fuzz_virtio_place (f);
    test_pci_place_bar (f->m, FUZZ_DEVFN, 0, FUZZ_BAR (0));
    test_pci_place_bar (f->m, FUZZ_DEVFN, 2, FUZZ_BAR (2));
}

static void
set_up (struct fuzz *f)
{
    const struct device_class *class = &virtio_vga_class;
    struct device_args args;

    f->m = test_machine_new ();
    args = test_device_args (f->m, class, "video0");
    args.slot = FUZZ_SLOT;
    device_option_set (class, (void *) args.config, "memory-mib", "16");
    fuzz_add_device (f, 0, class, &args);
    memset (&viewer, 0, sizeof viewer);
    test_viewer_open (&viewer, f->m);
    fuzz_virtio_probe (f, FUZZ_SLOT);
    fuzz_vga_add_spaces (f);
    fuzz_add_space (f, FUZZ_MMIO, FUZZ_BAR (2), 0x1000);
}

static void
act (struct fuzz *f)
{
    unsigned what = fuzz_pick (&f->script, 16);

    if (what == 0) {
        fuzz_world_advance (20000000);
        test_viewer_poll (&viewer);
    } else if (what < 4) {
        fuzz_vga_set_register (f);
    } else {
        fuzz_virtio_act (f, &gpu);
    }
}

static void
tear_down (struct fuzz *f)
{
    test_viewer_poll (&viewer);
    test_viewer_close (&viewer);
}

FUZZ_HARNESS (.set_up = set_up, .act = act, .place = place, .tear_down = tear_down)
