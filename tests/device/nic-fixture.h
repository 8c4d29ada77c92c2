/* SPDX-License-Identifier: GPL-2.0-or-later */
/* nic-fixture.h - a network card with a test in front of its registers and one at the end of its wire,
 * and frames whose checksums can be told right from wrong. */
#pragma once

#include <glib.h>
#include <stdbool.h>

#include "net.h"
#include "test-machine.h"

#define NIC_DEVFN     PCI_DEVFN (3, 0)
#define NIC_MMIO      0xe0000000u
#define NIC_IO        0xc000u
#define NIC_MSI       0xfee00000u
#define NIC_MAC_BYTES 6
#define NIC_MAX_FRAME 69632

extern const uint8_t nic_mac[NIC_MAC_BYTES];  /* 52:54:00:12:34:56, the default */
extern const uint8_t nic_peer[NIC_MAC_BYTES]; /* who the other end is */

struct nic {
    struct test_machine *m;
    struct net *net;
    int peer; /* the wire's other end, a SOCK_SEQPACKET socket */
    const struct device_class *class;
    struct device *device;
    uint8_t frame[NIC_MAX_FRAME]; /* what nic_take() took last */
};

/* A card of CLASS in slot 3, not yet placed. */
void nic_set_up (struct nic *nic, const struct device_class *class);
void nic_tear_down (struct nic *nic);

uint32_t nic_read (struct nic *nic, unsigned offset);
void nic_write (struct nic *nic, unsigned offset, uint32_t value);

/* Lets work run until there is none. */
void nic_settle (struct nic *nic);

/* The next frame that the card sent, in nic->frame; its length, or 0 when there is none. */
size_t nic_take (struct nic *nic);

/* Puts a frame on the wire, and lets the card have it. */
void nic_give (struct nic *nic, const uint8_t *frame, size_t len);

/* The same, without waiting for anything.  False when the wire is full. */
bool nic_offer (struct nic *nic, const uint8_t *frame, size_t len);

/* --- frames ----------------------------------------------------------------------------------- */

enum nic_protocol { NIC_TCP4, NIC_UDP4, NIC_TCP6, NIC_UDP6, NIC_PROTOCOL_N };

/* Where things are in such a frame. */
size_t nic_l4 (enum nic_protocol protocol);
size_t nic_payload (enum nic_protocol protocol);
size_t nic_checksum_field (enum nic_protocol protocol);

/* A frame from FROM to TO with N bytes of payload, lengths and checksums right.  Returns its length. */
size_t nic_make_frame (uint8_t *frame, enum nic_protocol protocol, const uint8_t *to,
                       const uint8_t *from, size_t n);

/* Puts the pseudo-header's sum where the checksum goes, with LEN as length. */
void nic_put_pseudo_header (uint8_t *frame, enum nic_protocol protocol, size_t len);

/* Fails the test unless lengths and checksums of FRAME are right, and its padding zero. */
void nic_assert_right (const uint8_t *frame, size_t len, enum nic_protocol protocol);
