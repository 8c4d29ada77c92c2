/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vnc-viewer.h - one connected viewer: what it says, and what is on its way to it.
 *
 * Nothing here waits for a viewer: see vnc-viewer.c.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include <rfb/rfb.h>
#include <rfb/rfbregion.h>

#include "vnc-input.h"

struct vnc_cursor;

struct vnc_viewer {
    rfbClientPtr rfb;                /* NULL: nobody sits here */
    int sock;                        /* the library's, as rfb->sock, except while it draws */
    bool is_awake;                   /* something may have come in, or may go out now */
    uint32_t skip_bytes;             /* of a message that is thrown away */
    bool wants_pointer_kind;         /* knows QEMU's pointer motion change */
    bool wants_alpha_cursor;         /* knows cursors with alpha */
    const struct vnc_cursor *cursor; /* the guest's */

    int queue_fd; /* a memfd with what goes to the viewer; owned */
    uint64_t queue_start, queue_end;

    struct vnc_input input;
};

/* Seats a viewer that talks over SOCK, a stream socket, which is taken over in any case.  Returns 0
 * or -errno. */
int vnc_viewer_open (struct vnc_viewer *viewer, rfbScreenInfoPtr screen, int sock,
                     struct display_client *display, const struct vnc_cursor *cursor);

/* Hangs up, lets go of what the viewer held down; harmless on an empty seat. */
void vnc_viewer_close (struct vnc_viewer *viewer);

/* Once, before the first viewer: the messages the library does not know. */
void vnc_viewer_register_extension (void);

/* Handles what came in and sends what is due.  Returns false when the viewer has gone or has to go:
 * close it.  is_awake is still set when there is more to do at once. */
bool vnc_viewer_run (struct vnc_viewer *viewer);

/* Whether the viewer waits for something to change. */
bool vnc_viewer_is_hungry (const struct vnc_viewer *viewer);

/* Tells the viewer whether its pointer moves are positions or differences, if it knows the latter.
 */
void vnc_viewer_send_pointer_kind (struct vnc_viewer *viewer);

/* Sends the guest's cursor to a viewer that draws it, or has that sent with the next update. */
void vnc_viewer_send_cursor (struct vnc_viewer *viewer);
