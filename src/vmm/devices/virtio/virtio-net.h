/* SPDX-License-Identifier: GPL-2.0-or-later */
/* virtio-net.h - virtio-net, a network card (virtio 1.2, §5.1). */
#pragma once

#include "device.h"

extern const struct device_class virtio_net_class;

/* Filled from the class's options. */
struct virtio_net_config {
    char mac[18];
    uint64_t mtu; /* 0: not said */
};

/* Queues (§5.1.2): pairs, of which these are the first's and those of number N are 2 * N further on, and then the
 * control queue: after all pairs where VIRTIO_NET_F_MQ is negotiated, else after the first. */
#define VIRTIO_NET_RX       0
#define VIRTIO_NET_TX       1
#define VIRTIO_NET_CONTROL  2
#define VIRTIO_NET_N_QUEUES 3 /* of a card with one pair */
#define VIRTIO_NET_A_PAIR   2

/* Feature bits (§5.1.3) */
#define VIRTIO_NET_F_CSUM                0
#define VIRTIO_NET_F_GUEST_CSUM          1
#define VIRTIO_NET_F_CTRL_GUEST_OFFLOADS 2
#define VIRTIO_NET_F_MTU                 3
#define VIRTIO_NET_F_MAC                 5
#define VIRTIO_NET_F_GUEST_TSO4          7
#define VIRTIO_NET_F_GUEST_TSO6          8
#define VIRTIO_NET_F_GUEST_ECN           9
#define VIRTIO_NET_F_HOST_TSO4           11
#define VIRTIO_NET_F_HOST_TSO6           12
#define VIRTIO_NET_F_HOST_ECN            13
#define VIRTIO_NET_F_MRG_RXBUF           15
#define VIRTIO_NET_F_STATUS              16
#define VIRTIO_NET_F_CTRL_VQ             17
#define VIRTIO_NET_F_CTRL_RX             18
#define VIRTIO_NET_F_CTRL_RX_EXTRA       20
#define VIRTIO_NET_F_GUEST_ANNOUNCE      21
#define VIRTIO_NET_F_MQ                  22
#define VIRTIO_NET_F_CTRL_MAC_ADDR       23
#define VIRTIO_NET_F_GUEST_USO4          54
#define VIRTIO_NET_F_GUEST_USO6          55
#define VIRTIO_NET_F_HOST_USO            56

/* Configuration (§5.1.4) */
#define VIRTIO_NET_CFG_MAC       0  /* 6 bytes */
#define VIRTIO_NET_CFG_STATUS    6  /* u16 */
#define VIRTIO_NET_CFG_MAX_PAIRS 8  /* u16, of no meaning without VIRTIO_NET_F_MQ */
#define VIRTIO_NET_CFG_MTU       10 /* u16 */
#define VIRTIO_NET_CFG_BYTES     12

#define VIRTIO_NET_S_LINK_UP  1u
#define VIRTIO_NET_S_ANNOUNCE 2u

/* In front of each frame (§5.1.6): u8 flags, u8 gso_type, u16 hdr_len, gso_size, csum_start,
 * csum_offset, num_buffers. */
#define VIRTIO_NET_HEADER_BYTES 12
#define VIRTIO_NET_HDR_BUFFERS  10

/* Commands (§5.1.6.5): u8 class, u8 command, its data; then u8 ack, written by the device. */
#define VIRTIO_NET_CTRL_HEADER_BYTES 2
#define VIRTIO_NET_OK                0
#define VIRTIO_NET_ERR               1

#define VIRTIO_NET_CTRL_RX           0
#define VIRTIO_NET_CTRL_RX_PROMISC   0
#define VIRTIO_NET_CTRL_RX_ALLMULTI  1
#define VIRTIO_NET_CTRL_RX_ALLUNI    2
#define VIRTIO_NET_CTRL_RX_NOMULTI   3
#define VIRTIO_NET_CTRL_RX_NOUNI     4
#define VIRTIO_NET_CTRL_RX_NOBCAST   5
#define VIRTIO_NET_CTRL_RX_N         6
#define VIRTIO_NET_CTRL_MAC          1
#define VIRTIO_NET_CTRL_MAC_TABLE    0
#define VIRTIO_NET_CTRL_MAC_ADDR     1
#define VIRTIO_NET_CTRL_ANNOUNCE     3
#define VIRTIO_NET_CTRL_ANNOUNCE_ACK 0
#define VIRTIO_NET_CTRL_MQ           4
#define VIRTIO_NET_CTRL_MQ_PAIRS_SET 0
#define VIRTIO_NET_CTRL_OFFLOADS     5
#define VIRTIO_NET_CTRL_OFFLOADS_SET 0
