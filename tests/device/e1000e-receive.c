/* SPDX-License-Identifier: GPL-2.0-or-later */
/* e1000e-receive.c - promises of the 82574L's receiver. */
#include <string.h>

#include "e1000e-driver.h"

#define RCTL_USUAL (RCTL_EN | RCTL_BAM | RCTL_SECRC)

static const uint8_t broadcast[6] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff };
static const uint8_t group[6] = { 0x01, 0x00, 0x5e, 0x01, 0x02, 0x03 };

/* Gives a frame to ADDRESS; whether the card put it into the next descriptor, which it then frees. */
static bool
arrives (struct driver *d, const uint8_t *address)
{
    uint8_t frame[200];
    size_t len = nic_make_frame (frame, NIC_UDP4, address, nic_peer, 64);
    uint32_t head = nic_read (&d->nic, R_RDH);

    nic_give (&d->nic, frame, len);
    if (nic_read (&d->nic, R_RDH) == head)
        return false;
    g_assert_cmphex (driver_rx_status (d, head) & 3, ==, RX_DD | RX_EOP);
    driver_set_rx_tail (d, head);
    return true;
}

static void
test_frame_and_status_are_in_memory (struct driver *d, gconstpointer data)
{
    uint8_t frame[1514];
    size_t len = nic_make_frame (frame, NIC_TCP4, nic_mac, nic_peer, 1400);
    uint8_t *descriptor = driver_rx_descriptor (d, 0);

    nic_give (&d->nic, frame, len);
    g_assert_cmpmem (d->nic.m->ram + RX_BUFFER (0), len, frame, len);
    g_assert_cmphex (load_le32 (descriptor + 8), ==, RX_DD | RX_EOP | RX_IPCS | RX_TCPCS);
    g_assert_cmpuint (load_le16 (descriptor + 12), ==, len);
    g_assert_cmphex (load_le16 (descriptor + 14), ==, 0);
    g_assert_cmphex (nic_read (&d->nic, R_ICR) & (CAUSE_RXT0 | CAUSE_RXQ0), ==,
                     CAUSE_RXT0 | CAUSE_RXQ0);
}

static void
test_legacy_descriptors (struct driver *d, gconstpointer data)
{
    uint8_t frame[200];
    size_t len = nic_make_frame (frame, NIC_UDP6, nic_mac, nic_peer, 100);
    uint8_t *descriptor = driver_rx_descriptor (d, 0);

    nic_write (&d->nic, R_RFCTL, 0);
    frame[len - 1] ^= 1;
    nic_give (&d->nic, frame, len);
    g_assert_cmphex (load_le64 (descriptor), ==, RX_BUFFER (0)); /* stays */
    g_assert_cmpuint (load_le16 (descriptor + 8), ==, len);
    g_assert_cmphex (descriptor[12], ==, RX_DD | RX_EOP | RX_UDPCS | RX_TCPCS);
    g_assert_cmphex (descriptor[13], ==, RX_TCPE >> 24);
}

static void
test_short_frames_are_padded_and_get_their_fcs (struct driver *d, gconstpointer data)
{
    uint8_t frame[60] = { 0 };

    memcpy (frame, nic_mac, 6);
    memcpy (frame + 6, nic_peer, 6);
    nic_write (&d->nic, R_RCTL, RCTL_USUAL & ~RCTL_SECRC);
    memset (d->nic.m->ram + RX_BUFFER (0), 0xee, 100);
    nic_give (&d->nic, frame, 14);
    g_assert_cmpuint (load_le16 (driver_rx_descriptor (d, 0) + 12), ==, 64);
    g_assert_cmpmem (d->nic.m->ram + RX_BUFFER (0), 60, frame, 60);
    /* A CRC over data and its own CRC is always this. */
    g_assert_cmphex (ethernet_crc (d->nic.m->ram + RX_BUFFER (0), 64), ==, 0x2144df1c);
    g_assert_cmphex (driver_rx_status (d, 0) & RX_IXSM, ==, RX_IXSM);
}

