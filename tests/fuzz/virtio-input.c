/* SPDX-License-Identifier: GPL-2.0-or-later */
/* virtio-input.c - fuzzing: a driver of a keyboard, a mouse or a tablet, and a user at it. */
#include "virtio-input.h"

#include "input.h"
#include "fuzz-user.h"
#include "fuzz-virtio.h"

static const struct fuzz_virtio input = { 0 };

static void
set_up (struct fuzz *f)
{
    static const struct device_class *const classes[] = {
        &virtio_keyboard_class,
        &virtio_mouse_class,
        &virtio_tablet_class,
    };

    f->m = test_machine_new ();
    fuzz_add_device (f, 0, classes[fuzz_pick (&f->script, ARRAY_SIZE (classes))], NULL);
    fuzz_virtio_probe (f, FUZZ_SLOT);
}

/* Asks the configuration for something there is. */
static void
ask (struct fuzz *f)
{
    static const uint8_t selects[] = {
        VIRTIO_INPUT_SELECT_NAME,  VIRTIO_INPUT_SELECT_SERIAL,  VIRTIO_INPUT_SELECT_DEVIDS,
        VIRTIO_INPUT_SELECT_PROPS, VIRTIO_INPUT_SELECT_EV_BITS, VIRTIO_INPUT_SELECT_ABS_INFO,
    };
    const struct fuzz_space *config = &f->spaces[1];

    test_mmio_write (f->m, config->base + VIRTIO_INPUT_CFG_SELECT,
                     selects[fuzz_pick (&f->script, ARRAY_SIZE (selects))], 1);
    test_mmio_write (f->m, config->base + VIRTIO_INPUT_CFG_SUBSEL, fuzz_pick (&f->script, 0x20), 1);
    for (unsigned at = 0; at < VIRTIO_INPUT_CFG_BYTES; at += 8)
        test_mmio_read (f->m, config->base + at, 8);
}

static void
act (struct fuzz *f)
{
    unsigned what = fuzz_pick (&f->script, 4);

    if (what == 0)
        fuzz_user (f);
    else if (what == 1 && fuzz_once_in (&f->script, 4))
        ask (f);
    else
        fuzz_virtio_act (f, &input);
}

FUZZ_HARNESS (.set_up = set_up, .act = act, .place = fuzz_virtio_place)
