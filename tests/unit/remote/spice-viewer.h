/* SPDX-License-Identifier: GPL-2.0-or-later */
/* spice-viewer.h - a SPICE viewer without a window: a session of spice-gtk's on sockets of the fixture's. */
#pragma once

#include <spice-client.h>

#include "remote-fixture.h"

struct spice_viewer {
    struct remote_fixture *fixture;
    SpiceSession *session;
    SpiceMainChannel *main;
    SpiceDisplayChannel *display;
    SpiceInputsChannel *inputs;
    SpiceCursorChannel *cursor;

    /* The picture, as the library has it; 0×0: none. */
    SpiceDisplayPrimary primary;
    guint n_primaries;       /* so many there were */
    guint n_invalidated;     /* so often something changed */
    int x, y, width, height; /* what changed last */

    SpiceCursorShape *shape; /* of the cursor; NULL: none */
    gboolean hidden;
    int cursor_x, cursor_y;
    guint n_shapes, n_moves;

    guint n_opening;   /* channels that are on their way */
    GPtrArray *relays; /* between each channel and the server */
    gboolean can_type; /* inputs are open */
    gboolean is_gone;  /* the server hung up */
};

/* Once, after g_test_init(): what the library merely does not like is no failure. */
void spice_viewer_init (void);

/* Connects. */
void spice_viewer_open (struct spice_viewer *viewer, struct remote_fixture *f);

/* Leaves, once what was begun is open: the library complains of channels that go before. */
void spice_viewer_close (struct spice_viewer *viewer);

/* From now on nothing is read that the server sends, though all connections stay. */
void spice_viewer_deafen (struct spice_viewer *viewer);

/* Runs the main loop until CONDITION holds of the viewer; fails after ten seconds. */
#define spice_viewer_await(viewer, condition)                                                      \
    do {                                                                                           \
        gint64 deadline = g_get_monotonic_time () + 10 * G_USEC_PER_SEC;                           \
                                                                                                   \
        while (!(condition)) {                                                                     \
            g_assert_cmpint (g_get_monotonic_time (), <, deadline);                                \
            spice_viewer_turn (viewer);                                                            \
        }                                                                                          \
    } while (0)

/* One turn of the main loop, of at most 10 ms. */
void spice_viewer_turn (struct spice_viewer *viewer);

/* Asserts that the viewer's picture is what the fixture's memory has from OFFSET on, STRIDE bytes a line. */
void spice_viewer_await_pixels (struct spice_viewer *viewer, unsigned stride, uint64_t offset);