static void
test_crc_is_the_standards (struct driver *d, gconstpointer data)
{
    g_assert_cmphex (ethernet_crc ((const uint8_t *) "123456789", 9), ==, 0xcbf43926);
}

/* --- filters ---------------------------------------------------------------------------------- */

static void
test_addresses_are_filtered (struct driver *d, gconstpointer data)
{
    g_assert_true (arrives (d, nic_mac));
    g_assert_true (arrives (d, broadcast));
    g_assert_false (arrives (d, nic_peer));
    g_assert_false (arrives (d, group));
    nic_write (&d->nic, R_RCTL, RCTL_USUAL & ~RCTL_BAM);
    g_assert_false (arrives (d, broadcast));
    nic_write (&d->nic, R_RCTL, RCTL_USUAL | RCTL_UPE);
    g_assert_true (arrives (d, nic_peer));
    g_assert_false (arrives (d, group));
    nic_write (&d->nic, R_RCTL, RCTL_USUAL | RCTL_MPE);
    g_assert_false (arrives (d, nic_peer));
    g_assert_true (arrives (d, group));
    nic_write (&d->nic, R_RCTL, RCTL_USUAL);
    nic_write (&d->nic, R_RA + 8 * 15, load_le32 (nic_peer));
    nic_write (&d->nic, R_RA + 8 * 15 + 4, load_le16 (nic_peer + 4));
    g_assert_false (arrives (d, nic_peer)); /* not valid yet */
    nic_write (&d->nic, R_RA + 8 * 15 + 4, load_le16 (nic_peer + 4) | BIT (31));
    g_assert_true (arrives (d, nic_peer));
}

/* Bits 47:36, 46:35, 45:34 or 43:32 of the address, as §10.2.5.10 counts them. */
static void
test_multicast_table (struct driver *d, gconstpointer data)
{
    static const unsigned hashes[] = { 0x030, 0x060, 0x0c0, 0x302 };

    for (unsigned mo = 0; mo < 4; mo++) {
        unsigned hash = hashes[mo], at = R_MTA + 4 * (hash >> 5);

        nic_write (&d->nic, R_RCTL, RCTL_USUAL | mo << 12);
        g_assert_false (arrives (d, group));
        nic_write (&d->nic, at, BIT (hash & 31));
        g_assert_true (arrives (d, group));
        nic_write (&d->nic, at, ~BIT (hash & 31));
        g_assert_false (arrives (d, group));
        nic_write (&d->nic, at, 0);
    }
}

static bool
tagged_arrives (struct driver *d, unsigned tag)
{
    uint8_t frame[200];
    size_t len = nic_make_frame (frame, NIC_UDP4, nic_mac, nic_peer, 64);
    uint32_t head = nic_read (&d->nic, R_RDH);

    memmove (frame + 16, frame + 12, len - 12);
    store_be32 (frame + 12, 0x81000000u | tag);
    nic_give (&d->nic, frame, len + 4);
    if (nic_read (&d->nic, R_RDH) == head)
        return false;
    driver_set_rx_tail (d, head);
    return true;
}

static void
test_vlans_are_filtered (struct driver *d, gconstpointer data)
{
    g_assert_true (tagged_arrives (d, 100));
    nic_write (&d->nic, R_RCTL, RCTL_USUAL | RCTL_VFE);
    g_assert_false (tagged_arrives (d, 100));
    g_assert_true (arrives (d, nic_mac)); /* has no tag */
    nic_write (&d->nic, R_VFTA + 4 * (100 / 32), BIT (100 % 32));
    g_assert_true (tagged_arrives (d, 100));
    g_assert_false (tagged_arrives (d, 101));
    nic_write (&d->nic, R_RCTL, RCTL_USUAL | RCTL_VFE | RCTL_CFIEN);
    g_assert_true (tagged_arrives (d, 100));
    g_assert_false (tagged_arrives (d, 0x1000 | 100));
}

