/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vitrine-network.h - networks that machines can be on, of this computer. */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* A network; the strings are never NULL, "" stands for none. */
typedef struct {
    char *name;
    char *mode;        /* "nat", "routed", "isolated", "bridged" */
    char *bridge;      /* the one it runs on, else the one it will */
    char *ipv4, *ipv6; /* "192.168.150.1/24": this computer's address in it */
    char *dhcp;        /* "192.168.150.2-192.168.150.254" */
    char *domain;
    char *problem; /* why its text cannot be used */
    gboolean is_active, autostart;
    gboolean waits; /* what was changed counts from its next start */
} VitrineNetworkInfo;

void vitrine_network_info_free (VitrineNetworkInfo *info);

/* Of VitrineNetworkInfo, by name (transfer full).  NAME: that one alone; NULL with NOT_FOUND. */
GPtrArray *vitrine_network_list (const char *name, GError **error);

/* What a new network shall be; NULL leaves it to us, or out. */
typedef struct {
    const char *name;   /* needed */
    const char *mode;   /* as in VitrineNetworkInfo; NULL: "nat" */
    const char *subnet; /* "192.168.150.1/24" or "none"; NULL: one that is free */
    const char *dhcp;   /* "FIRST-LAST" or "none"; NULL: all of the subnet but our own address */
    const char *ipv6;   /* "fd00:1::1/64" */
    const char *domain, *bridge;
    const char *uplink;       /* of "bridged": the card that a bridge is made for */
    const char *const *hosts; /* "MAC=ADDRESS[,NAME]" */
    gboolean autostart;
} VitrineNetworkSpec;

/* INVALID, EXISTS. */
gboolean vitrine_network_create (const VitrineNetworkSpec *spec, GError **error);

/* The text of the network that SPEC says, for a host that has NETWORKS (of VitrineNetworkInfo; NULL: this computer),
 * whose subnets it avoids (transfer full).  INVALID. */
char *vitrine_network_spec_to_xml (const VitrineNetworkSpec *spec, GPtrArray *networks,
                                   GError **error);

/* Whether SPEC says anything of what the next one changes. */
gboolean vitrine_network_spec_says_anything (const VitrineNetworkSpec *spec);

/* XML, a network's text, with what SPEC says (all but "name", "hosts" and "autostart") and the rest as it was; "none" takes a
 * subnet or DHCP away, a "domain" of "" the domain.  A range that DHCP had goes with its subnet.  (transfer full)
 * INVALID. */
char *vitrine_network_edit_xml (const char *xml, const VitrineNetworkSpec *spec, GError **error);

/* Whether two subnets, "192.168.150.1/24" and the like of one family, have an address in common; FALSE for a text that is
 * none.  Any thread. */
gboolean vitrine_subnet_overlaps (const char *a, const char *b);

/* All addresses of an IPv4 SUBNET but the first, the last and our own, "FIRST-LAST"; NULL where there are none.
 * (transfer full) */
char *vitrine_subnet_dup_range (const char *subnet);

/* The same of a text of libvirt's; REPLACE one that is there. */
gboolean vitrine_network_define (const char *xml, gboolean replace, GError **error);
/* XML in the place of the text of the network NAME, which it keeps.  One that runs changes with its next start. */
gboolean vitrine_network_replace (const char *name, const char *xml, GError **error);

/* With the first machine that needs it; NOT_FOUND. */
gboolean vitrine_network_set_autostart (const char *name, gboolean autostart, GError **error);

/* (transfer full) */
char *vitrine_network_dup_xml (const char *name, GError **error);

/* BUSY while it is started. */
gboolean vitrine_network_delete (const char *name, GError **error);

/* May ask the user for the permission.  Starting one that runs is no error; stopping one that does not is. */
void vitrine_network_start_async (const char *name, GCancellable *cancellable,
                                  GAsyncReadyCallback callback, gpointer user_data);
gboolean vitrine_network_start_finish (GAsyncResult *result, GError **error);
void vitrine_network_stop_async (const char *name, GCancellable *cancellable,
                                 GAsyncReadyCallback callback, gpointer user_data);
gboolean vitrine_network_stop_finish (GAsyncResult *result, GError **error);

/* What DHCP gave a guest. */
typedef struct {
    char *mac, *address;
    char *name;     /* "" when the guest said none */
    gint64 expires; /* seconds since 1970 */
} VitrineLease;

void vitrine_lease_free (VitrineLease *lease);

/* Of VitrineLease (transfer full).  BUSY when it is not started. */
GPtrArray *vitrine_network_leases (const char *name, GError **error);

/* The address that the guest has on the card whose VitrineDeviceInfo says SOURCE, as far as its network knows:
 * NULL when it does not (transfer full). */
char *vitrine_network_dup_address (const char *source);

G_END_DECLS
