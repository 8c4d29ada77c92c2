/* SPDX-License-Identifier: GPL-2.0-or-later */
/* fuzz-vga.h - fuzzing: what a driver gone mad does to the registers of a VGA. */
#pragma once

#include "fuzz.h"
#include "vga-private.h"

static inline void
fuzz_vga_add_spaces (struct fuzz *f)
{
    fuzz_add_space (f, FUZZ_PORTS, 0x3b0, 0x30);
    fuzz_add_space (f, FUZZ_PORTS, 0x3c0, 0x20);
    fuzz_add_space (f, FUZZ_PORTS, 0x1ce, 3);
    fuzz_add_space (f, FUZZ_MMIO, 0xa0000, 0x20000);
}

/* One register of one of its index-and-data pairs; the screen stays on. */
static inline void
fuzz_vga_set_register (struct fuzz *f)
{
    static const struct {
        uint16_t port;
        uint8_t n;
    } pairs[] = { { 0x3c4, 5 }, { 0x3ce, 9 }, { 0x3d4, 25 }, { 0x3b4, 25 } };
    struct fuzz_script *s = &f->script;
    unsigned what = fuzz_pick (s, 6);

    if (what < ARRAY_SIZE (pairs)) {
        test_out8 (f->m, pairs[what].port, (uint8_t) fuzz_pick (s, pairs[what].n));
        test_out8 (f->m, pairs[what].port + 1, (uint8_t) fuzz_take (s, 1));
    } else if (what == 4) {
        test_in8 (f->m, 0x3da);
        test_out8 (f->m, 0x3c0, (uint8_t) fuzz_pick (s, 21));
        test_out8 (f->m, 0x3c0, (uint8_t) fuzz_take (s, 1));
        test_out8 (f->m, 0x3c0, 0x20);
    } else {
        test_out16 (f->m, 0x1ce, (uint16_t) fuzz_pick (s, 12));
        test_out16 (f->m, 0x1cf, (uint16_t) fuzz_number (s));
    }
}
