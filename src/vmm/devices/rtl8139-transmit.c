/* SPDX-License-Identifier: GPL-2.0-or-later */
/* rtl8139-transmit.c - the RTL8139's transmitter: four slots in C mode, rings of descriptors in C+ mode.
 *
 * Theory of operation.  A slot whose OWN is cleared, or a poll, queues work on the frames' loop.  The
 * work copies a frame's pieces into the card's one buffer and sends it from there; a slot or descriptor
 * is given back as soon as its data is copied.  While the wire makes the card wait nothing more is
 * taken.  A ring is read until a descriptor is not the card's, at most TURN_DESCRIPTORS a turn, and it
 * ends after MAX_RING at the latest, as on the chip.
 */
#include <errno.h>

#include "net-checksum.h"
#include "rtl8139-private.h"

#define TURN_DESCRIPTORS 128
#define MAX_RING         64

/* TSD of C mode */
#define TSD_SIZE  0x1fffu
#define TSD_OWN   BIT (13)
#define TSD_OK    BIT (15)
#define TSD_ABORT BIT (30)
#define MAX_SLOT  1792u /* bytes of a frame from a slot */

/* First word of a C+ descriptor, and second */
#define TX_LARGE_SEND BIT (27)
#define TX_MSS(flags) ((flags) >> 16 & 0x7ff)
#define TX_SUM_IP     BIT (18)
#define TX_SUM_UDP    BIT (17)
#define TX_SUM_TCP    BIT (16)
#define TX_SIZE       0xffffu
#define TX_TAG        BIT (17)

#define IP_CHECKSUM  10
#define TCP_CHECKSUM 16
#define UDP_CHECKSUM 6

void
rtl8139_tx_reset (struct rtl8139 *card)
{
    for (unsigned i = 0; i < RTL8139_N_TSD; i++)
        store_le32 (card->regs + R_TSD + 4 * i, TSD_OWN);
    card->next_tsd = 0;
    card->normal = card->high = (struct rtl8139_ring){ 0 };
    card->collecting = NULL;
    ethernet_tx_reset (&card->tx);
}

/* --- where frames go --------------------------------------------------------------------------- */

static void
loop_back (struct rtl8139 *card, const struct iovec *iov, unsigned n)
{
    size_t len = ethernet_gather (iov, n, card->loop_frame, sizeof card->loop_frame);

    if (len > 0)
        rtl8139_receive (card, card->loop_frame, len);
}

static int
send_frame (void *opaque, const struct net_header *header, const struct iovec *iov, unsigned n)
{
    struct rtl8139 *card = opaque;
    int ret = 0;

    if (rtl8139_is_loopback (card))
        loop_back (card, iov, n);
    else
        ret = net_send (card->net, header, iov, n);
    if (ret == 0)
        card->counters.sent++;
    return ret;
}

/* Sends what is ready.  False when the wire says later. */
static bool
flush (struct rtl8139 *card)
{
    return !card->tx.is_sending || ethernet_tx_send (&card->tx, send_frame, card) == 0;
}

static void
start (struct rtl8139 *card)
{
    unsigned peer = rtl8139_is_loopback (card) ? 0 : net_offloads (card->net);

    ethernet_tx_start (&card->tx, &card->offload, peer);
}

/* Copies LEN bytes from GPA; what is not in RAM spoils the frame. */
static void
take_data (struct rtl8139 *card, gpa_t gpa, size_t len)
{
    uint8_t *to = ethernet_tx_append (&card->tx, len);

    if (to && !memory_read (card->device.env->memory, gpa, to, len))
        card->tx.is_too_long = true;
}

/* --- C mode ------------------------------------------------------------------------------------ */

