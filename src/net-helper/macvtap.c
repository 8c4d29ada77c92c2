/* SPDX-License-Identifier: GPL-2.0-or-later */
/* macvtap.c - makes a machine's network card a neighbour of one of this computer's, on the same wire.
 *
 * Theory of operation.  A macvtap is no tap: closing its descriptor does not take the interface away, and whoever
 * could is not there when a machine is killed.  So it is made in a network namespace that nobody is in.  The
 * descriptor, opened from within, is what keeps that namespace; with the last copy of it the namespace goes, and
 * the kernel takes the interfaces of a namespace that goes along.  In there this computer has nothing to say
 * either: no address, and no IPv6 that would take the guest's for its own.
 *
 * The device node is not looked for in /dev, where nodes of all namespaces are mixed up under the interfaces'
 * numbers, but made from what sysfs says, in a file system that is this process's alone.
 */
#include "macvtap.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/if_link.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <netlink/errno.h>
#include <netlink/netlink.h>
#include <netlink/route/link.h>
#include <netlink/route/link/macvtap.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "fd.h"
#include "link.h"
#include "nic.h"

#define NAME         "guest"
#define NODE         "/tmp/macvtap"
#define HEADER_BYTES 12 /* struct virtio_net_hdr of virtio 1.0 */
#define FIRST_INDEX  0x40000000u /* of numbers that no interface gets by itself */

/* --- the interface ---------------------------------------------------------------------------- */

