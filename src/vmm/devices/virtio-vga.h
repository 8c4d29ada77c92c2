/* SPDX-License-Identifier: GPL-2.0-or-later */
/* virtio-vga.h - a VGA that a driver can take over as virtio-gpu. */
#pragma once

#include "device.h"
#include "gpu.h"
#include "vga.h"

extern const struct device_class virtio_vga_class;

/* Filled from the class's options. */
struct virtio_vga_config {
    struct virtio_gpu_config gpu;
    uint64_t vram_mib; /* the VGA's video memory */
};

/* The part that is a VGA, for what vga.h says of one. */
struct device *virtio_vga_adapter (struct device *device);
