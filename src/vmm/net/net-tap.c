/* SPDX-License-Identifier: GPL-2.0-or-later */
/* net-tap.c - frames over a tap interface of the host.
 *
 * Whoever opened the interface has set everything that takes a right, or that the sandbox refuses:
 * IFF_TAP, IFF_NO_PI and, for offloads, IFF_VNET_HDR and the header's size.  Left for here is to read
 * that back, and TUNSETOFFLOAD: which unfinished frames the kernel may hand to us.  What it takes
 * from us does not depend on that.  Of an interface that was made for several queues (IFF_MULTI_QUEUE) each
 * descriptor is one, which TUNSETQUEUE detaches and attaches again; while it is detached it takes no other
 * request.
 */
#include <errno.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/uio.h>
#include <unistd.h>

#include "bits.h"
#include "net-private.h"

/* Linux 6.2 */
#ifndef TUN_F_USO4
#define TUN_F_USO4 0x20
#define TUN_F_USO6 0x40
#endif

/* A header in front of a frame: struct virtio_net_hdr, which knows no number of buffers, or the
 * larger one of virtio 1.0, whose last two bytes say nothing here. */
#define SHORT_HEADER_BYTES 10
#define LONG_HEADER_BYTES  12

static const struct {
    unsigned offload; /* NET_OFFLOAD_… */
    unsigned tun;     /* TUN_F_… */
} flags[] = {
    { NET_OFFLOAD_CSUM, TUN_F_CSUM },
    { NET_OFFLOAD_TSO4, TUN_F_TSO4 },
    { NET_OFFLOAD_TSO6, TUN_F_TSO6 },
    { NET_OFFLOAD_ECN, TUN_F_TSO_ECN },
    { NET_OFFLOAD_USO, TUN_F_USO4 | TUN_F_USO6 },
};

static int
set_offloads (int fd, unsigned offloads)
{
    unsigned long value = 0;

    for (unsigned i = 0; i < ARRAY_SIZE (flags); i++) {
        if (offloads & flags[i].offload)
            value |= flags[i].tun;
    }
    return ioctl (fd, TUNSETOFFLOAD, value) < 0 ? -errno : 0;
}

/* Tries what this kernel knows: USO came with Linux 6.2, for both directions at once. */
static unsigned
try_offloads (int fd)
{
    unsigned basic = NET_OFFLOAD_CSUM | NET_OFFLOAD_TSO4 | NET_OFFLOAD_TSO6 | NET_OFFLOAD_ECN;
    unsigned found = 0;

    if (set_offloads (fd, basic | NET_OFFLOAD_USO) == 0)
        found = basic | NET_OFFLOAD_USO;
    else if (set_offloads (fd, basic) == 0)
        found = basic;
    set_offloads (fd, 0);
    return found;
}

static int
tap_probe (int fd, unsigned *offloads, unsigned *prefix_bytes)
{
    struct ifreq request;
    int size;

    memset (&request, 0, sizeof request);
    if (ioctl (fd, TUNGETIFF, &request) < 0 || !(request.ifr_flags & IFF_TAP)
        || !(request.ifr_flags & IFF_NO_PI))
        return -ENOTSUP;
    *offloads = 0;
    *prefix_bytes = 0;
    if (!(request.ifr_flags & IFF_VNET_HDR))
        return 0;
    if (ioctl (fd, TUNGETVNETHDRSZ, &size) < 0
        || (size != SHORT_HEADER_BYTES && size != LONG_HEADER_BYTES))
        return -ENOTSUP;
    *prefix_bytes = (unsigned) size;
    *offloads = try_offloads (fd);
    return 0;
}

static void
tap_accept (int fd, unsigned offloads)
{
    set_offloads (fd, offloads); /* a tap that is gone says so where it is read */
}

static int
tap_enable (int fd, bool on)
{
    struct ifreq request;

    memset (&request, 0, sizeof request);
    request.ifr_flags = on ? IFF_ATTACH_QUEUE : IFF_DETACH_QUEUE;
    return ioctl (fd, TUNSETQUEUE, &request) < 0 ? -errno : 0;
}

/* The kernel's header is in host byte order unless somebody asked for another. */
static void
encode_header (const struct net_header *header, uint8_t *out)
{
    out[0] = header->flags;
    out[1] = header->gso_type;
    memcpy (out + 2, &header->hdr_len, 2);
    memcpy (out + 4, &header->gso_size, 2);
    memcpy (out + 6, &header->csum_start, 2);
    memcpy (out + 8, &header->csum_offset, 2);
}

static void
decode_header (const uint8_t *in, struct net_header *header)
{
    header->flags = in[0];
    header->gso_type = in[1];
    memcpy (&header->hdr_len, in + 2, 2);
    memcpy (&header->gso_size, in + 4, 2);
    memcpy (&header->csum_start, in + 6, 2);
    memcpy (&header->csum_offset, in + 8, 2);
}

static ssize_t
tap_send (struct net *net, const struct net_header *header, struct iovec *iov, unsigned n,
          size_t len)
{
    ssize_t sent;

    if (net->prefix_bytes > 0)
        encode_header (header, iov[0].iov_base);
    do
        sent = writev (net->fd, iov, (int) n);
    while (sent < 0 && errno == EINTR);
    return sent < 0 ? -errno : (ssize_t) (net->prefix_bytes + len);
}

static int
tap_receive (struct net *net)
{
    size_t prefix = net->prefix_bytes;
    ssize_t n;

    do
        n = read (net->fd, net->in, prefix + NET_MAX_FRAME_BYTES);
    while (n < 0 && errno == EINTR);
    if (n < 0)
        return errno == EAGAIN ? 0 : -errno;
    if ((size_t) n < prefix)
        return -EMSGSIZE;
    if (prefix > 0)
        decode_header (net->in, &net->frame.header);
    net->frame.data = net->in + prefix;
    net->frame.len = (size_t) n - prefix;
    return 1;
}

const struct net_driver net_tap_driver = {
    .probe = tap_probe,
    .send = tap_send,
    .receive = tap_receive,
    .accept = tap_accept,
    .enable = tap_enable,
    .can_be_lent = true,
};
