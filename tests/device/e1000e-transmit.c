/* SPDX-License-Identifier: GPL-2.0-or-later */
/* e1000e-transmit.c - promises of the 82574L's transmitter. */
#include <string.h>
#include <sys/socket.h>

#include "e1000e-driver.h"

static void
test_sends_what_the_descriptor_says (struct driver *d, gconstpointer data)
{
    uint8_t frame[300];
    size_t len = nic_make_frame (frame, NIC_TCP4, nic_peer, nic_mac, 200);

    driver_send (d, frame, len, TX_RS);
    g_assert_cmpuint (nic_take (&d->nic), ==, len);
    g_assert_cmpmem (d->nic.frame, len, frame, len);
    g_assert_cmpuint (nic_take (&d->nic), ==, 0);
    g_assert_cmphex (driver_tx_descriptor (d, 0, 0)[12], ==, 1);
    g_assert_cmpuint (nic_read (&d->nic, R_TDH), ==, 1);
}

static void
test_only_who_asks_is_told (struct driver *d, gconstpointer data)
{
    uint8_t frame[60] = { 0 };

    driver_send (d, frame, sizeof frame, 0);
    g_assert_cmpuint (nic_take (&d->nic), ==, sizeof frame);
    g_assert_cmphex (driver_tx_descriptor (d, 0, 0)[12], ==, 0);
    g_assert_cmphex (nic_read (&d->nic, R_ICR) & (CAUSE_TXDW | CAUSE_TXQ0), ==, 0);
    driver_send (d, frame, sizeof frame, TX_RS);
    g_assert_cmphex (nic_read (&d->nic, R_ICR) & (CAUSE_TXDW | CAUSE_TXQ0 | CAUSE_TXQE), ==,
                     CAUSE_TXDW | CAUSE_TXQ0 | CAUSE_TXQE);
}

static void
test_short_frames_are_padded_with_zeros (struct driver *d, gconstpointer data)
{
    static const uint8_t zeros[46];
    uint8_t frame[14];

    memset (frame, 0x55, sizeof frame);
    driver_send (d, frame, sizeof frame, 0);
    g_assert_cmpuint (nic_take (&d->nic), ==, 60);
    g_assert_cmpmem (d->nic.frame + 14, 46, zeros, 46);
}

static void
test_gathers_pieces_and_wraps (struct driver *d, gconstpointer data)
{
    uint8_t frame[600];
    size_t len = nic_make_frame (frame, NIC_UDP4, nic_peer, nic_mac, 500);

    memcpy (d->nic.m->ram + TX_DATA, frame, len);
    for (unsigned round = 0; round < 3 * RING_SIZE; round++) {
        driver_put (d, 0, TX_DATA, 7, 0);
        driver_put (d, 0, TX_DATA + 7, 100, 0);
        driver_kick (d, 0); /* the rest comes later */
        driver_put (d, 0, TX_DATA + 107, 0, 0);
        driver_put (d, 0, TX_DATA + 107, TX_EOP | (uint32_t) (len - 107), 0);
        g_assert_cmpuint (nic_take (&d->nic), ==, 0);
        driver_kick (d, 0);
        g_assert_cmpuint (nic_take (&d->nic), ==, len);
        g_assert_cmpmem (d->nic.frame, len, frame, len);
    }
}

static void
test_second_queue_sends_too (struct driver *d, gconstpointer data)
{
    uint8_t *ram = d->nic.m->ram + TX_DATA;

    memset (ram, 0x22, 64);
    driver_put (d, 1, TX_DATA, TX_EOP | TX_RS | 64, 0);
    driver_kick (d, 1);
    g_assert_cmpuint (nic_take (&d->nic), ==, 64);
    g_assert_cmphex (nic_read (&d->nic, R_ICR) & (CAUSE_TXQ0 | CAUSE_TXQ0 << 1), ==,
                     CAUSE_TXQ0 << 1);
}

/* --- offloads --------------------------------------------------------------------------------- */

