/* SPDX-License-Identifier: GPL-2.0-or-later */
/* virtio-transport.c - tests: the registers of virtio over PCI, from finding them to reset. */
#include <string.h>

#include "bits.h"
#include "virtio-fake.h"

#define DEVFN       PCI_DEVFN (FAKE_SLOT, 0)
#define VERSION_1   BIT_ULL (VIRTIO_F_VERSION_1)
#define NEEDS_RESET VIRTIO_STATUS_NEEDS_RESET

static uint32_t
config_read (struct fake_fixture *f, unsigned offset, unsigned size)
{
    return pci_config_read (f->m->env.pci, DEVFN, offset, size);
}

static void
config_write (struct fake_fixture *f, unsigned offset, uint32_t value, unsigned size)
{
    pci_config_write (f->m->env.pci, DEVFN, offset, value, size);
}

/* One chain of one readable buffer on queue 0; lets the loop run. */
static uint16_t
send_one (struct fake_fixture *f)
{
    struct virtio_buffer buffer = { .gpa = 0x1000, .len = 16 };
    uint16_t head = virtio_driver_send (&f->d, 0, &buffer, 1);

    test_machine_settle (f->m);
    return head;
}

/* --- finding it ------------------------------------------------------------------------------ */

static void
test_identity (struct fake_fixture *f, gconstpointer data)
{
    g_assert_cmphex (config_read (f, PCI_VENDOR_ID, 4), ==, (0x1040u + FAKE_TYPE) << 16 | 0x1af4);
    g_assert_cmphex (config_read (f, PCI_SUBSYSTEM_VENDOR, 4), ==, 0x11001af4);
    g_assert_cmphex (config_read (f, PCI_REVISION, 4), ==, 0xff000001);
    g_assert_cmpuint (config_read (f, PCI_INTERRUPT_PIN, 1), ==, 1);
}

static void
test_capabilities (struct fake_fixture *f, gconstpointer data)
{
    static const struct {
        uint8_t type, len;
        uint32_t offset;
    } blocks[] = {
        { VIRTIO_PCI_CAP_COMMON, 16, 0x0000 },
        { VIRTIO_PCI_CAP_ISR, 16, 0x1000 },
        { VIRTIO_PCI_CAP_DEVICE, 16, 0x2000 },
        { VIRTIO_PCI_CAP_NOTIFY, 20, 0x3000 },
    };
    unsigned cap = 0, n = 0, window = 0;

    while ((cap = test_pci_find_cap (f->m, DEVFN, PCI_CAP_VENDOR, cap)) != 0) {
        unsigned type = config_read (f, cap + VIRTIO_PCI_CAP_TYPE, 1);

        n++;
        if (type == VIRTIO_PCI_CAP_WINDOW) {
            window = cap;
            g_assert_cmpuint (config_read (f, cap + 2, 1), ==, 20);
            continue;
        }
        for (size_t i = 0; i < ARRAY_SIZE (blocks); i++) {
            if (blocks[i].type != type)
                continue;
            g_assert_cmpuint (config_read (f, cap + 2, 1), ==, blocks[i].len);
            g_assert_cmpuint (config_read (f, cap + VIRTIO_PCI_CAP_BAR, 1), ==, 4);
            g_assert_cmphex (config_read (f, cap + VIRTIO_PCI_CAP_OFFSET, 4), ==, blocks[i].offset);
            g_assert_cmphex (config_read (f, cap + VIRTIO_PCI_CAP_LENGTH, 4), ==, 0x1000);
        }
    }
    g_assert_cmpuint (n, ==, 5);
    g_assert_cmpuint (window, !=, 0);
    g_assert_cmpuint (f->d.multiplier, ==, 4);

    cap = test_pci_find_cap (f->m, DEVFN, PCI_CAP_MSIX, 0);
    g_assert_cmpuint (cap, !=, 0);
    g_assert_cmpuint (config_read (f, cap + 2, 2) & 0x7ff, ==, FAKE_QUEUES);
    g_assert_cmpuint (config_read (f, cap + 4, 4), ==, 1);
    g_assert_cmpuint (config_read (f, PCI_BAR0 + 16, 4) & 0xf, ==, 4);
}

