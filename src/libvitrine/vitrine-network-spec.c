/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vitrine-network-spec.c - subnets that overlap, and a network's text with some of it changed.
 *
 * A network that is changed keeps what no form knows of: the text is edited, not written anew.
 */
#include <arpa/inet.h>
#include <glib/gi18n-lib.h>
#include <string.h>

#include "vitrine-error.h"
#include "vitrine-network.h"
#include "vitrine-private.h"
#include "vitrine-xml-private.h"

#define NONE "none"

/* --- subnets ---------------------------------------------------------------------------------- */

typedef struct {
    guint8 bytes[16];
    guint n_bytes; /* 4 or 16 */
    guint prefix;
} Subnet;

/* "ADDRESS/PREFIX". */
static gboolean
read_subnet (Subnet *subnet, const char *text)
{
    g_auto (GStrv) parts = g_strsplit (text, "/", 2);
    guint64 prefix;

    if (g_strv_length (parts) != 2)
        return FALSE;
    subnet->n_bytes = strchr (parts[0], ':') != NULL ? 16 : 4;
    if (inet_pton (subnet->n_bytes == 16 ? AF_INET6 : AF_INET, parts[0], subnet->bytes) != 1
        || !g_ascii_string_to_unsigned (parts[1], 10, 0, subnet->n_bytes * 8, &prefix, NULL))
        return FALSE;
    subnet->prefix = (guint) prefix;
    return TRUE;
}

gboolean
vitrine_subnet_overlaps (const char *a, const char *b)
{
    Subnet one, other;
    guint bits;

    if (!read_subnet (&one, a) || !read_subnet (&other, b) || one.n_bytes != other.n_bytes)
        return FALSE;
    /* What the wider one says of both decides. */
    bits = MIN (one.prefix, other.prefix);
    for (guint i = 0; i < bits; i++) {
        guint8 mask = (guint8) (0x80 >> i % 8);

        if ((one.bytes[i / 8] & mask) != (other.bytes[i / 8] & mask))
            return FALSE;
    }
    return TRUE;
}

gboolean
vitrine_network_refuse_overlap (const char *subnet, const char *other, const char *name,
                                GError **error)
{
    if (!vitrine_subnet_overlaps (subnet, other))
        return TRUE;
    return vitrine_refuse (error, VITRINE_ERROR_INVALID,
                           _ ("%s has addresses of %s, which is the network “%s”; choose another "
                              "subnet"),
                           subnet, other, name);
}

char *
vitrine_subnet_dup_range (const char *text)
{
    char first_text[INET_ADDRSTRLEN], last_text[INET_ADDRSTRLEN];
    guint32 own, mask, first, last;
    Subnet subnet;

    if (!read_subnet (&subnet, text) || subnet.n_bytes != 4 || subnet.prefix == 0
        || subnet.prefix > 30)
        return NULL;
    memcpy (&own, subnet.bytes, sizeof own);
    own = g_ntohl (own);
    mask = ~0u << (32 - subnet.prefix);
    first = (own & mask) + 1;
    last = (own | ~mask) - 1;
    if (own - first < last - own)
        first = own + 1;
    else
        last = own - 1;
    first = g_htonl (first);
    last = g_htonl (last);
    inet_ntop (AF_INET, &first, first_text, sizeof first_text);
    inet_ntop (AF_INET, &last, last_text, sizeof last_text);
    return g_strdup_printf ("%s-%s", first_text, last_text);
}

/* --- a text that is changed ------------------------------------------------------------------- */

/* The first subnet of that kind, or NULL. */
static VitrineXml *
find_ip (VitrineXml *root, gboolean is_ipv6)
{
    for (guint i = 0; i < root->children->len; i++) {
        VitrineXml *child = g_ptr_array_index (root->children, i);

        if (vitrine_xml_is (child, "ip")
            && is_ipv6
                   == (g_strcmp0 (vitrine_xml_get_attribute (child, "family"), "ipv6") == 0))
            return child;
    }
    return NULL;
}

static void
remove_ips (VitrineXml *root)
{
    for (guint i = root->children->len; i-- > 0;) {
        VitrineXml *child = g_ptr_array_index (root->children, i);

        if (vitrine_xml_is (child, "ip"))
            vitrine_xml_remove (child);
    }
}

gboolean
vitrine_network_parse_mode (const char *word, VitrineNetworkMode *mode, GError **error)
{
    if (g_str_equal (word, "bridge")) /* as a definition has it */
        word = "bridged";
    for (int i = 0; i < VITRINE_NETWORK_N; i++)
        if (g_str_equal (vitrine_network_mode_to_string ((VitrineNetworkMode) i), word)) {
            *mode = (VitrineNetworkMode) i;
            return TRUE;
        }
    return vitrine_refuse (error, VITRINE_ERROR_INVALID,
                           _ ("“%s”: a network is nat, routed, isolated or bridged"), word);
}

