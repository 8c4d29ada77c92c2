/* SPDX-License-Identifier: GPL-2.0-or-later */
/* net.c - the plug between a network card and whoever is at the other end.
 *
 * Theory of operation.  Frames move on the loop's thread only.  Other threads leave what they want -
 * another peer, the link up or down - under the lock and queue work, which does it between two
 * frames.
 *
 * The descriptor is watched edge-triggered.  A frame the card has no buffer for stays where it is and
 * does not wake the loop again; once net_peek() has found the peer empty, the next arrival is a new
 * edge.  EPOLLOUT is asked for only while something waits for it: a card that was told -EAGAIN, or the
 * rest of a frame that a stream took in part.  Changing the watch makes an edge of what is the case
 * already, so no wake-up is lost between the refusal and the question.
 *
 * While the link is down frames are taken in and thrown away, as on a cable that is not plugged in:
 * else the guest would be handed the past when the link comes up.
 *
 * Of a card's further pairs those that its driver does not use are detached from their interface, which would
 * else give them frames that nobody takes; a detached queue cannot be read or watched.  They are attached on the
 * loop's thread at once, and detached by queued work, as a reset comes on a vCPU's.
 *
 * A tap goes on handing out frames made for the driver before the last net_accept().  So each header
 * is held against what is accepted now: an unfinished checksum is finished here, a frame larger than
 * the wire takes is dropped.
 */
#include "net.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

#include "bits.h"
#include "counter.h"
#include "fd.h"
#include "log.h"
#include "net-checksum.h"
#include "net-private.h"

#define LENT_PREFIX_BYTES 12 /* of the header that vhost and virtio 1.0 have */
#define DISCARD_BATCH 64 /* frames a turn while the link is down */

static const struct net_driver *const drivers[] = {
    [NET_PACKET] = &net_packet_driver,
    [NET_STREAM] = &net_stream_driver,
    [NET_TAP] = &net_tap_driver,
};

_Static_assert(ARRAY_SIZE (drivers) == NET_KIND_N, "a driver for each kind");

static uint32_t
input_events (void)
{
    return EPOLLIN | EPOLLET;
}

static bool
has_rest (const struct net *net)
{
    return net->out_at < net->out_len;
}

/* The peer has gone, or is about to be changed for another. */
static void
hang_up (struct net *net)
{
    loop_watch_remove (net->loop, &net->watch);
    pthread_mutex_lock (&net->lock);
    fd_close (&net->fd);
    pthread_mutex_unlock (&net->lock);
    net->out_at = net->out_len = 0;
    net->in_at = net->in_len = 0;
}

/* --- headers --------------------------------------------------------------------------------- */

unsigned
net_header_offloads (const struct net_header *header)
{
    unsigned wanted = header->flags & NET_HEADER_NEEDS_CSUM ? NET_OFFLOAD_CSUM : 0;

    if (header->gso_type & NET_GSO_ECN)
        wanted |= NET_OFFLOAD_ECN;
    switch (header->gso_type & ~NET_GSO_ECN) {
    case NET_GSO_NONE:
        return wanted;
    case NET_GSO_TCPV4:
        return wanted | NET_OFFLOAD_TSO4;
    case NET_GSO_TCPV6:
        return wanted | NET_OFFLOAD_TSO6;
    case NET_GSO_UDP_L4:
        return wanted | NET_OFFLOAD_USO;
    default:
        return UINT32_MAX; /* nobody does this */
    }
}

static bool
checksum_fits (const struct net_header *header, size_t len)
{
    return (size_t) header->csum_start + header->csum_offset + 2 <= len;
}

/* Whether the header asks for nothing outside the frame. */
static bool
is_sound (const struct net_header *header, size_t len)
{
    bool needs_checksum = header->flags & NET_HEADER_NEEDS_CSUM;

    if (needs_checksum && !checksum_fits (header, len))
        return false;
    return header->gso_type == NET_GSO_NONE || (needs_checksum && header->gso_size > 0);
}

