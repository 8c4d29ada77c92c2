/* SPDX-License-Identifier: GPL-2.0-or-later */
/* virtio-driver.c - a small driver for virtio devices on a test machine's PCI bus. */
#include "virtio-driver.h"

#include <string.h>

#include "bits.h"

#define DESC_F_NEXT  1
#define DESC_F_WRITE 2
#define FIRST_FREE   0x100000u

static uint32_t
config_read (struct virtio_driver *d, unsigned offset, unsigned size)
{
    return pci_config_read (d->m->env.pci, d->devfn, offset, size);
}

/* The address of the block that the capability of TYPE describes. */
static uint64_t
find_block (struct virtio_driver *d, uint8_t type, unsigned *cap)
{
    *cap = 0;
    while ((*cap = test_pci_find_cap (d->m, d->devfn, PCI_CAP_VENDOR, *cap)) != 0) {
        if (config_read (d, *cap + VIRTIO_PCI_CAP_TYPE, 1) != type)
            continue;
        g_assert_cmpuint (config_read (d, *cap + VIRTIO_PCI_CAP_BAR, 1), ==, VIRTIO_PCI_BAR);
        return VIRTIO_DRIVER_BAR + config_read (d, *cap + VIRTIO_PCI_CAP_OFFSET, 4);
    }
    g_assert_not_reached ();
}

void
virtio_driver_probe (struct virtio_driver *d, struct test_machine *m, unsigned slot)
{
    unsigned cap;

    memset (d, 0, sizeof *d);
    d->m = m;
    d->devfn = PCI_DEVFN (slot, 0);
    d->next_free = FIRST_FREE;
    test_pci_place_bar (m, d->devfn, VIRTIO_PCI_BAR, VIRTIO_DRIVER_BAR + (slot << 20));
    test_pci_place_bar (m, d->devfn, VIRTIO_PCI_MSIX_BAR, VIRTIO_DRIVER_MSIX + (slot << 20));
    d->common = find_block (d, VIRTIO_PCI_CAP_COMMON, &cap) + (slot << 20);
    d->isr = find_block (d, VIRTIO_PCI_CAP_ISR, &cap) + (slot << 20);
    d->config = find_block (d, VIRTIO_PCI_CAP_DEVICE, &cap) + (slot << 20);
    d->notify = find_block (d, VIRTIO_PCI_CAP_NOTIFY, &cap) + (slot << 20);
    d->multiplier = config_read (d, cap + VIRTIO_PCI_CAP_MULTIPLIER, 4);
}

uint32_t
virtio_driver_read (struct virtio_driver *d, unsigned reg, unsigned size)
{
    return (uint32_t) test_mmio_read (d->m, d->common + reg, size);
}

void
virtio_driver_write (struct virtio_driver *d, unsigned reg, uint32_t value, unsigned size)
{
    test_mmio_write (d->m, d->common + reg, value, size);
}

uint8_t
virtio_driver_status (struct virtio_driver *d)
{
    return (uint8_t) virtio_driver_read (d, VIRTIO_COMMON_STATUS, 1);
}

uint64_t
virtio_driver_offered (struct virtio_driver *d)
{
    uint64_t low, high;

    virtio_driver_write (d, VIRTIO_COMMON_OFFERED_SELECT, 0, 4);
    low = virtio_driver_read (d, VIRTIO_COMMON_OFFERED, 4);
    virtio_driver_write (d, VIRTIO_COMMON_OFFERED_SELECT, 1, 4);
    high = virtio_driver_read (d, VIRTIO_COMMON_OFFERED, 4);
    return high << 32 | low;
}

static bool
is_reset (void *opaque)
{
    return virtio_driver_status (opaque) == 0;
}

void
virtio_driver_reset (struct virtio_driver *d)
{
    virtio_driver_write (d, VIRTIO_COMMON_STATUS, 0, 1);
    test_machine_wait (d->m, is_reset, d);
}

static void
add_status (struct virtio_driver *d, uint8_t bit)
{
    virtio_driver_write (d, VIRTIO_COMMON_STATUS, virtio_driver_status (d) | bit, 1);
}

