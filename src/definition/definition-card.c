/* SPDX-License-Identifier: GPL-2.0-or-later */
/* definition-card.c - what of a network card can be changed while its machine runs: the words for it, and how
 * it is written into an <interface>.
 */
#include <arpa/inet.h>
#include <glib/gi18n-lib.h>
#include <libxml/tree.h>
#include <string.h>

#include "definition-private.h"
#include "vitrine-error.h"

#define MAX_ADDRESSES 4 /* as many as vitrine-net-helper takes */

/* --- forwards -------------------------------------------------------------------------------- */

static const char *
protocol_of (gboolean udp)
{
    return udp ? "udp" : "tcp";
}

/* "tcp:2222", "tcp:8000-8010". */
static char *
say_ports (gboolean udp, const VitrineDefinitionPorts *ports)
{
    return ports->end == ports->start
               ? g_strdup_printf ("%s:%u", protocol_of (udp), ports->start)
               : g_strdup_printf ("%s:%u-%u", protocol_of (udp), ports->start, ports->end);
}

/* A range of NETWORK that shares a port with PORTS, and the number of its forward; NULL when none does.  What
 * is left out, or is for one address of the host, is no matter of the short words. */
static VitrineDefinitionPorts *
find_ports (const VitrineDefinitionNetwork *network, gboolean udp,
            const VitrineDefinitionPorts *ports, guint *forward_index, guint *index)
{
    for (guint i = 0; i < network->forwards->len; i++) {
        const VitrineDefinitionForward *forward = g_ptr_array_index (network->forwards, i);

        for (guint j = 0; forward->udp == udp && j < forward->ranges->len; j++) {
            VitrineDefinitionPorts *p = &g_array_index (forward->ranges, VitrineDefinitionPorts, j);

            if (!p->exclude && p->start <= ports->end && ports->start <= p->end) {
                *forward_index = i;
                *index = j;
                return p;
            }
        }
    }
    return NULL;
}

static gboolean
refuse_forward (const char *value, GError **error)
{
    g_autofree char *quoted = definition_quote (value);

    return definition_refuse (error, VITRINE_ERROR_INVALID,
                              _ ("“%s” is no forward: say for example forward=tcp:2222:22, this "
                                 "computer’s port first, and unforward=tcp:2222"),
                              quoted);
}

static gboolean
set_forward (VitrineDefinitionNetwork *network, const char *value, GError **error)
{
    VitrineDefinitionPorts ports, *there;
    gboolean udp;
    guint forward, index;

    if (!vitrine_definition_parse_forward (value, &udp, &ports))
        return refuse_forward (value, error);
    there = find_ports (network, udp, &ports, &forward, &index);
    if (!there) {
        g_array_append_val (definition_network_add_forward (network, udp)->ranges, ports);
        return TRUE;
    }
    if (there->start != ports.start || there->end != ports.end) {
        g_autofree char *text = say_ports (udp, there);

        return definition_refuse (
            error, VITRINE_ERROR_EXISTS,
            _ ("“%s” shares ports with the forward of %s; take that away first"), value, text);
    }
    there->to = ports.to;
    return TRUE;
}

static gboolean
set_unforward (VitrineDefinitionNetwork *network, const char *value, GError **error)
{
    VitrineDefinitionPorts ports, *there;
    VitrineDefinitionForward *forward;
    gboolean udp;
    guint number, index;

    if (!vitrine_definition_parse_forward (value, &udp, &ports))
        return refuse_forward (value, error);
    there = find_ports (network, udp, &ports, &number, &index);
    if (!there || there->start != ports.start || there->end != ports.end)
        return definition_refuse (error, VITRINE_ERROR_NOT_FOUND,
                                  _ ("There is no forward of %s to be taken away"), value);
    forward = g_ptr_array_index (network->forwards, number);
    g_array_remove_index (forward->ranges, index);
    if (forward->ranges->len == 0) /* which would mean all ports */
        g_ptr_array_remove_index (network->forwards, number);
    return TRUE;
}

/* --- what is reached ------------------------------------------------------------------------- */

