/* SPDX-License-Identifier: GPL-2.0-or-later */
/* e1000e-transmit.c - the 82574L's transmit queues (§7.2).
 *
 * Theory of operation.  A tail that moves queues work on the frames' loop.  The work takes descriptors
 * one by one, copies each before it looks at it, and collects the data of a frame in its queue's
 * buffer; the one with EOP sends it.  A descriptor is done as soon as its data is copied, so nothing of
 * the guest's is used while the wire makes the card wait.
 *
 * What a guest can make one turn do is bounded by TURN_DESCRIPTORS; frames that do not fit the buffer
 * vanish as on the wire.  Sending never reads the ring again, and looped frames are only put into
 * memory: nothing here calls itself.
 */
#include <errno.h>

#include "e1000e-private.h"

#define TURN_DESCRIPTORS 256
#define TURN_BYTES       (256 * 1024)

/* In the fourth, fifth and sixth byte behind the address (§7.2.4-7.2.7). */
#define CMD_EOP        0x01
#define CMD_LEGACY_SUM 0x04
#define CMD_TSE        0x04
#define CMD_RS         0x08
#define CMD_DEXT       0x20
#define CMD_VLE        0x40
#define STATUS_DD      0x01
#define POPTS_IP       0x01
#define POPTS_L4       0x02
#define TUCMD_TCP      0x01
#define TUCMD_IPV4     0x02
#define TYPE_CONTEXT   0
#define TYPE_DATA      1

#define IVAR_EVERY_WRITE_BACK BIT (31)

/* A copy of what the guest wrote. */
struct descriptor {
    gpa_t gpa;
    uint8_t bytes[E1000E_DESC_BYTES];
};

static uint8_t
command (const struct descriptor *d)
{
    return d->bytes[11];
}

void
e1000e_tx_reset (struct e1000e *card)
{
    for (unsigned i = 0; i < E1000E_N_QUEUES; i++) {
        struct e1000e_tx_queue *q = &card->tx_queues[i];

        q->context = (struct e1000e_context){ 0 };
        q->has_first = false;
        ethernet_tx_reset (&q->tx);
    }
    card->is_tx_stalled = false;
}

/* --- where frames go --------------------------------------------------------------------------- */

static void
loop_back (struct e1000e *card, const struct iovec *iov, unsigned n)
{
    size_t len = ethernet_gather (iov, n, card->loop_frame, sizeof card->loop_frame);

    if (len > 0)
        e1000e_receive (card, card->loop_frame, len);
}

static int
send_frame (void *opaque, const struct net_header *header, const struct iovec *iov, unsigned n)
{
    struct e1000e *card = opaque;
    size_t len = 0;
    int ret = 0;

    if (e1000e_is_loopback (card))
        loop_back (card, iov, n);
    else if (card->is_link_up)
        ret = net_send (card->net, header, iov, n);
    if (ret < 0)
        return ret;
    for (unsigned i = 0; i < n; i++)
        len += iov[i].iov_len;
    e1000e_count_sent (card, iov[0].iov_base, len);
    return 0;
}

/* --- descriptors ------------------------------------------------------------------------------- */

static struct ethernet_sum
sum_from (uint8_t start, uint8_t field, uint16_t last)
{
    return (struct ethernet_sum){ .start = start, .field = field, .end = last ? last + 1u : 0 };
}

static void
take_context (struct e1000e_tx_queue *q, const uint8_t *d)
{
    q->context = (struct e1000e_context){
        .ip = sum_from (d[0], d[1], load_le16 (d + 2)),
        .l4 = sum_from (d[4], d[5], load_le16 (d + 6)),
        .is_tcp = d[11] & TUCMD_TCP,
        .is_ipv4 = d[11] & TUCMD_IPV4,
        .header_bytes = d[13],
        .mss = load_le16 (d + 14),
    };
}

/* The first descriptor of a frame says what is to be done to it. */
static void
begin_frame (struct e1000e_tx_queue *q, const struct descriptor *d)
{
    struct ethernet_offload *o = &q->offload;
    const struct e1000e_context *c = &q->context;

    *o = (struct ethernet_offload){ 0 };
    q->has_first = true;
    if (!(command (d) & CMD_DEXT)) {
        o->l4 = sum_from (d->bytes[13], d->bytes[10], 0);
        o->l4.is_wanted = command (d) & CMD_LEGACY_SUM;
        return;
    }
    o->ip = c->ip;
    o->ip.is_wanted = d->bytes[13] & POPTS_IP;
    o->l4 = c->l4;
    o->l4.is_wanted = d->bytes[13] & POPTS_L4;
    if (command (d) & CMD_TSE) {
        o->mss = MAX_OF (c->mss, 1u); /* zero is nonsense, and is not sent */
        o->header_bytes = c->header_bytes;
        o->is_ipv4 = c->is_ipv4;
        o->is_tcp = c->is_tcp;
    }
}

/* Copies the data of D; what is not in RAM spoils the frame. */
static void
take_data (struct e1000e *card, struct e1000e_tx_queue *q, const struct descriptor *d)
{
    uint32_t len = load_le32 (d->bytes + 8) & (command (d) & CMD_DEXT ? 0xfffff : 0xffff);
    uint8_t *to = ethernet_tx_append (&q->tx, len);

    if (to && !memory_read (card->device.env->memory, load_le64 (d->bytes), to, len))
        q->tx.is_too_long = true;
}