static void
test_tags_are_stripped (struct driver *d, gconstpointer data)
{
    uint8_t frame[200], tagged[204];
    size_t len = nic_make_frame (frame, NIC_TCP6, nic_mac, nic_peer, 64);

    memcpy (tagged, frame, 12);
    store_be32 (tagged + 12, 0x8100a123);
    memcpy (tagged + 16, frame + 12, len - 12);
    nic_write (&d->nic, R_CTRL, nic_read (&d->nic, R_CTRL) | CTRL_VME);
    nic_give (&d->nic, tagged, len + 4);
    g_assert_cmpmem (d->nic.m->ram + RX_BUFFER (0), len, frame, len);
    g_assert_cmpuint (load_le16 (driver_rx_descriptor (d, 0) + 12), ==, len);
    g_assert_cmphex (load_le16 (driver_rx_descriptor (d, 0) + 14), ==, 0xa123);
    g_assert_cmphex (driver_rx_status (d, 0), ==, RX_DD | RX_EOP | RX_VP | RX_TCPCS);
}

static void
test_long_frames_need_permission (struct driver *d, gconstpointer data)
{
    g_autofree uint8_t *frame = g_malloc0 (17000);

    memcpy (frame, nic_mac, 6);
    nic_give (&d->nic, frame, 1518);
    g_assert_cmpuint (nic_read (&d->nic, R_RDH), ==, 1);
    nic_give (&d->nic, frame, 1519);
    g_assert_cmpuint (nic_read (&d->nic, R_RDH), ==, 1);
    g_assert_cmpuint (nic_read (&d->nic, 0x40ac), ==, 1);
    nic_write (&d->nic, R_RCTL, RCTL_USUAL | RCTL_LPE);
    nic_give (&d->nic, frame, 9014);
    g_assert_cmpuint (nic_read (&d->nic, R_RDH), ==, 6);
    nic_give (&d->nic, frame, 17000); /* longer than the chip's memory */
    g_assert_cmpuint (nic_read (&d->nic, R_RDH), ==, 6);
}

/* --- checksums -------------------------------------------------------------------------------- */

static void
check_status (struct driver *d, const uint8_t *frame, size_t len, uint32_t status)
{
    uint32_t head = nic_read (&d->nic, R_RDH);

    nic_give (&d->nic, frame, len);
    g_assert_cmphex (driver_rx_status (d, head), ==, RX_DD | RX_EOP | status);
    driver_set_rx_tail (d, head);
}

static void
test_checksums_are_looked_at (struct driver *d, gconstpointer data)
{
    static const uint32_t good[] = {
        [NIC_TCP4] = RX_IPCS | RX_TCPCS,
        [NIC_UDP4] = RX_IPCS | RX_TCPCS | RX_UDPCS,
        [NIC_TCP6] = RX_TCPCS,
        [NIC_UDP6] = RX_TCPCS | RX_UDPCS,
    };

    for (unsigned p = 0; p < NIC_PROTOCOL_N; p++) {
        for (unsigned n = 0; n < 40; n++) {
            uint8_t frame[200] = { 0 };
            size_t len = MAX (nic_make_frame (frame, p, nic_mac, nic_peer, n), 60);

            check_status (d, frame, len, good[p]);
            frame[nic_l4 (p) + 1] ^= 0x40;
            check_status (d, frame, len, good[p] | RX_TCPE);
            if (p > NIC_UDP4)
                continue;
            frame[22] ^= 0x40; /* TTL */
            check_status (d, frame, len, good[p] | RX_TCPE | RX_IPE);
        }
    }
}

static void
test_only_what_has_a_checksum_is_judged (struct driver *d, gconstpointer data)
{
    uint8_t frame[200] = { 0 };
    size_t len = nic_make_frame (frame, NIC_UDP4, nic_mac, nic_peer, 50);

    store_be16 (frame + 40, 0);
    check_status (d, frame, len, RX_IPCS); /* UDP without one */
    nic_make_frame (frame, NIC_TCP4, nic_mac, nic_peer, 50);
    store_be16 (frame + 20, 0x2000); /* a first fragment */
    check_status (d, frame, len, RX_IPCS | RX_IPE);
    nic_make_frame (frame, NIC_TCP4, nic_mac, nic_peer, 50);
    frame[46] = 0xf0; /* TCP header longer than the packet */
    check_status (d, frame, 80, RX_IPCS);
    nic_make_frame (frame, NIC_UDP4, nic_mac, nic_peer, 50);
    store_be16 (frame + 16, 26); /* six bytes of UDP header */
    store_be16 (frame + 38, 6);
    check_status (d, frame, len, RX_IPCS | RX_IPE);
    nic_write (&d->nic, R_RXCSUM, 0);
    check_status (d, frame, len, RX_IXSM);
}

