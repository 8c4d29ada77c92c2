/* SPDX-License-Identifier: GPL-2.0-or-later */
/* link.c - this computer's network interfaces, over rtnetlink. */
#include "link.h"

#include <errno.h>
#include <net/if.h>
#include <netlink/errno.h>
#include <netlink/netlink.h>
#include <netlink/route/addr.h>
#include <netlink/route/link.h>
#include <netlink/route/route.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <string.h>

int
link_to_errno (int error)
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
    case NLE_NOADDR:
        return EADDRNOTAVAIL;
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
    return link_to_errno (ret);
}

/* By NAME or, where that is NULL, by INDEX. */
static int
find (struct nl_sock *sock, int index, const char *name, struct link_facts *facts)
{
    struct rtnl_link *link = NULL;
    int ret = rtnl_link_get_kernel (sock, index, name, &link);
    const char *type;

    if (ret < 0)
        return link_to_errno (ret);
    type = rtnl_link_get_type (link);
    *facts = (struct link_facts){
        .index = rtnl_link_get_ifindex (link),
        .mtu = rtnl_link_get_mtu (link),
        .type = rtnl_link_get_arptype (link),
        .master = rtnl_link_get_master (link),
        .is_bridge = type && strcmp (type, "bridge") == 0,
        .is_up = rtnl_link_get_flags (link) & IFF_UP,
    };
    rtnl_link_put (link);
    return 0;
}

int
link_find (struct nl_sock *sock, const char *name, struct link_facts *facts)
{
    return find (sock, 0, name, facts);
}

