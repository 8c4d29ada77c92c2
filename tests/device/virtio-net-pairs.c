/* SPDX-License-Identifier: GPL-2.0-or-later */
/* virtio-net-pairs.c - tests: a virtio-net card with several pairs of queues, of which the driver says how many it
 * uses, and a driver that says anything. */
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bits.h"
#include "test-descriptors.h"
#include "virtio-net-fixture.h"

#define PAIRS 4
#define FRAME 300
#define ROOM  1526
#define MQ    (BIT_ULL (VIRTIO_NET_F_MQ) | BIT_ULL (VIRTIO_NET_F_MRG_RXBUF))

/* DATA not NULL: with offloads, and queues that are attached and detached as a tap's. */
static void
setup (struct net_fixture *f, gconstpointer data)
{
    net_fixture_setup_with (f, data != NULL, PAIRS, NULL);
}

/* Whether a frame that comes by PAIR reaches the driver. */
static bool
hears (struct net_fixture *f, unsigned pair)
{
    gpa_t at;

    f->pair = pair;
    at = net_fixture_offer (f, ROOM);
    net_fixture_give (f, NULL, FRAME, pair);
    if (net_fixture_received_none (f))
        return false;
    net_fixture_check (f, at, 1, FRAME, pair);
    return true;
}

/* Whether what the driver sends by PAIR goes out there. */
static bool
speaks (struct net_fixture *f, unsigned pair)
{
    guint8 byte;

    f->pair = pair;
    net_fixture_send (f, NULL, FRAME, 10 + pair, 4096);
    if (recv (f->wires[pair], &byte, 1, MSG_PEEK | MSG_DONTWAIT) < 0)
        return false;
    net_fixture_take (f, NULL, FRAME, 10 + pair);
    return true;
}

static void
assert_used (struct net_fixture *f, unsigned n)
{
    for (unsigned i = 0; i < PAIRS; i++)
        if (f->has_offloads)
            g_assert_cmpint (net_fixture_is_attached (f, i), ==, i < n);
    for (unsigned i = 0; i < n; i++) {
        g_assert_true (hears (f, i));
        g_assert_true (speaks (f, i));
    }
}

static void
test_guest_is_shown_them (struct net_fixture *f, gconstpointer data)
{
    g_assert_true (virtio_driver_offered (&f->d) & BIT_ULL (VIRTIO_NET_F_MQ));
    g_assert_cmpuint (test_mmio_read (f->m, f->d.config + VIRTIO_NET_CFG_MAX_PAIRS, 2), ==, PAIRS);
    g_assert_cmpuint (virtio_driver_read (&f->d, VIRTIO_COMMON_N_QUEUES, 2), ==, 2 * PAIRS + 1);
    test_mmio_write (f->m, f->d.config + VIRTIO_NET_CFG_MAX_PAIRS, 7, 2); /* read-only */
    g_assert_cmpuint (test_mmio_read (f->m, f->d.config + VIRTIO_NET_CFG_MAX_PAIRS, 2), ==, PAIRS);
}

static void
test_each_queue_has_a_vector (struct net_fixture *f, gconstpointer data)
{
    unsigned cap = test_pci_find_cap (f->m, f->d.devfn, PCI_CAP_MSIX, 0);

    g_assert_cmpuint (pci_config_read (f->m->env.pci, f->d.devfn, cap + 2, 2) & 0x7ff, ==,
                      2 * PAIRS + 1); /* the number of vectors less one */
    net_fixture_start (f, MQ);
    virtio_driver_use_msix (&f->d, 2 * PAIRS + 1);
    g_assert_cmpuint (net_fixture_use_pairs (f, PAIRS), ==, VIRTIO_NET_OK);
    for (unsigned i = 0; i < PAIRS; i++) {
        unsigned before = f->m->n_msis;

        g_assert_true (hears (f, i));
        g_assert_cmpuint (f->m->n_msis, ==, before + 1);
        g_assert_cmphex (f->m->last_msi.data, ==, VIRTIO_DRIVER_MSI_DATA + 1 + 2 * i);
    }
}

static void
test_one_is_used_at_first (struct net_fixture *f, gconstpointer data)
{
    net_fixture_start (f, MQ);
    assert_used (f, 1);
    for (unsigned i = 1; i < PAIRS; i++) {
        g_assert_false (hears (f, i));
        g_assert_false (speaks (f, i));
    }
    g_assert_cmpuint (f->m->n_broken, ==, 0);
}

