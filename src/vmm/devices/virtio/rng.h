/* SPDX-License-Identifier: GPL-2.0-or-later */
/* rng.h - virtio-rng, a source of random bytes (virtio 1.2, §5.4). */
#pragma once

#include "device.h"

extern const struct device_class virtio_rng_class;

/* Filled from the class's options: no more than max_bytes in each period. */
struct virtio_rng_config {
    uint64_t max_bytes;
    uint64_t period_ms;
};

/* The most that one buffer gets, however long it is. */
#define VIRTIO_RNG_REQUEST_BYTES 4096
