/* SPDX-License-Identifier: GPL-2.0-or-later */
/* network.c - starts and stops networks.
 *
 * Theory of operation.  Helpers take turns (journal_lock()).  Each first takes back what starts that were ended
 * in their middle have left, and stops: a journal without "done" has no other meaning while we have the lock.  A start
 * checks all that can be checked before it changes anything; then each step is written down, then done; undoing
 * goes through the journal backwards and takes "it is not there" for done, so it can itself be ended anywhere and
 * begun again.  A bridge is known by its address, which we made up and wrote down, so somebody else's of the
 * same name is never taken away.  Steps: "uid N", "bridge NAME MAC", "nic NAME INDEX UP BRIDGE", "forward4",
 * "forward6", "table", "dhcp", "done"; "stopping", when that is to be taken back.
 *
 * A bridge that leads out by a card takes the card's place in this computer: its address, by which its number
 * (BRIDGE) knows it from then on, and what addresses and routes the card has, which the file "nic" keeps.  They
 * are given back when the bridge is gone, as many of them as are not there.
 */
#include "network.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netlink/netlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "dhcp.h"
#include "fd.h"
#include "forwarding.h"
#include "journal.h"
#include "link.h"
#include "nic.h"
#include "rules.h"

#define CONFIGURATION "dnsmasq.conf"
#define BRIDGE_NAMES  "vbr%u"
#define MAX_BRIDGES   256
#define NIC_STATE     "nic"

/* --- taking back ----------------------------------------------------------------------------- */

struct search {
    const char *but;  /* not this network */
    const char *step; /* has another one this? */
    bool found;
};

static void
search_visit (const char *name, void *data)
{
    struct search *search = data;
    struct net_reply reply;
    struct journal journal;

    if (strcmp (name, search->but) == 0)
        return;
    if (journal_open (&journal, name, &reply) && journal_find (&journal, search->step))
        search->found = true;
    journal_close (&journal);
}

static bool
put_back (const char *name, const char *step, int family, struct net_reply *reply)
{
    struct search search = { .but = name, .step = step };

    journal_for_each (search_visit, &search);
    return search.found || forwarding_put_back (family, reply);
}

/* "NAME MAC" of a journal. */
static bool
parse_bridge (const char *text, char name[NET_LINK_BYTES], uint8_t mac[6])
{
    return text
           && sscanf (text, "%15s %2hhx:%2hhx:%2hhx:%2hhx:%2hhx:%2hhx", name, &mac[0], &mac[1],
                      &mac[2], &mac[3], &mac[4], &mac[5])
                  == 7;
}

/* "NAME INDEX UP BRIDGE" of a journal. */
struct lead {
    char nic[NET_LINK_BYTES];
    int index, was_up, bridge;
};

static bool
parse_lead (const char *text, struct lead *lead)
{
    *lead = (struct lead){ 0 };
    return text
           && sscanf (text, "%15s %d %d %d", lead->nic, &lead->index, &lead->was_up, &lead->bridge)
                  == 4;
}

static bool
delete_bridge (const struct journal *journal, const char *name, const uint8_t mac[6],
               struct net_reply *reply)
{
    struct nl_sock *sock;
    struct lead lead;
    int err = link_open (&sock);

    parse_lead (journal_find (journal, "nic"), &lead);
    if (err == 0) {
        err = link_delete_bridge (sock, name, mac, lead.bridge);
        nl_socket_free (sock);
    }
    return err == 0 || fail_errno (reply, err, name);
}

/* The bridge, which had what was the card's, is gone. */
static bool
give_back (struct nl_sock *sock, const struct journal *journal, const struct lead *lead,
           struct net_reply *reply)
{
    static uint8_t state[NIC_STATE_BYTES];
    size_t len = sizeof state;
    struct link_facts facts;
    int err = link_find_index (sock, lead->index, &facts);

    if (err == ENODEV || (err == 0 && facts.master))
        return true; /* it was pulled out, or somebody has it for something else */
    if (err)
        return fail_errno (reply, err, lead->nic);
    if (!journal_read_bytes (journal, NIC_STATE, state, &len, reply)
        || !nic_give_back (sock, state, len, &(struct nic_end){ lead->index, lead->nic }, reply))
        return false;
    err = lead->was_up ? 0 : link_switch (sock, lead->index, false);
    return err == 0 || fail_errno (reply, err, lead->nic);
}

