/* SPDX-License-Identifier: GPL-2.0-or-later */
/* rules.c - what may pass between a network and the rest of the world.
 *
 * One table a network, so that taking it away is taking back all of it, and nobody else's rules are touched.
 * Names in the text were checked by request.c: nothing in them means anything to nftables.  A packet that
 * another firewall of this computer drops stays dropped: an "accept" here is one for this table alone.
 */
#include "rules.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <nftables/libnftables.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

#define TABLE       "inet vitrine_"
#define GUARD_TABLE "bridge vitrine_tap%d_%08x"
#define MAX_FDS     32
#define MIN_BURST   128 /* KiB: a guest's largest packets are nearly 64 */

struct text {
    char *bytes;
    size_t len;
};

static void __attribute__ ((format (printf, 2, 3))) add (struct text *text, const char *format, ...)
{
    va_list args;
    int n;

    va_start (args, format);
    n = vsnprintf (text->bytes + text->len, RULES_BYTES - text->len, format, args);
    va_end (args);
    if (n > 0)
        text->len +=
            (size_t) n < RULES_BYTES - text->len ? (size_t) n : RULES_BYTES - text->len - 1;
}

/* A table's name has no '-' or '.' of a bridge's in it, and no two bridges have one: "a-b" is a_2db. */
static void
write_table (const char *bridge, char name[64])
{
    size_t len = strlen (TABLE);

    memcpy (name, TABLE, len + 1);
    for (const char *p = bridge; *p && len + 4 < 64; p++) {
        bool is_plain = (*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z') || (*p >= '0' && *p <= '9');

        len += (size_t) (is_plain ? snprintf (name + len, 4, "%c", *p)
                                  : snprintf (name + len, 4, "_%02x", (unsigned char) *p));
    }
}

/* The rules of one family: WORD is "ip" or "ip6". */
static void
add_family (struct text *text, const struct net_start *start, const char *bridge, const char *word,
            const char *subnet, bool nat)
{
    char out[64] = "", in[64] = "";

    if (start->uplink[0]) {
        snprintf (out, sizeof out, " oifname \"%s\"", start->uplink);
        snprintf (in, sizeof in, " iifname \"%s\"", start->uplink);
    }
    add (text, "add rule %%T forward iifname \"%s\" %s saddr %s%s accept\n", bridge, word, subnet,
         out);
    add (text, "add rule %%T forward oifname \"%s\" %s daddr %s%s%s accept\n", bridge, word, subnet,
         in, nat ? " ct state established,related" : "");
    if (nat)
        add (text, "add rule %%T postrouting %s saddr %s %s daddr != { %s, %s }%s masquerade\n",
             word, subnet, word, subnet,
             strcmp (word, "ip") == 0 ? "224.0.0.0/4, 255.255.255.255" : "ff00::/8", out);
}

static const char *
write_subnet (int family, const struct net_subnet *subnet, char text[64])
{
    uint8_t first[16];
    char address[INET6_ADDRSTRLEN];
    unsigned bytes = family == AF_INET ? 4 : 16;

    for (unsigned i = 0; i < bytes; i++) {
        unsigned bits = subnet->prefix >= 8 * (i + 1) ? 8
                        : subnet->prefix <= 8 * i     ? 0
                                                      : subnet->prefix - 8 * i;

        first[i] = (uint8_t) (subnet->address[i] & ~(0xff >> bits));
    }
    inet_ntop (family, first, address, sizeof address);
    snprintf (text, 64, "%s/%u", address, subnet->prefix);
    return text;
}

/* TEXT with TABLE in place of each "%T". */
static void
fill_in (char *text, const char *template, const char *table)
{
    size_t len = 0, table_len = strlen (table);

    for (const char *p = template; *p && len + table_len + 1 < RULES_BYTES; p++) {
        if (p[0] == '%' && p[1] == 'T') {
            memcpy (text + len, table, table_len);
            len += table_len;
            p++;
        } else {
            text[len++] = *p;
        }
    }
    text[len] = 0;
}

const char *
rules_write (const struct net_start *start, const char *bridge, char text[RULES_BYTES])
{
    char template[RULES_BYTES] = "", subnet[64], table[64];
    struct text t = { template, 0 };
    bool nat = start->forward == NET_FORWARD_NAT;

    write_table (bridge, table);
    add (&t, "add table %%T\n"
             "add chain %%T forward { type filter hook forward priority filter; }\n"
             "add chain %%T postrouting { type nat hook postrouting priority srcnat; }\n");
    add (&t, "add rule %%T forward iifname \"%s\" oifname \"%s\" accept\n", bridge, bridge);
    if (start->forward != NET_FORWARD_NONE && start->ipv4.prefix)
        add_family (&t, start, bridge, "ip", write_subnet (AF_INET, &start->ipv4, subnet), nat);
    if (start->forward != NET_FORWARD_NONE && start->ipv6.prefix)
        add_family (&t, start, bridge, "ip6", write_subnet (AF_INET6, &start->ipv6, subnet),
                    nat && (start->flags & NET_FLAG_NAT6));
    add (&t, "add rule %%T forward iifname \"%s\" reject\n", bridge);
    add (&t, "add rule %%T forward oifname \"%s\" reject\n", bridge);
    fill_in (text, template, table);
    return text;
}

/* The library has one socket, and says it to nobody; this program has no other of that kind. */
static int
dup_socket (void)
{
    for (int fd = STDERR_FILENO + 1; fd < MAX_FDS; fd++) {
        int domain = 0, protocol = 0;
        socklen_t size = sizeof domain;

        if (getsockopt (fd, SOL_SOCKET, SO_DOMAIN, &domain, &size) == 0 && domain == AF_NETLINK
            && getsockopt (fd, SOL_SOCKET, SO_PROTOCOL, &protocol, &size) == 0
            && protocol == NETLINK_NETFILTER)
            return fcntl (fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
    }
    return -1;
}

/* *SOCKET, where it is not NULL, becomes the one that the kernel was spoken to with. */
static bool
run (const char *commands, int *socket, struct net_reply *reply)
{
    struct nft_ctx *nft = nft_ctx_new (NFT_CTX_DEFAULT);
    bool ok;

    if (!nft)
        return fail (reply, NET_SYSTEM, "nftables");
    nft_ctx_buffer_error (nft);
    nft_ctx_buffer_output (nft);
    ok = nft_run_cmd_from_buffer (nft, commands) == 0;
    if (!ok)
        fail (reply, NET_SYSTEM, "nftables: %.*s",
              (int) strcspn (nft_ctx_get_error_buffer (nft), "\n"), nft_ctx_get_error_buffer (nft));
    if (ok && socket)
        ok = (*socket = dup_socket ()) >= 0 || fail (reply, NET_SYSTEM, "nftables: no socket");
    nft_ctx_free (nft);
    return ok;
}

bool
rules_add (const struct net_start *start, const char *bridge, struct net_reply *reply)
{
    char text[RULES_BYTES];

    return run (rules_write (start, bridge, text), NULL, reply);
}

bool
rules_remove (const char *bridge, struct net_reply *reply)
{
    char table[64], text[256];

    write_table (bridge, table);
    snprintf (text, sizeof text, "add table %s\ndelete table %s\n", table, table);
    return run (text, NULL, reply);
}

/* --- one tap --------------------------------------------------------------------------------- */

static void
add_addresses (struct text *text, int family, const uint8_t *addresses, unsigned n, unsigned bytes)
{
    for (unsigned i = 0; i < n; i++) {
        char address[INET6_ADDRSTRLEN];

        inet_ntop (family, addresses + i * bytes, address, sizeof address);
        add (text, "%s%s", i ? ", " : "", address);
    }
}

/* What is the guest's own returns from the chain; nothing else leaves it. */
static void
add_clean (struct text *text, const struct net_guard *guard, const char *mac)
{
    if (guard->n_ipv4) {
        add (text,
             "add rule %%T guest arp htype 1 arp ptype ip arp hlen 6 arp plen 4 "
             "arp saddr ether %s arp saddr ip { 0.0.0.0, ",
             mac);
        add_addresses (text, AF_INET, guard->ipv4[0], guard->n_ipv4, 4);
        add (text, " } return\nadd rule %%T guest ip saddr { ");
        add_addresses (text, AF_INET, guard->ipv4[0], guard->n_ipv4, 4);
        add (text, " } return\n"
                   "add rule %%T guest ip saddr 0.0.0.0 udp sport 68 udp dport 67 return\n");
    }
    if (guard->n_ipv6) {
        add (text, "add rule %%T guest icmpv6 type { nd-router-advert, nd-redirect } drop\n"
                   "add rule %%T guest ip6 saddr { ::, fe80::/64, ");
        add_addresses (text, AF_INET6, guard->ipv6[0], guard->n_ipv6, 16);
        add (text, " } return\n");
    }
    add (text, "add rule %%T guest drop\n");
}

const char *
rules_write_guard (int index, const uint8_t mac[6], const struct net_guard *guard, uint32_t number,
                   char text[RULES_BYTES])
{
    char template[RULES_BYTES] = "", table[64], address[18];
    struct text t = { template, 0 };
    const struct net_rate *rate = &guard->outbound;
    uint32_t burst = rate->burst < MIN_BURST ? MIN_BURST : rate->burst;

    snprintf (table, sizeof table, GUARD_TABLE, index, number);
    snprintf (address, sizeof address, "%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1], mac[2],
              mac[3], mac[4], mac[5]);
    add (&t, "add table %%T { flags owner; }\nadd chain %%T guest\n"
             "add chain %%T from { type filter hook prerouting priority -300; }\n");
    add (&t, "add rule %%T from iif != %d accept\nadd rule %%T from jump guest\n", index);
    if (guard->filter != NET_FILTER_NONE)
        add (&t,
             "add rule %%T guest ether saddr != %s drop\n"
             "add rule %%T guest arp saddr ether != %s drop\n",
             address, address);
    if (guard->filter == NET_FILTER_CLEAN)
        add_clean (&t, guard, address);
    if (rate->average) /* nftables' burst is what comes besides the rate */
        add (&t, "add rule %%T from limit rate over %u kbytes/second burst %u kbytes drop\n",
             rate->average, burst > rate->average ? burst - rate->average : 1);
    fill_in (text, template, table);
    return text;
}

int
rules_add_guard (int index, const uint8_t mac[6], const struct net_guard *guard,
                 struct net_reply *reply)
{
    char text[RULES_BYTES];
    uint32_t number;
    int socket = -1;

    if (getrandom (&number, sizeof number, 0) != sizeof number)
        fail (reply, NET_SYSTEM, "random");
    else
        run (rules_write_guard (index, mac, guard, number, text), &socket, reply);
    return socket;
}
