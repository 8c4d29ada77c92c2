/* SPDX-License-Identifier: GPL-2.0-or-later */
/* virtio-net-control.c - virtio-net's control queue: which frames the driver wants, its address, its
 * offloads, how many pairs of queues it uses (virtio 1.2, §5.1.6.5). */
#include <string.h>

#include "bits.h"
#include "virtio-net-private.h"

#define COMMANDS_A_TURN 64

/* --- the filter ------------------------------------------------------------------------------ */

void
virtio_net_filter_reset (struct virtio_net_filter *filter)
{
    memset (filter, 0, sizeof *filter);
    filter->modes[VIRTIO_NET_CTRL_RX_PROMISC] = true;
}

static bool
is_listed (const struct virtio_net_macs *list, const uint8_t *mac)
{
    for (unsigned i = 0; i < list->n; i++) {
        if (memcmp (list->macs[i], mac, VIRTIO_NET_MAC_BYTES) == 0)
            return true;
    }
    return list->overflowed;
}

/* Whether the driver wants a frame that begins with FRAME, its destination. */
bool
virtio_net_wants_locked (const struct virtio_net *card, const uint8_t *frame)
{
    static const uint8_t broadcast[VIRTIO_NET_MAC_BYTES] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff };
    const struct virtio_net_filter *filter = &card->filter;
    const bool *modes = filter->modes;

    if (modes[VIRTIO_NET_CTRL_RX_PROMISC])
        return true;
    if (memcmp (frame, broadcast, sizeof broadcast) == 0)
        return !modes[VIRTIO_NET_CTRL_RX_NOBCAST];
    if (frame[0] & 1)
        return !modes[VIRTIO_NET_CTRL_RX_NOMULTI]
               && (modes[VIRTIO_NET_CTRL_RX_ALLMULTI] || is_listed (&filter->multicast, frame));
    if (modes[VIRTIO_NET_CTRL_RX_NOUNI])
        return false;
    return modes[VIRTIO_NET_CTRL_RX_ALLUNI]
           || memcmp (frame, card->config + VIRTIO_NET_CFG_MAC, VIRTIO_NET_MAC_BYTES) == 0
           || is_listed (&filter->unicast, frame);
}

/* --- commands -------------------------------------------------------------------------------- */

/* Each returns the acknowledgement.  The data begins at VIRTIO_NET_CTRL_HEADER_BYTES of the chain in
 * card->chain. */

static uint8_t
set_mode_locked (struct virtio_net *card, uint8_t command)
{
    bool extra = command >= VIRTIO_NET_CTRL_RX_ALLUNI;
    uint8_t on;

    if (command >= VIRTIO_NET_CTRL_RX_N
        || !virtio_has_feature_locked (&card->virtio,
                                       extra ? VIRTIO_NET_F_CTRL_RX_EXTRA : VIRTIO_NET_F_CTRL_RX)
        || queue_chain_read (&card->chain, VIRTIO_NET_CTRL_HEADER_BYTES, &on, 1) < 1)
        return VIRTIO_NET_ERR;
    card->filter.modes[command] = on != 0;
    return VIRTIO_NET_OK;
}

/* Reads a list - u32 number, addresses - at *OFFSET of the chain and moves *OFFSET past it. */
static bool
read_macs (const struct queue_chain *chain, uint64_t *offset, struct virtio_net_macs *macs)
{
    uint8_t bytes[4];
    uint64_t n, end;

    if (queue_chain_read (chain, *offset, bytes, sizeof bytes) < sizeof bytes)
        return false;
    *offset += sizeof bytes;
    n = load_le32 (bytes);
    if (add_overflows (*offset, n * VIRTIO_NET_MAC_BYTES, &end) || end > chain->out_bytes)
        return false;
    macs->overflowed = n > VIRTIO_NET_N_MACS;
    macs->n = macs->overflowed ? 0 : (unsigned) n;
    queue_chain_read (chain, *offset, macs->macs, (size_t) macs->n * VIRTIO_NET_MAC_BYTES);
    *offset = end;
    return true;
}

static uint8_t
set_table_locked (struct virtio_net *card)
{
    struct virtio_net_macs unicast, multicast;
    uint64_t offset = VIRTIO_NET_CTRL_HEADER_BYTES;

    if (!virtio_has_feature_locked (&card->virtio, VIRTIO_NET_F_CTRL_RX)
        || !read_macs (&card->chain, &offset, &unicast)
        || !read_macs (&card->chain, &offset, &multicast))
        return VIRTIO_NET_ERR;
    card->filter.unicast = unicast;
    card->filter.multicast = multicast;
    return VIRTIO_NET_OK;
}

