/* SPDX-License-Identifier: GPL-2.0-or-later */
/* scanout.h - one display: what is shown, what changed, and who watches.
 *
 * Theory of operation.  The display device owns the pixels, in a sealed memfd: its video memory where
 * the guest draws in a format everybody knows (32 bits a pixel), else a shadow picture of its own
 * that it renders text, planes and palettes into.  It is a source, and tells the scanout which memfd
 * and where (scanout_set_surface).  Watchers (display/channel.c: one a connected display process) map
 * it read-only; only geometry and damage travel.
 *
 * A machine has one display but may have two sources for it, as an adapter that starts as a VGA and
 * is taken over by a driver that knows better.  Of those that are on, the one with the highest rank
 * is shown; the others go on telling what they have, and it counts when they are shown again.
 *
 * A cursor that the source does not draw into its picture is told beside it, shape and place, and
 * drawn by whoever shows the picture.
 *
 * Nothing is done while nobody watches.  With the first watcher ops->watch (true) starts dirty
 * tracking; then, at most 60 times a second and only when a watcher is ready for more, ops->refresh()
 * renders what changed and reports it with scanout_damage().  Damage gathers as one bounding box a
 * watcher until that watcher asks.
 *
 * Everything here runs on the main loop's thread, except scanout_set_surface(), scanout_damage(),
 * scanout_set_cursor(), scanout_move_cursor() and scanout_info(), which are for any thread and may be
 * called under the device's lock.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "input.h"
#include "list.h"

struct loop;
struct scanout;

struct scanout_surface {
    int fd;                 /* memfd with the pixels; borrowed, valid until the next set_surface */
    uint64_t offset_bytes;  /* of the first pixel */
    uint32_t width, height; /* pixels; 0×0: nothing is shown */
    uint32_t stride_bytes;  /* the format is always XRGB8888, little-endian */
};

#define SCANOUT_CURSOR_SIDE 64 /* the largest cursor */

struct scanout_cursor {
    uint32_t width, height; /* pixels; 0×0: there is none */
    uint32_t hot_x, hot_y;  /* of the pixel that points, inside */
    uint32_t
        pixels[SCANOUT_CURSOR_SIDE * SCANOUT_CURSOR_SIDE]; /* width × height are used, row after
                                                                   row: ARGB, multiplied by A */
};

struct scanout_ops {
    /* Someone watches now, or nobody any more; also when the source comes to be shown, or ends. */
    void (*watch) (void *opaque, bool on);
    /* Optional: bring the surface up to date and report damage.  No lock held. */
    void (*refresh) (void *opaque);
    /* Optional: viewers would like this size best (1 to DISPLAY_MAX_SIDE pixels); a source that has
     * this can have the guest follow, and is told whether it is shown or not. */
    void (*resize) (void *opaque, uint32_t width, uint32_t height);
};

/* Embed it in what draws. */
struct scanout_source {
    const struct scanout_ops *ops;
    void *opaque;
    unsigned rank; /* of equals, the one added last */

    /* private */
    struct scanout *scanout;
    struct list node;
    bool is_on;                     /* main loop's thread */
    struct scanout_surface surface; /* this and the rest: the scanout's lock */
    struct scanout_cursor cursor;
    int32_t cursor_x, cursor_y;
};

/* Returns NULL when out of memory. */
struct scanout *scanout_create (struct loop *loop, struct input *input);
void scanout_destroy (struct scanout *scanout);

/* SOURCE, whose ops, opaque and rank are set, is shown as soon as it is on.  Remove it before it goes;
 * harmless when it was not added. */
void scanout_add_source (struct scanout *scanout, struct scanout_source *source, bool on);
void scanout_remove_source (struct scanout_source *source);
void scanout_switch_source (struct scanout_source *source, bool on);

/* What SOURCE shows from now on; the whole of it counts as damaged. */
void scanout_set_surface (struct scanout_source *source, const struct scanout_surface *surface);

/* Clipped to the surface. */
void scanout_damage (struct scanout_source *source, uint32_t x, uint32_t y, uint32_t width,
                     uint32_t height);

/* What SOURCE's cursor looks like from now on (copied), and where in the picture it points. */
void scanout_set_cursor (struct scanout_source *source, const struct scanout_cursor *cursor);
void scanout_move_cursor (struct scanout_source *source, int32_t x, int32_t y);

/* Copies what is shown now. */
void scanout_info (struct scanout *scanout, struct scanout_surface *surface);

/* Gives SOCK, one end of a display channel (base/display-protocol.h), to a new watcher, which lives
 * until the peer closes or breaks the protocol.  SOCK is taken over when it succeeds.  Returns 0, -EBUSY
 * when there are as many as it takes, or -errno. */
int scanout_add_channel (struct scanout *scanout, int sock);
