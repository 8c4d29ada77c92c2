/* SPDX-License-Identifier: GPL-2.0-or-later */
/* virtio-net.c - virtio-net, a network card (virtio 1.2, §5.1): features, link, life.
 *
 * It has as many pairs of queues as it is given plugs (virtio-net-pairs.c).  All offloads are the backend's:
 * without a tap behind it the card offers none.
 *
 * Frames that come while no driver is there are thrown away, as by a card that is not switched on:
 * the next driver is not to be handed the past.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bits.h"
#include "virtio-net-private.h"

#define DEVICE_TYPE 1
#define CLASS_CODE  0x020000 /* Ethernet controller */

#define UNHEARD_A_TURN 64

/* --- link and announcing --------------------------------------------------------------------- */

static void
set_status_bit_locked (struct virtio_net *card, unsigned bit, bool on)
{
    uint16_t status = load_le16 (card->config + VIRTIO_NET_CFG_STATUS);

    status = (uint16_t) (on ? status | bit : status & ~bit);
    store_le16 (card->config + VIRTIO_NET_CFG_STATUS, status);
}

/* §2.1.2, §5.1.4: a driver that is up is told. */
static void
tell_driver_locked (struct virtio_net *card)
{
    if (card->virtio.status & VIRTIO_STATUS_DRIVER_OK)
        virtio_config_changed_locked (&card->virtio);
}

static void
link_changed_cb (void *opaque)
{
    struct virtio_net *card = opaque;
    bool is_up = net_link_is_up (card->net);

    pthread_mutex_lock (&card->virtio.lock);
    if (!is_up)
        virtio_net_pairs_stop_locked (card);
    set_status_bit_locked (card, VIRTIO_NET_S_LINK_UP, is_up);
    tell_driver_locked (card);
    pthread_mutex_unlock (&card->virtio.lock);
    if (card->has_vhost && is_up)
        virtio_notify_all (&card->virtio);
}

/* The switches between us and the world may have forgotten where the guest is: it shall say so. */
static void
card_set_running (struct device *device, bool running)
{
    struct virtio_net *card = container_of (device, struct virtio_net, virtio.device);

    for (unsigned i = 0; card->has_vhost && i < card->n_pairs; i++)
        vhost_set_running (&card->pairs[i].vhost, running);
    pthread_mutex_lock (&card->virtio.lock);
    if (running && (card->virtio.status & VIRTIO_STATUS_DRIVER_OK)
        && virtio_has_feature_locked (&card->virtio, VIRTIO_NET_F_GUEST_ANNOUNCE)
        && net_link_is_up (card->net)) {
        set_status_bit_locked (card, VIRTIO_NET_S_ANNOUNCE, true);
        tell_driver_locked (card);
    }
    pthread_mutex_unlock (&card->virtio.lock);
}

/* --- the backend's callbacks ----------------------------------------------------------------- */

/* Returns whether there may be more. */
static bool
drop_unheard (struct virtio_net *card)
{
    struct net_frame frame;

    for (unsigned i = 0; i < UNHEARD_A_TURN; i++) {
        if (!net_peek (card->net, &frame))
            return false;
        net_consume (card->net);
    }
    return true;
}

static void
readable_cb (void *opaque)
{
    struct virtio_net *card = opaque;
    bool is_heard;

    pthread_mutex_lock (&card->virtio.lock);
    is_heard = card->virtio.status & VIRTIO_STATUS_DRIVER_OK;
    pthread_mutex_unlock (&card->virtio.lock);
    if (is_heard)
        virtio_notify (&card->virtio, VIRTIO_NET_RX);
    else if (drop_unheard (card))
        loop_work_queue (card->virtio.loop, &card->unheard);
}

static void
writable_cb (void *opaque)
{
    struct virtio_net *card = opaque;

    virtio_notify (&card->virtio, VIRTIO_NET_TX);
}

static const struct net_ops net_ops = {
    .readable = readable_cb,
    .writable = writable_cb,
    .link_changed = link_changed_cb,
};

