/* SPDX-License-Identifier: GPL-2.0-or-later */
/* guard.c - what may pass a tap, and how much of it.
 *
 * All of it is gone with the tap, whoever dies: what comes to the guest is limited by a queueing discipline of the
 * interface itself, and what comes from it by rules that the kernel drops with the socket that made them, which
 * the tap's keeper has.  Nobody has to be there, and be root, to take anything back.
 */
#include "guard.h"

#include <errno.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <netlink/netlink.h>
#include <netlink/route/qdisc.h>
#include <netlink/route/tc.h>
#include <stdio.h>

#include "fd.h"
#include "link.h"
#include "rules.h"

#define KIB            1024u
#define MIN_BURST      (64u * KIB)
#define WAITS_A_SECOND 20 /* so long, at most, a frame waits */
#define PARTS_A_SECOND 100

/* How many bytes may come at once, of RATE a second: BURST, but no less than in 10 ms, or the timer would keep
 * it from being as fast. */
static uint32_t
bucket_of (uint32_t rate, uint32_t burst)
{
    uint32_t least = rate / PARTS_A_SECOND < MIN_BURST ? MIN_BURST : rate / PARTS_A_SECOND;

    return burst < least ? least : burst;
}

/* A token bucket (tc-tbf(8)), said in bytes, as kernels from 3.13 on take it: libnl says no peak. */
static int
limit (struct nl_sock *sock, int index, const struct net_rate *rate)
{
    uint32_t bytes = rate->average * KIB, peak = rate->peak * KIB;
    uint32_t burst = bucket_of (bytes, rate->burst * KIB);
    struct tcmsg head = { .tcm_ifindex = index, .tcm_parent = TC_H_ROOT };
    struct tc_tbf_qopt parameters = {
        .rate = { .rate = bytes, .linklayer = TC_LINKLAYER_ETHERNET },
        .peakrate = { .rate = peak, .linklayer = TC_LINKLAYER_ETHERNET },
        .limit = burst + bytes / WAITS_A_SECOND,
    };
    struct nl_msg *msg = nlmsg_alloc_simple (RTM_NEWQDISC, NLM_F_CREATE | NLM_F_REPLACE);
    struct nlattr *options = NULL;
    bool ok = msg && nlmsg_append (msg, &head, sizeof head, NLMSG_ALIGNTO) == 0
              && nla_put_string (msg, TCA_KIND, "tbf") == 0
              && (options = nla_nest_start (msg, TCA_OPTIONS))
              && nla_put (msg, TCA_TBF_PARMS, sizeof parameters, &parameters) == 0
              && nla_put_u32 (msg, TCA_TBF_BURST, burst) == 0
              && (peak == 0 || nla_put_u32 (msg, TCA_TBF_PBURST, bucket_of (peak, 0)) == 0);

    if (!ok) {
        nlmsg_free (msg);
        return ENOMEM;
    }
    nla_nest_end (msg, options);
    return link_to_errno (nl_send_sync (sock, msg)); /* which frees it */
}

/* The interface has again what it had when it was made. */
static int
unlimit (struct nl_sock *sock, int index)
{
    struct rtnl_qdisc *qdisc = rtnl_qdisc_alloc ();
    int ret;

    if (!qdisc)
        return ENOMEM;
    rtnl_tc_set_ifindex (TC_CAST (qdisc), index);
    rtnl_tc_set_parent (TC_CAST (qdisc), TC_H_ROOT);
    ret = link_to_errno (rtnl_qdisc_delete (sock, qdisc));
    rtnl_qdisc_put (qdisc);
    return ret == ENODEV || ret == EINVAL || ret == ENOENT ? 0 : ret; /* there was none */
}

bool
guard_set (const char *link, const uint8_t mac[6], const struct net_guard *guard, int *rules,
           struct net_reply *reply)
{
    struct link_facts facts;
    struct nl_sock *sock;
    int err = link_open (&sock);

    *rules = -1;
    if (err)
        return fail_errno (reply, err, "rtnetlink");
    err = link_find (sock, link, &facts);
    if (err == 0)
        err = guard->inbound.average ? limit (sock, facts.index, &guard->inbound)
                                     : unlimit (sock, facts.index);
    nl_socket_free (sock);
    if (err)
        return fail_errno (reply, err, link);
    if (guard->filter == NET_FILTER_NONE && guard->outbound.average == 0)
        return true;
    *rules = rules_add_guard (facts.index, mac, guard, reply);
    return *rules >= 0;
}

bool
guard_check_owner (const char *link, uid_t caller, struct net_reply *reply)
{
    char path[64];
    long owner = -1;
    FILE *file;

    snprintf (path, sizeof path, "/sys/class/net/%.15s/owner", link);
    file = fopen (path, "re");
    if (file && fscanf (file, "%ld", &owner) != 1)
        owner = -1;
    if (file)
        fclose (file);
    return (file && (caller == 0 || (owner >= 0 && (uid_t) owner == caller)))
           || fail (reply, NET_NOT_A_TAP, "%s", link);
}