bool
virtio_driver_negotiate (struct virtio_driver *d, uint64_t features)
{
    add_status (d, VIRTIO_STATUS_ACKNOWLEDGE);
    add_status (d, VIRTIO_STATUS_DRIVER);
    virtio_driver_write (d, VIRTIO_COMMON_DRIVER_SELECT, 0, 4);
    virtio_driver_write (d, VIRTIO_COMMON_DRIVER, (uint32_t) features, 4);
    virtio_driver_write (d, VIRTIO_COMMON_DRIVER_SELECT, 1, 4);
    virtio_driver_write (d, VIRTIO_COMMON_DRIVER, (uint32_t) (features >> 32), 4);
    add_status (d, VIRTIO_STATUS_FEATURES_OK);
    d->features = features;
    return virtio_driver_status (d) & VIRTIO_STATUS_FEATURES_OK;
}

static void
write_address (struct virtio_driver *d, unsigned reg, gpa_t gpa)
{
    virtio_driver_write (d, reg, (uint32_t) gpa, 4);
    virtio_driver_write (d, reg + 4, (uint32_t) (gpa >> 32), 4);
}

bool
virtio_driver_make_queue (struct virtio_driver *d, unsigned index, uint16_t size)
{
    struct virtio_driver_queue *q = &d->queues[index];

    *q = (struct virtio_driver_queue){
        .size = size,
        .desc = virtio_driver_alloc (d, 16u * size, 16),
        .avail = virtio_driver_alloc (d, 6 + 2u * size, 2),
        .used = virtio_driver_alloc (d, 6 + 8u * size, 4),
    };
    virtio_driver_write (d, VIRTIO_COMMON_QUEUE_SELECT, index, 2);
    virtio_driver_write (d, VIRTIO_COMMON_QUEUE_SIZE, size, 2);
    write_address (d, VIRTIO_COMMON_QUEUE_DESC, q->desc);
    write_address (d, VIRTIO_COMMON_QUEUE_AVAIL, q->avail);
    write_address (d, VIRTIO_COMMON_QUEUE_USED, q->used);
    virtio_driver_write (d, VIRTIO_COMMON_QUEUE_ENABLE, 1, 2);
    return virtio_driver_read (d, VIRTIO_COMMON_QUEUE_ENABLE, 2) == 1;
}

void
virtio_driver_start (struct virtio_driver *d, uint64_t features, unsigned n_queues, uint16_t size)
{
    virtio_driver_reset (d);
    g_assert_true (virtio_driver_negotiate (d, features | BIT_ULL (VIRTIO_F_VERSION_1)));
    for (unsigned i = 0; i < n_queues; i++)
        g_assert_true (virtio_driver_make_queue (d, i, size));
    add_status (d, VIRTIO_STATUS_DRIVER_OK);
    g_assert_true (virtio_driver_status (d) & VIRTIO_STATUS_DRIVER_OK);
    test_machine_settle (d->m);
}

static uint64_t
msix_entry (struct virtio_driver *d, unsigned vector)
{
    return VIRTIO_DRIVER_MSIX + (PCI_SLOT (d->devfn) << 20) + 16 * vector;
}

void
virtio_driver_mask (struct virtio_driver *d, unsigned vector, bool masked)
{
    test_mmio_write (d->m, msix_entry (d, vector) + 12, masked, 4);
}

void
virtio_driver_use_msix (struct virtio_driver *d, unsigned n_queues)
{
    unsigned cap = test_pci_find_cap (d->m, d->devfn, PCI_CAP_MSIX, 0);

    g_assert_cmpuint (cap, !=, 0);
    for (unsigned i = 0; i <= n_queues; i++) {
        test_mmio_write (d->m, msix_entry (d, i), VIRTIO_DRIVER_MSI_BASE, 4);
        test_mmio_write (d->m, msix_entry (d, i) + 8, VIRTIO_DRIVER_MSI_DATA + i, 4);
        virtio_driver_mask (d, i, false);
    }
    pci_config_write (d->m->env.pci, d->devfn, cap + 2, 0x8000, 2);
    virtio_driver_write (d, VIRTIO_COMMON_CONFIG_VECTOR, 0, 2);
    for (unsigned i = 0; i < n_queues; i++) {
        virtio_driver_write (d, VIRTIO_COMMON_QUEUE_SELECT, i, 2);
        virtio_driver_write (d, VIRTIO_COMMON_QUEUE_VECTOR, 1 + i, 2);
        g_assert_cmpuint (virtio_driver_read (d, VIRTIO_COMMON_QUEUE_VECTOR, 2), ==, 1 + i);
    }
}

gpa_t
virtio_driver_alloc (struct virtio_driver *d, uint32_t bytes, uint32_t align)
{
    gpa_t gpa = align_up (d->next_free, align);

    g_assert_cmpuint (gpa + bytes, <=, TEST_MACHINE_RAM_BYTES);
    d->next_free = gpa + bytes;
    memset (d->m->ram + gpa, 0, bytes);
    return gpa;
}

