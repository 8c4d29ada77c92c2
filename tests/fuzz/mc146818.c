/* SPDX-License-Identifier: GPL-2.0-or-later */
/* mc146818.c - fuzzing: a driver of the real-time clock, and time. */
#include "mc146818.h"

#include <stdlib.h>

#include "fuzz.h"

static void
set_up (struct fuzz *f)
{
    const struct mc146818_config config = {
        .low_bytes = fuzz_number (&f->script) & UINT32_MAX,
        .high_bytes = fuzz_number (&f->script),
        .n_vcpus = 1 + fuzz_pick (&f->script, 256),
        .offset_s = fuzz_pick (&f->script, 2) ? 3600 : 0,
    };

    f->m = test_machine_new ();
    if (mc146818_create (&f->m->env, &config, &f->devices[0]) < 0)
        abort ();
    device_reset (f->devices[0]);
    fuzz_add_space (f, FUZZ_PORTS, 0x70, 2);
    fuzz_add_space (f, FUZZ_PORTS, 0x70, 8);
}

static void
set_register (struct fuzz *f, unsigned index, unsigned value)
{
    test_out8 (f->m, 0x70, (uint8_t) index);
    test_out8 (f->m, 0x71, (uint8_t) value);
}

/* The clock is stopped, set and let go, as systems do it. */
static void
set_clock (struct fuzz *f)
{
    unsigned b = (unsigned) fuzz_take (&f->script, 1);

    set_register (f, 0x0b, b | 0x80);
    for (unsigned n = fuzz_pick (&f->script, 12); n > 0; n--)
        set_register (f, fuzz_pick (&f->script, 10), (unsigned) fuzz_take (&f->script, 1));
    set_register (f, 0x32, (unsigned) fuzz_number (&f->script));
    set_register (f, 0x0b, b & 0x7f);
}

static void
act (struct fuzz *f)
{
    unsigned what = fuzz_pick (&f->script, 16);

    if (what == 0) {
        set_clock (f);
    } else if (what == 1) {
        mc146818_set_vcpus (f->devices[0], 1 + fuzz_pick (&f->script, 256));
    } else if (what == 2) {
        mc146818_get_offset_s (f->devices[0]);
    } else if (what < 9) {
        set_register (f, fuzz_pick (&f->script, 14), (unsigned) fuzz_number (&f->script));
    } else {
        test_out8 (f->m, 0x70, (uint8_t) fuzz_pick (&f->script, 14));
        test_in8 (f->m, 0x71);
    }
}

FUZZ_HARNESS (.set_up = set_up, .act = act)
