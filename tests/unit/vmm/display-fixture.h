/* SPDX-License-Identifier: GPL-2.0-or-later */
/* display-fixture.h - a scanout with a device that only counts, input that only notes, and viewers.
 */
#pragma once

#include <glib.h>

#include "display-protocol.h"
#include "input.h"
#include "loop.h"
#include "scanout.h"

#define NOTES 64

struct display_fixture {
    struct loop *loop;
    struct input *input;
    struct scanout *scanout;
    struct scanout_source source;
    int memfd;

    struct input_handler ps2, tablet; /* the guest uses the latter, or not */
    bool tablet_is_active;

    unsigned n_refreshes;
    bool is_watched;
    bool damage_at_refresh; /* the device draws one pixel more each time */

    struct {
        char what; /* k key, b button, r relative, a absolute, w wheel */
        int x, y;  /* code and down, or a move */
    } notes[NOTES];
    unsigned n_notes;
};

void display_fixture_setup (struct display_fixture *f, gconstpointer absolute);
void display_fixture_teardown (struct display_fixture *f, gconstpointer data);

void display_show (struct display_fixture *f, unsigned width, unsigned height);

/* The guest takes up the absolute pointer, or lets it go. */
void display_set_tablet (struct display_fixture *f, bool active);

/* A viewer: the peer's end of a new channel. */
int display_add_viewer (struct display_fixture *f);
void display_send (int viewer, const void *message, size_t len);
void display_send_ready (int viewer);

/* Runs the loop until VIEWER has a message, and takes it; *FD (may be NULL) is what came with it or
 * -1.  Fails the test after 10 s. */
union display_message display_receive (struct display_fixture *f, int viewer, int *fd);

/* Runs the loop until nothing is ready; VIEWER has no message then. */
void display_expect_silence (struct display_fixture *f, int viewer);
void display_settle (struct display_fixture *f);

/* Runs the loop until N notes were taken. */
void display_wait_notes (struct display_fixture *f, unsigned n);

/* Runs the loop until VIEWER is hung up on. */
void display_expect_hangup (struct display_fixture *f, int viewer);