static void
test_makes_checksums (struct driver *d, gconstpointer data)
{
    for (unsigned p = 0; p < NIC_PROTOCOL_N; p++) {
        uint8_t *frame = d->nic.m->ram + TX_DATA;
        size_t len = nic_make_frame (frame, p, nic_peer, nic_mac, 333);
        g_autofree uint8_t *right = g_memdup2 (frame, len);

        nic_put_pseudo_header (frame, p, len - nic_l4 (p));
        if (p == NIC_TCP4 || p == NIC_UDP4)
            store_be16 (frame + 24, 0x5555);
        driver_put_context (d, p, 0);
        driver_put (d, 0, TX_DATA, TX_DEXT | TX_DATA_TYPE | TX_EOP | (uint32_t) len,
                    (p == NIC_TCP4 || p == NIC_UDP4 ? TX_SUM_IP : 0) | TX_SUM_L4);
        driver_kick (d, 0);
        g_assert_cmpuint (nic_take (&d->nic), ==, len);
        g_assert_cmpmem (d->nic.frame, len, right, len);
    }
}

static void
test_legacy_checksum (struct driver *d, gconstpointer data)
{
    uint8_t *frame = d->nic.m->ram + TX_DATA;
    size_t len = nic_make_frame (frame, NIC_TCP4, nic_peer, nic_mac, 100);

    nic_put_pseudo_header (frame, NIC_TCP4, len - 34);
    driver_put (d, 0, TX_DATA, TX_EOP | TX_LEGACY_SUM | 50 << 16 | (uint32_t) len, 34 << 8);
    driver_kick (d, 0);
    g_assert_cmpuint (nic_take (&d->nic), ==, len);
    nic_assert_right (d->nic.frame, len, NIC_TCP4);
}

/* A large send of BYTES in pieces of MSS; every segment is right and says what its place is. */
static void
check_large_send (struct driver *d, enum nic_protocol p, unsigned bytes, unsigned mss)
{
    g_autofree uint8_t *frame = g_malloc (70000);
    size_t len = nic_make_frame (frame, p, nic_peer, nic_mac, bytes), header = nic_payload (p);
    bool tcp = p == NIC_TCP4 || p == NIC_TCP6;
    unsigned segment = 0;

    if (tcp)
        frame[nic_l4 (p) + 13] |= 0x80; /* CWR: of the first segment only */
    nic_put_pseudo_header (frame, p, 0);
    memcpy (d->nic.m->ram + 0x200000, frame, len);
    driver_put_context (d, p, mss);
    driver_put (d, 0, 0x200000, TX_DEXT | TX_DATA_TYPE | TX_TSE | (uint32_t) header,
                TX_SUM_IP | TX_SUM_L4);
    driver_put (d, 0, 0x200000 + header, TX_DEXT | TX_DATA_TYPE | TX_TSE | TX_EOP | TX_RS | bytes,
                TX_SUM_IP | TX_SUM_L4);
    driver_kick (d, 0);
    for (size_t at = 0; at < bytes; segment++) {
        size_t n = MIN (mss, bytes - at), got = nic_take (&d->nic);
        const uint8_t *l4 = d->nic.frame + nic_l4 (p);

        g_assert_cmpuint (got, ==, header + n);
        g_assert_cmpmem (d->nic.frame + header, n, frame + header + at, n);
        nic_assert_right (d->nic.frame, got, p);
        if (p == NIC_TCP4 || p == NIC_UDP4)
            g_assert_cmphex (load_be16 (d->nic.frame + 18), ==, 0x1234 + segment);
        if (tcp) {
            g_assert_cmphex (load_be32 (l4 + 4), ==, (uint32_t) (0xfffffff0 + at));
            g_assert_cmphex (l4[13], ==, (at + n == bytes ? 0x19 : 0x10) | (segment ? 0 : 0x80));
        }
        at += n;
    }
    g_assert_cmpuint (nic_take (&d->nic), ==, 0);
}

static void
test_cuts_large_sends (struct driver *d, gconstpointer data)
{
    static const unsigned sizes[] = { 1, 1460, 1461, 5000, 65000 };

    for (unsigned p = 0; p < NIC_PROTOCOL_N; p++) {
        for (unsigned i = 0; i < G_N_ELEMENTS (sizes); i++) {
            check_large_send (d, p, sizes[i], 1460);
            check_large_send (d, p, sizes[i], 999);
        }
    }
}

