/* SPDX-License-Identifier: GPL-2.0-or-later */
/* fuzz-virtio.c - fuzzing: what a virtio driver gone mad does, whatever the device.
 *
 * It starts the device with any part of the features and rings of any size, sends what the harness
 * composes or any bytes, in pieces of its choice, through indirect tables or not, and now and then
 * spoils a descriptor or a ring before the device sees it.
 */
#include "fuzz-virtio.h"

#include <stdlib.h>

#define RINGS      0x100000u
#define DATA       0x200000u
#define DATA_BYTES 0x4000u /* of a request, and there are so many places: */
#define N_DATA     64
#define TABLE      0x3000u /* of a request's indirect descriptors, in its place */

#define DESC_NEXT     1u
#define DESC_WRITE    2u
#define DESC_INDIRECT 4u
#define DESC_BYTES    16u
#define MAX_PIECES    8

static struct virtio_driver driver;
static unsigned n_queues, n_sent;

void
fuzz_virtio_place (struct fuzz *f)
{
    unsigned slot = PCI_SLOT (driver.devfn);

    test_pci_place_bar (f->m, driver.devfn, VIRTIO_PCI_BAR, VIRTIO_DRIVER_BAR + (slot << 20));
    test_pci_place_bar (f->m, driver.devfn, VIRTIO_PCI_MSIX_BAR, VIRTIO_DRIVER_MSIX + (slot << 20));
}

void
fuzz_virtio_probe (struct fuzz *f, unsigned slot)
{
    n_queues = n_sent = 0;
    virtio_driver_probe (&driver, f->m, slot);
    fuzz_add_space (f, FUZZ_MMIO, driver.common, VIRTIO_COMMON_BYTES);
    fuzz_add_space (f, FUZZ_MMIO, driver.config, 0x100);
    fuzz_add_space (f, FUZZ_MMIO, driver.common, VIRTIO_PCI_BAR_BYTES + 8);
    fuzz_add_space (f, FUZZ_MMIO, VIRTIO_DRIVER_MSIX + (slot << 20), 0x1000);
    fuzz_add_space (f, FUZZ_CONFIG, driver.devfn, PCI_CONFIG_SIZE);
}

static void
start (struct fuzz *f, const struct fuzz_virtio *v)
{
    struct fuzz_script *s = &f->script;
    unsigned order = fuzz_pick (s, 9);
    uint64_t features;

    fuzz_virtio_place (f);
    virtio_driver_write (&driver, VIRTIO_COMMON_STATUS, 0, 1);
    if (v->release)
        v->release (f);
    test_machine_settle (f->m);
    g_assert_cmphex (virtio_driver_status (&driver), ==, 0);
    features = virtio_driver_offered (&driver);
    if (fuzz_once_in (s, 3))
        features &= ~fuzz_number (s);
    driver.next_free = RINGS;
    n_queues = 0;
    if (!virtio_driver_negotiate (&driver, features | BIT_ULL (VIRTIO_F_VERSION_1)))
        return;
    n_queues = MIN_OF (virtio_driver_read (&driver, VIRTIO_COMMON_N_QUEUES, 2),
                       (uint32_t) VIRTIO_DRIVER_QUEUES);
    for (unsigned i = 0; i < n_queues; i++)
        virtio_driver_make_queue (&driver, i, (uint16_t) BIT (order));
    virtio_driver_write (&driver, VIRTIO_COMMON_STATUS,
                         virtio_driver_status (&driver) | VIRTIO_STATUS_DRIVER_OK, 1);
}

/* --- requests ------------------------------------------------------------------------------------- */

static void
put_descriptor (struct fuzz *f, gpa_t at, const struct virtio_buffer *buffer, unsigned flags,
                unsigned next)
{
    uint8_t *p = f->m->ram + at;

    store_le64 (p, buffer->gpa);
    store_le32 (p + 8, buffer->len);
    store_le16 (p + 12, (uint16_t) (flags | (buffer->device_writes ? DESC_WRITE : 0)));
    store_le16 (p + 14, (uint16_t) next);
}

/* Cuts BYTES at GPA into some buffers. */
static unsigned
cut (struct fuzz *f, struct virtio_buffer *buffers, gpa_t gpa, unsigned bytes, bool device_writes)
{
    unsigned n = 0;

    while (bytes > 0 && n < MAX_PIECES / 2) {
        unsigned len = bytes;

        if (n + 1 < MAX_PIECES / 2 && fuzz_once_in (&f->script, 4))
            len = 1 + fuzz_pick (&f->script, MIN_OF (bytes, 256u));
        buffers[n++] = (struct virtio_buffer){ gpa, MIN_OF (len, bytes), device_writes };
        gpa += len;
        bytes -= MIN_OF (len, bytes);
    }
    return n;
}