static void
test_as_many_as_the_driver_says (struct net_fixture *f, gconstpointer data)
{
    net_fixture_start (f, MQ);
    for (unsigned n = 1; n <= PAIRS; n++) {
        g_assert_cmpuint (net_fixture_use_pairs (f, (uint16_t) n), ==, VIRTIO_NET_OK);
        assert_used (f, n);
    }
    g_assert_cmpuint (net_fixture_use_pairs (f, 2), ==, VIRTIO_NET_OK);
    assert_used (f, 2);
    g_assert_false (hears (f, 3));
    g_assert_false (speaks (f, 3));
    g_assert_cmpuint (net_fixture_use_pairs (f, 2), ==, VIRTIO_NET_OK); /* twice is as once */
    assert_used (f, 2);
    g_assert_cmpuint (f->m->n_broken, ==, 0);
}

static void
test_what_came_too_early_waits (struct net_fixture *f, gconstpointer data)
{
    net_fixture_start (f, MQ);
    f->pair = 2;
    net_fixture_send (f, NULL, FRAME, 1, 4096);
    net_fixture_take_none (f);
    g_assert_cmpuint (net_fixture_use_pairs (f, 3), ==, VIRTIO_NET_OK);
    net_fixture_take (f, NULL, FRAME, 1);
}

static void
test_a_reset_goes_back_to_one (struct net_fixture *f, gconstpointer data)
{
    net_fixture_start (f, MQ);
    g_assert_cmpuint (net_fixture_use_pairs (f, PAIRS), ==, VIRTIO_NET_OK);
    assert_used (f, PAIRS);
    net_fixture_start (f, MQ);
    assert_used (f, 1);
    g_assert_cmpuint (net_fixture_use_pairs (f, PAIRS), ==, VIRTIO_NET_OK);
    device_reset (f->device);
    virtio_driver_probe (&f->d, f->m, NET_FIXTURE_SLOT);
    test_machine_settle (f->m);
    net_fixture_start (f, MQ);
    assert_used (f, 1);
}

/* Firmware knows nothing of pairs: its control queue is the third one. */
static void
test_control_queue_is_where_the_driver_knows_it (struct net_fixture *f, gconstpointer data)
{
    uint8_t on = 1;

    net_fixture_start (f, BIT_ULL (VIRTIO_NET_F_MRG_RXBUF));
    g_assert_cmpuint (f->control, ==, 2);
    g_assert_cmpuint (
        net_fixture_command (f, VIRTIO_NET_CTRL_RX, VIRTIO_NET_CTRL_RX_PROMISC, &on, 1), ==,
        VIRTIO_NET_OK);
    g_assert_cmpuint (net_fixture_use_pairs (f, 2), ==, VIRTIO_NET_ERR);
    assert_used (f, 1);
    net_fixture_start (f, MQ);
    g_assert_cmpuint (f->control, ==, 2 * PAIRS);
    g_assert_cmpuint (
        net_fixture_command (f, VIRTIO_NET_CTRL_RX, VIRTIO_NET_CTRL_RX_PROMISC, &on, 1), ==,
        VIRTIO_NET_OK);
}

static void
test_numbers_that_make_no_sense (struct net_fixture *f, gconstpointer data)
{
    static const uint16_t numbers[] = { 0, PAIRS + 1, 8, 0x8000, 0xffff };
    uint8_t bytes[8] = { PAIRS };

    net_fixture_start (f, MQ);
    g_assert_cmpuint (net_fixture_use_pairs (f, 2), ==, VIRTIO_NET_OK);
    for (unsigned i = 0; i < G_N_ELEMENTS (numbers); i++)
        g_assert_cmpuint (net_fixture_use_pairs (f, numbers[i]), ==, VIRTIO_NET_ERR);
    for (uint32_t len = 0; len < 2; len++) /* cut short */
        g_assert_cmpuint (
            net_fixture_command (f, VIRTIO_NET_CTRL_MQ, VIRTIO_NET_CTRL_MQ_PAIRS_SET, bytes, len),
            ==, VIRTIO_NET_ERR);
    for (uint8_t command = 1; command < 5; command++) /* receive-side scaling is not offered */
        g_assert_cmpuint (net_fixture_command (f, VIRTIO_NET_CTRL_MQ, command, bytes, 8), ==,
                          VIRTIO_NET_ERR);
    assert_used (f, 2);
    g_assert_cmpuint (f->m->n_broken, ==, 0);
}

static void
test_a_queue_that_cannot_be_attached (struct net_fixture *f, gconstpointer data)
{
    net_fixture_start (f, MQ);
    g_assert_cmpuint (net_fixture_use_pairs (f, 2), ==, VIRTIO_NET_OK);
    net_fixture_fail_to_attach ();
    g_assert_cmpuint (net_fixture_use_pairs (f, PAIRS), ==, VIRTIO_NET_ERR);
    assert_used (f, 2);
    g_assert_cmpuint (net_fixture_use_pairs (f, PAIRS), ==, VIRTIO_NET_OK);
    assert_used (f, PAIRS);
}

