/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ps2-keyboard.h - a PS/2 keyboard at the end of the i8042's cable.
 *
 * A state machine without lock, port or interrupt: the controller calls it under its own lock.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "ps2-queue.h"

/* As many bytes as wait for a controller that fetches none.  With the one in its output buffer that
 * makes sixteen, which is what drivers throw away before they call a controller broken. */
#define PS2_KEYBOARD_BUFFER 15

#define PS2_KEYBOARD_CODES 256 /* evdev codes above have no key here */

struct ps2_keyboard {
    struct ps2_queue replies; /* to commands; they overtake keys, but never split a key's bytes */
    struct ps2_queue keys;
    uint8_t set; /* scan code set: 1, 2 or 3 */
    uint8_t leds;
    bool is_scanning;
    bool is_overrun;     /* the overrun code was the last thing put into keys */
    uint8_t awaited;     /* the command whose argument comes next; 0: none */
    uint8_t last_sent;   /* for RESEND */
    uint8_t last_key;    /* the last byte of keys that was sent: a prefix is followed by its code */
    uint8_t sysrq_form;  /* how PrintScreen was pressed, for its release */
    uint8_t shift_state; /* which of shift, control and alt are down */
    uint64_t
        told[PS2_KEYBOARD_CODES / 64]; /* the host was told of the press but not of the release */
    uint64_t owed[PS2_KEYBOARD_CODES / 64]; /* releases that there was no room for */
};

/* As after power-on: scan code set 2, scanning, nothing to send. */
void ps2_keyboard_reset (struct ps2_keyboard *self);

/* A byte from the host. */
void ps2_keyboard_receive (struct ps2_keyboard *self, uint8_t byte);

/* The next byte for the host; false when there is none. */
bool ps2_keyboard_send (struct ps2_keyboard *self, uint8_t *byte);

/* A key, by its evdev code, goes down (again: repeats) or up.  Codes no PC keyboard has do nothing.
 */
void ps2_keyboard_key (struct ps2_keyboard *self, unsigned code, bool down);

/* The set 1 code for a set 2 code, as the controller translates. */
uint8_t ps2_keyboard_translate (uint8_t set2);