static gboolean
set_switch (gboolean *value, const char *name, const char *text, GError **error)
{
    g_autofree char *quoted = NULL;

    *value = g_str_equal (text, "yes");
    if (*value || g_str_equal (text, "no"))
        return TRUE;
    quoted = definition_quote (text);
    return definition_refuse (error, VITRINE_ERROR_INVALID, _ ("%s is yes or no, not “%s”"), name,
                              quoted);
}

static gboolean
set_restricted (VitrineDefinitionNetwork *network, const char *value, GError **error)
{
    return set_switch (&network->restricted, "restricted", value, error);
}

static gboolean
set_ipv6 (VitrineDefinitionNetwork *network, const char *value, GError **error)
{
    gboolean ipv6;

    if (!set_switch (&ipv6, "ipv6", value, error))
        return FALSE;
    network->no_ipv6 = !ipv6;
    return TRUE;
}

/* --- what passes ----------------------------------------------------------------------------- */

static const char *const filters[] = {
    [VITRINE_DEFINITION_FILTER_NONE] = "none",
    [VITRINE_DEFINITION_FILTER_MAC] = "no-mac-spoofing",
    [VITRINE_DEFINITION_FILTER_CLEAN] = "clean-traffic",
};
G_STATIC_ASSERT (G_N_ELEMENTS (filters) == VITRINE_DEFINITION_FILTER_N);

gboolean
definition_card_add_address (VitrineDefinitionNetwork *network, const char *text, GError **error)
{
    gboolean is_ipv6 = strchr (text, ':') != NULL;
    g_autofree char *quoted = definition_quote (text);
    struct in6_addr address;
    guint n = 0;

    if (inet_pton (is_ipv6 ? AF_INET6 : AF_INET, text, &address) != 1)
        return definition_refuse (error, VITRINE_ERROR_INVALID,
                                  _ ("A filter’s address must be an IP address, not “%s”"), quoted);
    for (guint i = 0; i < network->addresses->len; i++)
        n += (strchr (g_ptr_array_index (network->addresses, i), ':') != NULL) == is_ipv6;
    if (n == MAX_ADDRESSES)
        return definition_refuse (error, VITRINE_ERROR_UNSUPPORTED,
                                  _ ("Vitrine cannot filter more than %d addresses of a family"),
                                  MAX_ADDRESSES);
    g_ptr_array_add (network->addresses, g_strdup (text));
    return TRUE;
}

gboolean
definition_card_set_filter (VitrineDefinitionNetwork *network, const char *name, GError **error)
{
    g_autofree char *quoted = definition_quote (name);

    for (guint i = 0; i < G_N_ELEMENTS (filters); i++)
        if (g_str_equal (filters[i], name)) {
            network->filter = (VitrineDefinitionFilter) i;
            return TRUE;
        }
    return definition_refuse (error, VITRINE_ERROR_INVALID,
                              _ ("A filter is no-mac-spoofing, clean-traffic or none, not “%s”"),
                              quoted);
}

/* "clean-traffic/192.0.2.9/2001:db8::9" */
static gboolean
set_filter (VitrineDefinitionNetwork *network, const char *value, GError **error)
{
    g_auto (GStrv) words = g_strsplit (value, "/", -1);

    if (!definition_card_set_filter (network, words[0] ? words[0] : "", error))
        return FALSE;
    g_ptr_array_set_size (network->addresses, 0);
    for (char **word = words + 1; *word; word++)
        if (!definition_card_add_address (network, *word, error))
            return FALSE;
    return TRUE;
}

gboolean
definition_card_read_number (guint *number, const char *what, const char *text, guint64 max,
                             GError **error)
{
    guint64 value = 0;

    if (text && *text && !definition_value_uint (what, text, 0, max, &value, error))
        return FALSE;
    *number = (guint) value;
    return TRUE;
}