static bool
undo_lead (const struct journal *journal, const char *bridge, const uint8_t mac[6],
           struct net_reply *reply)
{
    struct nl_sock *sock;
    struct lead lead;
    int err;
    bool ok;

    if (!parse_lead (journal_find (journal, "nic"), &lead))
        return true;
    if (!delete_bridge (journal, bridge, mac, reply))
        return false;
    err = link_open (&sock);
    if (err)
        return fail_errno (reply, err, "rtnetlink");
    ok = give_back (sock, journal, &lead, reply);
    nl_socket_free (sock);
    return ok;
}

static bool
undo_step (const struct journal *journal, const char *name, const char *step,
           struct net_reply *reply)
{
    char bridge[NET_LINK_BYTES] = "";
    uint8_t mac[6];
    bool has_bridge = parse_bridge (journal_find (journal, "bridge"), bridge, mac);

    if (strcmp (step, "dhcp") == 0)
        return dhcp_stop (name, reply);
    if (strcmp (step, "table") == 0)
        return !has_bridge || rules_remove (bridge, reply);
    if (strcmp (step, "forward4") == 0)
        return put_back (name, step, AF_INET, reply);
    if (strcmp (step, "forward6") == 0)
        return put_back (name, step, AF_INET6, reply);
    if (strncmp (step, "nic ", 4) == 0)
        return !has_bridge || undo_lead (journal, bridge, mac, reply);
    if (strncmp (step, "bridge ", 7) == 0)
        return !has_bridge || delete_bridge (journal, bridge, mac, reply);
    return true;
}

static bool
undo (struct journal *journal, const char *name, struct net_reply *reply)
{
    for (unsigned i = journal->n_steps; i-- > 0;)
        if (!undo_step (journal, name, journal->steps[i], reply))
            return false;
    return journal_remove (journal, name, reply);
}

/* What a helper that was ended has left: a start without its end, or a stop. */
static void
recover_visit (const char *name, void *data)
{
    struct net_reply reply;
    struct journal journal;

    if (journal_open (&journal, name, &reply)
        && (!journal_find (&journal, "done") || journal_find (&journal, "stopping")))
        undo (&journal, name, &reply);
    journal_close (&journal);
}

static bool
begin (struct net_reply *reply)
{
    if (!journal_lock (reply))
        return false;
    journal_for_each (recover_visit, NULL);
    return true;
}

/* --- checks, before anything is changed ------------------------------------------------------ */

static bool
check_subnet (struct nl_sock *sock, int family, const struct net_subnet *subnet,
              struct net_reply *reply)
{
    char text[128];
    int err;

    if (subnet->prefix == 0)
        return true;
    err = link_find_overlap (sock, family, subnet->address, subnet->prefix, text, sizeof text);
    if (err == EEXIST)
        return fail (reply, NET_OVERLAPS, "%s", text);
    return err == 0 || fail_errno (reply, err, "routes");
}

/* The name of the bridge to make: what was asked for, or the first that is free. */
static bool
choose_bridge (struct nl_sock *sock, const struct net_start *start, char bridge[NET_LINK_BYTES],
               struct net_reply *reply)
{
    struct link_facts facts;

    if (start->bridge[0]) {
        memcpy (bridge, start->bridge, NET_LINK_BYTES);
        return link_find (sock, bridge, &facts) == ENODEV
               || fail (reply, NET_BRIDGE_TAKEN, "%s", bridge);
    }
    for (unsigned i = 0; i < MAX_BRIDGES; i++) {
        snprintf (bridge, NET_LINK_BYTES, BRIDGE_NAMES, i);
        if (link_find (sock, bridge, &facts) == ENODEV)
            return true;
    }
    return fail (reply, NET_BRIDGE_TAKEN, "%s", bridge);
}

static bool
check (struct nl_sock *sock, const struct net_start *start, char bridge[NET_LINK_BYTES],
       struct net_reply *reply)
{
    struct link_facts facts;

    if (start->forward == NET_FORWARD_BRIDGE)
        return nic_find (sock, start->uplink, &facts, reply)
               && nic_check_movable (sock, start->uplink, facts.index, reply)
               && choose_bridge (sock, start, bridge, reply);
    if (start->uplink[0] && link_find (sock, start->uplink, &facts) != 0)
        return fail (reply, NET_NO_UPLINK, "%s", start->uplink);
    if (dhcp_is_needed (start) && access ("/usr/sbin/dnsmasq", X_OK) < 0)
        return fail (reply, NET_NO_PROGRAM, "dnsmasq");
    return check_subnet (sock, AF_INET, &start->ipv4, reply)
           && check_subnet (sock, AF_INET6, &start->ipv6, reply)
           && choose_bridge (sock, start, bridge, reply);
}

