/* SPDX-License-Identifier: GPL-2.0-or-later */
/* link.h - this computer's network interfaces, over rtnetlink.
 *
 * Functions return 0, or an errno.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct nl_sock;

struct link_facts {
    int index;
    unsigned mtu;
    unsigned type; /* ARPHRD_… */
    int master;    /* the index of what it is a port of; 0 */
    bool is_bridge, is_up;
};

/* The errno that libnl made ERROR, one of its own, from; 0 for what is none. */
int link_to_errno (int error);

/* For nl_socket_free(). */
int link_open (struct nl_sock **sock);

/* ENODEV when there is none of that name. */
int link_find (struct nl_sock *sock, const char *name, struct link_facts *facts);

/* Makes the bridge NAME with the address MAC, without spanning tree, and switches it on.  EEXIST when there is
 * an interface of that name. */
int link_make_bridge (struct nl_sock *sock, const char *name, const uint8_t mac[6]);

/* Deletes the interface NAME if it is a bridge with the address MAC, or the number INDEX (0: none).  0 as well when
 * it is not. */
int link_delete_bridge (struct nl_sock *sock, const char *name, const uint8_t mac[6], int index);

/* What FACTS says of the interface INDEX. */
int link_find_index (struct nl_sock *sock, int index, struct link_facts *facts);

/* Puts the card NIC, as it is, onto BRIDGE, which gets its address, and switches it on. */
int link_lead_out (struct nl_sock *sock, int nic, int bridge);

/* Switches the interface INDEX on or off. */
int link_switch (struct nl_sock *sock, int index, bool on);

/* Gives the interface INDEX an address of FAMILY (AF_INET or AF_INET6), for use at once. */
int link_add_address (struct nl_sock *sock, int index, int family, const uint8_t *address,
                      unsigned prefix);

/* Whether this computer has a route, not the default one, to some of that subnet: then TEXT becomes "SUBNET
 * INTERFACE" and EEXIST is returned. */
int link_find_overlap (struct nl_sock *sock, int family, const uint8_t *address, unsigned prefix,
                       char *text, size_t size);

/* The interface, in TEXT, by which a router's advertisement gave this computer its default IPv6 route; "": none
 * did. */
int link_find_advertised (struct nl_sock *sock, char *text, size_t size);

/* Puts the interface INDEX, whose address becomes MAC, onto BRIDGE, with its MTU, and switches it on. */
int link_join (struct nl_sock *sock, int index, const struct link_facts *bridge,
               const uint8_t mac[6]);
