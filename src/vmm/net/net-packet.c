/* SPDX-License-Identifier: GPL-2.0-or-later */
/* net-packet.c - frames over a socket that keeps them apart: a datagram a frame. */
#define _GNU_SOURCE
#include <errno.h>
#include <sys/socket.h>

#include "net-private.h"

static int
packet_probe (int fd, unsigned *offloads, unsigned *prefix_bytes)
{
    socklen_t size = sizeof (int);
    int type;

    if (getsockopt (fd, SOL_SOCKET, SO_TYPE, &type, &size) < 0
        || (type != SOCK_SEQPACKET && type != SOCK_DGRAM))
        return -ENOTSUP;
    *offloads = 0;
    *prefix_bytes = 0;
    return 0;
}

static ssize_t
packet_send (struct net *net, const struct net_header *header, struct iovec *iov, unsigned n,
             size_t len)
{
    return net_stream_send_bytes (net->fd, iov + 1, n - 1);
}

/* An empty datagram and the end of a SOCK_SEQPACKET look the same: only a socket that hung up is at
 * its end. */
static int
packet_receive (struct net *net)
{
    ssize_t n;

    do
        n = recv (net->fd, net->in, sizeof net->in, MSG_DONTWAIT | MSG_TRUNC);
    while (n < 0 && errno == EINTR);
    if (n < 0)
        return errno == EAGAIN ? 0 : -errno;
    if (n == 0)
        return net_socket_has_hung_up (net->fd) ? -EPIPE : -EMSGSIZE;
    if (n > (ssize_t) NET_MAX_FRAME_BYTES)
        return -EMSGSIZE;
    net->frame.data = net->in;
    net->frame.len = (size_t) n;
    return 1;
}

const struct net_driver net_packet_driver = {
    .probe = packet_probe,
    .send = packet_send,
    .receive = packet_receive,
};