/* As virsh's domiftune has it: "AVERAGE[,PEAK[,BURST]]"; or with colons, where commas mean something else. */
static gboolean
set_rate (VitrineDefinitionRate *rate, const char *what, const char *value, GError **error)
{
    g_auto (GStrv) words = g_strsplit_set (g_str_equal (value, "none") ? "0" : value, ",:", -1);
    guint n = g_strv_length (words);

    *rate = (VitrineDefinitionRate){ 0 };
    if (n == 0 || n > 3)
        return definition_refuse (error, VITRINE_ERROR_INVALID,
                                  _ ("%s is AVERAGE[,PEAK[,BURST]] in KiB a second, or none"),
                                  what);
    return definition_card_read_number (&rate->average, what, words[0], DEFINITION_RATE_MAX, error)
           && (n < 2
               || definition_card_read_number (&rate->peak, what, words[1], DEFINITION_RATE_MAX,
                                               error))
           && (n < 3
               || definition_card_read_number (&rate->burst, what, words[2], DEFINITION_BURST_MAX,
                                               error));
}

static gboolean
set_inbound (VitrineDefinitionNetwork *network, const char *value, GError **error)
{
    return set_rate (&network->inbound, "inbound", value, error);
}

static gboolean
set_outbound (VitrineDefinitionNetwork *network, const char *value, GError **error)
{
    return set_rate (&network->outbound, "outbound", value, error);
}

static gboolean
check_rate (const VitrineDefinitionRate *rate, const char *what, GError **error)
{
    if (rate->average == 0 && (rate->peak || rate->burst))
        return definition_refuse (error, VITRINE_ERROR_INVALID,
                                  _ ("<%s> has no average: that is what is kept to"), what);
    return rate->peak == 0 || rate->peak > rate->average
           || definition_refuse (error, VITRINE_ERROR_INVALID,
                                 _ ("<%s> has a peak that is no more than its average"), what);
}

static gboolean
check_passing (const VitrineDefinitionNetwork *network, GError **error)
{
    gboolean is_tap = network->kind == VITRINE_DEFINITION_NETWORK_BRIDGE
                      || network->kind == VITRINE_DEFINITION_NETWORK_NAMED;

    if (!is_tap && (network->filter || network->inbound.average || network->outbound.average))
        return definition_refuse (error, VITRINE_ERROR_UNSUPPORTED,
                                  _ ("Vitrine filters and limits only what passes a bridge or a "
                                     "network"));
    if (network->addresses->len && network->filter != VITRINE_DEFINITION_FILTER_CLEAN)
        return definition_refuse (error, VITRINE_ERROR_INVALID,
                                  _ ("Only the filter clean-traffic looks at IP addresses"));
    if (network->outbound.peak)
        return definition_refuse (error, VITRINE_ERROR_UNSUPPORTED,
                                  _ ("Vitrine cannot do <outbound peak>: what a guest sends has an "
                                     "average and a burst"));
    return check_rate (&network->inbound, "inbound", error)
           && check_rate (&network->outbound, "outbound", error);
}

/* --- all of it ------------------------------------------------------------------------------- */

static const struct {
    const char *name;
    gboolean (*set) (VitrineDefinitionNetwork *network, const char *value, GError **error);
} settings_known[] = {
    { "forward", set_forward },   { "unforward", set_unforward }, { "restricted", set_restricted },
    { "ipv6", set_ipv6 },         { "filter", set_filter },       { "inbound", set_inbound },
    { "outbound", set_outbound },
};

static gboolean
set_one (VitrineDefinitionNetwork *network, const char *setting, GError **error)
{
    const char *equals = strchr (setting, '=');
    g_autofree char *name = equals ? g_strndup (setting, (gsize) (equals - setting)) : NULL;
    g_autofree char *quoted = NULL;

    for (gsize i = 0; name && i < G_N_ELEMENTS (settings_known); i++)
        if (g_str_equal (settings_known[i].name, name))
            return settings_known[i].set (network, equals + 1, error);
    quoted = definition_quote (setting);
    return definition_refuse (error, VITRINE_ERROR_INVALID,
                              _ ("“%s” is nothing that can be set of a network card; say "
                                 "forward=PROTOCOL:PORT:PORT, unforward=PROTOCOL:PORT, "
                                 "restricted=yes, ipv6=no, filter=NAME, inbound=KIB or "
                                 "outbound=KIB"),
                              quoted);
}

