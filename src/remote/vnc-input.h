/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vnc-input.h - one viewer's keyboard and pointer, on their way to the display channel. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "display-client.h"
#include "held-codes.h"

/* What a viewer holds down, so that it can be let go of when the viewer leaves. */
struct vnc_input {
    struct display_client *display;
    struct held_codes held;
    unsigned buttons; /* RFB's button mask */
};

/* Presses or lets go of the key with evdev's CODE; 0 is nothing. */
void vnc_input_key (struct vnc_input *input, unsigned code, bool down);

/* The same for a viewer that only knows X11 keysyms: the key is the one of a US keyboard, and Shift
 * is held or lifted where the viewer's keyboard has the character elsewhere. */
void vnc_input_keysym (struct vnc_input *input, uint32_t keysym, bool down);

/* BUTTONS is RFB's mask.  X and Y are pixels, or counts when IS_RELATIVE. */
void vnc_input_pointer (struct vnc_input *input, unsigned buttons, int x, int y, bool is_relative);

/* Lets go of everything. */
void vnc_input_release (struct vnc_input *input);
