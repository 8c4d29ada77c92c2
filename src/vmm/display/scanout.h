/* SPDX-License-Identifier: GPL-2.0-or-later */
/* scanout.h - one display: what is shown, what changed, and who watches.
 *
 * Theory of operation.  The display device owns the pixels, in a sealed memfd: its video memory where
 * the guest draws in a format everybody knows (32 bits a pixel), else a shadow picture of its own
 * that it renders text, planes and palettes into.  It tells the scanout which memfd and where
 * (scanout_set_surface).  Watchers (display/channel.c: one a connected display process) map it
 * read-only; only geometry and damage travel.
 *
 * Nothing is done while nobody watches.  With the first watcher ops->watch (true) starts dirty
 * tracking; then, at most 60 times a second and only when a watcher is ready for more, ops->refresh()
 * renders what changed and reports it with scanout_damage().  Damage gathers as one bounding box a
 * watcher until that watcher asks.
 *
 * Everything here runs on the main loop's thread, except scanout_set_surface(), scanout_damage() and
 * scanout_info(), which are for any thread and may be called under the device's lock.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "input.h"

struct loop;
struct scanout;

struct scanout_surface {
    int fd;                /* memfd with the pixels; borrowed, valid until the next set_surface */
    uint64_t offset_bytes; /* of the first pixel */
    uint32_t width, height; /* pixels; 0×0: nothing is shown */
    uint32_t stride_bytes;  /* the format is always XRGB8888, little-endian */
};

struct scanout_ops {
    /* Someone watches now, or nobody any more. */
    void (*watch) (void *opaque, bool on);
    /* Bring the surface up to date and report damage.  Main loop thread, no lock held. */
    void (*refresh) (void *opaque);
};

/* Returns NULL when out of memory. */
struct scanout *scanout_create (struct loop *loop, struct input *input);
void scanout_destroy (struct scanout *scanout);

/* The one device that draws; before the machine runs. */
void scanout_set_device (struct scanout *scanout, const struct scanout_ops *ops, void *opaque);

/* What is shown from now on; the whole of it counts as damaged. */
void scanout_set_surface (struct scanout *scanout, const struct scanout_surface *surface);

/* Clipped to the surface. */
void scanout_damage (struct scanout *scanout, uint32_t x, uint32_t y, uint32_t width,
                     uint32_t height);

/* Copies what is shown now. */
void scanout_info (struct scanout *scanout, struct scanout_surface *surface);

/* Gives SOCK, one end of a display channel (base/display-protocol.h), to a new watcher, which lives
 * until the peer closes or breaks the protocol.  SOCK is taken over.  Returns 0 or -errno. */
int scanout_add_channel (struct scanout *scanout, int sock);
