/* SPDX-License-Identifier: GPL-2.0-or-later */
/* virtio-net.c - virtio-net, a network card (virtio 1.2, §5.1): features, link, life.
 *
 * One pair of queues: all of a machine's frames are moved by one loop, so more would only be more to
 * look at.  All offloads are the backend's: without a tap behind it the card offers none.
 *
 * Where the keeper gave us the kernel's vhost-net, the pair of queues and the tap are the kernel's while the
 * driver is up, the machine runs and the cable is in; at all other times the tap is looked at here, and what
 * comes is thrown away.  What the driver sends while the cable is out waits in its ring.
 *
 * Frames that come while no driver is there are thrown away, as by a card that is not switched on:
 * the next driver is not to be handed the past.
 */
#include <errno.h>
#include <linux/vhost.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

#include "bits.h"
#include "fd.h"
#include "log.h"
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
    if (card->has_vhost && !is_up)
        vhost_stop_locked (&card->vhost);
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

    if (card->has_vhost)
        vhost_set_running (&card->vhost, running);
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

    if (card->has_vhost && queue->index < VIRTIO_NET_N_VHOST_RINGS) {
        vhost_process_locked (&card->vhost, queue);
        return false;
    }
    switch (queue->index) {
    case VIRTIO_NET_RX:
        return virtio_net_receive_locked (card, queue);
    case VIRTIO_NET_TX:
        return virtio_net_send_locked (card, queue);
    default:
        return virtio_net_control_locked (card, queue);
    }
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
    struct virtio_net *card = virtio_net_from_virtio (vdev);

    if (card->has_vhost)
        vhost_stop_locked (&card->vhost);
}

static void
card_virtio_reset (struct virtio_device *vdev)
{
    struct virtio_net *card = virtio_net_from_virtio (vdev);

    if (card->has_vhost)
        vhost_reset_locked (&card->vhost);
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

    if (card->has_vhost)
        vhost_destroy (&card->vhost);
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

/* --- the kernel's part ----------------------------------------------------------------------- */

/* Both rings, or none. */
static int
set_backends (int vhost_fd, int tap_fd)
{
    int ret = 0;

    for (unsigned i = 0; i < VIRTIO_NET_N_VHOST_RINGS; i++) {
        struct vhost_vring_file file = { .index = i, .fd = tap_fd };

        if (ioctl (vhost_fd, VHOST_NET_SET_BACKEND, &file) < 0 && ret == 0)
            ret = -errno;
    }
    return ret;
}

static int
serve (struct virtio_device *vdev, int fd, bool on)
{
    struct virtio_net *card = virtio_net_from_virtio (vdev);
    int tap_fd = on ? net_lend (card->net) : -1, ret;

    if (on && tap_fd < 0)
        return -EAGAIN; /* when the cable is back */
    ret = set_backends (fd, tap_fd);
    if (on && ret < 0)
        set_backends (fd, -1);
    if (!on || ret < 0)
        net_take_back (card->net);
    return ret;
}

static const struct vhost_type card_vhost = { .serve = serve };

/* Has the kernel serve the frames' rings, if it can; what it does not do is then not offered: it asks nobody
 * which frames the driver wants. */
static void
use_vhost (struct virtio_net *card, int fd)
{
    static const uint8_t lost[] = { VIRTIO_NET_F_CTRL_RX, VIRTIO_NET_F_CTRL_RX_EXTRA };
    int ret = net_can_be_lent (card->net) ? 0 : -ENOTSUP;

    if (ret == 0)
        ret = vhost_create (&card->vhost, &card_vhost, &card->virtio, VIRTIO_NET_N_VHOST_RINGS, fd);

    if (ret < 0) {
        log_error (
            "device %s: its frames are moved here, as the host's kernel does not do that: %s",
            card->virtio.device.alias, strerror (-ret));
        fd_close (&fd);
        return;
    }
    card->has_vhost = true;
    for (unsigned i = 0; i < ARRAY_SIZE (lost); i++)
        card->virtio.offered &= ~BIT_ULL (lost[i]);
}

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
    virtio_init (&card->virtio, args, &card_device_ops, &card_type, VIRTIO_NET_N_QUEUES,
                 args->env->io_loop);
    card->virtio.device.class = &virtio_net_class;
    card->virtio.config = card->config;
    card->virtio.config_size = sizeof card->config;
    store_le16 (card->config + VIRTIO_NET_CFG_MTU, (uint16_t) options->mtu);
    loop_work_init (&card->unheard, readable_cb, card);
    offer (card, options);
    card_virtio_reset (&card->virtio);
    ret = virtio_pci_init (&card->pci, &card->virtio, args->slot);
    if (ret < 0) {
        virtio_destroy (&card->virtio);
        free (card);
        return ret;
    }
    if (args->vhost_fd >= 0)
        use_vhost (card, args->vhost_fd);
    if (!card->has_vhost) /* which has doorbells of its own */
        virtio_add_doorbells (&card->virtio);
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
    .may_use_vhost = true,
    .options = card_options,
    .n_options = ARRAY_SIZE (card_options),
    .config_size = sizeof (struct virtio_net_config),
    .create = card_create,
};
