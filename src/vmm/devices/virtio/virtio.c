/* SPDX-License-Identifier: GPL-2.0-or-later */
/* virtio.c - what every virtio device is: status, features, queues (virtio 1.2, §2 and §3).
 *
 * Theory of operation.  Each queue has one piece of loop work.  A notification, a completion and
 * DRIVER_OK all just queue it.  When it runs it lets the device pop and handle a bounded number of
 * chains, publishes whatever was pushed meanwhile - by this turn or by completions since the last
 * one - and raises at most one interrupt.  So bursts of completions cost one interrupt, and a
 * driver that keeps a queue full does not keep other devices of the loop from working.  Where KVM rings
 * a queue's doorbell, the loop runs that work for the descriptor it wrote.
 *
 * Three things stop a queue: the device is broken, a reset has begun, the transport may not
 * transfer. The first two are final until the reset is over (queue_stop()); after the third the
 * transport calls virtio_transfer_changed().  Chains that are out are always counted down by
 * virtio_push_locked(), which is where a waiting reset finds its end.
 */
#include "virtio.h"

#include <assert.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>

#include "bits.h"
#include "fd.h"

/* What a driver may set in device_status (§2.1); NEEDS_RESET is ours. */
#define DRIVER_STATUS_BITS                                                                         \
    (VIRTIO_STATUS_ACKNOWLEDGE | VIRTIO_STATUS_DRIVER | VIRTIO_STATUS_DRIVER_OK                    \
     | VIRTIO_STATUS_FEATURES_OK | VIRTIO_STATUS_FAILED)

/* --- queues ---------------------------------------------------------------------------------- */

static bool
may_process_locked (const struct virtio_device *vdev, const struct virtio_queue *queue)
{
    return (vdev->status & VIRTIO_STATUS_DRIVER_OK) && queue->ring.enabled && !queue->ring.stopped
           && vdev->transport_ops->may_transfer (vdev);
}

/* One turn of a queue, on the device's loop. */
static void
work_cb (void *opaque)
{
    struct virtio_queue *queue = opaque;
    struct virtio_device *vdev = queue->device;
    bool again = false;

    pthread_mutex_lock (&vdev->lock);
    queue->in_work = true;
    if (may_process_locked (vdev, queue))
        again = vdev->type->ops->process (vdev, queue);
    if (queue_publish (&queue->ring))
        vdev->transport_ops->queue_interrupt (vdev, queue->index);
    queue->in_work = false;
    pthread_mutex_unlock (&vdev->lock);
    if (again)
        loop_work_queue (vdev->loop, &queue->work);
}

bool
virtio_pop_locked (struct virtio_queue *queue, struct queue_chain *chain)
{
    struct queue *ring = &queue->ring;
    int ret;

    queue_notify_disable (ring);
    ret = queue_pop (ring, chain);
    /* One more look is enough: from here on the driver notifies. */
    if (ret == 0 && queue_notify_enable (ring))
        ret = queue_pop (ring, chain);
    if (ret < 0)
        device_mark_broken (&queue->device->device, ring->fault);
    return ret > 0;
}

void
virtio_unpop_locked (struct virtio_queue *queue, struct queue_ticket ticket)
{
    queue_unpop (&queue->ring, ticket);
}

static bool
has_chains_out_locked (const struct virtio_device *vdev)
{
    for (unsigned i = 0; i < vdev->n_queues; i++) {
        if (vdev->queues[i].ring.in_flight)
            return true;
    }
    return false;
}

void
virtio_push_locked (struct virtio_queue *queue, struct queue_ticket ticket, uint32_t written)
{
    struct virtio_device *vdev = queue->device;

    queue_push (&queue->ring, ticket, written);
    if (vdev->resetting) {
        if (!has_chains_out_locked (vdev))
            virtio_reset_locked (vdev);
    } else if (!queue->in_work) {
        loop_work_queue (vdev->loop, &queue->work);
    }
}

void
virtio_notify (struct virtio_device *vdev, unsigned index)
{
    if (index < vdev->n_queues)
        loop_work_queue (vdev->loop, &vdev->queues[index].work);
}

void
virtio_notify_all (struct virtio_device *vdev)
{
    for (unsigned i = 0; i < vdev->n_queues; i++)
        virtio_notify (vdev, i);
}