static void
test_nonsense_in_a_high_ring_breaks_the_card (struct net_fixture *f, gconstpointer data)
{
    struct virtio_buffer nowhere = { GIB (900ull), 64, false };

    net_fixture_start (f, MQ);
    virtio_driver_send (&f->d, 2 * 3 + VIRTIO_NET_TX, &nowhere, 1); /* nobody looks at it yet */
    test_machine_settle (f->m);
    g_assert_cmpuint (f->m->n_broken, ==, 0);
    g_assert_cmpuint (net_fixture_use_pairs (f, PAIRS), ==, VIRTIO_NET_OK);
    g_assert_cmpuint (f->m->n_broken, ==, 1);
    g_assert_true (virtio_driver_status (&f->d) & VIRTIO_STATUS_NEEDS_RESET);
    g_assert_false (hears (f, 0));
    g_assert_false (speaks (f, 3));
    net_fixture_start (f, MQ);
    g_assert_cmpuint (net_fixture_use_pairs (f, PAIRS), ==, VIRTIO_NET_OK);
}

static void
test_the_cable_is_everybodys (struct net_fixture *f, gconstpointer data)
{
    net_fixture_start (f, MQ);
    g_assert_cmpuint (net_fixture_use_pairs (f, PAIRS), ==, VIRTIO_NET_OK);
    net_set_link (f->net, false);
    test_machine_settle (f->m);
    g_assert_cmphex (net_fixture_status (f), ==, 0);
    for (unsigned i = 0; i < PAIRS; i++) {
        g_assert_false (hears (f, i));
        g_assert_false (speaks (f, i));
    }
    g_assert_cmpuint (net_fixture_use_pairs (f, 2), ==, VIRTIO_NET_OK);
    net_set_link (f->net, true);
    test_machine_settle (f->m);
    g_assert_cmphex (net_fixture_status (f), ==, VIRTIO_NET_S_LINK_UP);
    for (unsigned i = 0; i < 2; i++) { /* the buffers from before are there still */
        f->pair = i;
        net_fixture_give (f, NULL, FRAME, i);
        g_assert_false (net_fixture_received_none (f));
        g_assert_true (speaks (f, i));
    }
}

static void
test_frames_are_counted_together (struct net_fixture *f, gconstpointer data)
{
    struct net_statistics statistics;

    net_fixture_start (f, MQ);
    g_assert_cmpuint (net_fixture_use_pairs (f, PAIRS), ==, VIRTIO_NET_OK);
    assert_used (f, PAIRS);
    net_get_statistics (f->net, &statistics);
    g_assert_cmpuint (statistics.received_frames, ==, PAIRS);
    g_assert_cmpuint (statistics.sent_bytes, ==, PAIRS * FRAME);
}

/* What asks for more than was accepted is not given to the guest, by whichever queue it comes. */
static void
test_offloads_hold_for_all (struct net_fixture *f, gconstpointer data)
{
    const struct net_header large = { .flags = NET_HEADER_NEEDS_CSUM,
                                      .gso_type = NET_GSO_TCPV4,
                                      .gso_size = 100,
                                      .csum_start = 34,
                                      .csum_offset = 16 };

    for (unsigned has = 0; has < 2; has++) {
        net_fixture_start (
            f,
            MQ | (has ? BIT_ULL (VIRTIO_NET_F_GUEST_CSUM) | BIT_ULL (VIRTIO_NET_F_GUEST_TSO4) : 0));
        g_assert_cmpuint (net_fixture_use_pairs (f, PAIRS), ==, VIRTIO_NET_OK);
        for (unsigned i = 0; i < PAIRS; i++) {
            f->pair = i;
            net_fixture_offer (f, ROOM);
            net_fixture_give (f, &large, FRAME, i);
            g_assert_cmpint (net_fixture_received_none (f), ==, !has);
        }
    }
}

static void
test_nothing_is_left_behind (void)
{
    unsigned before = test_count_descriptors (getpid ());

    for (unsigned i = 0; i < 3; i++) {
        struct net_fixture f = { 0 };

        setup (&f, "tap");
        net_fixture_start (&f, MQ);
        if (i > 0)
            g_assert_cmpuint (net_fixture_use_pairs (&f, i == 1 ? PAIRS : 2), ==, VIRTIO_NET_OK);
        net_fixture_teardown (&f, NULL);
        g_assert_cmpuint (test_count_descriptors (getpid ()), ==, before);
    }
}

