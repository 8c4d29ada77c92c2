/* SPDX-License-Identifier: GPL-2.0-or-later */
/* scanout-private.h - what the two halves of the display share: scanout.c, what is shown;
 * scanout-watcher.c, who is told.
 *
 * The lock guards what sources set from any thread, perhaps under their device's lock; it is a leaf
 * and never held across a callback or a send.  The lists of watchers and sources, and which source is
 * shown, change on the main loop's thread only, under the lock, so that thread may look at them
 * without.
 */
#pragma once

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "list.h"
#include "loop.h"
#include "scanout.h"

struct scanout_box {
    uint32_t x1, y1, x2, y2; /* [x1, x2) × [y1, y2); empty when x1 == x2 */
};

struct scanout {
    struct loop *loop;
    struct input *input;
    struct loop_timer timer;
    struct loop_work tell_work; /* tell_all() on the main loop's thread */
    struct loop_work reap_work;
    int64_t last_tick_ns;
    _Atomic int64_t last_active_ns;
    _Atomic bool is_ticking;              /* tell_all() follows, no need to queue it */
    uint32_t wanted_width, wanted_height; /* of the last RESIZE; 0×0: none came yet */

    struct list watchers; /* see above, as the next three */
    unsigned n_watchers;
    struct list sources;           /* in the order they were added */
    struct scanout_source *active; /* the one that is shown, or NULL */

    pthread_mutex_t lock;
    /* Count what was shown, what cursors looked like and where they were; lock. */
    uint64_t surface_serial, cursor_serial, cursor_at_serial;
};

/* scanout.c */

bool box_is_empty (const struct scanout_box *box);
void box_add (struct scanout_box *box, const struct scanout_box *more);

/* What is shown now; the caller holds the lock. */
struct scanout_surface scanout_surface_locked (const struct scanout *scanout);

/* Viewers want that size. */
void scanout_wish (struct scanout *scanout, uint32_t width, uint32_t height);

/* scanout-watcher.c */

void watchers_init (struct scanout *scanout);
void watchers_destroy (struct scanout *scanout);

/* Something is to be told soon.  Any thread. */
void watchers_happened (struct scanout *scanout);

/* Keep, or take up, the fast rhythm.  Any thread. */
void watchers_note_active (struct scanout *scanout);

/* Adds to every watcher's damage; the caller holds the lock. */
void watchers_damage_locked (struct scanout *scanout, const struct scanout_box *box);

/* The surface is another one: its whole is every watcher's damage; the caller holds the lock. */
void watchers_new_surface_locked (struct scanout *scanout);
