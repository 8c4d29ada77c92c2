/* SPDX-License-Identifier: GPL-2.0-or-later */
/* definition-interface.c - network cards: <interface>.
 *
 * Five kinds: 'user', behind passt, which needs no right and nothing of the host; 'ethernet' with
 * <target dev managed='no'>, a tap that is there already and that the user may open; 'bridge' and 'network'
 * with <source>, where a tap is made for the card at the start; 'direct', where a macvtap is.
 */
#include <arpa/inet.h>
#include <glib/gi18n-lib.h>
#include <libxml/tree.h>
#include <net/if.h>
#include <string.h>

#include "definition-private.h"
#include "vitrine-error.h"

#define MIN_MTU 68 /* what IPv4 needs (RFC 791) */
#define MAX_MTU 65535

/* --- addresses ------------------------------------------------------------------------------- */

/* The same machine gets the same addresses each time, another machine others: bytes of a digest of
 * its UUID behind the prefix that libvirt uses too. */
char *
definition_mac_make (const char *uuid, guint ordinal)
{
    g_autofree char *seed = g_strdup_printf ("%s/%u", uuid, ordinal);
    g_autofree char *digest = g_compute_checksum_for_string (G_CHECKSUM_SHA256, seed, -1);

    return g_strdup_printf ("52:54:00:%.2s:%.2s:%.2s", digest, digest + 2, digest + 4);
}

static void
set_mac (VitrineDefinitionDevice *card, char *mac)
{
    card->network->mac = mac;
    definition_device_add_option (card, "mac", mac);
}

static gboolean
read_mac (VitrineDefinitionDevice *card, xmlNode *node, GError **error)
{
    g_autofree char *text = definition_attribute (definition_child (node, "mac"), "address");
    g_autofree char *quoted = NULL;

    if (!text)
        return TRUE; /* made later, when the machine's UUID is known */
    if (vitrine_definition_is_card_address (text)) {
        set_mac (card, g_ascii_strdown (text, -1));
        return TRUE;
    }
    quoted = definition_quote (text);
    return definition_refuse (error, VITRINE_ERROR_INVALID,
                              _ ("<mac address> must be the address of one card, like "
                                 "52:54:00:12:34:56, not “%s”"),
                              quoted);
}

gboolean
definition_macs_give (VitrineDefinition *self, GError **error)
{
    g_autoptr (GHashTable) taken = g_hash_table_new (g_str_hash, g_str_equal);
    guint ordinal = 0;

    for (guint i = 0; i < self->devices->len; i++) {
        VitrineDefinitionDevice *device = g_ptr_array_index (self->devices, i);

        if (device->network && device->network->mac
            && !g_hash_table_add (taken, device->network->mac))
            return definition_refuse (error, VITRINE_ERROR_INVALID,
                                      _ ("Two network cards have the address %s"),
                                      device->network->mac);
    }
    for (guint i = 0; i < self->devices->len; i++) {
        VitrineDefinitionDevice *device = g_ptr_array_index (self->devices, i);

        while (device->network && !device->network->mac) {
            g_autofree char *mac = definition_mac_make (self->uuid, ordinal++);

            if (!g_hash_table_contains (taken, mac)) {
                set_mac (device, g_steal_pointer (&mac));
                g_hash_table_add (taken, device->network->mac);
            }
        }
    }
    return TRUE;
}

static gboolean
is_mac_of (GPtrArray *devices, const char *mac)
{
    for (guint i = 0; i < devices->len; i++) {
        const VitrineDefinitionDevice *device = g_ptr_array_index (devices, i);

        if (device->network && strcmp (device->network->mac, mac) == 0)
            return TRUE;
    }
    return FALSE;
}

gboolean
definition_mac_give_one (VitrineDefinitionDevice *card, GPtrArray *others, GError **error)
{
    g_autofree char *uuid = g_uuid_string_random ();

    if (card->network->mac && is_mac_of (others, card->network->mac))
        return definition_refuse (error, VITRINE_ERROR_INVALID,
                                  _ ("Two network cards have the address %s"), card->network->mac);
    for (guint i = 0; !card->network->mac; i++) {
        g_autofree char *mac = definition_mac_make (uuid, i);

        if (!is_mac_of (others, mac))
            set_mac (card, g_steal_pointer (&mac));
    }
    return TRUE;
}

/* --- ports ----------------------------------------------------------------------------------- */

