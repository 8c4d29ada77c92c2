/* SPDX-License-Identifier: GPL-2.0-or-later */
/* nic.c - what a network card of this computer has: read, moved to a bridge, and given back.
 *
 * Addresses and routes are kept as the very messages by which the kernel tells of them (rtnetlink(7)), since the
 * same messages make them: nothing has to be known of metrics, scopes, labels or lifetimes to lose none.  What
 * the kernel makes by itself - routes of its table "local", link-local and temporary addresses - stays out: it
 * comes with the rest.
 */
#include "nic.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <netinet/in.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <netlink/netlink.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "fd.h"

#define NETWORK_MANAGER "/run/NetworkManager/devices"
#define NETWORKD        "/run/systemd/netif/links"

#define FOREVER       0xffffffffu
#define TICKS         100 /* a second: USER_HZ, in which routes' lifetimes are told */

/* --- whether it may be shared ----------------------------------------------------------------- */

static bool
has (const char *name, const char *part)
{
    char path[96];

    snprintf (path, sizeof path, "/sys/class/net/%.15s/%s", name, part);
    return access (path, F_OK) == 0;
}

bool
nic_find (struct nl_sock *sock, const char *name, struct link_facts *facts, struct net_reply *reply)
{
    int err = link_find (sock, name, facts);

    if (err == ENODEV)
        return fail (reply, NET_NO_UPLINK, "%s", name);
    if (err)
        return fail_errno (reply, err, name);
    if (has (name, "phy80211") || has (name, "wireless"))
        return fail (reply, NET_NIC_WIRELESS, "%s", name);
    if (facts->master)
        return fail (reply, NET_NIC_TAKEN, "%s", name);
    return (facts->type == ARPHRD_ETHER && !facts->is_bridge)
           || fail (reply, NET_NIC_OTHER, "%s", name);
}

/* Whether the file of the interface INDEX in FOLDER has the LINE. */
static bool
has_line (const char *folder, int index, const char *line)
{
    char path[64], text[128];
    bool found = false;
    FILE *file;

    snprintf (path, sizeof path, "%s/%d", folder, index);
    file = fopen (path, "re");
    while (file && !found && fgets (text, sizeof text, file)) {
        text[strcspn (text, "\n")] = 0;
        found = strcmp (text, line) == 0;
    }
    if (file)
        fclose (file);
    return found;
}

/* Both write down which interfaces are theirs. */
static bool
is_managed (int index)
{
    return has_line (NETWORK_MANAGER, index, "managed=true")
           || has_line (NETWORKD, index, "ADMIN_STATE=configured")
           || has_line (NETWORKD, index, "ADMIN_STATE=configuring");
}

/* --- reading ---------------------------------------------------------------------------------- */

struct reading {
    int index;
    uint8_t *state;
    size_t len;
    bool is_too_much, is_leased, has_objects;
};

static uint32_t
flags_of (const struct nlmsghdr *hdr)
{
    const struct ifaddrmsg *ifa = nlmsg_data (hdr);
    struct nlattr *flags = nlmsg_find_attr ((struct nlmsghdr *) hdr, sizeof *ifa, IFA_FLAGS);

    return flags ? nla_get_u32 (flags) : ifa->ifa_flags;
}

static bool
is_address (const struct reading *reading, struct nlmsghdr *hdr)
{
    const struct ifaddrmsg *ifa = nlmsg_data (hdr);

    if ((int) ifa->ifa_index != reading->index)
        return false;
    return ifa->ifa_family == AF_INET
           || (ifa->ifa_scope != RT_SCOPE_LINK && !(flags_of (hdr) & IFA_F_TEMPORARY));
}

/* Whether there is a hop at HOP, where LEFT bytes are: RTNH_OK() looks at one before it asks that. */
static bool
is_hop (const struct rtnexthop *hop, int left)
{
    return left >= (int) sizeof *hop && RTNH_OK (hop, left);
}

/* Whether some hop of the route leads out by INDEX. */
static bool
has_hop (struct nlattr *multipath, int index)
{
    struct rtnexthop *hop = nla_data (multipath);
    int left = nla_len (multipath);

    for (; is_hop (hop, left); left -= RTNH_ALIGN (hop->rtnh_len), hop = RTNH_NEXT (hop))
        if (hop->rtnh_ifindex == index)
            return true;
    return false;
}

static bool
is_link_local (const struct rtmsg *rtm, struct nlattr *to)
{
    const uint8_t *address = to ? nla_data (to) : NULL;

    return rtm->rtm_family == AF_INET6 && rtm->rtm_protocol == RTPROT_KERNEL && address
           && address[0] == 0xfe && (address[1] & 0xc0) == 0x80;
}

