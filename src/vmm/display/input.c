/* SPDX-License-Identifier: GPL-2.0-or-later */
/* input.c - carries keys and pointer moves from consoles to the devices that show them to the
 * guest.
 *
 * Keeps what is down, so that a release always finds its press and a console that goes away leaves
 * nothing pressed.  A press of a key that is down already is passed on: it is the console's
 * auto-repeat, which guests that rely on the keyboard's own (firmware, DOS) need.
 */
#include "input.h"

#include <linux/input-event-codes.h>
#include <stdlib.h>

#include "bits.h"

/* More than any screen is wide: what a single event may move. */
#define MAX_COUNTS  32767
#define MAX_NOTCHES 127

#define N_WORDS ((KEY_CNT + 63) / 64)

struct input {
    const struct input_keyboard_ops *keyboard; /* NULL: nobody */
    void *keyboard_opaque;
    const struct input_pointer_ops *pointer; /* NULL: nobody */
    void *pointer_opaque;

    uint64_t down[N_WORDS]; /* keys and buttons, a bit a code */

    /* Where the last absolute move ended, for the next one's difference. */
    bool has_last;
    unsigned last_x, last_y;
    unsigned last_width, last_height;
};

struct input *
input_create (void)
{
    return calloc (1, sizeof (struct input));
}

void
input_destroy (struct input *input)
{
    free (input);
}

void
input_set_keyboard (struct input *input, const struct input_keyboard_ops *ops, void *opaque)
{
    input->keyboard = ops;
    input->keyboard_opaque = opaque;
}

void
input_set_pointer (struct input *input, const struct input_pointer_ops *ops, void *opaque)
{
    input->pointer = ops;
    input->pointer_opaque = opaque;
}

static bool
is_key (unsigned code)
{
    return (code > KEY_RESERVED && code < BTN_MISC)
           || (code >= KEY_OK && code < BTN_TRIGGER_HAPPY
               && !(code >= BTN_DPAD_UP && code <= BTN_DPAD_RIGHT));
}

static bool
is_button (unsigned code)
{
    return code >= BTN_MOUSE && code <= BTN_TASK;
}

static bool
is_down (const struct input *input, unsigned code)
{
    return input->down[code / 64] >> (code % 64) & 1;
}

static void
set_down (struct input *input, unsigned code, bool down)
{
    if (down)
        input->down[code / 64] |= BIT_ULL (code % 64);
    else
        input->down[code / 64] &= ~BIT_ULL (code % 64);
}

void
input_key (struct input *input, unsigned code, bool down)
{
    if (!is_key (code) || (!down && !is_down (input, code)))
        return;
    set_down (input, code, down);
    if (input->keyboard)
        input->keyboard->key (input->keyboard_opaque, code, down);
}

void
input_button (struct input *input, unsigned code, bool down)
{
    if (!is_button (code) || is_down (input, code) == down)
        return;
    set_down (input, code, down);
    if (input->pointer)
        input->pointer->button (input->pointer_opaque, code, down);
}

static int
clamp (int64_t value, int limit)
{
    return value < -limit ? -limit : value > limit ? limit : (int)value;
}

void
input_pointer_relative (struct input *input, int dx, int dy)
{
    dx = clamp (dx, MAX_COUNTS);
    dy = clamp (dy, MAX_COUNTS);
    if ((dx == 0 && dy == 0) || !input->pointer || !input->pointer->move_relative)
        return;
    input->pointer->move_relative (input->pointer_opaque, dx, dy);
}

/* 0 … LENGTH - 1 to 0 … INPUT_ABS_MAX. */
static unsigned
scale (unsigned at, unsigned length)
{
    return length < 2 ? 0 : (unsigned)((uint64_t)at * INPUT_ABS_MAX / (length - 1));
}

static int
difference (unsigned to, unsigned from)
{
    return clamp ((int64_t)to - from, MAX_COUNTS);
}

void
input_pointer_absolute (struct input *input, unsigned x, unsigned y, unsigned width,
                        unsigned height)
{
    int dx = 0, dy = 0;

    if (width == 0 || height == 0 || !input->pointer)
        return;
    x = MIN_OF (x, width - 1);
    y = MIN_OF (y, height - 1);
    if (input->pointer->move_absolute) {
        input->pointer->move_absolute (input->pointer_opaque, scale (x, width), scale (y, height));
        return;
    }

    /* A picture of another size has other pixels: its first move says only where the pointer is. */
    if (input->has_last && input->last_width == width && input->last_height == height) {
        dx = difference (x, input->last_x);
        dy = difference (y, input->last_y);
    }
    input->has_last = true;
    input->last_x = x;
    input->last_y = y;
    input->last_width = width;
    input->last_height = height;
    input_pointer_relative (input, dx, dy);
}

void
input_wheel (struct input *input, int dx, int dy)
{
    dx = clamp (dx, MAX_NOTCHES);
    dy = clamp (dy, MAX_NOTCHES);
    if ((dx == 0 && dy == 0) || !input->pointer || !input->pointer->wheel)
        return;
    input->pointer->wheel (input->pointer_opaque, dx, dy);
}

void
input_release_all (struct input *input)
{
    for (unsigned i = 0; i < N_WORDS; i++) {
        while (input->down[i] != 0) {
            unsigned code = i * 64 + (unsigned)__builtin_ctzll (input->down[i]);

            if (is_button (code))
                input_button (input, code, false);
            else
                input_key (input, code, false);
        }
    }
    input->has_last = false;
}

bool
input_pointer_is_absolute (const struct input *input)
{
    return input->pointer && input->pointer->move_absolute;
}
