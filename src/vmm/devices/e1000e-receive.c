/* SPDX-License-Identifier: GPL-2.0-or-later */
/* e1000e-receive.c - the 82574L's receiver: filters, offloads, descriptors (§7.1).
 *
 * Theory of operation.  Frames stay with the wire until there are descriptors for a whole one, so none
 * is lost for want of room and nothing of a frame is ever left over.  Everything arrives in queue 0:
 * without a hash that a guest set up there is no other (RSS is offered by MRQC, and a card may always
 * say that it has no hash).  A second queue that a driver fills just stays idle.
 *
 * Descriptors are legacy, extended (RFCTL.EXTEN) or packet-split (RCTL.DTYP): the last have a header
 * buffer and three pages each, which are filled in turn; headers are never split off, which §7.1.10
 * allows for any frame.
 */
#include <stdatomic.h>

#include "e1000e-private.h"
#include "net-checksum.h"

#define TURN_FRAMES 64

#define MAX_PLAIN_BYTES 1518 /* without FCS, with a tag; longer needs RCTL.LPE */
#define N_ADDRESSES     16
#define RAH_VALID       BIT (31)

#define STATUS_DD    BIT (0)
#define STATUS_EOP   BIT (1)
#define STATUS_IXSM  BIT (2) /* checksums were not looked at */
#define STATUS_VP    BIT (3)
#define STATUS_UDPCS BIT (4)
#define STATUS_TCPCS BIT (5)
#define STATUS_IPCS  BIT (6)
#define STATUS_PIF   BIT (7) /* let in by a filter that is not exact */
#define ERROR_TCPE   BIT (29)
#define ERROR_IPE    BIT (30)

#define RXCSUM_PCSS 0xffu
#define RXCSUM_IP   BIT (8)
#define RXCSUM_L4   BIT (9)
#define RXCSUM_PCSD BIT (13)

#define DTYP_SPLIT 1

/* A frame on its way into memory. */
struct arrival {
    const uint8_t *data;
    size_t len; /* with FCS if the guest wants it */
    uint32_t status;
    uint16_t checksum, tag;
};

/* --- filters ---------------------------------------------------------------------------------- */

static bool
matches_exactly (const struct e1000e *card, const uint8_t *address)
{
    for (unsigned i = 0; i < N_ADDRESSES; i++) {
        uint32_t high = e1000e_get (card, R_RA + 8 * i + 4);

        if ((high & RAH_VALID) && load_le32 (address) == e1000e_get (card, R_RA + 8 * i)
            && load_le16 (address + 4) == (high & 0xffff))
            return true;
    }
    return false;
}

/* The multicast table (§10.2.5.10): twelve bits of the address, RCTL.MO says which. */
static bool
matches_hash (const struct e1000e *card, const uint8_t *address)
{
    static const unsigned shifts[] = { 4, 3, 2, 0 };
    unsigned offset = e1000e_get (card, R_RCTL) >> 12 & 3;
    unsigned hash = (unsigned) load_le16 (address + 4) >> shifts[offset] & 0xfff;

    return e1000e_get (card, R_MTA + 4 * (hash >> 5)) >> (hash & 31) & 1;
}

/* Whether the address lets the frame in, and if exactly. */
static bool
passes_address (const struct e1000e *card, const uint8_t *frame, bool *is_exact)
{
    static const uint8_t all[ETHERNET_ADDRESS_BYTES] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff };
    uint32_t rctl = e1000e_get (card, R_RCTL);

    *is_exact = matches_exactly (card, frame);
    if (*is_exact)
        return true;
    if (memcmp (frame, all, sizeof all) == 0 && (rctl & RCTL_BAM))
        return *is_exact = true;
    if (frame[0] & 1)
        return (rctl & RCTL_MPE) || matches_hash (card, frame);
    return rctl & RCTL_UPE;
}

static bool
has_tag (const struct e1000e *card, const uint8_t *frame, size_t len)
{
    return len >= ETHERNET_HEADER_BYTES + ETHERNET_TAG_BYTES
           && load_be16 (frame + 12) == (e1000e_get (card, R_VET) & 0xffff);
}

