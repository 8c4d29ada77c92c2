/* SPDX-License-Identifier: GPL-2.0-or-later */
/* net-private.h - what a kind of peer does, and the plug it works for. */
#pragma once

#include <pthread.h>

#include "loop.h"
#include "net.h"

/* In front of a frame in the buffers: a stream's length, a tap's header. */
#define NET_PREFIX_BYTES 12u

/* One a kind.  All but probe() on the loop's thread. */
struct net_driver {
    /* Looks at FD: 0 with what it can do in *OFFLOADS and the bytes in front of its frames in
     * *PREFIX_BYTES, or -ENOTSUP when it is not of this kind.  Any thread. */
    int (*probe) (int fd, unsigned *offloads, unsigned *prefix_bytes);

    /* Sends a frame of LEN bytes: IOV[0] is a prefix to fill in, the frame is in the N - 1 that
     * follow.  Returns how many bytes went, which may be a part for streams, or -errno. */
    ssize_t (*send) (struct net *net, const struct net_header *header, struct iovec *iov,
                     unsigned n, size_t len);

    /* Takes the next frame in, as net->frame.  Returns 1, 0 when there is none yet, or -errno when
     * the peer is gone.  -EMSGSIZE: one was lost, try again. */
    int (*receive) (struct net *net);

    bool can_be_lent; /* its descriptor is one that the host's kernel takes frames from (vhost) */

    /* Optional.  The peer may leave this to us from now on.  Any thread. */
    void (*accept) (int fd, unsigned offloads);

    /* Optional.  FD, one of several queues of its interface, gets frames from now on, or none.  Returns 0 or
     * -errno. */
    int (*enable) (int fd, bool on);
};

extern const struct net_driver net_packet_driver;
extern const struct net_driver net_stream_driver;
extern const struct net_driver net_tap_driver;

/* Sends what FD, a socket, takes of IOV without waiting.  Returns how much, or -errno. */
ssize_t net_stream_send_bytes (int fd, struct iovec *iov, unsigned n);

/* Whether nobody is at the other end of the socket FD any more. */
bool net_socket_has_hung_up (int fd);

struct net {
    struct loop *loop;
    struct loop_work work; /* does what other threads asked for; not before ops are set */
    const struct net_ops *ops;
    void *opaque;
    struct net *next; /* owned; the plug of the card's next pair, fixed before ops are set */
    int vhost_fd;     /* owned; -1 */

    pthread_mutex_t lock;            /* a leaf; guards what follows */
    const struct net_driver *driver; /* NULL before the first peer, fixed from then on */
    unsigned offloads;               /* of the first peer */
    unsigned prefix_bytes;           /* of the first peer */
    unsigned accepted;
    int next_fd;           /* owned; the peer to change to, -1 */
    bool link_has_changed; /* link_changed() is owed */
    bool is_lent;          /* somebody else moves the frames */
    bool is_wanted;        /* the card's driver uses this pair */

    _Atomic bool link_is_up;
    /* Written by the loop's thread alone (counter.h). */
    _Atomic uint64_t sent_frames, sent_bytes;
    _Atomic uint64_t received_frames, received_bytes;
    _Atomic uint64_t dropped_frames;

    /* The rest is the loop thread's. */
    int fd; /* owned; -1 without a peer; changed under the lock, so that others may use it there */
    struct loop_watch watch;
    bool is_enabled;   /* the pair's queue of the interface gets frames */
    bool is_unwatched; /* because it was lent, or is not enabled */
    bool has_told;     /* of a queue that can be neither attached nor detached */
    bool is_starved; /* a card was told -EAGAIN: writable() is owed */
    bool has_frame;  /* frame is valid */
    struct net_frame frame;

    /* A frame's rest that the peer has not taken yet: out[out_at … out_len). */
    size_t out_at, out_len;
    uint8_t out[NET_PREFIX_BYTES + NET_MAX_FRAME_BYTES];
    /* What came: in[in_at … in_len) is not looked at yet.  Only streams leave something there. */
    size_t in_at, in_len;
    uint8_t in[2 * (NET_PREFIX_BYTES + NET_MAX_FRAME_BYTES)];
};