static bool
is_route (const struct reading *reading, struct nlmsghdr *hdr)
{
    const struct rtmsg *rtm = nlmsg_data (hdr);
    struct nlattr *oif = nlmsg_find_attr (hdr, sizeof *rtm, RTA_OIF);
    struct nlattr *multipath = nlmsg_find_attr (hdr, sizeof *rtm, RTA_MULTIPATH);

    if (rtm->rtm_table == RT_TABLE_LOCAL || (rtm->rtm_flags & RTM_F_CLONED)
        || (rtm->rtm_protocol == RTPROT_KERNEL && rtm->rtm_type == RTN_MULTICAST)
        || is_link_local (rtm, nlmsg_find_attr (hdr, sizeof *rtm, RTA_DST)))
        return false;
    return (oif && (int) nla_get_u32 (oif) == reading->index)
           || (multipath && has_hop (multipath, reading->index));
}

/* Whether the address ends by itself unless somebody asks for more time. */
static bool
is_leased (struct nlmsghdr *hdr)
{
    const struct ifaddrmsg *ifa = nlmsg_data (hdr);
    struct nlattr *cache = nlmsg_find_attr (hdr, sizeof *ifa, IFA_CACHEINFO);

    return ifa->ifa_family == AF_INET && cache
           && ((struct ifa_cacheinfo *) nla_data (cache))->ifa_valid != FOREVER;
}

static int
read_cb (struct nl_msg *msg, void *data)
{
    struct reading *reading = data;
    struct nlmsghdr *hdr = nlmsg_hdr (msg);
    size_t bytes = NLMSG_ALIGN (hdr->nlmsg_len);
    bool is_addr = hdr->nlmsg_type == RTM_NEWADDR;

    if (is_addr           ? !is_address (reading, hdr)
        : hdr->nlmsg_type == RTM_NEWROUTE ? !is_route (reading, hdr)
                                          : true)
        return NL_OK;
    reading->is_leased |= is_addr && is_leased (hdr);
    /* A route by way of an object of its own (ip-nexthop(8)) is no copy of another. */
    reading->has_objects |= !is_addr && nlmsg_find_attr (hdr, sizeof (struct rtmsg), RTA_NH_ID);
    if (!reading->state)
        return NL_OK;
    if (reading->len + bytes > NIC_STATE_BYTES) {
        reading->is_too_much = true;
        return NL_OK;
    }
    memcpy (reading->state + reading->len, hdr, hdr->nlmsg_len);
    reading->len += bytes;
    return NL_OK;
}

/* Has the kernel tell all there is of TYPE.  0 or an errno. */
static int
dump (struct nl_sock *sock, int type, int family, struct reading *reading)
{
    struct rtmsg head = { .rtm_family = (unsigned char) family }; /* longer than struct ifaddrmsg */
    struct nl_cb *cb = nl_cb_alloc (NL_CB_DEFAULT);
    size_t size = type == RTM_GETADDR ? sizeof (struct ifaddrmsg) : sizeof head;
    int ret;

    if (!cb)
        return ENOMEM;
    nl_cb_set (cb, NL_CB_VALID, NL_CB_CUSTOM, read_cb, reading);
    ret = nl_send_simple (sock, type, NLM_F_DUMP, &head, size);
    if (ret >= 0)
        ret = nl_recvmsgs (sock, cb);
    nl_cb_put (cb);
    return ret < 0 ? link_to_errno (ret) : 0;
}

/* Addresses first, which routes lean on. */
static int
read_all (struct nl_sock *sock, struct reading *reading)
{
    static const int types[] = { RTM_GETADDR, RTM_GETROUTE };
    static const int families[] = { AF_INET, AF_INET6 };
    int err = 0;

    for (unsigned t = 0; t < 2; t++)
        for (unsigned f = 0; f < 2 && err == 0; f++) {
            err = dump (sock, types[t], families[f], reading);
            if (err == EOPNOTSUPP && families[f] == AF_INET6)
                err = 0; /* a kernel without it */
        }
    return err;
}

bool
nic_check_movable (struct nl_sock *sock, const char *name, int index, struct net_reply *reply)
{
    struct reading reading = { .index = index };
    int err;

    err = read_all (sock, &reading);
    if (err)
        return fail_errno (reply, err, name);
    /* First: whoever had his NetworkManager keep off the card would learn only then that it does not do. */
    if (reading.is_leased)
        return fail (reply, NET_NIC_LEASED, "%s", name);
    if (is_managed (index))
        return fail (reply, NET_NIC_MANAGED, "%s", name);
    return !reading.has_objects || fail_errno (reply, EOPNOTSUPP, "routes by nexthop objects");
}

