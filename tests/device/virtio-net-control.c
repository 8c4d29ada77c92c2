/* SPDX-License-Identifier: GPL-2.0-or-later */
/* virtio-net-control.c - tests: a virtio-net card's filter, address, link and
 * announcements; and a driver that does anything at all. */
#include <string.h>
#include <sys/socket.h>

#include "bits.h"
#include "virtio-net-fixture.h"

#define FRAME 60

static const guint8 own[] = { 0x52, 0x54, 0x00, 0x0a, 0x0b, 0x0c };
static const guint8 other[] = { 0x52, 0x54, 0x00, 0x0a, 0x0b, 0x0d };
static const guint8 broadcast[] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff };
static const guint8 multicast[] = { 0x33, 0x33, 0x00, 0x00, 0x00, 0x01 };

static uint8_t
set_mode (struct net_fixture *f, uint8_t mode, uint8_t on)
{
    return net_fixture_command (f, VIRTIO_NET_CTRL_RX, mode, &on, 1);
}

/* Whether a frame for MAC comes through. */
static bool
hears (struct net_fixture *f, const guint8 *mac)
{
    guint8 frame[FRAME] = { 0 };

    net_fixture_offer (f, 1526);
    memcpy (frame, mac, sizeof own);
    net_fixture_give_bytes (f, NULL, frame, sizeof frame);
    return !net_fixture_received_none (f);
}

static void
start (struct net_fixture *f)
{
    net_fixture_start (f, BIT_ULL (VIRTIO_NET_F_CTRL_RX_EXTRA) | BIT_ULL (VIRTIO_NET_F_MRG_RXBUF));
}

static void
test_all_is_heard_at_first (struct net_fixture *f, gconstpointer data)
{
    start (f);
    g_assert_true (hears (f, own));
    g_assert_true (hears (f, other));
    g_assert_true (hears (f, broadcast));
    g_assert_true (hears (f, multicast));
}

static void
test_modes (struct net_fixture *f, gconstpointer data)
{
    start (f);
    g_assert_cmpuint (set_mode (f, VIRTIO_NET_CTRL_RX_PROMISC, 0), ==, VIRTIO_NET_OK);
    g_assert_true (hears (f, own));
    g_assert_false (hears (f, other));
    g_assert_true (hears (f, broadcast));
    g_assert_false (hears (f, multicast));
    g_assert_cmpuint (set_mode (f, VIRTIO_NET_CTRL_RX_ALLMULTI, 1), ==, VIRTIO_NET_OK);
    g_assert_true (hears (f, multicast));
    g_assert_cmpuint (set_mode (f, VIRTIO_NET_CTRL_RX_NOMULTI, 1), ==, VIRTIO_NET_OK);
    g_assert_false (hears (f, multicast));
    g_assert_cmpuint (set_mode (f, VIRTIO_NET_CTRL_RX_ALLUNI, 1), ==, VIRTIO_NET_OK);
    g_assert_true (hears (f, other));
    g_assert_cmpuint (set_mode (f, VIRTIO_NET_CTRL_RX_NOUNI, 1), ==, VIRTIO_NET_OK);
    g_assert_false (hears (f, own));
    g_assert_cmpuint (set_mode (f, VIRTIO_NET_CTRL_RX_NOBCAST, 1), ==, VIRTIO_NET_OK);
    g_assert_false (hears (f, broadcast));
    g_assert_cmpuint (set_mode (f, VIRTIO_NET_CTRL_RX_PROMISC, 1), ==, VIRTIO_NET_OK);
    g_assert_true (hears (f, broadcast));
    g_assert_cmpuint (set_mode (f, VIRTIO_NET_CTRL_RX_N, 1), ==, VIRTIO_NET_ERR);

    start (f); /* all of it is forgotten */
    g_assert_true (hears (f, other));
}

/* Two lists as they go into a command; returns their length. */
static uint32_t
tables (guint8 *out, const guint8 *unicast, uint32_t n_unicast, const guint8 *multi,
        uint32_t n_multi)
{
    guint8 *p = out;

    store_le32 (p, n_unicast);
    p += 4;
    for (uint32_t i = 0; i < n_unicast; i++, p += 6)
        memcpy (p, unicast, 6);
    store_le32 (p, n_multi);
    p += 4;
    for (uint32_t i = 0; i < n_multi; i++, p += 6)
        memcpy (p, multi, 6);
    return (uint32_t) (p - out);
}

