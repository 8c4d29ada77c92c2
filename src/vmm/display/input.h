/* SPDX-License-Identifier: GPL-2.0-or-later */
/* input.h - carries keys and pointer moves from consoles to the devices that show them to the guest.
 *
 * A machine has several keyboards and pointers: a PS/2 pair that every guest knows, better ones that
 * a guest may or may not have a driver for.  Each is a handler with a rank and says whether the guest
 * uses it now; of those that are used the one with the highest rank gets the events, of equals the
 * one added last:
 *
 *   keys                go to one keyboard
 *   absolute moves      go to the absolute pointer if there is one, else, as the difference to the
 *                       last, to the relative one
 *   relative moves      go to the relative pointer
 *   buttons and wheel   go where absolute moves go
 *
 * Whenever another handler takes over, the one before is told that all it held down is let go of.
 *
 * Keys are evdev codes (linux/input-event-codes.h).  Everything here is for the main loop's thread,
 * and for the time before the machine runs, except input_changed().
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "list.h"

struct input;
struct loop;

#define INPUT_ABS_MAX 32767 /* the right and bottom edge, in absolute moves */

enum input_rank {
    INPUT_RANK_PS2,
    INPUT_RANK_USB,
    INPUT_RANK_VIRTIO,
};

/* What a handler takes; NULL for what it has not.  Called on the main loop's thread, with no lock
 * held. */
struct input_ops {
    /* Whether the guest has set the device up and listens to it; NULL: always.  When the answer
     * changes the device says so with input_changed(). */
    bool (*is_active) (void *opaque);

    /* A keyboard. */
    void (*key) (void *opaque, unsigned code, bool down);

    /* A pointer: one of the moves, or both. */
    void (*move_relative) (void *opaque, int dx, int dy);         /* counts; down is positive */
    void (*move_absolute) (void *opaque, unsigned x, unsigned y); /* 0 to INPUT_ABS_MAX */
    void (*button) (void *opaque, unsigned code, bool down);      /* BTN_LEFT … */
    void (*wheel) (void *opaque, int dx, int dy); /* notches; down and right are positive */
};

/* Embed it in its device, which fills in the first three. */
struct input_handler {
    const struct input_ops *ops;
    void *opaque;
    enum input_rank rank;
    struct list node; /* linked while added; list_init() it before the first input_add() */
};

/* NULL when out of memory. */
struct input *input_create (struct loop *loop);
void input_destroy (struct input *input);

/* The device is complete when it calls this: its hooks are called from here on. */
void input_add (struct input *input, struct input_handler *handler);

/* The handler may be told of releases in this call, and of nothing after it.  Harmless on one that
 * is not there. */
void input_remove (struct input *input, struct input_handler *handler);

/* Some handler's is_active() may answer differently from now on; asks them all soon.  Any thread,
 * under any device's lock. */
void input_changed (struct input *input);

/* From consoles.  A code that is no key, or a value out of range, is ignored.
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

/* Calls CB, one for all, when that has changed; NULL: nobody. */
void input_set_pointer_watch (struct input *input, void (*cb) (void *opaque), void *opaque);
