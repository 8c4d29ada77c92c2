/* SPDX-License-Identifier: GPL-2.0-or-later */
/* rtl8139.c - promises of the RTL8139 in C mode: registers, EEPROM, PHY, timer, slots, ring buffer. */
#include <string.h>

#include "nic-fixture.h"
#include "rtl8139-private.h"

#define TX_BUFFER(i) (0x20000u + 0x1000u * (i))
#define RX_BUFFER    0x40000u
#define RX_BYTES     8192u

#define RCR_USUAL (RCR_PHYSICAL | RCR_BROADCAST)
#define TSD_OWN   BIT (13)
#define TSD_OK    BIT (15)
#define TSD_ABORT BIT (30)

static const uint8_t broadcast[6] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff };
static const uint8_t group[6] = { 0x01, 0x00, 0x5e, 0x00, 0x00, 0x01 };

static uint32_t
get (struct nic *nic, unsigned offset, unsigned size)
{
    return (uint32_t) test_mmio_read (nic->m, NIC_MMIO + offset, size);
}

static void
set (struct nic *nic, unsigned offset, uint32_t value, unsigned size)
{
    test_mmio_write (nic->m, NIC_MMIO + offset, value, size);
}

static void
start (struct nic *nic)
{
    test_pci_place_bar (nic->m, NIC_DEVFN, 0, NIC_IO);
    test_pci_place_bar (nic->m, NIC_DEVFN, 1, NIC_MMIO);
    set (nic, R_CR, CR_RE | CR_TE, 1);
    set (nic, R_RBSTART, RX_BUFFER, 4);
    set (nic, R_RCR, RCR_USUAL, 4);
    nic_settle (nic);
}

static void
set_up (struct nic *nic, gconstpointer data)
{
    nic_set_up (nic, &rtl8139_class);
    start (nic);
}

static void
tear_down (struct nic *nic, gconstpointer data)
{
    nic_tear_down (nic);
}

/* --- registers, EEPROM -------------------------------------------------------------------------- */

static void
test_is_an_8139c_plus (struct nic *nic, gconstpointer data)
{
    g_assert_cmphex (pci_config_read (nic->m->env.pci, NIC_DEVFN, PCI_VENDOR_ID, 4), ==,
                     0x813910ec);
    g_assert_cmphex (pci_config_read (nic->m->env.pci, NIC_DEVFN, PCI_REVISION, 1), ==, 0x20);
    g_assert_cmphex (get (nic, R_TCR, 4) & 0x7cc00000, ==, 0x74800000);
    /* Linux's driver gives up without these. */
    pci_config_write (nic->m->env.pci, NIC_DEVFN, 0x0c, 16, 1);
    g_assert_cmphex (pci_config_read (nic->m->env.pci, NIC_DEVFN, 0x0c, 1), ==, 16);
    pci_config_write (nic->m->env.pci, NIC_DEVFN, PCI_COMMAND, 0x17, 2);
    g_assert_cmphex (pci_config_read (nic->m->env.pci, NIC_DEVFN, PCI_COMMAND, 2), ==, 0x17);
    for (unsigned i = 0; i < 6; i++)
        g_assert_cmphex (get (nic, R_IDR + i, 1), ==, nic_mac[i]);
    g_assert_cmphex (get (nic, R_IDR, 4), ==, load_le32 (nic_mac));
    g_assert_cmphex (test_in16 (nic->m, NIC_IO + 4), ==, load_le16 (nic_mac + 4));
}

static void
test_registers_in_any_width (struct nic *nic, gconstpointer data)
{
    set (nic, R_MAR + 1, 0xbbaa, 2); /* not aligned */
    set (nic, R_MAR + 3, 0xcc, 1);
    g_assert_cmphex (get (nic, R_MAR, 4), ==, 0xccbbaa00);
    set (nic, R_IMR, 0x00050003, 4); /* IMR and ISR at once */
    g_assert_cmphex (get (nic, R_IMR, 2), ==, 3);
    set (nic, R_RCR + 1, 0x77, 1);
    g_assert_cmphex (get (nic, R_RCR, 4), ==, 0x7700 | RCR_USUAL);
    g_assert_cmphex (get (nic, R_RCR - 1, 2) >> 8, ==, RCR_USUAL);
    set (nic, R_CONFIG1, 0x21, 1); /* locked */
    g_assert_cmphex (get (nic, R_CONFIG1, 1), ==, 0x0c);
    set (nic, R_9346CR, 0xc0, 1);
    set (nic, R_CONFIG1, 0x21, 1);
    g_assert_cmphex (get (nic, R_CONFIG1, 1), ==, 0x2d);
    set (nic, R_9346CR, 0, 1);
    set (nic, R_CONFIG1, 0, 1);
    g_assert_cmphex (get (nic, R_CONFIG1, 1), ==, 0x2d);
    g_assert_cmphex (get (nic, 0xfc, 4), ==, 0);
}

