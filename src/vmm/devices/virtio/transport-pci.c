/* SPDX-License-Identifier: GPL-2.0-or-later */
/* transport-pci.c - virtio over PCI, modern only (virtio 1.2, §4.1).
 *
 * Theory of operation.  The driver finds five vendor capabilities: four say where in BAR 4 a
 * register block lies, the fifth is a window through which configuration space accesses reach any
 * register of BAR 4 (§4.1.4.9), for firmware that cannot reach the BAR.
 *
 * Reads of the common block are answered from an image that is composed for each read: this block
 * is not on any fast path, and so every access width works.  Writes must have the width of the
 * register they start at (§4.1.3.1); others are dropped.
 *
 * The two hot registers are cheap: a notify write takes no lock of ours, it only queues work; with
 * MSI-X the ISR is not used.
 *
 * Interrupts: with MSI-X on, each source has its vector and the ISR notes only configuration
 * changes (§4.1.4.5.1); with MSI-X off, both sources set their ISR bit and hold INTA# until the ISR
 * is read.
 */
#include "transport-pci.h"

#include <assert.h>
#include <string.h>

#include "bits.h"

#define VENDOR_ID        0x1af4
#define DEVICE_ID_BASE   0x1040
#define SUBSYSTEM_ID     0x1100
#define CAP_BYTES        16u
#define CAP_LONG_BYTES   20u /* with a multiplier or window data */
#define WINDOW_MAX_WIDTH 4u

/* A register and the width it must be written with. */
#define REGISTER(offset, size) ((offset) << 4 | (size))

/* --- common block ---------------------------------------------------------------------------- */

static struct virtio_queue *
selected_queue_locked (struct virtio_pci *pci)
{
    return pci->queue_select < pci->vdev->n_queues ? &pci->vdev->queues[pci->queue_select] : NULL;
}

static void
compose_common_locked (struct virtio_pci *pci, uint8_t *image)
{
    const struct virtio_device *vdev = pci->vdev;
    const struct virtio_queue *queue = selected_queue_locked (pci);

    store_le32 (image + VIRTIO_COMMON_OFFERED_SELECT, pci->offered_select);
    store_le32 (image + VIRTIO_COMMON_OFFERED,
                virtio_offered_half_locked (vdev, pci->offered_select));
    store_le32 (image + VIRTIO_COMMON_DRIVER_SELECT, pci->driver_select);
    store_le32 (image + VIRTIO_COMMON_DRIVER, virtio_driver_half_locked (vdev, pci->driver_select));
    store_le16 (image + VIRTIO_COMMON_CONFIG_VECTOR, pci->config_vector);
    store_le16 (image + VIRTIO_COMMON_N_QUEUES, (uint16_t) vdev->n_queues);
    image[VIRTIO_COMMON_STATUS] = vdev->status;
    image[VIRTIO_COMMON_CONFIG_GENERATION] = vdev->config_generation;
    store_le16 (image + VIRTIO_COMMON_QUEUE_SELECT, pci->queue_select);
    if (!queue)
        return; /* §4.1.4.3.1: size 0 says that there is no such queue */
    store_le16 (image + VIRTIO_COMMON_QUEUE_SIZE, queue->ring.size);
    store_le16 (image + VIRTIO_COMMON_QUEUE_VECTOR, pci->queue_vectors[queue->index]);
    store_le16 (image + VIRTIO_COMMON_QUEUE_ENABLE, queue->ring.enabled);
    store_le16 (image + VIRTIO_COMMON_QUEUE_NOTIFY_OFF, (uint16_t) queue->index);
    store_le64 (image + VIRTIO_COMMON_QUEUE_DESC, queue->ring.desc_gpa);
    store_le64 (image + VIRTIO_COMMON_QUEUE_AVAIL, queue->ring.avail_gpa);
    store_le64 (image + VIRTIO_COMMON_QUEUE_USED, queue->ring.used_gpa);
}

