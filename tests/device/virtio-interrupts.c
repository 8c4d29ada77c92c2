/* SPDX-License-Identifier: GPL-2.0-or-later */
/* virtio-interrupts.c - tests: used buffers are announced when and how the driver wants it. */
#include "bits.h"
#include "virtio-fake.h"

#define DEVFN     PCI_DEVFN (FAKE_SLOT, 0)
#define EVENT_IDX BIT_ULL (VIRTIO_F_EVENT_IDX)

/* Sends N chains into QUEUE, which the device then holds. */
static void
send (struct fake_fixture *f, unsigned queue, unsigned n)
{
    struct virtio_buffer buffer = { .gpa = 0x1000, .len = 16 };

    for (unsigned i = 0; i < n; i++)
        virtio_driver_send (&f->d, queue, &buffer, 1);
    test_machine_settle (f->m);
}

/* Sends one chain and lets the device answer it. */
static void
one_round (struct fake_fixture *f, unsigned queue)
{
    f->fake->n_held = 0;
    send (f, queue, 1);
    g_assert_cmpuint (f->fake->n_held, ==, 1);
    fake_device_complete (f->fake, 0, 0);
    test_machine_settle (f->m);
}

static bool
pin (struct fake_fixture *f)
{
    return f->m->intx[FAKE_SLOT][0];
}

static uint32_t
read_isr (struct fake_fixture *f)
{
    return (uint32_t) test_mmio_read (f->m, f->d.isr, 1);
}

/* --- the pin --------------------------------------------------------------------------------- */

static void
test_pin_is_held_until_isr_is_read (struct fake_fixture *f, gconstpointer data)
{
    virtio_driver_start (&f->d, 0, 1, 8);
    g_assert_false (pin (f));
    one_round (f, 0);
    g_assert_true (pin (f));
    g_assert_true (pci_config_read (f->m->env.pci, DEVFN, PCI_STATUS, 2) & PCI_STATUS_INTERRUPT);
    one_round (f, 0);
    g_assert_cmpuint (f->m->intx_rises, ==, 1);
    g_assert_cmphex (read_isr (f), ==, VIRTIO_ISR_QUEUE);
    g_assert_false (pin (f));
    g_assert_cmphex (read_isr (f), ==, 0);
    one_round (f, 0);
    g_assert_cmpuint (f->m->intx_rises, ==, 2);
    g_assert_cmpuint (f->m->n_msis, ==, 0);
}

static void
test_reset_lets_go_of_the_pin (struct fake_fixture *f, gconstpointer data)
{
    virtio_driver_start (&f->d, 0, 1, 8);
    one_round (f, 0);
    g_assert_true (pin (f));
    virtio_driver_reset (&f->d);
    g_assert_false (pin (f));
    g_assert_cmphex (read_isr (f), ==, 0);
}

static void
test_flag_suppresses (struct fake_fixture *f, gconstpointer data)
{
    virtio_driver_start (&f->d, 0, 1, 8);
    store_le16 (virtio_driver_at (&f->d, f->d.queues[0].avail), 1);
    one_round (f, 0);
    g_assert_false (pin (f));
    store_le16 (virtio_driver_at (&f->d, f->d.queues[0].avail), 0);
    one_round (f, 0);
    g_assert_true (pin (f));
}

/* --- messages -------------------------------------------------------------------------------- */

static void
test_each_queue_has_its_vector (struct fake_fixture *f, gconstpointer data)
{
    virtio_driver_start (&f->d, 0, 2, 8);
    virtio_driver_use_msix (&f->d, 2);
    one_round (f, 1);
    g_assert_cmpuint (f->m->n_msis, ==, 1);
    g_assert_cmphex (f->m->last_msi.address, ==, VIRTIO_DRIVER_MSI_BASE);
    g_assert_cmphex (f->m->last_msi.data, ==, VIRTIO_DRIVER_MSI_DATA + 2);
    one_round (f, 0);
    g_assert_cmpuint (f->m->n_msis, ==, 2);
    g_assert_cmphex (f->m->last_msi.data, ==, VIRTIO_DRIVER_MSI_DATA + 1);
    /* §4.1.4.5.1: with MSI-X the ISR says nothing of queues, and the pin rests. */
    g_assert_cmphex (read_isr (f), ==, 0);
    g_assert_cmpuint (f->m->intx_rises, ==, 0);
}