/* --- the steps ------------------------------------------------------------------------------- */

static bool
make_bridge (struct nl_sock *sock, struct journal *journal, const char *bridge,
             struct net_reply *reply)
{
    uint8_t mac[6] = { 0x52, 0x54, 0 };
    char step[JOURNAL_BYTES];
    int err;

    if (getrandom (mac + 3, 3, 0) != 3)
        return fail_errno (reply, errno, "random");
    snprintf (step, sizeof step, "bridge %s %02x:%02x:%02x:%02x:%02x:%02x", bridge, mac[0], mac[1],
              mac[2], mac[3], mac[4], mac[5]);
    if (!journal_add (journal, step, reply))
        return false;
    err = link_make_bridge (sock, bridge, mac);
    if (err == EEXIST)
        return fail (reply, NET_BRIDGE_TAKEN, "%s", bridge);
    return err == 0 || fail_errno (reply, err, bridge);
}

static void
set_of_bridge (const char *bridge, const char *key, const char *value)
{
    char path[128];
    int fd;

    snprintf (path, sizeof path, "/proc/sys/net/ipv6/conf/%s/%s", bridge, key);
    fd = open (path, O_WRONLY | O_CLOEXEC);
    if (fd >= 0 && write (fd, value, strlen (value)) < 0)
        fd_close (&fd); /* a kernel without IPv6 has nothing to be told */
    fd_close (&fd);
}

static bool
add_addresses (struct nl_sock *sock, const struct net_start *start, const char *bridge,
               struct net_reply *reply)
{
    struct link_facts facts;
    int err = link_find (sock, bridge, &facts);

    set_of_bridge (bridge, "accept_ra", "0");
    set_of_bridge (bridge, "disable_ipv6", start->ipv6.prefix ? "0" : "1");
    if (err == 0 && start->ipv4.prefix)
        err =
            link_add_address (sock, facts.index, AF_INET, start->ipv4.address, start->ipv4.prefix);
    if (err == 0 && start->ipv6.prefix)
        err =
            link_add_address (sock, facts.index, AF_INET6, start->ipv6.address, start->ipv6.prefix);
    return err == 0 || fail_errno (reply, err, bridge);
}

/* Puts the card onto BRIDGE, with all it has.  What it had is written down as a whole before the first of it is
 * taken. */
static bool
lead_out (struct nl_sock *sock, struct journal *journal, const char *nic, const char *bridge,
          struct net_reply *reply)
{
    static uint8_t state[NIC_STATE_BYTES];
    struct link_facts card, facts;
    char step[JOURNAL_BYTES];
    size_t len;
    int err = link_find (sock, bridge, &facts);

    if (err)
        return fail_errno (reply, err, bridge);
    if (!nic_find (sock, nic, &card, reply) || !nic_save (sock, card.index, state, &len, reply)
        || !journal_write_bytes (journal, NIC_STATE, state, len, reply))
        return false;
    snprintf (step, sizeof step, "nic %s %d %d %d", nic, card.index, card.is_up, facts.index);
    if (!journal_add (journal, step, reply))
        return false;
    nic_copy_settings (nic, bridge);
    err = link_lead_out (sock, card.index, facts.index);
    if (err == EBUSY)
        return fail (reply, NET_NIC_TAKEN, "%s", nic);
    if (err)
        return fail_errno (reply, err, nic);
    return nic_move (sock, state, len, &(struct nic_end){ card.index, nic },
                     &(struct nic_end){ facts.index, bridge }, reply);
}

static bool
turn_on_forwarding (struct journal *journal, const struct net_start *start, struct net_reply *reply)
{
    if (start->forward == NET_FORWARD_NONE)
        return true;
    return (!start->ipv4.prefix
            || (journal_add (journal, "forward4", reply) && forwarding_turn_on (AF_INET, reply)))
           && (!start->ipv6.prefix
               || (journal_add (journal, "forward6", reply)
                   && forwarding_turn_on (AF_INET6, reply)));
}

static bool
start_dhcp (struct journal *journal, const struct net_start *start, const char *bridge,
            struct net_reply *reply)
{
    char *text = NULL;
    size_t len;
    FILE *file = dhcp_is_needed (start) ? open_memstream (&text, &len) : NULL;
    bool ok;