static void
eeprom_clock (struct nic *nic, bool bit)
{
    set (nic, R_9346CR, 0x88 | bit << 1, 1);
    set (nic, R_9346CR, 0x8c | bit << 1, 1);
}

static void
eeprom_command (struct nic *nic, unsigned value, unsigned n)
{
    set (nic, R_9346CR, 0x80, 1);
    set (nic, R_9346CR, 0x88, 1);
    for (unsigned i = n; i-- > 0;)
        eeprom_clock (nic, value >> i & 1);
    set (nic, R_9346CR, 0x88, 1);
}

static unsigned
eeprom_read (struct nic *nic, unsigned word, unsigned address_bits)
{
    unsigned value = 0;

    eeprom_command (nic, 6u << address_bits | word, 3 + address_bits);
    for (unsigned i = 0; i < 16; i++) {
        set (nic, R_9346CR, 0x8c, 1);
        value = value << 1 | (get (nic, R_9346CR, 1) & 1);
        set (nic, R_9346CR, 0x88, 1);
    }
    set (nic, R_9346CR, 0, 1);
    return value;
}

static void
test_eeprom_by_its_pins (struct nic *nic, gconstpointer data)
{
    g_assert_cmphex (eeprom_read (nic, 0, 8), !=, 0x8129); /* a 93C46 has 6 bits of address */
    g_assert_cmphex (eeprom_read (nic, 0, 6), ==, 0x8129);
    for (unsigned i = 0; i < 3; i++)
        g_assert_cmphex (eeprom_read (nic, 7 + i, 6), ==, load_le16 (nic_mac + 2 * i));
    eeprom_command (nic, (5u << 6 | 9) << 16 | 0xabcd, 25);
    g_assert_cmphex (eeprom_read (nic, 9, 6), ==, 0x5634); /* protected */
    eeprom_command (nic, 4u << 6 | 3 << 4, 9);
    eeprom_command (nic, (5u << 6 | 9) << 16 | 0xabcd, 25);
    g_assert_cmphex (eeprom_read (nic, 9, 6), ==, 0xabcd);
    eeprom_command (nic, 7u << 6 | 20, 9);
    g_assert_cmphex (eeprom_read (nic, 20, 6), ==, 0xffff);
    eeprom_command (nic, 4u << 6, 9);
    eeprom_command (nic, (5u << 6 | 9) << 16 | 0x1111, 25);
    g_assert_cmphex (eeprom_read (nic, 9, 6), ==, 0xabcd);
    set (nic, R_9346CR, 0x40, 1); /* load */
    g_assert_cmphex (get (nic, R_IDR + 4, 2), ==, 0xabcd);
    g_assert_cmphex (get (nic, R_9346CR, 1), ==, 0);
}

static void
test_soft_reset_keeps_the_address (struct nic *nic, gconstpointer data)
{
    set (nic, R_IDR, 0x11223344, 4);
    set (nic, R_IMR, 0xffff, 2);
    set (nic, R_CR, CR_RST, 1);
    g_assert_cmphex (get (nic, R_CR, 1), ==, CR_EMPTY);
    g_assert_cmphex (get (nic, R_IMR, 2), ==, 0);
    g_assert_cmphex (get (nic, R_IDR, 4), ==, 0x11223344);
    g_assert_cmphex (get (nic, R_TSD, 4), ==, TSD_OWN);
    g_assert_cmphex (get (nic, R_CAPR, 2), ==, 0xfff0);
    device_reset (nic->device);
    start (nic);
    g_assert_cmphex (get (nic, R_IDR, 4), ==, load_le32 (nic_mac));
}

