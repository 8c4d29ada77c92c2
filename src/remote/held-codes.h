/* SPDX-License-Identifier: GPL-2.0-or-later */
/* held-codes.h - the keys and buttons that viewers hold down, so that they can be let go of when those leave. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "display-client.h"

#define HELD_CODES_N 0x300 /* evdev's KEY_CNT */

/* Zeroed: nothing is held. */
struct held_codes {
    uint32_t bits[HELD_CODES_N / 32];
};

/* CODE is evdev's, below HELD_CODES_N, here and in what follows. */
bool held_codes_has (const struct held_codes *held, unsigned code);

/* Tells DISPLAY that CODE is pressed or let go of, in a message of TYPE, DISPLAY_MESSAGE_KEY or _BUTTON.  Keys repeat
 * while they are held; a release without a press is no event, nor is one of code 0. */
void held_codes_send (struct held_codes *held, struct display_client *display, uint32_t type,
                      unsigned code, bool down);

/* Lets go of everything. */
void held_codes_release (struct held_codes *held, struct display_client *display);
