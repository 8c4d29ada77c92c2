/* SPDX-License-Identifier: GPL-2.0-or-later */
/* spice-input.c - viewers' keyboards and pointers, on their way from the SPICE library to the display
 * channel.
 *
 * All viewers share one keyboard and one pointer, as the library knows no more.  It lets go of the keys of a
 * viewer that leaves, but not of the buttons; once nobody is there, spice_input_release() does.
 */
#include "spice-input.h"

#include <linux/input-event-codes.h>

#include "bits.h"
#include "vnc-keys.h"

#define SCAN_RELEASE  0x80
#define SCAN_EXTENDED 0x80 /* in a key's number: E0h goes before it */

/* --- keys ---------------------------------------------------------------------------- */

void
spice_input_scan (struct spice_input *input, uint8_t byte)
{
    enum spice_scan_state state = input->scan;
    uint32_t number = byte & ~SCAN_RELEASE;

    input->scan = SPICE_SCAN_PLAIN;
    if (byte == 0xe0) {
        input->scan = SPICE_SCAN_EXTENDED;
    } else if (byte == 0xe1) {
        input->scan = SPICE_SCAN_PAUSE_1;
    } else if (state == SPICE_SCAN_PAUSE_1) {
        input->scan = SPICE_SCAN_PAUSE_2;
    } else if (state == SPICE_SCAN_PAUSE_2) {
        held_codes_send (&input->held, input->display, DISPLAY_MESSAGE_KEY, KEY_PAUSE,
                         !(byte & SCAN_RELEASE));
    } else {
        if (state == SPICE_SCAN_EXTENDED)
            number |= SCAN_EXTENDED;
        held_codes_send (&input->held, input->display, DISPLAY_MESSAGE_KEY,
                         vnc_key_from_number (number), !(byte & SCAN_RELEASE));
    }
}

static void
push_scan_cb (SpiceKbdInstance *sin, uint8_t byte)
{
    spice_input_scan (container_of (sin, struct spice_input, keyboard), byte);
}

/* The display channel does not tell: the library counts the presses of the lock keys. */
static uint8_t
get_leds_cb (SpiceKbdInstance *sin)
{
    return 0;
}

static const SpiceKbdInterface keyboard_interface = {
    .base = {
        .type = SPICE_INTERFACE_KEYBOARD,
        .description = "keyboard",
        .major_version = SPICE_INTERFACE_KEYBOARD_MAJOR,
        .minor_version = SPICE_INTERFACE_KEYBOARD_MINOR,
    },
    .push_scan_freg = push_scan_cb,
    .get_leds = get_leds_cb,
};

/* --- pointers ------------------------------------------------------------------------ */

/* Left and right are neighbours in the library's mask, the middle one comes after them. */
void
spice_input_buttons (struct spice_input *input, unsigned buttons)
{
    static const uint16_t codes[] = {
        [0] = BTN_LEFT, [1] = BTN_RIGHT, [2] = BTN_MIDDLE, [5] = BTN_SIDE, [6] = BTN_EXTRA
    };
    unsigned changed = buttons ^ input->buttons;

    for (unsigned bit = 0; bit < ARRAY_SIZE (codes); bit++) {
        if (changed & BIT (bit))
            held_codes_send (&input->held, input->display, DISPLAY_MESSAGE_BUTTON, codes[bit],
                             buttons & BIT (bit));
    }
    input->buttons = buttons;
}

static void
send_wheel (struct spice_input *input, int notches)
{
    if (notches != 0)
        display_client_pointer (input->display, DISPLAY_MESSAGE_WHEEL, 0, notches);
}

static void
mouse_motion_cb (SpiceMouseInstance *sin, int dx, int dy, int dz, uint32_t buttons)
{
    struct spice_input *input = container_of (sin, struct spice_input, mouse);

    if (dx != 0 || dy != 0)
        display_client_pointer (input->display, DISPLAY_MESSAGE_POINTER_RELATIVE, dx, dy);
    send_wheel (input, dz);
    spice_input_buttons (input, buttons);
}

static void
mouse_buttons_cb (SpiceMouseInstance *sin, uint32_t buttons)
{
    spice_input_buttons (container_of (sin, struct spice_input, mouse), buttons);
}

static const SpiceMouseInterface mouse_interface = {
    .base = {
        .type = SPICE_INTERFACE_MOUSE,
        .description = "mouse",
        .major_version = SPICE_INTERFACE_MOUSE_MAJOR,
        .minor_version = SPICE_INTERFACE_MOUSE_MINOR,
    },
    .motion = mouse_motion_cb,
    .buttons = mouse_buttons_cb,
};

/* Positions are pixels of the picture, as on the display channel. */
static void
tablet_size_cb (SpiceTabletInstance *sin, int width, int height)
{
}

static void
tablet_position_cb (SpiceTabletInstance *sin, int x, int y, uint32_t buttons)
{
    struct spice_input *input = container_of (sin, struct spice_input, tablet);

    display_client_pointer (input->display, DISPLAY_MESSAGE_POINTER_ABSOLUTE, x, y);
    spice_input_buttons (input, buttons);
}

static void
tablet_wheel_cb (SpiceTabletInstance *sin, int notches, uint32_t buttons)
{
    struct spice_input *input = container_of (sin, struct spice_input, tablet);

    send_wheel (input, notches);
    spice_input_buttons (input, buttons);
}

static void
tablet_buttons_cb (SpiceTabletInstance *sin, uint32_t buttons)
{
    spice_input_buttons (container_of (sin, struct spice_input, tablet), buttons);
}

static const SpiceTabletInterface tablet_interface = {
    .base = {
        .type = SPICE_INTERFACE_TABLET,
        .description = "tablet",
        .major_version = SPICE_INTERFACE_TABLET_MAJOR,
        .minor_version = SPICE_INTERFACE_TABLET_MINOR,
    },
    .set_logical_size = tablet_size_cb,
    .position = tablet_position_cb,
    .wheel = tablet_wheel_cb,
    .buttons = tablet_buttons_cb,
};

/* --- for others ---------------------------------------------------------------------- */

void
spice_input_pointer_changed (struct spice_input *input)
{
    bool absolute = input->display->pointer_is_absolute;

    if (absolute && !input->has_tablet) {
        input->tablet = (SpiceTabletInstance){ .base.sif = &tablet_interface.base };
        input->has_tablet = spice_server_add_interface (input->server, &input->tablet.base) == 0;
    } else if (!absolute && input->has_tablet) {
        spice_server_remove_interface (&input->tablet.base);
        input->has_tablet = false;
    }
}

void
spice_input_release (struct spice_input *input)
{
    held_codes_release (&input->held, input->display);
    input->buttons = 0;
    input->scan = SPICE_SCAN_PLAIN;
}

bool
spice_input_init (struct spice_input *input, SpiceServer *server, struct display_client *display)
{
    *input = (struct spice_input){ .server = server, .display = display };
    input->keyboard.base.sif = &keyboard_interface.base;
    input->mouse.base.sif = &mouse_interface.base;
    return spice_server_add_interface (server, &input->keyboard.base) == 0
           && spice_server_add_interface (server, &input->mouse.base) == 0;
}
