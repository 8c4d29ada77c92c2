/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vnc-keys.h - from what viewers call a key to evdev's code for it. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum vnc_shift {
    VNC_SHIFT_ANY, /* the key means the same with and without */
    VNC_SHIFT_UP,
    VNC_SHIFT_DOWN,
};

/* The key with the number that QEMU's extended key event uses: a PC scancode of set 1, bit 7 set
 * where E0h goes before it.  0: there is none. */
unsigned vnc_key_from_number (uint32_t number);

/* The key that makes the X11 keysym KEYSYM on a US keyboard, and whether Shift has to be held for
 * it.  0: there is none. */
unsigned vnc_key_from_keysym (uint32_t keysym, enum vnc_shift *shift);