static uint8_t
set_tables (struct net_fixture *f, const guint8 *bytes, uint32_t len)
{
    return net_fixture_command (f, VIRTIO_NET_CTRL_MAC, VIRTIO_NET_CTRL_MAC_TABLE, bytes, len);
}

static void
test_tables (struct net_fixture *f, gconstpointer data)
{
    static const guint8 strange[] = { 0x02, 0, 0, 0, 0, 9 };
    guint8 bytes[1000];
    uint32_t len = tables (bytes, other, 1, multicast, 1);

    start (f);
    set_mode (f, VIRTIO_NET_CTRL_RX_PROMISC, 0);
    g_assert_cmpuint (set_tables (f, bytes, len), ==, VIRTIO_NET_OK);
    g_assert_true (hears (f, own));
    g_assert_true (hears (f, other));
    g_assert_true (hears (f, multicast));
    g_assert_false (hears (f, strange));

    for (uint32_t cut = 0; cut < len; cut++) /* cut short anywhere: refused, nothing changes */
        g_assert_cmpuint (set_tables (f, bytes, cut), ==, VIRTIO_NET_ERR);
    store_le32 (bytes, UINT32_MAX);
    g_assert_cmpuint (set_tables (f, bytes, len), ==, VIRTIO_NET_ERR);
    g_assert_true (hears (f, other));
    g_assert_false (hears (f, strange));

    len = tables (bytes, other, 100, multicast, 0); /* more than are kept: all of that kind */
    g_assert_cmpuint (set_tables (f, bytes, len), ==, VIRTIO_NET_OK);
    g_assert_true (hears (f, strange));
    g_assert_false (hears (f, multicast));
}

static void
test_address (struct net_fixture *f, gconstpointer data)
{
    start (f);
    set_mode (f, VIRTIO_NET_CTRL_RX_PROMISC, 0);
    g_assert_cmpuint (
        net_fixture_command (f, VIRTIO_NET_CTRL_MAC, VIRTIO_NET_CTRL_MAC_ADDR, other, 5), ==,
        VIRTIO_NET_ERR);
    g_assert_cmpuint (
        net_fixture_command (f, VIRTIO_NET_CTRL_MAC, VIRTIO_NET_CTRL_MAC_ADDR, other, 6), ==,
        VIRTIO_NET_OK);
    g_assert_cmphex (test_mmio_read (f->m, f->d.config + 4, 2), ==, 0x0d0b);
    g_assert_true (hears (f, other));
    g_assert_false (hears (f, own));
    test_mmio_write (f->m, f->d.config, 0x11111111, 4); /* read-only (§5.1.4.1) */
    g_assert_cmphex (test_mmio_read (f->m, f->d.config, 4), ==, 0x0a005452);
    device_reset (f->device);
    virtio_driver_probe (&f->d, f->m, NET_FIXTURE_SLOT);
    g_assert_cmphex (test_mmio_read (f->m, f->d.config + 4, 2), ==, 0x0c0b);
}

static void
test_features_gate_commands (struct net_fixture *f, gconstpointer data)
{
    guint8 bytes[100];
    uint32_t len = tables (bytes, other, 0, multicast, 0);

    net_fixture_start_with (f, BIT_ULL (VIRTIO_NET_F_CTRL_VQ));
    for (uint8_t mode = 0; mode < 8; mode++)
        g_assert_cmpuint (set_mode (f, mode, 1), ==, VIRTIO_NET_ERR);
    g_assert_cmpuint (set_tables (f, bytes, len), ==, VIRTIO_NET_ERR);
    g_assert_cmpuint (
        net_fixture_command (f, VIRTIO_NET_CTRL_MAC, VIRTIO_NET_CTRL_MAC_ADDR, other, 6), ==,
        VIRTIO_NET_ERR);
    g_assert_cmpuint (net_fixture_command (f, VIRTIO_NET_CTRL_ANNOUNCE, 0, NULL, 0), ==,
                      VIRTIO_NET_ERR);
    g_assert_cmpuint (net_fixture_command (f, VIRTIO_NET_CTRL_OFFLOADS, 0, bytes, 8), ==,
                      VIRTIO_NET_ERR);
    g_assert_cmpuint (net_fixture_command (f, 2, 0, bytes, 8), ==, VIRTIO_NET_ERR);
    g_assert_cmpuint (net_fixture_command (f, 255, 255, NULL, 0), ==, VIRTIO_NET_ERR);
    g_assert_cmpuint (f->m->n_broken, ==, 0);
}