bool
nic_save (struct nl_sock *sock, int index, uint8_t state[NIC_STATE_BYTES], size_t *len,
          struct net_reply *reply)
{
    struct reading reading = { .index = index, .state = state };
    int err = read_all (sock, &reading);

    if (err)
        return fail_errno (reply, err, "addresses");
    *len = reading.len;
    return !reading.is_too_much || fail_errno (reply, E2BIG, "routes");
}

/* --- writing ---------------------------------------------------------------------------------- */

/* Which interface a message shall be about. */
struct target {
    int from, index;
    const char *name;
    bool at_once; /* addresses are known to be nobody else's */
};

/* "eth0:1" of the card becomes "vbr0:1" of the bridge. */
static int
put_label (struct nl_msg *msg, const char *label, const char *name)
{
    char text[2 * IFNAMSIZ];
    const char *colon = strchr (label, ':');

    snprintf (text, sizeof text, "%.15s%.15s", name, colon ? colon : "");
    return nla_put_string (msg, IFA_LABEL, strlen (text) < IFNAMSIZ ? text : name);
}

static int
put_of_address (struct nl_msg *msg, struct nlattr *attr, const struct target *target)
{
    if (nla_type (attr) == IFA_LABEL)
        return put_label (msg, nla_data (attr), target->name);
    if (nla_type (attr) == IFA_FLAGS)
        return nla_put_u32 (msg, IFA_FLAGS,
                            nla_get_u32 (attr) | (target->at_once ? IFA_F_NODAD : 0));
    return nla_put (msg, nla_type (attr), nla_len (attr), nla_data (attr));
}

static int
put_hops (struct nl_msg *msg, struct nlattr *attr, const struct target *target)
{
    struct nlattr *copy = nla_reserve (msg, RTA_MULTIPATH, nla_len (attr));
    struct rtnexthop *hop = copy ? nla_data (copy) : NULL;
    int left = nla_len (attr);

    if (!copy)
        return -ENOMEM;
    memcpy (hop, nla_data (attr), (size_t) left);
    for (; is_hop (hop, left); left -= RTNH_ALIGN (hop->rtnh_len), hop = RTNH_NEXT (hop)) {
        hop->rtnh_flags &= RTNH_F_ONLINK; /* the others tell how it is */
        if (hop->rtnh_ifindex == target->from)
            hop->rtnh_ifindex = target->index;
    }
    return 0;
}

static int
put_of_route (struct nl_msg *msg, struct nlattr *attr, const struct target *target)
{
    const struct rta_cacheinfo *cache = nla_data (attr);

    switch (nla_type (attr)) {
    case RTA_OIF:
        return nla_put_u32 (msg, RTA_OIF, (uint32_t) target->index);
    case RTA_MULTIPATH:
        return put_hops (msg, attr, target);
    case RTA_CACHEINFO: /* is told in this form and asked for in another */
        return nla_len (attr) >= (int) sizeof *cache && cache->rta_expires > 0
                   ? nla_put_u32 (msg, RTA_EXPIRES, (uint32_t) cache->rta_expires / TICKS)
                   : 0;
    default:
        return nla_put (msg, nla_type (attr), nla_len (attr), nla_data (attr));
    }
}

/* Of SAVED a message of TYPE that is about TARGET; NULL when out of memory. */
static struct nl_msg *
rebuild (const struct nlmsghdr *saved, int type, int flags, const struct target *target)
{
    struct nl_msg *msg = nlmsg_alloc_size (nlmsg_total_size (nlmsg_datalen (saved)) + 256);
    bool is_addr = saved->nlmsg_type == RTM_NEWADDR;
    int head_bytes = is_addr ? sizeof (struct ifaddrmsg) : sizeof (struct rtmsg), left;
    struct nlattr *attr;
    void *head;

    if (!msg || !nlmsg_put (msg, NL_AUTO_PORT, NL_AUTO_SEQ, type, 0, flags)
        || !(head = nlmsg_reserve (msg, (size_t) head_bytes, NLMSG_ALIGNTO))) {
        nlmsg_free (msg);
        return NULL;
    }
    memcpy (head, nlmsg_data (saved), (size_t) head_bytes);
    if (is_addr)
        ((struct ifaddrmsg *) head)->ifa_index = (unsigned) target->index;
    else
        ((struct rtmsg *) head)->rtm_flags &= RTNH_F_ONLINK;
    nlmsg_for_each_attr (attr, (struct nlmsghdr *) saved, head_bytes, left)
    {
        if ((is_addr ? put_of_address (msg, attr, target) : put_of_route (msg, attr, target)) < 0) {
            nlmsg_free (msg);
            return NULL;
        }
    }
    return msg;
}

