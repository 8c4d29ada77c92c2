/* SPDX-License-Identifier: GPL-2.0-or-later */
/* rtl8139-plus.c - promises of the RTL8139C+ in C+ mode: descriptors, offloads, counters. */
#include <string.h>

#include "nic-fixture.h"
#include "rtl8139-private.h"

#define RX_RING      0x10000u
#define TX_RING      0x11000u
#define HIGH_RING    0x12000u
#define COUNTERS     0x13000u
#define TX_DATA      0x200000u
#define RX_BUFFER(i) (0x100000u + 0x4000u * (i))
#define RING_SIZE    8u
#define RX_SIZE      1536u

#define LARGE_SEND BIT (27)
#define SUM_IP     BIT (18)
#define SUM_UDP    BIT (17)
#define SUM_TCP    BIT (16)
#define WHOLE      (DESC_FIRST | DESC_LAST)

struct plus {
    struct nic nic;
    unsigned tx_next;
};

static uint32_t
get (struct plus *p, unsigned offset, unsigned size)
{
    return (uint32_t) test_mmio_read (p->nic.m, NIC_MMIO + offset, size);
}

static void
set (struct plus *p, unsigned offset, uint32_t value, unsigned size)
{
    test_mmio_write (p->nic.m, NIC_MMIO + offset, value, size);
}

static uint8_t *
rx_descriptor (struct plus *p, unsigned index)
{
    return p->nic.m->ram + RX_RING + 16 * index;
}

static uint8_t *
tx_descriptor (struct plus *p, unsigned index)
{
    return p->nic.m->ram + TX_RING + 16 * index;
}

static void
fill_rx (struct plus *p, unsigned index)
{
    uint8_t *d = rx_descriptor (p, index);

    store_le64 (d + 8, RX_BUFFER (index));
    store_le32 (d + 4, 0);
    store_le32 (d, DESC_OWN | RX_SIZE | (index == RING_SIZE - 1 ? DESC_END_OF_RING : 0));
}

static void
start (struct plus *p)
{
    test_pci_place_bar (p->nic.m, NIC_DEVFN, 1, NIC_MMIO);
    memset (p->nic.m->ram + TX_RING, 0, 16 * RING_SIZE);
    memset (p->nic.m->ram + HIGH_RING, 0, 16 * RING_SIZE);
    for (unsigned i = 0; i < RING_SIZE; i++)
        fill_rx (p, i);
    p->tx_next = 0;
    set (p, R_CPCR, CPCR_TX | CPCR_RX | CPCR_SUM, 2);
    set (p, R_THPDS, HIGH_RING, 4);
    set (p, R_TNPDS, TX_RING, 4);
    set (p, R_TNPDS + 4, 0, 4);
    set (p, R_RDSAR, RX_RING, 4);
    set (p, R_RDSAR + 4, 0, 4);
    set (p, R_CR, CR_RE | CR_TE, 1);
    set (p, R_RCR, RCR_PHYSICAL | RCR_BROADCAST, 4);
    nic_settle (&p->nic);
}

static void
set_up (struct plus *p, gconstpointer data)
{
    nic_set_up (&p->nic, &rtl8139_class);
    start (p);
}

static void
tear_down (struct plus *p, gconstpointer data)
{
    nic_tear_down (&p->nic);
}

static void
put (struct plus *p, uint64_t address, uint32_t flags, uint32_t vlan)
{
    uint8_t *d = tx_descriptor (p, p->tx_next);

    if (p->tx_next == RING_SIZE - 1)
        flags |= DESC_END_OF_RING;
    store_le64 (d + 8, address);
    store_le32 (d + 4, vlan);
    store_le32 (d, flags | DESC_OWN);
    p->tx_next = (p->tx_next + 1) % RING_SIZE;
}

static void
poll (struct plus *p)
{
    set (p, R_TPPOLL, 0x40, 1);
    nic_settle (&p->nic);
}

