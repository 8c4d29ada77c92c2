/* SPDX-License-Identifier: GPL-2.0-or-later */
/* e1000e-driver.h - what a driver of the 82574L does, for its tests. */
#pragma once

#include "e1000e-private.h"
#include "nic-fixture.h"

/* Where the driver keeps its things in guest memory. */
#define TX_RING(queue) (0x10000u + 0x4000u * (queue))
#define TX_DATA        0x20000u
#define RX_RING        0x40000u
#define RX_BUFFER(i)   (0x100000u + 0x4000u * (i))
#define RING_SIZE      16

/* Descriptor bits (§7.1, §7.2). */
#define TX_EOP        (1u << 24)
#define TX_LEGACY_SUM (1u << 26)
#define TX_TSE        (1u << 26)
#define TX_RS         (1u << 27)
#define TX_DEXT       (1u << 29)
#define TX_VLE        (1u << 30)
#define TX_DATA_TYPE  (1u << 20)
#define TX_SUM_IP     (1u << 8)
#define TX_SUM_L4     (2u << 8)
#define TX_TCP        (1u << 24)
#define TX_IPV4       (2u << 24)
#define RX_DD         0x01u
#define RX_EOP        0x02u
#define RX_IXSM       0x04u
#define RX_VP         0x08u
#define RX_UDPCS      0x10u
#define RX_TCPCS      0x20u
#define RX_IPCS       0x40u
#define RX_PIF        0x80u
#define RX_TCPE       0x20000000u
#define RX_IPE        0x40000000u

struct driver {
    struct nic nic;
    uint32_t tx_tail[2];
    uint32_t rx_tail;
};

/* Places the card, sets up both transmit rings and a receive ring of extended descriptors with 2048-byte
 * buffers (RING_SIZE - 1 of them the card's), and switches everything on.  No interrupts yet. */
void driver_set_up (struct driver *d, gconstpointer data);
void driver_tear_down (struct driver *d, gconstpointer data);

struct driver_test {
    const char *path; /* below its program's folder */
    void (*test) (struct driver *d, gconstpointer data);
};

/* Each with a driver that was set up as above. */
void driver_add_tests (const char *folder, const struct driver_test *tests, unsigned n_tests);

/* The set-up again, after a reset. */
void driver_start (struct driver *d);

/* Puts a descriptor of four words into QUEUE without telling the card. */
void driver_put (struct driver *d, unsigned queue, uint64_t address, uint32_t command,
                 uint32_t options);

/* Tells the card how far the queue goes now, and lets it work. */
void driver_kick (struct driver *d, unsigned queue);

/* Sends FRAME by one legacy descriptor with COMMAND added. */
void driver_send (struct driver *d, const uint8_t *frame, size_t len, uint32_t command);

/* A context descriptor for PROTOCOL; MSS 0: no large send. */
void driver_put_context (struct driver *d, enum nic_protocol protocol, unsigned mss);

uint8_t *driver_tx_descriptor (struct driver *d, unsigned queue, unsigned index);
uint8_t *driver_rx_descriptor (struct driver *d, unsigned index); /* of 16 bytes */
uint32_t driver_rx_status (struct driver *d, unsigned index);

/* Gives the card back what is in front of descriptor INDEX. */
void driver_set_rx_tail (struct driver *d, unsigned index);

/* Writes or reads a register of the PHY. */
void driver_phy_write (struct driver *d, unsigned reg, uint16_t value);
uint16_t driver_phy_read (struct driver *d, unsigned reg);