/* Makes the frame that came one that the card can take; false when that cannot be. */
static bool
finish_frame (struct net *net)
{
    struct net_frame *frame = &net->frame;
    unsigned wanted, accepted;

    if (frame->len < NET_MIN_FRAME_BYTES || !is_sound (&frame->header, frame->len))
        return false;
    wanted = net_header_offloads (&frame->header);
    pthread_mutex_lock (&net->lock);
    accepted = net->accepted;
    pthread_mutex_unlock (&net->lock);
    if (wanted & ~accepted & ~(unsigned) NET_OFFLOAD_CSUM)
        return false;
    if (accepted & NET_OFFLOAD_CSUM)
        return true;
    if (frame->header.flags & NET_HEADER_NEEDS_CSUM)
        net_checksum_finish (net->in + (frame->data - net->in), frame->len,
                             frame->header.csum_start, frame->header.csum_offset);
    frame->header = (struct net_header){ 0 };
    return true;
}

/* --- frames in ------------------------------------------------------------------------------- */

/* Takes one frame in.  1: it is in net->frame; 0: there is none; -EMSGSIZE: one was dropped. */
static int
receive (struct net *net)
{
    int ret;

    if (net->fd < 0)
        return 0;
    net->frame.header = (struct net_header){ 0 };
    ret = net->driver->receive (net);
    if (ret < 0 && ret != -EMSGSIZE) {
        hang_up (net);
        return 0;
    }
    if (ret > 0 && !finish_frame (net))
        ret = -EMSGSIZE;
    if (ret < 0)
        counter_add (&net->dropped_frames, 1);
    return ret;
}

bool
net_peek (struct net *net, struct net_frame *frame)
{
    int ret = net->has_frame;

    if (!net->link_is_up || !net->is_enabled)
        return false;
    for (unsigned i = 0; ret <= 0; i++) {
        ret = receive (net);
        if (ret == 0)
            return false;
        if (ret < 0 && i == DISCARD_BATCH) { /* leave others a turn; readable() will come */
            loop_work_queue (net->loop, &net->work);
            return false;
        }
        if (ret > 0) {
            counter_add (&net->received_frames, 1);
            counter_add (&net->received_bytes, net->frame.len);
        }
    }
    net->has_frame = true;
    *frame = net->frame;
    return true;
}

void
net_consume (struct net *net)
{
    net->has_frame = false;
}

/* While the link is down.  Returns whether there may be more. */
static bool
discard_input (struct net *net)
{
    net->has_frame = false;
    for (unsigned i = 0; i < DISCARD_BATCH; i++) {
        if (receive (net) == 0)
            return false;
    }
    return true;
}

/* --- frames out ------------------------------------------------------------------------------ */

static void
watch_out (struct net *net, bool on)
{
    if (net->watch.fd >= 0)
        loop_watch_change (net->loop, &net->watch, input_events () | (on ? EPOLLOUT : 0));
}

static int
refuse (struct net *net)
{
    net->is_starved = true;
    watch_out (net, true);
    return -EAGAIN;
}

/* Keeps what is left of a frame after its first DONE bytes; IOV begins with the prefix. */
static void
keep_rest (struct net *net, const struct iovec *iov, unsigned n, size_t done)
{
    net->out_at = net->out_len = 0;
    for (unsigned i = 0; i < n; i++) {
        size_t skip = MIN_OF (done, iov[i].iov_len);

        memcpy (net->out + net->out_len, (const uint8_t *) iov[i].iov_base + skip,
                iov[i].iov_len - skip);
        net->out_len += iov[i].iov_len - skip;
        done -= skip;
    }
    if (has_rest (net))
        watch_out (net, true);
}

/* Length of the frame, 0 when it is none. */
static size_t
frame_length (const struct iovec *iov, unsigned n)
{
    size_t len = 0;

    if (n > NET_MAX_IOV)
        return 0;
    for (unsigned i = 0; i < n; i++) {
        if (iov[i].iov_len > NET_MAX_FRAME_BYTES - len)
            return 0;
        len += iov[i].iov_len;
    }
    return len < NET_MIN_FRAME_BYTES ? 0 : len;
}

