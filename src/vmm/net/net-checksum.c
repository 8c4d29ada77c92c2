/* SPDX-License-Identifier: GPL-2.0-or-later */
/* net-checksum.c - the Internet checksum (RFC 1071). */
#include "net-checksum.h"

#include "bits.h"

uint64_t
net_checksum_add (uint64_t sum, const void *data, size_t len)
{
    const uint8_t *p = data;

    for (; len >= 4; p += 4, len -= 4)
        sum += load_be32 (p); /* 2^32 of them fit */
    if (len >= 2)
        sum += load_be16 (p);
    if (len % 2)
        sum += (uint64_t) p[len - 1] << 8;
    return sum;
}

uint16_t
net_checksum_fold (uint64_t sum)
{
    while (sum >> 16)
        sum = (sum & 0xffff) + (sum >> 16);
    return (uint16_t) ~sum;
}

/* Zero means "no checksum" to UDP, and all ones is the same number (RFC 768). */
void
net_checksum_finish (uint8_t *frame, size_t len, size_t start, size_t offset)
{
    uint16_t value = net_checksum_fold (net_checksum_add (0, frame + start, len - start));

    store_be16 (frame + start + offset, value ? value : 0xffff);
}
