/* SPDX-License-Identifier: GPL-2.0-or-later */
/* gpu.h - virtio-gpu, a display adapter without 3D (virtio 1.2, §5.7). */
#pragma once

#include "device.h"
#include "pci.h"

extern const struct device_class virtio_gpu_class;

/* Filled from the class's options. */
struct virtio_gpu_config {
    uint64_t memory_mib;    /* of the host's, for all resources together */
    uint64_t width, height; /* the monitor's preferred mode until a viewer says otherwise */
};

/* The options, for a class whose config begins with a struct virtio_gpu_config. */
#define VIRTIO_GPU_OPTIONS                                                                         \
    { "memory-mib", OPTION_UINT, offsetof (struct virtio_gpu_config, memory_mib), 16,              \
      4096,         "256",       "Memory for the guest's pictures in MiB" },                       \
        { "width", OPTION_UINT, offsetof (struct virtio_gpu_config, width), 640,                   \
          4095,    "1280",      "Width the monitor prefers, in pixels" },                          \
    {                                                                                              \
        "height", OPTION_UINT, offsetof (struct virtio_gpu_config, height), 400, 4095, "800",      \
            "Height the monitor prefers, in pixels"                                                \
    }

/* As the class's create(); with AS_VGA the PCI function says that it is a VGA, and whoever calls adds
 * one to it: BARs 0 and 2 and the ROM are free. */
int virtio_gpu_create (const struct device_args *args, bool as_vga, struct device **out);

/* The function of a device so made. */
struct pci_function *virtio_gpu_function (struct device *device);

/* CB is called as pci_function_ops.config_written.  Before the machine runs. */
void virtio_gpu_set_config_hook (struct device *device,
                                 void (*cb) (void *opaque, unsigned offset, unsigned size),
                                 void *opaque);

#define VIRTIO_GPU_F_EDID 1

#define VIRTIO_GPU_CONTROL_QUEUE 0
#define VIRTIO_GPU_CURSOR_QUEUE  1

/* Configuration (§5.7.4). */
#define VIRTIO_GPU_CFG_EVENTS_READ  0
#define VIRTIO_GPU_CFG_EVENTS_CLEAR 4
#define VIRTIO_GPU_CFG_N_SCANOUTS   8
#define VIRTIO_GPU_CFG_N_CAPSETS    12
#define VIRTIO_GPU_CFG_BYTES        16
#define VIRTIO_GPU_EVENT_DISPLAY    0x1u

/* Commands and answers (§5.7.6.7). */
#define VIRTIO_GPU_GET_DISPLAY_INFO        0x0100u
#define VIRTIO_GPU_RESOURCE_CREATE_2D      0x0101u
#define VIRTIO_GPU_RESOURCE_UNREF          0x0102u
#define VIRTIO_GPU_SET_SCANOUT             0x0103u
#define VIRTIO_GPU_RESOURCE_FLUSH          0x0104u
#define VIRTIO_GPU_TRANSFER_TO_HOST_2D     0x0105u
#define VIRTIO_GPU_RESOURCE_ATTACH_BACKING 0x0106u
#define VIRTIO_GPU_RESOURCE_DETACH_BACKING 0x0107u
#define VIRTIO_GPU_GET_EDID                0x010au
#define VIRTIO_GPU_UPDATE_CURSOR           0x0300u
#define VIRTIO_GPU_MOVE_CURSOR             0x0301u

#define VIRTIO_GPU_OK_NODATA             0x1100u
#define VIRTIO_GPU_OK_DISPLAY_INFO       0x1101u
#define VIRTIO_GPU_OK_EDID               0x1104u
#define VIRTIO_GPU_ERR_UNSPEC            0x1200u
#define VIRTIO_GPU_ERR_OUT_OF_MEMORY     0x1201u
#define VIRTIO_GPU_ERR_INVALID_SCANOUT   0x1202u
#define VIRTIO_GPU_ERR_INVALID_RESOURCE  0x1203u
#define VIRTIO_GPU_ERR_INVALID_PARAMETER 0x1205u

/* The header of every command and answer; what follows it begins at HDR_BYTES. */
#define VIRTIO_GPU_HDR_TYPE     0
#define VIRTIO_GPU_HDR_FLAGS    4
#define VIRTIO_GPU_HDR_FENCE_ID 8
#define VIRTIO_GPU_HDR_CTX_ID   16
#define VIRTIO_GPU_HDR_BYTES    24
#define VIRTIO_GPU_FLAG_FENCE   0x1u

/* What a GET_DISPLAY_INFO says of each scanout: a rectangle, enabled, flags. */
#define VIRTIO_GPU_MAX_SCANOUTS      16
#define VIRTIO_GPU_DISPLAY_ONE_BYTES 24
#define VIRTIO_GPU_EDID_MAX_BYTES    1024

/* A piece of guest memory behind a resource: address, length, padding. */
#define VIRTIO_GPU_ENTRY_BYTES 16

/* Formats: the order of bytes in memory. */
#define VIRTIO_GPU_FORMAT_B8G8R8A8 1u
#define VIRTIO_GPU_FORMAT_B8G8R8X8 2u
#define VIRTIO_GPU_FORMAT_A8R8G8B8 3u
#define VIRTIO_GPU_FORMAT_X8R8G8B8 4u
#define VIRTIO_GPU_FORMAT_R8G8B8A8 67u
#define VIRTIO_GPU_FORMAT_X8B8G8R8 68u
#define VIRTIO_GPU_FORMAT_A8B8G8R8 121u
#define VIRTIO_GPU_FORMAT_R8G8B8X8 134u

/* Limits of this device. */
#define VIRTIO_GPU_MAX_RESOURCES 1024
#define VIRTIO_GPU_MAX_SIDE      8192 /* of a resource, pixels */