static uint32_t
read_common_locked (struct virtio_pci *pci, unsigned offset, unsigned size)
{
    uint8_t image[VIRTIO_COMMON_BYTES + 4] = { 0 };

    if (offset >= VIRTIO_COMMON_BYTES)
        return 0;
    compose_common_locked (pci, image);
    return (uint32_t) load_le (image + offset, size);
}

/* A vector that does not exist reads back as none (§4.1.5.1.2.1). */
static uint16_t
check_vector (const struct virtio_pci *pci, uint32_t vector)
{
    return vector < pci->function.n_msix ? (uint16_t) vector : VIRTIO_PCI_NO_VECTOR;
}

static void
set_half (gpa_t *address, unsigned shift, uint32_t value)
{
    *address = (*address & ~((uint64_t) UINT32_MAX << shift)) | (uint64_t) value << shift;
}

/* Registers of the selected queue; all but the vector are fixed once it is enabled (§4.1.4.3.2). */
static void
write_queue_locked (struct virtio_pci *pci, unsigned offset, uint32_t value, unsigned size)
{
    struct virtio_queue *queue = selected_queue_locked (pci);
    struct queue *ring;

    if (!queue)
        return;
    ring = &queue->ring;
    if (REGISTER (offset, size) == REGISTER (VIRTIO_COMMON_QUEUE_VECTOR, 2))
        pci->queue_vectors[queue->index] = check_vector (pci, value);
    if (ring->enabled)
        return;
    switch (REGISTER (offset, size)) {
    case REGISTER (VIRTIO_COMMON_QUEUE_SIZE, 2):
        if (is_power_of_two (value) && value <= ring->max_size)
            ring->size = (uint16_t) value;
        break;
    case REGISTER (VIRTIO_COMMON_QUEUE_ENABLE, 2):
        if (value == 1)
            virtio_enable_queue_locked (pci->vdev, queue->index);
        break;
    case REGISTER (VIRTIO_COMMON_QUEUE_DESC, 4):
        set_half (&ring->desc_gpa, 0, value);
        break;
    case REGISTER (VIRTIO_COMMON_QUEUE_DESC + 4, 4):
        set_half (&ring->desc_gpa, 32, value);
        break;
    case REGISTER (VIRTIO_COMMON_QUEUE_AVAIL, 4):
        set_half (&ring->avail_gpa, 0, value);
        break;
    case REGISTER (VIRTIO_COMMON_QUEUE_AVAIL + 4, 4):
        set_half (&ring->avail_gpa, 32, value);
        break;
    case REGISTER (VIRTIO_COMMON_QUEUE_USED, 4):
        set_half (&ring->used_gpa, 0, value);
        break;
    case REGISTER (VIRTIO_COMMON_QUEUE_USED + 4, 4):
        set_half (&ring->used_gpa, 32, value);
        break;
    }
}

static void
write_common_locked (struct virtio_pci *pci, unsigned offset, uint32_t value, unsigned size)
{
    switch (REGISTER (offset, size)) {
    case REGISTER (VIRTIO_COMMON_OFFERED_SELECT, 4):
        pci->offered_select = value;
        break;
    case REGISTER (VIRTIO_COMMON_DRIVER_SELECT, 4):
        pci->driver_select = value;
        break;
    case REGISTER (VIRTIO_COMMON_DRIVER, 4):
        virtio_write_driver_half_locked (pci->vdev, pci->driver_select, value);
        break;
    case REGISTER (VIRTIO_COMMON_CONFIG_VECTOR, 2):
        pci->config_vector = check_vector (pci, value);
        break;
    case REGISTER (VIRTIO_COMMON_STATUS, 1):
        virtio_write_status_locked (pci->vdev, (uint8_t) value);
        break;
    case REGISTER (VIRTIO_COMMON_QUEUE_SELECT, 2):
        pci->queue_select = (uint16_t) value;
        break;
    default:
        write_queue_locked (pci, offset, value, size);
        break;
    }
}

/* --- BAR 4 ----------------------------------------------------------------------------------- */

