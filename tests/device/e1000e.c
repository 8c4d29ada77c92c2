/* SPDX-License-Identifier: GPL-2.0-or-later */
/* e1000e.c - promises of the 82574L: identity, NVM, PHY, link, interrupts, resets, and no harm from
 * anything a guest may do. */
#include <errno.h>
#include <string.h>

#include "e1000e-driver.h"

#define MSIX_TABLE (NIC_MMIO + 0x100000)

/* --- identity, NVM, semaphores ------------------------------------------------------------------ */

static void
test_is_an_82574l (struct driver *d, gconstpointer data)
{
    struct pci_bus *pci = d->nic.m->env.pci;
    unsigned msix = test_pci_find_cap (d->nic.m, NIC_DEVFN, PCI_CAP_MSIX, 0);

    g_assert_cmphex (pci_config_read (pci, NIC_DEVFN, PCI_VENDOR_ID, 4), ==, 0x10d38086);
    g_assert_cmphex (pci_config_read (pci, NIC_DEVFN, PCI_REVISION, 4), ==, 0x02000000);
    g_assert_cmphex (pci_config_read (pci, NIC_DEVFN, msix + 2, 2), ==, 4);
    g_assert_cmpuint (test_pci_find_cap (d->nic.m, NIC_DEVFN, PCI_CAP_MSI, 0), !=, 0);
    g_assert_cmphex (nic_read (&d->nic, R_RA), ==, 0x12005452);
    g_assert_cmphex (nic_read (&d->nic, R_RA + 4), ==, 0x80005634);
}

static uint16_t
nvm_read (struct driver *d, unsigned word)
{
    nic_write (&d->nic, R_EERD, word << 2 | 1);
    g_assert_cmphex (nic_read (&d->nic, R_EERD) & 2, ==, 2);
    return (uint16_t) (nic_read (&d->nic, R_EERD) >> 16);
}

static void
test_nvm_sums_up_and_keeps_what_is_written (struct driver *d, gconstpointer data)
{
    uint16_t sum = 0;

    for (unsigned i = 0; i < 64; i++)
        sum = (uint16_t) (sum + nvm_read (d, i));
    g_assert_cmphex (sum, ==, 0xbaba);
    g_assert_cmphex (nvm_read (d, 0), ==, 0x5452);
    g_assert_cmphex (nvm_read (d, 2), ==, 0x5634);
    g_assert_cmphex (nvm_read (d, 0x3fff), ==, 0);
    nic_write (&d->nic, R_EEWR, 0x7856u << 16 | 2 << 2 | 1);
    nic_write (&d->nic, R_EEWR, 0xffffu << 16 | 0x3fff << 2 | 1);
    g_assert_cmphex (nic_read (&d->nic, R_EEWR) & 3, ==, 2);
    nic_write (&d->nic, R_CTRL, CTRL_RST);
    g_assert_cmphex (nvm_read (d, 2), ==, 0x7856);
    g_assert_cmphex (nic_read (&d->nic, R_RA + 4), ==, 0x80007856);
}

static void
test_semaphores_are_to_be_had (struct driver *d, gconstpointer data)
{
    g_assert_cmphex (nic_read (&d->nic, R_SWSM) & 1, ==, 0); /* and taken by that */
    g_assert_cmphex (nic_read (&d->nic, R_SWSM) & 1, ==, 1);
    nic_write (&d->nic, R_SWSM, 2);
    g_assert_cmphex (nic_read (&d->nic, R_SWSM) & 3, ==, 2);
    nic_write (&d->nic, R_EXTCNF_CTRL, 0x20);
    g_assert_cmphex (nic_read (&d->nic, R_EXTCNF_CTRL) & 0x20, ==, 0x20);
    g_assert_cmphex (nic_read (&d->nic, R_EEMNGCTL) & BIT (18), ==, BIT (18));
    nic_write (&d->nic, R_EECD, BIT (6));
    g_assert_cmphex (nic_read (&d->nic, R_EECD) & 0x3c0, ==, 0x3c0);
}

