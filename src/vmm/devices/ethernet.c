/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ethernet.c - addresses, hashes, and looking into frames, for the classic network cards. */
#include "ethernet.h"

#include <string.h>

#include "bits.h"
#include "net-checksum.h"

#define TYPE_IPV4 0x0800
#define TYPE_IPV6 0x86dd

#define IPV4_HEADER_BYTES 20
#define IPV4_FRAGMENT     0x3fff /* more fragments, or an offset */
#define IPV6_HEADER_BYTES 40
#define PROTOCOL_TCP      6
#define PROTOCOL_UDP      17
#define TCP_HEADER_BYTES  20
#define TCP_CHECKSUM      16
#define UDP_HEADER_BYTES  8
#define UDP_CHECKSUM      6

/* --- addresses and hashes --------------------------------------------------------------------- */

static int
hex_digit (char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

bool
ethernet_address_parse (const char *text, uint8_t address[ETHERNET_ADDRESS_BYTES])
{
    static const uint8_t zeros[ETHERNET_ADDRESS_BYTES];

    if (strlen (text) != ETHERNET_MAC_TEXT_BYTES - 1)
        return false;
    for (unsigned i = 0; i < ETHERNET_ADDRESS_BYTES; i++) {
        int high = hex_digit (text[3 * i]), low = hex_digit (text[3 * i + 1]);

        if (high < 0 || low < 0 || (i < ETHERNET_ADDRESS_BYTES - 1 && text[3 * i + 2] != ':'))
            return false;
        address[i] = (uint8_t) (high << 4 | low);
    }
    return !(address[0] & 1) && memcmp (address, zeros, sizeof zeros) != 0;
}

/* Four bits a step: short frames and few of them do not deserve a large table. */
static uint32_t
crc_register (const uint8_t *data, size_t len)
{
    static const uint32_t table[16] = {
        0x00000000, 0x1db71064, 0x3b6e20c8, 0x26d930ac, 0x76dc4190, 0x6b6b51f4,
        0x4db26158, 0x5005713c, 0xedb88320, 0xf00f9344, 0xd6d6a3e8, 0xcb61b38c,
        0x9b64c2b0, 0x86d3d2d4, 0xa00ae278, 0xbdbdf21c,
    };
    uint32_t crc = UINT32_MAX;

    for (size_t i = 0; i < len; i++) {
        crc ^= data[i];
        crc = crc >> 4 ^ table[crc & 0xf];
        crc = crc >> 4 ^ table[crc & 0xf];
    }
    return crc;
}

uint32_t
ethernet_crc (const uint8_t *data, size_t len)
{
    return ~crc_register (data, len);
}

/* The register above runs in wire order, lowest bit first; filters name its bits the other way round. */
unsigned
ethernet_hash (const uint8_t address[ETHERNET_ADDRESS_BYTES])
{
    uint32_t crc = crc_register (address, ETHERNET_ADDRESS_BYTES);
    unsigned hash = 0;

    for (unsigned i = 0; i < 6; i++)
        hash = hash << 1 | (crc >> i & 1);
    return hash;
}

/* --- looking into a frame --------------------------------------------------------------------- */

static void
dissect_l4 (const uint8_t *frame, struct ethernet_packet *p, uint8_t protocol)
{
    size_t room = p->end - p->l4;

    if (protocol == PROTOCOL_TCP && room >= TCP_HEADER_BYTES) {
        size_t header = (size_t) (frame[p->l4 + 12] >> 4) * 4;

        p->is_tcp = header >= TCP_HEADER_BYTES && header <= room;
        p->payload = p->l4 + header;
    } else if (protocol == PROTOCOL_UDP && room >= UDP_HEADER_BYTES) {
        p->is_udp = load_be16 (frame + p->l4 + 4) == room;
        p->payload = p->l4 + UDP_HEADER_BYTES;
    }
}

static void
dissect_ipv4 (const uint8_t *frame, size_t len, struct ethernet_packet *p)
{
    const uint8_t *ip = frame + p->l3;
    size_t header, total;

    if (len - p->l3 < IPV4_HEADER_BYTES || ip[0] >> 4 != 4)
        return;
    header = (size_t) (ip[0] & 0xf) * 4;
    total = load_be16 (ip + 2);
    if (header < IPV4_HEADER_BYTES || header > len - p->l3)
        return;
    p->is_ipv4 = true;
    p->is_fragment = load_be16 (ip + 6) & IPV4_FRAGMENT;
    p->l4 = p->l3 + header;
    /* A large send leaves the length open. */
    p->end = total >= header && total <= len - p->l3 ? p->l3 + total : len;
    if (!p->is_fragment)
        dissect_l4 (frame, p, ip[9]);
}

static void
dissect_ipv6 (const uint8_t *frame, size_t len, struct ethernet_packet *p)
{
    const uint8_t *ip = frame + p->l3;
    size_t payload;

    if (len - p->l3 < IPV6_HEADER_BYTES || ip[0] >> 4 != 6)
        return;
    payload = load_be16 (ip + 4);
    p->is_ipv6 = true;
    p->l4 = p->l3 + IPV6_HEADER_BYTES;
    p->end = payload > 0 && payload <= len - p->l4 ? p->l4 + payload : len;
    dissect_l4 (frame, p, ip[6]);
}

void
ethernet_dissect (const uint8_t *frame, size_t len, struct ethernet_packet *packet)
{
    uint16_t type;

    *packet = (struct ethernet_packet){ .l3 = ETHERNET_HEADER_BYTES, .end = len };
    if (len < ETHERNET_HEADER_BYTES)
        return;
    type = load_be16 (frame + 12);
    if (type == ETHERNET_TYPE_VLAN && len >= ETHERNET_HEADER_BYTES + ETHERNET_TAG_BYTES) {
        type = load_be16 (frame + 12 + ETHERNET_TAG_BYTES);
        packet->l3 += ETHERNET_TAG_BYTES;
    }
    if (type == TYPE_IPV4)
        dissect_ipv4 (frame, len, packet);
    else if (type == TYPE_IPV6)
        dissect_ipv6 (frame, len, packet);
}

bool
ethernet_ip_checksum_is_good (const uint8_t *frame, const struct ethernet_packet *p)
{
    return net_checksum_fold (net_checksum_add (0, frame + p->l3, p->l4 - p->l3)) == 0;
}

uint64_t
ethernet_pseudo_header (const uint8_t *frame, const struct ethernet_packet *p, size_t len)
{
    uint64_t sum = (p->is_tcp ? PROTOCOL_TCP : PROTOCOL_UDP) + len;

    if (p->is_ipv4)
        return net_checksum_add (sum, frame + p->l3 + 12, 8);
    return net_checksum_add (sum, frame + p->l3 + 8, 32);
}

bool
ethernet_l4_has_checksum (const uint8_t *frame, const struct ethernet_packet *p)
{
    if (p->is_udp)
        return p->is_ipv6 || load_be16 (frame + p->l4 + UDP_CHECKSUM) != 0;
    return p->is_tcp;
}

bool
ethernet_l4_checksum_is_good (const uint8_t *frame, const struct ethernet_packet *p)
{
    uint64_t sum = ethernet_pseudo_header (frame, p, p->end - p->l4);

    return net_checksum_fold (net_checksum_add (sum, frame + p->l4, p->end - p->l4)) == 0;
}