/* --- transmitting ------------------------------------------------------------------------------- */

static void
test_descriptors_go_round (struct plus *p, gconstpointer data)
{
    uint8_t *frame = p->nic.m->ram + TX_DATA;
    uint32_t len = (uint32_t) nic_make_frame (frame, NIC_TCP4, nic_peer, nic_mac, 300);

    for (unsigned i = 0; i < 20; i++) {
        unsigned at = p->tx_next;

        put (p, TX_DATA, DESC_FIRST | 10, 0);
        put (p, TX_DATA + 10, 0, 0);
        put (p, TX_DATA + 10, DESC_LAST | (len - 10), 0);
        poll (p);
        g_assert_cmpuint (nic_take (&p->nic), ==, len);
        g_assert_cmpmem (p->nic.frame, len, frame, len);
        g_assert_cmphex (load_le32 (tx_descriptor (p, at)) & ~DESC_END_OF_RING, ==,
                         DESC_FIRST | 10);
        g_assert_cmphex (get (p, R_ISR, 2), ==, INT_TOK | INT_TDU);
        set (p, R_ISR, 0xffff, 2);
    }
}

static void
test_makes_checksums (struct plus *p, gconstpointer data)
{
    static const uint32_t flags[] = { SUM_IP | SUM_TCP, SUM_IP | SUM_UDP, SUM_TCP, SUM_UDP };

    for (unsigned i = 0; i < NIC_PROTOCOL_N; i++) {
        uint8_t *frame = p->nic.m->ram + TX_DATA;
        uint32_t len = (uint32_t) nic_make_frame (frame, i, nic_peer, nic_mac, 301);
        g_autofree uint8_t *right = g_memdup2 (frame, len);

        if (flags[i] & SUM_IP)
            store_be16 (frame + 24, 0x1111);
        store_be16 (frame + nic_checksum_field (i), 0x2222);
        put (p, TX_DATA, WHOLE | flags[i] | len, 0);
        poll (p);
        g_assert_cmpuint (nic_take (&p->nic), ==, len);
        g_assert_cmpmem (p->nic.frame, len, right, len);
        put (p, TX_DATA, WHOLE | len, 0); /* unasked: as it is */
        poll (p);
        g_assert_cmpuint (nic_take (&p->nic), ==, len);
        g_assert_cmpmem (p->nic.frame, len, frame, len);
    }
}

static void
check_large_send (struct plus *p, enum nic_protocol protocol, unsigned bytes)
{
    uint8_t *frame = p->nic.m->ram + TX_DATA;
    uint32_t len = (uint32_t) nic_make_frame (frame, protocol, nic_peer, nic_mac, bytes);
    size_t header = nic_payload (protocol), at = 0;
    unsigned first = p->tx_next;

    store_be16 (frame + nic_checksum_field (protocol), 0x3333);
    put (p, TX_DATA, DESC_FIRST | LARGE_SEND | 1000u << 16 | (uint32_t) header, 0);
    put (p, TX_DATA + header, DESC_LAST | LARGE_SEND | 1000u << 16 | (uint32_t) (len - header), 0);
    poll (p);
    while (at < bytes) {
        size_t n = MIN (1000, bytes - at);

        g_assert_cmpuint (nic_take (&p->nic), ==, MAX (header + n, 60));
        g_assert_cmpmem (p->nic.frame + header, n, frame + header + at, n);
        nic_assert_right (p->nic.frame, header + n, protocol);
        g_assert_cmphex (load_be32 (p->nic.frame + nic_l4 (protocol) + 4), ==,
                         (uint32_t) (0xfffffff0 + at));
        at += n;
    }
    g_assert_cmpuint (nic_take (&p->nic), ==, 0);
    /* Where the segment size was are now the bits for errors. */
    g_assert_cmphex (load_le32 (tx_descriptor (p, first)) & ~DESC_END_OF_RING, ==,
                     DESC_FIRST | header);
}