/* --- features and status --------------------------------------------------------------------- */

static void
test_features_are_offered (struct fake_fixture *f, gconstpointer data)
{
    g_assert_cmphex (virtio_driver_offered (&f->d), ==,
                     BIT_ULL (FAKE_FEATURE) | BIT_ULL (VIRTIO_F_INDIRECT_DESC)
                         | BIT_ULL (VIRTIO_F_EVENT_IDX) | VERSION_1);
    virtio_driver_write (&f->d, VIRTIO_COMMON_OFFERED_SELECT, 2, 4);
    g_assert_cmphex (virtio_driver_read (&f->d, VIRTIO_COMMON_OFFERED, 4), ==, 0);
}

static void
test_unknown_feature_is_refused (struct fake_fixture *f, gconstpointer data)
{
    g_assert_false (virtio_driver_negotiate (&f->d, VERSION_1 | 1));
    g_assert_cmphex (f->fake->virtio.features, ==, 0);
    /* The driver may think again (§3.1.1 lets it fail or retry after a reset). */
    g_assert_true (virtio_driver_negotiate (&f->d, VERSION_1));
}

static void
test_legacy_driver_is_refused (struct fake_fixture *f, gconstpointer data)
{
    g_assert_false (virtio_driver_negotiate (&f->d, BIT_ULL (FAKE_FEATURE)));
    g_assert_false (virtio_driver_negotiate (&f->d, 0));
}

static void
test_features_are_fixed_after_ok (struct fake_fixture *f, gconstpointer data)
{
    g_assert_true (virtio_driver_negotiate (&f->d, VERSION_1));
    virtio_driver_write (&f->d, VIRTIO_COMMON_DRIVER_SELECT, 0, 4);
    virtio_driver_write (&f->d, VIRTIO_COMMON_DRIVER, BIT (FAKE_FEATURE), 4);
    g_assert_cmphex (virtio_driver_read (&f->d, VIRTIO_COMMON_DRIVER, 4), ==, 0);
    g_assert_cmphex (f->fake->virtio.features, ==, VERSION_1);
    virtio_driver_reset (&f->d);
    g_assert_cmphex (f->fake->virtio.features, ==, 0);
}

static void
test_status_goes_in_order (struct fake_fixture *f, gconstpointer data)
{
    virtio_driver_write (&f->d, VIRTIO_COMMON_STATUS, VIRTIO_STATUS_DRIVER_OK | NEEDS_RESET | 0x30,
                         1);
    g_assert_cmphex (virtio_driver_status (&f->d), ==, 0);
    g_assert_true (virtio_driver_negotiate (&f->d, VERSION_1));
    virtio_driver_write (&f->d, VIRTIO_COMMON_STATUS, VIRTIO_STATUS_DRIVER_OK, 1);
    g_assert_cmphex (virtio_driver_status (&f->d), ==, 0x0f); /* nothing is taken back */
}

/* --- queues ---------------------------------------------------------------------------------- */

static uint32_t
queue_reg (struct fake_fixture *f, unsigned queue, unsigned reg)
{
    virtio_driver_write (&f->d, VIRTIO_COMMON_QUEUE_SELECT, queue, 2);
    return virtio_driver_read (&f->d, reg, 2);
}