static void
test_inserts_tags (struct driver *d, gconstpointer data)
{
    uint8_t *frame = d->nic.m->ram + TX_DATA;
    size_t len = nic_make_frame (frame, NIC_UDP4, nic_peer, nic_mac, 100);
    g_autofree uint8_t *plain = g_memdup2 (frame, len);

    nic_write (&d->nic, R_CTRL, nic_read (&d->nic, R_CTRL) | CTRL_VME);
    driver_put (d, 0, TX_DATA, TX_EOP | TX_VLE | (uint32_t) len, 0xe123u << 16);
    driver_kick (d, 0);
    g_assert_cmpuint (nic_take (&d->nic), ==, len + 4);
    g_assert_cmpmem (d->nic.frame, 12, plain, 12);
    g_assert_cmphex (load_be32 (d->nic.frame + 12), ==, 0x8100e123);
    g_assert_cmpmem (d->nic.frame + 16, len - 12, plain + 12, len - 12);
}

/* --- the wire --------------------------------------------------------------------------------- */

/* A peer that takes nothing stops the card, even inside a large send; nothing is lost or twice. */
static void
test_waits_for_a_slow_peer (struct driver *d, gconstpointer data)
{
    unsigned received = 0, sent = 0;
    uint32_t sequence = 0xfffffff0;

    for (unsigned round = 0; round < 400; round++) {
        uint8_t *frame = d->nic.m->ram + 0x200000;

        if ((d->tx_tail[0] + 2) % RING_SIZE == nic_read (&d->nic, R_TDH)
            || (d->tx_tail[0] + 1) % RING_SIZE == nic_read (&d->nic, R_TDH))
            break;
        nic_make_frame (frame, NIC_TCP4, nic_peer, nic_mac, 60000);
        nic_put_pseudo_header (frame, NIC_TCP4, 0);
        driver_put_context (d, NIC_TCP4, 1000);
        driver_put (d, 0, 0x200000, TX_DEXT | TX_DATA_TYPE | TX_TSE | TX_EOP | 60054,
                    TX_SUM_IP | TX_SUM_L4);
        driver_kick (d, 0);
        sent++;
    }
    g_assert_cmpuint (nic_read (&d->nic, R_TDH), !=, d->tx_tail[0]); /* it did have to wait */
    while (nic_take (&d->nic)) {
        g_assert_cmphex (load_be32 (d->nic.frame + 38), ==, sequence);
        sequence = ++received % 60 ? sequence + 1000 : 0xfffffff0;
    }
    g_assert_cmpuint (received, ==, 60 * sent);
    g_assert_cmpuint (nic_read (&d->nic, R_TDH), ==, d->tx_tail[0]);
}

static void
test_cut_cable_swallows (struct driver *d, gconstpointer data)
{
    uint8_t frame[60] = { 0 };

    net_set_link (d->nic.net, false);
    nic_settle (&d->nic);
    driver_send (d, frame, sizeof frame, TX_RS);
    g_assert_cmphex (driver_tx_descriptor (d, 0, 0)[12], ==, 1);
    g_assert_cmpuint (nic_take (&d->nic), ==, 0);
}

static void
test_does_nothing_while_off (struct driver *d, gconstpointer data)
{
    uint8_t frame[60] = { 0 };

    nic_write (&d->nic, R_TCTL, 0);
    driver_send (d, frame, sizeof frame, TX_RS);
    g_assert_cmpuint (nic_take (&d->nic), ==, 0);
    pci_config_write (d->nic.m->env.pci, NIC_DEVFN, PCI_COMMAND, PCI_COMMAND_MEMORY, 2);
    nic_write (&d->nic, R_TCTL, TCTL_EN);
    g_assert_cmpuint (nic_take (&d->nic), ==, 0);
    pci_config_write (d->nic.m->env.pci, NIC_DEVFN, PCI_COMMAND,
                      PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER, 2);
    g_assert_cmpuint (nic_take (&d->nic), ==, 60);
}

