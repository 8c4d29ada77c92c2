/* SPDX-License-Identifier: GPL-2.0-or-later */
/* virtio-vga.c - a VGA that a driver can take over as virtio-gpu.
 *
 * Theory of operation.  Two devices on one PCI function: a virtio-gpu, whose function it is, and the VGA
 * of vga.c, which adds its BARs 0 and 2, its ROM, and the legacy ports.  The virtio registers are in
 * BARs 1 and 4, so neither is in the other's way, and neither knows of the other.  Firmware, boot
 * loaders and systems without a driver use the VGA.  What is seen is the scanout's business: it shows
 * the virtio-gpu from when a driver first shows something there until that is reset.
 *
 * The function says that it is virtio's display controller (1af4:1050) and VGA compatible; firmware's
 * VGA BIOS and its graphics output protocol driver look for that pair.
 */
#include "virtio-vga.h"

#include <errno.h>
#include <stdlib.h>

#include "bits.h"

struct virtio_vga {
    struct device device;
    struct device *gpu; /* owns the function */
    struct device *vga;
};

static struct virtio_vga *
from_device (struct device *device)
{
    return container_of (device, struct virtio_vga, device);
}

static void
virtio_vga_reset (struct device *device)
{
    device_reset (from_device (device)->gpu);
    device_reset (from_device (device)->vga);
}

/* The function goes before the memory behind its BARs. */
static void
virtio_vga_destroy (struct device *device)
{
    struct virtio_vga *self = from_device (device);

    device_destroy (self->gpu);
    device_destroy (self->vga);
    free (self);
}

static const struct device_ops device_ops = {
    .reset = virtio_vga_reset,
    .destroy = virtio_vga_destroy,
};

static int
create_vga (struct virtio_vga *self, const struct device_args *args)
{
    const struct virtio_vga_config *config = args->config;
    struct vga_config vga = {
        .vram_mib = config->vram_mib,
        .width = config->gpu.width,
        .height = config->gpu.height,
    };
    struct device_args vga_args = *args;

    vga_args.config = &vga;
    return vga_create_part (&vga_args, virtio_gpu_function (self->gpu), &self->vga);
}

static int
virtio_vga_create (const struct device_args *args, struct device **out)
{
    struct virtio_vga *self = calloc (1, sizeof *self);
    int ret;

    if (!self)
        return -ENOMEM;
    device_init (&self->device, &device_ops, args);
    ret = virtio_gpu_create (args, true, &self->gpu);
    if (ret == 0)
        ret = create_vga (self, args);
    if (ret < 0) {
        virtio_vga_destroy (&self->device);
        return ret;
    }
    virtio_gpu_set_config_hook (self->gpu, vga_part_config_written, self->vga);
    *out = &self->device;
    return 0;
}

struct device *
virtio_vga_adapter (struct device *device)
{
    return from_device (device)->vga;
}

static const struct option options[] = {
    VIRTIO_GPU_OPTIONS,
    { "vram-mib", OPTION_UINT, offsetof (struct virtio_vga_config, vram_mib), 4, 256, "16",
      "Video memory of the VGA in MiB, a power of two" },
};

const struct device_class virtio_vga_class = {
    .name = "virtio-vga",
    .summary = "VGA that drivers take over as a paravirtual display",
    .bus = DEVICE_BUS_PCI,
    .is_fixed = true, /* as a VGA is: see there */
    .backend = BACKEND_NONE,
    .options = options,
    .n_options = ARRAY_SIZE (options),
    .config_size = sizeof (struct virtio_vga_config),
    .create = virtio_vga_create,
};