/* Reading clears it and lets go of the pin. */
static uint32_t
read_isr_locked (struct virtio_pci *pci, unsigned offset)
{
    uint8_t isr = pci->isr;

    if (offset != 0)
        return 0;
    pci->isr = 0;
    pci_set_intx (&pci->function, false);
    return isr;
}

static uint64_t
bar_read (void *opaque, uint64_t offset, unsigned size)
{
    struct virtio_pci *pci = opaque;
    unsigned in_block = offset % VIRTIO_PCI_BLOCK_BYTES;
    uint32_t value = 0;

    pthread_mutex_lock (&pci->vdev->lock);
    switch (offset - in_block) {
    case VIRTIO_PCI_COMMON:
        value = read_common_locked (pci, in_block, size);
        break;
    case VIRTIO_PCI_ISR:
        value = read_isr_locked (pci, in_block);
        break;
    case VIRTIO_PCI_DEVICE:
        value = virtio_read_config_locked (pci->vdev, in_block, size);
        break;
    }
    pthread_mutex_unlock (&pci->vdev->lock);
    return value;
}

static void
write_block_locked (struct virtio_pci *pci, uint64_t block, unsigned offset, uint32_t value,
                    unsigned size)
{
    switch (block) {
    case VIRTIO_PCI_COMMON:
        write_common_locked (pci, offset, value, size);
        break;
    case VIRTIO_PCI_DEVICE:
        virtio_write_config_locked (pci->vdev, offset, value, size);
        break;
    }
}

static void
bar_write (void *opaque, uint64_t offset, uint64_t value, unsigned size)
{
    struct virtio_pci *pci = opaque;
    unsigned in_block = offset % VIRTIO_PCI_BLOCK_BYTES;

    /* Where it is written says which queue; what is written says the same again. */
    if (offset >= VIRTIO_PCI_NOTIFY) {
        virtio_notify (pci->vdev, in_block / VIRTIO_PCI_MULTIPLIER);
        return;
    }
    pthread_mutex_lock (&pci->vdev->lock);
    if (!pci->vdev->resetting)
        write_block_locked (pci, offset - in_block, in_block, (uint32_t) value, size);
    pthread_mutex_unlock (&pci->vdev->lock);
}

static const struct bus_region_ops bar_ops = {
    .read = bar_read,
    .write = bar_write,
    .max_size = 4,
};

/* --- configuration space --------------------------------------------------------------------- */

/* What the window points at; false when that is not a register of BAR 4 (§4.1.4.9: offset a
 * multiple of a length of 1, 2 or 4). */
static bool
window_target (const struct virtio_pci *pci, uint64_t *offset, unsigned *size)
{
    const uint8_t *cap = pci->function.config + pci->window_cap;
    uint32_t length = load_le32 (cap + VIRTIO_PCI_CAP_LENGTH);

    *offset = load_le32 (cap + VIRTIO_PCI_CAP_OFFSET);
    *size = length;
    return cap[VIRTIO_PCI_CAP_BAR] == VIRTIO_PCI_BAR && is_power_of_two (length)
           && length <= WINDOW_MAX_WIDTH && *offset % length == 0
           && range_fits (*offset, length, VIRTIO_PCI_BAR_BYTES);
}

/* Whether an access to configuration space begins at, or runs over, the window's first byte: only
 * such a one passes through, so that taking it in pieces does not do it several times. */
static bool
hits_window (const struct virtio_pci *pci, unsigned offset, unsigned size)
{
    unsigned data = pci->window_cap + VIRTIO_PCI_CAP_DATA;

    return pci->window_cap && offset <= data && data < offset + size;
}

static void
config_reading (struct pci_function *function, unsigned offset, unsigned size)
{
    struct virtio_pci *pci = container_of (function, struct virtio_pci, function);
    uint8_t *data = function->config + pci->window_cap + VIRTIO_PCI_CAP_DATA;
    uint64_t target;
    unsigned width;

    if (hits_window (pci, offset, size) && window_target (pci, &target, &width))
        store_le (data, bar_read (pci, target, width), width);
}

