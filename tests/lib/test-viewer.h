/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test-viewer.h - a viewer of a test machine's display: takes what the display channel says, checks
 * that it makes sense, and keeps it to be looked at.
 */
#pragma once

#include "display-protocol.h"
#include "test-machine.h"

struct test_viewer {
    struct test_machine *m;
    int channel;

    /* The picture; 0×0: none is shown. */
    unsigned width, height, stride;
    bool resizes;
    uint8_t *map;
    size_t map_bytes;
    const uint8_t *pixels;

    struct display_cursor cursor;
    int cursor_x, cursor_y;

    bool is_ready; /* damage was asked for */
    unsigned n_scanouts, n_damages, n_cursors;
    struct display_damage damage; /* the last */
};

/* Begins to look; takes what a newcomer is told. */
void test_viewer_open (struct test_viewer *v, struct test_machine *m);
void test_viewer_close (struct test_viewer *v);

/* Asks for what is new and runs the loop until it came; something must be new. */
void test_viewer_look (struct test_viewer *v);

/* Asks, takes what is there already. */
void test_viewer_poll (struct test_viewer *v);

/* Says which size it likes. */
void test_viewer_resize (struct test_viewer *v, unsigned width, unsigned height);

/* RRGGBB. */
uint32_t test_viewer_pixel (const struct test_viewer *v, unsigned x, unsigned y);