static void
test_queue_sizes (struct fake_fixture *f, gconstpointer data)
{
    static const uint16_t bad[] = { 0, 3, 12, 32, 0x8000 };

    g_assert_cmpuint (virtio_driver_read (&f->d, VIRTIO_COMMON_N_QUEUES, 2), ==, FAKE_QUEUES);
    g_assert_cmpuint (queue_reg (f, 1, VIRTIO_COMMON_QUEUE_SIZE), ==, FAKE_QUEUE_SIZE);
    g_assert_cmpuint (queue_reg (f, 1, VIRTIO_COMMON_QUEUE_NOTIFY_OFF), ==, 1);
    g_assert_cmpuint (queue_reg (f, FAKE_QUEUES, VIRTIO_COMMON_QUEUE_SIZE), ==, 0);
    g_assert_cmpuint (queue_reg (f, 0xffff, VIRTIO_COMMON_QUEUE_SIZE), ==, 0);

    /* A driver that wants less finds its value kept, and cannot ask for nonsense. */
    g_assert_cmpuint (queue_reg (f, 0, VIRTIO_COMMON_QUEUE_SIZE), ==, FAKE_QUEUE_SIZE);
    virtio_driver_write (&f->d, VIRTIO_COMMON_QUEUE_SIZE, 4, 2);
    for (size_t i = 0; i < ARRAY_SIZE (bad); i++)
        virtio_driver_write (&f->d, VIRTIO_COMMON_QUEUE_SIZE, bad[i], 2);
    g_assert_cmpuint (virtio_driver_read (&f->d, VIRTIO_COMMON_QUEUE_SIZE, 2), ==, 4);
    virtio_driver_reset (&f->d);
    g_assert_cmpuint (queue_reg (f, 0, VIRTIO_COMMON_QUEUE_SIZE), ==, FAKE_QUEUE_SIZE);
}

static void
test_enabled_queue_is_fixed (struct fake_fixture *f, gconstpointer data)
{
    g_assert_true (virtio_driver_negotiate (&f->d, VERSION_1));
    g_assert_true (virtio_driver_make_queue (&f->d, 0, 8));
    virtio_driver_write (&f->d, VIRTIO_COMMON_QUEUE_SIZE, 16, 2);
    virtio_driver_write (&f->d, VIRTIO_COMMON_QUEUE_DESC, 0x5000, 4);
    virtio_driver_write (&f->d, VIRTIO_COMMON_QUEUE_ENABLE, 0, 2);
    g_assert_cmpuint (virtio_driver_read (&f->d, VIRTIO_COMMON_QUEUE_SIZE, 2), ==, 8);
    g_assert_cmphex (virtio_driver_read (&f->d, VIRTIO_COMMON_QUEUE_DESC, 4), ==,
                     f->d.queues[0].desc);
    g_assert_cmpuint (virtio_driver_read (&f->d, VIRTIO_COMMON_QUEUE_ENABLE, 2), ==, 1);
    /* The next driver finds it free again. */
    virtio_driver_reset (&f->d);
    g_assert_cmpuint (queue_reg (f, 0, VIRTIO_COMMON_QUEUE_ENABLE), ==, 0);
    g_assert_cmphex (virtio_driver_read (&f->d, VIRTIO_COMMON_QUEUE_DESC, 4), ==, 0);
}

static void
test_queue_outside_ram_breaks_the_device (struct fake_fixture *f, gconstpointer data)
{
    g_assert_true (virtio_driver_negotiate (&f->d, VERSION_1));
    virtio_driver_write (&f->d, VIRTIO_COMMON_QUEUE_SELECT, 0, 2);
    virtio_driver_write (&f->d, VIRTIO_COMMON_QUEUE_USED + 4, 0xffffffff, 4);
    virtio_driver_write (&f->d, VIRTIO_COMMON_QUEUE_ENABLE, 1, 2);
    g_assert_cmpuint (virtio_driver_read (&f->d, VIRTIO_COMMON_QUEUE_ENABLE, 2), ==, 0);
    g_assert_true (virtio_driver_status (&f->d) & NEEDS_RESET);
    g_assert_cmpuint (f->m->n_broken, ==, 1);
    g_assert_cmpstr (f->m->broken_reason, ==, "queue is not in RAM");
}

static void
test_wrong_width_is_dropped (struct fake_fixture *f, gconstpointer data)
{
    virtio_driver_write (&f->d, VIRTIO_COMMON_STATUS, 1, 4);
    virtio_driver_write (&f->d, VIRTIO_COMMON_QUEUE_SIZE, 4, 1);
    virtio_driver_write (&f->d, VIRTIO_COMMON_QUEUE_SIZE, 4, 4);
    g_assert_cmphex (virtio_driver_status (&f->d), ==, 0);
    g_assert_cmpuint (queue_reg (f, 0, VIRTIO_COMMON_QUEUE_SIZE), ==, FAKE_QUEUE_SIZE);
    /* Reads may have any width. */
    g_assert_cmphex (virtio_driver_read (&f->d, VIRTIO_COMMON_N_QUEUES, 4), ==, FAKE_QUEUES);
    g_assert_cmphex (virtio_driver_read (&f->d, VIRTIO_COMMON_BYTES, 4), ==, 0);
    g_assert_cmphex (virtio_driver_read (&f->d, 0xffe, 4), ==, 0);
}

