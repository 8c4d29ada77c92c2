/* SPDX-License-Identifier: GPL-2.0-or-later */
/* definition-network.c - reads libvirt's network XML.
 *
 * libvirt-gconfig knows of a network nothing but its name, so the tree is read as definitions' own parts are:
 * by the same rules (definition-rules.c), which refuse by name what Vitrine cannot do.
 */
#include "definition-network.h"

#include <arpa/inet.h>
#include <glib/gi18n-lib.h>
#include <libxml/tree.h>
#include <string.h>

#include "definition-private.h"
#include "vitrine-error.h"

typedef struct {
    guint8 bytes[16];
} Address;

/* Addresses of FAMILY, which must be there: "address" of <ip>, say. */
static gboolean
read_address (int family, xmlNode *node, const char *attribute, Address *address, char **text,
              GError **error)
{
    g_autofree char *quoted = NULL;

    g_clear_pointer (text, g_free);
    *text = definition_attribute (node, attribute);
    if (*text && inet_pton (family, *text, address->bytes) == 1)
        return TRUE;
    quoted = definition_quote (*text ? *text : "");
    return definition_refuse (
        error, VITRINE_ERROR_INVALID, _ ("<%s %s> of a network must be an %s address, not “%s”"),
        (const char *) node->name, attribute, family == AF_INET ? "IPv4" : "IPv6", quoted);
}

static gboolean
share_prefix (const Address *a, const Address *b, guint prefix)
{
    guint whole = prefix / 8, rest = prefix % 8;

    return memcmp (a->bytes, b->bytes, whole) == 0
           && (rest == 0 || (a->bytes[whole] ^ b->bytes[whole]) >> (8 - rest) == 0);
}

