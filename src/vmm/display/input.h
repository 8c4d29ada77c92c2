/* SPDX-License-Identifier: GPL-2.0-or-later */
/* input.h - carries keys and pointer moves from consoles to the devices that show them to the guest.
 *
 * Keys are evdev codes (linux/input-event-codes.h).  An absolute move goes to the absolute pointer if
 * there is one, else to the relative one as the difference to the last.
 */
#pragma once

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

struct input;

#define INPUT_ABS_MAX 32767 /* the right and bottom edge, in absolute moves */

struct input_keyboard_ops {
    void (*key) (void *opaque, unsigned code, bool down);
};

struct input_pointer_ops {
    void (*move_relative) (void *opaque, int dx, int dy); /* counts; down is positive */
    void (*move_absolute) (void *opaque, unsigned x, unsigned y); /* NULL: a relative pointer */
    void (*button) (void *opaque, unsigned code, bool down); /* BTN_LEFT … */
    void (*wheel) (void *opaque, int dx, int dy); /* notches; down is positive */
};

struct input *input_create (void);
void input_destroy (struct input *input);

/* The device that registered last gets the events; OPS NULL: nobody does.  Before the machine runs or
 * when it is taken apart.  Handlers run on the main loop's thread. */
void input_set_keyboard (struct input *input, const struct input_keyboard_ops *ops, void *opaque);
void input_set_pointer (struct input *input, const struct input_pointer_ops *ops, void *opaque);

/* From consoles.  Main loop thread.  A code that is no key, or a value out of range, is ignored.
 * WIDTH and HEIGHT of the picture turn absolute moves into relative ones. */
void input_key (struct input *input, unsigned code, bool down);
void input_pointer_relative (struct input *input, int dx, int dy);
void input_pointer_absolute (struct input *input, unsigned x, unsigned y, unsigned width,
                             unsigned height);
void input_button (struct input *input, unsigned code, bool down);
void input_wheel (struct input *input, int dx, int dy);

/* Lets go of every key and button that is down (a console went away). */
void input_release_all (struct input *input);

/* Whether the pointer in use is absolute (consoles then hide their own grab). */
bool input_pointer_is_absolute (const struct input *input);