static void
test_configuration_has_its_vector (struct fake_fixture *f, gconstpointer data)
{
    virtio_driver_start (&f->d, 0, 1, 8);
    virtio_driver_use_msix (&f->d, 1);
    virtio_driver_offer (&f->d, 0, 77); /* breaks the device */
    virtio_driver_kick (&f->d, 0);
    test_machine_settle (f->m);
    g_assert_cmpuint (f->m->n_msis, ==, 1);
    g_assert_cmphex (f->m->last_msi.data, ==, VIRTIO_DRIVER_MSI_DATA);
    g_assert_cmphex (read_isr (f), ==, VIRTIO_ISR_CONFIG);
    g_assert_cmpuint (f->m->intx_rises, ==, 0);
}

static void
test_masked_vector_waits (struct fake_fixture *f, gconstpointer data)
{
    uint64_t pending = VIRTIO_DRIVER_MSIX + (FAKE_SLOT << 20) + 0x800;

    virtio_driver_start (&f->d, 0, 1, 8);
    virtio_driver_use_msix (&f->d, 1);
    virtio_driver_mask (&f->d, 1, true);
    one_round (f, 0);
    one_round (f, 0);
    g_assert_cmpuint (f->m->n_msis, ==, 0);
    g_assert_cmphex (test_mmio_read (f->m, pending, 4), ==, BIT (1));
    virtio_driver_mask (&f->d, 1, false);
    g_assert_cmpuint (f->m->n_msis, ==, 1);
    g_assert_cmphex (test_mmio_read (f->m, pending, 4), ==, 0);
}

static void
test_no_vector_no_message (struct fake_fixture *f, gconstpointer data)
{
    virtio_driver_start (&f->d, 0, 1, 8);
    virtio_driver_use_msix (&f->d, 1);
    virtio_driver_write (&f->d, VIRTIO_COMMON_QUEUE_SELECT, 0, 2);
    virtio_driver_write (&f->d, VIRTIO_COMMON_QUEUE_VECTOR, VIRTIO_PCI_NO_VECTOR, 2);
    one_round (f, 0);
    g_assert_cmpuint (f->m->n_msis, ==, 0);
    g_assert_cmpuint (f->m->intx_rises, ==, 0);

    /* A vector that is not there reads back as none. */
    virtio_driver_write (&f->d, VIRTIO_COMMON_QUEUE_VECTOR, FAKE_QUEUES + 1, 2);
    g_assert_cmphex (virtio_driver_read (&f->d, VIRTIO_COMMON_QUEUE_VECTOR, 2), ==,
                     VIRTIO_PCI_NO_VECTOR);
    virtio_driver_write (&f->d, VIRTIO_COMMON_CONFIG_VECTOR, 0x1234, 2);
    g_assert_cmphex (virtio_driver_read (&f->d, VIRTIO_COMMON_CONFIG_VECTOR, 2), ==,
                     VIRTIO_PCI_NO_VECTOR);
}

/* --- how often ------------------------------------------------------------------------------- */

static void
test_burst_is_one_interrupt (struct fake_fixture *f, gconstpointer data)
{
    static const unsigned order[] = { 3, 0, 4, 1, 2 };

    virtio_driver_start (&f->d, 0, 1, 8);
    virtio_driver_use_msix (&f->d, 1);
    send (f, 0, 5);
    g_assert_cmpuint (f->fake->n_held, ==, 5);
    for (size_t i = 0; i < ARRAY_SIZE (order); i++)
        fake_device_complete (f->fake, order[i], 100 + order[i]);
    g_assert_cmpuint (f->m->n_msis, ==, 0);
    test_machine_settle (f->m);
    g_assert_cmpuint (f->m->n_msis, ==, 1);
    for (size_t i = 0; i < ARRAY_SIZE (order); i++)
        g_assert_cmpuint (virtio_driver_wait (&f->d, 0, (uint16_t) order[i]), ==, 100 + order[i]);
}

