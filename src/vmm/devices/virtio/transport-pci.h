/* SPDX-License-Identifier: GPL-2.0-or-later */
/* transport-pci.h - virtio over PCI, modern only (virtio 1.2, §4.1).
 *
 * A function 1af4:1040h + type, revision 1.  BAR 1 holds the MSI-X table, one vector a queue and
 * one for the configuration; BAR 4 (16 KiB, 64-bit) the four register blocks, a page each.
 */
#pragma once

#include "pci.h"
#include "virtio.h"

/* The register blocks of BAR 4 as the vendor capabilities give them. */
#define VIRTIO_PCI_BAR         4
#define VIRTIO_PCI_MSIX_BAR    1
#define VIRTIO_PCI_COMMON      0x0000
#define VIRTIO_PCI_ISR         0x1000
#define VIRTIO_PCI_DEVICE      0x2000
#define VIRTIO_PCI_NOTIFY      0x3000
#define VIRTIO_PCI_BAR_BYTES   0x4000
#define VIRTIO_PCI_BLOCK_BYTES 0x1000
#define VIRTIO_PCI_MULTIPLIER  4 /* bytes from one queue's notify register to the next */

/* Vendor capabilities (§4.1.4) */
#define VIRTIO_PCI_CAP_COMMON 1
#define VIRTIO_PCI_CAP_NOTIFY 2
#define VIRTIO_PCI_CAP_ISR    3
#define VIRTIO_PCI_CAP_DEVICE 4
#define VIRTIO_PCI_CAP_WINDOW 5

/* Fields of a capability, and what two of the types append. */
#define VIRTIO_PCI_CAP_TYPE       3
#define VIRTIO_PCI_CAP_BAR        4
#define VIRTIO_PCI_CAP_OFFSET     8
#define VIRTIO_PCI_CAP_LENGTH     12
#define VIRTIO_PCI_CAP_MULTIPLIER 16
#define VIRTIO_PCI_CAP_DATA       16

/* Registers of the common block (§4.1.4.3) */
#define VIRTIO_COMMON_OFFERED_SELECT    0x00
#define VIRTIO_COMMON_OFFERED           0x04
#define VIRTIO_COMMON_DRIVER_SELECT     0x08
#define VIRTIO_COMMON_DRIVER            0x0c
#define VIRTIO_COMMON_CONFIG_VECTOR     0x10
#define VIRTIO_COMMON_N_QUEUES          0x12
#define VIRTIO_COMMON_STATUS            0x14
#define VIRTIO_COMMON_CONFIG_GENERATION 0x15
#define VIRTIO_COMMON_QUEUE_SELECT      0x16
#define VIRTIO_COMMON_QUEUE_SIZE        0x18
#define VIRTIO_COMMON_QUEUE_VECTOR      0x1a
#define VIRTIO_COMMON_QUEUE_ENABLE      0x1c
#define VIRTIO_COMMON_QUEUE_NOTIFY_OFF  0x1e
#define VIRTIO_COMMON_QUEUE_DESC        0x20
#define VIRTIO_COMMON_QUEUE_AVAIL       0x28
#define VIRTIO_COMMON_QUEUE_USED        0x30
#define VIRTIO_COMMON_BYTES             0x38

#define VIRTIO_PCI_NO_VECTOR 0xffff

/* ISR bits (§4.1.4.5) */
#define VIRTIO_ISR_QUEUE  0x01
#define VIRTIO_ISR_CONFIG 0x02

/* Embedded in a device next to its virtio_device, whose lock guards all but function,
 * window_cap and the hook. */
struct virtio_pci {
    struct pci_function function;
    struct virtio_device *vdev;
    unsigned window_cap; /* offset of the configuration access capability */

    /* Optional: another part of the same function looks at writes to configuration space, as
     * pci_function_ops.config_written. */
    void (*config_hook) (void *opaque, unsigned offset, unsigned size);
    void *config_hook_opaque;

    struct bus_doorbell doorbells[VIRTIO_MAX_QUEUES];

    uint32_t offered_select, driver_select;
    uint16_t queue_select;
    uint16_t config_vector;
    uint16_t queue_vectors[VIRTIO_MAX_QUEUES];
    uint8_t isr;
};

/* Puts VDEV, completely set up, into SLOT as the function PCI, which the caller zeroed.  Returns 0
 * or -errno. */
int virtio_pci_init (struct virtio_pci *pci, struct virtio_device *vdev, unsigned slot);

/* Takes it off the bus; harmless when init failed or never ran. */
void virtio_pci_destroy (struct virtio_pci *pci);

/* For device_ops.reset, nothing in flight: device and function as after power-on. */
void virtio_pci_reset (struct virtio_pci *pci);