static void
test_command_without_room_breaks_it (struct net_fixture *f, gconstpointer data)
{
    struct virtio_buffer no_answer = { 0x1000, 3, false };
    struct virtio_buffer no_header[] = { { 0x1000, 1, false }, { 0x2000, 1, true } };

    start (f);
    virtio_driver_send (&f->d, VIRTIO_NET_CONTROL, &no_answer, 1);
    test_machine_settle (f->m);
    g_assert_cmpuint (f->m->n_broken, ==, 1);
    start (f);
    virtio_driver_send (&f->d, VIRTIO_NET_CONTROL, no_header, 2);
    test_machine_settle (f->m);
    g_assert_cmpuint (f->m->n_broken, ==, 2);
}

/* --- link and announcing
 * --------------------------------------------------------------------- */

static void
test_link_is_shown_and_told (struct net_fixture *f, gconstpointer data)
{
    start (f);
    test_mmio_read (f->m, f->d.isr, 1);
    net_set_link (f->net, false);
    test_machine_settle (f->m);
    g_assert_cmphex (net_fixture_status (f), ==, 0);
    g_assert_cmphex (test_mmio_read (f->m, f->d.isr, 1) & VIRTIO_ISR_CONFIG, !=, 0);
    g_assert_false (hears (f, own));
    device_reset (f->device); /* the cable does not come back by that */
    virtio_driver_probe (&f->d, f->m, NET_FIXTURE_SLOT);
    g_assert_cmphex (net_fixture_status (f), ==, 0);
    start (f);
    test_mmio_read (f->m, f->d.isr, 1);
    net_set_link (f->net, true);
    test_machine_settle (f->m);
    g_assert_cmphex (net_fixture_status (f), ==, VIRTIO_NET_S_LINK_UP);
    g_assert_cmphex (test_mmio_read (f->m, f->d.isr, 1) & VIRTIO_ISR_CONFIG, !=, 0);
    g_assert_true (hears (f, own));
}

static void
test_link_without_a_driver_is_quiet (struct net_fixture *f, gconstpointer data)
{
    net_set_link (f->net, false);
    test_machine_settle (f->m);
    g_assert_cmphex (net_fixture_status (f), ==, 0);
    g_assert_false (f->m->intx[NET_FIXTURE_SLOT][0]);
}

static uint8_t
acknowledge (struct net_fixture *f)
{
    return net_fixture_command (f, VIRTIO_NET_CTRL_ANNOUNCE, VIRTIO_NET_CTRL_ANNOUNCE_ACK, NULL, 0);
}

static void
test_guest_is_asked_to_announce_itself (struct net_fixture *f, gconstpointer data)
{
    f->device->ops->set_running (f->device, true); /* nobody there yet */
    g_assert_cmphex (net_fixture_status (f), ==, VIRTIO_NET_S_LINK_UP);
    start (f);
    g_assert_cmpuint (acknowledge (f), ==, VIRTIO_NET_ERR);
    test_mmio_read (f->m, f->d.isr, 1);
    f->device->ops->set_running (f->device, true);
    g_assert_cmphex (net_fixture_status (f), ==, VIRTIO_NET_S_LINK_UP | VIRTIO_NET_S_ANNOUNCE);
    g_assert_cmphex (test_mmio_read (f->m, f->d.isr, 1) & VIRTIO_ISR_CONFIG, !=, 0);
    g_assert_cmpuint (acknowledge (f), ==, VIRTIO_NET_OK);
    g_assert_cmphex (net_fixture_status (f), ==, VIRTIO_NET_S_LINK_UP);

    f->device->ops->set_running (f->device, true);
    start (f); /* a reset forgets it */
    g_assert_cmphex (net_fixture_status (f), ==, VIRTIO_NET_S_LINK_UP);
}

/* --- anything at all -------------------------------------------------------------------------- */