/* --- PHY, interrupts, timer --------------------------------------------------------------------- */

static void
test_link_follows_the_cable (struct nic *nic, gconstpointer data)
{
    set (nic, R_IMR, INT_LINK, 2);
    g_assert_cmphex (get (nic, R_MSR, 1) & 0x0c, ==, 0);
    g_assert_cmphex (get (nic, R_BMSR, 2) & 0x24, ==, 0x24);
    g_assert_cmphex (get (nic, R_ANLPAR, 2), ==, 0x45e1);
    net_set_link (nic->net, false);
    nic_settle (nic);
    g_assert_true (nic->m->intx[3][0]);
    g_assert_cmphex (get (nic, R_MSR, 1) & 4, ==, 4);
    set (nic, R_ISR, INT_LINK, 2);
    g_assert_false (nic->m->intx[3][0]);
    net_set_link (nic->net, true);
    nic_settle (nic);
    g_assert_cmphex (get (nic, R_ISR, 2), ==, INT_LINK);
    g_assert_cmphex (get (nic, R_CSCR, 2) & 0x0808, ==, 0x0808);
    g_assert_cmphex (get (nic, R_CSCR, 2) & 0x0808, ==, 0x0008);
    g_assert_cmphex (get (nic, R_BMSR, 2) & 4, ==, 0); /* it was down */
    g_assert_cmphex (get (nic, R_BMSR, 2) & 4, ==, 4);
}

static void
test_negotiation (struct nic *nic, gconstpointer data)
{
    g_assert_cmphex (get (nic, R_BMCR, 2), ==, 0x3100);
    set (nic, R_ANAR, 0x0061, 2);
    g_assert_cmphex (get (nic, R_MSR, 1) & 8, ==, 8); /* 10 Mb/s */
    set (nic, R_BMCR, 0x2100, 2);
    g_assert_cmphex (get (nic, R_MSR, 1) & 8, ==, 0);
    set (nic, R_BMCR, 0x1200, 2);
    g_assert_cmphex (get (nic, R_ISR, 2) & INT_LINK, ==, INT_LINK);
    g_assert_cmphex (get (nic, R_BMCR, 2), ==, 0x1000);
    set (nic, R_BMCR, 0x8000, 2);
    g_assert_cmphex (get (nic, R_BMCR, 2), ==, 0x3100);
    g_assert_cmphex (get (nic, R_ANAR, 2), ==, 0x05e1);
    set (nic, R_BMSR, 0, 2);
    g_assert_cmphex (get (nic, R_BMSR, 2) & 0x7800, ==, 0x7800);
}

static bool
line_is_up (void *opaque)
{
    return ((struct test_machine *) opaque)->intx[3][0];
}

static void
test_timer_counts_and_interrupts (struct nic *nic, gconstpointer data)
{
    int64_t start = loop_now_ns ();

    set (nic, R_IMR, INT_TIMER, 2);
    set (nic, R_TCTR, 0, 4);
    set (nic, R_TIMERINT, 33 * 5000, 4); /* 5 ms */
    g_assert_cmpuint (get (nic, R_TCTR, 4), <, 33 * 5000000u);
    test_machine_wait (nic->m, line_is_up, nic->m);
    g_assert_cmpint (loop_now_ns (), >=, start + 5000000);
    g_assert_cmpuint (get (nic, R_TCTR, 4), >=, 33 * 5000);
    set (nic, R_ISR, INT_TIMER, 2);
    g_assert_false (line_is_up (nic->m));
    set (nic, R_TIMERINT, 0, 4);
    nic_settle (nic);
    g_assert_false (line_is_up (nic->m));
}

/* --- slots -------------------------------------------------------------------------------------- */

static void
send_by_slot (struct nic *nic, unsigned slot, const uint8_t *frame, size_t len)
{
    memcpy (nic->m->ram + TX_BUFFER (slot), frame, len);
    set (nic, R_TSAD + 4 * slot, TX_BUFFER (slot), 4);
    set (nic, R_TSD + 4 * slot, (uint32_t) len, 4);
}