static void
end_frame (struct e1000e *card, struct e1000e_tx_queue *q, const struct descriptor *d)
{
    unsigned peer = e1000e_is_loopback (card) ? 0 : net_offloads (card->net);

    q->offload.has_tag = (command (d) & CMD_VLE) && (e1000e_get (card, R_CTRL) & CTRL_VME);
    q->offload.tag_type = (uint16_t) e1000e_get (card, R_VET);
    q->offload.tag = load_le16 (d->bytes + 14);
    q->has_first = false;
    ethernet_tx_start (&q->tx, &q->offload, peer);
}

static void
take_descriptor (struct e1000e *card, struct e1000e_tx_queue *q, const struct descriptor *d)
{
    unsigned type = d->bytes[10] >> 4;

    if ((command (d) & CMD_DEXT) && type == TYPE_CONTEXT) {
        take_context (q, d->bytes);
        return;
    }
    if ((command (d) & CMD_DEXT) && type != TYPE_DATA)
        return; /* reserved */
    if (!q->has_first)
        begin_frame (q, d);
    take_data (card, q, d);
    if (command (d) & CMD_EOP)
        end_frame (card, q, d);
}

/* --- queues ------------------------------------------------------------------------------------ */

/* What happened in a turn. */
struct turn {
    unsigned descriptors;
    size_t bytes;
    uint32_t causes;
};

/* Copies the descriptor at the head.  False when the queue cannot go on. */
static bool
fetch (struct e1000e *card, unsigned base, uint32_t head, struct descriptor *d)
{
    gpa_t ring =
        e1000e_get (card, base + R_TDBAL) | (gpa_t) e1000e_get (card, base + R_TDBAH) << 32;

    if (add_overflows (ring, head * E1000E_DESC_BYTES, &d->gpa)
        || !memory_read (card->device.env->memory, d->gpa, d->bytes, sizeof d->bytes)) {
        device_mark_broken (&card->device, "transmit ring outside memory");
        return false;
    }
    return true;
}

/* Tells the guest that D is done, if it asked. */
static void
write_back (struct e1000e *card, unsigned index, const struct descriptor *d, struct turn *turn)
{
    uint8_t status = d->bytes[12] | STATUS_DD;

    if (command (d) & CMD_RS)
        memory_write (card->device.env->memory, d->gpa + 12, &status, 1);
    if ((command (d) & CMD_RS) || (e1000e_get (card, R_IVAR) & IVAR_EVERY_WRITE_BACK))
        turn->causes |= CAUSE_TXDW | CAUSE_TXQ0 << index;
}

/* Sends what is ready.  False when the wire says later. */
static bool
flush (struct e1000e *card, struct e1000e_tx_queue *q, struct turn *turn)
{
    if (!q->tx.is_sending)
        return true;
    turn->bytes += q->tx.len;
    if (ethernet_tx_send (&q->tx, send_frame, card) == 0)
        return true;
    card->is_tx_stalled = true;
    return false;
}

/* Works on queue INDEX.  Returns whether there is more to do at once. */
static bool
run_queue (struct e1000e *card, unsigned index, struct turn *turn)
{
    struct e1000e_tx_queue *q = &card->tx_queues[index];
    unsigned base = index * QUEUE_STRIDE;
    uint32_t n = e1000e_get (card, base + R_TDLEN) / E1000E_DESC_BYTES;
    uint32_t tail = e1000e_get (card, base + R_TDT);
    uint32_t head = e1000e_get (card, base + R_TDH);
    struct descriptor d;

    if (!flush (card, q, turn) || head >= n || tail >= n)
        return false;
    while (head != tail) {
        if (turn->descriptors >= TURN_DESCRIPTORS || turn->bytes >= TURN_BYTES)
            return true;
        if (!fetch (card, base, head, &d))
            return false;
        turn->descriptors++;
        take_descriptor (card, q, &d);
        head = head + 1 == n ? 0 : head + 1;
        e1000e_set (card, base + R_TDH, head);
        write_back (card, index, &d, turn);
        if (!flush (card, q, turn))
            return false;
    }
    if (turn->causes)
        turn->causes |= CAUSE_TXQE;
    return false;
}

static bool
may_transmit (const struct e1000e *card)
{
    return (e1000e_get (card, R_TCTL) & TCTL_EN) && pci_is_master (&card->pci)
           && !card->device.is_broken;
}

void
e1000e_tx_work_cb (void *opaque)
{
    struct e1000e *card = opaque;
    struct turn turn = { 0 };
    bool more = false;

    pthread_mutex_lock (&card->lock);
    card->is_tx_stalled = false;
    for (unsigned i = 0; i < E1000E_N_QUEUES && may_transmit (card) && !card->is_tx_stalled; i++)
        more |= run_queue (card, i, &turn);
    if (turn.causes)
        e1000e_raise (card, turn.causes);
    if (more)
        loop_work_queue (card->loop, &card->tx_work);
    pthread_mutex_unlock (&card->lock);
}