/* --- device configuration -------------------------------------------------------------------- */

static void
test_configuration (struct fake_fixture *f, gconstpointer data)
{
    g_assert_cmphex (test_mmio_read (f->m, f->d.config + 4, 4), ==, 0xa7a6a5a4);
    g_assert_cmphex (test_mmio_read (f->m, f->d.config + 14, 4), ==, 0xafae);
    g_assert_cmphex (test_mmio_read (f->m, f->d.config + 16, 4), ==, 0);
    test_mmio_write (f->m, f->d.config + 1, 0x55, 1);
    test_mmio_write (f->m, f->d.config + 14, 0x55555555, 4); /* over the end */
    test_mmio_write (f->m, f->d.config + 16, 0x55, 1);
    g_assert_cmphex (test_mmio_read (f->m, f->d.config, 4), ==, 0xa3a255a0);
}

static void
test_configuration_change_is_told (struct fake_fixture *f, gconstpointer data)
{
    uint32_t generation = virtio_driver_read (&f->d, VIRTIO_COMMON_CONFIG_GENERATION, 1);

    virtio_driver_start (&f->d, 0, 1, 8);
    pthread_mutex_lock (&f->fake->virtio.lock);
    virtio_config_changed_locked (&f->fake->virtio);
    pthread_mutex_unlock (&f->fake->virtio.lock);
    g_assert_cmpuint (virtio_driver_read (&f->d, VIRTIO_COMMON_CONFIG_GENERATION, 1), !=,
                      generation);
    g_assert_cmphex (test_mmio_read (f->m, f->d.isr, 1), ==, VIRTIO_ISR_CONFIG);
}

/* --- the window ------------------------------------------------------------------------------ */

static unsigned
find_window (struct fake_fixture *f)
{
    unsigned cap = 0;

    while ((cap = test_pci_find_cap (f->m, DEVFN, PCI_CAP_VENDOR, cap)) != 0) {
        if (config_read (f, cap + VIRTIO_PCI_CAP_TYPE, 1) == VIRTIO_PCI_CAP_WINDOW)
            return cap;
    }
    g_assert_not_reached ();
}

static void
aim (struct fake_fixture *f, unsigned cap, uint8_t bar, uint32_t offset, uint32_t length)
{
    config_write (f, cap + VIRTIO_PCI_CAP_BAR, bar, 1);
    config_write (f, cap + VIRTIO_PCI_CAP_OFFSET, offset, 4);
    config_write (f, cap + VIRTIO_PCI_CAP_LENGTH, length, 4);
}

/* A firmware that cannot reach the BAR does everything through configuration space. */
static void
test_window_reaches_registers (struct fake_fixture *f, gconstpointer data)
{
    unsigned cap = find_window (f);
    unsigned at = cap + VIRTIO_PCI_CAP_DATA;
    uint16_t old_idx;

    aim (f, cap, 4, VIRTIO_PCI_COMMON + VIRTIO_COMMON_STATUS, 1);
    config_write (f, at, VIRTIO_STATUS_ACKNOWLEDGE, 1);
    g_assert_cmphex (virtio_driver_status (&f->d), ==, VIRTIO_STATUS_ACKNOWLEDGE);
    g_assert_cmphex (config_read (f, at, 1), ==, VIRTIO_STATUS_ACKNOWLEDGE);
    aim (f, cap, 4, VIRTIO_PCI_COMMON + VIRTIO_COMMON_N_QUEUES, 2);
    g_assert_cmpuint (config_read (f, at, 2), ==, FAKE_QUEUES);
    aim (f, cap, 4, VIRTIO_PCI_DEVICE + 8, 4);
    g_assert_cmphex (config_read (f, at, 4), ==, 0xabaaa9a8);

    virtio_driver_start (&f->d, 0, 1, 8);
    old_idx = f->d.queues[0].avail_idx;
    virtio_driver_offer (&f->d, 0, 0);
    g_assert_true (virtio_driver_must_kick (&f->d, 0, old_idx));
    virtio_driver_describe (&f->d, 0, &(struct virtio_buffer){ .gpa = 0x1000, .len = 1 }, 1);
    aim (f, cap, 4, VIRTIO_PCI_NOTIFY, 2);
    config_write (f, at, 0, 2);
    test_machine_settle (f->m);
    g_assert_cmpuint (f->fake->n_held, ==, 1);
}

