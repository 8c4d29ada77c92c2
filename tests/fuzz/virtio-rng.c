/* SPDX-License-Identifier: GPL-2.0-or-later */
/* virtio-rng.c - fuzzing: a driver that wants random bytes, anywhere and any number. */
#include "rng.h"

#include "fuzz-virtio.h"

static const struct fuzz_virtio rng = { 0 };

static void
set_up (struct fuzz *f)
{
    f->m = test_machine_new ();
    fuzz_add_device (f, 0, &virtio_rng_class, NULL);
    fuzz_virtio_probe (f, FUZZ_SLOT);
}

static void
act (struct fuzz *f)
{
    fuzz_virtio_act (f, &rng);
}

FUZZ_HARNESS (.set_up = set_up, .act = act, .place = fuzz_virtio_place)