static gboolean
set_mode (VitrineXml *root, const char *word, GError **error)
{
    static const char *const words[VITRINE_NETWORK_N] = { [VITRINE_NETWORK_NAT] = "nat",
                                                          [VITRINE_NETWORK_ROUTED] = "route",
                                                          [VITRINE_NETWORK_BRIDGED] = "bridge" };
    static const char *const not_bridged[] = { "bridge", "mac", "domain", "dns" };
    VitrineNetworkMode mode;
    VitrineXml *forward;

    if (!vitrine_network_parse_mode (word, &mode, error))
        return FALSE;
    if (words[mode] == NULL) {
        vitrine_xml_set (root, "forward", NULL);
        return TRUE;
    }
    vitrine_xml_set (root, "forward/@mode", words[mode]);
    forward = vitrine_xml_get_child (root, "forward");
    if (mode != VITRINE_NETWORK_NAT)
        vitrine_xml_set (forward, "nat", NULL);
    /* What it was made of before: another bridge, or addresses that a bridge of somebody else's has not. */
    while (vitrine_xml_get_child (forward, "interface") != NULL)
        vitrine_xml_remove (vitrine_xml_get_child (forward, "interface"));
    vitrine_xml_set (forward, "@dev", NULL);
    if (mode != VITRINE_NETWORK_BRIDGED)
        return TRUE;
    remove_ips (root);
    for (guint i = 0; i < G_N_ELEMENTS (not_bridged); i++)
        vitrine_xml_set (root, not_bridged[i], NULL);
    return TRUE;
}

static gboolean
is_bridged (VitrineXml *root)
{
    VitrineXml *forward = vitrine_xml_get_child (root, "forward");

    return forward != NULL
           && g_strcmp0 (vitrine_xml_get_attribute (forward, "mode"), "bridge") == 0;
}

/* The addresses that DHCP gives out; "none" has it give out nothing. */
static gboolean
set_range (VitrineXml *ip, const char *range, GError **error)
{
    g_auto (GStrv) ends = g_strsplit (range, "-", 2);

    if (g_str_equal (range, NONE)) {
        vitrine_xml_set (ip, "dhcp", NULL);
        return TRUE;
    }
    if (g_strv_length (ends) != 2)
        return vitrine_refuse (
            error, VITRINE_ERROR_INVALID,
            _ ("“%s”: say the first and the last address that DHCP gives out, as "
               "FIRST-LAST, or none"),
            range);
    vitrine_xml_set (ip, "dhcp/range/@start", g_strstrip (ends[0]));
    vitrine_xml_set (ip, "dhcp/range/@end", g_strstrip (ends[1]));
    return TRUE;
}

/* SUBNET in place of the one that is there; what DHCP gave out of that is none of its addresses. */
static gboolean
set_subnet (VitrineXml *root, gboolean is_ipv6, const char *subnet, GError **error)
{
    VitrineXml *ip = find_ip (root, is_ipv6);
    g_auto (GStrv) parts = g_strsplit (subnet, "/", 2);
    g_autofree char *range = NULL;
    Subnet read;

    if (g_str_equal (subnet, NONE)) {
        if (ip != NULL)
            vitrine_xml_remove (ip);
        return TRUE;
    }
    if (!read_subnet (&read, subnet) || (read.n_bytes == 16) != is_ipv6)
        return vitrine_refuse (
            error, VITRINE_ERROR_INVALID,
            is_ipv6 ? _ ("“%s”: say an address and how long its prefix is, such as fd00:1::1/64")
                    : _ ("“%s”: say an address and how long its prefix is, such as "
                         "192.168.150.1/24"),
            subnet);
    if (ip == NULL) {
        ip = vitrine_xml_add (root, "ip");
        vitrine_xml_set (ip, "@family", is_ipv6 ? "ipv6" : "ipv4");
    }
    vitrine_xml_set (ip, "@netmask", NULL);
    vitrine_xml_set (ip, "@address", parts[0]);
    vitrine_xml_set (ip, "@prefix", parts[1]);
    range = !is_ipv6 && vitrine_xml_get_child (ip, "dhcp") != NULL
                ? vitrine_subnet_dup_range (subnet)
                : NULL;
    return range == NULL || set_range (ip, range, error);
}

static gboolean
set_dhcp (VitrineXml *root, const char *dhcp, GError **error)
{
    VitrineXml *ip = find_ip (root, FALSE);

    if (ip != NULL)
        return set_range (ip, dhcp, error);
    return g_str_equal (dhcp, NONE)
           || vitrine_refuse (error, VITRINE_ERROR_INVALID,
                              _ ("DHCP gives out addresses of a subnet: say which one"));
}

gboolean
vitrine_network_spec_says_anything (const VitrineNetworkSpec *spec)
{
    return spec->mode != NULL || spec->subnet != NULL || spec->dhcp != NULL || spec->ipv6 != NULL
           || spec->domain != NULL || spec->bridge != NULL || spec->uplink != NULL;
}

char *
vitrine_network_edit_xml (const char *xml, const VitrineNetworkSpec *spec, GError **error)
{
    g_autoptr (VitrineXml) document = vitrine_xml_parse (xml, error);
    VitrineXml *root = document != NULL ? vitrine_xml_get_root (document) : NULL;

    if (root == NULL)
        return NULL;
    if ((spec->mode != NULL && !set_mode (root, spec->mode, error))
        || (spec->subnet != NULL && !set_subnet (root, FALSE, spec->subnet, error))
        || (spec->dhcp != NULL && !set_dhcp (root, spec->dhcp, error))
        || (spec->ipv6 != NULL && !set_subnet (root, TRUE, spec->ipv6, error)))
        return NULL;
    if (spec->domain != NULL && *spec->domain != '\0')
        vitrine_xml_set (root, "domain/@name", spec->domain);
    else if (spec->domain != NULL)
        vitrine_xml_set (root, "domain", NULL);
    if (spec->bridge != NULL)
        vitrine_xml_set (root, "bridge/@name", spec->bridge);
    if (spec->uplink != NULL)
        vitrine_xml_set (root, is_bridged (root) ? "forward/interface/@dev" : "forward/@dev",
                         spec->uplink);
    return vitrine_xml_write (document);
}
