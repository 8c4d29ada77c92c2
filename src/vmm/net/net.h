/* SPDX-License-Identifier: GPL-2.0-or-later */
/* net.h - what a network card sees of the wire: frames out, frames in, link, offloads.
 *
 * A struct net is the plug at the card's end.  The machine plugs a peer in (passt behind a socket, a
 * tap, a test), may plug in another one of the same kind later, and pulls the cable or puts it back.
 *
 * Threads.  The loop given to net_create() carries every frame: net_send(), net_peek(), net_consume()
 * and all callbacks are on its thread or with it stopped, so frames need no lock of the card's but
 * the card's own, which may be held in all calls here.  Callbacks come with no lock held.  A card
 * whose registers are written by a vCPU queues loop work there and moves frames in that.  What may be
 * called from any thread says so.
 *
 * Back-pressure.  Outwards: net_send() says -EAGAIN, and writable() follows when there is room
 * again.  Inwards: net_peek() lends the next frame, and until net_consume() it stays there and the
 * next ones stay with the peer; so a card without buffers just leaves it and peeks again when the
 * driver has made room.  readable() means "peek again": a frame may have come since net_peek() said
 * that there is none; it may come for nothing.  A card moves a bounded number of frames a turn and
 * queues its work again for the rest.
 *
 * A peer that is gone, and a link that is down, swallow what is sent; nothing comes in.
 *
 * Pairs.  A card with several pairs of queues has a plug for each, behind which is a queue of the same
 * interface: the interface says by which one a frame comes.  The card's plug is the first one, to which the
 * others belong: what is said to it of link and offloads holds for all, and its statistics are everybody's.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

struct loop;
struct net;

/* Bytes of an Ethernet frame without FCS.  The upper bound has room for 64 KiB of TCP and all that
 * comes in front; a longer frame is not sent and not received. */
#define NET_MIN_FRAME_BYTES 14u
#define NET_MAX_FRAME_BYTES 69632u

/* Pieces net_send() takes in one frame. */
#define NET_MAX_IOV 256

/* What is behind a descriptor. */
enum net_kind {
    NET_PACKET, /* SOCK_SEQPACKET or SOCK_DGRAM socket: a datagram a frame */
    NET_STREAM, /* SOCK_STREAM socket: 32-bit big-endian length, then the frame */
    NET_TAP,    /* tap interface, IFF_NO_PI; offloads when it was made with IFF_VNET_HDR */
    NET_KIND_N
};

/* Work on frames that is left to the receiving side. */
enum net_offload {
    NET_OFFLOAD_CSUM = 1 << 0, /* TCP and UDP checksums may be unfinished (NET_HEADER_NEEDS_CSUM) */
    NET_OFFLOAD_TSO4 = 1 << 1, /* TCP over IPv4 may be larger than the wire takes */
    NET_OFFLOAD_TSO6 = 1 << 2, /* TCP over IPv6 */
    NET_OFFLOAD_ECN = 1 << 3,  /* also with CWR set */
    NET_OFFLOAD_USO = 1 << 4,  /* UDP over IPv4 and IPv6 */
};

/* What goes with a frame: the fields of virtio 1.2, §5.1.6, in host byte order. */
struct net_header {
    uint8_t flags;        /* NET_HEADER_… */
    uint8_t gso_type;     /* NET_GSO_… */
    uint16_t hdr_len;     /* bytes in front of the payload; a hint */
    uint16_t gso_size;    /* payload bytes of each segment */
    uint16_t csum_start;  /* with NEEDS_CSUM: sum up from here to the end … */
    uint16_t csum_offset; /* … and put the result here, counted from csum_start */
};

#define NET_HEADER_NEEDS_CSUM 0x01u
#define NET_HEADER_DATA_VALID 0x02u /* received: the checksum was looked at already */

#define NET_GSO_NONE   0u
#define NET_GSO_TCPV4  1u
#define NET_GSO_TCPV6  4u
#define NET_GSO_UDP_L4 5u
#define NET_GSO_ECN    0x80u /* or-ed to a TCP type */

/* A received frame, lent until net_consume(). */
struct net_frame {
    struct net_header header; /* asks for nothing the card did not accept */
    const uint8_t *data;
    size_t len; /* NET_MIN_FRAME_BYTES to NET_MAX_FRAME_BYTES; not padded, no FCS */
};

/* Who is told; all optional, on the loop's thread. */
struct net_ops {
    void (*readable) (void *opaque);
    void (*writable) (void *opaque);
    void (*link_changed) (void *opaque); /* net_link_is_up() says to what */
};