/* As vitrine-net-helper has it. */
static gboolean
is_host_name (const char *name)
{
    return *name && strlen (name) < 64 && *name != '-' && *name != '.'
           && !g_str_has_suffix (name, "-") && !g_str_has_suffix (name, ".") && !strstr (name, "..")
           && !strstr (name, "-.") && !strstr (name, ".-")
           && strspn (name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-.")
                  == strlen (name);
}

static gboolean
refuse_name (const char *what, const char *name, GError **error)
{
    g_autofree char *quoted = definition_quote (name);

    return definition_refuse (error, VITRINE_ERROR_INVALID,
                              _ ("%s must be a name of letters, digits, “-” and “.”, not “%s”"),
                              what, quoted);
}

/* --- <ip> ------------------------------------------------------------------------------------ */

/* "255.255.255.0": 24.  0 when it is no mask. */
static guint
prefix_of_mask (const char *text)
{
    guint8 bytes[4];
    guint32 mask;
    guint prefix = 0;

    if (inet_pton (AF_INET, text, bytes) != 1)
        return 0;
    mask = (guint32) bytes[0] << 24 | (guint32) bytes[1] << 16 | (guint32) bytes[2] << 8 | bytes[3];
    while (mask & 0x80000000u) {
        mask <<= 1;
        prefix++;
    }
    return mask == 0 ? prefix : 0;
}

static gboolean
read_prefix (VitrineNetworkSubnet *subnet, int family, xmlNode *node, GError **error)
{
    g_autofree char *mask = definition_attribute (node, "netmask");
    g_autofree char *text = mask && family == AF_INET
                                ? g_strdup_printf ("%u", prefix_of_mask (mask))
                                : definition_attribute (node, "prefix");
    guint64 prefix;

    if (!definition_value_uint ("<ip prefix>", text, 8, family == AF_INET ? 30 : 126, &prefix,
                                error))
        return FALSE;
    subnet->prefix = (guint) prefix;
    return TRUE;
}

static gboolean
read_host (VitrineNetwork *self, const Address *own, xmlNode *node, GError **error)
{
    VitrineNetworkHost *host = vitrine_network_add_host (self);
    Address address;

    if (self->hosts->len > VITRINE_NETWORK_MAX_HOSTS)
        return definition_refuse (error, VITRINE_ERROR_INVALID,
                                  _ ("A network gives at most %d guests an address of their own"),
                                  VITRINE_NETWORK_MAX_HOSTS);
    host->mac = definition_attribute (node, "mac");
    host->name = definition_attribute (node, "name");
    if (!vitrine_definition_is_card_address (host->mac)) {
        g_autofree char *quoted = definition_quote (host->mac);

        return definition_refuse (
            error, VITRINE_ERROR_INVALID,
            _ ("<host mac> must be the address of one card, like 52:54:00:12:34:56, not "
               "“%s”"),
            quoted);
    }
    if (host->name && !is_host_name (host->name))
        return refuse_name ("<host name>", host->name, error);
    if (!read_address (AF_INET, node, "ip", &address, &host->address, error))
        return FALSE;
    return share_prefix (own, &address, self->ipv4.prefix)
           || definition_refuse (error, VITRINE_ERROR_INVALID,
                                 _ ("%s is not in the network’s subnet"), host->address);
}

static gboolean
read_dhcp (VitrineNetwork *self, VitrineNetworkSubnet *subnet, int family, const Address *own,
           xmlNode *node, GError **error)
{
    xmlNode *dhcp = definition_child (node, "dhcp"), *range = definition_child (dhcp, "range");
    Address first, last;

    if (!dhcp)
        return TRUE;
    if (!range)
        return definition_refuse (error, VITRINE_ERROR_UNSUPPORTED,
                                  _ ("Vitrine cannot do <dhcp> without <range> yet"));
    if (!read_address (family, range, "start", &first, &subnet->range_start, error)
        || !read_address (family, range, "end", &last, &subnet->range_end, error))
        return FALSE;
    if (!share_prefix (own, &first, subnet->prefix) || !share_prefix (own, &last, subnet->prefix)
        || memcmp (first.bytes, last.bytes, family == AF_INET ? 4 : 16) > 0)
        return definition_refuse (error, VITRINE_ERROR_INVALID,
                                  _ ("DHCP’s range from %s to %s is not in the network’s subnet"),
                                  subnet->range_start, subnet->range_end);
    for (xmlNode *child = dhcp->children; child; child = child->next) {
        if (!definition_is_element (child, "host"))
            continue;
        if (family != AF_INET)
            return definition_refuse (error, VITRINE_ERROR_UNSUPPORTED,
                                      _ ("Vitrine cannot do <host> for IPv6 yet"));
        if (!read_host (self, own, child, error))
            return FALSE;
    }
    return TRUE;
}

static gboolean
read_ip (VitrineNetwork *self, xmlNode *node, GError **error)
{
    gboolean is_ipv6 = definition_attribute_is (node, "family", "ipv6");
    VitrineNetworkSubnet *subnet = is_ipv6 ? &self->ipv6 : &self->ipv4;
    int family = is_ipv6 ? AF_INET6 : AF_INET;
    Address own;

    if (subnet->address)
        return definition_refuse (
            error, VITRINE_ERROR_UNSUPPORTED,
            _ ("Vitrine cannot do a network with two subnets of one family yet"));
    return read_address (family, node, "address", &own, &subnet->address, error)
           && read_prefix (subnet, family, node, error)
           && read_dhcp (self, subnet, family, &own, node, error);
}

/* --- the whole ------------------------------------------------------------------------------- */

static gboolean
read_forward (VitrineNetwork *self, xmlNode *forward, GError **error)
{
    self->mode = !forward                                              ? VITRINE_NETWORK_ISOLATED
                 : definition_attribute_is (forward, "mode", "route")  ? VITRINE_NETWORK_ROUTED
                 : definition_attribute_is (forward, "mode", "bridge") ? VITRINE_NETWORK_BRIDGED
                                                                       : VITRINE_NETWORK_NAT;
    self->uplink = definition_attribute (forward, "dev");
    if (!self->uplink)
        self->uplink = definition_attribute (definition_child (forward, "interface"), "dev");
    self->nat_ipv6 = definition_attribute_is (definition_child (forward, "nat"), "ipv6", "yes");
    return !self->uplink || vitrine_definition_is_bridge_name (self->uplink)
           || refuse_name ("<forward dev>", self->uplink, error);
}

static gboolean
read_names (VitrineNetwork *self, xmlNode *root, GError **error)
{
    g_autofree char *uuid = definition_text (definition_child (root, "uuid"));

    self->name = definition_text (definition_child (root, "name"));
    if (!self->name)
        self->name = g_strdup ("");
    self->bridge = definition_attribute (definition_child (root, "bridge"), "name");
    self->domain = definition_attribute (definition_child (root, "domain"), "name");
    self->no_dns = definition_attribute_is (definition_child (root, "dns"), "enable", "no");
    if (!definition_network_name_check (self->name, error)
        || (uuid && !definition_value_uuid (uuid, &self->uuid, error)))
        return FALSE;
    if (self->bridge && !vitrine_definition_is_bridge_name (self->bridge)) {
        g_autofree char *quoted = definition_quote (self->bridge);

        return definition_refuse (
            error, VITRINE_ERROR_INVALID,
            _ ("A bridge’s name has at most %d letters, digits, “.”, “-” and “_”, the "
               "first one a letter or a digit: “%s” is none"),
            VITRINE_DEFINITION_MAX_BRIDGE_NAME, quoted);
    }
    return !self->domain || is_host_name (self->domain)
           || refuse_name ("<domain name>", self->domain, error);
}

static gboolean
check_whole (const VitrineNetwork *self, GError **error)
{
    gboolean has_subnet = self->ipv4.address || self->ipv6.address;

    if (self->mode == VITRINE_NETWORK_BRIDGED)
        return ((self->bridge || self->uplink) && !has_subnet && !self->domain && !self->no_dns)
               || definition_refuse (
                   error, VITRINE_ERROR_INVALID,
                   _ ("A bridged network has a <bridge name='…'> that is there already, or an "
                      "<interface dev='…'> to make one for, and nothing else"));
    return has_subnet || self->mode == VITRINE_NETWORK_ISOLATED
           || definition_refuse (error, VITRINE_ERROR_INVALID,
                                 _ ("A network that leads out has addresses: it needs an <ip>"));
}

static gboolean
read_network (VitrineNetwork *self, xmlNode *root, GError **error)
{
    if (!read_names (self, root, error)
        || !read_forward (self, definition_child (root, "forward"), error))
        return FALSE;
    for (xmlNode *child = root->children; child; child = child->next)
        if (definition_is_element (child, "ip") && !read_ip (self, child, error))
            return FALSE;
    return check_whole (self, error);
}

VitrineNetwork *
vitrine_network_parse (const char *xml, gssize len, GError **error)
{
    g_autoptr (VitrineNetwork) self = vitrine_network_new ();
    g_autoptr (xmlDoc) doc =
        definition_read_tree (xml, len < 0 ? strlen (xml) : (gsize) len, error);
    xmlNode *root = doc ? xmlDocGetRootElement (doc) : NULL;

    if (!root)
        return NULL;
    if (!definition_is_element (root, "network")) {
        definition_refuse (error, VITRINE_ERROR_INVALID, _ ("A network’s text is a <network>"));
        return NULL;
    }
    if (!definition_rules_check_network (root, error) || !read_network (self, root, error))
        return NULL;
    return g_steal_pointer (&self);
}