static void
test_window_is_bounded (struct fake_fixture *f, gconstpointer data)
{
    static const struct {
        uint8_t bar;
        uint32_t offset, length;
    } bad[] = {
        { 4, 0x4000, 4 }, { 4, 0x3ffe, 4 }, { 4, 0xfffffffc, 4 }, { 4, 0x2000, 0 },
        { 4, 0x2000, 3 }, { 4, 0x2000, 8 }, { 4, 0x2001, 4 },     { 4, 0x2000, 0xffffffff },
        { 1, 0x2000, 4 }, { 0, 0x2000, 4 }, { 7, 0x2000, 4 },     { 0xff, 0x2000, 4 },
    };
    unsigned cap = find_window (f);
    unsigned at = cap + VIRTIO_PCI_CAP_DATA;

    for (size_t i = 0; i < ARRAY_SIZE (bad); i++) {
        aim (f, cap, bad[i].bar, bad[i].offset, bad[i].length);
        config_write (f, at, 0x11223344, 4);
        g_assert_cmphex (config_read (f, at, 4), ==, 0x11223344); /* just storage */
    }
    g_assert_cmphex (test_mmio_read (f->m, f->d.config, 4), ==, 0xa3a2a1a0);
}

/* Reading a byte in the middle of the data, as a dump of the space does, has no side effect. */
static void
test_window_passes_only_at_its_start (struct fake_fixture *f, gconstpointer data)
{
    unsigned cap = find_window (f);

    virtio_driver_start (&f->d, 0, 1, 8);
    send_one (f);
    fake_device_complete (f->fake, 0, 0);
    test_machine_settle (f->m);
    aim (f, cap, 4, VIRTIO_PCI_ISR, 1);
    config_read (f, cap + VIRTIO_PCI_CAP_DATA + 1, 1);
    config_read (f, cap + VIRTIO_PCI_CAP_LENGTH, 4);
    g_assert_cmphex (config_read (f, cap + VIRTIO_PCI_CAP_DATA, 1), ==, VIRTIO_ISR_QUEUE);
    g_assert_cmphex (config_read (f, cap + VIRTIO_PCI_CAP_DATA, 1), ==, 0);
}

/* --- running, broken, reset ------------------------------------------------------------------ */

static void
test_nothing_moves_before_driver_ok (struct fake_fixture *f, gconstpointer data)
{
    g_assert_true (virtio_driver_negotiate (&f->d, VERSION_1));
    g_assert_true (virtio_driver_make_queue (&f->d, 0, 8));
    send_one (f);
    g_assert_cmpuint (f->fake->n_held, ==, 0);
    /* What is there already is taken without another notification. */
    virtio_driver_write (&f->d, VIRTIO_COMMON_STATUS, 0x0f, 1);
    test_machine_settle (f->m);
    g_assert_cmpuint (f->fake->n_held, ==, 1);
}

static void
test_no_transfer_without_bus_master (struct fake_fixture *f, gconstpointer data)
{
    virtio_driver_start (&f->d, 0, 1, 8);
    config_write (f, PCI_COMMAND, PCI_COMMAND_MEMORY, 2);
    send_one (f);
    g_assert_cmpuint (f->fake->n_held, ==, 0);
    config_write (f, PCI_COMMAND, PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER, 2);
    test_machine_settle (f->m);
    g_assert_cmpuint (f->fake->n_held, ==, 1);
}

