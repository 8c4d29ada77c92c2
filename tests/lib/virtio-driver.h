/* SPDX-License-Identifier: GPL-2.0-or-later */
/* virtio-driver.h - a small driver for virtio devices on a test machine's PCI bus.
 *
 * Finds the register blocks through the capabilities as a real driver does, negotiates, keeps split
 * queues in the machine's RAM.  Nothing is checked for the driver's own sake: a test may reach into
 * the rings and break what it likes.  Guest memory is handed out once and never taken back.
 */
#pragma once

#include "test-machine.h"
#include "transport-pci.h"

#define VIRTIO_DRIVER_QUEUES   17
#define VIRTIO_DRIVER_MSI_BASE 0xfee00000u /* vector V is sent with data V + 0x40 */
#define VIRTIO_DRIVER_MSI_DATA 0x40u
#define VIRTIO_DRIVER_BAR      0xe000000000ull /* beyond 4 GiB, where firmware puts 64-bit BARs */
#define VIRTIO_DRIVER_MSIX     0xc0000000u

/* A buffer of a chain. */
struct virtio_buffer {
    gpa_t gpa;
    uint32_t len;
    bool device_writes;
};

struct virtio_driver_queue {
    uint16_t size;
    gpa_t desc, avail, used;
    uint16_t next_desc; /* descriptors are used round and round */
    uint16_t avail_idx; /* made available */
    uint16_t used_idx;  /* taken back */
};

struct virtio_driver {
    struct test_machine *m;
    unsigned devfn;
    uint64_t common, isr, config, notify; /* addresses of the register blocks */
    uint32_t multiplier;
    uint64_t features; /* negotiated */
    gpa_t next_free;
    struct virtio_driver_queue queues[VIRTIO_DRIVER_QUEUES];
};

/* Places the BARs of the function and finds its blocks. */
void virtio_driver_probe (struct virtio_driver *d, struct test_machine *m, unsigned slot);

/* A register of the common block (VIRTIO_COMMON_…). */
uint32_t virtio_driver_read (struct virtio_driver *d, unsigned reg, unsigned size);
void virtio_driver_write (struct virtio_driver *d, unsigned reg, uint32_t value, unsigned size);

uint8_t virtio_driver_status (struct virtio_driver *d);
uint64_t virtio_driver_offered (struct virtio_driver *d);

/* Writes 0 and lets the loop run until the device says that it is reset. */
void virtio_driver_reset (struct virtio_driver *d);

/* ACKNOWLEDGE, DRIVER, exactly these FEATURES, FEATURES_OK.  Returns whether the device took them.
 */
bool virtio_driver_negotiate (struct virtio_driver *d, uint64_t features);

/* Makes and enables queue INDEX with SIZE entries.  Returns whether it is enabled then. */
bool virtio_driver_make_queue (struct virtio_driver *d, unsigned index, uint16_t size);

/* All of it: reset, VERSION_1 and FEATURES, N_QUEUES queues of SIZE, DRIVER_OK. */
void virtio_driver_start (struct virtio_driver *d, uint64_t features, unsigned n_queues,
                          uint16_t size);

/* MSI-X on, with vector 0 for configuration changes and 1 + I for queue I, none of them masked. */
void virtio_driver_use_msix (struct virtio_driver *d, unsigned n_queues);
void virtio_driver_mask (struct virtio_driver *d, unsigned vector, bool masked);

/* Memory in the machine's RAM, zeroed. */
gpa_t virtio_driver_alloc (struct virtio_driver *d, uint32_t bytes, uint32_t align);
uint8_t *virtio_driver_at (struct virtio_driver *d, gpa_t gpa);

/* Writes descriptors for N buffers and returns the head; makes the chain available (without
 * notifying); notifies. */
uint16_t virtio_driver_describe (struct virtio_driver *d, unsigned queue,
                                 const struct virtio_buffer *buffers, unsigned n);
void virtio_driver_offer (struct virtio_driver *d, unsigned queue, uint16_t head);
void virtio_driver_kick (struct virtio_driver *d, unsigned queue);

/* The three in one, only notifying if the device asked for that.  Returns the head. */
uint16_t virtio_driver_send (struct virtio_driver *d, unsigned queue,
                             const struct virtio_buffer *buffers, unsigned n);

/* Takes the next used entry, false when there is none. */
bool virtio_driver_take (struct virtio_driver *d, unsigned queue, uint32_t *id, uint32_t *len);

/* Lets the loop run until there is one.  Returns its length; the chain must be HEAD's. */
uint32_t virtio_driver_wait (struct virtio_driver *d, unsigned queue, uint16_t head);

/* Event indices: when to be interrupted, and when the device wants to be notified. */
void virtio_driver_set_used_event (struct virtio_driver *d, unsigned queue, uint16_t index);
bool virtio_driver_must_kick (struct virtio_driver *d, unsigned queue, uint16_t old_idx);