static void
test_cuts_large_sends (struct plus *p, gconstpointer data)
{
    check_large_send (p, NIC_TCP4, 5000);
    check_large_send (p, NIC_TCP4, 60000);
    check_large_send (p, NIC_TCP4, 1000);
    check_large_send (p, NIC_TCP6, 5500);
    check_large_send (p, NIC_TCP6, 999);
}

static void
test_inserts_tags (struct plus *p, gconstpointer data)
{
    uint8_t *frame = p->nic.m->ram + TX_DATA;
    uint32_t len = (uint32_t) nic_make_frame (frame, NIC_UDP4, nic_peer, nic_mac, 100);

    put (p, TX_DATA, WHOLE | len, BIT (17) | 0x23a1); /* in the wire's byte order */
    poll (p);
    g_assert_cmpuint (nic_take (&p->nic), ==, len + 4);
    g_assert_cmphex (load_be32 (p->nic.frame + 12), ==, 0x8100a123);
    g_assert_cmpmem (p->nic.frame + 16, len - 12, frame + 12, len - 12);
}

static void
test_high_priority_goes_first (struct plus *p, gconstpointer data)
{
    uint8_t *high = p->nic.m->ram + HIGH_RING;

    memset (p->nic.m->ram + TX_DATA, 1, 60);
    memset (p->nic.m->ram + TX_DATA + 100, 2, 60);
    put (p, TX_DATA, WHOLE | 60, 0);
    store_le64 (high + 8, TX_DATA + 100);
    store_le32 (high, DESC_OWN | WHOLE | 60);
    set (p, R_TPPOLL, 0xc0, 1);
    g_assert_cmpuint (nic_take (&p->nic), ==, 60);
    g_assert_cmphex (p->nic.frame[0], ==, 2);
    g_assert_cmpuint (nic_take (&p->nic), ==, 60);
    g_assert_cmphex (p->nic.frame[0], ==, 1);
    set (p, R_TPPOLL, 1, 1);
    g_assert_cmphex (get (p, R_ISR, 2) & INT_SW, ==, INT_SW);
}

static void
test_hostile_descriptors (struct plus *p, gconstpointer data)
{
    static const uint32_t flags[] = {
        DESC_LAST | 60,                      /* no beginning */
        WHOLE | LARGE_SEND | 100,            /* segments of no size */
        WHOLE | LARGE_SEND | 1u << 16 | 100, /* of one byte */
        WHOLE,                               /* nothing at all */
        WHOLE | 5,
    };
    uint8_t *frame = p->nic.m->ram + TX_DATA;

    nic_make_frame (frame, NIC_TCP4, nic_peer, nic_mac, 300);
    for (unsigned i = 0; i < G_N_ELEMENTS (flags); i++) {
        put (p, TX_DATA, flags[i], 0);
        poll (p);
        g_assert_cmpuint (nic_take (&p->nic), ==, 0);
    }
    put (p, 0xfffffffffffffff0, WHOLE | 60, 0);
    put (p, NIC_MMIO, WHOLE | 60, 0);
    put (p, TX_DATA, WHOLE | 60, 0);
    poll (p);
    g_assert_cmpuint (nic_take (&p->nic), ==, 60);
    g_assert_cmpuint (nic_take (&p->nic), ==, 0);
}

/* A ring that is all the card's forever, one frame without end in it: work comes in turns. */
static void
test_endless_ring (struct plus *p, gconstpointer data)
{
    uint8_t *ring = p->nic.m->ram + 0x400000;

    for (unsigned i = 0; i < 64; i++) {
        store_le64 (ring + 16 * i + 8, 0x400000 + 16 * ((i + 1) % 64));
        store_le32 (ring + 16 * i, DESC_OWN | (i == 0 ? DESC_FIRST : 0) | 0xffff);
    }
    set (p, R_TNPDS, 0x400000, 4);
    poll (p);
    g_assert_cmpuint (nic_take (&p->nic), ==, 0);
    g_assert_cmphex (load_le32 (ring) & DESC_OWN, ==, 0);
    set (p, R_TNPDS, TEST_MACHINE_RAM_BYTES, 4);
    poll (p);
    g_assert_cmpuint (p->nic.m->n_broken, ==, 1);
    device_reset (p->nic.device);
    start (p);
    test_inserts_tags (p, NULL);
}