int
net_send (struct net *net, const struct net_header *header, const struct iovec *iov, unsigned n)
{
    static const struct net_header plain;
    uint8_t prefix[NET_PREFIX_BYTES] = { 0 };
    struct iovec pieces[1 + NET_MAX_IOV];
    size_t len = frame_length (iov, n);
    ssize_t sent;

    if (!header)
        header = &plain;
    if (len == 0 || !is_sound (header, len) || (net_header_offloads (header) & ~net->offloads)) {
        counter_add (&net->dropped_frames, 1);
        return 0;
    }
    if (net->fd < 0 || !net->link_is_up || !net->is_enabled)
        return 0;
    if (has_rest (net))
        return refuse (net);

    pieces[0] = (struct iovec){ prefix, net->prefix_bytes };
    memcpy (pieces + 1, iov, n * sizeof *iov);
    sent = net->driver->send (net, header, pieces, 1 + n, len);
    if (sent == -EAGAIN)
        return refuse (net);
    if (sent < 0) { /* lost on the wire; the end of the peer is noticed where we read */
        counter_add (&net->dropped_frames, 1);
        return 0;
    }
    if ((size_t) sent < net->prefix_bytes + len)
        keep_rest (net, pieces, 1 + n, (size_t) sent);
    counter_add (&net->sent_frames, 1);
    counter_add (&net->sent_bytes, len);
    return 0;
}

/* Sends what is left of a frame, then tells a card that waits. */
static void
flush (struct net *net)
{
    if (has_rest (net)) {
        struct iovec rest = { net->out + net->out_at, net->out_len - net->out_at };
        ssize_t n = net->fd < 0 ? -EPIPE : net_stream_send_bytes (net->fd, &rest, 1);

        if (n == -EAGAIN)
            return;
        net->out_at = n < 0 ? net->out_len : net->out_at + (size_t) n;
        if (has_rest (net))
            return;
    }
    watch_out (net, false);
    if (net->is_starved) {
        net->is_starved = false;
        if (net->ops->writable)
            net->ops->writable (net->opaque);
    }
}

/* --- the loop -------------------------------------------------------------------------------- */

static void
tell_readable (struct net *net)
{
    if (!net->link_is_up) {
        if (discard_input (net))
            loop_work_queue (net->loop, &net->work);
    } else if (net->ops->readable) {
        net->ops->readable (net->opaque);
    }
}

static void
watch_cb (void *opaque, uint32_t events)
{
    struct net *net = opaque;

    if (events & (EPOLLOUT | EPOLLHUP | EPOLLERR))
        flush (net);
    if (events & (EPOLLIN | EPOLLHUP | EPOLLERR))
        tell_readable (net);
}

/* A frame on loan stays: it is in memory of ours, and whole. */
static void
change_peer (struct net *net, int fd)
{
    unsigned accepted;
    int ret;

    hang_up (net);
    pthread_mutex_lock (&net->lock);
    net->fd = fd;
    accepted = net->accepted;
    if (net->driver->accept)
        net->driver->accept (fd, accepted);
    pthread_mutex_unlock (&net->lock);
    ret = loop_watch_add (net->loop, &net->watch, fd, input_events (), watch_cb, net);
    if (ret < 0) {
        log_error ("a network peer cannot be watched: %s", strerror (-ret));
        hang_up (net);
    }
    flush (net); /* who waited for the old one need not wait for the new one */
}

/* A tap that is back is looked at again. */
static void
watch_again (struct net *net)
{
    net->is_unwatched = false;
    if (net->fd < 0)
        return;
    if (loop_watch_add (net->loop, &net->watch, net->fd,
                        input_events () | (net->is_starved || has_rest (net) ? EPOLLOUT : 0),
                        watch_cb, net)
        < 0)
        hang_up (net);
}

