/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vhost.c - queues of a virtio device that the host's kernel serves (linux/vhost.h).
 *
 * Theory of operation.  The kernel's worker reads and writes this process's memory.  Of the guest's it
 * knows what it is told: a table of where RAM is, by which it translates each descriptor, and the rings'
 * host addresses, which queue_enable() found to be in RAM.  So a guest reaches nothing by a vhost that it
 * does not reach by our own gate: the table is the gate's, and follows it (memory_watch).
 *
 * A start hands over everything anew: features, table, sizes, positions, addresses, descriptors.  A stop
 * fetches the positions, so that a pause loses nothing.  The used index the kernel reads back from the
 * ring itself.  Between the two the loop's work for a ring only passes a notification on; with a doorbell
 * (bus.h) it does not even come here.
 *
 * Calls come as eventfds on the device's loop.  irqfds would save that wake-up, at the price of a copy
 * of every MSI-X table in KVM's routes.
 *
 * A ring that the kernel cannot make sense of is reported by its error descriptor: the device is broken
 * then, as with our own rings.
 */
#include "vhost.h"

#include <assert.h>
#include <errno.h>
#include <linux/vhost.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>

#include "bits.h"
#include "fd.h"

/* The transport's feature bits (virtio 1.2, §6): whoever serves the rings must know them. */
#define RING_FEATURES (BIT_ULL (50) - BIT_ULL (24))

static int
request (struct vhost *vhost, unsigned long what, const void *argument)
{
    return ioctl (vhost->fd, what, argument) < 0 ? -errno : 0;
}

/* --- starting -------------------------------------------------------------------------------- */

static int
set_memory_locked (struct vhost *vhost)
{
    struct memory_range ranges[MEMORY_MAX_RANGES];
    union {
        struct vhost_memory head;
        uint8_t bytes[sizeof (struct vhost_memory)
                      + MEMORY_MAX_RANGES * sizeof (struct vhost_memory_region)];
    } table;

    memset (&table, 0, sizeof table);
    table.head.nregions = memory_get_ram (vhost->vdev->device.env->memory, ranges);
    for (unsigned i = 0; i < table.head.nregions; i++)
        table.head.regions[i] = (struct vhost_memory_region){
            .guest_phys_addr = ranges[i].gpa,
            .memory_size = ranges[i].size_bytes,
            .userspace_addr = (uintptr_t) ranges[i].host,
        };
    return request (vhost, VHOST_SET_MEM_TABLE, &table);
}

static struct queue *
get_queue (const struct vhost *vhost, unsigned ring)
{
    return &vhost->vdev->queues[vhost->first_queue + ring].ring;
}

static int
set_ring_locked (struct vhost *vhost, const struct vhost_ring *ring)
{
    const struct queue *q = get_queue (vhost, ring->index);
    struct vhost_vring_state size = { ring->index, q->size };
    struct vhost_vring_state base = { ring->index, ring->next_avail };
    struct vhost_vring_file kick = { ring->index, ring->kick_fd };
    struct vhost_vring_file call = { ring->index, ring->call_fd };
    struct vhost_vring_file error = { ring->index, ring->error_fd };
    struct vhost_vring_addr addresses = {
        .index = ring->index,
        .desc_user_addr = (uintptr_t) q->desc,
        .avail_user_addr = (uintptr_t) q->avail,
        .used_user_addr = (uintptr_t) q->used,
    };
    const struct {
        unsigned long what;
        const void *argument;
    } steps[] = {
        { VHOST_SET_VRING_NUM, &size },       { VHOST_SET_VRING_BASE, &base },
        { VHOST_SET_VRING_ADDR, &addresses }, { VHOST_SET_VRING_CALL, &call },
        { VHOST_SET_VRING_ERR, &error },      { VHOST_SET_VRING_KICK, &kick },
    };
    int ret = 0;

    for (unsigned i = 0; i < ARRAY_SIZE (steps) && ret == 0; i++)
        ret = request (vhost, steps[i].what, steps[i].argument);
    return ret;
}

