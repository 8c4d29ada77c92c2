/* SPDX-License-Identifier: GPL-2.0-or-later */
/* e1000e.c - fuzzing: anything a guest and a wire can do to the 82574L. */
#include "e1000e.h"

#include "nic.h"

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
    fuzz_nic (&e1000e_class, 0, 0x20000, data, size);
    return 0;
}