static void
test_packet_checksum (struct driver *d, gconstpointer data)
{
    uint8_t frame[64] = { 0 };

    memcpy (frame, nic_mac, 6);
    store_be16 (frame + 20, 0x8001);
    store_be16 (frame + 30, 0x8001);
    nic_write (&d->nic, R_RXCSUM, 14);
    nic_give (&d->nic, frame, sizeof frame);
    g_assert_cmphex (load_le16 (driver_rx_descriptor (d, 0) + 6), ==, 0x0003);
}

/* --- room ------------------------------------------------------------------------------------- */

/* A frame that has no room stays with the wire, whole, in order. */
static void
test_nothing_is_lost_for_want_of_room (struct driver *d, gconstpointer data)
{
    uint8_t frame[1514];

    for (unsigned i = 0; i < 40; i++) {
        memset (frame, (int) i, sizeof frame);
        memcpy (frame, nic_mac, 6);
        nic_give (&d->nic, frame, 1000 + i);
    }
    g_assert_cmpuint (nic_read (&d->nic, R_RDH), ==, RING_SIZE - 1);
    for (unsigned i = 0; i < 40; i++) {
        unsigned at = i % RING_SIZE;

        g_assert_cmpuint (load_le16 (driver_rx_descriptor (d, at) + 12), ==, 1000 + i);
        g_assert_cmphex (d->nic.m->ram[RX_BUFFER (at) + 6], ==, i);
        store_le64 (driver_rx_descriptor (d, at), RX_BUFFER (at));
        store_le64 (driver_rx_descriptor (d, at) + 8, 0);
        driver_set_rx_tail (d, at);
    }
}

static void
test_frames_span_small_buffers (struct driver *d, gconstpointer data)
{
    uint8_t frame[700];
    size_t len = nic_make_frame (frame, NIC_TCP4, nic_mac, nic_peer, 600);

    nic_write (&d->nic, R_RCTL, RCTL_USUAL | 3u << 16); /* 256 bytes each */
    driver_set_rx_tail (d, 2);
    nic_give (&d->nic, frame, len); /* needs three */
    g_assert_cmpuint (nic_read (&d->nic, R_RDH), ==, 0);
    driver_set_rx_tail (d, 3);
    g_assert_cmpuint (nic_read (&d->nic, R_RDH), ==, 3);
    for (unsigned i = 0; i < 3; i++) {
        size_t n = i < 2 ? 256 : len - 512;

        g_assert_cmpmem (d->nic.m->ram + RX_BUFFER (i), n, frame + 256 * i, n);
        g_assert_cmpuint (load_le16 (driver_rx_descriptor (d, i) + 12), ==, n);
        g_assert_cmphex (driver_rx_status (d, i), ==,
                         i < 2 ? RX_DD : RX_DD | RX_EOP | RX_IPCS | RX_TCPCS);
    }
}

static void
test_buffer_sizes (struct driver *d, gconstpointer data)
{
    static const struct {
        uint32_t rctl;
        size_t bytes;
    } sizes[] = {
        { 0u << 16, 2048 },
        { 1u << 16, 1024 },
        { 2u << 16, 512 },
        { 1u << 16 | 1u << 25, 16384 },
        { 2u << 16 | 1u << 25, 8192 },
        { 3u << 16 | 1u << 25, 4096 },
        { 3u << 27, 3072 },
    };
    g_autofree uint8_t *frame = g_malloc0 (9000);

    memcpy (frame, nic_mac, 6);
    for (unsigned i = 0; i < G_N_ELEMENTS (sizes); i++) {
        nic_write (&d->nic, R_RCTL, 0);
        driver_start (d);
        nic_write (&d->nic, R_RCTL, RCTL_USUAL | RCTL_LPE | sizes[i].rctl);
        nic_give (&d->nic, frame, MIN (sizes[i].bytes, 9000));
        g_assert_cmpuint (nic_read (&d->nic, R_RDH), ==, 1);
    }
}