/* Attaches or detaches the interface's queue, as the card wants it. */
static int
apply_enabled (struct net *net)
{
    unsigned accepted;
    bool wanted;
    int ret = 0;

    pthread_mutex_lock (&net->lock);
    wanted = net->is_wanted;
    accepted = net->accepted;
    pthread_mutex_unlock (&net->lock);
    if (wanted == net->is_enabled)
        return 0;
    if (!wanted) {
        loop_watch_remove (net->loop, &net->watch);
        net->is_unwatched = true;
        net->has_frame = false;
    }
    if (net->fd >= 0 && net->driver->enable)
        ret = net->driver->enable (net->fd, wanted);
    if (ret < 0 && !net->has_told) /* the guest may have this tried again and again */
        log_error ("a queue of a network interface cannot be %s: %s",
                   wanted ? "attached" : "detached", strerror (-ret));
    net->has_told = ret < 0;
    if (ret < 0 && wanted)
        return ret;
    net->is_enabled = wanted;
    if (wanted && net->fd >= 0 && net->driver->accept)
        net->driver->accept (net->fd,
                             accepted); /* which a queue that is not attached does not hear */
    return 0;
}

static void
work_cb (void *opaque)
{
    struct net *net = opaque;
    bool link_has_changed, is_lent;
    int fd;

    pthread_mutex_lock (&net->lock);
    is_lent = net->is_lent;
    fd = fd_steal (&net->next_fd);
    link_has_changed = net->link_has_changed;
    net->link_has_changed = false;
    pthread_mutex_unlock (&net->lock);

    if (fd >= 0)
        change_peer (net, fd);
    if (link_has_changed && net->ops->link_changed)
        net->ops->link_changed (net->opaque); /* which may take it back, and queue this anew */
    if (is_lent)
        return;
    apply_enabled (net);
    if (!net->is_enabled)
        return;
    if (net->is_unwatched)
        watch_again (net);
    tell_readable (net);
}

int
net_enable (struct net *net)
{
    int ret;

    apply_enabled (net); /* net_disable() may be owed: nothing of before shall come */
    pthread_mutex_lock (&net->lock);
    net->is_wanted = true;
    pthread_mutex_unlock (&net->lock);
    ret = apply_enabled (net);
    pthread_mutex_lock (&net->lock);
    net->is_wanted = ret == 0;
    if (ret == 0 && net->ops)
        loop_work_queue (net->loop, &net->work); /* looks at it again */
    pthread_mutex_unlock (&net->lock);
    return ret;
}

void
net_disable (struct net *net)
{
    pthread_mutex_lock (&net->lock);
    if (net->is_wanted) {
        net->is_wanted = false;
        if (net->ops)
            loop_work_queue (net->loop, &net->work);
    }
    pthread_mutex_unlock (&net->lock);
}

bool
net_can_be_lent (const struct net *net)
{
    return net->driver && net->driver->can_be_lent && net->prefix_bytes == LENT_PREFIX_BYTES
           && (!net->next || net_can_be_lent (net->next));
}

int
net_lend (struct net *net)
{
    int fd = -1;

    pthread_mutex_lock (&net->lock);
    if (net_can_be_lent (net) && net->link_is_up && net->next_fd < 0 && net->is_enabled
        && net->is_wanted)
        fd = net->fd;
    net->is_lent = fd >= 0;
    pthread_mutex_unlock (&net->lock);
    if (fd < 0)
        return -1;
    loop_watch_remove (net->loop, &net->watch);
    net->is_unwatched = true;
    net->has_frame = false;
    return fd;
}

void
net_take_back (struct net *net)
{
    pthread_mutex_lock (&net->lock);
    if (net->is_lent) {
        net->is_lent = false;
        loop_work_queue (net->loop, &net->work);
    }
    pthread_mutex_unlock (&net->lock);
}

/* --- life ------------------------------------------------------------------------------------ */

struct net *
net_create (struct loop *loop)
{
    struct net *net = calloc (1, sizeof *net);

    if (!net)
        return NULL;
    net->loop = loop;
    net->fd = net->next_fd = net->vhost_fd = -1;
    net->is_wanted = net->is_enabled = true;
    net->watch = (struct loop_watch) LOOP_WATCH_INIT;
    net->link_is_up = true;
    pthread_mutex_init (&net->lock, NULL);
    loop_work_init (&net->work, work_cb, net);
    return net;
}

