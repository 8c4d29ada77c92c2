/* SPDX-License-Identifier: GPL-2.0-or-later */
/* virtio-vsock.h - virtio-vsock: sockets between the guest and its host, served by the host's kernel
 * (virtio 1.2, §5.10). */
#pragma once

#include "device.h"

extern const struct device_class virtio_vsock_class;

/* Filled from the class's options. */
struct virtio_vsock_config {
    uint64_t guest_cid; /* as the vhost was told */
};

/* Features (§5.10.3) */
#define VIRTIO_VSOCK_F_SEQPACKET 1

/* Configuration (§5.10.4) */
#define VIRTIO_VSOCK_CONFIG_CID   0 /* le64 */
#define VIRTIO_VSOCK_CONFIG_BYTES 8

/* Queues (§5.10.2) */
#define VIRTIO_VSOCK_RX       0
#define VIRTIO_VSOCK_TX       1
#define VIRTIO_VSOCK_EVENT    2
#define VIRTIO_VSOCK_N_QUEUES 3

/* Addresses that are somebody else's: the hypervisor's, local ones, the host's (§5.10.4). */
#define VIRTIO_VSOCK_MIN_CID 3
#define VIRTIO_VSOCK_MAX_CID 0xfffffffeu