static void
test_registers_through_the_io_window (struct driver *d, gconstpointer data)
{
    test_out32 (d->nic.m, NIC_IO, R_VET);
    g_assert_cmphex (test_in32 (d->nic.m, NIC_IO), ==, R_VET);
    g_assert_cmphex (test_in32 (d->nic.m, NIC_IO + 4), ==, 0x8100);
    test_out32 (d->nic.m, NIC_IO + 4, 0x88a8);
    g_assert_cmphex (nic_read (&d->nic, R_VET), ==, 0x88a8);
    test_out32 (d->nic.m, NIC_IO, 0xfffffffc);
    test_out32 (d->nic.m, NIC_IO + 4, 0xffffffff);
    g_assert_cmphex (test_in32 (d->nic.m, NIC_IO + 4), ==, 0);
    test_mmio_write (d->nic.m, NIC_MMIO + R_VET, 0, 2); /* only whole registers */
    g_assert_cmphex (test_mmio_read (d->nic.m, NIC_MMIO + R_VET, 1), ==, 0xa8);
    g_assert_cmphex (test_mmio_read (d->nic.m, NIC_MMIO + R_VET + 1, 1), ==, 0x88);
    g_assert_cmphex (nic_read (&d->nic, 0x1fffc), ==, 0);
}

/* --- PHY and link ------------------------------------------------------------------------------- */

static void
test_phy_is_the_bm (struct driver *d, gconstpointer data)
{
    g_assert_cmphex (driver_phy_read (d, 2), ==, 0x0141);
    g_assert_cmphex (driver_phy_read (d, 3), ==, 0x0cb1);
    driver_phy_write (d, 22, 2);
    g_assert_cmphex (driver_phy_read (d, 2), ==, 0);
    driver_phy_write (d, 4, 0xffff);
    driver_phy_write (d, 22, 0);
    g_assert_cmphex (driver_phy_read (d, 4), ==, 0x0de1);
    driver_phy_write (d, 2, 0);
    g_assert_cmphex (driver_phy_read (d, 2), ==, 0x0141);
    nic_write (&d->nic, R_MDIC, 2u << 26 | 5u << 21); /* nobody there */
    g_assert_cmphex (nic_read (&d->nic, R_MDIC) >> 28 & 5, ==, 5);
    nic_read (&d->nic, R_ICR);
    nic_write (&d->nic, R_MDIC, BIT (29) | 2u << 26 | 1u << 21 | 3u << 16);
    g_assert_cmphex (nic_read (&d->nic, R_ICR) & CAUSE_MDAC, ==, CAUSE_MDAC);
}

static void
test_link_follows_the_cable (struct driver *d, gconstpointer data)
{
    g_assert_cmphex (nic_read (&d->nic, R_STATUS) & 0xc3, ==, 0x83);
    g_assert_cmphex (driver_phy_read (d, 1) & 0x24, ==, 0x24);
    g_assert_cmphex (driver_phy_read (d, 17) & 0xec00, ==, 0xac00);
    nic_read (&d->nic, R_ICR);
    net_set_link (d->nic.net, false);
    nic_settle (&d->nic);
    g_assert_cmphex (nic_read (&d->nic, R_STATUS) & 2, ==, 0);
    g_assert_cmphex (nic_read (&d->nic, R_ICR) & CAUSE_LSC, ==, CAUSE_LSC);
    net_set_link (d->nic.net, true);
    nic_settle (&d->nic);
    g_assert_cmphex (nic_read (&d->nic, R_STATUS) & 2, ==, 2);
    g_assert_cmphex (driver_phy_read (d, 1) & 4, ==, 0); /* it was down */
    g_assert_cmphex (driver_phy_read (d, 1) & 4, ==, 4);
    g_assert_cmphex (nic_read (&d->nic, R_ICR) & CAUSE_LSC, ==, CAUSE_LSC);
}

