/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ethernet-tx.c - finishes checksums, cuts large sends into segments, and sends what comes out.
 *
 * Theory of operation.  A card collects a frame in tx->frame and says what its driver asked for.  Where
 * the peer behind the wire does that work itself (a tap with virtio headers) the frame goes out whole
 * with a header that asks for it.  Else each segment is made here when it is sent: a copy of the
 * headers, patched, in front of a piece of the payload where it lies.  Nothing is prepared ahead, so a
 * peer that is slow stops the cutting in the middle, and ethernet_tx_send() goes on from there.
 *
 * Offsets come from the guest.  Each is checked against the frame once, in ethernet_tx_start(); a sum
 * whose place is outside the frame is not made, and a large send that makes no sense is not sent.
 */
#include <errno.h>
#include <string.h>

#include "bits.h"
#include "ethernet.h"
#include "net-checksum.h"

#define MAX_IP_BYTES 65535

#define TCP_SEQUENCE 4
#define TCP_FLAGS    13
#define TCP_FIN_PSH  0x09
#define TCP_CWR      0x80
#define UDP_LENGTH   4

#define TAG_AT 12 /* behind the two addresses */

uint8_t *
ethernet_tx_append (struct ethernet_tx *tx, size_t len)
{
    uint8_t *at = tx->frame + tx->len;

    if (tx->is_too_long || !range_fits (tx->len, len, sizeof tx->frame)) {
        tx->is_too_long = true;
        return NULL;
    }
    tx->len += len;
    return at;
}

size_t
ethernet_gather (const struct iovec *iov, unsigned n, uint8_t *frame, size_t size)
{
    size_t len = 0;

    for (unsigned i = 0; i < n; i++) {
        if (!range_fits (len, iov[i].iov_len, size))
            return 0;
        memcpy (frame + len, iov[i].iov_base, iov[i].iov_len);
        len += iov[i].iov_len;
    }
    return len;
}

void
ethernet_tx_reset (struct ethernet_tx *tx)
{
    tx->len = 0;
    tx->is_too_long = false;
    tx->is_sending = false;
}

/* --- sums ------------------------------------------------------------------------------------- */

/* Whether SUM lies inside the first LEN bytes; gives it its end. */
static bool
settle_sum (struct ethernet_sum *sum, size_t len)
{
    if (sum->end == 0 || sum->end > len)
        sum->end = (uint32_t) len;
    return sum->is_wanted && sum->start <= sum->field && range_fits (sum->field, 2, sum->end);
}

static void
finish_ip (uint8_t *frame, const struct ethernet_sum *sum)
{
    store_be16 (frame + sum->field, 0);
    store_be16 (frame + sum->field, net_checksum_fold (net_checksum_add (0, frame + sum->start,
                                                                         sum->end - sum->start)));
}

/* --- what goes out in one piece ---------------------------------------------------------------- */

/* Whether the peer can be asked to make this sum, its end being the frame's. */
static bool
peer_sums (const struct ethernet_tx *tx, unsigned peer)
{
    const struct ethernet_sum *l4 = &tx->offload.l4;

    return (peer & NET_OFFLOAD_CSUM) && l4->end == tx->len && l4->start < l4->field
           && l4->start <= UINT16_MAX;
}

static void
start_whole (struct ethernet_tx *tx, unsigned peer)
{
    const struct ethernet_sum *l4 = &tx->offload.l4;

    tx->is_whole = true;
    if (settle_sum (&tx->offload.ip, tx->len))
        finish_ip (tx->frame, &tx->offload.ip);
    if (!settle_sum (&tx->offload.l4, tx->len))
        return;
    if (peer_sums (tx, peer)) {
        tx->header.flags = NET_HEADER_NEEDS_CSUM;
        tx->header.csum_start = (uint16_t) l4->start;
        tx->header.csum_offset = (uint16_t) (l4->field - l4->start);
    } else {
        net_checksum_finish (tx->frame, l4->end, l4->start, l4->field - l4->start);
    }
}

/* --- large sends ------------------------------------------------------------------------------ */

