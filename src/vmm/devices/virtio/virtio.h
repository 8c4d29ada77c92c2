/* SPDX-License-Identifier: GPL-2.0-or-later */
/* virtio.h - what every virtio device is, whatever it does and whichever bus it sits on
 * (virtio 1.2, §2 and §3).
 *
 * Three layers: a device (blk, rng, …) fills in a struct virtio_type and moves chains; this one
 * keeps status, features and queues; a transport (transport-pci.h) shows them to the driver as
 * registers and carries interrupts.
 *
 * Threads and locks.  The driver's register accesses come on vCPU threads, queues are processed on
 * the device's loop.  Both take the device's lock, which guards everything here and in the device
 * itself; functions named _locked are called with it held, and so are all hooks.  Order: PCI bus,
 * device, then block, loop or interrupt locks.
 *
 * Reset by the driver does not wait: it stops the queues at once, and when chains are still out,
 * device_status goes on reading as it was until the last of them came back (§4.1.4.3).  No
 * vCPU hangs on a slow disk, and no completion reaches memory that a new driver uses for something
 * else.  Until then the transport drops the driver's writes.
 */
#pragma once

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "device.h"
#include "loop.h"
#include "queue.h"

#define VIRTIO_MAX_QUEUES 17 /* a network card's eight pairs and its control queue */

/* device_status (§2.1) */
#define VIRTIO_STATUS_ACKNOWLEDGE 0x01u
#define VIRTIO_STATUS_DRIVER      0x02u
#define VIRTIO_STATUS_DRIVER_OK   0x04u
#define VIRTIO_STATUS_FEATURES_OK 0x08u
#define VIRTIO_STATUS_NEEDS_RESET 0x40u
#define VIRTIO_STATUS_FAILED      0x80u

/* Features every device here offers (§6); a device adds those of its type, bits 0 to 23 and
 * 50 to 127 (of which 64 are here). */
#define VIRTIO_F_INDIRECT_DESC 28
#define VIRTIO_F_EVENT_IDX     29
#define VIRTIO_F_VERSION_1     32

struct virtio_device;

struct virtio_queue {
    struct virtio_device *device;
    unsigned index;
    struct queue ring;
    struct loop_work work; /* processing, on the device's loop */
    int doorbell_fd; /* the driver's notifications, once it is up; -1: they come by virtio_notify() */
    struct loop_watch doorbell;
    bool in_work;          /* that runs now */
};

struct virtio_ops {
    /* Pops and handles chains of QUEUE, no more than a queue's worth; returns true when it stopped
     * for that reason, to be called again after others had their turn.  On the device's loop. */
    bool (*process) (struct virtio_device *device, struct virtio_queue *queue);

    /* Optional: the driver resets the device, queues are stopped: push the chains that wait for
     * somebody who may never come.  Others may follow later: the reset waits for them. */
    void (*cancel) (struct virtio_device *device);

    /* Optional, for a device whose queues somebody else serves: it may not touch guest memory any more,
     * from when this returns until process() is called. */
    void (*suspend) (struct virtio_device *device);

    /* Optional: back to the state after power-on; no chain is out. */
    void (*reset) (struct virtio_device *device);

    /* Optional: device->features are settled now. */
    void (*features_set) (struct virtio_device *device);

    /* Optional: the driver writes VALUE to configuration bytes [OFFSET, OFFSET + SIZE), which lie
     * inside the configuration; the hook stores what may be stored. */
    void (*config_write) (struct virtio_device *device, unsigned offset, uint32_t value,
                          unsigned size);
};

/* A device type, constant. */
struct virtio_type {
    uint16_t id;             /* §5 */
    uint32_t pci_class_code; /* class, subclass, interface */
    uint16_t queue_size;     /* a power of two up to QUEUE_MAX_SIZE */
    const struct virtio_ops *ops;
};

struct virtio_transport_ops {
    void (*queue_interrupt) (struct virtio_device *device, unsigned queue);
    void (*config_interrupt) (struct virtio_device *device);
    /* Whether the device may touch guest memory now. */
    bool (*may_transfer) (const struct virtio_device *device);
    /* From now on the driver's notifications of QUEUE may be written to FD, an eventfd, and come here no
     * more; -1: they come here again. */
    void (*set_doorbell) (struct virtio_device *device, unsigned queue, int fd);
    /* The device was reset: forget what the driver set up. */
    void (*reset) (struct virtio_device *device);
};