static void
test_link_follows_phy_and_mac (struct driver *d, gconstpointer data)
{
    driver_phy_write (d, 0, 0x1940); /* power down */
    g_assert_cmphex (nic_read (&d->nic, R_STATUS) & 2, ==, 0);
    driver_phy_write (d, 0, 0x1140);
    g_assert_cmphex (nic_read (&d->nic, R_STATUS) & 2, ==, 2);
    nic_write (&d->nic, R_CTRL, nic_read (&d->nic, R_CTRL) & ~CTRL_SLU);
    g_assert_cmphex (nic_read (&d->nic, R_STATUS) & 2, ==, 0);
    nic_write (&d->nic, R_CTRL, nic_read (&d->nic, R_CTRL) | CTRL_SLU);
    nic_read (&d->nic, R_ICR);
    driver_phy_write (d, 9, 0); /* no 1000BASE-T */
    driver_phy_write (d, 0, 0x1340);
    g_assert_cmphex (nic_read (&d->nic, R_STATUS) & 0xc2, ==, 0x42);
    g_assert_cmphex (nic_read (&d->nic, R_ICR) & CAUSE_LSC, ==, CAUSE_LSC);
    driver_phy_write (d, 4, 0x0061);
    g_assert_cmphex (nic_read (&d->nic, R_STATUS) & 0xc2, ==, 0x02);
    driver_phy_write (d, 0, 0x8000);
    g_assert_cmphex (driver_phy_read (d, 0), ==, 0x1140);
    g_assert_cmphex (nic_read (&d->nic, R_STATUS) & 0xc2, ==, 0x82);
    nic_write (&d->nic, R_CTRL, nic_read (&d->nic, R_CTRL) | BIT (2));
    g_assert_cmphex (nic_read (&d->nic, R_STATUS) & BIT (19), ==, 0);
}

/* --- interrupts without MSI-X ------------------------------------------------------------------- */

static void
test_line_follows_cause_and_mask (struct driver *d, gconstpointer data)
{
    bool *intx = &d->nic.m->intx[3][0];

    nic_read (&d->nic, R_ICR);
    nic_write (&d->nic, R_ICS, CAUSE_LSC);
    g_assert_false (*intx);
    nic_write (&d->nic, R_IMS, CAUSE_LSC | CAUSE_RXT0);
    g_assert_true (*intx);
    g_assert_cmphex (nic_read (&d->nic, R_IMS), ==, CAUSE_LSC | CAUSE_RXT0);
    nic_write (&d->nic, R_IMC, CAUSE_LSC);
    g_assert_false (*intx);
    /* Not asserted, but something is enabled: reading leaves it. */
    g_assert_cmphex (nic_read (&d->nic, R_ICR), ==, CAUSE_LSC | CAUSE_OTHER);
    nic_write (&d->nic, R_IMS, CAUSE_LSC);
    g_assert_true (*intx);
    g_assert_cmphex (nic_read (&d->nic, R_ICR), ==, BIT (31) | CAUSE_LSC | CAUSE_OTHER);
    g_assert_false (*intx);
    g_assert_cmphex (nic_read (&d->nic, R_ICR), ==, 0);
    nic_write (&d->nic, R_ICS, CAUSE_RXT0 | CAUSE_LSC);
    nic_write (&d->nic, R_ICR, CAUSE_LSC);
    g_assert_true (*intx);
    nic_write (&d->nic, R_ICR, CAUSE_RXT0);
    g_assert_false (*intx);
}

static void
test_reading_masks_automatically (struct driver *d, gconstpointer data)
{
    nic_read (&d->nic, R_ICR);
    nic_write (&d->nic, R_IAM, CAUSE_RXT0);
    nic_write (&d->nic, R_IMS, CAUSE_RXT0 | CAUSE_LSC);
    nic_write (&d->nic, R_ICS, CAUSE_LSC);
    nic_read (&d->nic, R_ICR);
    g_assert_cmphex (nic_read (&d->nic, R_IMS), ==, CAUSE_RXT0 | CAUSE_LSC); /* not enabled */
    nic_write (&d->nic, R_CTRL_EXT, CTRL_EXT_IAME);
    nic_write (&d->nic, R_ICS, CAUSE_LSC);
    nic_read (&d->nic, R_ICR);
    g_assert_cmphex (nic_read (&d->nic, R_IMS), ==, CAUSE_LSC);
}

static void
enable_msi (struct driver *d)
{
    unsigned cap = test_pci_find_cap (d->nic.m, NIC_DEVFN, PCI_CAP_MSI, 0);

    pci_config_write (d->nic.m->env.pci, NIC_DEVFN, cap + 4, NIC_MSI, 4);
    pci_config_write (d->nic.m->env.pci, NIC_DEVFN, cap + 12, 0x77, 2);
    pci_config_write (d->nic.m->env.pci, NIC_DEVFN, cap + 2, 1, 2);
}