/* --- virtio hooks ---------------------------------------------------------------------------- */

static bool
card_process (struct virtio_device *vdev, struct virtio_queue *queue)
{
    struct virtio_net *card = virtio_net_from_virtio (vdev);
    struct virtio_net_pair *pair = virtio_net_find_pair_locked (card, queue->index);

    if (virtio_net_is_control_locked (card, queue->index))
        return virtio_net_control_locked (card, queue);
    if (!pair)
        return false; /* until it is used */
    if (card->has_vhost) {
        vhost_process_locked (&pair->vhost, queue);
        return false;
    }
    return queue->index % VIRTIO_NET_A_PAIR == VIRTIO_NET_RX
               ? virtio_net_receive_locked (pair, queue)
               : virtio_net_send_locked (pair, queue);
}

static void
card_features_set (struct virtio_device *vdev)
{
    struct virtio_net *card = virtio_net_from_virtio (vdev);

    net_accept (card->net, virtio_net_offloads_of (vdev->features, false));
}

static void
card_stop (struct virtio_device *vdev)
{
    virtio_net_pairs_stop_locked (virtio_net_from_virtio (vdev));
}

static void
card_virtio_reset (struct virtio_device *vdev)
{
    struct virtio_net *card = virtio_net_from_virtio (vdev);

    virtio_net_pairs_reset_locked (card);
    memcpy (card->config + VIRTIO_NET_CFG_MAC, card->mac, sizeof card->mac);
    set_status_bit_locked (card, VIRTIO_NET_S_ANNOUNCE, false);
    set_status_bit_locked (card, VIRTIO_NET_S_LINK_UP, net_link_is_up (card->net));
    virtio_net_filter_reset (&card->filter);
    net_accept (card->net, 0);
    loop_work_queue (vdev->loop, &card->unheard); /* what waited for the driver before */
}

static const struct virtio_ops card_virtio_ops = {
    .process = card_process,
    .cancel = card_stop,
    .suspend = card_stop,
    .reset = card_virtio_reset,
    .features_set = card_features_set,
};

static const struct virtio_type card_type = {
    .id = DEVICE_TYPE,
    .pci_class_code = CLASS_CODE,
    .queue_size = VIRTIO_NET_QUEUE_SIZE,
    .ops = &card_virtio_ops,
};

/* --- device ---------------------------------------------------------------------------------- */

static void
card_reset (struct device *device)
{
    struct virtio_net *card = container_of (device, struct virtio_net, virtio.device);

    virtio_pci_reset (&card->pci);
}

static void
card_broken (struct device *device)
{
    card_stop (&container_of (device, struct virtio_net, virtio.device)->virtio);
    virtio_broken (device);
}

static void
card_destroy (struct device *device)
{
    struct virtio_net *card = container_of (device, struct virtio_net, virtio.device);

    virtio_net_pairs_destroy_vhost (card);
    net_destroy (card->net); /* first: nobody calls us any more */
    loop_work_cancel (card->virtio.loop, &card->unheard);
    virtio_pci_destroy (&card->pci);
    virtio_destroy (&card->virtio);
    free (card);
}

static const struct device_ops card_device_ops = {
    .reset = card_reset,
    .destroy = card_destroy,
    .broken = card_broken,
    .set_running = card_set_running,
};

static void
offer (struct virtio_net *card, const struct virtio_net_config *options)
{
    static const uint8_t always[] = {
        VIRTIO_NET_F_MAC,           VIRTIO_NET_F_MRG_RXBUF,      VIRTIO_NET_F_STATUS,
        VIRTIO_NET_F_CTRL_VQ,       VIRTIO_NET_F_CTRL_RX,        VIRTIO_NET_F_CTRL_RX_EXTRA,
        VIRTIO_NET_F_CTRL_MAC_ADDR, VIRTIO_NET_F_GUEST_ANNOUNCE,
    };
    uint64_t *offered = &card->virtio.offered;

    for (unsigned i = 0; i < ARRAY_SIZE (always); i++)
        *offered |= BIT_ULL (always[i]);
    *offered |= virtio_net_features_of (net_offloads (card->net));
    if (net_offloads (card->net))
        *offered |= BIT_ULL (VIRTIO_NET_F_CTRL_GUEST_OFFLOADS);
    if (card->n_pairs > 1)
        *offered |= BIT_ULL (VIRTIO_NET_F_MQ);
    if (options->mtu)
        *offered |= BIT_ULL (VIRTIO_NET_F_MTU);
}

