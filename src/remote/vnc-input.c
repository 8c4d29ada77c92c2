/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vnc-input.c - one viewer's keyboard and pointer, on their way to the display channel. */
#include "vnc-input.h"

#include <linux/input-event-codes.h>
#include <stddef.h>

#include "bits.h"
#include "vnc-keys.h"

_Static_assert(VNC_INPUT_CODES == KEY_CNT, "a bit for every key and button");

static bool
is_held (const struct vnc_input *input, unsigned code)
{
    return input->held[code / 32] & BIT (code % 32);
}

/* Keys repeat while they are held; a release without a press is no event. */
static void
send_code (struct vnc_input *input, uint32_t type, unsigned code, bool down)
{
    if (!down && !is_held (input, code))
        return;
    if (down)
        input->held[code / 32] |= BIT (code % 32);
    else
        input->held[code / 32] &= ~BIT (code % 32);
    display_client_key (input->display, type, code, down);
}

void
vnc_input_key (struct vnc_input *input, unsigned code, bool down)
{
    if (code > 0 && code < BTN_MISC)
        send_code (input, DISPLAY_MESSAGE_KEY, code, down);
}

/* Presses CODE with Shift as it is now, turned round. */
static void
key_with_other_shift (struct vnc_input *input, unsigned code)
{
    bool left = is_held (input, KEY_LEFTSHIFT), right = is_held (input, KEY_RIGHTSHIFT);

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
    bool shifted = is_held (input, KEY_LEFTSHIFT) || is_held (input, KEY_RIGHTSHIFT);

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
        send_code (input, DISPLAY_MESSAGE_BUTTON, codes[bit], down);
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
    for (unsigned code = 0; code < VNC_INPUT_CODES; code++) {
        if (is_held (input, code))
            send_code (input, code >= BTN_MISC ? DISPLAY_MESSAGE_BUTTON : DISPLAY_MESSAGE_KEY, code,
                       false);
    }
    input->buttons = 0;
}