static void
test_msi_tells_each_event (struct driver *d, gconstpointer data)
{
    nic_read (&d->nic, R_ICR);
    enable_msi (d);
    nic_write (&d->nic, R_IMS, CAUSE_RXT0 | CAUSE_LSC);
    nic_write (&d->nic, R_ICS, CAUSE_RXT0);
    g_assert_cmpuint (d->nic.m->n_msis, ==, 1);
    g_assert_cmphex (d->nic.m->last_msi.data, ==, 0x77);
    g_assert_false (d->nic.m->intx[3][0]);
    nic_write (&d->nic, R_ICS, CAUSE_LSC); /* another, though ICR was not read */
    g_assert_cmpuint (d->nic.m->n_msis, ==, 2);
    nic_write (&d->nic, R_ICS, CAUSE_LSC); /* the same again */
    g_assert_cmpuint (d->nic.m->n_msis, ==, 3);
    nic_read (&d->nic, R_ICR);
    nic_write (&d->nic, R_ICS, CAUSE_TXDW); /* masked */
    g_assert_cmpuint (d->nic.m->n_msis, ==, 3);
}

/* --- MSI-X ------------------------------------------------------------------------------------- */

/* Receive 0, transmit 1, other 2, as Linux does it; each message's data is its vector. */
static void
enable_msix (struct driver *d)
{
    unsigned cap = test_pci_find_cap (d->nic.m, NIC_DEVFN, PCI_CAP_MSIX, 0);

    nic_read (&d->nic, R_ICR);
    for (unsigned i = 0; i < 5; i++) {
        test_mmio_write (d->nic.m, MSIX_TABLE + 16 * i, NIC_MSI, 4);
        test_mmio_write (d->nic.m, MSIX_TABLE + 16 * i + 8, i, 4);
        test_mmio_write (d->nic.m, MSIX_TABLE + 16 * i + 12, 0, 4);
    }
    pci_config_write (d->nic.m->env.pci, NIC_DEVFN, cap + 2, 0x8000, 2);
    nic_write (&d->nic, R_IVAR, 0x80000000 | 8 | 9 << 8 | 10 << 16);
    nic_write (&d->nic, R_EIAC, CAUSE_RXQ0 | CAUSE_TXQ0);
    nic_write (&d->nic, R_IMS, CAUSE_RXQ0 | CAUSE_TXQ0 | CAUSE_OTHER | CAUSE_LSC);
}

static void
expect_msi (struct driver *d, unsigned n, unsigned vector)
{
    g_assert_cmpuint (d->nic.m->n_msis, ==, n);
    g_assert_cmphex (d->nic.m->last_msi.data, ==, vector);
}

static void
test_vectors_have_their_causes (struct driver *d, gconstpointer data)
{
    uint8_t frame[100];

    nic_make_frame (frame, NIC_UDP4, nic_mac, nic_peer, 50);
    enable_msix (d);
    nic_give (&d->nic, frame, sizeof frame - 8);
    expect_msi (d, 1, 0);
    driver_send (d, frame, sizeof frame, 0); /* without RS: IVAR wants each write-back */
    expect_msi (d, 2, 1);
    net_set_link (d->nic.net, false);
    nic_settle (&d->nic);
    expect_msi (d, 3, 2);
    g_assert_false (d->nic.m->intx[3][0]);
    /* What is in EIAC is gone by itself; the rest is there to be read, once. */
    g_assert_cmphex (nic_read (&d->nic, R_ICR) & (CAUSE_RXQ0 | CAUSE_TXQ0 | CAUSE_LSC), ==,
                     CAUSE_LSC);
    g_assert_cmphex (nic_read (&d->nic, R_ICR), ==, 0);
    nic_write (&d->nic, R_ICS, CAUSE_RXQ0 | CAUSE_TXQ0);
    g_assert_cmpuint (d->nic.m->n_msis, ==, 5);
}