/* --- anything at all -------------------------------------------------------------------------- */

static void
do_something (struct net_fixture *f, GRand *rand)
{
    unsigned queue = test_pick (rand, f->control + 1);
    gpa_t at = test_pick (rand, TEST_MACHINE_RAM_BYTES - 4096) & ~7u;
    struct virtio_buffer frame = { at, 12 + test_pick (rand, 2048), queue % 2 == VIRTIO_NET_RX };
    struct virtio_buffer command[] = { { at, test_pick (rand, 8) ? 4 : 3, false },
                                       { at + 8, 1, true } };

    if (queue != f->control) {
        virtio_driver_send (&f->d, queue, &frame, 1);
    } else {
        store_le16 (f->m->ram + at, VIRTIO_NET_CTRL_MQ);
        store_le16 (f->m->ram + at + 2, (uint16_t) test_pick (rand, PAIRS + 2));
        virtio_driver_send (&f->d, queue, command, 2);
    }
    if (test_pick (rand, 64) == 0)
        f->m->ram[f->d.queues[queue].avail + test_pick (rand, 64)] = (guint8) g_rand_int (rand);
    if (test_pick (rand, 256) == 0)
        net_set_link (f->net, test_pick (rand, 2));
}

static void
test_a_mad_driver_harms_only_itself (struct net_fixture *f, gconstpointer data)
{
    g_autoptr (GRand) rand = g_rand_new_with_seed (0x5eed);
    guint8 frame[3000] = { 0 }, drain[4096];

    for (unsigned i = 0; i < 20000; i++) {
        if (i % 64 == 0 || (virtio_driver_status (&f->d) & VIRTIO_STATUS_NEEDS_RESET)) {
            f->d.next_free = 0x10000;
            net_fixture_start (f, test_pick (rand, 4) ? MQ : 0);
        }
        do_something (f, rand);
        if (test_pick (rand, 4) == 0)
            send (f->wires[test_pick (rand, PAIRS)], frame, test_pick (rand, sizeof frame),
                  MSG_DONTWAIT);
        test_machine_settle (f->m);
        for (unsigned pair = 0; pair < PAIRS; pair++)
            while (recv (f->wires[pair], drain, sizeof drain, MSG_DONTWAIT) > 0)
                ;
    }
    for (unsigned up = 0; up < 2; up++) { /* what waits is thrown away while the cable is out */
        f->d.next_free = 0x10000;
        net_fixture_start (f, MQ);
        g_assert_cmpuint (net_fixture_use_pairs (f, PAIRS), ==, VIRTIO_NET_OK);
        net_set_link (f->net, up);
        test_machine_settle (f->m);
    }
    assert_used (f, PAIRS);
}

static void
add (const char *name, const char *kind, void (*test) (struct net_fixture *, gconstpointer))
{
    g_autofree char *path = g_strdup_printf ("/virtio-net-pairs/%s", name);

    g_test_add (path, struct net_fixture, kind, setup, test, net_fixture_teardown);
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    add ("guest-is-shown-them", NULL, test_guest_is_shown_them);
    add ("each-queue-has-a-vector", NULL, test_each_queue_has_a_vector);
    add ("one-is-used-at-first", "tap", test_one_is_used_at_first);
    add ("as-many-as-the-driver-says", "tap", test_as_many_as_the_driver_says);
    add ("what-came-too-early-waits", "tap", test_what_came_too_early_waits);
    add ("a-reset-goes-back-to-one", "tap", test_a_reset_goes_back_to_one);
    add ("control-queue-is-where-the-driver-knows-it", "tap",
         test_control_queue_is_where_the_driver_knows_it);
    add ("numbers-that-make-no-sense", "tap", test_numbers_that_make_no_sense);
    add ("a-queue-that-cannot-be-attached", "tap", test_a_queue_that_cannot_be_attached);
    add ("nonsense-in-a-high-ring-breaks-the-card", "tap",
         test_nonsense_in_a_high_ring_breaks_the_card);
    add ("the-cable-is-everybodys", "tap", test_the_cable_is_everybodys);
    add ("frames-are-counted-together", NULL, test_frames_are_counted_together);
    add ("offloads-hold-for-all", "tap", test_offloads_hold_for_all);
    g_test_add_func ("/virtio-net-pairs/nothing-is-left-behind", test_nothing_is_left_behind);
    add ("a-mad-driver-harms-only-itself", "tap", test_a_mad_driver_harms_only_itself);
    return g_test_run ();
}