static void
test_event_index_delivers_exactly (struct fake_fixture *f, gconstpointer data)
{
    virtio_driver_start (&f->d, EVENT_IDX, 1, 8);
    virtio_driver_use_msix (&f->d, 1);
    virtio_driver_set_used_event (&f->d, 0, 2);
    one_round (f, 0);
    one_round (f, 0);
    g_assert_cmpuint (f->m->n_msis, ==, 0);
    one_round (f, 0); /* the third */
    g_assert_cmpuint (f->m->n_msis, ==, 1);
    one_round (f, 0);
    g_assert_cmpuint (f->m->n_msis, ==, 1);

    /* Asked for the sixth, three come at once: one interrupt. */
    virtio_driver_set_used_event (&f->d, 0, 5);
    f->fake->n_held = 0;
    send (f, 0, 3);
    for (unsigned i = 0; i < 3; i++)
        fake_device_complete (f->fake, i, 0);
    test_machine_settle (f->m);
    g_assert_cmpuint (f->m->n_msis, ==, 2);
}

/* The device moves avail_event along: an idle one is notified once, a busy one is left alone. */
static void
test_event_index_of_the_device (struct fake_fixture *f, gconstpointer data)
{
    uint16_t idx;

    virtio_driver_start (&f->d, EVENT_IDX, 1, 8);
    for (unsigned i = 0; i < 3; i++) {
        idx = f->d.queues[0].avail_idx;
        virtio_driver_offer (
            &f->d, 0,
            virtio_driver_describe (&f->d, 0, &(struct virtio_buffer){ 0x1000, 16, false }, 1));
        g_assert_true (virtio_driver_must_kick (&f->d, 0, idx));
        /* Not kicked yet: another one needs no kick of its own. */
        idx = f->d.queues[0].avail_idx;
        virtio_driver_offer (
            &f->d, 0,
            virtio_driver_describe (&f->d, 0, &(struct virtio_buffer){ 0x1000, 16, false }, 1));
        g_assert_false (virtio_driver_must_kick (&f->d, 0, idx));
        virtio_driver_kick (&f->d, 0);
        test_machine_settle (f->m);
        g_assert_cmpuint (f->fake->n_held, ==, 2 * i + 2);
    }
}

/* Without event indices the same by flags: silent while it works, asking when it is idle. */
struct flags_seen {
    struct fake_fixture *f;
    uint16_t flags;
};

static void
flags_hook (void *opaque)
{
    struct flags_seen *seen = opaque;

    seen->flags = load_le16 (virtio_driver_at (&seen->f->d, seen->f->d.queues[0].used));
}

static void
test_busy_device_is_not_notified (struct fake_fixture *f, gconstpointer data)
{
    struct flags_seen seen = { .f = f };

    virtio_driver_start (&f->d, 0, 1, 8);
    f->fake->chain_hook = flags_hook;
    f->fake->hook_opaque = &seen;
    send (f, 0, 1);
    g_assert_cmphex (seen.flags, ==, 1);
    g_assert_cmphex (load_le16 (virtio_driver_at (&f->d, f->d.queues[0].used)), ==, 0);
}

/* A notification of a queue that does not exist, or is not set up, is nothing. */
static void
test_wild_notifications (struct fake_fixture *f, gconstpointer data)
{
    virtio_driver_start (&f->d, 0, 1, 8);
    for (unsigned i = 0; i < 0x1000; i += 4)
        test_mmio_write (f->m, f->d.notify + i, i, 2);
    test_machine_settle (f->m);
    g_assert_cmpuint (f->m->n_broken, ==, 0);
    send (f, 0, 1);
    g_assert_cmpuint (f->fake->n_held, ==, 1);
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
    add ("/virtio-interrupts/pin-is-held-until-isr-is-read", test_pin_is_held_until_isr_is_read);
    add ("/virtio-interrupts/reset-lets-go-of-the-pin", test_reset_lets_go_of_the_pin);
    add ("/virtio-interrupts/flag-suppresses", test_flag_suppresses);
    add ("/virtio-interrupts/each-queue-has-its-vector", test_each_queue_has_its_vector);
    add ("/virtio-interrupts/configuration-has-its-vector", test_configuration_has_its_vector);
    add ("/virtio-interrupts/masked-vector-waits", test_masked_vector_waits);
    add ("/virtio-interrupts/no-vector-no-message", test_no_vector_no_message);
    add ("/virtio-interrupts/burst-is-one-interrupt", test_burst_is_one_interrupt);
    add ("/virtio-interrupts/event-index-delivers-exactly", test_event_index_delivers_exactly);
    add ("/virtio-interrupts/event-index-of-the-device", test_event_index_of_the_device);
    add ("/virtio-interrupts/busy-device-is-not-notified", test_busy_device_is_not_notified);
    add ("/virtio-interrupts/wild-notifications-are-nothing", test_wild_notifications);
    return g_test_run ();
}