static bool
passes_vlan (const struct e1000e *card, const uint8_t *frame)
{
    uint32_t rctl = e1000e_get (card, R_RCTL);
    unsigned tag = load_be16 (frame + 14), id = tag & 0xfff;

    if (!(rctl & RCTL_VFE))
        return true;
    if (!(e1000e_get (card, R_VFTA + 4 * (id >> 5)) >> (id & 31) & 1))
        return false;
    return !(rctl & RCTL_CFIEN) || (tag >> 12 & 1) == !!(rctl & RCTL_CFI);
}

/* --- offloads --------------------------------------------------------------------------------- */

static uint32_t
check_sums (const struct e1000e *card, const uint8_t *frame, size_t len)
{
    uint32_t rxcsum = e1000e_get (card, R_RXCSUM), status = 0;
    struct ethernet_packet p;

    ethernet_dissect (frame, len, &p);
    if (p.is_ipv4 && (rxcsum & RXCSUM_IP)) {
        status |= STATUS_IPCS;
        if (!ethernet_ip_checksum_is_good (frame, &p))
            status |= ERROR_IPE;
    }
    if ((rxcsum & RXCSUM_L4) && ethernet_l4_has_checksum (frame, &p)) {
        status |= STATUS_TCPCS | (p.is_udp ? STATUS_UDPCS : 0);
        if (!ethernet_l4_checksum_is_good (frame, &p))
            status |= ERROR_TCPE;
    }
    return status ? status : STATUS_IXSM;
}

/* The sum over everything from RXCSUM.PCSS on. */
static uint16_t
packet_checksum (const struct e1000e *card, const uint8_t *frame, size_t len)
{
    size_t start = MIN_OF (e1000e_get (card, R_RXCSUM) & RXCSUM_PCSS, len);

    return (uint16_t) ~net_checksum_fold (net_checksum_add (0, frame + start, len - start));
}

/* Copies FRAME to rx_frame as the guest will see it: without its tag, padded, with FCS. */
static void
prepare (struct e1000e *card, const uint8_t *frame, size_t len, struct arrival *a)
{
    uint8_t *to = card->rx_frame;

    a->status |= check_sums (card, frame, len);
    memcpy (to, frame, len);
    if ((e1000e_get (card, R_CTRL) & CTRL_VME) && has_tag (card, frame, len)) {
        a->status |= STATUS_VP;
        a->tag = load_be16 (frame + 14);
        len -= ETHERNET_TAG_BYTES;
        memcpy (to + 12, frame + 12 + ETHERNET_TAG_BYTES, len - 12);
    }
    if (len < ETHERNET_MIN_BYTES) {
        memset (to + len, 0, ETHERNET_MIN_BYTES - len);
        len = ETHERNET_MIN_BYTES;
    }
    if (!(e1000e_get (card, R_RXCSUM) & RXCSUM_PCSD))
        a->checksum = packet_checksum (card, to, len);
    if (!(e1000e_get (card, R_RCTL) & RCTL_SECRC)) {
        store_le32 (to + len, ethernet_crc (to, len));
        len += ETHERNET_FCS_BYTES;
    }
    a->data = to;
    a->len = len;
}

/* --- descriptors ------------------------------------------------------------------------------ */

/* The ring and what its descriptors look like now. */
struct ring {
    gpa_t base;
    uint32_t n, head, tail;
    uint32_t stride; /* bytes of a descriptor */
    bool is_extended, is_split;
    uint32_t sizes[4]; /* of the buffers of one descriptor */
    uint32_t bytes;    /* their sum */
};

static uint32_t
plain_buffer_bytes (uint32_t rctl)
{
    uint32_t flex = rctl >> 27 & 0xf;
    uint32_t size = 2048u >> (rctl >> 16 & 3);

    if (flex)
        return flex * 1024;
    return (rctl & RCTL_BSEX) && size < 2048 ? size * 16 : size;
}

