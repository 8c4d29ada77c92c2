/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vnc-input.c - one viewer's keyboard and pointer, on their way to the display channel. */
#include "vnc-input.h"

#include <linux/input-event-codes.h>
#include <stddef.h>

#include "bits.h"
#include "vnc-keys.h"

void
vnc_input_key (struct vnc_input *input, unsigned code, bool down)
{
    if (code > 0 && code < BTN_MISC)
        held_codes_send (&input->held, input->display, DISPLAY_MESSAGE_KEY, code, down);
}

/* Presses CODE with Shift as it is now, turned round. */
static void
key_with_other_shift (struct vnc_input *input, unsigned code)
{
    bool left = held_codes_has (&input->held, KEY_LEFTSHIFT),
         right = held_codes_has (&input->held, KEY_RIGHTSHIFT);

    if (left || right) {
        vnc_input_key (input, KEY_LEFTSHIFT, false);
        vnc_input_key (input, KEY_RIGHTSHIFT, false);
        vnc_input_key (input, code, true);
        if (left)
            vnc_input_key (input, KEY_LEFTSHIFT, true);
        if (right)
            vnc_input_key (input, KEY_RIGHTSHIFT, true);
    } else {
        vnc_input_key (input, KEY_LEFTSHIFT, true);
        vnc_input_key (input, code, true);
        vnc_input_key (input, KEY_LEFTSHIFT, false);
    }
}

void
vnc_input_keysym (struct vnc_input *input, uint32_t keysym, bool down)
{
    enum vnc_shift shift;
    unsigned code = vnc_key_from_keysym (keysym, &shift);
    bool shifted = held_codes_has (&input->held, KEY_LEFTSHIFT)
                   || held_codes_has (&input->held, KEY_RIGHTSHIFT);

    if (down && shift != VNC_SHIFT_ANY && shifted != (shift == VNC_SHIFT_DOWN))
        key_with_other_shift (input, code);
    else
        vnc_input_key (input, code, down);
}

/* RFB numbers buttons by bits; four of them are the wheel's directions. */
static void
send_button (struct vnc_input *input, unsigned bit, bool down)
{
    static const uint16_t codes[] = {
        [0] = BTN_LEFT, [1] = BTN_MIDDLE, [2] = BTN_RIGHT, [7] = BTN_SIDE
    };
    static const struct {
        int8_t x, y;
    } wheel[] = { [3] = { 0, -1 }, [4] = { 0, 1 }, [5] = { -1, 0 }, [6] = { 1, 0 } };

    if (codes[bit])
        held_codes_send (&input->held, input->display, DISPLAY_MESSAGE_BUTTON, codes[bit], down);
    else if (down)
        display_client_pointer (input->display, DISPLAY_MESSAGE_WHEEL, wheel[bit].x, wheel[bit].y);
}

void
vnc_input_pointer (struct vnc_input *input, unsigned buttons, int x, int y, bool is_relative)
{
    unsigned changed = (buttons ^ input->buttons) & 0xff;

    if (!is_relative)
        display_client_pointer (input->display, DISPLAY_MESSAGE_POINTER_ABSOLUTE, x, y);
    else if (x != 0 || y != 0)
        display_client_pointer (input->display, DISPLAY_MESSAGE_POINTER_RELATIVE, x, y);
    for (unsigned bit = 0; bit < 8; bit++) {
        if (changed & BIT (bit))
            send_button (input, bit, buttons & BIT (bit));
    }
    input->buttons = buttons & 0xff;
}

void
vnc_input_release (struct vnc_input *input)
{
    held_codes_release (&input->held, input->display);
    input->buttons = 0;
}