/* Sends slot INDEX, which is the card's.  Returns the interrupt. */
static unsigned
send_slot (struct rtl8139 *card, unsigned index)
{
    uint8_t *tsd = card->regs + R_TSD + 4 * index;
    uint32_t size = load_le32 (tsd) & TSD_SIZE;

    if (size > MAX_SLOT) {
        store_le32 (tsd, load_le32 (tsd) | TSD_OWN | TSD_ABORT);
        card->counters.send_errors++;
        return INT_TER;
    }
    ethernet_tx_reset (&card->tx); /* of what C+ mode may have left unfinished */
    card->collecting = NULL;
    card->offload = (struct ethernet_offload){ 0 };
    take_data (card, rtl8139_get32 (card, R_TSAD + 4 * index), size);
    start (card);
    store_le32 (tsd, load_le32 (tsd) | TSD_OWN | TSD_OK);
    return INT_TOK;
}

/* Slots go in their order.  Each may be filled again only after it was given back, so this ends. */
static unsigned
run_slots (struct rtl8139 *card)
{
    unsigned causes = 0;

    for (unsigned i = 0; i < RTL8139_N_TSD; i++) {
        if (!flush (card) || (rtl8139_get32 (card, R_TSD + 4 * card->next_tsd) & TSD_OWN))
            break;
        causes |= send_slot (card, card->next_tsd);
        card->next_tsd = (card->next_tsd + 1) % RTL8139_N_TSD;
    }
    flush (card);
    return causes;
}

uint16_t
rtl8139_tsads (const struct rtl8139 *card)
{
    unsigned value = 0;

    for (unsigned i = 0; i < RTL8139_N_TSD; i++) {
        uint32_t tsd = rtl8139_get32 (card, R_TSD + 4 * i);

        value |= (tsd & TSD_OWN ? 0x0001u : 0) << i | (tsd & TSD_ABORT ? 0x0010u : 0) << i
                 | (tsd & TSD_OK ? 0x1000u : 0) << i;
    }
    return (uint16_t) value;
}

/* --- C+ mode: offloads ------------------------------------------------------------------------- */

/* The chip finds the layers itself, and makes the pseudo-header's sum. */
static void
ask_for_l4 (struct rtl8139 *card, const struct ethernet_packet *p, bool is_large)
{
    struct ethernet_sum *l4 = &card->offload.l4;
    size_t len = is_large ? 0 : p->end - p->l4;

    l4->is_wanted = true;
    l4->start = (uint32_t) p->l4;
    l4->field = (uint32_t) (p->l4 + (p->is_tcp ? TCP_CHECKSUM : UDP_CHECKSUM));
    l4->end = is_large ? 0 : (uint32_t) p->end;
    store_be16 (card->tx.frame + l4->field,
                (uint16_t) ~net_checksum_fold (ethernet_pseudo_header (card->tx.frame, p, len)));
}

static void
settle_offloads (struct rtl8139 *card, uint32_t flags)
{
    struct ethernet_offload *o = &card->offload;
    struct ethernet_packet p;
    bool is_large;

    if (card->tx.is_too_long)
        return;
    ethernet_dissect (card->tx.frame, card->tx.len, &p);
    is_large = (flags & TX_LARGE_SEND) && p.is_tcp;
    o->ip = (struct ethernet_sum){
        .is_wanted = p.is_ipv4 && (is_large || (flags & TX_SUM_IP)),
        .start = (uint32_t) p.l3,
        .field = (uint32_t) p.l3 + IP_CHECKSUM,
        .end = (uint32_t) p.l4,
    };
    if (is_large) {
        o->mss = MAX_OF (TX_MSS (flags), 1u); /* zero is nonsense, and is not sent */
        o->header_bytes = (uint32_t) p.payload;
        o->is_ipv4 = p.is_ipv4;
        o->is_tcp = true;
        /* Nothing to cut is nothing large. */
        if (p.payload == p.end)
            o->mss = o->header_bytes = 0, is_large = false;
    }
    if (is_large || (p.is_tcp && (flags & (TX_SUM_TCP | TX_LARGE_SEND)))
        || (p.is_udp && !(flags & TX_LARGE_SEND) && (flags & TX_SUM_UDP)))
        ask_for_l4 (card, &p, is_large);
}

/* --- C+ mode: descriptors ---------------------------------------------------------------------- */

struct descriptor {
    gpa_t gpa;
    uint32_t flags, vlan;
    gpa_t data;
};