gboolean
definition_card_check (const VitrineDefinitionNetwork *network, GError **error)
{
    if (network->forwards->len > 0 && network->kind != VITRINE_DEFINITION_NETWORK_USER)
        return definition_refuse (
            error, VITRINE_ERROR_INVALID,
            _ ("Ports are forwarded to a card on the network “user”; on a bridge or network the "
               "guest has an address of its own"));
    if ((network->restricted || network->no_ipv6)
        && network->kind != VITRINE_DEFINITION_NETWORK_USER)
        return definition_refuse (
            error, VITRINE_ERROR_INVALID,
            _ ("A card on the network “user” is restricted, or without IPv6; elsewhere that is the "
               "network’s to say: an isolated one, or one without an IPv6 subnet"));
    for (guint i = 0; network->restricted && i < network->forwards->len; i++)
        if (((const VitrineDefinitionForward *) g_ptr_array_index (network->forwards, i))->udp)
            return definition_refuse (
                error, VITRINE_ERROR_UNSUPPORTED,
                _ ("Vitrine cannot forward UDP to a card that is restricted yet, only TCP"));
    return check_passing (network, error);
}

gboolean
vitrine_definition_card_set (VitrineDefinitionNetwork *network, const char *const *settings,
                             GError **error)
{
    for (; *settings; settings++)
        if (!set_one (network, *settings, error))
            return FALSE;
    return definition_card_check (network, error);
}

static void
add_forward (GPtrArray *words, const VitrineDefinitionForward *forward)
{
    for (guint i = 0; i < forward->ranges->len; i++) {
        const VitrineDefinitionPorts *ports =
            &g_array_index (forward->ranges, VitrineDefinitionPorts, i);
        g_autofree char *from = say_ports (forward->udp, ports);

        if (!ports->exclude)
            g_ptr_array_add (words, g_strdup_printf ("forward=%s:%u", from, ports->to));
    }
    if (forward->ranges->len == 0)
        g_ptr_array_add (words, g_strdup_printf ("forward=%s:all", protocol_of (forward->udp)));
}

static void
add_filter (GPtrArray *words, const VitrineDefinitionNetwork *network)
{
    GString *text = g_string_new ("filter=");

    g_string_append (text, filters[network->filter]);
    for (guint i = 0; i < network->addresses->len; i++)
        g_string_append_printf (text, "/%s", (char *) g_ptr_array_index (network->addresses, i));
    g_ptr_array_add (words, g_string_free (text, FALSE));
}

static void
add_rate (GPtrArray *words, const char *name, const VitrineDefinitionRate *rate)
{
    if (rate->average)
        g_ptr_array_add (
            words, g_strdup_printf ("%s=%u,%u,%u", name, rate->average, rate->peak, rate->burst));
}

char **
vitrine_definition_card_dup_settings (const VitrineDefinitionNetwork *network)
{
    GPtrArray *words = g_ptr_array_new ();

    for (guint i = 0; i < network->forwards->len; i++)
        add_forward (words, g_ptr_array_index (network->forwards, i));
    if (network->restricted)
        g_ptr_array_add (words, g_strdup ("restricted=yes"));
    if (network->no_ipv6)
        g_ptr_array_add (words, g_strdup ("ipv6=no"));
    if (network->filter)
        add_filter (words, network);
    add_rate (words, "inbound", &network->inbound);
    add_rate (words, "outbound", &network->outbound);
    g_ptr_array_add (words, NULL);
    return (char **) g_ptr_array_free (words, FALSE);
}

/* --- the element ----------------------------------------------------------------------------- */

static void
set_number (xmlNode *node, const char *name, guint number)
{
    g_autofree char *text = g_strdup_printf ("%u", number);

    xmlSetProp (node, (const xmlChar *) name, (const xmlChar *) text);
}

