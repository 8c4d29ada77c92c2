/* SPDX-License-Identifier: GPL-2.0-or-later */
/* e1000e-driver.c - what a driver of the 82574L does, for its tests. */
#include "e1000e-driver.h"

static void
start_queues (struct driver *d)
{
    struct nic *nic = &d->nic;

    for (unsigned i = 0; i < 2; i++) {
        memset (nic->m->ram + TX_RING (i), 0, RING_SIZE * 16);
        nic_write (nic, R_TDBAL + 0x100 * i, TX_RING (i));
        nic_write (nic, R_TDBAH + 0x100 * i, 0);
        nic_write (nic, R_TDLEN + 0x100 * i, RING_SIZE * 16);
        nic_write (nic, R_TDH + 0x100 * i, 0);
        nic_write (nic, R_TDT + 0x100 * i, 0);
        d->tx_tail[i] = 0;
    }
    for (unsigned i = 0; i < RING_SIZE; i++) {
        store_le64 (driver_rx_descriptor (d, i), RX_BUFFER (i));
        store_le64 (driver_rx_descriptor (d, i) + 8, 0);
    }
    nic_write (nic, R_RDBAL, RX_RING);
    nic_write (nic, R_RDBAH, 0);
    nic_write (nic, R_RDLEN, RING_SIZE * 16);
    nic_write (nic, R_RDH, 0);
}

void
driver_start (struct driver *d)
{
    start_queues (d);
    nic_write (&d->nic, R_RFCTL, RFCTL_EXTEN);
    nic_write (&d->nic, R_RXCSUM, BIT (8) | BIT (9));
    nic_write (&d->nic, R_TCTL, TCTL_EN);
    nic_write (&d->nic, R_RCTL, RCTL_EN | RCTL_BAM | RCTL_SECRC);
    driver_set_rx_tail (d, RING_SIZE - 1);
}

void
driver_set_up (struct driver *d, gconstpointer data)
{
    nic_set_up (&d->nic, &e1000e_class);
    test_pci_place_bar (d->nic.m, NIC_DEVFN, 0, NIC_MMIO);
    test_pci_place_bar (d->nic.m, NIC_DEVFN, 2, NIC_IO);
    test_pci_place_bar (d->nic.m, NIC_DEVFN, 3, NIC_MMIO + 0x100000);
    driver_start (d);
}

void
driver_tear_down (struct driver *d, gconstpointer data)
{
    nic_tear_down (&d->nic);
}

uint8_t *
driver_tx_descriptor (struct driver *d, unsigned queue, unsigned index)
{
    return d->nic.m->ram + TX_RING (queue) + 16 * index;
}

uint8_t *
driver_rx_descriptor (struct driver *d, unsigned index)
{
    return d->nic.m->ram + RX_RING + 16 * index;
}

uint32_t
driver_rx_status (struct driver *d, unsigned index)
{
    return load_le32 (driver_rx_descriptor (d, index) + 8);
}

void
driver_set_rx_tail (struct driver *d, unsigned index)
{
    d->rx_tail = index;
    nic_write (&d->nic, R_RDT, index);
    nic_settle (&d->nic);
}

void
driver_put (struct driver *d, unsigned queue, uint64_t address, uint32_t command, uint32_t options)
{
    uint8_t *descriptor = driver_tx_descriptor (d, queue, d->tx_tail[queue]);

    store_le64 (descriptor, address);
    store_le32 (descriptor + 8, command);
    store_le32 (descriptor + 12, options);
    d->tx_tail[queue] = (d->tx_tail[queue] + 1) % RING_SIZE;
}

void
driver_kick (struct driver *d, unsigned queue)
{
    nic_write (&d->nic, R_TDT + 0x100 * queue, d->tx_tail[queue]);
    nic_settle (&d->nic);
}

void
driver_send (struct driver *d, const uint8_t *frame, size_t len, uint32_t command)
{
    memcpy (d->nic.m->ram + TX_DATA, frame, len);
    driver_put (d, 0, TX_DATA, command | TX_EOP | (uint32_t) len, 0);
    driver_kick (d, 0);
}

void
driver_put_context (struct driver *d, enum nic_protocol protocol, unsigned mss)
{
    uint32_t l4 = (uint32_t) nic_l4 (protocol), field = (uint32_t) nic_checksum_field (protocol);
    bool v4 = protocol == NIC_TCP4 || protocol == NIC_UDP4;
    bool tcp = protocol == NIC_TCP4 || protocol == NIC_TCP6;
    uint64_t places =
        14 | (v4 ? 24u : 0) << 8 | (l4 - 1) << 16 | (uint64_t) (l4 | field << 8) << 32;

    driver_put (d, 0, places, TX_DEXT | (v4 ? TX_IPV4 : 0) | (tcp ? TX_TCP : 0),
                (uint32_t) nic_payload (protocol) << 8 | mss << 16);
}

void
driver_phy_write (struct driver *d, unsigned reg, uint16_t value)
{
    nic_write (&d->nic, R_MDIC, 1u << 26 | 1u << 21 | reg << 16 | value);
    g_assert_cmphex (nic_read (&d->nic, R_MDIC) >> 28 & 5, ==, 1);
}

uint16_t
driver_phy_read (struct driver *d, unsigned reg)
{
    nic_write (&d->nic, R_MDIC, 2u << 26 | 1u << 21 | reg << 16);
    g_assert_cmphex (nic_read (&d->nic, R_MDIC) >> 28 & 5, ==, 1);
    return (uint16_t) nic_read (&d->nic, R_MDIC);
}

void
driver_add_tests (const char *folder, const struct driver_test *tests, unsigned n_tests)
{
    for (unsigned i = 0; i < n_tests; i++) {
        g_autofree char *path = g_strdup_printf ("%s/%s", folder, tests[i].path);

        g_test_add (path, struct driver, NULL, driver_set_up, tests[i].test, driver_tear_down);
    }
}