/* Copies the ring's next descriptor.  False when the ring is not in memory. */
static bool
fetch (struct rtl8139 *card, const struct rtl8139_ring *ring, struct descriptor *d)
{
    unsigned base = ring == &card->high ? R_THPDS : R_TNPDS;
    uint8_t bytes[RTL8139_DESC_BYTES];

    d->gpa = load_le64 (card->regs + base) & ~0xffull;
    if (add_overflows (d->gpa, ring->index * RTL8139_DESC_BYTES, &d->gpa)
        || !memory_read (card->device.env->memory, d->gpa, bytes, sizeof bytes)) {
        device_mark_broken (&card->device, "transmit descriptors outside memory");
        return false;
    }
    d->flags = load_le32 (bytes);
    d->vlan = load_le32 (bytes + 4);
    d->data = load_le64 (bytes + 8);
    return true;
}

/* Gives D back with no error in it, and goes on to the next. */
static void
finish_descriptor (struct rtl8139 *card, struct rtl8139_ring *ring, const struct descriptor *d)
{
    uint8_t flags[4];

    store_le32 (flags, d->flags & (DESC_END_OF_RING | DESC_FIRST | DESC_LAST | TX_SIZE));
    memory_write (card->device.env->memory, d->gpa, flags, sizeof flags);
    ring->index = (d->flags & DESC_END_OF_RING) ? 0 : (ring->index + 1) % MAX_RING;
}

static void
take_descriptor (struct rtl8139 *card, struct rtl8139_ring *ring, const struct descriptor *d)
{
    if (d->flags & DESC_FIRST) {
        ethernet_tx_reset (&card->tx);
        card->offload = (struct ethernet_offload){
            .has_tag = d->vlan & TX_TAG,
            .tag_type = ETHERNET_TYPE_VLAN,
            .tag = (uint16_t) (d->vlan << 8 | (d->vlan >> 8 & 0xff)),
        };
        card->first_flags = d->flags;
        card->collecting = ring;
    }
    if (!card->collecting)
        return; /* no frame has begun */
    take_data (card, d->data, d->flags & TX_SIZE);
    if (!(d->flags & DESC_LAST))
        return;
    settle_offloads (card, card->first_flags);
    start (card);
    card->collecting = NULL;
}

/* Works on RING.  Returns the interrupts; *MORE: there is more to do at once. */
static unsigned
run_ring (struct rtl8139 *card, struct rtl8139_ring *ring, bool *more)
{
    unsigned causes = 0;
    struct descriptor d;

    for (unsigned i = 0; ring->is_polling && flush (card); i++) {
        if (card->collecting && card->collecting != ring)
            return causes; /* the other ring is in the middle of a frame */
        if (i == TURN_DESCRIPTORS) {
            *more = true;
            return causes;
        }
        if (!fetch (card, ring, &d))
            return causes;
        if (!(d.flags & DESC_OWN)) {
            ring->is_polling = false;
            return causes | INT_TDU;
        }
        take_descriptor (card, ring, &d);
        finish_descriptor (card, ring, &d);
        if (d.flags & DESC_LAST)
            causes |= INT_TOK;
    }
    return causes;
}

/* --- work -------------------------------------------------------------------------------------- */

static bool
may_transmit (const struct rtl8139 *card)
{
    return (card->regs[R_CR] & CR_TE) && pci_is_master (&card->pci) && !card->device.is_broken;
}

void
rtl8139_tx_work_cb (void *opaque)
{
    struct rtl8139 *card = opaque;
    unsigned causes = 0;
    bool more = false;

    pthread_mutex_lock (&card->lock);
    if (may_transmit (card)) {
        if (rtl8139_get16 (card, R_CPCR) & CPCR_TX) {
            causes = run_ring (card, &card->high, &more);
            causes |= run_ring (card, &card->normal, &more);
        } else {
            causes = run_slots (card);
        }
    }
    if (causes)
        rtl8139_raise (card, causes);
    if (more)
        loop_work_queue (card->loop, &card->tx_work);
    pthread_mutex_unlock (&card->lock);
}
