/* SPDX-License-Identifier: GPL-2.0-or-later */
/* held-codes.c - the keys and buttons that viewers hold down. */
#include "held-codes.h"

#include <linux/input-event-codes.h>

#include "bits.h"

_Static_assert(HELD_CODES_N == KEY_CNT, "a bit for every key and button");

bool
held_codes_has (const struct held_codes *held, unsigned code)
{
    return held->bits[code / 32] & BIT (code % 32);
}

void
held_codes_send (struct held_codes *held, struct display_client *display, uint32_t type,
                 unsigned code, bool down)
{
    if (code == 0 || (!down && !held_codes_has (held, code)))
        return;
    if (down)
        held->bits[code / 32] |= BIT (code % 32);
    else
        held->bits[code / 32] &= ~BIT (code % 32);
    display_client_key (display, type, code, down);
}

void
held_codes_release (struct held_codes *held, struct display_client *display)
{
    for (unsigned code = 0; code < HELD_CODES_N; code++) {
        if (held_codes_has (held, code))
            held_codes_send (held, display,
                             code >= BTN_MISC ? DISPLAY_MESSAGE_BUTTON : DISPLAY_MESSAGE_KEY, code,
                             false);
    }
}
