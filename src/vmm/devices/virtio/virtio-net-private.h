/* SPDX-License-Identifier: GPL-2.0-or-later */
/* virtio-net-private.h - the card's parts, for the files that make it up. */
#pragma once

#include "bits.h"
#include "net.h"
#include "queue.h"
#include "transport-pci.h"
#include "vhost.h"
#include "virtio-net.h"
#include "virtio.h"

#define VIRTIO_NET_QUEUE_SIZE QUEUE_MAX_SIZE
#define VIRTIO_NET_MAC_BYTES  6
#define VIRTIO_NET_N_MACS     32 /* kept of each kind; more means all of that kind */

/* Which frames the driver wants.  All without exception until it says otherwise. */
struct virtio_net_filter {
    bool modes[VIRTIO_NET_CTRL_RX_N]; /* by command: promiscuous, … */
    /* Unicast and multicast addresses besides the card's own and broadcast. */
    struct virtio_net_macs {
        unsigned n;
        bool overflowed;
        uint8_t macs[VIRTIO_NET_N_MACS][VIRTIO_NET_MAC_BYTES];
    } unicast, multicast;
};

/* A pair of queues and its plug. */
struct virtio_net_pair {
    struct virtio_net *card;
    unsigned index;
    struct net *net;    /* the card's first one's */
    struct vhost vhost; /* serves the pair's rings; only where HAS_VHOST */
};

struct virtio_net {
    struct virtio_device virtio; /* its lock guards the rest */
    struct virtio_pci pci;
    struct net *net;                   /* owned */
    uint8_t mac[VIRTIO_NET_MAC_BYTES]; /* after a reset */
    bool has_vhost;
    unsigned n_pairs;
    unsigned n_active; /* of them that the driver uses, the first ones */
    struct virtio_net_pair pairs[NET_MAX_PAIRS];
    struct loop_work unheard;          /* drops what comes while there is no driver */

    uint8_t config[VIRTIO_NET_CFG_BYTES];
    struct virtio_net_filter filter;

    /* For one turn of the loop. */
    struct queue_chain chain, first;
    struct {
        struct queue_ticket ticket;
        uint32_t written;
    } pieces[VIRTIO_NET_QUEUE_SIZE]; /* of the frame that is being received */
    struct iovec iov[QUEUE_MAX_SIZE];
};

static inline struct virtio_net *
virtio_net_from_virtio (struct virtio_device *vdev)
{
    return container_of (vdev, struct virtio_net, virtio);
}

/* Feature bits (below 64) as the backend's offloads, and back: those the driver may leave to the host
 * (HOST) or the host to the driver. */
unsigned virtio_net_offloads_of (uint64_t features, bool host);
uint64_t virtio_net_features_of (unsigned offloads);

/* virtio-net-frames.c: one turn of a pair's queue, as virtio_ops.process. */
bool virtio_net_receive_locked (struct virtio_net_pair *pair, struct virtio_queue *queue);
bool virtio_net_send_locked (struct virtio_net_pair *pair, struct virtio_queue *queue);

/* virtio-net-pairs.c: makes the pairs of CARD, whose queues are there, and hears from their plugs. */
void virtio_net_pairs_init (struct virtio_net *card);
void virtio_net_pairs_listen (struct virtio_net *card);

/* Has the kernel serve all pairs, where something was put beside their plugs for that and it can. */
void virtio_net_pairs_use_vhost (struct virtio_net *card);
void virtio_net_pairs_destroy_vhost (struct virtio_net *card);

/* What the queue INDEX is: the control queue, or one of a pair that the driver uses (else NULL). */
bool virtio_net_is_control_locked (const struct virtio_net *card, unsigned index);
struct virtio_net_pair *virtio_net_find_pair_locked (struct virtio_net *card, unsigned index);

/* The driver uses the first N, at least one, from now on.  Returns 0, or -errno with as many as before.  Loop's thread. */
int virtio_net_pairs_set_locked (struct virtio_net *card, unsigned n);

/* The kernel serves none any more; besides, all but the first pair are as nobody uses them. */
void virtio_net_pairs_stop_locked (struct virtio_net *card);
void virtio_net_pairs_reset_locked (struct virtio_net *card);

/* virtio-net-control.c: one turn of the control queue; the filter. */
bool virtio_net_control_locked (struct virtio_net *card, struct virtio_queue *queue);
void virtio_net_filter_reset (struct virtio_net_filter *filter);
bool virtio_net_wants_locked (const struct virtio_net *card, const uint8_t *frame);