void
virtio_transfer_changed (struct virtio_device *vdev)
{
    if (vdev->transport_ops->may_transfer (vdev)) {
        virtio_notify_all (vdev);
    } else if (vdev->type->ops->suspend) {
        pthread_mutex_lock (&vdev->lock);
        vdev->type->ops->suspend (vdev);
        pthread_mutex_unlock (&vdev->lock);
    }
}

/* --- doorbells -------------------------------------------------------------------------------- */

static void
doorbell_cb (void *opaque, uint32_t events)
{
    work_cb (opaque);
}

void
virtio_add_doorbells (struct virtio_device *vdev)
{
    for (unsigned i = 0; i < vdev->n_queues; i++) {
        struct virtio_queue *queue = &vdev->queues[i];

        queue->doorbell_fd = eventfd (0, EFD_CLOEXEC | EFD_NONBLOCK);
        /* By its edges: it is never read. */
        if (queue->doorbell_fd >= 0
            && loop_watch_add (vdev->loop, &queue->doorbell, queue->doorbell_fd, EPOLLIN | EPOLLET,
                               doorbell_cb, queue)
                   < 0)
            fd_close (&queue->doorbell_fd);
    }
}

static void
set_doorbells_locked (struct virtio_device *vdev, bool on)
{
    for (unsigned i = 0; i < vdev->n_queues; i++) {
        if (vdev->queues[i].doorbell_fd >= 0)
            vdev->transport_ops->set_doorbell (vdev, i, on ? vdev->queues[i].doorbell_fd : -1);
    }
}

static void
stop_queues_locked (struct virtio_device *vdev)
{
    for (unsigned i = 0; i < vdev->n_queues; i++)
        queue_stop (&vdev->queues[i].ring);
}

void
virtio_enable_queue_locked (struct virtio_device *vdev, unsigned index)
{
    struct queue *ring;

    if (index >= vdev->n_queues)
        return;
    ring = &vdev->queues[index].ring;
    if (!ring->enabled && queue_enable (ring) < 0)
        device_mark_broken (&vdev->device, ring->fault);
}

/* --- features -------------------------------------------------------------------------------- */

bool
virtio_has_feature_locked (const struct virtio_device *vdev, unsigned bit)
{
    return vdev->features & BIT_ULL (bit);
}

static uint32_t
half_of (uint64_t features, uint32_t half)
{
    return half < 2 ? (uint32_t) (features >> (32 * half)) : 0;
}

uint32_t
virtio_offered_half_locked (const struct virtio_device *vdev, uint32_t half)
{
    return half_of (vdev->offered, half);
}

uint32_t
virtio_driver_half_locked (const struct virtio_device *vdev, uint32_t half)
{
    return half_of (vdev->driver_features, half);
}

void
virtio_write_driver_half_locked (struct virtio_device *vdev, uint32_t half, uint32_t value)
{
    unsigned shift = 32 * half;

    /* §3.1.1: nothing new after FEATURES_OK. */
    if (half >= 2 || (vdev->status & VIRTIO_STATUS_FEATURES_OK))
        return;
    vdev->driver_features &= ~((uint64_t) UINT32_MAX << shift);
    vdev->driver_features |= (uint64_t) value << shift;
}

/* A subset of what was offered (§2.2.1), and never the legacy interface, which is not here. */
static bool
features_acceptable_locked (const struct virtio_device *vdev)
{
    return !(vdev->driver_features & ~vdev->offered)
           && (vdev->driver_features & BIT_ULL (VIRTIO_F_VERSION_1));
}

static void
settle_features_locked (struct virtio_device *vdev)
{
    vdev->features = vdev->driver_features;
    for (unsigned i = 0; i < vdev->n_queues; i++) {
        struct queue *ring = &vdev->queues[i].ring;

        ring->indirect = virtio_has_feature_locked (vdev, VIRTIO_F_INDIRECT_DESC);
        ring->event_idx = virtio_has_feature_locked (vdev, VIRTIO_F_EVENT_IDX);
    }
    if (vdev->type->ops->features_set)
        vdev->type->ops->features_set (vdev);
}

/* --- status ---------------------------------------------------------------------------------- */

void
virtio_reset_locked (struct virtio_device *vdev)
{
    set_doorbells_locked (vdev, false);
    for (unsigned i = 0; i < vdev->n_queues; i++)
        queue_reset (&vdev->queues[i].ring);
    vdev->status = 0;
    vdev->resetting = false;
    vdev->driver_features = 0;
    vdev->features = 0;
    vdev->device.is_broken = false;
    if (vdev->type->ops->reset)
        vdev->type->ops->reset (vdev);
    vdev->transport_ops->reset (vdev);
}