/* Nobody's but ours; this process is in it afterwards.  Returns what to give it by, or -1. */
static int
make_namespace (struct net_reply *reply)
{
    int fd = -1, all;

    if (unshare (CLONE_NEWNET | CLONE_NEWNS) == 0
        && mount (NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0)
        fd = open ("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        fail_errno (reply, errno, "namespace");
    all = open ("/proc/sys/net/ipv6/conf/default/disable_ipv6", O_WRONLY | O_CLOEXEC);
    if (all >= 0 && write (all, "1", 1) != 1)
        fd_close (&all); /* a kernel without it is silent anyway */
    fd_close (&all);
    return fd;
}

/* All multicast, as the groups that the guest is in are not known here.  One that is passed through has its card
 * hear everything anyway, and would leave it hearing all multicast. */
static struct rtnl_link *
describe (const struct net_macvtap *macvtap, int nic, int namespace, uint32_t index)
{
    static const uint32_t modes[] = { MACVLAN_MODE_BRIDGE, MACVLAN_MODE_VEPA, MACVLAN_MODE_PRIVATE,
                                      MACVLAN_MODE_PASSTHRU };
    struct rtnl_link *link = rtnl_link_macvtap_alloc ();
    struct nl_addr *address = nl_addr_build (AF_LLC, macvtap->mac, sizeof macvtap->mac);

    if (link && address) {
        rtnl_link_set_name (link, NAME);
        rtnl_link_set_ifindex (link, (int) index);
        rtnl_link_set_link (link, nic);
        rtnl_link_set_addr (link, address);
        rtnl_link_set_ns_fd (link, namespace);
        rtnl_link_set_flags (link, IFF_UP | (macvtap->mode == NET_MACVTAP_PASSTHRU ? IFF_PROMISC : IFF_ALLMULTI));
        rtnl_link_macvtap_set_mode (link, modes[macvtap->mode]);
    }
    nl_addr_put (address);
    return address ? link : NULL;
}

/* Makes it, from the namespace SOCK was opened in into NAMESPACE; its number is *INDEX. */
static bool
make (struct nl_sock *sock, const struct net_macvtap *macvtap, int nic, int namespace,
      uint32_t *index, struct net_reply *reply)
{
    struct rtnl_link *link;
    int err;

    if (getrandom (index, sizeof *index, 0) != sizeof *index)
        return fail_errno (reply, errno, "random");
    *index = FIRST_INDEX | *index >> 3;
    link = describe (macvtap, nic, namespace, *index);
    err = link ? link_to_errno (rtnl_link_add (sock, link, NLM_F_CREATE | NLM_F_EXCL)) : ENOMEM;
    rtnl_link_put (link);
    if (err == EBUSY || err == EINVAL || err == EEXIST) /* in another mode, or the address is there */
        return fail (reply, NET_NIC_TAKEN, "%s", macvtap->nic);
    return err == 0 || fail_errno (reply, err, "macvtap");
}

/* --- its descriptor --------------------------------------------------------------------------- */

/* "246:1" of the file. */
static bool
read_device (uint32_t index, dev_t *device)
{
    char path[96];
    unsigned major, minor;
    FILE *file;
    bool ok;

    snprintf (path, sizeof path, "/sys/class/net/" NAME "/macvtap/tap%u/dev", index);
    file = fopen (path, "re");
    ok = file && fscanf (file, "%u:%u", &major, &minor) == 2;
    if (file)
        fclose (file);
    if (ok)
        *device = makedev (major, minor);
    return ok;
}

/* The node of its queues, which is nobody else's. */
static bool
make_node (uint32_t index)
{
    dev_t device;

    return mount ("sysfs", "/sys", "sysfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL) == 0
           && read_device (index, &device)
           && mount ("tmpfs", "/tmp", "tmpfs", MS_NOSUID | MS_NOEXEC, "mode=0700") == 0
           && mknod (NODE, S_IFCHR | 0600, device) == 0;
}

/* A tap's descriptor, set up as one; each is a queue. */
static int
open_queue (int flags)
{
    struct ifreq request = { .ifr_flags = (short) (IFF_TAP | IFF_NO_PI | IFF_VNET_HDR | flags) };
    int header_bytes = HEADER_BYTES, fd = open (NODE, O_RDWR | O_CLOEXEC | O_NONBLOCK), err;

    if (fd >= 0 && ioctl (fd, TUNSETIFF, &request) == 0
        && ioctl (fd, TUNSETVNETHDRSZ, &header_bytes) == 0)
        return fd;
    err = errno;
    fd_close (&fd);
    errno = err;
    return -1;
}

static bool
open_device (uint32_t index, unsigned n_queues, int fds[NET_MAX_QUEUES], struct net_reply *reply)
{
    bool ok = make_node (index);

    for (unsigned i = 0; i < (n_queues > 0 ? n_queues : 1) && ok; i++) {
        fds[i] = open_queue (n_queues > 0 ? IFF_MULTI_QUEUE : 0);
        ok = fds[i] >= 0;
    }
    return ok || fail_errno (reply, errno, "macvtap");
}

static bool
make_and_open (struct nl_sock *sock, const struct net_macvtap *macvtap, int nic,
               int fds[NET_MAX_QUEUES], struct net_reply *reply)
{
    int namespace = make_namespace (reply);
    uint32_t index;
    bool ok = namespace >= 0 && make (sock, macvtap, nic, namespace, &index, reply)
              && open_device (index, macvtap->n_queues, fds, reply);

    fd_close (&namespace);
    return ok;
}

bool
macvtap_make (const struct net_macvtap *macvtap, int fds[NET_MAX_QUEUES], struct net_reply *reply)
{
    struct link_facts facts;
    struct nl_sock *sock;
    bool ok = false;
    int err;

    fd_init_all (fds, NET_MAX_QUEUES);
    err = link_open (&sock);
    if (err)
        return fail_errno (reply, err, "rtnetlink");
    if (nic_find (sock, macvtap->nic, &facts, reply)) {
        if (facts.is_up)
            ok = make_and_open (sock, macvtap, facts.index, fds, reply);
        else
            fail (reply, NET_NIC_DOWN, "%s", macvtap->nic);
    }
    if (!ok)
        fd_close_all (fds, NET_MAX_QUEUES);
    nl_socket_free (sock);
    return ok;
}