static void
test_waits_for_a_slow_peer (struct plus *p, gconstpointer data)
{
    unsigned sent = 0, received = 0;

    nic_make_frame (p->nic.m->ram + TX_DATA, NIC_TCP4, nic_peer, nic_mac, 50000);
    while (!(load_le32 (tx_descriptor (p, p->tx_next)) & DESC_OWN) && sent < 1000) {
        put (p, TX_DATA, WHOLE | LARGE_SEND | 1000u << 16 | 50054, 0);
        poll (p);
        sent++;
    }
    g_assert_cmpuint (sent, <, 1000); /* it did have to wait */
    while (nic_take (&p->nic))
        received++;
    g_assert_cmpuint (received, ==, 50 * sent);
}

/* --- receiving ---------------------------------------------------------------------------------- */

static void
test_frame_and_flags_are_in_memory (struct plus *p, gconstpointer data)
{
    static const uint32_t protocols[] = { 1u << 16, 2u << 16, 0, 0 };

    for (unsigned i = 0; i < 20; i++) {
        unsigned at = i % RING_SIZE, protocol = i % NIC_PROTOCOL_N;
        uint8_t frame[400];
        size_t len = nic_make_frame (frame, protocol, nic_mac, nic_peer, 100 + i);
        uint32_t flags;

        nic_give (&p->nic, frame, len);
        flags = load_le32 (rx_descriptor (p, at)) & ~DESC_END_OF_RING;
        g_assert_cmphex (flags, ==, WHOLE | BIT (25) | protocols[protocol] | (uint32_t) (len + 4));
        g_assert_cmpmem (p->nic.m->ram + RX_BUFFER (at), len, frame, len);
        fill_rx (p, at);
    }
    g_assert_cmphex (get (p, R_ISR, 2), ==, INT_ROK);
}

static void
test_bad_checksums_are_told (struct plus *p, gconstpointer data)
{
    uint8_t frame[200];
    size_t len = nic_make_frame (frame, NIC_TCP4, nic_mac, nic_peer, 50);

    frame[60] ^= 1;
    nic_give (&p->nic, frame, len);
    g_assert_cmphex (load_le32 (rx_descriptor (p, 0)) & 0x3e000, ==, 1u << 16 | BIT (13));
    frame[22] ^= 1;
    nic_give (&p->nic, frame, len);
    g_assert_cmphex (load_le32 (rx_descriptor (p, 1)) & 0x3e000, ==,
                     1u << 16 | BIT (13) | BIT (15));
    nic_make_frame (frame, NIC_UDP4, nic_mac, nic_peer, 50);
    frame[60] ^= 1;
    nic_give (&p->nic, frame, len - 12);
    g_assert_cmphex (load_le32 (rx_descriptor (p, 2)) & 0x3e000, ==, 2u << 16 | BIT (14));
    set (p, R_CPCR, CPCR_TX | CPCR_RX, 2);
    nic_give (&p->nic, frame, len - 12);
    g_assert_cmphex (load_le32 (rx_descriptor (p, 3)) & 0x3e000, ==, 0);
}