static gboolean
read_port (xmlNode *range, const char *name, guint *port, GError **error)
{
    g_autofree char *text = definition_attribute (range, name);
    g_autofree char *what = g_strdup_printf ("<range %s>", name);
    guint64 value;

    if (!text)
        return TRUE;
    if (!definition_value_uint (what, text, 1, 65535, &value, error))
        return FALSE;
    *port = (guint) value;
    return TRUE;
}

static gboolean
read_range (GArray *ranges, xmlNode *node, GError **error)
{
    VitrineDefinitionPorts ports = { .exclude = definition_attribute_is (node, "exclude", "yes") };

    if (!read_port (node, "start", &ports.start, error)
        || !read_port (node, "end", &ports.end, error) || !read_port (node, "to", &ports.to, error))
        return FALSE;
    if (ports.end == 0)
        ports.end = ports.start;
    if (ports.to == 0)
        ports.to = ports.start;
    if (ports.end < ports.start || ports.to + (ports.end - ports.start) > 65535)
        return definition_refuse (error, VITRINE_ERROR_INVALID,
                                  _ ("A <range> of ports (in <portForward>) must not end before "
                                     "it starts, nor beyond port 65535"));
    if (ports.exclude && ports.to != ports.start)
        return definition_refuse (error, VITRINE_ERROR_INVALID,
                                  _ ("A <range> that is excluded goes nowhere: it takes no 'to'"));
    g_array_append_val (ranges, ports);
    return TRUE;
}

static gboolean
read_forward_address (VitrineDefinitionForward *forward, xmlNode *node, GError **error)
{
    g_autofree char *quoted = NULL;
    struct in6_addr address;

    forward->address = definition_attribute (node, "address");
    forward->dev = definition_attribute (node, "dev");
    if (forward->dev && !definition_is_interface_name (forward->dev)) {
        quoted = definition_quote (forward->dev);
        return definition_refuse (error, VITRINE_ERROR_INVALID,
                                  _ ("<portForward dev> must be a network interface, not “%s”"),
                                  quoted);
    }
    if (!forward->address || inet_pton (AF_INET, forward->address, &address) == 1
        || inet_pton (AF_INET6, forward->address, &address) == 1)
        return TRUE;
    quoted = definition_quote (forward->address);
    return definition_refuse (error, VITRINE_ERROR_INVALID,
                              _ ("<portForward address> must be an IP address, not “%s”"), quoted);
}

static gboolean
read_forward (VitrineDefinitionDevice *card, xmlNode *node, GError **error)
{
    VitrineDefinitionForward *forward = definition_network_add_forward (
        card->network, definition_attribute_is (node, "proto", "udp"));

    if (!read_forward_address (forward, node, error))
        return FALSE;
    for (xmlNode *range = node->children; range; range = range->next)
        if (range->type == XML_ELEMENT_NODE && !read_range (forward->ranges, range, error))
            return FALSE;
    return TRUE;
}

/* --- what is at the other end ---------------------------------------------------------------- */

gboolean
definition_is_interface_name (const char *name)
{
    if (!*name || strlen (name) >= IFNAMSIZ || strcmp (name, ".") == 0 || strcmp (name, "..") == 0)
        return FALSE;
    for (const char *p = name; *p; p++)
        if (!g_ascii_isgraph (*p) || strchr ("/:%\"'", *p))
            return FALSE;
    return TRUE;
}

gboolean
definition_network_name_check (const char *name, GError **error)
{
    g_autofree char *quoted = NULL;

    if (vitrine_definition_is_network_name (name))
        return TRUE;
    quoted = definition_quote (name);
    return definition_refuse (
        error, VITRINE_ERROR_INVALID,
        _ ("A network’s name has at most %d letters, digits, “.”, “-” and “_”, "
           "the first one a letter or a digit: “%s” is none"),
        VITRINE_DEFINITION_MAX_NETWORK_NAME, quoted);
}

static gboolean
refuse_without (const char *type, const char *what, GError **error)
{
    return definition_refuse (error, VITRINE_ERROR_UNSUPPORTED,
                              /* TRANSLATORS: a kind of network, then what it must say */
                              _ ("Vitrine cannot do <interface type='%s'> without %s yet"), type,
                              what);
}

static gboolean
refuse_with (const char *type, const char *what, GError **error)
{
    return definition_refuse (error, VITRINE_ERROR_INVALID,
                              /* TRANSLATORS: a kind of network, then what it has no use for */
                              _ ("<interface type='%s'> has no use for %s"), type, what);
}