static void
test_slots_send_in_turn (struct nic *nic, gconstpointer data)
{
    uint8_t frame[200];
    size_t len = nic_make_frame (frame, NIC_UDP4, nic_peer, nic_mac, 100);

    set (nic, R_IMR, INT_TOK, 2);
    for (unsigned i = 0; i < 9; i++) {
        frame[50] = (uint8_t) i;
        send_by_slot (nic, i % 4, frame, len);
        g_assert_cmpuint (nic_take (nic), ==, len);
        g_assert_cmpmem (nic->frame, len, frame, len);
        g_assert_cmphex (get (nic, R_TSD + 4 * (i % 4), 4), ==, TSD_OWN | TSD_OK | len);
        g_assert_true (nic->m->intx[3][0]);
        set (nic, R_ISR, 0xffff, 2);
        g_assert_false (nic->m->intx[3][0]);
    }
    g_assert_cmphex (get (nic, R_TSADS, 2), ==, 0xf00f);
    /* A slot that is not next waits for those before it. */
    send_by_slot (nic, 2, frame, len);
    g_assert_cmpuint (nic_take (nic), ==, 0);
    send_by_slot (nic, 1, frame, len);
    g_assert_cmpuint (nic_take (nic), ==, len);
    g_assert_cmpuint (nic_take (nic), ==, len);
}

static void
test_slots_that_cannot_be_sent (struct nic *nic, gconstpointer data)
{
    set (nic, R_TSD, 1793, 4);
    nic_settle (nic);
    g_assert_cmphex (get (nic, R_TSD, 4), ==, TSD_OWN | TSD_ABORT | 1793);
    g_assert_cmphex (get (nic, R_ISR, 2), ==, INT_TER);
    set (nic, R_TSAD + 4, 0xfffffff0, 4);
    set (nic, R_TSD + 4, 100, 4);
    g_assert_cmpuint (nic_take (nic), ==, 0);
    g_assert_cmphex (get (nic, R_TSD + 4, 4) & TSD_OWN, ==, TSD_OWN);
    set (nic, R_CR, CR_RE, 1); /* transmitter off */
    set (nic, R_TSD + 8, 60, 4);
    set (nic, R_TSAD + 8, TX_BUFFER (2), 4);
    g_assert_cmpuint (nic_take (nic), ==, 0);
    set (nic, R_CR, CR_RE | CR_TE, 1);
    g_assert_cmpuint (nic_take (nic), ==, 60);
}

/* --- ring buffer -------------------------------------------------------------------------------- */

static void
test_frames_follow_each_other (struct nic *nic, gconstpointer data)
{
    uint8_t frame[200];
    size_t len = nic_make_frame (frame, NIC_UDP4, nic_mac, nic_peer, 101),
           next = (len + 8 + 3) & ~3u;
    const uint8_t *ring = nic->m->ram + RX_BUFFER;

    g_assert_cmphex (get (nic, R_CR, 1) & CR_EMPTY, ==, CR_EMPTY);
    nic_give (nic, frame, len);
    g_assert_cmphex (get (nic, R_CR, 1) & CR_EMPTY, ==, 0);
    g_assert_cmphex (get (nic, R_ISR, 2), ==, INT_ROK);
    g_assert_cmphex (load_le32 (ring), ==, (len + 4) << 16 | 0x4001);
    g_assert_cmpmem (ring + 4, len, frame, len);
    g_assert_cmphex (ethernet_crc (ring + 4, len + 4), ==, 0x2144df1c);
    g_assert_cmphex (get (nic, R_CBR, 2), ==, next);
    memcpy (frame, broadcast, 6);
    nic_give (nic, frame, 20);
    g_assert_cmphex (load_le32 (ring + next), ==, 64 << 16 | 0x2001);
    set (nic, R_CAPR, (uint32_t) (next + 68 - 16), 2);
    g_assert_cmphex (get (nic, R_CR, 1) & CR_EMPTY, ==, CR_EMPTY);
}

static bool
arrives (struct nic *nic, const uint8_t *address)
{
    uint8_t frame[60] = { 0 };
    uint32_t before = get (nic, R_CBR, 2), after;

    memcpy (frame, address, 6);
    nic_give (nic, frame, sizeof frame);
    after = get (nic, R_CBR, 2);
    set (nic, R_CAPR, after - 16, 2);
    return after != before;
}

