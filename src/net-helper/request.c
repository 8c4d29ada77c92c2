/* SPDX-License-Identifier: GPL-2.0-or-later */
/* request.c - whether what a caller asks for makes sense. */
#include "request.h"

#include <string.h>

#include "bits.h"

/* --- names ----------------------------------------------------------------------------------- */

static bool
is_alnum (char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

static bool
is_name (const char *name, size_t size)
{
    if (!is_alnum (name[0]) || strlen (name) >= size)
        return false;
    for (const char *p = name; *p; p++)
        if (!is_alnum (*p) && !strchr (".-_", *p))
            return false;
    return true;
}

bool
request_is_link (const char *name)
{
    return is_name (name, NET_LINK_BYTES);
}

bool
request_is_name (const char *name)
{
    return is_name (name, NET_NAME_BYTES);
}

bool
request_is_domain (const char *name)
{
    bool inside = false; /* a label */

    for (const char *p = name; *p; p++) {
        if (*p == '.' ? !inside || p[-1] == '-' : !is_alnum (*p) && (*p != '-' || !inside))
            return false;
        inside = *p != '.';
    }
    return inside && name[strlen (name) - 1] != '-';
}

/* --- fields ---------------------------------------------------------------------------------- */

/* Whether the text in the field of SIZE bytes ends there, and nothing comes after it. */
static bool
is_text (const char *field, size_t size)
{
    const char *end = memchr (field, 0, size);

    for (const char *p = end; p && p < field + size; p++)
        if (*p)
            return false;
    return end != NULL;
}

#define IS_TEXT(field) is_text ((field), sizeof (field))

static bool
is_zero (const void *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if (((const uint8_t *) bytes)[i])
            return false;
    return true;
}

/* Of one card, and not nobody's. */
static bool
is_card (const uint8_t mac[6])
{
    return !(mac[0] & 1) && !is_zero (mac, 6);
}

static bool
check_rate (const struct net_rate *rate)
{
    return rate->average <= NET_MAX_RATE && rate->peak <= NET_MAX_RATE
           && rate->burst <= NET_MAX_BURST && (rate->peak == 0 || rate->peak >= rate->average)
           && (rate->average > 0 || (rate->peak == 0 && rate->burst == 0));
}

static bool
check_guard (const struct net_guard *guard, struct net_reply *reply)
{
    if (guard->filter >= NET_FILTER_N || guard->n_ipv4 > NET_MAX_ADDRESSES
        || guard->n_ipv6 > NET_MAX_ADDRESSES || !is_zero (guard->reserved, sizeof guard->reserved)
        || (guard->filter == NET_FILTER_CLEAN) != (guard->n_ipv4 + guard->n_ipv6 > 0))
        return fail (reply, NET_MALFORMED, "filter");
    return (check_rate (&guard->inbound) && check_rate (&guard->outbound)
            && guard->outbound.peak == 0)
           || fail (reply, NET_MALFORMED, "rate");
}

static bool
check_guard_change (const struct net_guard_change *change, struct net_reply *reply)
{
    if (!IS_TEXT (change->link) || !request_is_link (change->link)
        || strncmp (change->link, NET_TAP_PREFIX, strlen (NET_TAP_PREFIX)) != 0
        || !is_zero (change->reserved, sizeof change->reserved))
        return fail (reply, NET_MALFORMED, "link");
    if (!is_card (change->mac))
        return fail (reply, NET_MALFORMED, "mac");
    return check_guard (&change->guard, reply);
}

static bool
check_macvtap (const struct net_macvtap *macvtap, struct net_reply *reply)
{
    if (!IS_TEXT (macvtap->nic) || !request_is_link (macvtap->nic))
        return fail (reply, NET_MALFORMED, "nic");
    if (!is_card (macvtap->mac) || macvtap->reserved)
        return fail (reply, NET_MALFORMED, "mac");
    if (macvtap->n_queues > NET_MAX_QUEUES)
        return fail (reply, NET_MALFORMED, "queues");
    return macvtap->mode < NET_MACVTAP_N || fail (reply, NET_MALFORMED, "mode");
}

static bool
check_tap (const struct net_tap *tap, struct net_reply *reply)
{
    if (!IS_TEXT (tap->bridge) || !IS_TEXT (tap->network) || tap->reserved)
        return fail (reply, NET_MALFORMED, "texts");
    if (tap->n_queues > NET_MAX_QUEUES)
        return fail (reply, NET_MALFORMED, "queues");
    if (tap->bridge[0] ? tap->network[0] || !request_is_link (tap->bridge)
                       : !request_is_name (tap->network))
        return fail (reply, NET_MALFORMED, "bridge");
    if (!is_card (tap->mac))
        return fail (reply, NET_MALFORMED, "mac");
    return check_guard (&tap->guard, reply);
}

/* --- networks -------------------------------------------------------------------------------- */

/* Whether the first PREFIX bits of A and B are the same. */
static bool
share_prefix (const uint8_t *a, const uint8_t *b, unsigned prefix)
{
    unsigned whole = prefix / 8, bits = prefix % 8;

    return memcmp (a, b, whole) == 0
           && (bits == 0 || (uint8_t) (a[whole] ^ b[whole]) >> (8 - bits) == 0);
}

/* Addresses of BYTES bytes; MIN and MAX: how long the prefix may be. */
static bool
check_subnet (const struct net_subnet *subnet, unsigned bytes, unsigned min, unsigned max)
{
    if (subnet->has_dhcp > 1 || !is_zero (subnet->reserved, sizeof subnet->reserved))
        return false;
    if (subnet->prefix == 0)
        return is_zero (subnet, sizeof *subnet);
    if (subnet->prefix < min || subnet->prefix > max)
        return false;
    if (subnet->address[0] == 0
        || (bytes == 4 && (subnet->address[0] >= 224 || subnet->address[0] == 127))
        || (bytes == 16 && subnet->address[0] == 0xff))
        return false;
    return !subnet->has_dhcp
           || (share_prefix (subnet->address, subnet->range_start, subnet->prefix)
               && share_prefix (subnet->address, subnet->range_end, subnet->prefix)
               && memcmp (subnet->range_start, subnet->range_end, bytes) <= 0);
}

static bool
check_hosts (const struct net_start *start, size_t len, struct net_reply *reply)
{
    if (start->n_hosts > NET_MAX_HOSTS
        || len != sizeof *start + start->n_hosts * sizeof start->hosts[0]
        || (start->n_hosts > 0 && !start->ipv4.has_dhcp))
        return fail (reply, NET_MALFORMED, "hosts");
    for (uint32_t i = 0; i < start->n_hosts; i++) {
        const struct net_host *host = &start->hosts[i];

        if (!is_card (host->mac) || !is_zero (host->reserved, sizeof host->reserved)
            || !IS_TEXT (host->name) || (host->name[0] && !request_is_domain (host->name))
            || !share_prefix (host->address, start->ipv4.address, start->ipv4.prefix))
            return fail (reply, NET_MALFORMED, "host %u", i);
    }
    return true;
}

static bool
check_start (const struct net_start *start, size_t len, struct net_reply *reply)
{
    if (!IS_TEXT (start->name) || !request_is_name (start->name))
        return fail (reply, NET_MALFORMED, "name");
    if (!IS_TEXT (start->bridge) || (start->bridge[0] && !request_is_link (start->bridge)))
        return fail (reply, NET_MALFORMED, "bridge");
    if (!IS_TEXT (start->uplink) || (start->uplink[0] && !request_is_link (start->uplink)))
        return fail (reply, NET_MALFORMED, "uplink");
    if (!IS_TEXT (start->domain) || (start->domain[0] && !request_is_domain (start->domain)))
        return fail (reply, NET_MALFORMED, "domain");
    if (start->forward >= NET_FORWARD_N || start->reserved
        || (start->flags & ~(NET_FLAG_NAT6 | NET_FLAG_NO_DNS)))
        return fail (reply, NET_MALFORMED, "forward");
    if (start->forward == NET_FORWARD_BRIDGE
        && (!start->uplink[0] || start->ipv4.prefix || start->ipv6.prefix || start->flags
            || start->domain[0]))
        return fail (reply, NET_MALFORMED, "bridged");
    if (!check_subnet (&start->ipv4, 4, 8, 30) || !check_subnet (&start->ipv6, 16, 8, 126))
        return fail (reply, NET_MALFORMED, "subnet");
    return check_hosts (start, len, reply);
}

/* --- the whole ------------------------------------------------------------------------------- */

bool
request_check (const void *message, size_t len, const char *argument, struct net_reply *reply)
{
    static const struct {
        size_t min_bytes;
        const char *argument;
    } ops[] = {
        [NET_TAP] = { sizeof (struct net_tap), NET_ARGUMENT_TAP },
        [NET_START] = { sizeof (struct net_start), NET_ARGUMENT_NETWORK },
        [NET_STOP] = { sizeof (struct net_stop), NET_ARGUMENT_NETWORK },
        [NET_GUARD] = { sizeof (struct net_guard_change), NET_ARGUMENT_TAP },
        [NET_MACVTAP] = { sizeof (struct net_macvtap), NET_ARGUMENT_MACVTAP },
    };
    const struct net_header *header = message;

    _Static_assert(ARRAY_SIZE (ops) == NET_OP_N, "a row for each operation");
    if (len < sizeof *header || header->version != NET_VERSION || header->op >= NET_OP_N
        || len < ops[header->op].min_bytes || strcmp (argument, ops[header->op].argument) != 0)
        return fail (reply, NET_MALFORMED, "header");
    if (header->op == NET_START)
        return check_start (message, len, reply);
    if (len != ops[header->op].min_bytes)
        return fail (reply, NET_MALFORMED, "length");
    if (header->op == NET_TAP)
        return check_tap (message, reply);
    if (header->op == NET_GUARD)
        return check_guard_change (message, reply);
    if (header->op == NET_MACVTAP)
        return check_macvtap (message, reply);
    return (IS_TEXT (((const struct net_stop *) message)->name)
            && request_is_name (((const struct net_stop *) message)->name))
           || fail (reply, NET_MALFORMED, "name");
}
