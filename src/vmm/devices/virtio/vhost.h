/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vhost.h - queues of a virtio device that the host's kernel serves (linux/vhost.h).
 *
 * The device keeps its configuration, features and the driver's registers; rings that come one after the other
 * are handed to a vhost descriptor that the keeper opened.  A device may have several of them, each with rings of
 * its own.  The device forwards what happens to it:
 *
 *   process()           → vhost_process_locked()
 *   cancel(), suspend() → vhost_stop_locked()
 *   reset()             → vhost_reset_locked()
 *   broken()            → vhost_stop_locked(), then virtio_broken()
 *   set_running()       → vhost_set_running()
 *
 * Nothing of the guest's is read or written by the kernel but between a start and a stop.  All but
 * create and destroy are called under the device's lock where they say so.
 */
#pragma once

#include "virtio.h"

#define VHOST_MAX_RINGS 2

struct vhost;

/* What sets kinds of vhost apart, constant. */
struct vhost_type {
    uint64_t features; /* of the device's type that may be offered where the kernel has them */
    /* Has the kernel, by VHOST's descriptor, serve its rings, which are set up, or no longer: then it is done with
     * them when this returns.  Returns 0, or -errno with none of them served; -EAGAIN: not now, ask again. */
    int (*serve) (struct vhost *vhost, bool on);
};

struct vhost_ring {
    struct vhost *vhost;
    unsigned index; /* the kernel's; the device's queue is the vhost's FIRST_QUEUE + this */
    int kick_fd;  /* the driver notifies the kernel; ours */
    int call_fd;  /* the kernel interrupts the driver; ours */
    int error_fd; /* the kernel cannot make sense of the ring; ours */
    struct loop_watch call, error;
    uint16_t next_avail; /* where the kernel goes on while it does not serve */
};

/* Embed it in its device, whose lock guards it. */
struct vhost {
    const struct vhost_type *type;
    struct virtio_device *vdev;
    int fd; /* ours */
    uint64_t features; /* that the kernel knows */
    unsigned first_queue, n_rings;
    struct vhost_ring rings[VHOST_MAX_RINGS];
    struct memory_watch memory_watch;
    bool is_allowed; /* the machine runs */
    bool is_serving;
};

/* Makes N_RINGS queues of VDEV, which is set up but for its transport, from FIRST_QUEUE on, those of the vhost FD,
 * and takes from what VDEV offers the features that the kernel does not have.  FD is taken over when
 * that succeeds.  Returns 0 or -errno. */
int vhost_create (struct vhost *vhost, const struct vhost_type *type, struct virtio_device *vdev,
                  unsigned first_queue, unsigned n_rings, int fd);

/* Stops and closes everything. */
void vhost_destroy (struct vhost *vhost);

/* The driver notified QUEUE, or what kept the device from working has gone: has the kernel serve, once
 * all rings are enabled and the machine runs, and look at the ring. */
void vhost_process_locked (struct vhost *vhost, struct virtio_queue *queue);

/* The kernel touches no guest memory any more; it goes on where it was. */
void vhost_stop_locked (struct vhost *vhost);

/* The same, and the rings begin anew. */
void vhost_reset_locked (struct vhost *vhost);

/* The machine runs, or no longer.  Takes the device's lock. */
void vhost_set_running (struct vhost *vhost, bool running);