static void
test_delivery_masks_automatically (struct driver *d, gconstpointer data)
{
    enable_msix (d);
    nic_write (&d->nic, R_IAM, 0xffffffff);
    nic_write (&d->nic, R_CTRL_EXT, CTRL_EXT_EIAME | CTRL_EXT_IAME);
    nic_write (&d->nic, R_ICS, CAUSE_RXQ0);
    expect_msi (d, 1, 0);
    nic_write (&d->nic, R_ICS, CAUSE_RXQ0); /* while the guest polls */
    expect_msi (d, 1, 0);
    nic_write (&d->nic, R_IMS, CAUSE_RXQ0); /* it is done: there was something meanwhile */
    expect_msi (d, 2, 0);
    nic_write (&d->nic, R_ICS, CAUSE_LSC | CAUSE_OTHER);
    expect_msi (d, 3, 2);
    /* Reading ICR does not mask the queues: nobody would unmask them. */
    nic_write (&d->nic, R_IMS, CAUSE_RXQ0 | CAUSE_TXQ0);
    g_assert_cmphex (nic_read (&d->nic, R_ICR) & CAUSE_LSC, ==, CAUSE_LSC);
    g_assert_cmphex (nic_read (&d->nic, R_IMS) & (CAUSE_RXQ0 | CAUSE_TXQ0), ==,
                     CAUSE_RXQ0 | CAUSE_TXQ0);
    nic_write (&d->nic, R_IMS, CAUSE_OTHER | CAUSE_LSC);
    expect_msi (d, 3, 2);
}

static void
test_invalid_vectors_are_silent (struct driver *d, gconstpointer data)
{
    enable_msix (d);
    nic_write (&d->nic, R_IVAR, 0x00080f0f); /* 7 does not exist, other is 0 */
    nic_write (&d->nic, R_ICS, CAUSE_RXQ0 | CAUSE_TXQ0);
    g_assert_cmpuint (d->nic.m->n_msis, ==, 0);
    nic_write (&d->nic, R_IVAR, 0);
    nic_write (&d->nic, R_ICS, CAUSE_LSC);
    g_assert_cmpuint (d->nic.m->n_msis, ==, 0);
    nic_write (&d->nic, R_IVAR, 12);
    expect_msi (d, 1, 4);
}

/* --- throttles ---------------------------------------------------------------------------------- */

static bool
has_two (void *opaque)
{
    return ((struct test_machine *) opaque)->n_msis >= 2;
}

/* 16 ms between two messages of a vector; other vectors do not wait. */
static void
test_throttle_keeps_its_distance (struct driver *d, gconstpointer data)
{
    int64_t start = loop_now_ns ();

    enable_msix (d);
    nic_write (&d->nic, R_EITR, 62500);
    nic_write (&d->nic, R_ICS, CAUSE_RXQ0);
    expect_msi (d, 1, 0);
    nic_write (&d->nic, R_ICS, CAUSE_RXQ0);
    nic_write (&d->nic, R_ICS, CAUSE_RXQ0);
    if (loop_now_ns () < start + 15000000)
        expect_msi (d, 1, 0);
    test_machine_wait (d->nic.m, has_two, d->nic.m);
    g_assert_cmpint (loop_now_ns (), >=, start + 16000000);
    nic_settle (&d->nic);
    expect_msi (d, 2, 0);
    nic_write (&d->nic, R_ICS, CAUSE_TXQ0);
    expect_msi (d, 3, 1);
}

static bool
line_is_up (void *opaque)
{
    return ((struct test_machine *) opaque)->intx[3][0];
}

static void
test_throttle_of_the_line (struct driver *d, gconstpointer data)
{
    int64_t start;

    nic_read (&d->nic, R_ICR);
    nic_write (&d->nic, R_ITR, 62500);
    nic_write (&d->nic, R_IMS, CAUSE_RXT0);
    start = loop_now_ns ();
    nic_write (&d->nic, R_ICS, CAUSE_RXT0);
    g_assert_true (line_is_up (d->nic.m));
    nic_read (&d->nic, R_ICR);
    g_assert_false (line_is_up (d->nic.m));
    nic_write (&d->nic, R_ICS, CAUSE_RXT0);
    test_machine_wait (d->nic.m, line_is_up, d->nic.m);
    g_assert_cmpint (loop_now_ns (), >=, start + 16000000);
}

/* --- the rest ----------------------------------------------------------------------------------- */

