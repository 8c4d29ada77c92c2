/* SPDX-License-Identifier: GPL-2.0-or-later */
/* random-pokes.h - what a guest gone mad does to a block of ports, the same on every run. */
#pragma once

#include "test-machine.h"

#define RANDOM_POKES 200000

/* Reads and writes of 1, 2 and 4 bytes at FIRST … FIRST + SPAN - 1, a fixed sequence.  BETWEEN (may
 * be NULL) is called every 16 accesses with a random number, for what comes from outside. */
static inline void
random_pokes (struct test_machine *m, uint16_t first, unsigned span,
              void (*between) (void *opaque, uint32_t random), void *opaque)
{
    g_autoptr (GRand) rand = g_rand_new_with_seed (0x5eed);

    for (unsigned i = 0; i < RANDOM_POKES; i++) {
        uint16_t port = (uint16_t)(first + g_rand_int_range (rand, 0, (gint32)span));
        uint32_t value = g_rand_int (rand);

        switch (g_rand_int_range (rand, 0, 6)) {
        case 0:
            test_in8 (m, port);
            break;
        case 1:
            test_in16 (m, port);
            break;
        case 2:
            test_in32 (m, port);
            break;
        case 3:
            test_out8 (m, port, (uint8_t)value);
            break;
        case 4:
            test_out16 (m, port, (uint16_t)value);
            break;
        default:
            test_out32 (m, port, value);
            break;
        }
        if (i % 16 == 0 && between)
            between (opaque, g_rand_int (rand));
        if (i % 256 == 0)
            loop_iterate (m->env.loop, 0);
    }
}