static void
test_addresses_are_filtered (struct nic *nic, gconstpointer data)
{
    g_assert_true (arrives (nic, nic_mac));
    g_assert_true (arrives (nic, broadcast));
    g_assert_false (arrives (nic, nic_peer));
    g_assert_false (arrives (nic, group));
    set (nic, R_RCR, RCR_ALL_PHYSICAL, 4);
    g_assert_true (arrives (nic, nic_peer));
    g_assert_true (arrives (nic, nic_mac));
    g_assert_false (arrives (nic, broadcast));
    set (nic, R_RCR, RCR_MULTICAST, 4);
    g_assert_false (arrives (nic, nic_mac));
    g_assert_false (arrives (nic, group));
    set (nic, R_MAR, BIT (31), 4); /* 01:00:5e:00:00:01 is bit 31 */
    g_assert_true (arrives (nic, group));
    set (nic, R_MAR, ~BIT (31), 4);
    g_assert_false (arrives (nic, group));
}

/* Reads all frames as a driver does, and gives room back; how many there were. */
static unsigned
drain (struct nic *nic, uint32_t *at, bool wraps, unsigned *next)
{
    const uint8_t *ring = nic->m->ram + RX_BUFFER;
    unsigned n = 0;

    while (!(get (nic, R_CR, 1) & CR_EMPTY)) {
        unsigned len = load_le16 (ring + *at + 2);

        g_assert_cmphex (load_le16 (ring + *at), ==, 0x4001);
        g_assert_cmpuint (len, ==, 64 + *next % 900);
        for (unsigned i = 6; i < len - 4; i++) {
            uint32_t place = *at + 4 + i;

            g_assert_cmphex (ring[wraps ? place % RX_BYTES : place], ==, (uint8_t) (*next + i));
        }
        *at = ((*at + len + 4 + 3) & ~3u) % RX_BYTES;
        set (nic, R_CAPR, *at - 16, 2);
        (*next)++;
        n++;
    }
    return n;
}

/* Nothing is lost, torn or out of order over many rounds of the ring, whatever a driver's pace. */
static void
test_ring_wraps (struct nic *nic, gconstpointer data)
{
    bool wraps = GPOINTER_TO_INT (data);
    unsigned given = 0, taken = 0;
    uint32_t at = 0;

    set (nic, R_RCR, RCR_USUAL | (wraps ? 0 : RCR_NO_WRAP), 4);
    while (given < 300) {
        for (unsigned burst = 0; burst < 1 + given % 23; burst++, given++) {
            uint8_t frame[1000];
            size_t len = 60 + given % 900;

            for (unsigned i = 0; i < len; i++)
                frame[i] = (uint8_t) (given + i);
            memcpy (frame, nic_mac, 6);
            nic_give (nic, frame, len);
        }
        while (drain (nic, &at, wraps, &taken))
            nic_settle (nic);
    }
    g_assert_cmpuint (taken, ==, given);
}

/* A header that ends where the buffer does has its frame at the buffer's beginning, or behind its end. */
static void
test_header_is_the_rings_end (struct nic *nic, gconstpointer data)
{
    bool wraps = GPOINTER_TO_INT (data);
    uint8_t *ring = nic->m->ram + RX_BUFFER;
    uint8_t frame[1016] = { 0 };

    set (nic, R_RCR, RCR_USUAL | (wraps ? 0 : RCR_NO_WRAP), 4);
    memcpy (frame, nic_mac, 6);
    for (unsigned i = 0; i < 8; i++)
        nic_give (nic, frame, i < 7 ? 1016 : 1012);
    g_assert_cmpuint (get (nic, R_CBR, 2), ==, RX_BYTES - 4);
    set (nic, R_CAPR, RX_BYTES - 4 - 16, 2);
    memset (ring, 0, 2 * RX_BYTES);
    memset (frame + 6, 0x77, 94);
    nic_give (nic, frame, 100);
    g_assert_cmphex (load_le32 (ring + RX_BYTES - 4), ==, 104 << 16 | 0x4001);
    g_assert_cmpmem (ring + (wraps ? 0 : RX_BYTES), 100, frame, 100);
    g_assert_cmphex (ring[wraps ? RX_BYTES : 0], ==, 0);
    g_assert_cmpuint (get (nic, R_CBR, 2), ==, 104);
}

