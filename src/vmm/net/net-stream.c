/* SPDX-License-Identifier: GPL-2.0-or-later */
/* net-stream.c - frames over a byte stream, each with its length in front (32 bits, big-endian), as
 * passt does and QEMU's -netdev stream. */
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

#include "bits.h"
#include "log.h"
#include "net-private.h"

#define LENGTH_BYTES 4u

ssize_t
net_stream_send_bytes (int fd, struct iovec *iov, unsigned n)
{
    struct msghdr message = { .msg_iov = iov, .msg_iovlen = n };
    ssize_t sent;

    do
        sent = sendmsg (fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
    while (sent < 0 && errno == EINTR);
    return sent < 0 ? -errno : sent;
}

bool
net_socket_has_hung_up (int fd)
{
    struct pollfd poll_fd = { .fd = fd };

    return poll (&poll_fd, 1, 0) > 0 && (poll_fd.revents & POLLHUP);
}

static int
stream_probe (int fd, unsigned *offloads, unsigned *prefix_bytes)
{
    socklen_t size = sizeof (int);
    int type;

    if (getsockopt (fd, SOL_SOCKET, SO_TYPE, &type, &size) < 0 || type != SOCK_STREAM)
        return -ENOTSUP;
    *offloads = 0;
    *prefix_bytes = LENGTH_BYTES;
    return 0;
}

static ssize_t
stream_send (struct net *net, const struct net_header *header, struct iovec *iov, unsigned n,
             size_t len)
{
    store_be32 (iov[0].iov_base, (uint32_t) len);
    return net_stream_send_bytes (net->fd, iov, n);
}

/* Looks for a whole frame in what came.  1: it is net->frame; 0: more must come; -EPROTO. */
static int
take_frame (struct net *net)
{
    size_t have = net->in_len - net->in_at;
    uint32_t len;

    if (have < LENGTH_BYTES)
        return 0;
    len = load_be32 (net->in + net->in_at);
    if (len == 0 || len > NET_MAX_FRAME_BYTES) {
        log_error ("a network peer sent a frame of %u bytes, and is left alone from now on", len);
        return -EPROTO;
    }
    if (have - LENGTH_BYTES < len)
        return 0;
    net->frame.data = net->in + net->in_at + LENGTH_BYTES;
    net->frame.len = len;
    net->in_at += LENGTH_BYTES + len;
    return 1;
}

/* Moves the beginning of a frame to the beginning of the buffer, which then has room for its end. */
static void
make_room (struct net *net)
{
    memmove (net->in, net->in + net->in_at, net->in_len - net->in_at);
    net->in_len -= net->in_at;
    net->in_at = 0;
}

static int
stream_receive (struct net *net)
{
    for (;;) {
        int ret = take_frame (net);
        ssize_t n;

        if (ret != 0)
            return ret;
        make_room (net);
        n = recv (net->fd, net->in + net->in_len, sizeof net->in - net->in_len, MSG_DONTWAIT);
        if (n == 0)
            return -EPIPE;
        if (n < 0 && errno != EINTR)
            return errno == EAGAIN ? 0 : -errno;
        if (n > 0)
            net->in_len += (size_t) n;
    }
}

const struct net_driver net_stream_driver = {
    .probe = stream_probe,
    .send = stream_send,
    .receive = stream_receive,
};