static uint16_t
describe_indirectly (struct fuzz *f, struct virtio_driver_queue *q, gpa_t table,
                     const struct virtio_buffer *buffers, unsigned n)
{
    const struct virtio_buffer whole = { table, n * DESC_BYTES, false };
    uint16_t head = (uint16_t) (q->next_desc++ % q->size);

    for (unsigned i = 0; i < n; i++)
        put_descriptor (f, table + i * DESC_BYTES, &buffers[i], i + 1 < n ? DESC_NEXT : 0, i + 1);
    put_descriptor (f, q->desc + head * DESC_BYTES, &whole, DESC_INDIRECT, 0);
    return head;
}

/* One field of a descriptor, or of a ring, is something else. */
static void
spoil (struct fuzz *f, const struct virtio_driver_queue *q, gpa_t table)
{
    static const struct {
        unsigned at, size;
    } fields[] = { { 0, 8 }, { 8, 4 }, { 12, 2 }, { 14, 2 } };
    struct fuzz_script *s = &f->script;
    unsigned what = fuzz_pick (s, 4), field = fuzz_pick (s, ARRAY_SIZE (fields));
    unsigned index = fuzz_pick (s, 256);
    gpa_t at;

    if (what == 0)
        at = table + index % MAX_PIECES * DESC_BYTES + fields[field].at;
    else if (what < 3)
        at = q->desc + index % q->size * DESC_BYTES + fields[field].at;
    else
        at = q->avail + 2 * (index % (q->size + 3u));
    store_le (f->m->ram + at, fields[field].size == 8 ? fuzz_gpa (s) : fuzz_number (s),
              what == 3 ? 2 : fields[field].size);
}

static void
compose_any (struct fuzz *f, struct fuzz_request *request)
{
    struct fuzz_script *s = &f->script;

    request->out_bytes = fuzz_pick (s, 128);
    fuzz_fill (s, request->out, request->out_bytes);
    request->in_bytes = fuzz_pick (s, 4) ? fuzz_pick (s, 256) : fuzz_pick (s, FUZZ_IN_BYTES);
}

static void
send_request (struct fuzz *f, const struct fuzz_virtio *v)
{
    static struct fuzz_request request;
    struct fuzz_script *s = &f->script;
    unsigned queue = fuzz_pick (s, n_queues), how = fuzz_pick (s, 32), n;
    struct virtio_driver_queue *q = &driver.queues[queue];
    gpa_t data = DATA + n_sent++ % N_DATA * DATA_BYTES;
    struct virtio_buffer buffers[MAX_PIECES];
    uint16_t head;

    memset (&request, 0, sizeof request);
    if (!v->compose || how == 0 || !v->compose (f, queue, &request))
        compose_any (f, &request);
    memcpy (f->m->ram + data, request.out, request.out_bytes);
    n = cut (f, buffers, data, request.out_bytes, false);
    n += cut (f, buffers + n, data + FUZZ_OUT_BYTES, request.in_bytes, true);
    if (n == 0)
        return;
    if (how & 1)
        head = describe_indirectly (f, q, data + TABLE, buffers, n);
    else
        head = virtio_driver_describe (&driver, queue, buffers, n);
    if (how == 2 || how == 3)
        spoil (f, q, data + TABLE);
    virtio_driver_offer (&driver, queue, head);
    if (how < 28)
        virtio_driver_kick (&driver, queue);
}

static bool
needs_reset (void)
{
    return virtio_driver_status (&driver) & VIRTIO_STATUS_NEEDS_RESET;
}

void
fuzz_virtio_act (struct fuzz *f, const struct fuzz_virtio *v)
{
    struct fuzz_script *s = &f->script;
    unsigned what = fuzz_pick (s, 16);

    if (n_queues == 0 || what == 0 || (what < 8 && needs_reset ())) {
        start (f, v);
    } else if (what == 1 && fuzz_once_in (s, 4)) {
        spoil (f, &driver.queues[fuzz_pick (s, n_queues)], DATA + TABLE);
    } else if (what == 2) {
        virtio_driver_kick (&driver, fuzz_pick (s, n_queues + 1));
    } else if (what == 3) {
        virtio_driver_set_used_event (&driver, fuzz_pick (s, n_queues),
                                      (uint16_t) fuzz_take (s, 2));
    } else if (what == 4) {
        unsigned cap = test_pci_find_cap (f->m, driver.devfn, PCI_CAP_MSIX, 0);

        pci_config_write (f->m->env.pci, driver.devfn, cap + 2, (uint32_t) fuzz_take (s, 2), 2);
    } else {
        send_request (f, v);
    }
}