static void
test_broken_device_works_again_after_reset (struct fake_fixture *f, gconstpointer data)
{
    uint32_t id, len;

    virtio_driver_start (&f->d, 0, 1, 8);
    send_one (f);
    virtio_driver_offer (&f->d, 0, 99); /* a wild head */
    virtio_driver_kick (&f->d, 0);
    test_machine_settle (f->m);
    g_assert_cmpuint (f->m->n_broken, ==, 1);
    g_assert_cmpstr (f->m->broken_reason, ==, "descriptor index out of range");
    g_assert_true (virtio_driver_status (&f->d) & NEEDS_RESET);
    g_assert_cmphex (test_mmio_read (f->m, f->d.isr, 1), ==, VIRTIO_ISR_CONFIG);

    /* It does nothing more, and what it still had ends in silence. */
    virtio_driver_kick (&f->d, 0);
    fake_device_complete (f->fake, 0, 0);
    test_machine_settle (f->m);
    g_assert_false (virtio_driver_take (&f->d, 0, &id, &len));
    g_assert_cmphex (test_mmio_read (f->m, f->d.isr, 1), ==, 0);
    g_assert_cmpuint (f->m->n_broken, ==, 1);

    f->fake->n_held = 0;
    virtio_driver_start (&f->d, 0, 1, 8);
    g_assert_false (f->fake->virtio.device.is_broken);
    send_one (f);
    fake_device_complete (f->fake, 0, 5);
    g_assert_cmpuint (virtio_driver_wait (&f->d, 0, 0), ==, 5);
    /* And it can break again. */
    virtio_driver_offer (&f->d, 0, 99);
    virtio_driver_kick (&f->d, 0);
    test_machine_settle (f->m);
    g_assert_cmpuint (f->m->n_broken, ==, 2);
}

static void
test_reset_waits_for_chains_in_flight (struct fake_fixture *f, gconstpointer data)
{
    struct virtio_driver_queue old;
    unsigned n_resets;

    virtio_driver_start (&f->d, 0, 2, 8);
    send_one (f);
    send_one (f);
    g_assert_cmpuint (f->fake->n_held, ==, 2);
    old = f->d.queues[0];
    n_resets = f->fake->n_resets;

    virtio_driver_write (&f->d, VIRTIO_COMMON_STATUS, 0, 1);
    g_assert_cmphex (virtio_driver_status (&f->d), ==, 0x0f);
    /* Meanwhile nothing starts, and nothing can be set up. */
    virtio_driver_offer (&f->d, 0, 3);
    virtio_driver_kick (&f->d, 0);
    virtio_driver_write (&f->d, VIRTIO_COMMON_STATUS, 0xff, 1);
    virtio_driver_write (&f->d, VIRTIO_COMMON_CONFIG_VECTOR, 0, 2);
    test_machine_settle (f->m);
    g_assert_cmpuint (f->fake->n_held, ==, 2);
    fake_device_complete (f->fake, 1, 0);
    g_assert_cmphex (virtio_driver_status (&f->d), ==, 0x0f);
    g_assert_cmpuint (f->fake->n_resets, ==, n_resets);

    fake_device_complete (f->fake, 0, 0);
    g_assert_cmphex (virtio_driver_status (&f->d), ==, 0);
    g_assert_cmpuint (f->fake->n_resets, ==, n_resets + 1);
    test_machine_settle (f->m);
    /* The old driver's ring was left alone. */
    g_assert_cmpuint (load_le16 (f->m->ram + old.used + 2), ==, 0);
    g_assert_cmpuint (f->m->intx_rises, ==, 0);

    f->fake->n_held = 0;
    virtio_driver_start (&f->d, 0, 1, 8);
    send_one (f);
    fake_device_complete (f->fake, 0, 7);
    g_assert_cmpuint (virtio_driver_wait (&f->d, 0, 0), ==, 7);
}

static void
test_machine_reset_forgets_everything (struct fake_fixture *f, gconstpointer data)
{
    virtio_driver_start (&f->d, BIT_ULL (FAKE_FEATURE), 2, 8);
    virtio_driver_use_msix (&f->d, 2);
    device_reset (&f->fake->virtio.device);
    g_assert_cmphex (config_read (f, PCI_COMMAND, 2), ==, 0);
    g_assert_false (pci_msix_enabled (&f->fake->pci.function));
    virtio_driver_probe (&f->d, f->m, FAKE_SLOT);
    g_assert_cmphex (virtio_driver_status (&f->d), ==, 0);
    g_assert_cmphex (virtio_driver_read (&f->d, VIRTIO_COMMON_DRIVER, 4), ==, 0);
    g_assert_cmphex (virtio_driver_read (&f->d, VIRTIO_COMMON_CONFIG_VECTOR, 2), ==, 0xffff);
    g_assert_cmpuint (queue_reg (f, 1, VIRTIO_COMMON_QUEUE_ENABLE), ==, 0);
    g_assert_cmphex (virtio_driver_read (&f->d, VIRTIO_COMMON_QUEUE_VECTOR, 2), ==, 0xffff);
}

