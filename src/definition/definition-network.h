/* SPDX-License-Identifier: GPL-2.0-or-later */
/* definition-network.h - networks as libvirt's network XML says them. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define VITRINE_NETWORK_MAX_BYTES (256 * 1024) /* of XML */
#define VITRINE_NETWORK_MAX_HOSTS 256

typedef enum {
    VITRINE_NETWORK_ISOLATED, /* the guests and this computer among themselves */
    VITRINE_NETWORK_NAT,      /* out under this computer's address */
    VITRINE_NETWORK_ROUTED,   /* in and out, under the guests' own addresses */
    VITRINE_NETWORK_BRIDGED, /* on the wire of a card of this computer's, or a bridge that is there already */
    VITRINE_NETWORK_N
} VitrineNetworkMode;

/* "isolated", "nat", "routed", "bridged". */
const char *vitrine_network_mode_to_string (VitrineNetworkMode mode);

/* Addresses are texts that inet_pton() takes. */
typedef struct {
    char *address; /* of this computer in it; NULL: the network has no such subnet */
    guint prefix;
    char *range_start, *range_end; /* what DHCP gives out; NULL: there is no DHCP */
} VitrineNetworkSubnet;

/* A guest that always gets the same address. */
typedef struct {
    char *mac, *address;
    char *name; /* or NULL */
} VitrineNetworkHost;

typedef struct {
    char *name;
    char *uuid;   /* NULL: none yet */
    char *bridge; /* NULL: the first free name; BRIDGED without an uplink: the one that is there */
    char *
        uplink; /* the one interface that leads out; NULL: any.  BRIDGED: the card that a bridge is made for */
    char *domain; /* or NULL */
    VitrineNetworkMode mode;
    gboolean nat_ipv6, no_dns;
    VitrineNetworkSubnet ipv4, ipv6;
    GPtrArray *hosts; /* of VitrineNetworkHost */
} VitrineNetwork;

/* Whether SELF is there by itself, and has nothing to be started or stopped. */
gboolean vitrine_network_is_given (const VitrineNetwork *self);

VitrineNetwork *vitrine_network_new (void);
VitrineNetworkHost *vitrine_network_add_host (VitrineNetwork *self);
void vitrine_network_free (VitrineNetwork *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VitrineNetwork, vitrine_network_free)

/* XML is LEN bytes long, or NUL-terminated when LEN is -1.  NULL with INVALID, or UNSUPPORTED naming the element
 * that Vitrine cannot do. */
VitrineNetwork *vitrine_network_parse (const char *xml, gssize len, GError **error);

/* The text of SELF, which vitrine_network_parse() takes if SELF makes sense. */
char *vitrine_network_build (const VitrineNetwork *self);

G_END_DECLS
