/* SPDX-License-Identifier: GPL-2.0-or-later */
/* virtio-mem.h - virtio-mem: memory that comes and goes while the guest runs (virtio 1.2, §5.15). */
#pragma once

#include "device.h"

/* Maps the machine's pluggable memory (device_env), so there is one of it. */
extern const struct device_class virtio_mem_class;

/* Filled from the class's options. */
struct virtio_mem_config {
    uint64_t block_bytes; /* a power of two, of which the region is a multiple */
    uint64_t requested;   /* bytes the guest is asked to plug from the start */
};

struct virtio_mem_state {
    uint64_t requested_bytes; /* what the guest is asked to have plugged */
    uint64_t plugged_bytes;   /* what it has */
};

/* Asks the guest to have BYTES plugged: rounded up to whole blocks, at most the region.  Stays so over
 * resets.  Main loop's thread. */
void virtio_mem_set_requested (struct device *device, uint64_t bytes);

/* CHANGED is called with OPAQUE after what the state says has changed: on the main loop's thread, which holds
 * no lock. */
void virtio_mem_set_watch (struct device *device, void (*changed) (void *opaque), void *opaque);

/* Any thread. */
void virtio_mem_get_state (struct device *device, struct virtio_mem_state *state);

/* Features (§5.15.3) */
#define VIRTIO_MEM_F_ACPI_PXM               0
#define VIRTIO_MEM_F_UNPLUGGED_INACCESSIBLE 1

/* Configuration (§5.15.4) */
#define VIRTIO_MEM_CONFIG_BLOCK     0
#define VIRTIO_MEM_CONFIG_NODE      8 /* 16 bits; the others have 64 */
#define VIRTIO_MEM_CONFIG_ADDRESS   16
#define VIRTIO_MEM_CONFIG_REGION    24
#define VIRTIO_MEM_CONFIG_USABLE    32
#define VIRTIO_MEM_CONFIG_PLUGGED   40
#define VIRTIO_MEM_CONFIG_REQUESTED 48
#define VIRTIO_MEM_CONFIG_BYTES     56

/* Requests and their answers (§5.15.6): little-endian. */
#define VIRTIO_MEM_REQUEST_TYPE    0  /* le16 */
#define VIRTIO_MEM_REQUEST_ADDRESS 8  /* le64 */
#define VIRTIO_MEM_REQUEST_COUNT   16 /* le16, blocks */
#define VIRTIO_MEM_REQUEST_BYTES   24
#define VIRTIO_MEM_ANSWER_TYPE     0 /* le16 */
#define VIRTIO_MEM_ANSWER_STATE    8 /* le16 */
#define VIRTIO_MEM_ANSWER_BYTES    10

enum virtio_mem_request {
    VIRTIO_MEM_PLUG,
    VIRTIO_MEM_UNPLUG,
    VIRTIO_MEM_UNPLUG_ALL,
    VIRTIO_MEM_STATE,
    VIRTIO_MEM_REQUEST_N
};

enum virtio_mem_answer {
    VIRTIO_MEM_ACK,
    VIRTIO_MEM_NACK, /* more than is asked for */
    VIRTIO_MEM_BUSY, /* not now */
    VIRTIO_MEM_ERROR,
};

enum virtio_mem_block_state {
    VIRTIO_MEM_IS_PLUGGED,
    VIRTIO_MEM_IS_UNPLUGGED,
    VIRTIO_MEM_IS_MIXED,
};