static void
look_at_ring (const struct e1000e *card, struct ring *r)
{
    uint32_t rctl = e1000e_get (card, R_RCTL), psrctl = e1000e_get (card, R_PSRCTL);

    *r = (struct ring){
        .base = e1000e_get (card, R_RDBAL) | (gpa_t) e1000e_get (card, R_RDBAH) << 32,
        .head = e1000e_get (card, R_RDH),
        .tail = e1000e_get (card, R_RDT),
        .is_extended = e1000e_get (card, R_RFCTL) & RFCTL_EXTEN,
        .is_split = (rctl >> 10 & 3) == DTYP_SPLIT,
    };
    r->stride = r->is_split ? 2 * E1000E_DESC_BYTES : E1000E_DESC_BYTES;
    r->n = e1000e_get (card, R_RDLEN) / r->stride;
    if (r->is_split) {
        r->sizes[0] = (psrctl & 0x7f) * 128;
        r->sizes[1] = (psrctl >> 8 & 0x3f) * 1024;
        r->sizes[2] = (psrctl >> 16 & 0x3f) * 1024;
        r->sizes[3] = (psrctl >> 24 & 0x3f) * 1024;
    } else {
        r->sizes[0] = plain_buffer_bytes (rctl);
    }
    for (unsigned i = 0; i < 4; i++)
        r->bytes += r->sizes[i];
}

static uint32_t
free_descriptors (const struct ring *r)
{
    if (r->head >= r->n || r->tail >= r->n)
        return 0;
    return r->tail >= r->head ? r->tail - r->head : r->n - r->head + r->tail;
}

/* Fills the buffers of the descriptor D, of which USED[] bytes are taken then.  Memory that is not there
 * swallows what it is given, as on the bus. */
static size_t
fill_buffers (struct e1000e *card, const struct ring *r, const uint8_t *d, const uint8_t *data,
              size_t len, uint32_t used[4])
{
    size_t done = 0;

    for (unsigned i = 0; i < 4; i++) {
        used[i] = (uint32_t) MIN_OF (len - done, r->sizes[i]);
        if (used[i] > 0)
            memory_write (card->device.env->memory, load_le64 (d + 8 * i), data + done, used[i]);
        done += used[i];
    }
    return done;
}

/* §7.1.4-7.1.6: what the guest reads in place of the addresses, but for the status. */
static void
make_write_back (const struct ring *r, const struct arrival *a, bool is_last,
                 const uint32_t used[4], uint8_t *d)
{
    if (!r->is_split && !r->is_extended) {
        store_le16 (d + 8, (uint16_t) used[0]);
        store_le16 (d + 10, is_last ? a->checksum : 0);
        store_le16 (d + 12, 0);
        store_le16 (d + 14, is_last ? a->tag : 0);
        return;
    }
    memset (d, 0, r->stride);
    store_le16 (d + 6, is_last ? a->checksum : 0);
    store_le16 (d + 12, (uint16_t) used[0]);
    store_le16 (d + 14, is_last ? a->tag : 0);
    for (unsigned i = 1; r->is_split && i < 4; i++)
        store_le16 (d + 16 + 2 * i, (uint16_t) used[i]);
}

/* The status goes last: who polls it finds everything else in place. */
static void
write_status (struct e1000e *card, const struct ring *r, gpa_t gpa, uint32_t status)
{
    struct memory *memory = card->device.env->memory;
    uint8_t bytes[4];

    atomic_thread_fence (memory_order_release);
    if (r->is_split || r->is_extended) {
        store_le32 (bytes, status);
        memory_write (memory, gpa + 8, bytes, 4);
    } else {
        bytes[0] = (uint8_t) status;
        bytes[1] = (uint8_t) (status >> 24);
        memory_write (memory, gpa + 12, bytes, 2);
    }
}

