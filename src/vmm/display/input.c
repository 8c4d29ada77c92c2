/* SPDX-License-Identifier: GPL-2.0-or-later */
/* input.c - carries keys and pointer moves from consoles to the devices that show them to the
 * guest.
 *
 * Theory of operation.  The handlers lie in one list, best first.  select_handlers() walks it and
 * notes the first active one for keys, for absolute and for relative moves; it runs when a handler
 * comes or goes and, as work on the main loop, after input_changed().  A guest that sets devices up
 * and lets them go as fast as it can so causes one look a round of the loop, whatever it does.
 *
 * What is down is kept, so that a release always finds its press, a console that goes away leaves
 * nothing pressed, and neither does a handler that is replaced.  A press of a key that is down already
 * is passed on: it is the console's auto-repeat, which guests that rely on the keyboard's own
 * (firmware, DOS) need.
 */
#include "input.h"

#include <linux/input-event-codes.h>
#include <stdlib.h>

#include "bits.h"
#include "loop.h"

/* More than any screen is wide: what a single event may move. */
#define MAX_COUNTS  32767
#define MAX_NOTCHES 127

#define N_WORDS ((KEY_CNT + 63) / 64)

struct input {
    struct loop *loop;
    struct loop_work select_work;
    struct list handlers; /* best first */

    /* Who gets what now; NULL: nobody. */
    struct input_handler *keyboard;
    struct input_handler *absolute;
    struct input_handler *relative;

    void (*watch_cb) (void *opaque);
    void *watch_opaque;

    uint64_t down[N_WORDS]; /* keys and buttons, a bit a code */

    /* Where the last absolute move ended, for the next one's difference. */
    bool has_last;
    unsigned last_x, last_y;
    unsigned last_width, last_height;
};

/* --- what consoles do ------------------------------------------------------------------------ */

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
        input->keyboard->ops->key (input->keyboard->opaque, code, down);
}

/* Whose buttons and wheel are used. */
static const struct input_handler *
get_pointer (const struct input *input)
{
    return input->absolute ? input->absolute : input->relative;
}

void
input_button (struct input *input, unsigned code, bool down)
{
    const struct input_handler *pointer = get_pointer (input);

    if (!is_button (code) || is_down (input, code) == down)
        return;
    set_down (input, code, down);
    if (pointer && pointer->ops->button)
        pointer->ops->button (pointer->opaque, code, down);
}

static int
clamp (int64_t value, int limit)
{
    return value < -limit ? -limit : value > limit ? limit : (int) value;
}

void
input_pointer_relative (struct input *input, int dx, int dy)
{
    dx = clamp (dx, MAX_COUNTS);
    dy = clamp (dy, MAX_COUNTS);
    if ((dx != 0 || dy != 0) && input->relative)
        input->relative->ops->move_relative (input->relative->opaque, dx, dy);
}

/* 0 … LENGTH - 1 to 0 … INPUT_ABS_MAX. */
static unsigned
scale (unsigned at, unsigned length)
{
    return length < 2 ? 0 : (unsigned) ((uint64_t) at * INPUT_ABS_MAX / (length - 1));
}

static int
difference (unsigned to, unsigned from)
{
    return clamp ((int64_t) to - from, MAX_COUNTS);
}

void
input_pointer_absolute (struct input *input, unsigned x, unsigned y, unsigned width,
                        unsigned height)
{
    int dx = 0, dy = 0;

    if (width == 0 || height == 0)
        return;
    x = MIN_OF (x, width - 1);
    y = MIN_OF (y, height - 1);
    if (input->absolute) {
        input->absolute->ops->move_absolute (input->absolute->opaque, scale (x, width),
                                             scale (y, height));
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
    const struct input_handler *pointer = get_pointer (input);

    dx = clamp (dx, MAX_NOTCHES);
    dy = clamp (dy, MAX_NOTCHES);
    if ((dx != 0 || dy != 0) && pointer && pointer->ops->wheel)
        pointer->ops->wheel (pointer->opaque, dx, dy);
}

/* Lets go of all keys, or all buttons, or both. */
static void
release (struct input *input, bool keys, bool buttons)
{
    for (unsigned i = 0; i < N_WORDS; i++) {
        for (uint64_t left = input->down[i]; left != 0; left &= left - 1) {
            unsigned code = i * 64 + (unsigned) __builtin_ctzll (left);

            if (is_button (code) && buttons)
                input_button (input, code, false);
            else if (!is_button (code) && keys)
                input_key (input, code, false);
        }
    }
}

void
input_release_all (struct input *input)
{
    release (input, true, true);
    input->has_last = false;
}

/* --- who gets the events --------------------------------------------------------------------- */

bool
input_pointer_is_absolute (const struct input *input)
{
    return input->absolute != NULL;
}

/* The best active handlers; ABSOLUTE may be RELATIVE. */
static void
find_handlers (struct input *input, struct input_handler **keyboard,
               struct input_handler **absolute, struct input_handler **relative)
{
    *keyboard = *absolute = *relative = NULL;
    list_for_each (node, &input->handlers)
    {
        struct input_handler *h = container_of (node, struct input_handler, node);

        if (h->ops->is_active && !h->ops->is_active (h->opaque))
            continue;
        if (!*keyboard && h->ops->key)
            *keyboard = h;
        if (!*absolute && h->ops->move_absolute)
            *absolute = h;
        if (!*relative && h->ops->move_relative)
            *relative = h;
    }
}

static void
select_handlers (struct input *input)
{
    struct input_handler *keyboard, *absolute, *relative;
    bool was_absolute = input->absolute != NULL;

    find_handlers (input, &keyboard, &absolute, &relative);
    if (keyboard != input->keyboard)
        release (input, true, false);
    if ((absolute ? absolute : relative) != get_pointer (input)) {
        release (input, false, true);
        input->has_last = false;
    }
    input->keyboard = keyboard;
    input->absolute = absolute;
    input->relative = relative;
    if (was_absolute != (absolute != NULL) && input->watch_cb)
        input->watch_cb (input->watch_opaque);
}

static void
select_work_cb (void *opaque)
{
    select_handlers (opaque);
}

void
input_changed (struct input *input)
{
    loop_work_queue (input->loop, &input->select_work);
}

/* Before the first that is not better. */
void
input_add (struct input *input, struct input_handler *handler)
{
    struct list *at = input->handlers.next;

    while (at != &input->handlers
           && container_of (at, struct input_handler, node)->rank > handler->rank)
        at = at->next;
    list_append (at, &handler->node);
    select_handlers (input);
}

void
input_remove (struct input *input, struct input_handler *handler)
{
    list_remove (&handler->node);
    select_handlers (input);
}

void
input_set_pointer_watch (struct input *input, void (*cb) (void *opaque), void *opaque)
{
    input->watch_cb = cb;
    input->watch_opaque = opaque;
}

/* --- life ------------------------------------------------------------------------------------ */

struct input *
input_create (struct loop *loop)
{
    struct input *input = calloc (1, sizeof *input);

    if (!input)
        return NULL;
    input->loop = loop;
    list_init (&input->handlers);
    loop_work_init (&input->select_work, select_work_cb, input);
    return input;
}

void
input_destroy (struct input *input)
{
    if (!input)
        return;
    loop_work_cancel (input->loop, &input->select_work);
    free (input);
}