void
virtio_write_status_locked (struct virtio_device *vdev, uint8_t value)
{
    uint8_t added = (uint8_t) (value & ~vdev->status & DRIVER_STATUS_BITS);

    if (value == 0) {
        set_doorbells_locked (vdev, false);
        stop_queues_locked (vdev);
        if (vdev->type->ops->cancel)
            vdev->type->ops->cancel (vdev);
        if (has_chains_out_locked (vdev))
            vdev->resetting = true;
        else
            virtio_reset_locked (vdev);
        return;
    }
    /* Bits are only ever added (§2.1.1), and in order. */
    if (!features_acceptable_locked (vdev))
        added &= (uint8_t) ~VIRTIO_STATUS_FEATURES_OK;
    if (!((vdev->status | added) & VIRTIO_STATUS_FEATURES_OK))
        added &= (uint8_t) ~VIRTIO_STATUS_DRIVER_OK;
    vdev->status |= added;
    if (added & VIRTIO_STATUS_FEATURES_OK)
        settle_features_locked (vdev);
    if (added & VIRTIO_STATUS_DRIVER_OK) {
        set_doorbells_locked (vdev, true);
        virtio_notify_all (vdev);
    }
}

void
virtio_broken (struct device *device)
{
    struct virtio_device *vdev = container_of (device, struct virtio_device, device);

    stop_queues_locked (vdev);
    vdev->status |= VIRTIO_STATUS_NEEDS_RESET;
    /* §2.1.2: only a driver that is up is told. */
    if (vdev->status & VIRTIO_STATUS_DRIVER_OK)
        virtio_config_changed_locked (vdev);
}

/* --- configuration --------------------------------------------------------------------------- */

void
virtio_config_changed_locked (struct virtio_device *vdev)
{
    vdev->config_generation++;
    vdev->transport_ops->config_interrupt (vdev);
}

uint32_t
virtio_read_config_locked (const struct virtio_device *vdev, unsigned offset, unsigned size)
{
    uint8_t raw[4] = { 0 };

    for (unsigned i = 0; i < size && i < sizeof raw && offset + i < vdev->config_size; i++)
        raw[i] = vdev->config[offset + i];
    return load_le32 (raw);
}

void
virtio_write_config_locked (struct virtio_device *vdev, unsigned offset, uint32_t value,
                            unsigned size)
{
    if (vdev->type->ops->config_write && range_fits (offset, size, vdev->config_size))
        vdev->type->ops->config_write (vdev, offset, value, size);
}

/* --- life ------------------------------------------------------------------------------------ */

void
virtio_init (struct virtio_device *vdev, const struct device_args *args,
             const struct device_ops *ops, const struct virtio_type *type, unsigned n_queues,
             struct loop *loop)
{
    assert (n_queues <= VIRTIO_MAX_QUEUES);
    device_init (&vdev->device, ops, args);
    vdev->type = type;
    vdev->loop = loop;
    vdev->n_queues = n_queues;
    vdev->offered = BIT_ULL (VIRTIO_F_VERSION_1) | BIT_ULL (VIRTIO_F_INDIRECT_DESC)
                    | BIT_ULL (VIRTIO_F_EVENT_IDX);
    pthread_mutex_init (&vdev->lock, NULL);
    for (unsigned i = 0; i < n_queues; i++) {
        struct virtio_queue *queue = &vdev->queues[i];

        queue->device = vdev;
        queue->index = i;
        queue->doorbell_fd = -1;
        queue->doorbell = (struct loop_watch) LOOP_WATCH_INIT;
        queue_init (&queue->ring, args->env->memory, type->queue_size);
        loop_work_init (&queue->work, work_cb, queue);
    }
}

void
virtio_destroy (struct virtio_device *vdev)
{
    for (unsigned i = 0; i < vdev->n_queues; i++) {
        loop_work_cancel (vdev->loop, &vdev->queues[i].work);
        loop_watch_remove (vdev->loop, &vdev->queues[i].doorbell);
        fd_close (&vdev->queues[i].doorbell_fd);
    }
    pthread_mutex_destroy (&vdev->lock);
}