uint8_t *
virtio_driver_at (struct virtio_driver *d, gpa_t gpa)
{
    g_assert_cmpuint (gpa, <, TEST_MACHINE_RAM_BYTES);
    return d->m->ram + gpa;
}

uint16_t
virtio_driver_describe (struct virtio_driver *d, unsigned queue,
                        const struct virtio_buffer *buffers, unsigned n)
{
    struct virtio_driver_queue *q = &d->queues[queue];
    uint16_t head = q->next_desc;

    for (unsigned i = 0; i < n; i++) {
        uint8_t *desc = virtio_driver_at (d, q->desc) + 16 * q->next_desc;

        q->next_desc = (uint16_t) ((q->next_desc + 1) % q->size);
        store_le64 (desc, buffers[i].gpa);
        store_le32 (desc + 8, buffers[i].len);
        store_le16 (desc + 12, (uint16_t) ((i + 1 < n ? DESC_F_NEXT : 0)
                                           | (buffers[i].device_writes ? DESC_F_WRITE : 0)));
        store_le16 (desc + 14, q->next_desc);
    }
    return head;
}

void
virtio_driver_offer (struct virtio_driver *d, unsigned queue, uint16_t head)
{
    struct virtio_driver_queue *q = &d->queues[queue];
    uint8_t *avail = virtio_driver_at (d, q->avail);

    store_le16 (avail + 4 + 2 * (q->avail_idx % q->size), head);
    store_le16 (avail + 2, ++q->avail_idx);
}

void
virtio_driver_kick (struct virtio_driver *d, unsigned queue)
{
    uint32_t offset;

    virtio_driver_write (d, VIRTIO_COMMON_QUEUE_SELECT, queue, 2);
    offset = virtio_driver_read (d, VIRTIO_COMMON_QUEUE_NOTIFY_OFF, 2) * d->multiplier;
    test_mmio_write (d->m, d->notify + offset, queue, 2);
}

bool
virtio_driver_must_kick (struct virtio_driver *d, unsigned queue, uint16_t old_idx)
{
    const struct virtio_driver_queue *q = &d->queues[queue];
    const uint8_t *used = virtio_driver_at (d, q->used);
    uint16_t event = load_le16 (used + 4 + 8 * q->size);

    if (!(d->features & BIT_ULL (VIRTIO_F_EVENT_IDX)))
        return !(load_le16 (used) & 1);
    return (uint16_t) (q->avail_idx - event - 1) < (uint16_t) (q->avail_idx - old_idx);
}

uint16_t
virtio_driver_send (struct virtio_driver *d, unsigned queue, const struct virtio_buffer *buffers,
                    unsigned n)
{
    uint16_t old_idx = d->queues[queue].avail_idx;
    uint16_t head = virtio_driver_describe (d, queue, buffers, n);

    virtio_driver_offer (d, queue, head);
    if (virtio_driver_must_kick (d, queue, old_idx))
        virtio_driver_kick (d, queue);
    return head;
}

bool
virtio_driver_take (struct virtio_driver *d, unsigned queue, uint32_t *id, uint32_t *len)
{
    struct virtio_driver_queue *q = &d->queues[queue];
    const uint8_t *used = virtio_driver_at (d, q->used);
    const uint8_t *entry = used + 4 + 8 * (q->used_idx % q->size);

    if (load_le16 (used + 2) == q->used_idx)
        return false;
    *id = load_le32 (entry);
    *len = load_le32 (entry + 4);
    q->used_idx++;
    return true;
}

struct wait {
    struct virtio_driver *d;
    unsigned queue;
    uint32_t id, len;
};

static bool
try_take (void *opaque)
{
    struct wait *w = opaque;

    return virtio_driver_take (w->d, w->queue, &w->id, &w->len);
}

uint32_t
virtio_driver_wait (struct virtio_driver *d, unsigned queue, uint16_t head)
{
    struct wait w = { .d = d, .queue = queue };

    test_machine_wait (d->m, try_take, &w);
    g_assert_cmpuint (w.id, ==, head);
    return w.len;
}

void
virtio_driver_set_used_event (struct virtio_driver *d, unsigned queue, uint16_t index)
{
    const struct virtio_driver_queue *q = &d->queues[queue];

    store_le16 (virtio_driver_at (d, q->avail) + 4 + 2 * q->size, index);
}
