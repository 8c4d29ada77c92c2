/* SPDX-License-Identifier: GPL-2.0-or-later */
/* virtio-net-pairs.c - virtio-net's pairs of queues: which the driver uses, and who moves their frames (virtio 1.2,
 * §5.1.6.5.5).
 *
 * Theory of operation.  A pair has a plug of its own, behind which is a queue of the tap.  The kernel spreads
 * frames over the queues that are attached, and remembers by which of them a flow was sent, so that what answers
 * it comes there: which pair a frame takes is nothing that this device decides.  The driver begins with one pair,
 * after each reset, and says how many it uses; the others' queues are detached, and what is in their rings stays
 * there, unread, until they are used.  All pairs are worked on by the machine's one I/O loop: several spare the
 * guest's processors from waiting for each other, not us.
 *
 * Where the keeper gave us the kernel's vhost-net, one for each pair, a pair and its queue of the tap are the kernel's,
 * which has a worker for each, while the driver is up and uses it, the machine runs and the cable is in; at all
 * other times the tap is looked at here, and what comes is thrown away.  What the driver sends while the cable is
 * out waits in its ring.
 */
#include <errno.h>
#include <linux/vhost.h>
#include <string.h>
#include <sys/ioctl.h>

#include "fd.h"
#include "log.h"
#include "virtio-net-private.h"

static unsigned
first_queue_of (const struct virtio_net_pair *pair)
{
    return VIRTIO_NET_A_PAIR * pair->index;
}

/* --- which queue is whose --------------------------------------------------------------------- */

bool
virtio_net_is_control_locked (const struct virtio_net *card, unsigned index)
{
    bool has_several = virtio_has_feature_locked (&card->virtio, VIRTIO_NET_F_MQ);

    return index == VIRTIO_NET_A_PAIR * (has_several ? card->n_pairs : 1);
}

struct virtio_net_pair *
virtio_net_find_pair_locked (struct virtio_net *card, unsigned index)
{
    return index / VIRTIO_NET_A_PAIR < card->n_active ? &card->pairs[index / VIRTIO_NET_A_PAIR]
                                                      : NULL;
}

/* --- what their plugs say ---------------------------------------------------------------------- */

static void
readable_cb (void *opaque)
{
    struct virtio_net_pair *pair = opaque;

    virtio_notify (&pair->card->virtio, first_queue_of (pair) + VIRTIO_NET_RX);
}

static void
writable_cb (void *opaque)
{
    struct virtio_net_pair *pair = opaque;

    virtio_notify (&pair->card->virtio, first_queue_of (pair) + VIRTIO_NET_TX);
}

/* The first plug's say is the card's. */
static const struct net_ops pair_ops = { .readable = readable_cb, .writable = writable_cb };

void
virtio_net_pairs_listen (struct virtio_net *card)
{
    for (unsigned i = 1; i < card->n_pairs; i++)
        net_set_ops (card->pairs[i].net, &pair_ops, &card->pairs[i]);
}

/* --- on and off ------------------------------------------------------------------------------- */

static void
stop_pair_locked (struct virtio_net_pair *pair)
{
    if (pair->card->has_vhost)
        vhost_stop_locked (&pair->vhost);
    if (pair->index > 0)
        net_disable (pair->net);
}

int
virtio_net_pairs_set_locked (struct virtio_net *card, unsigned n)
{
    unsigned before = card->n_active;

    for (unsigned i = before; i < n; i++) {
        int ret = net_enable (card->pairs[i].net);

        if (ret < 0) {
            while (i-- > before)
                net_disable (card->pairs[i].net);
            return ret;
        }
    }
    for (unsigned i = n; i < before; i++)
        stop_pair_locked (&card->pairs[i]);
    card->n_active = n;
    /* What came into their rings too early. */
    for (unsigned i = VIRTIO_NET_A_PAIR * before; i < VIRTIO_NET_A_PAIR * n; i++)
        virtio_notify (&card->virtio, i);
    return 0;
}

