/* SPDX-License-Identifier: GPL-2.0-or-later */
/* virtio-vsock.c - virtio-vsock: sockets between the guest and its host, served by the host's kernel
 * (virtio 1.2, §5.10).
 *
 * Theory of operation.  Streams are the kernel's business on both sides; here are registers and the
 * guest's address, which the keeper claimed.  Receiving and transmitting are the vhost's rings.
 *
 * The event queue's buffers wait for ever.  The one event there is tells a driver that its connections
 * were lost while it stayed (§5.10.6.7), and that does not happen here: a pause keeps them, and whatever
 * ends them takes the driver along.  After a reset the event would only hit connections that the new
 * driver has just made.  The host's sockets learn of a reset when they next send: the new driver knows
 * nothing of them, and says so.
 */
#include "virtio-vsock.h"

#include <errno.h>
#include <linux/vhost.h>
#include <stdlib.h>
#include <sys/ioctl.h>

#include "bits.h"
#include "transport-pci.h"
#include "vhost.h"

#define DEVICE_TYPE 19
#define CLASS_CODE  0x028000 /* network controller, other */
#define QUEUE_SIZE  128
#define N_RINGS     2 /* of the kernel's: receiving, transmitting */

struct virtio_vsock {
    struct virtio_device virtio; /* its lock guards the rest */
    struct virtio_pci pci;
    struct vhost vhost;
    uint8_t config[VIRTIO_VSOCK_CONFIG_BYTES];
};

static struct virtio_vsock *
vsock_from_virtio (struct virtio_device *vdev)
{
    return container_of (vdev, struct virtio_vsock, virtio);
}

static struct virtio_vsock *
vsock_from_device (struct device *device)
{
    return container_of (device, struct virtio_vsock, virtio.device);
}

/* --- the kernel's part ----------------------------------------------------------------------- */

static int
serve (struct vhost *vhost, bool on)
{
    int running = on;

    return ioctl (vhost->fd, VHOST_VSOCK_SET_RUNNING, &running) < 0 ? -errno : 0;
}

static const struct vhost_type vsock_vhost = {
    .features = BIT_ULL (VIRTIO_VSOCK_F_SEQPACKET),
    .serve = serve,
};

/* --- the virtio device ----------------------------------------------------------------------- */

static bool
vsock_process (struct virtio_device *vdev, struct virtio_queue *queue)
{
    if (queue->index < N_RINGS)
        vhost_process_locked (&vsock_from_virtio (vdev)->vhost, queue);
    return false;
}

static void
vsock_stop (struct virtio_device *vdev)
{
    vhost_stop_locked (&vsock_from_virtio (vdev)->vhost);
}

static void
vsock_virtio_reset (struct virtio_device *vdev)
{
    vhost_reset_locked (&vsock_from_virtio (vdev)->vhost);
}

static const struct virtio_ops vsock_virtio_ops = {
    .process = vsock_process,
    .cancel = vsock_stop,
    .suspend = vsock_stop,
    .reset = vsock_virtio_reset,
};

static const struct virtio_type vsock_type = {
    .id = DEVICE_TYPE,
    .pci_class_code = CLASS_CODE,
    .queue_size = QUEUE_SIZE,
    .ops = &vsock_virtio_ops,
};

/* --- life ------------------------------------------------------------------------------------ */

static void
vsock_reset (struct device *device)
{
    virtio_pci_reset (&vsock_from_device (device)->pci);
}

static void
vsock_broken (struct device *device)
{
    vhost_stop_locked (&vsock_from_device (device)->vhost);
    virtio_broken (device);
}

static void
vsock_set_running (struct device *device, bool running)
{
    vhost_set_running (&vsock_from_device (device)->vhost, running);
}

static void
vsock_destroy (struct device *device)
{
    struct virtio_vsock *vsock = vsock_from_device (device);

    vhost_destroy (&vsock->vhost);
    virtio_pci_destroy (&vsock->pci);
    virtio_destroy (&vsock->virtio);
    free (vsock);
}

static const struct device_ops vsock_device_ops = {
    .reset = vsock_reset,
    .destroy = vsock_destroy,
    .broken = vsock_broken,
    .set_running = vsock_set_running,
};

/* Puts VSOCK together; the vhost stays the caller's when that fails. */
static int
assemble (struct virtio_vsock *vsock, const struct device_args *args)
{
    int ret =
        vhost_create (&vsock->vhost, &vsock_vhost, &vsock->virtio, 0, N_RINGS, args->vhost_fd);

    if (ret < 0)
        return ret;
    ret = virtio_pci_init (&vsock->pci, &vsock->virtio, args->slot);
    if (ret < 0) {
        vsock->vhost.fd = -1;
        vhost_destroy (&vsock->vhost);
    }
    return ret;
}

static int
vsock_create (const struct device_args *args, struct device **out)
{
    const struct virtio_vsock_config *options = args->config;
    struct virtio_vsock *vsock;
    int ret;

    if (args->vhost_fd < 0)
        return -ENODEV;
    vsock = calloc (1, sizeof *vsock);
    if (!vsock)
        return -ENOMEM;
    virtio_init (&vsock->virtio, args, &vsock_device_ops, &vsock_type, VIRTIO_VSOCK_N_QUEUES,
                 args->env->io_loop);
    vsock->virtio.device.class = &virtio_vsock_class;
    store_le64 (vsock->config + VIRTIO_VSOCK_CONFIG_CID, options->guest_cid);
    vsock->virtio.config = vsock->config;
    vsock->virtio.config_size = sizeof vsock->config;
    ret = assemble (vsock, args);
    if (ret < 0) {
        virtio_destroy (&vsock->virtio);
        free (vsock);
        return ret;
    }
    *out = &vsock->virtio.device;
    return 0;
}

static const struct option vsock_options[] = {
    { .name = "guest-cid",
      .type = OPTION_UINT,
      .offset = offsetof (struct virtio_vsock_config, guest_cid),
      .min = VIRTIO_VSOCK_MIN_CID,
      .max = VIRTIO_VSOCK_MAX_CID,
      .fallback = "3",
      .help = "The guest's address, which its vhost has" },
};

const struct device_class virtio_vsock_class = {
    .name = "virtio-vsock",
    .summary = "Sockets between the guest and its host",
    .bus = DEVICE_BUS_PCI,
    .backend = BACKEND_VHOST,
    .options = vsock_options,
    .n_options = ARRAY_SIZE (vsock_options),
    .config_size = sizeof (struct virtio_vsock_config),
    .create = vsock_create,
};