/* "52:54:00:12:34:56"; a unicast address that is not zero.  False when TEXT is none. */
static bool
parse_mac (const char *text, uint8_t *mac)
{
    static const uint8_t none[VIRTIO_NET_MAC_BYTES];
    int end = 0;

    return sscanf (text, "%2hhx:%2hhx:%2hhx:%2hhx:%2hhx:%2hhx%n", &mac[0], &mac[1], &mac[2],
                   &mac[3], &mac[4], &mac[5], &end)
               == VIRTIO_NET_MAC_BYTES
           && text[end] == '\0' && !(mac[0] & 1) && memcmp (mac, none, sizeof none) != 0;
}

static int
card_create (const struct device_args *args, struct device **out)
{
    const struct virtio_net_config *options = args->config;
    struct virtio_net *card = calloc (1, sizeof *card);
    int ret;

    if (!card)
        return -ENOMEM;
    if (!parse_mac (options->mac, card->mac)) {
        free (card);
        return -EINVAL;
    }
    card->net = args->net;
    virtio_net_pairs_init (card);
    virtio_init (&card->virtio, args, &card_device_ops, &card_type,
                 VIRTIO_NET_A_PAIR * card->n_pairs + 1, args->env->io_loop);
    card->virtio.device.class = &virtio_net_class;
    card->virtio.config = card->config;
    card->virtio.config_size = sizeof card->config;
    if (card->n_pairs > 1)
        store_le16 (card->config + VIRTIO_NET_CFG_MAX_PAIRS, (uint16_t) card->n_pairs);
    store_le16 (card->config + VIRTIO_NET_CFG_MTU, (uint16_t) options->mtu);
    loop_work_init (&card->unheard, readable_cb, card);
    offer (card, options);
    card_virtio_reset (&card->virtio);
    ret = virtio_pci_init (&card->pci, &card->virtio, args->slot);
    if (ret < 0) {
        loop_work_cancel (args->env->io_loop, &card->unheard);
        virtio_destroy (&card->virtio);
        free (card);
        return ret;
    }
    virtio_net_pairs_use_vhost (card);
    if (!card->has_vhost) /* which has doorbells of its own */
        virtio_add_doorbells (&card->virtio);
    virtio_net_pairs_listen (card);
    net_set_ops (card->net, &net_ops, card);
    *out = &card->virtio.device;
    return 0;
}

static const struct option card_options[] = {
    { .name = "mac",
      .type = OPTION_STRING,
      .offset = offsetof (struct virtio_net_config, mac),
      .max = sizeof ((struct virtio_net_config *) NULL)->mac,
      .fallback = "52:54:00:12:34:56",
      .help = "The card's address, six hexadecimal bytes with colons between them" },
    { .name = "mtu",
      .type = OPTION_UINT,
      .offset = offsetof (struct virtio_net_config, mtu),
      .max = 65535,
      .fallback = "0",
      .help = "Largest packet the network takes, 0 to leave that to the guest" },
};

const struct device_class virtio_net_class = {
    .name = "virtio-net",
    .summary = "Paravirtual network card",
    .bus = DEVICE_BUS_PCI,
    .backend = BACKEND_NET,
    .has_pairs = true,
    .options = card_options,
    .n_options = ARRAY_SIZE (card_options),
    .config_size = sizeof (struct virtio_net_config),
    .create = card_create,
};