static void
config_written (struct pci_function *function, unsigned offset, unsigned size)
{
    struct virtio_pci *pci = container_of (function, struct virtio_pci, function);
    const uint8_t *data = function->config + pci->window_cap + VIRTIO_PCI_CAP_DATA;
    uint64_t target;
    unsigned width;

    if (hits_window (pci, offset, size) && window_target (pci, &target, &width))
        bar_write (pci, target, load_le (data, width), width);
    /* Whatever waited for the bus master bit may go on, or has to stop. */
    if (offset < PCI_COMMAND + 2 && offset + size > PCI_COMMAND)
        virtio_transfer_changed (pci->vdev);
    if (pci->config_hook)
        pci->config_hook (pci->config_hook_opaque, offset, size);
}

static const struct pci_function_ops function_ops = {
    .config_reading = config_reading,
    .config_written = config_written,
};

/* --- transport ------------------------------------------------------------------------------- */

static void
raise_locked (struct virtio_pci *pci, uint8_t isr, uint16_t vector)
{
    bool msix = pci_msix_enabled (&pci->function);

    if (!msix || isr == VIRTIO_ISR_CONFIG)
        pci->isr |= isr;
    if (!msix)
        pci_set_intx (&pci->function, true);
    else if (vector != VIRTIO_PCI_NO_VECTOR)
        pci_send_msix (&pci->function, vector);
}

static void
queue_interrupt (struct virtio_device *vdev, unsigned queue)
{
    struct virtio_pci *pci = vdev->transport;

    raise_locked (pci, VIRTIO_ISR_QUEUE, pci->queue_vectors[queue]);
}

static void
config_interrupt (struct virtio_device *vdev)
{
    struct virtio_pci *pci = vdev->transport;

    raise_locked (pci, VIRTIO_ISR_CONFIG, pci->config_vector);
}

static bool
may_transfer (const struct virtio_device *vdev)
{
    const struct virtio_pci *pci = vdev->transport;

    return pci_is_master (&pci->function);
}

/* At the queue's notify register, which is written for nothing but this. */
static void
set_doorbell (struct virtio_device *vdev, unsigned queue, int fd)
{
    struct virtio_pci *pci = vdev->transport;
    struct bus *mmio = vdev->device.env->mmio;

    bus_doorbell_remove (mmio, &pci->doorbells[queue]);
    if (fd >= 0)
        bus_doorbell_add (mmio, &pci->doorbells[queue], &pci->function.bars[VIRTIO_PCI_BAR].region,
                          VIRTIO_PCI_NOTIFY + VIRTIO_PCI_MULTIPLIER * queue, fd);
}

static void
transport_reset (struct virtio_device *vdev)
{
    struct virtio_pci *pci = vdev->transport;

    pci->offered_select = 0;
    pci->driver_select = 0;
    pci->queue_select = 0;
    pci->config_vector = VIRTIO_PCI_NO_VECTOR;
    for (unsigned i = 0; i < VIRTIO_MAX_QUEUES; i++)
        pci->queue_vectors[i] = VIRTIO_PCI_NO_VECTOR;
    pci->isr = 0;
    pci_set_intx (&pci->function, false);
}

static const struct virtio_transport_ops transport_ops = {
    .queue_interrupt = queue_interrupt,
    .config_interrupt = config_interrupt,
    .may_transfer = may_transfer,
    .set_doorbell = set_doorbell,
    .reset = transport_reset,
};

/* --- life ------------------------------------------------------------------------------------ */

/* A capability that says where a register block lies; returns its offset. */
static unsigned
add_cap (struct virtio_pci *pci, uint8_t type, uint32_t block, uint32_t len, unsigned cap_bytes)
{
    unsigned cap = pci_add_capability (&pci->function, PCI_CAP_VENDOR, cap_bytes);
    uint8_t *config = pci->function.config + cap;

    config[2] = (uint8_t) cap_bytes;
    config[VIRTIO_PCI_CAP_TYPE] = type;
    config[VIRTIO_PCI_CAP_BAR] = len ? VIRTIO_PCI_BAR : 0;
    store_le32 (config + VIRTIO_PCI_CAP_OFFSET, block);
    store_le32 (config + VIRTIO_PCI_CAP_LENGTH, len);
    return cap;
}