/* A ring that was filled to its last byte would look empty. */
static void
test_ring_is_never_full (struct nic *nic, gconstpointer data)
{
    uint8_t frame[1016] = { 0 };

    memcpy (frame, nic_mac, 6);
    for (unsigned i = 0; i < 8; i++) /* an eighth each */
        nic_give (nic, frame, sizeof frame);
    g_assert_cmphex (get (nic, R_CR, 1) & CR_EMPTY, ==, 0);
    g_assert_cmpuint (get (nic, R_CBR, 2), ==, 7 * 1024);
    set (nic, R_CAPR, 1024 - 16, 2);
    nic_settle (nic);
    g_assert_cmpuint (get (nic, R_CBR, 2), ==, 0);
    g_assert_cmphex (get (nic, R_CR, 1) & CR_EMPTY, ==, 0);
}

/* A driver that acknowledges frames it does not read, as Linux's does when its budget ends, is told of them
 * again: nothing else would ever interrupt when the buffer is full. */
static void
test_frames_left_in_the_ring_are_told_again (struct nic *nic, gconstpointer data)
{
    uint8_t frame[1016] = { 0 };

    set (nic, R_IMR, INT_ROK, 2);
    memcpy (frame, nic_mac, 6);
    for (unsigned i = 0; i < 8; i++) /* the last one has no room */
        nic_give (nic, frame, sizeof frame);
    for (unsigned i = 0; i < 2; i++) {
        set (nic, R_ISR, 0xffff, 2);
        g_assert_false (line_is_up (nic->m));
        test_machine_wait (nic->m, line_is_up, nic->m);
        g_assert_cmphex (get (nic, R_ISR, 2), ==, INT_ROK);
    }
    set (nic, R_CAPR, 1024 - 16, 2);
    nic_settle (nic);
    g_assert_cmpuint (get (nic, R_CBR, 2), ==, 0); /* it has come */
}

/* A driver keeps little more than one of Ethernet's frames free behind a buffer that does not wrap. */
static void
test_overlong_frames_do_not_overshoot (struct nic *nic, gconstpointer data)
{
    uint8_t frame[1519] = { 0 };

    set (nic, R_RCR, RCR_USUAL | RCR_NO_WRAP, 4);
    memcpy (frame, nic_mac, 6);
    nic_give (nic, frame, sizeof frame);
    g_assert_cmpuint (get (nic, R_CBR, 2), ==, 0);
    nic_give (nic, frame, sizeof frame - 1);
    g_assert_cmpuint (get (nic, R_CBR, 2), ==, 1528);
    set (nic, R_RCR, RCR_USUAL, 4);
    nic_give (nic, frame, sizeof frame);
    g_assert_cmpuint (get (nic, R_CBR, 2), ==, 1528 + 1528);
}

static void
test_loopback (struct nic *nic, gconstpointer data)
{
    uint8_t frame[60] = { 0 };

    memcpy (frame, nic_mac, 6);
    set (nic, R_TCR, 3u << 17, 4);
    send_by_slot (nic, 0, frame, sizeof frame);
    g_assert_cmpuint (nic_take (nic), ==, 0);
    g_assert_cmphex (get (nic, R_CR, 1) & CR_EMPTY, ==, 0);
    g_assert_cmpmem (nic->m->ram + RX_BUFFER + 4, 60, frame, 60);
    /* Into its own registers: no. */
    set (nic, R_RBSTART, NIC_MMIO, 4);
    send_by_slot (nic, 1, frame, sizeof frame);
    nic_settle (nic);
    g_assert_cmphex (get (nic, R_IDR, 4), ==, load_le32 (nic_mac));
    g_assert_cmpuint (nic->m->n_broken, ==, 0);
}

