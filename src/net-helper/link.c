/* SPDX-License-Identifier: GPL-2.0-or-later */
/* link.c - this computer's network interfaces, over rtnetlink. */
#include "link.h"

#include <errno.h>
#include <net/if.h>
#include <netlink/errno.h>
#include <netlink/netlink.h>
#include <netlink/route/link.h>
#include <string.h>

/* The errno that libnl made ERROR, one of its own, from. */
static int
to_errno (int error)
{
    switch (error < 0 ? -error : 0) {
    case 0:
        return 0;
    case NLE_PERM:
    case NLE_NOACCESS:
        return EPERM;
    case NLE_NODEV:
    case NLE_OBJ_NOTFOUND:
        return ENODEV;
    case NLE_EXIST:
        return EEXIST;
    case NLE_BUSY:
        return EBUSY;
    case NLE_NOMEM:
        return ENOMEM;
    case NLE_OPNOTSUPP:
    case NLE_AF_NOSUPPORT:
        return EOPNOTSUPP;
    case NLE_INVAL:
    case NLE_RANGE:
        return EINVAL;
    default:
        return EIO;
    }
}

int
link_open (struct nl_sock **sock)
{
    int ret;

    *sock = nl_socket_alloc ();
    if (!*sock)
        return ENOMEM;
    ret = nl_connect (*sock, NETLINK_ROUTE);
    if (ret == 0)
        return 0;
    nl_socket_free (*sock);
    *sock = NULL;
    return to_errno (ret);
}

int
link_find (struct nl_sock *sock, const char *name, struct link_facts *facts)
{
    struct rtnl_link *link = NULL;
    int ret = rtnl_link_get_kernel (sock, 0, name, &link);
    const char *type;

    if (ret < 0)
        return to_errno (ret);
    type = rtnl_link_get_type (link);
    *facts = (struct link_facts){
        .index = rtnl_link_get_ifindex (link),
        .mtu = rtnl_link_get_mtu (link),
        .is_bridge = type && strcmp (type, "bridge") == 0,
    };
    rtnl_link_put (link);
    return 0;
}

/* Changes the interface INDEX to what CHANGE says. */
static int
change_link (struct nl_sock *sock, int index, struct rtnl_link *change)
{
    struct rtnl_link *link = rtnl_link_alloc ();
    int ret;

    if (!link)
        return ENOMEM;
    rtnl_link_set_ifindex (link, index);
    ret = rtnl_link_change (sock, link, change, 0);
    rtnl_link_put (link);
    return to_errno (ret);
}

int
link_join (struct nl_sock *sock, int index, const struct link_facts *bridge, const uint8_t mac[6])
{
    struct rtnl_link *change = rtnl_link_alloc ();
    struct nl_addr *address = nl_addr_build (AF_LLC, mac, 6);
    int ret = ENOMEM;

    if (change && address) {
        rtnl_link_set_addr (change, address);
        rtnl_link_set_mtu (change, bridge->mtu);
        rtnl_link_set_master (change, bridge->index);
        rtnl_link_set_flags (change, IFF_UP);
        ret = change_link (sock, index, change);
    }
    nl_addr_put (address);
    rtnl_link_put (change);
    return ret;
}
