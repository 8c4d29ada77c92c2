/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vhost-user-peer.h - the process behind a disk, as a thread: a vhost-user-blk device with the manners a test
 * asks for. */
#pragma once

#include <glib.h>
#include <stdint.h>

#define PEER_DISK_BYTES (1u << 20)
#define PEER_SEGMENTS   8
#define PEER_MAX_BYTES  (64u << 10) /* that one discard, or write of zeros, may be about */

enum peer_manner {
    PEER_GOOD,
    /* while it is greeted */
    PEER_HAS_NO_FEATURES,
    PEER_HAS_NO_CONFIG,
    PEER_HAS_NO_SIZE,
    PEER_IS_HUGE,
    PEER_CANNOT_ZERO,
    PEER_ANSWERS_ANOTHER_QUESTION,
    PEER_ANSWERS_TOO_MUCH,
    PEER_ANSWERS_IN_PIECES, /* which is fine */
    PEER_CLOSES,
    PEER_IS_READ_ONLY,
    PEER_IS_SMALLER,
    /* after so many requests */
    PEER_DIES,           /* without having looked at the next */
    PEER_DIES_WHEN_DONE, /* with the next done, but not said so */
    PEER_FAILS,
    PEER_KNOWS_NO_DISCARD,
    PEER_USES_OTHERS, /* slots that are none */
    PEER_USES_TWICE,
    PEER_JUMPS,
    PEER_TALKS,
    PEER_SCRIBBLES, /* over everything that is its to write, and serves on; which is fine */
};

struct peer {
    uint8_t *disk; /* PEER_DISK_BYTES, the test's */
    enum peer_manner manner;
    unsigned after;     /* requests, that it shows no manners of the second kind */
    gboolean forgets;   /* what it was not told to flush, when it ends */
    gboolean
        event_idx; /* it is told, and tells, only when it was asked for (VIRTIO_RING_F_EVENT_IDX) */
    gint is_held;       /* atomic: it looks at no request */
    gint n_served;      /* atomic: requests, and among them */
    gint n_of_type[16]; /* VIRTIO_BLK_T_… */
    gint max_segments;  /* atomic: the most that a request had */
    gint n_kicks;       /* atomic: how often it was told of requests */
    gint n_calls;       /* atomic: how often it told of those that are done */

    /* private */
    GThread *thread;
    uint8_t *contents; /* the disk as it sees it */
    int sock, wake_fd, kick_fd, call_fd;
    gint quit;
    unsigned n_regions;
    struct {
        uint64_t address, size;
        uint8_t *host;
    } regions[8];
    uint64_t desc, avail, used;
    unsigned queue_size;
    uint16_t next;
    gboolean is_served;
};

/* Starts PEER, of which the first part is filled in.  Returns the other end of its socket. */
int peer_start (struct peer *peer);

/* Ends it, if it has not ended itself. */
void peer_stop (struct peer *peer);

/* It looks at requests (again). */
void peer_release (struct peer *peer);