/* Writes the lengths that follow from PAYLOAD into the headers at HEADER. */
static void
patch_lengths (const struct ethernet_offload *o, uint8_t *header, size_t payload)
{
    size_t ip_bytes = o->header_bytes - o->ip.start + payload;

    if (o->is_ipv4)
        store_be16 (header + o->ip.start + 2, (uint16_t) ip_bytes);
    else
        store_be16 (header + o->ip.start + 4, (uint16_t) (ip_bytes - 40));
    if (!o->is_tcp)
        store_be16 (header + o->l4.start + UDP_LENGTH,
                    (uint16_t) (o->header_bytes - o->l4.start + payload));
}

/* The length that the driver left out of the pseudo-header. */
static void
add_length (const struct ethernet_offload *o, uint8_t *header, size_t payload)
{
    uint64_t sum = load_be16 (header + o->l4.field) + o->header_bytes - o->l4.start + payload;

    store_be16 (header + o->l4.field, (uint16_t) ~net_checksum_fold (sum));
}

/* Whether the headers are where the driver says, and long enough to be patched. */
static bool
is_sane_large_send (const struct ethernet_tx *tx)
{
    const struct ethernet_offload *o = &tx->offload;
    uint32_t ip_min = o->is_ipv4 ? 20 : 40, l4_min = o->is_tcp ? 20 : 8;

    return o->mss >= ETHERNET_MIN_MSS && o->header_bytes <= ETHERNET_MAX_HEADER
           && o->header_bytes < tx->len && o->ip.start >= ETHERNET_HEADER_BYTES
           && range_fits (o->ip.start, ip_min, o->l4.start)
           && range_fits (o->l4.start, l4_min, o->header_bytes) && o->l4.start <= o->l4.field
           && range_fits (o->l4.field, 2, o->header_bytes)
           && range_fits (o->mss, o->header_bytes - o->ip.start, MAX_IP_BYTES);
}

/* Whether the peer cuts this itself. */
static bool
peer_cuts (const struct ethernet_tx *tx, unsigned peer)
{
    const struct ethernet_offload *o = &tx->offload;
    unsigned need = NET_OFFLOAD_CSUM | (o->is_ipv4 ? NET_OFFLOAD_TSO4 : NET_OFFLOAD_TSO6);

    if (o->is_tcp && (tx->frame[o->l4.start + TCP_FLAGS] & TCP_CWR))
        need |= NET_OFFLOAD_ECN;
    return o->is_tcp && (peer & need) == need && tx->len - o->header_bytes > o->mss
           && tx->len - o->ip.start <= MAX_IP_BYTES && o->l4.field == o->l4.start + 16;
}

static void
start_large (struct ethernet_tx *tx, unsigned peer)
{
    struct ethernet_offload *o = &tx->offload;
    size_t payload = tx->len - o->header_bytes;

    tx->is_whole = peer_cuts (tx, peer);
    if (!tx->is_whole)
        return;
    patch_lengths (o, tx->frame, payload);
    if (settle_sum (&o->ip, o->header_bytes))
        finish_ip (tx->frame, &o->ip);
    add_length (o, tx->frame, payload);
    tx->header = (struct net_header){
        .flags = NET_HEADER_NEEDS_CSUM,
        .gso_type = o->is_ipv4 ? NET_GSO_TCPV4 : NET_GSO_TCPV6,
        .hdr_len = (uint16_t) o->header_bytes,
        .gso_size = (uint16_t) o->mss,
        .csum_start = (uint16_t) o->l4.start,
        .csum_offset = (uint16_t) (o->l4.field - o->l4.start),
    };
    if (tx->frame[o->l4.start + TCP_FLAGS] & TCP_CWR)
        tx->header.gso_type |= NET_GSO_ECN;
}