/* What TYPE has no use for. */
static gboolean
refuse_child (const char *type, const char *name, xmlNode *node, GError **error)
{
    g_autofree char *element = g_strdup_printf ("<%s>", name);

    return !definition_child (node, name) || refuse_with (type, element, error);
}

static gboolean
refuse_name (const char *what, const char *name, GError **error)
{
    g_autofree char *quoted = definition_quote (name);

    return definition_refuse (error, VITRINE_ERROR_INVALID,
                              _ ("%s must be a network interface, not “%s”"), what, quoted);
}

static gboolean
read_user (VitrineDefinitionDevice *card, xmlNode *node, GError **error)
{
    if (!definition_attribute_is (definition_child (node, "backend"), "type", "passt"))
        return refuse_without ("user", "<backend type='passt'>", error);
    card->network->restricted =
        definition_attribute_is (definition_child (node, "backend"), "restricted", "yes");
    card->network->no_ipv6 =
        definition_attribute_is (definition_child (node, "backend"), "ipv6", "no");
    if (!refuse_child ("user", "target", node, error)
        || !refuse_child ("user", "source", node, error))
        return FALSE;
    for (xmlNode *child = node->children; child; child = child->next)
        if (child->type == XML_ELEMENT_NODE
            && xmlStrEqual (child->name, (const xmlChar *) "portForward")
            && !read_forward (card, child, error))
            return FALSE;
    return TRUE;
}

static gboolean
read_ethernet (VitrineDefinitionDevice *card, xmlNode *node, GError **error)
{
    xmlNode *target = definition_child (node, "target");

    card->network->kind = VITRINE_DEFINITION_NETWORK_TAP;
    card->network->source = definition_attribute (target, "dev");
    if (!card->network->source || !definition_attribute_is (target, "managed", "no"))
        return refuse_without ("ethernet", "<target dev='…' managed='no'>", error);
    if (!refuse_child ("ethernet", "source", node, error)
        || !refuse_child ("ethernet", "backend", node, error)
        || !refuse_child ("ethernet", "portForward", node, error))
        return FALSE;
    return definition_is_interface_name (card->network->source)
           || refuse_name ("<target dev>", card->network->source, error);
}

/* Beside a card of the host's.  No mode is libvirt's default. */
static gboolean
read_direct (VitrineDefinitionDevice *card, xmlNode *node, GError **error)
{
    static const char *const modes[] = {
        [VITRINE_DEFINITION_DIRECT_VEPA] = "vepa",
        [VITRINE_DEFINITION_DIRECT_BRIDGE] = "bridge",
        [VITRINE_DEFINITION_DIRECT_PRIVATE] = "private",
        [VITRINE_DEFINITION_DIRECT_PASSTHROUGH] = "passthrough",
    };
    xmlNode *source = definition_child (node, "source");
    g_autofree char *bridge = definition_attribute (source, "bridge");
    g_autofree char *network = definition_attribute (source, "network");

    G_STATIC_ASSERT (G_N_ELEMENTS (modes) == VITRINE_DEFINITION_DIRECT_N);
    card->network->kind = VITRINE_DEFINITION_NETWORK_DIRECT;
    card->network->source = definition_attribute (source, "dev");
    if (!card->network->source)
        return refuse_without ("direct", "<source dev='…'>", error);
    if (bridge || network)
        return refuse_with ("direct", bridge ? "<source bridge>" : "<source network>", error);
    for (guint i = 0; i < G_N_ELEMENTS (modes); i++)
        if (definition_attribute_is (source, "mode", modes[i]))
            card->network->direct_mode = (VitrineDefinitionDirectMode) i;
    if (!refuse_child ("direct", "target", node, error)
        || !refuse_child ("direct", "backend", node, error)
        || !refuse_child ("direct", "portForward", node, error))
        return FALSE;
    return vitrine_definition_is_bridge_name (card->network->source)
           || refuse_name ("<source dev>", card->network->source, error);
}

