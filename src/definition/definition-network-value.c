/* SPDX-License-Identifier: GPL-2.0-or-later */
/* definition-network-value.c - what a network is; how its text is written. */
#include "definition-network.h"

static const char *const modes[] = {
    [VITRINE_NETWORK_ISOLATED] = "isolated",
    [VITRINE_NETWORK_NAT] = "nat",
    [VITRINE_NETWORK_ROUTED] = "routed",
    [VITRINE_NETWORK_BRIDGED] = "bridged",
};
G_STATIC_ASSERT (G_N_ELEMENTS (modes) == VITRINE_NETWORK_N);

const char *
vitrine_network_mode_to_string (VitrineNetworkMode mode)
{
    g_return_val_if_fail (mode < VITRINE_NETWORK_N, "");
    return modes[mode];
}

gboolean
vitrine_network_is_given (const VitrineNetwork *self)
{
    return self->mode == VITRINE_NETWORK_BRIDGED && !self->uplink;
}

static void
host_free (gpointer data)
{
    VitrineNetworkHost *host = data;

    g_free (host->mac);
    g_free (host->address);
    g_free (host->name);
    g_free (host);
}

VitrineNetwork *
vitrine_network_new (void)
{
    VitrineNetwork *self = g_new0 (VitrineNetwork, 1);

    self->hosts = g_ptr_array_new_with_free_func (host_free);
    return self;
}

VitrineNetworkHost *
vitrine_network_add_host (VitrineNetwork *self)
{
    VitrineNetworkHost *host = g_new0 (VitrineNetworkHost, 1);

    g_ptr_array_add (self->hosts, host);
    return host;
}

static void
clear_subnet (VitrineNetworkSubnet *subnet)
{
    g_free (subnet->address);
    g_free (subnet->range_start);
    g_free (subnet->range_end);
}

void
vitrine_network_free (VitrineNetwork *self)
{
    if (self == NULL)
        return;
    g_free (self->name);
    g_free (self->uuid);
    g_free (self->bridge);
    g_free (self->uplink);
    g_free (self->domain);
    clear_subnet (&self->ipv4);
    clear_subnet (&self->ipv6);
    g_ptr_array_unref (self->hosts);
    g_free (self);
}

/* --- writing --------------------------------------------------------------------------------- */

/* As g_string_append_printf() with its arguments, texts all, escaped. */
static void G_GNUC_PRINTF (2, 3) add (GString *xml, const char *format, ...)
{
    g_autofree char *text = NULL;
    va_list args;

    va_start (args, format);
    text = g_markup_vprintf_escaped (format, args);
    va_end (args);
    g_string_append (xml, text);
}

static void
add_forward (GString *xml, const VitrineNetwork *self)
{
    static const char *const words[] = { "", "nat", "route", "bridge" };

    if (self->mode == VITRINE_NETWORK_ISOLATED)
        return;
    add (xml, "  <forward mode='%s'", words[self->mode]);
    if (self->uplink && self->mode == VITRINE_NETWORK_BRIDGED) {
        add (xml, ">\n    <interface dev='%s'/>\n  </forward>\n", self->uplink);
        return;
    }
    if (self->uplink)
        add (xml, " dev='%s'", self->uplink);
    g_string_append (xml, self->nat_ipv6 ? ">\n    <nat ipv6='yes'/>\n  </forward>\n" : "/>\n");
}

static void
add_subnet (GString *xml, const VitrineNetwork *self, const VitrineNetworkSubnet *subnet,
            gboolean is_ipv6)
{
    if (!subnet->address)
        return;
    add (xml, "  <ip family='%s' address='%s' prefix='%u'", is_ipv6 ? "ipv6" : "ipv4",
         subnet->address, subnet->prefix);
    if (!subnet->range_start) {
        g_string_append (xml, "/>\n");
        return;
    }
    add (xml, ">\n    <dhcp>\n      <range start='%s' end='%s'/>\n", subnet->range_start,
         subnet->range_end);
    for (guint i = 0; !is_ipv6 && i < self->hosts->len; i++) {
        const VitrineNetworkHost *host = g_ptr_array_index (self->hosts, i);

        add (xml, "      <host mac='%s' ip='%s'", host->mac, host->address);
        if (host->name)
            add (xml, " name='%s'", host->name);
        g_string_append (xml, "/>\n");
    }
    g_string_append (xml, "    </dhcp>\n  </ip>\n");
}

char *
vitrine_network_build (const VitrineNetwork *self)
{
    GString *xml = g_string_new ("<network>\n");

    add (xml, "  <name>%s</name>\n", self->name);
    if (self->uuid)
        add (xml, "  <uuid>%s</uuid>\n", self->uuid);
    add_forward (xml, self);
    if (self->bridge)
        add (xml, "  <bridge name='%s'/>\n", self->bridge);
    if (self->domain)
        add (xml, "  <domain name='%s'/>\n", self->domain);
    if (self->no_dns)
        g_string_append (xml, "  <dns enable='no'/>\n");
    add_subnet (xml, self, &self->ipv4, FALSE);
    add_subnet (xml, self, &self->ipv6, TRUE);
    g_string_append (xml, "</network>\n");
    return g_string_free (xml, FALSE);
}
