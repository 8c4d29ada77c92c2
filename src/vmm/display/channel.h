/* SPDX-License-Identifier: GPL-2.0-or-later */
/* channel.h - one end of a display channel: the socket of one watcher.
 *
 * A channel knows the wire (base/display-protocol.h) and what its peer holds down; what is shown
 * and what changed is scanout.c's.  Everything here runs on the main loop's thread.  Sending never
 * blocks: a peer that does not read is told less, not waited for.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "display-protocol.h"
#include "loop.h"
#include "scanout.h"

#define CHANNEL_CODES 0x300 /* evdev's KEY_CNT: keys and buttons */

struct channel;

struct channel_ops {
    /* The peer wants one damage message, or does not any more. */
    void (*ready) (struct channel *channel, bool is_ready);
    /* The peer typed, moved or clicked; what the guest makes of it should be seen soon. */
    void (*active) (struct channel *channel);
    /* The peer would like a picture of this size; 1 to DISPLAY_MAX_SIDE. */
    void (*resize) (struct channel *channel, uint32_t width, uint32_t height);
    /* There is room in the socket again, after a send had said -EAGAIN. */
    void (*writable) (struct channel *channel);
    /* The peer is gone or broke the protocol: nothing is read or sent any more.  The owner calls
     * channel_close() soon, but not from this callback. */
    void (*broken) (struct channel *channel);
};

/* Embed it in the watcher. */
struct channel {
    const struct channel_ops *ops;
    struct loop *loop;
    struct input *input;
    int sock; /* owned */
    struct loop_watch watch;
    bool waits_for_room;
    uint32_t width, height;            /* of the scanout the peer was told last */
    bool told_absolute;                /* the kind of pointer the peer was told last */
    uint32_t down[CHANNEL_CODES / 32]; /* what the peer holds down, a bit a code */
};

/* Takes SOCK over when it succeeds; the first callback may come in the next round of LOOP.
 * Returns 0 or -errno. */
int channel_open (struct channel *channel, struct loop *loop, struct input *input, int sock,
                  const struct channel_ops *ops);

/* Lets go of what the peer held down and closes the socket.  Not from a callback of CHANNEL. */
void channel_close (struct channel *channel);

/* Return 0, -EAGAIN when the socket is full (ops->writable follows), or -errno when the channel is
 * broken (ops->broken was called). */
int channel_send_hello (struct channel *channel);
int channel_send_pointer_kind (struct channel *channel); /* when the peer does not know it */
int channel_send_scanout (struct channel *channel, const struct scanout_surface *surface,
                          bool resizes);
int channel_send_cursor (struct channel *channel, const struct scanout_cursor *cursor);
int channel_send_cursor_at (struct channel *channel, int32_t x, int32_t y);
int channel_send_damage (struct channel *channel, uint32_t x, uint32_t y, uint32_t width,
                         uint32_t height);
