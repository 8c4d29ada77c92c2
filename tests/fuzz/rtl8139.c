/* SPDX-License-Identifier: GPL-2.0-or-later */
/* rtl8139.c - fuzzing: anything a guest and a wire can do to the RTL8139C+. */
#include "rtl8139.h"

#include "nic.h"

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
    fuzz_nic (&rtl8139_class, 1, 0x100, data, size);
    return 0;
}