/* Plugs that one card may have. */
#define NET_MAX_PAIRS 8

/* A plug with no peer, link up.  LOOP may be the machine's I/O loop or another.  NULL when out of
 * memory. */
struct net *net_create (struct loop *loop);

/* Loop stopped or on its thread.  The peer's descriptor is closed, a frame on loan is lost; so are those of
 * its further pairs; NULL is nothing. */
void net_destroy (struct net *net);

/* Plugs the peer behind FD in, which is taken over (also on failure), in place of the one before.
 * Returns 0 or -errno: -ENOTSUP when FD is not of KIND, -EINVAL when the first peer was of another
 * kind or did more offloads: the card has promised them to the guest; or when there are further pairs, which
 * are queues of the one interface.  Frames under way to or from the peer before are lost.  Any thread. */
int net_connect (struct net *net, enum net_kind kind, int fd);

/* Makes PAIR, which has its peer, the next pair of NET's card, before that is made: it is NET's from now on when
 * that succeeds.  Returns 0, -EINVAL when its peer is of another kind or does not do the same, -E2BIG. */
int net_add_pair (struct net *net, struct net *pair);

/* Puts FD, a vhost-net of the host's kernel that is nobody's yet, beside NET, for a card that may lend it; taken
 * over.  Before the card is made. */
void net_set_vhost (struct net *net, int fd);

/* Pulls the cable or puts it back.  Any thread. */
void net_set_link (struct net *net, bool up);

/* --- for cards ------------------------------------------------------------------------------- */

/* In create().  Before this the loop does not touch NET. */
void net_set_ops (struct net *net, const struct net_ops *ops, void *opaque);

/* Any thread. */
bool net_link_is_up (const struct net *net);

/* How many pairs there are, NET's own included, and the plug of one, NET being number 0.  Any thread. */
unsigned net_n_pairs (const struct net *net);
struct net *net_get_pair (struct net *net, unsigned index);

/* Frames come by NET, one of several pairs, from now on (as they do at first): its queue is attached to the
 * interface.  Returns 0 or -errno.  The loop's thread. */
int net_enable (struct net *net);

/* … or soon no longer: the interface gives its frames to others.  It is not lent.  Any thread. */
void net_disable (struct net *net);

/* What net_set_vhost() put beside NET, the caller's now; -1. */
int net_take_vhost (struct net *net);

/* Which offloads the peer does: what may be asked of it in net_send(), and what it may be allowed by
 * net_accept().  Settled before the card is made, and never less afterwards.  Any thread. */
unsigned net_offloads (const struct net *net);

/* What the card can take from now on, a part of net_offloads(); nothing to begin with.  A frame that
 * is there already and asks for more is finished (checksum) or dropped (GSO).  Any thread. */
void net_accept (struct net *net, unsigned offloads);

/* Sends the frame in IOV, N pieces that add up to a frame's size; HEADER is NULL or asks for what the
 * peer does.  Returns 0 when it is on its way (or went nowhere: bad length, bad header, no peer, no
 * link) and its buffers may be used again, or -EAGAIN. */
int net_send (struct net *net, const struct net_header *header, const struct iovec *iov,
              unsigned n);

/* Whether there is a frame; it is the same until net_consume(). */
bool net_peek (struct net *net, struct net_frame *frame);

/* The frame from net_peek() was used, or is of no use.  Harmless without one. */
void net_consume (struct net *net);

/* Which offloads HEADER asks for; more than there are when nobody knows its GSO type. */
unsigned net_header_offloads (const struct net_header *header);

/* Whether what is behind NET and its further pairs is a tap with the header of virtio 1.0 in front of its frames.
 * Settled before the card is made.  Any thread. */
bool net_can_be_lent (const struct net *net);

/* Lends such a tap to somebody who moves its frames from here on (vhost), until net_take_back(): nothing is
 * received here meanwhile, and nothing is to be sent or connected.  Returns its descriptor, which stays NET's,
 * or -1 while there is none, or the link is down.  The loop's thread. */
int net_lend (struct net *net);

/* Any thread; harmless when it is not lent. */
void net_take_back (struct net *net);

struct net_statistics {
    uint64_t sent_frames, sent_bytes;
    uint64_t received_frames, received_bytes;
    uint64_t dropped_frames; /* both ways, for what is wrong with them */
};

/* Any thread. */
void net_get_statistics (const struct net *net, struct net_statistics *statistics);
