/* SPDX-License-Identifier: GPL-2.0-or-later */
/* i8042.c - fuzzing: a driver of the keyboard controller, its keyboard and its mouse, and a user. */
#include "i8042.h"

#include <stdlib.h>

#include "fuzz-user.h"

#define DATA    0x60
#define COMMAND 0x64

static void
set_up (struct fuzz *f)
{
    f->m = test_machine_new ();
    if (i8042_create (&f->m->env, &f->devices[0]) < 0)
        abort ();
    device_reset (f->devices[0]);
    fuzz_add_space (f, FUZZ_PORTS, DATA, 1);
    fuzz_add_space (f, FUZZ_PORTS, COMMAND, 1);
    fuzz_add_space (f, FUZZ_PORTS, DATA, 8);
}

/* A command for the controller, the keyboard or the mouse, and an argument. */
static void
command (struct fuzz *f)
{
    static const uint8_t controller[] = { 0x20, 0x60, 0xa7, 0xa8, 0xa9, 0xaa, 0xab, 0xad, 0xae,
                                          0xc0, 0xd0, 0xd1, 0xd2, 0xd3, 0xd4, 0xdd, 0xdf, 0xfe };
    static const uint8_t keyboard[] = { 0xed, 0xee, 0xf0, 0xf2, 0xf3, 0xf4, 0xf5,
                                        0xf6, 0xf7, 0xfa, 0xfb, 0xfd, 0xfe, 0xff };
    static const uint8_t mouse[] = { 0xe6, 0xe7, 0xe8, 0xe9, 0xea, 0xeb, 0xec, 0xee,
                                     0xf0, 0xf2, 0xf3, 0xf4, 0xf5, 0xf6, 0xfe, 0xff };
    struct fuzz_script *s = &f->script;
    unsigned who = fuzz_pick (s, 3);

    if (who == 0) {
        test_out8 (f->m, COMMAND, controller[fuzz_pick (s, ARRAY_SIZE (controller))]);
    } else if (who == 1) {
        test_out8 (f->m, DATA, keyboard[fuzz_pick (s, ARRAY_SIZE (keyboard))]);
    } else {
        test_out8 (f->m, COMMAND, 0xd4);
        test_out8 (f->m, DATA, mouse[fuzz_pick (s, ARRAY_SIZE (mouse))]);
    }
    if (fuzz_once_in (s, 2)) {
        if (who == 2)
            test_out8 (f->m, COMMAND, 0xd4);
        test_out8 (f->m, DATA, (uint8_t) fuzz_number (s));
    }
}

static void
act (struct fuzz *f)
{
    unsigned what = fuzz_pick (&f->script, 4);

    if (what == 0) {
        fuzz_user (f);
    } else if (what == 1) {
        for (unsigned n = fuzz_pick (&f->script, 16); n > 0; n--)
            test_in8 (f->m, DATA);
    } else {
        command (f);
    }
}

FUZZ_HARNESS (.set_up = set_up, .act = act)
