/* SPDX-License-Identifier: GPL-2.0-or-later */
/* virtio-net-frames.c - virtio-net's frames, both ways (virtio 1.2, §5.1.6).
 *
 * Theory of operation.  A frame stays with the backend until there are buffers for all of it.  With
 * VIRTIO_NET_F_MRG_RXBUF it may take several chains: they are popped and filled one after the other,
 * and when they do not suffice all go back into the ring as if nothing had been: nothing is held
 * between two turns, so a reset has nothing to wait for.  How many there were is only known at the
 * end, and written into the first.
 *
 * The other way a frame the backend has no room for goes back into the ring too, and the turn ends;
 * the backend says when to go on.
 *
 * A header's offloads count only as far as they were negotiated, whatever the backend could do: a
 * frame that asks for more is dropped.
 */
#include <string.h>

#include "bits.h"
#include "virtio-net-private.h"

#define FRAMES_A_TURN 64

/* --- headers --------------------------------------------------------------------------------- */

static const struct {
    uint8_t host, guest; /* feature bits */
    unsigned offload;
} offloads[] = {
    { VIRTIO_NET_F_CSUM, VIRTIO_NET_F_GUEST_CSUM, NET_OFFLOAD_CSUM },
    { VIRTIO_NET_F_HOST_TSO4, VIRTIO_NET_F_GUEST_TSO4, NET_OFFLOAD_TSO4 },
    { VIRTIO_NET_F_HOST_TSO6, VIRTIO_NET_F_GUEST_TSO6, NET_OFFLOAD_TSO6 },
    { VIRTIO_NET_F_HOST_ECN, VIRTIO_NET_F_GUEST_ECN, NET_OFFLOAD_ECN },
    /* One offload in the backend, two features of the guest's: it takes both or none. */
    { VIRTIO_NET_F_HOST_USO, VIRTIO_NET_F_GUEST_USO4, NET_OFFLOAD_USO },
    { VIRTIO_NET_F_HOST_USO, VIRTIO_NET_F_GUEST_USO6, NET_OFFLOAD_USO },
};

unsigned
virtio_net_offloads_of (uint64_t features, bool host)
{
    unsigned found = 0, missing = 0;

    for (unsigned i = 0; i < ARRAY_SIZE (offloads); i++) {
        if (features & BIT_ULL (host ? offloads[i].host : offloads[i].guest))
            found |= offloads[i].offload;
        else
            missing |= offloads[i].offload;
    }
    return found & ~missing;
}

uint64_t
virtio_net_features_of (unsigned wanted)
{
    uint64_t features = 0;

    for (unsigned i = 0; i < ARRAY_SIZE (offloads); i++) {
        if (wanted & offloads[i].offload)
            features |= BIT_ULL (offloads[i].host) | BIT_ULL (offloads[i].guest);
    }
    return features;
}

static void
decode (const uint8_t *bytes, struct net_header *header)
{
    header->flags = bytes[0] & NET_HEADER_NEEDS_CSUM; /* others mean nothing here (§5.1.6.2) */
    header->gso_type = bytes[1];
    header->hdr_len = load_le16 (bytes + 2);
    header->gso_size = load_le16 (bytes + 4);
    header->csum_start = load_le16 (bytes + 6);
    header->csum_offset = load_le16 (bytes + 8);
}

static void
encode (const struct net_header *header, uint8_t *bytes)
{
    bytes[0] = header->flags;
    bytes[1] = header->gso_type;
    store_le16 (bytes + 2, header->hdr_len);
    store_le16 (bytes + 4, header->gso_size);
    store_le16 (bytes + 6, header->csum_start);
    store_le16 (bytes + 8, header->csum_offset);
    store_le16 (bytes + VIRTIO_NET_HDR_BUFFERS, 1);
}

/* Whether the driver may ask for that. */
static bool
is_negotiated_locked (const struct virtio_net *card, const struct net_header *header)
{
    unsigned may = virtio_net_offloads_of (card->virtio.features, true);

    return !(net_header_offloads (header) & ~may);
}

/* --- receiving ------------------------------------------------------------------------------- */

/* Puts the first N chains of card->pieces back. */
static void
put_back_locked (struct virtio_net *card, struct virtio_queue *queue, unsigned n)
{
    while (n > 0)
        virtio_unpop_locked (queue, card->pieces[--n].ticket);
}

/* There is room for far more buffers than there are. */
static void
copy_chain (struct queue_chain *to, const struct queue_chain *from)
{
    memcpy (to, from,
            offsetof (struct queue_chain, iov) + (from->n_out + from->n_in) * sizeof from->iov[0]);
}

/* Fills the chain in card->chain with what is left of FRAME after its first DONE bytes.  Returns how
 * many bytes of the frame went in. */