static void
test_counters_count_and_clear (struct driver *d, gconstpointer data)
{
    uint8_t frame[100] = { 0 };

    memcpy (frame, nic_mac, 6);
    nic_give (&d->nic, frame, 60);
    nic_give (&d->nic, frame, 100);
    memset (frame, 0xff, 6);
    nic_give (&d->nic, frame, 60);
    g_assert_cmpuint (nic_read (&d->nic, 0x405c), ==, 2);   /* 64 bytes */
    g_assert_cmpuint (nic_read (&d->nic, 0x4060), ==, 1);   /* to 127 */
    g_assert_cmpuint (nic_read (&d->nic, 0x4078), ==, 1);   /* broadcasts */
    g_assert_cmpuint (nic_read (&d->nic, 0x4088), ==, 232); /* octets */
    g_assert_cmpuint (nic_read (&d->nic, 0x4088), ==, 232);
    g_assert_cmpuint (nic_read (&d->nic, 0x408c), ==, 0);
    g_assert_cmpuint (nic_read (&d->nic, 0x4088), ==, 0);
    g_assert_cmpuint (nic_read (&d->nic, 0x4074), ==, 3);
    g_assert_cmpuint (nic_read (&d->nic, 0x4074), ==, 0);
    driver_send (d, frame, 60, 0);
    g_assert_cmpuint (nic_read (&d->nic, 0x4080), ==, 1);
    g_assert_cmpuint (nic_read (&d->nic, 0x40f4), ==, 1);
    nic_write (&d->nic, 0x40d0, 55);
    g_assert_cmpuint (nic_read (&d->nic, 0x40d0), ==, 3);
}

static void
test_clock_runs (struct driver *d, gconstpointer data)
{
    uint64_t first, second;

    nic_write (&d->nic, R_TIMINCA, 1u << 24 | 40);
    nic_write (&d->nic, R_SYSTIML, 0);
    nic_write (&d->nic, R_SYSTIMH, 5);
    first = nic_read (&d->nic, R_SYSTIML) | (uint64_t) nic_read (&d->nic, R_SYSTIMH) << 32;
    g_usleep (2000);
    second = nic_read (&d->nic, R_SYSTIML) | (uint64_t) nic_read (&d->nic, R_SYSTIMH) << 32;
    g_assert_cmpuint (first, >=, 5ull << 32);
    g_assert_cmpuint (second - first, >=, 2000000);
    nic_write (&d->nic, R_TIMINCA, 0); /* stands still */
    first = nic_read (&d->nic, R_SYSTIML);
    g_assert_cmpuint (nic_read (&d->nic, R_SYSTIML), ==, first);
}

static void
test_resets_leave_nothing (struct driver *d, gconstpointer data)
{
    uint8_t frame[60] = { 0 };

    nic_write (&d->nic, R_IMS, 0xffffffff);
    nic_write (&d->nic, R_VET, 0x1234);
    memcpy (frame, nic_mac, 6);
    driver_put (d, 0, TX_DATA, 30, 0); /* half a frame */
    driver_kick (d, 0);
    nic_write (&d->nic, R_CTRL, CTRL_RST);
    g_assert_false (d->nic.m->intx[3][0]);
    g_assert_cmphex (nic_read (&d->nic, R_IMS), ==, 0);
    g_assert_cmphex (nic_read (&d->nic, R_CTRL) & CTRL_RST, ==, 0);
    g_assert_cmphex (nic_read (&d->nic, R_VET), ==, 0x8100);
    g_assert_cmphex (nic_read (&d->nic, R_STATUS) & 2, ==, 2);
    nic_give (&d->nic, frame, sizeof frame);
    g_assert_cmphex (driver_rx_status (d, 0), ==, 0);
    driver_start (d);
    driver_send (d, frame, sizeof frame, TX_RS);
    g_assert_cmpuint (nic_take (&d->nic), ==, sizeof frame);
    driver_put (d, 0, TX_DATA, TX_EOP | 60, 0);
    nic_write (&d->nic, R_TDT, d->tx_tail[0]); /* work is queued */
    device_reset (d->nic.device);
    g_assert_cmpuint (nic_take (&d->nic), ==, 0);
    g_assert_cmphex (pci_config_read (d->nic.m->env.pci, NIC_DEVFN, PCI_COMMAND, 2), ==, 0);
}