/* --- hostile drivers --------------------------------------------------------------------------- */

static void
test_ring_outside_memory_breaks_the_card (struct driver *d, gconstpointer data)
{
    nic_write (&d->nic, R_TDBAH, 0xffffffff);
    nic_write (&d->nic, R_TDBAL, 0xfffffff0);
    driver_put (d, 0, 0, 0, 0);
    driver_kick (d, 0);
    g_assert_cmpuint (d->nic.m->n_broken, ==, 1);
    device_reset (d->nic.device);
    test_pci_place_bar (d->nic.m, NIC_DEVFN, 0, NIC_MMIO);
    driver_start (d);
    test_sends_what_the_descriptor_says (d, NULL);
}

static void
test_tail_outside_the_ring_is_nothing (struct driver *d, gconstpointer data)
{
    nic_write (&d->nic, R_TDT, 0xffff);
    nic_settle (&d->nic);
    nic_write (&d->nic, R_TDH, 0xffff);
    nic_write (&d->nic, R_TDT, 3);
    nic_settle (&d->nic);
    nic_write (&d->nic, R_TDLEN, 0);
    nic_write (&d->nic, R_TDH, 0);
    nic_write (&d->nic, R_TDT, 0);
    nic_settle (&d->nic);
    g_assert_cmpuint (d->nic.m->n_broken, ==, 0);
    g_assert_cmpuint (nic_take (&d->nic), ==, 0);
}

static void
test_data_outside_memory_is_not_sent (struct driver *d, gconstpointer data)
{
    driver_put (d, 0, 0xfffffffffffffff0, TX_EOP | TX_RS | 100, 0);
    driver_put (d, 0, NIC_MMIO, TX_EOP | TX_RS | 100, 0);
    driver_put (d, 0, TEST_MACHINE_RAM_BYTES - 50, TX_EOP | TX_RS | 100, 0);
    driver_kick (d, 0);
    g_assert_cmpuint (nic_take (&d->nic), ==, 0);
    g_assert_cmphex (driver_tx_descriptor (d, 0, 2)[12], ==, 1);
    driver_put (d, 0, TX_DATA, TX_EOP | 64, 0);
    driver_kick (d, 0);
    g_assert_cmpuint (nic_take (&d->nic), ==, 64);
}

static void
test_endless_frame_is_dropped (struct driver *d, gconstpointer data)
{
    for (unsigned i = 0; i < 200; i++) {
        driver_put (d, 0, TX_DATA, TX_DEXT | TX_DATA_TYPE | 0xfffff, 0);
        driver_put (d, 0, TX_DATA, 60000, 0);
        driver_kick (d, 0);
    }
    driver_put (d, 0, TX_DATA, TX_EOP | 10, 0);
    driver_put (d, 0, TX_DATA, TX_EOP | 64, 0);
    driver_kick (d, 0);
    g_assert_cmpuint (nic_take (&d->nic), ==, 64);
    g_assert_cmpuint (nic_take (&d->nic), ==, 0);
}

