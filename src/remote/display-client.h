/* SPDX-License-Identifier: GPL-2.0-or-later */
/* display-client.h - the viewer's end of a display channel (base/display-protocol.h).
 *
 * Whoever is at the other end is not trusted: a picture is taken only when its memfd is sealed
 * against shrinking and as large as the message says, and it is mapped read-only.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "display-protocol.h"

/* Input that the peer did not take yet. */
#define DISPLAY_CLIENT_QUEUE 128

struct display_client_ops {
    /* Another picture; the old one's pixels are mapped until this returns. */
    void (*picture) (void *opaque);
    /* A part of the picture changed. */
    void (*damage) (void *opaque, uint32_t x, uint32_t y, uint32_t width, uint32_t height);
    /* The guest's cursor has another shape, or another place. */
    void (*cursor) (void *opaque);
    void (*cursor_moved) (void *opaque);
};

struct display_client {
    const struct display_client_ops *ops;
    void *opaque;
    int sock; /* owned; -1: no channel */
    bool said_hello;
    bool pointer_is_absolute;

    /* The picture.  0×0: none.  It outlives the channel it came over. */
    uint32_t width, height, stride_bytes;
    bool resizes; /* display_client_resize() may come to something */
    const uint8_t *pixels;
    void *map; /* owned */
    size_t map_bytes;

    /* The guest's cursor, which is not in the picture; 0×0: none. */
    struct display_cursor cursor;
    int32_t cursor_x, cursor_y; /* where it points */

    bool is_ready; /* READY was sent, and no DAMAGE came since */
    union display_request queue[DISPLAY_CLIENT_QUEUE];
    unsigned n_queued;
};

void display_client_init (struct display_client *client, const struct display_client_ops *ops,
                          void *opaque);

/* Talks over SOCK, which is taken over, from now on; a channel before it is closed. */
void display_client_set_channel (struct display_client *client, int sock);

/* Closes the channel and forgets the picture. */
void display_client_finish (struct display_client *client);

/* Handles what came in, without blocking.  Returns 0, or -errno when the channel is at its end: it
 * is closed then. */
int display_client_receive (struct display_client *client);

/* Sends what is queued, as far as the peer takes it.  Returns whether some is left: call again when
 * the socket is writable. */
bool display_client_flush (struct display_client *client);

/* Asks for the next damage, or takes that back; nothing happens when that is so already. */
void display_client_set_ready (struct display_client *client, bool ready);

/* Input; ignored without a channel.  TYPE is one of enum display_message_type. */
void display_client_key (struct display_client *client, uint32_t type, uint32_t code, bool down);
void display_client_pointer (struct display_client *client, uint32_t type, int32_t x, int32_t y);

/* Says which size the picture should have best; out of range: nothing. */
void display_client_resize (struct display_client *client, uint32_t width, uint32_t height);
