/* SPDX-License-Identifier: GPL-2.0-or-later */
/* fuzz-user.h - fuzzing: a user at keyboard and mouse. */
#pragma once

#include "fuzz.h"
#include "input.h"

static inline void
fuzz_user (struct fuzz *f)
{
    struct input *input = f->m->env.input;
    struct fuzz_script *s = &f->script;
    unsigned what = fuzz_pick (s, 8);

    switch (what) {
    case 0:
    case 1:
    case 2:
        input_key (input, fuzz_pick (s, 0x300), fuzz_once_in (s, 2));
        break;
    case 3:
        input_pointer_relative (input, (int8_t) fuzz_take (s, 1), (int) (int32_t) fuzz_number (s));
        break;
    case 4:
        input_pointer_absolute (input, (unsigned) fuzz_number (s), (unsigned) fuzz_take (s, 2),
                                (unsigned) fuzz_take (s, 2), (unsigned) fuzz_number (s));
        break;
    case 5:
        input_button (input, 0x110 + fuzz_pick (s, 8), fuzz_once_in (s, 2));
        break;
    case 6:
        input_wheel (input, (int8_t) fuzz_take (s, 1), (int) (int32_t) fuzz_number (s));
        break;
    default:
        input_release_all (input);
        break;
    }
}