static void
test_split_descriptors (struct driver *d, gconstpointer data)
{
    uint8_t *descriptor = d->nic.m->ram + RX_RING;
    g_autofree uint8_t *frame = g_malloc (9014);

    nic_make_frame (frame, NIC_TCP4, nic_mac, nic_peer, 8960);
    nic_write (&d->nic, R_RCTL, RCTL_USUAL | RCTL_LPE | 1u << 10);
    nic_write (&d->nic, R_PSRCTL, 2 | 4u << 8 | 4u << 16 | 4u << 24);
    for (unsigned i = 0; i < 4; i++)
        store_le64 (descriptor + 8 * i, RX_BUFFER (i));
    driver_set_rx_tail (d, 2);
    nic_give (&d->nic, frame, 9014);
    g_assert_cmphex (load_le32 (descriptor + 8), ==, RX_DD | RX_EOP | RX_IPCS | RX_TCPCS);
    g_assert_cmpuint (load_le16 (descriptor + 12), ==, 256);
    g_assert_cmpuint (load_le16 (descriptor + 16), ==, 0); /* not split */
    g_assert_cmpuint (load_le16 (descriptor + 18), ==, 4096);
    g_assert_cmpuint (load_le16 (descriptor + 20), ==, 4096);
    g_assert_cmpuint (load_le16 (descriptor + 22), ==, 9014 - 256 - 8192);
    g_assert_cmpmem (d->nic.m->ram + RX_BUFFER (0), 256, frame, 256);
    g_assert_cmpmem (d->nic.m->ram + RX_BUFFER (2), 4096, frame + 256 + 4096, 4096);
}

static void
test_few_buffers_left_is_told (struct driver *d, gconstpointer data)
{
    driver_set_rx_tail (d, 10);
    g_assert_true (arrives (d, nic_mac)); /* gives all back */
    nic_read (&d->nic, R_ICR);
    driver_set_rx_tail (d, 10);
    for (unsigned i = 1; i < 10; i++) {
        uint8_t frame[60] = { 0 };

        memcpy (frame, nic_mac, 6);
        nic_give (&d->nic, frame, sizeof frame);
        g_assert_cmpuint (!!(nic_read (&d->nic, R_ICR) & CAUSE_RXDMT0), ==, 10 - 1 - i <= 8);
    }
}

/* --- loopback and hostile drivers --------------------------------------------------------------- */

static void
test_loopback_stays_inside (struct driver *d, gconstpointer data)
{
    uint8_t frame[100];
    size_t len = nic_make_frame (frame, NIC_UDP4, nic_mac, nic_mac, 50);

    nic_write (&d->nic, R_RCTL, RCTL_USUAL | 1u << 6);
    driver_send (d, frame, len, TX_RS);
    g_assert_cmpuint (nic_take (&d->nic), ==, 0);
    g_assert_cmpmem (d->nic.m->ram + RX_BUFFER (0), len, frame, len);
    nic_give (&d->nic, frame, len); /* not from outside now */
    g_assert_cmpuint (nic_read (&d->nic, R_RDH), ==, 1);
    nic_write (&d->nic, R_RCTL, RCTL_USUAL);
    driver_phy_write (d, 0, 0x4140);
    driver_send (d, frame, len, TX_RS);
    g_assert_cmpuint (nic_take (&d->nic), ==, 0);
    g_assert_cmpuint (nic_read (&d->nic, R_RDH), ==, 2);
}

