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

/* Returns the descriptor or -1. */
static int
open_tap (uid_t owner, struct net_reply *reply)
{
    int fd = open (TUN_PATH, O_RDWR | O_CLOEXEC | O_NONBLOCK), header_bytes = HEADER_BYTES;
    struct ifreq request = { .ifr_flags = IFF_TAP | IFF_NO_PI | IFF_VNET_HDR };

    if (fd < 0) {
        fail_errno (reply, errno, TUN_PATH);
        return -1;
    }
    memcpy (request.ifr_name, NAMES, sizeof NAMES);
    if (ioctl (fd, TUNSETIFF, &request) == 0 && ioctl (fd, TUNSETVNETHDRSZ, &header_bytes) == 0
        && ioctl (fd, TUNSETOWNER, (unsigned long) owner) == 0) {
        snprintf (reply->link, sizeof reply->link, "%s", request.ifr_name);
        return fd;
    }
    fail_errno (reply, errno, "tap");
    fd_close (&fd);
    return -1;
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

int
tap_make (const char *bridge, const uint8_t mac[6], uid_t owner, struct net_reply *reply)
{
    struct nl_sock *sock;
    struct link_facts facts;
    int fd = -1, err = link_open (&sock);

    if (err) {
        fail_errno (reply, err, "rtnetlink");
        return -1;
    }
    err = link_find (sock, bridge, &facts);
    if (err == ENODEV)
        fail (reply, NET_NO_BRIDGE, "%s", bridge);
    else if (err)
        fail_errno (reply, err, bridge);
    else if (!facts.is_bridge)
        fail (reply, NET_NOT_A_BRIDGE, "%s", bridge);
    else
        fd = open_tap (owner, reply);
    if (fd >= 0 && !join (sock, &facts, mac, reply))
        fd_close (&fd);
    nl_socket_free (sock);
    return fd;
}