static bool
rings_are_enabled_locked (const struct vhost *vhost)
{
    for (unsigned i = 0; i < vhost->n_rings; i++) {
        if (!get_queue (vhost, i)->enabled)
            return false;
    }
    return true;
}

static void
set_doorbells_locked (struct vhost *vhost, bool on)
{
    struct virtio_device *vdev = vhost->vdev;

    for (unsigned i = 0; i < vhost->n_rings; i++)
        vdev->transport_ops->set_doorbell (vdev, vhost->first_queue + i,
                                           on ? vhost->rings[i].kick_fd : -1);
}

static int
start_locked (struct vhost *vhost)
{
    uint64_t features = vhost->vdev->features & vhost->features; /* the rest is the device's own */
    int ret = request (vhost, VHOST_SET_FEATURES, &features);

    if (ret == 0)
        ret = set_memory_locked (vhost);
    for (unsigned i = 0; i < vhost->n_rings && ret == 0; i++)
        ret = set_ring_locked (vhost, &vhost->rings[i]);
    if (ret == 0)
        ret = vhost->type->serve (vhost, true);
    if (ret < 0)
        return ret;
    vhost->is_serving = true;
    set_doorbells_locked (vhost, true);
    /* What was made available before. */
    for (unsigned i = 0; i < vhost->n_rings; i++)
        fd_event_signal (vhost->rings[i].kick_fd);
    return 0;
}

void
vhost_process_locked (struct vhost *vhost, struct virtio_queue *queue)
{
    unsigned index = queue->index - vhost->first_queue;
    int ret;

    assert (index < vhost->n_rings);
    if (!vhost->is_allowed || !rings_are_enabled_locked (vhost))
        return;
    if (vhost->is_serving) {
        fd_event_signal (vhost->rings[index].kick_fd);
        return;
    }
    ret = start_locked (vhost);
    if (ret < 0 && ret != -EAGAIN)
        device_mark_broken (&vhost->vdev->device, "the host's kernel does not take its rings");
}

/* --- stopping -------------------------------------------------------------------------------- */

void
vhost_stop_locked (struct vhost *vhost)
{
    if (!vhost->is_serving)
        return;
    vhost->is_serving = false;
    set_doorbells_locked (vhost, false);
    vhost->type->serve (vhost, false);
    for (unsigned i = 0; i < vhost->n_rings; i++) {
        struct vhost_vring_state base = { .index = i };

        if (request (vhost, VHOST_GET_VRING_BASE, &base) == 0)
            vhost->rings[i].next_avail = (uint16_t) base.num;
    }
}

void
vhost_reset_locked (struct vhost *vhost)
{
    vhost_stop_locked (vhost);
    for (unsigned i = 0; i < vhost->n_rings; i++)
        vhost->rings[i].next_avail = 0;
}

void
vhost_set_running (struct vhost *vhost, bool running)
{
    pthread_mutex_lock (&vhost->vdev->lock);
    vhost->is_allowed = running;
    if (!running)
        vhost_stop_locked (vhost);
    pthread_mutex_unlock (&vhost->vdev->lock);
    if (running)
        virtio_notify_all (vhost->vdev);
}

/* --- what the kernel says, and what it has to know --------------------------------------------- */

static void
call_cb (void *opaque, uint32_t events)
{
    struct vhost_ring *ring = opaque;
    struct virtio_device *vdev = ring->vhost->vdev;

    fd_event_clear (ring->call_fd);
    pthread_mutex_lock (&vdev->lock);
    /* One that came just before a stop counts: the driver may wait for it. */
    if ((vdev->status & VIRTIO_STATUS_DRIVER_OK) && get_queue (ring->vhost, ring->index)->enabled)
        vdev->transport_ops->queue_interrupt (vdev, ring->vhost->first_queue + ring->index);
    pthread_mutex_unlock (&vdev->lock);
}

static void
error_cb (void *opaque, uint32_t events)
{
    struct vhost_ring *ring = opaque;
    struct virtio_device *vdev = ring->vhost->vdev;

    fd_event_clear (ring->error_fd);
    pthread_mutex_lock (&vdev->lock);
    if (ring->vhost->is_serving) /* else it is about what a reset has ended */
        device_mark_broken (&vdev->device, "the host's kernel cannot follow its rings");
    pthread_mutex_unlock (&vdev->lock);
}