static void
test_tags_are_stripped (struct plus *p, gconstpointer data)
{
    uint8_t frame[200], tagged[204];
    size_t len = nic_make_frame (frame, NIC_UDP4, nic_mac, nic_peer, 100);

    memcpy (tagged, frame, 12);
    store_be32 (tagged + 12, 0x8100a123);
    memcpy (tagged + 16, frame + 12, len - 12);
    nic_give (&p->nic, tagged, len + 4);
    g_assert_cmpmem (p->nic.m->ram + RX_BUFFER (0), len + 4, tagged, len + 4);
    set (p, R_CPCR, CPCR_TX | CPCR_RX | CPCR_SUM | CPCR_VLAN, 2);
    nic_give (&p->nic, tagged, len + 4);
    g_assert_cmpmem (p->nic.m->ram + RX_BUFFER (1), len, frame, len);
    g_assert_cmphex (load_le32 (rx_descriptor (p, 1) + 4), ==, BIT (16) | 0x23a1);
}

static void
test_long_frames_span_descriptors (struct plus *p, gconstpointer data)
{
    uint8_t frame[4000];

    nic_make_frame (frame, NIC_TCP4, nic_mac, nic_peer, 4000 - 54);
    nic_give (&p->nic, frame, sizeof frame);
    g_assert_cmphex (load_le32 (rx_descriptor (p, 0)) >> 28, ==, 2);
    g_assert_cmphex (load_le32 (rx_descriptor (p, 1)) >> 28, ==, 0);
    g_assert_cmphex (load_le32 (rx_descriptor (p, 2)) >> 28, ==, 1);
    g_assert_cmpuint (load_le32 (rx_descriptor (p, 2)) & 0x1fff, ==, 4004);
    g_assert_cmpmem (p->nic.m->ram + RX_BUFFER (1), RX_SIZE, frame + RX_SIZE, RX_SIZE);
    g_assert_cmphex (load_le32 (rx_descriptor (p, 3)) & DESC_OWN, ==, DESC_OWN);
}

static bool
is_missed (void *opaque)
{
    return get (opaque, R_MPC, 4) > 0;
}

static void
test_no_descriptor_is_told_and_asked_for_again (struct plus *p, gconstpointer data)
{
    uint8_t frame[60] = { 0 };

    memcpy (frame, nic_mac, 6);
    for (unsigned i = 0; i < RING_SIZE; i++)
        nic_give (&p->nic, frame, sizeof frame);
    set (p, R_ISR, 0xffff, 2);
    frame[20] = 0x77;
    nic_give (&p->nic, frame, sizeof frame);
    g_assert_cmphex (get (p, R_ISR, 2), ==, INT_RXOVW);
    fill_rx (p, 0);
    set (p, R_ISR, 0xffff, 2); /* as a driver's poll ends */
    nic_settle (&p->nic);
    g_assert_cmphex (load_le32 (rx_descriptor (p, 0)) & DESC_OWN, ==, 0);
    g_assert_cmphex (p->nic.m->ram[RX_BUFFER (0) + 20], ==, 0x77);
    g_assert_cmphex (get (p, R_ISR, 2), ==, INT_ROK);
    nic_give (&p->nic, frame, sizeof frame); /* nobody makes room for this one */
    test_machine_wait (p->nic.m, is_missed, p);
    fill_rx (p, 1);
    nic_give (&p->nic, frame, sizeof frame); /* the next looks for itself */
    g_assert_cmphex (load_le32 (rx_descriptor (p, 1)) & DESC_OWN, ==, 0);
    set (p, R_MPC, 0, 4);
    g_assert_cmpuint (get (p, R_MPC, 4), ==, 0);
}