static void
test_bad_addresses_are_refused (struct driver *d, gconstpointer data)
{
    static const char *const texts[] = { "",
                                         "00:00:00:00:00:00",
                                         "53:54:00:12:34:56",
                                         "52:54:00:12:34",
                                         "52:54:00:12:34:5g",
                                         "52-54-00-12-34-56",
                                         "52:54:00:12:34: 6" };

    for (unsigned i = 0; i < G_N_ELEMENTS (texts); i++) {
        struct device_args args = test_device_args (d->nic.m, &e1000e_class, "net1");
        struct e1000e_config config = { 0 };
        struct device *device = NULL;

        strcpy (config.mac, texts[i]);
        args.config = &config;
        args.slot = 4;
        g_assert_cmpint (e1000e_class.create (&args, &device), ==, -EINVAL);
    }
}

/* Any register, any value, any width, rings anywhere, frames coming in. */
static void
test_random_pokes (struct driver *d, gconstpointer data)
{
    g_autoptr (GRand) rand = g_rand_new_with_seed (0x5eed);
    static const unsigned hot[] = { R_RCTL, R_TCTL, R_TDT,  R_RDT,   R_TDH,  R_RDH,    R_TDLEN,
                                    R_MDIC, R_IMS,  R_IVAR, R_RFCTL, R_CTRL, R_PSRCTL, R_EITR };

    for (unsigned i = 0; i < 200000; i++) {
        uint32_t value = g_rand_int (rand);
        unsigned offset = g_rand_boolean (rand) ? hot[value % G_N_ELEMENTS (hot)]
                                                : (unsigned) g_rand_int_range (rand, 0, 0x20000);
        unsigned size = 1u << g_rand_int_range (rand, 0, 4);

        value = g_rand_int (rand) >> g_rand_int_range (rand, 0, 32);
        if (offset == R_CTRL)
            value &= ~CTRL_RST;
        if (g_rand_int_range (rand, 0, 3))
            test_mmio_write (d->nic.m, NIC_MMIO + (offset & ~3u), value, 4);
        else if (g_rand_boolean (rand))
            test_mmio_write (d->nic.m, NIC_MMIO + offset, value, size);
        else
            test_mmio_read (d->nic.m, NIC_MMIO + offset, size);
        if (i % 64 == 0) {
            g_autofree uint8_t *frame = g_malloc0 (2000);

            memcpy (frame, nic_mac, 6);
            nic_offer (&d->nic, frame, 14 + value % 1900);
            loop_iterate (d->nic.m->env.loop, 0);
            store_le32 (d->nic.m->ram + value % (TEST_MACHINE_RAM_BYTES - 4), g_rand_int (rand));
        }
        if (i % 1000 == 0) {
            while (nic_take (&d->nic))
                ;
            device_reset (d->nic.device);
            test_pci_place_bar (d->nic.m, NIC_DEVFN, 0, NIC_MMIO);
            driver_start (d);
        }
    }
}

int
main (int argc, char **argv)
{
    static const struct driver_test tests[] = {
        { "is-an-82574l", test_is_an_82574l },
        { "nvm-sums-up-and-keeps-what-is-written", test_nvm_sums_up_and_keeps_what_is_written },
        { "semaphores-are-to-be-had", test_semaphores_are_to_be_had },
        { "registers-through-the-io-window", test_registers_through_the_io_window },
        { "phy-is-the-bm", test_phy_is_the_bm },
        { "link-follows-the-cable", test_link_follows_the_cable },
        { "link-follows-phy-and-mac", test_link_follows_phy_and_mac },
        { "line-follows-cause-and-mask", test_line_follows_cause_and_mask },
        { "reading-masks-automatically", test_reading_masks_automatically },
        { "msi-tells-each-event", test_msi_tells_each_event },
        { "vectors-have-their-causes", test_vectors_have_their_causes },
        { "delivery-masks-automatically", test_delivery_masks_automatically },
        { "invalid-vectors-are-silent", test_invalid_vectors_are_silent },
        { "throttle-keeps-its-distance", test_throttle_keeps_its_distance },
        { "throttle-of-the-line", test_throttle_of_the_line },
        { "counters-count-and-clear", test_counters_count_and_clear },
        { "clock-runs", test_clock_runs },
        { "resets-leave-nothing", test_resets_leave_nothing },
        { "bad-addresses-are-refused", test_bad_addresses_are_refused },
        { "random-pokes", test_random_pokes },
    };

    g_test_init (&argc, &argv, NULL);
    driver_add_tests ("/e1000e", tests, G_N_ELEMENTS (tests));
    return g_test_run ();
}