/* A chain of up to 6 buffers anywhere, most of them sensible. */
static void
send_something (struct net_fixture *f, GRand *rand)
{
    struct virtio_buffer buffers[6];
    unsigned queue = test_pick (rand, 3), n = 1 + test_pick (rand, 6);
    unsigned n_out = queue == VIRTIO_NET_RX ? 0 : queue == VIRTIO_NET_TX ? n : n - 1;

    if (test_pick (rand, 32) == 0)
        n_out = test_pick (rand, n + 1);
    for (unsigned i = 0; i < n; i++) {
        buffers[i] = (struct virtio_buffer){ test_pick (rand, TEST_MACHINE_RAM_BYTES - 4096) & ~7u,
                                             test_pick (rand, 64) ? 12 + test_pick (rand, 2048)
                                                                  : test_pick (rand, 8),
                                             i >= n_out };
        if (test_pick (rand, 3) == 0) /* what a header might be */
            store_le64 (f->m->ram + buffers[i].gpa, test_pick (rand, 256));
    }
    virtio_driver_send (&f->d, queue, buffers, n);
}

/* Somewhere in a ring. */
static void
scribble (struct net_fixture *f, GRand *rand)
{
    const struct virtio_driver_queue *q = &f->d.queues[test_pick (rand, 3)];
    gpa_t at = test_pick (rand, 2) ? q->desc + test_pick (rand, 16u * q->size)
                                   : q->avail + test_pick (rand, 64);

    f->m->ram[at] = (guint8) g_rand_int (rand);
}

static void
test_a_mad_driver_harms_only_itself (struct net_fixture *f, gconstpointer data)
{
    g_autoptr (GRand) rand = g_rand_new_with_seed (0x5eed);
    guint8 frame[3000] = { 0 }, drain[4096];
    unsigned n_sent = 0, n_starts = 0;

    for (unsigned i = 0; i < 60000; i++) {
        if (i % 64 == 0 || (virtio_driver_status (&f->d) & VIRTIO_STATUS_NEEDS_RESET)) {
            f->d.next_free = 0x10000;
            virtio_driver_start (&f->d,
                                 virtio_driver_offered (&f->d)
                                     & ((uint64_t) g_rand_int (rand) << 32 | g_rand_int (rand)
                                        | BIT_ULL (VIRTIO_NET_F_CTRL_VQ)),
                                 VIRTIO_NET_N_QUEUES, 16);
            n_starts++;
        }
        send_something (f, rand);
        if (test_pick (rand, 24) == 0)
            scribble (f, rand);
        if (test_pick (rand, 4) == 0)
            send (f->wires[0], frame, test_pick (rand, sizeof frame), MSG_DONTWAIT);
        if (test_pick (rand, 256) == 0)
            net_set_link (f->net, test_pick (rand, 2));
        if (test_pick (rand, 512) == 0)
            f->device->ops->set_running (f->device, true);
        test_machine_settle (f->m);
        while (recv (f->wires[0], drain, sizeof drain, MSG_DONTWAIT) > 0)
            n_sent++;
    }
    g_assert_cmpuint (n_starts, >, 100);
    g_assert_cmpuint (n_sent, >, 100); /* it got past the first check, often */
    net_set_link (f->net, true);
    f->d.next_free = 0x10000;
    virtio_driver_reset (&f->d);
    test_machine_settle (f->m);
    start (f);
    g_assert_true (hears (f, own));
}

static void
add (const char *name, const char *kind, void (*test) (struct net_fixture *, gconstpointer))
{
    g_autofree char *path = g_strdup_printf ("/virtio-net/%s%s", kind ? "offloads/" : "", name);

    g_test_add (path, struct net_fixture, kind, net_fixture_setup, test, net_fixture_teardown);
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    add ("all-is-heard-at-first", NULL, test_all_is_heard_at_first);
    add ("modes", NULL, test_modes);
    add ("tables", NULL, test_tables);
    add ("address", NULL, test_address);
    add ("features-gate-commands", NULL, test_features_gate_commands);
    add ("command-without-room-breaks-it", NULL, test_command_without_room_breaks_it);
    add ("link-is-shown-and-told", NULL, test_link_is_shown_and_told);
    add ("link-without-a-driver-is-quiet", NULL, test_link_without_a_driver_is_quiet);
    add ("guest-is-asked-to-announce-itself", NULL, test_guest_is_asked_to_announce_itself);
    add ("a-mad-driver-harms-only-itself", NULL, test_a_mad_driver_harms_only_itself);
    add ("a-mad-driver-harms-only-itself", "tap", test_a_mad_driver_harms_only_itself);
    return g_test_run ();
}