int
link_find_index (struct nl_sock *sock, int index, struct link_facts *facts)
{
    return find (sock, index, NULL, facts);
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
    return link_to_errno (ret);
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

int
link_switch (struct nl_sock *sock, int index, bool on)
{
    struct rtnl_link *change = rtnl_link_alloc ();
    int ret;

    if (!change)
        return ENOMEM;
    if (on)
        rtnl_link_set_flags (change, IFF_UP);
    else
        rtnl_link_unset_flags (change, IFF_UP);
    ret = change_link (sock, index, change);
    rtnl_link_put (change);
    return ret;
}

static int
set_address (struct nl_sock *sock, int index, struct nl_addr *address)
{
    struct rtnl_link *change = rtnl_link_alloc ();
    int ret;

    if (!change)
        return ENOMEM;
    rtnl_link_set_addr (change, address);
    ret = change_link (sock, index, change);
    rtnl_link_put (change);
    return ret;
}

static int
set_master (struct nl_sock *sock, int index, int master)
{
    struct rtnl_link *change = rtnl_link_alloc ();
    int ret;

    if (!change)
        return ENOMEM;
    rtnl_link_set_master (change, master);
    rtnl_link_set_flags (change, IFF_UP);
    ret = change_link (sock, index, change);
    rtnl_link_put (change);
    return ret;
}

/* The address first: what the bridge calls itself by IPv6 comes of the address it has when its first port does. */
int
link_lead_out (struct nl_sock *sock, int nic, int bridge)
{
    struct rtnl_link *link = NULL;
    int ret = link_to_errno (rtnl_link_get_kernel (sock, nic, NULL, &link));

    if (ret)
        return ret;
    ret = set_address (sock, bridge, rtnl_link_get_addr (link));
    rtnl_link_put (link);
    return ret ? ret : set_master (sock, nic, bridge);
}

/* --- bridges --------------------------------------------------------------------------------- */

int
link_make_bridge (struct nl_sock *sock, const char *name, const uint8_t mac[6])
{
    struct rtnl_link *link = rtnl_link_alloc ();
    struct nl_addr *address = nl_addr_build (AF_LLC, mac, 6);
    int ret = ENOMEM;

    if (link && address && rtnl_link_set_type (link, "bridge") == 0) {
        rtnl_link_set_name (link, name);
        rtnl_link_set_addr (link, address);
        rtnl_link_set_flags (link, IFF_UP);
        ret = link_to_errno (rtnl_link_add (sock, link, NLM_F_CREATE | NLM_F_EXCL));
    }
    nl_addr_put (address);
    rtnl_link_put (link);
    return ret;
}

int
link_delete_bridge (struct nl_sock *sock, const char *name, const uint8_t mac[6], int index)
{
    struct rtnl_link *link = NULL;
    int ret = link_to_errno (rtnl_link_get_kernel (sock, 0, name, &link));
    struct nl_addr *address = ret ? NULL : rtnl_link_get_addr (link);
    const char *type = ret ? NULL : rtnl_link_get_type (link);

    if (ret)
        return ret == ENODEV ? 0 : ret;
    if (type && strcmp (type, "bridge") == 0 && address && nl_addr_get_len (address) == 6
        && (memcmp (nl_addr_get_binary_addr (address), mac, 6) == 0
            || rtnl_link_get_ifindex (link) == index))
        ret = link_to_errno (rtnl_link_delete (sock, link));
    rtnl_link_put (link);
    return ret;
}

int
link_add_address (struct nl_sock *sock, int index, int family, const uint8_t *address,
                  unsigned prefix)
{
    struct rtnl_addr *addr = rtnl_addr_alloc ();
    struct nl_addr *local = nl_addr_build (family, address, family == AF_INET ? 4 : 16);
    int ret = ENOMEM;

    if (addr && local) {
        nl_addr_set_prefixlen (local, (int) prefix);
        rtnl_addr_set_ifindex (addr, index);
        if (family == AF_INET6) /* nobody else is there yet who could have it */
            rtnl_addr_set_flags (addr, IFA_F_NODAD);
        ret = link_to_errno (rtnl_addr_set_local (addr, local));
        if (ret == 0 && family == AF_INET) {
            uint8_t last[4];
            struct nl_addr *broadcast;

            for (unsigned i = 0; i < 4; i++) {
                unsigned bits = prefix >= 8 * (i + 1) ? 8 : prefix <= 8 * i ? 0 : prefix - 8 * i;

                last[i] = (uint8_t) (address[i] | 0xff >> bits);
            }
            broadcast = nl_addr_build (AF_INET, last, sizeof last);
            if (broadcast)
                rtnl_addr_set_broadcast (addr, broadcast);
            nl_addr_put (broadcast);
        }
        if (ret == 0)
            ret = link_to_errno (rtnl_addr_add (sock, addr, NLM_F_EXCL));
    }
    nl_addr_put (local);
    rtnl_addr_put (addr);
    return ret;
}

/* --- routes ---------------------------------------------------------------------------------- */

/* The name of the interface that ROUTE leads out by; "?" when it has several, or none. */
static void
name_interface (struct rtnl_route *route, char name[IF_NAMESIZE])
{
    struct rtnl_nexthop *hop =
        rtnl_route_get_nnexthops (route) > 0 ? rtnl_route_nexthop_n (route, 0) : NULL;

    if (!hop || !if_indextoname ((unsigned) rtnl_route_nh_get_ifindex (hop), name))
        strcpy (name, "?");
}

/* Whether ROUTE, not to everywhere, and SUBNET lead to some address both. */
static bool
overlaps (struct rtnl_route *route, struct nl_addr *subnet)
{
    struct nl_addr *to = rtnl_route_get_dst (route);
    int prefix = to ? (int) nl_addr_get_prefixlen (to) : 0;
    int ours = (int) nl_addr_get_prefixlen (subnet);
    int common = prefix < ours ? prefix : ours;
    const uint8_t *a, *b = nl_addr_get_binary_addr (subnet);

    if (rtnl_route_get_table (route) != RT_TABLE_MAIN || prefix == 0
        || nl_addr_get_family (to) != nl_addr_get_family (subnet))
        return false;
    a = nl_addr_get_binary_addr (to);
    return memcmp (a, b, (size_t) common / 8) == 0
           && (common % 8 == 0 || (a[common / 8] ^ b[common / 8]) >> (8 - common % 8) == 0);
}

int
link_find_overlap (struct nl_sock *sock, int family, const uint8_t *address, unsigned prefix,
                   char *text, size_t size)
{
    struct nl_addr *subnet = nl_addr_build (family, address, family == AF_INET ? 4 : 16);
    struct nl_cache *routes = NULL;
    int ret = subnet ? link_to_errno (rtnl_route_alloc_cache (sock, family, 0, &routes)) : ENOMEM;

    if (ret == 0)
        nl_addr_set_prefixlen (subnet, (int) prefix);
    for (struct nl_object *o = ret ? NULL : nl_cache_get_first (routes); o && !ret;
         o = nl_cache_get_next (o)) {
        struct rtnl_route *route = (struct rtnl_route *) o;
        char name[IF_NAMESIZE], to[64];

        if (!overlaps (route, subnet))
            continue;
        name_interface (route, name);
        snprintf (text, size, "%s %s", nl_addr2str (rtnl_route_get_dst (route), to, sizeof to),
                  name);
        ret = EEXIST;
    }
    nl_cache_free (routes);
    nl_addr_put (subnet);
    return ret;
}

int
link_find_advertised (struct nl_sock *sock, char *text, size_t size)
{
    struct nl_cache *routes = NULL;
    int ret = link_to_errno (rtnl_route_alloc_cache (sock, AF_INET6, 0, &routes));

    text[0] = 0;
    for (struct nl_object *o = ret ? NULL : nl_cache_get_first (routes); o;
         o = nl_cache_get_next (o)) {
        struct rtnl_route *route = (struct rtnl_route *) o;
        struct nl_addr *to = rtnl_route_get_dst (route);
        char name[IF_NAMESIZE];

        if (rtnl_route_get_protocol (route) != RTPROT_RA || (to && nl_addr_get_prefixlen (to) > 0))
            continue;
        name_interface (route, name);
        snprintf (text, size, "%s", name);
    }
    nl_cache_free (routes);
    return ret;
}
