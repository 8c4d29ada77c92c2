/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ethernet.h - what the classic network cards have in common: addresses, hashes, looking into frames, and
 * a transmitter that finishes checksums and cuts large sends.
 *
 * Everything here works on frames that were copied out of guest memory, or lent by the wire; nothing
 * knows guest addresses.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "net.h"

#define ETHERNET_ADDRESS_BYTES 6
#define ETHERNET_HEADER_BYTES  14
#define ETHERNET_TAG_BYTES     4 /* 802.1Q */
#define ETHERNET_FCS_BYTES     4
#define ETHERNET_MIN_BYTES     60 /* without FCS; shorter ones are padded on the wire */
#define ETHERNET_TYPE_VLAN     0x8100

#define ETHERNET_MAC_TEXT_BYTES 18 /* "52:54:00:12:34:56" and its end */

/* Reads "52:54:00:12:34:56".  False when TEXT is not the address of one card: malformed, a group address
 * or all zeros. */
bool ethernet_address_parse (const char *text, uint8_t address[ETHERNET_ADDRESS_BYTES]);

/* The CRC-32 that IEEE 802.3 puts at a frame's end, to be stored little-endian. */
uint32_t ethernet_crc (const uint8_t *data, size_t len);

/* The six highest bits of the CRC register after ADDRESS, as multicast hash filters take it. */
unsigned ethernet_hash (const uint8_t address[ETHERNET_ADDRESS_BYTES]);

/* --- looking into a frame --------------------------------------------------------------------- */

struct ethernet_packet {
    bool is_ipv4, is_ipv6;
    bool is_fragment;    /* of IPv4 */
    bool is_tcp, is_udp; /* never of a fragment or behind IPv6 extension headers */
    size_t l3, l4, end;  /* where IP, what it carries and its padding begin; end <= the frame's */
    size_t payload;      /* behind the header of TCP or UDP */
};

/* Finds the layers of FRAME, behind an 802.1Q tag or not.  What is cut short or makes no sense is not
 * reported as what it claims to be. */
void ethernet_dissect (const uint8_t *frame, size_t len, struct ethernet_packet *packet);

bool ethernet_ip_checksum_is_good (const uint8_t *frame, const struct ethernet_packet *packet);

/* Whether TCP or UDP has a checksum at all. */
bool ethernet_l4_has_checksum (const uint8_t *frame, const struct ethernet_packet *packet);
bool ethernet_l4_checksum_is_good (const uint8_t *frame, const struct ethernet_packet *packet);

/* The sum over TCP's or UDP's pseudo-header with LEN bytes of payload and header; not folded. */
uint64_t ethernet_pseudo_header (const uint8_t *frame, const struct ethernet_packet *packet,
                                 size_t len);

/* --- transmitting ----------------------------------------------------------------------------- */

#define ETHERNET_MAX_HEADER 255 /* of a large send */
#define ETHERNET_MIN_MSS    32  /* less is nobody's, and a way to make a host send and send */

/* One sum: over [start, end) of the frame, end 0 being its end, put at field. */
struct ethernet_sum {
    bool is_wanted;
    uint32_t start, field, end;
};

/* What is to be done to a frame on its way out. */
struct ethernet_offload {
    struct ethernet_sum ip; /* IPv4's header */
    struct ethernet_sum
        l4;       /* the field holds the pseudo-header's sum already, in a large send without
                             * its length */
    uint32_t mss; /* not 0: cut into segments with as many payload bytes each */
    uint32_t header_bytes; /* of a large send: all in front of the payload */
    bool is_ipv4;          /* of a large send: IPv4, else IPv6 */
    bool is_tcp;           /* of a large send: TCP, else UDP */
    bool has_tag;          /* insert an 802.1Q tag, after everything else */
    uint16_t tag_type, tag;
};

/* A frame that is being put together and sent; allocate it with its card.  len is the owner's to reset
 * until ethernet_tx_start(), which begins sending; then ethernet_tx_send() until it is done. */
struct ethernet_tx {
    size_t len;
    bool is_too_long; /* more was appended than there is room for: will not be sent */
    bool is_sending;

    /* private, while is_sending */
    struct ethernet_offload offload;
    struct net_header header;
    size_t at;        /* payload before this was sent */
    unsigned segment; /* how many were */
    bool is_whole;    /* the peer cuts, or nothing is to be cut */
    uint8_t frame[NET_MAX_FRAME_BYTES];
};

/* Where the next LEN bytes of the frame go, or NULL when they do not fit: then the frame is lost. */
uint8_t *ethernet_tx_append (struct ethernet_tx *tx, size_t len);

/* Makes the frame ready for a peer that does the offloads PEER, adding padding. */
void ethernet_tx_start (struct ethernet_tx *tx, const struct ethernet_offload *offload,
                        unsigned peer);

/* What becomes of the frames; 0 or -EAGAIN as net_send(). */
typedef int ethernet_send_fn (void *opaque, const struct net_header *header,
                              const struct iovec *iov, unsigned n);

/* For frames that come back instead of going out: copies one of N pieces to FRAME.  Returns its length, or
 * 0 when it is longer than SIZE. */
size_t ethernet_gather (const struct iovec *iov, unsigned n, uint8_t *frame, size_t size);

/* Hands what is left to SEND.  Returns 0 when the frame is out and TX empty again, or -EAGAIN: call it
 * again later. */
int ethernet_tx_send (struct ethernet_tx *tx, ethernet_send_fn *send, void *opaque);

/* Forgets whatever is in TX. */
void ethernet_tx_reset (struct ethernet_tx *tx);