/* On a bridge of the host's, or on one of Vitrine's networks: TYPE is also the word in <source>. */
static gboolean
read_source (VitrineDefinitionDevice *card, xmlNode *node, const char *type, GError **error)
{
    xmlNode *source = definition_child (node, "source");
    gboolean is_bridge = strcmp (type, "bridge") == 0;
    const char *other = is_bridge ? "network" : "bridge";
    g_autofree char *useless = definition_attribute (source, other);
    g_autofree char *dev = definition_attribute (source, "dev");

    card->network->kind =
        is_bridge ? VITRINE_DEFINITION_NETWORK_BRIDGE : VITRINE_DEFINITION_NETWORK_NAMED;
    card->network->source = definition_attribute (source, type);
    if (!card->network->source)
        return refuse_without (type, is_bridge ? "<source bridge='…'>" : "<source network='…'>",
                               error);
    if (useless)
        return refuse_with (type, is_bridge ? "<source network>" : "<source bridge>", error);
    if (dev)
        return refuse_with (type, "<source dev>", error);
    if (!refuse_child (type, "target", node, error) || !refuse_child (type, "backend", node, error)
        || !refuse_child (type, "portForward", node, error))
        return FALSE;
    if (is_bridge)
        return vitrine_definition_is_bridge_name (card->network->source)
               || refuse_name ("<source bridge>", card->network->source, error);
    return definition_network_name_check (card->network->source, error);
}

/* --- the card -------------------------------------------------------------------------------- */

static gboolean
read_mtu (VitrineDefinitionDevice *card, xmlNode *node, GError **error)
{
    g_autofree char *text = definition_attribute (definition_child (node, "mtu"), "size");
    g_autofree char *number = NULL;
    guint64 mtu;

    if (!text)
        return TRUE;
    if (strcmp (card->model, "virtio") != 0)
        return definition_refuse (error, VITRINE_ERROR_UNSUPPORTED,
                                  _ ("Vitrine cannot do <mtu> for the model '%s': only virtio "
                                     "cards tell it to the guest"),
                                  card->model);
    if (!definition_value_uint ("<mtu size>", text, MIN_MTU, MAX_MTU, &mtu, error))
        return FALSE;
    card->network->mtu = (guint) mtu;
    number = g_strdup_printf ("%u", card->network->mtu);
    definition_device_add_option (card, "mtu", number);
    return TRUE;
}

/* The code that boots from the card: its model's, FILE, or none. */
static gboolean
read_rom (VitrineDefinitionDevice *card, xmlNode *node, GError **error)
{
    xmlNode *rom = definition_child (node, "rom");

    card->network->no_rom = definition_attribute_is (rom, "enabled", "no")
                            || definition_attribute_is (rom, "bar", "off");
    card->network->rom_file = definition_attribute (rom, "file");
    if (!card->network->rom_file)
        return TRUE;
    if (card->network->no_rom)
        return definition_refuse (
            error, VITRINE_ERROR_INVALID,
            _ ("<rom> of a network card that is switched off takes no 'file'"));
    return definition_value_path ("<rom file>", card->network->rom_file, error);
}

/* libvirt takes as many as the kernel gives a tap, 256. */
static gboolean
read_queues (VitrineDefinitionDevice *card, xmlNode *driver, GError **error)
{
    g_autofree char *text = definition_attribute (driver, "queues");
    VitrineDefinitionNetwork *network = card->network;
    guint64 queues = 1;

    if (text
        && !definition_value_uint ("<driver queues>", text, 1, VITRINE_DEFINITION_MAX_QUEUES,
                                   &queues, error))
        return FALSE;
    network->queues = (guint) queues;
    if (queues == 1)
        return TRUE;
    if (strcmp (card->model, "virtio") != 0)
        return definition_refuse (error, VITRINE_ERROR_UNSUPPORTED,
                                  /* TRANSLATORS: "e1000e" or "rtl8139" */
                                  _ ("A network card of the model '%s' has one queue; only virtio "
                                     "cards have several (<driver queues>)"),
                                  card->model);
    return network->kind != VITRINE_DEFINITION_NETWORK_USER
           || definition_refuse (
               error, VITRINE_ERROR_UNSUPPORTED,
               _ ("A card on the network “user” has one queue, as passt has; several "
                  "(<driver queues>) are for cards on a bridge, a network or a tap, or "
                  "beside a card of this computer’s"));
}

/* libvirt does not look at the processors.  A driver uses no more queues than it has of these, so more would only
 * be a promise that is not kept. */
gboolean
vitrine_definition_check_queues (const VitrineDefinition *self, const VitrineDefinitionDevice *card,
                                 GError **error)
{
    return card->network->queues <= MAX (self->max_vcpus, 1)
           || definition_refuse (
               error, VITRINE_ERROR_INVALID,
               _ ("A network card has no more queues than its machine may have "
                  "processors, and “%s” has at most %u: <driver queues='%u'> is too "
                  "much"),
               self->name, self->max_vcpus, card->network->queues);
}