/* Receiving into the registers, the rings or nowhere changes nothing but memory. */
static void
test_loopback_into_registers (struct driver *d, gconstpointer data)
{
    static const uint64_t places[] = { NIC_MMIO + R_TDT,   NIC_MMIO + R_CTRL,
                                       TX_RING (0),        RX_RING,
                                       0xfffffffffffffff0, TEST_MACHINE_RAM_BYTES - 4 };
    uint8_t frame[100];
    size_t len = nic_make_frame (frame, NIC_UDP4, nic_mac, nic_mac, 50);

    nic_write (&d->nic, R_RCTL, RCTL_USUAL | 1u << 6);
    for (unsigned i = 0; i < G_N_ELEMENTS (places); i++)
        store_le64 (driver_rx_descriptor (d, i), places[i]);
    for (unsigned i = 0; i < G_N_ELEMENTS (places); i++)
        driver_send (d, frame, len, TX_RS);
    g_assert_cmpuint (d->nic.m->n_broken, ==, 0);
    g_assert_cmphex (nic_read (&d->nic, R_TCTL), ==, TCTL_EN);
}

static void
test_ring_outside_memory_breaks_the_card (struct driver *d, gconstpointer data)
{
    nic_write (&d->nic, R_RDBAL, TEST_MACHINE_RAM_BYTES);
    g_assert_false (arrives (d, nic_mac));
    g_assert_cmpuint (d->nic.m->n_broken, ==, 1);
    g_assert_false (arrives (d, nic_mac));
}

static void
test_rings_of_no_use_drop (struct driver *d, gconstpointer data)
{
    nic_write (&d->nic, R_RDLEN, 0);
    g_assert_false (arrives (d, nic_mac));
    nic_write (&d->nic, R_RDLEN, RING_SIZE * 16);
    nic_write (&d->nic, R_RDH, 0xfff0);
    g_assert_false (arrives (d, nic_mac)); /* waits … */
    nic_write (&d->nic, R_RDH, 0);
    driver_set_rx_tail (d, 5);
    g_assert_cmpuint (nic_read (&d->nic, R_RDH), ==, 1); /* … and comes */
    nic_write (&d->nic, R_RCTL, RCTL_USUAL | 1u << 10);
    nic_write (&d->nic, R_PSRCTL, 0); /* buffers of no size */
    g_assert_false (arrives (d, nic_mac));
}

int
main (int argc, char **argv)
{
    static const struct driver_test tests[] = {
        { "frame-and-status-are-in-memory", test_frame_and_status_are_in_memory },
        { "legacy-descriptors", test_legacy_descriptors },
        { "short-frames-are-padded-and-get-their-fcs",
          test_short_frames_are_padded_and_get_their_fcs },
        { "crc-is-the-standards", test_crc_is_the_standards },
        { "addresses-are-filtered", test_addresses_are_filtered },
        { "multicast-table", test_multicast_table },
        { "vlans-are-filtered", test_vlans_are_filtered },
        { "tags-are-stripped", test_tags_are_stripped },
        { "long-frames-need-permission", test_long_frames_need_permission },
        { "checksums-are-looked-at", test_checksums_are_looked_at },
        { "only-what-has-a-checksum-is-judged", test_only_what_has_a_checksum_is_judged },
        { "packet-checksum", test_packet_checksum },
        { "nothing-is-lost-for-want-of-room", test_nothing_is_lost_for_want_of_room },
        { "frames-span-small-buffers", test_frames_span_small_buffers },
        { "buffer-sizes", test_buffer_sizes },
        { "split-descriptors", test_split_descriptors },
        { "few-buffers-left-is-told", test_few_buffers_left_is_told },
        { "loopback-stays-inside", test_loopback_stays_inside },
        { "loopback-into-registers", test_loopback_into_registers },
        { "ring-outside-memory-breaks-the-card", test_ring_outside_memory_breaks_the_card },
        { "rings-of-no-use-drop", test_rings_of_no_use_drop },
    };

    g_test_init (&argc, &argv, NULL);
    driver_add_tests ("/e1000e/receive", tests, G_N_ELEMENTS (tests));
    return g_test_run ();
}