/* Keeps the ring full for ever. */
struct refill {
    struct fake_fixture *f;
    unsigned n_chains;
};

static void
refill_hook (void *opaque)
{
    struct refill *r = opaque;

    r->n_chains++;
    virtio_driver_offer (&r->f->d, 0, 0);
}

static void
count_cb (void *opaque)
{
    (*(unsigned *) opaque)++;
}

static void
test_full_queue_lets_others_work (struct fake_fixture *f, gconstpointer data)
{
    struct refill refill = { .f = f };
    struct loop_work other;
    unsigned others = 0;

    virtio_driver_start (&f->d, 0, 1, 8);
    f->fake->answers_at_once = true;
    f->fake->chain_hook = refill_hook;
    f->fake->hook_opaque = &refill;
    loop_work_init (&other, count_cb, &others);
    send_one (f); /* the loop has run 16 times, and come back each time */
    g_assert_cmpuint (refill.n_chains, <=, 16 * 8);
    g_assert_cmpuint (refill.n_chains, >, 8);
    loop_work_queue (f->m->env.loop, &other);
    loop_iterate (f->m->env.loop, 0);
    g_assert_cmpuint (others, ==, 1);
    f->fake->chain_hook = NULL;
    test_machine_settle (f->m);
}

static void
add (const char *path, void (*test) (struct fake_fixture *, gconstpointer))
{
    g_test_add (path, struct fake_fixture, NULL, fake_fixture_set_up, test, fake_fixture_tear_down);
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    add ("/virtio-transport/identity", test_identity);
    add ("/virtio-transport/capabilities", test_capabilities);
    add ("/virtio-transport/features-are-offered", test_features_are_offered);
    add ("/virtio-transport/unknown-feature-is-refused", test_unknown_feature_is_refused);
    add ("/virtio-transport/legacy-driver-is-refused", test_legacy_driver_is_refused);
    add ("/virtio-transport/features-are-fixed-after-ok", test_features_are_fixed_after_ok);
    add ("/virtio-transport/status-goes-in-order", test_status_goes_in_order);
    add ("/virtio-transport/queue-sizes", test_queue_sizes);
    add ("/virtio-transport/enabled-queue-is-fixed", test_enabled_queue_is_fixed);
    add ("/virtio-transport/queue-outside-ram-breaks-the-device",
         test_queue_outside_ram_breaks_the_device);
    add ("/virtio-transport/wrong-width-is-dropped", test_wrong_width_is_dropped);
    add ("/virtio-transport/configuration", test_configuration);
    add ("/virtio-transport/configuration-change-is-told", test_configuration_change_is_told);
    add ("/virtio-transport/window-reaches-registers", test_window_reaches_registers);
    add ("/virtio-transport/window-is-bounded", test_window_is_bounded);
    add ("/virtio-transport/window-passes-only-at-its-start", test_window_passes_only_at_its_start);
    add ("/virtio-transport/nothing-moves-before-driver-ok", test_nothing_moves_before_driver_ok);
    add ("/virtio-transport/no-transfer-without-bus-master", test_no_transfer_without_bus_master);
    add ("/virtio-transport/broken-device-works-again-after-reset",
         test_broken_device_works_again_after_reset);
    add ("/virtio-transport/reset-waits-for-chains-in-flight",
         test_reset_waits_for_chains_in_flight);
    add ("/virtio-transport/machine-reset-forgets-everything",
         test_machine_reset_forgets_everything);
    add ("/virtio-transport/full-queue-lets-others-work", test_full_queue_lets_others_work);
    return g_test_run ();
}