/* Each of these was somebody's bug. */
static void
test_senseless_offloads_are_not_done (struct driver *d, gconstpointer data)
{
    static const struct {
        uint64_t places;
        uint32_t command, header_mss;
    } contexts[] = {
        { 0, TX_TCP | TX_IPV4, 0 }, /* no segment size, no header */
        { 14 | 24 << 8 | 33 << 16 | (uint64_t) (34 | 50 << 8) << 32, TX_TCP | TX_IPV4,
          54 << 8 | 1u << 16 }, /* a byte a segment */
        { 14 | 24 << 8 | 33 << 16 | (uint64_t) (34 | 50 << 8) << 32, TX_TCP | TX_IPV4,
          255u << 8 | 1000u << 16 }, /* longer header than frame */
        { 14 | 24 << 8 | 33 << 16 | (uint64_t) (34 | 255 << 8) << 32, TX_TCP | TX_IPV4,
          54 << 8 | 1000u << 16 }, /* checksum outside the header */
        { 200 | (uint64_t) 100 << 32, TX_TCP, 54 << 8 | 1000u << 16 }, /* layers in no order */
        { 14 | (uint64_t) 34 << 32, TX_TCP, 36 << 8 | 1000u << 16 },   /* half a TCP header */
        { 14 | (uint64_t) (34 | 50 << 8) << 32, TX_TCP | TX_IPV4, 54 << 8 | 65535u << 16 },
    };

    memset (d->nic.m->ram + TX_DATA, 0x41, 4096);
    for (unsigned i = 0; i < G_N_ELEMENTS (contexts); i++) {
        driver_put (d, 0, contexts[i].places, TX_DEXT | contexts[i].command,
                    contexts[i].header_mss);
        driver_put (d, 0, TX_DATA, TX_DEXT | TX_DATA_TYPE | TX_TSE | TX_EOP | TX_RS | 200,
                    TX_SUM_IP | TX_SUM_L4);
        driver_kick (d, 0);
        g_assert_cmpuint (nic_take (&d->nic), ==, 0);
    }
    /* Sums whose place is outside are not made; the frame goes as it is. */
    driver_put (d, 0, 250 | 251 << 8 | (uint64_t) (255 | 255 << 8) << 32, TX_DEXT, 0);
    driver_put (d, 0, TX_DATA, TX_DEXT | TX_DATA_TYPE | TX_EOP | 100, TX_SUM_IP | TX_SUM_L4);
    driver_kick (d, 0);
    g_assert_cmpuint (nic_take (&d->nic), ==, 100);
    g_assert_cmpmem (d->nic.frame, 100, d->nic.m->ram + TX_DATA, 100);
}

/* A full ring of the largest size is done in turns, between which others have theirs. */
static void
test_long_rings_are_done_in_turns (struct driver *d, gconstpointer data)
{
    uint32_t bytes = 0x80000, n = bytes / 16, before;

    memset (d->nic.m->ram + 0x400000, 0, bytes);
    nic_write (&d->nic, R_TDBAL, 0x400000);
    nic_write (&d->nic, R_TDLEN, bytes);
    nic_write (&d->nic, R_TDT, n - 1);
    loop_iterate (d->nic.m->env.loop, 0);
    before = nic_read (&d->nic, R_TDH);
    g_assert_cmpuint (before, >, 0);
    g_assert_cmpuint (before, <, 1000);
    for (unsigned i = 0; i < n; i++)
        loop_iterate (d->nic.m->env.loop, 0);
    g_assert_cmpuint (nic_read (&d->nic, R_TDH), ==, n - 1);
}

int
main (int argc, char **argv)
{
    static const struct driver_test tests[] = {
        { "sends-what-the-descriptor-says", test_sends_what_the_descriptor_says },
        { "only-who-asks-is-told", test_only_who_asks_is_told },
        { "short-frames-are-padded-with-zeros", test_short_frames_are_padded_with_zeros },
        { "gathers-pieces-and-wraps", test_gathers_pieces_and_wraps },
        { "second-queue-sends-too", test_second_queue_sends_too },
        { "makes-checksums", test_makes_checksums },
        { "legacy-checksum", test_legacy_checksum },
        { "cuts-large-sends", test_cuts_large_sends },
        { "inserts-tags", test_inserts_tags },
        { "waits-for-a-slow-peer", test_waits_for_a_slow_peer },
        { "cut-cable-swallows", test_cut_cable_swallows },
        { "does-nothing-while-off", test_does_nothing_while_off },
        { "ring-outside-memory-breaks-the-card", test_ring_outside_memory_breaks_the_card },
        { "tail-outside-the-ring-is-nothing", test_tail_outside_the_ring_is_nothing },
        { "data-outside-memory-is-not-sent", test_data_outside_memory_is_not_sent },
        { "endless-frame-is-dropped", test_endless_frame_is_dropped },
        { "senseless-offloads-are-not-done", test_senseless_offloads_are_not_done },
        { "long-rings-are-done-in-turns", test_long_rings_are_done_in_turns },
    };

    g_test_init (&argc, &argv, NULL);
    driver_add_tests ("/e1000e/transmit", tests, G_N_ELEMENTS (tests));
    return g_test_run ();
}