static uint8_t
set_mac_locked (struct virtio_net *card)
{
    uint8_t mac[VIRTIO_NET_MAC_BYTES];

    if (!virtio_has_feature_locked (&card->virtio, VIRTIO_NET_F_CTRL_MAC_ADDR)
        || queue_chain_read (&card->chain, VIRTIO_NET_CTRL_HEADER_BYTES, mac, sizeof mac)
               < sizeof mac)
        return VIRTIO_NET_ERR;
    memcpy (card->config + VIRTIO_NET_CFG_MAC, mac, sizeof mac);
    return VIRTIO_NET_OK;
}

static uint8_t
acknowledge_announce_locked (struct virtio_net *card)
{
    uint16_t status = load_le16 (card->config + VIRTIO_NET_CFG_STATUS);

    if (!virtio_has_feature_locked (&card->virtio, VIRTIO_NET_F_GUEST_ANNOUNCE)
        || !(status & VIRTIO_NET_S_ANNOUNCE))
        return VIRTIO_NET_ERR;
    store_le16 (card->config + VIRTIO_NET_CFG_STATUS, (uint16_t) (status & ~VIRTIO_NET_S_ANNOUNCE));
    return VIRTIO_NET_OK;
}

/* Switches off and on again what was negotiated, by feature bits (§5.1.6.5.6). */
static uint8_t
set_offloads_locked (struct virtio_net *card)
{
    uint64_t may = virtio_net_features_of (UINT32_MAX) & card->virtio.features;
    uint8_t bytes[8];

    if (!virtio_has_feature_locked (&card->virtio, VIRTIO_NET_F_CTRL_GUEST_OFFLOADS)
        || queue_chain_read (&card->chain, VIRTIO_NET_CTRL_HEADER_BYTES, bytes, sizeof bytes)
               < sizeof bytes
        || (load_le64 (bytes) & ~may))
        return VIRTIO_NET_ERR;
    net_accept (card->net, virtio_net_offloads_of (load_le64 (bytes), false));
    return VIRTIO_NET_OK;
}

static uint8_t
set_pairs_locked (struct virtio_net *card)
{
    uint8_t bytes[2];
    unsigned n;

    if (!virtio_has_feature_locked (&card->virtio, VIRTIO_NET_F_MQ)
        || queue_chain_read (&card->chain, VIRTIO_NET_CTRL_HEADER_BYTES, bytes, sizeof bytes)
               < sizeof bytes)
        return VIRTIO_NET_ERR;
    n = load_le16 (bytes);
    if (n == 0 || n > card->n_pairs)
        return VIRTIO_NET_ERR;
    return virtio_net_pairs_set_locked (card, n) < 0 ? VIRTIO_NET_ERR : VIRTIO_NET_OK;
}

static uint8_t
obey_locked (struct virtio_net *card, uint8_t class, uint8_t command)
{
    if (class == VIRTIO_NET_CTRL_RX)
        return set_mode_locked (card, command);
    if (class == VIRTIO_NET_CTRL_MAC && command == VIRTIO_NET_CTRL_MAC_TABLE)
        return set_table_locked (card);
    if (class == VIRTIO_NET_CTRL_MAC && command == VIRTIO_NET_CTRL_MAC_ADDR)
        return set_mac_locked (card);
    if (class == VIRTIO_NET_CTRL_ANNOUNCE && command == VIRTIO_NET_CTRL_ANNOUNCE_ACK)
        return acknowledge_announce_locked (card);
    if (class == VIRTIO_NET_CTRL_MQ && command == VIRTIO_NET_CTRL_MQ_PAIRS_SET)
        return set_pairs_locked (card);
    if (class == VIRTIO_NET_CTRL_OFFLOADS && command == VIRTIO_NET_CTRL_OFFLOADS_SET)
        return set_offloads_locked (card);
    return VIRTIO_NET_ERR;
}

bool
virtio_net_control_locked (struct virtio_net *card, struct virtio_queue *queue)
{
    for (unsigned i = 0; i < COMMANDS_A_TURN; i++) {
        uint8_t header[VIRTIO_NET_CTRL_HEADER_BYTES], ack;

        if (!virtio_pop_locked (queue, &card->chain))
            return false;
        if (card->chain.in_bytes == 0
            || queue_chain_read (&card->chain, 0, header, sizeof header) < sizeof header) {
            device_mark_broken (&card->virtio.device, "command without header or acknowledgement");
            virtio_push_locked (queue, card->chain.ticket, 0);
            return false;
        }
        ack = obey_locked (card, header[0], header[1]);
        queue_chain_write (&card->chain, 0, &ack, sizeof ack);
        virtio_push_locked (queue, card->chain.ticket, sizeof ack);
    }
    return true;
}