static void
write_range (xmlNode *parent, const VitrineDefinitionPorts *ports)
{
    xmlNode *range = xmlNewChild (parent, NULL, (const xmlChar *) "range", NULL);

    set_number (range, "start", ports->start);
    if (ports->end != ports->start)
        set_number (range, "end", ports->end);
    if (ports->to != ports->start)
        set_number (range, "to", ports->to);
    if (ports->exclude)
        xmlSetProp (range, (const xmlChar *) "exclude", (const xmlChar *) "yes");
}

static void
write_forward (xmlNode *node, const VitrineDefinitionForward *forward)
{
    xmlNode *element = xmlNewChild (node, NULL, (const xmlChar *) "portForward", NULL);

    xmlSetProp (element, (const xmlChar *) "proto", (const xmlChar *) protocol_of (forward->udp));
    if (forward->address)
        xmlSetProp (element, (const xmlChar *) "address", (const xmlChar *) forward->address);
    if (forward->dev)
        xmlSetProp (element, (const xmlChar *) "dev", (const xmlChar *) forward->dev);
    for (guint i = 0; i < forward->ranges->len; i++)
        write_range (element, &g_array_index (forward->ranges, VitrineDefinitionPorts, i));
}

static void
remove_all (xmlNode *node, const char *name)
{
    xmlNode *child;

    while ((child = definition_child (node, name)))
        definition_node_remove (child);
}

static void
write_forwards (xmlNode *node, const VitrineDefinitionNetwork *network)
{
    remove_all (node, "portForward");
    for (guint i = 0; i < network->forwards->len; i++)
        write_forward (node, g_ptr_array_index (network->forwards, i));
}

/* Attribute NAME is VALUE, or not there. */
static void
write_attribute (xmlNode *node, const char *name, const char *value)
{
    if (value)
        xmlSetProp (node, (const xmlChar *) name, (const xmlChar *) value);
    else
        xmlUnsetProp (node, (const xmlChar *) name);
}

static void
write_filter (xmlNode *node, const VitrineDefinitionNetwork *network)
{
    xmlNode *filter;

    remove_all (node, "filterref");
    if (network->filter == VITRINE_DEFINITION_FILTER_NONE)
        return;
    filter = xmlNewChild (node, NULL, (const xmlChar *) "filterref", NULL);
    write_attribute (filter, "filter", filters[network->filter]);
    for (guint i = 0; i < network->addresses->len; i++) {
        const char *address = g_ptr_array_index (network->addresses, i);
        xmlNode *parameter = xmlNewChild (filter, NULL, (const xmlChar *) "parameter", NULL);

        write_attribute (parameter, "name", strchr (address, ':') ? "IPV6" : "IP");
        write_attribute (parameter, "value", address);
    }
}

static void
write_rate (xmlNode *bandwidth, const char *name, const VitrineDefinitionRate *rate)
{
    xmlNode *node;

    if (rate->average == 0)
        return;
    node = xmlNewChild (bandwidth, NULL, (const xmlChar *) name, NULL);
    set_number (node, "average", rate->average);
    if (rate->peak)
        set_number (node, "peak", rate->peak);
    if (rate->burst)
        set_number (node, "burst", rate->burst);
}

static void
write_bandwidth (xmlNode *node, const VitrineDefinitionNetwork *network)
{
    xmlNode *bandwidth;

    remove_all (node, "bandwidth");
    if (network->inbound.average == 0 && network->outbound.average == 0)
        return;
    bandwidth = xmlNewChild (node, NULL, (const xmlChar *) "bandwidth", NULL);
    write_rate (bandwidth, "inbound", &network->inbound);
    write_rate (bandwidth, "outbound", &network->outbound);
}

void
definition_card_write (xmlNode *node, const VitrineDefinitionNetwork *network)
{
    xmlNode *backend = definition_child (node, "backend");

    write_forwards (node, network);
    write_filter (node, network);
    write_bandwidth (node, network);
    if (!backend)
        return; /* nobody is behind it who could be told */
    write_attribute (backend, "restricted", network->restricted ? "yes" : NULL);
    write_attribute (backend, "ipv6", network->no_ipv6 ? "no" : NULL);
}