/* Embed it as the first member. */
struct virtio_device {
    struct device device;
    const struct virtio_type *type;
    struct loop *loop;
    const struct virtio_transport_ops *transport_ops;
    void *transport;

    /* Set up by the device before the machine runs. */
    uint64_t offered; /* features */
    uint8_t *config;  /* the device's configuration bytes, as the driver reads them; borrowed */
    unsigned config_size;
    unsigned n_queues;

    pthread_mutex_t lock; /* guards the rest */
    uint8_t status;
    uint8_t config_generation;
    bool resetting;           /* the driver's reset waits for chains that are out */
    uint64_t driver_features; /* as the driver wrote them */
    uint64_t features;        /* negotiated; 0 before FEATURES_OK */
    struct virtio_queue queues[VIRTIO_MAX_QUEUES];
};

/* --- for devices ----------------------------------------------------------------------------- */

/* Makes a device of TYPE with N_QUEUES queues, processed on LOOP; VDEV was zeroed by the caller,
 * who then adds to offered and sets config, before the transport's init. */
void virtio_init (struct virtio_device *vdev, const struct device_args *args,
                  const struct device_ops *ops, const struct virtio_type *type, unsigned n_queues,
                  struct loop *loop);

/* Undoes it.  With the loop stopped or on its thread, nothing in flight. */
void virtio_destroy (struct virtio_device *vdev);

/* For a device that is notified often, before the machine runs: has KVM ring descriptors of its queues while
 * the driver is up, so that a notification is no exit to user space (bus.h).  Without, where the host has no
 * descriptors left, it works as well, only slower. */
void virtio_add_doorbells (struct virtio_device *vdev);

/* For device_ops.broken: stops all queues and says DEVICE_NEEDS_RESET.  So whoever marks a virtio
 * device broken holds its lock. */
void virtio_broken (struct device *device);

/* Whether the driver accepted feature BIT. */
bool virtio_has_feature_locked (const struct virtio_device *vdev, unsigned bit);

/* Takes the next chain of QUEUE.  False when there is none: the driver will notify; or when the
 * driver broke the rules: the device is marked broken then.  From process() only. */
bool virtio_pop_locked (struct virtio_queue *queue, struct queue_chain *chain);

/* Gives a chain back; the driver is told at the end of this turn of the loop, once for all chains.
 * The end of a reset that waits may happen inside. */
void virtio_push_locked (struct virtio_queue *queue, struct queue_ticket ticket, uint32_t written);

/* Puts back the chain that was taken last, in the same turn: there is no use for it yet.  Who has to
 * wait for more chains calls it after virtio_pop_locked() said that there are none: then the driver
 * notifies. */
void virtio_unpop_locked (struct virtio_queue *queue, struct queue_ticket ticket);

/* The device's configuration has changed; tells the driver. */
void virtio_config_changed_locked (struct virtio_device *vdev);

/* --- for transports -------------------------------------------------------------------------- */

/* The driver writes device_status. */
void virtio_write_status_locked (struct virtio_device *vdev, uint8_t value);

/* One 32-bit half (0 or 1, others are empty) of the feature words. */
uint32_t virtio_offered_half_locked (const struct virtio_device *vdev, uint32_t half);
uint32_t virtio_driver_half_locked (const struct virtio_device *vdev, uint32_t half);
void virtio_write_driver_half_locked (struct virtio_device *vdev, uint32_t half, uint32_t value);

/* The driver says that a queue's registers are complete; a queue that cannot be breaks the device.
 */
void virtio_enable_queue_locked (struct virtio_device *vdev, unsigned index);

/* Device configuration; bytes past its end read as zero and swallow writes.  SIZE is up to 4. */
uint32_t virtio_read_config_locked (const struct virtio_device *vdev, unsigned offset,
                                    unsigned size);
void virtio_write_config_locked (struct virtio_device *vdev, unsigned offset, uint32_t value,
                                 unsigned size);

/* The driver made chains available in queue INDEX (out of range: nothing).  Any thread, no lock
 * needed: this only queues work on the device's loop. */
void virtio_notify (struct virtio_device *vdev, unsigned index);

/* The same for all queues: something that kept the device from working has gone. */
void virtio_notify_all (struct virtio_device *vdev);

/* What may_transfer() says has changed, or may have.  Any thread, no device's lock held. */
void virtio_transfer_changed (struct virtio_device *vdev);

/* For the machine's reset, when nothing is in flight any more. */
void virtio_reset_locked (struct virtio_device *vdev);