static size_t
fill_locked (struct virtio_net *card, const struct net_frame *frame, unsigned index, size_t done)
{
    uint8_t header[VIRTIO_NET_HEADER_BYTES];
    uint64_t offset = 0;
    size_t n;

    if (index == 0) {
        encode (&frame->header, header);
        offset = queue_chain_write (&card->chain, 0, header, sizeof header);
        copy_chain (&card->first, &card->chain);
    }
    n = queue_chain_write (&card->chain, offset, frame->data + done, frame->len - done);
    card->pieces[index].written = (uint32_t) (offset + n);
    return n;
}

/* What makes a chain unfit to receive into, or NULL. */
static const char *
wrong_with_locked (const struct virtio_net *card, unsigned index)
{
    if (card->chain.n_out > 0)
        return "readable buffer for a received frame";
    if (index == 0 && card->chain.in_bytes < VIRTIO_NET_HEADER_BYTES)
        return "receive buffer shorter than a header"; /* §5.1.6.3.1 */
    if (index == VIRTIO_NET_QUEUE_SIZE - 1)
        return "receive buffers too small for a frame";
    return NULL;
}

/* Gives the N chains in card->pieces to the driver: one frame. */
static void
deliver_locked (struct virtio_net *card, struct virtio_queue *queue, unsigned n)
{
    uint8_t n_buffers[2];

    store_le16 (n_buffers, (uint16_t) n);
    queue_chain_write (&card->first, VIRTIO_NET_HDR_BUFFERS, n_buffers, sizeof n_buffers);
    for (unsigned i = 0; i < n; i++)
        virtio_push_locked (queue, card->pieces[i].ticket, card->pieces[i].written);
}

/* Moves FRAME into the driver's buffers, or drops it when it can never go there.  Returns false when
 * the frame has to wait, or the device is broken now. */
static bool
receive_frame_locked (struct virtio_net *card, struct virtio_queue *queue,
                      const struct net_frame *frame)
{
    bool mergeable = virtio_has_feature_locked (&card->virtio, VIRTIO_NET_F_MRG_RXBUF);
    size_t done = 0;
    unsigned n = 0;

    do {
        const char *wrong;

        if (!virtio_pop_locked (queue, &card->chain)) {
            put_back_locked (card, queue, n);
            return false;
        }
        card->pieces[n].ticket = card->chain.ticket;
        wrong = wrong_with_locked (card, n);
        if (wrong) {
            put_back_locked (card, queue, n + 1);
            device_mark_broken (&card->virtio.device, wrong);
            return false;
        }
        done += fill_locked (card, frame, n++, done);
    } while (done < frame->len && mergeable);

    if (done < frame->len)
        put_back_locked (card, queue, n); /* one buffer has to take it all (§5.1.6.4) */
    else
        deliver_locked (card, queue, n);
    return true;
}

bool
virtio_net_receive_locked (struct virtio_net_pair *pair, struct virtio_queue *queue)
{
    struct virtio_net *card = pair->card;
    struct net_frame frame;

    for (unsigned i = 0; i < FRAMES_A_TURN; i++) {
        if (!net_peek (pair->net, &frame))
            return false;
        if (virtio_net_wants_locked (card, frame.data)
            && !receive_frame_locked (card, queue, &frame))
            return false;
        net_consume (pair->net);
    }
    return true;
}

/* --- sending --------------------------------------------------------------------------------- */

/* Sends the frame in card->chain by PAIR.  Returns 0 when the driver may have its buffers back, -EAGAIN, or
 * -EIO when the device is broken now. */
static int
send_frame_locked (struct virtio_net_pair *pair)
{
    struct virtio_net *card = pair->card;
    const struct queue_chain *chain = &card->chain;
    uint8_t bytes[VIRTIO_NET_HEADER_BYTES];
    struct net_header header;
    unsigned n;

    if (chain->n_in > 0)
        return device_mark_broken (&card->virtio.device, "writable buffer in a sent frame");
    if (queue_chain_read (chain, 0, bytes, sizeof bytes) < sizeof bytes)
        return device_mark_broken (&card->virtio.device, "sent frame without a header");
    decode (bytes, &header);
    if (!is_negotiated_locked (card, &header))
        return 0;
    n = queue_chain_slice_out (chain, sizeof bytes, chain->out_bytes - sizeof bytes, card->iov);
    return net_send (pair->net, &header, card->iov, n);
}

bool
virtio_net_send_locked (struct virtio_net_pair *pair, struct virtio_queue *queue)
{
    struct virtio_net *card = pair->card;

    for (unsigned i = 0; i < FRAMES_A_TURN; i++) {
        int ret;

        if (!virtio_pop_locked (queue, &card->chain))
            return false;
        ret = send_frame_locked (pair);
        if (ret < 0) {
            virtio_unpop_locked (queue, card->chain.ticket);
            return false;
        }
        virtio_push_locked (queue, card->chain.ticket, 0);
    }
    return true;
}