void
virtio_net_pairs_stop_locked (struct virtio_net *card)
{
    for (unsigned i = 0; card->has_vhost && i < card->n_pairs; i++)
        vhost_stop_locked (&card->pairs[i].vhost);
}

void
virtio_net_pairs_reset_locked (struct virtio_net *card)
{
    for (unsigned i = 0; i < card->n_pairs; i++) {
        if (card->has_vhost)
            vhost_reset_locked (&card->pairs[i].vhost);
        stop_pair_locked (&card->pairs[i]);
    }
    card->n_active = 1;
}

void
virtio_net_pairs_init (struct virtio_net *card)
{
    card->n_pairs = net_n_pairs (card->net);
    card->n_active = 1;
    for (unsigned i = 0; i < card->n_pairs; i++) {
        card->pairs[i].card = card;
        card->pairs[i].index = i;
        card->pairs[i].net = net_get_pair (card->net, i);
    }
}

/* --- the kernel's part ------------------------------------------------------------------------ */

/* Both rings, or none. */
static int
set_backends (int vhost_fd, int tap_fd)
{
    int ret = 0;

    for (unsigned i = 0; i < VIRTIO_NET_A_PAIR; i++) {
        struct vhost_vring_file file = { .index = i, .fd = tap_fd };

        if (ioctl (vhost_fd, VHOST_NET_SET_BACKEND, &file) < 0 && ret == 0)
            ret = -errno;
    }
    return ret;
}

static int
serve (struct vhost *vhost, bool on)
{
    struct virtio_net_pair *pair = container_of (vhost, struct virtio_net_pair, vhost);
    int tap_fd = on ? net_lend (pair->net) : -1, ret;

    if (on && tap_fd < 0)
        return -EAGAIN; /* when the cable is back, or the queue attached */
    ret = set_backends (vhost->fd, tap_fd);
    if (on && ret < 0)
        set_backends (vhost->fd, -1);
    if (!on || ret < 0)
        net_take_back (pair->net);
    return ret;
}

static const struct vhost_type pair_vhost = { .serve = serve };

/* FD is taken over. */
static int
add_vhost (struct virtio_net_pair *pair, int fd)
{
    struct virtio_net *card = pair->card;
    int ret = fd < 0 ? -EBADF
              : !net_can_be_lent (card->net)
                  ? -ENOTSUP
                  : vhost_create (&pair->vhost, &pair_vhost, &card->virtio, first_queue_of (pair),
                                  VIRTIO_NET_A_PAIR, fd);

    if (ret < 0)
        fd_close (&fd);
    return ret;
}

static void
destroy_first (struct virtio_net *card, unsigned n)
{
    while (n-- > 0)
        vhost_destroy (&card->pairs[n].vhost);
}

/* What the kernel does not do is then not offered: it asks nobody which frames the driver wants. */
void
virtio_net_pairs_use_vhost (struct virtio_net *card)
{
    static const uint8_t lost[] = { VIRTIO_NET_F_CTRL_RX, VIRTIO_NET_F_CTRL_RX_EXTRA };
    int fd = net_take_vhost (card->net);

    if (fd < 0)
        return;
    for (unsigned i = 0; i < card->n_pairs; i++) {
        int ret = add_vhost (&card->pairs[i], i == 0 ? fd : net_take_vhost (card->pairs[i].net));

        if (ret < 0) {
            log_error (
                "device %s: its frames are moved here, as the host's kernel does not do that: %s",
                card->virtio.device.alias, strerror (-ret));
            destroy_first (card, i);
            return;
        }
    }
    card->has_vhost = true;
    for (unsigned i = 0; i < ARRAY_SIZE (lost); i++)
        card->virtio.offered &= ~BIT_ULL (lost[i]);
}

void
virtio_net_pairs_destroy_vhost (struct virtio_net *card)
{
    if (card->has_vhost)
        destroy_first (card, card->n_pairs);
}
