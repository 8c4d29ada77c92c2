/* SPDX-License-Identifier: GPL-2.0-or-later */
/* spice-input.h - viewers' keyboards and pointers, on their way from the SPICE library to the display
 * channel. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <spice.h>

#include "display-client.h"
#include "held-codes.h"

/* Where in a key's scancode the last byte was. */
enum spice_scan_state {
    SPICE_SCAN_PLAIN,
    SPICE_SCAN_EXTENDED, /* after E0h */
    SPICE_SCAN_PAUSE_1,  /* after E1h: Pause is E1h 1Dh 45h */
    SPICE_SCAN_PAUSE_2,
};

struct spice_input {
    SpiceServer *server;
    struct display_client *display;
    SpiceKbdInstance keyboard;
    SpiceMouseInstance mouse;
    SpiceTabletInstance tablet;
    bool has_tablet; /* the library has it */
    enum spice_scan_state scan;
    struct held_codes held;
    unsigned buttons; /* the library's mask */
};

/* Adds keyboard and mouse to SERVER.  Returns false when it does not want them. */
bool spice_input_init (struct spice_input *input, SpiceServer *server,
                       struct display_client *display);

/* The display's pointer may be of another kind: viewers send positions or differences. */
void spice_input_pointer_changed (struct spice_input *input);

/* Lets go of everything that is held down. */
void spice_input_release (struct spice_input *input);

/* One byte of a scancode of set 1; for the library, and for tests. */
void spice_input_scan (struct spice_input *input, uint8_t byte);

/* BUTTONS is what the library makes of a viewer's; the same. */
void spice_input_buttons (struct spice_input *input, unsigned buttons);