void
net_destroy (struct net *net)
{
    if (!net)
        return;
    net_destroy (net->next);
    loop_work_cancel (net->loop, &net->work);
    hang_up (net);
    fd_close (&net->next_fd);
    fd_close (&net->vhost_fd);
    pthread_mutex_destroy (&net->lock);
    free (net);
}

/* Whether a peer of DRIVER may come after the first. */
static bool
fits_locked (const struct net *net, const struct net_driver *driver, unsigned offloads,
             unsigned prefix_bytes)
{
    return !net->driver
           || (net->driver == driver && !(net->offloads & ~offloads)
               && net->prefix_bytes == prefix_bytes);
}

int
net_connect (struct net *net, enum net_kind kind, int fd)
{
    unsigned offloads = 0, prefix_bytes = 0;
    int ret;

    assert ((unsigned) kind < NET_KIND_N);
    ret = drivers[kind]->probe (fd, &offloads, &prefix_bytes);
    if (ret == 0)
        ret = fd_set_nonblock (fd);
    pthread_mutex_lock (&net->lock);
    if (ret == 0 && net->next)
        ret = -EINVAL;
    if (ret == 0 && !fits_locked (net, drivers[kind], offloads, prefix_bytes))
        ret = -EINVAL;
    if (ret == 0) {
        if (!net->driver) {
            net->driver = drivers[kind];
            net->offloads = offloads;
            net->prefix_bytes = prefix_bytes;
        }
        fd_close (&net->next_fd); /* one that nobody got to see */
        net->next_fd = fd_steal (&fd);
        if (net->ops)
            loop_work_queue (net->loop, &net->work);
    }
    pthread_mutex_unlock (&net->lock);
    fd_close (&fd);
    return ret;
}

void
net_set_ops (struct net *net, const struct net_ops *ops, void *opaque)
{
    pthread_mutex_lock (&net->lock);
    net->ops = ops;
    net->opaque = opaque;
    loop_work_queue (net->loop, &net->work);
    pthread_mutex_unlock (&net->lock);
}

void
net_set_link (struct net *net, bool up)
{
    if (net->next)
        net_set_link (net->next,
                      up); /* first: the card is told by its own plug when all have changed */
    pthread_mutex_lock (&net->lock);
    if (net->link_is_up != up) {
        net->link_is_up = up;
        net->link_has_changed = true;
        if (net->ops)
            loop_work_queue (net->loop, &net->work);
    }
    pthread_mutex_unlock (&net->lock);
}

bool
net_link_is_up (const struct net *net)
{
    return net->link_is_up;
}

unsigned
net_offloads (const struct net *net)
{
    return net->offloads;
}

void
net_accept (struct net *net, unsigned offloads)
{
    assert (!(offloads & ~net->offloads));
    if (net->next)
        net_accept (net->next, offloads);
    pthread_mutex_lock (&net->lock);
    if (net->accepted != offloads) {
        net->accepted = offloads;
        if (net->fd >= 0 && net->driver->accept)
            net->driver->accept (net->fd, offloads);
    }
    pthread_mutex_unlock (&net->lock);
}

void
net_get_statistics (const struct net *net, struct net_statistics *statistics)
{
    *statistics = (struct net_statistics){
        .sent_frames = counter_get (&net->sent_frames),
        .sent_bytes = counter_get (&net->sent_bytes),
        .received_frames = counter_get (&net->received_frames),
        .received_bytes = counter_get (&net->received_bytes),
        .dropped_frames = counter_get (&net->dropped_frames),
    };
    if (net->next) {
        struct net_statistics others;

        net_get_statistics (net->next, &others);
        statistics->sent_frames += others.sent_frames;
        statistics->sent_bytes += others.sent_bytes;
        statistics->received_frames += others.received_frames;
        statistics->received_bytes += others.received_bytes;
        statistics->dropped_frames += others.dropped_frames;
    }
}