static void
test_plain_chip (gconstpointer data)
{
    struct rtl8139_config config = { .mac = "52:54:00:12:34:56", .c_plus = false };
    struct nic *nic = g_new0 (struct nic, 1);
    struct device_args args;
    struct device *device;

    nic_set_up (nic, &rtl8139_class);
    args = test_device_args (nic->m, &rtl8139_class, "net1");
    args.config = &config;
    args.slot = 4;
    args.net = net_create (nic->m->env.loop);
    g_assert_cmpint (rtl8139_class.create (&args, &device), ==, 0);
    test_pci_place_bar (nic->m, PCI_DEVFN (4, 0), 1, NIC_MMIO);
    g_assert_cmphex (pci_config_read (nic->m->env.pci, PCI_DEVFN (4, 0), PCI_REVISION, 1), ==,
                     0x10);
    g_assert_cmphex (get (nic, R_TCR, 4) & 0x7cc00000, ==, 0x74000000);
    set (nic, R_CPCR, 3, 2);
    g_assert_cmphex (get (nic, R_CPCR, 2), ==, 0);
    device_destroy (device);
    nic_tear_down (nic);
    g_free (nic);
}

static void
test_random_pokes (struct nic *nic, gconstpointer data)
{
    g_autoptr (GRand) rand = g_rand_new_with_seed (0x8139);

    for (unsigned i = 0; i < 200000; i++) {
        unsigned offset = (unsigned) g_rand_int_range (rand, 0, 256);
        uint32_t value = g_rand_int (rand) >> g_rand_int_range (rand, 0, 32);
        unsigned size = 1u << g_rand_int_range (rand, 0, 3);

        if (g_rand_int_range (rand, 0, 4))
            set (nic, offset, value, size);
        else
            get (nic, offset, size);
        if (i % 32 == 0) {
            uint8_t frame[1600] = { 0 };

            memcpy (frame, nic_mac, 6);
            nic_offer (nic, frame, 14 + value % 1500);
            loop_iterate (nic->m->env.loop, 0);
            store_le32 (nic->m->ram + value % (TEST_MACHINE_RAM_BYTES - 4),
                        g_rand_int (rand) | DESC_OWN);
        }
        if (i % 500 == 0) {
            while (nic_take (nic))
                ;
            device_reset (nic->device);
            start (nic);
            set (nic, R_CPCR, i % 1000 ? 0x63 : 0, 2);
        }
    }
}

int
main (int argc, char **argv)
{
    static const struct {
        const char *path;
        void (*test) (struct nic *nic, gconstpointer data);
        gconstpointer data;
    } tests[] = {
        { "is-an-8139c-plus", test_is_an_8139c_plus, NULL },
        { "registers-in-any-width", test_registers_in_any_width, NULL },
        { "eeprom-by-its-pins", test_eeprom_by_its_pins, NULL },
        { "soft-reset-keeps-the-address", test_soft_reset_keeps_the_address, NULL },
        { "link-follows-the-cable", test_link_follows_the_cable, NULL },
        { "negotiation", test_negotiation, NULL },
        { "timer-counts-and-interrupts", test_timer_counts_and_interrupts, NULL },
        { "slots-send-in-turn", test_slots_send_in_turn, NULL },
        { "slots-that-cannot-be-sent", test_slots_that_cannot_be_sent, NULL },
        { "frames-follow-each-other", test_frames_follow_each_other, NULL },
        { "addresses-are-filtered", test_addresses_are_filtered, NULL },
        { "ring-wraps", test_ring_wraps, GINT_TO_POINTER (1) },
        { "ring-overshoots", test_ring_wraps, GINT_TO_POINTER (0) },
        { "header-is-the-rings-end-and-wraps", test_header_is_the_rings_end, GINT_TO_POINTER (1) },
        { "header-is-the-rings-end-and-overshoots", test_header_is_the_rings_end,
          GINT_TO_POINTER (0) },
        { "ring-is-never-full", test_ring_is_never_full, NULL },
        { "frames-left-in-the-ring-are-told-again", test_frames_left_in_the_ring_are_told_again,
          NULL },
        { "overlong-frames-do-not-overshoot", test_overlong_frames_do_not_overshoot, NULL },
        { "loopback", test_loopback, NULL },
        { "random-pokes", test_random_pokes, NULL },
    };

    g_test_init (&argc, &argv, NULL);
    for (unsigned i = 0; i < G_N_ELEMENTS (tests); i++) {
        g_autofree char *path = g_strconcat ("/rtl8139/", tests[i].path, NULL);

        g_test_add (path, struct nic, tests[i].data, set_up, tests[i].test, tear_down);
    }
    g_test_add_data_func ("/rtl8139/plain-chip", NULL, test_plain_chip);
    return g_test_run ();
}