/* Puts the next piece of A, from AT on, into the descriptor at the head.  0: the ring is not there. */
static size_t
fill_descriptor (struct e1000e *card, struct ring *r, const struct arrival *a, size_t at)
{
    uint8_t d[2 * E1000E_DESC_BYTES + 8] = { 0 };
    uint32_t used[4];
    bool is_last;
    gpa_t gpa;
    size_t n;

    if (add_overflows (r->base, (uint64_t) r->head * r->stride, &gpa)
        || !memory_read (card->device.env->memory, gpa, d, r->stride))
        return 0;
    n = fill_buffers (card, r, d, a->data + at, a->len - at, used);
    is_last = at + n == a->len;
    make_write_back (r, a, is_last, used, d);
    memory_write (card->device.env->memory, gpa, d, r->stride);
    write_status (card, r, gpa, STATUS_DD | (is_last ? STATUS_EOP | a->status : 0));
    r->head = r->head + 1 == r->n ? 0 : r->head + 1;
    return n;
}

/* --- receiving -------------------------------------------------------------------------------- */

static uint32_t
causes_after (const struct e1000e *card, const struct ring *r)
{
    unsigned shift = 1 + (e1000e_get (card, R_RCTL) >> 8 & 3);
    uint32_t causes = CAUSE_RXT0 | CAUSE_RXQ0;

    if (free_descriptors (r) <= r->n >> shift)
        causes |= CAUSE_RXDMT0;
    return causes;
}

static bool
is_wanted (struct e1000e *card, const uint8_t *frame, size_t len, bool *is_exact)
{
    bool is_long = len > MAX_PLAIN_BYTES && !(e1000e_get (card, R_RCTL) & RCTL_LPE);

    if (!passes_address (card, frame, is_exact)
        || (has_tag (card, frame, len) && !passes_vlan (card, frame)))
        return false;
    if (is_long || len > E1000E_MAX_RECEIVE) {
        e1000e_count_oversized (card);
        return false;
    }
    return true;
}

bool
e1000e_receive (struct e1000e *card, const uint8_t *frame, size_t len)
{
    struct arrival a = { 0 };
    struct ring r;
    uint32_t needed;
    bool is_exact;

    if (!(e1000e_get (card, R_RCTL) & RCTL_EN) || !is_wanted (card, frame, len, &is_exact))
        return true;
    look_at_ring (card, &r);
    /* At most this many, padding and FCS included; a ring too small for it would never be enough. */
    if (r.bytes == 0)
        return true;
    needed =
        (uint32_t) (MAX_OF (len, ETHERNET_MIN_BYTES) + ETHERNET_FCS_BYTES + r.bytes - 1) / r.bytes;
    if (needed >= r.n)
        return true;
    if (free_descriptors (&r) < needed)
        return false;
    a.status = is_exact ? 0 : STATUS_PIF;
    prepare (card, frame, len, &a);
    for (size_t at = 0, n; at < a.len; at += n) {
        n = fill_descriptor (card, &r, &a, at);
        if (n == 0) {
            device_mark_broken (&card->device, "receive ring outside memory");
            return true;
        }
    }
    e1000e_set (card, R_RDH, r.head);
    e1000e_count_received (card, frame, len);
    e1000e_raise (card, causes_after (card, &r));
    return true;
}

static bool
may_receive (const struct e1000e *card)
{
    return (e1000e_get (card, R_RCTL) & RCTL_EN) && pci_is_master (&card->pci) && card->is_link_up
           && !card->device.is_broken && !e1000e_is_loopback (card);
}

/* What comes while the receiver is off is lost. */
void
e1000e_rx_work_cb (void *opaque)
{
    struct e1000e *card = opaque;
    struct net_frame frame;
    unsigned n = 0;

    pthread_mutex_lock (&card->lock);
    while (n < TURN_FRAMES && net_peek (card->net, &frame)) {
        if (may_receive (card) && !e1000e_receive (card, frame.data, frame.len))
            break;
        net_consume (card->net);
        n++;
    }
    if (n == TURN_FRAMES)
        loop_work_queue (card->loop, &card->rx_work);
    pthread_mutex_unlock (&card->lock);
}