/* 0 or an errno; what is there already, or is gone already, is no error. */
static int
say (struct nl_sock *sock, const struct nlmsghdr *saved, bool add, const struct target *target)
{
    bool is_addr = saved->nlmsg_type == RTM_NEWADDR;
    int type = is_addr ? (add ? RTM_NEWADDR : RTM_DELADDR) : (add ? RTM_NEWROUTE : RTM_DELROUTE);
    struct nl_msg *msg = rebuild (saved, type, add ? NLM_F_CREATE | NLM_F_EXCL : 0, target);
    int err = msg ? link_to_errno (nl_send_sync (sock, msg)) : ENOMEM; /* which frees it */

    return err == (add ? EEXIST : EADDRNOTAVAIL) || (!add && err == ENODEV) ? 0 : err;
}

#define FOR_EACH_SAVED(hdr, state, len)                                                            \
    for (const struct nlmsghdr *hdr = (const void *) (state);                                      \
         (const uint8_t *) hdr + sizeof *hdr <= (state) + (len)                                    \
         && hdr->nlmsg_len >= sizeof *hdr                                                          \
         && (const uint8_t *) hdr + hdr->nlmsg_len <= (state) + (len);                             \
         hdr = (const void *) ((const uint8_t *) hdr + NLMSG_ALIGN (hdr->nlmsg_len)))

/* Takes all of TYPE away, in whatever order they were. */
static int
take (struct nl_sock *sock, const uint8_t *state, size_t len, int type, const struct target *target)
{
    int err = 0;

    FOR_EACH_SAVED (hdr, state, len)
        if (hdr->nlmsg_type == type && err == 0)
            err = say (sock, hdr, false, target);
    return err;
}

/* Adds all of TYPE.  A route's gateway may be reached by one that comes after it: rounds are made for as long as
 * they bring something. */
static int
give (struct nl_sock *sock, const uint8_t *state, size_t len, int type, const struct target *target)
{
    unsigned failed = ~0u, before;
    int err;

    do {
        before = failed;
        failed = 0;
        err = 0;
        FOR_EACH_SAVED (hdr, state, len)
        {
            int this = hdr->nlmsg_type == type ? say (sock, hdr, true, target) : 0;

            failed += this != 0;
            err = this ? this : err;
        }
    } while (failed > 0 && failed < before);
    return err;
}

bool
nic_move (struct nl_sock *sock, const uint8_t *state, size_t len, const struct nic_end *from,
          const struct nic_end *to, struct net_reply *reply)
{
    const struct target card = { .from = from->index, .index = from->index, .name = from->name };
    const struct target bridge = {
        .from = from->index, .index = to->index, .name = to->name, .at_once = true
    };
    int err = take (sock, state, len, RTM_NEWROUTE, &card);

    if (err == 0)
        err = take (sock, state, len, RTM_NEWADDR, &card);
    if (err == 0)
        err = give (sock, state, len, RTM_NEWADDR, &bridge);
    if (err == 0)
        err = give (sock, state, len, RTM_NEWROUTE, &bridge);
    return err == 0 || fail_errno (reply, err, "routes");
}

bool
nic_give_back (struct nl_sock *sock, const uint8_t *state, size_t len, const struct nic_end *nic,
               struct net_reply *reply)
{
    const struct target card = { .from = nic->index, .index = nic->index, .name = nic->name };
    int err = give (sock, state, len, RTM_NEWADDR, &card);
    int routes = give (sock, state, len, RTM_NEWROUTE, &card);

    if (err == 0)
        err = routes;
    /* What is refused is refused every time (its gateway is behind what is gone by now): nothing is to wait for it. */
    return (err != EPERM && err != ENOMEM) || fail_errno (reply, err, nic->name);
}

/* --- IPv6 ------------------------------------------------------------------------------------- */

static int
open_setting (const char *link, const char *key, int flags)
{
    char path[128];

    snprintf (path, sizeof path, "/proc/sys/net/ipv6/conf/%.15s/%s", link, key);
    return open (path, flags | O_CLOEXEC);
}

void
nic_copy_settings (const char *nic, const char *bridge)
{
    static const char *const keys[] = { "accept_ra", "autoconf", "use_tempaddr", "disable_ipv6" };

    for (unsigned i = 0; i < sizeof keys / sizeof *keys; i++) {
        int from = open_setting (nic, keys[i], O_RDONLY);
        int to = open_setting (bridge, keys[i], O_WRONLY);
        char value[16];
        ssize_t n = from < 0 ? -1 : read (from, value, sizeof value);

        if (n > 0 && to >= 0 && write (to, value, (size_t) n) < 0)
            n = 0; /* a kernel without it has nothing to be told */
        fd_close (&from);
        fd_close (&to);
    }
}
