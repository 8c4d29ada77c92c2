/* SPDX-License-Identifier: GPL-2.0-or-later */
/* keeper-net-guard.c - what vitrine-net-helper is asked to do for a card's tap. */
#include "keeper-net-guard.h"

#include <arpa/inet.h>
#include <glib/gi18n-lib.h>
#include <string.h>

#include "net-store.h"
#include "vitrine-error.h"

static void
add_address (struct net_guard *guard, const char *text)
{
    if (strchr (text, ':')) {
        if (guard->n_ipv6 < NET_MAX_ADDRESSES)
            inet_pton (AF_INET6, text, guard->ipv6[guard->n_ipv6++]);
    } else if (guard->n_ipv4 < NET_MAX_ADDRESSES) {
        inet_pton (AF_INET, text, guard->ipv4[guard->n_ipv4++]);
    }
}

/* What the network NAME of this user's always gives the card MAC. */
static void
add_leased (struct net_guard *guard, const char *name, const char *mac)
{
    g_autoptr (VitrineNetwork) network = net_store_load (name, NULL);

    for (guint i = 0; network && i < network->hosts->len; i++) {
        const VitrineNetworkHost *host = g_ptr_array_index (network->hosts, i);

        if (g_ascii_strcasecmp (host->mac, mac) == 0)
            add_address (guard, host->address);
    }
}

static void
set_rate (struct net_rate *to, const VitrineDefinitionRate *from)
{
    *to = (struct net_rate){ from->average, from->peak, from->burst };
}

gboolean
keeper_net_fill_guard (const VitrineDefinitionNetwork *network, struct net_guard *guard,
                       GError **error)
{
    static const enum net_filter filters[] = { NET_FILTER_NONE, NET_FILTER_MAC, NET_FILTER_CLEAN };

    G_STATIC_ASSERT (G_N_ELEMENTS (filters) == VITRINE_DEFINITION_FILTER_N);
    memset (guard, 0, sizeof *guard);
    guard->filter = filters[network->filter];
    set_rate (&guard->inbound, &network->inbound);
    set_rate (&guard->outbound, &network->outbound);
    if (network->filter != VITRINE_DEFINITION_FILTER_CLEAN)
        return TRUE;
    for (guint i = 0; i < network->addresses->len; i++)
        add_address (guard, g_ptr_array_index (network->addresses, i));
    if (network->addresses->len == 0 && network->kind == VITRINE_DEFINITION_NETWORK_NAMED)
        add_leased (guard, network->source, network->mac);
    if (guard->n_ipv4 + guard->n_ipv6 > 0)
        return TRUE;
    g_set_error (
        error, VITRINE_ERROR, VITRINE_ERROR_INVALID,
        _ ("The filter clean-traffic must know the guest’s addresses: say "
           "filter=clean-traffic/ADDRESS, or have its network always give %s the same one"),
        network->mac);
    return FALSE;
}