static void
memory_changed_cb (void *opaque)
{
    struct vhost *vhost = opaque;
    struct virtio_device *vdev = vhost->vdev;

    pthread_mutex_lock (&vdev->lock);
    if (set_memory_locked (vhost) < 0 && vhost->is_serving)
        device_mark_broken (&vdev->device, "the host's kernel does not take the memory's map");
    pthread_mutex_unlock (&vdev->lock);
}

/* --- life ------------------------------------------------------------------------------------ */

static int
create_ring (struct vhost *vhost, unsigned index)
{
    struct vhost_ring *ring = &vhost->rings[index];
    struct loop *loop = vhost->vdev->loop;
    int *fds[] = { &ring->kick_fd, &ring->call_fd, &ring->error_fd };
    int ret;

    ring->vhost = vhost;
    ring->index = index;
    for (unsigned i = 0; i < ARRAY_SIZE (fds); i++) {
        *fds[i] = eventfd (0, EFD_CLOEXEC | EFD_NONBLOCK);
        if (*fds[i] < 0)
            return -errno;
    }
    ret = loop_watch_add (loop, &ring->call, ring->call_fd, EPOLLIN, call_cb, ring);
    if (ret == 0)
        ret = loop_watch_add (loop, &ring->error, ring->error_fd, EPOLLIN, error_cb, ring);
    return ret;
}

/* Makes it this process's, and learns what it can. */
static int
open_vhost (struct vhost *vhost)
{
    struct virtio_device *vdev = vhost->vdev;
    uint64_t features = 0;
    int ret = request (vhost, VHOST_SET_OWNER, NULL);

    if (ret == 0)
        ret = request (vhost, VHOST_GET_FEATURES, &features);
    if (ret == 0 && !(features & BIT_ULL (VIRTIO_F_VERSION_1)))
        ret = -ENOTSUP;
    if (ret < 0)
        return ret;
    vhost->features = features;
    vdev->offered &= features | ~RING_FEATURES;
    vdev->offered |= features & vhost->type->features;
    return 0;
}

int
vhost_create (struct vhost *vhost, const struct vhost_type *type, struct virtio_device *vdev,
              unsigned first_queue, unsigned n_rings, int fd)
{
    int ret;

    assert (n_rings <= VHOST_MAX_RINGS && first_queue + n_rings <= vdev->n_queues);
    *vhost = (struct vhost){
        .type = type, .vdev = vdev, .fd = fd, .first_queue = first_queue, .n_rings = n_rings
    };
    for (unsigned i = 0; i < n_rings; i++)
        vhost->rings[i] = (struct vhost_ring){
            .kick_fd = -1,
            .call_fd = -1,
            .error_fd = -1,
            .call = LOOP_WATCH_INIT,
            .error = LOOP_WATCH_INIT,
        };
    memory_watch_add (vdev->device.env->memory, &vhost->memory_watch, memory_changed_cb, vhost);
    ret = open_vhost (vhost);
    for (unsigned i = 0; i < n_rings && ret == 0; i++)
        ret = create_ring (vhost, i);
    if (ret < 0) {
        vhost->fd = -1; /* stays the caller's */
        vhost_destroy (vhost);
    }
    return ret;
}

void
vhost_destroy (struct vhost *vhost)
{
    struct virtio_device *vdev = vhost->vdev;

    pthread_mutex_lock (&vdev->lock);
    vhost_stop_locked (vhost);
    pthread_mutex_unlock (&vdev->lock);
    memory_watch_remove (&vhost->memory_watch);
    for (unsigned i = 0; i < vhost->n_rings; i++) {
        struct vhost_ring *ring = &vhost->rings[i];

        loop_watch_remove (vdev->loop, &ring->call);
        loop_watch_remove (vdev->loop, &ring->error);
        fd_close (&ring->kick_fd);
        fd_close (&ring->call_fd);
        fd_close (&ring->error_fd);
    }
    fd_close (&vhost->fd);
}