static void
test_hostile_rx_rings (struct plus *p, gconstpointer data)
{
    uint8_t frame[60] = { 0 };

    memcpy (frame, nic_mac, 6);
    for (unsigned i = 0; i < 64; i++) { /* buffers of no size, without end */
        store_le32 (p->nic.m->ram + RX_RING + 16 * i, DESC_OWN);
        store_le64 (p->nic.m->ram + RX_RING + 16 * i + 8, RX_RING);
    }
    nic_give (&p->nic, frame, sizeof frame);
    g_assert_cmphex (get (p, R_ISR, 2) & INT_RXOVW, ==, INT_RXOVW);
    for (unsigned i = 0; i < 64; i++) /* into the ring itself, the registers, nowhere */
        store_le32 (p->nic.m->ram + RX_RING + 16 * i, DESC_OWN | 8);
    set (p, R_ISR, 0xffff, 2);
    nic_settle (&p->nic);
    store_le64 (rx_descriptor (p, 20) + 8, NIC_MMIO);
    store_le64 (rx_descriptor (p, 21) + 8, 0xfffffffffffffff0);
    nic_give (&p->nic, frame, sizeof frame);
    set (p, R_RDSAR + 4, 0xffffffff, 4);
    nic_give (&p->nic, frame, sizeof frame);
    nic_give (&p->nic, frame, sizeof frame);
    g_assert_cmpuint (p->nic.m->n_broken, ==, 1);
}

static void
test_counters_are_dumped (struct plus *p, gconstpointer data)
{
    const uint8_t *counters = p->nic.m->ram + COUNTERS;
    uint8_t frame[60] = { 0 };

    memcpy (frame, nic_mac, 6);
    nic_give (&p->nic, frame, sizeof frame);
    memset (frame, 0xff, 6);
    nic_give (&p->nic, frame, sizeof frame);
    put (p, TX_DATA, WHOLE | 60, 0);
    poll (p);
    memset (p->nic.m->ram + COUNTERS, 0xee, 64);
    set (p, R_DTCCR + 4, 0, 4);
    set (p, R_DTCCR, COUNTERS | 8, 4);
    g_assert_cmphex (get (p, R_DTCCR, 4), ==, COUNTERS);
    g_assert_cmpuint (load_le64 (counters), ==, 1);
    g_assert_cmpuint (load_le64 (counters + 8), ==, 2);
    g_assert_cmpuint (load_le64 (counters + 40), ==, 1);
    g_assert_cmpuint (load_le64 (counters + 48), ==, 1);
    set (p, R_DTCCR, COUNTERS | 1, 4);
    set (p, R_DTCCR, COUNTERS | 8, 4);
    g_assert_cmpuint (load_le64 (counters + 8), ==, 0);
    set (p, R_DTCCR + 4, 0xffffffff, 4);
    set (p, R_DTCCR, 8, 4); /* goes nowhere */
}

int
main (int argc, char **argv)
{
    static const struct {
        const char *path;
        void (*test) (struct plus *p, gconstpointer data);
    } tests[] = {
        { "descriptors-go-round", test_descriptors_go_round },
        { "makes-checksums", test_makes_checksums },
        { "cuts-large-sends", test_cuts_large_sends },
        { "inserts-tags", test_inserts_tags },
        { "high-priority-goes-first", test_high_priority_goes_first },
        { "hostile-descriptors", test_hostile_descriptors },
        { "endless-ring", test_endless_ring },
        { "waits-for-a-slow-peer", test_waits_for_a_slow_peer },
        { "frame-and-flags-are-in-memory", test_frame_and_flags_are_in_memory },
        { "bad-checksums-are-told", test_bad_checksums_are_told },
        { "tags-are-stripped", test_tags_are_stripped },
        { "long-frames-span-descriptors", test_long_frames_span_descriptors },
        { "no-descriptor-is-told-and-asked-for-again",
          test_no_descriptor_is_told_and_asked_for_again },
        { "hostile-rx-rings", test_hostile_rx_rings },
        { "counters-are-dumped", test_counters_are_dumped },
    };

    g_test_init (&argc, &argv, NULL);
    for (unsigned i = 0; i < G_N_ELEMENTS (tests); i++) {
        g_autofree char *path = g_strconcat ("/rtl8139/plus/", tests[i].path, NULL);

        g_test_add (path, struct plus, NULL, set_up, tests[i].test, tear_down);
    }
    return g_test_run ();
}