    if (!dhcp_is_needed (start))
        return true;
    if (!file)
        return fail_errno (reply, errno, CONFIGURATION);
    dhcp_write (start, bridge, file);
    ok = fclose (file) == 0 && journal_write_file (journal, CONFIGURATION, 0644, text, reply)
         && journal_add (journal, "dhcp", reply) && dhcp_start (start->name, reply);
    free (text);
    return ok;
}

static bool
write_state (struct journal *journal, const struct net_start *start, const char *bridge,
             uid_t caller, struct net_reply *reply)
{
    static const char *const forwards[] = { "none", "nat", "route", "bridge" };
    char text[256];

    snprintf (text, sizeof text, "bridge=%s\nuid=%u\nforward=%s\n", bridge, caller,
              forwards[start->forward]);
    return journal_write_file (journal, NET_STATE_FILE, 0644, text, reply);
}

static bool
do_steps (struct nl_sock *sock, struct journal *journal, const struct net_start *start,
          const char *bridge, uid_t caller, struct net_reply *reply)
{
    char step[JOURNAL_BYTES];

    snprintf (step, sizeof step, "uid %u", caller);
    if (!journal_add (journal, step, reply) || !make_bridge (sock, journal, bridge, reply))
        return false;
    if (start->forward == NET_FORWARD_BRIDGE)
        return lead_out (sock, journal, start->uplink, bridge, reply)
               && write_state (journal, start, bridge, caller, reply)
               && journal_add (journal, "done", reply);
    return add_addresses (sock, start, bridge, reply) && journal_add (journal, "table", reply)
           && rules_add (start, bridge, reply) && turn_on_forwarding (journal, start, reply)
           && start_dhcp (journal, start, bridge, reply)
           && write_state (journal, start, bridge, caller, reply)
           && journal_add (journal, "done", reply);
}

bool
network_start (const struct net_start *start, uid_t caller, struct net_reply *reply)
{
    struct journal journal = { .folder = -1 };
    struct net_reply undoing;
    struct nl_sock *sock;
    char bridge[NET_LINK_BYTES] = ""; /* all of it is told to the caller */
    int err;
    bool ok;

    if (!begin (reply))
        return false;
    err = link_open (&sock);
    if (err)
        return fail_errno (reply, err, "rtnetlink");
    ok = journal_create (&journal, start->name, reply);
    if (ok && !check (sock, start, bridge, reply))
        ok = journal_remove (&journal, start->name, &undoing) && false;
    else if (ok && !do_steps (sock, &journal, start, bridge, caller, reply))
        ok = undo (&journal, start->name, &undoing) && false;
    if (ok)
        memcpy (reply->link, bridge, sizeof reply->link);
    journal_close (&journal);
    nl_socket_free (sock);
    return ok;
}

/* --- networks that run ----------------------------------------------------------------------- */

static bool
is_owner (const struct journal *journal, uid_t caller)
{
    const char *owner = journal_find (journal, "uid");

    return caller == 0 || (owner && strtoul (owner, NULL, 10) == caller);
}

bool
network_stop (const char *name, uid_t caller, struct net_reply *reply)
{
    struct journal journal = { .folder = -1 };
    bool ok;

    if (!begin (reply))
        return false;
    ok = journal_open (&journal, name, reply);
    if (ok && !is_owner (&journal, caller))
        ok = fail (reply, NET_NOT_OWNER, "%s", name);
    ok = ok && journal_add (&journal, "stopping", reply) && undo (&journal, name, reply);
    journal_close (&journal);
    return ok;
}

bool
network_find_bridge (const char *name, uid_t caller, char bridge[NET_LINK_BYTES], bool *owned,
                     struct net_reply *reply)
{
    struct journal journal = { .folder = -1 };
    uint8_t mac[6];
    bool ok;

    if (!begin (reply))
        return false;
    ok = journal_open (&journal, name, reply);
    if (ok && !parse_bridge (journal_find (&journal, "bridge"), bridge, mac))
        ok = fail (reply, NET_NOT_RUNNING, "%s", name);
    *owned = ok && is_owner (&journal, caller);
    if (ok && *owned && journal_find (&journal, "dhcp") && !dhcp_is_running (name))
        ok = dhcp_start (name, reply);
    journal_close (&journal);
    return ok;
}