/* The headers of the segment with the N payload bytes from tx->at on. */
static void
make_header (const struct ethernet_tx *tx, uint8_t *header, size_t n)
{
    const struct ethernet_offload *o = &tx->offload;
    struct ethernet_sum ip = o->ip;
    uint8_t *l4 = header + o->l4.start;
    uint64_t sum;

    memcpy (header, tx->frame, o->header_bytes);
    patch_lengths (o, header, n);
    if (o->is_ipv4) {
        uint8_t *id = header + o->ip.start + 4;

        store_be16 (id, (uint16_t) (load_be16 (id) + tx->segment));
    }
    if (settle_sum (&ip, o->header_bytes))
        finish_ip (header, &ip);
    if (o->is_tcp) {
        store_be32 (l4 + TCP_SEQUENCE,
                    load_be32 (l4 + TCP_SEQUENCE) + (uint32_t) (tx->at - o->header_bytes));
        if (tx->at + n < tx->len)
            l4[TCP_FLAGS] &= (uint8_t) ~TCP_FIN_PSH;
        if (tx->segment > 0)
            l4[TCP_FLAGS] &= (uint8_t) ~TCP_CWR;
    }
    if (!o->l4.is_wanted)
        return;
    add_length (o, header, n);
    sum = net_checksum_add (0, l4, o->header_bytes - o->l4.start);
    /* An odd header would shift the payload's bytes in their words. */
    if ((o->header_bytes - o->l4.start) % 2)
        sum += __builtin_bswap16 (
            (uint16_t) ~net_checksum_fold (net_checksum_add (0, tx->frame + tx->at, n)));
    else
        sum = net_checksum_add (sum, tx->frame + tx->at, n);
    sum = net_checksum_fold (sum);
    store_be16 (header + o->l4.field, sum ? (uint16_t) sum : 0xffff);
}

/* --- sending ---------------------------------------------------------------------------------- */

/* Sends HEADER_BYTES at HEADER and N at DATA as one frame, with the tag in between. */
static int
emit (const struct ethernet_tx *tx, ethernet_send_fn *send, void *opaque, uint8_t *header,
      size_t header_bytes, const uint8_t *data, size_t n)
{
    struct net_header h = tx->header;
    uint8_t tag[ETHERNET_TAG_BYTES];
    struct iovec iov[4];
    unsigned n_iov = 0;

    if (tx->offload.has_tag) {
        store_be16 (tag, tx->offload.tag_type);
        store_be16 (tag + 2, tx->offload.tag);
        iov[n_iov++] = (struct iovec){ header, TAG_AT };
        iov[n_iov++] = (struct iovec){ tag, sizeof tag };
        header += TAG_AT;
        header_bytes -= TAG_AT;
        if (h.flags & NET_HEADER_NEEDS_CSUM)
            h.csum_start = (uint16_t) (h.csum_start + sizeof tag);
        if (h.hdr_len)
            h.hdr_len = (uint16_t) (h.hdr_len + sizeof tag);
    }
    iov[n_iov++] = (struct iovec){ header, header_bytes };
    if (n > 0)
        iov[n_iov++] = (struct iovec){ (void *) data, n };
    return send (opaque, &h, iov, n_iov);
}

static int
send_segments (struct ethernet_tx *tx, ethernet_send_fn *send, void *opaque)
{
    uint8_t header[ETHERNET_MAX_HEADER];
    int ret;

    while (tx->at < tx->len) {
        size_t n = MIN_OF (tx->len - tx->at, tx->offload.mss);

        make_header (tx, header, n);
        ret = emit (tx, send, opaque, header, tx->offload.header_bytes, tx->frame + tx->at, n);
        if (ret < 0)
            return ret;
        tx->at += n;
        tx->segment++;
    }
    return 0;
}

static void
pad (struct ethernet_tx *tx)
{
    if (tx->len < ETHERNET_MIN_BYTES) {
        memset (tx->frame + tx->len, 0, ETHERNET_MIN_BYTES - tx->len);
        tx->len = ETHERNET_MIN_BYTES;
    }
}

void
ethernet_tx_start (struct ethernet_tx *tx, const struct ethernet_offload *offload, unsigned peer)
{
    tx->is_sending = true;
    tx->offload = *offload;
    tx->header = (struct net_header){ 0 };
    tx->at = offload->header_bytes;
    tx->segment = 0;
    if (tx->is_too_long || tx->len < ETHERNET_HEADER_BYTES) {
        tx->is_too_long = true;
    } else if (offload->mss == 0) {
        start_whole (tx, peer);
        pad (tx);
    } else if (is_sane_large_send (tx)) {
        start_large (tx, peer);
    } else {
        tx->is_too_long = true;
    }
}

int
ethernet_tx_send (struct ethernet_tx *tx, ethernet_send_fn *send, void *opaque)
{
    int ret = 0;

    if (!tx->is_too_long) {
        if (tx->is_whole)
            ret = emit (tx, send, opaque, tx->frame, tx->len, NULL, 0);
        else
            ret = send_segments (tx, send, opaque);
    }
    if (ret == 0)
        ethernet_tx_reset (tx);
    return ret;
}
