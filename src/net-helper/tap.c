/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tap.c - makes the tap that a machine's network card is on. */
#include "tap.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <netlink/netlink.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "fd.h"
#include "link.h"

#define TUN_PATH     "/dev/net/tun"
#define NAMES        NET_TAP_PREFIX "%d"
#define HEADER_BYTES 12 /* struct virtio_net_hdr of virtio 1.0 */

/* A bridge without an address of its own takes the lowest of its ports': it shall not be this one while there
 * is another. */
#define PORT_FIRST_BYTE 0xfe

/* The tap LINK of the reply, or a new one where that is empty, whose name it becomes.  Returns the descriptor of a
 * queue of it, or -1. */
static int
open_queue (uid_t owner, int flags, struct net_reply *reply)
{
    int fd = open (TUN_PATH, O_RDWR | O_CLOEXEC | O_NONBLOCK), header_bytes = HEADER_BYTES;
    struct ifreq request = { .ifr_flags = (short) (IFF_TAP | IFF_NO_PI | IFF_VNET_HDR | flags) };

    if (fd < 0) {
        fail_errno (reply, errno, TUN_PATH);
        return -1;
    }
    snprintf (request.ifr_name, sizeof request.ifr_name, "%s", *reply->link ? reply->link : NAMES);
    if (ioctl (fd, TUNSETIFF, &request) == 0 && ioctl (fd, TUNSETVNETHDRSZ, &header_bytes) == 0
        && (*reply->link || ioctl (fd, TUNSETOWNER, (unsigned long) owner) == 0)) {
        snprintf (reply->link, sizeof reply->link, "%s", request.ifr_name);
        return fd;
    }
    fail_errno (reply, errno, "tap");
    fd_close (&fd);
    return -1;
}

static bool
open_tap (uid_t owner, unsigned n_queues, int fds[NET_MAX_QUEUES], struct net_reply *reply)
{
    fds[0] = open_queue (owner, n_queues > 0 ? IFF_MULTI_QUEUE : 0, reply);
    for (unsigned i = 1; i < n_queues && fds[i - 1] >= 0; i++)
        fds[i] = open_queue (owner, IFF_MULTI_QUEUE, reply);
    return fds[n_queues > 0 ? n_queues - 1 : 0] >= 0;
}

/* This computer has nothing to say on the tap itself.  Best effort: there may be no IPv6. */
static void
silence (const char *name)
{
    char path[64 + NET_LINK_BYTES];
    int fd;

    snprintf (path, sizeof path, "/proc/sys/net/ipv6/conf/%.15s/disable_ipv6", name);
    fd = open (path, O_WRONLY | O_CLOEXEC);
    if (fd >= 0 && write (fd, "1", 1) != 1)
        return fd_close (&fd);
    fd_close (&fd);
}

static bool
join (struct nl_sock *sock, const struct link_facts *bridge, const uint8_t mac[6],
      struct net_reply *reply)
{
    uint8_t port_mac[6];
    struct link_facts tap;
    int err = link_find (sock, reply->link, &tap);

    memcpy (port_mac, mac, sizeof port_mac);
    port_mac[0] = PORT_FIRST_BYTE;
    silence (reply->link);
    if (err == 0)
        err = link_join (sock, tap.index, bridge, port_mac);
    return err == 0 || fail_errno (reply, err, reply->link);
}

bool
tap_make (const char *bridge, const uint8_t mac[6], uid_t owner, unsigned n_queues,
          int fds[NET_MAX_QUEUES], struct net_reply *reply)
{
    struct nl_sock *sock;
    struct link_facts facts;
    bool ok = false;
    int err;

    fd_init_all (fds, NET_MAX_QUEUES);
    err = link_open (&sock);
    if (err)
        return fail_errno (reply, err, "rtnetlink");
    err = link_find (sock, bridge, &facts);
    if (err == ENODEV)
        fail (reply, NET_NO_BRIDGE, "%s", bridge);
    else if (err)
        fail_errno (reply, err, bridge);
    else if (!facts.is_bridge)
        fail (reply, NET_NOT_A_BRIDGE, "%s", bridge);
    else
        ok = open_tap (owner, n_queues, fds, reply) && join (sock, &facts, mac, reply);
    if (!ok)
        fd_close_all (fds, NET_MAX_QUEUES);
    nl_socket_free (sock);
    return ok;
}