gboolean
definition_queues_check (const VitrineDefinition *self, GError **error)
{
    for (guint i = 0; i < self->devices->len; i++) {
        const VitrineDefinitionDevice *device = g_ptr_array_index (self->devices, i);

        if (device->network && !vitrine_definition_check_queues (self, device, error))
            return FALSE;
    }
    return TRUE;
}

/* As libvirt's: "vhost" is the host's kernel, "qemu" the machine's own process, which it is anyway. */
static gboolean
read_driver (VitrineDefinitionDevice *card, xmlNode *node, GError **error)
{
    xmlNode *driver = definition_child (node, "driver");
    VitrineDefinitionNetwork *network = card->network;

    network->wants_vhost = definition_attribute_is (driver, "name", "vhost");
    if (!read_queues (card, driver, error))
        return FALSE;
    return !network->wants_vhost
           || (network->kind != VITRINE_DEFINITION_NETWORK_USER
               && strcmp (card->model, "virtio") == 0)
           || definition_refuse (
               error, VITRINE_ERROR_INVALID,
               _ ("<driver name='vhost'> is for virtio cards on a tap, a bridge or "
                  "a network"));
}

static gboolean
read_filter (VitrineDefinitionDevice *card, xmlNode *node, GError **error)
{
    xmlNode *filter = definition_child (node, "filterref");
    g_autofree char *name = definition_attribute (filter, "filter");

    if (!name)
        return TRUE;
    if (!definition_card_set_filter (card->network, name, error))
        return FALSE;
    for (xmlNode *child = filter->children; child; child = child->next) {
        g_autofree char *address = definition_attribute (child, "value");

        if (address && !definition_card_add_address (card->network, address, error))
            return FALSE;
    }
    return TRUE;
}

static gboolean
read_rate (VitrineDefinitionRate *rate, xmlNode *node, const char *what, GError **error)
{
    g_autofree char *average = definition_attribute (node, "average");
    g_autofree char *peak = definition_attribute (node, "peak");
    g_autofree char *burst = definition_attribute (node, "burst");

    return definition_card_read_number (&rate->average, what, average, DEFINITION_RATE_MAX, error)
           && definition_card_read_number (&rate->peak, what, peak, DEFINITION_RATE_MAX, error)
           && definition_card_read_number (&rate->burst, what, burst, DEFINITION_BURST_MAX, error);
}

static gboolean
read_passing (VitrineDefinitionDevice *card, xmlNode *node, GError **error)
{
    xmlNode *bandwidth = definition_child (node, "bandwidth");
    VitrineDefinitionNetwork *network = card->network;

    return read_filter (card, node, error)
           && read_rate (&network->inbound, definition_child (bandwidth, "inbound"), "<inbound>",
                         error)
           && read_rate (&network->outbound, definition_child (bandwidth, "outbound"), "<outbound>",
                         error);
}

static gboolean
read_kind (VitrineDefinitionDevice *card, xmlNode *node, GError **error)
{
    g_autofree char *type = definition_attribute (node, "type");

    if (strcmp (type, "user") == 0)
        return read_user (card, node, error);
    if (strcmp (type, "ethernet") == 0)
        return read_ethernet (card, node, error);
    if (strcmp (type, "direct") == 0)
        return read_direct (card, node, error);
    return read_source (card, node, type, error);
}

gboolean
definition_interface_read (VitrineDefinition *self, xmlNode *node, GError **error)
{
    VitrineDefinitionDevice *card = definition_device_new (VITRINE_DEFINITION_INTERFACE);
    g_autofree char *model = definition_attribute (definition_child (node, "model"), "type");

    g_ptr_array_add (self->devices, card);
    g_free (card->model);
    card->model = model ? g_steal_pointer (&model) : g_strdup ("rtl8139");
    card->network = definition_network_new ();
    card->network->link_down =
        definition_attribute_is (definition_child (node, "link"), "state", "down");
    return read_kind (card, node, error) && read_driver (card, node, error)
           && read_passing (card, node, error) && definition_card_check (card->network, error)
           && read_mac (card, node, error) && read_mtu (card, node, error)
           && read_rom (card, node, error) && definition_boot_order_read (card, node, error)
           && definition_slot_read (node, &card->slot, error);
}