static void
add_capabilities (struct virtio_pci *pci)
{
    struct pci_function *function = &pci->function;
    uint8_t *writable;
    unsigned cap;

    add_cap (pci, VIRTIO_PCI_CAP_COMMON, VIRTIO_PCI_COMMON, VIRTIO_PCI_BLOCK_BYTES, CAP_BYTES);
    add_cap (pci, VIRTIO_PCI_CAP_ISR, VIRTIO_PCI_ISR, VIRTIO_PCI_BLOCK_BYTES, CAP_BYTES);
    add_cap (pci, VIRTIO_PCI_CAP_DEVICE, VIRTIO_PCI_DEVICE, VIRTIO_PCI_BLOCK_BYTES, CAP_BYTES);
    cap = add_cap (pci, VIRTIO_PCI_CAP_NOTIFY, VIRTIO_PCI_NOTIFY, VIRTIO_PCI_BLOCK_BYTES,
                   CAP_LONG_BYTES);
    store_le32 (function->config + cap + VIRTIO_PCI_CAP_MULTIPLIER, VIRTIO_PCI_MULTIPLIER);

    pci->window_cap = add_cap (pci, VIRTIO_PCI_CAP_WINDOW, 0, 0, CAP_LONG_BYTES);
    writable = function->writable + pci->window_cap;
    writable[VIRTIO_PCI_CAP_BAR] = 0xff;
    memset (writable + VIRTIO_PCI_CAP_OFFSET, 0xff, 4 + 4 + 4); /* offset, length, data */
}

int
virtio_pci_init (struct virtio_pci *pci, struct virtio_device *vdev, unsigned slot)
{
    struct pci_identity identity = {
        .vendor = VENDOR_ID,
        .device = (uint16_t) (DEVICE_ID_BASE + vdev->type->id),
        .subsystem_vendor = VENDOR_ID,
        .subsystem = SUBSYSTEM_ID,
        .class_code = vdev->type->pci_class_code,
        .revision = 1,
        .interrupt_pin = 1,
    };
    int ret;

    pci->vdev = vdev;
    for (unsigned i = 0; i < VIRTIO_MAX_QUEUES; i++)
        list_init (&pci->doorbells[i].node);
    vdev->transport = pci;
    vdev->transport_ops = &transport_ops;
    ret = pci_function_init (&pci->function, vdev->device.env->pci, PCI_DEVFN (slot, 0),
                             vdev->device.alias, &identity, &function_ops);
    if (ret < 0)
        return ret;
    ret = pci_add_msix (&pci->function, VIRTIO_PCI_MSIX_BAR, vdev->n_queues + 1);
    if (ret < 0) {
        virtio_pci_destroy (pci);
        return ret;
    }
    pci_add_register_bar (&pci->function, VIRTIO_PCI_BAR, PCI_BAR_MEM64, VIRTIO_PCI_BAR_BYTES,
                          &bar_ops, pci);
    pci->function.is_zero_when_gone = true;
    pci->function.zero_when_gone_bar = VIRTIO_PCI_BAR;
    add_capabilities (pci);
    transport_reset (vdev);
    return 0;
}

void
virtio_pci_destroy (struct virtio_pci *pci)
{
    for (unsigned i = 0; i < VIRTIO_MAX_QUEUES; i++)
        set_doorbell (pci->vdev, i, -1);
    pci_function_destroy (&pci->function);
}

void
virtio_pci_reset (struct virtio_pci *pci)
{
    pthread_mutex_lock (&pci->vdev->lock);
    virtio_reset_locked (pci->vdev);
    pthread_mutex_unlock (&pci->vdev->lock);
    pci_function_reset (&pci->function);
}
